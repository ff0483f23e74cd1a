//! Looks at a site from outside; one file a check, all bounded.

mod plan;

pub use plan::{Budget, Plan};

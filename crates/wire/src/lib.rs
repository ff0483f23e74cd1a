//! The only honest socket code: resolve, dial, TLS, HTTP; every failure typed where it happens.
//!
//! Each part says in its own words what it did and how long it took; nothing here judges, and nothing is recognised by
//! matching text.

mod failure;
mod limits;
mod message;

pub use failure::{CertificateFault, Failure, Fault, Retry};
pub use limits::{Limits, Timings};
pub use message::{BodyEnd, Framing, Request, Response, Version};

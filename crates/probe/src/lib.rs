//! Looks at a site from outside; one file a check, all bounded, and polite: GET only, a known number of requests, no
//! address that is not public unless the user named it.
//!
//! The recipe is [`look`].

mod address;
mod ask;
mod body;
mod burst;
mod cross_check;
mod exchanges;
mod ground;
mod jar;
mod look;
mod name;
mod origin;
mod pace;
mod page;
mod path;
mod pattern;
mod plan;
#[cfg(test)]
#[path = "../../wire/src/resolve/played.rs"]
#[allow(dead_code, reason = "the tests of wire play more of it")]
mod played;
mod progress;
mod provider;
mod recheck;
mod turns;
mod visit;
mod walk;

pub use address::{is_private_name, is_public};
pub use ask::{Answer, Asked, Purpose};
pub use cross_check::CrossCheck;
pub use ground::{EnvironmentProxy, GroundLook, OwnResolver, Route};
pub use look::{LeftOut, Look, look, shown};
pub use name::{NameLook, are_apart};
pub use page::{Maker, Verdict};
pub use path::Hop;
pub use plan::{Budget, Plan};
pub use progress::{Progress, Step};
pub use provider::{StatusWord, providers, status};

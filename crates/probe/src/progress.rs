//! What is going on, told while it goes on.

use std::net::IpAddr;

use url::Url;

use crate::ask::Asked;

/// A step of a look.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// The name is being looked up.
    Resolving(&'a str),
    /// These addresses are asked for this URL.
    Asking(&'a Url, &'a [IpAddr]),
    /// An exchange has ended.
    Answered(&'a Asked),
}

/// Told of each step.
pub type Progress<'a> = dyn Fn(Step<'_>) + Sync + 'a;

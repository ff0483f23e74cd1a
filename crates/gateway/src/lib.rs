//! The gateway: listen → route → choose → exchange → answer. It states facts and judges nothing: every failure is
//! named where it happens, and what its cause may be is somebody else's to say.
//!
//! Knows no command line and no terminal; the binary hands it the text of a configuration and is handed back what is
//! wrong with it, or a running gateway.

pub mod answer;
mod choose;
pub mod config;
mod core;
mod date;
mod engine;
mod exchange;
mod failed;
pub mod files;
mod forward;
mod front;
mod health;
pub mod metrics;
mod own;
pub mod plan;
pub mod record;
pub mod redirect;
mod request;
pub mod request_id;
mod resolve;
pub mod route;
#[cfg(test)]
mod self_signed;
pub mod status;
mod upstream;
mod written;

pub use engine::{CertificateKept, Gateway, Hooks, ProcessError, StartError};
pub use failed::{Failed, NotKept};
pub use request::{Request, Scheme};

//! Log text and captured command output → signals. Pure over bytes; one file a format.
//!
//! A format is a [`Format`] in `formats/<id>.rs` and a line in [`formats::ALL`]. It recognises its own lines,
//! reads only those that matter in full, and matches message patterns only at its message position: text that a
//! client controls (request, user agent, referrer) is carried as [`goodgate_facts::Untrusted`] and never matched.

mod clock;
mod engine;
mod format;
mod formats;
mod layout;
mod patterns;
mod prefix;
mod sink;

pub use engine::{Reading, read};
pub use format::{Declared, Format, LineReader, Sample, Verdict};
pub use formats::all as formats;
pub use patterns::{Pattern, Table};
pub use sink::{Sink, Tally, describe};

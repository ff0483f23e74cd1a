//! The nouns of goodgate: what can be said about a failing exchange between a gateway and its upstream.
//!
//! Pure values. No I/O, no clock, no async, and no knowledge of any product.

mod errno;
mod error_type;
mod evidence;
mod exchange;
mod language;
mod phase;
mod phrase;
mod proxy_status;
pub mod registry;
mod signal;
mod span;
mod target;
mod untrusted;

pub use errno::Errno;
pub use error_type::ErrorType;
pub use evidence::Evidence;
pub use exchange::{Attempt, Exchange};
pub use language::Language;
pub use phase::{Phase, Side};
pub use phrase::Phrase;
pub use proxy_status::{Member, ProxyStatusError, parse_proxy_status, serialize_proxy_status};
pub use registry::{Role, SignalId, SignalKind, id};
pub use signal::{About, Looked, Signal, Source, SourceKind, Value, Via};
pub use span::Span;
pub use target::{Address, Protocol, Target};
pub use untrusted::{Untrusted, visible};

/// An instant in UTC; log times without a zone are read as UTC.
pub type Moment = jiff::Timestamp;

//! What is recorded of a request: one line of the access log, as JSON of our own or in the combined format.
//!
//! Borrowed values in, bytes out. Knows no file; the lines are collected and written by [`LogBuffer`] and its writer.
//! Query strings, cookies and credentials are never recorded, whatever the form.

use std::net::IpAddr;

use goodgate_facts::{Errno, ErrorType, Phase, SignalId};
use goodgate_wire::{Failure, Version};

use crate::Failed;
use crate::plan::LogFormat;
use crate::request_id::RequestId;
use crate::written::Stamp;

mod buffer;
mod combined;
mod json;
mod names;
mod signal;
mod stderr;
mod writer;

pub use buffer::LogBuffer;
pub(crate) use names::NO_NAME;
pub use names::{Entrance, Name};
pub use signal::{of_failure, signal_of};
pub(crate) use stderr::recorded as recorded_stderr;
pub use writer::{Log, LogCounts, Owner};

/// Bytes of a method that are recorded.
const METHOD_BYTES_MAX: usize = 24;
/// Bytes of a host that are recorded: no name is longer (RFC 1035 section 2.3.4).
const HOST_BYTES_MAX: usize = 255;
/// Bytes of a path that are recorded.
const PATH_BYTES_MAX: usize = 2048;
/// Bytes of a user agent or referrer that are recorded.
const AGENT_BYTES_MAX: usize = 512;

/// One attempt at one server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempt<'a> {
    /// The server as the configuration writes it.
    pub server: &'a Name,
    /// The last phase that was begun.
    pub reached: Phase,
    /// Whether the connection had carried requests before.
    pub reused: bool,
    /// What failed; `None` where an answer came.
    pub failed: Option<AttemptFailed>,
    /// The status that the server answered.
    pub status: Option<u16>,
    /// Microseconds to open the connection, TLS included; `None` where one was reused or none was made.
    pub connect_us: Option<u64>,
    /// Microseconds from the beginning of the attempt to the end of the response's head.
    pub head_us: Option<u64>,
    /// The beginning of what a script wrote on standard error (FastCGI), at most 512 bytes and without secrets; empty
    /// for none.
    pub stderr: &'a [u8],
}

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptFailed {
    /// The error type of RFC 9209.
    pub error: ErrorType,
    /// The signal that stands for it.
    pub signal: SignalId,
    /// The operating system's error.
    pub errno: Option<Errno>,
}

impl From<&Failure> for AttemptFailed {
    fn from(failure: &Failure) -> Self {
        Self { error: failure.error_type(), signal: of_failure(failure), errno: failure.errno }
    }
}

/// How a request ended for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// The client was sent a whole answer, if perhaps one of our own about a failure.
    Complete,
    /// The client went away before the end of the answer.
    ClientGone,
    /// The client took the answer too slowly and was given up.
    ClientSlow,
    /// The client sent the rest of its request too slowly, behind an answer that had begun, and was given up.
    UploadSlow,
    /// The server's answer broke off after its beginning had been passed on; the client was made to see that.
    TruncatedUpstream,
    /// We broke the answer off ourselves, stopping or short of something; the client was made to see that.
    TruncatedGateway,
    /// The connection was switched to another protocol, and that has ended.
    Tunnel,
}

impl End {
    /// The word in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::ClientGone => "client_gone",
            Self::ClientSlow => "client_slow",
            Self::UploadSlow => "upload_slow",
            Self::TruncatedUpstream => "truncated_upstream",
            Self::TruncatedGateway => "truncated_gateway",
            Self::Tunnel => "tunnel",
        }
    }
}

/// A request and what became of it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// When its head had come (for one that could not be read: when it was refused), in microseconds since 1970 (UTC).
    pub when_us: u64,
    /// From then to the end of the answer, in microseconds.
    pub duration_us: u64,
    /// Who asks, trusted proxies in front of us taken at their word.
    pub client: IpAddr,
    /// Who connected to us.
    pub peer: IpAddr,
    /// Its address as text.
    pub peer_text: &'a [u8],
    /// Where and how it connected.
    pub listener: &'a Entrance,
    /// In which version of HTTP.
    pub version: Version,
    /// The method; empty where none could be read.
    pub method: &'a [u8],
    /// The host that was asked for, without its port.
    pub host: &'a [u8],
    /// The path as it came; a query in it is cut off. Empty where none could be read.
    pub path: &'a [u8],
    /// Length of the query in bytes, without its `?`; `None` where there is none. It is not recorded itself.
    pub query_bytes: Option<usize>,
    /// The status that the client was sent; 0 for none.
    pub status: u16,
    /// How it ended.
    pub end: End,
    /// Bytes of the request's body that came.
    pub request_bytes: u64,
    /// Bytes of the answer's body that were sent.
    pub response_bytes: u64,
    /// `User-Agent`.
    pub user_agent: Option<&'a [u8]>,
    /// `Referer`; what is behind its `?` or `#` and credentials in it are cut out.
    pub referer: Option<&'a [u8]>,
    /// The request's id.
    pub id: &'a RequestId,
    /// The route, as the configuration writes it; [`Name::NONE`] for none.
    pub route: &'a Name,
    /// The upstream's name; `None` where none was asked.
    pub upstream: Option<&'a Name>,
    /// What was tried, in order.
    pub attempts: &'a [Attempt<'a>],
    /// Why it was not answered, or not to the end.
    pub failed: Option<&'a Failed>,
}

impl Record<'_> {
    /// How many failures a later attempt hid from the client.
    pub fn masked(&self) -> usize {
        match self.failed {
            None => self.attempts.iter().filter(|attempt| attempt.failed.is_some()).count(),
            Some(_) => 0,
        }
    }
}

/// Appends the record's line, with its line end, in this form.
pub(crate) fn write(record: &Record<'_>, format: LogFormat, stamp: &mut Stamp, out: &mut Vec<u8>) {
    match format {
        LogFormat::Json => json::write(record, stamp, out),
        LogFormat::Combined => combined::write(record, stamp, out),
    }
}

/// Appends the record's line as JSON of our own.
pub fn write_json(record: &Record<'_>, out: &mut Vec<u8>) {
    json::write(record, &mut Stamp::default(), out);
}

/// Appends the record's line in the combined format of Apache and nginx.
pub fn write_combined(record: &Record<'_>, out: &mut Vec<u8>) {
    combined::write(record, &mut Stamp::default(), out);
}

/// At most so many bytes of a text.
fn head(text: &[u8], bytes_max: usize) -> &[u8] {
    text.get(..bytes_max).unwrap_or(text)
}

/// The path without a query: targets that could not be read may still have theirs.
fn path_of<'a>(record: &Record<'a>) -> &'a [u8] {
    let end = memchr::memchr(b'?', record.path).unwrap_or(record.path.len());
    head(record.path.get(..end).unwrap_or_default(), PATH_BYTES_MAX)
}

/// A referrer's scheme, host and path: credentials before the host and what follows the path stay out.
fn referer_parts(referer: &[u8]) -> (&[u8], &[u8]) {
    let referer = head(before(referer, b"?#"), AGENT_BYTES_MAX);
    let Some(at) = referer.windows(3).position(|mark| mark == b"://") else { return (b"", referer) };
    let (scheme, rest) = referer.split_at(at + 3);
    let authority = before(rest, b"/");
    match authority.iter().rposition(|byte| *byte == b'@') {
        Some(at) => (scheme, rest.get(at + 1..).unwrap_or_default()),
        None => (b"", referer),
    }
}

/// What stands before the first of these bytes.
fn before<'a>(text: &'a [u8], marks: &[u8]) -> &'a [u8] {
    let end = text.iter().position(|byte| marks.contains(byte)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests;

//! A request to be sent and the response that came, whichever version of HTTP carried them.

use crate::{Failure, Timings};

/// A request without a body: this half of the crate asks, it does not upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method, such as `GET`.
    pub method: &'static str,
    /// The request target in origin form: path and query (RFC 9112 section 3.2.1).
    pub target: String,
    /// Host and, where it is not the scheme's own, port, as in the `Host` field.
    pub authority: String,
    /// Whether the URL's scheme is https (the `:scheme` of HTTP/2).
    pub secure: bool,
    /// Further fields, in order; neither `Host` nor framing nor `Connection`.
    pub fields: Vec<(String, String)>,
    /// Whether to ask for the connection to be kept.
    pub keep_alive: bool,
}

/// The version of HTTP that a response came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    Http11,
    /// HTTP/2.
    Http2,
}

impl Version {
    /// As it stands in a status line or is said for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        }
    }
}

/// How the end of a body is told (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is none.
    None,
    /// `Content-Length`.
    Length(u64),
    /// Chunks.
    Chunked,
    /// It ends with the connection.
    UntilClose,
    /// Frames of HTTP/2, with the announced length if there was one.
    Frames(Option<u64>),
}

/// How reading of the body ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyEnd {
    /// With its end.
    Complete,
    /// At our own limit; the rest was not read.
    Limit,
    /// With a failure; what had come is kept.
    Failed(Failure),
}

/// A response whose head was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The version that the status line names.
    pub version: Version,
    /// The status code.
    pub status: u16,
    /// The reason phrase as it came; empty in HTTP/2.
    pub reason: Vec<u8>,
    /// Field lines in order, names as written.
    pub fields: Vec<(String, Vec<u8>)>,
    /// Status codes of the interim responses before this one.
    pub interim: Vec<u16>,
    /// How the body's end is told.
    pub framing: Framing,
    /// The body as it came (content codings not undone), as far as it was read.
    pub body: Vec<u8>,
    /// How reading ended.
    pub end: BodyEnd,
    /// Bytes that came behind the end of the response without being asked for.
    pub surplus: usize,
    /// Bytes received, head and all.
    pub received: u64,
    /// Whether the connection may be used again.
    pub reusable: bool,
    /// How long each phase took.
    pub timings: Timings,
}

impl Response {
    /// The first field with this name, whatever its case, if it is text.
    pub fn field(&self, name: &str) -> Option<&str> {
        let value = self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v);
        value.and_then(|value| std::str::from_utf8(value).ok())
    }

    /// Head and body as saved by `curl -i`: bytes that are not UTF-8 replaced.
    pub fn to_text(&self) -> String {
        let mut text = format!("{} {}", self.version.as_str(), self.status);
        if !self.reason.is_empty() {
            text.push(' ');
            text.push_str(&String::from_utf8_lossy(&self.reason));
        }
        text.push_str("\r\n");
        for (name, value) in &self.fields {
            text.push_str(&format!("{name}: {}\r\n", String::from_utf8_lossy(value)));
        }
        text.push_str("\r\n");
        text.push_str(&String::from_utf8_lossy(&self.body));
        text
    }
}

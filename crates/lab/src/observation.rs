//! What was seen when a gateway was asked while its origin played a recipe. Values only.

use std::time::Duration;

/// A way to ask a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Drive {
    /// `GET` in HTTP/1.1 with `Connection: close`; in HTTP/2, as all others, on a connection of its own.
    Get,
    /// Two `GET`s, one right after the other on one connection, each with a token of its own. The
    /// second one is what is reported where the first was answered rightly and completely (on a new connection where
    /// the gateway has ended the first); otherwise the first one is.
    KeepAlive,
    /// `GET` in HTTP/1.0, without a word about the connection. Such a client knows no chunks: where it is sent some,
    /// their framing is part of the body that it gets.
    Http10,
    /// `POST` in HTTP/1.1 with a body of 64 KiB, an answer being read from the first byte on, and
    /// `Connection: close`.
    Post,
    /// `HEAD` in HTTP/1.1 with `Connection: close`.
    Head,
}

impl Drive {
    /// All of them, in the order in which they are made.
    pub const ALL: [Self; 5] = [Self::Get, Self::KeepAlive, Self::Http10, Self::Post, Self::Head];

    /// Its name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::KeepAlive => "keep-alive",
            Self::Http10 => "http10",
            Self::Post => "post",
            Self::Head => "head",
        }
    }
}

/// What clients speak to a gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Front {
    /// HTTP/1.1 (and 1.0, where the way to ask says so) without TLS.
    #[default]
    Http1,
    /// The same over TLS.
    Tls,
    /// HTTP/2 over TLS, agreed upon by ALPN (RFC 9113 §3.2).
    Http2,
}

impl Front {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Http1, Self::Tls, Self::Http2];

    /// Its name in documents and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http1 => "http1",
            Self::Tls => "tls",
            Self::Http2 => "http2",
        }
    }

    /// Its name in a sentence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.1",
            Self::Tls => "HTTPS (HTTP/1.1 over TLS)",
            Self::Http2 => "HTTP/2 over TLS",
        }
    }

    /// Whether clients speak TLS.
    #[must_use]
    pub const fn is_tls(self) -> bool {
        !matches!(self, Self::Http1)
    }

    /// Whether a client that speaks so can ask in this way: HTTP/2 has no other version.
    #[must_use]
    pub fn knows(self, drive: Drive) -> bool {
        self != Self::Http2 || drive != Drive::Http10
    }
}

/// What one drive showed.
#[derive(Clone, Debug)]
pub struct Observation {
    /// How the gateway was asked.
    pub drive: Drive,
    /// The token that this request bore in its path.
    pub token: String,
    /// What came back.
    pub reply: Reply,
    /// What the origin saw meanwhile.
    pub upstream: Upstream,
    /// What became of requests made right afterwards, while the origin was healthy again.
    pub after: After,
}

/// What the client got.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// What the client spoke.
    pub front: Front,
    /// The final status; `None` where no readable head came.
    pub status: Option<u16>,
    /// Statuses of interim answers before it.
    pub interim: Vec<u16>,
    /// The status line of the final answer as it came, without its line end.
    pub line: Vec<u8>,
    /// Header lines of the final answer as they came, without line ends.
    pub headers: Vec<Vec<u8>>,
    /// The body as far as it came, with chunks taken apart; its first [`BODY_KEPT_BYTES_MAX`] bytes. Where no readable
    /// head came, whatever came instead of one.
    pub body: Vec<u8>,
    /// The body's whole length in bytes.
    pub body_bytes: u64,
    /// How the message ended.
    pub end: End,
    /// From the end of the request to the first byte of an answer; zero where the answer came before that end.
    pub first_byte: Option<Duration>,
    /// From the end of the request (where that was never reached, from its beginning) to the end of the message, or to
    /// where patience ran out.
    pub total: Duration,
}

impl Reply {
    /// Counts a piece of the body, and keeps it as far as there is room.
    pub(crate) fn keep(&mut self, data: &[u8]) {
        self.body_bytes += data.len() as u64;
        let room = BODY_KEPT_BYTES_MAX.saturating_sub(self.body.len()).min(data.len());
        self.body.extend_from_slice(data.get(..room).unwrap_or_default());
    }
}

/// More interim answers than this are no answer.
pub(crate) const INTERIM_MAX: usize = 10_000;

/// So much of a body is kept to be looked at.
pub const BODY_KEPT_BYTES_MAX: usize = 64 * 1024;

/// How a message ended, as a client can tell (RFC 9112 §8, RFC 9113 §8.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// As its framing says.
    Complete,
    /// By the end of the connection, with nothing that says how long the body should be: it may be whole or not.
    CompleteByClose,
    /// The connection ended in order before the framing said so.
    Cut,
    /// The connection was reset in the middle; in HTTP/2, its stream (RST_STREAM).
    Reset,
    /// The connection ended without a byte of an answer.
    #[default]
    Nothing,
    /// The connection, in HTTP/2 the stream, was reset without a byte of an answer.
    NothingReset,
    /// What came is no HTTP answer, or breaks its own framing.
    Unreadable,
    /// Patience ran out before any byte.
    HangBeforeHead,
    /// Patience ran out in the middle, be it after interim answers only.
    HangInside,
    /// The gateway did not accept the connection, or its TLS handshake failed.
    Refused,
}

/// How a connection stopped bringing bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// In order: FIN, over TLS with close_notify before it.
    InOrder,
    /// FIN without close_notify, which a TLS client must not take for an end (RFC 9112 §9.8).
    WithoutNotice,
    /// RST; in HTTP/2 also RST_STREAM.
    Reset,
    /// Patience ran out.
    Patience,
}

impl Stop {
    /// How a message that was not over ends where it stops like this; `any`: a part of it has come.
    pub(crate) fn end(self, any: bool) -> End {
        match (self, any) {
            (Self::Patience, true) => End::HangInside,
            (Self::Patience, false) => End::HangBeforeHead,
            (Self::Reset, true) => End::Reset,
            (Self::Reset, false) => End::NothingReset,
            (Self::InOrder | Self::WithoutNotice, true) => End::Cut,
            (Self::InOrder | Self::WithoutNotice, false) => End::Nothing,
        }
    }
}

/// What the origin saw of one request of the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upstream {
    /// Connections that were opened to it meanwhile.
    pub connections: u32,
    /// How often it read the request with this token.
    pub requests: u32,
}

/// What became of requests made right afterwards.
#[derive(Clone, Debug, Default)]
pub struct After {
    /// From the moment when the origin was healthy again to the first right answer; `None` if that never came.
    pub recovery: Option<Duration>,
    /// Requests that failed meanwhile.
    pub failed: u32,
    /// Requests that were answered with something that belonged to another request.
    pub mixed_up: u32,
    /// A healthy request made at the same time to another origin of the gateway got no right answer; `None` where
    /// there was no other origin to ask.
    pub neighbour_failed: Option<bool>,
}

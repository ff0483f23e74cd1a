//! Where in an exchange something happened, and on which side of the gateway.

/// The phase of the upstream exchange, in the order in which they pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Name to address.
    Resolve,
    /// Opening the connection.
    Connect,
    /// TLS handshake.
    Tls,
    /// Sending the request.
    Send,
    /// Waiting for the first byte of the response.
    Wait,
    /// Reading the status line and header section.
    Head,
    /// Reading the body.
    Body,
}

impl Phase {
    /// The lower-case name used in JSON documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Send => "send",
            Self::Wait => "wait",
            Self::Head => "head",
            Self::Body => "body",
        }
    }

    /// Whether no byte of the request can have reached the upstream, so that any method may be retried
    /// (RFC 9110 section 9.2.2).
    pub fn retry_is_safe(self) -> bool {
        self < Self::Send
    }
}

/// Which party of the exchange something concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The client or the connection to it.
    Client,
    /// The gateway itself.
    Gateway,
    /// The upstream or the connection to it.
    Upstream,
}

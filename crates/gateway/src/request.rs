//! A client's request as the parts of the gateway look at it, whichever version of HTTP brought it.

use std::net::SocketAddr;

use goodgate_wire::{FieldLines, Version};

/// How the client speaks to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// As it stands in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that a URL of this scheme means without saying so.
    pub(crate) fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A request's head: places in a buffer that the connection holds.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method, case-sensitive (RFC 9110 section 9.1).
    pub method: &'a [u8],
    /// The path of the target, still percent-encoded, beginning with `/`; `*` for `OPTIONS *`.
    pub path: &'a [u8],
    /// The query, without its `?`; `None` where there is no `?`.
    pub query: Option<&'a [u8]>,
    /// Host and port as the client named them: from the target in absolute form, else `Host`, else `:authority`. Empty
    /// only in HTTP/1.0.
    pub authority: &'a [u8],
    /// How the client speaks to us.
    pub scheme: Scheme,
    /// In which version.
    pub version: Version,
    /// The fields, `Host` among them.
    pub fields: FieldLines<'a>,
    /// Who connected to us; not necessarily who asks (see trusted proxies).
    pub peer: SocketAddr,
}

impl<'a> Request<'a> {
    /// The host without its port, as written.
    pub fn host(&self) -> &'a [u8] {
        host_of(self.authority)
    }

    /// Whether asking twice does no more than asking once (RFC 9110 section 9.2.2).
    pub fn is_idempotent(&self) -> bool {
        matches!(self.method, b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE" | b"PUT" | b"DELETE")
    }
}

/// The host of an authority, without its port; an IPv6 address keeps its brackets.
fn host_of(authority: &[u8]) -> &[u8] {
    if authority.first() == Some(&b'[') {
        let end = authority.iter().position(|byte| *byte == b']').map_or(authority.len(), |end| end + 1);
        return authority.get(..end).unwrap_or_default();
    }
    let end = memchr::memchr(b':', authority).unwrap_or(authority.len());
    authority.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_lose_their_port_only() {
        for (authority, host) in [
            ("shop.example", "shop.example"),
            ("shop.example:8080", "shop.example"),
            ("[2001:db8::1]:443", "[2001:db8::1]"),
            ("[2001:db8::1]", "[2001:db8::1]"),
            ("[2001", "[2001"),
            ("", ""),
        ] {
            assert_eq!(host_of(authority.as_bytes()), host.as_bytes());
        }
    }
}

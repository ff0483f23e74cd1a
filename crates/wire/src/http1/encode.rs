//! A request to bytes (RFC 9112 section 3).

use std::fmt;

use crate::Request;

/// Why a request is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestInvalid {
    /// The method is no token (RFC 9110 section 9.1).
    Method,
    /// The target does not begin with `/` (nor is the `*` of OPTIONS), or holds what a URL cannot: spaces, control
    /// characters, a fragment, or bytes that want percent-encoding.
    Target,
    /// The authority is empty or holds what a host and port cannot.
    Authority,
    /// The name of the field at this position is no token.
    FieldName(usize),
    /// The value of the field at this position holds a control character, or whitespace at one of its ends.
    FieldValue(usize),
    /// The field at this position is the codec's own to write (`Host`, `Connection`, framing, `Upgrade`).
    FieldReserved(usize),
}

impl fmt::Display for RequestInvalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method => f.write_str("the method is not valid"),
            Self::Target => f.write_str("the request target is not valid"),
            Self::Authority => f.write_str("the host is not valid"),
            Self::FieldName(at) => write!(f, "the name of field {at} is not valid"),
            Self::FieldValue(at) => write!(f, "the value of field {at} is not valid"),
            Self::FieldReserved(at) => write!(f, "field {at} cannot be set by hand"),
        }
    }
}

impl std::error::Error for RequestInvalid {}

/// Fields that say how the message or the connection is framed.
const RESERVED: &[&str] = &["host", "connection", "content-length", "transfer-encoding", "upgrade"];

/// Writes the request behind what stands in `out`, which stays as it is where the request is not valid. `Host` comes
/// first (RFC 9110 section 7.2); without `keep_alive` the peer is asked to close.
pub fn encode(request: &Request, out: &mut Vec<u8>) -> Result<(), RequestInvalid> {
    check(request)?;
    for part in [request.method, " ", &request.target, " HTTP/1.1\r\nHost: ", &request.authority, "\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
    for (name, value) in &request.fields {
        for part in [name, ": ", value, "\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
    }
    // These methods expect content, so its absence is to be said (RFC 9110 section 8.6).
    if matches!(request.method, "POST" | "PUT" | "PATCH") {
        out.extend_from_slice(b"Content-Length: 0\r\n");
    }
    if !request.keep_alive {
        out.extend_from_slice(b"Connection: close\r\n");
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Whether the request can be sent, in whatever version of HTTP.
pub(crate) fn check(request: &Request) -> Result<(), RequestInvalid> {
    if !is_token(request.method) {
        return Err(RequestInvalid::Method);
    }
    let asterisk = request.method == "OPTIONS" && request.target == "*";
    let in_target = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    if !(asterisk || request.target.starts_with('/') && request.target.bytes().all(in_target)) {
        return Err(RequestInvalid::Target);
    }
    // Unreserved, percent-encoded, sub-delims, and the colon and brackets of ports and addresses (RFC 3986 section 3.2).
    let in_authority = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(&byte);
    if request.authority.is_empty() || !request.authority.bytes().all(in_authority) {
        return Err(RequestInvalid::Authority);
    }
    for (at, (name, value)) in request.fields.iter().enumerate() {
        if !is_token(name) {
            return Err(RequestInvalid::FieldName(at));
        }
        if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
            return Err(RequestInvalid::FieldReserved(at));
        }
        let bytes = value.as_bytes();
        let in_value = |byte: &u8| *byte == b'\t' || !byte.is_ascii_control();
        if bytes.trim_ascii() != bytes || !bytes.iter().all(in_value) {
            return Err(RequestInvalid::FieldValue(at));
        }
    }
    Ok(())
}

/// Whether it is a token (RFC 9110 section 5.6.2).
fn is_token(text: &str) -> bool {
    let in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(in_token)
}

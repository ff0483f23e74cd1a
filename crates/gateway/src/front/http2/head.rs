//! The head of a request in HTTP/2 as the table over one text that all else works on.

use goodgate_wire::http1::{
    HeadLimits, METHOD_BYTES, TargetScheme, asks_to_continue, is_authority, is_same_authority,
};
use goodgate_wire::{FieldLine, FieldLines, FieldName, Framing, Part, RequestFault, Span, Version};
use http::request::Parts;

use super::super::Visitor;
use crate::core::Scratch;
use crate::request::Request;
use crate::route::write_escape;

/// Places in the text of the scratch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    method: Span,
    path: Span,
    query: Option<Span>,
    authority: Span,
    pub(super) framing: Framing,
    pub(super) expects_continue: bool,
}

impl Head {
    pub(super) fn request<'a>(
        &self,
        text: &'a [u8],
        fields: FieldLines<'a>,
        visitor: &Visitor,
    ) -> Request<'a> {
        Request {
            method: self.method.of(text),
            path: self.path.of(text),
            query: self.query.map(|query| query.of(text)),
            authority: self.authority.of(text),
            scheme: visitor.listener.scheme,
            version: Version::Http2,
            fields,
            peer: visitor.peer,
        }
    }
}

/// Copies a head into the scratch, and refuses what HTTP/1.1 would refuse: it may go on in that version.
pub(super) fn flatten(
    parts: &Parts,
    ended: bool,
    limits: &HeadLimits,
    scratch: &mut Scratch,
) -> Result<Head, RequestFault> {
    if parts.method == http::Method::CONNECT {
        return Err(RequestFault::ConnectRefused);
    }
    if parts.method.as_str().len() > METHOD_BYTES {
        return Err(RequestFault::Malformed(Part::Method));
    }
    let text = &mut scratch.text;
    let method = put(text, parts.method.as_str().as_bytes());
    let target = parts.uri.path_and_query();
    let (path, query) = target.map_or(("/", None), |target| (target.path(), target.query()));
    if path.len() + query.map_or(0, str::len) > limits.target_bytes {
        return Err(RequestFault::TargetTooLong);
    }
    let is_asterisk = path == "*" && parts.method == http::Method::OPTIONS;
    if !path.starts_with('/') && !is_asterisk {
        return Err(RequestFault::Malformed(Part::Target));
    }
    let path = put(text, path.as_bytes());
    let query = query.map(|query| put_query(text, query.as_bytes()));
    let named = authority(parts)?;
    let authority = put(text, named);
    let length = fields(parts, limits, scratch)?;
    let framing = match (ended, length) {
        (true, None | Some(0)) => Framing::None,
        (true, Some(_)) => return Err(RequestFault::Malformed(Part::ContentLength)),
        (false, Some(length)) => Framing::Length(length),
        (false, None) => Framing::Chunked,
    };
    let asks = asks_to_continue(FieldLines::new(&scratch.text, &scratch.lines))?;
    let expects_continue = asks && !matches!(framing, Framing::None | Framing::Length(0));
    Ok(Head { method, path, query, authority, framing, expects_continue })
}

/// `:authority`, else `Host`; where both are there they must agree (RFC 9113 section 8.3.1).
fn authority(parts: &Parts) -> Result<&[u8], RequestFault> {
    let wrong = RequestFault::Malformed(Part::Host);
    let mut hosts = parts.headers.get_all(http::header::HOST).iter();
    let host = hosts.next().map(http::HeaderValue::as_bytes);
    if hosts.next().is_some() {
        return Err(wrong);
    }
    let is_tls = parts.uri.scheme() == Some(&http::uri::Scheme::HTTPS);
    let scheme = if is_tls { TargetScheme::Https } else { TargetScheme::Http };
    let named = match (parts.uri.authority().map(|named| named.as_str().as_bytes()), host) {
        (Some(named), Some(host)) if !is_same_authority(named, host, scheme) => return Err(wrong),
        (Some(named), _) | (None, Some(named)) => named,
        (None, None) => return Err(wrong),
    };
    if is_authority(named) { Ok(named) } else { Err(wrong) }
}

/// Copies the fields, and says what `Content-Length` says.
fn fields(parts: &Parts, limits: &HeadLimits, scratch: &mut Scratch) -> Result<Option<u64>, RequestFault> {
    let (text, lines) = (&mut scratch.text, &mut scratch.lines);
    let mut length = None;
    let mut cookies = Vec::new();
    for (name, value) in &parts.headers {
        let id = FieldName::of(name.as_str().as_bytes());
        let value = value.as_bytes().trim_ascii();
        match id {
            FieldName::Host => continue,
            FieldName::ContentLength => {
                let number = number(value).ok_or(RequestFault::Malformed(Part::ContentLength))?;
                if length.replace(number).is_some() {
                    return Err(RequestFault::Malformed(Part::ContentLength));
                }
            }
            _ if *name == http::header::COOKIE => {
                cookies.push(value);
                continue;
            }
            _ => {}
        }
        line(text, lines, id, name.as_str().as_bytes(), value);
        if lines.len() > limits.fields {
            return Err(RequestFault::HeadTooBig);
        }
    }
    // Cookies may come in pieces, which HTTP/1.1 has in one line (RFC 9113 section 8.2.3).
    if !cookies.is_empty() {
        line(text, lines, FieldName::Other, b"cookie", &cookies.join(&b"; "[..]));
    }
    Ok(length)
}

fn number(digits: &[u8]) -> Option<u64> {
    let plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| plain)?.parse().ok()
}

fn line(text: &mut Vec<u8>, lines: &mut Vec<FieldLine>, id: FieldName, name: &[u8], value: &[u8]) {
    let name = put(text, name);
    let value = put(text, value);
    lines.push(FieldLine { id, name, value });
}

/// A query as HTTP/1.1 has it: what may not stand in a request line is escaped, as in paths.
fn put_query(text: &mut Vec<u8>, query: &[u8]) -> Span {
    let begin = u32::try_from(text.len()).unwrap_or(u32::MAX);
    for byte in query {
        if byte.is_ascii_graphic() { text.push(*byte) } else { write_escape(*byte, text) }
    }
    Span { begin, end: u32::try_from(text.len()).unwrap_or(u32::MAX) }
}

fn put(text: &mut Vec<u8>, bytes: &[u8]) -> Span {
    let begin = u32::try_from(text.len()).unwrap_or(u32::MAX);
    text.extend_from_slice(bytes);
    Span { begin, end: u32::try_from(text.len()).unwrap_or(u32::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(request: http::request::Builder, ended: bool) -> Result<(Head, Scratch), RequestFault> {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let mut scratch = Scratch::default();
        flatten(&parts, ended, &HeadLimits::default(), &mut scratch).map(|head| (head, scratch))
    }

    fn get(uri: &str) -> http::request::Builder {
        http::Request::get(uri)
    }

    #[test]
    fn a_head_becomes_a_table() {
        let request = get("https://shop.example/a?b")
            .header("cookie", "x=1")
            .header("cookie", "y=2")
            .header("te", "trailers");
        let (head, scratch) = flat(request, true).unwrap();
        let fields = FieldLines::new(&scratch.text, &scratch.lines);
        assert_eq!(fields.named(b"cookie"), Some(&b"x=1; y=2"[..]));
        assert_eq!(fields.first(FieldName::Te), Some(&b"trailers"[..]));
        assert_eq!(head.path.of(&scratch.text), b"/a");
        assert_eq!(head.query.unwrap().of(&scratch.text), b"b");
        assert_eq!(head.authority.of(&scratch.text), b"shop.example");
        assert_eq!(head.framing, Framing::None);
    }

    #[test]
    fn a_query_can_stand_in_a_request_line() {
        let (head, scratch) = flat(get("https://a/?q=\u{e9}&r={%20}"), true).unwrap();
        assert_eq!(head.query.unwrap().of(&scratch.text), b"q=%C3%A9&r={%20}");
    }

    #[test]
    fn what_must_not_go_on_is_refused() {
        let host = RequestFault::Malformed(Part::Host);
        let length = RequestFault::Malformed(Part::ContentLength);
        for (request, ended, fault) in [
            (get("https://a/").header("host", "b"), true, host),
            (get("/"), true, host),
            (get("https://a/").header("content-length", "5"), true, length),
            (get("https://a/").header("content-length", "+5"), false, length),
            (get("https://a/").header("content-length", "5").header("content-length", "6"), false, length),
            (get("https://a/").header("content-length", "5").header("content-length", "5"), false, length),
            (get("https://a/").header("host", "a:80"), true, host),
            (get("https://a/").header("expect", "x"), false, RequestFault::ExpectationUnknown),
            (
                get("https://a/").header("expect", "100-continue").header("expect", "x"),
                false,
                RequestFault::ExpectationUnknown,
            ),
            (get("https://a/").method("A".repeat(33).as_str()), true, RequestFault::Malformed(Part::Method)),
            (http::Request::connect("a:1"), true, RequestFault::ConnectRefused),
        ] {
            assert_eq!(flat(request, ended).err(), Some(fault));
        }
        let (head, _) = flat(get("https://a/").header("content-length", "5"), false).unwrap();
        assert_eq!(head.framing, Framing::Length(5));
        for (uri, host) in [("https://a/", "A"), ("https://a/", "a:443"), ("http://a:80/", "a")] {
            let (head, _) = flat(get(uri).header("host", host), false).unwrap();
            assert_eq!(head.framing, Framing::Chunked);
        }
        for (length, expects_continue) in [("5", true), ("0", false)] {
            let request = get("https://a/").header("content-length", length);
            let request = request.header("expect", "100-Continue, 100-continue");
            assert_eq!(flat(request, false).unwrap().0.expects_continue, expects_continue);
        }
    }
}

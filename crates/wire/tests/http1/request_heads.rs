//! Heads of requests: what is read of them, and what is refused and why. All of it is the same however the bytes come.

use goodgate_wire::http1::{HeadLimits, Preface, RequestHead, TargetScheme, preface, request_head};
use goodgate_wire::{FieldLine, FieldLines, FieldName, Framing, Part, RequestFault, Span, Version};

/// What is made of these bytes; the same is made of them byte by byte, and no prefix of a good head is refused.
pub(crate) fn read_within(
    bytes: &[u8],
    limits: &HeadLimits,
    lines: &mut Vec<FieldLine>,
) -> Result<Option<RequestHead>, RequestFault> {
    let whole = request_head(bytes, limits, lines);
    let came = match whole {
        Ok(Some(head)) => head.bytes,
        _ => bytes.len(),
    };
    let mut first = Ok(None);
    for end in 0..=came {
        first = request_head(&bytes[..end], limits, &mut Vec::new());
        if first != Ok(None) {
            break;
        }
    }
    assert_eq!(first, whole, "{}", bytes.escape_ascii());
    whole
}

pub(crate) fn read(bytes: &[u8]) -> Result<Option<RequestHead>, RequestFault> {
    read_within(bytes, &HeadLimits::default(), &mut Vec::new())
}

fn head(text: &str) -> RequestHead {
    read(text.as_bytes()).expect("a good head").expect("a complete head")
}

fn of(text: &str, place: Span) -> &str {
    std::str::from_utf8(place.of(text.as_bytes())).expect("text")
}

const HOST: &str = "Host: shop.example\r\n";

/// A head with this request line and these further lines.
fn with(line: &str, fields: &str) -> String {
    format!("{line}\r\n{HOST}{fields}\r\n")
}

fn refused(text: &str, fault: RequestFault) {
    assert_eq!(read(text.as_bytes()), Err(fault), "{text:?}");
}

fn malformed(text: &str, part: Part) {
    refused(text, RequestFault::Malformed(part));
}

#[test]
fn a_whole_head() {
    let text = "POST /a%20b/?q=1?2 HTTP/1.1\r\nhost: Shop.example:8080\r\nX-Note: \t a\tb \t\r\nEmpty:\r\n\
                Latin: caf\u{e9}\r\nContent-Length: 005\r\n\r\nhello";
    let mut lines = vec![FieldLine { id: FieldName::Te, name: Span::default(), value: Span::default() }];
    let head = read_within(text.as_bytes(), &HeadLimits::default(), &mut lines).unwrap().unwrap();
    assert_eq!(of(text, head.method), "POST");
    assert_eq!(of(text, head.target), "/a%20b/?q=1?2");
    assert_eq!(of(text, head.path), "/a%20b/");
    assert_eq!(head.query.map(|query| of(text, query)), Some("q=1?2"));
    assert_eq!((head.scheme, head.authority), (None, None));
    assert_eq!(head.host.map(|host| of(text, host)), Some("Shop.example:8080"));
    assert_eq!(head.named(), head.host);
    assert_eq!((head.version, head.framing), (Version::Http11, Framing::Length(5)));
    assert_eq!(head.bytes, text.len() - 5);
    assert!(head.persistent && !head.expects_continue && !head.upgrade);
    let fields: Vec<_> = FieldLines::new(text.as_bytes(), &lines)
        .iter()
        .map(|(id, name, value)| (id, String::from_utf8_lossy(name), String::from_utf8_lossy(value)))
        .collect();
    let expected = [
        (FieldName::Host, "host", "Shop.example:8080"),
        (FieldName::Other, "X-Note", "a\tb"),
        (FieldName::Other, "Empty", ""),
        (FieldName::Other, "Latin", "caf\u{e9}"),
        (FieldName::ContentLength, "Content-Length", "005"),
    ];
    assert_eq!(fields, expected.map(|(id, name, value)| (id, name.into(), value.into())));
}

#[test]
fn forms_of_the_target() {
    let parts = |line: &str| {
        let text = with(line, "");
        let head = head(&text);
        let query = head.query.map(|query| of(&text, query).to_owned());
        let named = head.named().map(|named| of(&text, named).to_owned());
        (of(&text, head.path).to_owned(), query, head.scheme, named)
    };
    let own = || Some("shop.example".to_owned());
    let query = |query: &str| Some(query.to_owned());
    assert_eq!(parts("GET / HTTP/1.1"), ("/".into(), None, None, own()));
    assert_eq!(parts("GET /? HTTP/1.1"), ("/".into(), query(""), None, own()));
    assert_eq!(parts("GET //x/../y HTTP/1.1"), ("//x/../y".into(), None, None, own()));
    assert_eq!(parts("OPTIONS * HTTP/1.1"), ("*".into(), None, None, own()));
    let (http, https) = (Some(TargetScheme::Http), Some(TargetScheme::Https));
    assert_eq!(parts("GET http://shop.example/a?b HTTP/1.1"), ("/a".into(), query("b"), http, own()));
    assert_eq!(parts("GET HTTPS://SHOP.example HTTP/1.1"), ("/".into(), None, https, query("SHOP.example")));
    assert_eq!(
        parts("GET http://shop.example:80?b HTTP/1.1"),
        ("/".into(), query("b"), http, query("shop.example:80"))
    );
    for line in [
        "GET * HTTP/1.1",
        "OPTIONS *a HTTP/1.1",
        "GET index.html HTTP/1.1",
        "GET shop.example:443 HTTP/1.1",
        "GET ?a HTTP/1.1",
        "GET ftp://shop.example/ HTTP/1.1",
        "GET http:/shop.example/ HTTP/1.1",
        "GET http:///a HTTP/1.1",
        "GET http://:80/a HTTP/1.1",
        "GET http://user@shop.example/ HTTP/1.1",
        "GET http://shop.example:x/ HTTP/1.1",
        "GET /#a HTTP/1.1",
        "GET /\u{e9} HTTP/1.1",
        "GET /\u{7f} HTTP/1.1",
        "GET /a\tb HTTP/1.1",
        "GET /\0 HTTP/1.1",
        "GET  / HTTP/1.1",
    ] {
        malformed(&with(line, ""), Part::Target);
    }
    refused(&with("CONNECT shop.example:443 HTTP/1.1", ""), RequestFault::ConnectRefused);
}

#[test]
fn methods() {
    for method in ["get", "M-SEARCH", "X!#$%&'*+-.^_`|~9"] {
        let text = with(&format!("{method} / HTTP/1.1"), "");
        assert_eq!(of(&text, head(&text).method), method);
    }
    assert!(read(with(&format!("{} / HTTP/1.1", "M".repeat(32)), "").as_bytes()).is_ok());
    for line in ["G\u{e9}T / HTTP/1.1", "GE\"T / HTTP/1.1", "GET/ HTTP/1.1", "G\0T / HTTP/1.1"] {
        malformed(&with(line, ""), Part::Method);
    }
    malformed(&with(&"M".repeat(33), ""), Part::Method);
    malformed(&"M".repeat(33), Part::Method);
}

#[test]
fn versions() {
    assert_eq!(head("GET / HTTP/1.0\r\n\r\n").version, Version::Http10);
    assert_eq!(head(&with("GET / HTTP/1.7", "")).version, Version::Http11);
    for version in ["HTTP/2.0", "HTTP/0.9", "HTTP/3", "HTTP/9.9"] {
        refused(&with(&format!("GET / {version}"), ""), RequestFault::VersionUnknown);
    }
    for version in [
        "",
        "http/1.1",
        "HTTP/1",
        "HTTP/1.",
        "HTTP/1.10",
        "HTTP/11",
        "HTTP/x.1",
        "HTTP 1.1",
        "HTTP/1.1 ",
        "ICY",
    ] {
        malformed(&with(&format!("GET / {version}"), ""), Part::RequestLine);
    }
    malformed("GET /\r\n\r\n", Part::RequestLine);
    malformed("GET\r\n\r\n", Part::RequestLine);
}

#[test]
fn beginnings() {
    for skipped in ["", "\r\n", "\r\n\r\n"] {
        let text = format!("{skipped}{}", with("GET / HTTP/1.1", ""));
        assert_eq!(head(&text).bytes, text.len());
    }
    for begin in
        ["\r\n\r\n\r\n", "\n", "\r\r\n", " ", "\t", "\0", "\u{16}\u{3}\u{1}", "\u{feff}", "<", "{", "\"", "@"]
    {
        malformed(&format!("{begin}{}", with("GET / HTTP/1.1", "")), Part::RequestLine);
        malformed(begin, Part::RequestLine);
    }
    let text = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for end in 1..text.len() {
        assert_eq!(preface(&text[..end]), Preface::Begun);
    }
    assert_eq!(
        (preface(text), preface(b"PRI /"), preface(b"PUT")),
        (Preface::Whole, Preface::No, Preface::No)
    );
    malformed("PRI * HTTP/2.0\r\n", Part::Target);
}

#[test]
fn hosts() {
    let line = "GET / HTTP/1.1\r\n";
    malformed(&format!("{line}\r\n"), Part::Host);
    for host in
        ["", " ", "a b", "a,b", "a.example, b.example", "user@a", "http://a", "a/b", "a:x", "[::1", "a\u{e9}"]
    {
        malformed(&format!("{line}Host: {host}\r\n\r\n"), Part::Host);
        malformed(&format!("GET / HTTP/1.0\r\nHost: {host}\r\n\r\n"), Part::Host);
    }
    for line in [line, "GET / HTTP/1.0\r\n"] {
        malformed(&format!("{line}{HOST}{HOST}\r\n"), Part::Host);
    }
    malformed(&with("GET http://other.example/ HTTP/1.1", ""), Part::Host);
    malformed(&with("GET http://shop.example:8080/ HTTP/1.1", ""), Part::Host);
    malformed("GET http://shop.example/ HTTP/1.1\r\n\r\n", Part::Host);
    assert_eq!(head("GET / HTTP/1.0\r\n\r\n").named(), None);
}

#[test]
fn what_is_asked_of_the_connection() {
    let ask = |version: &str, fields: &str| head(&with(&format!("GET / {version}"), fields));
    let persistent = |version: &str, fields: &str| ask(version, fields).persistent;
    assert!(persistent("HTTP/1.1", "") && !persistent("HTTP/1.0", ""));
    assert!(persistent("HTTP/1.0", "Connection: x, Keep-Alive\r\n"));
    assert!(!persistent("HTTP/1.1", "Connection: x\r\nConnection: , CLOSE\r\n"));
    assert!(!persistent("HTTP/1.0", "Connection: keep-alive, close\r\n"));
    let upgrade = |version: &str, fields: &str| ask(version, fields).upgrade;
    assert!(upgrade("HTTP/1.1", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"));
    assert!(!upgrade("HTTP/1.0", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
    assert!(!upgrade("HTTP/1.1", "Upgrade: websocket\r\n"));
    assert!(!upgrade("HTTP/1.1", "Connection: Upgrade\r\nUpgrade:\r\n"));
    assert!(!upgrade("HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket, H2C\r\n"));
    let expects = |version: &str, fields: &str| ask(version, fields).expects_continue;
    let body = "Content-Length: 1\r\nExpect: 100-Continue\r\n";
    assert!(expects("HTTP/1.1", body) && !expects("HTTP/1.0", body));
    assert!(expects("HTTP/1.1", "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"));
    assert!(!expects("HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n"));
    for other in ["x", "100-continue, x", "100-continue=1"] {
        let text = with("GET / HTTP/1.1", &format!("Expect: {other}\r\n"));
        refused(&text, RequestFault::ExpectationUnknown);
    }
}

#[test]
fn bounds() {
    let limits =
        |bytes, target_bytes, fields| HeadLimits { bytes, target_bytes, fields, ..HeadLimits::default() };
    let with_limits = |text: &str, limits| read_within(text.as_bytes(), &limits, &mut Vec::new()).map(|_| ());
    let text = with("GET /abc HTTP/1.1", "A: b\r\n");
    let size = text.len();
    assert_eq!(with_limits(&text, limits(size, 4, 2)), Ok(()));
    assert_eq!(with_limits(&format!("{text}{text}"), limits(size, 4, 2)), Ok(()));
    assert_eq!(with_limits(&text, limits(size - 1, 4, 2)), Err(RequestFault::HeadTooBig));
    assert_eq!(with_limits(&text, limits(size, 3, 2)), Err(RequestFault::TargetTooLong));
    assert_eq!(with_limits(&text, limits(size, 4, 1)), Err(RequestFault::HeadTooBig));
    assert_eq!(with_limits("GET /abc", limits(8, 4, 1)), Err(RequestFault::HeadTooBig));
    assert_eq!(with_limits("GET /abcd", limits(100, 4, 1)), Err(RequestFault::TargetTooLong));
    assert_eq!(with_limits("", limits(0, 0, 0)), Err(RequestFault::HeadTooBig));
}

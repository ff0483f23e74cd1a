//! Requests in HTTP/2 that would be others, or two, as HTTP/1.1: what they become on their way to a server.

use crate::frames::*;
use crate::http2::both;
use crate::setting::*;
use crate::slow::serves;

type Field = (&'static str, &'static str);

/// Pseudo-header fields that want a path yet.
const ASKED: [Field; 3] = [(":method", "GET"), (":scheme", "http"), (":authority", "a")];

/// Fields beside those of a good request that make another one of it in HTTP/1.1, or that HTTP/2 has no place for.
const FORBIDDEN: &[&[Field]] = &[
    // Fields of one connection (RFC 9113 section 8.2.2).
    &[("connection", "close")],
    &[("connection", "keep-alive")],
    &[("connection", "transfer-encoding")],
    &[("keep-alive", "timeout=5")],
    &[("proxy-connection", "x")],
    &[("transfer-encoding", "chunked")],
    &[("transfer-encoding", "identity")],
    &[("transfer-encoding", "")],
    &[("upgrade", "websocket")],
    &[("te", "gzip")],
    &[("te", "trailers, gzip")],
    // Names and values that end a line (section 8.2.1).
    &[("Upper", "x")],
    &[("Transfer-Encoding", "chunked")],
    &[("a b", "x")],
    &[(" a", "x")],
    &[("a ", "x")],
    &[("", "x")],
    &[("a:b", "x")],
    &[("a\r\nhidden: 1\r\nb", "x")],
    &[("a\0", "x")],
    &[("a", "b\r\nhidden: 1")],
    &[("a", "b\nhidden: 1")],
    &[("a", "b\rhidden: 1")],
    &[("a", "b\0")],
    &[("cookie", "a=1"), ("cookie", "b=2\r\nhidden: 1")],
    // Pseudo-header fields twice, too late, unknown or those of an answer (section 8.3).
    &[(":path", "/other")],
    &[(":method", "POST")],
    &[(":authority", "a")],
    &[(":scheme", "https")],
    &[("a", "b"), (":path", "/")],
    &[(":unknown", "x")],
    &[(":status", "200")],
    &[(":protocol", "websocket")],
    // A length where no body is, and lengths that are read differently.
    &[("content-length", "5")],
    &[("content-length", "0"), ("content-length", "5")],
    &[("content-length", "0, 0")],
    &[("content-length", "+0")],
    &[("content-length", "-1")],
    &[("content-length", "0x0")],
    &[("content-length", "")],
    &[("content-length", "18446744073709551616")],
    // Another host than was named.
    &[("host", "b")],
    &[("host", "a"), ("host", "b")],
];

/// Paths that a request line has no room for, or that are no paths.
const PATHS: &[&str] = &[
    "",
    "a",
    "*",
    "http://b/",
    "http:/b",
    "/a b",
    "/ HTTP/1.1\r\nhidden: 1",
    "/\nhidden",
    "/\0",
    "/\x7f",
    "/a\\b",
    "/%00",
    "/..%2fa",
];

/// Hosts that are none, or two.
const HOSTS: &[&str] = &[
    "",
    "a@b",
    "u:p@a",
    "a b",
    "a,b",
    "a/b",
    "a?b",
    "a#b",
    "a\\b",
    "a:b",
    "a:80:80",
    "a\0",
    "a\r\nhidden: 1",
    "[::1",
    "::1",
];

fn refused_heads() -> Vec<Vec<Field>> {
    let usual = [&ASKED[..], &[(":path", "/")]].concat();
    let mut heads: Vec<Vec<Field>> = FORBIDDEN.iter().map(|fields| [&usual[..], fields].concat()).collect();
    heads.extend(PATHS.iter().map(|path| [&ASKED[..], &[(":path", *path)]].concat()));
    for host in HOSTS {
        heads.push(vec![(":method", "GET"), (":scheme", "http"), (":authority", *host), (":path", "/")]);
        heads.push(vec![(":method", "GET"), (":scheme", "http"), (":path", "/"), ("host", *host)]);
    }
    let method = |method| vec![(":method", method), (":scheme", "http"), (":authority", "a"), (":path", "/")];
    heads.extend(["GET HTTP/1.1\r\n", "GET /hidden", "", "G\0T", "CONNECT"].map(method));
    heads.push(vec![(":method", "GET"), (":scheme", "http:// b"), (":authority", "a"), (":path", "/")]);
    heads.push(vec![(":method", "CONNECT"), (":authority", "a:1")]);
    heads.push([&[(":method", "CONNECT"), (":protocol", "websocket")], &usual[1..]].concat());
    // One of them is missing.
    heads.extend((0..usual.len()).map(|missing| [&usual[..missing], &usual[missing + 1..]].concat()));
    heads
}

#[test]
fn what_http2_forbids_reaches_no_server() {
    let server = well();
    let setting = run(both(upstream(&[server.address])));
    for fields in refused_heads() {
        let mut wire = Wire::open(&setting, &[]);
        assert!(wire.send(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &block(&fields))));
        let answer = wire.find(|frame| frame.stream == 1 || frame.kind == GOAWAY);
        let refused = answer.as_ref().is_some_and(|answer| {
            answer.code().is_some() || answer.status().is_some_and(|status| (400..500).contains(&status))
        });
        assert!(refused, "{fields:?}: {answer:?}");
    }
    serves(&setting);
    let seen: Vec<String> = server.seen.try_iter().collect();
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[test]
fn what_http2_writes_otherwise_goes_on_as_http1_has_it() {
    let server = well();
    let setting = run(both(upstream(&[server.address])));
    let asked = |path| [&ASKED[..], &[(":path", path)]].concat();
    let with = |fields: &[Field]| [&asked("/")[..], fields].concat();
    for (fields, expected) in [
        // Cookies may come in pieces (RFC 9113 section 8.2.3), which are one field in HTTP/1.1.
        (with(&[("cookie", "a=1"), ("x", "y"), ("cookie", "b=2; c=3")]), "\r\ncookie: a=1; b=2; c=3\r\n"),
        (with(&[("te", "trailers")]), "\r\nTE: trailers\r\n"),
        (with(&[("host", "A")]), "GET / HTTP/1.1\r\nHost: a\r\n"),
        (with(&[("x", " \ty ")]), "\r\nx: y\r\n"),
        (
            vec![(":method", "GET"), (":scheme", "http"), (":path", "/"), ("host", "b:81")],
            "\r\nHost: b:81\r\n",
        ),
        (vec![(":method", "OPTIONS"), ASKED[1], ASKED[2], (":path", "*")], "OPTIONS * HTTP/1.1\r\n"),
        (asked("/x/../caf\u{e9}?\u{e9}"), "GET /caf%C3%A9?%C3%A9 HTTP/1.1\r\n"),
    ] {
        let mut wire = Wire::open(&setting, &[]);
        assert!(wire.send(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &block(&fields))));
        assert!(wire.find(|frame| frame.stream == 1).unwrap().is_ok(), "{fields:?}");
        let request = server.seen.recv_timeout(PATIENCE).unwrap();
        assert_eq!(request.matches(expected).count(), 1, "{fields:?}: {request}");
        let names: Vec<_> =
            request.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect();
        let twice = names.iter().find(|name| names.iter().filter(|other| other == name).count() > 1);
        assert_eq!(twice, None, "{request}");
    }
}

#[test]
fn a_body_of_another_length_than_announced_is_no_request() {
    let server = server(vec![vec![Do::Drain]]);
    let setting = run(both(upstream(&[server.address])));
    for (length, body) in [("0", "GET /hidden HTTP/1.1\r\n\r\n"), ("3", "hello"), ("9", "hello")] {
        let mut wire = Wire::open(&setting, &[]);
        let head = asking("POST", "/", &[("content-length", length)]);
        assert!(wire.send(&frame(HEADERS, END_HEADERS, 1, &head)));
        assert!(wire.send(&frame(DATA, END_STREAM, 1, body.as_bytes())));
        let answer = wire.find(|frame| frame.stream == 1).unwrap();
        assert_eq!((answer.kind, answer.code()), (RST_STREAM, Some(PROTOCOL_ERROR)), "{length}: {answer:?}");
    }
    for request in server.seen.try_iter() {
        assert!(!request.contains("hidden") && !request.contains("hello"), "{request}");
    }
}

/// A POST with this field, a body and these trailer fields.
fn posting(field: Option<Field>, trailers: &[Field]) -> Vec<u8> {
    let head = asking("POST", "/", field.as_slice());
    let end = END_STREAM | END_HEADERS;
    [
        frame(HEADERS, END_HEADERS, 1, &head),
        frame(DATA, 0, 1, b"hello"),
        frame(HEADERS, end, 1, &block(trailers)),
    ]
    .concat()
}

#[test]
fn trailer_fields_that_break_the_rules_end_no_request() {
    let server = well();
    let setting = run(both(upstream(&[server.address])));
    for (field, trailer) in [
        (None, ("connection", "close")),
        (None, ("transfer-encoding", "chunked")),
        (None, ("Upper", "x")),
        (None, ("a b", "x")),
        (None, ("a", "b\r\nhidden: 1")),
        (None, ("a", "b\r\n\r\nGET /hidden HTTP/1.1\r\nhost: a\r\n\r\n")),
        (None, ("a", "b\0")),
        (Some(("content-length", "9")), ("x-sum", "1")),
    ] {
        let mut wire = Wire::open(&setting, &[]);
        assert!(wire.send(&posting(field, &[trailer])));
        let answer = wire.find(|frame| frame.stream == 1 || frame.kind == GOAWAY).unwrap();
        assert!(answer.code().is_some(), "{trailer:?}: {answer:?}");
    }
    serves(&setting);
    let seen: Vec<String> = server.seen.try_iter().collect();
    assert!(seen.len() == 1 && seen[0].starts_with("GET /other "), "{seen:?}");
}

#[test]
fn trailer_fields_neither_frame_nor_speak_for_a_proxy() {
    let server = well();
    let setting = run(both(upstream(&[server.address])));
    let mut wire = Wire::open(&setting, &[]);
    let trailers = [
        (":path", "/hidden"),
        ("content-length", "9"),
        ("host", "b"),
        ("x-forwarded-proto", "https"),
        ("x-real-ip", "198.51.100.1"),
        ("x_real_ip", "198.51.100.1"),
        // The server takes what ends so for the end of a chunked body.
        ("x-sum", "10"),
    ];
    assert!(wire.send(&posting(None, &trailers)));
    assert!(wire.find(|frame| frame.stream == 1).unwrap().is_ok());
    let request = server.seen.recv_timeout(PATIENCE).unwrap();
    assert!(request.starts_with("POST / HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with("\r\n5\r\nhello\r\n0\r\nx-sum: 10\r\n\r\n"), "{request}");
}

//! Requests with more than one meaning, sent whole through the gateway: nothing of what may be a second request reaches
//! the server as one.

use crate::setting::*;
use crate::slow::serves;

const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

/// The head of a request that hides another one behind it, and what is answered.
const PAYLOADS: &[(&str, u16)] = &[
    // Two framings (RFC 9112 section 6.1).
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400),
    // Two lengths (section 6.3), and lengths that are read differently.
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 33\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 33\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x21\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0 33\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n", 400),
    // Fields that one party reads and another does not (section 5.1, 5.2).
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 33\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nA: b\r\n Content-Length: 33\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nA: b\rContent-Length: 33\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nA: b\0\r\nContent-Length: 0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length\0: 33\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\n: b\r\nContent-Length: 0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\r\n\r\n", 400),
    // Codings that one party knows and another does not.
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 501),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400),
    ("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    // Chunks that end in two places (section 7.1).
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n 0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0;a\nb\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n", 400),
    // Request lines with room for another one.
    ("GET / HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /\x0b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    ("GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    ("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 405),
    ("GET / HTTP/1.2\r\nHost: a\r\nConnection: close\r\nContent-Length: 33\r\n\r\n", 200),
    ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
];

#[test]
fn nothing_of_a_hidden_request_reaches_the_server() {
    let server = well();
    let setting = in_front_of(&[&server]);
    for (payload, expected) in PAYLOADS {
        let (text, end) = setting.ask(&format!("{payload}{HIDDEN}"));
        assert_eq!(parts(&text).0, *expected, "{payload:?}: {text}");
        if *expected != 200 {
            assert_eq!(text.matches("HTTP/1.1 ").count(), 1, "{payload:?}: {text}");
            assert_ne!(end, End::Open, "{payload:?}");
        }
    }
    serves(&setting);
    for request in server.seen.try_iter() {
        assert!(!request.starts_with("GET /hidden"), "{request}");
    }
}

#[test]
fn a_body_that_looks_like_a_request_stays_a_body() {
    let server = well();
    let setting = in_front_of(&[&server]);
    for framing in [
        format!("Content-Length: {}\r\n\r\n{HIDDEN}", HIDDEN.len()),
        format!(
            "Transfer-Encoding: chunked\r\n\r\n{:x};a=b\r\n{HIDDEN}\r\n0\r\nContent-Length: 9\r\n\r\n",
            HIDDEN.len()
        ),
    ] {
        let (text, _) = setting.ask(&format!("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{framing}"));
        assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
        let request = server.seen.recv_timeout(PATIENCE).unwrap();
        assert!(request.starts_with("POST / ") && request.contains(HIDDEN), "{request}");
        // Neither extensions nor trailer fields that frame go on.
        assert!(!request.contains("a=b") && !request.contains("Content-Length: 9"), "{request}");
    }
    assert!(server.seen.try_recv().is_err());
}

#[test]
fn fields_of_the_connection_end_here() {
    let server = well();
    let setting = in_front_of(&[&server]);
    let nominated = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Secret, host, content-length\r\nX-Secret: 1\r\n\
        Keep-Alive: 5\r\nProxy-Connection: x\r\nTE: gzip\r\n\r\n";
    let (text, _) = setting.ask(nominated);
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    let request = server.seen.recv_timeout(PATIENCE).unwrap();
    assert!(request.contains("Host: a\r\n"), "{request}");
    for gone in ["X-Secret", "Keep-Alive", "Proxy-Connection", "gzip"] {
        assert!(!request.contains(gone), "{gone}: {request}");
    }
}

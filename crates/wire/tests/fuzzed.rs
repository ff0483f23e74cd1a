//! Short runs of the codecs' fuzz targets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "../../../fuzz/parsers/fastcgi.rs"]
mod fastcgi;
#[path = "../../../fuzz/parsers/http1.rs"]
mod http1;
#[path = "../../../fuzz/parsers/http1_body.rs"]
mod http1_body;
#[path = "../../../fuzz/parsers/http1_request.rs"]
mod http1_request;
#[path = "../../../fuzz/short.rs"]
mod short;

/// As many as take a second or two.
const RUNS: u64 = 20_000;

#[test]
fn heads_of_requests() {
    let beginnings: &[&[u8]] = &[
        b"\x00GET /a?b HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n\r\n",
        b"\x00POST http://example.com/ HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
        b"\x00PUT / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        b"\x00GET / HTTP/1.0\r\nUpgrade: websocket\r\nConnection: upgrade, keep-alive\r\n\r\n",
        b"\x01GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n",
        b"\x00PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ];
    short::run(RUNS, beginnings, http1_request::play);
}

#[test]
fn responses() {
    let beginnings: &[&[u8]] = &[
        b"\x00\x05HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"\x00\x03HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
        b"\x02\x07HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.0 200 \r\nConnection: keep-alive\r\n\r\nhello",
        b"\x09\x01HTTP/1.1 304 Not Modified\nContent-Length: 9\n\n",
        b"\x08\x04HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 0\r\n\r\n",
    ];
    short::run(RUNS, beginnings, http1::play);
}

#[test]
fn bodies() {
    let beginnings: &[&[u8]] = &[
        b"\x04\x035\r\nhello\r\n0\r\n\r\n",
        b"\x05\x02A;q=\"x\"\r\n0123456789\r\n00\r\nX-Sum: 1\r\n\r\nnext",
        b"\x00\x04123456789next",
        b"\x02\x01until the end",
        b"\x04\x08HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ];
    short::run(RUNS, beginnings, http1_body::play);
}

#[test]
fn answers_in_fastcgi() {
    let beginnings: &[&[u8]] = &[
        b"\x00\x09\x01\x06\x00\x01\x00\x14\x00\x00Status: 201 A\r\n\r\nhello\x01\x06\x00\x01\x00\x00\x00\x00\x01\x03\x00\x01\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
        b"\x00\x03\x01\x07\x00\x01\x00\x04\x04\x00oops\x00\x00\x00\x00\x01\x06\x00\x01\x00\x11\x00\x00Location: /a\r\n\r\nhi\x01\x03\x00\x01\x00\x08\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00",
        b"\x09\x02\x01\x06\x00\x01\x00\x16\x00\x00Content-Length: 2\r\n\r\nhi\x01\x03\x00\x01\x00\x08\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00",
    ];
    short::run(RUNS, beginnings, fastcgi::play);
}

//! Every fault of a response, each with the phase, the bytes at which it was seen, and whether it is the first byte or
//! the end of the line that gives it away.

use goodgate_facts::Phase;
use goodgate_wire::Fault::{self, *};
use goodgate_wire::Limits;
use goodgate_wire::http1::Ended::{self, *};

use crate::reading::{read, read_whole};

const OK: &str = "HTTP/1.1 200 OK\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Bytes that are refused whatever follows, and the line that is shown.
fn refused(bytes: &[u8], fault: Fault, phase: Phase, began: &[u8]) {
    for ended in [Closed, Reset, TimedOut, Truncated] {
        let (whole, count) = read_whole("GET", bytes, ended);
        let told = String::from_utf8_lossy(bytes);
        assert_eq!((whole.fault, whole.phase), (Some(fault), Some(phase)), "{told:?}");
        assert_eq!(count.received, bytes.len() as u64, "{told:?}");
        assert!(count.began.starts_with(began), "{told:?}: {:?}", String::from_utf8_lossy(&count.began));
        let (single, _) = read("GET", &Limits::default(), bytes.chunks(1), ended);
        assert_eq!((single.fault, single.phase), (whole.fault, whole.phase), "{told:?}");
    }
}

/// A stream that ends here.
fn ends(bytes: &str, ended: Ended, fault: Fault, phase: Phase) {
    let (whole, count) = read_whole("GET", bytes.as_bytes(), ended);
    assert_eq!((whole.fault, whole.phase), (Some(fault), Some(phase)), "{bytes:?}");
    assert_eq!(count.received, bytes.len() as u64, "{bytes:?}");
}

#[test]
fn peers_of_other_protocols_are_known_from_their_first_bytes() {
    let alert = b"\x15\x03\x01\x00\x02\x02\x46";
    refused(alert, PeerSpeaksTls, Phase::Head, alert);
    refused(b"\x15\x03\x03\x00\x02\x02\x0a", PeerSpeaksTls, Phase::Head, b"\x15\x03\x03");
    refused(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03", PeerSpeaksTls, Phase::Head, b"\x16\x03");
    refused(b"\x15\x03", PeerSpeaksTls, Phase::Head, b"\x15\x03");
    refused(b"\x15", StatusLineInvalid, Phase::Head, b"\x15");
    refused(b"\x15\x04", StatusLineInvalid, Phase::Head, b"\x15\x04");
    for banner in [
        b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80".as_slice(),
        b"\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x4a\x00\x00\x00\x0a8.0.36\x00\x0b\x00\x00\x00abcdefgh\x00",
        b"220 mail.example.com ESMTP\r\n",
        b"-ERR wrong number of arguments for 'get' command\r\n",
        b"+OK ready\r\n",
        b"\x01\x06\x00\x01\x00\x4b\x05\x00",
        b"<html><body><h1>hello</h1></body></html>\n",
        b"Traceback (most recent call last):\n  ValueError\n",
        b"\xef\xbb\xbfHTTP/1.1 200 OK\r\n\r\n",
    ] {
        refused(banner, StatusLineInvalid, Phase::Head, banner);
        refused(&banner[..1], StatusLineInvalid, Phase::Head, &[]);
    }
    let long = [b'x'; 1000];
    assert_eq!(read_whole("GET", &long, Closed).1.began, [b'x'; 64]);
}

#[test]
fn status_lines() {
    let line_invalid = [
        "ICY 200 OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",
        "Http/1.1 200 OK\r\n\r\n",
        "HTTP 200 OK\r\n\r\n",
        "HTTP/1 200 OK\r\n\r\n",
        "HTTP/1.10 200 OK\r\n\r\n",
        "HTTP/01.1 200 OK\r\n\r\n",
        "HTTP/0.9 200 OK\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/3.0 200 OK\r\n\r\n",
        "HTTP/1.x 200 OK\r\n\r\n",
        "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 \r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1\t200 OK\r\n\r\n",
        "HTTP/1.1 \t200 OK\r\n\r\n",
        " HTTP/1.1 200 OK\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 O\0K\r\n\r\n",
        "HTTP/1.1 200 O\x1b[31mK\r\n\r\n",
        "HTTP/1.1 200 O\rK\r\n\r\n",
        "HTTP/1.1 200 OK\r\r\n\r\n",
        "HTTP/1.1 200\r\r\n\r\n",
        "HTTP/1.1 200 OK\x7f\r\n\r\n",
    ];
    for text in line_invalid {
        refused(text.as_bytes(), StatusLineInvalid, Phase::Head, text.as_bytes());
    }
    for code in [
        "000", "099", "600", "999", "20", "99", "2000", "1000", "2", "-20", "0x2", "OK", "2 00", "200OK",
        "20a", "200\tOK",
    ] {
        let text = format!("HTTP/1.1 {code} OK\r\n\r\n");
        refused(text.as_bytes(), StatusCodeInvalid, Phase::Head, text.as_bytes());
    }
    refused(b"HTTP/1.1 20\r\n\r\n", StatusCodeInvalid, Phase::Head, b"HTTP/1.1 20");
    refused(b"HTTP/1.1 6", StatusCodeInvalid, Phase::Head, b"HTTP/1.1 6");
    // Nothing complete, but a byte that cannot stand there.
    refused(b"HTTP/1.1 200 O\0", StatusLineInvalid, Phase::Head, b"HTTP/1.1 200");
}

#[test]
fn field_lines() {
    let lines = [
        "X-Note : x",
        "X Note: x",
        " X-Note: x",
        "\tX-Note: x",
        ": x",
        "no colon at all",
        "X-\x01Note: x",
        "X-Gr\u{f6}\u{df}e: x",
        "X-Note: a\rX-Smuggled: b",
        "X-Note: a\r",
        "X-Note: a\0b",
        "X-Note: \x1b[31mred",
        "X-Note: a\x7f",
        "X(Note): x",
        "\"X-Note\": x",
        "X-Note: first\r\n second",
        "X-Note: first\r\n\tsecond",
        "\rX: a",
        "\r",
        "HTTP/1.1 200 OK",
    ];
    for line in lines {
        let began = line.rsplit('\n').next().unwrap_or_default();
        for before in ["", "Server: x\r\nDate: y\r\n"] {
            let text = format!("{OK}{before}{line}\r\nConnection: close\r\n\r\nbody");
            refused(text.as_bytes(), FieldInvalid, Phase::Head, began.as_bytes());
        }
        // It is told even where the head never ends.
        let text = format!("{OK}{line}\r\nConnection: cl");
        refused(text.as_bytes(), FieldInvalid, Phase::Head, began.as_bytes());
    }
}

#[test]
fn framing() {
    let lengths = [
        "", "12.0", "0xC", "12, 5", "12,", ",12", ",", "-1", "+12", "1 2", "twelve", "12;", "12, ,12",
        "\u{661}",
    ];
    for value in lengths.into_iter().chain(["18446744073709551616", "99999999999999999999999999"]) {
        let text = format!("{OK}Server: x\r\nContent-Length: {value}\r\n\r\nhello world\n");
        refused(text.as_bytes(), ContentLengthInvalid, Phase::Head, b"Content-Length:");
    }
    let text = format!("{OK}Content-Length: 12\r\ncontent-length: 5\r\n\r\nhello world\n");
    refused(text.as_bytes(), ContentLengthInvalid, Phase::Head, b"content-length: 5");
    let codings = [
        "",
        ",",
        "foo",
        "identity",
        "gzip",
        "gzip, chunked",
        "chunked, gzip",
        "chunked, chunked",
        "chunked;q=1",
        "\"chunked\"",
        "chunked chunked",
        "xchunked",
        "\u{b}chunked",
        "chunked\r\nTransfer-Encoding: chunked",
        "chunked\r\nTransfer-Encoding: identity",
        "chunked\r\nContent-Length: 12",
        "identity\r\nContent-Length: 12",
    ];
    for value in codings {
        let text =
            format!("{OK}Server: x\r\nTransfer-Encoding: {value}\r\n\r\nc\r\nhello world\n\r\n0\r\n\r\n");
        let fault = if value.starts_with('\u{b}') { FieldInvalid } else { TransferEncodingInvalid };
        refused(text.as_bytes(), fault, Phase::Head, b"Transfer-Encoding:");
    }
    let text = format!("{OK}Content-Length: 12\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    refused(text.as_bytes(), TransferEncodingInvalid, Phase::Head, b"Transfer-Encoding:");
    let text = CHUNKED.replace("HTTP/1.1", "HTTP/1.0") + "0\r\n\r\n";
    refused(text.as_bytes(), TransferEncodingInvalid, Phase::Head, b"Transfer-Encoding: chunked");
}

#[test]
fn interim_responses() {
    let switch =
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x01hello";
    refused(switch, UpgradeUnasked, Phase::Head, b"HTTP/1.1 101 ");
    let flood = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n".repeat(1000);
    refused(flood.as_bytes(), InterimEndless, Phase::Head, b"HTTP/1.1 103 ");
    // Behind an interim response the exchange waits again.
    for interim in ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"] {
        ends(interim, Closed, ClosedBeforeResponse, Phase::Wait);
        ends(interim, Reset, ResetBeforeResponse, Phase::Wait);
        ends(interim, TimedOut, WaitTimedOut, Phase::Wait);
        ends(&format!("{interim}HTTP/1.1 2"), Closed, ClosedInHead, Phase::Head);
    }
    refused(b"HTTP/1.1 100 Continue\r\n\r\n\x15\x03\x01", PeerSpeaksTls, Phase::Head, b"\x15\x03");
}

#[test]
fn chunks() {
    let bad = [
        ("hello there\r\n", "hello there"),
        ("0xc\r\nhello world\n\r\n", "0xc\r\n"),
        ("-c\r\nhello world\n\r\n", "-c\r\n"),
        ("\r\nhello", "\r\n"),
        (" 5\r\nhello\r\n", " 5"),
        ("5\nhello\n0\n\n", "5\n"),
        ("5\r\nhello\n0\r\n\r\n", "\n0"),
        ("5\r\nhello world\n\r\n", " world"),
        ("5\r\nhello\r0\r\n", "\r0"),
        ("5\rhello", "5\rh"),
        ("5 5\r\nhello\r\n", "5 5"),
        ("5;a=\"\n\"\r\nhello\r\n", "5;a=\"\n"),
        ("5;a\0\r\nhello\r\n", "5;a\0"),
        ("5;a=\r\r\nhello\r\n", "5;a=\r\r"),
        ("5 a\r\nhello\r\n", "5 a"),
        ("ffffffffffffffffff\r\nhello", "ffffffffffffffff"),
        ("10000000000000000\r\nhello", "10000000000000000"),
    ];
    for (chunk, began) in bad {
        for before in ["", "c\r\nhello world\n\r\n"] {
            let text = format!("{CHUNKED}{before}{chunk}");
            refused(text.as_bytes(), ChunkInvalid, Phase::Body, began.as_bytes());
        }
    }
    let trailers = ["no colon", " X: folded", "X : y", "X: a\0", ": x", "X: a\rb"];
    for line in trailers {
        let text = format!("{CHUNKED}5\r\nhello\r\n0\r\nX-First: 1\r\n{line}\r\nX-Last: 2\r\n\r\n");
        refused(text.as_bytes(), TrailerInvalid, Phase::Body, line.as_bytes());
        let text = format!("{CHUNKED}5\r\nhello\r\n0\r\nX-First: 1\r\n{line}\r\nX-La");
        refused(text.as_bytes(), TrailerInvalid, Phase::Body, line.as_bytes());
    }
}

#[test]
fn ends_of_the_stream() {
    let before = [
        (Closed, ClosedBeforeResponse),
        (Truncated, ClosedBeforeResponse),
        (Reset, ResetBeforeResponse),
        (TimedOut, WaitTimedOut),
    ];
    for (ended, fault) in before {
        ends("", ended, fault, Phase::Wait);
    }
    let in_head =
        [(Closed, ClosedInHead), (Truncated, ClosedInHead), (Reset, ResetInHead), (TimedOut, HeadTimedOut)];
    for (ended, fault) in in_head {
        for text in [
            "H",
            "HTTP/1.1 20",
            "HTTP/1.1 200",
            "HTTP/1.1 200 OK\r",
            OK,
            "HTTP/1.1 200 OK\r\nX-Half: so f",
            "HTTP/1.1 200 OK\r\nX: y\r\n\r",
        ] {
            ends(text, ended, fault, Phase::Head);
        }
    }
    let length = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    let in_body =
        [(Closed, BodyClosed), (Truncated, BodyClosed), (Reset, BodyReset), (TimedOut, BodyTimedOut)];
    for (ended, fault) in in_body {
        for rest in ["", "1", "123456789"] {
            ends(&format!("{length}{rest}"), ended, fault, Phase::Body);
        }
        for rest in [
            "",
            "5",
            "5\r",
            "5\r\n",
            "5\r\nhel",
            "5\r\nhello",
            "5\r\nhello\r\n",
            "0\r\n",
            "0\r\nX: y\r\n",
            "0\r\nX: y\r\n\r",
        ] {
            ends(&format!("{CHUNKED}{rest}"), ended, fault, Phase::Body);
        }
    }
    let until_close = "HTTP/1.1 200 OK\r\n\r\nhalf a page";
    ends(until_close, Reset, BodyReset, Phase::Body);
    ends(until_close, TimedOut, BodyTimedOut, Phase::Body);
    // Without TLS's close_notify anybody on the way may have cut it (RFC 9112 section 9.8).
    ends(until_close, Truncated, BodyClosed, Phase::Body);
}

#[test]
fn what_is_missing_is_counted() {
    let (_, count) = read_whole("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789", Closed);
    assert_eq!(count.missing, Some(90));
    let (_, count) = read_whole("GET", format!("{CHUNKED}64\r\nhello").as_bytes(), Closed);
    assert_eq!(count.missing, Some(95));
    let (_, count) = read_whole("GET", format!("{CHUNKED}5\r\nhello\r\n").as_bytes(), Closed);
    assert_eq!(count.missing, None);
}

//! What is taken, and how it is understood.

use goodgate_wire::http1::Ended::{self, *};
use goodgate_wire::http1::ResponseHead;
use goodgate_wire::{Framing, Version};

use crate::reading::{Read, read_whole};

fn complete(method: &str, bytes: &[u8], ended: Ended) -> Read {
    let (read, count) = read_whole(method, bytes, ended);
    assert_eq!(read.fault, None, "{:?}", String::from_utf8_lossy(bytes));
    assert_eq!(count.received as usize + read.surplus, bytes.len());
    assert_eq!((count.began, count.missing.unwrap_or(0)), (Vec::new(), 0));
    read
}

fn head(read: &Read) -> (Version, u16, &[u8], Framing) {
    let head = read.head.as_ref().expect("a head");
    (head.version(), head.status(), head.reason(), head.framing())
}

#[test]
fn status_lines() {
    let table: &[(&str, Version, u16, &str)] = &[
        ("HTTP/1.1 200 OK", Version::Http11, 200, "OK"),
        ("HTTP/1.0 200 OK", Version::Http10, 200, "OK"),
        ("HTTP/1.2 200 OK", Version::Http11, 200, "OK"),
        ("HTTP/1.9 200 OK", Version::Http11, 200, "OK"),
        ("HTTP/1.1 200 ", Version::Http11, 200, ""),
        ("HTTP/1.1 200", Version::Http11, 200, ""),
        ("HTTP/1.1 200  OK", Version::Http11, 200, " OK"),
        ("HTTP/1.1 503 Service\tUnavailable ", Version::Http11, 503, "Service\tUnavailable "),
        ("HTTP/1.1 299 Tr\u{e8}s bien", Version::Http11, 299, "Tr\u{e8}s bien"),
        ("HTTP/1.1 599 x", Version::Http11, 599, "x"),
        ("HTTP/1.1 200 200", Version::Http11, 200, "200"),
    ];
    for (line, version, status, reason) in table {
        for (end, empty) in [("\r\n", "\r\n"), ("\n", "\n"), ("\n", "\r\n"), ("\r\n", "\n")] {
            let read =
                complete("GET", format!("{line}{end}Content-Length: 0{end}{empty}").as_bytes(), Closed);
            assert_eq!(head(&read), (*version, *status, reason.as_bytes(), Framing::Length(0)), "{line}");
        }
    }
}

#[test]
fn fields_come_in_order_as_written_without_the_space_around_them() {
    let text = "HTTP/1.1 200 OK\r\ncontent-type:text/plain\r\nX-Empty:\r\nX-Blank: \t \r\nx-padded: \t a \t b \t \r\n\
                Set-Cookie: a=1\r\nset-cookie: b=2\nX-High: \u{fc}\r\n!#$%&'*+-.^_`|~09: odd\r\n\
                X-Colon: a:b\r\nContent-Length: 0\r\n\r\n";
    let read = complete("GET", text.as_bytes(), Closed);
    let fields = read.head.as_ref().expect("a head").fields();
    let expected = [
        ("content-type", "text/plain"),
        ("X-Empty", ""),
        ("X-Blank", ""),
        ("x-padded", "a \t b"),
        ("Set-Cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("X-High", "\u{fc}"),
        ("!#$%&'*+-.^_`|~09", "odd"),
        ("X-Colon", "a:b"),
        ("Content-Length", "0"),
    ];
    let owned: Vec<(String, Vec<u8>)> =
        expected.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
    assert_eq!(fields.to_owned_pairs(), owned);
    assert_eq!(fields.all("SET-COOKIE").collect::<Vec<_>>(), [b"a=1", b"b=2"]);
    assert_eq!(fields.first("Content-Type"), Some(b"text/plain".as_slice()));
    assert_eq!(fields.first("absent"), None);
    assert_eq!((fields.len(), fields.is_empty()), (10, false));
    assert_eq!(read.head.as_ref().map(ResponseHead::bytes), Some(text.len()));
}

#[test]
fn framing() {
    let body = "hello world\n";
    let table: &[(&str, &str, Framing)] = &[
        ("Content-Length: 12\r\n", body, Framing::Length(12)),
        ("Content-Length: 00000012\r\n", body, Framing::Length(12)),
        ("Content-Length: 12, 12\r\n", body, Framing::Length(12)),
        ("Content-Length: 12\r\nCONTENT-LENGTH:12\r\n", body, Framing::Length(12)),
        ("Transfer-Encoding: chunked\r\n", "c\r\nhello world\n\r\n0\r\n\r\n", Framing::Chunked),
        ("transfer-encoding: , CHUNKED ,\r\n", "c\r\nhello world\n\r\n0\r\n\r\n", Framing::Chunked),
        ("Transfer-Encoding: chunked\r\n", "000C\r\nhello world\n\r\n00\r\n\r\n", Framing::Chunked),
        (
            "Transfer-Encoding: chunked\r\n",
            "c;a;b=c;d=\"e \u{e9}\"\r\nhello world\n\r\n0;x\r\n\r\n",
            Framing::Chunked,
        ),
        ("Transfer-Encoding: chunked\r\n", "c  \r\nhello world\n\r\n0\t;x\r\n\r\n", Framing::Chunked),
        (
            "Transfer-Encoding: chunked\r\n",
            "5\r\nhello\r\n7\r\n world\n\r\n0\r\nA: b\r\nC:d\n\n",
            Framing::Chunked,
        ),
        ("", body, Framing::UntilClose),
        ("Connection: keep-alive\r\n", body, Framing::UntilClose),
    ];
    for (field, sent, framing) in table {
        let text = format!("HTTP/1.1 200 OK\r\n{field}\r\n{sent}");
        let read = complete("GET", text.as_bytes(), Closed);
        assert_eq!(head(&read), (Version::Http11, 200, b"OK".as_slice(), *framing), "{text:?}");
        assert_eq!(read.body, body.as_bytes(), "{text:?}");
        assert_eq!((read.surplus, read.reusable), (0, *framing != Framing::UntilClose), "{text:?}");
        let ends_itself = *framing != Framing::UntilClose;
        for ended in [Truncated, Reset, TimedOut] {
            assert_eq!(read_whole("GET", text.as_bytes(), ended).0.fault.is_none(), ends_itself, "{text:?}");
        }
    }
    let read =
        complete("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\nC:d\n\n", Closed);
    assert_eq!(read.trailers.iter().collect::<Vec<_>>(), [("A", b"b".as_slice()), ("C", b"d")]);
}

#[test]
fn where_there_is_no_body_the_fields_do_not_matter() {
    let lines = [
        "",
        "Content-Length: 12\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Content-Length: x\r\nTransfer-Encoding: y\r\n",
    ];
    for line in lines {
        for (method, status) in [("HEAD", 200), ("HEAD", 404), ("GET", 204), ("GET", 304), ("CONNECT", 200)] {
            let text = format!("HTTP/1.1 {status} x\r\n{line}\r\nhello world\n");
            let read = complete(method, text.as_bytes(), Closed);
            assert_eq!(head(&read).3, Framing::None, "{method} {text:?}");
            assert_eq!((read.body.as_slice(), read.surplus), (b"".as_slice(), 12), "{method} {text:?}");
            // A 204 must not announce a body; a HEAD or a 304 may.
            let ambiguous = status == 204 && !line.is_empty();
            assert_eq!(read.reusable, method != "CONNECT" && !ambiguous, "{method} {text:?}");
        }
    }
    let read = complete("GET", b"HTTP/1.1 204 x\r\nContent-Length: 0\r\n\r\n", Closed);
    assert!(read.reusable, "no body is announced");
    let interim = b"HTTP/1.1 103 x\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 x\r\n\r\n";
    assert!(!complete("GET", interim, Closed).reusable);
    // Methods are case-sensitive.
    assert_eq!(complete("head", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", Closed).body, b"hi");
    assert_eq!(complete("CONNECT", b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nhi", Closed).body, b"hi");
    assert_eq!(
        complete("GET", b"HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nhi", Closed).body,
        b"hi"
    );
}

#[test]
fn interim_responses_come_before() {
    let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nContent-Length: 12\r\n\r\n\
                HTTP/1.1 104 Upload Resumption Supported\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    let read = complete("GET", text.as_bytes(), Closed);
    assert_eq!(read.interim.iter().map(ResponseHead::status).collect::<Vec<_>>(), [100, 103, 104]);
    assert_eq!(read.interim[1].fields().first("link"), Some(b"</a.css>".as_slice()));
    assert_eq!((head(&read).1, read.body.as_slice()), (200, b"hi".as_slice()));
}

#[test]
fn whether_the_connection_stays() {
    let table: &[(&str, &str, bool)] = &[
        ("1.1", "", true),
        ("1.1", "Connection: close\r\n", false),
        ("1.1", "connection: Foo, CLOSE\r\n", false),
        ("1.1", "Connection: keep-alive\r\nConnection: close\r\n", false),
        ("1.1", "Connection: closed\r\n", true),
        ("1.1", "Proxy-Connection: close\r\n", true),
        ("1.0", "", false),
        ("1.0", "Connection: Keep-Alive\r\n", true),
        ("1.0", "Connection: keep-alive, close\r\n", false),
        ("1.0", "Keep-Alive: timeout=5\r\n", false),
    ];
    for (version, line, stays) in table {
        let text = format!("HTTP/{version} 200 OK\r\n{line}Content-Length: 2\r\n\r\nhi");
        let read = complete("GET", text.as_bytes(), Closed);
        assert_eq!(read.reusable, *stays, "{text:?}");
        assert_eq!(read.head.map(|head| head.persistent()), Some(*stays), "{text:?}");
    }
}

#[test]
fn what_comes_behind_is_surplus_and_not_taken() {
    let text = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let read = complete("GET", text, Closed);
    assert_eq!((read.body.as_slice(), read.surplus), (b"hi".as_slice(), 38));
    let text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nand more";
    assert_eq!(complete("GET", text, Closed).surplus, 8);
}

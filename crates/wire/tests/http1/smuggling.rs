//! Streams by which one server's body becomes another server's request, as they are published and tried in the field,
//! and what we make of each: the requests that we see, or the refusal behind which nothing more is read.
//!
//! A stream that is taken is one that RFC 9112 gives a single meaning. What is passed on is written anew from what was
//! read, never copied, so that whoever stands behind us has nothing to read differently.

use goodgate_wire::http1::{BodyReader, HeadLimits, request_head};
use goodgate_wire::{Part, RequestFault};

/// What is made of a stream: `METHOD path <body>` for each request, then the refusal or what is waited for.
fn made_of(stream: &[u8], piece: usize) -> Vec<String> {
    let limits = HeadLimits::default();
    let mut made = Vec::new();
    let mut buffer = Vec::new();
    let mut open: Option<(BodyReader, String, Vec<u8>)> = None;
    for piece in stream.chunks(piece) {
        buffer.extend_from_slice(piece);
        loop {
            if let Some((reader, named, body)) = &mut open {
                let step = match reader.read(&mut buffer) {
                    Ok(step) => step,
                    Err(fault) => {
                        made.push(refusal(fault.of_request().expect("no end of the stream")));
                        return made;
                    }
                };
                body.extend_from_slice(&buffer[step.data]);
                buffer.drain(..step.taken);
                if !step.end {
                    break;
                }
                made.push(format!("{named} <{}>", body.escape_ascii()));
                open = None;
            }
            match request_head(&buffer, &limits, &mut Vec::new()) {
                Ok(None) => break,
                Err(fault) => {
                    made.push(refusal(fault));
                    return made;
                }
                Ok(Some(head)) => {
                    let named = format!(
                        "{} {}",
                        head.method.of(&buffer).escape_ascii(),
                        head.path.of(&buffer).escape_ascii()
                    );
                    open = Some((BodyReader::of_request(head.framing, &limits), named, Vec::new()));
                    buffer.drain(..head.bytes);
                }
            }
        }
    }
    if open.is_some() {
        made.push("waits for the body".into());
    } else if !buffer.is_empty() {
        made.push("waits for the head".into());
    }
    made
}

fn refusal(fault: RequestFault) -> String {
    match fault {
        RequestFault::Malformed(part) => format!("400 {part:?}"),
        RequestFault::HeadTooBig => "431".into(),
        RequestFault::TargetTooLong => "414".into(),
        RequestFault::VersionUnknown => "505".into(),
        RequestFault::CodingUnknown => "501".into(),
        RequestFault::ConnectRefused => "405".into(),
        RequestFault::ExpectationUnknown => "417".into(),
        RequestFault::BodyTooBig => "413".into(),
        RequestFault::TooSlow => "408".into(),
    }
}

fn holds(table: &[(&str, &str, &[&str])]) {
    for (what, stream, expected) in table {
        for piece in [stream.len(), 1, 7] {
            assert_eq!(made_of(stream.as_bytes(), piece), *expected, "{what} in pieces of {piece}");
        }
    }
}

/// A POST with these lines, and then a body or what passes for one.
macro_rules! post {
    ($lines:expr, $body:expr) => {
        concat!("POST / HTTP/1.1\r\nHost: a\r\n", $lines, "\r\n", $body)
    };
}

const CODING: &[&str] = &["400 TransferEncoding"];
const LENGTH: &[&str] = &["400 ContentLength"];
const FIELD: &[&str] = &["400 Field"];
const UNKNOWN: &[&str] = &["501"];
const CHUNK: &[&str] = &["400 Chunk"];
const HOST: &[&str] = &["400 Host"];
const LINE: &[&str] = &["400 RequestLine"];
const TARGET: &[&str] = &["400 Target"];

#[test]
fn length_against_coding() {
    holds(&[
        (
            "CL.TE",
            post!("Content-Length: 13\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nGET /x HTTP/1.1\r\n"),
            CODING,
        ),
        (
            "TE.CL",
            post!("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "8\r\nSMUGGLED\r\n0\r\n\r\n"),
            CODING,
        ),
        (
            "coding beside a length of 0",
            post!("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            CODING,
        ),
        (
            "coding beside no number",
            post!("Content-Length: x\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            CODING,
        ),
        (
            "unknown coding beside a length",
            post!("Content-Length: 3\r\nTransfer-Encoding: x\r\n", "abc"),
            CODING,
        ),
        ("empty coding beside a length", post!("Transfer-Encoding:\r\nContent-Length: 3\r\n", "abc"), CODING),
        ("coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", CODING),
        (
            "coding that Connection nominates",
            post!(
                "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                "0\r\n\r\n"
            ),
            CODING,
        ),
        (
            "CL.0: a body that a server may not look for",
            post!("Content-Length: 23\r\n", "GET /admin HTTP/1.1\r\nX: GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
            &["POST / <GET /admin HTTP/1.1\\r\\nX:>", "400 RequestLine"],
        ),
        (
            "GET with a body",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /GET /b HTTP/1.1\r\nHost: a\r\n\r\n",
            &["GET / <GET />", "GET /b <>"],
        ),
        (
            "0.CL: no body is announced",
            post!("", "GET /b HTTP/1.1\r\nHost: a\r\n\r\n"),
            &["POST / <>", "GET /b <>"],
        ),
    ]);
}

#[test]
fn coding_lines_in_disguise() {
    holds(&[
        ("space before the colon", post!("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), FIELD),
        ("tab before the colon", post!("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n"), FIELD),
        ("vertical tab before the value", post!("Transfer-Encoding:\x0bchunked\r\n", "0\r\n\r\n"), FIELD),
        ("form feed before the value", post!("Transfer-Encoding:\x0cchunked\r\n", "0\r\n\r\n"), FIELD),
        ("vertical tab behind the value", post!("Transfer-Encoding: chunked\x0b\r\n", "0\r\n\r\n"), FIELD),
        ("NUL in the value", post!("Transfer-Encoding: chunked\0\r\n", "0\r\n\r\n"), FIELD),
        ("NUL in the name", post!("Transfer-Encoding\0: chunked\r\n", "0\r\n\r\n"), FIELD),
        ("DEL in the value", post!("Transfer-Encoding: \x7fchunked\r\n", "0\r\n\r\n"), FIELD),
        ("a name of other letters", post!("Transfer-Enc\u{f6}ding: chunked\r\n", "0\r\n\r\n"), FIELD),
        ("space before the name", post!(" Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), FIELD),
        ("folded value", post!("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), FIELD),
        ("folded by a tab", post!("X: y\r\n\tTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), FIELD),
        ("name without a colon", post!("Transfer-Encoding chunked\r\n", "0\r\n\r\n"), FIELD),
        ("empty name", post!(": chunked\r\n", "0\r\n\r\n"), FIELD),
        (
            "a CR for the end of the line before",
            post!("X: y\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            FIELD,
        ),
        (
            "an LF for the end of the line before",
            post!("X: y\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            FIELD,
        ),
        ("an LF for the end of the line", post!("Transfer-Encoding: chunked\n", "0\r\n\r\n"), FIELD),
        ("CR twice", post!("Transfer-Encoding: chunked\r\r\n", "0\r\n\r\n"), FIELD),
        ("LF before CR", post!("Transfer-Encoding: chunked\n\r", "0\r\n\r\n"), FIELD),
        ("the head ends in two LF", "POST / HTTP/1.1\r\nHost: a\r\nX: y\n\nGET / HTTP/1.1\r\n", FIELD),
        ("the head ends in LF behind CRLF", "POST / HTTP/1.1\r\nHost: a\r\n\nGET / HTTP/1.1\r\n", FIELD),
    ]);
}

#[test]
fn codings_of_other_names() {
    holds(&[
        ("xchunked", post!("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), UNKNOWN),
        ("x-chunked", post!("Transfer-Encoding: x-chunked\r\n", "0\r\n\r\n"), UNKNOWN),
        ("identity", post!("Transfer-Encoding: identity\r\n", "0\r\n\r\n"), UNKNOWN),
        ("chunke", post!("Transfer-Encoding: chunke\r\n", "0\r\n\r\n"), UNKNOWN),
        ("gzip, chunked", post!("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), UNKNOWN),
        ("identity, chunked", post!("Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n"), UNKNOWN),
        (
            "identity in a line before",
            post!("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", ""),
            UNKNOWN,
        ),
        ("chunked, identity", post!("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), CODING),
        (
            "identity in a line behind",
            post!("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", ""),
            CODING,
        ),
        ("chunked, chunked", post!("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), CODING),
        (
            "chunked in two lines",
            post!("Transfer-Encoding: chunked\r\nTransfer-encoding: chunked\r\n", ""),
            CODING,
        ),
        ("an empty coding before", post!("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n"), CODING),
        ("an empty coding behind", post!("Transfer-Encoding: chunked,\r\n", "0\r\n\r\n"), CODING),
        (
            "an empty line before",
            post!("Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            CODING,
        ),
        ("an empty value", post!("Transfer-Encoding:\r\n", "0\r\n\r\n"), CODING),
        ("in quotes", post!("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), CODING),
        ("with a parameter", post!("Transfer-Encoding: chunked;a=b\r\n", "0\r\n\r\n"), CODING),
        ("two words", post!("Transfer-Encoding: x chunked\r\n", "0\r\n\r\n"), CODING),
        ("behind a colon", post!("Transfer-Encoding: : chunked\r\n", "0\r\n\r\n"), CODING),
        ("with a soft hyphen", post!("Transfer-Encoding: chun\u{ad}ked\r\n", "0\r\n\r\n"), CODING),
        ("a line end in words", post!("Transfer-Encoding: chunked\\r\\n\r\n", "0\r\n\r\n"), CODING),
        ("capitals", post!("TRANSFER-ENCODING: ChUnKeD\r\n", "0\r\n\r\n"), &["POST / <>"]),
        ("whitespace that may be", post!("Transfer-Encoding:\t chunked \t\r\n", "0\r\n\r\n"), &["POST / <>"]),
        // Another name is another field, whatever a server behind makes of it.
        ("an underscore", post!("Transfer_Encoding: chunked\r\n", ""), &["POST / <>"]),
    ]);
}

#[test]
fn lengths_in_disguise() {
    holds(&[
        ("twice, different", post!("Content-Length: 5\r\nContent-Length: 3\r\n", "hello"), LENGTH),
        ("twice, equal", post!("Content-Length: 5\r\ncontent-length: 5\r\n", "hello"), LENGTH),
        ("a list", post!("Content-Length: 5,5\r\n", "hello"), LENGTH),
        ("a list of different", post!("Content-Length: 5, 3\r\n", "hello"), LENGTH),
        ("plus", post!("Content-Length: +5\r\n", "hello"), LENGTH),
        ("minus", post!("Content-Length: -5\r\n", "hello"), LENGTH),
        ("minus 0", post!("Content-Length: -0\r\n", ""), LENGTH),
        ("hexadecimal", post!("Content-Length: 0x5\r\n", "hello"), LENGTH),
        ("an exponent", post!("Content-Length: 5e0\r\n", "hello"), LENGTH),
        ("a fraction", post!("Content-Length: 5.0\r\n", "hello"), LENGTH),
        ("an underscore", post!("Content-Length: 1_0\r\n", "hellohello"), LENGTH),
        ("two numbers", post!("Content-Length: 5 3\r\n", "hello"), LENGTH),
        ("empty", post!("Content-Length:\r\n", "hello"), LENGTH),
        ("in quotes", post!("Content-Length: \"5\"\r\n", "hello"), LENGTH),
        ("digits of another script", post!("Content-Length: \u{665}\r\n", "hello"), LENGTH),
        ("one beyond 64 bits", post!("Content-Length: 18446744073709551616\r\n", "hello"), LENGTH),
        ("back to 5 in 64 bits", post!("Content-Length: 18446744073709551621\r\n", "hello"), LENGTH),
        ("NUL behind", post!("Content-Length: 5\0\r\n", "hello"), FIELD),
        ("vertical tab before", post!("Content-Length:\x0b5\r\n", "hello"), FIELD),
        ("space before the colon", post!("Content-Length : 5\r\n", "hello"), FIELD),
        ("folded", post!("Content-Length: 5\r\n 0\r\n", "hello"), FIELD),
        ("a CR inside", post!("Content-Length: 5\r0\r\n", "hello"), FIELD),
        ("zeros before", post!("Content-Length: 05\r\n", "hello"), &["POST / <hello>"]),
        ("a space behind", post!("Content-Length: 5 \r\n", "hello"), &["POST / <hello>"]),
        ("more than 32 bits", post!("Content-Length: 4294967301\r\n", "hello"), &["waits for the body"]),
    ]);
}

/// A chunked POST with this body, and a request behind it.
macro_rules! chunked {
    ($body:expr) => {
        concat!(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            $body,
            "GET /b HTTP/1.1\r\nHost: a\r\n\r\n"
        )
    };
}

#[test]
fn chunks_in_disguise() {
    let hello: &[&str] = &["POST / <hello>", "GET /b <>"];
    holds(&[
        ("plain", chunked!("5\r\nhello\r\n0\r\n\r\n"), hello),
        ("capitals and zeros", chunked!("0005\r\nhello\r\n000\r\n\r\n"), hello),
        ("an extension", chunked!("5;a=\"b;c\"\r\nhello\r\n0;d\r\n\r\n"), hello),
        ("a space before an extension", chunked!("5 ;a\r\nhello\r\n0\r\n\r\n"), hello),
        ("a space behind the size", chunked!("5 \r\nhello\r\n0\r\n\r\n"), CHUNK),
        ("a space before the size", chunked!(" 5\r\nhello\r\n0\r\n\r\n"), CHUNK),
        ("0x", chunked!("0x5\r\nhello\r\n0\r\n\r\n"), CHUNK),
        ("plus", chunked!("+5\r\nhello\r\n0\r\n\r\n"), CHUNK),
        ("minus", chunked!("-5\r\nhello\r\n0\r\n\r\n"), CHUNK),
        ("minus 0", chunked!("5\r\nhello\r\n-0\r\n\r\n"), CHUNK),
        ("an underscore", chunked!("0_5\r\nhello\r\n0\r\n\r\n"), CHUNK),
        ("17 digits", chunked!("10000000000000005\r\nhello\r\n0\r\n\r\n"), CHUNK),
        ("more than 32 bits", chunked!("100000005\r\nhello\r\n0\r\n\r\n"), &["waits for the body"]),
        ("no size", chunked!("\r\nhello\r\n0\r\n\r\n"), CHUNK),
        ("an extension without a size", chunked!(";a\r\nhello\r\n0\r\n\r\n"), CHUNK),
        ("an LF behind the size", chunked!("5\nhello\r\n0\r\n\r\n"), CHUNK),
        ("a CR behind the size", chunked!("5\rhello\r\n0\r\n\r\n"), CHUNK),
        ("a CR and another byte", chunked!("5\rX\nhello\r\n0\r\n\r\n"), CHUNK),
        ("an LF in an extension", chunked!("5;\nhello\r\n0\r\n\r\n"), CHUNK),
        ("a CR in an extension", chunked!("5;a\rb\r\nhello\r\n0\r\n\r\n"), CHUNK),
        ("CR twice behind an extension", chunked!("5;a\r\r\nhello\r\n0\r\n\r\n"), CHUNK),
        ("an LF in a quoted extension", chunked!("5;a=\"\n\"\r\nhello\r\n0\r\n\r\n"), CHUNK),
        ("NUL in an extension", chunked!("5;\0\r\nhello\r\n0\r\n\r\n"), CHUNK),
        ("data longer than its size", chunked!("5\r\nhelloXX0\r\n\r\n"), CHUNK),
        ("data shorter than its size", chunked!("5\r\nhell\r\n0\r\n\r\n"), CHUNK),
        ("an LF behind the data", chunked!("5\r\nhello\n0\r\n\r\n"), CHUNK),
        ("two other bytes behind the data", chunked!("5\r\nhelloab0\r\n\r\n"), CHUNK),
        ("an LF behind the last size", chunked!("5\r\nhello\r\n0\n\r\n"), CHUNK),
        ("an LF for the last line", chunked!("5\r\nhello\r\n0\r\n\n"), &["400 Trailer"]),
        ("an LF behind a trailer", chunked!("5\r\nhello\r\n0\r\nX: y\n\r\n"), &["400 Trailer"]),
        ("a CR in a trailer", chunked!("5\r\nhello\r\n0\r\nX: y\rZ: z\r\n\r\n"), &["400 Trailer"]),
        ("a space before a trailer's colon", chunked!("5\r\nhello\r\n0\r\nX : y\r\n\r\n"), &["400 Trailer"]),
        ("a request for trailers", chunked!("5\r\nhello\r\n0\r\n"), &["400 Trailer"]),
        ("a length among the trailers", chunked!("5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n"), hello),
    ]);
}

#[test]
fn request_lines_in_disguise() {
    let host = "\r\nHost: a\r\n\r\n";
    let table: &[(&str, &str, &[&str])] = &[
        ("space before", " GET / HTTP/1.1", LINE),
        ("tab before", "\tGET / HTTP/1.1", LINE),
        ("NUL before", "\0GET / HTTP/1.1", LINE),
        ("an LF before", "\nGET / HTTP/1.1", LINE),
        ("many empty lines before", "\r\n\r\n\r\nGET / HTTP/1.1", LINE),
        ("one empty line before", "\r\nGET / HTTP/1.1", &["GET / <>"]),
        ("two spaces", "GET  / HTTP/1.1", TARGET),
        ("tabs for spaces", "GET\t/\tHTTP/1.1", LINE),
        ("a vertical tab for a space", "GET\x0b/ HTTP/1.1", &["400 Method"]),
        ("a space in the target", "GET /a HTTP/1.1 HTTP/1.1", LINE),
        ("a space in the path", "GET /a b HTTP/1.1", LINE),
        ("a space behind", "GET / HTTP/1.1 ", LINE),
        ("a CR inside", "GET / HTTP/1.1\rX: y", LINE),
        ("an LF behind", "GET / HTTP/1.1\nX: y", LINE),
        ("a CR in the target", "GET /\rX HTTP/1.1", LINE),
        ("a fragment", "GET /#/admin HTTP/1.1", TARGET),
        ("a target of other letters", "GET /\u{e9} HTTP/1.1", TARGET),
        ("no slash", "GET admin HTTP/1.1", TARGET),
        ("a backslash", "GET \\admin HTTP/1.1", TARGET),
        ("an asterisk", "GET * HTTP/1.1", TARGET),
        ("another scheme", "GET file:///etc HTTP/1.1", TARGET),
        ("user information", "GET http://a@b/ HTTP/1.1", TARGET),
        ("a host of its own", "GET http://b/ HTTP/1.1", HOST),
        ("the same host", "GET http://A:80/x HTTP/1.1", &["GET /x <>"]),
        ("a tunnel", "CONNECT a:22 HTTP/1.1", &["405"]),
        ("HTTP/0.9", "GET /", LINE),
        ("HTTP/0.9 by name", "GET / HTTP/0.9", &["505"]),
        ("HTTP/2 without its frames", "GET / HTTP/2.0", &["505"]),
        ("a version of two digits", "GET / HTTP/1.10", LINE),
        ("a version in small letters", "GET / http/1.1", LINE),
        ("a version with a CR", "GET / HTTP/1.1\r", LINE),
        ("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM", TARGET),
    ];
    for (what, line, expected) in table {
        let stream = format!("{line}{host}");
        for piece in [stream.len(), 1] {
            assert_eq!(made_of(stream.as_bytes(), piece), *expected, "{what} in pieces of {piece}");
        }
    }
}

#[test]
fn hosts_in_disguise() {
    holds(&[
        ("none", "GET / HTTP/1.1\r\n\r\n", HOST),
        ("twice", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", HOST),
        ("twice the same", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", HOST),
        ("twice in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", HOST),
        ("empty", "GET / HTTP/1.1\r\nHost:\r\n\r\n", HOST),
        ("a list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", HOST),
        ("a list without a space", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", HOST),
        ("a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", HOST),
        ("user information", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", HOST),
        ("a query", "GET / HTTP/1.1\r\nHost: a?b\r\n\r\n", HOST),
        ("a port that is none", "GET / HTTP/1.1\r\nHost: a:80x\r\n\r\n", HOST),
        ("a port beyond all", "GET / HTTP/1.1\r\nHost: a:65616\r\n\r\n", HOST),
        ("two ports", "GET / HTTP/1.1\r\nHost: a:80:443\r\n\r\n", HOST),
        ("folded", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", FIELD),
        ("space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", FIELD),
        ("space before the first line's name", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", FIELD),
    ]);
}

#[test]
fn behind_a_refusal_nothing_is_read() {
    let good = "GET /b HTTP/1.1\r\nHost: a\r\n\r\n";
    let stream =
        format!("{}{good}", post!("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
    assert_eq!(made_of(stream.as_bytes(), 3), ["400 TransferEncoding"]);
    assert_eq!(refusal(RequestFault::Malformed(Part::Chunk)), "400 Chunk");
}

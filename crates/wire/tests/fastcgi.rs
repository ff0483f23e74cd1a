//! FastCGI by its public face: what is written can be read, and what is read does not depend on the pieces.

#![expect(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use goodgate_facts::ErrorType;
use goodgate_wire::fastcgi::{
    Afterwards, BodyLength, CONTENT_MAX, CgiRequest, Params, ResponseReader, STDIN_END, stdin, write_request,
};
use goodgate_wire::http1::Ended;
use goodgate_wire::{Failure, Fault, FieldLine, FieldLines, FieldName, Limits, Span};
use proptest::prelude::*;

const STDOUT: u8 = 6;
const STDERR: u8 = 7;

/// A record of request 1.
fn record(kind: u8, content: &[u8], padding: u8) -> Vec<u8> {
    let [high, low] = (content.len() as u16).to_be_bytes();
    let mut bytes = vec![1, kind, 0, 1, high, low, padding, 0];
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len() + usize::from(padding), 0);
    bytes
}

fn out(text: &str) -> Vec<u8> {
    record(STDOUT, text.as_bytes(), 3)
}

fn end(protocol: u8) -> Vec<u8> {
    record(3, &[0, 0, 0, 0, protocol, 0, 0, 0], 0)
}

/// Type, content and padding of a record.
type Record<'a> = (u8, &'a [u8], u8);

/// Records, and what is left behind them.
fn records(mut bytes: &[u8]) -> (Vec<Record<'_>>, &[u8]) {
    let mut all = Vec::new();
    while let [1, kind, 0, 1, high, low, padding, 0, rest @ ..] = bytes {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        all.push((*kind, &rest[..length], *padding));
        bytes = &rest[length + usize::from(*padding)..];
    }
    (all, bytes)
}

/// Name-value pairs, as section 3.4 has them.
fn pairs(mut bytes: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let length = |bytes: &mut &[u8]| {
        let (told, rest) = match *bytes {
            [short @ ..0x80, rest @ ..] => (usize::from(*short), rest),
            [a, b, c, d, rest @ ..] => (u32::from_be_bytes([a & 0x7f, *b, *c, *d]) as usize, rest),
            _ => panic!("a length is cut"),
        };
        *bytes = rest;
        told
    };
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let (name, value) = (length(&mut bytes), length(&mut bytes));
        all.push((bytes[..name].to_vec(), bytes[name..name + value].to_vec()));
        bytes = &bytes[name + value..];
    }
    all
}

#[derive(Debug, Default, PartialEq)]
struct Read {
    status: Option<u16>,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    body: Vec<u8>,
    stderr: Vec<u8>,
    fault: Option<Fault>,
    phase: &'static str,
    surplus: Vec<u8>,
}

/// Reads an answer that comes in pieces of these sizes, then the rest at once.
fn read(bytes: &[u8], sizes: &[usize], limits: &Limits, ended: Ended) -> Read {
    let mut reader = ResponseReader::new(b"GET");
    let mut all = Read::default();
    all.fault = exchange(&mut reader, bytes, sizes, limits, &mut all).err();
    if all.fault.is_none() {
        all.fault = reader.end(ended).err();
    }
    // Where the answer is refused, what the application says beside it is heard as far as it came.
    if all.fault.is_none() {
        all.stderr = [reader.stderr().first(), reader.stderr().last()].concat();
    }
    all.phase = reader.phase().as_str();
    if all.status.is_some() {
        assert_eq!(reader.body_received(), all.body.len() as u64);
    }
    assert!(reader.began().len() <= Failure::BEGAN_BYTES);
    all
}

fn exchange(
    reader: &mut ResponseReader,
    bytes: &[u8],
    sizes: &[usize],
    limits: &Limits,
    all: &mut Read,
) -> Result<(), Fault> {
    let (mut stdout, mut lines) = (Vec::new(), Vec::new());
    let mut left = bytes.to_vec();
    for size in sizes.iter().copied().chain([usize::MAX]) {
        let mut piece: Vec<u8> = left.drain(..size.min(left.len())).collect();
        let mut rest = &mut piece[..];
        loop {
            let step = reader.read(rest)?;
            stdout.extend_from_slice(&rest[step.data]);
            if all.status.is_some() {
                all.body.append(&mut stdout);
            } else if let Some(found) = reader.head(&stdout, limits, &mut lines)? {
                let fields = FieldLines::new(&stdout, &lines);
                all.status = Some(found.head.status);
                all.fields = fields.iter().map(|(_, name, value)| (name.to_vec(), value.to_vec())).collect();
                if let BodyLength::Known(length) = found.length {
                    assert!(length >= found.body.len() as u64);
                }
                all.body.extend_from_slice(&stdout[found.body]);
                stdout.clear();
            }
            rest = &mut rest[step.taken..];
            if step.end.is_some() {
                all.surplus.extend_from_slice(rest);
                rest = &mut [];
            }
            if rest.is_empty() {
                break;
            }
        }
    }
    Ok(())
}

fn text(bytes: &'static str) -> BoxedStrategy<Vec<u8>> {
    Just(bytes.as_bytes().to_vec()).boxed()
}

/// Standard output that is often an answer.
fn output() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        text("Content-Type: text/plain\r\n"),
        text("Status: 404 Not Found\n"),
        text("Content-Length: 12\r\n"),
        text("X-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"),
        text("Location: /a\n"),
        text("HTTP/1.1 200 OK\r\n"),
        text("\r\n"),
        text("\n"),
        text("\r"),
        text("a page\n"),
        prop::collection::vec(any::<u8>(), 0..20).boxed(),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// The answer as records, with what else may stand between them.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let cuts = prop::collection::vec((1..40_usize, 0..9_u8, 0..24_u8), 0..20);
    let tail = prop_oneof![
        6 => Just(end(0)).boxed(),
        1 => (0..5_u8).prop_map(end).boxed(),
        1 => Just(Vec::new()).boxed(),
        1 => prop::collection::vec(any::<u8>(), 0..20).boxed(),
        1 => Just([end(0), b"late".to_vec()].concat()).boxed(),
    ];
    (output(), cuts, tail).prop_map(|(output, cuts, tail)| {
        let (mut bytes, mut rest) = (Vec::new(), &output[..]);
        for (size, padding, between) in cuts {
            let (now, later) = rest.split_at(size.min(rest.len()));
            bytes.extend(record(STDOUT, now, padding));
            rest = later;
            match between {
                0 => bytes.extend(record(STDERR, b"PHP message: gone", padding)),
                1 => bytes.extend(record(12, b"new", padding)),
                2 => bytes.extend_from_slice(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
                3 => bytes.extend(record(1, &[0; 8], padding)),
                _ => {}
            }
        }
        bytes.extend(record(STDOUT, rest, 0));
        [bytes, tail].concat()
    })
}

proptest! {
    #[test]
    fn pieces_make_no_difference(
        stream in stream(),
        sizes in prop::collection::vec(0..60_usize, 0..40),
        small in any::<bool>(),
        ended in prop_oneof![Just(Ended::Closed), Just(Ended::Reset), Just(Ended::TimedOut)],
    ) {
        let limits = if small {
            Limits { head_bytes: 90, field_bytes: 30, fields: 3, ..Limits::default() }
        } else {
            Limits::default()
        };
        let (whole, mut pieces) = (read(&stream, &[], &limits, ended), read(&stream, &sizes, &limits, ended));
        // A body that is too short fails the whole answer where that is known in time.
        if whole.fault == Some(Fault::FastCgiBodyShort) && whole.status.is_none() {
            (pieces.status, pieces.fields, pieces.body) = (None, Vec::new(), Vec::new());
        }
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn any_bytes_are_read_without_harm(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        sizes in prop::collection::vec(0..20_usize, 0..20),
    ) {
        let limits = Limits::default();
        prop_assert_eq!(read(&bytes, &[], &limits, Ended::Closed), read(&bytes, &sizes, &limits, Ended::Closed));
    }

    #[test]
    fn parameters_are_read_back(
        sizes in prop::collection::vec((0..300_usize, prop_oneof![0..300_usize, 0..140_000_usize]), 0..12),
    ) {
        let given: Vec<_> = sizes
            .iter()
            .enumerate()
            .map(|(place, (name, value))| (vec![b'N'; *name], vec![b'a' + place as u8; *value]))
            .collect();
        let mut bytes = b"before".to_vec();
        let mut params = Params::begin(&mut bytes);
        for (name, value) in &given {
            params.pair(name, value);
        }
        params.finish();
        prop_assert_eq!(&bytes[..6], b"before");
        let (records, rest) = records(&bytes[6..]);
        prop_assert!(rest.is_empty());
        let (last, before) = records.split_last().expect("the end of the stream");
        prop_assert_eq!(*last, (4, &b""[..], 0));
        for (kind, content, padding) in before {
            prop_assert!(*kind == 4 && !content.is_empty() && content.len() <= CONTENT_MAX && *padding < 8);
            prop_assert_eq!((content.len() + usize::from(*padding)) % 8, 0);
        }
        let contents: Vec<&[u8]> = before.iter().map(|(_, content, _)| *content).collect();
        prop_assert_eq!(pairs(&contents.concat()), given.clone());
        // Where every pair fits into a record, each record stands for itself: php-fpm reads them so.
        if given.iter().all(|(name, value)| name.len() + value.len() + 8 <= CONTENT_MAX) {
            let alone: Vec<_> = contents.iter().flat_map(|content| pairs(content)).collect();
            prop_assert_eq!(alone, given);
        }
    }

    #[test]
    fn bodies_are_read_back(length in 0..200_000_usize) {
        let body: Vec<u8> = (0..length).map(|place| (place % 251) as u8).collect();
        let mut bytes = Vec::new();
        stdin(&body, &mut bytes);
        bytes.extend_from_slice(&STDIN_END);
        let (records, rest) = records(&bytes);
        prop_assert!(rest.is_empty() && records.iter().all(|(kind, ..)| *kind == 5));
        prop_assert!(records.iter().rev().skip(1).all(|(_, content, _)| !content.is_empty()));
        let contents: Vec<&[u8]> = records.iter().map(|(_, content, _)| *content).collect();
        prop_assert_eq!(contents.concat(), body);
    }
}

/// The liar's ways of failing, and the types that its recipes allow for them.
#[test]
fn faults_have_the_types_of_their_recipes() {
    use ErrorType as E;
    let page = out("Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n0123456789");
    let announced = out("Status: 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
    let giant = out(&format!("Status: 200 OK\r\nX-Debug: {}", "d".repeat(60_000)));
    let mut another = out("Content-Type: text/plain\r\n\r\nhi\n");
    another[3] = 0x63;
    let mut version = page.clone();
    version[0] = 2;
    let cut = [page.clone(), b"\x01\x06\x00\x01\x03\xe8\x00\x00abcd".to_vec()].concat();
    let stderr = [record(STDERR, b"PHP message: PHP Fatal error:  Uncaught Error", 3), end(0)].concat();
    for (recipe, bytes, ended, types) in [
        ("fastcgi-another-id", another, Ended::Closed, &[E::HttpProtocolError, E::ConnectionTerminated][..]),
        ("fastcgi-cannot-multiplex", end(1), Ended::Closed, &[E::ConnectionTerminated, E::HttpProtocolError]),
        ("fastcgi-close-after-request", Vec::new(), Ended::Closed, &[E::ConnectionTerminated]),
        ("fastcgi-cut-in-body", announced.clone(), Ended::Closed, &[E::HttpResponseIncomplete]),
        (
            "fastcgi-cut-in-header",
            out("Status: 200 OK\r\nContent-Ty"),
            Ended::Closed,
            &[E::ConnectionTerminated],
        ),
        ("fastcgi-cut-in-record", cut, Ended::Closed, &[E::HttpResponseIncomplete]),
        ("fastcgi-empty", end(0), Ended::Closed, &[E::ConnectionTerminated, E::HttpProtocolError]),
        ("fastcgi-garbage", b"\x8f\x01\xc3 and so on".to_vec(), Ended::Closed, &[E::HttpProtocolError]),
        ("fastcgi-hang-in-body", page.clone(), Ended::TimedOut, &[E::ConnectionReadTimeout]),
        ("fastcgi-hang", Vec::new(), Ended::TimedOut, &[E::ConnectionReadTimeout]),
        (
            "fastcgi-header-64k",
            [giant, out(&"d".repeat(5_536))].concat(),
            Ended::TimedOut,
            &[E::HttpResponseHeaderSectionSize, E::HttpResponseHeaderSize],
        ),
        (
            "fastcgi-http-answer",
            b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
            Ended::Closed,
            &[E::HttpProtocolError],
        ),
        ("fastcgi-no-end", page, Ended::Closed, &[E::HttpResponseIncomplete]),
        (
            "fastcgi-no-header",
            [out("lab 1\n\nthis page has no header\n"), end(0)].concat(),
            Ended::Closed,
            &[E::HttpProtocolError],
        ),
        ("fastcgi-overloaded", end(2), Ended::Closed, &[E::ConnectionTerminated, E::HttpProtocolError]),
        ("fastcgi-reset-after-request", Vec::new(), Ended::Reset, &[E::ConnectionTerminated]),
        ("fastcgi-short-body", [announced, end(0)].concat(), Ended::Closed, &[E::HttpResponseIncomplete]),
        (
            "fastcgi-status-text",
            [out("Status: fine\r\n\r\nlab 1\n"), end(0)].concat(),
            Ended::Closed,
            &[E::HttpProtocolError],
        ),
        ("fastcgi-stderr-only", stderr, Ended::Closed, &[E::ConnectionTerminated, E::HttpProtocolError]),
        ("fastcgi-version", version, Ended::Closed, &[E::HttpProtocolError]),
    ] {
        for sizes in [&[][..], &[9; 7]] {
            let fault = read(&bytes, sizes, &Limits::default(), ended).fault.expect(recipe);
            assert!(types.contains(&fault.error_type()), "{recipe}: {fault:?}");
        }
    }
}

/// The variables of a request with these fields.
fn variables(fields: &[(&str, &str)], change: impl FnOnce(&mut CgiRequest<'_>)) -> Vec<(String, String)> {
    let (mut text, mut lines) = (Vec::new(), Vec::new());
    for (name, value) in fields {
        let begin = text.len() as u32;
        text.extend_from_slice(name.as_bytes());
        let name = Span { begin, end: text.len() as u32 };
        text.extend_from_slice(value.as_bytes());
        let value = Span { begin: name.end, end: text.len() as u32 };
        lines.push(FieldLine { id: FieldName::of(name.of(&text)), name, value });
    }
    let mut request = CgiRequest {
        method: b"GET",
        uri: b"/shop/index.php/cart?a=b",
        query: b"a=b",
        document_root: b"/srv/www",
        script_name: b"/shop/index.php",
        script_filename: None,
        path_info: b"",
        server_name: b"shop.example.com",
        server_addr: b"192.0.2.1",
        server_port: 443,
        protocol: b"HTTP/1.1",
        scheme: b"https",
        remote_addr: b"2001:db8::7",
        remote_port: 50_123,
        content_length: None,
        fields: FieldLines::new(&text, &lines),
    };
    change(&mut request);
    let mut bytes = Vec::new();
    write_request(&request, Afterwards::Keep, &mut bytes).finish();
    let (records, _) = records(&bytes);
    assert_eq!(records[0], (1, &[0, 1, 1, 0, 0, 0, 0, 0][..], 0));
    let contents: Vec<&[u8]> = records[1..].iter().map(|(_, content, _)| *content).collect();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    pairs(&contents.concat()).into_iter().map(|(name, value)| (text(name), text(value))).collect()
}

#[test]
fn meta_variables_are_those_that_php_asks_for() {
    let all = variables(&[], |_| {});
    let expected = [
        ("GATEWAY_INTERFACE", "CGI/1.1"),
        ("SERVER_SOFTWARE", "goodgate"),
        ("REDIRECT_STATUS", "200"),
        ("QUERY_STRING", "a=b"),
        ("REQUEST_METHOD", "GET"),
        ("SCRIPT_FILENAME", "/srv/www/shop/index.php"),
        ("SCRIPT_NAME", "/shop/index.php"),
        ("REQUEST_URI", "/shop/index.php/cart?a=b"),
        ("DOCUMENT_URI", "/shop/index.php"),
        ("DOCUMENT_ROOT", "/srv/www"),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("REQUEST_SCHEME", "https"),
        ("HTTPS", "on"),
        ("REMOTE_ADDR", "2001:db8::7"),
        ("REMOTE_PORT", "50123"),
        ("SERVER_ADDR", "192.0.2.1"),
        ("SERVER_PORT", "443"),
        ("SERVER_NAME", "shop.example.com"),
    ];
    assert_eq!(all, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn meta_variables_follow_the_request() {
    let all = variables(&[("content-type", "text/csv"), ("Content-Length", "7")], |request| {
        request.content_length = Some(7);
        request.path_info = b"/cart";
        request.scheme = b"http";
        request.script_filename = Some(b"/app/index.php");
        request.server_addr = b"";
    });
    let value = |wanted: &str| {
        let mut found = all.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        (found.next(), found.next())
    };
    for (name, expected) in [
        ("CONTENT_TYPE", Some("text/csv")),
        ("CONTENT_LENGTH", Some("7")),
        ("HTTP_CONTENT_TYPE", None),
        ("HTTP_CONTENT_LENGTH", None),
        ("PATH_INFO", Some("/cart")),
        ("DOCUMENT_URI", Some("/shop/index.php/cart")),
        ("SCRIPT_FILENAME", Some("/app/index.php")),
        ("HTTPS", None),
        ("SERVER_ADDR", None),
    ] {
        assert_eq!(value(name), (expected, None), "{name}");
    }
}

#[test]
fn fields_become_variables_once_and_none_that_harms() {
    let all = variables(
        &[
            ("Host", "shop.example.com"),
            ("Cookie", "a=1"),
            ("Proxy", "http://203.0.113.9/"),
            ("Accept", "text/html"),
            ("X_Forwarded_For", "203.0.113.9"),
            ("x-forwarded-for", "192.0.2.7"),
            ("cookie", "b=2"),
            ("accept", "*/*"),
            ("ACCEPT", ""),
            ("Connection", "close, X-Hop"),
            ("x-hop", "1"),
            ("Upgrade", "h2c"),
            ("Transfer-Encoding", "chunked"),
            ("Proxy-Authorization", "Basic eA=="),
            ("Authorization", "Bearer x"),
            ("X.Dot", "1"),
        ],
        |_| {},
    );
    let fields: Vec<_> = all.iter().filter(|(name, _)| name.starts_with("HTTP_")).collect();
    let expected = [
        ("HTTP_HOST", "shop.example.com"),
        ("HTTP_COOKIE", "a=1; b=2"),
        ("HTTP_ACCEPT", "text/html, */*, "),
        ("HTTP_X_FORWARDED_FOR", "192.0.2.7"),
        ("HTTP_AUTHORIZATION", "Bearer x"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(fields, expected.iter().collect::<Vec<_>>());
}

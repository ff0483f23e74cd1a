//! What is read in place holds of any bytes: the pieces in which they come change nothing, and responses are taken and
//! refused exactly as the decoder does.

use goodgate_facts::Phase;
use goodgate_wire::http1::{
    BodyReader, Decoder, HeadLimits, LeanResponse, Step, request_head, response_failure, response_head,
};
use goodgate_wire::{Fault, FieldLine, FieldLines, Framing, Limits, RequestFault};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::bodies::{self, From};
use crate::properties::{PARTS, cut, ended, limits, stream};

/// The head of a response in the words of both readers.
#[derive(Debug, PartialEq)]
struct Head {
    status: u16,
    reason: Vec<u8>,
    framing: Framing,
    bytes: usize,
    says_persistent: bool,
    version: goodgate_wire::Version,
    fields: Vec<(String, Vec<u8>)>,
}

/// What the decoder makes of the first head.
fn decoded(bytes: &[u8], method: &str, limits: &Limits) -> Result<Option<Head>, Fault> {
    let mut decoder = Decoder::new(method, limits);
    match decoder.feed(&mut &bytes[..])? {
        Step::Interim(head) | Step::Head(head) => Ok(Some(Head {
            status: head.status(),
            reason: head.reason().to_vec(),
            framing: head.framing(),
            bytes: head.bytes(),
            says_persistent: head.persistent(),
            version: head.version(),
            fields: head.fields().to_owned_pairs(),
        })),
        _ => Ok(None),
    }
}

fn lean(bytes: &[u8], method: &str, limits: &Limits) -> Result<Option<(LeanResponse, Head)>, Fault> {
    let mut lines = Vec::<FieldLine>::new();
    let read = response_head(bytes, method.as_bytes(), &HeadLimits::from(limits), &mut lines)?;
    Ok(read.map(|read| {
        let fields = FieldLines::new(bytes, &lines);
        let pairs =
            |(_, name, value): (_, &[u8], &[u8])| (String::from_utf8(name.to_vec()).unwrap(), value.to_vec());
        let tunnel = method == "CONNECT" && read.framing == Framing::None;
        let head = Head {
            status: read.status,
            reason: read.reason.of(bytes).to_vec(),
            framing: read.framing,
            bytes: read.bytes,
            says_persistent: read.persistent || fields_persist(&read, fields, tunnel),
            version: read.version,
            fields: fields.iter().map(pairs).collect(),
        };
        (read, head)
    }))
}

/// What the fields alone say, where something else already keeps the connection from being used again.
fn fields_persist(read: &LeanResponse, fields: FieldLines<'_>, tunnel: bool) -> bool {
    use goodgate_wire::{FieldName, Version};
    let otherwise = read.ambiguous || tunnel || read.framing == Framing::UntilClose;
    otherwise
        && !fields.lists(FieldName::Connection, b"close")
        && (read.version == Version::Http11 || fields.lists(FieldName::Connection, b"keep-alive"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn heads_of_responses_are_those_of_the_decoder(
        bytes in prop_oneof![stream(), responses()],
        limits in limits(),
        method in prop::sample::select(vec!["GET", "HEAD", "CONNECT"]),
        ended in ended(),
    ) {
        let limits = Limits { interim: 9, ..limits };
        for end in 0..=bytes.len() {
            let bytes = &bytes[..end];
            let expected = decoded(bytes, method, &limits);
            let read = lean(bytes, method, &limits);
            if let (Ok(Some((read, _))), Err(Fault::UpgradeUnasked)) = (&read, &expected) {
                prop_assert_eq!(read.status, 101);
                continue;
            }
            prop_assert_eq!(read.as_ref().map(|read| read.as_ref().map(|(_, head)| head)), expected.as_ref().map(Option::as_ref));
            if let Ok(Some((read, _))) = &read {
                // With the end of the body the decoder tells what becomes of the connection.
                let mut decoder = Decoder::new(method, &limits);
                let mut input = bytes;
                while !matches!(decoder.feed(&mut input), Ok(Step::NeedMore | Step::End { .. }) | Err(_)) {}
                prop_assert!(read.status < 200 || !decoder.reusable() || read.persistent);
                if read.framing == Framing::None && read.status >= 200 {
                    prop_assert_eq!(decoder.reusable(), read.persistent);
                }
                prop_assert_eq!(response_failure(bytes, method.as_bytes(), &HeadLimits::from(&limits), ended), None);
                break;
            }
            // What is refused, or ends here, is told in the decoder's words.
            let mut decoder = Decoder::new(method, &limits);
            let fault = match decoder.feed(&mut &bytes[..]) {
                Ok(_) => decoder.end(ended).unwrap_err(),
                Err(fault) => fault,
            };
            let failure = response_failure(bytes, method.as_bytes(), &HeadLimits::from(&limits), ended).unwrap();
            prop_assert_eq!((failure.fault, failure.phase), (fault, decoder.phase()));
            prop_assert_eq!(failure.began.as_slice(), decoder.began());
            prop_assert_eq!(failure.received, bytes.len() as u64);
            prop_assert!(failure.phase != Phase::Body);
            if read.is_err() {
                break;
            }
        }
    }

    #[test]
    fn bodies_of_responses_are_those_of_the_decoder(
        bytes in chunks(),
        lengths in vec(0..9_usize, 0..6),
        limits in limits(),
        ended in ended(),
    ) {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let wide = Limits { head_bytes: limits.head_bytes.max(head.len()), field_bytes: limits.field_bytes.max(26), fields: limits.fields.max(1), ..limits };
        let (expected, count) = crate::reading::read("GET", &wide, [&[&head[..], &bytes].concat()[..]], ended);
        let small = HeadLimits::from(&wide);
        for pieces in [vec![&bytes[..]], cut(&bytes, &lengths), bytes.chunks(1).collect()] {
            let body = bodies::read(BodyReader::of_response(Framing::Chunked, &small), pieces, ended);
            prop_assert_eq!(body.fault.map(Fault::from), expected.fault);
            let unframed = matches!(expected.fault, None | Some(Fault::BodyClosed | Fault::BodyReset | Fault::BodyTimedOut));
            prop_assert!(expected.body.starts_with(&body.data));
            if unframed {
                prop_assert_eq!(&body.data, &expected.body);
                prop_assert_eq!(body.missing, count.missing);
            }
            if expected.fault.is_none() {
                prop_assert_eq!(body.surplus, expected.surplus);
                let trailers: Vec<_> = body.trailers.into_iter().map(|(_, name, value)| (name, value)).collect();
                let pairs = expected.trailers.to_owned_pairs();
                prop_assert_eq!(trailers, pairs.into_iter().map(|(name, value)| (name.into_bytes(), value)).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_clients_body_is_refused_or_read_like_a_servers(bytes in chunks(), lengths in vec(0..9_usize, 0..6), ended in ended()) {
        let limits = HeadLimits::default();
        let whole = bodies::read(bodies::reader(From::Client, Framing::Chunked, &limits), [&bytes[..]], ended);
        for pieces in [cut(&bytes, &lengths), bytes.chunks(1).collect()] {
            let pieced = bodies::read(bodies::reader(From::Client, Framing::Chunked, &limits), pieces, ended);
            prop_assert_eq!(pieced.fault, whole.fault);
            if whole.fault.is_none() {
                prop_assert_eq!(&pieced, &whole);
            }
        }
        let server = bodies::read(bodies::reader(From::Server, Framing::Chunked, &limits), [&bytes[..]], ended);
        if whole.fault.is_none() {
            prop_assert_eq!(server, whole);
        }
    }

    #[test]
    fn a_request_is_the_same_in_any_pieces(bytes in requests(), limits in head_limits()) {
        let mut lines = Vec::new();
        let whole = request_head(&bytes, &limits, &mut lines);
        for end in 0..=bytes.len() {
            let mut found = Vec::new();
            let read = request_head(&bytes[..end], &limits, &mut found);
            if read == Ok(None) {
                prop_assert!(end < bytes.len() || whole == Ok(None));
                continue;
            }
            prop_assert_eq!(read, whole);
            if let Ok(Some(head)) = read {
                prop_assert_eq!(&found, &lines);
                prop_assert_eq!(head.bytes, end);
                prop_assert!(head.bytes <= limits.bytes && lines.len() <= limits.fields);
                prop_assert!(head.target.len() <= limits.target_bytes);
                let path = head.path.of(&bytes);
                prop_assert!(path.starts_with(b"/") || path == b"*");
            }
            break;
        }
    }

    #[test]
    fn a_request_that_is_taken_has_one_meaning(bytes in requests()) {
        let mut lines = Vec::new();
        let Ok(Some(head)) = request_head(&bytes, &HeadLimits::default(), &mut lines) else { return Ok(()) };
        let text = &bytes[..head.bytes];
        let returns = text.iter().filter(|byte| **byte == b'\r').count();
        prop_assert_eq!(returns, text.iter().filter(|byte| **byte == b'\n').count());
        prop_assert!(text.iter().all(|byte| !byte.is_ascii_control() || b"\r\n\t".contains(byte)));
        // With its colon: `content-length0` is another field.
        let lines_of = |name: &[u8]| {
            text.split(|byte| *byte == b'\n')
                .filter(|line| line.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name)))
                .count()
        };
        let framed = match head.framing {
            Framing::None => (0, 0),
            Framing::Length(_) => (1, 0),
            _ => (0, 1),
        };
        prop_assert_eq!((lines_of(b"content-length:"), lines_of(b"transfer-encoding:").min(1)), framed);
        prop_assert!(lines_of(b"host:") <= 1);
    }
}

/// Parts of requests, good and bad.
const REQUESTS: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\nHost: a\r\n",
    b"GET /a?b HTTP/1.0\r\n",
    b"POST http://a:80/b HTTP/1.1\r\nHost: a\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n",
    b"GET http://b?c HTTP/1.1\r\n",
    b"\r\n",
    b"Host: a\r\n",
    b"Host: b, a\r\n",
    b"Content-Length: 3\r\n",
    b"content-length: 3,3\r\n",
    b"Content-Length : 4\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked, \r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding:\x0bchunked\r\n",
    b"Expect: 100-continue\r\n",
    b"Connection: close, upgrade\r\n",
    b"Upgrade: websocket\r\n",
    b"X-Note: \t a \t b \t\r\n",
    b"X: y\n",
    b"X: y\rZ: z\r\n",
    b" folded\r\n",
    b"\r\n\r\n",
    b"\r",
    b"\n",
    b"CONNECT a:1 HTTP/1.1\r\n",
    b"GET /\xff HTTP/1.1\r\n",
    b"GET / HTTP/2.0\r\n",
    b"\x16\x03\x01",
    b"\0",
    b"a b",
];

/// A text with one byte replaced, left out or doubled, or as it is.
fn mutated(text: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![any::<u8>(), prop::sample::select(b"\r\n\t \0:,;\x0b0".to_vec())];
    (text, 0..6_u8, any::<prop::sample::Index>(), byte).prop_map(|(mut text, how, at, byte)| {
        if text.is_empty() {
            return text;
        }
        let at = at.index(text.len());
        match how {
            0 => text[at] = byte,
            1 => drop(text.remove(at)),
            2 => text.insert(at, byte),
            _ => {}
        }
        text
    })
}

fn requests() -> impl Strategy<Value = Vec<u8>> {
    let parts = (prop::sample::select(&REQUESTS[..4]), vec(prop::sample::select(&REQUESTS[5..]), 0..5));
    let begun = parts.prop_map(|(line, parts)| [line, &parts.concat(), b"\r\n"].concat());
    let calm = (
        prop::sample::select(&REQUESTS[..4]),
        vec(prop::sample::select(&REQUESTS[15..19]), 0..4),
        0..3_usize,
    )
        .prop_map(|(line, parts, framed)| {
            let framed = [&b""[..], b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n"][framed];
            [line, &parts.concat(), framed, b"\r\nabc"].concat()
        });
    let all = vec(prop::sample::select(REQUESTS), 0..8).prop_map(|parts| parts.concat());
    mutated(prop_oneof![4 => begun, 4 => calm, 1 => all, 1 => vec(any::<u8>(), 0..60)])
}

fn responses() -> impl Strategy<Value = Vec<u8>> {
    let begun = (prop::sample::select(&PARTS[..7]), vec(prop::sample::select(&PARTS[9..17]), 0..6))
        .prop_map(|(line, parts)| [line, &parts.concat(), b"\r\n"].concat());
    mutated(begun)
}

fn chunks() -> impl Strategy<Value = Vec<u8>> {
    const CHUNKS: &[&[u8]] = &[
        b"3\r\nabc\r\n",
        b"0a\r\n0123456789\r\n",
        b"1;x=y\r\na\r\n",
        b"2 ;x\r\nab\r\n",
        b"1 \r\nx\r\n",
        b"0\r\n\r\n",
        b"0\r\nX-T: v\r\n\r\n",
        b"0\r\nX: y\nZ: z\r\n\r\n",
        b"0\r\n\n",
        b"0\r\nA : b\r\n\r\n",
        b"ffffffffffffffff\r\n",
        b"\r\n",
        b"0\r\n",
        b"A: b\r\n",
        b"x",
    ];
    mutated(vec(prop::sample::select(CHUNKS), 0..8).prop_map(|parts| parts.concat()))
}

fn head_limits() -> impl Strategy<Value = HeadLimits> {
    let small = (0..150_usize, 0..12_usize, 0..6_usize).prop_map(|(bytes, target_bytes, fields)| {
        HeadLimits { bytes, target_bytes, fields, ..HeadLimits::default() }
    });
    prop_oneof![2 => Just(HeadLimits::default()), 1 => small]
}

#[test]
fn a_head_that_fits_its_bounds_only_just() {
    for (bytes, field_bytes, fields) in [(46, 19, 1), (45, 19, 1), (46, 18, 1), (46, 19, 0), (44, 9, 9)] {
        let limits = Limits { head_bytes: bytes, field_bytes, fields, ..Limits::default() };
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 123 \r\n\r\n",
            "HTTP/1.1 204 No Content\r\nX: 345678901234567\r\n\r\n",
            "HTTP/1.1 200 OK\nContent-Length:  3\n\n",
        ] {
            for end in 0..=text.len() {
                let bytes = &text.as_bytes()[..end];
                let read = lean(bytes, "GET", &limits).map(|read| read.map(|(_, head)| head));
                assert_eq!(read, decoded(bytes, "GET", &limits), "{text:?} to {end}, {limits:?}");
            }
        }
    }
}

#[test]
fn what_a_lean_head_says() {
    let say =
        |method: &str, text: &str| lean(text.as_bytes(), method, &Limits::default()).unwrap().unwrap().0;
    let head = say("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
    assert_eq!((head.framing, head.length, head.persistent), (Framing::None, Some(7), true));
    assert_eq!(say("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 7, 8\r\n\r\n").length, None);
    let both = "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(say("GET", both).length, None);
    assert_eq!(say("GET", "HTTP/1.1 200 OK\r\nContent-Length: 7, 7\r\n\r\n").length, Some(7));
    let empty = say("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n");
    assert!(empty.ambiguous && !empty.persistent);
    let open = say("GET", "HTTP/1.1 200 OK\r\n\r\n");
    assert!(open.framing == Framing::UntilClose && !open.persistent && !open.ambiguous);
    assert_eq!(say("GET", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nx").status, 101);
    for (value, seconds) in [
        ("timeout=5, max=100", Some(5)),
        ("max=100,Timeout = \"75\"", Some(75)),
        ("timeout=99999999999", Some(u32::MAX)),
        ("timeout=-1", None),
        ("timeouts=5", None),
        ("5", None),
        ("time\u{e9}ut=5", None),
    ] {
        let text = format!("HTTP/1.1 200 OK\r\nKeep-Alive: {value}\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(say("GET", &text).keep_alive_s, seconds, "{value}");
    }
}

#[test]
fn a_refused_request_stays_refused() {
    let limits = HeadLimits::default();
    assert_eq!(
        request_head(b"GET / HTTP/1.1\r\nHost: a\r\nA: b\rc", &limits, &mut Vec::new()),
        Err(RequestFault::Malformed(goodgate_wire::Part::Field))
    );
}

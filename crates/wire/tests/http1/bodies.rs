//! Bodies read in place, in both directions.

use goodgate_wire::http1::{BodyFault, BodyReader, Ended, HeadLimits};
use goodgate_wire::{Fault, FieldName, Framing, Part, RequestFault};

/// Whose body it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Client,
    Server,
}

/// All that was read of a body.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Body {
    pub(crate) data: Vec<u8>,
    pub(crate) trailers: Vec<(FieldName, Vec<u8>, Vec<u8>)>,
    /// Bytes behind the end.
    pub(crate) surplus: usize,
    pub(crate) fault: Option<BodyFault>,
    pub(crate) missing: Option<u64>,
}

pub(crate) fn reader(from: From, framing: Framing, limits: &HeadLimits) -> BodyReader {
    match from {
        From::Client => BodyReader::of_request(framing, limits),
        From::Server => BodyReader::of_response(framing, limits),
    }
}

/// Reads pieces as a connection does: what was not taken stands before what comes next.
pub(crate) fn read<'a>(
    mut reader: BodyReader,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    ended: Ended,
) -> Body {
    let mut body = Body::default();
    let mut buffer = Vec::new();
    for piece in pieces {
        buffer.extend_from_slice(piece);
        let before = buffer.clone();
        let step = match reader.read(&mut buffer) {
            Ok(step) => step,
            Err(fault) => {
                assert_eq!(reader.read(&mut buffer), Err(fault), "the same fault again");
                // What came before the fault in the same piece is not told: it depends on the pieces.
                body.fault = Some(fault);
                break;
            }
        };
        assert_eq!(step.end, reader.is_complete());
        assert!(step.taken == buffer.len() || step.end, "more was asked for before all was taken");
        assert!(step.data.end <= step.taken);
        assert_eq!(buffer[step.taken..], before[step.taken..], "what follows stays as it was");
        body.data.extend_from_slice(&buffer[step.data]);
        buffer.drain(..step.taken);
    }
    assert!(body.fault.is_some() || reader.received() == body.data.len() as u64);
    assert!(reader.began().len() <= goodgate_wire::Failure::BEGAN_BYTES);
    body.missing = reader.missing();
    let end = reader.end(ended);
    assert!(body.fault.is_none() || end.err() == body.fault);
    body.fault = end.err();
    let trailers = reader.trailers();
    body.trailers = trailers.iter().map(|(id, name, value)| (id, name.to_vec(), value.to_vec())).collect();
    body.surplus = buffer.len();
    body
}

/// What is made of these bytes, the same whole and byte by byte.
fn chunked(from: From, bytes: &[u8], limits: &HeadLimits) -> Body {
    let whole = read(reader(from, Framing::Chunked, limits), [bytes], Ended::Closed);
    let single = read(reader(from, Framing::Chunked, limits), bytes.chunks(1), Ended::Closed);
    assert_eq!(whole.fault, single.fault, "{}", bytes.escape_ascii());
    if whole.fault.is_none() || whole.fault == Some(BodyFault::Closed) {
        assert_eq!(whole, single, "{}", bytes.escape_ascii());
    }
    whole
}

fn fault(from: From, text: &str) -> Option<BodyFault> {
    chunked(from, text.as_bytes(), &HeadLimits::default()).fault
}

#[test]
fn lengths() {
    let limits = HeadLimits::default();
    let mut reader = BodyReader::of_request(Framing::Length(5), &limits);
    assert_eq!((reader.missing(), reader.is_complete()), (Some(5), false));
    let mut bytes = *b"abc";
    let step = reader.read(&mut bytes).unwrap();
    assert_eq!((step.data, step.taken, step.end), (0..3, 3, false));
    assert_eq!((reader.missing(), reader.received()), (Some(2), 3));
    let mut bytes = *b"deGET";
    let step = reader.read(&mut bytes).unwrap();
    assert_eq!((step.data, step.taken, step.end), (0..2, 2, true));
    assert_eq!((reader.missing(), reader.received(), reader.is_complete()), (None, 5, true));
    let step = reader.read(&mut bytes).unwrap();
    assert_eq!((step.data, step.taken, step.end), (0..0, 0, true));
    assert_eq!(reader.end(Ended::Reset), Ok(()));
    for framing in [Framing::None, Framing::Length(0)] {
        let mut reader = BodyReader::of_request(framing, &limits);
        assert!(reader.is_complete());
        assert!(reader.read(&mut []).unwrap().end);
    }
    let whole = BodyReader::of_response(Framing::Length(u64::MAX), &limits);
    assert_eq!(read(whole, [&b"x"[..]], Ended::Closed).missing, Some(u64::MAX - 1));
}

#[test]
fn ends_of_the_stream() {
    let limits = HeadLimits::default();
    let end = |framing, text: &str, ended| {
        read(BodyReader::of_response(framing, &limits), [text.as_bytes()], ended).fault
    };
    assert_eq!(end(Framing::UntilClose, "abc", Ended::Closed), None);
    for framing in [Framing::UntilClose, Framing::Length(9), Framing::Chunked] {
        assert_eq!(end(framing, "3\r\n", Ended::Truncated), Some(BodyFault::Closed));
        assert_eq!(end(framing, "3\r\n", Ended::Reset), Some(BodyFault::Reset));
        assert_eq!(end(framing, "3\r\n", Ended::TimedOut), Some(BodyFault::TimedOut));
    }
    assert_eq!(end(Framing::Chunked, "0\r\nA : b\r\nC: d", Ended::Closed), Some(BodyFault::TrailerInvalid));
}

#[test]
fn chunks_are_moved_together() {
    let text =
        b"3\r\nabc\r\n0A;x=\"y\"\r\n0123456789\r\n00001 ;z\r\n!\r\n0\r\nX-Sum: \t7 \r\nTrailer:\r\n\r\nGET";
    for from in [From::Client, From::Server] {
        let body = chunked(from, text, &HeadLimits::default());
        assert_eq!((body.data.as_slice(), body.surplus, body.fault), (&b"abc0123456789!"[..], 3, None));
        let trailers = [
            (FieldName::Other, b"X-Sum".to_vec(), b"7".to_vec()),
            (FieldName::Trailer, b"Trailer".to_vec(), Vec::new()),
        ];
        assert_eq!(body.trailers, trailers);
    }
    let mut bytes = *b"5\r\nabcde\r\n2\r\nfg\r";
    let mut reader = BodyReader::of_request(Framing::Chunked, &HeadLimits::default());
    let step = reader.read(&mut bytes).unwrap();
    assert_eq!((step.data.clone(), step.taken, step.end), (3..10, bytes.len(), false));
    assert_eq!(&bytes[step.data], b"abcdefg");
    assert_eq!(reader.missing(), None);
    let mut bytes = *b"\n9\r\nx";
    assert_eq!(reader.read(&mut bytes).unwrap().data, 4..5);
    assert_eq!((reader.missing(), reader.received()), (Some(8), 8));
}

#[test]
fn clients_are_read_by_the_letter() {
    for (text, server) in [
        ("1 \r\nx\r\n0\r\n\r\n", None),
        ("1\t\r\nx\r\n0\r\n\r\n", None),
        ("0\r\nA: b\n\r\n", None),
        ("0\r\nA: b\r\n\n", None),
        ("0\r\n\n", None),
    ] {
        assert_eq!(fault(From::Server, text), server, "{text:?}");
        let part = if text.starts_with('0') { BodyFault::TrailerInvalid } else { BodyFault::ChunkInvalid };
        assert_eq!(fault(From::Client, text), Some(part), "{text:?}");
    }
}

#[test]
fn what_no_side_may_send() {
    for from in [From::Client, From::Server] {
        for text in [
            "\r\n",
            "\n",
            " 1\r\nx\r\n",
            "x\r\n",
            "-1\r\n",
            "+1\r\nx\r\n",
            "0x1\r\nx\r\n",
            "1\nx\r\n",
            "1\rx",
            "1\r\r\nx",
            "1\r\nxy",
            "1\r\nx\n",
            "1\r\nx\r\r\n",
            "1;a\nx\r\n",
            "1;a\rb\r\nx\r\n",
            "1;\0\r\n",
            "1 1\r\n",
            "1\u{b}\r\n",
            "1,1\r\n",
            "1\r\nx\r\n\r\n0\r\n",
            "10000000000000000\r\n",
            "fffffffffffffffff\r\n",
            "g\r\n",
            ";\r\n",
        ] {
            assert_eq!(fault(from, text), Some(BodyFault::ChunkInvalid), "{text:?}");
        }
        for text in [
            "0\r\n A: b\r\n\r\n",
            "0\r\nA : b\r\n\r\n",
            "0\r\nA\r\n\r\n",
            "0\r\n: b\r\n\r\n",
            "0\r\nA: \0\r\n\r\n",
            "0\r\nA: b\r\n c\r\n\r\n",
            "0\r\nA: b\rc\r\n\r\n",
        ] {
            assert_eq!(fault(from, text), Some(BodyFault::TrailerInvalid), "{text:?}");
        }
        assert_eq!(fault(from, "ffffffffffffffff\r\nx"), Some(BodyFault::Closed));
        assert_eq!(fault(from, "000000000000000000001\r\nx\r\n0\r\n\r\n"), None);
    }
}

#[test]
fn bounds() {
    let limits = HeadLimits { bytes: 19, field_bytes: 10, fields: 2, ..HeadLimits::default() };
    let within = |text: &str| chunked(From::Client, text.as_bytes(), &limits).fault;
    assert_eq!(within("0\r\nA: 3456789\r\nB: 3\r\n\r\n"), Some(BodyFault::TrailersTooBig));
    assert_eq!(within("0\r\nA: 3456789\r\nB:\r\n\r\n"), None);
    assert_eq!(within("0\r\nA: 34567890\r\n\r\n"), Some(BodyFault::TrailerTooBig));
    assert_eq!(within("0\r\nA:\r\nB:\r\nC:\r\n\r\n"), Some(BodyFault::TrailersTooBig));
    let extension = |bytes: usize| format!("1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(bytes));
    assert_eq!(within(&extension(4092)), None);
    assert_eq!(within(&extension(4093)), Some(BodyFault::ChunkInvalid));
    assert_eq!(within(&format!("{}0\r\n\r\n", "1;e\r\nx\r\n".repeat(40_000))), Some(BodyFault::ChunkInvalid));
}

#[test]
fn names_of_faults() {
    let names = [
        (BodyFault::Closed, Fault::BodyClosed, None),
        (BodyFault::Reset, Fault::BodyReset, None),
        (BodyFault::TimedOut, Fault::BodyTimedOut, Some(RequestFault::TooSlow)),
        (BodyFault::ChunkInvalid, Fault::ChunkInvalid, Some(RequestFault::Malformed(Part::Chunk))),
        (BodyFault::TrailerInvalid, Fault::TrailerInvalid, Some(RequestFault::Malformed(Part::Trailer))),
        (BodyFault::TrailersTooBig, Fault::TrailersTooBig, Some(RequestFault::HeadTooBig)),
        (BodyFault::TrailerTooBig, Fault::TrailerTooBig, Some(RequestFault::HeadTooBig)),
    ];
    for (fault, response, request) in names {
        assert_eq!((Fault::from(fault), fault.of_request()), (response, request));
    }
    let mut reader = BodyReader::of_request(Framing::Chunked, &HeadLimits::default());
    assert!(reader.read(&mut b"1\r\nx\r\nHTTP/1.1 200".to_vec()).is_err());
    assert_eq!(reader.began(), b"H");
}

//! What holds of any bytes: the pieces in which they come change nothing, nothing panics, and what is written by the
//! rules is read as it was meant.

use goodgate_facts::Phase;
use goodgate_wire::http1::Ended;
use goodgate_wire::{Failure, Fault, Framing, Limits, Version};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::reading::{read, read_whole};

/// Parts of responses, good and bad, from which streams are put together that come far.
pub(crate) const PARTS: &[&[u8]] = &[
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200\n",
    b"HTTP/1.0 502 Bad Gateway\r\n",
    b"HTTP/1.1 204 No Content\r\n",
    b"HTTP/1.1 103 Early Hints\r\n\r\n",
    b"HTTP/1.1 100\r\n\r\n",
    b"HTTP/1.1 101 x\r\n",
    b"HTTP/1.1 6",
    b"HTTP/1.1 200 O\rK\r\n",
    b"Content-Length: 3\r\n",
    b"Content-Length: 3, 3\n",
    b"Content-Length: x\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Connection: close\r\n",
    b"X-Note: \t a \t b \t\r\n",
    b"X : y\r\n",
    b" folded\r\n",
    b"X: y",
    b"\r\n",
    b"\r\n\r\n",
    b"\r",
    b"\n",
    b"\n\n",
    b"3\r\nabc\r\n",
    b"3;x=y\r\nabc\r\n",
    b"1 \r\n",
    b"fffffffff\r\n",
    b"0\r\n\r\n",
    b"0\r\nX-T: v\r\n",
    b"abc",
    b"\x15",
    b"\x03\x01",
    b"\0",
    b"\xff",
];

pub(crate) fn stream() -> impl Strategy<Value = Vec<u8>> {
    let parts = vec(prop::sample::select(PARTS), 0..12).prop_map(|parts| parts.concat());
    let begun = (prop::sample::select(&PARTS[..5]), vec(prop::sample::select(&PARTS[9..]), 0..12))
        .prop_map(|(line, parts)| [line, &parts.concat()].concat());
    prop_oneof![1 => parts, 4 => begun, 1 => vec(any::<u8>(), 0..80)]
}

pub(crate) fn limits() -> impl Strategy<Value = Limits> {
    let small = (0..150_usize, 0..40_usize, 0..5_usize, 0..3_usize).prop_map(
        |(head_bytes, field_bytes, fields, interim)| Limits {
            head_bytes,
            field_bytes,
            fields,
            interim,
            ..Limits::default()
        },
    );
    prop_oneof![Just(Limits::default()), small]
}

pub(crate) fn ended() -> impl Strategy<Value = Ended> {
    prop::sample::select(vec![Ended::Closed, Ended::Truncated, Ended::Reset, Ended::TimedOut])
}

/// The same bytes, cut behind each of these lengths in turn.
pub(crate) fn cut<'a>(bytes: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = bytes;
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle().take(if lengths.is_empty() { 0 } else { bytes.len() * 2 }) {
        let (piece, behind) = rest.split_at((*length).min(rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(rest);
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn pieces_change_nothing(
        bytes in stream(),
        lengths in vec(0..9_usize, 0..6),
        limits in limits(),
        ended in ended(),
        method in prop::sample::select(vec!["GET", "HEAD", "CONNECT"]),
    ) {
        let (whole, whole_count) = read(method, &limits, [bytes.as_slice()], ended);
        for pieces in [cut(&bytes, &lengths), bytes.chunks(1).collect()] {
            let (pieced, count) = read(method, &limits, pieces, ended);
            prop_assert_eq!(&pieced, &whole);
            prop_assert_eq!(count.missing, whole_count.missing);
            prop_assert!(whole_count.began.starts_with(&count.began));
            prop_assert!(count.received <= whole_count.received);
            prop_assert!(whole.fault.is_some() || count.received == whole_count.received);
        }
    }

    #[test]
    fn a_response_is_complete_or_its_fault_belongs_to_its_phase(bytes in stream(), ended in ended()) {
        let (read, count) = read_whole("GET", &bytes, ended);
        prop_assert_eq!(count.received as usize + read.surplus, bytes.len());
        prop_assert!(count.began.len() <= Failure::BEGAN_BYTES);
        prop_assert!(read.fault.is_some() || read.head.is_some());
        prop_assert_eq!(read.head.is_some(), read.phase == Some(Phase::Body));
        if let Some(fault) = read.fault {
            let phase = match fault {
                Fault::ClosedBeforeResponse | Fault::ResetBeforeResponse | Fault::WaitTimedOut => Phase::Wait,
                Fault::BodyClosed | Fault::BodyReset | Fault::BodyTimedOut => Phase::Body,
                Fault::ChunkInvalid | Fault::TrailerInvalid => Phase::Body,
                Fault::TrailerTooBig | Fault::TrailersTooBig => Phase::Body,
                _ => Phase::Head,
            };
            prop_assert_eq!(read.phase, Some(phase), "{:?}", fault);
        }
    }
}

#[derive(Clone, Debug)]
struct Written {
    version: Version,
    status: u16,
    reason: String,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
    framing: Framing,
    trailers: Vec<(String, String)>,
    sizes: Vec<usize>,
    line_end: &'static str,
}

fn fields(most: usize) -> impl Strategy<Value = Vec<(String, String)>> {
    // The names are told apart from those that frame.
    let value = prop_oneof!["[!-~]([ -~\t\u{e9}]{0,20}[!-~\u{e9}])?", Just(String::new())];
    vec(("[Xx]-[!#$%&'*+.^_`|~0-9A-Za-z-]{0,12}", value), 0..most)
}

fn written() -> impl Strategy<Value = Written> {
    let head = (prop::bool::ANY, 200..600_u16, "([ -~\t\u{e9}]{0,20})", fields(60));
    let body = (vec(any::<u8>(), 0..200), 0..3_u8, fields(4), vec(1..70_usize, 1..5), prop::bool::ANY);
    (head, body).prop_map(|((old, status, reason, fields), (body, framing, trailers, sizes, lf))| {
        let empty = matches!(status, 204 | 304);
        let framing = match framing {
            _ if empty => Framing::None,
            0 => Framing::Length(body.len() as u64),
            1 if !old => Framing::Chunked,
            _ => Framing::UntilClose,
        };
        let trailers = if framing == Framing::Chunked { trailers } else { Vec::new() };
        Written {
            version: if old { Version::Http10 } else { Version::Http11 },
            status,
            reason,
            fields,
            body: if empty { Vec::new() } else { body },
            framing,
            trailers,
            sizes,
            line_end: if lf { "\n" } else { "\r\n" },
        }
    })
}

impl Written {
    fn all_fields(&self) -> Vec<(String, String)> {
        let framing = match self.framing {
            Framing::Length(length) => Some(("Content-Length".to_owned(), length.to_string())),
            Framing::Chunked => Some(("Transfer-Encoding".to_owned(), "Chunked".to_owned())),
            _ => None,
        };
        self.fields.iter().cloned().chain(framing).collect()
    }

    fn serialised(&self) -> Vec<u8> {
        let end = self.line_end;
        let lines = |fields: &[(String, String)]| {
            fields.iter().map(|(name, value)| format!("{name}:\t{value} {end}")).collect::<String>()
        };
        let (version, status, reason) = (self.version.as_str(), self.status, &self.reason);
        let mut out =
            format!("{version} {status} {reason}{end}{}{end}", lines(&self.all_fields())).into_bytes();
        if self.framing != Framing::Chunked {
            out.extend_from_slice(&self.body);
            return out;
        }
        for piece in cut(&self.body, &self.sizes).into_iter().filter(|piece| !piece.is_empty()) {
            out.extend_from_slice(format!("{:X};ext=\"a b\"\r\n", piece.len()).as_bytes());
            out.extend_from_slice(piece);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(format!("0\r\n{}{end}", lines(&self.trailers)).as_bytes());
        out
    }
}

fn pairs(fields: &[(String, String)]) -> Vec<(String, Vec<u8>)> {
    fields.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_by_the_rules_is_read_as_it_was_meant(written in written()) {
        let bytes = written.serialised();
        let (read, count) = read_whole("GET", &bytes, Ended::Closed);
        prop_assert_eq!(read.fault, None);
        prop_assert_eq!(count.received as usize, bytes.len());
        let Some(head) = read.head else { return Err(TestCaseError::fail("no head")) };
        prop_assert_eq!((head.version(), head.status()), (written.version, written.status));
        prop_assert_eq!(head.reason(), written.reason.as_bytes());
        prop_assert_eq!(head.fields().to_owned_pairs(), pairs(&written.all_fields()));
        prop_assert_eq!(head.framing(), written.framing);
        prop_assert_eq!(read.body, written.body);
        prop_assert_eq!(read.trailers.to_owned_pairs(), pairs(&written.trailers));
        prop_assert_eq!(read.surplus, 0);
    }
}

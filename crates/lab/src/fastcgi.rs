//! FastCGI 1.0 as an application server speaks it: the healthy service, and single records to build faults from.
//!
//! Every request is answered before the next is read; a second one on the same connection at the same time is turned
//! away, as php-fpm does.

use std::io;

use crate::connection::{Connection, token_in};
use crate::http1::{Seen, Then};
use crate::identities::Identities;
use crate::step::{FcgiEnd, Fill, HEALTHY_BODY, Step};

/// Record types (FastCGI 1.0 §8).
const BEGIN_REQUEST: u8 = 1;
const ABORT_REQUEST: u8 = 2;
const END_REQUEST: u8 = 3;
const PARAMS: u8 = 4;
const STDIN: u8 = 5;
const STDOUT: u8 = 6;
const STDERR: u8 = 7;
const DATA: u8 = 8;
const GET_VALUES: u8 = 9;
const GET_VALUES_RESULT: u8 = 10;
const UNKNOWN_TYPE: u8 = 11;

const VERSION: u8 = 1;
const HEADER: usize = 8;
/// Flag of a request: the connection is kept for the next one (§5.1).
const KEEP_CONN: u8 = 1;
/// Protocol status: this connection carries one request at a time (§5.5).
const CANNOT_MULTIPLEX: u8 = 1;

/// The longest content that is a multiple of 8, so that only the last record of a text needs padding (§3.3).
const CONTENT_MAX: usize = 65_528;
/// More parameters than any gateway sends for a request of the lab; what is beyond is thrown away.
const PARAMS_MAX: usize = 128 * 1024;

/// Plays a step of FastCGI. Steps of other protocols do nothing.
///
/// # Errors
/// Where the peer leaves or sends what is no FastCGI.
pub(crate) async fn step(connection: &mut Connection, step: &Step, _: &Identities) -> io::Result<()> {
    let id = request_id(connection);
    match step {
        Step::FcgiReadRequest => match read_request(connection).await? {
            Some(_) => Ok(()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        },
        Step::FcgiStdout(text) => {
            let text = connection.expand(text);
            connection.send(&stream(STDOUT, id, text.as_bytes())).await
        }
        Step::FcgiStdoutFill(fill) => send_fill(connection, STDOUT, fill).await,
        Step::FcgiStderr(fill) => send_fill(connection, STDERR, fill).await,
        Step::FcgiEnd(end) => connection.send(&end_of_request(id, *end)).await,
        _ => Ok(()),
    }
}

/// Reads one request and answers it as a healthy application does.
///
/// # Errors
/// Where the peer breaks off or sends what is no FastCGI.
pub(crate) async fn exchange(connection: &mut Connection, seen: Seen<'_>) -> io::Result<Then> {
    let Some(request) = read_request(connection).await? else { return Ok(Then::Close) };
    seen(connection.token());
    let id = request_id(connection);
    let mut answer = "Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n".to_owned();
    if !request.head {
        answer.push_str(&connection.expand(HEALTHY_BODY));
    }
    let mut bytes = stream(STDOUT, id, answer.as_bytes());
    bytes.extend(end_of_request(id, FcgiEnd::default()));
    connection.send(&bytes).await?;
    Ok(if request.keep { Then::Again } else { Then::Close })
}

fn request_id(connection: &Connection) -> u16 {
    u16::try_from(connection.stream_id).unwrap_or(1)
}

/// What is asked besides the token, which the connection keeps.
#[derive(Clone, Copy, Debug, Default)]
struct Request {
    keep: bool,
    head: bool,
}

/// Reads the records of one request; nothing where the peer left between two.
async fn read_request(connection: &mut Connection) -> io::Result<Option<Request>> {
    let mut current: Option<Incoming> = None;
    loop {
        let (record, bytes) = match record(connection.buffered()) {
            Parsed::Whole(record, bytes) => (record, bytes),
            Parsed::Short => {
                if connection.fill().await? > 0 {
                    continue;
                }
                return match current {
                    None if connection.buffered().is_empty() => Ok(None),
                    _ => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
            Parsed::Wrong => return Err(io::ErrorKind::InvalidData.into()),
        };
        let next = take(&mut current, &record);
        connection.consume(bytes);
        match next {
            Next::Nothing => {}
            Next::Say(bytes) => connection.send(&bytes).await?,
            Next::Complete => {
                let Some(incoming) = current else { return Err(io::ErrorKind::InvalidData.into()) };
                connection.stream_id = u32::from(incoming.id);
                let (target, head) = target(&incoming.params);
                connection.set_token(token_in(&target));
                return Ok(Some(Request { keep: incoming.keep, head }));
            }
        }
    }
}

/// A request as far as it has come.
#[derive(Debug)]
struct Incoming {
    id: u16,
    keep: bool,
    params: Vec<u8>,
}

/// What a record leads to.
#[derive(Debug)]
enum Next {
    Nothing,
    Say(Vec<u8>),
    Complete,
}

fn take(current: &mut Option<Incoming>, record: &Record<'_>) -> Next {
    if record.id == 0 {
        return Next::Say(management(record));
    }
    match (record.kind, current.as_mut()) {
        (BEGIN_REQUEST, None) => {
            let keep = record.content.get(2).is_some_and(|flags| flags & KEEP_CONN != 0);
            *current = Some(Incoming { id: record.id, keep, params: Vec::new() });
            Next::Nothing
        }
        (BEGIN_REQUEST, Some(running)) if running.id != record.id => {
            Next::Say(end_of_request(record.id, FcgiEnd { app: 0, protocol: CANNOT_MULTIPLEX }))
        }
        (ABORT_REQUEST, Some(running)) if running.id == record.id => {
            *current = None;
            Next::Say(end_of_request(record.id, FcgiEnd { app: 1, protocol: 0 }))
        }
        (PARAMS, Some(running)) if running.id == record.id => {
            let room = PARAMS_MAX.saturating_sub(running.params.len());
            running.params.extend(record.content.iter().take(room));
            Next::Nothing
        }
        (STDIN, Some(running)) if running.id == record.id && record.content.is_empty() => Next::Complete,
        // Records of a request that nobody knows are ignored (§3.3), and so is the body.
        _ => Next::Nothing,
    }
}

/// The answer to a management record (§4).
fn management(record: &Record<'_>) -> Vec<u8> {
    if record.kind != GET_VALUES {
        return one(UNKNOWN_TYPE, 0, &[record.kind, 0, 0, 0, 0, 0, 0, 0]);
    }
    const KNOWN: [(&str, &str); 3] =
        [("FCGI_MAX_CONNS", "1024"), ("FCGI_MAX_REQS", "1024"), ("FCGI_MPXS_CONNS", "0")];
    let mut values = Vec::new();
    for (name, _) in Pairs(record.content) {
        if let Some((known, value)) = KNOWN.iter().find(|(known, _)| known.as_bytes() == name) {
            // Both are shorter than 128 bytes, so one byte each says their length (§3.4).
            values.push(known.len() as u8);
            values.push(value.len() as u8);
            values.extend_from_slice(known.as_bytes());
            values.extend_from_slice(value.as_bytes());
        }
        if values.len() > CONTENT_MAX / 2 {
            break;
        }
    }
    one(GET_VALUES_RESULT, 0, &values)
}

/// The request's target as the gateway wrote it, and whether only the head is wanted.
fn target(params: &[u8]) -> (Vec<u8>, bool) {
    let mut uri: Option<&[u8]> = None;
    let mut script: Option<&[u8]> = None;
    let mut head = false;
    for (name, value) in Pairs(params) {
        match name {
            b"REQUEST_URI" => uri = Some(value),
            b"SCRIPT_NAME" => script = Some(value),
            b"REQUEST_METHOD" => head = value == b"HEAD",
            _ => {}
        }
    }
    (uri.or(script).unwrap_or_default().to_vec(), head)
}

/// A record as it stands on the wire (§3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Record<'a> {
    kind: u8,
    id: u16,
    content: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parsed<'a> {
    /// A record, and so many bytes with header and padding.
    Whole(Record<'a>, usize),
    Short,
    Wrong,
}

fn record(bytes: &[u8]) -> Parsed<'_> {
    match bytes.first() {
        None => return Parsed::Short,
        Some(&VERSION) => {}
        Some(_) => return Parsed::Wrong,
    }
    let Some(&[_, kind, id_high, id_low, length_high, length_low, padding, _]) =
        bytes.first_chunk::<HEADER>()
    else {
        return Parsed::Short;
    };
    if kind == 0 || (kind > DATA && kind != GET_VALUES && id_high | id_low != 0) {
        return Parsed::Wrong;
    }
    let content = HEADER + usize::from(u16::from_be_bytes([length_high, length_low]));
    let whole = content + usize::from(padding);
    match bytes.get(HEADER..content) {
        Some(content) if bytes.len() >= whole => {
            Parsed::Whole(Record { kind, id: u16::from_be_bytes([id_high, id_low]), content }, whole)
        }
        _ => Parsed::Short,
    }
}

/// Name-value pairs (§3.4); ends at the first that is not whole.
#[derive(Clone, Copy, Debug)]
struct Pairs<'a>(&'a [u8]);

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = pair_length(self.0)?;
        let (value, rest) = pair_length(rest)?;
        let (name, rest) = rest.split_at_checked(name)?;
        let (value, rest) = rest.split_at_checked(value)?;
        self.0 = rest;
        Some((name, value))
    }
}

fn pair_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match *bytes {
        [short, ref rest @ ..] if short < 0x80 => Some((usize::from(short), rest)),
        [a, b, c, d, ref rest @ ..] => {
            Some((usize::try_from(u32::from_be_bytes([a & 0x7f, b, c, d])).ok()?, rest))
        }
        _ => None,
    }
}

async fn send_fill(connection: &mut Connection, kind: u8, fill: &Fill) -> io::Result<()> {
    let id = request_id(connection);
    let text = connection.expand(&fill.text);
    let mut content = Vec::new();
    for n in 0..fill.times {
        content.extend_from_slice(text.replace("{n}", &n.to_string()).as_bytes());
        if content.len() >= CONTENT_MAX {
            connection.send(&stream(kind, id, &content)).await?;
            content.clear();
        }
    }
    connection.send(&stream(kind, id, &content)).await
}

/// A text as records of one stream; none for an empty text, since an empty record ends the stream.
fn stream(kind: u8, id: u16, text: &[u8]) -> Vec<u8> {
    text.chunks(CONTENT_MAX).flat_map(|content| one(kind, id, content)).collect()
}

/// The end of standard output where the request was worked on, and the record that ends the request (§5.5).
fn end_of_request(id: u16, end: FcgiEnd) -> Vec<u8> {
    let mut bytes = if end.protocol == 0 { one(STDOUT, id, &[]) } else { Vec::new() };
    let [a, b, c, d] = end.app.to_be_bytes();
    bytes.extend(one(END_REQUEST, id, &[a, b, c, d, end.protocol, 0, 0, 0]));
    bytes
}

/// One record, padded to a multiple of 8 bytes. What does not fit is cut off.
fn one(kind: u8, id: u16, content: &[u8]) -> Vec<u8> {
    let content = content.get(..CONTENT_MAX).unwrap_or(content);
    let padding = content.len().next_multiple_of(8) - content.len();
    let [id_high, id_low] = id.to_be_bytes();
    // Neither number can be too big: the content is at most `CONTENT_MAX` long and the padding at most 7.
    let [high, low] = (content.len() as u16).to_be_bytes();
    let mut bytes = vec![VERSION, kind, id_high, id_low, high, low, padding as u8, 0];
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len() + padding, 0);
    bytes
}

/// Reads bytes as the records of a connection, for [`crate::hostile`].
pub(crate) fn read_any(bytes: &[u8]) {
    let (mut rest, mut current) = (bytes, None);
    while let Parsed::Whole(record, length) = record(rest) {
        let _ = take(&mut current, &record);
        rest = rest.get(length..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_record_is_padded_and_read_back() {
        let bytes = one(STDOUT, 258, b"abc");
        assert_eq!(bytes, [1, 6, 1, 2, 0, 3, 5, 0, b'a', b'b', b'c', 0, 0, 0, 0, 0]);
        assert_eq!(record(&bytes), Parsed::Whole(Record { kind: STDOUT, id: 258, content: b"abc" }, 16));
        assert_eq!(record(&bytes[..15]), Parsed::Short);
    }

    #[test]
    fn a_long_text_becomes_several_records_and_no_empty_one() {
        let text = vec![b'x'; CONTENT_MAX + 1];
        let bytes = stream(STDERR, 1, &text);
        let Parsed::Whole(first, length) = record(&bytes) else { panic!("no record") };
        let Parsed::Whole(second, rest) = record(&bytes[length..]) else { panic!("no second record") };
        assert_eq!((first.content.len(), second.content.len()), (CONTENT_MAX, 1));
        assert_eq!(length + rest, bytes.len());
        assert!(stream(STDOUT, 1, b"").is_empty());
    }

    #[test]
    fn the_end_of_a_request_ends_standard_output_first() {
        assert_eq!(
            end_of_request(1, FcgiEnd { app: 3, protocol: 0 }),
            [1, 6, 0, 1, 0, 0, 0, 0, 1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0]
        );
        assert_eq!(
            end_of_request(1, FcgiEnd { app: 0, protocol: 2 }),
            [1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]
        );
    }

    #[test]
    fn names_and_values_of_both_lengths_are_read() {
        let mut params = vec![11, 2];
        params.extend_from_slice(b"REQUEST_URI/a");
        params.extend_from_slice(&[14, 0x80, 0, 0, 4]);
        params.extend_from_slice(b"REQUEST_METHODHEAD");
        assert_eq!(target(&params), (b"/a".to_vec(), true));
        let pairs: Vec<_> = Pairs(&params[..14]).collect();
        assert!(pairs.is_empty(), "a pair that is cut is none: {pairs:?}");
    }

    #[test]
    fn the_script_stands_in_where_no_target_was_sent() {
        let mut params = vec![11, 4];
        params.extend_from_slice(b"SCRIPT_NAME/b/c");
        assert_eq!(target(&params), (b"/b/c".to_vec(), false));
    }

    #[test]
    fn questions_about_the_server_are_answered() {
        let mut content = vec![15, 0];
        content.extend_from_slice(b"FCGI_MPXS_CONNS");
        let answer = management(&Record { kind: GET_VALUES, id: 0, content: &content });
        let Parsed::Whole(record, _) = record(&answer) else { panic!("no record") };
        assert_eq!(Pairs(record.content).collect::<Vec<_>>(), [(&b"FCGI_MPXS_CONNS"[..], &b"0"[..])]);
        let unknown = management(&Record { kind: 77, id: 0, content: &[] });
        assert_eq!(unknown[1], UNKNOWN_TYPE);
        assert_eq!(unknown[8], 77);
    }

    #[test]
    fn a_second_request_at_the_same_time_is_turned_away() {
        let mut current = None;
        let begin = [0, 1, KEEP_CONN, 0, 0, 0, 0, 0];
        assert!(matches!(
            take(&mut current, &Record { kind: BEGIN_REQUEST, id: 1, content: &begin }),
            Next::Nothing
        ));
        let Next::Say(bytes) = take(&mut current, &Record { kind: BEGIN_REQUEST, id: 2, content: &begin })
        else {
            panic!("nothing is said")
        };
        assert_eq!((bytes[1], bytes[3], bytes[12]), (END_REQUEST, 2, CANNOT_MULTIPLEX));
        assert!(matches!(take(&mut current, &Record { kind: STDIN, id: 1, content: &[] }), Next::Complete));
        assert!(current.is_some_and(|request| request.keep));
    }

    proptest! {
        #[test]
        fn any_bytes_are_records_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let mut rest: &[u8] = &bytes;
            let mut current = None;
            while let Parsed::Whole(record, length) = record(rest) {
                prop_assert!(length >= HEADER && length <= rest.len());
                let _ = take(&mut current, &record);
                rest = &rest[length..];
            }
        }

        #[test]
        fn any_bytes_are_parameters_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let total: usize = Pairs(&bytes).map(|(name, value)| name.len() + value.len()).sum();
            prop_assert!(total <= bytes.len());
            let _ = target(&bytes);
        }

        #[test]
        fn what_is_written_is_read_back(kind in 1u8..=8, id in 1u16.., content in proptest::collection::vec(any::<u8>(), 0..300)) {
            let bytes = one(kind, id, &content);
            prop_assert_eq!(bytes.len() % 8, 0);
            prop_assert_eq!(record(&bytes), Parsed::Whole(Record { kind, id, content: &content }, bytes.len()));
        }
    }
}

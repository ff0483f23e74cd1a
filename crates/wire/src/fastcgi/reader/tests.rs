use super::*;
use crate::Retry;

fn record(kind: u8, content: &[u8], padding: u8) -> Vec<u8> {
    let mut bytes = record::header(kind, content.len() as u16, padding).to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len() + usize::from(padding), 0xee);
    bytes
}

fn stdout(text: &str) -> Vec<u8> {
    record(record::STDOUT, text.as_bytes(), (8 - text.len() as u8 % 8) % 8)
}

fn end(protocol: u8) -> Vec<u8> {
    record(record::END, &[0, 0, 1, 2, protocol, 0, 0, 0], 0)
}

/// What became of an answer.
#[derive(Debug, Default, PartialEq)]
struct Got {
    status: u16,
    length: Option<BodyLength>,
    body: String,
    fault: Option<Fault>,
    phase: Option<Phase>,
    complete: bool,
    surplus: usize,
}

/// Reads an answer as the gateway does.
fn play(reader: &mut ResponseReader, bytes: &[u8], piece: usize, ended: Option<Ended>) -> Got {
    let mut got = Got::default();
    got.fault = exchange(reader, bytes, piece, &mut got).err();
    if let (None, Some(ended)) = (got.fault, ended) {
        got.fault = reader.end(ended).err();
    }
    got.phase = Some(reader.phase());
    got.complete = reader.is_complete();
    got
}

fn exchange(reader: &mut ResponseReader, bytes: &[u8], piece: usize, got: &mut Got) -> Result<(), Fault> {
    let (mut out, mut lines, mut body) = (Vec::new(), Vec::new(), None);
    for bytes in bytes.chunks(piece) {
        let mut bytes = bytes.to_vec();
        let mut rest = &mut bytes[..];
        while !rest.is_empty() {
            let step = reader.read(rest)?;
            out.extend_from_slice(&rest[step.data]);
            if body.is_none()
                && let Some(found) = reader.head(&out, &Limits::default(), &mut lines)?
            {
                (got.status, got.length) = (found.head.status, Some(found.length));
                out = out[found.body].to_vec();
                body = Some(());
            }
            if body.is_some() {
                got.body.push_str(std::str::from_utf8(&out).expect("text"));
                out.clear();
            }
            rest = &mut rest[step.taken..];
            if let Some(end) = step.end {
                assert_eq!(end.app_status, 0x102);
                got.surplus += rest.len();
                break;
            }
        }
    }
    Ok(())
}

#[track_caller]
fn answer(bytes: &[u8], ended: Option<Ended>) -> Got {
    play(&mut ResponseReader::new(b"GET"), bytes, usize::MAX, ended)
}

#[track_caller]
fn fault(bytes: &[u8], ended: Option<Ended>) -> (Option<Fault>, Option<Phase>) {
    let got = answer(bytes, ended);
    (got.fault, got.phase)
}

const HEAD: &str = "Content-Type: text/plain\r\n\r\n";

#[test]
fn an_answer_in_one_piece_has_a_known_length() {
    let bytes = [stdout(HEAD), stdout("hello "), stdout("world"), stdout(""), end(0)].concat();
    let got = answer(&bytes, None);
    assert_eq!((got.status, got.body.as_str(), got.complete), (200, "hello world", true));
    assert_eq!(got.length, Some(BodyLength::Known(11)));
    let mut reader = ResponseReader::new(b"GET");
    let got = play(&mut reader, &bytes, 1, Some(Ended::Closed));
    assert_eq!((got.length, got.body.as_str()), (Some(BodyLength::Open), "hello world"));
    assert!(reader.reusable());
    assert_eq!((reader.received(), reader.body_received()), (bytes.len() as u64, 11));
}

#[test]
fn records_are_moved_together_in_place() {
    let mut bytes =
        [stdout("A: b\n\none "), record(record::STDERR, b"log", 1), stdout("two"), end(0)].concat();
    let mut reader = ResponseReader::new(b"GET");
    let step = reader.read(&mut bytes).expect("valid");
    assert_eq!(step.data, 8..21);
    assert_eq!(&bytes[step.data], b"A: b\n\none two");
    assert_eq!((step.taken, step.end), (bytes.len(), Some(FcgiEnd { app_status: 0x102 })));
    assert_eq!(reader.stderr().first(), b"log");
    assert_eq!(reader.read(&mut [1]).expect("ended"), FcgiStep { data: 0..0, taken: 0, end: step.end });
}

#[test]
fn lengths_are_held() {
    let head = "Content-Length: 5\n\n";
    for (body, got, fault, beyond) in [
        ("hello", "hello", None, 0),
        ("hello you", "hello", None, 4),
        ("hell", "hell", Some(Fault::FastCgiBodyShort), 0),
    ] {
        let mut reader = ResponseReader::new(b"GET");
        let bytes = [stdout(head), stdout(body), end(0)].concat();
        let read = play(&mut reader, &bytes, 8, None);
        assert_eq!((read.body.as_str(), read.fault, reader.beyond()), (got, fault, beyond));
        assert_eq!((read.length, reader.is_complete()), (Some(BodyLength::Known(5)), fault.is_none()));
        assert_eq!(answer(&bytes, None).fault, fault, "at once");
    }
    // All of the announced length is a whole answer, but its connection carries no other.
    let mut reader = ResponseReader::new(b"GET");
    let got = play(&mut reader, &[stdout(head), stdout("hello")].concat(), 9, Some(Ended::Reset));
    assert_eq!((got.fault, got.complete, reader.reusable()), (None, true, false));
}

#[test]
fn where_there_is_no_body_none_is_taken() {
    let bytes = [stdout("Content-Length: 9\n\nhello"), end(0)].concat();
    let got = play(&mut ResponseReader::new(b"HEAD"), &bytes, 13, Some(Ended::Closed));
    assert_eq!((got.fault, got.body.as_str(), got.length), (None, "", Some(BodyLength::None)));
    let bytes = [stdout("Status: 304\n\nhello"), end(0)].concat();
    assert_eq!(answer(&bytes, None).length, Some(BodyLength::None));
}

#[test]
fn ends_of_the_connection() {
    use Ended::{Closed, Reset, TimedOut, Truncated};
    let (wait, head, body) = (Some(Phase::Wait), Some(Phase::Head), Some(Phase::Body));
    let half = stdout("Content-Ty");
    let open = [stdout(HEAD), stdout("hello")].concat();
    let cut = [stdout(HEAD), record(record::STDOUT, b"hello", 3)[..10].to_vec()].concat();
    let log = record(record::STDERR, b"PHP message: gone", 7);
    for (bytes, ended, expected) in [
        (&[][..], Closed, (Fault::ClosedBeforeResponse, wait)),
        (&log, Truncated, (Fault::ClosedBeforeResponse, wait)),
        (&[1, 6], Reset, (Fault::ResetBeforeResponse, wait)),
        (&log, TimedOut, (Fault::WaitTimedOut, wait)),
        (&half, Closed, (Fault::ClosedInHead, head)),
        (&half, Reset, (Fault::ResetInHead, head)),
        (&half, TimedOut, (Fault::HeadTimedOut, head)),
        (&open, Closed, (Fault::BodyClosed, body)),
        (&open, Reset, (Fault::BodyReset, body)),
        (&open, TimedOut, (Fault::BodyTimedOut, body)),
        (&cut, Closed, (Fault::BodyClosed, body)),
        (b"HTT", Closed, (Fault::FastCgiProtocol, wait)),
        (&[0x15], Reset, (Fault::FastCgiProtocol, wait)),
    ] {
        assert_eq!(fault(bytes, Some(ended)), (Some(expected.0), expected.1), "{bytes:?} {ended:?}");
    }
}

#[test]
fn requests_that_end_too_early() {
    let log = record(record::STDERR, b"PHP message: PHP Fatal error", 4);
    for (bytes, expected) in [
        (end(0), Fault::FastCgiNoAnswer),
        ([log, stdout(""), end(0)].concat(), Fault::FastCgiNoAnswer),
        ([stdout("Status: 200 OK\r\nContent-Ty"), end(0)].concat(), Fault::FastCgiEndedInHead),
        ([stdout("a page, and no more"), end(0)].concat(), Fault::FastCgiHeadInvalid),
    ] {
        for piece in [1, 9, usize::MAX] {
            let got = play(&mut ResponseReader::new(b"GET"), &bytes, piece, None);
            assert_eq!(got.fault, Some(expected), "in pieces of {piece}");
        }
    }
}

#[test]
fn requests_that_are_turned_away_may_be_sent_again() {
    for (protocol, expected) in
        [(1, Fault::FastCgiCannotMultiplex), (2, Fault::FastCgiOverloaded), (3, Fault::FastCgiUnknownRole)]
    {
        assert_eq!(answer(&end(protocol), None).fault, Some(expected));
        assert_eq!(Failure::new(expected, Phase::Wait).retry, Retry::Safe);
        // Not so where it was begun, whatever is said then.
        let begun = [stdout("A: b"), end(protocol)].concat();
        assert_eq!(
            play(&mut ResponseReader::new(b"GET"), &begun, 1, None).fault,
            Some(Fault::FastCgiProtocol)
        );
    }
    assert_eq!(answer(&end(4), None).fault, Some(Fault::FastCgiProtocol));
    assert_eq!(Failure::new(Fault::FastCgiProtocol, Phase::Wait).retry, Retry::IfIdempotent);
}

#[test]
fn what_is_no_fastcgi_is_known_from_its_first_bytes() {
    for (bytes, expected) in [
        (&b"HTTP/"[..], Fault::PeerSpeaksHttp),
        (b"HTTX", Fault::FastCgiProtocol),
        (b"220 mail.example.com", Fault::FastCgiProtocol),
        (&[0x15, 3, 3, 0, 2, 2, 70], Fault::PeerSpeaksTls),
        (&[0x15, 2], Fault::FastCgiProtocol),
        (&[2, 6, 0, 1], Fault::FastCgiProtocol),
        (&[1, 6, 0, 99, 0, 3, 0, 0], Fault::FastCgiProtocol),
        (&[1, 3, 0, 1, 0, 7, 0, 0], Fault::FastCgiProtocol),
        (&[1, 3, 0, 1, 0, 9, 0, 0], Fault::FastCgiProtocol),
        (&[1, 1, 0, 1, 0, 8, 0, 0], Fault::FastCgiProtocol),
        (&[1, 8, 0, 0, 0, 0, 0, 0], Fault::FastCgiProtocol),
    ] {
        for piece in [1, usize::MAX] {
            let mut reader = ResponseReader::new(b"GET");
            assert_eq!(play(&mut reader, bytes, piece, None).fault, Some(expected), "{bytes:?}");
            assert!(!reader.began().is_empty() && bytes.starts_with(reader.began()));
        }
    }
}

#[test]
fn records_that_say_nothing_are_skipped_up_to_a_bound() {
    let mut unknown = record(12, b"something new", 3);
    let mut management = record(11, &[77, 0, 0, 0, 0, 0, 0, 0], 0);
    management[3] = 0;
    unknown.extend(management);
    let bytes = [unknown.clone(), stdout(HEAD), unknown.clone(), stdout("hello"), end(0)].concat();
    assert_eq!(answer(&bytes, None).body, "hello");
    let endless = unknown.repeat(SKIPPED_MAX / unknown.len() + 1);
    assert_eq!(answer(&endless, None).fault, Some(Fault::FastCgiProtocol));
    let endless = stdout("").repeat(SKIPPED_MAX / HEADER + 1);
    assert_eq!(answer(&endless, None).fault, Some(Fault::FastCgiProtocol));
}

#[test]
fn what_was_right_before_a_fault_is_handed_out() {
    let bytes = [stdout(HEAD), stdout("hello"), b"HTTP/1.1".to_vec(), stdout("more")].concat();
    for piece in [1, 10, usize::MAX] {
        let got = play(&mut ResponseReader::new(b"GET"), &bytes, piece, None);
        assert_eq!((got.body.as_str(), got.fault), ("hello", Some(Fault::PeerSpeaksHttp)), "{piece}");
        assert!(!got.complete);
    }
}

#[test]
fn the_padding_of_the_last_record_belongs_to_the_request() {
    let last = record(record::END, &[0, 0, 1, 2, 0, 0, 0, 0], 8);
    let bytes = [stdout(HEAD), last, stdout("late")].concat();
    let got = answer(&bytes, None);
    assert_eq!((got.fault, got.surplus), (None, 8 + 8));
    let got = answer(&bytes[..bytes.len() - 20], Some(Ended::Closed));
    assert_eq!((got.fault, got.complete), (None, true));
}

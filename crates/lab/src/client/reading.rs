//! Reads one answer, piece by piece as it comes, and says how it ended.
//!
//! The lab's own reader, shared with nothing. It does no I/O and no timing: bytes and the connection's end are told to
//! it. It never fails on bytes; what it cannot read is an end of its own ([`End::Unreadable`]).

use super::chunks::Chunks;
use super::head::{Framed, Head, may_become_a_head};
use crate::http1::end_of_head;
use crate::observation::{Drive, End, INTERIM_MAX, Reply, Stop};

/// A head (or all interim ones and the final one together) is no longer than this; no gateway here sends more.
const HEAD_BYTES_MAX: usize = 256 * 1024;

#[derive(Debug)]
enum At {
    Head,
    Length(u64),
    Chunks(Chunks),
    UntilClose,
    Done,
    Unreadable,
}

/// One answer as far as it came.
#[derive(Debug)]
pub(crate) struct Reading {
    drive: Drive,
    at: At,
    /// What is not understood yet: a part of a head, or what came after the end of the message.
    rest: Vec<u8>,
    any: bool,
    keeps_alive: bool,
    reply: Reply,
}

impl Reading {
    pub(crate) fn new(drive: Drive) -> Self {
        let (rest, reply) = (Vec::new(), Reply::default());
        Self { drive, at: At::Head, rest, any: false, keeps_alive: false, reply }
    }

    /// Takes bytes in. Those after the end of the message are kept.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.any |= !bytes.is_empty();
        match self.at {
            At::Head => {
                self.rest.extend_from_slice(bytes);
                self.read_heads();
            }
            At::Done => self.rest.extend_from_slice(bytes),
            At::Unreadable => {}
            _ => self.read_body(bytes),
        }
    }

    /// Whether nothing more is to be read.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.at, At::Done | At::Unreadable)
    }

    /// Whether any byte has come.
    pub(crate) fn has_begun(&self) -> bool {
        self.any
    }

    /// Whether another request can be made on the connection.
    pub(crate) fn keeps_alive(&self) -> bool {
        matches!(self.at, At::Done) && self.keeps_alive
    }

    /// The answer and what came after it, given how the connection stopped if the message was not over.
    pub(crate) fn finish(self, stop: Stop) -> (Reply, Vec<u8>) {
        let end = match (&self.at, stop) {
            (At::Done, _) => End::Complete,
            (At::Unreadable, _) => End::Unreadable,
            (At::UntilClose, Stop::InOrder) => End::CompleteByClose,
            (_, stop) => stop.end(self.any),
        };
        let mut reply = self.reply;
        reply.end = end;
        let mut rest = self.rest;
        if reply.status.is_none() {
            reply.keep(&rest);
            rest.clear();
        }
        (reply, rest)
    }

    fn read_heads(&mut self) {
        while matches!(self.at, At::Head) {
            if !may_become_a_head(&self.rest) {
                self.at = At::Unreadable;
                return;
            }
            let Some(length) = end_of_head(&self.rest, 0) else {
                if self.rest.len() > HEAD_BYTES_MAX {
                    self.at = At::Unreadable;
                }
                return;
            };
            let Some(head) = self.rest.get(..length).and_then(Head::read) else {
                self.at = At::Unreadable;
                return;
            };
            let body = self.rest.split_off(length);
            // 101 is final: what follows it is another protocol (RFC 9110 §15.2.2).
            if (100..200).contains(&head.status) && head.status != 101 {
                self.rest = body;
                self.reply.interim.push(head.status);
                if self.reply.interim.len() > INTERIM_MAX {
                    self.at = At::Unreadable;
                }
            } else {
                self.rest.clear();
                self.begin_body(head);
                self.feed(&body);
            }
        }
    }

    fn begin_body(&mut self, head: Head) {
        let empty = self.drive == Drive::Head || matches!(head.status, 101 | 204 | 304);
        self.at = match head.framed() {
            _ if empty => At::Done,
            Framed::Length(0) => At::Done,
            Framed::Length(length) => At::Length(length),
            // A client that speaks HTTP/1.0 knows no chunks (RFC 9112 §6.1).
            Framed::Chunked if self.drive == Drive::Http10 => At::UntilClose,
            Framed::Chunked => At::Chunks(Chunks::new()),
            Framed::UntilClose => At::UntilClose,
        };
        self.keeps_alive = head.keeps_alive();
        self.reply.status = Some(head.status);
        self.reply.line = head.line;
        self.reply.headers = head.lines;
    }

    fn read_body(&mut self, bytes: &[u8]) {
        let used = match &mut self.at {
            At::Length(left) => {
                let take = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                self.reply.keep(bytes.get(..take).unwrap_or_default());
                *left -= take as u64;
                if *left == 0 {
                    self.at = At::Done;
                }
                take
            }
            At::Chunks(chunks) => {
                let reply = &mut self.reply;
                let used = chunks.feed(bytes, &mut |data| reply.keep(data));
                if chunks.is_done() {
                    self.at = At::Done;
                } else if chunks.is_broken() {
                    self.at = At::Unreadable;
                }
                used
            }
            At::UntilClose => {
                self.reply.keep(bytes);
                bytes.len()
            }
            At::Head | At::Done | At::Unreadable => 0,
        };
        self.rest.extend_from_slice(bytes.get(used..).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::observation::BODY_KEPT_BYTES_MAX;

    fn read(drive: Drive, bytes: &[u8], stop: Stop) -> (Reply, Vec<u8>) {
        let mut reading = Reading::new(drive);
        reading.feed(bytes);
        reading.finish(stop)
    }

    fn end(drive: Drive, text: &str, stop: Stop) -> End {
        read(drive, text.as_bytes(), stop).0.end
    }

    #[test]
    fn every_way_to_end_is_told_apart() {
        let short = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc";
        let open = "HTTP/1.1 200 OK\r\n\r\nabc";
        let cases = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", Stop::InOrder, End::Complete),
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Stop::Patience, End::Complete),
            (short, Stop::InOrder, End::Cut),
            (short, Stop::Reset, End::Reset),
            (short, Stop::Patience, End::HangInside),
            (open, Stop::InOrder, End::CompleteByClose),
            (open, Stop::WithoutNotice, End::Cut),
            (open, Stop::Reset, End::Reset),
            ("", Stop::InOrder, End::Nothing),
            ("", Stop::Reset, End::NothingReset),
            ("", Stop::Patience, End::HangBeforeHead),
            ("HTTP/1.1 20", Stop::InOrder, End::Cut),
            ("SSH-2.0-x\r\n", Stop::Patience, End::Unreadable),
            ("HTTP/1.1 2x0 OK\r\n\r\n", Stop::InOrder, End::Unreadable),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Stop::InOrder, End::Unreadable),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", Stop::InOrder, End::Cut),
            ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", Stop::Patience, End::Complete),
            ("HTTP/1.1 103 Early Hints\r\n\r\n", Stop::InOrder, End::Cut),
        ];
        for (text, stop, right) in cases {
            assert_eq!(end(Drive::Get, text, stop), right, "{text:?} {stop:?}");
        }
    }

    #[test]
    fn an_answer_to_head_has_no_body() {
        let (reply, rest) =
            read(Drive::Head, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 ", Stop::InOrder);
        assert_eq!((reply.end, reply.body_bytes), (End::Complete, 0));
        assert_eq!(rest, b"HTTP/1.1 ");
    }

    #[test]
    fn interim_answers_come_before_the_final_one() {
        let (reply, _) = read(
            Drive::Get,
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 404 No\r\nA: b\r\nContent-Length: 0\r\n\r\n",
            Stop::InOrder,
        );
        assert_eq!((reply.interim, reply.status), (vec![100, 103], Some(404)));
        assert_eq!(reply.headers, [b"A: b".to_vec(), b"Content-Length: 0".to_vec()]);
    }

    #[test]
    fn a_client_of_http_1_0_gets_the_framing_of_chunks_as_content() {
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
        let (reply, _) = read(Drive::Http10, text.as_bytes(), Stop::InOrder);
        assert_eq!((reply.body, reply.end), (b"1\r\na\r\n0\r\n\r\n".to_vec(), End::CompleteByClose));
    }

    #[test]
    fn a_long_body_is_counted_whole_and_kept_in_part() {
        let mut reading = Reading::new(Drive::Get);
        reading.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n");
        for _ in 0..200 {
            reading.feed(&[b'x'; 1000]);
        }
        assert!(reading.keeps_alive());
        let (reply, _) = reading.finish(Stop::InOrder);
        assert_eq!((reply.body_bytes, reply.body.len()), (200_000, BODY_KEPT_BYTES_MAX));
    }

    #[test]
    fn a_head_without_end_is_unreadable() {
        let mut reading = Reading::new(Drive::Get);
        reading.feed(b"HTTP/1.1 200 OK\r\nA: ");
        for _ in 0..300 {
            reading.feed(&[b'x'; 1000]);
        }
        assert!(reading.is_over());
        assert_eq!(reading.finish(Stop::InOrder).0.end, End::Unreadable);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_alike_whole_and_in_pieces(
            begins in prop::sample::select(vec!["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 100 C\r\n\r\nHTTP/1.0 500 E\r\nContent-Length: 7\r\n\r\n", "HTTP/1.1 "]),
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"0123:\r\n aHTP/".to_vec())], 0..200),
            cut in 1_usize..20,
            drive in prop::sample::select(Drive::ALL.to_vec()),
            stop in prop::sample::select(vec![Stop::InOrder, Stop::WithoutNotice, Stop::Reset, Stop::Patience]),
        ) {
            let mut all = begins.as_bytes().to_vec();
            all.extend_from_slice(&bytes);
            let (whole, _) = read(drive, &all, stop);
            let mut reading = Reading::new(drive);
            for piece in all.chunks(cut) {
                if !reading.is_over() {
                    reading.feed(piece);
                }
            }
            let (pieces, _) = reading.finish(stop);
            prop_assert_eq!((whole.status, whole.end), (pieces.status, pieces.end));
            prop_assert_eq!(whole.headers, pieces.headers);
            if whole.end != End::Unreadable {
                prop_assert_eq!(whole.body, pieces.body);
            }
        }
    }
}

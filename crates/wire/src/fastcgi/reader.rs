//! From records to the answer: standard output moved together in the caller's buffer, standard error kept aside, and
//! how the request ended.

use std::ops::Range;

use goodgate_facts::Phase;

use crate::http1::Ended;
use crate::{Failure, Fault, FieldLine, Limits};

use super::head::{CgiHead, HeadReader};
use super::record::{self, HEADER, REQUEST_ID, VERSION, check_beginning};
use super::stderr::Stderr;
use super::step::{BodyLength, FcgiEnd, FcgiHead, FcgiStep};

/// Protocol status (FastCGI 1.0 section 5.5).
const REQUEST_COMPLETE: u8 = 0;
const CANT_MPX_CONN: u8 = 1;
const OVERLOADED: u8 = 2;
const UNKNOWN_ROLE: u8 = 3;

/// Bytes of records that say nothing, in a row: types nobody knows, and streams that carry no byte. Neither is sent more
/// than once or twice by anybody who means well.
const SKIPPED_MAX: usize = 1 << 20;

/// What comes next in the stream of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// A header, or its rest.
    Header,
    /// Content of standard output.
    Stdout,
    /// Content of standard error.
    Stderr,
    /// Content of END_REQUEST.
    End,
    /// Content of a record that is skipped.
    Skipped,
    /// Padding.
    Padding,
    /// Nothing.
    Nothing,
}

/// How far the answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Wait,
    Head,
    /// In the body, and how much of it is missing; `None` where only the end of the request tells.
    Body(Option<u64>),
}

/// Reads the answer to one request.
#[derive(Debug)]
pub struct ResponseReader {
    at: At,
    /// The header or the content of END_REQUEST, as far as it came.
    held: [u8; HEADER],
    held_bytes: usize,
    /// Bytes missing of the record's content.
    content: usize,
    /// Bytes missing of its padding.
    padding: usize,
    /// Bytes skipped since something was said.
    skipped: usize,
    stage: Stage,
    is_head: bool,
    head: HeadReader,
    stderr: Stderr,
    end: Option<FcgiEnd>,
    received: u64,
    body: u64,
    beyond: u64,
    fault: Option<Fault>,
    began: Vec<u8>,
}

impl ResponseReader {
    /// A reader for the answer to a request with this method.
    pub fn new(method: &[u8]) -> Self {
        Self {
            at: At::Header,
            held: [0; HEADER],
            held_bytes: 0,
            content: 0,
            padding: 0,
            skipped: 0,
            stage: Stage::Wait,
            is_head: method == b"HEAD",
            head: HeadReader::default(),
            stderr: Stderr::default(),
            end: None,
            received: 0,
            body: 0,
            beyond: 0,
            fault: None,
            began: Vec::new(),
        }
    }

    /// Takes bytes as they came, in whatever pieces, and moves what is standard output together in place: no copy where
    /// one record covers them. What lies before `data` and behind it is of no more use.
    ///
    /// # Errors
    /// What the application did wrong; the same again ever after. [`Fault::PeerSpeaksHttp`], [`Fault::PeerSpeaksTls`],
    /// [`Fault::FastCgiProtocol`], [`Fault::FastCgiOverloaded`], [`Fault::FastCgiCannotMultiplex`],
    /// [`Fault::FastCgiUnknownRole`], [`Fault::FastCgiBodyShort`].
    pub fn read(&mut self, bytes: &mut [u8]) -> Result<FcgiStep, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let (mut data, mut taken) = (0..0, 0);
        while self.at != At::Nothing && taken < bytes.len() {
            let step = match self.at {
                At::Header => self.hold(&bytes[taken..], HEADER),
                At::End => self.hold(&bytes[taken..], self.held_bytes + self.content),
                _ => self.content(bytes, taken, &mut data),
            };
            match step {
                Ok(count) => taken += count,
                Err(fault) => {
                    self.fault = Some(fault);
                    self.note(&bytes[taken..]);
                    break;
                }
            }
        }
        self.received += taken as u64;
        if let Some(fault) = self.fault.filter(|_| data.is_empty()) {
            return Err(fault);
        }
        Ok(FcgiStep { data, taken, end: self.end.filter(|_| self.at == At::Nothing) })
    }

    /// Reads the head of the answer: `stdout` is all the standard output so far. To be called behind every step with
    /// data or an end until it tells the head; `None` where more is needed. `lines` is filled with the fields, and must
    /// not be changed between the calls.
    ///
    /// # Errors
    /// As [`cgi_head`](super::cgi_head) says, and where the request is over already [`Fault::FastCgiNoAnswer`],
    /// [`Fault::FastCgiEndedInHead`] and [`Fault::FastCgiBodyShort`].
    pub fn head(
        &mut self,
        stdout: &[u8],
        limits: &Limits,
        lines: &mut Vec<FieldLine>,
    ) -> Result<Option<FcgiHead>, Fault> {
        // A fault that stands behind bytes which were handed out does not make the head before it worse.
        if let Some(fault) = self.fault.filter(|_| stdout.is_empty()) {
            return Err(fault);
        }
        let read = match self.head.read(stdout, limits, lines) {
            Ok(Some(head)) => self.begin_body(head, stdout.len()).map(Some),
            Ok(None) if self.end.is_some() => Err(self.head.ended(stdout)),
            Ok(None) => Ok(None),
            Err(fault) => Err(fault),
        };
        if let Err(fault) = read {
            self.fault = Some(fault);
            self.began = stdout.iter().take(Failure::BEGAN_BYTES).copied().collect();
        }
        read
    }

    /// What the end of the connection means at this point: `Ok` where the answer is complete. What was wrong before the
    /// end is told rather than the end.
    ///
    /// # Errors
    /// Closed, reset or timed out before the answer, in its head or in its body, as the
    /// [`Decoder`](crate::http1::Decoder) of HTTP/1.1 tells it.
    pub fn end(&mut self, how: Ended) -> Result<(), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let another_protocol = self.at == At::Header && self.held_bytes > 0 && self.held[0] != VERSION;
        let fault = match (self.stage, how) {
            (Stage::Body(left), _) if self.end.is_some() || left == Some(0) => None,
            (Stage::Wait, _) if self.end.is_some() => Some(Fault::FastCgiNoAnswer),
            (Stage::Head, _) if self.end.is_some() => Some(Fault::FastCgiEndedInHead),
            (_, Ended::Closed | Ended::Truncated | Ended::Reset) if another_protocol => {
                Some(Fault::FastCgiProtocol)
            }
            (Stage::Wait, Ended::Closed | Ended::Truncated) => Some(Fault::ClosedBeforeResponse),
            (Stage::Wait, Ended::Reset) => Some(Fault::ResetBeforeResponse),
            (Stage::Wait, Ended::TimedOut) => Some(Fault::WaitTimedOut),
            (Stage::Head, Ended::Closed | Ended::Truncated) => Some(Fault::ClosedInHead),
            (Stage::Head, Ended::Reset) => Some(Fault::ResetInHead),
            (Stage::Head, Ended::TimedOut) => Some(Fault::HeadTimedOut),
            (Stage::Body(_), Ended::Closed | Ended::Truncated) => Some(Fault::BodyClosed),
            (Stage::Body(_), Ended::Reset) => Some(Fault::BodyReset),
            (Stage::Body(_), Ended::TimedOut) => Some(Fault::BodyTimedOut),
        };
        self.fault = fault;
        fault.map_or(Ok(()), Err)
    }

    /// The phase in which the exchange is, or was when it failed: [`Phase::Wait`] until the first byte of standard
    /// output, [`Phase::Head`] until [`ResponseReader::head`] told it, [`Phase::Body`].
    pub fn phase(&self) -> Phase {
        match self.stage {
            Stage::Wait => Phase::Wait,
            Stage::Head => Phase::Head,
            Stage::Body(_) => Phase::Body,
        }
    }

    /// Whether all of the answer has come: its request is over, or all of the announced length is here (then END_REQUEST
    /// is still to be read before the connection may be used again).
    pub fn is_complete(&self) -> bool {
        let body = matches!(self.stage, Stage::Body(left) if left == Some(0) || self.end.is_some());
        body && self.fault.is_none()
    }

    /// Whether the connection may carry another request, if the application was asked to keep it: the request is over,
    /// nothing was wrong, and no step left bytes.
    pub fn reusable(&self) -> bool {
        self.at == At::Nothing && self.fault.is_none()
    }

    /// What came on standard error.
    pub fn stderr(&self) -> &Stderr {
        &self.stderr
    }

    /// Bytes taken so far, framing included.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Bytes of the body so far.
    pub fn body_received(&self) -> u64 {
        self.body
    }

    /// Bytes that the script printed behind the end of a body whose length it announced, or where there is none; they
    /// are dropped.
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    /// Bytes that are missing of a body whose length is announced.
    pub fn missing(&self) -> Option<u64> {
        match self.stage {
            Stage::Body(left) => left,
            Stage::Wait | Stage::Head => None,
        }
    }

    /// With a fault of what the peer sent: the beginning of what could not be understood, at most
    /// [`Failure::BEGAN_BYTES`].
    pub fn began(&self) -> &[u8] {
        &self.began
    }

    /// Takes content or padding that begins at `at`; returns how many bytes.
    fn content(&mut self, bytes: &mut [u8], at: usize, data: &mut Range<usize>) -> Result<usize, Fault> {
        let left = if self.at == At::Padding { self.padding } else { self.content };
        let count = left.min(bytes.len() - at);
        match self.at {
            At::Stdout => {
                let wanted = self.body_bytes(count);
                if data.start == data.end {
                    *data = at..at + wanted;
                } else {
                    bytes.copy_within(at..at + wanted, data.end);
                    data.end += wanted;
                }
            }
            At::Stderr => self.stderr.push(&bytes[at..at + count]),
            _ => {}
        }
        if self.at == At::Padding {
            self.padding -= count;
        } else {
            self.content -= count;
        }
        self.next_part();
        Ok(count)
    }

    /// Where the next byte belongs, once a part of a record is over.
    fn next_part(&mut self) {
        if self.content == 0 && self.at != At::Header {
            self.at = match (self.padding, self.end) {
                (1.., _) => At::Padding,
                (0, None) => At::Header,
                (0, Some(_)) => At::Nothing,
            };
        }
    }

    /// How many of so many bytes of standard output are the answer's.
    fn body_bytes(&mut self, count: usize) -> usize {
        let wanted = match &mut self.stage {
            Stage::Body(Some(left)) => {
                let wanted = usize::try_from(*left).unwrap_or(usize::MAX).min(count);
                *left -= wanted as u64;
                wanted
            }
            Stage::Body(None) => count,
            Stage::Wait | Stage::Head => {
                self.stage = Stage::Head;
                return count;
            }
        };
        self.body += wanted as u64;
        self.beyond += (count - wanted) as u64;
        wanted
    }

    /// Takes bytes of a header or of END_REQUEST, until `wanted` are held.
    fn hold(&mut self, bytes: &[u8], wanted: usize) -> Result<usize, Fault> {
        let count = (wanted - self.held_bytes).min(bytes.len());
        self.held[self.held_bytes..self.held_bytes + count].copy_from_slice(&bytes[..count]);
        self.held_bytes += count;
        let read = match self.at {
            At::End => {
                self.content -= count;
                if self.content == 0 { self.end_of_request() } else { Ok(()) }
            }
            _ => self.header(),
        };
        // What is held is noted from there, not from the input.
        read.map(|()| count).inspect_err(|_| self.held_bytes -= count)
    }

    /// Reads the header, once it is complete; who speaks another protocol is known sooner.
    fn header(&mut self) -> Result<(), Fault> {
        check_beginning(&self.held[..self.held_bytes])?;
        if self.held_bytes < HEADER {
            return Ok(());
        }
        let [_, kind, id_high, id_low, length_high, length_low, padding, _] = self.held;
        let id = u16::from_be_bytes([id_high, id_low]);
        let length = u16::from_be_bytes([length_high, length_low]);
        self.at = match (kind, id, length) {
            // What the application is, and what it does not know, was never asked.
            (record::GET_VALUES.., 0, _) => At::Skipped,
            (_, other, _) if other != REQUEST_ID => return Err(Fault::FastCgiProtocol),
            (record::STDOUT, ..) => At::Stdout,
            (record::STDERR, ..) => At::Stderr,
            (record::END, _, 8) => At::End,
            (record::BEGIN..=record::DATA, ..) => return Err(Fault::FastCgiProtocol),
            // 0 is no type at all, but nothing says what a receiver should make of it.
            _ => At::Skipped,
        };
        (self.content, self.padding) = (length.into(), padding.into());
        let says = length > 0 && self.at != At::Skipped;
        self.skipped = if says { 0 } else { self.skipped + HEADER + self.content + self.padding };
        if self.skipped > SKIPPED_MAX {
            return Err(Fault::FastCgiProtocol);
        }
        self.held_bytes = 0;
        self.next_part();
        Ok(())
    }

    fn end_of_request(&mut self) -> Result<(), Fault> {
        let [a, b, c, d, protocol, ..] = self.held;
        match (protocol, self.stage) {
            (REQUEST_COMPLETE, Stage::Body(Some(1..))) => return Err(Fault::FastCgiBodyShort),
            (REQUEST_COMPLETE, _) => {}
            // The request was turned away, which nobody can do who has begun to answer it.
            (CANT_MPX_CONN, Stage::Wait) => return Err(Fault::FastCgiCannotMultiplex),
            (OVERLOADED, Stage::Wait) => return Err(Fault::FastCgiOverloaded),
            (UNKNOWN_ROLE, Stage::Wait) => return Err(Fault::FastCgiUnknownRole),
            _ => return Err(Fault::FastCgiProtocol),
        }
        self.end = Some(FcgiEnd { app_status: u32::from_be_bytes([a, b, c, d]) });
        self.held_bytes = 0;
        self.next_part();
        Ok(())
    }

    fn begin_body(&mut self, head: CgiHead, came: usize) -> Result<FcgiHead, Fault> {
        let at_hand = came - head.bytes;
        let length = match (self.is_head || matches!(head.status, 204 | 304), head.length, self.end) {
            (true, ..) => BodyLength::None,
            (false, Some(length), _) => BodyLength::Known(length),
            (false, None, Some(_)) => BodyLength::Known(at_hand as u64),
            (false, None, None) => BodyLength::Open,
        };
        self.stage = Stage::Body(match length {
            BodyLength::None => Some(0),
            BodyLength::Known(length) => Some(length),
            BodyLength::Open => None,
        });
        let body = head.bytes..head.bytes + self.body_bytes(at_hand);
        match self.stage {
            Stage::Body(Some(1..)) if self.end.is_some() => Err(Fault::FastCgiBodyShort),
            _ => Ok(FcgiHead { head, body, length }),
        }
    }

    /// Keeps the beginning of what is wrong: what is held of a header, and the input behind it.
    fn note(&mut self, bytes: &[u8]) {
        let all = self.held[..self.held_bytes].iter().chain(bytes);
        self.began = all.take(Failure::BEGAN_BYTES).copied().collect();
    }
}

#[cfg(test)]
mod tests;

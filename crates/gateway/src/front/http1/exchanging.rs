//! The connection as the client of an exchange: the request's body comes in pieces, the answer goes out framed.

use std::task::{Context, Poll};

use goodgate_wire::http1::{BodyReader, put_chunk_size, put_last_chunk};
use goodgate_wire::{FieldLines, Version, put_decimal};

use super::Http1;
use crate::forward::Sink;
use crate::forward::{Edits, trailer_fields};
use crate::front::frame::Sent;
use crate::front::leftover::{LITTLE, poll_discard};
use crate::front::pace::enough_of_body;
use crate::front::{Client, ClientEnd, Length};

impl Client for Http1<'_> {
    type Fields = Vec<u8>;

    fn version(&self) -> Version {
        self.version
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ClientEnd>> {
        loop {
            if !self.piece.is_empty() || self.body_ended {
                return Poll::Ready(Ok(()));
            }
            let Some(body) = &mut self.body else {
                self.body_ended = true;
                continue;
            };
            if !self.connection.inward.is_empty() {
                let step = body.read(self.connection.inward.filled_mut());
                let step =
                    step.map_err(|fault| fault.of_request().map_or(ClientEnd::Gone, ClientEnd::Fault))?;
                let moved = step.taken > 0 || step.end;
                (self.piece, self.taken, self.body_ended) = (step.data, step.taken, step.end);
                if self.piece.is_empty() {
                    self.connection.inward.consume(std::mem::take(&mut self.taken));
                    self.piece = 0..0;
                }
                if moved {
                    continue;
                }
            }
            match self.connection.poll_fill(cx) {
                Poll::Ready(Ok(count)) if count > 0 => {
                    self.connection.reading.moved(count as u64, enough_of_body(&self.rules));
                }
                Poll::Ready(_) => {
                    self.gone = true;
                    return Poll::Ready(Err(ClientEnd::Gone));
                }
                Poll::Pending => {
                    let slow = self.connection.reading.poll(cx, self.rules.body_gap);
                    // Who was too slow is not waited for again.
                    self.announced &= slow.is_pending();
                    return slow;
                }
            }
        }
    }

    fn body(&self) -> (&[u8], bool) {
        (self.connection.inward.filled().get(self.piece.clone()).unwrap_or_default(), self.body_ended)
    }

    fn consume(&mut self, count: usize) {
        self.piece.start = (self.piece.start + count).min(self.piece.end);
        if self.piece.is_empty() {
            self.connection.inward.consume(std::mem::take(&mut self.taken));
            self.piece = 0..0;
        }
    }

    fn forgo_body(&mut self, cx: &mut Context<'_>) {
        let mut left = LITTLE;
        if poll_discard(self, cx, &mut left).is_pending() {
            self.connection.reading.stop();
        }
    }

    fn trailers(&self) -> Option<FieldLines<'_>> {
        self.body.as_ref().map(BodyReader::trailers).filter(|fields| !fields.is_empty())
    }

    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // Whoever has sent more requests is there; and whoever closes its half behind a last one may well wait for the
        // answer.
        if self.half_closed || !self.connection.inward.is_empty() {
            return Poll::Pending;
        }
        match self.connection.poll_fill(cx) {
            Poll::Ready(Ok(0)) if self.asked_to_close => self.half_closed = true,
            Poll::Ready(Ok(0) | Err(_)) => {
                self.gone = true;
                return Poll::Ready(());
            }
            Poll::Ready(Ok(_)) | Poll::Pending => {}
        }
        Poll::Pending
    }

    fn interim(&mut self, status: u16, reason: &[u8], write: &mut dyn FnMut(&mut Vec<u8>)) {
        status_line(status, reason, &mut self.outward);
        write(&mut self.outward);
        self.outward.extend_from_slice(b"\r\n");
        if status == 100 {
            // From now on it is the client who is waited for.
            self.connection.reading.stop();
        }
    }

    fn begin(&mut self, status: u16, reason: &[u8], length: Length, write: &mut dyn FnMut(&mut Vec<u8>)) {
        if self.begun && !self.out {
            // Nothing of the answer that was begun before went out: this one takes its place.
            self.outward.clear();
            self.behind.clear();
            self.framed = false;
        }
        // A client that has much to send yet is told that the connection ends here.
        self.close |= !self.has_read_all() && !self.rest_is_little();
        self.begun = true;
        status_line(status, reason, &mut self.outward);
        write(&mut self.outward);
        if status == 101 {
            self.close = true;
            self.outward.extend_from_slice(b"\r\n");
            return;
        }
        self.chunked = length == Length::Unknown && self.version != Version::Http10;
        if self.chunked {
            self.last_chunk.clear();
            self.last_chunk.extend_from_slice(b"0\r\n\r\n");
            self.outward.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
        } else if length == Length::Unknown {
            (self.close, self.until_close) = (true, true);
        }
        self.close |= self.core.is_stopping();
        match (self.close, self.version) {
            (true, _) => self.outward.put(b"Connection", &[b"close"]),
            (false, Version::Http10) => self.outward.put(b"Connection", &[b"keep-alive"]),
            (false, _) => {}
        }
        self.outward.extend_from_slice(b"\r\n");
    }

    fn has_pending(&self) -> bool {
        !self.outward.is_empty() || self.framed
    }

    fn has_begun(&self) -> bool {
        self.begun && self.out
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, piece: &[u8], last: bool) -> Poll<Result<(), ClientEnd>> {
        if !self.framed {
            self.framed = true;
            if self.chunked && self.begun {
                if !piece.is_empty() {
                    put_chunk_size(piece.len(), &mut self.outward);
                    self.behind.extend_from_slice(b"\r\n");
                }
                if last {
                    self.behind.extend_from_slice(&self.last_chunk);
                }
            }
        }
        let before = self.sent.count();
        let written =
            self.sent.poll_write(cx, &mut self.connection.channel, &self.outward, piece, &self.behind);
        self.out |= self.begun && self.sent.count() > 0;
        match written {
            Poll::Ready(Ok(())) => {
                self.body_sent += piece.len() as u64;
                self.outward.clear();
                self.behind.clear();
                (self.sent, self.framed) = (Sent::default(), false);
                self.writing.stop();
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(_)) => {
                self.gone = true;
                Poll::Ready(Err(ClientEnd::Gone))
            }
            Poll::Pending => {
                self.writing.moved((self.sent.count() - before) as u64, 1);
                self.writing.poll(cx, self.rules.send_gap)
            }
        }
    }

    fn set_trailers(&mut self, fields: FieldLines<'_>, edits: Edits<'_>) {
        if !self.framed {
            self.last_chunk.clear();
            put_last_chunk(trailer_fields(fields, edits), &mut self.last_chunk);
        }
    }

    fn break_off(&mut self) {
        self.close = true;
    }

    fn body_sent(&self) -> u64 {
        self.body_sent
    }
}

/// A status line with the reason phrase that the server gave, or none.
fn status_line(status: u16, reason: &[u8], out: &mut Vec<u8>) {
    if (status, reason) == (200, b"OK") {
        // What nearly all answers begin with is written at once.
        out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
        return;
    }
    out.extend_from_slice(b"HTTP/1.1 ");
    put_decimal(u64::from(status), out);
    out.push(b' ');
    out.extend_from_slice(reason);
    out.extend_from_slice(b"\r\n");
}

//! One stream as the client of an exchange.

use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use goodgate_wire::{FieldLine, FieldLines, FieldName, Span, Version};
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};

use super::super::leftover::{Patience, drain};
use super::super::pace::{Pace, enough_of_body};
use super::super::{Client, ClientEnd, Length};
use super::outbound::{Outbound, Piece};
use crate::core::Core;
use crate::forward::Sink;
use crate::forward::{Edits, trailer_fields};
use crate::plan::Clients;

/// A stream.
pub(super) struct Stream {
    rules: Clients,
    body: RecvStream,
    piece: Bytes,
    body_ended: bool,
    trailers: (Vec<u8>, Vec<FieldLine>),
    respond: SendResponse<Piece>,
    send: Option<SendStream<Piece>>,
    outbound: Rc<Outbound>,
    /// Bytes of the piece at hand that were handed to the connection.
    handed: usize,
    answer_trailers: Option<HeaderMap>,
    is_head: bool,
    /// Whether the end of the answer was sent with its head.
    finished: bool,
    begun: bool,
    /// Whether the answer ended before its end.
    broken_off: bool,
    body_sent: u64,
    reading: Pace,
    writing: Pace,
}

/// Fields of an answer.
#[derive(Debug, Default)]
pub(super) struct Fields(HeaderMap);

impl Sink for Fields {
    fn put(&mut self, name: &[u8], value: &[&[u8]]) {
        // Fields of one connection of HTTP/1.1 have no place here (RFC 9113 section 8.2.2).
        if name.eq_ignore_ascii_case(b"connection") {
            return;
        }
        let value = match value {
            [only] => HeaderValue::from_bytes(only),
            several => HeaderValue::from_bytes(&several.concat()),
        };
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), value) {
            self.0.append(name, value);
        }
    }
}

impl Stream {
    pub(super) fn new(
        core: &Rc<Core>,
        rules: Clients,
        body: RecvStream,
        respond: SendResponse<Piece>,
        outbound: Rc<Outbound>,
        is_head: bool,
    ) -> Self {
        Self {
            rules,
            body_ended: body.is_end_stream(),
            body,
            piece: Bytes::new(),
            trailers: (Vec::new(), Vec::new()),
            respond,
            send: None,
            outbound,
            handed: 0,
            answer_trailers: None,
            is_head,
            finished: false,
            begun: false,
            broken_off: false,
            body_sent: 0,
            reading: Pace::of_sending(core.deadlines.add()),
            writing: Pace::of_taking(core.deadlines.add()),
        }
    }

    /// Says that nothing more is wanted of this stream, and why.
    pub(super) fn reset(&mut self, reason: Reason) {
        if !self.body_ended {
            self.respond.send_reset(reason);
        }
    }

    /// Ends the stream when all is said. An answer that broke off is reset, so that nobody takes it for whole.
    pub(super) async fn leave(&mut self, core: &Rc<Core>) {
        if !self.broken_off {
            return self.drain(core).await;
        }
        // A reset throws away what still waits to be written, the head too. The connection was woken when that was handed
        // over, so that it comes first.
        tokio::task::yield_now().await;
        if let Some(send) = &mut self.send {
            send.send_reset(Reason::INTERNAL_ERROR);
        }
    }

    /// Takes what the client still sends behind an early answer, as far as it is not much and comes soon: clients that are
    /// reset while they send tell of an error instead of the answer.
    async fn drain(&mut self, core: &Rc<Core>) {
        const DRAINED: u64 = 1 << 20;
        if !self.body_ended {
            drain(self, Patience::new(core, &self.rules), DRAINED).await;
        }
    }

    fn poll_reset(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let reset = match &mut self.send {
            Some(send) => send.poll_reset(cx),
            None => self.respond.poll_reset(cx),
        };
        reset.map(drop)
    }

    fn keep_trailers(&mut self, trailers: &HeaderMap) {
        let (text, lines) = &mut self.trailers;
        let mut put = |bytes: &[u8]| {
            let begin = u32::try_from(text.len()).unwrap_or(u32::MAX);
            text.extend_from_slice(bytes);
            Span { begin, end: u32::try_from(text.len()).unwrap_or(u32::MAX) }
        };
        for (name, value) in trailers {
            let id = FieldName::of(name.as_str().as_bytes());
            lines.push(FieldLine { id, name: put(name.as_str().as_bytes()), value: put(value.as_bytes()) });
        }
    }

    /// Hands over as much of the piece as flow control lets; all of it in the end.
    fn poll_hand(&mut self, cx: &mut Context<'_>, piece: &[u8], last: bool) -> Poll<Result<(), ClientEnd>> {
        if self.outbound.poll_room(cx).is_pending() {
            return self.poll_reset(cx).map(|()| Err(ClientEnd::Gone));
        }
        let Some(send) = &mut self.send else { return Poll::Ready(Err(ClientEnd::Gone)) };
        let end = last && self.answer_trailers.is_none();
        loop {
            let rest = piece.get(self.handed..).unwrap_or_default();
            if rest.is_empty() {
                if end && (piece.is_empty() || !self.finished) {
                    send.send_data(Piece::new(Bytes::new(), &self.outbound), true)
                        .map_err(|_| ClientEnd::Gone)?;
                    self.finished = true;
                }
                break;
            }
            send.reserve_capacity(rest.len());
            let Some(Ok(capacity)) = ready!(send.poll_capacity(cx)) else {
                return Poll::Ready(Err(ClientEnd::Gone));
            };
            let count = capacity.min(rest.len());
            let now = rest.get(..count).unwrap_or_default();
            let ends = end && count == rest.len();
            let now = Piece::new(Bytes::copy_from_slice(now), &self.outbound);
            send.send_data(now, ends).map_err(|_| ClientEnd::Gone)?;
            self.finished |= ends;
            self.handed += count;
        }
        if last && let Some(trailers) = self.answer_trailers.take() {
            send.send_trailers(trailers).map_err(|_| ClientEnd::Gone)?;
            self.finished = true;
        }
        Poll::Ready(Ok(()))
    }
}

impl Client for Stream {
    type Fields = Fields;

    fn version(&self) -> Version {
        Version::Http2
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ClientEnd>> {
        while self.piece.is_empty() && !self.body_ended {
            match self.body.poll_data(cx) {
                Poll::Ready(Some(Ok(piece))) => {
                    self.reading.moved(piece.len() as u64, enough_of_body(&self.rules));
                    self.piece = piece;
                    self.body_ended = self.body.is_end_stream();
                }
                Poll::Ready(Some(Err(_))) => return Poll::Ready(Err(ClientEnd::Gone)),
                Poll::Ready(None) => {
                    match ready!(self.body.poll_trailers(cx)) {
                        Ok(Some(trailers)) => self.keep_trailers(&trailers),
                        Ok(None) => {}
                        Err(_) => return Poll::Ready(Err(ClientEnd::Gone)),
                    }
                    self.body_ended = true;
                }
                Poll::Pending => return self.reading.poll(cx, self.rules.body_gap),
            }
        }
        Poll::Ready(Ok(()))
    }

    fn body(&self) -> (&[u8], bool) {
        (&self.piece, self.body_ended)
    }

    fn consume(&mut self, count: usize) {
        let count = count.min(self.piece.len());
        let _ = self.piece.split_to(count);
        // It fails only where the stream is gone, which the next read tells.
        let _ = self.body.flow_control().release_capacity(count);
    }

    /// The connection serves on whatever becomes of one stream.
    fn forgo_body(&mut self, _: &mut Context<'_>) {}

    fn trailers(&self) -> Option<FieldLines<'_>> {
        let (text, lines) = &self.trailers;
        (!lines.is_empty()).then(|| FieldLines::new(text, lines))
    }

    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_reset(cx)
    }

    fn interim(&mut self, status: u16, _: &[u8], write: &mut dyn FnMut(&mut Fields)) {
        let mut fields = Fields::default();
        write(&mut fields);
        let mut response = Response::new(());
        let Ok(status) = StatusCode::from_u16(status) else { return };
        *response.status_mut() = status;
        *response.headers_mut() = fields.0;
        // A client that is gone is noticed with the final answer.
        let _ = self.respond.send_informational(response);
        if status == StatusCode::CONTINUE {
            // From now on it is the client who is waited for.
            self.reading.stop();
        }
    }

    fn begin(&mut self, status: u16, _: &[u8], length: Length, write: &mut dyn FnMut(&mut Fields)) {
        self.begun = true;
        let mut fields = Fields::default();
        write(&mut fields);
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
        *response.headers_mut() = fields.0;
        self.finished = length == Length::None || self.is_head;
        self.send = self.respond.send_response(response, self.finished).ok();
    }

    fn has_pending(&self) -> bool {
        false
    }

    fn has_begun(&self) -> bool {
        self.begun
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, piece: &[u8], last: bool) -> Poll<Result<(), ClientEnd>> {
        if self.finished || !self.begun {
            return Poll::Ready(Ok(()));
        }
        let before = self.handed;
        match self.poll_hand(cx, piece, last) {
            Poll::Ready(Ok(())) => {
                self.body_sent += piece.len() as u64;
                self.handed = 0;
                self.writing.stop();
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(end)) => Poll::Ready(Err(end)),
            Poll::Pending => {
                self.writing.moved((self.handed - before) as u64, 1);
                self.writing.poll(cx, self.rules.send_gap)
            }
        }
    }

    fn set_trailers(&mut self, fields: FieldLines<'_>, edits: Edits<'_>) {
        if self.answer_trailers.is_none() && !self.finished {
            let mut trailers = Fields::default();
            for (name, value) in trailer_fields(fields, edits) {
                trailers.put(name, &[value]);
            }
            self.answer_trailers = Some(trailers.0).filter(|trailers| !trailers.is_empty());
        }
    }

    fn break_off(&mut self) {
        self.broken_off = true;
    }

    fn body_sent(&self) -> u64 {
        self.body_sent
    }
}

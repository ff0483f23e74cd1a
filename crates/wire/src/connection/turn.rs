//! One request and its response over HTTP/1.1: bytes between the codec and the stream, each phase with its timer.
//!
//! Sending and reading go on side by side: a peer may answer before it has taken the whole request, and what it said
//! before it broke the connection is worth more than the error of our own writing.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use goodgate_facts::Phase;
use tokio::io::ReadBuf;
use tokio::time::{Instant, timeout_at};

use super::{Cut, Duplex, deadline};
use crate::http1::{self, Decoder, Ended, ResponseHead, Step};
use crate::{BodyEnd, Failure, Fault, Limits, Request, Response, Retry, Timings};

/// Bytes read at once.
const BUFFER_BYTES: usize = 16 << 10;

/// Sends the request and reads the response.
pub(super) async fn exchange<S: Duplex>(
    stream: &mut S,
    request: &Request,
    limits: &Limits,
) -> Result<Response, Failure> {
    let mut turn = Turn::new(stream, request, limits)?;
    let mut response = turn.head().await?;
    let begin = Instant::now();
    response.end = turn.body(&mut response.body, begin).await;
    response.timings.body = Some(begin.elapsed());
    response.received = turn.decoder.received();
    response.surplus = if response.end == BodyEnd::Complete { turn.unread().len() } else { 0 };
    response.reusable = request.keep_alive
        && turn.decoder.reusable()
        && response.end == BodyEnd::Complete
        && response.surplus == 0
        && turn.sent_at.is_some();
    Ok(response)
}

struct Turn<'a, S> {
    stream: &'a mut S,
    limits: &'a Limits,
    decoder: Decoder,
    request: Vec<u8>,
    /// Bytes of the request that the stream took.
    sent: usize,
    /// What the socket below an encryption had taken before the request.
    taken_before: Option<u64>,
    /// How sending ended, where it did before the end of the request.
    broken: Option<Cut>,
    buffer: Box<[u8]>,
    /// Where in the buffer that begins which was not decoded yet, and where it ends.
    unread: (usize, usize),
    /// Bytes read.
    received: u64,
    start: Instant,
    sent_at: Option<Instant>,
    /// When the last bytes came.
    read_at: Instant,
    /// When the first byte of the head came that is being read.
    head_at: Option<Instant>,
}

/// What moved.
enum Moved {
    /// The last byte of the request went out.
    Sent,
    /// Bytes came.
    Read,
    /// No more bytes will come.
    Ended(Cut),
}

impl<'a, S: Duplex> Turn<'a, S> {
    fn new(stream: &'a mut S, request: &Request, limits: &'a Limits) -> Result<Self, Failure> {
        let mut bytes = Vec::with_capacity(512);
        if http1::encode(request, &mut bytes).is_err() {
            return Err(Failure::new(Fault::RequestInvalid, Phase::Send).retry(Retry::Safe));
        }
        let start = Instant::now();
        Ok(Self {
            taken_before: stream.taken(),
            stream,
            limits,
            decoder: Decoder::new(request.method, limits),
            request: bytes,
            sent: 0,
            broken: None,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            unread: (0, 0),
            received: 0,
            start,
            sent_at: None,
            read_at: start,
            head_at: None,
        })
    }

    /// Reads up to the end of the final response's head.
    async fn head(&mut self) -> Result<Response, Failure> {
        let mut interim = Vec::new();
        loop {
            let (begin, end) = self.unread;
            let mut input = self.buffer.get(begin..end).unwrap_or_default();
            let step = self.decoder.feed(&mut input);
            self.unread.0 = end - input.len();
            match step {
                Err(fault) => return Err(self.fail(fault)),
                Ok(Step::Interim(head)) => {
                    interim.push(head.status());
                    self.head_at = None;
                }
                Ok(Step::Head(head)) => return Ok(self.response(&head, interim)),
                // The other steps do not come before the head.
                Ok(Step::NeedMore | Step::Body(_) | Step::End { .. }) => {
                    if self.decoder.phase() == Phase::Head {
                        self.head_at.get_or_insert(self.read_at);
                    }
                    self.more().await?;
                }
            }
        }
    }

    /// Waits for more of the head, as long as the phase allows.
    async fn more(&mut self) -> Result<(), Failure> {
        let (phase, since) = self.phase();
        let limit = match phase {
            Phase::Head => self.limits.head,
            Phase::Wait => self.limits.wait,
            _ => self.limits.send,
        };
        match timeout_at(deadline(since, limit), self.moved()).await {
            Ok(Moved::Sent | Moved::Read) => Ok(()),
            Ok(Moved::Ended(cut)) => Err(self.ended(cut)),
            Err(_) if phase == Phase::Send => Err(self.fail(Fault::SendTimedOut)),
            Err(_) => Err(self
                .decoder
                .end(Ended::TimedOut)
                .map_or_else(|fault| self.fail(fault), |()| self.fail(Fault::HeadTimedOut))),
        }
    }

    /// Reads the body as far as the limits allow.
    async fn body(&mut self, body: &mut Vec<u8>, begin: Instant) -> BodyEnd {
        let all = deadline(begin, self.limits.body);
        loop {
            let (from, to) = self.unread;
            let mut input = self.buffer.get(from..to).unwrap_or_default();
            let step = self.decoder.feed(&mut input);
            self.unread.0 = to - input.len();
            match step {
                Ok(Step::Body(piece)) => {
                    let room = self.limits.body_bytes - body.len();
                    body.extend_from_slice(&piece[..piece.len().min(room)]);
                    if piece.len() > room {
                        return BodyEnd::Limit;
                    }
                }
                Ok(Step::End { .. }) => return BodyEnd::Complete,
                Ok(Step::NeedMore | Step::Interim(_) | Step::Head(_)) => {
                    if let Some(end) = self.more_body(begin, all).await {
                        return end;
                    }
                }
                Err(fault) => return BodyEnd::Failed(self.fail_body(fault, begin)),
            }
        }
    }

    /// Waits for more of the body; says how it ended, where it did.
    async fn more_body(&mut self, begin: Instant, all: Instant) -> Option<BodyEnd> {
        let gap = deadline(self.read_at.max(begin), self.limits.body_gap);
        let until = gap.min(all);
        let moved = if Instant::now() < until { timeout_at(until, self.moved()).await.ok() } else { None };
        let fault = match moved {
            Some(Moved::Sent | Moved::Read) => return None,
            Some(Moved::Ended(cut)) => match self.end(cut) {
                Ok(()) => return Some(BodyEnd::Complete),
                Err(fault) => {
                    let failure = self.fail_body(fault, begin);
                    return Some(BodyEnd::Failed(Failure { errno: cut.errno(), ..failure }));
                }
            },
            None if gap < all => self.decoder.end(Ended::TimedOut).err().unwrap_or(Fault::BodyTimedOut),
            None => Fault::ResponseTimedOut,
        };
        Some(BodyEnd::Failed(self.fail_body(fault, begin)))
    }

    /// Sends and reads until something has moved.
    async fn moved(&mut self) -> Moved {
        poll_fn(|cx| {
            if self.sent_at.is_none() && self.broken.is_none() {
                match self.poll_send(cx) {
                    Poll::Ready(Ok(())) => {
                        self.sent_at = Some(Instant::now());
                        return Poll::Ready(Moved::Sent);
                    }
                    Poll::Ready(Err(error)) => self.broken = Some(Cut::of(&error)),
                    Poll::Pending => {}
                }
            }
            self.poll_read(cx)
        })
        .await
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.request.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match std::task::ready!(Pin::new(&mut *self.stream).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.sent += count,
            }
        }
        Pin::new(&mut *self.stream).poll_flush(cx)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Moved> {
        let mut buffer = ReadBuf::new(&mut self.buffer);
        let moved = match std::task::ready!(Pin::new(&mut *self.stream).poll_read(cx, &mut buffer)) {
            Err(error) => Moved::Ended(Cut::of(&error).after(self.broken)),
            Ok(()) if buffer.filled().is_empty() => Moved::Ended(Cut::Closed.after(self.broken)),
            Ok(()) => {
                let count = buffer.filled().len();
                self.unread = (0, count);
                self.received += count as u64;
                self.read_at = Instant::now();
                Moved::Read
            }
        };
        Poll::Ready(moved)
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.unread.0..self.unread.1).unwrap_or_default()
    }

    /// The phase before the body, and since when.
    fn phase(&self) -> (Phase, Instant) {
        match (self.decoder.phase(), self.sent_at) {
            (Phase::Wait, None) => (Phase::Send, self.start),
            (Phase::Wait, Some(sent_at)) => (Phase::Wait, sent_at),
            (phase, _) => (phase, self.head_at.unwrap_or(self.read_at)),
        }
    }

    /// What the end of the stream means to the decoder.
    fn end(&mut self, cut: Cut) -> Result<(), Fault> {
        self.decoder.end(match cut {
            Cut::Closed => Ended::Closed,
            Cut::Unannounced => Ended::Truncated,
            Cut::Failed(_) => Ended::Reset,
            Cut::Silent(_) => Ended::TimedOut,
            Cut::Unroutable(_) => {
                let phase = self.decoder.phase();
                // What was wrong before the end is told rather than the end.
                return self.decoder.end(Ended::Reset).map_err(|fault| match fault {
                    Fault::ResetBeforeResponse | Fault::ResetInHead | Fault::BodyReset => cut.fault(phase),
                    other => other,
                });
            }
            Cut::Tls(fault) => return Err(fault),
        })
    }

    /// The failure that the end of the stream is before the body.
    fn ended(&mut self, cut: Cut) -> Failure {
        let (phase, since) = self.phase();
        if phase == Phase::Send {
            // The error of writing came first and is the telling one, unless the peer said why it goes.
            let cut = self.broken.filter(|_| !matches!(cut, Cut::Tls(_))).unwrap_or(cut);
            return self.finish(cut.failure(phase), since);
        }
        let fault = self.end(cut).err().unwrap_or(cut.fault(phase));
        let errno = if fault == cut.fault(phase) { cut.errno() } else { None };
        Failure { errno, ..self.fail(fault) }
    }

    fn fail(&self, fault: Fault) -> Failure {
        let (phase, since) = self.phase();
        self.finish(Failure::new(fault, phase), since)
    }

    fn fail_body(&self, fault: Fault, begin: Instant) -> Failure {
        let silent = self.read_at.max(begin).elapsed();
        Failure { silent, ..self.finish(Failure::new(fault, Phase::Body), begin) }
    }

    fn finish(&self, failure: Failure, since: Instant) -> Failure {
        let sent = self.went_out();
        let unsent = failure.phase == Phase::Send && sent == 0;
        let retry = if unsent { Retry::Safe } else { failure.retry };
        failure.bytes(sent, self.received).began(self.decoder.began()).after(since.elapsed()).retry(retry)
    }

    /// Bytes of the request that the operating system took. Below an encryption the socket knows, not the stream: what
    /// it took is counted as the request's, which it exceeds by what the encryption adds.
    fn went_out(&self) -> u64 {
        match (self.taken_before, self.stream.taken()) {
            (Some(before), Some(now)) => now.saturating_sub(before).min(self.request.len() as u64),
            _ => self.sent as u64,
        }
    }

    /// The response as we tell it, without its body.
    fn response(&self, head: &ResponseHead, interim: Vec<u16>) -> Response {
        let head_at = self.head_at.unwrap_or(self.read_at);
        // Where the response came first, sending took until then.
        let sent_at = self.sent_at.map_or(head_at, |sent_at| sent_at.min(head_at));
        Response {
            version: head.version(),
            status: head.status(),
            reason: head.reason().to_vec(),
            fields: head.fields().to_owned_pairs(),
            interim,
            framing: head.framing(),
            body: Vec::new(),
            end: BodyEnd::Complete,
            surplus: 0,
            received: 0,
            reusable: false,
            timings: Timings {
                send: Some(sent_at.saturating_duration_since(self.start)),
                wait: Some(head_at.saturating_duration_since(sent_at)),
                head: Some(head_at.elapsed()),
                body: Some(Duration::ZERO),
                ..Timings::default()
            },
        }
    }
}

//! The response that comes on a connection: bytes to a head and to pieces of a body, whichever protocol the server
//! speaks.
//!
//! Knows nothing of the client; each failure has its phase, and what of the request went out is told by the caller.

mod failing;
mod script;

use std::ops::Range;
use std::task::{Context, Poll, ready};

use goodgate_facts::Phase;
use goodgate_wire::http1::{self, BodyReader};
use goodgate_wire::{Cut, Failure, Fault, FieldLine, FieldLines, Found, Framing, Span, Version};

use super::Leg;
use crate::core::buffer::{Buffer, HUGE, LARGE, SMALL};
use crate::core::{Core, SERVER_LIMITS};
use crate::plan::Protocol;
use script::Script;

/// A head that came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) reason: Span,
    pub(crate) version: Version,
    /// What was found of its field lines.
    found: Found,
    pub(crate) framing: Framing,
    /// The length that is announced, also where there is no body.
    pub(crate) length: Option<u64>,
    /// Bytes of the head.
    bytes: usize,
    /// Whether the connection can be used again behind this response.
    pub(crate) persistent: bool,
    /// `Keep-Alive: timeout=`, in seconds.
    pub(crate) keep_alive: Option<u32>,
    /// Whether it announces a body that it cannot have.
    ambiguous: bool,
}

/// What reads the response.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "the usual one allocates nothing")]
enum Reader {
    Http(Option<BodyReader>),
    FastCgi(Box<Script>),
}

/// The response of one exchange, as far as it came.
#[derive(Debug)]
pub(crate) struct Response {
    reader: Reader,
    buffer: Buffer,
    /// The body's bytes at hand, as a place in what the buffer holds.
    piece: Range<usize>,
    /// Bytes of the buffer that are done with once the piece is.
    taken: usize,
    /// Whether nothing comes behind the piece.
    ended: bool,
    /// Whether an interim response was ambiguous: the connection is not used again.
    ambiguous: bool,
    /// Bytes that came in this exchange.
    pub(crate) received: u64,
    pub(crate) phase: Phase,
}

impl Response {
    pub(crate) fn new(protocol: Protocol, method: &[u8]) -> Self {
        let reader = match protocol {
            Protocol::Http | Protocol::Https => Reader::Http(None),
            Protocol::FastCgi => Reader::FastCgi(Box::new(Script::new(method))),
        };
        Self {
            reader,
            buffer: Buffer::default(),
            piece: 0..0,
            taken: 0,
            ended: false,
            ambiguous: false,
            received: 0,
            phase: Phase::Wait,
        }
    }

    /// Waits for a head: interim or final. The fields' places are in [`Response::head_text`].
    pub(crate) fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        core: &Core,
        leg: &mut Leg,
        method: &[u8],
        broken: Option<Cut>,
        lines: &mut Vec<FieldLine>,
    ) -> Poll<Result<Head, Failure>> {
        loop {
            match self.try_head(method, lines) {
                Ok(Some(head)) => return Poll::Ready(Ok(head)),
                Ok(None) => {}
                Err(fault) => return Poll::Ready(Err(self.invalid_head(fault, method))),
            }
            match ready!(self.poll_more(cx, core, leg)) {
                Ok(()) => {}
                Err(cut) => return Poll::Ready(Err(self.cut_in_head(cut.after(broken), method))),
            }
        }
    }

    fn try_head(&mut self, method: &[u8], lines: &mut Vec<FieldLine>) -> Result<Option<Head>, Fault> {
        if self.buffer.is_empty() {
            return Ok(None);
        }
        self.phase = Phase::Head;
        match &mut self.reader {
            Reader::Http(_) => {
                let Some(head) = http1::response_head(self.buffer.filled(), method, &SERVER_LIMITS, lines)?
                else {
                    return Ok(None);
                };
                Ok(Some(Head {
                    status: head.status,
                    reason: head.reason,
                    version: head.version,
                    found: head.found,
                    framing: head.framing,
                    length: head.length,
                    bytes: head.bytes,
                    persistent: head.persistent && !self.ambiguous,
                    keep_alive: head.keep_alive_s,
                    ambiguous: head.ambiguous,
                }))
            }
            Reader::FastCgi(script) => {
                let taken = script.take(self.buffer.filled_mut())?;
                self.buffer.consume(taken);
                self.phase = script.phase();
                script.head(lines)
            }
        }
    }

    /// The head's fields.
    pub(crate) fn fields<'a>(&'a self, head: &Head, lines: &'a [FieldLine]) -> FieldLines<'a> {
        FieldLines::of_head(self.head_text(), lines, head.found)
    }

    /// The text that the head's places are in.
    pub(crate) fn head_text(&self) -> &[u8] {
        match &self.reader {
            Reader::Http(_) => self.buffer.filled(),
            Reader::FastCgi(script) => script.text(),
        }
    }

    /// Goes on behind an interim head.
    pub(crate) fn skip(&mut self, head: &Head) {
        self.buffer.consume(head.bytes);
        self.ambiguous |= head.ambiguous;
        self.phase = Phase::Wait;
    }

    /// Goes on to the body behind a final head.
    pub(crate) fn begin_body(&mut self, head: &Head) {
        self.phase = Phase::Body;
        match &mut self.reader {
            Reader::Http(body) => {
                self.buffer.consume(head.bytes);
                *body = Some(BodyReader::of_response(head.framing, &SERVER_LIMITS));
                self.ended = matches!(head.framing, Framing::None | Framing::Length(0));
            }
            Reader::FastCgi(script) => self.ended = script.begin_body(),
        }
    }

    /// The body's bytes at hand, and whether nothing comes behind them.
    pub(crate) fn piece(&self) -> (&[u8], bool) {
        let piece = match &self.reader {
            Reader::FastCgi(script) if !script.first().is_empty() => script.first(),
            _ => self.buffer.filled().get(self.piece.clone()).unwrap_or_default(),
        };
        (piece, self.ended)
    }

    /// Whether there is none.
    fn is_without_piece(&self) -> bool {
        let first = if let Reader::FastCgi(script) = &self.reader { script.first() } else { &[] };
        self.piece.is_empty() && first.is_empty()
    }

    /// That the piece was passed on.
    pub(crate) fn consume_piece(&mut self) {
        if let Reader::FastCgi(script) = &mut self.reader
            && !script.first().is_empty()
        {
            script.consume_first();
            return;
        }
        self.buffer.consume(self.taken);
        (self.piece, self.taken) = (0..0, 0);
    }

    /// Reads on in what has come, without waiting for more.
    pub(crate) fn look_ahead(&mut self) -> Result<(), Failure> {
        while self.is_without_piece() && !self.ended {
            match self.next_piece() {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(fault) => return Err(self.invalid(fault)),
            }
        }
        Ok(())
    }

    /// Waits until there is a piece, or the end.
    pub(crate) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        core: &Core,
        leg: &mut Leg,
    ) -> Poll<Result<(), Failure>> {
        loop {
            self.look_ahead()?;
            if self.ended || !self.is_without_piece() {
                return Poll::Ready(Ok(()));
            }
            match ready!(self.poll_more(cx, core, leg)) {
                Ok(()) => {}
                Err(cut) => {
                    if let Err(failure) = self.cut_in_body(cut) {
                        return Poll::Ready(Err(failure));
                    }
                    self.ended = true;
                }
            }
        }
    }

    /// Reads on in what has come; whether there was anything.
    fn next_piece(&mut self) -> Result<bool, Fault> {
        if self.buffer.is_empty() {
            return Ok(false);
        }
        let step = match &mut self.reader {
            Reader::Http(Some(body)) => {
                let step = body.read(self.buffer.filled_mut()).map_err(Fault::from)?;
                (step.data, step.taken, step.end)
            }
            Reader::FastCgi(script) => script.read(self.buffer.filled_mut())?,
            Reader::Http(None) => return Ok(false),
        };
        let moved = step.1 > 0 || step.2;
        (self.piece, self.taken, self.ended) = step;
        if self.piece.is_empty() {
            self.buffer.consume(self.taken);
            (self.piece, self.taken) = (0..0, 0);
        }
        Ok(moved)
    }

    /// Reads more bytes. The buffer is kept only where there are some, and is the larger the longer the body.
    fn poll_more(&mut self, cx: &mut Context<'_>, core: &Core, leg: &mut Leg) -> Poll<Result<(), Cut>> {
        self.make_room(core);
        let read = leg.channel.poll_read(cx, self.buffer.room());
        match read {
            Poll::Pending => {
                if self.buffer.is_empty() {
                    core.buffers.give(std::mem::take(&mut self.buffer));
                }
                Poll::Pending
            }
            Poll::Ready(Ok(0)) => Poll::Ready(Err(Cut::Closed)),
            Poll::Ready(Ok(count)) => {
                self.buffer.came(count);
                self.received += count as u64;
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(Cut::of(&error))),
        }
    }

    fn make_room(&mut self, core: &Core) {
        let wanted = match self.received {
            _ if self.phase != Phase::Body => SMALL,
            count if count < SMALL as u64 => SMALL,
            0..=0x000F_FFFF => LARGE,
            _ => HUGE,
        };
        if self.buffer.is_empty() && self.buffer.size() < wanted {
            let old = std::mem::replace(&mut self.buffer, core.buffers.take(wanted));
            core.buffers.give(old);
        }
        if self.buffer.room().is_empty() {
            self.buffer.compact();
        }
        if self.buffer.room().is_empty() {
            let size = self.buffer.size();
            let larger = if size < LARGE { LARGE } else { size.saturating_mul(2).max(HUGE) };
            let full = std::mem::take(&mut self.buffer);
            self.buffer = full.grown(&core.buffers, larger);
        }
    }

    /// Gives the buffer back. Whether bytes came behind the response, which nobody asked for.
    pub(crate) fn finish(&mut self, core: &Core) -> bool {
        self.consume_piece();
        let surplus = !self.buffer.is_empty();
        core.buffers.give(std::mem::take(&mut self.buffer));
        surplus
    }

    /// The bytes that came behind the head of a response that switched protocols.
    pub(crate) fn take_buffer(&mut self, head: &Head) -> Buffer {
        self.buffer.consume(head.bytes);
        std::mem::take(&mut self.buffer)
    }

    /// What a script has written on standard error so far: its beginning, empty for none.
    pub(crate) fn stderr(&self) -> &[u8] {
        match &self.reader {
            Reader::Http(_) => &[],
            Reader::FastCgi(script) => script.stderr(),
        }
    }

    /// The trailer fields of a complete body.
    pub(crate) fn trailers(&self) -> Option<FieldLines<'_>> {
        match &self.reader {
            Reader::Http(Some(body)) => Some(body.trailers()).filter(|fields| !fields.is_empty()),
            _ => None,
        }
    }
}

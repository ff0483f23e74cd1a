//! The request on its way to a server: its head with the first piece of the body, then the rest, framed as the server
//! wants it; and kept as far as it may have to be sent again.

mod kept;
mod spool;

pub(crate) use spool::{Spool, Spooled};

use std::task::{Context, Poll, ready};

use goodgate_wire::http1::{put_chunk_size, put_last_chunk};
use goodgate_wire::{Cut, RequestFault, fastcgi};

use crate::NotKept;
use crate::forward::{Edits, trailer_fields};

use crate::front::frame::Sent;
use crate::front::{Client, ClientEnd};
use crate::plan::Route;
use crate::upstream::Leg;
use kept::Kept;

/// How the body is framed towards the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Onto {
    /// As it is: there is none, or its length was announced.
    Plain,
    /// Chunks.
    Chunks,
    /// Records of FastCGI's standard input.
    Stdin,
}

/// A request being sent.
#[derive(Debug)]
pub(crate) struct Upload<'a> {
    onto: Onto,
    /// What stands before the piece: at first the head.
    before: Vec<u8>,
    behind: Vec<u8>,
    /// How much of the piece at hand is in the frame; `None` while there is no frame.
    frame: Option<Frame>,
    sent: Sent,
    kept: Kept,
    done: bool,
    /// Bytes that the operating system took, head and framing included.
    pub(crate) bytes: u64,
    /// Whether the client sends nothing before it is told to (RFC 9110 section 10.1.1).
    held: bool,
    /// Bytes of the body that were read from the client.
    pub(crate) body: u64,
    body_max: u64,
    /// What the route decides about fields.
    edits: Edits<'a>,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    piece: usize,
    from_kept: bool,
    last: bool,
}

/// What ends an upload before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// The server's side broke.
    Server(Cut),
    /// The client's did.
    Client(ClientEnd),
    /// What was collected of the body cannot be kept, or read again.
    Own(NotKept),
}

/// A record of FastCGI carries at most this much.
const RECORD: usize = fastcgi::CONTENT_MAX;

impl<'a> Upload<'a> {
    /// An upload by this route, of which `keep` bytes of the body are kept for another attempt.
    pub(crate) fn new(before: Vec<u8>, keep: usize, route: &'a Route) -> Self {
        Self {
            edits: Edits(&route.request_fields),
            onto: Onto::Plain,
            before,
            behind: Vec::new(),
            frame: None,
            sent: Sent::default(),
            kept: Kept::of_passing(keep),
            done: false,
            bytes: 0,
            held: false,
            body: 0,
            body_max: route.body_bytes_max,
        }
    }

    /// Begins an attempt: what is written into the text that is handed back goes before the body.
    pub(crate) fn begin(&mut self, onto: Onto) -> &mut Vec<u8> {
        self.onto = onto;
        self.before.clear();
        self.behind.clear();
        self.kept.rewind();
        (self.frame, self.sent, self.done, self.bytes) = (None, Sent::default(), false, 0);
        &mut self.before
    }

    /// What is too large for memory is collected there.
    pub(crate) fn collect_in(&mut self, spool: Spool) {
        self.kept.collect_in(spool);
    }

    /// Reads the whole body before anything is sent, for servers that must know its length; says what that is.
    pub(crate) fn poll_collect<C: Client>(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut C,
    ) -> Poll<Result<u64, Stopped>> {
        loop {
            ready!(self.kept.poll_room(cx)).map_err(Stopped::Own)?;
            ready!(client.poll_body(cx)).map_err(Stopped::Client)?;
            let (piece, ended) = client.body();
            let count = piece.len();
            self.body += count as u64;
            if self.body > self.body_max {
                return Poll::Ready(Err(Stopped::Client(ClientEnd::Fault(RequestFault::BodyTooBig))));
            }
            self.kept.collected(piece);
            client.consume(count);
            if ended {
                ready!(self.kept.poll_end(cx)).map_err(Stopped::Own)?;
                return Poll::Ready(Ok(self.body));
            }
        }
    }

    /// Whether the request can be sent again as a whole.
    pub(crate) fn can_be_repeated(&self) -> bool {
        self.kept.is_whole()
    }

    /// Whether all of it went out.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// Whether nothing waits to be sent but what the client has not sent yet.
    pub(crate) fn waits_for_client(&self) -> bool {
        self.frame.is_none()
    }

    /// That the client waits for a 100.
    pub(crate) fn hold(&mut self) {
        self.held = true;
    }

    /// That it was told to go on.
    pub(crate) fn let_go(&mut self) {
        self.held = false;
    }

    /// Whether the client waits for a 100, and has sent nothing of the body yet.
    pub(crate) fn is_held(&self) -> bool {
        self.held
    }

    /// Gives the memory back.
    pub(crate) fn into_text(self) -> Vec<u8> {
        self.before
    }

    /// Sends on.
    pub(crate) fn poll<C: Client>(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut C,
        leg: &mut Leg,
    ) -> Poll<Result<(), Stopped>> {
        while !self.done {
            let frame = match self.frame {
                Some(frame) => frame,
                None => match self.next(cx, client)? {
                    Poll::Ready(frame) => frame,
                    // The head does not wait for a body that has not come yet.
                    Poll::Pending if !self.before.is_empty() => {
                        Frame { piece: 0, from_kept: false, last: false }
                    }
                    Poll::Pending => return Poll::Pending,
                },
            };
            self.frame = Some(frame);
            let piece = if frame.from_kept {
                self.kept.at_hand().get(..frame.piece)
            } else {
                client.body().0.get(..frame.piece)
            };
            let before = self.sent.count();
            let piece = piece.unwrap_or_default();
            let wrote = self.sent.poll_write(cx, &mut leg.channel, &self.before, piece, &self.behind);
            self.bytes += (self.sent.count() - before) as u64;
            ready!(wrote).map_err(|error| Stopped::Server(Cut::of(&error)))?;
            self.went_out(frame, client);
        }
        Poll::Ready(Ok(()))
    }

    fn went_out<C: Client>(&mut self, frame: Frame, client: &mut C) {
        if frame.from_kept {
            self.kept.sent(frame.piece);
        } else if frame.piece > 0 {
            let piece = client.body().0.get(..frame.piece).unwrap_or_default();
            self.kept.passed(piece);
            self.body += frame.piece as u64;
            client.consume(frame.piece);
        }
        (self.frame, self.sent, self.done) = (None, Sent::default(), frame.last);
        self.before.clear();
        self.behind.clear();
    }

    /// The next frame: of what was kept, else of what the client sends.
    fn next<C: Client>(&mut self, cx: &mut Context<'_>, client: &mut C) -> Result<Poll<Frame>, Stopped> {
        let kept = self.kept.left();
        if kept > 0 {
            let piece = match self.kept.poll_piece(cx) {
                Poll::Pending => return Ok(Poll::Pending),
                Poll::Ready(Err(fault)) => return Err(Stopped::Own(fault)),
                Poll::Ready(Ok(at_hand)) => at_hand.min(RECORD),
            };
            let (rest, ended) = client.body();
            let last = piece as u64 == kept && ended && rest.is_empty();
            self.frame_piece(piece, last, client);
            return Ok(Poll::Ready(Frame { piece, from_kept: true, last }));
        }
        match client.poll_body(cx) {
            Poll::Pending => return Ok(Poll::Pending),
            // A client that rightly waits is not slow.
            Poll::Ready(Err(ClientEnd::TooSlow)) if self.held => return Ok(Poll::Pending),
            Poll::Ready(Err(end)) => return Err(Stopped::Client(end)),
            Poll::Ready(Ok(())) => self.held = false,
        }
        let (bytes, ended) = client.body();
        let piece = if self.onto == Onto::Stdin { bytes.len().min(RECORD) } else { bytes.len() };
        let last = ended && piece == bytes.len();
        if self.body + piece as u64 > self.body_max {
            return Err(Stopped::Client(ClientEnd::Fault(RequestFault::BodyTooBig)));
        }
        self.frame_piece(piece, last, client);
        Ok(Poll::Ready(Frame { piece, from_kept: false, last }))
    }

    fn frame_piece<C: Client>(&mut self, piece: usize, last: bool, client: &C) {
        match self.onto {
            Onto::Plain => {}
            Onto::Chunks => {
                if piece > 0 {
                    put_chunk_size(piece, &mut self.before);
                    self.behind.extend_from_slice(b"\r\n");
                }
                if last {
                    let trailers = client.trailers();
                    let trailers = trailers.iter().flat_map(|fields| trailer_fields(*fields, self.edits));
                    put_last_chunk(trailers, &mut self.behind);
                }
            }
            Onto::Stdin => {
                if piece > 0 {
                    self.before.extend_from_slice(&fastcgi::stdin_header(piece).0);
                }
                if last {
                    self.behind.extend_from_slice(&fastcgi::STDIN_END);
                }
            }
        }
    }
}

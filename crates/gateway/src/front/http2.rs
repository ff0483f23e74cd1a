//! A client that speaks HTTP/2: the connection, and each of its streams as a client of its own.
//!
//! Framing, flow control and the protections against floods are the `h2` crate's; what a request is and what becomes of
//! it is the same as in HTTP/1.1.

mod carrier;
mod head;
mod outbound;
mod stream;

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use goodgate_wire::{Channel, FieldLines, RequestFault};
use h2::server::{Builder, Connection, SendResponse};
use h2::{Reason, RecvStream};

use super::Visitor;
use crate::core::buffer::Buffer;
use crate::core::deadline::Deadline;
use crate::core::{Core, Scratch};
use crate::exchange::{Ask, Exchange};
use crate::plan::Clients;
use crate::record::End;
use carrier::Carrier;
use outbound::{Outbound, Piece};
use stream::Stream;

/// Bytes of a request's body that a client may send on one stream before they are taken.
const WINDOW: u32 = 256 << 10;
/// The same for all streams of a connection.
const CONNECTION_WINDOW: u32 = 1 << 20;
/// Bytes of an answer that one stream may have waiting to be written.
const SEND_BUFFER: usize = 128 << 10;
/// Streams that a client reset and that are remembered for what may still come for them.
const RESET_STREAMS: usize = 32;
/// Streams reset by the client before we looked at them: more is a flood (CVE-2023-44487), and the connection ends.
const PENDING_RESETS: usize = 64;
/// Streams that we reset for the client's faults before the connection ends.
const OWN_RESETS: usize = 256;
/// Streams in hand, as a multiple of those that may be open at once. What a client resets is no longer open, but what was
/// begun for it ends a moment later; who opens so many in its place wants the work and not the answers.
const IN_HAND: usize = 2;
/// Streams that a client may reset before their answer has ended, in the beginning; later as many as are answered. Whoever
/// gives up more wants the work and not the answers, too.
const GIVEN_UP: u32 = 500;
/// After GOAWAY, how long a connection without streams is waited for to close.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves the connection to its end. What was read of it already stands in `begun`.
pub(crate) async fn serve(core: Rc<Core>, channel: Channel, begun: Buffer, visitor: Rc<Visitor>) {
    let rules = core.loaded().plan.clients;
    let deadline = core.deadlines.add();
    deadline.set(rules.head);
    let outbound = Rc::new(Outbound::default());
    let carrier = Carrier::new(channel, begun, Rc::clone(&core), rules, Rc::clone(&outbound));
    let mut handshake = Box::pin(settings(&rules).handshake::<_, Piece>(carrier));
    let shaken = poll_fn(|cx| match handshake.as_mut().poll(cx) {
        Poll::Ready(result) => Poll::Ready(result.ok()),
        Poll::Pending if deadline.passed(cx) => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    });
    let Some(connection) = shaken.await else { return };
    drop(handshake);
    let (streams, waits) = (Rc::default(), Waits::Handshake);
    Serving { core, connection, visitor, streams, outbound, waits, deadline, rules }.run().await;
}

fn settings(rules: &Clients) -> Builder {
    let mut builder = Builder::new();
    builder
        .initial_window_size(WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(rules.streams)
        .max_header_list_size(u32::try_from(rules.head_bytes).unwrap_or(u32::MAX))
        .max_send_buffer_size(SEND_BUFFER)
        .max_concurrent_reset_streams(RESET_STREAMS)
        .max_pending_accept_reset_streams(PENDING_RESETS)
        .max_local_error_reset_streams(Some(OWN_RESETS));
    builder
}

struct Serving {
    core: Rc<Core>,
    connection: Connection<Carrier, Piece>,
    visitor: Rc<Visitor>,
    streams: Rc<Streams>,
    outbound: Rc<Outbound>,
    /// What the deadline is for.
    waits: Waits,
    deadline: Deadline,
    rules: Clients,
}

/// The streams of a connection.
#[derive(Default)]
struct Streams {
    /// Being answered.
    in_hand: Cell<usize>,
    /// Answered to their end.
    answered: Cell<u32>,
    /// Reset by the client before.
    given_up: Cell<u32>,
}

impl Streams {
    /// Whether they are opened for the work that they make.
    fn are_a_flood(&self, in_hand_max: usize) -> bool {
        self.in_hand.get() >= in_hand_max || self.given_up.get() > GIVEN_UP.max(self.answered.get())
    }

    fn end(&self, given_up: bool) {
        let count = if given_up { &self.given_up } else { &self.answered };
        count.set(count.get().saturating_add(1));
    }
}

/// What came of waiting.
enum Next {
    Stream(Box<(http::Request<RecvStream>, SendResponse<Piece>)>),
    /// Nothing for too long, or we are stopping.
    Enough,
    /// The client takes nothing of what it was answered.
    Slow,
    End,
}

/// How a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    Serving,
    /// What is in hand ends, and what waits is written, and nothing else begins.
    Leaving,
    /// Nothing is left but to close it.
    Parting,
    /// It is closed as soon as the client was told why.
    Ending,
}

/// What a connection is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    /// The beginning.
    Handshake,
    /// Streams, of which each has its own deadlines.
    Streams,
    /// The client to take so many bytes.
    Writing(usize),
    /// The client to ask, or, of a connection that ends, to agree.
    Asking(Stands),
    /// The client to close, which has its own deadlines.
    Closing,
}

impl Serving {
    async fn run(mut self) {
        let in_hand_max = (self.rules.streams as usize).saturating_mul(IN_HAND);
        let mut stands = Stands::Serving;
        loop {
            match self.next(stands).await {
                Next::Stream(_) if self.streams.are_a_flood(in_hand_max) => {
                    stands = Stands::Ending;
                    self.connection.abrupt_shutdown(Reason::ENHANCE_YOUR_CALM);
                    self.deadline.set(FAREWELL);
                }
                Next::Stream(stream) => self.begin(stream.0, stream.1),
                Next::Enough if stands == Stands::Serving => {
                    stands = Stands::Leaving;
                    self.connection.graceful_shutdown();
                }
                Next::Enough if stands == Stands::Leaving => {
                    stands = Stands::Parting;
                    self.connection.abrupt_shutdown(Reason::NO_ERROR);
                }
                Next::Enough | Next::Slow | Next::End => return,
            }
        }
    }

    async fn next(&mut self, stands: Stands) -> Next {
        poll_fn(|cx| {
            match self.connection.poll_accept(cx) {
                Poll::Ready(Some(Ok((request, respond)))) => {
                    return Poll::Ready(Next::Stream(Box::new((request, respond))));
                }
                Poll::Ready(_) => return Poll::Ready(Next::End),
                Poll::Pending => {}
            }
            if stands != Stands::Ending {
                self.wait(stands);
            }
            let stops = self.core.is_stopping() && stands == Stands::Serving;
            match self.deadline.passed(cx) {
                true if matches!(self.waits, Waits::Writing(_)) => Poll::Ready(Next::Slow),
                over if over || stops => Poll::Ready(Next::Enough),
                _ => Poll::Pending,
            }
        })
        .await
    }

    /// Sets the deadline for what is waited for, once for each.
    fn wait(&mut self, stands: Stands) {
        let waits = match (self.streams.in_hand.get(), self.outbound.waiting()) {
            _ if self.outbound.parts() => Waits::Closing,
            (0, 0) => Waits::Asking(stands),
            (0, waiting) => Waits::Writing(waiting),
            _ => Waits::Streams,
        };
        if std::mem::replace(&mut self.waits, waits) == waits {
            return;
        }
        match waits {
            Waits::Handshake | Waits::Streams | Waits::Closing => self.deadline.clear(),
            Waits::Writing(_) => self.deadline.set(self.rules.send_gap),
            Waits::Asking(Stands::Serving) => self.deadline.set(self.rules.idle),
            Waits::Asking(_) => self.deadline.set(FAREWELL),
        }
    }

    fn begin(&self, request: http::Request<RecvStream>, respond: SendResponse<Piece>) {
        let counted = Counted::new(&self.streams);
        let (core, visitor, rules) = (Rc::clone(&self.core), Rc::clone(&self.visitor), self.rules);
        let outbound = Rc::clone(&self.outbound);
        tokio::task::spawn_local(async move {
            let end = answer(&core, &visitor, rules, request, respond, outbound).await;
            counted.0.end(end == End::ClientGone);
        });
    }
}

/// Answers one stream.
async fn answer(
    core: &Rc<Core>,
    visitor: &Visitor,
    rules: Clients,
    request: http::Request<RecvStream>,
    respond: SendResponse<Piece>,
    outbound: Rc<Outbound>,
) -> End {
    let loaded = core.loaded();
    let mut scratch = core.scratch();
    let (parts, body) = request.into_parts();
    let head = head::flatten(&parts, body.is_end_stream(), &loaded.limits, &mut scratch);
    let is_head = parts.method == http::Method::HEAD;
    drop(parts);
    let mut stream = Stream::new(core, rules, body, respond, outbound, is_head);
    match head {
        Err(fault) => {
            scratch.told.end = super::refuse(&mut stream, core, &loaded, visitor, fault).await;
            // A reset would throw away the page before it is written.
            Box::pin(stream.leave(core)).await;
            if matches!(fault, RequestFault::Malformed(_)) {
                stream.reset(Reason::PROTOCOL_ERROR);
            }
        }
        Ok(head) => {
            let Scratch { text, lines, told, room, .. } = &mut *scratch;
            let request = head.request(text, FieldLines::new(text, lines), visitor);
            let ask = Ask {
                request,
                framing: head.framing,
                expects_continue: head.expects_continue,
                upgrade: false,
                peer: &visitor.introduction,
                server_name: visitor.server_name.as_deref(),
                admin: visitor.admin,
            };
            let deadline = core.deadlines.add();
            Exchange::new(core, &loaded, &ask, &mut stream, &deadline, told).run(room).await;
            super::record(core, &loaded, visitor, &request, told);
            Box::pin(stream.leave(core)).await;
        }
    }
    drop(stream);
    let end = scratch.told.end;
    core.give_scratch(scratch);
    end
}

/// A stream that counts as in hand while it lasts.
struct Counted(Rc<Streams>);

impl Counted {
    fn new(streams: &Rc<Streams>) -> Self {
        streams.in_hand.set(streams.in_hand.get() + 1);
        Self(Rc::clone(streams))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.in_hand.set(self.0.in_hand.get().saturating_sub(1));
    }
}

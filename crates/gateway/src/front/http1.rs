//! A client that speaks HTTP/1.1 or 1.0: its connection from the first byte to the last.

mod exchanging;
mod waiting;

use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use goodgate_wire::http1::{self, BodyReader, Preface, RequestHead};
use goodgate_wire::{Channel, FieldLines, Framing, RequestFault, Version};

use super::frame::Sent;
use super::leftover::{LITTLE, Parting, Patience, drain};
use super::pace::Pace;
use super::{Tunnel, Visitor};
use crate::core::buffer::{Buffer, LARGE, SMALL};
use crate::core::deadline::Deadline;
use crate::core::{Core, Loaded, Room, Scratch};
use crate::exchange::{Ask, Exchange, Left, Told};
use crate::plan::Clients;
use crate::request::Request;
use waiting::Wait;

/// The connection as an exchange sees it.
pub(crate) struct Http1 {
    pub(crate) channel: Channel,
    core: Rc<Core>,
    rules: Clients,
    inward: Buffer,
    body: Option<BodyReader>,
    /// The piece of the body at hand, as a place in what `inward` holds.
    piece: Range<usize>,
    /// Bytes of `inward` that are done with once the piece is.
    taken: usize,
    body_ended: bool,
    /// Whether the length of the body was announced, and the client sends it without waiting for anything.
    announced: bool,
    /// What of the answer was written but not sent: heads, chunk sizes.
    outward: Vec<u8>,
    behind: Vec<u8>,
    /// How a chunked answer ends: with its trailers, if it has any.
    last_chunk: Vec<u8>,
    sent: Sent,
    framed: bool,
    chunked: bool,
    /// Whether the end of the connection is the end of the answer.
    until_close: bool,
    begun: bool,
    /// Whether any byte of the final answer went out.
    out: bool,
    /// Whether the client asked for the connection to end behind the answer.
    asked_to_close: bool,
    /// Whether the connection ends with this answer.
    pub(crate) close: bool,
    version: Version,
    body_sent: u64,
    gone: bool,
    /// Whether it has asked for anything.
    asked: bool,
    /// Whether it has closed its half behind a request with which it asked for the end of the connection.
    half_closed: bool,
    reading: Pace,
    writing: Pace,
}

/// What became of waiting for a request.
enum Next {
    Head(RequestHead),
    Http2,
    Fault(RequestFault),
    /// Nobody asks any more.
    End,
}

/// Serves the connection to its end, or until it turns out to be one of HTTP/2.
pub(crate) async fn serve(
    core: Rc<Core>,
    channel: Channel,
    visitor: &Visitor,
    http2: bool,
) -> Option<(Channel, Buffer)> {
    let mut client = Http1::new(core, channel);
    let mut first = true;
    loop {
        let patience = if first { client.rules.head } else { client.rules.idle.saturating_sub(QUIET) };
        if client.wait(patience).await != Wait::Came {
            break;
        }
        // What requests need is boxed, so that an idle connection is small.
        match Box::pin(client.requests(visitor, first && http2)).await {
            Turn::Again => {}
            Turn::Http2 => return Some((client.channel, client.inward)),
            Turn::End => break,
            Turn::Linger => {
                Box::pin(client.linger()).await;
                break;
            }
            Turn::Reset => {
                client.core.buffers.give(std::mem::take(&mut client.inward));
                client.channel.reset();
                return None;
            }
        }
        first = false;
    }
    client.core.buffers.give(std::mem::take(&mut client.inward));
    None
}

/// After this long without a request a connection gives back what requests need.
const QUIET: Duration = Duration::from_millis(250);

/// Tells a client that spoke HTTP where TLS is spoken so, in its own language.
pub(crate) async fn refuse_plain(core: Rc<Core>, channel: Channel, visitor: &Visitor) {
    let loaded = core.loaded();
    let mut client = Http1::new(Rc::clone(&core), channel);
    client.close = true;
    let fault = RequestFault::Malformed(goodgate_wire::Part::RequestLine);
    super::refuse(&mut client, &core, &loaded, visitor, fault).await;
    client.linger().await;
    core.buffers.give(std::mem::take(&mut client.inward));
}

/// How a connection goes on behind a request.
enum Turn {
    /// Another request may come.
    Again,
    Http2,
    End,
    /// Our end is closed, and what the client still sends is read for a while, so that it can read our answer.
    Linger,
    Reset,
}

async fn turn(
    client: &mut Http1,
    core: &Core,
    loaded: &Loaded,
    visitor: &Visitor,
    scratch: &mut Scratch,
    deadline: &Deadline,
    first: bool,
) -> Turn {
    let head = match poll_fn(|cx| client.poll_request(cx, loaded, scratch, first)).await {
        Next::Head(head) => head,
        Next::Http2 => return Turn::Http2,
        Next::End => return Turn::End,
        Next::Fault(fault) => {
            client.close = true;
            Box::pin(super::refuse(client, core, loaded, visitor, fault)).await;
            return Turn::Linger;
        }
    };
    let Scratch { text, lines, outward, told, room } = scratch;
    text.extend_from_slice(client.inward.filled().get(..head.bytes).unwrap_or_default());
    client.begin_request(&head, loaded);
    std::mem::swap(&mut client.outward, outward);
    let request = Request {
        method: head.method.of(text),
        path: head.path.of(text),
        query: head.query.map(|query| query.of(text)),
        authority: head.named().map(|named| named.of(text)).unwrap_or_default(),
        scheme: visitor.listener.scheme,
        version: head.version,
        fields: FieldLines::of_head(text, lines, head.plain_fields),
        peer: visitor.peer,
    };
    let ask = Ask {
        request,
        framing: head.framing,
        expects_continue: head.expects_continue,
        upgrade: head.upgrade,
        peer: &visitor.introduction,
        server_name: visitor.server_name.as_deref(),
        admin: visitor.admin,
    };
    let mut left = Exchange::new(core, loaded, &ask, client, deadline, told).run(room).await;
    if let Left::Switched(tunnel) = &mut left {
        *room = Room::default();
        Box::pin(carry(tunnel, client, core, loaded, told)).await;
    }
    super::record(core, loaded, visitor, &request, told);
    std::mem::swap(&mut client.outward, outward);
    deadline.clear();
    match left {
        Left::Switched(_) => Turn::End,
        Left::Closed if client.gone => Turn::End,
        Left::Closed if client.must_reset() => Turn::Reset,
        Left::Closed => Turn::End,
        Left::Open if client.close => Turn::Linger,
        Left::Open if !client.has_read_all() && !Box::pin(client.drain()).await => Turn::Linger,
        Left::Open => Turn::Again,
    }
}

/// Carries bytes both ways behind a switch of protocols. The server has that in hand all the while; a place among the
/// requests that are worked on it does not take, since most of the time it is silent.
async fn carry(tunnel: &mut Tunnel, client: &mut Http1, core: &Core, loaded: &Loaded, told: &mut Told) {
    told.ended = Some(core.now());
    let upstream = told.upstream.and_then(|place| loaded.upstreams.get(place));
    let tried = told.tried.last().map(|tried| tried.server);
    let server = upstream.zip(tried).and_then(|(upstream, place)| upstream.servers.get(place));
    let _held = server.map(|server| server.hold());
    let idle = upstream.map_or(client.rules.idle, |upstream| upstream.state.plan.timeouts.tunnel);
    let carried = tunnel.run(client, core, idle).await;
    told.body_read += carried.up;
    told.body_sent += carried.down;
    told.closed = Some(core.now());
}

impl Http1 {
    fn new(core: Rc<Core>, channel: Channel) -> Self {
        let reading = Pace::of_sending(core.deadlines.add());
        let writing = Pace::of_taking(core.deadlines.add());
        let rules = core.loaded().plan.clients;
        Self {
            channel,
            core,
            rules,
            inward: Buffer::default(),
            body: None,
            piece: 0..0,
            taken: 0,
            body_ended: true,
            announced: false,
            outward: Vec::new(),
            behind: Vec::new(),
            last_chunk: Vec::new(),
            sent: Sent::default(),
            framed: false,
            chunked: false,
            until_close: false,
            begun: false,
            out: false,
            asked_to_close: false,
            close: false,
            version: Version::Http11,
            body_sent: 0,
            gone: false,
            asked: false,
            half_closed: false,
            reading,
            writing,
        }
    }

    /// Serves requests until none comes for a while.
    async fn requests(&mut self, visitor: &Visitor, first: bool) -> Turn {
        let core = Rc::clone(&self.core);
        let deadline = core.deadlines.add();
        let mut first = first;
        loop {
            let loaded = core.loaded();
            self.rules = loaded.plan.clients;
            let mut scratch = core.scratch();
            let turn = turn(self, &core, &loaded, visitor, &mut scratch, &deadline, first).await;
            core.give_scratch(scratch);
            first = false;
            match turn {
                Turn::Again => self.rest(),
                ended => return ended,
            }
            drop(loaded);
            match self.wait(QUIET.min(self.rules.idle)).await {
                Wait::Came => {}
                Wait::Nothing => return Turn::Again,
                Wait::End => return Turn::End,
            }
        }
    }

    fn poll_request(
        &mut self,
        cx: &mut Context<'_>,
        loaded: &Loaded,
        scratch: &mut Scratch,
        first: bool,
    ) -> Poll<Next> {
        loop {
            let preface = if first { http1::preface(self.inward.filled()) } else { Preface::No };
            if preface == Preface::Whole {
                return Poll::Ready(Next::Http2);
            }
            if preface == Preface::No {
                match http1::request_head(self.inward.filled(), &loaded.limits, &mut scratch.lines) {
                    Ok(Some(head)) => return Poll::Ready(Next::Head(head)),
                    Ok(None) => {}
                    Err(fault) => return Poll::Ready(Next::Fault(fault)),
                }
            }
            self.make_room();
            match self.channel.poll_read(cx, self.inward.room()) {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Next::End),
                Poll::Ready(Ok(count)) => self.inward.came(count),
                Poll::Pending => {
                    let slow = self.reading.poll::<()>(cx, self.rules.head);
                    return slow.map(|_| Next::Fault(RequestFault::TooSlow));
                }
            }
        }
    }

    fn make_room(&mut self) {
        if self.inward.room().is_empty() {
            self.inward.compact();
        }
        if self.inward.room().is_empty() {
            let size = if self.inward.size() < LARGE { LARGE } else { self.inward.size() * 2 };
            self.inward = std::mem::take(&mut self.inward).grown(&self.core.buffers, size);
        }
    }

    fn begin_request(&mut self, head: &RequestHead, loaded: &Loaded) {
        self.inward.consume(head.bytes);
        self.reading.stop();
        self.body = match head.framing {
            Framing::None | Framing::Length(0) => None,
            framing => Some(BodyReader::of_request(framing, &loaded.limits)),
        };
        self.body_ended = self.body.is_none();
        self.announced = matches!(head.framing, Framing::Length(_)) && !head.expects_continue;
        self.version = head.version;
        self.asked = true;
        self.asked_to_close = !head.persistent;
        self.close = self.asked_to_close || self.core.is_stopping();
        (self.begun, self.out, self.chunked, self.until_close) = (false, false, false, false);
    }

    /// Between two requests.
    fn rest(&mut self) {
        (self.body, self.body_sent) = (None, 0);
        if self.inward.is_empty() {
            self.core.buffers.give(std::mem::take(&mut self.inward));
            self.behind = Vec::new();
            self.last_chunk = Vec::new();
        }
    }

    /// Whether nothing is left of the request's body.
    fn has_read_all(&self) -> bool {
        self.body_ended && self.piece.is_empty()
    }

    /// Whether what is left of the body is so little, and so surely on its way, that it is read behind the answer.
    fn rest_is_little(&self) -> bool {
        self.announced && self.body.as_ref().and_then(BodyReader::missing).is_some_and(|left| left <= LITTLE)
    }

    /// Reads what is left of a body that nobody wanted; whether another request can follow.
    async fn drain(&mut self) -> bool {
        let patience = Patience::new(&self.core, &self.rules);
        drain(self, patience, LITTLE).await
    }

    /// Whether only a reset tells the client that the answer is not whole: its end is that of the connection. That holds
    /// over TLS too, since many clients take an end without close_notify for a good one.
    fn must_reset(&self) -> bool {
        self.begun && self.until_close
    }

    /// Closes our end, and reads what still comes for a while.
    async fn linger(&mut self) {
        self.reading.stop();
        self.core.buffers.give(std::mem::take(&mut self.inward));
        let patience = Patience::new(&self.core, &self.rules);
        let sends = self.body.is_some() && !self.has_read_all();
        let mut parting = if sends { Parting::in_body(patience) } else { Parting::in_rest(patience) };
        poll_fn(|cx| parting.poll(cx, &mut self.channel)).await;
    }

    /// Reads into the room of the buffer: 0 where the client has closed its half.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if !self.inward.is_lent() {
            ready!(self.channel.poll_readable(cx))?;
            self.inward = self.core.buffers.take(SMALL);
        }
        self.make_room();
        let count = ready!(self.channel.poll_read(cx, self.inward.room()))?;
        self.inward.came(count);
        Poll::Ready(Ok(count))
    }

    /// What the client sent that belongs to no request.
    pub(crate) fn inward(&mut self) -> &mut Buffer {
        &mut self.inward
    }
}

//! A client that speaks HTTP/1.1 or 1.0: its connection from the first byte to the last.

mod connection;
mod exchanging;

use std::future::poll_fn;
use std::ops::Range;
use std::rc::Rc;
use std::task::{Context, Poll};

use goodgate_wire::http1::{self, BodyReader, Preface, RequestHead};
use goodgate_wire::{Channel, FieldLines, Framing, RequestFault, Version};

use super::frame::Sent;
use super::leftover::{LITTLE, Parting, Patience, drain};
use super::pace::Pace;
use super::{Tunnel, Visitor};
use crate::core::deadline::Deadline;
use crate::core::{Core, Loaded, Room, Scratch};
use crate::exchange::{Ask, Exchange, Left, Told};
use crate::plan::Clients;
use crate::request::Request;
use connection::{QUIET, Wait};

pub(crate) use connection::Connection;

/// The connection as an exchange sees it, with all that is needed only while there are requests.
pub(crate) struct Http1<'a> {
    connection: &'a mut Connection,
    core: &'a Rc<Core>,
    rules: Clients,
    body: Option<BodyReader>,
    /// The piece of the body at hand, as a place in what the connection's buffer holds.
    piece: Range<usize>,
    /// Bytes of the buffer that are done with once the piece is.
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
    close: bool,
    version: Version,
    body_sent: u64,
    gone: bool,
    /// Whether it has closed its half behind a request with which it asked for the end of the connection.
    half_closed: bool,
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

/// How a connection is over, as far as HTTP/1.1 goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// Nothing more is said.
    Closed,
    /// Only a reset tells the client that its answer is not whole.
    Reset,
    /// It is one of HTTP/2.
    Http2,
}

/// Serves the connection to its end, or until it turns out to be one of HTTP/2.
pub(crate) async fn serve(connection: &mut Connection, visitor: &Visitor) -> Over {
    loop {
        if connection.wait(connection.patience()).await != Wait::Came {
            return Over::Closed;
        }
        // What requests need is boxed, so that an idle connection is small.
        if let Some(over) = Box::pin(requests(connection, visitor)).await {
            return over;
        }
    }
}

/// Serves requests until none comes for a while, or the connection is over.
async fn requests(connection: &mut Connection, visitor: &Visitor) -> Option<Over> {
    let core = Rc::clone(&connection.core);
    let deadline = core.deadlines.add();
    let mut client = Http1::new(&core, connection);
    let over = loop {
        let loaded = core.loaded();
        client.rules = loaded.plan.clients;
        let mut scratch = core.scratch();
        let turn = turn(&mut client, &loaded, visitor, &mut scratch, &deadline).await;
        core.give_scratch(scratch);
        match turn {
            Turn::Again => client.rest(),
            Turn::Linger => {
                drop(loaded);
                Box::pin(client.linger()).await;
                break Over::Closed;
            }
            Turn::Over(over) => break over,
        }
        drop(loaded);
        match client.connection.wait(QUIET.min(client.rules.idle)).await {
            Wait::Came => {}
            Wait::Nothing => return None,
            Wait::End => break Over::Closed,
        }
    };
    if over != Over::Http2 {
        connection.give_back();
    }
    Some(over)
}

/// Tells a client that spoke HTTP where TLS is spoken so, in its own language.
pub(crate) async fn refuse_plain(core: &Rc<Core>, channel: Channel, visitor: &Visitor) {
    let loaded = core.loaded();
    let mut connection = Connection::new(Rc::clone(core), channel, false);
    let mut client = Http1::new(core, &mut connection);
    client.close = true;
    let fault = RequestFault::Malformed(goodgate_wire::Part::RequestLine);
    super::refuse(&mut client, core, &loaded, visitor, fault).await;
    client.linger().await;
}

/// How a connection goes on behind a request.
enum Turn {
    /// Another request may come.
    Again,
    /// Our end is closed, and what the client still sends is read for a while, so that it can read our answer.
    Linger,
    Over(Over),
}

async fn turn(
    client: &mut Http1<'_>,
    loaded: &Loaded,
    visitor: &Visitor,
    scratch: &mut Scratch,
    deadline: &Deadline,
) -> Turn {
    let core = client.core;
    let head = match poll_fn(|cx| client.poll_request(cx, loaded, scratch)).await {
        Next::Head(head) => head,
        Next::Http2 => return Turn::Over(Over::Http2),
        Next::End => return Turn::Over(Over::Closed),
        Next::Fault(fault) => {
            client.close = true;
            Box::pin(super::refuse(client, core, loaded, visitor, fault)).await;
            return Turn::Linger;
        }
    };
    let Scratch { text, lines, outward, told, room } = scratch;
    text.extend_from_slice(client.connection.inward.filled().get(..head.bytes).unwrap_or_default());
    client.begin_request(&head, loaded);
    std::mem::swap(&mut client.outward, outward);
    let request = Request {
        method: head.method.of(text),
        path: head.path.of(text),
        query: head.query.map(|query| query.of(text)),
        authority: head.named().map(|named| named.of(text)).unwrap_or_default(),
        scheme: visitor.listener.scheme,
        version: head.version,
        fields: FieldLines::of_head(text, lines, head.found),
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
        Left::Switched(_) => Turn::Over(Over::Closed),
        Left::Closed if client.gone => Turn::Over(Over::Closed),
        Left::Closed if client.must_reset() => Turn::Over(Over::Reset),
        Left::Closed => Turn::Over(Over::Closed),
        Left::Open if client.close => Turn::Linger,
        Left::Open if !client.has_read_all() && !Box::pin(client.drain()).await => Turn::Linger,
        Left::Open => Turn::Again,
    }
}

/// Carries bytes both ways behind a switch of protocols. The server has that in hand all the while; a place among the
/// requests that are worked on it does not take, since most of the time it is silent.
async fn carry(tunnel: &mut Tunnel, client: &mut Http1<'_>, core: &Core, loaded: &Loaded, told: &mut Told) {
    told.ended = Some(core.now());
    let upstream = told.upstream.and_then(|place| loaded.upstreams.get(place));
    let tried = told.tried.last().map(|tried| tried.server);
    let server = upstream.zip(tried).and_then(|(upstream, place)| upstream.servers.get(place));
    let _held = server.map(|server| server.hold());
    let idle = upstream.map_or(client.rules.idle, |upstream| upstream.state.plan.timeouts.tunnel);
    let carried = tunnel.run(client.connection, core, idle).await;
    told.body_read += carried.up;
    told.body_sent += carried.down;
    told.closed = Some(core.now());
}

impl<'a> Http1<'a> {
    fn new(core: &'a Rc<Core>, connection: &'a mut Connection) -> Self {
        Self {
            connection,
            core,
            rules: core.loaded().plan.clients,
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
            half_closed: false,
            writing: Pace::of_taking(core.deadlines.add()),
        }
    }

    fn poll_request(&mut self, cx: &mut Context<'_>, loaded: &Loaded, scratch: &mut Scratch) -> Poll<Next> {
        loop {
            let came = self.connection.inward.filled();
            let preface = if self.connection.may_be_http2 { http1::preface(came) } else { Preface::No };
            if preface == Preface::Whole {
                return Poll::Ready(Next::Http2);
            }
            if preface == Preface::No {
                match http1::request_head(came, &loaded.limits, &mut scratch.lines) {
                    Ok(Some(head)) => return Poll::Ready(Next::Head(head)),
                    Ok(None) => {}
                    Err(fault) => return Poll::Ready(Next::Fault(fault)),
                }
            }
            match self.connection.poll_fill(cx) {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Next::End),
                Poll::Ready(Ok(_)) => {}
                Poll::Pending => {
                    let slow = self.connection.reading.poll::<()>(cx, self.rules.head);
                    return slow.map(|_| Next::Fault(RequestFault::TooSlow));
                }
            }
        }
    }

    fn begin_request(&mut self, head: &RequestHead, loaded: &Loaded) {
        self.connection.inward.consume(head.bytes);
        self.connection.reading.stop();
        (self.connection.asked, self.connection.may_be_http2) = (true, false);
        self.body = match head.framing {
            Framing::None | Framing::Length(0) => None,
            framing => Some(BodyReader::of_request(framing, &loaded.limits)),
        };
        self.body_ended = self.body.is_none();
        self.announced = matches!(head.framing, Framing::Length(_)) && !head.expects_continue;
        self.version = head.version;
        self.asked_to_close = !head.persistent;
        self.close = self.asked_to_close || self.core.is_stopping();
        (self.begun, self.out, self.chunked, self.until_close) = (false, false, false, false);
    }

    /// Between two requests.
    fn rest(&mut self) {
        (self.body, self.body_sent) = (None, 0);
        if self.connection.inward.is_empty() {
            self.connection.give_back();
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
        let patience = Patience::new(self.core, &self.rules);
        drain(self, patience, LITTLE).await
    }

    /// Whether only a reset tells the client that the answer is not whole: its end is that of the connection. That holds
    /// over TLS too, since many clients take an end without close_notify for a good one.
    fn must_reset(&self) -> bool {
        self.begun && self.until_close
    }

    /// Whether nothing more comes from the client: it asked for the end of the connection, behind which it must not send
    /// another request (RFC 9112 section 9.6). Behind a body some send a line end too many.
    fn has_said_all(&self) -> bool {
        self.asked_to_close && self.body.is_none() && self.connection.inward.is_empty()
    }

    /// Closes our end, and reads what still comes for a while.
    async fn linger(&mut self) {
        self.connection.reading.stop();
        let patience = Patience::new(self.core, &self.rules);
        let sends = self.body.is_some() && !self.has_read_all();
        let mut parting = match sends {
            true => Parting::in_body(patience),
            false if self.has_said_all() => Parting::at_once(patience),
            false => Parting::in_rest(patience),
        };
        self.connection.give_back();
        poll_fn(|cx| parting.poll(cx, &mut self.connection.channel)).await;
    }
}

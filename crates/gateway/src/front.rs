//! The client's side of an exchange, whichever version of HTTP it speaks.

pub(crate) mod frame;
pub(crate) mod http1;
pub(crate) mod http2;
mod leftover;
mod pace;
mod tunnel;

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use goodgate_wire::{FieldLines, RequestFault, Version};

use crate::Failed;
use crate::answer::{self, Audience};
use crate::core::moment::Moment;
use crate::core::{Core, Loaded};
use crate::exchange::{Told, none};
use crate::forward::{Edits, Introduction, Sink};
use crate::own::OwnAnswer;
use crate::record::{End, Entrance, Record};
use crate::request::Request;

pub(crate) use tunnel::Tunnel;

/// Who connected, and where.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) peer: SocketAddr,
    /// How servers are told of it.
    pub(crate) introduction: Introduction,
    pub(crate) listener: Arc<Entrance>,
    /// The name in its TLS hello.
    pub(crate) server_name: Option<String>,
    /// Whether it came by the admin address.
    pub(crate) admin: bool,
}

/// Why nothing more comes from a client, or goes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientEnd {
    /// It went away.
    Gone,
    /// It sends its request too slowly.
    TooSlow,
    /// It takes its answer too slowly.
    Stalled,
    /// What it sent is wrong.
    Fault(RequestFault),
}

impl ClientEnd {
    /// How an answer of our own ended that could not be sent for this.
    pub(crate) fn of_answer(self) -> End {
        if self == Self::Stalled { End::ClientSlow } else { End::ClientGone }
    }
}

/// How long the body of an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// There is none: HEAD, 204, 304.
    None,
    /// So many bytes; the field that says so is among the fields.
    Known(u64),
    /// Nobody knows yet.
    Unknown,
}

/// A client that has asked and waits for its answer.
pub(crate) trait Client {
    /// What fields of an answer are written to.
    type Fields: Sink;

    /// The version of HTTP that it speaks.
    fn version(&self) -> Version;

    /// Waits until a piece of the request's body is at hand, or its end.
    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ClientEnd>>;

    /// The piece at hand, and whether nothing comes behind it.
    fn body(&self) -> (&[u8], bool);

    /// That so much of the piece was passed on.
    fn consume(&mut self, count: usize);

    /// That nobody wants the rest of the body: what of it is here already is thrown away, so that an answer that begins
    /// now need not end the connection.
    fn forgo_body(&mut self, cx: &mut Context<'_>);

    /// The trailer fields behind a body that has ended.
    fn trailers(&self) -> Option<FieldLines<'_>>;

    /// Whether the client has gone away, looked at while it waits. To be asked only behind the end of its body.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    /// Passes an interim answer (1xx) on, as far as this version knows it.
    fn interim(&mut self, status: u16, reason: &[u8], write: &mut dyn FnMut(&mut Self::Fields));

    /// Begins the answer. Nothing is sent before [`Client::poll_send`].
    fn begin(&mut self, status: u16, reason: &[u8], length: Length, write: &mut dyn FnMut(&mut Self::Fields));

    /// Whether anything of the answer that was begun waits to be sent.
    fn has_pending(&self) -> bool;

    /// Whether anything of the final answer went out, so that no other can take its place.
    fn has_begun(&self) -> bool;

    /// Sends what is pending and then the piece, all of it; to be called with the same piece until it is done.
    fn poll_send(&mut self, cx: &mut Context<'_>, piece: &[u8], last: bool) -> Poll<Result<(), ClientEnd>>;

    /// The trailer fields to send behind the last piece, as lines; dropped where the version or framing has none.
    fn set_trailers(&mut self, fields: FieldLines<'_>, edits: Edits<'_>);

    /// Breaks the answer off so that the client can tell that it is not whole.
    fn break_off(&mut self);

    /// Bytes of the answer's body that were taken by the operating system (or by the HTTP/2 connection).
    fn body_sent(&self) -> u64;
}

/// Answers a request that could not even be read; says how that ended.
pub(crate) async fn refuse<C: Client>(
    client: &mut C,
    core: &Core,
    loaded: &Loaded,
    visitor: &Visitor,
    fault: RequestFault,
) -> End {
    let failed = Failed::Request(fault);
    let now = core.now();
    let id = core.next_id();
    let to = Audience {
        method: b"",
        accept: None,
        accept_language: None,
        request_id: &id,
        when_us: core.shared.clock.wall_us(now),
        account: None,
    };
    let (mut fields, mut body) = (Vec::new(), Vec::new());
    let status = answer::own(&failed, &to, &loaded.pages, &mut fields, &mut body);
    let length = Some(body.len() as u64);
    let own = OwnAnswer { status, fields: &fields, length, id: &id, edits: Edits::default() };
    own.begin(core, client, b"");
    let sent = std::future::poll_fn(|cx| client.poll_send(cx, &body, true)).await;
    let mut told = Told::default();
    told.begin(id, visitor.peer.ip(), now);
    (told.status, told.failed, told.body_sent) = (status, Some(failed), client.body_sent());
    told.end = sent.map_or_else(ClientEnd::of_answer, |()| End::Complete);
    let request = Request {
        method: b"",
        path: b"",
        query: None,
        authority: b"",
        scheme: visitor.listener.scheme,
        version: client.version(),
        fields: FieldLines::new(b"", &[]),
        peer: visitor.peer,
    };
    record(core, loaded, visitor, &request, &told);
    told.end
}

/// Tells the access log and the metrics what became of a request.
pub(crate) fn record(core: &Core, loaded: &Loaded, visitor: &Visitor, request: &Request<'_>, told: &Told) {
    use goodgate_wire::FieldName as F;
    if visitor.admin {
        return;
    }
    let answered = told.ended.unwrap_or_else(|| core.now());
    let since = |moment: Moment| moment.us().saturating_sub(told.began.us());
    // How long tunnels last says nothing of how fast answers are.
    count(loaded, told, since(answered));
    let now = told.closed.unwrap_or(answered);
    let mut log = core.log.borrow_mut();
    let Some(log) = log.as_mut() else { return };
    let (mut few, mut many) = (none(), Vec::new());
    let attempts = told.attempts(loaded, &mut few, &mut many);
    let upstream = told.upstream.and_then(|place| loaded.upstreams.get(place));
    let record = Record {
        when_us: core.shared.clock.wall_us(told.began),
        duration_us: since(now),
        client: told.client,
        peer: visitor.peer.ip().to_canonical(),
        peer_text: visitor.introduction.address(),
        listener: &visitor.listener,
        version: request.version,
        method: request.method,
        host: request.host(),
        path: request.path,
        query_bytes: request.query.map(<[u8]>::len),
        status: told.status,
        end: told.end,
        request_bytes: told.body_read,
        response_bytes: told.body_sent,
        user_agent: request.fields.first(F::UserAgent),
        referer: request.fields.first(F::Referer),
        id: &told.id,
        route: loaded.route_name(told.route),
        upstream: upstream.map(|local| &local.name),
        attempts,
        failed: told.failed.as_ref(),
    };
    log.write(&record, now.us());
}

/// Counts a request that has ended.
fn count(loaded: &Loaded, told: &Told, duration_us: u64) {
    let metrics = &loaded.metrics;
    let route = metrics.route(told.route.map(|hit| (hit.site, hit.route)));
    route.ended(told.status, duration_us, told.body_read, told.body_sent);
    let upstream = told.upstream.map_or(&*metrics.unrouted, |place| metrics.upstream(place));
    if let Some(error) = told.failed.as_ref().and_then(Failed::error_type) {
        upstream.failed(error);
    } else if told.tried.len() > 1 && told.failed.is_none() {
        upstream.masked.one();
    }
    for _ in 1..told.tried.len() {
        upstream.retries.one();
    }
    for tried in &told.tried {
        let Some(server) = told.upstream.and_then(|place| metrics.server(place, tried.server)) else {
            continue;
        };
        match (tried.failed, tried.status) {
            (Some(_), _) => server.failed.one(),
            (None, Some(_)) => server.answered.one(),
            // The client went away before there was an answer, or there was no room for a connection.
            (None, None) => {}
        }
        if tried.connect_us.is_some() {
            server.connected.one();
        }
        if let Some(head_us) = tried.head_us {
            upstream.head.add(head_us);
        }
    }
}

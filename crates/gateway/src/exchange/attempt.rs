//! Asking servers until one answers: which, how often, and when asking again is safe.

use std::future::poll_fn;
use std::time::Duration;

use goodgate_facts::Phase;
use goodgate_wire::http1::put_field;
use goodgate_wire::{Failure, FieldLine, Framing, Retry, fastcgi, put_decimal};

use super::told::Tried;
use super::turn::{Ended, Frame, Turn};
use super::upload::{Onto, Upload};
use super::waiting::{place, unless_gone, wait_for_room};
use super::{Exchange, Left};
use crate::Failed;
use crate::core::Room;
use crate::core::buffer::Buffer;
use crate::core::moment::Moment;
use crate::forward::{Edits, Listed, Onward, request_fields};
use crate::front::{Client, ClientEnd, Tunnel};
use crate::plan::{Connections, Protocol, Route, Server, Upstream};
use crate::record::{End, recorded_stderr};
use crate::upstream::{Care, Head, Leg, Local, LocalServer, Room as Found, open};

/// Where a request goes.
pub(super) struct Towards<'a> {
    pub(super) upstream: usize,
    pub(super) route: &'a Route,
    pub(super) host: &'a [u8],
    pub(super) target: &'a [u8],
    /// What FastCGI wants to know besides.
    pub(super) script: Option<Script<'a>>,
}

/// A script that FastCGI runs.
pub(super) struct Script<'a> {
    pub(super) root: &'a [u8],
    pub(super) name: &'a [u8],
    pub(super) filename: &'a [u8],
    pub(super) path_info: &'a [u8],
    pub(super) params: &'a [(String, String)],
}

/// What all attempts at one request have in common.
struct Asking<'a> {
    local: &'a Local,
    towards: &'a Towards<'a>,
    upload: &'a mut Upload,
    lines: &'a mut Vec<FieldLine>,
}

/// One attempt.
#[derive(Clone, Copy)]
struct Aim<'a> {
    /// The server's place in the upstream.
    place: usize,
    server: &'a LocalServer,
    /// Whether an idle connection will not do.
    fresh: bool,
    began: Moment,
}

/// What became of the attempts so far.
#[derive(Default)]
struct Past {
    /// Servers that were asked, by their places in the upstream.
    tried: Vec<usize>,
    /// Those that had as many connections as they may when they were to be asked.
    full: Vec<usize>,
    /// Connections that were closing while we wrote.
    races: u32,
    last: Option<Failure>,
}

/// A failed attempt, and what may follow it.
struct Missed {
    ended: Ended,
    /// Whether the connection had been used before: then it may have been closing while we wrote.
    reused: bool,
}

impl<C: Client> Exchange<'_, C> {
    /// Has a server of the upstream answer.
    pub(super) async fn proxy(&mut self, towards: &Towards<'_>, room: &mut Room) -> Result<Left, Failed> {
        let loaded = self.loaded;
        let Some(local) = loaded.upstreams.get(towards.upstream) else {
            return Err(Failed::Internal("an upstream that is not in the plan"));
        };
        self.told.upstream = Some(towards.upstream);
        let text = std::mem::take(&mut room.upward);
        let kept = local.state.plan.retry.body_bytes;
        let mut upload = Upload::new(text, kept, towards.route.body_bytes_max);
        let lines = &mut room.answer_lines;
        let result = self.ask(Asking { local, towards, upload: &mut upload, lines }).await;
        self.told.body_read = upload.body;
        room.upward = upload.into_text();
        result
    }

    async fn ask(&mut self, mut asking: Asking<'_>) -> Result<Left, Failed> {
        let script = asking.towards.script.is_some();
        let collects = script && self.framing == Framing::Chunked;
        if collects {
            // Before it takes a place that others wait for.
            Box::pin(self.collect(asking.upload)).await?;
        }
        let (_place, queued) = place(asking.local, &mut *self.client).await?;
        // The clock is asked seldom: the first attempt begins with the request, unless that had to wait.
        let began = if collects || queued { self.core.now() } else { self.told.began };
        if script && self.expects_continue {
            // FastCGI knows no interim answers.
            Box::pin(self.invite()).await?;
        }
        if self.expects_continue {
            asking.upload.hold();
        }
        self.attempts(&mut asking, began).await
    }

    async fn attempts(&mut self, asking: &mut Asking<'_>, began: Moment) -> Result<Left, Failed> {
        let local = asking.local;
        let plan = &local.state.plan;
        let (mut past, mut began) = (Past::default(), began);
        local.budget.request(began.ms());
        loop {
            let (place, found) = self.next(local, &mut past, &mut began).await?;
            let Some(server) = local.servers.get(place) else {
                return Err(Failed::Internal("a server that is not in the plan"));
            };
            if past.tried.contains(&place) {
                if let Some(failure) = past.last.take_if(|failure| !is_worth_again(failure)) {
                    return Err(failure.into());
                }
                Box::pin(self.pause(plan.retry.backoff, past.tried.len())).await;
                began = self.core.now();
            }
            let held = server.hold();
            let aim = Aim { place, server, fresh: past.races > 0, began };
            let missed = match self.attempt(asking, aim, found).await {
                Ok(left) => return Ok(left),
                Err(missed) => missed,
            };
            drop(held);
            began = self.core.now();
            let failure = match missed.ended {
                Ended::Client(end) => return Err(client_failed(end)),
                Ended::Own(failed) => return Err(failed),
                Ended::Full => {
                    past.full.push(place);
                    continue;
                }
                Ended::Server(failure) => failure,
            };
            past.full.clear();
            if self.client.has_begun() {
                self.counts_against(aim, plan, &failure);
                return Err(failure.into());
            }
            // A connection that was closing while we wrote says nothing of the server.
            let race = missed.reused && is_race(&failure);
            if !race {
                self.counts_against(aim, plan, &failure);
            }
            if !self.may_repeat(&failure, asking.upload) {
                return Err(failure.into());
            }
            if race && past.races < RACES_MAX {
                past.races += 1;
                continue;
            }
            past.tried.push(place);
            if past.tried.len() >= plan.retry.attempts as usize {
                return Err(failure.into());
            }
            if !local.budget.may_retry(plan.retry.budget_percent, &local.state.free_retries, began.ms()) {
                self.loaded.metrics.upstream(asking.towards.upstream).retries_denied.one();
                return Err(failure.into());
            }
            past.last = Some(failure);
        }
    }

    /// Whom to ask next, and what was found there if that had to be waited for.
    async fn next(
        &mut self,
        local: &Local,
        past: &mut Past,
        now: &mut Moment,
    ) -> Result<(usize, Option<Found>), Failed> {
        match local.choose(&past.tried, &past.full, now.ms(), self.core.chance()) {
            // One that was not asked yet is worth waiting for before another is asked again.
            Some(place) if past.full.is_empty() || !past.tried.contains(&place) => return Ok((place, None)),
            // What the last one did says more than that none is left.
            None if past.full.is_empty() => {
                return Err(past.last.take().map_or(Failed::NoServer, Failed::from));
            }
            _ => {}
        }
        let care = (past.races == 0).then(|| self.care());
        let (place, found) = Box::pin(wait_for_room(local, &past.full, care, &mut *self.client)).await?;
        *now = self.core.now();
        Ok((place, Some(found)))
    }

    /// One attempt at one server.
    async fn attempt(
        &mut self,
        asking: &mut Asking<'_>,
        aim: Aim<'_>,
        found: Option<Found>,
    ) -> Result<Left, Missed> {
        let core = self.core;
        let Aim { server, began, .. } = aim;
        let protocol = server.state.plan.protocol;
        let mut tried = Tried::of(aim.place);
        let leg = match self.connection(asking.local, aim, found, &mut tried).await {
            Ok(leg) => leg,
            // Nobody was asked.
            Err(Ended::Full) => return Err(Missed { ended: Ended::Full, reused: false }),
            Err(ended) => {
                note_end(&mut tried, &ended);
                self.told.tried.push(tried);
                return Err(Missed { ended, reused: false });
            }
        };
        let reused = tried.reused;
        self.write_head(asking.towards, &server.state.plan, asking.upload);
        let request = &self.ask.request;
        let frame = Frame {
            core,
            request,
            timeouts: &asking.local.state.plan.timeouts,
            edits: Edits(&asking.towards.route.response_fields),
            upgrade: self.upgrades() && protocol != Protocol::FastCgi,
        };
        let begin = if reused { began } else { core.now() };
        let mut turn =
            Turn::new(frame, &mut *self.client, leg, asking.upload, protocol, self.deadline, begin);
        let head = match turn.head(asking.lines).await {
            Ok(head) => head,
            Err(ended) => {
                self.told.tried.push(given_up(turn, tried, &ended));
                return Err(Missed { ended, reused });
            }
        };
        let at = turn.times.head.unwrap_or(began);
        note_head(&mut tried, server, &head, at - began);
        self.told.status = head.status;
        core.date(at, |date| turn.begin_answer(&head, asking.lines, date));
        if head.status == 101 {
            server.state.standing.answered();
            let (leg, buffer) = turn.into_tunnel(&head);
            self.told.tried.push(tried);
            return Box::pin(self.switch(leg, buffer, reused)).await;
        }
        tried.reached = Phase::Body;
        let ended = turn.body().await;
        if !matches!(ended, Err(Ended::Server(_))) {
            // A server that breaks off what it began has failed; a client that does not want the rest says nothing of it.
            server.state.standing.answered();
        }
        match ended {
            Ok(ended) => {
                tried.stderr = recorded_stderr(turn.response.stderr());
                self.told.tried.push(tried);
                self.told.ended = Some(ended);
                let connections = &asking.local.state.plan.connections;
                if let Some(leg) = turn.finish(&head).filter(|leg| !is_worn(leg, connections)) {
                    asking.local.keep(server, leg, ended.ms());
                }
                Ok(Left::Open)
            }
            Err(ended) => {
                self.told.tried.push(given_up(turn, tried, &ended));
                Err(Missed { ended, reused: false })
            }
        }
    }

    /// A connection to the server: the one that was found, an idle one, or a new one.
    async fn connection(
        &mut self,
        local: &Local,
        aim: Aim<'_>,
        found: Option<Found>,
        tried: &mut Tried,
    ) -> Result<Box<Leg>, Ended> {
        let place = match found {
            None => None,
            Some(Found::Place(place)) => Some(place),
            Some(Found::Leg(leg)) => {
                tried.reused = true;
                return Ok(leg);
            }
        };
        let idle = local.state.plan.connections.idle;
        if !aim.fresh
            && place.is_none()
            && let Some(leg) = aim.server.idle(idle, self.care(), aim.began.ms())
        {
            tried.reused = true;
            return Ok(leg);
        }
        let Some(place) = place.or_else(|| local.place(aim.server)) else { return Err(Ended::Full) };
        let opening = Box::pin(open(self.core, local, aim.server, place));
        let Some(opened) = unless_gone(&mut *self.client, opening).await else {
            return Err(Ended::Client(ClientEnd::Gone));
        };
        match opened {
            Ok(leg) => {
                tried.connect_us = Some(micros(self.core.now() - aim.began));
                Ok(Box::new(leg))
            }
            Err(failure) => Err(Ended::Server(failure)),
        }
    }

    /// How closely an idle connection is looked at before it is used.
    fn care(&self) -> Care {
        if self.ask.request.is_idempotent() { Care::Usual } else { Care::Great }
    }

    /// Whether the client may have the protocol switched. Behind a body that would be its end's to decide, which an
    /// application that switches early does not wait for.
    fn upgrades(&self) -> bool {
        self.ask.upgrade && self.framing == Framing::None
    }

    /// The server has switched protocols: from here on only bytes go both ways.
    async fn switch(&mut self, leg: Box<Leg>, buffer: Buffer, reused: bool) -> Result<Left, Missed> {
        self.told.end = End::Tunnel;
        match poll_fn(|cx| self.client.poll_send(cx, &[], false)).await {
            Ok(()) => Ok(Left::Switched(Box::new(Tunnel { leg, buffer }))),
            Err(end) => Err(Missed { ended: Ended::Client(end), reused }),
        }
    }

    fn write_head(&self, towards: &Towards<'_>, server: &Server, upload: &mut Upload) {
        let ask = self.ask;
        let authority = if towards.host.is_empty() { server.authority() } else { String::new() };
        let onward = Onward {
            // HTTP/1.1 needs a host, and not every client of HTTP/1.0 names one.
            host: if towards.host.is_empty() { authority.as_bytes() } else { towards.host },
            asker: self.asker,
            name: &self.core.shared.via,
            request_id: self.told.id.as_bytes(),
            edits: Edits(&towards.route.request_fields),
        };
        if server.protocol == Protocol::FastCgi {
            self.write_params(towards, &onward, upload);
            return;
        }
        let onto = if self.framing == Framing::Chunked { Onto::Chunks } else { Onto::Plain };
        let out = upload.begin(onto);
        for piece in [ask.request.method, b" ", towards.target, b" HTTP/1.1\r\n"] {
            out.extend_from_slice(piece);
        }
        request_fields(&ask.request, &onward, out);
        match self.framing {
            Framing::Length(length) => {
                out.extend_from_slice(b"Content-Length: ");
                put_decimal(length, out);
                out.extend_from_slice(b"\r\n");
            }
            Framing::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
            _ => {}
        }
        if self.upgrades()
            && let Some(to) = ask.request.fields.first(goodgate_wire::FieldName::Upgrade)
        {
            put_field(b"Connection", b"upgrade", out);
            put_field(b"Upgrade", to, out);
        }
        out.extend_from_slice(b"\r\n");
    }

    fn write_params(&self, towards: &Towards<'_>, onward: &Onward<'_>, upload: &mut Upload) {
        let request = &self.ask.request;
        let mut listed = Listed::default();
        request_fields(request, onward, &mut listed);
        let Some(script) = &towards.script else { return };
        let out = upload.begin(Onto::Stdin);
        let mut uri = request.path.to_vec();
        if let Some(query) = request.query {
            uri.push(b'?');
            uri.extend_from_slice(query);
        }
        let address = self.asker.address.to_string();
        let variables = fastcgi::CgiRequest {
            method: request.method,
            uri: &uri,
            query: request.query.unwrap_or_default(),
            document_root: script.root,
            script_name: script.name,
            script_filename: Some(script.filename),
            path_info: script.path_info,
            server_name: request.host(),
            server_addr: b"",
            server_port: port_of(request.authority).unwrap_or(request.scheme.port()),
            protocol: request.version.as_str().as_bytes(),
            scheme: request.scheme.as_str().as_bytes(),
            remote_addr: address.as_bytes(),
            remote_port: request.peer.port(),
            content_length: match self.framing {
                Framing::Length(length) => Some(length),
                _ => None,
            },
            fields: listed.fields(),
        };
        // A connection that is kept holds a worker of php-fpm while it is idle, and there are few: closed, it serves others.
        let mut params = fastcgi::write_request(&variables, fastcgi::Afterwards::Close, out);
        for (name, value) in script.params {
            params.pair(name.as_bytes(), value.as_bytes());
        }
        params.finish();
    }

    /// Whether the request may be sent again behind this failure.
    fn may_repeat(&self, failure: &Failure, upload: &Upload) -> bool {
        let safe = match failure.retry {
            Retry::Safe => true,
            Retry::IfIdempotent => self.ask.request.is_idempotent(),
            Retry::No => false,
        };
        safe && upload.can_be_repeated()
    }

    fn counts_against(&self, aim: Aim<'_>, plan: &Upstream, failure: &Failure) {
        let (standing, now_ms) = (&aim.server.state.standing, self.core.now().ms());
        standing.note_failure(failure.error_type(), now_ms);
        let theirs = failure.side == goodgate_facts::Side::Upstream;
        if theirs && standing.failed(&plan.eject, now_ms) {
            let upstream = self.told.upstream.unwrap_or_default();
            if let Some(cells) = self.loaded.metrics.server(upstream, aim.place) {
                cells.ejected.one();
            }
        }
    }

    async fn pause(&self, backoff: Duration, before: usize) {
        let doubled = backoff.saturating_mul(1 << before.saturating_sub(1).min(6));
        // Between half and all of it, so that many do not come back at once.
        let thousandths = 500 + u32::try_from(self.core.chance() % 500).unwrap_or(0);
        tokio::time::sleep(doubled.saturating_mul(thousandths) / 1000).await;
    }
}

/// Times that the race with a closing connection is run again, with a connection of its own: it cannot happen twice.
const RACES_MAX: u32 = 1;

fn is_race(failure: &Failure) -> bool {
    use goodgate_wire::Fault;
    failure.received == 0
        && matches!(
            failure.fault,
            Fault::ClosedBeforeResponse | Fault::ResetBeforeResponse | Fault::SendBroken
        )
}

/// Whether the same server may well answer where it just failed so. What it answered wrongly it will answer wrongly
/// again, and what it was silent about it will be silent about for as long again.
fn is_worth_again(failure: &Failure) -> bool {
    use goodgate_facts::ErrorType as E;
    matches!(
        failure.error_type(),
        E::ConnectionRefused
            | E::ConnectionTerminated
            | E::HttpResponseIncomplete
            | E::DnsError
            | E::DnsTimeout
    )
}

fn is_worn(leg: &Leg, connections: &Connections) -> bool {
    connections.requests_max > 0 && leg.exchanges >= connections.requests_max
}

/// Notes that a server has answered.
fn note_head(tried: &mut Tried, server: &LocalServer, head: &Head, took: Duration) {
    tried.status = Some(head.status);
    tried.head_us = Some(micros(took));
    tried.reached = Phase::Head;
    if let Some(seconds) = head.keep_alive {
        server.state.announces_idle(seconds);
    }
}

fn note_end(tried: &mut Tried, ended: &Ended) {
    if let Ended::Server(failure) = ended {
        tried.reached = failure.phase;
        tried.failed = Some(failure.into());
    }
}

/// Ends a turn behind a failure; what is told of the attempt.
fn given_up<C: Client>(turn: Turn<'_, C>, mut tried: Tried, ended: &Ended) -> Tried {
    note_end(&mut tried, ended);
    tried.stderr = recorded_stderr(turn.response.stderr());
    turn.abandon();
    tried
}

pub(super) fn client_failed(end: ClientEnd) -> Failed {
    match end {
        ClientEnd::Gone => Failed::ClientGone,
        ClientEnd::Stalled => Failed::ClientStalled,
        ClientEnd::TooSlow => Failed::Request(goodgate_wire::RequestFault::TooSlow),
        ClientEnd::Fault(fault) => Failed::Request(fault),
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn port_of(authority: &[u8]) -> Option<u16> {
    let colon = authority.iter().rposition(|byte| *byte == b':')?;
    std::str::from_utf8(authority.get(colon + 1..)?).ok()?.parse().ok()
}

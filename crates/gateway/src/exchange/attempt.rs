//! Asking servers until one answers: which, how often, and when asking again is safe.

use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant};

use goodgate_facts::Phase;
use goodgate_wire::http1::{put_decimal, put_field};
use goodgate_wire::{Failure, FieldLine, Framing, Retry, fastcgi};
use tokio::sync::SemaphorePermit;

use super::told::Tried;
use super::turn::{Ended, Frame, Turn};
use super::upload::{Onto, Upload};
use super::{Exchange, Left};
use crate::Failed;
use crate::core::SERVER_LIMITS;
use crate::core::buffer::Buffer;
use crate::forward::{Listed, Onward, request_fields};
use crate::front::{Client, ClientEnd, Tunnel};
use crate::plan::{Protocol, Route, Upstream};
use crate::record::{End, recorded_stderr};
use crate::upstream::{Care, Found, Head, Leg, Local, LocalServer, Response, open};

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

/// A failed attempt, and what may follow it.
struct Missed {
    ended: Ended,
    /// Whether the connection had been used before: then it may have been closing while we wrote.
    reused: bool,
}

impl<C: Client> Exchange<'_, C> {
    /// Has a server of the upstream answer.
    pub(super) async fn proxy(
        &mut self,
        towards: &Towards<'_>,
        upward: &mut Vec<u8>,
        lines: &mut Vec<FieldLine>,
        deadline: &crate::core::deadline::Deadline,
    ) -> Result<Left, Failed> {
        let loaded = self.loaded;
        let Some(local) = loaded.upstreams.get(towards.upstream) else {
            return Err(Failed::Internal("an upstream that is not in the plan"));
        };
        self.told.upstream = Some(towards.upstream);
        let plan = &local.state.plan;
        let text = std::mem::take(upward);
        let mut upload = Upload::new(text, keep_bytes(plan), towards.route.body_bytes_max);
        if towards.script.is_some() && self.ask.framing == Framing::Chunked {
            // Before it takes a place that others wait for.
            Box::pin(self.collect(&mut upload)).await?;
        }
        let _place = place(local, &mut *self.client).await?;
        if towards.script.is_some() && self.ask.expects_continue {
            // FastCGI knows no interim answers.
            Box::pin(self.invite()).await?;
        }
        let result = self.attempts(local, towards, &mut upload, lines, deadline).await;
        self.told.body_read = upload.body;
        *upward = upload.into_text();
        result
    }

    async fn attempts(
        &mut self,
        local: &Local,
        towards: &Towards<'_>,
        upload: &mut Upload,
        lines: &mut Vec<FieldLine>,
        deadline: &crate::core::deadline::Deadline,
    ) -> Result<Left, Failed> {
        let plan = &local.state.plan;
        let mut tried: Vec<usize> = Vec::new();
        let mut races = 0;
        let mut last: Option<Failure> = None;
        // The clock is asked seldom: the first attempt begins with the request, unless that had to wait.
        let mut at = if local.state.places.is_some() { Instant::now() } else { self.told.began };
        local.budget.request(self.core.shared.ms(at));
        loop {
            let now_ms = self.core.shared.ms(at);
            let Some(place) = local.choose(&tried, now_ms, self.core.chance()) else {
                return Err(self.nobody_left());
            };
            let Some(server) = local.servers.get(place) else {
                return Err(Failed::Internal("a server that is not in the plan"));
            };
            if tried.contains(&place) {
                if let Some(failure) = last.take_if(|failure| !is_worth_again(failure)) {
                    return Err(failure.into());
                }
                Box::pin(self.pause(plan.retry.backoff, tried.len())).await;
                at = Instant::now();
            }
            let held = server.hold();
            let missed = match self
                .attempt(local, place, server, towards, upload, lines, deadline, races > 0, at)
                .await
            {
                Ok(left) => return Ok(left),
                Err(missed) => missed,
            };
            drop(held);
            at = Instant::now();
            let failure = match missed.ended {
                Ended::Client(end) => return Err(client_failed(end)),
                Ended::Own(failed) => return Err(failed),
                Ended::Server(failure) => failure,
            };
            if self.client.has_begun() {
                self.counts_against(server, place, plan, &failure);
                return Err(failure.into());
            }
            // A connection that was closing while we wrote says nothing of the server.
            let race = missed.reused && is_race(&failure);
            if !race {
                self.counts_against(server, place, plan, &failure);
            }
            if !self.may_repeat(&failure, upload) {
                return Err(failure.into());
            }
            if race && races < RACES_MAX {
                races += 1;
                continue;
            }
            tried.push(place);
            if tried.len() >= plan.retry.attempts as usize {
                return Err(failure.into());
            }
            if !local.budget.may_retry(plan.retry.budget_percent, self.now_ms()) {
                self.loaded.metrics.upstream(towards.upstream).retries_denied.one();
                return Err(failure.into());
            }
            last = Some(failure);
        }
    }

    /// One attempt at one server.
    #[expect(clippy::too_many_arguments, reason = "an attempt is made of exactly these")]
    async fn attempt(
        &mut self,
        local: &Local,
        place: usize,
        server: &LocalServer,
        towards: &Towards<'_>,
        upload: &mut Upload,
        lines: &mut Vec<FieldLine>,
        deadline: &crate::core::deadline::Deadline,
        fresh: bool,
        began: Instant,
    ) -> Result<Left, Missed> {
        let core = self.core;
        let plan = &local.state.plan;
        let mut tried = Tried::of(place);
        let leg = match self.connection(local, server, fresh, began, &mut tried).await {
            Ok(leg) => leg,
            Err(ended) => {
                note_end(&mut tried, &ended);
                self.told.tried.push(tried);
                return Err(Missed { ended, reused: false });
            }
        };
        let reused = tried.reused;
        self.write_head(towards, server.state.plan.protocol, upload);
        let request = self.ask.request;
        let frame = Frame {
            core,
            request: &request,
            timeouts: &plan.timeouts,
            limits: &SERVER_LIMITS,
            edits: &towards.route.response_fields,
            name: &core.shared.via,
            upgrade: self.ask.upgrade && server.state.plan.protocol != Protocol::FastCgi,
        };
        let response = Response::new(server.state.plan.protocol, request.method);
        let begin = if tried.reused { began } else { Instant::now() };
        let mut turn = Turn::new(frame, &mut *self.client, leg, upload, response, deadline, begin);
        let head = match turn.head(lines).await {
            Ok(head) => head,
            Err(ended) => {
                self.told.tried.push(given_up(turn, tried, &ended));
                return Err(Missed { ended, reused });
            }
        };
        note_head(&mut tried, server, &head, turn.times.head.map(|at| at.duration_since(began)));
        self.told.status = head.status;
        let now_us = core.shared.wall_us(turn.times.head.unwrap_or(began));
        core.date(now_us, |date| turn.begin_answer(&head, lines, date));
        if head.status == 101 {
            let (leg, buffer) = turn.into_tunnel(&head);
            self.told.tried.push(tried);
            return Box::pin(self.switch(leg, buffer, reused)).await;
        }
        tried.reached = Phase::Body;
        match turn.body().await {
            Ok(()) => {
                tried.stderr = recorded_stderr(turn.response.stderr());
                let ended = Instant::now();
                self.told.ended = Some(ended);
                let leg = turn.finish(&head);
                self.told.tried.push(tried);
                if let Some(leg) = leg.filter(|leg| !is_worn(leg, plan)) {
                    server.keep(leg, self.core.shared.ms(ended), plan.connections.idle_max);
                }
                Ok(Left::Open)
            }
            Err(ended) => {
                self.told.tried.push(given_up(turn, tried, &ended));
                Err(Missed { ended, reused: false })
            }
        }
    }

    /// A connection to the server: an idle one, or a new one.
    async fn connection(
        &self,
        local: &Local,
        server: &LocalServer,
        fresh: bool,
        began: Instant,
        tried: &mut Tried,
    ) -> Result<Leg, Ended> {
        let idle = local.state.plan.connections.idle;
        let care = if self.ask.request.is_idempotent() { Care::Usual } else { Care::Great };
        if !fresh && let Found::Open(leg) = server.idle(idle, care, self.core.shared.ms(began)) {
            tried.reused = true;
            return Ok(leg);
        }
        match Box::pin(open(local, server)).await {
            Ok(leg) => {
                tried.connect_us = Some(micros(began.elapsed()));
                Ok(leg)
            }
            Err(Failed::Upstream(failure)) => Err(Ended::Server(*failure)),
            Err(failed) => Err(Ended::Own(failed)),
        }
    }

    /// The server has switched protocols: from here on only bytes go both ways.
    async fn switch(&mut self, leg: Leg, buffer: Buffer, reused: bool) -> Result<Left, Missed> {
        self.told.end = End::Tunnel;
        match std::future::poll_fn(|cx| self.client.poll_send(cx, &[], false)).await {
            Ok(()) => Ok(Left::Switched(Box::new(Tunnel { leg, buffer }))),
            Err(end) => Err(Missed { ended: Ended::Client(end), reused }),
        }
    }

    fn write_head(&self, towards: &Towards<'_>, protocol: Protocol, upload: &mut Upload) {
        let ask = &self.ask;
        let onward = Onward {
            host: towards.host,
            asker: self.asker,
            name: &self.core.shared.via,
            request_id: self.id.as_bytes(),
            edits: &towards.route.request_fields,
        };
        if protocol == Protocol::FastCgi {
            self.write_params(towards, &onward, upload);
            return;
        }
        let onto = if ask.framing == Framing::Chunked { Onto::Chunks } else { Onto::Plain };
        let out = upload.begin(onto);
        for piece in [ask.request.method, b" ", towards.target, b" HTTP/1.1\r\n"] {
            out.extend_from_slice(piece);
        }
        request_fields(&ask.request, &onward, out);
        match ask.framing {
            Framing::Length(length) => {
                out.extend_from_slice(b"Content-Length: ");
                put_decimal(length, out);
                out.extend_from_slice(b"\r\n");
            }
            Framing::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
            _ => {}
        }
        if ask.upgrade
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
            content_length: match self.ask.framing {
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

    fn counts_against(&self, server: &LocalServer, place: usize, plan: &Upstream, failure: &Failure) {
        let theirs = failure.side == goodgate_facts::Side::Upstream;
        if theirs && server.state.standing.failed(&plan.eject, self.now_ms()) {
            let upstream = self.told.upstream.unwrap_or_default();
            if let Some(cells) = self.loaded.metrics.server(upstream, place) {
                cells.ejected.one();
            }
        }
    }

    /// Why no server is left: what the last one did, or that none may be asked.
    fn nobody_left(&self) -> Failed {
        Failed::NoServer
    }

    async fn pause(&self, backoff: Duration, before: usize) {
        let doubled = backoff.saturating_mul(1 << before.saturating_sub(1).min(6));
        // Between half and all of it, so that many do not come back at once.
        let thousandths = 500 + u32::try_from(self.core.chance() % 500).unwrap_or(0);
        tokio::time::sleep(doubled.saturating_mul(thousandths) / 1000).await;
    }

    fn now_ms(&self) -> u64 {
        self.core.shared.ms(Instant::now())
    }
}

/// Times that the race with a closing connection is run again, with a connection of its own: it cannot happen twice.
const RACES_MAX: u32 = 1;

/// Waits for a place among the requests in hand, where they are bounded; not for a client that goes away meanwhile.
async fn place<'l, C: Client>(
    local: &'l Local,
    client: &mut C,
) -> Result<Option<SemaphorePermit<'l>>, Failed> {
    let state = &local.state;
    let (Some(places), Some(queue)) = (&state.places, &state.plan.queue) else { return Ok(None) };
    if let Ok(place) = places.try_acquire() {
        return Ok(Some(place));
    }
    if state.waiting.fetch_add(1, Ordering::Relaxed) >= queue.length {
        state.waiting.fetch_sub(1, Ordering::Relaxed);
        return Err(Failed::QueueFull);
    }
    let mut waiting = Box::pin(tokio::time::timeout(queue.wait, places.acquire()));
    let waited = std::future::poll_fn(|cx| {
        if let Poll::Ready(waited) = waiting.as_mut().poll(cx) {
            return Poll::Ready(Some(waited));
        }
        let (piece, ended) = client.body();
        let has_all = piece.is_empty() && ended;
        if has_all && client.poll_gone(cx).is_ready() { Poll::Ready(None) } else { Poll::Pending }
    });
    let waited = waited.await;
    state.waiting.fetch_sub(1, Ordering::Relaxed);
    match waited {
        Some(Ok(Ok(place))) => Ok(Some(place)),
        Some(_) => Err(Failed::QueueTimedOut),
        None => Err(Failed::ClientGone),
    }
}

/// Bytes of a body that are kept for another attempt. With a single attempt there is still the race.
fn keep_bytes(plan: &Upstream) -> usize {
    plan.retry.body_bytes
}

fn is_race(failure: &Failure) -> bool {
    use goodgate_wire::Fault;
    failure.received == 0
        && matches!(
            failure.fault,
            Fault::ClosedBeforeResponse
                | Fault::ResetBeforeResponse
                | Fault::SendBroken
                | Fault::AnsweredUnasked
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

fn is_worn(leg: &Leg, plan: &Upstream) -> bool {
    plan.connections.requests_max > 0 && leg.exchanges >= plan.connections.requests_max
}

/// Notes that a server has answered.
fn note_head(tried: &mut Tried, server: &LocalServer, head: &Head, took: Option<Duration>) {
    tried.status = Some(head.status);
    tried.head_us = took.map(micros);
    tried.reached = Phase::Head;
    server.state.standing.answered();
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

//! One attempt at one server: a connection to it, the request there, the answer back.

use std::future::poll_fn;
use std::time::Duration;

use goodgate_facts::Phase;
use goodgate_wire::FieldLine;

use super::onward::Towards;
use super::told::Tried;
use super::turn::{Ended, Frame, Turn};
use super::upload::Upload;
use super::waiting::unless_gone;
use super::{Exchange, Left};
use crate::core::buffer::Buffer;
use crate::core::moment::Moment;
use crate::forward::Edits;
use crate::front::{Client, ClientEnd, Tunnel};
use crate::plan::{Connections, Protocol};
use crate::record::{End, recorded_stderr};
use crate::upstream::{Care, Head, Leg, Local, LocalServer, Room as Found, open};

/// What all attempts at one request have in common.
pub(super) struct Asking<'a, 'u> {
    pub(super) local: &'a Local,
    pub(super) towards: &'a Towards<'a>,
    pub(super) upload: &'a mut Upload<'u>,
    pub(super) lines: &'a mut Vec<FieldLine>,
}

/// One attempt.
#[derive(Clone, Copy)]
pub(super) struct Aim<'a> {
    /// The server's place in the upstream.
    pub(super) place: usize,
    pub(super) server: &'a LocalServer,
    /// Whether an idle connection will not do.
    pub(super) fresh: bool,
    pub(super) began: Moment,
}

/// A failed attempt, and what may follow it.
pub(super) struct Missed {
    pub(super) ended: Ended,
    /// Whether the connection had been used before: then it may have been closing while we wrote.
    pub(super) reused: bool,
}

impl<C: Client> Exchange<'_, C> {
    /// One attempt at one server.
    pub(super) async fn attempt(
        &mut self,
        asking: &mut Asking<'_, '_>,
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
                if turn.finish(&head) && !is_worn(&turn.leg, connections) {
                    asking.local.keep(server, turn.leg, ended.ms());
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
    pub(super) fn care(&self) -> Care {
        if self.ask.request.is_idempotent() { Care::Usual } else { Care::Great }
    }

    /// The server has switched protocols: from here on only bytes go both ways.
    async fn switch(&mut self, leg: Box<Leg>, buffer: Buffer, reused: bool) -> Result<Left, Missed> {
        self.told.end = End::Tunnel;
        match poll_fn(|cx| self.client.poll_send(cx, &[], false)).await {
            Ok(()) => Ok(Left::Switched(Box::new(Tunnel { leg, buffer }))),
            Err(end) => Err(Missed { ended: Ended::Client(end), reused }),
        }
    }
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
fn given_up<C: Client>(turn: Turn<'_, '_, C>, mut tried: Tried, ended: &Ended) -> Tried {
    note_end(&mut tried, ended);
    tried.stderr = recorded_stderr(turn.response.stderr());
    turn.abandon();
    tried
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

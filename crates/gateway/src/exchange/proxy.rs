//! Asking servers until one answers: which, how often, and when asking again is safe.

use std::time::Duration;

use goodgate_wire::{Failure, Framing, Retry};

use super::attempt::{Aim, Asking};
use super::onward::Towards;
use super::turn::Ended;
use super::upload::Upload;
use super::waiting::{place, wait_for_room};
use super::{Exchange, Left};
use crate::Failed;
use crate::core::Room;
use crate::core::moment::Moment;
use crate::front::{Client, ClientEnd};
use crate::plan::Upstream;
use crate::upstream::{Local, Room as Found};

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
        let mut upload = Upload::new(text, kept, towards.route);
        let lines = &mut room.answer_lines;
        let result = self.ask(Asking { local, towards, upload: &mut upload, lines }).await;
        self.told.body_read = upload.body;
        room.upward = upload.into_text();
        result
    }

    async fn ask(&mut self, mut asking: Asking<'_, '_>) -> Result<Left, Failed> {
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

    async fn attempts(&mut self, asking: &mut Asking<'_, '_>, began: Moment) -> Result<Left, Failed> {
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

    /// Whether the request may be sent again behind this failure.
    fn may_repeat(&self, failure: &Failure, upload: &Upload<'_>) -> bool {
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

pub(super) fn client_failed(end: ClientEnd) -> Failed {
    match end {
        ClientEnd::Gone => Failed::ClientGone,
        ClientEnd::Stalled => Failed::ClientStalled,
        ClientEnd::TooSlow => Failed::Request(goodgate_wire::RequestFault::TooSlow),
        ClientEnd::Fault(fault) => Failed::Request(fault),
    }
}

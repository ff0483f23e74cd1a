//! The state of the whole gateway, gathered when somebody asks.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use crate::core::Shared;
use crate::plan::Plan;
use crate::status::{ServerState as ServerStatus, State, Status, UpstreamState as UpstreamStatus};
use crate::upstream::{Addresses, ServerState, UpstreamState};

/// What was loaded, and when.
#[derive(Debug, Default)]
pub(crate) struct Overview {
    /// Where the configuration came from.
    pub(crate) from: String,
    pub(crate) loaded_us: u64,
    pub(crate) reloads: u64,
    pub(crate) refused: u64,
    pub(crate) refusal: Option<String>,
    pub(crate) cores: usize,
    pub(crate) listeners: Vec<String>,
    pub(crate) upstreams: Vec<Arc<UpstreamState>>,
}

impl Shared {
    /// The state now.
    pub(crate) fn status(&self) -> Status {
        let now = self.clock.now();
        let overview = self.overview.lock().unwrap_or_else(PoisonError::into_inner);
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now_us: self.clock.wall_us(now),
            started_us: self.clock.began_us(),
            configuration: overview.from.clone(),
            loaded_us: overview.loaded_us,
            reloads: overview.reloads,
            reloads_refused: overview.refused,
            refusal: overview.refusal.clone(),
            cores: overview.cores,
            listeners: overview.listeners.clone(),
            log: log.as_ref().map(crate::record::Log::counts),
            upstreams: overview.upstreams.iter().map(|state| upstream(state, now.ms())).collect(),
        }
    }

    /// Notes that a plan was put in force.
    pub(crate) fn note_load(
        &self,
        plan: &Plan,
        upstreams: &[Arc<UpstreamState>],
        listeners: Vec<String>,
        again: bool,
    ) {
        let mut overview = self.overview.lock().unwrap_or_else(PoisonError::into_inner);
        overview.loaded_us = self.clock.wall_us(self.clock.now());
        overview.reloads += u64::from(again);
        overview.refusal = None;
        overview.upstreams = upstreams.to_vec();
        overview.listeners = listeners;
        if overview.cores == 0 {
            overview.cores = super::cores(plan);
        }
    }

    /// Notes that a plan was refused.
    pub(crate) fn note_refusal(&self, why: String) {
        let mut overview = self.overview.lock().unwrap_or_else(PoisonError::into_inner);
        overview.refused += 1;
        overview.refusal = Some(why);
    }
}

fn upstream(state: &UpstreamState, now_ms: u64) -> UpstreamStatus {
    let slow_start = state.plan.health.as_ref().map_or(0, |health| health.slow_start.as_millis());
    let slow_start = u64::try_from(slow_start).unwrap_or(u64::MAX);
    let places = state.places.as_ref().zip(state.plan.queue);
    let in_hand =
        places.map_or(0, |(places, queue)| queue.concurrency.saturating_sub(places.available_permits()));
    UpstreamStatus {
        name: state.plan.name.clone(),
        in_hand: in_hand as u64,
        queued: state.waiting.load(Ordering::Relaxed) as u64,
        servers: state.servers.iter().map(|server| self::server(server, slow_start, now_ms)).collect(),
    }
}

fn server(server: &ServerState, slow_start: u64, now_ms: u64) -> ServerStatus {
    let standing = &server.standing;
    let state = if standing.is_down() {
        State::Down
    } else if !standing.is_usable(now_ms) {
        State::Ejected
    } else if standing.share(slow_start, now_ms) < 1000 {
        State::Starting
    } else {
        State::Up
    };
    let addresses = match &*server.addresses() {
        Addresses::At(peers) => peers.iter().map(ToString::to_string).collect(),
        Addresses::Unknown | Addresses::Failed(_) => Vec::new(),
    };
    ServerStatus {
        server: server.plan.written.clone(),
        state,
        since_us: None,
        last_failure: None,
        addresses,
        in_hand: 0,
        idle: 0,
    }
}

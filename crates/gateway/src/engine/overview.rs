//! The state of the whole gateway, gathered when somebody asks.

use std::sync::{Arc, PoisonError};

use goodgate_wire::ServerTls;

use super::building::{self, Door};
use crate::core::Shared;
use crate::health::Standing;
use crate::status::{
    CertificateState, CheckState, ServerState as ServerStatus, State, Status, UpstreamState as UpstreamStatus,
};
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
    pub(crate) certificates: Vec<ServerTls>,
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
            certificates: certificates(&overview.certificates),
            log: log.as_ref().map(crate::record::Log::counts),
            upstreams: overview.upstreams.iter().map(|state| self.upstream(state, now.ms())).collect(),
        }
    }

    /// Notes that a plan was put in force.
    pub(super) fn note_load(&self, upstreams: &[Arc<UpstreamState>], doors: &[Door], again: bool) {
        let mut overview = self.overview.lock().unwrap_or_else(PoisonError::into_inner);
        overview.loaded_us = self.clock.wall_us(self.clock.now());
        overview.reloads += u64::from(again);
        overview.refusal = None;
        overview.upstreams = upstreams.to_vec();
        overview.listeners = super::told(doors);
        overview.certificates = building::certificates(doors);
    }

    /// Notes that a plan was refused.
    pub(crate) fn note_refusal(&self, why: String) {
        let mut overview = self.overview.lock().unwrap_or_else(PoisonError::into_inner);
        overview.refused += 1;
        overview.refusal = Some(why);
    }

    fn upstream(&self, state: &UpstreamState, now_ms: u64) -> UpstreamStatus {
        let servers = state.servers.iter().map(|server| self.server(state, server, now_ms));
        let servers: Vec<ServerStatus> = servers.collect();
        let in_hand = match state.plan.queue {
            Some(_) => state.places.taken() as u64,
            None => servers.iter().map(|server| server.in_hand).sum(),
        };
        // Whoever waits for a connection waits for all that may be had.
        let for_connections = state.servers.iter().map(|server| server.connections.waiting()).max();
        UpstreamStatus {
            name: state.plan.name.clone(),
            in_hand,
            queued: (state.places.waiting() + for_connections.unwrap_or_default()) as u64,
            servers,
        }
    }

    fn server(&self, upstream: &UpstreamState, server: &ServerState, now_ms: u64) -> ServerStatus {
        let slow_start = upstream.plan.health.as_ref().map_or(0, |health| health.slow_start.as_millis());
        let slow_start = u64::try_from(slow_start).unwrap_or(u64::MAX);
        let standing = &server.standing;
        let addresses = match &*server.addresses() {
            Addresses::At(peers) => peers.iter().map(ToString::to_string).collect(),
            Addresses::Unknown | Addresses::Failed(_) => Vec::new(),
        };
        let wall = |ms: u64| self.clock.began_us().saturating_add(ms.saturating_mul(1000));
        let checked = *server.checked.lock().unwrap_or_else(PoisonError::into_inner);
        ServerStatus {
            server: server.plan.written.clone(),
            weight: server.plan.weight,
            backup: server.plan.backup,
            state: state(standing, slow_start, now_ms),
            since_us: standing.since_ms(now_ms).map(wall),
            until_us: standing.ejected_until_ms(now_ms).map(wall),
            last_failure: standing.last_failure().map(|(error, at_ms)| (error, wall(at_ms))),
            last_check: checked.map(|checked| CheckState {
                at_us: wall(checked.at_ms),
                well: checked.well,
                answer: checked.answer,
            }),
            addresses,
            connections: server.connections.taken() as u64,
            in_hand: server.levels.in_hand(),
            idle: server.levels.idle(),
        }
    }
}

/// How the certificates of all listeners stand, each once.
fn certificates(of_listeners: &[ServerTls]) -> Vec<CertificateState> {
    let mut states: Vec<CertificateState> = Vec::new();
    for one in of_listeners.iter().flat_map(ServerTls::standing) {
        let chain = one.chain.to_string_lossy().into_owned();
        if states.iter().any(|known| known.chain == chain) {
            continue;
        }
        states.push(CertificateState {
            chain,
            names: one.certificate.names,
            not_after_s: u64::try_from(one.certificate.not_after.as_second()).unwrap_or(0),
            trouble: one.trouble.map(|trouble| trouble.to_string()),
        });
    }
    states
}

fn state(standing: &Standing, slow_start: u64, now_ms: u64) -> State {
    if standing.is_down() {
        State::Down
    } else if !standing.is_usable(now_ms) {
        State::Ejected
    } else if standing.share(slow_start, now_ms) < 1000 {
        State::Starting
    } else {
        State::Up
    }
}

//! What all cores know of a server.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use goodgate_facts::{ErrorType, Side};
use goodgate_wire::{Failure, Fault, Peer, Servers};

use super::idle_time::IdleTime;
use super::levels::Levels;
use super::places::Places;
use super::pool::Lost;
use super::preference::Preference;
use crate::exchange::FreeRetries;
use crate::health::{Answer, Checked, Standing};
use crate::plan::{Health, Place, Server, Upstream};

/// An upstream as all cores see it.
#[derive(Debug)]
pub(crate) struct UpstreamState {
    pub(crate) plan: Upstream,
    pub(crate) servers: Vec<Arc<ServerState>>,
    /// The certificates that are trusted instead of the system's, as their file had them (PEM).
    pub(crate) trusted: Option<Vec<u8>>,
    /// Places for requests in hand, where they are bounded. They outlive a reload, as what is in hand does.
    pub(crate) places: Arc<Places>,
    /// Retries beyond the budget, which outlive it as well.
    pub(crate) free_retries: Arc<FreeRetries>,
}

impl UpstreamState {
    /// The same upstream under this plan, with these servers, behind what is known of it from `before`. What they share
    /// goes by the new plan only from [`UpstreamState::take_effect`] on.
    pub(crate) fn new(
        plan: Upstream,
        servers: Vec<Arc<ServerState>>,
        trusted: Option<Vec<u8>>,
        before: Option<&Self>,
    ) -> Self {
        let known = before.map(|before| (Arc::clone(&before.places), Arc::clone(&before.free_retries)));
        let (places, free_retries) =
            known.unwrap_or_else(|| (Arc::new(Places::new(Places::UNBOUNDED)), Arc::default()));
        Self { plan, servers, trusted, places, free_retries }
    }

    /// Has what plans that follow each other share go by this one.
    pub(crate) fn take_effect(&self) {
        self.places.set(self.plan.queue.map_or(Places::UNBOUNDED, |queue| queue.concurrency));
        let max = Some(self.plan.connections.max).filter(|max| *max > 0);
        for server in &self.servers {
            server.connections.set(max.unwrap_or(Places::UNBOUNDED));
        }
    }
}

/// A server as all cores see it. It outlives a reload of the configuration if it is written there again.
#[derive(Debug)]
pub(crate) struct ServerState {
    pub(crate) plan: Server,
    /// Whether it may be asked.
    pub(crate) standing: Standing,
    /// What the last health check saw.
    pub(crate) checked: Mutex<Option<Checked>>,
    /// Places for connections to it, each taken while one is open.
    pub(crate) connections: Arc<Places>,
    /// What of it is in hand and idle.
    pub(crate) levels: Levels,
    /// How long it lets an idle connection live.
    idle_time: IdleTime,
    /// Held by whoever asks for its addresses.
    pub(crate) resolving: tokio::sync::Mutex<()>,
    /// TLS towards it, prepared once; there wherever it speaks TLS.
    pub(crate) tls: Option<goodgate_wire::UpstreamTls>,
    /// Who is asked for its name.
    pub(crate) names: Servers,
    addresses: Mutex<Arc<Addresses>>,
    /// Which of them is tried first.
    preference: Mutex<Preference>,
    /// Counted up with every change of the addresses, and of which of them are well.
    changes: AtomicU64,
}

/// Where a server is.
#[derive(Debug)]
pub(crate) enum Addresses {
    /// The name has not been resolved yet.
    Unknown,
    /// Here.
    At(Vec<Peer>),
    /// The name could not be resolved.
    Failed(Failure),
}

/// What a health check saw at each address that was asked; why none could be where there is none.
pub(crate) type Seen = Result<Vec<(Peer, Answer)>, ErrorType>;

impl ServerState {
    pub(crate) fn new(
        plan: Server,
        tls: Option<goodgate_wire::UpstreamTls>,
        resolver: Option<SocketAddr>,
    ) -> Self {
        let addresses = match &plan.at {
            Place::Address(address) => Addresses::At(vec![Peer::Tcp(*address)]),
            Place::Unix(path) => Addresses::At(vec![Peer::Unix(path.clone())]),
            Place::Name(..) => Addresses::Unknown,
        };
        Self {
            plan,
            standing: Standing::default(),
            checked: Mutex::default(),
            connections: Arc::new(Places::new(Places::UNBOUNDED)),
            levels: Levels::default(),
            idle_time: IdleTime::default(),
            resolving: tokio::sync::Mutex::default(),
            tls,
            names: resolver.map_or(Servers::System, Servers::Given),
            addresses: Mutex::new(Arc::new(addresses)),
            preference: Mutex::default(),
            changes: AtomicU64::new(0),
        }
    }

    /// How often its addresses have changed, or which of them are well.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Where it is now.
    pub(crate) fn addresses(&self) -> Arc<Addresses> {
        Arc::clone(&self.addresses.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says where it is from now on.
    pub(crate) fn set_addresses(&self, new: Addresses) {
        let mut known = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let same = match (&**known, &new) {
            (Addresses::At(before), Addresses::At(now)) => before == now,
            // That there is no such name, or no address, is an answer and replaces what was known; a name server that
            // fails or is silent leaves it as it was (RFC 8767 section 4).
            (Addresses::At(_), Addresses::Failed(failure)) => {
                !matches!(failure.fault, Fault::NameNotFound | Fault::NameEmpty)
            }
            (Addresses::At(_), Addresses::Unknown) => true,
            _ => false,
        };
        if !same {
            if let Addresses::At(peers) = &new {
                self.preference().keep_only(peers);
            }
            *known = Arc::new(new);
            self.changes.fetch_add(1, Ordering::Release);
        }
    }

    /// Puts its addresses into the order in which they are to be tried.
    pub(crate) fn order(&self, peers: &mut [Peer], now_ms: u64) {
        self.preference().order(peers, now_ms);
    }

    /// Those of its addresses that are well by their checks; all where none is.
    pub(crate) fn well<'a>(&self, peers: &'a [Peer]) -> Vec<&'a Peer> {
        let preference = self.preference();
        let well: Vec<&Peer> = peers.iter().filter(|peer| preference.is_well(peer)).collect();
        if well.is_empty() { peers.iter().collect() } else { well }
    }

    /// That one of its addresses took a connection.
    pub(crate) fn opened(&self, peer: &Peer) {
        self.preference().opened(peer);
    }

    /// That no connection could be opened to one of its addresses.
    pub(crate) fn refused(&self, peer: &Peer, failure: &Failure, now_ms: u64) {
        self.standing.note_failure(failure.error_type(), now_ms);
        // What was the gateway's own fault says nothing of the address.
        if failure.side == Side::Upstream {
            self.preference().refused(peer, now_ms);
        }
    }

    /// What a health check saw at each of its addresses: it is well where any of them is.
    pub(crate) fn checked(&self, seen: Seen, rules: &Health, now_ms: u64) {
        let (well, answer) = match seen {
            Err(error) => (false, Err(error)),
            Ok(seen) => {
                let mut preference = self.preference();
                let mut turned = false;
                for (peer, answer) in &seen {
                    turned |= preference.checked(peer, rules.is_well(answer), rules);
                }
                if turned {
                    self.changes.fetch_add(1, Ordering::Release);
                }
                let best = seen.iter().find(|(_, answer)| rules.is_well(answer)).or(seen.last());
                let answer = best.map_or(Err(ErrorType::DnsError), |(_, answer)| *answer);
                (rules.is_well(&answer), answer)
            }
        };
        self.standing.checked(well, rules, now_ms);
        *self.checked.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Checked { at_ms: now_ms, well, answer });
    }

    /// Forgets what health checks said: they are no more, or ask something else from now on.
    pub(crate) fn forget_checks(&self) {
        self.standing.forget_checks();
        self.preference().forget_checks();
        *self.checked.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.changes.fetch_add(1, Ordering::Release);
    }

    fn preference(&self) -> MutexGuard<'_, Preference> {
        self.preference.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long an idle connection may be used again.
    pub(crate) fn idle_limit(&self, configured: Duration) -> Duration {
        self.idle_time.limit(configured)
    }

    /// That the server announces to close idle connections after so many seconds (`Keep-Alive: timeout=`).
    pub(crate) fn announces_idle(&self, seconds: u32) {
        self.idle_time.announced(seconds);
    }

    /// That an idle connection turned out to be of no use.
    pub(crate) fn lost_idle(&self, lost: Lost, now_ms: u64) {
        match lost {
            Lost::Closed(after) => self.idle_time.closed(after, now_ms),
            Lost::Unasked => self.standing.note_failure(Fault::AnsweredUnasked.error_type(), now_ms),
            Lost::Broken => {}
        }
    }

    /// Forgets what was learned of its idle timeout long ago.
    pub(crate) fn look_through(&self, now_ms: u64) {
        self.idle_time.look_through(now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Protocol;

    fn state(at: Place) -> ServerState {
        ServerState::new(
            Server { written: "x".to_owned(), protocol: Protocol::Http, at, weight: 1, backup: false },
            None,
            None,
        )
    }

    #[test]
    fn addresses_that_were_found_once_are_kept_while_the_name_fails() {
        let state = state(Place::Name("app.example".to_owned(), 80));
        assert!(matches!(&*state.addresses(), Addresses::Unknown));
        let at = || Addresses::At(vec![Peer::Tcp("192.0.2.1:80".parse().unwrap())]);
        let changes_after = |addresses| {
            state.set_addresses(addresses);
            state.changes()
        };
        assert_eq!(changes_after(at()), 1);
        assert_eq!(changes_after(at()), 1);
        assert_eq!(changes_after(Addresses::Unknown), 1);
        let failed = |fault| Addresses::Failed(Failure::new(fault, goodgate_facts::Phase::Resolve));
        assert_eq!(changes_after(failed(Fault::NameServerSilent)), 1);
        assert!(matches!(&*state.addresses(), Addresses::At(_)));
        assert_eq!(changes_after(failed(Fault::NameNotFound)), 2);
        assert!(matches!(&*state.addresses(), Addresses::Failed(_)));
    }
}

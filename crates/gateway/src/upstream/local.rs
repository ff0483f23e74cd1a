//! What one core knows of an upstream and its servers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use goodgate_wire::{Failure, Peer};

use super::Leg;
use super::levels::Said;
use super::line::Line;
use super::places::{Place, Places};
use super::pool::{Care, Pool};
use super::ranking::Ranking;
use super::server::{Addresses, ServerState, UpstreamState};
use crate::choose::{Candidate, Memory, choose};
use crate::exchange::Budget;
use crate::record::Name;

/// An upstream on this core.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) state: Arc<UpstreamState>,
    /// As the log calls it.
    pub(crate) name: Name,
    /// The same under each plan that has them.
    pub(crate) servers: Vec<Rc<LocalServer>>,
    memory: RefCell<Memory>,
    pub(crate) budget: Rc<Budget>,
    pub(super) line: Rc<Line>,
}

/// A server on this core, for as long as it stands in the plan.
#[derive(Debug)]
pub(crate) struct LocalServer {
    pub(crate) state: Arc<ServerState>,
    /// As the log calls it.
    pub(crate) name: Name,
    pool: RefCell<Pool>,
    in_hand: Cell<u32>,
    /// Which of its addresses is next.
    turn: Cell<usize>,
    /// With which change of the addresses the pool agrees.
    changes: Cell<u64>,
    /// Whether it stands in no plan any more.
    retired: Cell<bool>,
    /// What other cores know of what is in hand and idle here.
    said: Said,
}

impl Local {
    /// The upstreams of a plan that follows another: what stands in both is taken over.
    pub(crate) fn all(states: &[Arc<UpstreamState>], before: &[Self]) -> Vec<Self> {
        let same =
            |state: &UpstreamState| before.iter().find(|known| known.state.plan.name == state.plan.name);
        let all: Vec<Self> = states.iter().map(|state| Self::new(Arc::clone(state), same(state))).collect();
        for old in before.iter().flat_map(|known| &known.servers) {
            if !all.iter().any(|local| local.servers.iter().any(|server| Rc::ptr_eq(server, old))) {
                old.retire();
            }
        }
        all
    }

    fn new(state: Arc<UpstreamState>, before: Option<&Self>) -> Self {
        let server = |server: &Arc<ServerState>| {
            let known = before.and_then(|before| {
                before.servers.iter().find(|known| Arc::ptr_eq(&known.state, server)).map(Rc::clone)
            });
            known.unwrap_or_else(|| Rc::new(LocalServer::new(Arc::clone(server))))
        };
        let (budget, line) = before
            .map_or_else(Default::default, |before| (Rc::clone(&before.budget), Rc::clone(&before.line)));
        Self {
            name: Name::of(&state.plan.name),
            servers: state.servers.iter().map(server).collect(),
            state,
            memory: RefCell::default(),
            budget,
            line,
        }
    }

    /// The server for the next attempt; `None` where none may be asked. Those in `tried` come last, and those in `full`
    /// not at all.
    pub(crate) fn choose(&self, tried: &[usize], full: &[usize], now_ms: u64, chance: u64) -> Option<usize> {
        if let [only] = self.servers.as_slice() {
            // There is nobody else: ejection would only make sure that it fails.
            return (!only.state.standing.is_down() && full.is_empty()).then_some(0);
        }
        let mut room = [Candidate { server: 0, share: 0, in_hand: 0 }; FEW];
        let mut many = Vec::new();
        let candidates = self.candidates((tried, full), now_ms, &mut room, &mut many);
        choose(self.state.plan.balance, candidates, &mut self.memory.borrow_mut(), chance)
    }

    /// Those that come first among the servers that may be asked.
    fn candidates<'a>(
        &self,
        (tried, full): (&[usize], &[usize]),
        now_ms: u64,
        room: &'a mut [Candidate; FEW],
        many: &'a mut Vec<Candidate>,
    ) -> &'a [Candidate] {
        let well = || self.servers.iter().enumerate().filter(|(_, server)| !server.state.standing.is_down());
        let stands =
            |server: &LocalServer| (server.state.plan.backup, server.state.standing.is_usable(now_ms));
        let ranking =
            Ranking::of(well().map(|(_, server)| stands(server)), self.state.plan.eject.panic_percent);
        let slow_start = self.state.plan.health.as_ref().map_or(0, |health| millis(health.slow_start));
        let (mut first, mut count) = (None, 0);
        for (place, server) in well() {
            let (backup, usable) = stands(server);
            let Some(rank) = ranking.rank(backup, usable).filter(|_| !full.contains(&place)) else {
                continue;
            };
            let order = (tried.contains(&place), rank);
            match first {
                Some(first) if order > first => continue,
                Some(first) if order == first => {}
                _ => (first, count) = (Some(order), 0),
            }
            let due = server.state.standing.share(slow_start, now_ms);
            // In a panic those that just failed are tried, too, but seldom.
            let due = if usable { due } else { due / PANIC_PART };
            let share = server.state.plan.weight.saturating_mul(due);
            let candidate = Candidate { server: place, share: share.max(1), in_hand: server.in_hand.get() };
            if self.servers.len() <= FEW {
                room[count] = candidate;
            } else {
                many.truncate(count);
                many.push(candidate);
            }
            count += 1;
        }
        if self.servers.len() <= FEW { &room[..count] } else { many }
    }

    /// Whether one more connection may be opened to the server.
    pub(crate) fn place(&self, server: &LocalServer) -> Option<Place<Arc<Places>>> {
        Places::try_take(Arc::clone(&server.state.connections))
    }

    /// Keeps a connection for later, unless somebody waits for it.
    pub(crate) fn keep(&self, server: &LocalServer, leg: Box<Leg>, now_ms: u64) {
        let connections = &self.state.plan.connections;
        let Some(leg) = self.line.hand(leg) else { return };
        // Where it is wanted on another core, it makes room there.
        if !server.retired.get() && (connections.max == 0 || server.state.connections.waiting() == 0) {
            server.pool.borrow_mut().keep(leg, now_ms, connections.idle_max);
        }
    }

    /// Lets go of idle connections that take the places which others wait for, on whatever core.
    pub(crate) fn make_room(&self) {
        if self.state.plan.connections.max > 0 {
            for server in &self.servers {
                let wanted = server.state.connections.waiting();
                if wanted > 0 {
                    server.pool.borrow_mut().give_up(wanted);
                }
            }
        }
    }

    /// Says what of each server is in hand and idle on this core.
    pub(crate) fn say_levels(&self) {
        self.servers.iter().for_each(|server| server.say_levels());
    }

    /// Lets go of connections that are too old, closed, or lead where no server is any more.
    pub(crate) fn sweep(&self, now_ms: u64) {
        for server in &self.servers {
            server.follow_addresses();
            server.state.look_through(now_ms);
            let limit = server.state.idle_limit(self.state.plan.connections.idle);
            server.pool.borrow_mut().sweep(now_ms, limit, |lost| server.state.lost_idle(lost, now_ms));
        }
    }
}

/// What part of its share a server has that is left out, while so many are that all are asked.
const PANIC_PART: u32 = 20;

/// Servers of an upstream for which a choice allocates nothing.
const FEW: usize = 16;

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl LocalServer {
    fn new(state: Arc<ServerState>) -> Self {
        Self {
            name: Name::of(&state.plan.written),
            state,
            pool: RefCell::default(),
            in_hand: Cell::new(0),
            turn: Cell::new(0),
            changes: Cell::new(0),
            retired: Cell::new(false),
            said: Said::default(),
        }
    }

    /// It stands in no plan any more: what is in hand is the last that it gets.
    fn retire(&self) {
        self.retired.set(true);
        self.pool.borrow_mut().give_up(usize::MAX);
    }

    /// Counts a request in hand until what is handed back is dropped.
    pub(crate) fn hold(&self) -> Held<'_> {
        self.in_hand.set(self.in_hand.get() + 1);
        Held(&self.in_hand)
    }

    /// Says what is in hand and idle here.
    fn say_levels(&self) {
        let idle = self.pool.borrow().len() as u64;
        self.state.levels.follow(&self.said, u64::from(self.in_hand.get()), idle);
    }

    /// An idle connection.
    pub(crate) fn idle(&self, configured: Duration, care: Care, now_ms: u64) -> Option<Box<Leg>> {
        self.follow_addresses();
        let limit = self.state.idle_limit(configured);
        self.pool.borrow_mut().take(now_ms, limit, care, |lost| self.state.lost_idle(lost, now_ms))
    }

    /// Where to open a connection: its addresses, the next in turn first, and those last that are not well.
    pub(crate) fn peers(&self, now_ms: impl FnOnce() -> u64) -> Result<Vec<Peer>, Option<Failure>> {
        match &*self.state.addresses() {
            Addresses::Unknown => Err(None),
            Addresses::Failed(failure) => Err(Some(failure.clone())),
            Addresses::At(peers) => {
                let mut peers = peers.clone();
                if peers.len() > 1 {
                    let turn = self.turn.get();
                    self.turn.set(turn.wrapping_add(1));
                    let count = peers.len();
                    peers.rotate_left(turn % count);
                    self.state.order(&mut peers, now_ms());
                }
                Ok(peers)
            }
        }
    }

    /// Lets go of idle connections to addresses that are no longer the server's, or not well.
    fn follow_addresses(&self) {
        let changes = self.state.changes();
        if self.changes.replace(changes) != changes {
            match &*self.state.addresses() {
                Addresses::At(peers) => self.pool.borrow_mut().retain_at(&self.state.well(peers)),
                Addresses::Failed(_) => self.pool.borrow_mut().retain_at(&[]),
                Addresses::Unknown => {}
            }
        }
    }
}

/// A request in hand.
#[derive(Debug)]
pub(crate) struct Held<'a>(&'a Cell<u32>);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{
        Balance, Connections, Eject, Place, Protocol, Retry, Server, Timeouts, Upstream, UpstreamTls,
    };

    fn server(backup: bool) -> Server {
        let at = Place::Address("192.0.2.1:80".parse().unwrap());
        Server { written: "x".to_owned(), protocol: Protocol::Http, at, weight: 1, backup }
    }

    fn local(backups: &[bool]) -> Local {
        let plan = Upstream {
            name: "shop".to_owned(),
            servers: backups.iter().map(|backup| server(*backup)).collect(),
            balance: Balance::default(),
            timeouts: Timeouts::default(),
            retry: Retry::default(),
            health: None,
            eject: Eject { after: 1, ..Eject::default() },
            queue: None,
            connections: Connections::default(),
            tls: UpstreamTls::default(),
            resolver: None,
        };
        let servers = plan.servers.iter().map(|server| ServerState::new(server.clone(), None, None));
        let servers = servers.map(Arc::new).collect();
        Local::new(Arc::new(UpstreamState::new(plan, servers, None, None)), None)
    }

    #[test]
    fn a_backup_stands_in_for_servers_that_are_ejected() {
        for backups in [&[false, true][..], &[false, false, true]] {
            let local = local(backups);
            let last = backups.len() - 1;
            for server in &local.servers[..last] {
                server.state.standing.failed(&local.state.plan.eject, 10);
            }
            let all: Vec<_> = (0..20).map(|chance| local.choose(&[], &[], 20, chance)).collect();
            assert_eq!(all, vec![Some(last); 20]);
            // Where the backup fails as well, the others are not left out any more.
            assert!(local.choose(&[last], &[], 20, 0).is_some_and(|place| place < last));
            assert_eq!(local.choose(&[0], &[], 10_000, 0), Some(last.min(1)));
        }
    }

    #[test]
    fn of_many_servers_those_come_first_that_were_not_tried() {
        let local = local(&[false; FEW + 1]);
        let tried: Vec<usize> = (0..FEW).collect();
        assert_eq!(local.choose(&tried, &[], 1, 0), Some(FEW));
        local.servers[FEW].state.standing.failed(&local.state.plan.eject, 1);
        assert!(local.choose(&tried, &[], 1, 0).is_some_and(|place| place < FEW));
    }
}

//! Idle connections to one server, on one core: the youngest is used first, so that the others can grow old and go.

use std::time::Duration;

use goodgate_wire::Peer;

use super::Leg;

/// Idle connections.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    idle: Vec<Idle>,
}

#[derive(Debug)]
struct Idle {
    leg: Box<Leg>,
    since_ms: u64,
}

/// How closely a connection is looked at before it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// For requests that can be sent again.
    Usual,
    /// For those that cannot.
    Great,
}

impl Care {
    /// Whether the connection is still open, by a look of this kind.
    pub(super) fn finds_alive(self, leg: &mut Leg) -> bool {
        match self {
            Self::Usual => leg.is_alive(),
            Self::Great => leg.is_alive_now(),
        }
    }
}

impl Pool {
    /// The youngest that is still open, as far as this machine knows. Those that turn out to be closed tell for how long the server lets them live.
    pub(crate) fn take(
        &mut self,
        now_ms: u64,
        limit: Duration,
        care: Care,
        mut closed_after: impl FnMut(Duration),
    ) -> Option<Box<Leg>> {
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        while let Some(Idle { mut leg, since_ms }) = self.idle.pop() {
            let idle_ms = now_ms.saturating_sub(since_ms);
            if idle_ms >= limit_ms {
                // All others are older.
                self.idle.clear();
                break;
            }
            if care.finds_alive(&mut leg) {
                return Some(leg);
            }
            closed_after(Duration::from_millis(idle_ms));
        }
        None
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.idle.len()
    }

    /// Keeps one for later; the oldest goes where there are too many.
    pub(crate) fn keep(&mut self, leg: Box<Leg>, now_ms: u64, max: usize) {
        if max == 0 {
            return;
        }
        if self.idle.len() >= max {
            self.idle.remove(0);
        }
        self.idle.push(Idle { leg, since_ms: now_ms });
    }

    /// Lets go of the oldest, so many.
    pub(crate) fn give_up(&mut self, count: usize) {
        self.idle.drain(..count.min(self.idle.len()));
    }

    /// Lets go of what is too old or was closed by the server.
    pub(crate) fn sweep(&mut self, now_ms: u64, limit: Duration, mut closed_after: impl FnMut(Duration)) {
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        self.idle.retain_mut(|idle| {
            let idle_ms = now_ms.saturating_sub(idle.since_ms);
            if idle_ms >= limit_ms {
                return false;
            }
            let alive = idle.leg.is_alive();
            if !alive {
                closed_after(Duration::from_millis(idle_ms));
            }
            alive
        });
    }

    /// Lets go of those that lead to other places than these.
    pub(crate) fn retain_at(&mut self, peers: &[&Peer]) {
        self.idle.retain(|idle| peers.contains(&idle.leg.peer()));
    }
}

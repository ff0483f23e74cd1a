//! Idle connections to one server, on one core: the youngest is used first, so that the others can grow old and go.

use std::time::Duration;

use goodgate_wire::{Cut, Idle, Peer};

use super::Leg;

/// Idle connections.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    idle: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
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

/// How an idle connection was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The server closed it, having let it idle so long.
    Closed(Duration),
    /// It broke.
    Broken,
    /// Something came on it that nobody had asked for.
    Unasked,
}

impl Care {
    /// Whether the connection is still open, by a look of this kind.
    pub(super) fn finds_alive(self, leg: &mut Leg) -> bool {
        self.look(leg) == Idle::Open
    }

    fn look(self, leg: &mut Leg) -> Idle {
        match self {
            Self::Usual => leg.idle(),
            Self::Great => leg.idle_now(),
        }
    }
}

/// How a connection was lost that had idled so long; `None` where it is open.
fn lost(idle: &Idle, idle_ms: u64) -> Option<Lost> {
    match idle {
        Idle::Open => None,
        Idle::Cut(Cut::Closed) => Some(Lost::Closed(Duration::from_millis(idle_ms))),
        Idle::Cut(_) => Some(Lost::Broken),
        Idle::Unasked(_) => Some(Lost::Unasked),
    }
}

impl Pool {
    /// The youngest that is still open, as far as this machine knows. What the others turn out to be is told.
    pub(crate) fn take(
        &mut self,
        now_ms: u64,
        limit: Duration,
        care: Care,
        mut tell: impl FnMut(Lost),
    ) -> Option<Box<Leg>> {
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        while let Some(Kept { mut leg, since_ms }) = self.idle.pop() {
            let idle_ms = now_ms.saturating_sub(since_ms);
            if idle_ms >= limit_ms {
                // All others are older.
                self.idle.clear();
                break;
            }
            match lost(&care.look(&mut leg), idle_ms) {
                None => return Some(leg),
                Some(lost) => tell(lost),
            }
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
        self.idle.push(Kept { leg, since_ms: now_ms });
    }

    /// Lets go of the oldest, so many.
    pub(crate) fn give_up(&mut self, count: usize) {
        self.idle.drain(..count.min(self.idle.len()));
    }

    /// Lets go of what is too old or was closed by the server.
    pub(crate) fn sweep(&mut self, now_ms: u64, limit: Duration, mut tell: impl FnMut(Lost)) {
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        self.idle.retain_mut(|idle| {
            let idle_ms = now_ms.saturating_sub(idle.since_ms);
            if idle_ms >= limit_ms {
                return false;
            }
            let lost = lost(&idle.leg.idle(), idle_ms);
            lost.map(&mut tell).is_none()
        });
    }

    /// Lets go of those that lead to other places than these.
    pub(crate) fn retain_at(&mut self, peers: &[&Peer]) {
        self.idle.retain(|idle| peers.contains(&idle.leg.peer()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_close_tells_how_long_connections_may_idle() {
        let of = |idle| lost(&idle, 5_000);
        assert_eq!(of(Idle::Open), None);
        assert_eq!(of(Idle::Cut(Cut::Closed)), Some(Lost::Closed(Duration::from_secs(5))));
        assert_eq!(of(Idle::Unasked(b"HTTP/1.1 408".to_vec())), Some(Lost::Unasked));
        let broken = Cut::of(&std::io::ErrorKind::ConnectionReset.into());
        assert_eq!(of(Idle::Cut(broken)), Some(Lost::Broken));
    }
}

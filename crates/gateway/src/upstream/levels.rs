//! What of a server is in hand and idle, over all cores: counting that together would cost each request, so each core
//! says now and then what it has.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// The sums over all cores, each as it was said last.
#[derive(Debug, Default)]
pub(crate) struct Levels {
    in_hand: AtomicU64,
    idle: AtomicU64,
}

/// What one core said last.
#[derive(Debug, Default)]
pub(super) struct Said {
    in_hand: Cell<u64>,
    idle: Cell<u64>,
}

impl Levels {
    /// Requests in hand.
    pub(crate) fn in_hand(&self) -> u64 {
        self.in_hand.load(Ordering::Relaxed)
    }

    /// Idle connections that are kept.
    pub(crate) fn idle(&self) -> u64 {
        self.idle.load(Ordering::Relaxed)
    }

    /// One core, which said this before, has so many now.
    pub(super) fn follow(&self, said: &Said, in_hand: u64, idle: u64) {
        for (sum, said, now) in [(&self.in_hand, &said.in_hand, in_hand), (&self.idle, &said.idle, idle)] {
            let before = said.replace(now);
            if before != now {
                sum.fetch_add(now.wrapping_sub(before), Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_cores_have_is_summed_up_as_they_said_it_last() {
        let (levels, cores) = (Levels::default(), [Said::default(), Said::default()]);
        let sums = || (levels.in_hand(), levels.idle());
        levels.follow(&cores[0], 3, 1);
        levels.follow(&cores[1], 2, 5);
        assert_eq!(sums(), (5, 6));
        levels.follow(&cores[0], 0, 4);
        assert_eq!(sums(), (2, 9));
        levels.follow(&cores[1], 0, 0);
        assert_eq!(sums(), (0, 4));
    }
}

//! How many retries there may be: a share of the requests, so that sending again never becomes the load that keeps an
//! upstream down.
//!
//! Each core counts for itself, over two windows of five seconds; what is allowed beyond the share is counted for all of
//! them together. Pure: the time is handed in, and a moment that is older than another's counts in the other's window.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Retries a second that are always allowed: without them a quiet site would have none.
const ALWAYS: u64 = 3;
const WINDOW_MS: u64 = 5_000;

/// The retries beyond the share that are left, for all cores.
#[derive(Debug, Default)]
pub(crate) struct FreeRetries {
    /// The youngest window that anybody saw, and how many were taken in it in the lower half.
    taken: AtomicU64,
}

impl FreeRetries {
    /// Takes one, if one is left.
    fn take(&self, now_ms: u64) -> bool {
        let window = (now_ms / WINDOW_MS) << 32;
        let next = |taken: u64| match taken >= window {
            true => (taken & u64::from(u32::MAX) < ALWAYS * WINDOW_MS / 1000).then_some(taken + 1),
            false => Some(window + 1),
        };
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }
}

/// The count.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    window: Cell<u64>,
    now: Cell<Counts>,
    before: Cell<Counts>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    requests: u32,
    retries: u32,
}

impl Budget {
    /// Counts a request.
    pub(crate) fn request(&self, now_ms: u64) {
        self.turn(now_ms);
        let now = self.now.get();
        self.now.set(Counts { requests: now.requests.saturating_add(1), ..now });
    }

    /// Whether another retry is within so many percent, or one of those that are always allowed; counts it if so.
    pub(crate) fn may_retry(&self, percent: u32, free: &FreeRetries, now_ms: u64) -> bool {
        self.turn(now_ms);
        let (now, before) = (self.now.get(), self.before.get());
        let requests = u64::from(now.requests) + u64::from(before.requests);
        let retries = u64::from(now.retries) + u64::from(before.retries);
        if retries >= requests.saturating_mul(u64::from(percent)) / 100 {
            return free.take(now_ms);
        }
        self.now.set(Counts { retries: now.retries.saturating_add(1), ..now });
        true
    }

    fn turn(&self, now_ms: u64) {
        let (window, last) = (now_ms / WINDOW_MS, self.window.get());
        if window <= last {
            return;
        }
        self.window.set(window);
        let ended = self.now.replace(Counts::default());
        self.before.set(if window == last + 1 { ended } else { Counts::default() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(budget: &Budget, free: &FreeRetries, now_ms: u64) -> usize {
        (0..1000).filter(|_| budget.may_retry(20, free, now_ms)).count()
    }

    #[test]
    fn retries_are_a_share_of_requests() {
        let (budget, free) = (Budget::default(), FreeRetries::default());
        (0..1000).for_each(|_| budget.request(1));
        assert_eq!(granted(&budget, &free, 1), 200 + 15);
        // The requests of the last window still count, and so do its retries.
        assert_eq!(granted(&budget, &free, WINDOW_MS), 15);
        assert_eq!(granted(&budget, &free, 2 * WINDOW_MS + 1), 15);
    }

    #[test]
    fn a_moment_older_than_another_takes_nothing_back() {
        let (budget, free) = (Budget::default(), FreeRetries::default());
        (0..1000).for_each(|_| budget.request(WINDOW_MS));
        budget.request(WINDOW_MS - 1);
        assert_eq!(granted(&budget, &free, WINDOW_MS), 200 + 15);
        assert_eq!([WINDOW_MS - 1, WINDOW_MS, 0].map(|now_ms| free.take(now_ms)), [false; 3]);
    }

    #[test]
    fn a_few_are_free_for_all_cores_together() {
        let (free, cores) = (FreeRetries::default(), [(); 64].map(|()| Budget::default()));
        let of_all = |now_ms| cores.iter().map(|budget| granted(budget, &free, now_ms)).sum::<usize>();
        assert_eq!((of_all(1), of_all(2), of_all(WINDOW_MS), of_all(3 * WINDOW_MS)), (15, 0, 15, 15));
    }
}

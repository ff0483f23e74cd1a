//! How many retries there may be: a share of the requests, so that sending again never becomes the load that keeps an
//! upstream down.
//!
//! Each core counts for itself, over two windows of five seconds. Pure: the time is handed in.

use std::cell::Cell;

/// Retries a second that are always allowed: without them a quiet site would have none.
const ALWAYS: u32 = 3;
const WINDOW_MS: u64 = 5_000;

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

    /// Whether another retry is within so many percent; counts it if so.
    pub(crate) fn may_retry(&self, percent: u32, now_ms: u64) -> bool {
        self.turn(now_ms);
        let (now, before) = (self.now.get(), self.before.get());
        let requests = u64::from(now.requests) + u64::from(before.requests);
        let retries = u64::from(now.retries) + u64::from(before.retries);
        let always = u64::from(ALWAYS) * 2 * WINDOW_MS / 1000;
        if retries >= always.max(requests.saturating_mul(u64::from(percent)) / 100) {
            return false;
        }
        self.now.set(Counts { retries: now.retries.saturating_add(1), ..now });
        true
    }

    fn turn(&self, now_ms: u64) {
        let window = now_ms / WINDOW_MS;
        let last = self.window.replace(window);
        if window != last {
            let ended = self.now.replace(Counts::default());
            self.before.set(if window == last + 1 { ended } else { Counts::default() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_a_share_of_requests_and_a_few_are_free() {
        let budget = Budget::default();
        let granted = (0..1000).filter(|_| budget.may_retry(20, 1)).count();
        assert_eq!(granted, 30);
        let budget = Budget::default();
        (0..1000).for_each(|_| budget.request(1));
        assert_eq!((0..1000).filter(|_| budget.may_retry(20, 1)).count(), 200);
        // The requests of the last window still count, and so do its retries.
        assert!(!budget.may_retry(20, WINDOW_MS));
        assert!(budget.may_retry(20, 2 * WINDOW_MS + 1));
    }
}

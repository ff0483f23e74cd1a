//! How slowly a client may send and take, whichever version of HTTP it speaks.

use std::task::{Context, Poll};
use std::time::Duration;

use super::ClientEnd;
use crate::core::deadline::Deadline;
use crate::plan::Clients;

/// The patience with a client in one direction: it runs only while the client is waited for.
#[derive(Debug)]
pub(super) struct Pace {
    deadline: Deadline,
    /// What it is when patience is over.
    end: ClientEnd,
    runs: bool,
    /// Bytes that moved since patience last began anew, or was stopped.
    moved: u64,
}

impl Pace {
    /// With a client that sends, with a deadline of its own.
    pub(super) fn of_sending(deadline: Deadline) -> Self {
        Self::new(deadline, ClientEnd::TooSlow)
    }

    /// With a client that takes, likewise.
    pub(super) fn of_taking(deadline: Deadline) -> Self {
        Self::new(deadline, ClientEnd::Stalled)
    }

    fn new(deadline: Deadline, end: ClientEnd) -> Self {
        Self { deadline, end, runs: false, moved: 0 }
    }

    /// Nothing is waited for any more.
    pub(super) fn stop(&mut self) {
        self.moved = 0;
        if self.runs {
            self.deadline.clear();
            self.runs = false;
        }
    }

    /// That bytes moved. Patience begins anew once there were enough, so that a client which moves one now and then does
    /// not hold everything for ever.
    pub(super) fn moved(&mut self, count: u64, enough: u64) {
        self.moved += count;
        if self.moved >= enough {
            (self.runs, self.moved) = (false, 0);
        }
    }

    /// Waits on, for this long since patience began. It is an error when that is over; anything else is pending.
    pub(super) fn poll<T>(&mut self, cx: &Context<'_>, limit: Duration) -> Poll<Result<T, ClientEnd>> {
        if !self.runs {
            self.runs = true;
            self.deadline.set(limit);
        }
        if self.deadline.passed(cx) { Poll::Ready(Err(self.end)) } else { Poll::Pending }
    }
}

/// Bytes of a body that must come for patience to begin anew.
pub(super) fn enough_of_body(rules: &Clients) -> u64 {
    let gap_ms = u64::try_from(rules.body_gap.as_millis()).unwrap_or(u64::MAX);
    rules.body_rate.saturating_mul(gap_ms) / 1000
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::task::Waker;

    use super::*;
    use crate::core::deadline::{Deadlines, TICK};

    #[test]
    fn what_moved_before_a_stop_does_not_count_behind_it() {
        let (all, cx) = (Rc::new(Deadlines::default()), Context::from_waker(Waker::noop()));
        let mut pace = Pace::of_sending(all.add());
        let limit = TICK * 10;
        // Nobody waited for these, and then their body was over.
        pace.moved(9, 10);
        pace.stop();
        assert!(pace.poll::<()>(&cx, limit).is_pending());
        all.sweep(10);
        pace.moved(9, 10);
        assert!(pace.poll::<()>(&cx, limit).is_pending());
        all.sweep(11);
        assert_eq!(pace.poll::<()>(&cx, limit), Poll::Ready(Err(ClientEnd::TooSlow)));
        // What is enough has patience begin anew.
        pace.moved(1, 10);
        assert!(pace.poll::<()>(&cx, limit).is_pending());
    }
}

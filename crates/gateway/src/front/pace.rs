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
    /// Bytes that moved since it began to run.
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
        if self.runs {
            self.deadline.clear();
            (self.runs, self.moved) = (false, 0);
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

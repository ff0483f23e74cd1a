//! How long the failing answers of one access log took: all at once, or all after the same wait.
//!
//! Knows no layout; readers hand in seconds and ask once at the end of the file.

use goodgate_facts::{Value, id};

use crate::Sink;

/// Fewer failing answers than this make no pattern.
const ANSWERS_MIN: u32 = 2;
/// Up to here an answer came "at once": no timer of a gateway is that short.
const AT_ONCE_S_MAX: f64 = 0.1;
/// A wait shorter than this is no timeout that anybody configures.
const TIMEOUT_S_MIN: f64 = 0.9;
/// Timers fire late by scheduling, not by more than this share of the wait (or this many seconds).
const SPREAD_SHARE_MAX: f64 = 0.05;
const SPREAD_S_MAX: f64 = 0.15;
/// An answer that took this long was slow, whatever the status.
const SLOW_S_MIN: f64 = 2.0;

/// Collects the durations of failing answers.
#[derive(Default)]
pub(crate) struct AnswerTimes {
    count: u32,
    least_s: f64,
    most_s: f64,
}

impl AnswerTimes {
    /// A failing answer took this long.
    pub(crate) fn failed_after(&mut self, seconds: f64) {
        if !seconds.is_finite() || seconds < 0.0 {
            return;
        }
        (self.least_s, self.most_s) = match self.count {
            0 => (seconds, seconds),
            _ => (self.least_s.min(seconds), self.most_s.max(seconds)),
        };
        self.count = self.count.saturating_add(1);
    }

    /// States the pattern, if there is one.
    pub(crate) fn end(&self, sink: &mut Sink) {
        if self.count < ANSWERS_MIN {
            return;
        }
        let spread_s = self.most_s - self.least_s;
        let found = if self.most_s <= AT_ONCE_S_MAX {
            id("answered-at-once")
        } else if self.least_s >= TIMEOUT_S_MIN
            && spread_s <= SPREAD_S_MAX.max(self.least_s * SPREAD_SHARE_MAX)
        {
            id("answered-at-timeout")
        } else {
            return;
        };
        // One signal for the file: the last line's words would mislead as its excerpt.
        let mut signal = sink.signal(found).value(Value::Seconds(self.least_s));
        signal.excerpt = None;
        sink.put(signal);
    }
}

/// Whether an upstream that took this long for its answer is worth a word.
pub(crate) fn is_slow(seconds: f64) -> bool {
    seconds >= SLOW_S_MIN
}

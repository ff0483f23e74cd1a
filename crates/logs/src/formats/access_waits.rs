//! How long the failing answers of an access log took, apart for each status and upstream: all at once, or all
//! after the same wait. A wait that is the same every time is a timer's.

use std::collections::BTreeMap;

use goodgate_facts::{Moment, SignalId, Span, Target, Value, id};

use super::answer_times;
use crate::{LineReader, Sink, Verdict};

/// More statuses and upstreams than this are not told apart.
const KEYS_MAX: usize = 256;

/// Up to here an answer came "at once": no timer of a gateway is that short.
const AT_ONCE_S_MAX: f64 = 0.1;

/// A wait shorter than this is no timeout that anybody configures.
const TIMEOUT_S_MIN: f64 = 0.9;

/// Timers fire late by scheduling, not by more than this share of the wait (or this many seconds).
const LATE_SHARE_MAX: f64 = 0.02;
const LATE_S_MAX: f64 = 0.15;

/// A reader of an access log out of what reads a line; what the waits say together it states at the end of the file.
pub(super) fn reader<R>(read: R) -> Box<dyn LineReader>
where
    R: FnMut(&[u8], &mut Waits, &mut Sink) -> Verdict + 'static,
{
    Box::new(Reader { read, waits: Waits::default() })
}

struct Reader<R> {
    read: R,
    waits: Waits,
}

impl<R: FnMut(&[u8], &mut Waits, &mut Sink) -> Verdict> LineReader for Reader<R> {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        (self.read)(line, &mut self.waits, sink)
    }

    fn end(&mut self, sink: &mut Sink) {
        self.waits.end(sink);
    }
}

/// Collects the waits of failing answers.
#[derive(Default)]
pub(super) struct Waits {
    by: BTreeMap<(u16, Option<Target>), Wait>,
}

struct Wait {
    count: u32,
    least_s: f64,
    most_s: f64,
    when: Option<Span>,
}

impl Waits {
    /// A failing answer with this status, by this upstream, took this long.
    pub(super) fn failed(
        &mut self,
        status: u16,
        target: Option<&Target>,
        seconds: f64,
        when: Option<Moment>,
    ) {
        if !seconds.is_finite() || seconds < 0.0 {
            return;
        }
        let key = (status, target.cloned());
        if self.by.len() >= KEYS_MAX && !self.by.contains_key(&key) {
            return;
        }
        let span = when.map(Span::at);
        let wait =
            self.by.entry(key).or_insert(Wait { count: 0, least_s: seconds, most_s: seconds, when: span });
        wait.count = wait.count.saturating_add(1);
        wait.least_s = wait.least_s.min(seconds);
        wait.most_s = wait.most_s.max(seconds);
        wait.when = match (wait.when, span) {
            (Some(old), Some(new)) => Some(old.join(new)),
            (old, new) => old.or(new),
        };
    }

    /// States the patterns.
    pub(super) fn end(&mut self, sink: &mut Sink) {
        for ((_, target), wait) in std::mem::take(&mut self.by) {
            let Some(found) = wait.pattern() else { continue };
            let mut signal = sink.signal(found).target(target).value(Value::Seconds(wait.least_s));
            signal.when = wait.when;
            signal.count = u64::from(wait.count);
            // It is about many lines; the last one's words would mislead as its excerpt.
            signal.excerpt = None;
            sink.put(signal);
        }
    }
}

impl Wait {
    fn pattern(&self) -> Option<SignalId> {
        if self.most_s <= AT_ONCE_S_MAX {
            return Some(id("answered-at-once"));
        }
        // One wait alone must fall upon a whole number of seconds, several upon each other.
        let late_s = if self.count == 1 { self.least_s.fract() } else { self.most_s - self.least_s };
        let even = late_s <= (self.least_s * LATE_SHARE_MAX).max(LATE_S_MAX);
        let single = self.count > 1 || late_s <= self.least_s * LATE_SHARE_MAX;
        (self.least_s >= TIMEOUT_S_MIN && even && single).then_some(id("answered-at-timeout"))
    }
}

/// Whether an answer that took this long was slow.
pub(super) fn is_slow(seconds: f64) -> bool {
    answer_times::is_slow(seconds)
}

//! What an application server's own access lines add up to: how many requests it answered well, with which errors,
//! how slowly. Said once, at the end of the file. Knows no log format.

use std::collections::BTreeMap;

use goodgate_facts::{Signal, SignalId, Span, Untrusted, Value, id};

use crate::Sink;

/// An answer that took longer than this counts as slow: well beyond what visitors bear and near the shortest
/// timeouts that gateways are given.
const SLOW_S: f64 = 3.0;

/// The answers so far.
#[derive(Default)]
pub(crate) struct OwnAnswers {
    well: Option<Signal>,
    bad: BTreeMap<u16, Signal>,
    slow: Option<Signal>,
}

impl OwnAnswers {
    /// Counts the answer that the sink's current line tells of.
    pub(crate) fn add(&mut self, status: u16, seconds: Option<f64>, request: &[u8], sink: &Sink) {
        let fresh = |id: SignalId| sink.signal(id).request(Untrusted::new(request));
        if status >= 500 {
            let fresh = || fresh(id("app-answered-5xx")).value(Value::Status(status));
            let known = self.bad.contains_key(&status);
            let signal = self.bad.entry(status).or_insert_with(fresh);
            if known {
                again(signal, sink);
            }
        } else if let Some(signal) = &mut self.well {
            again(signal, sink);
        } else {
            let mut signal = fresh(id("app-answered-well"));
            signal.about.request = None;
            self.well = Some(signal);
        }
        let Some(seconds) = seconds.filter(|seconds| *seconds >= SLOW_S) else { return };
        match &mut self.slow {
            Some(signal) => {
                again(signal, sink);
                let longest = signal.value.as_number().map_or(seconds, |old| old.max(seconds));
                signal.value = Value::Seconds(longest);
            }
            None => self.slow = Some(fresh(id("app-slow-answer")).value(Value::Seconds(seconds))),
        }
    }

    /// Puts the sums into the sink.
    pub(crate) fn end(&mut self, sink: &mut Sink) {
        let bad = std::mem::take(&mut self.bad).into_values();
        for signal in bad.chain(self.slow.take()).chain(self.well.take()) {
            sink.put(signal);
        }
    }
}

fn again(signal: &mut Signal, sink: &Sink) {
    signal.count += 1;
    signal.last_line = sink.line();
    let now = sink.time().map(Span::at);
    signal.when = match (signal.when, now) {
        (Some(old), Some(now)) => Some(old.join(now)),
        (old, now) => old.or(now),
    };
}

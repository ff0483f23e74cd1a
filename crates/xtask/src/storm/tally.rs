//! What came of the requests. Pure.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::bench::statistics::percentile;

/// So many failures are kept in full; the others are counted.
const KEPT_MAX: usize = 200;

/// A request that was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) number: u64,
    /// From the beginning.
    pub(crate) at: Duration,
    /// In one word or a status; below it the answer's head, if there was one.
    pub(crate) what: String,
}

#[derive(Debug, Default)]
pub(crate) struct Tally {
    answered_ms: Vec<f64>,
    kinds: BTreeMap<String, u64>,
    pub(crate) failures: Vec<Failure>,
    /// Sent again by the client, because the connection was closed before any answer.
    pub(crate) resent: u64,
    /// Not sent at all, because so many were out that the generator could hold no more: no loss of the gateway's, but
    /// its sluggishness.
    pub(crate) unsent: u64,
    /// Sent too late, because the generator could not keep up.
    pub(crate) late: u64,
}

impl Tally {
    pub(crate) fn answered(&mut self, took: Duration) {
        self.answered_ms.push(took.as_secs_f64() * 1000.0);
    }

    pub(crate) fn lost(&mut self, failure: Failure) {
        let kind = failure.what.lines().next().unwrap_or_default();
        *self.kinds.entry(kind.to_owned()).or_default() += 1;
        if self.failures.len() < KEPT_MAX {
            self.failures.push(failure);
        }
    }

    pub(crate) fn failed(&self) -> u64 {
        self.kinds.values().sum()
    }

    /// How many were lost, and how.
    pub(crate) fn losses(&self) -> String {
        let kinds: Vec<String> = self.kinds.iter().map(|(kind, count)| format!("{kind}: {count}")).collect();
        match kinds.as_slice() {
            [] => "0".to_owned(),
            kinds => format!("{} ({})", self.failed(), kinds.join(", ")),
        }
    }

    /// In milliseconds, from when each request was due.
    pub(crate) fn p99_and_slowest_ms(&self) -> (f64, f64) {
        let mut times = self.answered_ms.clone();
        let p99 = percentile(&mut times, 99.0);
        (p99, times.last().copied().unwrap_or(0.0))
    }

    pub(crate) fn summary(&self) -> String {
        let (p99, slowest) = self.p99_and_slowest_ms();
        format!(
            "{} answered, {} lost{}, 99 % within {p99:.0} ms, the slowest {slowest:.0} ms",
            self.answered_ms.len(),
            self.losses(),
            self.remarks(", ")
        )
    }

    /// What else there is to say of how it went, each remark after a sign.
    pub(crate) fn remarks(&self, sign: &str) -> String {
        let all =
            [("not sent", self.unsent), ("sent again by the client", self.resent), ("sent late", self.late)];
        all.iter()
            .filter(|(_, count)| *count > 0)
            .map(|(what, count)| format!("{sign}{count} {what}"))
            .collect()
    }

    /// Every failure that was kept, with the lines of the access log that name its path.
    pub(crate) fn told(&self, log: &str) -> String {
        let mut out = format!("{}\n", self.summary());
        for failure in &self.failures {
            let _ =
                writeln!(out, "\n#{} at {:.3} s: {}", failure.number, failure.at.as_secs_f64(), failure.what);
            let path = format!("/{}\"", failure.number);
            for line in log.lines().filter(|line| line.contains(&path)) {
                let _ = writeln!(out, "{line}");
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_counted_by_kind_and_told_with_their_line_of_the_log() {
        let mut tally = Tally::default();
        assert_eq!(tally.losses(), "0");
        tally.answered(Duration::from_millis(3));
        for (number, what) in [(7, "502\nHTTP/1.1 502 Bad Gateway"), (8, "502\nHTTP/1.1 502"), (9, "Cut")] {
            tally.lost(Failure { number, at: Duration::from_millis(1500), what: what.to_owned() });
        }
        assert_eq!((tally.failed(), tally.losses().as_str()), (3, "3 (502: 2, Cut: 1)"));
        let told = tally.told("{\"path\":\"/1k/7\"}\n{\"path\":\"/1k/70\"}\n");
        assert!(
            told.contains("#7 at 1.500 s: 502\nHTTP/1.1 502 Bad Gateway\n{\"path\":\"/1k/7\"}\n"),
            "{told}"
        );
        assert!(!told.contains("/1k/70"));
        assert_eq!(tally.p99_and_slowest_ms(), (3.0, 3.0));
    }
}

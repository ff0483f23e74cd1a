//! Which servers may be asked: what their failures and the answers to our own questions say of them.
//!
//! Pure but for atomics: the time is handed in, in milliseconds since the gateway began.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use goodgate_facts::ErrorType;

use crate::plan::{Eject, Health};

/// How a server stands. All cores write it, and a lost update costs one count: nothing here promises an exact number.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// Failures in a row of requests.
    failures: AtomicU32,
    /// Ejected until then; 0 for never.
    until_ms: AtomicU64,
    /// How often it was ejected without having answered well in between.
    ejections: AtomicU32,
    /// Whether its health checks say that it is down.
    down: AtomicBool,
    /// Checks in a row with the other result than `down` says.
    against: AtomicU32,
    /// When it came up again; 0 for always.
    up_ms: AtomicU64,
    /// When it was ejected or found to be down last.
    out_ms: AtomicU64,
    /// What failed last, and when: the number of the error type, from 1, behind so many bits of milliseconds; 0 for
    /// nothing.
    last_failure: AtomicU64,
}

/// Bits of [`Standing::last_failure`] that number the error type.
const ERROR_BITS: u32 = 8;

impl Standing {
    /// Whether it may be asked.
    pub(crate) fn is_usable(&self, now_ms: u64) -> bool {
        !self.is_down() && self.until_ms.load(Ordering::Relaxed) <= now_ms
    }

    /// Whether its health checks say that it is down.
    pub(crate) fn is_down(&self) -> bool {
        self.down.load(Ordering::Relaxed)
    }

    /// That a request was answered to the end.
    pub(crate) fn answered(&self) {
        // Written only where there is something to forget: all cores come by here with every request.
        if self.failures.load(Ordering::Relaxed) != 0 || self.ejections.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
            self.ejections.store(0, Ordering::Relaxed);
        }
    }

    /// That a request failed; whether the server is left out from now on.
    pub(crate) fn failed(&self, rules: &Eject, now_ms: u64) -> bool {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if rules.after == 0 || failures < rules.after || self.until_ms.load(Ordering::Relaxed) > now_ms {
            return false;
        }
        let before = self.ejections.fetch_add(1, Ordering::Relaxed);
        let time = rules
            .time
            .saturating_mul(1_u32.checked_shl(before.min(16)).unwrap_or(u32::MAX))
            .min(rules.time_max);
        let time_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.until_ms.store(now_ms.saturating_add(time_ms), Ordering::Relaxed);
        self.out_ms.store(now_ms, Ordering::Relaxed);
        // One failure after its return is enough to leave it out again.
        self.failures.store(rules.after - 1, Ordering::Relaxed);
        true
    }

    /// The result of a health check.
    pub(crate) fn checked(&self, well: bool, rules: &Health, now_ms: u64) {
        let down = self.is_down();
        if well != down {
            self.against.store(0, Ordering::Relaxed);
            if well && self.until_ms.load(Ordering::Relaxed) > now_ms {
                // Whoever answers well now need not wait for the end of an ejection.
                self.until_ms.store(now_ms, Ordering::Relaxed);
            }
            return;
        }
        let against = self.against.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if against < if down { rules.rise } else { rules.fall } {
            return;
        }
        self.against.store(0, Ordering::Relaxed);
        self.down.store(!down, Ordering::Relaxed);
        if !down {
            self.out_ms.store(now_ms, Ordering::Relaxed);
            return;
        }
        self.up_ms.store(now_ms, Ordering::Relaxed);
        self.failures.store(0, Ordering::Relaxed);
        self.until_ms.store(0, Ordering::Relaxed);
    }

    /// Forgets what health checks said.
    pub(crate) fn forget_checks(&self) {
        self.down.store(false, Ordering::Relaxed);
        self.against.store(0, Ordering::Relaxed);
    }

    /// Notes what failed, whether or not that counts against the server.
    pub(crate) fn note_failure(&self, error: ErrorType, now_ms: u64) {
        let packed = (now_ms << ERROR_BITS) | (error as u64 + 1);
        self.last_failure.store(packed, Ordering::Relaxed);
    }

    /// What failed last, and when.
    pub(crate) fn last_failure(&self) -> Option<(ErrorType, u64)> {
        let packed = self.last_failure.load(Ordering::Relaxed);
        let number = packed & ((1 << ERROR_BITS) - 1);
        let error = ErrorType::all().find(|error| *error as u64 + 1 == number)?;
        Some((error, packed >> ERROR_BITS))
    }

    /// Since when it may or may not be asked, as it is now; `None` for ever.
    pub(crate) fn since_ms(&self, now_ms: u64) -> Option<u64> {
        if !self.is_usable(now_ms) {
            return Some(self.out_ms.load(Ordering::Relaxed));
        }
        let back = self.up_ms.load(Ordering::Relaxed).max(self.until_ms.load(Ordering::Relaxed));
        (back > 0).then_some(back)
    }

    /// Until when it is left out, if it is.
    pub(crate) fn ejected_until_ms(&self, now_ms: u64) -> Option<u64> {
        Some(self.until_ms.load(Ordering::Relaxed)).filter(|until| !self.is_down() && *until > now_ms)
    }

    /// Its share of the weight that it is due, in thousandths: it grows from a tenth to the whole while it starts.
    pub(crate) fn share(&self, slow_start_ms: u64, now_ms: u64) -> u32 {
        let up_ms = self.up_ms.load(Ordering::Relaxed);
        let since = now_ms.saturating_sub(up_ms);
        if up_ms == 0 || since >= slow_start_ms {
            return 1000;
        }
        u32::try_from(since.saturating_mul(1000) / slow_start_ms.max(1)).unwrap_or(1000).clamp(100, 1000)
    }
}

/// The status of a check's answer, `None` where a connection was all that was asked for; or why there was none.
pub(crate) type Answer = Result<Option<u16>, ErrorType>;

impl Health {
    /// Whether this answer is what is expected.
    pub(crate) fn is_well(&self, answer: &Answer) -> bool {
        let (from, to) = self.expect;
        match answer {
            Ok(Some(status)) => (from..=to).contains(status),
            Ok(None) => true,
            Err(_) => false,
        }
    }
}

/// What a health check saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) at_ms: u64,
    pub(crate) well: bool,
    pub(crate) answer: Answer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_eject_for_longer_each_time() {
        let (standing, rules) = (Standing::default(), Eject::default());
        assert!(!standing.failed(&rules, 10) && !standing.failed(&rules, 10));
        standing.answered();
        assert!(!standing.failed(&rules, 10) && !standing.failed(&rules, 10));
        assert!(standing.failed(&rules, 10));
        assert!(!standing.is_usable(11) && standing.is_usable(5010));
        assert!(standing.failed(&rules, 6000));
        assert!(!standing.is_usable(15_999) && standing.is_usable(16_000));
        for _ in 0..40 {
            standing.failed(&rules, 20_000_000);
        }
        assert!(standing.is_usable(20_060_000));
        let never = Eject { after: 0, ..rules };
        let standing = Standing::default();
        assert!((0..100).all(|_| !standing.failed(&never, 1)));
    }

    #[test]
    fn it_is_known_since_when_and_what_failed_last() {
        let (standing, health) = (Standing::default(), Health::default());
        assert_eq!((standing.since_ms(9), standing.last_failure()), (None, None));
        for error in ErrorType::all() {
            standing.note_failure(error, 1 << 50);
            assert_eq!(standing.last_failure(), Some((error, 1 << 50)));
        }
        for _ in 0..3 {
            standing.failed(&Eject::default(), 10);
        }
        assert_eq!((standing.since_ms(20), standing.ejected_until_ms(20)), (Some(10), Some(5010)));
        assert_eq!((standing.since_ms(6000), standing.ejected_until_ms(6000)), (Some(5010), None));
        standing.checked(false, &health, 7000);
        standing.checked(false, &health, 8000);
        assert_eq!((standing.since_ms(8500), standing.ejected_until_ms(8500)), (Some(8000), None));
        standing.checked(true, &health, 9000);
        standing.checked(true, &health, 9500);
        assert_eq!(standing.since_ms(9600), Some(9500));
    }

    #[test]
    fn one_answer_makes_the_next_ejection_short_again() {
        for after in [1, 3] {
            let (standing, rules) = (Standing::default(), Eject { after, ..Eject::default() });
            let eject = |at: u64| while !standing.failed(&rules, at) {};
            eject(0);
            eject(5_000);
            assert!(!standing.is_usable(14_999) && standing.is_usable(15_000), "{after}");
            standing.answered();
            eject(20_000);
            assert!(standing.is_usable(25_000), "{after}");
        }
    }

    #[test]
    fn a_check_that_is_well_ends_an_ejection() {
        let standing = Standing::default();
        for _ in 0..3 {
            standing.failed(&Eject::default(), 10);
        }
        assert!(!standing.is_usable(20));
        standing.checked(true, &Health::default(), 20);
        assert!(standing.is_usable(20));
    }

    #[test]
    fn checks_turn_it_after_so_many_in_a_row_and_it_starts_slowly() {
        let (standing, rules) = (Standing::default(), Health::default());
        let down_after = |well, now_ms| {
            standing.checked(well, &rules, now_ms);
            standing.is_down()
        };
        assert_eq!([false, true, false, false].map(|well| down_after(well, 0)), [false, false, false, true]);
        assert!(!standing.is_usable(1));
        assert_eq!([100, 1000].map(|now_ms| down_after(true, now_ms)), [true, false]);
        assert!(standing.is_usable(1000));
        let shares = [1000, 1500, 6000, 11_000].map(|now| standing.share(10_000, now));
        assert_eq!(shares, [100, 100, 500, 1000]);
        assert_eq!(Standing::default().share(10_000, 5), 1000);
    }
}

//! Instants as the gateway counts them: the clock is asked seldom, and all that is said of what it tells is arithmetic.

use std::ops::Sub;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use nix::time::{ClockId, clock_gettime};

/// An instant, in microseconds since the gateway began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

/// Tells what time it is. All cores have the same.
#[derive(Debug)]
pub(crate) struct Clock {
    /// In microseconds of the clock that only goes forward.
    began: u64,
    /// The same instant in microseconds since 1970 (UTC), as the system's clock says now: it may be set, and the clock
    /// that counts stands still while the machine sleeps.
    began_us: AtomicU64,
}

impl Clock {
    /// A clock that begins now.
    pub(crate) fn new() -> Self {
        let clock = Self { began: steady_us(), began_us: AtomicU64::new(0) };
        clock.follow();
        clock
    }

    /// Follows the system's clock: to be called now and then.
    pub(crate) fn follow(&self) {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.began_us.store(micros(since_1970).saturating_sub(self.now().us()), Ordering::Relaxed);
    }

    /// The instant that is now.
    pub(crate) fn now(&self) -> Moment {
        Moment(steady_us().saturating_sub(self.began))
    }

    /// When the clock began, in microseconds since 1970 (UTC).
    pub(crate) fn began_us(&self) -> u64 {
        self.began_us.load(Ordering::Relaxed)
    }

    /// An instant in microseconds since 1970 (UTC).
    pub(crate) fn wall_us(&self, at: Moment) -> u64 {
        self.began_us().saturating_add(at.0)
    }
}

impl Moment {
    /// Microseconds since the gateway began.
    pub(crate) fn us(self) -> u64 {
        self.0
    }

    /// Milliseconds since the gateway began.
    pub(crate) fn ms(self) -> u64 {
        self.0 / 1000
    }
}

/// The time from the second instant to the first; none where it is the later one.
impl Sub for Moment {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// Microseconds of the clock that only goes forward. The system is asked without the standard library's instants, of which
/// the difference alone takes as long as the asking.
fn steady_us() -> u64 {
    // Every Linux has this clock, and it is never negative.
    let Ok(now) = clock_gettime(ClockId::CLOCK_MONOTONIC) else { return 0 };
    now.tv_sec().unsigned_abs().wrapping_mul(1_000_000).wrapping_add(now.tv_nsec().unsigned_abs() / 1000)
}

fn micros(time: Duration) -> u64 {
    // What does not fit would be half a million years.
    time.as_secs().wrapping_mul(1_000_000).wrapping_add(u64::from(time.subsec_micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_from_their_beginning_and_from_1970() {
        let clock = Clock { began: steady_us(), began_us: AtomicU64::new(1_000_000) };
        let (early, late) = (Moment(1_500), Moment(4_000));
        assert_eq!((late.us(), late.ms(), early.ms()), (4_000, 4, 1));
        assert_eq!(clock.wall_us(late), 1_004_000);
        assert_eq!((late - early, early - late), (Duration::from_micros(2_500), Duration::ZERO));
        assert!(clock.now() >= Moment(0));
    }

    #[test]
    fn a_clock_that_is_set_is_followed() {
        let clock = Clock { began: steady_us(), began_us: AtomicU64::new(7) };
        assert_eq!(clock.wall_us(Moment(0)), 7);
        clock.follow();
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert!(clock.wall_us(clock.now()).abs_diff(micros(since_1970)) < 60_000_000);
    }
}

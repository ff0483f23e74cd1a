//! How long a look may take: 1.3 times what it needs, and 100 ms more. Whatever is only good to know ends in time.
//!
//! What is needed: that the name is looked up, and at each place where the way leads the longest exchange of the page.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// What is good to know may go on so much longer than what is needed; the rest of what is promised is for the work
/// between exchanges.
const GRACE: Duration = Duration::from_millis(60);
const TIMES: f64 = 0.25;
/// The same for what is begun last of all.
const LAST_GRACE: Duration = Duration::from_millis(85);
const LAST_TIMES: f64 = 0.3;

/// How much longer than what is needed, which takes this long, a look may take for what is good to know as well.
pub(crate) fn spare(needed: Duration) -> Duration {
    GRACE + needed.mul_f64(TIMES)
}

/// The same for what is begun last of all.
fn last(needed: Duration) -> Duration {
    LAST_GRACE + needed.mul_f64(LAST_TIMES)
}

/// The clock of one look.
#[derive(Debug)]
pub(crate) struct Pace {
    began: Instant,
    /// Microseconds of what was needed and is over.
    needed: AtomicU64,
}

impl Pace {
    /// Begins now.
    pub(crate) fn begin() -> Self {
        Self { began: Instant::now(), needed: AtomicU64::new(0) }
    }

    /// All that was done until now was needed.
    pub(crate) fn all_was_needed(&self) {
        self.needed.store(micros(self.began.elapsed()), Ordering::Relaxed);
    }

    /// Something needed took so long.
    pub(crate) fn needed(&self, took: Duration) {
        self.needed.fetch_add(micros(took), Ordering::Relaxed);
    }

    /// When everything ends, if something more is needed that takes this long.
    pub(crate) fn until(&self, more: Duration) -> Instant {
        let needed = Duration::from_micros(self.needed.load(Ordering::Relaxed)) + more;
        self.began + needed + spare(needed)
    }

    /// How much time is left for what is begun last of all.
    pub(crate) fn left_for_the_last(&self) -> Duration {
        let needed = Duration::from_micros(self.needed.load(Ordering::Relaxed));
        (needed + last(needed)).saturating_sub(self.began.elapsed())
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks promise 1.3 times what is needed and 100 ms.
    fn promised(needed: Duration) -> Duration {
        needed.mul_f64(1.3) + Duration::from_millis(100)
    }

    #[test]
    fn what_is_good_to_know_ends_within_what_is_promised() {
        let ms = Duration::from_millis;
        for needed in [ms(0), ms(5), ms(80), ms(600), ms(60_000)] {
            let (all, last) = (needed + spare(needed), needed + last(needed));
            assert!(all < last && last < promised(needed), "{needed:?}: {all:?} {last:?}");
        }
    }

    #[test]
    fn what_is_needed_at_several_places_adds_up() {
        let ms = Duration::from_millis;
        let pace = Pace::begin();
        pace.needed(ms(40));
        pace.needed(ms(160));
        assert_eq!(pace.until(ms(200)) - pace.began, ms(560));
        pace.needed(ms(200));
        assert_eq!(pace.until(ms(0)) - pace.began, ms(560));
        pace.all_was_needed();
        assert!(pace.until(ms(0)) <= Instant::now() + spare(pace.began.elapsed()));
    }
}

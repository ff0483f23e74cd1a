//! How long a server lets idle connections live, as far as it teaches us: by what it announces, and by what it does.
//!
//! A restart closes connections of any age, so that only closes which agree count; and nothing is believed for ever,
//! since servers are configured anew. Knows nothing of sockets; the time is handed in, in milliseconds since the gateway
//! began.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Taken off what a server announces: its clock began before ours, and the way takes time.
const MARGIN_MS: u32 = 500;
/// Taken off what a server shows: closed connections are found by looking once a second.
const LOOK_MS: u32 = 1_000;
/// Closes nearer to each other than this may have one cause.
const APART_MS: u64 = 2_000;
/// How long it is believed what a server taught.
const BELIEVED_MS: u64 = 10 * 60 * 1_000;

const UNKNOWN: u32 = u32::MAX;

/// What is known of it.
#[derive(Debug)]
pub(super) struct IdleTime {
    /// The least of what was taught, in milliseconds: what requests ask.
    limit_ms: AtomicU32,
    /// What was announced last, in seconds.
    announced_s: AtomicU32,
    /// Whether that was said again since somebody looked.
    again: AtomicBool,
    shown: Mutex<Shown>,
}

#[derive(Debug, Default)]
struct Shown {
    /// What closes that agree have shown, in milliseconds, and when.
    learned: Option<(u32, u64)>,
    /// The last close: after how many milliseconds, and when.
    last: Option<(u32, u64)>,
    /// When what was taught was looked through last.
    looked_ms: u64,
}

impl Default for IdleTime {
    fn default() -> Self {
        Self {
            limit_ms: AtomicU32::new(UNKNOWN),
            announced_s: AtomicU32::new(UNKNOWN),
            again: AtomicBool::new(false),
            shown: Mutex::default(),
        }
    }
}

impl IdleTime {
    /// How long an idle connection may be used again.
    pub(super) fn limit(&self, configured: Duration) -> Duration {
        match self.limit_ms.load(Ordering::Relaxed) {
            UNKNOWN => configured,
            taught => configured.min(Duration::from_millis(u64::from(taught))),
        }
    }

    /// That the server announces to close idle connections after so many seconds (`Keep-Alive: timeout=`).
    pub(super) fn announced(&self, seconds: u32) {
        // Written only where it is news: servers that say it say it with every answer, to all cores.
        if !self.again.load(Ordering::Relaxed) {
            self.again.store(true, Ordering::Relaxed);
        }
        if self.announced_s.load(Ordering::Relaxed) != seconds {
            self.announced_s.store(seconds, Ordering::Relaxed);
            self.conclude(&self.shown());
        }
    }

    /// That the server closed a connection which had been idle so long.
    pub(super) fn closed(&self, after: Duration, now_ms: u64) {
        let after_ms = u32::try_from(after.as_millis()).unwrap_or(UNKNOWN - 1);
        if after_ms < 2 * LOOK_MS {
            // What closes within a moment closed for another reason.
            return;
        }
        let mut shown = self.shown();
        let last = shown.last;
        if last.is_some_and(|(_, at_ms)| now_ms.saturating_sub(at_ms) < APART_MS) {
            return;
        }
        shown.last = Some((after_ms, now_ms));
        let Some((before_ms, _)) = last.filter(|(before_ms, _)| agree(*before_ms, after_ms)) else { return };
        let known_ms = shown.learned.map_or(UNKNOWN, |(known_ms, _)| known_ms);
        shown.learned = Some((known_ms.min(before_ms).min(after_ms), now_ms));
        self.conclude(&shown);
    }

    /// Forgets what was not taught again for long: to be called now and then.
    pub(super) fn look_through(&self, now_ms: u64) {
        let mut shown = self.shown();
        if now_ms.saturating_sub(shown.looked_ms) < BELIEVED_MS {
            return;
        }
        shown.looked_ms = now_ms;
        shown.learned = shown.learned.filter(|(_, at_ms)| now_ms.saturating_sub(*at_ms) < BELIEVED_MS);
        if !self.again.swap(false, Ordering::Relaxed) {
            self.announced_s.store(UNKNOWN, Ordering::Relaxed);
        }
        self.conclude(&shown);
    }

    fn conclude(&self, shown: &Shown) {
        let announced = match self.announced_s.load(Ordering::Relaxed) {
            UNKNOWN => UNKNOWN,
            seconds => less(seconds.saturating_mul(1000), MARGIN_MS),
        };
        let learned = shown.learned.map_or(UNKNOWN, |(ms, _)| less(ms, LOOK_MS));
        self.limit_ms.store(announced.min(learned), Ordering::Relaxed);
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A time less a margin, or less a tenth of it where that is more; half of it at least.
fn less(ms: u32, margin_ms: u32) -> u32 {
    ms.saturating_sub(margin_ms.max(ms / 10)).max(ms / 2)
}

/// Whether two closes can be of the same timeout.
fn agree(one_ms: u32, other_ms: u32) -> bool {
    one_ms.abs_diff(other_ms) <= LOOK_MS + one_ms.min(other_ms) / 10
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn limit_ms(time: &IdleTime) -> u128 {
        time.limit(MINUTE).as_millis()
    }

    fn closed(time: &IdleTime, after_ms: u64, now_ms: u64) {
        time.closed(Duration::from_millis(after_ms), now_ms);
    }

    #[test]
    fn what_is_announced_shortens_what_is_configured_until_it_is_not_any_more() {
        let time = IdleTime::default();
        assert_eq!(limit_ms(&time), 60_000);
        time.announced(5);
        assert_eq!(limit_ms(&time), 4_500);
        time.announced(1);
        assert_eq!(limit_ms(&time), 500);
        time.announced(20);
        assert_eq!(limit_ms(&time), 18_000);
        assert_eq!(time.limit(Duration::from_millis(100)), Duration::from_millis(100));
        time.look_through(BELIEVED_MS);
        assert_eq!(limit_ms(&time), 18_000);
        time.look_through(2 * BELIEVED_MS);
        assert_eq!(limit_ms(&time), 60_000);
    }

    #[test]
    fn a_restart_teaches_nothing_and_closes_that_agree_do() {
        let time = IdleTime::default();
        // All at once, two of them of nearly the same age.
        for after_ms in [3_000, 3_100, 20_000, 1_000] {
            closed(&time, after_ms, 10_000);
        }
        assert_eq!(limit_ms(&time), 60_000);
        closed(&time, 30_000, 20_000);
        assert_eq!(limit_ms(&time), 60_000);
        closed(&time, 30_500, 30_000);
        assert_eq!(limit_ms(&time), 27_000);
        closed(&time, 20, 40_000);
        assert_eq!(limit_ms(&time), 27_000);
        time.look_through(BELIEVED_MS);
        assert_eq!(limit_ms(&time), 27_000);
        time.look_through(2 * BELIEVED_MS);
        assert_eq!(limit_ms(&time), 60_000);
    }
}

//! Where a core counts. Nothing here allocates or waits.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};

use goodgate_facts::ErrorType;

/// A number that only grows. One core writes it; others read it, and may read it a moment late.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts so many more.
    pub fn add(&self, count: u64) {
        // Without a locked instruction: nobody else writes here.
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(count), Ordering::Relaxed);
    }

    /// Counts one more.
    pub fn one(&self) {
        self.add(1);
    }

    /// How many there were.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down. Only the sum over all cores says anything: what one core counts up another may count
/// down.
#[derive(Debug, Default)]
pub struct Gauge(Counter);

impl Gauge {
    /// One more.
    pub fn up(&self) {
        self.0.one();
    }

    /// One less.
    pub fn down(&self) {
        self.0.add(u64::MAX);
    }

    /// So many from now on: for what one core looks at now and then instead of counting it.
    pub fn set(&self, count: u64) {
        self.0.0.store(count, Ordering::Relaxed);
    }

    /// The sum over these; never below none, which a reading between two cores' moments could seem to be.
    pub fn sum<'a>(gauges: impl Iterator<Item = &'a Self>) -> u64 {
        let sum = gauges.fold(0u64, |sum, gauge| sum.wrapping_add(gauge.0.get()));
        if sum > u64::MAX / 2 { 0 } else { sum }
    }
}

/// Where the buckets of durations end, in microseconds, with the text of the same in seconds. Fine where sites live,
/// coarse towards the usual timeouts.
pub(super) const BOUNDS: [(u64, &str); 16] = [
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1.0"),
    (2_500_000, "2.5"),
    (5_000_000, "5.0"),
    (10_000_000, "10.0"),
    (30_000_000, "30.0"),
    (60_000_000, "60.0"),
];

/// Buckets, the last one without an end.
pub(super) const BUCKETS: usize = BOUNDS.len() + 1;

/// How long something took.
#[derive(Debug)]
pub struct Durations {
    buckets: [Counter; BUCKETS],
    sum_us: Counter,
}

impl Default for Durations {
    fn default() -> Self {
        Self { buckets: array::from_fn(|_| Counter::default()), sum_us: Counter::default() }
    }
}

impl Durations {
    /// Adds a duration in microseconds.
    pub fn add(&self, us: u64) {
        let bucket = BOUNDS.partition_point(|(bound, _)| *bound < us);
        self.buckets[bucket].one();
        self.sum_us.add(us);
    }

    /// Counts of each bucket on its own, and the sum in microseconds.
    pub(super) fn get(&self) -> ([u64; BUCKETS], u64) {
        (array::from_fn(|bucket| self.buckets[bucket].get()), self.sum_us.get())
    }
}

/// Classes of statuses: none, 1xx to 5xx.
pub(super) const CLASSES: [&str; 6] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

/// Types of errors, and none.
pub(super) const ERRORS: usize = 32;

/// What a core counts of clients.
#[derive(Debug, Default)]
#[repr(align(64))]
pub struct FrontCells {
    /// Connections that were accepted.
    pub accepted: Counter,
    /// Connections that were refused at once because of a limit.
    pub refused: Counter,
    /// Times that a connection could not be accepted, because descriptors or memory ran out.
    pub accept_failed: Counter,
    /// Connections that are open.
    pub open: Gauge,
    /// TLS handshakes with clients that failed.
    pub tls_failed: Counter,
    /// Requests in hand.
    pub in_hand: Gauge,
}

/// What a core counts of a route.
#[derive(Debug, Default)]
#[repr(align(64))]
pub struct RouteCells {
    pub(super) statuses: [Counter; CLASSES.len()],
    pub(super) request_bytes: Counter,
    pub(super) response_bytes: Counter,
    pub(super) durations: Durations,
}

impl RouteCells {
    /// Counts a request that has ended: its status (0 for none), time in microseconds, and bytes of both bodies.
    pub fn ended(&self, status: u16, duration_us: u64, request_bytes: u64, response_bytes: u64) {
        let class = usize::from(status / 100);
        self.statuses[if class < CLASSES.len() { class } else { 0 }].one();
        self.request_bytes.add(request_bytes);
        self.response_bytes.add(response_bytes);
        self.durations.add(duration_us);
    }
}

/// What a core counts of an upstream.
#[derive(Debug)]
#[repr(align(64))]
pub struct UpstreamCells {
    pub(super) errors: [Counter; ERRORS],
    /// Requests sent again.
    pub retries: Counter,
    /// Retries that were not made because the budget was spent.
    pub retries_denied: Counter,
    /// Requests that failed at first and were answered all the same.
    pub masked: Counter,
    /// Time from the beginning of an attempt to the end of the answer's head.
    pub head: Durations,
}

impl Default for UpstreamCells {
    fn default() -> Self {
        Self {
            errors: array::from_fn(|_| Counter::default()),
            retries: Counter::default(),
            retries_denied: Counter::default(),
            masked: Counter::default(),
            head: Durations::default(),
        }
    }
}

impl UpstreamCells {
    /// Counts a request that failed for its client, by the error type that it was told.
    pub fn failed(&self, error: ErrorType) {
        if let Some(counter) = self.errors.get(error as usize) {
            counter.one();
        }
    }
}

/// What a core counts of a server.
#[derive(Debug, Default)]
#[repr(align(64))]
pub struct ServerCells {
    /// Attempts that were answered.
    pub answered: Counter,
    /// Attempts that failed.
    pub failed: Counter,
    /// Times that it was left out after failures.
    pub ejected: Counter,
    /// Connections that were opened to it.
    pub connected: Counter,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_every_error_type() {
        assert_eq!(ErrorType::all().count(), ERRORS);
        for error in ErrorType::all() {
            let cells = UpstreamCells::default();
            cells.failed(error);
            assert_eq!(cells.errors[error as usize].get(), 1);
        }
    }

    #[test]
    fn durations_fall_into_the_first_bucket_that_holds_them() {
        let durations = Durations::default();
        for us in [0, 500, 501, 60_000_000, 60_000_001, u64::from(u32::MAX)] {
            durations.add(us);
        }
        let (buckets, sum) = durations.get();
        assert_eq!((buckets[0], buckets[1], buckets[15], buckets[16]), (2, 1, 1, 2));
        assert_eq!(sum, 500 + 501 + 60_000_000 + 60_000_001 + u64::from(u32::MAX));
        for (us, seconds) in BOUNDS {
            assert_eq!(seconds.parse::<f64>().unwrap(), us as f64 / 1e6);
        }
    }

    #[test]
    fn gauges_are_summed_over_cores() {
        let (one, other) = (Gauge::default(), Gauge::default());
        one.up();
        one.up();
        other.down();
        assert_eq!(Gauge::sum([&one, &other].into_iter()), 1);
        other.down();
        other.down();
        assert_eq!(Gauge::sum([&one, &other].into_iter()), 0);
    }
}

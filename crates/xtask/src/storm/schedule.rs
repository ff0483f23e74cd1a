//! When each request is sent: fixed beforehand, so that a gateway that is slow gets no fewer of them. Pure.

use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    Steady,
    /// So long at the rate, then so long nothing: all connections to the servers come to rest at once.
    Bursts {
        on: Duration,
        off: Duration,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    pub(crate) rate_per_s: u32,
    pub(crate) requests: u64,
    pub(crate) pace: Pace,
}

impl Schedule {
    /// When the request of this number is sent, from the beginning.
    pub(crate) fn at(&self, number: u64) -> Duration {
        let rate = u64::from(self.rate_per_s.max(1));
        let steady = |number: u64| Duration::from_micros(number.saturating_mul(1_000_000) / rate);
        match self.pace {
            Pace::Steady => steady(number),
            Pace::Bursts { on, off } => {
                let in_burst = (rate * u64::try_from(on.as_millis()).unwrap_or(u64::MAX) / 1000).max(1);
                let bursts = u32::try_from(number / in_burst).unwrap_or(u32::MAX);
                (on + off) * bursts + steady(number % in_burst)
            }
        }
    }

    pub(crate) fn length(&self) -> Duration {
        self.at(self.requests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn a_steady_schedule_keeps_its_rate() {
        let schedule = Schedule { rate_per_s: 2000, requests: 10_000, pace: Pace::Steady };
        assert_eq!(
            (schedule.at(0), schedule.at(1), schedule.length()),
            (MS(0), Duration::from_micros(500), MS(5000))
        );
    }

    #[test]
    fn bursts_have_a_rest_between_them() {
        let pace = Pace::Bursts { on: MS(1000), off: MS(800) };
        let schedule = Schedule { rate_per_s: 1000, requests: 3000, pace };
        assert_eq!((schedule.at(999), schedule.at(1000), schedule.at(1001)), (MS(999), MS(1800), MS(1801)));
        assert_eq!(schedule.length(), MS(5400));
    }
}

//! Instants of one day, in the notations of the products. Everything is in UTC.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// A day of 2026.
#[derive(Clone, Copy)]
pub(super) struct Day {
    /// From 0.
    month: u64,
    /// From 1.
    day: u64,
}

/// An instant of that day, in milliseconds since midnight.
#[derive(Clone, Copy)]
pub(super) struct Instant {
    day: Day,
    pub(super) ms: u64,
}

impl Day {
    /// One of the first 28 days of a month, whatever the numbers.
    pub(super) fn new(month: u64, day: u64) -> Self {
        Self { month: month % 12, day: day % 28 + 1 }
    }

    pub(super) fn at(self, ms: u64) -> Instant {
        Instant { day: self, ms: ms.min(86_399_999) }
    }

    fn since_1970(self) -> u64 {
        const BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        const TO_2026: u64 = 20_454;
        TO_2026 + BEFORE[usize::try_from(self.month).unwrap_or(0)] + self.day - 1
    }

    fn month_name(self) -> &'static str {
        MONTHS[usize::try_from(self.month).unwrap_or(0)]
    }

    fn weekday(self) -> &'static str {
        WEEKDAYS[usize::try_from(self.since_1970() % 7).unwrap_or(0)]
    }
}

impl Instant {
    fn clock(self) -> String {
        let s = self.ms / 1000;
        format!("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    }

    /// `2026/03/14 06:25:48`
    pub(super) fn nginx(self) -> String {
        format!("2026/{:02}/{:02} {}", self.day.month + 1, self.day.day, self.clock())
    }

    /// `2026-03-14 06:25:48`
    pub(super) fn dashed(self) -> String {
        format!("2026-{:02}-{:02} {}", self.day.month + 1, self.day.day, self.clock())
    }

    /// `2026-03-14T06:25:48.123`
    pub(super) fn iso(self) -> String {
        format!("2026-{:02}-{:02}T{}.{:03}", self.day.month + 1, self.day.day, self.clock(), self.ms % 1000)
    }

    /// `14/Mar/2026:06:25:48`, to which a zone or milliseconds are added.
    pub(super) fn common(self) -> String {
        format!("{:02}/{}/2026:{}", self.day.day, self.day.month_name(), self.clock())
    }

    /// `14/Mar/2026:06:25:48.123`
    pub(super) fn haproxy(self) -> String {
        format!("{}.{:03}", self.common(), self.ms % 1000)
    }

    /// `14-Mar-2026 06:25:48`
    pub(super) fn php(self) -> String {
        format!("{:02}-{}-2026 {}", self.day.day, self.day.month_name(), self.clock())
    }

    /// `Sat Mar 14 06:25:48.123000 2026`
    pub(super) fn apache(self) -> String {
        let (day, ms) = (self.day, self.ms % 1000);
        format!("{} {} {:02} {}.{ms:03}000 2026", day.weekday(), day.month_name(), day.day, self.clock())
    }

    /// `Mar 14 06:25:48`
    pub(super) fn syslog(self) -> String {
        format!("{} {:>2} {}", self.day.month_name(), self.day.day, self.clock())
    }

    /// `1773469548.123`
    pub(super) fn epoch(self) -> String {
        format!("{}.{:03}", self.day.since_1970() * 86_400 + self.ms / 1000, self.ms % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notations() {
        let at = Day::new(2, 13).at(23_148_123);
        assert_eq!(at.nginx(), "2026/03/14 06:25:48");
        assert_eq!(at.apache(), "Sat Mar 14 06:25:48.123000 2026");
        assert_eq!(at.epoch(), "1773469548.123");
        assert_eq!(at.haproxy(), "14/Mar/2026:06:25:48.123");
        assert_eq!(at.iso(), "2026-03-14T06:25:48.123");
    }
}

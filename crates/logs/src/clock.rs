//! Times as logs write them → instants. Every function reads at the beginning of the text, never panics, and
//! returns the instant with what follows it. A time without a zone is read as UTC; a zone that is only a word
//! (`CET`, `Europe/Berlin`) as well, since what it meant on that day is not written in the line.

use goodgate_facts::Moment;

/// An instant and the text behind it.
pub(crate) type Read<'a> = Option<(Moment, &'a [u8])>;

/// `2026/11/22 00:34:07` with optional fraction: nginx error log, Squid's cache.log, Go's `log` package.
pub(crate) fn slashed(text: &[u8]) -> Read<'_> {
    let mut at = Cursor(text);
    let (year, month, day) = (at.number(4)?, at.after(b'/')?.number(2)?, at.after(b'/')?.number(2)?);
    let time = at.after(b' ')?.time_of_day()?;
    Some((moment(year, month, day, time, 0)?, at.0))
}

/// `22/Nov/2026:00:34:07 +0000`, the zone and a fraction optional: common log format, HAProxy's accept date.
pub(crate) fn clf(text: &[u8]) -> Read<'_> {
    let mut at = Cursor(text);
    let (day, month, year) = (at.number(2)?, at.after(b'/')?.month()?, at.after(b'/')?.number(4)?);
    let time = at.after(b':')?.time_of_day()?;
    let offset = at.offset();
    Some((moment(year, month, day, time, offset)?, at.0))
}

/// `Sun Nov 22 00:33:40.519684 2026`, fraction optional, day padded with a space: Apache's error log, uWSGI.
pub(crate) fn asctime(text: &[u8]) -> Read<'_> {
    let mut at = Cursor(text);
    at.weekday()?;
    let (month, day) = (at.month()?, at.after(b' ')?.day()?);
    let time = at.after(b' ')?.time_of_day()?;
    let year = at.after(b' ')?.number(4)?;
    Some((moment(year, month, day, time, 0)?, at.0))
}

/// ISO 8601 / RFC 3339 with `T` or a space, fraction after `.` or `,`, and the zone as `Z`, `+00:00`, `+0000`,
/// ` +0000`, ` UTC` or nothing.
pub(crate) fn iso(text: &[u8]) -> Read<'_> {
    let mut at = Cursor(text);
    let (year, month, day) = (at.number(4)?, at.after(b'-')?.number(2)?, at.after(b'-')?.number(2)?);
    at.0 = match at.0.split_first()? {
        (b'T' | b't' | b' ' | b'_', rest) => rest,
        _ => return None,
    };
    let time = at.time_of_day()?;
    let offset = at.offset();
    Some((moment(year, month, day, time, offset)?, at.0))
}

/// What follows this mark where before it stands a time of the shape above and blanks, or nothing; and that time.
pub(crate) fn marked<'a>(text: &'a [u8], mark: &str) -> Option<(Option<Moment>, &'a [u8])> {
    let (when, rest) = iso(text).map_or((None, text), |(when, rest)| (Some(when), rest));
    rest.trim_ascii_start().strip_prefix(mark.as_bytes()).map(|rest| (when, rest))
}

/// `22-Nov-2026 00:45:50`, with an optional fraction and an optional zone word: php-fpm, PHP, Tomcat.
pub(crate) fn dashed(text: &[u8]) -> Read<'_> {
    let mut at = Cursor(text);
    let (day, month, year) = (at.day()?, at.after(b'-')?.month()?, at.after(b'-')?.number(4)?);
    let time = at.after(b' ')?.time_of_day()?;
    let offset = at.offset();
    at.zone_word();
    Some((moment(year, month, day, time, offset)?, at.0))
}

/// `Nov 22 00:51:33` with an optional fraction: BSD syslog, Traffic Server's error log, lighttpd's relatives.
/// The line does not say the year.
pub(crate) fn yearless(text: &[u8], year: i16) -> Read<'_> {
    let mut at = Cursor(text);
    let (month, day) = (at.month()?, at.after(b' ')?.day()?);
    let time = at.after(b' ')?.time_of_day()?;
    Some((moment(u32::try_from(year).ok()?, month, day, time, 0)?, at.0))
}

/// `20261122.00h37m23s`: Traffic Server.
pub(crate) fn traffic_server(text: &[u8]) -> Read<'_> {
    let mut at = Cursor(text);
    let (year, month, day) = (at.number(4)?, at.number(2)?, at.number(2)?);
    let hour = at.after(b'.')?.number(2)?;
    let (minute, second) = (at.after(b'h')?.number(2)?, at.after(b'm')?.number(2)?);
    at.after(b's')?;
    Some((moment(year, month, day, Time { hour, minute, second, nanos: 0 }, 0)?, at.0))
}

/// `1795307948.03`, seconds since 1970 with an optional fraction; also 13 digits of milliseconds, 16 of
/// microseconds. Fewer than 9 digits are taken for something else.
pub(crate) fn epoch(text: &[u8]) -> Read<'_> {
    let digits = text.iter().take(20).take_while(|b| b.is_ascii_digit()).count();
    let number: i64 = std::str::from_utf8(text.get(..digits)?).ok()?.parse().ok()?;
    let mut at = Cursor(text.get(digits..)?);
    let nanos = match digits {
        9..=11 => {
            let nanos = at.fraction();
            return Some((Moment::new(number, nanos).ok()?, at.0));
        }
        13 => i128::from(number) * 1_000_000,
        16 => i128::from(number) * 1_000,
        19 => i128::from(number),
        _ => return None,
    };
    Some((Moment::from_nanosecond(nanos).ok()?, at.0))
}

/// Any of the above by its shape, optionally in brackets (the closing one is taken off as well). A time without
/// a year is not read.
pub(crate) fn any(text: &[u8]) -> Read<'_> {
    match text.strip_prefix(b"[") {
        Some(inner) => {
            let (when, rest) = by_shape(inner)?;
            Some((when, rest.strip_prefix(b"]")?))
        }
        None => by_shape(text),
    }
}

fn by_shape(text: &[u8]) -> Read<'_> {
    match text {
        [b'A'..=b'Z', ..] => asctime(text),
        [_, _, b'/', b'A'..=b'Z', ..] => clf(text),
        [_, b'-', ..] | [_, _, b'-', ..] => dashed(text),
        [_, _, _, _, b'/', ..] => slashed(text),
        [_, _, _, _, b'-', ..] => iso(text),
        [b'0'..=b'9', ..] => traffic_server(text).or_else(|| epoch(text)),
        _ => None,
    }
}

/// A time of day.
#[derive(Clone, Copy)]
struct Time {
    hour: u32,
    minute: u32,
    second: u32,
    nanos: i32,
}

/// The instant of a civil time that is `offset_s` ahead of UTC. Days are counted as in Howard Hinnant's
/// "chrono-compatible low-level date algorithms": much cheaper than going through a calendar type per line.
fn moment(year: u32, month: u32, day: u32, time: Time, offset_s: i64) -> Option<Moment> {
    let in_range = (1970..=9998).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && time.hour < 24
        && time.minute < 60
        && time.second <= 60;
    if !in_range {
        return None;
    }
    let y = i64::from(if month <= 2 { year - 1 } else { year });
    let shifted_month = i64::from((month + 9) % 12);
    let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    let (era, year_of_era) = (y / 400, y % 400);
    let days =
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    let seconds = days * 86_400 + i64::from(time.hour * 3600 + time.minute * 60 + time.second) - offset_s;
    Moment::new(seconds, time.nanos).ok()
}

/// Reads from the front.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn after(&mut self, byte: u8) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(self)
    }

    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<u32> {
        let (head, rest) = self.0.split_at_checked(digits)?;
        let mut value = 0u32;
        for byte in head {
            value = value * 10 + u32::from(byte.is_ascii_digit().then(|| byte - b'0')?);
        }
        self.0 = rest;
        Some(value)
    }

    /// A day of the month of one or two digits, or padded with a space.
    fn day(&mut self) -> Option<u32> {
        match self.0 {
            [b' ', ..] => self.after(b' ')?.number(1),
            [_, second, ..] if second.is_ascii_digit() => self.number(2),
            _ => self.number(1),
        }
    }

    fn weekday(&mut self) -> Option<()> {
        let (head, rest) = self.0.split_at_checked(4)?;
        if !matches!(head, b"Mon " | b"Tue " | b"Wed " | b"Thu " | b"Fri " | b"Sat " | b"Sun ") {
            return None;
        }
        self.0 = rest;
        Some(())
    }

    fn month(&mut self) -> Option<u32> {
        let (head, rest) = self.0.split_at_checked(3)?;
        let month = match head {
            b"Jan" => 1,
            b"Feb" => 2,
            b"Mar" => 3,
            b"Apr" => 4,
            b"May" => 5,
            b"Jun" => 6,
            b"Jul" => 7,
            b"Aug" => 8,
            b"Sep" => 9,
            b"Oct" => 10,
            b"Nov" => 11,
            b"Dec" => 12,
            _ => return None,
        };
        self.0 = rest;
        Some(month)
    }

    fn time_of_day(&mut self) -> Option<Time> {
        let (hour, minute) = (self.number(2)?, self.after(b':')?.number(2)?);
        let second = self.after(b':')?.number(2)?;
        Some(Time { hour, minute, second, nanos: self.fraction() })
    }

    /// `.519684` or `,519` as nanoseconds; 0 if there is none.
    fn fraction(&mut self) -> i32 {
        let Some((b'.' | b',', digits)) = self.0.split_first() else { return 0 };
        let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
        if count == 0 {
            return 0;
        }
        let padded = digits[..count].iter().copied().chain(std::iter::repeat(b'0'));
        let nanos = padded.take(9).fold(0i32, |nanos, digit| nanos * 10 + i32::from(digit - b'0'));
        self.0 = &digits[count..];
        nanos
    }

    /// `Z`, `+00:00`, `+0000`, ` +0000`, ` UTC`, ` GMT` as seconds ahead of UTC; 0 if there is none.
    fn offset(&mut self) -> i64 {
        if let [b'Z' | b'z', rest @ ..] = self.0 {
            self.0 = rest;
            return 0;
        }
        for word in [b" UTC".as_slice(), b" GMT"] {
            if let Some(rest) = self.0.strip_prefix(word) {
                self.0 = rest;
                return 0;
            }
        }
        let mut ahead = Cursor(self.0.strip_prefix(b" ").unwrap_or(self.0));
        let sign = match ahead.0.first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return 0,
        };
        ahead.0 = &ahead.0[1..];
        let Some(hours) = ahead.number(2) else { return 0 };
        ahead.0 = ahead.0.strip_prefix(b":").unwrap_or(ahead.0);
        // PostgreSQL writes whole hours with two digits only.
        let minutes = ahead.number(2).unwrap_or(0);
        self.0 = ahead.0;
        sign * i64::from(hours * 3600 + minutes * 60)
    }

    /// Takes off a zone that is a word, such as ` Europe/Berlin`.
    fn zone_word(&mut self) {
        let Some(rest) = self.0.strip_prefix(b" ") else { return };
        let length = rest
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'+' | b'-'))
            .count();
        let is_zone = rest.first().is_some_and(u8::is_ascii_uppercase) && rest.get(length) == Some(&b']');
        if is_zone {
            self.0 = &rest[length..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(read: Read<'_>) -> String {
        read.map_or("none".to_owned(), |(when, rest)| format!("{when}|{}", String::from_utf8_lossy(rest)))
    }

    #[test]
    fn reads_times_as_logs_write_them() {
        assert_eq!(shown(slashed(b"2026/11/22 00:34:07 [error]")), "2026-11-22T00:34:07Z| [error]");
        assert_eq!(shown(slashed(b"2026/11/22 00:28:22.125| x")), "2026-11-22T00:28:22.125Z|| x");
        assert_eq!(shown(clf(b"22/Nov/2026:00:34:07 +0100] \"")), "2026-11-21T23:34:07Z|] \"");
        assert_eq!(shown(clf(b"22/Nov/2026:00:37:21.984]")), "2026-11-22T00:37:21.984Z|]");
        assert_eq!(shown(asctime(b"Sun Nov 22 00:33:40.519684 2026]")), "2026-11-22T00:33:40.519684Z|]");
        assert_eq!(shown(asctime(b"Sun Nov  1 00:33:40 2026")), "2026-11-01T00:33:40Z|");
        assert_eq!(shown(iso(b"2026-11-22T00:37:21.5-02:30 x")), "2026-11-22T03:07:21.5Z| x");
        assert_eq!(shown(iso(b"2026-11-22 00:37:21,043 [x]")), "2026-11-22T00:37:21.043Z| [x]");
        assert_eq!(shown(iso(b"2026-11-22 00:37:21 +0000]")), "2026-11-22T00:37:21Z|]");
        assert_eq!(shown(iso(b"2026-11-22T00:37:21Z")), "2026-11-22T00:37:21Z|");
        assert_eq!(shown(dashed(b"22-Nov-2026 00:45:50] x")), "2026-11-22T00:45:50Z|] x");
        assert_eq!(shown(dashed(b"22-Nov-2026 00:45:50 Europe/Berlin] x")), "2026-11-22T00:45:50Z|] x");
        assert_eq!(shown(yearless(b"Nov  2 00:51:33.429 host", 2026)), "2026-11-02T00:51:33.429Z| host");
        assert_eq!(shown(traffic_server(b"20261122.00h37m23s RESPONSE")), "2026-11-22T00:37:23Z| RESPONSE");
        assert_eq!(shown(epoch(b"1795307948.03 x")), "2026-11-22T00:39:08.03Z| x");
        assert_eq!(shown(epoch(b"1795307948030,")), "2026-11-22T00:39:08.03Z|,");
        assert_eq!(shown(any(b"[2026-11-22 00:37:21 +0000] [7] [INFO]")), "2026-11-22T00:37:21Z| [7] [INFO]");
        assert_eq!(shown(any(b"1/Nov/2026")), "none");
        assert_eq!(shown(iso(b"2024-02-29T23:59:60Z")), "2024-03-01T00:00:00Z|");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[0-9A-Za-z/:. ,+Z\\[\\]-]{0,40}") {
            let text = text.as_bytes();
            let _ = (any(text), iso(text), clf(text), dashed(text), asctime(text), epoch(text), yearless(text, 2026));
        }

        #[test]
        fn agrees_with_the_calendar(second in 0i64..250_000_000_000) {
            let when = Moment::from_second(second).unwrap();
            let text = when.to_string();
            proptest::prop_assert_eq!(iso(text.as_bytes()).map(|(read, _)| read), Some(when));
        }
    }
}

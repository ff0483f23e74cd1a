//! Dates of HTTP (RFC 9110 section 5.6.7), in seconds since 1970.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

/// Appends a date as it is to be sent, such as `Sun, 06 Nov 1994 08:49:37 GMT`. Nothing for one beyond the year 9999.
pub(crate) fn write_date(seconds: i64, out: &mut Vec<u8>) -> bool {
    let begin = out.len();
    let written = Timestamp::from_second(seconds)
        .and_then(|instant| DateTimePrinter::new().print_timestamp_rfc9110(&instant, &mut *out));
    if written.is_err() {
        out.truncate(begin);
    }
    written.is_ok()
}

/// Reads a date in any of the three forms that a recipient must accept. `now` tells the century of two-digit years.
pub(crate) fn read_date(text: &[u8], now: i64) -> Option<i64> {
    let at = |format: &str| BrokenDownTime::parse(format, text).ok()?.to_datetime().ok();
    match text.get(3)? {
        b',' => seconds(at("%a, %d %b %Y %H:%M:%S GMT")?),
        b' ' => seconds(at("%a %b %e %H:%M:%S %Y")?),
        _ => short_year(text, now),
    }
}

/// The form of RFC 850, whose year is the latest with these digits that is at most 50 years ahead. The day's name would
/// have to fit the century that the digits are first taken for, so it is left out.
fn short_year(text: &[u8], now: i64) -> Option<i64> {
    let comma = text.iter().position(|byte| *byte == b',')?;
    let (day, rest) = text.split_at(comma);
    if !day.ends_with(b"day") {
        return None;
    }
    let read = BrokenDownTime::parse(", %d-%b-%y %H:%M:%S GMT", rest).ok()?.to_datetime().ok()?;
    let this_year = Timestamp::from_second(now).ok()?.to_zoned(TimeZone::UTC).year();
    let ahead = (read.year() - this_year - 51).rem_euclid(100);
    let year = this_year + 51 + ahead - 100;
    seconds(read.with().year(year).build().ok()?)
}

fn seconds(read: DateTime) -> Option<i64> {
    Some(read.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOV_1994: i64 = 784_111_777;
    const NOV_2026: i64 = 1_793_000_000;

    #[test]
    fn all_three_forms_are_read_and_one_is_written() {
        for (text, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(NOV_1994)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(NOV_1994)),
            ("Sun Nov  6 08:49:37 1994", Some(NOV_1994)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Friday, 06-Nov-26 08:49:37 GMT", Some(1_793_954_977)),
            ("Sunday, 06-Nov-76 08:49:37 GMT", Some(3_371_878_177)),
            ("Saturday, 06-Nov-77 08:49:37 GMT", Some(247_654_177)),
            ("Sun, 06 Nov 1994 08:49:37 +0100", None),
            ("Sun, 32 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 25:49:37 GMT", None),
            ("1994-11-06", None),
            ("Sun", None),
            ("", None),
        ] {
            assert_eq!(read_date(text.as_bytes(), NOV_2026), expected, "{text}");
        }
        assert_eq!(read_date(b"\xff\xff\xff,\xff", 0), None);
        let mut out = b"> ".to_vec();
        assert!(write_date(NOV_1994, &mut out));
        assert!(!write_date(i64::MAX, &mut out));
        assert_eq!(out, b"> Sun, 06 Nov 1994 08:49:37 GMT");
    }
}

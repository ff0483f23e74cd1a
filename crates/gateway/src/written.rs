//! Appending to a text without allocating for each piece: numbers, addresses, instants, and strings escaped for where
//! they are shown.
//!
//! Everything here is on the path of every request, so there is no `format!`.

use std::io::Write as _;
use std::net::IpAddr;

pub(crate) use goodgate_wire::put_decimal as number;
use goodgate_wire::two_digits;

/// The digits of all octets with a dot behind them, and how many bytes that are.
const OCTETS: [([u8; 4], u8); 256] = {
    let mut octets = [([0; 4], 0); 256];
    let mut n = 0;
    while n < 256 {
        let ([tens, ones], hundreds) =
            ([b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8], b'0' + (n / 100) as u8);
        octets[n] = match n {
            0..10 => ([ones, b'.', 0, 0], 2),
            10..100 => ([tens, ones, b'.', 0], 3),
            _ => ([hundreds, tens, ones, b'.'], 4),
        };
        n += 1;
    }
    octets
};

/// Appends an address as text. One that came mapped into IPv6 is written as IPv4.
pub(crate) fn address(address: IpAddr, out: &mut Vec<u8>) {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let (mut text, mut length) = ([0; "255.255.255.255.".len()], 0);
            for octet in v4.octets() {
                // What is too much of a short one is written over by the next.
                let (digits, count) = OCTETS[usize::from(octet)];
                text[length..length + digits.len()].copy_from_slice(&digits);
                length += usize::from(count);
            }
            out.extend_from_slice(&text[..length - 1]);
        }
        // Writing to a vector cannot fail. The rules for zeros (RFC 5952) are the standard library's to know.
        IpAddr::V6(v6) => drop(write!(out, "{v6}")),
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Whether a byte cannot stand in a JSON string as it is, or needs a closer look (not ASCII).
fn special_in_json(byte: u8) -> bool {
    !(0x20..0x7f).contains(&byte) || byte == b'"' || byte == b'\\'
}

/// Appends a JSON string, quotes included (RFC 8259 section 7). What is not UTF-8 becomes U+FFFD.
pub(crate) fn json_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    inside_json_string(text, out);
    out.push(b'"');
}

/// The same without the quotes.
#[inline]
pub(crate) fn inside_json_string(text: &[u8], out: &mut Vec<u8>) {
    if has_special(text) {
        json_special(text, out);
    } else {
        out.extend_from_slice(text);
    }
}

/// Whether any byte is special.
#[inline]
fn has_special(text: &[u8]) -> bool {
    // Many at once, with some looked at twice where they do not come out even.
    match (text.first_chunk::<16>(), text.first_chunk::<8>(), text.first_chunk::<4>()) {
        (Some(_), ..) => {
            let any = |chunk: &[u8; 16]| chunk.iter().fold(false, |any, byte| any | special_in_json(*byte));
            text.as_chunks().0.iter().any(any) || text.last_chunk().is_some_and(any)
        }
        (_, Some(first), _) => {
            special_in_word(*first) || text.last_chunk().copied().is_some_and(special_in_word)
        }
        (_, _, Some([a, b, c, d])) => {
            let [e, f, g, h] = text.last_chunk().copied().unwrap_or_default();
            special_in_word([*a, *b, *c, *d, e, f, g, h])
        }
        _ => text.iter().any(|byte| special_in_json(*byte)),
    }
}

/// Whether any of eight bytes is special, in a few steps for all of them.
#[inline]
const fn special_in_word(bytes: [u8; 8]) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let word = u64::from_le_bytes(bytes);
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let delete = word ^ (ONES * 0x7f);
    // The highest bit of a byte that is not ASCII is set, and comes to be set where one is below what is taken away. The
    // next byte can be wrong then, but the verdict is not. With ASCII alone, none of the differences has it by itself.
    let below = word.wrapping_sub(ONES * 0x20);
    let same = quote.wrapping_sub(ONES) | backslash.wrapping_sub(ONES) | delete.wrapping_sub(ONES);
    (word | below | same) & HIGH != 0
}

#[cold]
fn json_special(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        json_escaped(chunk.valid().as_bytes(), out);
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

/// The inside of a string: UTF-8 is kept; quotes, backslashes and control characters are escaped, and so are the
/// characters that end a line for JavaScript only (U+2028, U+2029) and DEL, which terminals obey.
fn json_escaped(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 | 0x7f => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&hex(*byte));
            }
            0xc2 if matches!(after.first(), Some(0x80..=0x9f)) => {
                // The control characters of ISO 8859-1.
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&hex(after.first().copied().unwrap_or_default()));
                rest = after.get(1..).unwrap_or_default();
                continue;
            }
            0xe2 if after.starts_with(&[0x80, 0xa8]) || after.starts_with(&[0x80, 0xa9]) => {
                out.extend_from_slice(if after.get(1) == Some(&0xa8) { b"\\u2028" } else { b"\\u2029" });
                rest = after.get(2..).unwrap_or_default();
                continue;
            }
            _ => out.push(*byte),
        }
        rest = after;
    }
}

/// A byte as two hexadecimal digits.
fn hex(byte: u8) -> [u8; 2] {
    [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]
}

/// Appends text for a quoted column of the combined format: as nginx does, quotes, backslashes and whatever is not
/// printable ASCII become `\xHH`, so that a quote always ends the column.
pub(crate) fn quoted_column(text: &[u8], out: &mut Vec<u8>) {
    if has_special(text) {
        for byte in text {
            if special_in_json(*byte) {
                out.extend_from_slice(b"\\x");
                out.extend_from_slice(&hex(*byte).map(|digit| digit.to_ascii_uppercase()));
            } else {
                out.push(*byte);
            }
        }
    } else {
        out.extend_from_slice(text);
    }
}

/// Appends text for HTML, between tags or in a quoted attribute.
pub(crate) fn html(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'"' => out.extend_from_slice(b"&quot;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            // Control characters have no meaning in HTML but those of white space.
            b'\n' | b'\t' => out.push(byte),
            0..0x20 | 0x7f => out.push(b' '),
            _ => out.push(byte),
        }
    }
}

/// Appends text with control characters replaced, for a plain text that may be shown on a terminal.
pub(crate) fn plain(text: &str, out: &mut Vec<u8>) {
    let mut utf8 = [0u8; 4];
    for c in text.chars() {
        let c = if c.is_control() { '\u{fffd}' } else { c };
        out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
    }
}

/// An instant as texts, kept for as long as the second lasts.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    second: u64,
    /// `2026-11-22T00:34:07`
    iso: [u8; 19],
    /// `22/Nov/2026:00:34:07`
    clf: [u8; 20],
}

impl Default for Stamp {
    fn default() -> Self {
        let mut stamp = Self { second: u64::MAX, iso: [0; 19], clf: [0; 20] };
        stamp.set(0);
        stamp
    }
}

const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";

impl Stamp {
    /// Makes it the texts of this second since 1970 in UTC. Beyond the year 9999 it stays at that year's end.
    fn set(&mut self, second: u64) {
        const LAST_SECOND: u64 = 253_402_300_799;
        if self.second == second {
            return;
        }
        self.second = second;
        let second = second.min(LAST_SECOND);
        let (days, of_day) = (second / 86_400, second % 86_400);
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        self.iso = *b"0000-00-00T00:00:00";
        self.clf = *b"00/Jan/0000:00:00:00";
        two(year / 100, &mut self.iso, 0);
        two(year % 100, &mut self.iso, 2);
        two(year / 100, &mut self.clf, 7);
        two(year % 100, &mut self.clf, 9);
        two(month, &mut self.iso, 5);
        let name = (month as usize - 1) * 3;
        self.clf[3..6].copy_from_slice(&MONTHS[name..name + 3]);
        for (n, value) in [hour, minute, second].into_iter().enumerate() {
            two(value, &mut self.iso, 11 + 3 * n);
            two(value, &mut self.clf, 12 + 3 * n);
        }
        two(day, &mut self.iso, 8);
        two(day, &mut self.clf, 0);
    }

    /// Appends `2026-11-22T00:34:07.123456Z` (RFC 3339).
    pub(crate) fn iso(&mut self, unix_us: u64, out: &mut Vec<u8>) {
        self.set(unix_us / 1_000_000);
        let micros = unix_us % 1_000_000;
        let ([a, b], [c, d], [e, f]) =
            (two_digits(micros / 10_000), two_digits(micros / 100), two_digits(micros));
        let mut text = [0; "2026-11-22T00:34:07.123456Z".len()];
        let (second, fraction) = text.split_at_mut(self.iso.len());
        second.copy_from_slice(&self.iso);
        fraction.copy_from_slice(&[b'.', a, b, c, d, e, f, b'Z']);
        out.extend_from_slice(&text);
    }

    /// Appends `22/Nov/2026:00:34:07 +0000`, as the common log format has it.
    pub(crate) fn clf(&mut self, unix_us: u64, out: &mut Vec<u8>) {
        self.set(unix_us / 1_000_000);
        out.extend_from_slice(&self.clf);
        out.extend_from_slice(b" +0000");
    }

    /// Appends `2026-11-22 00:34:07 UTC`, for people.
    pub(crate) fn for_people(&mut self, unix_us: u64, out: &mut Vec<u8>) {
        self.set(unix_us / 1_000_000);
        out.extend_from_slice(&self.iso[..10]);
        out.push(b' ');
        out.extend_from_slice(&self.iso[11..]);
        out.extend_from_slice(b" UTC");
    }
}

fn two(value: u64, text: &mut [u8], at: usize) {
    text[at..at + 2].copy_from_slice(&two_digits(value));
}

/// Year, month and day of a day since 1970 in the Gregorian calendar: counted in eras of 400 years that begin with
/// March, so that the leap day is the last of its year.
fn civil(days: u64) -> (u64, u64, u64) {
    const DAYS_OF_ERA: u64 = 146_097;
    let days = days + 719_468; // from 1 March of the year 0
    let (era, day) = (days / DAYS_OF_ERA, days % DAYS_OF_ERA);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn instants_are_those_of_the_calendar() {
        for (second, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_399, "2000-02-28T23:59:59.000000Z"),
            (951_782_400, "2000-02-29T00:00:00.000000Z"),
            (1_709_251_200, "2024-03-01T00:00:00.000000Z"),
            (1_795_307_647, "2026-11-22T00:34:07.000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
        ] {
            assert_eq!(written(|out| Stamp::default().iso(second * 1_000_000, out)), text);
        }
        let us = 1_795_307_647_000_120;
        assert!(written(|out| Stamp::default().iso(us, out)).ends_with(":07.000120Z"));
        assert_eq!(written(|out| Stamp::default().clf(us, out)), "22/Nov/2026:00:34:07 +0000");
        assert_eq!(written(|out| Stamp::default().for_people(us, out)), "2026-11-22 00:34:07 UTC");
        assert!(written(|out| Stamp::default().iso(u64::MAX, out)).starts_with("9999-12-31T23:59:59"));
    }

    #[test]
    fn html_loses_its_teeth() {
        let canary = "<script>alert(\"1\")</script>' onload='x' &\u{1b}[31m";
        assert_eq!(
            written(|out| html(canary, out)),
            "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39; onload=&#39;x&#39; &amp; [31m"
        );
        assert_eq!(written(|out| plain("a\u{1b}[31m\u{9b}b\n", out)), "a\u{fffd}[31m\u{fffd}b\u{fffd}");
    }

    #[test]
    fn special_bytes_are_found_wherever_they_stand() {
        for length in 0..40 {
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    for other in [b' ', b'!', b'~', b'#', b'[', b']'] {
                        let mut text = vec![other; length];
                        text[at] = byte;
                        assert_eq!(has_special(&text), special_in_json(byte), "{text:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn all_octets() {
        for octet in 0..=u8::MAX {
            let one = IpAddr::from([octet, 0, 255, octet]);
            assert_eq!(written(|out| address(one, out)), one.to_string());
        }
    }

    #[test]
    fn columns_cannot_be_left_early() {
        assert_eq!(written(|out| quoted_column(b"a\" 502 \\ \n\xe9", out)), "a\\x22 502 \\x5C \\x0A\\xE9");
    }

    /// Text, or characters around those that are escaped.
    const CONTROLS: &str = "\\PC{0,40}|[\u{80}-\u{9f}\u{2020}-\u{2030}\"\\\\]{0,9}";

    proptest! {
        #[test]
        fn json_strings_are_read_back(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            let json = written(|out| json_string(&text, out));
            let back: String = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(back, String::from_utf8_lossy(&text));
            let breaks = json.chars().any(|c| c.is_control() || c == '\u{2028}' || c == '\u{2029}');
            prop_assert!(!breaks);
        }

        #[test]
        fn unicode_is_kept(text in CONTROLS) {
            let json = written(|out| json_string(text.as_bytes(), out));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }

        #[test]
        fn addresses_are_as_the_standard_library_writes_them(v4: [u8; 4], v6: [u8; 16]) {
            for one in [IpAddr::from(v4), IpAddr::from(v6)] {
                prop_assert_eq!(written(|out| address(one, out)), one.to_canonical().to_string());
            }
        }
    }
}

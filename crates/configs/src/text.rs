//! Words, quotes, comments, durations and sizes as configurations write them.
//!
//! Knows no product: what a bare number means, or which character opens a comment, is the caller's argument.

use std::sync::Arc;

use goodgate_facts::Address;

use crate::Place;

/// The file being read, for making places in it.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    file: Arc<str>,
    /// Files printed one after the other in one text, each with the line before its first.
    parts: Vec<(u32, Arc<str>)>,
}

impl Source {
    /// A file by the name that the user gave.
    pub(crate) fn new(name: &str) -> Self {
        Self { file: Arc::from(name), parts: Vec::new() }
    }

    /// From the line after this one on, the text is another file's.
    pub(crate) fn begin_part(&mut self, line: u32, name: &str) {
        self.parts.push((line, Arc::from(name)));
    }

    /// The place at a line, counted from 1.
    pub(crate) fn at(&self, line: u32) -> Place {
        match self.parts.iter().rev().find(|(before, _)| *before < line) {
            Some((before, file)) => Place { file: Arc::clone(file), line: line - before },
            None => Place { file: Arc::clone(&self.file), line },
        }
    }
}

/// Seconds of a duration: `2s`, `300ms`, `5m`, `1h30m`, `1m 30s`, `10us`, `1.5s`, or a bare number of which each
/// is worth `bare_s` seconds (1.0 where products count seconds, 0.001 where they count milliseconds).
pub(crate) fn duration_s(text: &str, bare_s: f64) -> Option<f64> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut sum_s = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        // Some write a space before the unit: `1 minute`.
        let spaced = after.trim_start();
        let after = if spaced.starts_with(char::is_alphabetic) { spaced } else { after };
        let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        sum_s += number.parse::<f64>().ok()? * unit_s(unit, bare_s)?;
        rest = after.trim_start();
    }
    Some(sum_s)
}

fn unit_s(unit: &str, bare_s: f64) -> Option<f64> {
    Some(match unit {
        "" => bare_s,
        "ns" => 1e-9,
        "us" | "µs" | "μs" => 1e-6,
        "ms" | "msec" | "MS" => 1e-3,
        // nginx writes months with a capital M.
        "M" => 30.0 * 86_400.0,
        _ => match unit.to_ascii_lowercase().as_str() {
            "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            "m" | "mi" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hr" | "hour" | "hours" => 3_600.0,
            "d" | "day" | "days" => 86_400.0,
            "w" | "week" | "weeks" => 7.0 * 86_400.0,
            "month" | "months" => 30.0 * 86_400.0,
            "y" | "year" | "years" => 365.0 * 86_400.0,
            _ => return None,
        },
    })
}

/// Bytes of a size: `8k`, `1m`, `16KB`, `4KiB`, `2 GB`, or a bare number of bytes. A kilobyte is 1024 bytes.
pub(crate) fn size_bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" | "byte" | "bytes" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        "t" | "tb" | "tib" => 1 << 40,
        _ => return None,
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor);
    }
    let bytes = number.parse::<f64>().ok()? * factor as f64;
    // A cast of a float saturates, so a huge number stays huge.
    Some(bytes as u64)
}

/// A file mode written in octal: `0660`, `660`, `0o660`.
pub(crate) fn octal_mode(text: &str) -> Option<u32> {
    let text = text.trim().trim_matches(['"', '\'']);
    let digits = text.strip_prefix("0o").unwrap_or(text);
    u32::from_str_radix(digits, 8).ok().filter(|mode| *mode <= 0o7777)
}

/// A switch: `on`, `yes`, `true`, `1`, `enable(d)` and their opposites, in any case.
pub(crate) fn switch(text: &str) -> Option<bool> {
    match unquoted(text).to_ascii_lowercase().as_str() {
        "on" | "yes" | "true" | "1" | "enable" | "enabled" => Some(true),
        "off" | "no" | "false" | "0" | "disable" | "disabled" | "none" => Some(false),
        _ => None,
    }
}

/// The text without one pair of quotes around it.
pub(crate) fn unquoted(text: &str) -> &str {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}

/// The line up to a comment that `marker` opens outside of quotes, at the start or after white space.
pub(crate) fn without_comment(line: &str, marker: char) -> &str {
    let mut quote = None;
    let mut escaped = false;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match quote {
            _ if escaped => escaped = false,
            _ if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == marker && before.is_whitespace() => return line.get(..at).unwrap_or(line),
            // An apostrophe within a word is no quote.
            None if matches!(c, '"' | '\'') && !before.is_alphanumeric() => quote = Some(c),
            None => {}
        }
        before = c;
    }
    line
}

/// The words of a line: split at white space; `"…"` and `'…'` keep it and are taken off; a backslash keeps the
/// quote, backslash or white space after it and otherwise stands for itself. An open quote ends with the line.
pub(crate) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut begun = false;
    let mut quote = None;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (_, '\\') => {
                begun = true;
                match chars.peek() {
                    Some(&next)
                        if matches!(next, '"' | '\'' | '\\') || (quote.is_none() && next.is_whitespace()) =>
                    {
                        word.push(next);
                        chars.next();
                    }
                    _ => word.push('\\'),
                }
            }
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') if !begun || word.ends_with('=') => {
                quote = Some(c);
                begun = true;
            }
            (None, c) if c.is_whitespace() => {
                if std::mem::take(&mut begun) {
                    words.push(std::mem::take(&mut word));
                }
            }
            (_, c) => {
                begun = true;
                word.push(c);
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

/// The lines with their numbers (from 1), those that end in a backslash joined with the next (by a space), under
/// the number of the first.
pub(crate) fn joined_lines(text: &str) -> Vec<(u32, String)> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    let mut open = false;
    for (number, line) in numbered(text) {
        let (line, goes_on) = match line.strip_suffix('\\') {
            Some(head) if !head.ends_with('\\') => (head, true),
            _ => (line, false),
        };
        match lines.last_mut() {
            Some((_, last)) if open => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            _ => lines.push((number, line.to_owned())),
        }
        open = goes_on;
    }
    lines
}

/// The lines with their numbers, from 1.
pub(crate) fn numbered(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1_u32..).zip(text.lines())
}

/// An address to listen on: `8000` and `:8000` mean that port at any address; `tcp://`, `http://` or `unix://` may
/// stand before it, a query after it.
pub(crate) fn listen_address(text: &str, default_port: u16) -> Option<Address> {
    let text = unquoted(text);
    let text = text.split_once('?').map_or(text, |(address, _)| address);
    let schemes = ["tcp://", "http://", "https://", "ssl://"];
    let text = schemes.iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
    let port_alone = text.strip_prefix(':').filter(|rest| !rest.contains(':')).unwrap_or(text);
    match port_alone.parse::<u16>() {
        Ok(port) => Some(Address::Tcp { host: "*".to_owned(), port }),
        Err(_) => Address::parse(text, default_port),
    }
}

/// The last part of a path.
pub(crate) fn base_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or(path)
}

/// One `key = value` of an INI file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IniEntry {
    /// The section it stands in; empty before the first.
    pub(crate) section: String,
    /// The key as written, with brackets (`php_admin_value[memory_limit]`).
    pub(crate) key: String,
    /// The value without quotes and comment.
    pub(crate) value: String,
    /// Line, counted from 1.
    pub(crate) line: u32,
}

/// The entries of an INI file, and the lines that are neither entry, section, comment nor blank.
pub(crate) fn ini(text: &str) -> (Vec<IniEntry>, Vec<u32>) {
    let mut entries = Vec::new();
    let mut broken = Vec::new();
    let mut section = String::new();
    for (line, text) in joined_lines(text) {
        let text = without_comment(without_comment(text.trim(), ';'), '#').trim();
        if text.is_empty() {
            continue;
        }
        if let Some(name) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.trim().clone_into(&mut section);
        } else if let Some((key, value)) = text.split_once('=') {
            let (key, value) = (key.trim().to_owned(), unquoted(value).to_owned());
            entries.push(IniEntry { section: section.clone(), key, value, line });
        } else {
            broken.push(line);
        }
    }
    (entries, broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, bare, want) in [
            ("2s", 1.0, 2.0),
            ("300ms", 1.0, 0.3),
            ("5m", 1.0, 300.0),
            ("1h30m", 1.0, 5_400.0),
            ("1m 30s", 1.0, 90.0),
            ("60", 1.0, 60.0),
            ("5000", 0.001, 5.0),
            ("1.5s", 1.0, 1.5),
            ("10us", 1.0, 1e-5),
            ("1 minute", 1.0, 60.0),
        ] {
            assert!((duration_s(text, bare).unwrap() - want).abs() < 1e-9, "{text}");
        }
        assert_eq!(duration_s("", 1.0), None);
        assert_eq!(duration_s("soon", 1.0), None);
        assert_eq!(duration_s("5 parsecs", 1.0), None);
    }

    #[test]
    fn sizes_modes_and_switches() {
        assert_eq!(size_bytes("8k"), Some(8192));
        assert_eq!(size_bytes("1M"), Some(1 << 20));
        assert_eq!(size_bytes("16KiB"), Some(16_384));
        assert_eq!(size_bytes("100"), Some(100));
        assert_eq!(size_bytes("99999999999999999999g"), Some(u64::MAX));
        assert_eq!(size_bytes("x"), None);
        assert_eq!(octal_mode("0660"), Some(0o660));
        assert_eq!(octal_mode("0o600"), Some(0o600));
        assert_eq!(octal_mode("99"), None);
        assert_eq!(switch("On"), Some(true));
        assert_eq!(switch("\"disabled\""), Some(false));
        assert_eq!(switch("2"), None);
    }

    #[test]
    fn words_and_comments() {
        assert_eq!(words(r#"a "b c" 'd "e"' f\ g h=\"x"#), ["a", "b c", "d \"e\"", "f g", "h=\"x"]);
        assert_eq!(words(r#"key="two words" """#), ["key=two words", ""]);
        assert_eq!(words(r"~ \.php$"), ["~", r"\.php$"]);
        assert_eq!(without_comment("a 'x # y' # z", '#'), "a 'x # y' ");
        assert_eq!(without_comment("http://x/#frag", '#'), "http://x/#frag");
        assert_eq!(joined_lines("a \\\n  b\nc"), [(1, "a  b".to_owned()), (3, "c".to_owned())]);
        assert_eq!(base_name("/var/log/x.log"), "x.log");
    }

    #[test]
    fn addresses_to_listen_on() {
        let shown = |text| listen_address(text, 80).map(|address| address.to_string());
        assert_eq!(shown("8000").as_deref(), Some("*:8000"));
        assert_eq!(shown(":8000").as_deref(), Some("*:8000"));
        assert_eq!(shown("tcp://0.0.0.0:3000?x=1").as_deref(), Some("0.0.0.0:3000"));
        assert_eq!(shown("unix:///run/a.sock").as_deref(), Some("unix:/run/a.sock"));
        assert_eq!(shown("[::]:81").as_deref(), Some("[::]:81"));
    }

    #[test]
    fn ini_sections() {
        let (entries, broken) = ini("a = 1\n; note\n[www]\nphp_value[x] = \"y z\" ; why\nnonsense\n");
        assert_eq!(entries.len(), 2);
        assert_eq!((entries[1].section.as_str(), entries[1].value.as_str()), ("www", "y z"));
        assert_eq!(broken, [5]);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[ -~\n\\\\\"'µé;#=\\[\\]]{0,80}") {
            let _ = (duration_s(&text, 1.0), size_bytes(&text), octal_mode(&text), switch(&text), words(&text));
            let _ = (without_comment(&text, '#'), joined_lines(&text), ini(&text), base_name(&text), listen_address(&text, 1));
        }
    }
}

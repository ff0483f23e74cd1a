//! Words and numbers of lines that commands print in columns. Knows no command.

use std::borrow::Cow;

/// The line as text; bytes that are no UTF-8 become replacement characters.
pub(super) fn text(line: &[u8]) -> Cow<'_, str> {
    // Far faster for text that is valid than asking for the lossy reading at once.
    std::str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed)
}

/// The words of a line.
pub(super) fn words(text: &str) -> Vec<&str> {
    text.split_ascii_whitespace().collect()
}

/// What follows the first `count` words, without the blanks before it.
pub(super) fn after_words(text: &str, count: usize) -> &str {
    let mut rest = text.trim_start();
    for _ in 0..count {
        rest = rest.find(char::is_whitespace).map_or("", |at| rest[at..].trim_start());
    }
    rest
}

/// Whether the text is a whole decimal number.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The decimal number at the beginning of the text.
pub(super) fn leading_number(text: &str) -> Option<u64> {
    let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

/// What stands between two markers, the second searched behind the first.
pub(super) fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(from)?;
    rest.split_once(to).map(|(inside, _)| inside)
}

/// The value of `key=value` or `key="value"`; `key` must begin a word.
pub(super) fn value_of<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find(key) {
        let start = from + at;
        let after = start + key.len();
        let begins =
            text[..start].chars().next_back().is_none_or(|c| c == ' ' || c == ',' || c == '(' || c == '\t');
        if begins && let Some(rest) = text[after..].strip_prefix('=') {
            return Some(match rest.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next().unwrap_or(quoted),
                None => rest.split([' ', ',']).next().unwrap_or(rest),
            });
        }
        from = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_words_and_values() {
        assert_eq!(after_words("  a bb  c d", 2), "c d");
        assert_eq!(after_words("a", 2), "");
        assert_eq!(value_of("xpid=1 pid=2 comm=\"a b\"", "pid"), Some("2"));
        assert_eq!(value_of("pid=2 comm=\"a b\"", "comm"), Some("a b"));
        assert_eq!(leading_number("12x"), Some(12));
        assert_eq!(leading_number("x"), None);
    }
}

//! What is wrong with a configuration, and where.

use std::cmp::Ordering;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot be run so.
    Error,
    /// It can be run, but hardly does what was meant.
    Warning,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1; 0 for what has none, such as an argument of the command line.
    pub line: usize,
    /// The column in characters, from 1; 0 where there is no line.
    pub column: usize,
    /// The key, dotted, with places of lists from 0: `site[0].route[2].path`. Empty for the text as a whole.
    pub key: String,
    /// What is wrong, as a sentence without a full stop.
    pub what: String,
    /// What to do about it, as a sentence without a full stop.
    pub hint: Option<String>,
    /// How bad it is.
    pub severity: Severity,
}

impl Problem {
    /// In the order of the text.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        (self.line, self.column, &self.key).cmp(&(other.line, other.column, &other.key))
    }
}

/// Where lines begin.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let after = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(after).collect() }
    }

    /// Line and column of a byte, both from 1. What lies behind the end counts as the end.
    pub(super) fn place(&self, at: usize) -> (usize, usize) {
        let at = self.text.floor_char_boundary(at.min(self.text.len()));
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts.get(line.wrapping_sub(1)).copied().unwrap_or(0);
        let column = self.text.get(start..at).map_or(0, |before| before.chars().count());
        (line.max(1), column + 1)
    }

    /// The text of a line, from 1, without its end.
    pub(super) fn line(&self, number: usize) -> &'a str {
        self.text.split('\n').nth(number.saturating_sub(1)).unwrap_or("").trim_end_matches('\r')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters_from_one() {
        let lines = Lines::of("ab\nжc\n");
        assert_eq!(lines.place(0), (1, 1));
        assert_eq!(lines.place(3), (2, 1));
        assert_eq!(lines.place(4), (2, 1));
        assert_eq!(lines.place(5), (2, 2));
        assert_eq!(lines.place(99), (3, 1));
        assert_eq!(lines.line(2), "жc");
        assert_eq!(Lines::of("").place(0), (1, 1));
    }
}

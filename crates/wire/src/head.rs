//! Field lines as places in a text that somebody else holds: what both halves of the gateway read, rewrite and route
//! by. Nothing is copied, and a name that matters is a number.
//!
//! Knows no version of HTTP: HTTP/1.1, HTTP/2 and FastCGI fill the same table.

use memchr::memchr;

use crate::{FieldName, FieldNames};

/// A place in a text, in bytes. Heads are limited to far less than 4 GiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub begin: u32,
    /// Where it ends, exclusively.
    pub end: u32,
}

impl Span {
    /// The bytes at this place; none where the text does not reach so far.
    pub fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.begin as usize..self.end as usize).unwrap_or_default()
    }

    /// Its length in bytes.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.begin) as usize
    }

    /// Whether it is empty.
    pub fn is_empty(self) -> bool {
        self.end <= self.begin
    }
}

/// One field line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldLine {
    /// What the name is, if it is known.
    pub id: FieldName,
    /// The name, as written.
    pub name: Span,
    /// The value, without the whitespace around it.
    pub value: Span,
}

/// What was found of all lines of a head as they were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// That each line stands there as it would be written, one behind the other, with a single space before its value,
    /// none behind it, and CRLF.
    pub(crate) plain: bool,
    pub(crate) names: FieldNames,
}

impl Found {
    /// What the lines alone tell.
    pub fn by(lines: &[FieldLine]) -> Self {
        let names =
            lines.iter().fold(FieldNames::default(), |names, line| names.and(FieldNames::one(line.id)));
        Self { plain: false, names }
    }
}

/// The field lines of a head, over the text that they stand in.
#[derive(Clone, Copy, Debug)]
pub struct FieldLines<'a> {
    text: &'a [u8],
    lines: &'a [FieldLine],
    /// No other names than these are among them.
    found: Found,
}

impl<'a> FieldLines<'a> {
    /// These lines of this text.
    pub fn new(text: &'a [u8], lines: &'a [FieldLine]) -> Self {
        Self::of_head(text, lines, Found::by(lines))
    }

    /// The lines of a head of HTTP/1.1 over its text, with what was found as it was read.
    pub fn of_head(text: &'a [u8], lines: &'a [FieldLine], found: Found) -> Self {
        Self { text, lines, found }
    }

    /// What was found of all lines of the head.
    pub(crate) fn found(&self) -> Found {
        self.found
    }

    /// What the names are. Of a part they are those of the whole.
    pub fn names(&self) -> FieldNames {
        self.found.names
    }

    /// Lines among which are all with this known name.
    fn with(&self, id: FieldName) -> &'a [FieldLine] {
        if self.found.names.has(id) { self.lines } else { &[] }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// What the names are, in order.
    pub fn ids(&self) -> impl Iterator<Item = FieldName> + use<'a> {
        self.lines.iter().map(|line| line.id)
    }

    /// The name of one of them, as written.
    pub fn name(&self, at: usize) -> Option<&'a [u8]> {
        self.lines.get(at).map(|line| line.name.of(self.text))
    }

    /// Some of them that follow each other; none where there are not so many.
    pub fn part(&self, range: std::ops::Range<usize>) -> Self {
        Self { lines: self.lines.get(range).unwrap_or_default(), ..*self }
    }

    /// All as they stand in the text, where that is one line of HTTP/1.1 behind the other without whitespace that is not
    /// needed: `Name: value`, CRLF.
    pub fn as_written(&self) -> Option<&'a [u8]> {
        let begin = self.lines.first().map_or(0, |line| line.name.begin as usize);
        if self.found.plain {
            return self.text.get(begin..self.lines.last().map_or(0, |line| line.value.end as usize + 2));
        }
        let mut end = begin;
        for line in self.lines {
            let (name, value) = (line.name.end as usize, line.value.end as usize);
            let colon = self.text.get(name..line.value.begin as usize);
            let behind = self.text.get(value..value + 2);
            if line.name.begin as usize != end || colon != Some(b": ") || behind != Some(b"\r\n") {
                return None;
            }
            end = value + 2;
        }
        self.text.get(begin..end)
    }

    /// All, in order: what the name is, the name as written, the value.
    pub fn iter(&self) -> impl Iterator<Item = (FieldName, &'a [u8], &'a [u8])> + use<'a> {
        let text = self.text;
        self.lines.iter().map(move |line| (line.id, line.name.of(text), line.value.of(text)))
    }

    /// The values of all lines with this known name.
    pub fn all(&self, id: FieldName) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let text = self.text;
        self.places_of_values(id).map(move |value| value.of(text))
    }

    /// The places of the values of all lines with this known name.
    pub(crate) fn places_of_values(&self, id: FieldName) -> impl Iterator<Item = Span> + use<'a> {
        self.with(id).iter().filter(move |line| line.id == id).map(|line| line.value)
    }

    /// The lines with this known name: where each begins, and its value.
    pub(crate) fn places_of(&self, id: FieldName) -> impl Iterator<Item = (usize, &'a [u8])> + use<'a> {
        let text = self.text;
        let lines = self.with(id).iter().filter(move |line| line.id == id);
        lines.map(move |line| (line.name.begin as usize, line.value.of(text)))
    }

    /// The value of the first line with this known name.
    pub fn first(&self, id: FieldName) -> Option<&'a [u8]> {
        self.all(id).next()
    }

    /// The value of the first line with this name, whatever its case.
    pub fn named(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name)).map(|(.., value)| value)
    }

    /// Whether a list in the lines with this name has this element, whatever its case (RFC 9110 section 5.6.1).
    pub fn lists(&self, id: FieldName, element: &[u8]) -> bool {
        self.all(id).any(|value| elements(value).any(|one| one.eq_ignore_ascii_case(element)))
    }
}

/// The elements of a comma-separated list, trimmed, without empty ones (RFC 9110 section 5.6.1.2). Not for values with
/// quoted strings.
pub fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let text = rest?;
        let (element, after) = match memchr(b',', text) {
            Some(comma) => (text.get(..comma)?, text.get(comma + 1..)),
            None => (text, None),
        };
        rest = after;
        Some(element.trim_ascii())
    })
    .filter(|element| !element.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_as_written_where_nothing_else_stands_between_them() {
        let text = b"A: b\r\nC: d\r\nE:  f\r\nG: h \r\nI:j\r\nK: l\n";
        let line = |at: u32, begin: u32, end: u32| FieldLine {
            id: FieldName::Other,
            name: Span { begin: at, end: at + 1 },
            value: Span { begin, end },
        };
        let lines = [
            line(0, 3, 4),
            line(6, 9, 10),
            line(12, 16, 17),
            line(19, 22, 23),
            line(26, 28, 29),
            line(31, 34, 35),
        ];
        let fields = FieldLines::new(text, &lines);
        assert_eq!(fields.part(0..2).as_written(), Some(&b"A: b\r\nC: d\r\n"[..]));
        assert_eq!(fields.part(1..2).as_written(), Some(&b"C: d\r\n"[..]));
        assert_eq!(fields.part(2..2).as_written(), Some(&b""[..]));
        assert_eq!((fields.part(1..1).len(), fields.part(4..9).len()), (0, 0));
        for alone in 2..lines.len() {
            assert_eq!(fields.part(alone..alone + 1).as_written(), None, "{alone}");
        }
        let apart = [lines[1], lines[0]];
        assert_eq!(FieldLines::new(text, &apart).as_written(), None);
    }

    #[test]
    fn lists_are_read_by_element() {
        let all: Vec<&[u8]> = elements(b" close , ,Keep-Alive,").collect();
        assert_eq!(all, [&b"close"[..], b"Keep-Alive"]);
        assert_eq!(elements(b"").count(), 0);
        let text = b"Connection: a, Close";
        let line = FieldLine {
            id: FieldName::Connection,
            name: Span { begin: 0, end: 10 },
            value: Span { begin: 12, end: 20 },
        };
        let lines = [line];
        let fields = FieldLines::new(text, &lines);
        assert!(fields.lists(FieldName::Connection, b"close"));
        assert!(!fields.lists(FieldName::Connection, b"clos"));
        assert_eq!(fields.named(b"connection"), Some(&b"a, Close"[..]));
    }
}

//! Fields as a table of places in the bytes that came: nothing is copied until somebody wants a copy.

use crate::{FieldLine, Span};

use super::field_lines::span;

/// Field lines in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    text: Vec<u8>,
    places: Vec<(Span, Span)>,
}

/// Field lines for which no table is allocated while they are read; few responses have more.
const FEW: usize = 48;

impl Fields {
    /// How many field lines there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Names, as written, and values without the whitespace around them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.places.iter().map(|(name, value)| {
            let name = std::str::from_utf8(self.at(*name)).unwrap_or_default();
            (name, self.at(*value))
        })
    }

    /// The values of all fields with this name, whatever its case.
    pub fn all<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s [u8]> {
        self.places_of(name).map(|(_, value)| value)
    }

    /// The value of the first field with this name, whatever its case.
    pub fn first(&self, name: &str) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// Copies of all, for whoever keeps them.
    pub fn to_owned_pairs(&self) -> Vec<(String, Vec<u8>)> {
        self.iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect()
    }

    /// Where the lines with this name begin in the text, and their values.
    pub(super) fn places_of<'s>(&'s self, wanted: &str) -> impl Iterator<Item = (usize, &'s [u8])> {
        self.places
            .iter()
            .filter(move |(name, _)| self.at(*name).eq_ignore_ascii_case(wanted.as_bytes()))
            .map(|(name, value)| (name.begin as usize, self.at(*value)))
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Reads `count` field lines and the empty line behind them, from `begin` to the end of the text; where one is
    /// invalid, the text comes back with the place where that line begins.
    pub(super) fn read(text: Vec<u8>, begin: usize, count: usize) -> Result<Self, (Vec<u8>, usize)> {
        let mut few = [httparse::EMPTY_HEADER; FEW];
        let mut many = Vec::new();
        let room = if count <= FEW {
            &mut few[..]
        } else {
            many.resize(count, httparse::EMPTY_HEADER);
            &mut many[..]
        };
        let places = match httparse::parse_headers(&text[begin..], room) {
            Ok(httparse::Status::Complete((_, found))) => {
                let place = |part: &[u8]| {
                    let begin = part.as_ptr() as usize - text.as_ptr() as usize;
                    span(begin, begin + part.len())
                };
                Some(found.iter().map(|field| (place(field.name.as_bytes()), place(field.value))).collect())
            }
            Ok(httparse::Status::Partial) | Err(_) => None,
        };
        match places {
            Some(places) => Ok(Self { text, places }),
            None => {
                let at = first_invalid(&text, begin, text.len()).unwrap_or(begin);
                Err((text, at))
            }
        }
    }

    /// These lines of this text.
    pub(super) fn of_lines(text: &[u8], lines: &[FieldLine]) -> Self {
        Self { text: text.to_vec(), places: lines.iter().map(|line| (line.name, line.value)).collect() }
    }

    fn at(&self, place: Span) -> &[u8] {
        place.of(&self.text)
    }
}

/// Where the first invalid one of these complete lines begins.
pub(super) fn first_invalid(text: &[u8], begin: usize, end: usize) -> Option<usize> {
    let mut at = begin;
    for line in text.get(begin..end).unwrap_or_default().split_inclusive(|byte| *byte == b'\n') {
        // A single valid line is "partial" to the parser, which waits for the empty line.
        if httparse::parse_headers(line, &mut [httparse::EMPTY_HEADER]).is_err() {
            return Some(at);
        }
        at += line.len();
    }
    None
}

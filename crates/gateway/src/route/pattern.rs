//! Path patterns as they are compared: bytes in the normal form that requests are brought into.

use super::normalise::{escape, is_unreserved, write_escape};
use crate::plan::PathPattern;

/// A pattern, ready for comparing.
#[derive(Clone, Debug)]
pub(super) struct PathTable {
    kind: Kind,
    text: Box<[u8]>,
    /// Whether it has escapes, whose digits fit in either case.
    escaped: bool,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Exact,
    Below,
    Suffix,
}

impl PathTable {
    pub(super) fn new(pattern: &PathPattern) -> Self {
        let (kind, text) = match pattern {
            PathPattern::Exact(path) => (Kind::Exact, path.as_str()),
            // `/api/` and `/api` say the same here: the slash is asked for by the kind.
            PathPattern::Below(path) => (Kind::Below, path.trim_end_matches('/')),
            PathPattern::Suffix(end) => (Kind::Suffix, end.as_str()),
        };
        let text = as_requested(text);
        Self { kind, escaped: text.contains(&b'%'), text: text.into() }
    }

    /// How many bytes at the path's beginning the pattern matched, if it fits; none for a suffix. `doubled` says that
    /// the path has `//`.
    pub(super) fn matched(&self, path: &[u8], doubled: bool) -> Option<usize> {
        match self.kind {
            Kind::Exact => {
                let matched = self.prefix(path, doubled)?;
                let rest = path.get(matched..)?;
                let merged = doubled && self.text.ends_with(b"/") && rest.iter().all(|byte| *byte == b'/');
                (rest.is_empty() || merged).then_some(path.len())
            }
            Kind::Below => {
                let matched = self.prefix(path, doubled)?;
                let rest = path.get(matched..)?;
                (self.text.is_empty() || rest.is_empty() || rest.starts_with(b"/")).then_some(matched)
            }
            Kind::Suffix => {
                let end = path.len().checked_sub(self.text.len()).and_then(|begin| path.get(begin..))?;
                (end == self.text.as_ref() || (self.escaped && self.prefix(end, false).is_some()))
                    .then_some(0)
            }
        }
    }

    /// How many bytes of the path the text takes.
    fn prefix(&self, path: &[u8], doubled: bool) -> Option<usize> {
        if path.starts_with(&self.text) {
            return Some(self.text.len());
        }
        if !doubled && !self.escaped {
            return None;
        }
        let mut at = 0;
        for (place, wanted) in self.text.iter().enumerate() {
            while doubled && at > 0 && path.get(at) == Some(&b'/') && path.get(at - 1) == Some(&b'/') {
                at += 1;
            }
            let byte = path.get(at)?;
            let same = byte == wanted || (self.in_escape(place) && byte.eq_ignore_ascii_case(wanted));
            if !same {
                return None;
            }
            at += 1;
        }
        Some(at)
    }

    /// Whether this place of the text is a digit of an escape. (A `%` in it always begins one.)
    fn in_escape(&self, place: usize) -> bool {
        let before = |back: usize| place.checked_sub(back).and_then(|at| self.text.get(at));
        before(1) == Some(&b'%') || before(2) == Some(&b'%')
    }
}

/// A text of a configuration as a client would ask for it: escapes in normal form, and escaped what no client sends
/// raw, a `%` that begins no escape included.
pub(super) fn as_requested(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'%' => match escape(after) {
                Some((value, after)) => {
                    if is_unreserved(value) {
                        out.push(value);
                    } else {
                        write_escape(value, &mut out);
                    }
                    rest = after;
                }
                None => write_escape(b'%', &mut out),
            },
            0..=b' ' | 0x7f.. | b'"' | b'#' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'}' => {
                write_escape(byte, &mut out);
            }
            _ => out.push(byte),
        }
    }
    out
}

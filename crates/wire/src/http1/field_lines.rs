//! Field lines to a table of places, in the buffer where they came (RFC 9112 section 5).
//!
//! A line is refused at its first wrong byte, so that the verdict does not depend on how much has come. It knows the
//! form of a line and none of the names.

use crate::{FieldLine, FieldName, Span};

use super::scan::{from_control, plain_name, token_end};

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnds {
    /// CRLF only: what clients send.
    Strict,
    /// CRLF, or LF alone: what servers send.
    Lenient,
}

/// How far the lines were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinesRead {
    /// To the empty line; where it ends.
    Complete(usize),
    /// To the end of the text; the line that begins here is not complete.
    Incomplete(usize),
    /// To the line that begins here, which is invalid.
    Invalid(usize),
    /// There are more than may be.
    TooMany,
}

/// How a line goes on behind its last byte.
enum End<'a> {
    /// With its end; what stands behind that.
    At(&'a [u8]),
    NotYet,
    Not,
}

#[inline(always)]
fn line_end(behind: &[u8], ends: LineEnds) -> End<'_> {
    match behind {
        [b'\r', b'\n', next @ ..] => End::At(next),
        [b'\r'] | [] => End::NotYet,
        [b'\n', next @ ..] if ends == LineEnds::Lenient => End::At(next),
        _ => End::Not,
    }
}

/// Reads all lines from `begin` on and puts them behind those in `lines`, which may come to hold `most`.
pub(super) fn read_lines(
    text: &[u8],
    begin: usize,
    ends: LineEnds,
    most: usize,
    lines: &mut Vec<FieldLine>,
) -> LinesRead {
    let mut rest = text.get(begin..).unwrap_or_default();
    loop {
        let at = text.len() - rest.len();
        let (id, length) = match plain_name(rest) {
            Some((length, words)) => (FieldName::of_words(words), length),
            None => match other_name(rest) {
                Some(found) => found,
                None => return no_name(text, rest, ends),
            },
        };
        let mut value = rest.get(length + 1..).unwrap_or_default();
        while let [b' ' | b'\t', behind @ ..] = value {
            value = behind;
        }
        let mut behind = from_control(text, value);
        while let [b'\t', after @ ..] = behind {
            behind = from_control(text, after);
        }
        rest = match line_end(behind, ends) {
            End::At(next) => next,
            End::NotYet => return LinesRead::Incomplete(at),
            End::Not => return LinesRead::Invalid(at),
        };
        let value_begin = text.len() - value.len();
        let mut value_end = text.len() - behind.len();
        while value_end > value_begin && matches!(text.get(value_end - 1), Some(b' ' | b'\t')) {
            value_end -= 1;
        }
        if lines.len() >= most {
            return LinesRead::TooMany;
        }
        lines.push(FieldLine { id, name: span(at, at + length), value: span(value_begin, value_end) });
    }
}

/// A name that is not a plain one: what it is, and its length.
fn other_name(rest: &[u8]) -> Option<(FieldName, usize)> {
    let length = token_end(rest, 0);
    let name = rest.get(..length)?;
    (length > 0 && rest.get(length) == Some(&b':')).then(|| (FieldName::of(name), length))
}

/// What it means that no name with a colon stands at the beginning of `rest`.
fn no_name(text: &[u8], rest: &[u8], ends: LineEnds) -> LinesRead {
    let at = text.len() - rest.len();
    match line_end(rest, ends) {
        End::At(next) => LinesRead::Complete(text.len() - next.len()),
        End::NotYet => LinesRead::Incomplete(at),
        End::Not if token_end(rest, 0) == rest.len() => LinesRead::Incomplete(at),
        End::Not => LinesRead::Invalid(at),
    }
}

/// A place in a text that is shorter than 4 GiB.
#[inline]
pub(super) fn span(begin: usize, end: usize) -> Span {
    Span { begin: begin as u32, end: end as u32 }
}

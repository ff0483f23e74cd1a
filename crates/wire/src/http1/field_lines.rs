//! Field lines to a table of places, in the buffer where they came (RFC 9112 section 5).
//!
//! A line is refused at its first wrong byte, so that the verdict does not depend on how much has come. It knows the
//! form of a line and none of the names.

use crate::{FieldLine, FieldName, Span};

use super::scan::{first_control, plain_name_end, token_end};

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
enum End {
    /// Behind the line's end, which is here.
    At(usize),
    NotYet,
    Not,
}

fn line_end(text: &[u8], at: usize, ends: LineEnds) -> End {
    match (text.get(at), text.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => End::At(at + 2),
        (Some(b'\r'), None) | (None, _) => End::NotYet,
        (Some(b'\n'), _) if ends == LineEnds::Lenient => End::At(at + 1),
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
    let mut at = begin;
    loop {
        let Some(name_end) = name_end(text, at) else { return no_name(text, at, ends) };
        let id = FieldName::of(text.get(at..name_end).unwrap_or_default());
        let mut value_begin = name_end + 1;
        while let Some(b' ' | b'\t') = text.get(value_begin) {
            value_begin += 1;
        }
        let mut stop = first_control(text, value_begin);
        while text.get(stop) == Some(&b'\t') {
            stop = first_control(text, stop + 1);
        }
        let next = match line_end(text, stop, ends) {
            End::At(next) => next,
            End::NotYet => return LinesRead::Incomplete(at),
            End::Not => return LinesRead::Invalid(at),
        };
        let mut value_end = stop;
        while value_end > value_begin && matches!(text.get(value_end - 1), Some(b' ' | b'\t')) {
            value_end -= 1;
        }
        if lines.len() >= most {
            return LinesRead::TooMany;
        }
        lines.push(FieldLine { id, name: span(at, name_end), value: span(value_begin, value_end) });
        at = next;
    }
}

/// Where the colon stands behind the name that begins at `at`.
#[inline]
fn name_end(text: &[u8], at: usize) -> Option<usize> {
    let mut end = plain_name_end(text, at);
    if text.get(end) != Some(&b':') {
        end = token_end(text, end);
    }
    (end > at && text.get(end) == Some(&b':')).then_some(end)
}

/// What it means that no name with a colon stands at `at`.
fn no_name(text: &[u8], at: usize, ends: LineEnds) -> LinesRead {
    let name_end = token_end(text, at);
    match line_end(text, at, ends) {
        _ if name_end == text.len() => LinesRead::Incomplete(at),
        End::At(end) => LinesRead::Complete(end),
        End::NotYet => LinesRead::Incomplete(at),
        End::Not => LinesRead::Invalid(at),
    }
}

/// A place in a text that is shorter than 4 GiB.
#[inline]
pub(super) fn span(begin: usize, end: usize) -> Span {
    Span { begin: begin as u32, end: end as u32 }
}

//! Field lines to a table of places, in the buffer where they came (RFC 9112 section 5).
//!
//! A line is refused at its first wrong byte, so that the verdict does not depend on how much has come. It knows the
//! form of a line and none of the names.

use crate::{FieldLine, FieldName, FieldNames, Found, Span};

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
    Complete(usize, Found),
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
    let mut found = Found { plain: true, names: FieldNames::default() };
    loop {
        let at = text.len() - rest.len();
        let (id, length) = match plain_name(rest) {
            Some((length, words)) => (FieldName::of_words(words), length),
            None => match other_name(rest) {
                Some(other) => other,
                None => return no_name(text, rest, ends, found),
            },
        };
        let (name, value) = (span(at, at + length), rest.get(length + 1..).unwrap_or_default());
        let (value, next) = match usual_value(text, value) {
            Some(usual) => usual,
            None => {
                found.plain = false;
                match any_value(text, value, ends, at) {
                    Ok(unusual) => unusual,
                    Err(read) => return read,
                }
            }
        };
        if lines.len() >= most {
            return LinesRead::TooMany;
        }
        found.names = found.names.and(FieldNames::one(id));
        lines.push(FieldLine { id, name, value });
        rest = next;
    }
}

/// A value as nearly all are written: a space, the value without any space around it or tab in it, CRLF. The value, and
/// what stands behind the line.
#[inline(always)]
fn usual_value<'a>(text: &'a [u8], behind_colon: &'a [u8]) -> Option<(Span, &'a [u8])> {
    let [b' ', value @ ..] = behind_colon else { return None };
    let behind = from_control(text, value);
    let [b'\r', b'\n', next @ ..] = behind else { return None };
    let (begin, end) = (text.len() - value.len(), text.len() - behind.len());
    let spaced = value.first() == Some(&b' ') || text.get(end.wrapping_sub(1)) == Some(&b' ');
    (!spaced).then(|| (span(begin, end), next))
}

/// Any value of the line that begins at `at`, and what stands behind it. An error where the line has no end, or none yet.
fn any_value<'a>(
    text: &'a [u8],
    behind_colon: &'a [u8],
    ends: LineEnds,
    at: usize,
) -> Result<(Span, &'a [u8]), LinesRead> {
    let mut value = behind_colon;
    while let [b' ' | b'\t', behind @ ..] = value {
        value = behind;
    }
    let mut behind = from_control(text, value);
    while let [b'\t', after @ ..] = behind {
        behind = from_control(text, after);
    }
    let next = match line_end(behind, ends) {
        End::At(next) => next,
        End::NotYet => return Err(LinesRead::Incomplete(at)),
        End::Not => return Err(LinesRead::Invalid(at)),
    };
    let begin = text.len() - value.len();
    let mut value = value.get(..value.len() - behind.len()).unwrap_or_default();
    while let [before @ .., b' ' | b'\t'] = value {
        value = before;
    }
    Ok((span(begin, begin + value.len()), next))
}

/// A name that is not a plain one: what it is, and its length.
fn other_name(rest: &[u8]) -> Option<(FieldName, usize)> {
    let length = token_end(rest, 0);
    let name = rest.get(..length)?;
    (length > 0 && rest.get(length) == Some(&b':')).then(|| (FieldName::of(name), length))
}

/// What it means that no name with a colon stands at the beginning of `rest`.
fn no_name(text: &[u8], rest: &[u8], ends: LineEnds, found: Found) -> LinesRead {
    let at = text.len() - rest.len();
    match line_end(rest, ends) {
        End::At(next) => LinesRead::Complete(text.len() - next.len(), found),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::FieldLines;

    fn read(text: &str, ends: LineEnds) -> (LinesRead, Vec<FieldLine>) {
        let mut lines = Vec::new();
        (read_lines(text.as_bytes(), 0, ends, 100, &mut lines), lines)
    }

    #[test]
    fn lines_that_may_go_on_as_they_stand_are_known() {
        for (text, plain) in [
            ("A: b\r\nHost: c d e\r\n\r\n", true),
            ("A: b\tc\r\n\r\n", false),
            ("A:\tb\r\n\r\n", false),
            ("A: \r\n\r\n", false),
            ("\r\n", true),
            ("A:b\r\n\r\n", false),
            ("A:  b\r\n\r\n", false),
            ("A: b \r\n\r\n", false),
            ("A: b\n\r\n", false),
            ("A: b \n\r\n", false),
            ("A: b\t\nC: d\r\n\r\n", false),
            ("A:\r\n\r\n", false),
        ] {
            let (read, lines) = read(text, LineEnds::Lenient);
            let found = Found { plain, ..Found::by(&lines) };
            assert_eq!(read, LinesRead::Complete(text.len(), found), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_may_go_on_is_what_each_line_would_be_written_as(
            text in "([A-Za-z_-]{1,17}:[ \t]{0,2}[a-z ]{0,20}(\r\n|\n)){0,6}\r?\n",
            strict: bool,
        ) {
            let ends = if strict { LineEnds::Strict } else { LineEnds::Lenient };
            let (read, lines) = read(&text, ends);
            let LinesRead::Complete(_, found) = read else { return Ok(()) };
            let slowly = FieldLines::new(text.as_bytes(), &lines).as_written();
            let at_once = FieldLines::of_head(text.as_bytes(), &lines, found).as_written();
            prop_assert_eq!(at_once, slowly, "{:?}", text);
            prop_assert_eq!(found.names, Found::by(&lines).names);
            prop_assert!(!found.plain || slowly.is_some(), "{:?}", text);
        }
    }
}

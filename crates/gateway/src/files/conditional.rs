//! Conditions that a request sets, in the order of RFC 9110 section 13.2.2, and the validators that they are about.

use goodgate_wire::{FieldLines, FieldName};

use super::open_file::{OpenFile, mix};
use crate::date::{read_date, write_date};

/// A file changed this recently (in seconds) may change again without its time showing it (RFC 9110 section 8.8.1), so
/// that its tag is a weak one: bytes of two states must not be put together.
const SETTLED_AFTER: i64 = 1;

/// A file's validators, as they are at this moment.
#[derive(Clone, Debug)]
pub(super) struct Validators {
    /// The entity tag, with its quotes, without `W/`.
    tag: Vec<u8>,
    weak: bool,
    /// Seconds since 1970, not later than now (RFC 9110 section 8.8.2.1).
    modified: i64,
    now: i64,
}

/// What the conditions lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The file is sent; `Range` is heard or not.
    Send {
        /// Whether a range may be sent.
        ranges: bool,
    },
    /// The client has it already (304).
    NotModified,
    /// It is not as the client thinks (412).
    PreconditionFailed,
}

impl Validators {
    pub(super) fn of(file: &OpenFile, now: i64) -> Self {
        let mut tag = b"\"".to_vec();
        write_hex(file.size, &mut tag);
        tag.push(b'-');
        write_hex(mix(file.mark, file.size), &mut tag);
        tag.push(b'"');
        // A time ahead of the clock says nothing of when it was set.
        let weak = file.modified >= now - SETTLED_AFTER;
        Self { tag, weak, modified: file.modified.min(now), now }
    }

    /// Appends the lines `ETag` and `Last-Modified`.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.weak { b"etag: W/" } else { b"etag: " });
        out.extend_from_slice(&self.tag);
        out.extend_from_slice(b"\r\nlast-modified: ");
        if write_date(self.modified, out) {
            out.extend_from_slice(b"\r\n");
        } else {
            out.truncate(out.len() - b"last-modified: ".len());
        }
    }

    /// Goes through the conditions of a GET or HEAD for a file that exists.
    pub(super) fn judge(&self, fields: FieldLines<'_>) -> Verdict {
        let first = |id| fields.first(id).and_then(|value| read_date(value, self.now));
        let names = |id, comparison| fields.all(id).any(|value| self.is_named_in(value, comparison));
        if fields.first(FieldName::IfMatch).is_some() {
            if !names(FieldName::IfMatch, Comparison::Strong) {
                return Verdict::PreconditionFailed;
            }
        } else if first(FieldName::IfUnmodifiedSince).is_some_and(|since| self.modified > since) {
            return Verdict::PreconditionFailed;
        }
        if fields.first(FieldName::IfNoneMatch).is_some() {
            if names(FieldName::IfNoneMatch, Comparison::Weak) {
                return Verdict::NotModified;
            }
        } else if first(FieldName::IfModifiedSince).is_some_and(|since| self.modified <= since) {
            return Verdict::NotModified;
        }
        Verdict::Send { ranges: fields.first(FieldName::IfRange).is_none_or(|value| self.is_still(value)) }
    }

    /// Whether `If-Range` names this very state: the strong tag, or the time, where it is a strong validator too (RFC
    /// 9110 section 13.1.5).
    fn is_still(&self, value: &[u8]) -> bool {
        if value.starts_with(b"\"") || value.starts_with(b"W/") {
            return !self.weak && value == self.tag;
        }
        !self.weak && read_date(value, self.now) == Some(self.modified)
    }

    /// Whether a list of tags has this file's, or is `*`.
    fn is_named_in(&self, list: &[u8], comparison: Comparison) -> bool {
        if list == b"*" {
            return true;
        }
        let mut rest = list;
        loop {
            rest = trim_separators(rest);
            let weak = rest.starts_with(b"W/");
            let from = if weak { rest.get(2..).unwrap_or_default() } else { rest };
            let Some(inside) = from.strip_prefix(b"\"") else { return false };
            let Some(end) = inside.iter().position(|byte| *byte == b'"') else { return false };
            let strong_enough = comparison == Comparison::Weak || (!weak && !self.weak);
            if strong_enough && from.get(..end + 2) == Some(self.tag.as_slice()) {
                return true;
            }
            rest = inside.get(end + 1..).unwrap_or_default();
        }
    }
}

/// How tags are compared (RFC 9110 section 8.8.3.2).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Strong,
    Weak,
}

fn trim_separators(text: &[u8]) -> &[u8] {
    let begin = text.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b',')).unwrap_or(text.len());
    text.get(begin..).unwrap_or_default()
}

/// Appends a number in hexadecimal digits.
pub(super) fn write_hex(number: u64, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = (64 - (number | 1).leading_zeros()).div_ceil(4);
    out.extend((0..digits).rev().map(|place| DIGITS[(number >> (place * 4) & 15) as usize]));
}

//! The head of a script's answer (RFC 3875 section 6): places in the standard output that somebody else holds.

use memchr::memchr;

use crate::{Fault, FieldLine, FieldName, Limits, Span};

/// The head of a script's answer. Its fields are the lines that were filled in beside it, without `Status` and
/// `Transfer-Encoding`, and with a doubled `Content-Length` once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CgiHead {
    /// The status, from 200 to 599: as the script says, 302 with `Location` alone, else 200.
    pub status: u16,
    /// The reason phrase, over the same text as the fields; empty where none was given.
    pub reason: Span,
    /// What `Location` means where no status stands beside it.
    pub redirect: Redirect,
    /// What `Content-Length` says.
    pub length: Option<u64>,
    /// Bytes of the head with the empty line that ends it; there the body begins.
    pub bytes: usize,
}

/// A redirection by `Location` alone (RFC 3875 sections 6.2.2 to 6.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Redirect {
    /// There is none, or the script chose the status itself.
    None,
    /// To another URL: the client is told with 302.
    Client,
    /// To a path of the same site, which the gateway may serve in place of this answer. A 302 does as well.
    Local,
}

/// Reads the head at the beginning of the standard output so far, all of it; `None` where the end of the head has not
/// come yet. `lines` is cleared first.
///
/// # Errors
/// [`Fault::FastCgiHeadInvalid`] where it does not begin with a field, [`Fault::FieldInvalid`] for a line that is none,
/// [`Fault::StatusCodeInvalid`], [`Fault::ContentLengthInvalid`], [`Fault::HeadTooBig`] and [`Fault::FieldTooBig`] by
/// the limits of the same names.
pub fn cgi_head(bytes: &[u8], limits: &Limits, lines: &mut Vec<FieldLine>) -> Result<Option<CgiHead>, Fault> {
    HeadReader::default().read(bytes, limits, lines)
}

/// Reads a head that grows, each line once.
#[derive(Clone, Debug, Default)]
pub(super) struct HeadReader {
    /// Where the open line begins.
    at: usize,
    /// Up to where no end of it was found.
    scanned: usize,
    /// Lines read.
    count: usize,
    status: Option<(u16, Span)>,
    length: Option<u64>,
    location: Option<Span>,
}

/// The longest name by which a line may still become a field; longer ones are in no use.
const NAME_MAX: usize = 256;

impl HeadReader {
    /// As [`cgi_head`]; `bytes` begin with those of the call before, and `lines` are still as it left them.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
        lines: &mut Vec<FieldLine>,
    ) -> Result<Option<CgiHead>, Fault> {
        if self.at == 0 {
            lines.clear();
        }
        let bound = bytes.len().min(limits.head_bytes);
        loop {
            let Some(length) = memchr(b'\n', bytes.get(self.scanned..bound).unwrap_or_default()) else {
                self.scanned = bound;
                return self.hold_bounds(bytes, limits).map(|()| None);
            };
            let end = self.scanned + length;
            let line = bytes.get(self.at..end).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.len() > limits.field_bytes {
                return Err(self.too_big(line, limits, Fault::FieldTooBig));
            }
            if line.is_empty() {
                return if self.count == 0 {
                    Err(Fault::FastCgiHeadInvalid)
                } else {
                    Ok(Some(self.complete(bytes, end + 1)))
                };
            }
            self.line(line, lines)?;
            self.count += 1;
            if self.count > limits.fields {
                return Err(Fault::HeadTooBig);
            }
            (self.at, self.scanned) = (end + 1, end + 1);
        }
    }

    /// What it means that standard output ends here.
    pub(super) fn ended(&self, bytes: &[u8]) -> Fault {
        let line = bytes.get(self.at..).unwrap_or_default();
        match (bytes.is_empty(), self.count) {
            (true, _) => Fault::FastCgiNoAnswer,
            (false, 0) if !begins_field(line) => Fault::FastCgiHeadInvalid,
            _ => Fault::FastCgiEndedInHead,
        }
    }

    /// Which bound the line that is not complete passes first. A CR does not count as long as it may end the line.
    fn hold_bounds(&self, bytes: &[u8], limits: &Limits) -> Result<(), Fault> {
        let line = bytes.get(self.at..self.scanned).unwrap_or_default();
        let within = line.strip_suffix(b"\r").unwrap_or(line).len() <= limits.field_bytes;
        if !within {
            return Err(self.too_big(line, limits, Fault::FieldTooBig));
        }
        if bytes.len() > limits.head_bytes {
            return Err(self.too_big(line, limits, Fault::HeadTooBig));
        }
        Ok(())
    }

    /// A page without a head is no head that is too big.
    fn too_big(&self, line: &[u8], limits: &Limits, fault: Fault) -> Fault {
        let line = line.get(..limits.field_bytes).unwrap_or(line);
        if self.count == 0 && !begins_field(line) { Fault::FastCgiHeadInvalid } else { fault }
    }

    /// Takes a line that is not empty.
    fn line(&mut self, line: &[u8], lines: &mut Vec<FieldLine>) -> Result<(), Fault> {
        let invalid = if self.count == 0 { Fault::FastCgiHeadInvalid } else { Fault::FieldInvalid };
        if self.count == 0
            && let Some(rest) = line.strip_prefix(HTTP)
        {
            let code = rest.get(1..).and_then(|rest| rest.strip_prefix(b" "));
            let code = code.filter(|_| rest.first().is_some_and(u8::is_ascii_digit)).ok_or(invalid)?;
            return self.status(code, self.at + line.len() - code.len());
        }
        let colon = memchr(b':', line).ok_or(invalid)?;
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default();
        let is_text = |byte: &u8| *byte == b'\t' || !byte.is_ascii_control();
        if name.is_empty() || !name.iter().all(is_token) || !value.iter().all(is_text) {
            return Err(invalid);
        }
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let begin = value.iter().position(|byte| !blank(byte)).unwrap_or(value.len());
        let end = value.iter().rposition(|byte| !blank(byte)).map_or(begin, |last| last + 1);
        let value = value.get(begin..end).unwrap_or_default();
        let place = self.at + colon + 1 + begin;
        let read = FieldLine {
            id: FieldName::of(name),
            name: span(self.at, name.len()),
            value: span(place, value.len()),
        };
        match read.id {
            FieldName::Other if name.eq_ignore_ascii_case(b"status") => {
                if self.status.is_some() {
                    return Err(Fault::FieldInvalid);
                }
                return self.status(value, place);
            }
            FieldName::TransferEncoding => return Ok(()),
            FieldName::ContentLength => {
                let length = number(value).ok_or(Fault::ContentLengthInvalid)?;
                return match self.length {
                    Some(known) if known != length => Err(Fault::ContentLengthInvalid),
                    Some(_) => Ok(()),
                    None => {
                        self.length = Some(length);
                        lines.push(read);
                        Ok(())
                    }
                };
            }
            FieldName::Location if self.location.is_none() => self.location = Some(read.value),
            _ => {}
        }
        lines.push(read);
        Ok(())
    }

    /// Reads `200 OK`, which begins at `place` in the text.
    fn status(&mut self, text: &[u8], place: usize) -> Result<(), Fault> {
        let (code, rest) = text.split_at_checked(3).ok_or(Fault::StatusCodeInvalid)?;
        let status = number(code).and_then(|code| u16::try_from(code).ok());
        let status = status.filter(|status| (200..600).contains(status)).ok_or(Fault::StatusCodeInvalid)?;
        let reason = match rest.split_first() {
            None => rest,
            Some((b' ' | b'\t', reason)) => reason.trim_ascii_start(),
            Some(_) => return Err(Fault::StatusCodeInvalid),
        };
        if reason.iter().any(|byte| *byte != b'\t' && byte.is_ascii_control()) {
            return Err(Fault::FieldInvalid);
        }
        self.status = Some((status, span(place + text.len() - reason.len(), reason.len())));
        Ok(())
    }

    fn complete(&self, bytes: &[u8], length: usize) -> CgiHead {
        let redirect = match (self.status, self.location.map(|location| location.of(bytes))) {
            // Two slashes begin another host's name (RFC 3986 section 4.2).
            (None, Some([b'/', b'/', ..])) => Redirect::Client,
            (None, Some([b'/', ..])) => Redirect::Local,
            (None, Some([_, ..])) => Redirect::Client,
            _ => Redirect::None,
        };
        let unsaid = if redirect == Redirect::None { 200 } else { 302 };
        let (status, reason) = self.status.unwrap_or((unsaid, Span::default()));
        CgiHead { status, reason, redirect, length: self.length, bytes: length }
    }
}

const HTTP: &[u8] = b"HTTP/1.";

/// Whether these bytes can be the beginning of a field line, or of the status line that may stand first.
fn begins_field(line: &[u8]) -> bool {
    if line.starts_with(HTTP) || HTTP.starts_with(line) {
        return true;
    }
    match line.iter().position(|byte| !is_token(byte)) {
        Some(name) => name > 0 && line.get(name) == Some(&b':'),
        None => line.len() < NAME_MAX,
    }
}

/// RFC 9110 section 5.6.2.
fn is_token(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}

/// Digits alone, within the range of the type.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// A place whose bounds are those of a head, which is far below 4 GiB.
fn span(begin: usize, length: usize) -> Span {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { begin: place(begin), end: place(begin + length) }
}

#[cfg(test)]
mod tests;

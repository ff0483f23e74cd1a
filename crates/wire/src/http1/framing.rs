//! How the end of a body is told (RFC 9112 section 6.3), and whether the connection outlives the message.

use crate::{Fault, FieldLines, FieldName, Framing, Part, RequestFault, Version, elements};

use super::fields::Fields;
use super::head::StatusLine;
use super::scan::is_token;

/// What a method changes in the reading of its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// HEAD: there is no body, whatever the head says.
    Head,
    /// CONNECT: behind a 2xx comes no body but the tunnel.
    Connect,
    /// Any other.
    Other,
}

impl Asked {
    /// Methods are case-sensitive (RFC 9110 section 9.1).
    pub(super) fn by(method: &[u8]) -> Self {
        match method {
            b"HEAD" => Self::Head,
            b"CONNECT" => Self::Connect,
            _ => Self::Other,
        }
    }

    /// Whether a response with this status has a body where its fields announce one.
    pub(super) fn has_body(self, status: u16) -> bool {
        let tunnel = self == Self::Connect && (200..300).contains(&status);
        !(self == Self::Head || tunnel || matches!(status, 100..200 | 204 | 304))
    }
}

/// Fields in which those that frame can be found: the places of their lines, and their values.
pub(super) trait Framers {
    /// `Content-Length`.
    fn lengths(&self) -> impl Iterator<Item = (usize, &[u8])>;
    /// `Transfer-Encoding`.
    fn codings(&self) -> impl Iterator<Item = (usize, &[u8])>;
}

impl Framers for Fields {
    fn lengths(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.places_of("content-length")
    }

    fn codings(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.places_of("transfer-encoding")
    }
}

impl Framers for FieldLines<'_> {
    fn lengths(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.places_of(FieldName::ContentLength)
    }

    fn codings(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.places_of(FieldName::TransferEncoding)
    }
}

/// The rules of section 6.3, in their order; a fault comes with the place of its field line.
pub(super) fn framing(
    asked: Asked,
    line: StatusLine,
    fields: &impl Framers,
) -> Result<Framing, (Fault, usize)> {
    if !asked.has_body(line.status) {
        return Ok(Framing::None);
    }
    let length = fields.lengths().next();
    if let Some((at, _)) = fields.codings().next() {
        let one_chunked = line.version != Version::Http10 && length.is_none() && only_chunked(fields);
        return if one_chunked { Ok(Framing::Chunked) } else { Err((Fault::TransferEncodingInvalid, at)) };
    }
    if length.is_some() {
        return content_length(fields).map(Framing::Length);
    }
    Ok(Framing::UntilClose)
}

/// Whether the fields announce a body, which those of a 1xx or 204 must not (RFC 9110 section 8.6, RFC 9112 section 6.1).
/// A length of 0 announces none.
pub(super) fn announces_body(fields: &impl Framers) -> bool {
    let has_coding = fields.codings().next().is_some();
    let has_length = fields.lengths().next().is_some();
    has_coding || has_length && content_length(fields) != Ok(0)
}

/// Whether the only coding in all lines is one `chunked`. Empty elements of a list do not count (RFC 9110 section
/// 5.6.1.2).
fn only_chunked(fields: &impl Framers) -> bool {
    let codings = fields.codings().flat_map(|(_, value)| value.split(|byte| *byte == b','));
    let mut codings = codings.map(<[u8]>::trim_ascii).filter(|coding| !coding.is_empty());
    codings.next().is_some_and(|coding| coding.eq_ignore_ascii_case(b"chunked")) && codings.next().is_none()
}

/// The length, if all values are numbers and equal.
pub(super) fn content_length(fields: &impl Framers) -> Result<u64, (Fault, usize)> {
    let mut length = None;
    for (at, value) in fields.lengths() {
        for element in value.split(|byte| *byte == b',') {
            let number = number(element.trim_ascii()).ok_or((Fault::ContentLengthInvalid, at))?;
            if *length.get_or_insert(number) != number {
                return Err((Fault::ContentLengthInvalid, at));
            }
        }
    }
    length.ok_or((Fault::ContentLengthInvalid, 0))
}

/// Digits alone, within the range of the type (RFC 9110 section 8.6).
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// What all values of `Connection` say of the connection itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    close: bool,
    keep_alive: bool,
    pub(super) upgrade: bool,
}

impl Options {
    pub(super) fn add(&mut self, value: &[u8]) {
        // The lengths tell most apart without a look at the letters.
        match value {
            b"keep-alive" => self.keep_alive = true,
            b"close" => self.close = true,
            // The lengths tell most apart without a look at the letters.
            _ => match value.len() {
                5 if value.eq_ignore_ascii_case(b"close") => self.close = true,
                10 if value.eq_ignore_ascii_case(b"keep-alive") => self.keep_alive = true,
                7 if value.eq_ignore_ascii_case(b"upgrade") => self.upgrade = true,
                _ if value.contains(&b',') => elements(value).for_each(|option| self.add(option)),
                _ => {}
            },
        }
    }

    /// Whether the connection stays open behind a message of this version (RFC 9112 section 9.3).
    pub(super) fn persist(self, version: Version) -> bool {
        !self.close && (version != Version::Http10 || self.keep_alive)
    }
}

/// Whether the connection stays open behind a message with these values of `Connection`.
pub(super) fn persists<'a>(version: Version, values: impl Iterator<Item = &'a [u8]>) -> bool {
    let mut options = Options::default();
    values.for_each(|value| options.add(value));
    options.persist(version)
}

/// How the end of a request's body is told. What is allowed but has more than one reading in the field is refused: what
/// one server takes for the body, another takes for the next request.
pub(super) fn request_framing(version: Version, fields: FieldLines<'_>) -> Result<Framing, RequestFault> {
    let mut lengths = fields.all(FieldName::ContentLength);
    let length = lengths.next();
    if fields.first(FieldName::TransferEncoding).is_some() {
        let alone = length.is_none() && version != Version::Http10;
        return if alone {
            request_coding(fields)
        } else {
            Err(RequestFault::Malformed(Part::TransferEncoding))
        };
    }
    let Some(length) = length else { return Ok(Framing::None) };
    match (number(length), lengths.next()) {
        (Some(length), None) => Ok(Framing::Length(length)),
        _ => Err(RequestFault::Malformed(Part::ContentLength)),
    }
}

/// Chunks, where one `chunked` is all that there is.
fn request_coding(fields: FieldLines<'_>) -> Result<Framing, RequestFault> {
    let malformed = Err(RequestFault::Malformed(Part::TransferEncoding));
    let mut codings =
        fields.all(FieldName::TransferEncoding).flat_map(|value| value.split(|byte| *byte == b','));
    let mut chunked = false;
    let mut others = false;
    for coding in codings.by_ref().map(<[u8]>::trim_ascii) {
        // Chunks come last, once, and without parameters (RFC 9112 sections 6.1 and 7).
        if chunked || !is_token(coding) {
            return malformed;
        }
        chunked = coding.eq_ignore_ascii_case(b"chunked");
        others |= !chunked;
    }
    match (chunked, others) {
        (true, false) => Ok(Framing::Chunked),
        (_, true) => Err(RequestFault::CodingUnknown),
        (false, false) => malformed,
    }
}

//! The status line (RFC 9112 section 4) and the head that it begins.

use crate::{Fault, Framing, Version};

use super::fields::Fields;
use super::framing::persists;

/// The head of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    line: StatusLine,
    fields: Fields,
    framing: Framing,
    persistent: bool,
}

impl ResponseHead {
    pub(super) fn new(line: StatusLine, fields: Fields, framing: Framing) -> Self {
        let persistent = persists(line.version, fields.all("connection"));
        Self { line, fields, framing, persistent }
    }

    /// The version; minor versions above 1 are read as HTTP/1.1 (RFC 9110 section 2.5).
    pub fn version(&self) -> Version {
        self.line.version
    }

    /// The status code, from 100 to 599.
    pub fn status(&self) -> u16 {
        self.line.status
    }

    /// The reason phrase as it came; often empty.
    pub fn reason(&self) -> &[u8] {
        let (begin, end) = self.line.reason;
        self.fields.text().get(begin..end).unwrap_or_default()
    }

    /// The fields.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// How the body's end is told.
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Whether the peer keeps the connection open behind this response, as far as version and `Connection` say
    /// (RFC 9112 section 9.3).
    pub fn persistent(&self) -> bool {
        self.persistent
    }

    /// Bytes of the head, from the status line to the empty line.
    pub fn bytes(&self) -> usize {
        self.fields.text().len()
    }
}

/// A status line; the reason phrase as its place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StatusLine {
    pub(super) version: Version,
    pub(super) status: u16,
    pub(super) reason: (usize, usize),
}

impl StatusLine {
    /// Reads a line, given without its end, that has no control character but tabs behind [`REASON`].
    #[inline]
    pub(super) fn of_checked(line: &[u8]) -> Option<Self> {
        let [minor, b' ', hundreds @ b'1'..=b'5', tens, ones, behind @ ..] = line.strip_prefix(NAME)? else {
            return None;
        };
        if !(minor.is_ascii_digit() && tens.is_ascii_digit() && ones.is_ascii_digit()) {
            return None;
        }
        // A line may end behind the status, without the space that belongs there.
        if !matches!(behind, [] | [b' ', ..]) {
            return None;
        }
        let version = if *minor == b'0' { Version::Http10 } else { Version::Http11 };
        let digit = |byte: &u8| u16::from(byte - b'0');
        let status = digit(hundreds) * 100 + digit(tens) * 10 + digit(ones);
        Some(Self { version, status, reason: (BEGINNING, line.len().max(BEGINNING)) })
    }

    /// Where the line behind this one begins, in the text that it was read from.
    pub(super) fn line_end(self, text: &[u8]) -> usize {
        memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1)
    }
}

const NAME: &[u8] = b"HTTP/1.";
/// Bytes up to the one behind the status code.
const BEGINNING: usize = "HTTP/1.1 200 ".len();
/// Where the reason phrase begins, with the space before it.
pub(super) const REASON: usize = BEGINNING - 1;

/// The record types of TLS (RFC 8446 section 5.1): none of them can begin a line of text.
const TLS_RECORDS: std::ops::RangeInclusive<u8> = 0x14..=0x17;
/// The first byte of the version in every TLS record since SSL 3.0.
const TLS_MAJOR: u8 = 3;

/// Whether what came so far can begin a status line; the first byte that cannot decides, so that a peer of another
/// protocol is known from its first bytes and need not be waited for.
pub(super) fn check_beginning(line: &[u8]) -> Result<(), Fault> {
    match line {
        [kind, TLS_MAJOR, ..] if TLS_RECORDS.contains(kind) => return Err(Fault::PeerSpeaksTls),
        [kind] if TLS_RECORDS.contains(kind) => return Ok(()),
        _ => {}
    }
    for (at, byte) in line.iter().take(BEGINNING).enumerate() {
        let (fits, fault) = match at {
            7 => (byte.is_ascii_digit(), Fault::StatusLineInvalid),
            8 => (*byte == b' ', Fault::StatusLineInvalid),
            9 if byte.is_ascii_whitespace() => (false, Fault::StatusLineInvalid),
            9 => (matches!(byte, b'1'..=b'5'), Fault::StatusCodeInvalid),
            10 | 11 => (byte.is_ascii_digit(), Fault::StatusCodeInvalid),
            // A line may end here, without the space that belongs there.
            12 => (matches!(byte, b' ' | b'\r' | b'\n'), Fault::StatusCodeInvalid),
            _ => (NAME.get(at) == Some(byte), Fault::StatusLineInvalid),
        };
        if !fits {
            return Err(fault);
        }
    }
    Ok(())
}

/// Reads the line, given without its end.
pub(super) fn read_status_line(line: &[u8]) -> Result<StatusLine, Fault> {
    let Some(read) = StatusLine::of_checked(line) else {
        check_beginning(line)?;
        return Err(Fault::StatusLineInvalid);
    };
    check_reason(line.get(REASON..).unwrap_or_default())?;
    Ok(read)
}

/// Whether what came of a line that was never finished can begin a status line.
pub(super) fn check_unfinished(line: &[u8]) -> Result<(), Fault> {
    check_beginning(line)?;
    match line {
        // The first byte of a TLS record; the second never came.
        [kind] if TLS_RECORDS.contains(kind) => Err(Fault::StatusLineInvalid),
        _ => check_reason(line.strip_suffix(b"\r").unwrap_or(line).get(REASON..).unwrap_or_default()),
    }
}

/// Whether these bytes can stand in a reason phrase: no control character but the tab.
fn check_reason(bytes: &[u8]) -> Result<(), Fault> {
    let fits = |byte: &u8| *byte == b'\t' || !byte.is_ascii_control();
    if bytes.iter().all(fits) { Ok(()) } else { Err(Fault::StatusLineInvalid) }
}

//! The chunked coding (RFC 9112 section 7.1).

use crate::{Failure, FieldLine};

use super::body::BodyFault;
use super::field_lines::{LineEnds, LinesRead, read_lines};
use super::lines::{Bounds, Section, TooBig};

/// Bytes of the line of one chunk's size, its extensions included. None are known that need more.
const SIZE_LINE_BYTES: usize = 4 << 10;
/// Bytes of extensions in a whole body: as section 7.1.1 advises, their total is bounded, since a chunk of one byte may
/// carry a whole line of them.
const EXTENSION_BYTES: usize = 64 << 10;

/// Digits of a size that is read at once; so many fit the type.
const PLAIN_DIGITS: usize = 15;

/// What comes next in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// The first digit of a size.
    Size,
    /// Further digits.
    Digits,
    /// Whitespace behind the size.
    Padding,
    /// Extensions, until the line ends.
    Extensions,
    /// The LF of the size's line.
    SizeLf,
    /// The chunk's bytes.
    Data,
    /// The CR behind them.
    DataCr,
    /// The LF behind them.
    DataLf,
    /// The trailer section.
    Trailers,
    /// Nothing.
    End,
}

/// A chunked body as far as it came.
#[derive(Debug)]
pub(super) struct Chunks {
    at: At,
    /// The size while it is read, then what is missing of the chunk.
    left: u64,
    /// Bytes of the open size line.
    line_bytes: usize,
    /// Bytes of extensions so far.
    extension_bytes: usize,
    /// The beginning of the last size line that was not plain, and of what stood in place of the end of the chunk before
    /// it; and how many bytes that is.
    line_began: [u8; Failure::BEGAN_BYTES],
    line_began_bytes: usize,
    /// What ends a trailer's line. Where it is strict, so is what stands behind a chunk's size.
    ends: LineEnds,
    trailers: Section,
    trailer_lines: Vec<FieldLine>,
}

/// A piece of a chunked body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    NeedMore,
    Data(&'a [u8]),
    End,
}

impl Chunks {
    pub(super) fn new(bounds: Bounds, ends: LineEnds) -> Self {
        Self {
            at: At::Size,
            left: 0,
            line_bytes: 0,
            extension_bytes: 0,
            line_began: [0; _],
            line_began_bytes: 0,
            ends,
            trailers: Section::trailers(bounds),
            trailer_lines: Vec::new(),
        }
    }

    /// The beginning of the line that was looked at last.
    pub(super) fn began(&self) -> &[u8] {
        match self.at {
            At::Trailers | At::End => {
                self.trailers.text().get(self.trailers.last_line()..).unwrap_or_default()
            }
            _ => self.line_began.get(..self.line_began_bytes).unwrap_or_default(),
        }
    }

    /// The trailer section of a body that is complete: its text, and its lines in it.
    pub(super) fn trailers(&self) -> (&[u8], &[FieldLine]) {
        (self.trailers.text(), &self.trailer_lines)
    }

    /// Takes the next piece from the front of `input`.
    pub(super) fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Piece<'a>, BodyFault> {
        loop {
            let at = self.at;
            match at {
                At::Data => {
                    let take = usize::try_from(self.left).unwrap_or(usize::MAX).min(input.len());
                    if take == 0 {
                        return Ok(Piece::NeedMore);
                    }
                    let (data, rest) = input.split_at(take);
                    *input = rest;
                    self.left -= take as u64;
                    if self.left == 0 {
                        self.at = At::DataCr;
                    }
                    return Ok(Piece::Data(data));
                }
                At::Trailers => return self.trailer_lines(input),
                At::End => return Ok(Piece::End),
                _ if self.plain(input) => {}
                _ => {
                    let Some((byte, rest)) = input.split_first() else { return Ok(Piece::NeedMore) };
                    *input = rest;
                    self.framing_byte(*byte)?;
                }
            }
        }
    }

    /// Whether the end was told.
    pub(super) fn is_complete(&self) -> bool {
        self.at == At::End
    }

    /// Bytes that are missing of the open chunk.
    pub(super) fn missing(&self) -> Option<u64> {
        (self.at == At::Data).then_some(self.left)
    }

    /// The first invalid one among the complete lines of a trailer section that did not end.
    pub(super) fn invalid_so_far(&self) -> Option<&[u8]> {
        let text = self.trailers.text();
        let complete = text.get(..self.trailers.complete_to())?;
        match read_lines(complete, 0, self.ends, usize::MAX, &mut Vec::new()) {
            LinesRead::Invalid(at) => text.get(at..),
            _ => None,
        }
    }

    /// Takes a plain size line, or a plain end of a chunk, where the whole of it has come; all else is for
    /// [`Chunks::framing_byte`].
    fn plain(&mut self, input: &mut &[u8]) -> bool {
        if !matches!(self.at, At::Size | At::DataCr) {
            return false;
        }
        if self.at == At::DataCr {
            let Some(rest) = input.strip_prefix(b"\r\n") else { return false };
            *input = rest;
            self.at = At::Size;
            return true;
        }
        let mut size = 0;
        for (at, byte) in input.iter().take(PLAIN_DIGITS + 1).enumerate() {
            if let Some(digit) = char::from(*byte).to_digit(16) {
                size = size << 4 | u64::from(digit);
                continue;
            }
            let Some(rest) = input.get(at..).and_then(|rest| rest.strip_prefix(b"\r\n")) else {
                return false;
            };
            if at == 0 {
                return false;
            }
            *input = rest;
            (self.left, self.line_bytes, self.line_began_bytes) = (size, 0, 0);
            self.at = if size == 0 { At::Trailers } else { At::Data };
            return true;
        }
        false
    }

    fn framing_byte(&mut self, byte: u8) -> Result<(), BodyFault> {
        if matches!(self.at, At::Size | At::DataCr) {
            self.line_began_bytes = 0;
        }
        if let Some(place) = self.line_began.get_mut(self.line_began_bytes) {
            *place = byte;
            self.line_began_bytes += 1;
        }
        self.at = match (self.at, byte) {
            (At::Size, _) if byte.is_ascii_hexdigit() => {
                (self.left, self.line_bytes) = (0, 0);
                self.digit(byte)?
            }
            (At::Digits, _) if byte.is_ascii_hexdigit() => self.digit(byte)?,
            (At::Digits | At::Padding, b' ' | b'\t') => At::Padding,
            (At::Digits | At::Padding, b';') => At::Extensions,
            (At::Padding, b'\r') if self.ends == LineEnds::Strict => return Err(BodyFault::ChunkInvalid),
            (At::Digits | At::Padding | At::Extensions, b'\r') => At::SizeLf,
            (At::Extensions, _) if byte == b'\t' || !byte.is_ascii_control() => At::Extensions,
            (At::SizeLf, b'\n') if self.left == 0 => At::Trailers,
            (At::SizeLf, b'\n') => At::Data,
            (At::DataCr, b'\r') => At::DataLf,
            (At::DataLf, b'\n') => At::Size,
            _ => return Err(BodyFault::ChunkInvalid),
        };
        self.line_bytes += 1;
        self.extension_bytes += usize::from(matches!(self.at, At::Extensions | At::Padding));
        let bounded = self.line_bytes <= SIZE_LINE_BYTES && self.extension_bytes <= EXTENSION_BYTES;
        if matches!(self.at, At::Data | At::Trailers) {
            self.line_bytes = 0;
        }
        if bounded { Ok(()) } else { Err(BodyFault::ChunkInvalid) }
    }

    fn digit(&mut self, byte: u8) -> Result<At, BodyFault> {
        let digit = char::from(byte).to_digit(16).map(u64::from).ok_or(BodyFault::ChunkInvalid)?;
        // Sixteen times beyond the type's range would be another size than the peer's.
        self.left = self.left.checked_mul(16).map(|size| size | digit).ok_or(BodyFault::ChunkInvalid)?;
        Ok(At::Digits)
    }

    fn trailer_lines<'a>(&mut self, input: &mut &'a [u8]) -> Result<Piece<'a>, BodyFault> {
        if self.trailers.is_empty_in(input) {
            *input = input.get(2..).unwrap_or_default();
            self.at = At::End;
            return Ok(Piece::End);
        }
        loop {
            match self.trailers.take_line(input) {
                Err(TooBig::Section) => return Err(BodyFault::TrailersTooBig),
                Err(TooBig::Line) => return Err(BodyFault::TrailerTooBig),
                Ok(None) => return Ok(Piece::NeedMore),
                Ok(Some(0)) => break,
                Ok(Some(_)) => {}
            }
        }
        let most = self.trailers.fields();
        match read_lines(self.trailers.text(), 0, self.ends, most, &mut self.trailer_lines) {
            LinesRead::Complete(..) => {
                self.at = At::End;
                Ok(Piece::End)
            }
            LinesRead::Invalid(at) | LinesRead::Incomplete(at) => {
                self.trailers.look_at(at);
                Err(BodyFault::TrailerInvalid)
            }
            LinesRead::TooMany => Err(BodyFault::TrailersTooBig),
        }
    }
}

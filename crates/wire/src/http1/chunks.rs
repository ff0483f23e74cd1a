//! The chunked coding (RFC 9112 section 7.1).

use crate::{Failure, Fault};

use super::fields::{self, Fields};
use super::lines::{Bounds, Section, TooBig};

/// Bytes of the line of one chunk's size, its extensions included. None are known that need more.
const SIZE_LINE_BYTES: usize = 4 << 10;
/// Bytes of extensions in a whole body: as section 7.1.1 advises, their total is bounded, since a chunk of one byte may
/// carry a whole line of them.
const EXTENSION_BYTES: usize = 64 << 10;

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
    /// The beginning of the last size line and of what stood in place of the end of the chunk before it.
    line_began: Vec<u8>,
    trailers: Section,
}

/// A piece of a chunked body.
pub(super) enum Piece<'a> {
    NeedMore,
    Data(&'a [u8]),
    End(Fields),
}

impl Chunks {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            at: At::Size,
            left: 0,
            line_bytes: 0,
            extension_bytes: 0,
            line_began: Vec::new(),
            trailers: Section::trailers(bounds),
        }
    }

    /// The beginning of the line that was looked at last.
    pub(super) fn began(&self) -> &[u8] {
        match self.at {
            At::Trailers | At::End => {
                self.trailers.text().get(self.trailers.last_line()..).unwrap_or_default()
            }
            _ => &self.line_began,
        }
    }

    /// Takes the next piece from the front of `input`.
    pub(super) fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Piece<'a>, Fault> {
        loop {
            match self.at {
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
                At::End => return Ok(Piece::End(Fields::default())),
                _ => {
                    let Some((byte, rest)) = input.split_first() else { return Ok(Piece::NeedMore) };
                    *input = rest;
                    self.framing_byte(*byte)?;
                }
            }
        }
    }

    /// Bytes that are missing of the open chunk.
    pub(super) fn missing(&self) -> Option<u64> {
        (self.at == At::Data).then_some(self.left)
    }

    /// The first invalid one among the complete lines of a trailer section that did not end.
    pub(super) fn invalid_so_far(&self) -> Option<&[u8]> {
        let text = self.trailers.text();
        text.get(fields::first_invalid(text, 0, self.trailers.complete_to())?..)
    }

    fn framing_byte(&mut self, byte: u8) -> Result<(), Fault> {
        if matches!(self.at, At::Size | At::DataCr) {
            self.line_began.clear();
        }
        if self.line_began.len() < Failure::BEGAN_BYTES {
            self.line_began.push(byte);
        }
        self.at = match (self.at, byte) {
            (At::Size, _) if byte.is_ascii_hexdigit() => {
                (self.left, self.line_bytes) = (0, 0);
                self.digit(byte)?
            }
            (At::Digits, _) if byte.is_ascii_hexdigit() => self.digit(byte)?,
            (At::Digits | At::Padding, b' ' | b'\t') => At::Padding,
            (At::Digits | At::Padding, b';') => At::Extensions,
            (At::Digits | At::Padding | At::Extensions, b'\r') => At::SizeLf,
            (At::Extensions, _) if byte == b'\t' || !byte.is_ascii_control() => At::Extensions,
            (At::SizeLf, b'\n') if self.left == 0 => At::Trailers,
            (At::SizeLf, b'\n') => At::Data,
            (At::DataCr, b'\r') => At::DataLf,
            (At::DataLf, b'\n') => At::Size,
            _ => return Err(Fault::ChunkInvalid),
        };
        self.line_bytes += 1;
        self.extension_bytes += usize::from(matches!(self.at, At::Extensions | At::Padding));
        let bounded = self.line_bytes <= SIZE_LINE_BYTES && self.extension_bytes <= EXTENSION_BYTES;
        if matches!(self.at, At::Data | At::Trailers) {
            self.line_bytes = 0;
        }
        if bounded { Ok(()) } else { Err(Fault::ChunkInvalid) }
    }

    fn digit(&mut self, byte: u8) -> Result<At, Fault> {
        let digit = char::from(byte).to_digit(16).map(u64::from).ok_or(Fault::ChunkInvalid)?;
        // Sixteen times beyond the type's range would be another size than the peer's.
        self.left = self.left.checked_mul(16).map(|size| size | digit).ok_or(Fault::ChunkInvalid)?;
        Ok(At::Digits)
    }

    fn trailer_lines<'a>(&mut self, input: &mut &'a [u8]) -> Result<Piece<'a>, Fault> {
        loop {
            match self.trailers.take_line(input) {
                Err(TooBig::Section) => return Err(Fault::TrailersTooBig),
                Err(TooBig::Line) => return Err(Fault::TrailerTooBig),
                Ok(None) => return Ok(Piece::NeedMore),
                Ok(Some(0)) => break,
                Ok(Some(_)) => {}
            }
        }
        if self.trailers.fields() == 0 {
            self.at = At::End;
            return Ok(Piece::End(Fields::default()));
        }
        match Fields::read(self.trailers.text().to_vec(), 0, self.trailers.fields()) {
            Ok(trailers) => {
                self.at = At::End;
                Ok(Piece::End(trailers))
            }
            Err((_, at)) => {
                self.trailers.look_at(at);
                Err(Fault::TrailerInvalid)
            }
        }
    }
}

//! A body without its framing, in the buffer where it came and in either direction (RFC 9112 sections 6 and 7).
//!
//! It knows no socket and no clock, and keeps nothing of a body but its trailers: whoever reads hands in what has come,
//! and says how the stream ended.

use std::ops::Range;

use crate::{Fault, FieldLines, Framing, Part, RequestFault};

use super::chunks::{Chunks, Piece};
use super::decode::Ended;
use super::field_lines::LineEnds;
use super::limits::HeadLimits;

/// What is wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyFault {
    /// The connection was closed before the body was complete.
    Closed,
    /// The connection was reset in the body.
    Reset,
    /// The body stopped coming.
    TimedOut,
    /// A chunk is malformed (RFC 9112 section 7.1).
    ChunkInvalid,
    /// A trailer field is malformed (RFC 9112 section 7.1.2).
    TrailerInvalid,
    /// The trailer section is larger than the limit.
    TrailersTooBig,
    /// One line of the trailer section is larger than the limit.
    TrailerTooBig,
}

impl BodyFault {
    /// What it is called in a request; `None` where the client went away, which is no fault of a request.
    pub fn of_request(self) -> Option<RequestFault> {
        match self {
            Self::Closed | Self::Reset => None,
            Self::TimedOut => Some(RequestFault::TooSlow),
            Self::ChunkInvalid => Some(RequestFault::Malformed(Part::Chunk)),
            Self::TrailerInvalid => Some(RequestFault::Malformed(Part::Trailer)),
            Self::TrailersTooBig | Self::TrailerTooBig => Some(RequestFault::HeadTooBig),
        }
    }
}

/// What it is called in a response.
impl From<BodyFault> for Fault {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::Closed => Self::BodyClosed,
            BodyFault::Reset => Self::BodyReset,
            BodyFault::TimedOut => Self::BodyTimedOut,
            BodyFault::ChunkInvalid => Self::ChunkInvalid,
            BodyFault::TrailerInvalid => Self::TrailerInvalid,
            BodyFault::TrailersTooBig => Self::TrailersTooBig,
            BodyFault::TrailerTooBig => Self::TrailerTooBig,
        }
    }
}

/// What was made of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyStep {
    /// Where among them the bytes of the body are now, without framing: in one piece, for which the data of later chunks
    /// is moved down to that of the first. Empty where only framing came.
    pub data: Range<usize>,
    /// How many of them are used up, framing included; they are not handed in again.
    pub taken: usize,
    /// Whether the body is complete. What comes behind `taken` belongs to the next message.
    pub end: bool,
}

// No variant is boxed: a reader lives for one body, and a box would cost an allocation for each.
#[derive(Debug)]
enum State {
    Length { left: u64 },
    UntilClose,
    Chunks(Chunks),
    Complete,
}

/// Reads one body.
#[derive(Debug)]
pub struct BodyReader {
    state: State,
    received: u64,
    fault: Option<BodyFault>,
}

impl BodyReader {
    /// A reader of a client's body: chunks are read by the letter.
    pub fn of_request(framing: Framing, limits: &HeadLimits) -> Self {
        Self::new(framing, limits, LineEnds::Strict)
    }

    /// A reader of a server's body, which takes and refuses what [`super::Decoder`] does.
    pub fn of_response(framing: Framing, limits: &HeadLimits) -> Self {
        Self::new(framing, limits, LineEnds::Lenient)
    }

    fn new(framing: Framing, limits: &HeadLimits, ends: LineEnds) -> Self {
        let state = match framing {
            // Frames are not of this version; who asks nevertheless is told of no body here.
            Framing::None | Framing::Length(0) | Framing::Frames(_) => State::Complete,
            Framing::Length(left) => State::Length { left },
            Framing::Chunked => State::Chunks(Chunks::new(limits.bounds(), ends)),
            Framing::UntilClose => State::UntilClose,
        };
        Self { state, received: 0, fault: None }
    }

    /// Takes from the front of `bytes` all that is of this body; to be handed in what came and was not taken yet. The
    /// bytes of the body are where they stood, or before. Bytes that are not taken stay as they are.
    ///
    /// # Errors
    /// The first thing that is wrong with the framing, and from then on only that.
    pub fn read(&mut self, bytes: &mut [u8]) -> Result<BodyStep, BodyFault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let step = match &mut self.state {
            State::Complete => BodyStep { data: 0..0, taken: 0, end: true },
            State::UntilClose => BodyStep { data: 0..bytes.len(), taken: bytes.len(), end: false },
            State::Length { left } => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                BodyStep { data: 0..taken, taken, end: *left == 0 }
            }
            State::Chunks(chunks) => unframe(chunks, bytes).inspect_err(|fault| self.fault = Some(*fault))?,
        };
        self.received += step.data.len() as u64;
        // The chunks stay: they hold the trailers.
        if step.end && !matches!(self.state, State::Chunks(_)) {
            self.state = State::Complete;
        }
        Ok(step)
    }

    /// What the end of the stream means at this point: `Ok` where the body is complete with it.
    ///
    /// # Errors
    /// What was wrong before the end, else how it ended.
    pub fn end(&mut self, how: Ended) -> Result<(), BodyFault> {
        let fault = match (&self.state, how) {
            _ if self.fault.is_some() => self.fault,
            _ if self.is_complete() => None,
            (State::UntilClose, Ended::Closed) => {
                self.state = State::Complete;
                None
            }
            (State::Chunks(chunks), _) if chunks.invalid_so_far().is_some() => {
                Some(BodyFault::TrailerInvalid)
            }
            (_, Ended::Closed | Ended::Truncated) => Some(BodyFault::Closed),
            (_, Ended::Reset) => Some(BodyFault::Reset),
            (_, Ended::TimedOut) => Some(BodyFault::TimedOut),
        };
        self.fault = fault;
        fault.map_or(Ok(()), Err)
    }

    /// Whether nothing more belongs to the body.
    pub fn is_complete(&self) -> bool {
        match &self.state {
            State::Complete => true,
            State::Chunks(chunks) => chunks.is_complete(),
            State::Length { .. } | State::UntilClose => false,
        }
    }

    /// Bytes of the body so far, without its framing.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Bytes that are missing of a body whose length is announced, or of the open chunk.
    pub fn missing(&self) -> Option<u64> {
        match &self.state {
            State::Length { left } => Some(*left),
            State::Chunks(chunks) => chunks.missing(),
            State::UntilClose | State::Complete => None,
        }
    }

    /// The trailer fields of a chunked body that is complete, as they came: the caller says which may be passed on (RFC
    /// 9110 section 6.5.1).
    pub fn trailers(&self) -> FieldLines<'_> {
        match &self.state {
            State::Chunks(chunks) if chunks.is_complete() => {
                let (text, lines) = chunks.trailers();
                FieldLines::new(text, lines)
            }
            _ => FieldLines::new(&[], &[]),
        }
    }

    /// With a fault of the framing: the beginning of the line that could not be understood, as far as it came, at most
    /// [`crate::Failure::BEGAN_BYTES`].
    pub fn began(&self) -> &[u8] {
        let began = match &self.state {
            State::Chunks(chunks) => chunks.began(),
            _ => &[],
        };
        began.get(..crate::Failure::BEGAN_BYTES).unwrap_or(began)
    }
}

/// Moves the data of all chunks together.
fn unframe(chunks: &mut Chunks, bytes: &mut [u8]) -> Result<BodyStep, BodyFault> {
    let mut taken = 0;
    let mut data = 0..0;
    loop {
        let mut rest = bytes.get(taken..).unwrap_or_default();
        let piece = chunks.next(&mut rest)?;
        let (length, end) = match piece {
            Piece::Data(data) => (data.len(), None),
            Piece::NeedMore => (0, Some(false)),
            Piece::End => (0, Some(true)),
        };
        taken = bytes.len() - rest.len();
        if let Some(end) = end {
            return Ok(BodyStep { data, taken, end });
        }
        if data.is_empty() {
            data = taken - length..taken;
        } else {
            bytes.copy_within(taken - length..taken, data.end);
            data.end += length;
        }
    }
}

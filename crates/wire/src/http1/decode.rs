//! From bytes to a response: interim heads, the head, the body in pieces as they come, and the end.

use goodgate_facts::Phase;

use crate::{Failure, Fault, Framing, Limits};

use super::chunks::{Chunks, Piece};
use super::field_lines::LineEnds;
use super::fields::{self, Fields};
use super::framing::{Asked, announces_body, framing};
use super::head::{self, ResponseHead, StatusLine};
use super::lines::{Bounds, Section, TooBig};

/// What the decoder understood.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// All input is taken; more is needed.
    NeedMore,
    /// An interim response (1xx); the final one is still to come.
    Interim(ResponseHead),
    /// The head of the final response.
    Head(ResponseHead),
    /// A piece of the body, without its framing; never empty.
    Body(&'a [u8]),
    /// The response is complete. It is told again whenever it is asked for again.
    End {
        /// Bytes of the input that were not taken because they come behind the response.
        surplus: usize,
    },
}

/// How the stream of bytes ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// The peer closed it: FIN, and with TLS a close_notify.
    Closed,
    /// The peer closed a connection with TLS without close_notify (RFC 9112 section 9.8).
    Truncated,
    /// The peer reset it, or it broke otherwise.
    Reset,
    /// Nothing more came in time.
    TimedOut,
}

#[derive(Debug)]
enum State {
    Head { section: Section, line: Option<StatusLine> },
    Length { left: u64 },
    UntilClose,
    Chunks(Box<Chunks>),
    Complete,
}

/// Reads the response to one request.
#[derive(Debug)]
pub struct Decoder {
    asked: Asked,
    bounds: Bounds,
    interim_max: usize,
    interim: usize,
    state: State,
    phase: Phase,
    persistent: bool,
    /// Whether a response announced a body that it cannot have: who else reads along may take what follows for it.
    ambiguous: bool,
    received: u64,
    body: u64,
    trailers: Fields,
    fault: Option<Fault>,
    began: Vec<u8>,
}

impl Decoder {
    /// A decoder for the response to a request with this method.
    pub fn new(method: &str, limits: &Limits) -> Self {
        Self::bounded(Asked::by(method.as_bytes()), Bounds::of(limits), limits.interim)
    }

    pub(super) fn bounded(asked: Asked, bounds: Bounds, interim_max: usize) -> Self {
        Self {
            asked,
            bounds,
            interim_max,
            interim: 0,
            state: State::Head { section: Section::head(bounds), line: None },
            phase: Phase::Wait,
            persistent: false,
            ambiguous: false,
            received: 0,
            body: 0,
            trailers: Fields::default(),
            fault: None,
            began: Vec::new(),
        }
    }

    /// Takes the next step from the front of `input` and moves `input` behind it. To be called until it needs more or
    /// tells the end; a response may end without a further byte. Behind a fault there is only that fault again.
    pub fn feed<'a>(&mut self, input: &mut &'a [u8]) -> Result<Step<'a>, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let came = input.len();
        let step = self.step(input);
        if let Err(fault) = step {
            self.fault = Some(fault);
            self.began.extend(input.iter().take(Failure::BEGAN_BYTES.saturating_sub(self.began.len())));
            *input = &[];
        }
        self.received += (came - input.len()) as u64;
        step
    }

    /// What the end of the stream means at this point: `Ok` where the response is complete with it. What was wrong
    /// before the end is told rather than the end.
    pub fn end(&mut self, how: Ended) -> Result<(), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if let Err(fault) = self.left_unread() {
            self.fault = Some(fault);
            return Err(fault);
        }
        let fault = match (&self.state, self.phase, how) {
            (State::Complete | State::Length { left: 0 }, _, _) => None,
            (State::UntilClose, _, Ended::Closed) => None,
            (_, Phase::Wait, Ended::Closed | Ended::Truncated) => Some(Fault::ClosedBeforeResponse),
            (_, Phase::Wait, Ended::Reset) => Some(Fault::ResetBeforeResponse),
            (_, Phase::Wait, Ended::TimedOut) => Some(Fault::WaitTimedOut),
            (_, Phase::Body, Ended::Closed | Ended::Truncated) => Some(Fault::BodyClosed),
            (_, Phase::Body, Ended::Reset) => Some(Fault::BodyReset),
            (_, Phase::Body, Ended::TimedOut) => Some(Fault::BodyTimedOut),
            (_, _, Ended::Closed | Ended::Truncated) => Some(Fault::ClosedInHead),
            (_, _, Ended::Reset) => Some(Fault::ResetInHead),
            (_, _, Ended::TimedOut) => Some(Fault::HeadTimedOut),
        };
        if fault.is_none() {
            self.state = State::Complete;
        }
        self.fault = fault;
        fault.map_or(Ok(()), Err)
    }

    /// The phase in which the exchange is, or was when it failed: [`Phase::Wait`] until the first byte of a head (and
    /// again behind an interim response), [`Phase::Head`], [`Phase::Body`].
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Bytes taken so far, all heads included; with a fault, all that were handed in.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Bytes of the body so far, without its framing.
    pub fn body_received(&self) -> u64 {
        self.body
    }

    /// Bytes that are missing of a body whose length is announced, or of the open chunk.
    pub fn missing(&self) -> Option<u64> {
        match &self.state {
            State::Length { left } => Some(*left),
            State::Chunks(chunks) => chunks.missing(),
            State::Head { .. } | State::UntilClose | State::Complete => None,
        }
    }

    /// Whether the response is complete: its end was told by a step, or by how the stream ended.
    pub fn is_complete(&self) -> bool {
        matches!(self.state, State::Complete) && self.fault.is_none()
    }

    /// Whether the connection may carry another exchange, as far as the response says; it may not if there is surplus.
    pub fn reusable(&self) -> bool {
        self.persistent && self.is_complete()
    }

    /// The trailer fields of a chunked body that is complete.
    pub fn trailers(&self) -> &Fields {
        &self.trailers
    }

    /// With a fault of what the peer sent: the beginning of the line that could not be understood, as far as it came,
    /// at most [`Failure::BEGAN_BYTES`].
    pub fn began(&self) -> &[u8] {
        &self.began
    }

    fn step<'a>(&mut self, input: &mut &'a [u8]) -> Result<Step<'a>, Fault> {
        match &mut self.state {
            State::Head { .. } => self.head(input),
            State::Length { left } => {
                let take = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                *left -= take as u64;
                if *left == 0 && take == 0 {
                    self.state = State::Complete;
                    return Ok(Step::End { surplus: input.len() });
                }
                Ok(self.body_step(input, take))
            }
            State::UntilClose => Ok(self.body_step(input, input.len())),
            State::Chunks(chunks) => match chunks.next(input) {
                Ok(Piece::NeedMore) => Ok(Step::NeedMore),
                Ok(Piece::Data(data)) => {
                    self.body += data.len() as u64;
                    Ok(Step::Body(data))
                }
                Ok(Piece::End) => {
                    let (text, lines) = chunks.trailers();
                    if !lines.is_empty() {
                        self.trailers = Fields::of_lines(text, lines);
                    }
                    self.state = State::Complete;
                    Ok(Step::End { surplus: input.len() })
                }
                Err(fault) => {
                    self.began = first_of(chunks.began());
                    Err(fault.into())
                }
            },
            State::Complete => Ok(Step::End { surplus: input.len() }),
        }
    }

    fn body_step<'a>(&mut self, input: &mut &'a [u8], take: usize) -> Step<'a> {
        if take == 0 {
            return Step::NeedMore;
        }
        let (data, rest) = input.split_at(take);
        *input = rest;
        self.body += take as u64;
        Step::Body(data)
    }

    fn head<'a>(&mut self, input: &mut &'a [u8]) -> Result<Step<'a>, Fault> {
        let State::Head { section, line } = &mut self.state else { return Ok(Step::NeedMore) };
        loop {
            let length = section.take_line(input);
            if !section.text().is_empty() {
                self.phase = Phase::Head;
            }
            // The first wrong byte decides, wherever the pieces of the input end.
            let checked =
                if line.is_none() { head::check_beginning(section.within_bounds()) } else { Ok(()) };
            let length = checked.and(length.map_err(|too_big| match too_big {
                TooBig::Section => Fault::HeadTooBig,
                TooBig::Line => Fault::FieldTooBig,
            }));
            let begins = section.last_line();
            let read = match (length, &line) {
                (Ok(None), _) => return Ok(Step::NeedMore),
                (Ok(Some(0)), Some(_)) => break,
                (Ok(Some(_)), Some(_)) => Ok(()),
                (Ok(Some(length)), None) => {
                    let text = section.text().get(..length).unwrap_or_default();
                    head::read_status_line(text).map(|read| *line = Some(read))
                }
                (Err(fault), _) => Err(fault),
            };
            if let Err(fault) = read {
                self.began = first_of(section.text().get(begins..).unwrap_or_default());
                return Err(fault);
            }
        }
        self.head_complete()
    }

    fn head_complete<'a>(&mut self) -> Result<Step<'a>, Fault> {
        let next = State::Head { section: Section::head(self.bounds), line: None };
        let State::Head { section, line: Some(line) } = std::mem::replace(&mut self.state, next) else {
            return Err(Fault::StatusLineInvalid);
        };
        let (begin, count) = (line.line_end(section.text()), section.fields());
        let fields = match Fields::read(section.into_text(), begin, count) {
            Ok(fields) => fields,
            Err((text, at)) => {
                self.began = first_of(text.get(at..).unwrap_or_default());
                return Err(Fault::FieldInvalid);
            }
        };
        let framing = match framing(self.asked, line, &fields) {
            Ok(framing) => framing,
            Err((fault, at)) => {
                self.began = first_of(fields.text().get(at..).unwrap_or_default());
                return Err(fault);
            }
        };
        self.ambiguous |= matches!(line.status, 100..200 | 204) && announces_body(&fields);
        let head = ResponseHead::new(line, fields, framing);
        if line.status < 200 { self.interim(head) } else { Ok(self.begin_body(head)) }
    }

    fn interim<'a>(&mut self, head: ResponseHead) -> Result<Step<'a>, Fault> {
        self.interim += 1;
        // No request of this crate asks to switch protocols.
        let fault = match head.status() {
            101 => Some(Fault::UpgradeUnasked),
            _ if self.interim > self.interim_max => Some(Fault::InterimEndless),
            _ => None,
        };
        if let Some(fault) = fault {
            self.began = first_of(head.fields().text());
            return Err(fault);
        }
        self.phase = Phase::Wait;
        Ok(Step::Interim(head))
    }

    fn begin_body<'a>(&mut self, head: ResponseHead) -> Step<'a> {
        self.phase = Phase::Body;
        self.state = match head.framing() {
            Framing::Length(left) => State::Length { left },
            Framing::Chunked => State::Chunks(Box::new(Chunks::new(self.bounds, LineEnds::Lenient))),
            Framing::UntilClose => State::UntilClose,
            Framing::None | Framing::Frames(_) => State::Complete,
        };
        let tunnel = self.asked == Asked::Connect && head.framing() == Framing::None;
        let ended = head.framing() != Framing::UntilClose && !tunnel;
        self.persistent = head.persistent() && ended && !self.ambiguous;
        Step::Head(head)
    }

    /// What is wrong in lines that were only kept so far, because the section did not end.
    fn left_unread(&mut self) -> Result<(), Fault> {
        match &self.state {
            State::Head { section, line } => {
                let text = section.text();
                let (at, fault) = match line {
                    None => (0, head::check_unfinished(text).err()),
                    Some(line) => {
                        let at = fields::first_invalid(text, line.line_end(text), section.complete_to());
                        (at.unwrap_or_default(), at.map(|_| Fault::FieldInvalid))
                    }
                };
                if fault.is_some() {
                    self.began = first_of(text.get(at..).unwrap_or_default());
                }
                fault.map_or(Ok(()), Err)
            }
            State::Chunks(chunks) => match chunks.invalid_so_far() {
                Some(line) => {
                    self.began = first_of(line);
                    Err(Fault::TrailerInvalid)
                }
                None => Ok(()),
            },
            State::Length { .. } | State::UntilClose | State::Complete => Ok(()),
        }
    }
}

fn first_of(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().take(Failure::BEGAN_BYTES).copied().collect()
}

//! The head of a response, as places in the buffer where it came (RFC 9112 sections 4 and 5).
//!
//! What is good is read in one go. Whatever is not, or might pass a bound, goes to the [`Decoder`], which names what is
//! wrong: there is one set of verdicts, and errors are rare enough to be read twice.

use crate::{Failure, Fault, FieldLine, FieldLines, FieldName, Found, Framing, Span, Version, elements};

use super::decode::{Decoder, Ended, Step};
use super::field_lines::{LineEnds, LinesRead, read_lines, span};
use super::framing::{Asked, Options, announces_body, content_length, framing, number};
use super::head::{REASON, StatusLine};
use super::limits::HeadLimits;
use super::scan::from_control;

/// The head of a response, interim ones included. Places are in the bytes that it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeanResponse {
    /// The status code, from 100 to 599. A 101 is for the caller to refuse ([`Fault::UpgradeUnasked`]) where nobody
    /// asked to switch protocols, and so are endless interim responses ([`Fault::InterimEndless`]).
    pub status: u16,
    /// The reason phrase as it came; often empty.
    pub reason: Span,
    /// HTTP/1.0 or HTTP/1.1; minor versions above 1 are read as HTTP/1.1 (RFC 9110 section 2.5).
    pub version: Version,
    /// What was found of the field lines: see [`FieldLines::of_head`].
    pub found: Found,
    /// How the end of the body is told.
    pub framing: Framing,
    /// The length that `Content-Length` announces, also where there is no body (HEAD, 304); `None` where there is no
    /// such field, where it is not valid, or stands beside a `Transfer-Encoding`.
    pub length: Option<u64>,
    /// Bytes of the head, from the first to behind the empty line.
    pub bytes: usize,
    /// Whether the connection may carry another exchange behind this response, as far as its head says.
    pub persistent: bool,
    /// Whether it announces a body that it cannot have (RFC 9112 section 6.1): who else reads along may take what
    /// follows for it. Never `persistent` then; where it is interim, the final response is not either.
    pub ambiguous: bool,
    /// Seconds for which the server says that it keeps an idle connection (`Keep-Alive: timeout=`).
    pub keep_alive_s: Option<u32>,
}

/// Reads the head at the front of `bytes` of the response to a request with this method, and fills `lines` with its
/// field lines. `None` where it is not complete: to be asked again with more bytes behind the same. Every head is for
/// itself: behind an interim one (1xx) the next begins.
///
/// # Errors
/// The same faults at the same bytes as a [`Decoder`]'s, but for those that [`LeanResponse::status`] leaves to the caller;
/// [`response_failure`] tells the rest.
pub fn response_head(
    bytes: &[u8],
    asked: &[u8],
    limits: &HeadLimits,
    lines: &mut Vec<FieldLine>,
) -> Result<Option<LeanResponse>, Fault> {
    lines.clear();
    if bytes.is_empty() {
        return Ok(None);
    }
    let asked = Asked::by(asked);
    let (line, end, found) = match scan(bytes, limits, lines) {
        Scanned::Begun => return Ok(None),
        Scanned::Whole(line, end, found) => (line, end, found),
        Scanned::Unsure(found) => {
            if !is_complete(bytes, asked, limits)? {
                return Ok(None);
            }
            // The decoder takes nothing that was not found; if it did, refusing is safe.
            let (line, end) = found.ok_or(Fault::FieldInvalid)?;
            (line, end, Found::by(lines))
        }
    };
    lean(asked, line, end, FieldLines::of_head(bytes, lines, found)).map(Some)
}

/// What is wrong with the response whose head begins with `bytes`, which [`response_head`] refused, or which ended so
/// before it was complete; with the phase and the beginning of the line that is at fault. `None` where nothing is.
pub fn response_failure(bytes: &[u8], asked: &[u8], limits: &HeadLimits, ended: Ended) -> Option<Failure> {
    let mut decoder = Decoder::bounded(Asked::by(asked), limits.bounds(), usize::MAX);
    let mut input = bytes;
    let fault = match decoder.feed(&mut input) {
        Ok(Step::NeedMore) => decoder.end(ended).err()?,
        Ok(_) => return None,
        Err(fault) => fault,
    };
    let failure = Failure::new(fault, decoder.phase()).began(decoder.began());
    Some(failure.bytes(0, bytes.len() as u64))
}

enum Scanned {
    /// All is good; where it ends, and what was found of the fields.
    Whole(StatusLine, usize, Found),
    /// All is good so far.
    Begun,
    /// Something is wrong, or a bound may have been passed; what was found nevertheless.
    Unsure(Option<(StatusLine, usize)>),
}

fn scan(bytes: &[u8], limits: &HeadLimits, lines: &mut Vec<FieldLine>) -> Scanned {
    let text = bytes.get(..u32::MAX as usize).unwrap_or(bytes);
    let Some((line, begin)) = status_line(text) else { return Scanned::Unsure(None) };
    // A section that is smaller than a line may be has no line that is too large.
    let bounded = |end: usize| end <= limits.bytes && end - begin <= limits.field_bytes;
    match read_lines(text, begin, LineEnds::Lenient, limits.fields, lines) {
        LinesRead::Complete(end, found) if bounded(end) => Scanned::Whole(line, end, found),
        LinesRead::Complete(end, _) => Scanned::Unsure(Some((line, end))),
        LinesRead::Incomplete(_) if bounded(bytes.len()) => Scanned::Begun,
        LinesRead::Incomplete(_) | LinesRead::Invalid(_) | LinesRead::TooMany => Scanned::Unsure(None),
    }
}

/// A status line that is good, and where the line behind it begins.
fn status_line(text: &[u8]) -> Option<(StatusLine, usize)> {
    let mut behind = from_control(text, text.get(REASON..)?);
    while let [b'\t', after @ ..] = behind {
        behind = from_control(text, after);
    }
    let ([b'\n', next @ ..] | [b'\r', b'\n', next @ ..]) = behind else { return None };
    let line = StatusLine::of_checked(text.get(..text.len() - behind.len())?)?;
    Some((line, text.len() - next.len()))
}

/// Whether the decoder finds a whole head.
fn is_complete(bytes: &[u8], asked: Asked, limits: &HeadLimits) -> Result<bool, Fault> {
    let mut input = bytes;
    match Decoder::bounded(asked, limits.bounds(), usize::MAX).feed(&mut input) {
        Ok(Step::NeedMore) => Ok(false),
        // Whether a switch of protocols was asked for is not the decoder's to know here.
        Ok(_) | Err(Fault::UpgradeUnasked) => Ok(true),
        Err(fault) => Err(fault),
    }
}

/// What the fields say together.
fn lean(asked: Asked, line: StatusLine, end: usize, fields: FieldLines<'_>) -> Result<LeanResponse, Fault> {
    let said = Said::by(&fields);
    let framing = match said.length() {
        Some(length) if asked.has_body(line.status) => Framing::Length(length),
        _ => framing(asked, line, &fields).map_err(|(fault, _)| fault)?,
    };
    let length = match framing {
        Framing::Length(length) => Some(length),
        Framing::None if !said.coded => content_length(&fields).ok(),
        _ => None,
    };
    let ambiguous = matches!(line.status, 100..200 | 204) && announces_body(&fields);
    let tunnel = asked == Asked::Connect && framing == Framing::None;
    let ended = framing != Framing::UntilClose && !tunnel && !ambiguous;
    let (begin, reason_end) = line.reason;
    let alive = || fields.all(FieldName::KeepAlive).flat_map(elements).find_map(timeout);
    Ok(LeanResponse {
        status: line.status,
        reason: span(begin, reason_end),
        version: line.version,
        found: fields.found(),
        framing,
        length,
        bytes: end,
        persistent: ended && said.options.persist(line.version),
        ambiguous,
        keep_alive_s: if said.keeps_alive { alive() } else { None },
    })
}

/// What one look at all fields tells of the body and the connection.
#[derive(Default)]
struct Said<'a> {
    /// The first `Content-Length`, and how many there are.
    length: &'a [u8],
    lengths: usize,
    /// Whether there is a `Transfer-Encoding`.
    coded: bool,
    /// Whether there is a `Keep-Alive`.
    keeps_alive: bool,
    options: Options,
}

impl<'a> Said<'a> {
    fn by(fields: &FieldLines<'a>) -> Self {
        let mut said = Self {
            coded: fields.names().has(FieldName::TransferEncoding),
            keeps_alive: fields.names().has(FieldName::KeepAlive),
            ..Self::default()
        };
        for value in fields.all(FieldName::ContentLength) {
            (said.length, said.lengths) = (value, said.lengths + 1);
        }
        fields.all(FieldName::Connection).for_each(|value| said.options.add(value));
        said
    }

    /// The length, where there is one number and nothing else that frames.
    fn length(&self) -> Option<u64> {
        if self.lengths == 1 && !self.coded { number(self.length) } else { None }
    }
}

/// The seconds of `timeout=5` (RFC 2068 section 19.7.1.1), as far as the type reaches.
fn timeout(parameter: &[u8]) -> Option<u32> {
    let (name, rest) = parameter.split_at_checked("timeout".len())?;
    let value = rest.trim_ascii_start().strip_prefix(b"=")?.trim_ascii();
    let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
    let seconds = name.eq_ignore_ascii_case(b"timeout").then(|| number(value))??;
    Some(u32::try_from(seconds).unwrap_or(u32::MAX))
}

//! The head of a request, as places in the buffer where it came (RFC 9112 sections 2, 3 and 5).
//!
//! It is read from its first byte to its last, and refused at the first byte that is wrong; what only the whole head can
//! tell (framing, host, expectations) is looked at behind its end. So the verdict is the same whatever the pieces in
//! which the bytes come.

use crate::{FieldLine, FieldLines, FieldName, Found, Framing, Part, RequestFault, Span, Version, elements};

use super::field_lines::{LineEnds, LinesRead, read_lines, span};
use super::framing::{Options, request_framing};
use super::limits::HeadLimits;
use super::scan::{target_end, token_end};
use super::target::{self, Target, TargetScheme};

/// The head of a request. Places are in the bytes that it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// The method, a token; case-sensitive (RFC 9110 section 9.1).
    pub method: Span,
    /// The target, as written.
    pub target: Span,
    /// The path, beginning with `/`; `*` for `OPTIONS *`.
    pub path: Span,
    /// The query without its `?`; `None` where there is no `?`.
    pub query: Option<Span>,
    /// The scheme of a target in absolute form.
    pub scheme: Option<TargetScheme>,
    /// Host and port of a target in absolute form.
    pub authority: Option<Span>,
    /// `Host`: never empty, `None` only in HTTP/1.0. With an absolute form it names the same host.
    pub host: Option<Span>,
    /// HTTP/1.0 or HTTP/1.1; minor versions above 1 are read as HTTP/1.1 (RFC 9110 section 2.5).
    pub version: Version,
    /// What was found of the field lines: see [`FieldLines::of_head`].
    pub found: Found,
    /// How the end of the body is told: [`Framing::None`], [`Framing::Length`] or [`Framing::Chunked`].
    pub framing: Framing,
    /// Bytes of the head, from the first (skipped empty lines included) to behind the empty line.
    pub bytes: usize,
    /// Whether the client keeps the connection open behind this request, as far as it says (RFC 9112 section 9.3).
    pub persistent: bool,
    /// Whether the client waits for a 100 before it sends the body (RFC 9110 section 10.1.1): never without one, nor in
    /// HTTP/1.0.
    pub expects_continue: bool,
    /// Whether the client asks to switch protocols (RFC 9110 section 7.8): never in HTTP/1.0, nor to `h2c`, which RFC
    /// 9113 section 3.1 retired and which would lead past everything that reads along.
    pub upgrade: bool,
}

impl RequestHead {
    /// Host and port as the client names them: the target's, else those of `Host` (RFC 9112 section 3.2.2).
    pub fn named(&self) -> Option<Span> {
        self.authority.or(self.host)
    }
}

/// Whether a connection begins with the preface of HTTP/2 (RFC 9113 section 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preface {
    /// It does not.
    No,
    /// So far; more is needed to tell.
    Begun,
    /// It does.
    Whole,
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Looks whether the first bytes of a connection are the preface of HTTP/2; to be asked before [`request_head`], which
/// refuses it: its `*` is a target of OPTIONS only.
pub fn preface(bytes: &[u8]) -> Preface {
    match bytes {
        _ if bytes.starts_with(PREFACE) => Preface::Whole,
        _ if PREFACE.starts_with(bytes) => Preface::Begun,
        _ => Preface::No,
    }
}

/// Empty lines that are skipped before a request line. RFC 9112 section 2.2 asks for at least one, which old clients
/// send behind a body.
const EMPTY_LINES: usize = 2;

/// Bytes of a method; the longest registered one has 17.
pub const METHOD_BYTES: usize = 32;

/// Reads the head of a request at the front of `bytes` and fills `lines` with its field lines. `None` where it is not
/// complete: to be asked again with more bytes behind the same.
///
/// # Errors
/// What makes it a request that is not served, as soon as the bytes tell: the module's table says what that is.
pub fn request_head(
    bytes: &[u8],
    limits: &HeadLimits,
    lines: &mut Vec<FieldLine>,
) -> Result<Option<RequestHead>, RequestFault> {
    lines.clear();
    let text = limits.within(bytes);
    // What is not complete within the bounds never will be.
    let incomplete = if text.len() < bytes.len() || text.len() >= limits.bytes {
        Err(RequestFault::HeadTooBig)
    } else {
        Ok(None)
    };
    let Some(line) = request_line(text, limits)? else { return incomplete };
    match read_lines(text, line.end, LineEnds::Strict, limits.fields, lines) {
        LinesRead::Incomplete(_) => incomplete,
        LinesRead::Invalid(_) => Err(RequestFault::Malformed(Part::Field)),
        LinesRead::TooMany => Err(RequestFault::HeadTooBig),
        LinesRead::Complete(end, found) => {
            whole(text, &line, FieldLines::of_head(text, lines, found), end).map(Some)
        }
    }
}

struct RequestLine {
    method: Span,
    target: Span,
    parts: Target,
    version: Version,
    /// Where the line behind it begins.
    end: usize,
}

fn request_line(text: &[u8], limits: &HeadLimits) -> Result<Option<RequestLine>, RequestFault> {
    let Some(begin) = skip_empty_lines(text)? else { return Ok(None) };
    let Some(method_end) = method_end(text, begin)? else { return Ok(None) };
    let method = span(begin, method_end);
    if method.of(text) == b"CONNECT" {
        return Err(RequestFault::ConnectRefused);
    }
    let target_begin = method_end + 1;
    let stop = target_end(text, target_begin);
    if stop - target_begin > limits.target_bytes {
        return Err(RequestFault::TargetTooLong);
    }
    let target = span(target_begin, stop);
    let parts = match text.get(stop) {
        None => return Ok(None),
        Some(b' ') => target::read(text, target, method.of(text)),
        // A line that ends here is one of HTTP/0.9.
        Some(b'\r' | b'\n') => return Err(RequestFault::Malformed(Part::RequestLine)),
        Some(_) => None,
    };
    let parts = parts.ok_or(RequestFault::Malformed(Part::Target))?;
    let Some((version, end)) = version(text, stop + 1)? else { return Ok(None) };
    Ok(Some(RequestLine { method, target, parts, version, end }))
}

/// Where the request line begins.
fn skip_empty_lines(text: &[u8]) -> Result<Option<usize>, RequestFault> {
    let mut begin = 0;
    loop {
        match (text.get(begin), text.get(begin + 1)) {
            (None, _) | (Some(b'\r'), None) => return Ok(None),
            (Some(b'\r'), Some(b'\n')) if begin < EMPTY_LINES * 2 => begin += 2,
            (Some(b'\r' | b'\n' | b' ' | b'\t'), _) => {
                return Err(RequestFault::Malformed(Part::RequestLine));
            }
            // A first byte that no request has: a record of TLS, another protocol.
            (Some(byte), _) if !super::scan::is_token_byte(*byte) => {
                return Err(RequestFault::Malformed(Part::RequestLine));
            }
            _ => return Ok(Some(begin)),
        }
    }
}

fn method_end(text: &[u8], begin: usize) -> Result<Option<usize>, RequestFault> {
    let end = token_end(text, begin);
    match text.get(end) {
        _ if end - begin > METHOD_BYTES => Err(RequestFault::Malformed(Part::Method)),
        None => Ok(None),
        Some(b' ') => Ok(Some(end)),
        Some(b'\t' | b'\r' | b'\n') => Err(RequestFault::Malformed(Part::RequestLine)),
        Some(_) => Err(RequestFault::Malformed(Part::Method)),
    }
}

/// The version that begins at `at`, and where the line behind it begins.
fn version(text: &[u8], at: usize) -> Result<Option<(Version, usize)>, RequestFault> {
    let rest = text.get(at..).unwrap_or_default();
    if rest.starts_with(b"HTTP/1.1\r\n") {
        return Ok(Some((Version::Http11, at + 10)));
    }
    for (at, byte) in rest.iter().take(10).enumerate() {
        let fits = match at {
            5 if byte.is_ascii_digit() && *byte != b'1' => return Err(RequestFault::VersionUnknown),
            7 => byte.is_ascii_digit(),
            _ => b"HTTP/1.x\r\n".get(at) == Some(byte),
        };
        if !fits {
            return Err(RequestFault::Malformed(Part::RequestLine));
        }
    }
    let version = if rest.get(7) == Some(&b'0') { Version::Http10 } else { Version::Http11 };
    Ok((rest.len() >= 10).then_some((version, at + 10)))
}

/// What the fields say together.
fn whole(
    text: &[u8],
    line: &RequestLine,
    fields: FieldLines<'_>,
    end: usize,
) -> Result<RequestHead, RequestFault> {
    use FieldName as F;
    let modern = line.version != Version::Http10;
    let framed = fields.names().has(F::ContentLength) || fields.names().has(F::TransferEncoding);
    let expects = modern && fields.names().has(F::Expect);
    let mut options = Options::default();
    fields.all(F::Connection).for_each(|value| options.add(value));
    let mut hosts = fields.places_of_values(F::Host);
    let (host, more) = (hosts.next(), hosts.next());
    let framing = if framed { request_framing(line.version, fields)? } else { Framing::None };
    if more.is_some() || host.is_none() && modern {
        return Err(RequestFault::Malformed(Part::Host));
    }
    check_host(text, line, host)?;
    let expects_continue =
        expects && asks_to_continue(fields)? && !matches!(framing, Framing::None | Framing::Length(0));
    let upgrade = modern
        && options.upgrade
        && fields.all(F::Upgrade).any(|value| !value.is_empty())
        && !fields.lists(F::Upgrade, b"h2c");
    Ok(RequestHead {
        method: line.method,
        target: line.target,
        path: line.parts.path,
        query: line.parts.query,
        scheme: line.parts.scheme,
        authority: line.parts.authority,
        host,
        version: line.version,
        found: fields.found(),
        framing,
        bytes: end,
        persistent: options.persist(line.version),
        expects_continue,
        upgrade,
    })
}

/// Whether `Expect` asks for a 100 (RFC 9110 section 10.1.1).
///
/// # Errors
/// It asks for something else.
pub fn asks_to_continue(fields: FieldLines<'_>) -> Result<bool, RequestFault> {
    let mut asks = false;
    for one in fields.all(FieldName::Expect).flat_map(elements) {
        if !one.eq_ignore_ascii_case(b"100-continue") {
            return Err(RequestFault::ExpectationUnknown);
        }
        asks = true;
    }
    Ok(asks)
}

/// Whether what `Host` holds is a host, and the one that an absolute form names (RFC 9112 section 3.2).
fn check_host(text: &[u8], line: &RequestLine, host: Option<Span>) -> Result<(), RequestFault> {
    let Some(host) = host.map(|host| host.of(text)) else { return Ok(()) };
    let same = match (line.parts.authority, line.parts.scheme) {
        (Some(authority), Some(scheme)) => target::is_same_authority(authority.of(text), host, scheme),
        _ => true,
    };
    if same && target::is_authority(host) { Ok(()) } else { Err(RequestFault::Malformed(Part::Host)) }
}

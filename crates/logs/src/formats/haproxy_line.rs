//! The layouts of HAProxy's traffic log, read into one record. Knows nothing of what the values mean.

use goodgate_facts::Moment;

use crate::clock;
use crate::layout::{Field, Row};

/// One session as logged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    pub(crate) when: Option<Moment>,
    pub(crate) backend: &'a str,
    pub(crate) server: &'a str,
    /// Milliseconds; -1 where the phase was not reached.
    pub(crate) connect_ms: i64,
    pub(crate) head_ms: i64,
    pub(crate) total_ms: i64,
    /// -1 where the client got none.
    pub(crate) status: i32,
    pub(crate) bytes: u64,
    pub(crate) state: [u8; 2],
    pub(crate) retries: u32,
    pub(crate) redispatched: bool,
    /// Whether it is an HTTP session (else bare TCP).
    pub(crate) http: bool,
    pub(crate) request: Option<&'a [u8]>,
}

impl Record<'_> {
    /// `backend/server`, or the backend alone where no server was chosen.
    pub(crate) fn place(&self) -> String {
        match self.server {
            "<NOSRV>" | "<STATS>" => self.backend.to_owned(),
            server => format!("{}/{server}", self.backend),
        }
    }
}

/// Reads a line in one of the built-in layouts.
pub(crate) fn parse(line: &[u8]) -> Option<Record<'_>> {
    let line = program_text(line);
    classic(line).or_else(|| clf(line))
}

/// A line that a declared layout has cut; it must tell the termination state.
pub(crate) fn of_row<'a>(row: &Row<'a>) -> Option<Record<'a>> {
    let state = state_of(row.text(Field::TerminationState)?)?;
    let ms = |field| row.seconds(field).map_or(-1, |seconds| (seconds * 1000.0).round() as i64);
    let retries = row.text(Field::Retries).unwrap_or("0");
    let status = row.number(Field::Status);
    Some(Record {
        when: row.time(),
        backend: row.text(Field::UpstreamGroup).unwrap_or_default(),
        server: row.text(Field::UpstreamServer).unwrap_or_default(),
        connect_ms: ms(Field::ConnectTime),
        head_ms: ms(Field::HeaderTime),
        total_ms: ms(Field::RequestTime),
        status: status.and_then(|status| status.try_into().ok()).unwrap_or(0),
        bytes: row.number(Field::Bytes).and_then(|bytes| bytes.try_into().ok()).unwrap_or(0),
        state,
        retries: retries.trim_start_matches('+').parse().unwrap_or(0),
        redispatched: retries.starts_with('+'),
        http: status.is_some(),
        request: row.get(Field::Request),
    })
}

/// The text behind a syslog header that nobody has taken off yet.
pub(crate) fn program_text(line: &[u8]) -> &[u8] {
    const HEADER_BYTES_MAX: usize = 160;
    let head = &line[..line.len().min(HEADER_BYTES_MAX)];
    const TAG: &[u8] = b" haproxy[";
    // Brackets are rarer than letters, and found faster.
    memchr::memchr_iter(b'[', head)
        .filter_map(|bracket| (bracket + 1).checked_sub(TAG.len()))
        .find(|at| head[*at..].starts_with(TAG))
        .map(|at| &line[at + 1..])
        .or_else(|| line.starts_with(b"haproxy[").then_some(line))
        .and_then(|tag| memchr::memmem::find(&tag[..tag.len().min(24)], b"]: ").map(|end| &tag[end + 3..]))
        .unwrap_or(line)
}

/// `client:port [date] frontend backend/server timers …`
fn classic(line: &[u8]) -> Option<Record<'_>> {
    let (client, rest) = word(line)?;
    client.rsplit_once(':').filter(|(_, port)| is_number(port))?;
    let (date, rest) = bracketed(rest)?;
    let (_frontend, rest) = word(rest)?;
    let (place, rest) = word(rest)?;
    let (backend, server) = place.split_once('/')?;
    let (timers, rest) = word(rest)?;
    let timers = numbers(timers)?;
    let blank = Record {
        when: instant(date),
        backend,
        server,
        connect_ms: -1,
        head_ms: -1,
        total_ms: -1,
        status: 0,
        bytes: 0,
        state: *b"--",
        retries: 0,
        redispatched: false,
        http: false,
        request: None,
    };
    match timers.as_slice() {
        [_, _, connect_ms, head_ms, total_ms] => {
            let record = Record {
                connect_ms: *connect_ms,
                head_ms: *head_ms,
                total_ms: *total_ms,
                http: true,
                ..blank
            };
            http_tail(record, rest)
        }
        [_, connect_ms, total_ms] => {
            tcp_tail(Record { connect_ms: *connect_ms, total_ms: *total_ms, ..blank }, rest)
        }
        _ => None,
    }
}

fn http_tail<'a>(record: Record<'a>, rest: &'a [u8]) -> Option<Record<'a>> {
    let (status, rest) = word(rest)?;
    let (bytes, rest) = word(rest)?;
    let (_, rest) = word(rest)?;
    let (_, rest) = word(rest)?;
    let (state, rest) = word(rest)?;
    let (counts, rest) = word(rest)?;
    let (retries, redispatched) = retries(counts)?;
    Some(Record {
        status: status.parse().ok()?,
        bytes: bytes.trim_start_matches('+').parse().ok()?,
        state: state_of(state)?,
        retries,
        redispatched,
        request: request_of(rest),
        ..record
    })
}

fn tcp_tail<'a>(record: Record<'a>, rest: &'a [u8]) -> Option<Record<'a>> {
    let (bytes, rest) = word(rest)?;
    let (state, rest) = word(rest)?;
    let (counts, _) = word(rest)?;
    let (retries, redispatched) = retries(counts)?;
    let bytes = bytes.trim_start_matches('+').parse().ok()?;
    Some(Record { bytes, state: state_of(state)?, retries, redispatched, ..record })
}

/// The request stands in the first quotes behind the counters and captured headers; captured headers stand in
/// braces and may hold quotes of their own.
fn request_of(rest: &[u8]) -> Option<&[u8]> {
    let mut rest = rest.trim_ascii_start();
    let (_, after) = word(rest)?;
    rest = after.trim_ascii_start();
    while rest.first() == Some(&b'{') {
        let end = memchr::memmem::find(rest, b"} ")?;
        rest = rest[end + 1..].trim_ascii_start();
    }
    let inner = rest.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', inner).unwrap_or(inner.len());
    Some(&inner[..end])
}

/// `client - - [date] "request" status bytes "" "" port ms "frontend" "backend" "server" timers… "state" …`
fn clf(line: &[u8]) -> Option<Record<'_>> {
    let (_, rest) = word(line)?;
    let rest = rest.strip_prefix(b"- - ")?;
    let (date, rest) = bracketed(rest)?;
    let inner = rest.strip_prefix(b"\"")?;
    let end = memchr::memmem::find(inner, b"\" ")?;
    let request = &inner[..end];
    let tail = std::str::from_utf8(inner.get(end + 2..)?).ok()?;
    let mut fields = tail.split(' ').map(|field| field.trim_matches('"'));
    let status = fields.next()?.parse().ok()?;
    let bytes = fields.next()?.parse().ok()?;
    let mut fields = fields.skip(4);
    let (_frontend, backend, server) = (fields.next()?, fields.next()?, fields.next()?);
    let mut timer = || fields.next().and_then(|field| field.parse::<i64>().ok());
    let (_, _, connect_ms, head_ms, total_ms) = (timer()?, timer()?, timer()?, timer()?, timer()?);
    let state = state_of(fields.next()?)?;
    let count = fields.nth(4)?;
    Some(Record {
        when: instant(date),
        backend,
        server,
        connect_ms,
        head_ms,
        total_ms,
        status,
        bytes,
        state,
        retries: count.trim_start_matches('+').parse().ok()?,
        redispatched: count.starts_with('+'),
        http: true,
        request: Some(request),
    })
}

/// The next word as text and what follows the blank behind it.
fn word(text: &[u8]) -> Option<(&str, &[u8])> {
    let end = memchr::memchr(b' ', text).unwrap_or(text.len());
    let found = std::str::from_utf8(&text[..end]).ok().filter(|found| !found.is_empty())?;
    Some((found, text.get(end + 1..).unwrap_or_default()))
}

/// What stands in brackets, and what follows them.
pub(crate) fn bracketed(text: &[u8]) -> Option<(&str, &[u8])> {
    let inner = text.strip_prefix(b"[")?;
    let end = memchr::memchr(b']', inner).filter(|end| *end <= 40)?;
    let found = std::str::from_utf8(&inner[..end]).ok()?;
    Some((found, inner.get(end + 1..).unwrap_or_default().trim_ascii_start()))
}

fn numbers(text: &str) -> Option<Vec<i64>> {
    text.split('/').map(|part| part.trim_start_matches('+').parse().ok()).collect()
}

fn retries(counts: &str) -> Option<(u32, bool)> {
    let last = counts.split('/').nth(4)?;
    Some((last.trim_start_matches('+').parse().ok()?, last.starts_with('+')))
}

fn state_of(text: &str) -> Option<[u8; 2]> {
    let &[first, second, ..] = text.as_bytes() else { return None };
    let known = b"CSPLRIDUKcs-".contains(&first) && b"RQCHDLT-".contains(&second);
    (known && matches!(text.len(), 2 | 4)).then_some([first, second])
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `22/Nov/2026:00:36:02.062`, with or without a zone; without one it is read as UTC.
pub(crate) fn instant(text: &str) -> Option<Moment> {
    clock::clf(text.as_bytes()).map(|(moment, _)| moment)
}

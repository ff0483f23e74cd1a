//! Access logs whose layout nobody declared: the common core `"METHOD target HTTP/x" STATUS BYTES` with a time
//! somewhere before it, and the tails that administrators add (`rt=0.003 us=502`, Traefik's columns).

use memchr::memchr;

use crate::clock;
use crate::layout::{Field, Row};

/// Names that administrators give the times and upstreams in tails of the form `name=value`.
const TAIL: &[(&[u8], Field)] = &[
    (b"rt", Field::RequestTime),
    (b"request_time", Field::RequestTime),
    (b"req_time", Field::RequestTime),
    (b"uct", Field::ConnectTime),
    (b"upstream_connect_time", Field::ConnectTime),
    (b"uht", Field::HeaderTime),
    (b"upstream_header_time", Field::HeaderTime),
    (b"urt", Field::ResponseTime),
    (b"ut", Field::ResponseTime),
    (b"upstream_response_time", Field::ResponseTime),
    (b"us", Field::UpstreamStatus),
    (b"upstream_status", Field::UpstreamStatus),
    (b"ua", Field::UpstreamAddr),
    (b"upstream", Field::UpstreamAddr),
    (b"upstream_addr", Field::UpstreamAddr),
];

/// The fields of a line; `None` if it has not that core.
pub(super) fn row(line: &[u8]) -> Option<Row<'_>> {
    let mut row = Row::new();
    let open = memchr(b'"', line)?;
    time_before(&line[..open], &mut row)?;
    let (request, rest) = quoted(&line[open..])?;
    row.set(Field::Request, request, 1.0);
    let mut words = rest.strip_prefix(b" ")?.splitn(3, |b| *b == b' ');
    let (status, bytes) = (words.next()?, words.next()?);
    let tail = words.next().unwrap_or_default();
    let plausible = |word: &[u8]| word == b"-" || (!word.is_empty() && word.iter().all(u8::is_ascii_digit));
    if status.len() != 3 && status != b"-" || !plausible(status) || !plausible(bytes) {
        return None;
    }
    row.set(Field::Status, status, 1.0);
    row.set(Field::Bytes, bytes, 1.0);
    read_tail(tail, &mut row);
    Some(row)
}

/// The time before the request: in brackets, or as the line's first word.
fn time_before<'a>(head: &'a [u8], row: &mut Row<'a>) -> Option<()> {
    let at = match memchr(b'[', head) {
        Some(at) => at + 1,
        None => 0,
    };
    let text = head.get(at..)?;
    let (_, after) = clock::any(text)?;
    row.set(Field::Time, &text[..text.len() - after.len()], 1.0);
    Some(())
}

/// The quoted text at the beginning and what follows; a backslash protects a quote.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b"\"")?;
    let mut from = 0;
    loop {
        let at = from + memchr(b'"', inner.get(from..)?)?;
        let escapes = inner[..at].iter().rev().take_while(|b| **b == b'\\').count();
        if escapes % 2 == 0 {
            return Some((&inner[..at], &inner[at + 1..]));
        }
        from = at + 1;
    }
}

/// Walks over the tail: quoted columns, `name=value` pairs, Traefik's columns.
fn read_tail<'a>(tail: &'a [u8], row: &mut Row<'a>) {
    let mut rest = tail;
    let mut columns = 0;
    let mut pairs: [Option<&[u8]>; TAIL.len()] = [None; TAIL.len()];
    while !rest.is_empty() {
        rest = rest.trim_ascii_start();
        if rest.starts_with(b"\"") {
            let Some((text, after)) = quoted(rest) else { return };
            // Traefik: referrer, agent, a count, the router's name, the server's URL, the time.
            if columns == 3 && (text.starts_with(b"http://") || text.starts_with(b"https://")) {
                row.set(Field::UpstreamAddr, text, 1.0);
            }
            columns += 1;
            rest = after;
            continue;
        }
        let word_len = memchr(b' ', rest).unwrap_or(rest.len());
        let word = &rest[..word_len];
        match memchr(b'=', word) {
            Some(at) => {
                let (value, after) = value(&rest[at + 1..]);
                let index = TAIL.iter().position(|(name, _)| *name == &word[..at]);
                if let Some(slot) = index.and_then(|index| pairs.get_mut(index)) {
                    *slot = Some(value);
                }
                rest = after;
            }
            None => {
                if columns == 4 && word.ends_with(b"ms") {
                    row.set(Field::RequestTime, &word[..word.len() - 2], 1000.0);
                }
                rest = &rest[word_len..];
            }
        }
    }
    // `us=` alone may as well mean microseconds; beside the upstream's address or times it is a status.
    let of_upstream = TAIL.iter().zip(&pairs).any(|((_, field), value)| {
        value.is_some() && !matches!(field, Field::UpstreamStatus | Field::RequestTime | Field::UpstreamAddr)
    });
    for ((_, field), value) in TAIL.iter().zip(pairs) {
        let Some(value) = value else { continue };
        let trusted = match field {
            Field::UpstreamStatus | Field::UpstreamAddr => of_upstream,
            _ => true,
        };
        if trusted {
            row.set(*field, value, 1.0);
        }
    }
}

/// The value of a pair and what follows: quoted, or up to the space before the next pair (nginx's lists have
/// spaces of their own).
fn value(text: &[u8]) -> (&[u8], &[u8]) {
    if text.starts_with(b"\"") {
        return quoted(text).unwrap_or((text, b""));
    }
    let mut from = 0;
    loop {
        let Some(found) = text.get(from..).and_then(|rest| memchr(b' ', rest)) else { return (text, b"") };
        let at = from + found;
        let list =
            text[..at].ends_with(b",") || text[..at].ends_with(b" :") || text[at..].starts_with(b" : ");
        if !list {
            return (&text[..at], &text[at..]);
        }
        from = at + 1;
    }
}

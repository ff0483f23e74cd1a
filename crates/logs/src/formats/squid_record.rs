//! One record of the layout that Squid calls native and Traffic Server calls squid:
//! `epoch elapsed client CODE/status bytes METHOD url user HIERARCHY/host type`. Knows no meaning of the codes.

use goodgate_facts::Moment;

use crate::clock;

/// The fields of a record.
pub(super) struct Record<'a> {
    pub(super) when: Moment,
    pub(super) elapsed_s: f64,
    /// Squid pads the elapsed time to six columns, Traffic Server does not.
    pub(super) padded: bool,
    pub(super) code: &'a str,
    /// `None` for 000: the client got none.
    pub(super) status: Option<u16>,
    pub(super) bytes: u64,
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) hierarchy: &'a str,
    pub(super) host: &'a str,
}

/// Reads a record; `None` if the line is none.
pub(super) fn parse(text: &str) -> Option<Record<'_>> {
    let (when, rest) = clock::epoch(text.as_bytes())?;
    let text = text.get(text.len() - rest.len()..)?;
    let body = text.strip_prefix(' ')?;
    let mut words = body.split(' ').filter(|word| !word.is_empty());
    let elapsed: i64 = words.next()?.parse().ok()?;
    let _client = words.next()?;
    let (code, status) = words.next()?.split_once('/')?;
    let code_like = code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit());
    if !code_like || code.is_empty() || status.len() != 3 {
        return None;
    }
    let status: u16 = status.parse().ok()?;
    let bytes = words.next()?.parse().ok()?;
    let method = words.next()?;
    // A URL with blanks (they should be escaped) must not move the fields behind it: those are counted from the end.
    let url = words.next()?;
    let mut from_end = body.rsplit(' ').filter(|word| !word.is_empty());
    let _type = from_end.next()?;
    let (hierarchy, host) = from_end.next()?.split_once('/')?;
    Some(Record {
        when,
        elapsed_s: elapsed.max(0) as f64 / 1000.0,
        padded: body.starts_with(' '),
        code,
        status: (status != 0).then_some(status),
        bytes,
        method,
        url,
        hierarchy,
        host,
    })
}

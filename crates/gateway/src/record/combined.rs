//! The combined format: `CLIENT - - [TIME] "METHOD PATH VERSION" STATUS BYTES "REFERER" "AGENT"`, as Apache and nginx
//! write it. It has no place for the reason of a failure.

use super::{AGENT_BYTES_MAX, End, METHOD_BYTES_MAX, Record, head, path_of, referer_parts};
use crate::written::{Stamp, address, number, quoted_column};

/// nginx's status for a client that left before it was answered.
const CLIENT_LEFT: u16 = 499;

/// Appends the line.
pub(super) fn write(record: &Record<'_>, stamp: &mut Stamp, out: &mut Vec<u8>) {
    address(record.client, out);
    out.extend_from_slice(b" - - [");
    stamp.clf(record.when_us, out);
    out.extend_from_slice(b"] \"");
    // A space inside would be taken for the end of the method or path; both are one word.
    if !record.method.is_empty() {
        word(head(record.method, METHOD_BYTES_MAX), out);
        out.push(b' ');
        word(path_of(record), out);
        if record.query_bytes.is_some() {
            out.extend_from_slice(b"?-");
        }
        out.push(b' ');
        out.extend_from_slice(record.version.as_str().as_bytes());
    }
    out.extend_from_slice(b"\" ");
    match (record.status, record.end) {
        (0, End::ClientGone | End::ClientSlow) => number(u64::from(CLIENT_LEFT), out),
        (0, _) => out.extend_from_slice(b"000"),
        (status, _) => number(u64::from(status), out),
    }
    out.push(b' ');
    number(record.response_bytes, out);
    out.extend_from_slice(b" \"");
    match record.referer {
        Some(referer) => {
            let (scheme, rest) = referer_parts(referer);
            quoted_column(scheme, out);
            quoted_column(rest, out);
        }
        None => out.push(b'-'),
    }
    out.extend_from_slice(b"\" \"");
    quoted_column(record.user_agent.map_or(b"-", |agent| head(agent, AGENT_BYTES_MAX)), out);
    out.extend_from_slice(b"\"\n");
}

fn word(text: &[u8], out: &mut Vec<u8>) {
    for part in text.split_inclusive(|byte| *byte == b' ') {
        let (plain, space) = match part.split_last() {
            Some((b' ', plain)) => (plain, true),
            _ => (part, false),
        };
        quoted_column(plain, out);
        if space {
            out.extend_from_slice(b"\\x20");
        }
    }
}

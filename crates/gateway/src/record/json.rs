//! Our own access log: one JSON object a line. `docs/schema/access-1.json` describes it, and `goodgate logs` reads it.
//!
//! A key is left out where there is nothing to say.

use goodgate_facts::{Errno, SignalId};
use goodgate_wire::{Failure, Version};

use super::{
    AGENT_BYTES_MAX, Attempt, End, HOST_BYTES_MAX, METHOD_BYTES_MAX, Record, head, path_of, referer_parts,
    signal_of,
};
use crate::Failed;
use crate::written::{Stamp, address, inside_json_string, number};

/// Bytes that a usual line does not pass.
const LINE_BYTES: usize = 512;

/// Appends the line.
pub(super) fn write(record: &Record<'_>, stamp: &mut Stamp, out: &mut Vec<u8>) {
    out.reserve(LINE_BYTES);
    out.extend_from_slice(b"{\"schema\":\"goodgate.access/1\",\"time\":\"");
    stamp.iso(record.when_us, out);
    out.extend_from_slice(b"\",\"id\":\"");
    // Ids have no byte that would need escaping.
    out.extend_from_slice(record.id.as_bytes());
    out.extend_from_slice(b"\",\"client\":\"");
    if record.peer == record.client {
        out.extend_from_slice(record.peer_text);
    } else {
        address(record.client, out);
        out.extend_from_slice(b"\",\"peer\":\"");
        out.extend_from_slice(record.peer_text);
    }
    out.extend_from_slice(record.listener.json());
    // What the usual ones are is written at once.
    match record.version {
        Version::Http11 => out.extend_from_slice(b"\",\"version\":\"HTTP/1.1\",\"method\":\""),
        version => {
            out.extend_from_slice(b"\",\"version\":\"");
            out.extend_from_slice(version.as_str().as_bytes());
            out.extend_from_slice(b"\",\"method\":\"");
        }
    }
    request(record, out);
    outcome(record, out);
    attempts(record, out);
    if let Some(failed) = record.failed {
        failure(failed, out);
    }
    out.extend_from_slice(b"}\n");
}

/// What was asked.
fn request(record: &Record<'_>, out: &mut Vec<u8>) {
    inside_json_string(head(record.method, METHOD_BYTES_MAX), out);
    string("\",\"host\":\"", head(record.host, HOST_BYTES_MAX), out);
    string(",\"path\":\"", path_of(record), out);
    if let Some(bytes) = record.query_bytes {
        integer(",\"query_bytes\":", bytes as u64, out);
    }
    if let Some(agent) = record.user_agent {
        string(",\"user_agent\":\"", head(agent, AGENT_BYTES_MAX), out);
    }
    if let Some(referer) = record.referer {
        let (scheme, rest) = referer_parts(referer);
        if scheme.is_empty() {
            string(",\"referer\":\"", rest, out);
        } else {
            string(",\"referer\":\"", &[scheme, rest].concat(), out);
        }
    }
    if record.request_bytes > 0 {
        integer(",\"request_bytes\":", record.request_bytes, out);
    }
}

/// What became of it.
fn outcome(record: &Record<'_>, out: &mut Vec<u8>) {
    if record.status > 0 {
        integer(",\"status\":", u64::from(record.status), out);
    }
    integer(",\"response_bytes\":", record.response_bytes, out);
    integer(",\"duration_us\":", record.duration_us, out);
    match record.end {
        End::Complete => out.extend_from_slice(b",\"end\":\"complete\""),
        end => {
            out.extend_from_slice(b",\"end\":\"");
            out.extend_from_slice(end.as_str().as_bytes());
            out.push(b'"');
        }
    }
    if !record.route.is_none() {
        out.extend_from_slice(b",\"route\":");
        out.extend_from_slice(record.route.json());
    }
    if let Some(upstream) = record.upstream {
        out.extend_from_slice(b",\"upstream\":");
        out.extend_from_slice(upstream.json());
    }
}

fn attempts(record: &Record<'_>, out: &mut Vec<u8>) {
    if record.attempts.is_empty() {
        return;
    }
    let mut before: &[u8] = b",\"attempts\":[{\"server\":";
    for attempt in record.attempts {
        out.extend_from_slice(before);
        one_attempt(attempt, out);
        before = b",{\"server\":";
    }
    out.push(b']');
    let masked = record.masked();
    if masked > 0 {
        integer(",\"masked\":", masked as u64, out);
    }
}

fn one_attempt(attempt: &Attempt<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(attempt.server.json());
    if attempt.reused {
        out.extend_from_slice(b",\"reused\":true");
    }
    if let Some(us) = attempt.connect_us {
        integer(",\"connect_us\":", us, out);
    }
    if let Some(us) = attempt.head_us {
        integer(",\"head_us\":", us, out);
    }
    if let Some(status) = attempt.status {
        integer(",\"status\":", u64::from(status), out);
    }
    if !attempt.stderr.is_empty() {
        string(",\"stderr\":\"", attempt.stderr, out);
    }
    if let Some(failed) = attempt.failed {
        named(failed.error.token(), Some(failed.signal), failed.errno, out);
        out.extend_from_slice(b",\"phase\":\"");
        out.extend_from_slice(attempt.reached.as_str().as_bytes());
        out.push(b'"');
    }
    out.push(b'}');
}

/// Why there was no whole answer. The names are ours, so nothing in them needs escaping.
fn failure(failed: &Failed, out: &mut Vec<u8>) {
    let token = failed.error_type().map_or("", |error| error.token());
    match failed {
        Failed::Upstream(failure) => {
            named(token, signal_of(failed), failure.errno, out);
            upstream_failure(failure, out);
        }
        Failed::NotKept(fault) => {
            named(token, signal_of(failed), fault.errno(), out);
            string(",\"detail\":\"", fault.words().as_bytes(), out);
        }
        Failed::Internal(detail) => {
            named(token, signal_of(failed), None, out);
            string(",\"detail\":\"", detail.as_bytes(), out);
        }
        _ => named(token, signal_of(failed), None, out),
    }
}

fn upstream_failure(failure: &Failure, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"phase\":\"");
    out.extend_from_slice(failure.phase.as_str().as_bytes());
    out.push(b'"');
    integer(",\"after_us\":", u64::try_from(failure.after.as_micros()).unwrap_or(u64::MAX), out);
    integer(",\"sent\":", failure.sent, out);
    integer(",\"received\":", failure.received, out);
    if let Some(alert) = failure.alert() {
        integer(",\"alert\":", u64::from(alert), out);
    }
    if !failure.began.is_empty() {
        string(",\"began\":\"", &failure.began, out);
    }
}

fn named(token: &str, signal: Option<SignalId>, errno: Option<Errno>, out: &mut Vec<u8>) {
    for (key, word) in [(",\"error\":\"", token), (",\"signal\":\"", signal.map_or("", SignalId::as_str))] {
        if !word.is_empty() {
            out.extend_from_slice(key.as_bytes());
            out.extend_from_slice(word.as_bytes());
            out.push(b'"');
        }
    }
    if let Some(errno) = errno.and_then(|errno| u64::try_from(errno.0).ok()) {
        integer(",\"errno\":", errno, out);
    }
}

/// A key as it stands in the line, with the string's first quote; and the string.
#[inline(always)]
fn string(key: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(key.as_bytes());
    inside_json_string(value, out);
    out.push(b'"');
}

#[inline(always)]
fn integer(key: &str, value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(key.as_bytes());
    number(value, out);
}

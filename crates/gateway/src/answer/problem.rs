//! The answer as a problem document (RFC 9457), for programs.

use goodgate_wire::http1::reason;

use super::Telling;
use super::account::first;
use super::plain::advice;
use super::words::AccountWords;
use crate::written::{Stamp, json_string, number};

/// Where the error types are explained.
const ERROR_TYPES: &str = "https://www.rfc-editor.org/rfc/rfc9209.html#section-";

/// Appends the document. `error`, `request_id`, `time`, `retry_after` and `account` are members of our own.
pub(super) fn write(telling: &Telling<'_>, out: &mut Vec<u8>) {
    let tale = telling.words.tell(telling.story);
    let error = telling.failed.error_type();
    // A type of our own making would have to be explained somewhere; the RFC explains its own. Without one, the status
    // is all there is to it, and the title is the status' (RFC 9457 section 4.2.1).
    match error {
        Some(error) => {
            text(b"{\"type\":", &[ERROR_TYPES, error.section()].concat(), out);
            text(b",\"title\":", tale.title, out);
        }
        None => {
            text(b"{\"type\":", "about:blank", out);
            text(b",\"title\":", reason(telling.status), out);
        }
    }
    out.extend_from_slice(b",\"status\":");
    number(u64::from(telling.status), out);
    let sentences: Vec<&str> = std::iter::once(tale.what).chain(advice(telling)).collect();
    text(b",\"detail\":", &sentences.join(" "), out);
    if let Some(error) = error {
        text(b",\"error\":", error.token(), out);
    }
    text(b",\"request_id\":", telling.to.request_id.as_str(), out);
    out.extend_from_slice(b",\"time\":\"");
    Stamp::default().iso(telling.to.when_us, out);
    out.push(b'"');
    if let Some(seconds) = telling.retry_after_s {
        out.extend_from_slice(b",\"retry_after\":");
        number(u64::from(seconds), out);
    }
    account(telling, out);
    out.extend_from_slice(b"}\n");
}

/// The account's members. Programs read these, so they are the same in every language.
const KEYS: AccountWords = AccountWords {
    heading: "",
    what: "what",
    route: "route",
    upstream: "upstream",
    server: "server",
    phase: "phase",
    system: "system",
    after: "after",
    bytes: "bytes",
    began: "began",
    attempt: "attempts",
    answered: "answered",
    causes: "causes",
    why_shown: "",
};

fn account(telling: &Telling<'_>, out: &mut Vec<u8>) {
    let Some(account) = telling.to.account else { return };
    let (attempts, members): (Vec<_>, Vec<_>) =
        account.lines(&KEYS).into_iter().partition(|(key, _)| *key == KEYS.attempt);
    out.extend_from_slice(b",\"account\":{");
    for (key, value) in &members {
        json_string(key.as_bytes(), out);
        text(b":", value, out);
        out.push(b',');
    }
    if let Some(signal) = account.signal() {
        text(b"\"signal\":", signal.as_str(), out);
        out.push(b',');
    }
    list(b"\"attempts\":[", attempts.iter().map(|(_, attempt)| attempt.as_str()), out);
    list(b",\"causes\":[", first(&telling.causes).iter().map(String::as_str), out);
    out.push(b'}');
}

/// A key and its opening bracket as they stand in the document, and the strings of the list.
fn list<'a>(key: &[u8], values: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) {
    out.extend_from_slice(key);
    for (n, value) in values.enumerate() {
        text(if n == 0 { b"" } else { b"," }, value, out);
    }
    out.push(b']');
}

/// A key as it stands in the document, and a string.
fn text(key: &[u8], value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(key);
    json_string(value.as_bytes(), out);
}

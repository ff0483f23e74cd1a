//! What a record of an access log means, once its layout has been read: who answered, how long it took, and
//! whether a retry hid a failure. Knows no layout.

use goodgate_facts::{Attempt, Exchange, Signal, SignalId, Value, id};

use super::access_waits::{Waits, is_slow};
use crate::Sink;
use crate::layout::{Field, Row};

/// Puts into the sink what a record means.
pub(super) fn read(row: &Row<'_>, waits: &mut Waits, sink: &mut Sink) {
    sink.set_time(row.time());
    let exchange = row.exchange(sink.line());
    let Some(status) = exchange.status else {
        // nginx writes 000 for connections that ended without a request.
        return;
    };
    if status >= 500
        && let Some(seconds) = duration(&exchange)
    {
        let target = exchange.attempts.last().and_then(|attempt| attempt.target.as_ref());
        waits.failed(status, target, seconds, exchange.when);
    }
    let meaning = meaning(row, &exchange, status);
    let masked = retries(row, &exchange, status, sink);
    if let Some(meaning) = meaning {
        sink.put(at_last_attempt(sink, &exchange, meaning).value(value(meaning, &exchange, status)));
    }
    let slow = status < 499 && duration(&exchange).is_some_and(is_slow);
    if slow {
        let seconds = duration(&exchange).unwrap_or_default();
        sink.put(at_last_attempt(sink, &exchange, id("upstream-slow")).value(Value::Seconds(seconds)));
    }
    sink.exchange(exchange, meaning.is_some() || masked || slow || status >= 500);
}

/// How long the answer took: the whole, or what the upstream's part of it is known to be.
fn duration(exchange: &Exchange) -> Option<f64> {
    exchange.total_s.or_else(|| exchange.attempts.last().and_then(|attempt| attempt.total_s))
}

fn at_last_attempt(sink: &Sink, exchange: &Exchange, meaning: SignalId) -> Signal {
    let target = exchange.attempts.last().and_then(|attempt| attempt.target.clone());
    sink.signal(meaning).target(target).request(exchange.path.clone())
}

fn value(meaning: SignalId, exchange: &Exchange, status: u16) -> Value {
    if meaning == id("client-gone") {
        return duration(exchange).map_or(Value::None, Value::Seconds);
    }
    if status < 500
        && let Some(upstream) = exchange.attempts.last().and_then(|attempt| attempt.status)
        && upstream >= 500
    {
        return Value::Status(upstream);
    }
    Value::Status(status)
}

/// What the answer itself means; `None` for answers that are in order.
fn meaning(row: &Row<'_>, exchange: &Exchange, status: u16) -> Option<SignalId> {
    if let Some(stated) = row.get(Field::ErrorNotes).and_then(reason) {
        return Some(stated);
    }
    let last = exchange.attempts.last();
    let upstream = last.and_then(|attempt| attempt.status);
    let answered = last.is_some_and(|attempt| really_answered(row, attempt));
    match status {
        500..=599 if upstream == Some(status) && answered => Some(id("upstream-answered-5xx")),
        500..=599 => Some(made_by_gateway(status)),
        // An error page with a status of its own stands for the upstream's failure.
        0..=498 if upstream.is_some_and(|upstream| (500..=599).contains(&upstream)) => {
            if answered {
                Some(id("upstream-answered-5xx"))
            } else {
                upstream.map(made_by_gateway)
            }
        }
        499 => Some(id("client-gone")),
        413 if answered => Some(id("request-rejected-by-upstream-size")),
        413 => Some(id("request-body-too-big")),
        414 | 431 | 494 => Some(id("request-header-too-big")),
        408 | 421 | 429 if answered => Some(id("upstream-answered-4xx")),
        408 => Some(id("client-timed-out")),
        421 | 429 => Some(id("gateway-answered-other")),
        // nginx writes 009 when it passed an answer without a status line on.
        9 => Some(id("http09-response")),
        0..=99 | 600.. => Some(id("answer-invalid-status")),
        _ => None,
    }
}

fn made_by_gateway(status: u16) -> SignalId {
    match status {
        500 => id("gateway-answered-500"),
        502 => id("gateway-answered-502"),
        503 => id("gateway-answered-503"),
        504 => id("gateway-answered-504"),
        _ => id("gateway-answered-other"),
    }
}

/// Whether the upstream itself sent the status that the record gives for it. nginx writes 502 and 504 of its own
/// there when an attempt failed; then no time to the response head is logged. Other statuses only upstreams send.
fn really_answered(row: &Row<'_>, attempt: &Attempt) -> bool {
    match attempt.status {
        Some(502 | 504) => attempt.head_s.is_some(),
        Some(_) => row.raw(Field::HeaderTime).is_none() || attempt.head_s.is_some(),
        None => false,
    }
}

/// States retries and the failures that they hid; says whether any was hidden.
fn retries(row: &Row<'_>, exchange: &Exchange, status: u16, sink: &mut Sink) -> bool {
    let Some((_, earlier)) = exchange.attempts.split_last() else { return false };
    let redirected =
        row.get(Field::UpstreamStatus).is_some_and(|value| memchr::memmem::find(value, b" : ").is_some());
    // Behind a colon stands another place that nginx went to on purpose (X-Accel-Redirect, error_page).
    if earlier.is_empty() || redirected {
        return false;
    }
    sink.put(sink.signal(id("upstream-retried")).request(exchange.path.clone()));
    if status >= 499 {
        return false;
    }
    for attempt in earlier {
        let mut signal =
            sink.signal(id("failure-masked")).target(attempt.target.clone()).request(exchange.path.clone());
        if let Some(status) = attempt.status {
            signal = signal.value(Value::Status(status));
        }
        sink.put(signal);
    }
    true
}

/// The reason in Apache's `error-notes`, which it also prints on its error page. "Error reading from remote server"
/// is none: it stands for timeouts as well.
fn reason(notes: &[u8]) -> Option<SignalId> {
    const REASONS: &[(&[u8], SignalId)] = &[
        (b"Error during SSL Handshake", id("tls-handshake-failed")),
        (b"DNS lookup failure", id("name-lookup-failed")),
        (b"Corrupt status line", id("status-line-invalid")),
        (b"Malformed connection header", id("header-invalid")),
        (b"Timeout on 100-Continue", id("read-timed-out")),
        (b"Unexpected Upgrade", id("upgrade-unasked")),
    ];
    const MARK: &[u8] = b"Reason: <strong>";
    let at = memchr::memmem::find(notes, MARK)?;
    let words = notes.get(at + MARK.len()..)?;
    REASONS.iter().find(|(reason, _)| words.starts_with(reason)).map(|(_, signal)| *signal)
}

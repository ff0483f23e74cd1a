//! What the load balancer of a cloud or a platform records of one request, once its layout has been read: whether its
//! code names a failure, or the server itself answered an error. Knows no product and no layout.

use goodgate_facts::{Attempt, Exchange, Moment, SignalId, Target, Untrusted, Value, id};

use super::access_waits::{Waits, is_slow};
use super::plain_access::unexplained;
use crate::{Sink, Verdict};

/// Longer methods are no methods.
const METHOD_CHARS_MAX: usize = 24;

/// One record.
#[derive(Default)]
pub(super) struct Routed<'a> {
    pub(super) when: Option<Moment>,
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// What the client got.
    pub(super) status: Option<u16>,
    /// What the server answered; `None` where it answered nothing, or the layout does not tell.
    pub(super) server_status: Option<u16>,
    pub(super) target: Option<Target>,
    pub(super) total_s: Option<f64>,
    pub(super) bytes: Option<u64>,
    /// What the record's own code says.
    pub(super) said: Option<SignalId>,
    /// A second fact that the same code states.
    pub(super) also: Option<SignalId>,
}

/// Puts into the sink what a record means; its line is thereby read.
pub(super) fn put(record: &Routed<'_>, waits: &mut Waits, sink: &mut Sink) -> Verdict {
    sink.set_time(record.when);
    let status = record.status.unwrap_or(0);
    if status >= 500
        && let Some(seconds) = record.total_s
    {
        waits.failed(status, record.target.as_ref(), seconds, sink.time());
    }
    let exchange = Exchange {
        when: sink.time(),
        method: Some(record.method.chars().take(METHOD_CHARS_MAX).collect()),
        path: Untrusted::new(record.path.as_bytes()),
        status: record.status,
        bytes: record.bytes,
        total_s: record.total_s,
        attempts: attempts(record),
        line: sink.line(),
    };
    let answered = status >= 500 && record.server_status == Some(status);
    let found = record
        .said
        .or_else(|| if answered { Some(id("upstream-answered-5xx")) } else { unexplained(status) });
    let signal = |found: SignalId, sink: &Sink| {
        sink.signal(found).target(record.target.clone()).request(exchange.path.clone())
    };
    if let Some(found) = found {
        let value = if record.said.is_some() { Value::None } else { Value::Status(status) };
        sink.put(signal(found, sink).value(value));
    }
    if let Some(also) = record.also {
        sink.put(signal(also, sink));
    }
    let slow = record.total_s.filter(|seconds| found.is_none() && status < 499 && is_slow(*seconds));
    if let Some(seconds) = slow {
        sink.put(signal(id("upstream-slow"), sink).value(Value::Seconds(seconds)));
    }
    // A connection that asked nothing is no request.
    if record.status.is_some() {
        sink.exchange(exchange, found.is_some() || slow.is_some());
    }
    Verdict::Mine
}

fn attempts(record: &Routed<'_>) -> Vec<Attempt> {
    if record.target.is_none() && record.server_status.is_none() {
        return Vec::new();
    }
    let attempt = Attempt {
        target: record.target.clone(),
        status: record.server_status,
        connect_s: None,
        head_s: None,
        total_s: None,
    };
    vec![attempt]
}

/// Seconds as records write them; `None` for what is no time.
pub(super) fn seconds(text: &str) -> Option<f64> {
    // `inf` and `NaN` are numbers to the parser, too.
    text.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
}

/// A status as records write it; `None` for `-`, 0 and what is no number.
pub(super) fn status(text: &str) -> Option<u16> {
    text.parse().ok().filter(|status| *status > 0)
}

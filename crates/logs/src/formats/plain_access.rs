//! What an access record says that tells a status and perhaps a time, and nothing of the upstream.
//! Knows no product and no layout.

use goodgate_facts::{SignalId, Value, id};

use super::answer_times::AnswerTimes;
use crate::layout::{Field, Layout, Notation, Row};
use crate::{Declared, Sink};

/// The layouts that configurations declare for a format; those that do not compile are left out.
pub(super) fn declared_layouts(declared: &[Declared], format: &str, notation: Notation) -> Vec<Layout> {
    declared
        .iter()
        .filter(|d| d.format == format)
        .filter_map(|d| Layout::compile(notation, &d.layout))
        .collect()
}

/// The signal of an error status whose maker and reason the record does not tell.
pub(super) fn unexplained(status: u16) -> Option<SignalId> {
    Some(match status {
        500 => id("gateway-answered-500"),
        502 => id("gateway-answered-502"),
        503 => id("gateway-answered-503"),
        504 => id("gateway-answered-504"),
        501 | 505..=599 => id("gateway-answered-other"),
        600.. => id("answer-invalid-status"),
        _ => return None,
    })
}

/// States what the row says; `stated` is the cause that the record itself names, if it does.
pub(super) fn read_row(row: &Row<'_>, stated: Option<SignalId>, times: &mut AnswerTimes, sink: &mut Sink) {
    sink.set_time(row.time());
    let exchange = row.exchange(sink.line());
    let status = exchange.status.unwrap_or(0);
    let meaning = stated.or_else(|| match row.get(Field::ConnectionStatus) {
        Some(b"X") if exchange.status.is_none() => Some(id("client-gone")),
        _ => unexplained(status),
    });
    if status >= 500
        && let Some(seconds) = exchange.total_s
    {
        times.failed_after(seconds);
    }
    if let Some(meaning) = meaning {
        let signal = sink.signal(meaning).request(exchange.path.clone());
        sink.put(if status >= 500 { signal.value(Value::Status(status)) } else { signal });
    }
    // A record without a status is of a connection that asked nothing, or of a client that left.
    if exchange.status.is_some() {
        sink.exchange(exchange, status >= 500 || stated.is_some());
    }
}

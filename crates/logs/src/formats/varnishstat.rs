//! `varnishstat -1`: counters since the child started. Only what is above zero says anything.

use goodgate_facts::{SignalId, Value, id};

use crate::{Declared, Format, LineReader, Sample, Sink, Verdict};

/// `varnishstat -1`.
pub(crate) const FORMAT: Format = Format {
    id: "varnishstat",
    title: "varnishstat -1",
    reference: "Varnish documentation: varnish-counters(7)",
    product: "varnish",
    capture: true,
    open,
    samples: SAMPLES,
};

fn open(_: &[Declared]) -> Box<dyn LineReader> {
    Box::new(Reader)
}

struct Reader;

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let Some((name, count)) = counter(line) else { return Verdict::Foreign };
        if count > 0 {
            put(name, count, sink);
        }
        Verdict::Mine
    }
}

/// `MAIN.backend_fail   3   0.75 Backend conn. failures`
fn counter(line: &[u8]) -> Option<(&str, i64)> {
    const GROUPS: &[&str] =
        &["MAIN.", "MGT.", "VBE.", "SMA.", "SMF.", "MEMPOOL.", "LCK.", "WAITER.", "VCP.", "DBG."];
    let text = std::str::from_utf8(line).ok()?;
    let mut words = text.split_ascii_whitespace();
    let name = words.next().filter(|name| GROUPS.iter().any(|group| name.starts_with(group)))?;
    let count = words.next()?.parse().ok()?;
    let rate = words.next()?;
    (rate == "." || rate.parse::<f64>().is_ok()).then_some((name, count))
}

fn put(name: &str, count: i64, sink: &mut Sink) {
    let number = Value::Number(count);
    if let Some(counter) = name.strip_prefix("MAIN.") {
        if let Some((_, found)) = MAIN.iter().find(|(known, _)| *known == counter) {
            sink.put(sink.signal(*found).name(counter).value(number));
        }
        return;
    }
    if name == "MGT.child_died" || name == "MGT.child_panic" {
        sink.put(sink.signal(id("gateway-worker-died")).value(number));
        return;
    }
    // VBE.<vcl>.<backend>.<counter>; the backend's name may hold dots.
    let Some((backend, counter)) = name.strip_prefix("VBE.").and_then(|rest| rest.rsplit_once('.')) else {
        return;
    };
    let backend = backend.split_once('.').map_or(backend, |(_, backend)| backend);
    if let Some((_, found)) = BACKEND.iter().find(|(known, _)| *known == counter) {
        let signal = sink.signal(*found).name(backend);
        // A failure is a failure however often the counter ran; its number would keep two looks apart.
        let counted = found.kind().group != "symptom";
        sink.put(if counted { signal.value(number) } else { signal });
    }
}

/// Counters of the whole process. `backend_fail` and `fetch_failed` are sums whose parts are told elsewhere.
const MAIN: &[(&str, SignalId)] = &[
    ("backend_busy", id("limit-counter")),
    ("backend_fail", id("server-connect-errors")),
    ("fetch_failed", id("server-response-errors")),
    ("backend_retry", id("upstream-retried")),
    ("threads_limited", id("limit-counter")),
    ("threads_failed", id("gateway-internal-error")),
    ("sess_dropped", id("limit-counter")),
    ("sess_queued", id("limit-counter")),
    ("req_dropped", id("limit-counter")),
    ("thread_queue_len", id("limit-counter")),
];

/// Counters of one backend.
const BACKEND: &[(&str, SignalId)] = &[
    ("unhealthy", id("server-status-down")),
    ("busy", id("upstream-limit-reached")),
    ("fail_eacces", id("connect-denied")),
    ("fail_eaddrnotavail", id("connect-no-local-port")),
    ("fail_econnrefused", id("connect-refused")),
    ("fail_enetunreach", id("connect-unreachable")),
    ("fail_etimedout", id("connect-timed-out")),
    ("fail_other", id("connect-failed")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: "MAIN.backend_fail                 3         0.75 Backend conn. failures\nMAIN.backend_busy                 0         0.00 Backend conn. too many\nVBE.boot.default.fail_econnrefused             1         0.25 Connections failed with ECONNREFUSED",
        signals: &["server-connect-errors =3", "connect-refused"],
    },
    Sample {
        text: "MAIN.threads                     54          .   Total number of threads\nVBE.boot.default.busy                       10         2.50 Fetches not attempted due to backend being busy",
        signals: &["upstream-limit-reached"],
    },
    Sample { text: "MAIN.backend_conn           25         6.25 Backend conn. success", signals: &[] },
];

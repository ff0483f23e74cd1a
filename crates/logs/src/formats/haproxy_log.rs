//! HAProxy's traffic log: HTTP, HTTPS, TCP and CLF layouts. The two-letter termination state tells who ended the
//! session and in which phase; what either letter leaves open stays open here.

use goodgate_facts::{Address, Attempt, Exchange, Signal, SignalId, Target, Untrusted, Value, id};

use super::answer_times::{AnswerTimes, is_slow};
use super::haproxy_line::{Record, of_row, parse, program_text};
use super::plain_access::{declared_layouts, unexplained};
use crate::layout::{Layout, Notation};
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict};

/// HAProxy's traffic log.
pub(crate) const FORMAT: Format = Format {
    id: "haproxy-access",
    title: "HAProxy traffic log (HTTP, TCP, CLF)",
    reference: "HAProxy configuration manual, sections 8.2 and 8.5",
    product: "haproxy",
    capture: false,
    open,
    samples: SAMPLES,
};

fn open(declared: &[Declared]) -> Box<dyn LineReader> {
    let layouts = declared_layouts(declared, FORMAT.id, Notation::Haproxy);
    Box::new(Reader { layouts, times: AnswerTimes::default() })
}

struct Reader {
    layouts: Vec<Layout>,
    times: AnswerTimes,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let declared = || {
            let text = program_text(line);
            self.layouts.iter().find_map(|layout| of_row(&layout.cut(text)?))
        };
        let Some(record) = parse(line).or_else(declared) else { return Verdict::Foreign };
        sink.set_time(record.when);
        let found = meaning(&record);
        let failed = record.status >= 500 || record.status < 0 || found.iter().any(|(id, _)| is_failure(*id));
        if failed && let Some(seconds) = telling_wait_s(&record) {
            self.times.failed_after(seconds);
        }
        for (id, value) in found {
            let signal = about(sink.signal(id), &record).value(value);
            sink.put(signal);
        }
        let keep = failed || record.retries > 0;
        sink.exchange(exchange(&record, sink), keep);
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        self.times.end(sink);
    }
}

/// How long the client waited, where that says something: a client that left tells nothing, refused connections
/// are tried again after a pause of HAProxy's own, and each try at a silent server takes the whole timeout.
fn telling_wait_s(record: &Record<'_>) -> Option<f64> {
    const TRY_MS_MAX: i64 = 100;
    let total_s = record.total_ms as f64 / 1000.0;
    match record.state {
        [b'C' | b'c', _] => None,
        [b'S', b'C'] if record.retries > 0 && record.total_ms > TRY_MS_MAX => None,
        [b's', b'C'] => Some(total_s / (f64::from(record.retries) + 1.0)),
        _ => Some(total_s),
    }
}

fn is_failure(id: SignalId) -> bool {
    matches!(id.kind().role, goodgate_facts::Role::Failure(..))
}

fn about(signal: Signal, record: &Record<'_>) -> Signal {
    let signal = signal.name(record.place());
    match record.request {
        Some(request) => signal.request(Untrusted::new(request)),
        None => signal,
    }
}

fn exchange(record: &Record<'_>, sink: &Sink) -> Exchange {
    let seconds = |ms: i64| (ms >= 0).then_some(ms as f64 / 1000.0);
    let status = u16::try_from(record.status).ok().filter(|status| *status > 0);
    let attempts = if record.server == "<NOSRV>" {
        Vec::new()
    } else {
        vec![Attempt {
            target: Some(Target { protocol: None, address: Address::Group(record.place()) }),
            status: status.filter(|_| record.head_ms >= 0),
            connect_s: seconds(record.connect_ms),
            head_s: seconds(record.head_ms),
            total_s: seconds(record.total_ms),
        }]
    };
    let request = record.request.unwrap_or_default();
    let mut words = request.split(|b| *b == b' ');
    let method = words.next().filter(|word| !word.is_empty() && word.iter().all(u8::is_ascii_uppercase));
    Exchange {
        when: sink.time(),
        method: method.map(|word| String::from_utf8_lossy(word).into_owned()),
        path: Untrusted::new(words.next().unwrap_or_default()),
        status: if record.http { status } else { Some(tcp_status(record)) },
        bytes: Some(record.bytes),
        total_s: seconds(record.total_ms),
        attempts,
        line: sink.line(),
    }
}

/// A bare TCP session has no status; the tally counts it as good or bad.
fn tcp_status(record: &Record<'_>) -> u16 {
    if matches!(record.state[0], b'S' | b's' | b'R' | b'I' | b'D' | b'P') { 502 } else { 200 }
}

/// What one record says, most telling first.
fn meaning(record: &Record<'_>) -> Vec<(SignalId, Value)> {
    let mut found = by_state(record);
    if record.retries > 0 && record.state[0] != b'C' {
        let masked = record.redispatched && (200..500).contains(&record.status) && record.state == *b"--";
        let which = if masked { id("failure-masked") } else { id("upstream-retried") };
        found.push((which, Value::None));
    }
    let head_s = record.head_ms as f64 / 1000.0;
    if record.http && is_slow(head_s) {
        found.push((id("upstream-slow"), Value::Seconds(head_s)));
    }
    found
}

fn one(id: SignalId) -> Vec<(SignalId, Value)> {
    vec![(id, Value::None)]
}

fn by_state(record: &Record<'_>) -> Vec<(SignalId, Value)> {
    let no_server = record.server == "<NOSRV>";
    // The letters tell of the first event that ended the session. A status answered from a rule of the
    // configuration ends in P or L as well, so these look at the status.
    match (record.state[0], record.state[1]) {
        (b'C', _) => one(id("client-gone")),
        (b'c', _) => one(id("client-timed-out")),
        (b'S', b'C' | b'Q') if no_server => one(id("no-live-upstream")),
        (b'S', b'Q') => one(id("no-live-upstream")),
        // Refused, unreachable, socket missing or denied, certificate rejected: all are written SC.
        (b'S', b'C') => one(id("connect-failed")),
        (b's', b'C') => one(id("connect-timed-out")),
        (b's', b'Q') => one(id("queue-timed-out")),
        (b'S', b'H') => one(id("ended-before-response")),
        (b's', b'H') => one(id("read-timed-out")),
        (b'S', b'D' | b'L') => one(id("body-cut")),
        (b's', b'D' | b'L') => one(id("body-timed-out")),
        (b'P', _) => refused_by_proxy(record, no_server),
        (b'L', _) if record.status >= 500 => one(id("answered-by-own-rule")),
        (b'R', _) => vec![(id("gateway-internal-error"), Value::Word("resource exhausted".into()))],
        (b'I', _) => one(id("gateway-internal-error")),
        (b'D', b'C') => vec![(id("upstream-marked-down"), Value::None), (id("connect-failed"), Value::None)],
        (b'D', b'H') => {
            vec![(id("upstream-marked-down"), Value::None), (id("ended-before-response"), Value::None)]
        }
        (b'D', _) => vec![(id("upstream-marked-down"), Value::None), (id("body-cut"), Value::None)],
        (b'-', _) => passed_on(record, no_server),
        _ => Vec::new(),
    }
}

fn refused_by_proxy(record: &Record<'_>, no_server: bool) -> Vec<(SignalId, Value)> {
    match (record.state[1], record.status) {
        (b'H', 500) => vec![(id("gateway-internal-error"), Value::Word("header rewrite".into()))],
        (b'H', 502) | (b'H', -1) if !no_server => one(id("response-unreadable")),
        (b'D' | b'L', _) if !no_server => one(id("chunk-invalid")),
        (b'C', _) => vec![(id("gateway-internal-error"), Value::Word("resource exhausted".into()))],
        (b'R', 500) => vec![(id("gateway-internal-error"), Value::Word("request rewrite".into()))],
        (b'R' | b'H', 501..) => one(id("answered-by-own-rule")),
        (b'R', 400 | 408 | 411 | 413 | 414 | 431 | -1) => one(id("client-request-bad")),
        (b'T', _) | (b'R' | b'H', 401..=499) => one(id("request-forbidden")),
        _ => Vec::new(),
    }
}

/// Ended normally: whatever the status is, the server (or, without one, HAProxy's own rules) chose it.
fn passed_on(record: &Record<'_>, no_server: bool) -> Vec<(SignalId, Value)> {
    let Ok(status) = u16::try_from(record.status) else { return Vec::new() };
    if !record.http {
        return Vec::new();
    }
    match status {
        0 => one(id("no-answer-at-all")),
        600.. => vec![(id("answer-invalid-status"), Value::Status(status))],
        500.. if no_server => one(id("answered-by-own-rule")),
        500.. if record.head_ms >= 0 => vec![(id("upstream-answered-5xx"), Value::Status(status))],
        500.. => unexplained(status).map(one).unwrap_or_default(),
        400 | 403 | 408 | 411 | 413 | 414 | 421 | 426 | 429 | 431 if record.head_ms >= 0 && !no_server => {
            vec![(id("upstream-answered-4xx"), Value::Status(status))]
        }
        _ => Vec::new(),
    }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "192.0.2.7:52516 [22/Nov/2026:00:33:20.455] web app/app1 0/0/-1/-1/3003 503 216 - - SC-- 1/1/0/0/3 0/0 \"GET /cart HTTP/1.1\"",
        signals: &["connect-failed", "upstream-retried"],
    },
    Sample {
        text: "Nov 22 00:36:10 web1 haproxy[14822]: 192.0.2.7:41940 [22/Nov/2026:00:36:02.890] web app/app1 0/0/-1/-1/8003 503 216 - - sC-- 1/1/0/0/0 0/0 \"GET / HTTP/1.1\"",
        signals: &["connect-timed-out"],
    },
    Sample {
        text: "192.0.2.7:1 [22/Nov/2026:00:25:03.618] web app/<NOSRV> 0/-1/-1/-1/0 503 216 - - SC-- 1/1/0/0/0 0/0 \"GET / HTTP/1.1\"",
        signals: &["no-live-upstream"],
    },
    Sample {
        text: "192.0.2.7:1 [22/Nov/2026:00:32:11.266] web app/<NOSRV> 0/2000/-1/-1/2000 503 216 - - sQ-- 10/10/8/0/0 0/3 \"GET / HTTP/1.1\"",
        signals: &["queue-timed-out"],
    },
    Sample {
        text: "192.0.2.7:1 [22/Nov/2026:00:34:24.835] web app/app1 0/0/0/-1/96 502 208 - - SH-- 1/1/0/0/0 0/0 {www.example.com|curl} {} \"GET / HTTP/1.1\"",
        signals: &["ended-before-response"],
    },
    Sample {
        text: "192.0.2.7:1 [22/Nov/2026:00:34:24.835] web app/app1 0/0/0/-1/3001 504 198 - - sH-- 1/1/0/0/0 0/0 \"GET / HTTP/1.1\"\n192.0.2.7:1 [22/Nov/2026:00:34:28.835] web app/app1 0/0/0/-1/3000 504 198 - - sH-- 1/1/0/0/0 0/0 \"GET / HTTP/1.1\"",
        signals: &["read-timed-out", "answered-at-timeout =3 s"],
    },
    Sample {
        text: "192.0.2.7:1 [22/Nov/2026:00:34:24.835] web~ app/app1 0/0/0/-1/3 502 208 - - PH-- 1/1/0/0/0 0/0 \"GET / HTTP/1.1\" 0/0000000000000000/0/0/0 www.example.com/TLSv1.3/TLS_AES_128_GCM_SHA256",
        signals: &["response-unreadable"],
    },
    Sample {
        text: "192.0.2.7:1 [22/Nov/2026:00:34:24.835] web app/app1 0/0/0/2/3 503 135 - - ---- 1/1/0/0/0 0/0 \"GET / HTTP/1.1\"",
        signals: &["upstream-answered-5xx =503"],
    },
    Sample {
        text: "192.0.2.7:1 [22/Nov/2026:00:34:24.835] web app/app2 0/0/0/2/3 200 135 - - ---- 1/1/0/0/+1 0/0 \"GET / HTTP/1.1\"",
        signals: &["failure-masked"],
    },
    Sample {
        text: "192.0.2.7:1 [22/Nov/2026:00:34:24.835] web app/app1 0/0/0/2/3 200 135 - - SD-- 1/1/0/0/0 0/0 \"GET / HTTP/1.1\"",
        signals: &["body-cut"],
    },
    Sample {
        text: "192.0.2.7:1 [22/Nov/2026:00:34:24.835] web app/app1 0/0/0/-1/900 -1 0 - - CH-- 1/1/0/0/0 0/0 \"GET /?sH=SC-- HTTP/1.1\"",
        signals: &["client-gone"],
    },
    Sample {
        text: "192.0.2.7:1 [22/Nov/2026:00:34:24.835] web web/<NOSRV> 0/-1/-1/-1/0 503 107 - - PR-- 1/1/0/0/0 0/0 \"GET / HTTP/1.1\"",
        signals: &["answered-by-own-rule"],
    },
    Sample {
        text: "192.0.2.7:33313 [22/Nov/2026:12:12:51.443] fnt bck/srv1 0/-1/3007 0 SC 0/0/0/0/3 0/0",
        signals: &["connect-failed", "upstream-retried"],
    },
    Sample {
        text: "192.0.2.7 - - [22/Nov/2026:00:34:24 +0000] \"GET / HTTP/1.1\" 504 198 \"\" \"\" 52516 835 \"web\" \"app\" \"app1\" 0 0 0 -1 3001 \"sH--\" 1 1 0 0 0 0 0 \"\" \"\"",
        signals: &["read-timed-out"],
    },
    Sample {
        text: "192.0.2.7:1 [22/Nov/2026:00:34:24.835] web app/app1 0/0/0/2/3 200 1172 - - ---- 1/1/0/0/0 0/0 \"GET / HTTP/1.1\"",
        signals: &[],
    },
];

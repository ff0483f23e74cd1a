//! Squid's access.log in the native layout. The code before the slash tells how the request was served, the word
//! before the last slash whether and where it was forwarded.

use goodgate_facts::{Attempt, Exchange, Signal, SignalId, Target, Untrusted, Value, id};

use super::answer_times::AnswerTimes;
use super::connect_words::tls_error;
use super::plain_access::{declared_layouts, read_row, unexplained};
use super::squid_record::{Record, parse};
use crate::layout::{Field, Layout, Notation, Row};
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "squid-access",
    title: "Squid access.log (native)",
    reference: "squid doc: logformat squid; src/LogTags.cc, src/hier_code.h",
    product: "squid",
    capture: false,
    open,
    samples: SAMPLES,
};

fn open(declared: &[Declared]) -> Box<dyn LineReader> {
    let declared = declared_layouts(declared, FORMAT.id, Notation::Squid);
    Box::new(Reader { times: AnswerTimes::default(), declared })
}

struct Reader {
    times: AnswerTimes,
    declared: Vec<Layout>,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let text = super::columns::text(line);
        if let Some(record) = parse(&text).filter(is_squid) {
            sink.set_time(record.when);
            self.record(&record, sink);
            return Verdict::Mine;
        }
        let Some(row) = self.declared.iter().find_map(|layout| layout.cut(line)) else {
            return Verdict::Foreign;
        };
        if row.status().is_none() && row.time().is_none() {
            return Verdict::Foreign;
        }
        read_row(&row, stated(&row), &mut self.times, sink);
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        self.times.end(sink);
    }
}

/// `%err_code` names the error page that Squid made.
fn stated(row: &Row<'_>) -> Option<SignalId> {
    let code = row.text(Field::ErrorNotes)?;
    Some(match code.split(['/', ' ']).next().unwrap_or(code) {
        "ERR_CONNECT_FAIL" => id("connect-failed"),
        "ERR_SECURE_CONNECT_FAIL" => {
            let detail = row.text(Field::ResponseCodeDetails).unwrap_or("");
            tls_error(detail).unwrap_or(id("tls-handshake-failed"))
        }
        "ERR_READ_TIMEOUT" => id("read-timed-out"),
        "ERR_READ_ERROR" => id("ended-before-response"),
        "ERR_WRITE_ERROR" => id("send-broken"),
        "ERR_ZERO_SIZE_OBJECT" => id("closed-before-response"),
        "ERR_INVALID_RESP" => id("response-unreadable"),
        "ERR_DNS_FAIL" => id("name-lookup-failed"),
        "ERR_CANNOT_FORWARD" => id("no-live-upstream"),
        "ERR_LIFETIME_EXP" => id("response-timed-out"),
        "ERR_SOCKET_FAILURE" | "ERR_GATEWAY_FAILURE" | "ERR_ICAP_FAILURE" => id("gateway-internal-error"),
        "ERR_CLIENT_GONE" => id("client-gone"),
        "ERR_ACCESS_DENIED" | "ERR_FORWARDING_DENIED" => id("request-forbidden"),
        "ERR_INVALID_REQ" | "ERR_INVALID_URL" | "ERR_UNSUP_REQ" => id("client-request-bad"),
        _ => return None,
    })
}

/// Traffic Server writes the same fields with other codes, other hierarchy words and no padding.
fn is_squid(record: &Record<'_>) -> bool {
    let tag = ["TCP_", "UDP_", "NONE", "TAG_NONE"].iter().any(|start| record.code.starts_with(start));
    let bare = matches!(record.hierarchy, "DIRECT" | "NONE" | "TIMEOUT_DIRECT" | "EMPTY");
    tag && (!bare || record.padded)
}

impl Reader {
    fn record(&mut self, record: &Record<'_>, sink: &mut Sink) {
        // A connection that ended before a request: nobody asked anything.
        if record.url.starts_with("error:") {
            put(sink, record, id("client-request-bad"));
            return;
        }
        if record.code.ends_with("_ABORTED") {
            put(sink, record, id("client-gone"));
            if record.status.is_none() {
                return;
            }
        }
        let failed = record.status.is_some_and(|status| status >= 500);
        if failed {
            self.failed(record, sink);
        } else if record.status == Some(431) || record.status == Some(413) {
            put(sink, record, id("client-request-bad"));
        }
        sink.exchange(exchange(record, sink.line()), failed);
    }

    fn failed(&mut self, record: &Record<'_>, sink: &mut Sink) {
        let status = record.status.unwrap_or(0);
        let timed_out = record.code.contains("_TIMEDOUT").then_some(id("read-timed-out"));
        let Some(meaning) = timed_out.or_else(|| unexplained(status)) else { return };
        self.times.failed_after(record.elapsed_s);
        sink.put(about(sink.signal(meaning), record).value(Value::Status(status)));
        if !forwarded(record) {
            sink.put(sink.signal(id("request-not-forwarded")));
        }
    }
}

/// Whether the hierarchy word names a server that was asked.
fn forwarded(record: &Record<'_>) -> bool {
    !matches!(record.hierarchy, "HIER_NONE" | "NONE") && record.host != "-"
}

fn put(sink: &mut Sink, record: &Record<'_>, meaning: SignalId) {
    sink.put(about(sink.signal(meaning), record));
}

fn about(signal: Signal, record: &Record<'_>) -> Signal {
    signal
        .request(Untrusted::new(format!("{} {}", record.method, record.url).as_bytes()))
        .target(target(record))
}

/// The server that was asked; Squid names it without its port.
fn target(record: &Record<'_>) -> Option<Target> {
    if forwarded(record) { Target::parse(record.host) } else { None }
}

fn exchange(record: &Record<'_>, line: u32) -> Exchange {
    let attempts = target(record).map(|target| Attempt { target: Some(target), ..Attempt::default() });
    Exchange {
        when: Some(record.when),
        method: Some(record.method.to_owned()),
        path: Untrusted::new(record.url.as_bytes()),
        status: record.status,
        bytes: Some(record.bytes),
        total_s: Some(record.elapsed_s),
        attempts: attempts.into_iter().collect(),
        line,
    }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "1767323045.562      0 192.0.2.7 TCP_MISS/502 3462 GET http://shop.example.com/? - HIER_NONE/- text/html",
        signals: &["gateway-answered-502 =502", "request-not-forwarded"],
    },
    Sample {
        text: "1767323045.707   3001 192.0.2.7 TCP_MISS/504 3494 GET http://shop.example.com/? - FIRSTUP_PARENT/127.0.0.1 text/html\n\
               1767323049.709   3002 192.0.2.7 TCP_MISS/504 3494 GET http://shop.example.com/? - FIRSTUP_PARENT/127.0.0.1 text/html",
        signals: &["gateway-answered-504 @127.0.0.1 =504", "answered-at-timeout =3.001 s"],
    },
    Sample {
        text: "1767323045.888    700 192.0.2.7 TCP_MISS_ABORTED/000 0 GET http://shop.example.com/? - FIRSTUP_PARENT/127.0.0.1 -",
        signals: &["client-gone @127.0.0.1"],
    },
    Sample {
        text: "1767323045.407      0 192.0.2.7 NONE_NONE/000 0 - error:transaction-end-before-headers - HIER_NONE/- -",
        signals: &["client-request-bad"],
    },
    Sample {
        text: "1767323045.332      0 192.0.2.7 TCP_MISS/200 2188 GET http://shop.example.com/? - FIRSTUP_PARENT/127.0.0.1 text/plain",
        signals: &[],
    },
];

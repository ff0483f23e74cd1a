//! Traffic Server's access log: the squid layout (`… ERR_CONNECT_FAIL/502 …`) and layouts that name their fields
//! (`crc=… pssc=… sssc=…`).
//!
//! The result code says that Traffic Server made the error, but `ERR_CONNECT_FAIL` stands for every 502 it makes:
//! only with the origin's status and the proxy's finish code is it known to be about connecting.

use goodgate_facts::{Attempt, Exchange, Moment, SignalId, Target, Untrusted, Value, id};

use super::answer_times::AnswerTimes;
use super::plain_access::{declared_layouts, unexplained};
use super::squid_record::parse;
use crate::layout::{Field, Layout, Notation, Row};
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict, clock};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "ats-access",
    title: "Traffic Server access log",
    reference: "trafficserver doc/admin-guide/logging: cache-results, formatting",
    product: "trafficserver",
    capture: false,
    open,
    samples: SAMPLES,
};

fn open(declared: &[Declared]) -> Box<dyn LineReader> {
    let declared = declared_layouts(declared, FORMAT.id, Notation::TrafficServer);
    Box::new(Reader { times: AnswerTimes::default(), declared })
}

struct Reader {
    times: AnswerTimes,
    declared: Vec<Layout>,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let text = super::columns::text(line);
        let configured = || {
            let row = self.declared.iter().find_map(|layout| layout.cut(line))?;
            (row.status().is_some() || row.get(Field::ResultCode).is_some()).then(|| configured(&row))
        };
        let Some(record) = named(&text).or_else(|| squid(&text)).or_else(configured) else {
            return Verdict::Foreign;
        };
        sink.set_time(record.when);
        self.record(&record, sink);
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        self.times.end(sink);
    }
}

/// What either layout tells.
#[derive(Default)]
struct Record<'a> {
    when: Option<Moment>,
    total_s: Option<f64>,
    /// The result code (`crc`).
    code: &'a str,
    /// The status that the client got (`pssc`).
    status: Option<u16>,
    /// The origin's status (`sssc`); `Some(0)` where it gave none, `None` where the layout does not tell.
    origin_status: Option<u16>,
    /// How the proxy's side to the origin ended (`pfsc`): FIN, INTR, TIMEOUT.
    finish: &'a str,
    /// How the client's side ended (`cfsc`).
    client_finish: &'a str,
    /// The route (`phr`): DIRECT, NONE, TIMEOUT_DIRECT …
    route: &'a str,
    bytes: Option<u64>,
    method: &'a str,
    url: &'a str,
    target: Option<Target>,
}

fn squid(text: &str) -> Option<Record<'_>> {
    let record = parse(text)?;
    let bare =
        record.hierarchy.ends_with("DIRECT") || matches!(record.hierarchy, "NONE" | "EMPTY" | "PARENT_HIT");
    let ours =
        (record.code.starts_with("ERR_") || record.code.starts_with("TCP_") || record.code == "NONE") && bare;
    if !ours || record.padded || record.hierarchy.starts_with("HIER_") {
        return None;
    }
    Some(Record {
        when: Some(record.when),
        total_s: Some(record.elapsed_s),
        code: record.code,
        status: record.status,
        bytes: Some(record.bytes),
        method: record.method,
        url: record.url,
        route: record.hierarchy,
        target: origin(record.url, record.host, record.hierarchy),
        ..Record::default()
    })
}

/// A row of a layout that the configuration declares.
fn configured<'a>(row: &Row<'a>) -> Record<'a> {
    let word = |field| row.text(field).unwrap_or("");
    let (method, url) = row.request();
    let text = |bytes: Option<&'a [u8]>| bytes.and_then(|b| std::str::from_utf8(b).ok()).unwrap_or("");
    let host = row.text(Field::UpstreamAddr).or_else(|| row.text(Field::UpstreamServer)).unwrap_or("");
    Record {
        when: row.time(),
        total_s: row.seconds(Field::RequestTime),
        code: word(Field::ResultCode),
        status: row.status(),
        origin_status: row.number(Field::UpstreamStatus).and_then(|n| u16::try_from(n).ok()),
        finish: word(Field::ConnectionTermination),
        client_finish: word(Field::ConnectionStatus),
        route: word(Field::Hierarchy),
        bytes: row.number(Field::Bytes).and_then(|n| u64::try_from(n).ok()),
        method: text(method),
        url: text(url),
        target: origin(text(url), host, word(Field::Hierarchy)),
    }
}

/// A line with `crc=` and `pssc=`: the words are taken by their names; the request follows in its own words.
fn named(text: &str) -> Option<Record<'_>> {
    memchr::memmem::find(text.as_bytes(), b"crc=")?;
    let mut record = Record::default();
    let (mut host, mut known, mut number) = ("", 0, 0);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        number += 1;
        let Some((key, value)) = word.split_once('=').filter(|(key, _)| key.len() <= 8 && !key.contains('/'))
        else {
            if number == 1 {
                record.when = clock::epoch(word.as_bytes()).map(|(when, _)| when);
            } else if number == 2 && record.when.is_some() {
                record.total_s = word.parse::<i64>().ok().map(|ms| ms.max(0) as f64 / 1000.0);
            } else if known >= 2 && record.method.is_empty() {
                record.method = word;
            } else if !record.method.is_empty() {
                // What follows the method is the client's.
                record.url = word;
                break;
            }
            continue;
        };
        known += 1;
        match key {
            "crc" => record.code = value,
            "pssc" => record.status = value.parse().ok().filter(|status| *status != 0),
            "sssc" => record.origin_status = value.parse().ok(),
            "pfsc" => record.finish = value,
            "cfsc" => record.client_finish = value,
            "phr" => record.route = value,
            "shi" | "shn" => host = value,
            "ttms" => record.total_s = value.parse::<i64>().ok().map(|ms| ms.max(0) as f64 / 1000.0),
            _ => known -= 1,
        }
    }
    record.target = origin(record.url, host, record.route);
    (known >= 2
        && !record.code.is_empty()
        && record.code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
    .then_some(record)
}

/// The origin with its port: the record names the host; the mapped URL has the same host with its port.
fn origin(url: &str, host: &str, route: &str) -> Option<Target> {
    if route == "NONE" || matches!(host, "" | "-" | "0") {
        return None;
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let shown = if bare.contains(':') { format!("[{bare}]") } else { bare.to_owned() };
    let alone = Target::parse(&shown)?;
    let unescaped = url.replace("%5B", "[").replace("%5D", "]");
    let mapped = Target::parse(&unescaped).filter(|mapped| same_host(mapped, &alone));
    Some(mapped.unwrap_or(alone))
}

fn same_host(a: &Target, b: &Target) -> bool {
    use goodgate_facts::Address::Tcp;
    matches!((&a.address, &b.address), (Tcp { host: x, .. }, Tcp { host: y, .. }) if x == y)
}

impl Reader {
    fn record(&mut self, record: &Record<'_>, sink: &mut Sink) {
        if matches!(record.code, "ERR_CLIENT_ABORT" | "ERR_CLIENT_READ_ERROR")
            || record.client_finish == "INTR"
        {
            sink.put(sink.signal(id("client-gone")).target(record.target.clone()));
        }
        let meaning = meaning(record);
        let bad_status = record.status.is_some_and(|status| status >= 500);
        if let Some(meaning) = meaning {
            let request = Untrusted::new(format!("{} {}", record.method, record.url).as_bytes());
            let signal = sink.signal(meaning).target(record.target.clone()).request(request);
            sink.put(match record.status {
                Some(status) if bad_status => signal.value(Value::Status(status)),
                _ => signal,
            });
        }
        if bad_status || meaning.is_some_and(|m| matches!(m.kind().role, goodgate_facts::Role::Failure(..))) {
            self.circumstances(record, sink);
        }
        let attempt = record.target.clone().map(|target| Attempt {
            target: Some(target),
            status: record.origin_status.filter(|status| *status != 0),
            ..Attempt::default()
        });
        let exchange = Exchange {
            when: record.when,
            method: Some(record.method.to_owned()),
            path: Untrusted::new(record.url.as_bytes()),
            status: record.status,
            bytes: record.bytes,
            total_s: record.total_s,
            attempts: attempt.into_iter().collect(),
            line: sink.line(),
        };
        sink.exchange(exchange, bad_status || meaning.is_some());
    }

    fn circumstances(&mut self, record: &Record<'_>, sink: &mut Sink) {
        if let Some(seconds) = record.total_s.filter(|_| record.status.is_some_and(|status| status >= 500)) {
            self.times.failed_after(seconds);
        }
        if record.code.starts_with("ERR_") && record.status.is_some_and(|status| status >= 500) {
            sink.put(sink.signal(id("error-made-by-gateway")));
        }
        if record.route == "NONE" {
            sink.put(sink.signal(id("request-not-forwarded")));
        } else if record.code == "ERR_CONNECT_FAIL" && record.finish == "FIN" {
            // The proxy's side ended in order: there was a connection to end.
            sink.put(sink.signal(id("upstream-connected")).target(record.target.clone()));
        }
    }
}

fn meaning(record: &Record<'_>) -> Option<SignalId> {
    let status = record.status.unwrap_or(0);
    let begun = (100..400).contains(&status);
    Some(match record.code {
        "ERR_CONNECT_FAIL" if record.finish == "INTR" && record.origin_status == Some(0) => {
            id("connect-failed")
        }
        "ERR_READ_TIMEOUT" if begun => id("body-timed-out"),
        "ERR_READ_TIMEOUT" => id("read-timed-out"),
        "ERR_READ_ERROR" if begun => id("body-cut"),
        "ERR_READ_ERROR" => id("ended-before-response"),
        "ERR_ZERO_SIZE_OBJECT" => id("closed-before-response"),
        "ERR_DNS_FAIL" => id("name-lookup-failed"),
        "ERR_LIFETIME_EXP" | "ERR_TUN_ACTIVE_TIMEOUT" => id("response-timed-out"),
        "ERR_LOOP_DETECTED" => id("loop-detected"),
        "ERR_NO_FDS" => id("gateway-out-of-descriptors"),
        "ERR_DISK_IO" => id("gateway-internal-error"),
        "ERR_CANNOT_FETCH" => id("no-live-upstream"),
        "ERR_INVALID_REQ" | "ERR_INVALID_URL" | "ERR_UNSUP_REQ" | "ERR_NOT_IMPLEMENTED" => {
            id("client-request-bad")
        }
        "ERR_POST_ENTITY_TOO_LARGE" => id("request-body-too-big"),
        "ERR_PROXY_DENIED" | "ERR_NO_RELAY" => id("request-forbidden"),
        _ if status >= 500 && record.origin_status == Some(status) => id("upstream-answered-5xx"),
        _ => return unexplained(status),
    })
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "1767323045.438 0 192.0.2.7 ERR_CONNECT_FAIL/502 455 GET http://127.0.0.1:8080/?n=1 - DIRECT/127.0.0.1 text/html",
        signals: &["gateway-answered-502 @127.0.0.1:8080 =502", "error-made-by-gateway"],
    },
    Sample {
        text: "1767323045.438 0 192.0.2.7 crc=ERR_CONNECT_FAIL pssc=502 sssc=000 phr=DIRECT shi=::1 sca=3 csssc=0 cfsc=FIN pfsc=INTR GET http://[::1]:8080/?pssc=200 HTTP/1.1",
        signals: &["connect-failed @[::1]:8080 =502", "error-made-by-gateway"],
    },
    Sample {
        text: "1767323045.438 0 192.0.2.7 crc=ERR_CONNECT_FAIL pssc=502 sssc=000 phr=DIRECT shi=127.0.0.1 sca=3 csssc=0 cfsc=FIN pfsc=FIN GET http://127.0.0.1:8080/ HTTP/1.1",
        signals: &[
            "gateway-answered-502 @127.0.0.1:8080 =502",
            "error-made-by-gateway",
            "upstream-connected @127.0.0.1:8080",
        ],
    },
    Sample {
        text: "1767323045.438 1 192.0.2.7 crc=TCP_MISS pssc=502 sssc=502 phr=DIRECT shi=127.0.0.1 sca=0 csssc=0 cfsc=FIN pfsc=FIN GET http://127.0.0.1:8080/ HTTP/1.1",
        signals: &["upstream-answered-5xx @127.0.0.1:8080 =502"],
    },
    Sample {
        text: "1767323045.060 3779 192.0.2.7 ERR_READ_TIMEOUT/200 155 GET http://127.0.0.1:8080/ - TIMEOUT_DIRECT/127.0.0.1 text/plain",
        signals: &["body-timed-out @127.0.0.1:8080"],
    },
    Sample {
        text: "1767323045.351 30018 192.0.2.7 ERR_UNKNOWN/500 600 GET http://app.example.com:8080/ - NONE/- text/html",
        signals: &["gateway-answered-500 =500", "error-made-by-gateway", "request-not-forwarded"],
    },
    Sample {
        text: "1767323045.075 0 192.0.2.7 ERR_LOOP_DETECTED/400 556 GET http://127.0.0.1:80/ - NONE/127.0.0.1 text/html",
        signals: &["loop-detected", "request-not-forwarded"],
    },
    Sample {
        text: "1767323045.915 1 192.0.2.7 TCP_MISS/200 2071 GET http://127.0.0.1:8080/?a=ERR_CONNECT_FAIL/502 - DIRECT/127.0.0.1 text/plain",
        signals: &[],
    },
];

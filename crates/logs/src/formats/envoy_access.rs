//! Envoy's access log: the default text, Istio's, declared layouts, and JSON with the usual key names.

use goodgate_facts::{Attempt, Exchange, Role, Target, Untrusted, Value, id};
use serde_json::Value as Json;

use super::answer_times::{AnswerTimes, is_slow};
use super::envoy_pairs;
use super::envoy_words::{Record, meaning};
use super::json_line;
use super::plain_access::declared_layouts;
use crate::layout::{Field, Layout, Notation, Row};
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict};

/// Envoy's access log.
pub(crate) const FORMAT: Format = Format {
    id: "envoy-access",
    title: "Envoy access log (default, Istio, JSON, declared)",
    reference: "Envoy documentation: access logging, substitution formatter, response flags",
    product: "envoy",
    capture: false,
    open,
    samples: SAMPLES,
};

/// The head of the text layouts; Istio's and the plain one go on differently.
const HEAD: &str = r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% "#;
const ISTIO: &str =
    r#"%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" "#;
const TAIL: &str = r#"%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%""#;

fn open(declared: &[Declared]) -> Box<dyn LineReader> {
    let mut layouts = declared_layouts(declared, FORMAT.id, Notation::Envoy);
    let built_in = [
        format!("{HEAD}{ISTIO}{TAIL} %UPSTREAM_CLUSTER% "),
        format!("{HEAD}{ISTIO}{TAIL}"),
        format!("{HEAD}{TAIL}"),
    ];
    layouts.extend(built_in.iter().filter_map(|text| Layout::compile(Notation::Envoy, text)));
    Box::new(Reader { layouts, times: AnswerTimes::default() })
}

struct Reader {
    layouts: Vec<Layout>,
    times: AnswerTimes,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        if line.first() == Some(&b'{') {
            let Some(Json::Object(keys)) = json_line::object(line, "\"response_flags\"") else {
                return Verdict::Foreign;
            };
            let Some((record, exchange)) = of_json(&keys, sink) else { return Verdict::Foreign };
            self.put(&record, exchange, sink);
            return Verdict::Mine;
        }
        let found = self.layouts.iter().find_map(|layout| {
            let row = layout.cut(line)?;
            of_row(&row).is_some().then_some(row)
        });
        let Some(row) = found else {
            let Some((record, exchange)) = envoy_pairs::read(line, sink) else { return Verdict::Foreign };
            self.put(&record, exchange, sink);
            return Verdict::Mine;
        };
        sink.set_time(row.time());
        if let Some(record) = of_row(&row) {
            self.put(&record, exchange_of(&row, sink), sink);
        }
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        self.times.end(sink);
    }
}

impl Reader {
    fn put(&mut self, record: &Record<'_>, mut exchange: Exchange, sink: &mut Sink) {
        let found = meaning(record);
        let failed =
            record.status >= 500 || found.iter().any(|(id, _)| matches!(id.kind().role, Role::Failure(..)));
        if failed && let Some(seconds) = exchange.total_s {
            self.times.failed_after(seconds);
        }
        let target = record.host.and_then(Target::parse);
        for (found, value) in found {
            let mut signal = sink.signal(found).target(target.clone()).value(value);
            signal.about.name = record.cluster.map(str::to_owned);
            sink.put(signal.request(exchange.path.clone()));
        }
        if let Some(seconds) = record.service_s.filter(|seconds| is_slow(*seconds)) {
            sink.put(sink.signal(id("upstream-slow")).target(target.clone()).value(Value::Seconds(seconds)));
        }
        if exchange.attempts.is_empty() && target.is_some() {
            let status = (record.flags == "-").then_some(record.status);
            exchange.attempts.push(Attempt {
                target,
                status,
                head_s: record.service_s,
                ..Attempt::default()
            });
        }
        sink.exchange(exchange, failed);
    }
}

/// The record must have Envoy's flags: short names in capitals, or none.
fn of_row<'a>(row: &Row<'a>) -> Option<Record<'a>> {
    let word = |field| row.text(field).filter(|text| *text != "-");
    let flags = row.raw(Field::ResponseFlags).and_then(|flags| std::str::from_utf8(flags).ok())?;
    plausible_flags(flags).then_some(())?;
    Some(Record {
        status: row.status().unwrap_or(0),
        flags,
        details: word(Field::ResponseCodeDetails).unwrap_or_default(),
        transport: word(Field::TransportFailure).unwrap_or_default(),
        host: word(Field::UpstreamAddr),
        cluster: word(Field::UpstreamGroup),
        service_s: row.seconds(Field::HeaderTime),
        tells_host: row.raw(Field::UpstreamAddr).is_some(),
    })
}

pub(super) fn plausible_flags(flags: &str) -> bool {
    flags == "-" || (!flags.is_empty() && flags.bytes().all(|b| b.is_ascii_alphanumeric() || b == b','))
}

fn exchange_of(row: &Row<'_>, sink: &Sink) -> Exchange {
    Exchange { attempts: Vec::new(), ..row.exchange(sink.line()) }
}

/// JSON logs name their keys freely; these are the names of Envoy's operators in lower case, as Istio and the
/// documentation's examples write them.
fn of_json<'a>(keys: &'a serde_json::Map<String, Json>, sink: &mut Sink) -> Option<(Record<'a>, Exchange)> {
    let text = |names: &[&str]| {
        let found = names.iter().find_map(|name| keys.get(*name)?.as_str());
        found.filter(|text| !matches!(*text, "" | "-"))
    };
    let number = |names: &[&str]| {
        names.iter().find_map(|name| match keys.get(*name)? {
            Json::Number(number) => number.as_f64(),
            Json::String(digits) => digits.parse().ok(),
            _ => None,
        })
    };
    let flags = keys.get("response_flags")?;
    let flags = flags.as_str().unwrap_or("-");
    plausible_flags(flags).then_some(())?;
    let status = number(&["response_code", "status", "code"])?;
    let when = text(&["start_time", "timestamp", "time"]);
    sink.set_time(when.and_then(|text| crate::clock::any(text.as_bytes())).map(|(moment, _)| moment));
    let host = text(&["upstream_host", "upstream_address"]);
    let record = Record {
        status: status as u16,
        flags: if flags.is_empty() { "-" } else { flags },
        details: text(&["response_code_details"]).unwrap_or_default(),
        transport: text(&["upstream_transport_failure_reason"]).unwrap_or_default(),
        host,
        cluster: text(&["upstream_cluster"]),
        service_s: number(&["upstream_service_time", "x_envoy_upstream_service_time"]).map(|ms| ms / 1000.0),
        tells_host: keys.contains_key("upstream_host"),
    };
    let exchange = Exchange {
        when: sink.time(),
        method: text(&["method"]).map(|method| method.chars().take(24).collect()),
        path: Untrusted::new(text(&["path", "x_envoy_original_path"]).unwrap_or_default().as_bytes()),
        status: Some(status as u16).filter(|status| *status > 0),
        bytes: number(&["bytes_sent"]).map(|bytes| bytes as u64),
        total_s: number(&["duration"]).map(|ms| ms / 1000.0),
        attempts: Vec::new(),
        line: sink.line(),
    };
    Some((record, exchange))
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "2026-11-22T00:40:32.197Z GET 504 flags=UT details=response_timeout tfail=- host=192.0.2.5:8080 dur=3000",
        signals: &["read-timed-out @192.0.2.5:8080"],
    },
    Sample {
        text: r#"[2026-11-22T00:35:21.938Z] "GET /cart HTTP/1.1" 503 UF 0 91 2002 - "-" "curl/8" "f4b5d0f3-bc95-45f7-8093-d8a7f2f11d8b" "shop.example.com" "192.0.2.5:8080""#,
        signals: &["connect-failed @192.0.2.5:8080"],
    },
    Sample {
        text: r#"[2026-11-22T00:35:21.938Z] "GET / HTTP/1.1" 503 UF upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused} - "delayed_connect_error:_Connection_refused" 0 91 2 - "-" "curl/8" "f4b5d0f3" "shop.example.com" "192.0.2.5:8080" outbound|80||app.default.svc.cluster.local - 192.0.2.9:80 192.0.2.1:40000 - default"#,
        signals: &["connect-refused @192.0.2.5:8080 =111: Connection refused"],
    },
    Sample {
        text: r#"[2026-11-22T00:35:21.938Z] "GET / HTTP/1.1" 503 UC upstream_reset_before_response_started{connection_termination} - "-" 0 91 2 - "-" "curl/8" "f4b5d0f3" "shop.example.com" "192.0.2.5:8080" inbound|8080|| 127.0.0.1:1 192.0.2.9:80 192.0.2.1:40000 - default"#,
        signals: &["ended-before-response @192.0.2.5:8080"],
    },
    Sample {
        text: r#"[2026-11-22T00:35:21.938Z] "GET / HTTP/1.1" 504 UT 0 24 2999 - "-" "SC-- UH" "f4b5d0f3" "shop.example.com" "192.0.2.5:8080""#,
        signals: &["read-timed-out @192.0.2.5:8080"],
    },
    Sample {
        text: r#"[2026-11-22T00:35:21.938Z] "GET / HTTP/1.1" 503 UH 0 19 0 - "-" "curl/8" "f4b5d0f3" "shop.example.com" "-""#,
        signals: &["no-live-upstream"],
    },
    Sample {
        text: r#"[2026-11-22T00:35:21.938Z] "GET / HTTP/1.1" 502 - 0 19 3 2 "-" "curl/8" "f4b5d0f3" "shop.example.com" "192.0.2.5:8080""#,
        signals: &["upstream-answered-5xx @192.0.2.5:8080 =502"],
    },
    Sample {
        text: r#"[2026-11-22T00:35:21.938Z] "GET / HTTP/1.1" 502 UPE 0 87 5 - "-" "curl/8" "f4b5d0f3" "shop.example.com" "/run/app.sock""#,
        signals: &["response-unreadable @unix:/run/app.sock"],
    },
    Sample {
        text: r#"{"start_time":"2026-11-22T00:35:21.938Z","method":"GET","path":"/","protocol":"HTTP/1.1","response_code":503,"response_flags":"UF,URX","response_code_details":"upstream_reset_before_response_started{remote_connection_failure|TLS_error:|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_X509_verify_cert:_certificate_verification_error_at_depth_0:_certificate_has_expired:TLS_error_end}","upstream_transport_failure_reason":"TLS_error:|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_X509_verify_cert:_certificate_verification_error_at_depth_0:_certificate_has_expired:TLS_error_end","duration":4,"upstream_host":"192.0.2.5:8443","upstream_cluster":"app"}"#,
        signals: &["certificate-expired @192.0.2.5:8443", "upstream-retried @192.0.2.5:8443"],
    },
    Sample {
        text: r#"[2026-11-22T00:35:21.938Z] "GET / HTTP/1.1" 0 DC 0 0 700 - "-" "curl/8" "f4b5d0f3" "shop.example.com" "192.0.2.5:8080""#,
        signals: &["client-gone @192.0.2.5:8080"],
    },
];

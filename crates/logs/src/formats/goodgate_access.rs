//! The access log of goodgate itself: one JSON object a line, which names the signal of each failure.
//!
//! What a client controls stands in values of known keys, which are carried and never matched.

use goodgate_facts::{Attempt, Errno, Exchange, Role, Signal, SignalId, Target, Untrusted, Value, id};
use serde_json::{Map, Value as Json};

use super::access_waits::{self, Waits, is_slow};
use super::fastcgi_relay;
use super::plain_access::unexplained;
use crate::{Format, Sample, Sink, Verdict, clock};

/// goodgate's access log.
pub(crate) const FORMAT: Format = Format {
    id: "goodgate-access",
    title: "goodgate access log",
    reference: "docs/schema/access-1.json",
    product: "goodgate",
    capture: false,
    open: |_| access_waits::reader(line),
    samples: SAMPLES,
};

/// How every line begins, whatever the version of the document.
const BEGIN: &[u8] = b"{\"schema\":\"goodgate.access/";
/// More attempts than this in one request tell nothing new.
const ATTEMPTS_MAX: usize = 16;
/// Longer methods are no methods.
const METHOD_CHARS_MAX: usize = 24;
const US: f64 = 1e6;

type Keys = Map<String, Json>;

fn line(line: &[u8], waits: &mut Waits, sink: &mut Sink) -> Verdict {
    if !line.starts_with(BEGIN) {
        return Verdict::Foreign;
    }
    // A line that was cut is still ours.
    if let Ok(Json::Object(keys)) = serde_json::from_slice::<Json>(line) {
        record(&keys, waits, sink);
    }
    Verdict::Mine
}

fn text<'a>(keys: &'a Keys, key: &str) -> Option<&'a str> {
    keys.get(key)?.as_str()
}

fn number(keys: &Keys, key: &str) -> Option<u64> {
    keys.get(key)?.as_u64()
}

fn status(keys: &Keys) -> Option<u16> {
    number(keys, "status").and_then(|status| u16::try_from(status).ok()).filter(|status| *status > 0)
}

fn seconds(keys: &Keys, key: &str) -> Option<f64> {
    number(keys, key).map(|us| us as f64 / US)
}

/// The attempts, as the object has them.
fn attempts(keys: &Keys) -> impl Iterator<Item = &Keys> {
    let list = keys.get("attempts").and_then(Json::as_array).into_iter().flatten();
    list.filter_map(Json::as_object).take(ATTEMPTS_MAX)
}

/// A server as our configuration writes it: a URL, or `http+unix:/run/app.sock`.
fn target(keys: &Keys) -> Option<Target> {
    let server = text(keys, "server")?;
    match server.split_once("+unix:") {
        Some((scheme, path)) => Some(Target {
            protocol: goodgate_facts::Protocol::from_scheme(scheme),
            address: goodgate_facts::Address::Unix(path.trim_start_matches("//").to_owned()),
        }),
        None => Target::parse(server),
    }
}

fn exchange(keys: &Keys, sink: &Sink) -> Exchange {
    let attempt = |keys: &Keys| Attempt {
        target: target(keys),
        status: status(keys),
        connect_s: seconds(keys, "connect_us"),
        head_s: seconds(keys, "head_us"),
        total_s: None,
    };
    Exchange {
        when: sink.time(),
        method: text(keys, "method").map(|method| method.chars().take(METHOD_CHARS_MAX).collect()),
        path: Untrusted::new(text(keys, "path").unwrap_or_default().as_bytes()),
        status: status(keys),
        bytes: number(keys, "response_bytes"),
        total_s: seconds(keys, "duration_us"),
        attempts: attempts(keys).map(attempt).collect(),
        line: sink.line(),
    }
}

/// The signal that the record names, if it is one that stands for a request that failed.
fn named(keys: &Keys) -> Option<SignalId> {
    const OF_CLIENTS: &[SignalId] = &[
        id("client-gone"),
        id("client-timed-out"),
        id("client-request-bad"),
        id("client-probe"),
        id("request-header-too-big"),
        id("request-body-too-big"),
    ];
    let found = SignalId::find(text(keys, "signal")?)?;
    (OF_CLIENTS.contains(&found) || matches!(found.kind().role, Role::Failure(..))).then_some(found)
}

fn detail(keys: &Keys) -> Value {
    let small = |key| number(keys, key).and_then(|number| i32::try_from(number).ok());
    match (small("errno"), small("alert").and_then(|alert| u8::try_from(alert).ok())) {
        (Some(errno), _) => Value::Errno(Errno(errno)),
        (None, Some(alert)) => Value::Alert(alert),
        (None, None) => Value::None,
    }
}

fn record(keys: &Keys, waits: &mut Waits, sink: &mut Sink) {
    sink.set_time(text(keys, "time").and_then(|time| clock::iso(time.as_bytes())).map(|(when, _)| when));
    let exchange = exchange(keys, sink);
    let last = exchange.attempts.last().and_then(|attempt| attempt.target.clone());
    let status = exchange.status.unwrap_or(0);
    if status >= 500
        && let Some(seconds) = exchange.total_s
    {
        waits.failed(status, last.as_ref(), seconds, exchange.when);
    }
    let about = |found: SignalId, sink: &Sink| {
        let mut signal = sink.signal(found).target(last.clone()).request(exchange.path.clone());
        signal.about.name = text(keys, "upstream").map(str::to_owned);
        signal
    };
    said_by_scripts(keys, &exchange, sink);
    let masked = retries(keys, &exchange, sink);
    let stated = named(keys);
    let found = match stated {
        Some(found) => Some(about(found, sink).value(detail(keys))),
        None if text(keys, "error") == Some("http_request_error") => {
            Some(about(id("client-request-bad"), sink))
        }
        // A newer version may name what this one does not know.
        None if keys.contains_key("error") => unexplained(status).map(|found| about(found, sink)),
        None => {
            passed_on(keys, &exchange, status).map(|found| about(found, sink).value(Value::Status(status)))
        }
    };
    if let Some(signal) = found {
        sink.put(signal);
        circumstances(keys, &about, sink);
    }
    let tunnel = text(keys, "end") == Some("tunnel");
    let slow = stated.is_none() && !tunnel && !exchange.attempts.is_empty();
    let slow = exchange.total_s.filter(|seconds| slow && status < 499 && is_slow(*seconds));
    if let Some(seconds) = slow {
        sink.put(about(id("upstream-slow"), sink).value(Value::Seconds(seconds)));
    }
    let keep = stated.is_some() || masked || slow.is_some() || status >= 500;
    sink.exchange(exchange, keep);
}

/// What an answer without a failure means: a server's own error that was passed on, or one that a rule gave.
fn passed_on(keys: &Keys, exchange: &Exchange, status: u16) -> Option<SignalId> {
    let answered = exchange.attempts.last().is_some_and(|attempt| attempt.status == Some(status));
    match status {
        500..600 if answered => Some(id("upstream-answered-5xx")),
        500..600 if exchange.attempts.is_empty() && text(keys, "upstream").is_none() => {
            Some(id("answered-by-own-rule"))
        }
        500..600 => unexplained(status),
        413 if answered => Some(id("request-rejected-by-upstream-size")),
        // Other refusals (401, 404 and their like) are everyday answers.
        400 | 403 | 408 | 411 | 414 | 421 | 425 | 426 | 429 | 431 if answered => {
            Some(id("upstream-answered-4xx"))
        }
        _ => None,
    }
}

/// What scripts wrote on standard error (FastCGI): their own words, as other gateways pass them on.
fn said_by_scripts(keys: &Keys, exchange: &Exchange, sink: &mut Sink) {
    for words in attempts(keys).filter_map(|attempt| text(attempt, "stderr")) {
        for meaning in fastcgi_relay::meanings(words) {
            let signal = meaning.signal(sink).request(exchange.path.clone());
            sink.put(signal);
        }
    }
}

/// What was known of the connection, and how an answer began that could not be understood.
fn circumstances(keys: &Keys, about: &impl Fn(SignalId, &Sink) -> Signal, sink: &mut Sink) {
    let last = attempts(keys).last();
    let asked = matches!(text(keys, "phase"), Some("send" | "wait" | "head"));
    if let Some(last) = last.filter(|_| asked) {
        let reused = last.get("reused").and_then(Json::as_bool).unwrap_or(false);
        let found = if reused { id("connection-reused") } else { id("connection-fresh") };
        sink.put(about(found, sink));
    }
    if let Some(found) = text(keys, "began").and_then(looks_like) {
        sink.put(about(found, sink));
    }
}

/// Whose greeting an answer is that is not HTTP.
fn looks_like(began: &str) -> Option<SignalId> {
    if began.starts_with("SSH-") {
        Some(id("answer-looks-like-ssh"))
    } else if began.starts_with("\u{15}\u{3}") || began.starts_with("\u{16}\u{3}") {
        Some(id("answer-looks-like-tls"))
    } else if began.len() > 4 && began.chars().skip(1).take(3).all(|c| c == '\0') {
        // A MySQL packet begins with its length in three bytes, little end first, and the number 0.
        Some(id("answer-looks-like-mysql"))
    } else {
        None
    }
}

/// States retries and the failures that they hid; says whether any was hidden.
fn retries(keys: &Keys, exchange: &Exchange, sink: &mut Sink) -> bool {
    if exchange.attempts.len() < 2 {
        return false;
    }
    sink.put(sink.signal(id("upstream-retried")).request(exchange.path.clone()));
    if number(keys, "masked").is_none_or(|masked| masked == 0) {
        return false;
    }
    for attempt in attempts(keys) {
        let Some(error) = text(attempt, "error") else { continue };
        let known = goodgate_facts::ErrorType::from_token(error).map(|error| error.token().to_owned());
        let signal = sink.signal(id("failure-masked")).target(target(attempt)).request(exchange.path.clone());
        sink.put(signal.value(known.map_or(Value::None, Value::Word)));
    }
    true
}

/// A record with this request, outcome and tail.
macro_rules! line {
    ($rest:literal) => {
        concat!(
            r#"{"schema":"goodgate.access/1","time":"2026-11-22T00:34:07.123456Z","id":"0a1b2c3d0100000000","client":"192.0.2.7","listener":"0.0.0.0:443","scheme":"https","version":"HTTP/1.1","method":"GET","host":"shop.example","#,
            $rest
        )
    };
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample {
        text: line!(r#""path":"/cart","user_agent":"agent/1.0","status":200,"response_bytes":1252,"duration_us":3012,"end":"complete","route":"/*","upstream":"shop","attempts":[{"server":"http://192.0.2.1:3000","reused":true,"head_us":900,"status":200}]}"#),
        signals: &[],
    },
    Sample {
        text: line!(r#""path":"/cart","status":502,"response_bytes":300,"duration_us":510,"end":"complete","route":"/*","upstream":"shop","attempts":[{"server":"http://192.0.2.1:3000","error":"connection_refused","signal":"connect-refused","errno":111,"phase":"connect"}],"error":"connection_refused","signal":"connect-refused","errno":111,"phase":"connect","after_us":310,"sent":0,"received":0}"#),
        signals: &["connect-refused @192.0.2.1:3000 =111: Connection refused", "answered-at-once @192.0.2.1:3000 =0.00051 s"],
    },
    Sample {
        text: line!(r#""path":"/cart","status":502,"response_bytes":300,"duration_us":250000,"end":"complete","route":"/*","upstream":"shop","attempts":[{"server":"http+unix:/run/shop.sock","reused":true,"error":"connection_terminated","signal":"reset-before-response","errno":104,"phase":"wait"}],"error":"connection_terminated","signal":"reset-before-response","errno":104,"phase":"wait","after_us":310,"sent":120,"received":0}"#),
        signals: &["reset-before-response @unix:/run/shop.sock =104: Connection reset by peer", "connection-reused @unix:/run/shop.sock"],
    },
    Sample {
        text: line!(r#""path":"/","status":200,"response_bytes":11,"duration_us":9100,"end":"complete","route":"/*","upstream":"shop","attempts":[{"server":"http://192.0.2.1:80","error":"connection_refused","signal":"connect-refused","errno":111,"phase":"connect"},{"server":"http://192.0.2.2:80","connect_us":200,"head_us":900,"status":200}],"masked":1}"#),
        signals: &["upstream-retried", "failure-masked @192.0.2.1:80 =connection_refused"],
    },
    Sample {
        text: line!(r#""path":"/","status":500,"response_bytes":11,"duration_us":910000,"end":"complete","route":"/*","upstream":"shop","attempts":[{"server":"fastcgi://192.0.2.1:9000","head_us":900,"status":500}]}"#),
        signals: &["upstream-answered-5xx @192.0.2.1:9000 =500"],
    },
    Sample {
        text: line!(r#""path":"/","status":200,"response_bytes":1100,"duration_us":910000,"end":"truncated_upstream","route":"/*","upstream":"shop","attempts":[{"server":"http://192.0.2.1:80","head_us":900,"status":200}],"error":"http_response_incomplete","signal":"body-incomplete","phase":"body","after_us":90000,"sent":120,"received":1400}"#),
        signals: &["body-incomplete @192.0.2.1:80"],
    },
    Sample {
        text: line!(r#""path":"/","response_bytes":0,"duration_us":700000,"end":"client_gone","route":"/*","upstream":"shop","attempts":[{"server":"http://192.0.2.1:80","connect_us":200}],"signal":"client-gone"}"#),
        signals: &["client-gone @192.0.2.1:80"],
    },
    Sample {
        text: line!(r#""path":"/","status":503,"response_bytes":300,"duration_us":5000100,"end":"complete","route":"/*","upstream":"shop","error":"connection_limit_reached","signal":"queue-timed-out"}"#),
        signals: &["queue-timed-out", "answered-at-timeout =5.0001 s"],
    },
    Sample {
        text: line!(r#""path":"/","status":502,"response_bytes":300,"duration_us":910000,"end":"complete","route":"/*","upstream":"shop","attempts":[{"server":"https://192.0.2.1:443","error":"tls_alert_received","signal":"tls-no-shared-cipher","phase":"tls"}],"error":"tls_alert_received","signal":"tls-no-shared-cipher","phase":"tls","after_us":310,"sent":0,"received":0,"alert":40}"#),
        signals: &["tls-no-shared-cipher @192.0.2.1:443 =alert 40"],
    },
    Sample {
        text: line!(r#""path":"/","status":502,"response_bytes":300,"duration_us":910000,"end":"complete","route":"/*","upstream":"shop","attempts":[{"server":"http://192.0.2.1:22","connect_us":90,"error":"http_protocol_error","signal":"status-line-invalid","phase":"head"}],"error":"http_protocol_error","signal":"status-line-invalid","phase":"head","after_us":310,"sent":100,"received":21,"began":"SSH-2.0-OpenSSH_9.2\r\n"}"#),
        signals: &["status-line-invalid @192.0.2.1:22", "connection-fresh @192.0.2.1:22", "answer-looks-like-ssh @192.0.2.1:22"],
    },
    Sample {
        text: line!(r#""path":"/","status":503,"response_bytes":11,"duration_us":910000,"end":"complete","route":"/*"}"#),
        signals: &["answered-by-own-rule =503"],
    },
    Sample {
        text: line!(r#""path":"/","status":502,"response_bytes":11,"duration_us":910000,"end":"complete","route":"/*","upstream":"shop","error":"of_tomorrow","signal":"of-tomorrow"}"#),
        signals: &["gateway-answered-502"],
    },
    Sample {
        text: line!(r#""path":"/ok","status":500,"response_bytes":0,"duration_us":2494,"end":"complete","route":"/*","upstream":"shop","attempts":[{"server":"fastcgi+unix:/run/fpm.sock","connect_us":127,"head_us":2281,"status":500,"stderr":"PHP message: PHP Fatal error:  Uncaught Error: Class \"Pay\" not found in /srv/app/wp-content/plugins/acme-shop/acme.php:3\nStack trace:\n#0 /srv/app/index.php(2): acme_init(...)\n#1 {main}\n  thrown in /srv/app/wp-content/plugins/acme-shop/acme.php on line 3"}]}"#),
        signals: &["uncaught-exception", "error-in-plugin", "upstream-answered-5xx @unix:/run/fpm.sock =500", "answered-at-once @unix:/run/fpm.sock =0.002494 s"],
    },
    Sample {
        text: line!(r#""path":"/ok","status":404,"response_bytes":16,"duration_us":2494,"end":"complete","route":"/*","upstream":"shop","attempts":[{"server":"fastcgi://192.0.2.1:9000","connect_us":127,"head_us":2281,"status":404,"stderr":"Primary script unknown"}]}"#),
        signals: &["script-not-found"],
    },
    // A request for another site than the one that the TLS connection was made for.
    Sample {
        text: line!(r#""path":"/","status":421,"response_bytes":16,"duration_us":240,"end":"complete","error":"http_request_error"}"#),
        signals: &["client-request-bad"],
    },
    Sample {
        text: line!(r#""path":"/","status":502,"response_bytes":300,"duration_us":910,"end":"complete","route":"/*","upstream":"shop","attempts":[{"server":"fastcgi://192.0.2.1:9000","connect_us":90,"error":"connection_terminated","signal":"upstream-overloaded","phase":"wait"}],"error":"connection_terminated","signal":"upstream-overloaded","phase":"wait","after_us":310,"sent":800,"received":16}"#),
        signals: &["upstream-overloaded @192.0.2.1:9000", "connection-fresh @192.0.2.1:9000", "answered-at-once @192.0.2.1:9000 =0.00091 s"],
    },
    Sample {
        text: line!(r#""path":"/ok","status":431,"response_bytes":16,"duration_us":2494,"end":"complete","route":"/*","upstream":"shop","attempts":[{"server":"http://192.0.2.1:80","connect_us":127,"head_us":2281,"status":431}]}"#),
        signals: &["upstream-answered-4xx @192.0.2.1:80 =431"],
    },
    // Cut by whoever keeps it; and what a client writes stays what a client wrote.
    Sample { text: line!(r#""path":"/ca"#), signals: &[] },
    Sample {
        text: line!(r#""path":"/\",\"signal\":\"connect-refused\",\"status\":502","user_agent":"\"error\":\"connection_refused\"","status":200,"response_bytes":1,"duration_us":9,"end":"complete","route":"/*"}"#),
        signals: &[],
    },
    Sample {
        text: line!(r#""path":"/report","status":200,"response_bytes":1,"duration_us":7000000,"end":"complete","route":"/*","upstream":"shop","attempts":[{"server":"http://192.0.2.1:80","head_us":6900000,"status":200}]}"#),
        signals: &["upstream-slow @192.0.2.1:80 =7 s"],
    },
];

//! Caddy's runtime and access log, as JSON lines and in the console layout.

use goodgate_facts::{Exchange, SignalId, Target, Value, id};
use memchr::memmem;
use serde_json::{Map, Value as Json};

use super::answer_times::{AnswerTimes, is_slow};
use super::caddy_entry::{Entry, Maker, maker_of};
use super::go_net::{self, Stage};
use super::php_message;
use super::plain_access::unexplained;
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict, clock};

/// Caddy's log.
pub(crate) const FORMAT: Format = Format {
    id: "caddy-log",
    title: "Caddy runtime and access log",
    reference: "Caddy documentation: logging; modules/caddyhttp/reverseproxy",
    product: "caddy",
    capture: false,
    open,
    samples: SAMPLES,
};

fn open(_: &[Declared]) -> Box<dyn LineReader> {
    Box::new(Reader { times: AnswerTimes::default() })
}

struct Reader {
    times: AnswerTimes,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        if line.first() == Some(&b'{') {
            // Taking an object apart is dear, and many programs write objects.
            if memmem::find(line, b"\"level\"").is_none() || memmem::find(line, b"\"msg\"").is_none() {
                return if is_cut_entry(line) { Verdict::Mine } else { Verdict::Foreign };
            }
            let Ok(Json::Object(keys)) = serde_json::from_slice::<Json>(line) else {
                return if is_cut_entry(line) { Verdict::Mine } else { Verdict::Foreign };
            };
            let text = |key: &str| keys.get(key).and_then(Json::as_str);
            let (Some(level), Some(message)) = (text("level"), text("msg")) else { return Verdict::Foreign };
            let logger = text("logger").unwrap_or_default();
            if !is_caddys(logger, &keys) {
                return Verdict::Foreign;
            }
            sink.set_time(keys.get("ts").and_then(moment));
            let entry = Entry { level, logger, message, keys: &keys };
            self.entry(&entry, sink);
            return Verdict::Mine;
        }
        self.console(line, sink).unwrap_or_else(|| plain(line, sink))
    }

    fn end(&mut self, sink: &mut Sink) {
        self.times.end(sink);
    }
}

/// An entry that somebody has cut (a viewer, a collector's limit) still is one.
fn is_cut_entry(line: &[u8]) -> bool {
    line.starts_with(b"{\"level\":\"") && memmem::find(line, b"\"logger\":\"http.").is_some()
}

/// Other programs written in Go log the same keys; Caddy's loggers have names of its own modules.
fn is_caddys(logger: &str, keys: &Map<String, Json>) -> bool {
    const MODULES: &[&str] = &[
        "http",
        "tls",
        "admin",
        "caddy",
        "pki",
        "events",
        "dynamic_dns",
        "layer4",
        "docker-proxy",
        "watcher",
    ];
    let module = logger.split('.').next().unwrap_or_default();
    let bare = logger.is_empty() && keys.get("ts").is_some_and(|ts| ts.is_number() || ts.is_string());
    MODULES.contains(&module) || bare
}

fn moment(ts: &Json) -> Option<goodgate_facts::Moment> {
    match ts {
        Json::Number(number) => clock::epoch(number.to_string().as_bytes()).map(|(moment, _)| moment),
        Json::String(text) => clock::any(text.as_bytes()).map(|(moment, _)| moment),
        _ => None,
    }
}

impl Reader {
    /// `2026/11/22 00:34:07.123<TAB>ERROR<TAB>http.log.error<TAB>message<TAB>{…}`, the logger and the keys optional.
    fn console(&mut self, line: &[u8], sink: &mut Sink) -> Option<Verdict> {
        const LEVELS: &[(&str, &str)] = &[
            ("DEBUG", "debug"),
            ("INFO", "info"),
            ("WARN", "warn"),
            ("ERROR", "error"),
            ("FATAL", "fatal"),
            ("PANIC", "panic"),
        ];
        let (when, _) = clock::any(line)?;
        let text = std::str::from_utf8(line).ok()?;
        let mut parts = text.split('\t');
        parts.next()?;
        let level = parts.next()?.trim();
        let (_, level) = LEVELS.iter().find(|(word, _)| *word == level)?;
        let mut parts: Vec<&str> = parts.collect();
        let keys = match parts.last() {
            Some(last) if last.starts_with('{') => serde_json::from_str::<Json>(last).ok(),
            _ => None,
        };
        let keys = match keys {
            Some(Json::Object(keys)) => {
                parts.pop();
                keys
            }
            _ => Map::new(),
        };
        let (logger, message) = match parts.as_slice() {
            [message] => ("", *message),
            [logger, message, ..] => (*logger, *message),
            [] => return None,
        };
        if !is_caddys(logger, &Map::from_iter([("ts".to_owned(), Json::from(0))])) {
            return None;
        }
        sink.set_time(when);
        self.entry(&Entry { level, logger, message, keys: &keys }, sink);
        Some(Verdict::Mine)
    }

    fn entry(&mut self, entry: &Entry<'_>, sink: &mut Sink) {
        if entry.is_access() {
            self.access(entry, sink);
        } else if entry.logger.starts_with("http.log.error") {
            failed_request(entry, sink);
        } else if entry.logger.contains("health_checker") {
            health(entry, sink);
        } else if entry.logger.contains("reverse_proxy") {
            proxying(entry, sink);
        } else {
            runtime(entry, sink);
        }
    }

    fn access(&mut self, entry: &Entry<'_>, sink: &mut Sink) {
        let status = entry.status().unwrap_or(0);
        let duration_s = entry.duration_s();
        let exchange = Exchange {
            when: sink.time(),
            method: entry.request_text("method").map(|method| method.chars().take(24).collect()),
            path: entry.uri(),
            status: Some(status).filter(|status| *status > 0),
            bytes: entry.keys.get("size").and_then(Json::as_u64),
            total_s: duration_s,
            attempts: Vec::new(),
            line: sink.line(),
        };
        let maker = maker_of(entry);
        let proxied = maker == Maker::Upstream;
        let found: Option<(SignalId, Value)> = match status {
            500..600 if proxied => Some((id("upstream-answered-5xx"), Value::Status(status))),
            500..600 if maker == Maker::OwnRule => Some((id("answered-by-own-rule"), Value::None)),
            500.. => unexplained(status).map(|found| (found, Value::Status(status))),
            499 => Some((id("client-gone"), Value::None)),
            400 | 403 | 408 | 411 | 413 | 414 | 421 | 426 | 429 | 431 if proxied => {
                Some((id("upstream-answered-4xx"), Value::Status(status)))
            }
            _ => None,
        };
        if let Some((found, value)) = found {
            sink.put(sink.signal(found).value(value).request(entry.uri()));
        }
        if let Some(seconds) = duration_s {
            if status >= 500 {
                self.times.failed_after(seconds);
            } else if is_slow(seconds) && status != 499 && proxied {
                sink.put(sink.signal(id("upstream-slow")).value(Value::Seconds(seconds)));
            }
        }
        sink.exchange(exchange, status >= 500 || status == 0);
    }
}

/// A request for which no answer could be had; the message is the error itself.
fn failed_request(entry: &Entry<'_>, sink: &mut Sink) {
    let status = entry.status().unwrap_or(0);
    let from_proxy = entry.text("err_trace").is_none_or(|trace| trace.starts_with("reverseproxy."));
    match go_net::read(entry.message, Stage::Head).filter(|_| from_proxy) {
        Some(error) => put(error, entry, sink),
        None if status >= 500 => {
            if let Some(found) = unexplained(status) {
                sink.put(sink.signal(found).value(Value::Status(status)).request(entry.uri()));
            }
        }
        None => {}
    }
}

fn put(error: go_net::GoError, entry: &Entry<'_>, sink: &mut Sink) {
    let target = error.target.or_else(|| entry.text("upstream").and_then(Target::parse));
    for found in [Some(error.signal), error.also].into_iter().flatten() {
        let value = if found == error.signal { error.value.clone() } else { Value::None };
        sink.put(sink.signal(found).target(target.clone()).value(value).request(entry.uri()));
    }
}

/// What the proxy itself logs while it works.
fn proxying(entry: &Entry<'_>, sink: &mut Sink) {
    if entry.message == "stderr" || entry.logger.ends_with("fastcgi") && entry.keys.contains_key("body") {
        php_message::read(entry.text("body").unwrap_or_default(), sink);
        return;
    }
    let stage = match entry.message {
        // Each cut answer is logged by the copier ("reading from backend") and once more by the proxy; the second
        // is the one that all versions have.
        "aborting with incomplete response" => Stage::Body,
        "upstream roundtrip" | "round trip failed" => Stage::Head,
        _ => return,
    };
    let Some(error) = entry.text("error") else { return };
    // The copier names the side: what it was writing to is the client.
    if stage == Stage::Body && (error.starts_with("writing: ") || is_client_gone(error)) {
        sink.put(sink.signal(id("client-gone")).request(entry.uri()));
        return;
    }
    match go_net::read(error, stage) {
        Some(error) => put(error, entry, sink),
        None if stage == Stage::Body => sink.put(sink.signal(id("body-cut")).request(entry.uri())),
        None => {}
    }
}

/// Go's words for a client that has left.
fn is_client_gone(error: &str) -> bool {
    ["context canceled", "http2: stream closed", "client disconnected", "H3_REQUEST_CANCELLED"]
        .iter()
        .any(|words| error.contains(words))
}

/// The active and passive health checkers.
fn health(entry: &Entry<'_>, sink: &mut Sink) {
    let host = entry.text("host").or_else(|| entry.text("upstream")).and_then(Target::parse);
    let about = |found: SignalId| (found, host.clone());
    let ((found, target), value) = match entry.message {
        "host is up" => (about(id("upstream-marked-up")), Value::None),
        "host is down" => (about(id("upstream-marked-down")), Value::None),
        "unexpected status code" | "status code out of tolerances" => {
            let status =
                entry.keys.get("status_code").and_then(Json::as_u64).and_then(|code| code.try_into().ok());
            (about(id("health-check-bad-status")), status.map_or(Value::None, Value::Status))
        }
        "HTTP request failed" | "active health check failed" => {
            let error = go_net::read(entry.text("error").unwrap_or_default(), Stage::Head);
            let refused = error.as_ref().is_some_and(|error| error.signal == id("connect-refused"));
            let late = [id("connect-timed-out"), id("read-timed-out"), id("response-timed-out")];
            let found = if refused {
                id("health-check-refused")
            } else if error.as_ref().is_some_and(|error| late.contains(&error.signal)) {
                id("health-check-timed-out")
            } else {
                id("health-check-failed")
            };
            ((found, host.clone().or(error.and_then(|error| error.target))), Value::None)
        }
        "response body failed expectations" => (about(id("health-check-failed")), Value::None),
        _ => return,
    };
    sink.put(sink.signal(found).target(target).value(value));
}

/// Everything that is not about one request.
fn runtime(entry: &Entry<'_>, sink: &mut Sink) {
    const MESSAGES: &[(&str, SignalId)] = &[
        ("serving initial configuration", id("gateway-started")),
        ("shutting down apps, then terminating", id("gateway-stopped")),
        ("config is unchanged", id("gateway-reloaded")),
        ("load complete", id("gateway-reloaded")),
        ("loading new config", id("gateway-reloaded")),
        ("load failed", id("gateway-config-refused")),
        ("loading config", id("gateway-reloaded")),
    ];
    const UNSOLICITED: &str = "Unsolicited response received on idle HTTP channel starting with ";
    if let Some(quoted) = entry.message.strip_prefix(UNSOLICITED) {
        // An upstream that closes an idle connection may say goodbye with a 408 first: nothing is wrong then.
        let goodbye = quoted.starts_with("\"HTTP/1.1 408") || quoted.starts_with("\"HTTP/1.0 408");
        let found = go_net::looks_like(quoted).or((!goodbye).then_some(id("body-longer-than-announced")));
        if let Some(found) = found {
            sink.put(sink.signal(found));
        }
        return;
    }
    if let Some((_, found)) = MESSAGES.iter().find(|(words, _)| entry.message == *words) {
        sink.put(sink.signal(*found));
    } else if entry.text("error").is_some_and(|error| error.contains("bind: address already in use")) {
        sink.put(sink.signal(id("gateway-listen-failed")));
    } else if matches!(entry.level, "error" | "fatal" | "panic") {
        let error = entry.text("error").unwrap_or(entry.message);
        if error.contains("too many open files") {
            sink.put(sink.signal(id("gateway-out-of-descriptors")));
        }
    }
}

/// Lines that Caddy writes past its own logger.
fn plain(line: &[u8], sink: &mut Sink) -> Verdict {
    let Ok(text) = std::str::from_utf8(line) else { return Verdict::Foreign };
    if let Some((_, words)) = text.split_once(" write error: ")
        && let Some((when, _)) = clock::iso(line)
        && (words.starts_with("can't ") || words.starts_with("open ") || words.starts_with("write "))
    {
        sink.set_time(when);
        if words.contains(": too many open files") {
            sink.put(sink.signal(id("gateway-out-of-descriptors")));
        } else if words.contains(": no space left on device") {
            sink.put(sink.signal(id("gateway-disk-full")));
        }
        return Verdict::Mine;
    }
    let refused =
        ["Error: loading initial config: ", "Error: adapting config using ", "run: loading initial config: "];
    if refused.iter().any(|begin| text.starts_with(begin)) {
        let listen = text.contains("bind: address already in use");
        sink.put(sink.signal(if listen {
            id("gateway-listen-failed")
        } else {
            id("gateway-config-refused")
        }));
        return Verdict::Mine;
    }
    Verdict::Foreign
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r#"{"level":"error","ts":1795307651.5,"logger":"http.log.error.log0","msg":"dial tcp 127.0.0.1:8080: connect: connection refused","request":{"remote_ip":"192.0.2.7","proto":"HTTP/1.1","method":"GET","host":"shop.example.com","uri":"/?q=EOF","headers":{"User-Agent":["curl/8"]}},"duration":0.0009,"status":502,"err_id":"u1","err_trace":"reverseproxy.statusError (reverseproxy.go:1272)"}"#,
        signals: &["connect-refused @127.0.0.1:8080 =111: Connection refused"],
    },
    Sample {
        text: r#"{"level":"error","ts":1795307651.5,"logger":"http.log.error","msg":"dialing backend: dial unix /run/php/fpm.sock: connect: no such file or directory","request":{"method":"GET","uri":"/"},"duration":0.0009,"status":502,"err_trace":"reverseproxy.statusError (reverseproxy.go:1272)"}"#,
        signals: &["connect-socket-missing @unix:/run/php/fpm.sock =2: No such file or directory"],
    },
    Sample {
        text: r#"{"level":"error","ts":1795307651.5,"logger":"http.handlers.reverse_proxy","msg":"reading from backend","error":"unexpected EOF"}
{"level":"error","ts":1795307651.5,"logger":"http.handlers.reverse_proxy","msg":"aborting with incomplete response","error":"unexpected EOF"}"#,
        signals: &["body-incomplete"],
    },
    Sample {
        text: r#"{"level":"error","ts":1795307651.5,"logger":"http.log.access.log0","msg":"handled request","request":{"method":"GET","uri":"/"},"user_id":"","duration":3.001,"size":0,"status":504,"resp_headers":{"Server":["Caddy"]}}
{"level":"error","ts":1795307655.5,"logger":"http.log.access.log0","msg":"handled request","request":{"method":"GET","uri":"/"},"user_id":"","duration":3.002,"size":0,"status":504,"resp_headers":{"Server":["Caddy"]}}"#,
        signals: &["gateway-answered-504 =504", "answered-at-timeout =3.001 s"],
    },
    Sample {
        text: r#"{"level":"error","ts":1795307651.5,"logger":"http.log.access.log0","msg":"handled request","request":{"method":"GET","uri":"/"},"duration":0.01,"size":0,"status":502,"resp_headers":{"Server":["Caddy"],"Via":["1.1 Caddy"]}}"#,
        signals: &["upstream-answered-5xx =502"],
    },
    Sample {
        text: r#"{"level":"error","ts":1795307651.5,"logger":"http.log.access.log0","msg":"handled request","request":{"method":"GET","uri":"/"},"duration":0.01,"size":0,"status":500,"resp_headers":{"Server":["Caddy"],"Status":["500 Internal Server Error"],"Content-Type":["text/html; charset=UTF-8"]}}"#,
        signals: &["upstream-answered-5xx =500"],
    },
    Sample {
        text: r#"{"level":"error","ts":1795307651.5,"logger":"http.log.access.log0","msg":"handled request","request":{"method":"GET","uri":"/"},"duration":0.01,"size":0,"status":503,"resp_headers":{"Server":["Caddy"],"Content-Type":[]}}"#,
        signals: &["answered-by-own-rule"],
    },
    Sample {
        text: r#"{"level":"info","ts":1795307651.5,"logger":"http.handlers.reverse_proxy.health_checker.active","msg":"HTTP request failed","host":"127.0.0.1:8080","error":"Get \"http://127.0.0.1:8080/healthz\": dial tcp 127.0.0.1:8080: connect: connection refused"}"#,
        signals: &["health-check-refused @127.0.0.1:8080"],
    },
    Sample {
        text: "2026/11/22 00:34:07.123\tERROR\thttp.log.error\tno upstreams available\t{\"request\": {\"method\": \"GET\", \"uri\": \"/\"}, \"duration\": 0.0009, \"status\": 503, \"err_trace\": \"reverseproxy.statusError (reverseproxy.go:1272)\"}",
        signals: &["no-live-upstream"],
    },
    Sample {
        text: r#"{"level":"error","ts":1795307651.5,"logger":"http.log.error","msg":"net/http: HTTP/1.x transport connection broken: malformed HTTP response \"\\x15\\x03\\x01\\x00\\x02\"","request":{"method":"GET","uri":"/"},"status":502,"err_trace":"reverseproxy.statusError (reverseproxy.go:1272)"}"#,
        signals: &["status-line-invalid", "answer-looks-like-tls"],
    },
    Sample {
        text: r#"{"level":"error","ts":1795307651.5,"logger":"http.reverse_proxy.transport.fastcgi","msg":"stderr","body":"Primary script unknown"}"#,
        signals: &["script-not-found"],
    },
    Sample {
        text: "2026-11-22 00:44:37.497285658 +0000 UTC m=+0.219762705 write error: can't open new logfile: open /var/log/caddy/access.log: too many open files",
        signals: &["gateway-out-of-descriptors"],
    },
    Sample {
        text: r#"{"level":"info","ts":1795307651.5,"msg":"serving initial configuration"}"#,
        signals: &["gateway-started"],
    },
    Sample {
        text: r#"{"level":"info","ts":1795307651.5,"logger":"http.log.access","msg":"handled request","request":{"method":"GET","uri":"/dial tcp 127.0.0.1:80: connect: connection refused"},"duration":0.01,"size":12,"status":200,"resp_headers":{"Server":["Caddy"]}}"#,
        signals: &[],
    },
];

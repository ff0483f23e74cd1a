//! Envoy's own log: `[date][thread][level][logger] [file:line] message`.

use std::sync::LazyLock;

use goodgate_facts::{Target, Value, id};

use crate::{Declared, Format, LineReader, Pattern, Sample, Sink, Table, Verdict, clock};

/// Envoy's own log.
pub(crate) const FORMAT: Format = Format {
    id: "envoy-app",
    title: "Envoy application log",
    reference: "Envoy documentation: command line options --log-format",
    product: "envoy",
    capture: false,
    open,
    samples: SAMPLES,
};

fn open(_: &[Declared]) -> Box<dyn LineReader> {
    Box::new(Reader { table: &TABLE })
}

struct Reader {
    table: &'static Table,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let Some(message) = headed(line, sink).or_else(|| library(line)) else { return Verdict::Foreign };
        let Some(pattern) = self.table.find(message) else { return Verdict::Mine };
        let Some(found) = pattern.signal else { return Verdict::Mine };
        let text = String::from_utf8_lossy(message);
        let mut signal = sink.signal(found);
        if found == id("gateway-worker-died") {
            signal = signal.value(os_signal(&text));
        }
        if found.kind().group == "symptom" || found.kind().group == "health" {
            signal = signal.target(address(&text));
        }
        sink.put(signal);
        Verdict::Mine
    }
}

/// The message behind Envoy's four brackets and the place in its source, if that is given.
fn headed<'a>(line: &'a [u8], sink: &mut Sink) -> Option<&'a [u8]> {
    let inner = line.strip_prefix(b"[")?;
    let (when, rest) = clock::iso(inner)?;
    let mut rest = rest.strip_prefix(b"]")?;
    let mut brackets = [b"".as_slice(); 3];
    for slot in &mut brackets {
        let inner = rest.strip_prefix(b"[")?;
        let end = memchr::memchr(b']', inner).filter(|end| *end <= 48)?;
        *slot = &inner[..end];
        rest = &inner[end + 1..];
    }
    let level = brackets[1];
    if !matches!(level, b"trace" | b"debug" | b"info" | b"warning" | b"error" | b"critical") {
        return None;
    }
    sink.set_time(when);
    let rest = rest.trim_ascii_start();
    let place = rest.strip_prefix(b"[").and_then(|inner| {
        let end = memchr::memchr(b']', inner)?;
        memchr::memmem::find(&inner[..end], b"source/").or_else(|| memchr::memchr(b':', &inner[..end]))?;
        inner.get(end + 1..)
    });
    Some(place.unwrap_or(rest).trim_ascii_start())
}

/// Lines of libraries inside Envoy (libevent, Abseil) that go past its logger.
fn library(line: &[u8]) -> Option<&[u8]> {
    let event = line.strip_prefix(b"[warn] ").or_else(|| line.strip_prefix(b"[err] "));
    if let Some(message) = event.filter(|rest| rest.starts_with(b"ev") || rest.starts_with(b"epoll")) {
        return Some(message);
    }
    line.strip_prefix(b"[symbolize_elf.inc : ").and_then(|rest| {
        let at = memchr::memmem::find(rest, b"] ")?;
        rest.get(at + 2..)
    })
}

/// `Caught Aborted, …`, `Caught Segmentation fault, …`
fn os_signal(text: &str) -> Value {
    const NAMES: &[(&str, i32)] = &[
        ("Caught Segmentation fault", 11),
        ("Caught Aborted", 6),
        ("Caught Bus error", 7),
        ("Caught Illegal instruction", 4),
        ("Caught Floating point exception", 8),
    ];
    NAMES.iter().find(|(name, _)| text.starts_with(name)).map_or(Value::None, |(_, n)| Value::OsSignal(*n))
}

/// The address behind the words that Envoy puts in front of one.
fn address(text: &str) -> Option<Target> {
    const WORDS: &[&str] = &["upstream host ", "host ", "address=", "hostname ", "for "];
    let rest = WORDS.iter().find_map(|word| text.split_once(word).map(|(_, rest)| rest))?;
    let end =
        rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '\'' | '"')).unwrap_or(rest.len());
    let word = rest.get(..end)?;
    Target::parse(word.trim_end_matches(':')).filter(|target| target.address.port().is_some())
}

const fn says(parts: &'static [&'static str], signal: &str) -> Pattern {
    Pattern { parts, signal: Some(id(signal)) }
}

/// Compiled once: a reader is opened for every file.
static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(MESSAGES));

const MESSAGES: &[Pattern] = &[
    says(&["Caught ", ", suspect faulting address"], "gateway-worker-died"),
    says(&["assert failure:"], "gateway-internal-error"),
    says(&["Too many open files"], "gateway-out-of-descriptors"),
    says(&["error adding listener", "cannot bind"], "gateway-listen-failed"),
    says(&["cannot bind '"], "gateway-listen-failed"),
    says(&["error initializing configuration"], "gateway-config-refused"),
    says(&["error initializing config"], "gateway-config-refused"),
    says(&["gRPC config for ", " rejected"], "gateway-config-refused"),
    says(&["Unable to parse JSON as proto"], "gateway-config-refused"),
    says(&["failed DNS resolution"], "name-lookup-failed"),
    says(&["dns resolution", "failed with c-ares status"], "name-lookup-failed"),
    says(&["DNS request timed out"], "name-lookup-timed-out"),
    says(&["upstream connect error"], "connect-failed"),
    says(&["\"health_status\":\"UNHEALTHY\""], "upstream-marked-down"),
    says(&["starting main dispatch loop"], "gateway-started"),
    says(&["caught SIGTERM"], "gateway-stopped"),
    says(&["caught ENVOY_SIGTERM"], "gateway-stopped"),
    says(&["shutting down server instance"], "gateway-stopped"),
    says(&["hot restart"], "gateway-reloaded"),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: "[2026-11-22 00:41:47.172][11196][critical][backtrace] [./source/server/backtrace.h:173] Caught Aborted, suspect faulting address 0x2bbc\n[2026-11-22 00:41:47.172][11196][critical][backtrace] [./source/server/backtrace.h:167] #0: [0x7fb5f65c1050]",
        signals: &["gateway-worker-died =signal 6"],
    },
    Sample {
        text: "[warn] evutil_make_internal_pipe_: pipe: Too many open files\n[2026-11-22 00:41:47.171][11196][critical][assert] [source/common/event/libevent_scheduler.cc:35] assert failure: event_base != nullptr. Details: Failed to initialize libevent event_base",
        signals: &["gateway-out-of-descriptors", "gateway-internal-error"],
    },
    Sample {
        text: "[2026-11-22 00:41:47.171][1][warning][config] [source/common/config/grpc_mux.cc:1] gRPC config for type.googleapis.com/envoy.config.cluster.v3.Cluster rejected: bad",
        signals: &["gateway-config-refused"],
    },
    Sample {
        text: "[2026-11-22 00:41:47.171][1][info][main] [source/server/server.cc:900] starting main dispatch loop",
        signals: &["gateway-started"],
    },
    Sample {
        text: "[2026-11-22 00:41:47.171][1][info][upstream] [source/common/upstream/cds.cc:1] cds: add 1 cluster(s)",
        signals: &[],
    },
];

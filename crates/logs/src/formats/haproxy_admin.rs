//! HAProxy's own messages: server states, resource limits, start-up alerts, worker exits, and what FastCGI
//! applications wrote to their error stream (`log-stderr`).

use std::sync::LazyLock;

use goodgate_facts::{Signal, SignalId, Target, Value, id};

use super::haproxy_line::{bracketed, instant, program_text};
use super::php_message;
use crate::{Declared, Format, LineReader, Pattern, Sample, Sink, Table, Verdict};

/// HAProxy's own messages.
pub(crate) const FORMAT: Format = Format {
    id: "haproxy-admin",
    title: "HAProxy state and error messages",
    reference: "HAProxy src/server.c, src/backend.c, src/proxy.c, src/mworker.c",
    product: "haproxy",
    capture: false,
    open,
    samples: SAMPLES,
};

fn open(_: &[Declared]) -> Box<dyn LineReader> {
    Box::new(Reader { table: &TABLE, in_trace: false })
}

struct Reader {
    table: &'static Table,
    /// The lines of a crash report or PHP stack trace follow.
    in_trace: bool,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let text = program_text(line);
        let text = tagged(text, b"php[").unwrap_or(text);
        if self.in_trace
            && (php_message::is_trace(String::from_utf8_lossy(text).trim_start()) || is_trace(text))
        {
            return Verdict::Continues;
        }
        self.in_trace = false;
        if is_stderr(line, text) || sink.program() == Some("php") {
            self.in_trace = true;
            php_message::read(&String::from_utf8_lossy(text), sink);
            return Verdict::Mine;
        }
        if let Some((level, message)) = leveled(text) {
            self.message(message, Some(level), sink);
            return Verdict::Mine;
        }
        if let Some(message) = of_connection(text, sink) {
            self.message(message, None, sink);
            return Verdict::Mine;
        }
        let header = text.len() < line.len() || sink.program() == Some("haproxy");
        if self.message(text, None, sink) || header { Verdict::Mine } else { Verdict::Foreign }
    }
}

impl Reader {
    /// Says whether the message is one of HAProxy's.
    fn message(&mut self, message: &[u8], level: Option<&[u8]>, sink: &mut Sink) -> bool {
        let text = super::columns::text(message);
        if server_state(&text, sink) || worker_exit(&text, sink) {
            return true;
        }
        if text.starts_with("Thread ") && text.contains(" is about to kill the process") {
            self.in_trace = true;
            sink.put(sink.signal(id("gateway-worker-died")).value(Value::OsSignal(6)));
            return true;
        }
        if level == Some(b"ALERT") && text.contains("could not resolve address '") {
            let name =
                text.split("could not resolve address '").nth(1).and_then(|rest| rest.split('\'').next());
            sink.put(sink.signal(id("name-unresolvable-at-start")).target(name.and_then(Target::parse)));
            return true;
        }
        if let Some(pattern) = self.table.find(message)
            && (level.is_some() || begins(message, pattern.parts[0]))
        {
            if let Some(id) = pattern.signal {
                sink.put(named(sink.signal(id), &text));
            }
            return true;
        }
        if level == Some(b"WARNING") {
            sink.put(sink.signal(id("gateway-warning")));
        }
        if is_trace(message) {
            self.in_trace = true;
            return text.trim_start().starts_with("call trace(");
        }
        false
    }
}

/// Without a level in front, only the beginning of a message is HAProxy's own for certain.
fn begins(message: &[u8], part: &str) -> bool {
    memchr::memmem::find(message, part.as_bytes()).is_some_and(|at| at <= 48)
}

/// Where the words stand that end with a bracket: brackets are rarer than letters, and found faster.
fn find(head: &[u8], tag: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'[', head)
        .filter_map(|bracket| (bracket + 1).checked_sub(tag.len()))
        .find(|at| head[*at..].starts_with(tag))
}

/// `php[123]: ` in front, as HAProxy names the sender of a FastCGI application's error stream.
fn tagged<'a>(text: &'a [u8], tag: &[u8]) -> Option<&'a [u8]> {
    const HEADER_BYTES_MAX: usize = 160;
    let head = &text[..text.len().min(HEADER_BYTES_MAX)];
    let at = find(head, tag)?;
    let free = at == 0 || text.get(at - 1) == Some(&b' ');
    let rest = text.get(at + tag.len()..).filter(|_| free)?;
    let end = memchr::memmem::find(&rest[..rest.len().min(16)], b"]: ")?;
    rest[..end].iter().all(u8::is_ascii_digit).then(|| &rest[end + 3..])
}

fn is_stderr(line: &[u8], text: &[u8]) -> bool {
    const BEGINNINGS: &[&[u8]] =
        &[b"PHP message: ", b"Primary script unknown", b"Unable to open primary script"];
    BEGINNINGS.iter().any(|begin| text.starts_with(begin)) || tagged(line, b"php[").is_some()
}

fn is_trace(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    text.starts_with(b"| 0x")
        || text.starts_with(b"call trace(")
        || text.starts_with(b"*>")
        || text.starts_with(b"=> Trying to gracefully")
}

/// `[ALERT]    (123) : message`, with a date before the pid in versions before 2.4.
fn leveled(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b"[")?;
    let end = memchr::memchr(b']', inner)?;
    let level = &inner[..end];
    if !matches!(level, b"ALERT" | b"WARNING" | b"NOTICE" | b"DIAG") {
        return None;
    }
    let rest = &inner[end + 1..];
    let start = memchr::memmem::find(&rest[..rest.len().min(48)], b") : ")?;
    Some((level, &rest[start + 4..]))
}

/// `192.0.2.7:56059 [date] frontend/bind: message`
fn of_connection<'a>(text: &'a [u8], sink: &mut Sink) -> Option<&'a [u8]> {
    let end = memchr::memchr(b' ', text).filter(|end| *end <= 64)?;
    let client = std::str::from_utf8(&text[..end]).ok()?;
    client.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))?;
    let (date, rest) = bracketed(&text[end + 1..])?;
    let colon = memchr::memmem::find(rest, b": ")?;
    let place = &rest[..colon];
    (memchr::memchr(b' ', place).is_none() && memchr::memchr(b'/', place).is_some()).then(|| {
        sink.set_time(instant(date));
        &rest[colon + 2..]
    })
}

/// `Server app/app1 is DOWN, reason: Layer4 timeout, …` and its kin.
fn server_state(text: &str, sink: &mut Sink) -> bool {
    let text = text.strip_prefix("Backup ").unwrap_or(text);
    if let Some(rest) = text.strip_prefix("Health check for ") {
        let Some(rest) = rest.trim_start_matches("backup ").strip_prefix("server ") else { return false };
        let Some((name, result)) = rest.split_once(' ') else { return false };
        if result.starts_with("failed") {
            check(name, result, sink);
        }
        return true;
    }
    let Some(rest) = text.strip_prefix("Server ").or_else(|| text.strip_prefix("server ")) else {
        return false;
    };
    let Some((name, state)) = rest.split_once(' ').filter(|(name, _)| name.contains('/')) else {
        return false;
    };
    if state.starts_with("is DOWN") {
        sink.put(sink.signal(id("upstream-marked-down")).name(name));
        check(name, state, sink);
    } else if let Some(why) = state.strip_prefix("is going DOWN for maintenance") {
        sink.put(sink.signal(id("upstream-marked-down")).name(name));
        resolution(name, why, sink);
    } else if state.starts_with("is UP") || state.contains("READY") {
        sink.put(sink.signal(id("upstream-marked-up")).name(name));
    } else if state.starts_with("was DOWN and now enters maintenance") {
        resolution(name, state, sink);
    }
    true
}

/// The check's result stands behind `reason:`; the words of the server behind it are not looked at, except the
/// operating system's text for a failed connection, which HAProxy itself puts into `info:`.
fn check(name: &str, state: &str, sink: &mut Sink) {
    let Some(reason) = state.split("reason: ").nth(1) else { return };
    let code = || state.split(", code: ").nth(1).and_then(|rest| rest.split(',').next()?.trim().parse().ok());
    let (found, value) = if reason.starts_with("Layer4 connection problem") {
        let refused = state.contains("info: \"Connection refused");
        (if refused { id("health-check-refused") } else { id("health-check-failed") }, Value::None)
    } else if reason.contains("timeout") && reason.starts_with("Layer") {
        (id("health-check-timed-out"), Value::None)
    } else if reason.starts_with("Layer7 wrong status") {
        (id("health-check-bad-status"), code().map_or(Value::None, Value::Status))
    } else {
        (id("health-check-failed"), Value::None)
    };
    sink.put(sink.signal(found).name(name).value(value));
}

fn resolution(name: &str, why: &str, sink: &mut Sink) {
    const REASONS: &[(&str, SignalId)] = &[
        ("DNS NX status", id("name-not-found")),
        ("No IP for server", id("name-lookup-empty")),
        ("DNS timeout status", id("name-lookup-timed-out")),
        ("DNS refused status", id("name-lookup-failed")),
        ("DNS unspecified error", id("name-lookup-failed")),
        ("unspecified DNS error", id("name-lookup-failed")),
    ];
    if let Some((_, found)) = REASONS.iter().find(|(words, _)| why.contains(words)) {
        sink.put(sink.signal(*found).name(name));
    }
}

/// `Current worker #1 (123) exited with code 139 (Segmentation fault)`
fn worker_exit(text: &str, sink: &mut Sink) -> bool {
    let Some(rest) = ["Current worker ", "Former worker ", "Former program ", "Current program "]
        .iter()
        .find_map(|begin| text.strip_prefix(begin))
    else {
        return false;
    };
    let pid = rest.split('(').nth(1).and_then(|rest| rest.split(')').next()?.parse::<u32>().ok());
    let code = rest
        .split(" exited with code ")
        .nth(1)
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<i32>().ok());
    match code {
        // 128 + signal number; 143 and 130 are how it is told to stop.
        Some(0 | 130 | 143) => sink.put(sink.signal(id("gateway-stopped")).worker(pid)),
        Some(code) if code > 128 => {
            sink.put(sink.signal(id("gateway-worker-died")).worker(pid).value(Value::OsSignal(code - 128)));
        }
        Some(code) => {
            sink.put(sink.signal(id("gateway-worker-died")).worker(pid).value(Value::Number(code.into())));
        }
        None => {}
    }
    true
}

/// The backend or proxy that a message names.
fn named(signal: Signal, text: &str) -> Signal {
    let after = ["for backend ", "backend ", "proxy '", "Proxy ", "frontend "]
        .iter()
        .find_map(|word| text.split_once(word).map(|(_, rest)| rest));
    let name =
        after.and_then(|rest| rest.split([' ', ':', '\'', '.', ',']).next()).filter(|name| !name.is_empty());
    match name {
        Some(name) => signal.name(name),
        None => signal,
    }
}

const fn says(parts: &'static [&'static str], signal: &str) -> Pattern {
    Pattern { parts, signal: Some(id(signal)) }
}

const fn silent(parts: &'static [&'static str]) -> Pattern {
    Pattern { parts, signal: None }
}

/// Compiled once: a reader is opened for every file.
static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(MESSAGES));

const MESSAGES: &[Pattern] = &[
    says(&["has no server available!"], "no-live-upstream"),
    says(&["Connect() failed for backend ", "check backlog size on the server"], "connect-queue-full"),
    says(&["Connect() failed for backend ", "no free ports"], "connect-no-local-port"),
    says(&["Connect() failed for backend ", "local address already in use"], "connect-no-local-port"),
    says(&["Connect() failed for backend "], "connect-failed"),
    says(&["Cannot bind to source address before connect()"], "connect-no-local-port"),
    says(&["Cannot bind to tproxy source address before connect()"], "connect-no-local-port"),
    says(&["Cannot get a server socket."], "gateway-out-of-descriptors"),
    says(&[" reached process FD limit"], "gateway-out-of-descriptors"),
    says(&[" reached system FD limit"], "gateway-out-of-descriptors"),
    says(&[" reached system memory limit"], "gateway-out-of-memory"),
    says(&[" reached the configured maximum connection limit"], "gateway-connections-exhausted"),
    says(&["Cannot raise FD limit to "], "gateway-connections-low-limit"),
    says(&["FD limit (", "too low for"], "gateway-connections-low-limit"),
    says(&["cannot bind socket"], "gateway-listen-failed"),
    says(&["cannot bind UNIX socket"], "gateway-listen-failed"),
    says(&["cannot listen to socket"], "gateway-listen-failed"),
    says(&["Some protocols failed to start their listeners"], "gateway-listen-failed"),
    says(&["Error(s) found in configuration file"], "gateway-config-refused"),
    says(&["Fatal errors found in configuration"], "gateway-config-refused"),
    says(&["SSL handshake failure"], "client-tls-failed"),
    says(&["SSL fatal error"], "client-tls-failed"),
    says(&["during SSL handshake"], "client-tls-failed"),
    says(&["Received something which does not look like a PROXY protocol header"], "client-request-bad"),
    says(&["PROXY protocol header"], "client-request-bad"),
    says(&["All workers exited. Exiting"], "gateway-stopped"),
    says(&["killing every processes with SIGTERM"], "gateway-stopped"),
    says(&["Proxy ", " stopped ("], "gateway-stopped"),
    says(&["Stopping proxy "], "gateway-stopped"),
    says(&["Stopping frontend "], "gateway-stopped"),
    says(&["Stopping backend "], "gateway-stopped"),
    says(&["Proxy ", " started."], "gateway-started"),
    says(&["New worker ", " forked"], "gateway-started"),
    says(&["Reexecuting Master process"], "gateway-reloaded"),
    says(&["Reloading HAProxy"], "gateway-reloaded"),
    silent(&["Loading success."]),
    silent(&["haproxy version is "]),
    silent(&["path to executable is "]),
    silent(&["Pausing "]),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: "Server app/app1 is DOWN, reason: Layer4 connection problem, info: \"Connection refused\", check duration: 0ms. 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.\nbackend app has no server available!",
        signals: &["upstream-marked-down", "health-check-refused", "no-live-upstream"],
    },
    Sample {
        text: "[WARNING]  (20982) : Server app/app1 is DOWN, reason: Layer7 wrong status, code: 503, info: \"Service Unavailable\", check duration: 1ms. 1 active and 0 backup servers left.\n[NOTICE]   (20982) : haproxy version is 2.6.12",
        signals: &["upstream-marked-down", "health-check-bad-status =503"],
    },
    Sample {
        text: "Backup Server app/app2 is UP, reason: Layer4 check passed, check duration: 0ms. 1 active and 1 backup servers online.",
        signals: &["upstream-marked-up"],
    },
    Sample {
        text: "Server app/app1 is going DOWN for maintenance (DNS NX status). 0 active and 0 backup servers left.",
        signals: &["upstream-marked-down", "name-not-found"],
    },
    Sample {
        text: "Nov 22 00:35:31 web1 haproxy[11501]: Connect() failed for backend app: can't connect to destination unix socket, check backlog size on the server.",
        signals: &["connect-queue-full"],
    },
    Sample { text: "Connect() failed for backend app: no free ports.", signals: &["connect-no-local-port"] },
    Sample {
        text: "[ALERT]    (20982) : [haproxy.main()] Cannot raise FD limit to 228, limit is 24.",
        signals: &["gateway-connections-low-limit"],
    },
    Sample {
        text: "[ALERT]    (871) : Current worker #1 (873) exited with code 139 (Segmentation fault)\n[ALERT]    (871) : exit-on-failure: killing every processes with SIGTERM",
        signals: &["gateway-worker-died =signal 11", "gateway-stopped"],
    },
    Sample {
        text: "[ALERT] 325/003312 (871) : Starting frontend web: cannot bind socket (Address already in use) [0.0.0.0:80]",
        signals: &["gateway-listen-failed"],
    },
    Sample {
        text: "[ALERT]    (871) : config : [/etc/haproxy/haproxy.cfg:21] : 'server app/app1' : could not resolve address 'app.example.com'.",
        signals: &["name-unresolvable-at-start @app.example.com"],
    },
    Sample {
        text: "192.0.2.7:56059 [22/Nov/2026:17:35:10.380] web/1: SSL handshake failure",
        signals: &["client-tls-failed"],
    },
    Sample { text: "Nov 22 00:34:37 web1 php[3212]: Primary script unknown", signals: &["script-not-found"] },
    Sample { text: "Proxy web started.", signals: &["gateway-started"] },
];

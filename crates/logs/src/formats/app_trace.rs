//! What applications and their servers write to their streams when no other format knows the line: Python's
//! tracebacks, uvicorn, Puma, Unicorn, Node and Java, to the extent that it bears on failures. Stands last.

use std::sync::LazyLock;

use goodgate_facts::{Signal, SignalId, Target, Value, id};

use super::app_words::meaning_of_app_message;
use super::own_answers::OwnAnswers;
use super::py_trace::{PyTrace, TraceLine};
use super::worker_end::{ended_by, number_of};
use crate::patterns::{Beginnings, Words};
use crate::{Format, LineReader, Pattern, Sample, Sink, Table, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "app-trace",
    title: "application output",
    reference: "CPython traceback, uvicorn, puma, unicorn, Node.js, JVM and Tomcat messages",
    product: "application",
    capture: false,
    open: |_| {
        Box::new(Reader {
            trace: PyTrace::default(),
            pending: None,
            frames: false,
            answers: OwnAnswers::default(),
        })
    },
    samples: SAMPLES,
};

/// Messages by their beginning, behind a level or a logger's head.
#[rustfmt::skip]
const BEGINNINGS: &[(&str, Option<SignalId>)] = &[
    // uvicorn, hypercorn, daphne
    ("Started server process [", Some(id("app-started"))),
    ("Finished server process [", Some(id("app-stopped"))),
    ("Waiting for application startup", None),
    ("Application startup complete", None),
    ("Application startup failed", Some(id("app-start-failed"))),
    ("Waiting for application shutdown", None),
    ("Application shutdown complete", None),
    ("Shutting down", Some(id("app-stopped"))),
    ("Error loading ASGI app", Some(id("app-import-failed"))),
    ("Exceeded concurrency limit", Some(id("worker-pool-exhausted"))),
    ("Invalid HTTP request received", Some(id("app-request-invalid"))),
    ("ASGI callable returned without starting response", Some(id("uncaught-exception"))),
    ("ASGI callable returned without completing response", Some(id("response-cut-after-error"))),
    ("Exception in ASGI application", None),
    ("Unsupported upgrade request", Some(id("app-warning"))),
    ("Waiting for child process [", None),
    ("Terminated child process [", None),
    // Puma
    ("! Terminating timed out worker", Some(id("worker-timeout-killed"))),
    ("! Unable to start worker", Some(id("worker-boot-failed"))),
    ("! Complete inability to spawn new workers", Some(id("worker-boot-failed"))),
    ("! Unable to load application", Some(id("app-import-failed"))),
    ("! Seppuku is the only choice", Some(id("app-stopped"))),
    ("Early termination of worker", Some(id("worker-boot-failed"))),
    ("Puma starting in", Some(id("app-started"))),
    ("- Gracefully shutting down workers", Some(id("app-stopped"))),
    ("=== puma shutdown: ", Some(id("app-stopped"))),
    ("- Goodbye!", None),
    // Unicorn
    ("master process ready", Some(id("app-started"))),
    ("adding listener failed addr=", Some(id("app-bind-failed"))),
    ("app error: ", Some(id("uncaught-exception"))),
    ("master complete", Some(id("app-stopped"))),
    ("reloading config_file=", Some(id("app-reloading"))),
    // Node and the JVM
    ("FATAL ERROR: Reached heap limit", Some(id("memory-limit-reached"))),
    ("FATAL ERROR: Ineffective mark-compacts near heap limit", Some(id("memory-limit-reached"))),
    ("FATAL ERROR: CALL_AND_RETRY_LAST", Some(id("memory-limit-reached"))),
    ("# A fatal error has been detected by the Java Runtime Environment", Some(id("worker-crashed-signal"))),
    ("Terminating due to java.lang.OutOfMemoryError", Some(id("memory-limit-reached"))),
];

const fn says(parts: &'static [&'static str], signal: &'static str) -> Pattern {
    Pattern { parts, signal: Some(id(signal)) }
}

/// Words that no other program writes, behind whatever head a logger puts before them.
#[rustfmt::skip]
const ANYWHERE: &[Pattern] = &[
    says(&["error while attempting to bind on address", "already in use"], "app-bind-failed"),
    says(&["error while attempting to bind on address"], "app-bind-failed"),
    says(&["listen EADDRINUSE"], "app-bind-failed"),
    says(&["listen EACCES"], "app-bind-failed"),
    says(&["Address already in use - bind(2)"], "app-bind-failed"),
    says(&["java.net.BindException"], "app-bind-failed"),
    says(&["Failed to initialize connector ["], "app-bind-failed"),
    says(&["JavaScript heap out of memory"], "memory-limit-reached"),
    says(&["java.lang.OutOfMemoryError: unable to create"], "fatal-error"),
    says(&["java.lang.OutOfMemoryError"], "memory-limit-reached"),
    says(&["currently busy, waiting. Increase maxThreads"], "worker-pool-exhausted"),
    says(&["org.apache.catalina.connector.ClientAbortException"], "app-client-went-away"),
    says(&["HeadersTooLargeException"], "app-header-huge"),
    says(&["Request header is too large"], "app-request-too-large"),
    says(&["Invalid character found in method name [0x16 0x03"], "app-got-tls"),
    says(&["Invalid character found in method name ["], "app-request-invalid"),
    says(&["Invalid character found in the request target ["], "app-request-invalid"),
    says(&["Invalid message received with signature"], "app-got-other-protocol"),
    says(&["AJP Connector is configured with secretRequired"], "app-config-invalid"),
    says(&["Are you trying to open an SSL connection to a non-SSL Puma"], "app-got-tls"),
    says(&["HTTP parse error, malformed request"], "app-request-invalid"),
    says(&["Rack::Timeout::RequestTimeout"], "execution-time-exceeded"),
    says(&["ERR_HTTP_HEADERS_SENT"], "response-cut-after-error"),
    says(&["had too many unstable restarts"], "workers-restarting-often"),
    says(&["Request queue is full. Returning an error"], "app-listen-queue-full"),
    says(&["Could not spawn process for application"], "app-start-failed"),
    says(&["Failed to proxy http"], "remote-call-failed"),
];

static ANYWHERE_TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(ANYWHERE));

/// What any line must hold that one of the searches behind the beginnings could know.
static TELLING: LazyLock<Words> =
    LazyLock::new(|| Words::new(["App [", " - \"", "Error", "Exception"].iter()));

static ALL_BEGINNINGS: LazyLock<Beginnings> = LazyLock::new(|| {
    Beginnings::new(BEGINNINGS.iter().map(|(begin, _)| *begin).chain(SPECIAL_BEGINNINGS.iter().copied()))
});

/// Beginnings of the messages that are read in full.
const SPECIAL_BEGINNINGS: &[&str] = &[
    "Uvicorn running on ",
    "* Listening on ",
    "listening on addr=",
    "worker=",
    "reaped #<",
    "Child process [",
];

struct Reader {
    trace: PyTrace,
    /// An error's first line; frames behind it make it an uncaught one.
    pending: Option<Signal>,
    frames: bool,
    answers: OwnAnswers,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        match self.trace.line(line) {
            TraceLine::Outside => {}
            TraceLine::Inside => return Verdict::Continues,
            TraceLine::Last(meanings) => {
                for meaning in meanings {
                    let signal = meaning.signal(sink);
                    sink.put(signal);
                }
                return Verdict::Continues;
            }
        }
        if is_frame(line) && (self.frames || self.pending.is_some()) {
            self.frames = true;
            if let Some(signal) = self.pending.take() {
                sink.put(signal);
            }
            return Verdict::Continues;
        }
        self.pending = None;
        self.frames = false;
        let text = super::columns::text(line);
        let message = past_head(&text);
        let begins = ALL_BEGINNINGS.may_begin(message.as_bytes());
        if !begins && !TELLING.any_in(message.as_bytes()) && !ANYWHERE_TABLE.may_match(line) {
            return Verdict::Foreign;
        }
        if self.special(message, sink) || self.table(message, line, sink) || self.error(message, sink) {
            return Verdict::Mine;
        }
        Verdict::Foreign
    }

    fn end(&mut self, sink: &mut Sink) {
        self.answers.end(sink);
    }
}

impl Reader {
    fn table(&mut self, message: &str, line: &[u8], sink: &mut Sink) -> bool {
        if let Some((_, meaning)) = BEGINNINGS.iter().find(|(begin, _)| message.starts_with(begin)) {
            if let Some(meaning) = *meaning {
                sink.put(sink.signal(meaning));
            }
            self.frames = true;
            return true;
        }
        // What stands in quotation marks may be a client's.
        let unquoted = memchr::memchr(b'"', line).and_then(|end| line.get(..end)).unwrap_or(line);
        let Some(meaning) = ANYWHERE_TABLE.find(unquoted).and_then(|pattern| pattern.signal) else {
            return false;
        };
        sink.put(sink.signal(meaning));
        self.frames = true;
        true
    }

    fn special(&mut self, message: &str, sink: &mut Sink) -> bool {
        let listening = ["Uvicorn running on ", "* Listening on ", "listening on addr="];
        if let Some(rest) = listening.iter().find_map(|begin| message.strip_prefix(begin)) {
            let target = rest.split([' ', ',']).next().and_then(Target::parse);
            sink.put(sink.signal(id("listening-at")).target(target));
        } else if let Some(rest) = message.strip_prefix("worker=") {
            if rest.contains(" timeout (") && rest.contains("killing") {
                let pid = rest.split_once("PID:").and_then(|(_, n)| number(n));
                sink.put(sink.signal(id("worker-timeout-killed")).worker(pid));
            } else if rest.ends_with(" ready") {
                sink.put(sink.signal(id("worker-started")));
            } else {
                return false;
            }
        } else if let Some(rest) = message.strip_prefix("reaped #<Process::Status: pid ") {
            let pid = number(rest);
            let os_signal = rest.split_once("(signal ").and_then(|(_, n)| number(n));
            let signal = match os_signal.and_then(|n| i32::try_from(n).ok()) {
                Some(n) => sink.signal(ended_by(n)).value(Value::OsSignal(n)),
                None if rest.contains("exit 0") => sink.signal(id("worker-exited-normally")),
                None => sink.signal(id("worker-exited-with-code")),
            };
            sink.put(signal.worker(pid));
        } else if let Some(rest) = message.strip_prefix("Child process [") {
            sink.put(sink.signal(id("worker-exited-on-signal")).worker(number(rest)));
        } else if let Some((code, name)) = pm2_exit(message) {
            let signal = match number_of(&name) {
                Some(n) if code == 0 => sink.signal(ended_by(n)).value(Value::OsSignal(n)),
                _ => sink.signal(id("worker-exited-with-code")).value(Value::Number(code)),
            };
            sink.put(signal);
        } else {
            return self.access(message, sink);
        }
        true
    }

    /// uvicorn's `192.0.2.1:52344 - "GET / HTTP/1.1" 500 Internal Server Error`.
    fn access(&mut self, message: &str, sink: &mut Sink) -> bool {
        let Some((client, rest)) = message.split_once(" - \"") else { return false };
        let Some((request, status)) = rest.rsplit_once("\" ") else { return false };
        let port = client.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let Some(status) = status.get(..3).and_then(|digits| digits.parse().ok()).filter(|_| port) else {
            return false;
        };
        self.answers.add(status, None, request.as_bytes(), sink);
        true
    }

    /// `Class: message` of Node, Ruby and Java, with what stands before it when nobody caught it.
    fn error(&mut self, message: &str, sink: &mut Sink) -> bool {
        let uncaught = ["Exception in thread ", "Uncaught ", "Unhandled ", "[UnhandledPromiseRejection"]
            .iter()
            .any(|begin| message.starts_with(begin));
        let Some(class) = error_class(message) else { return false };
        let named = sink.signal(id("uncaught-exception")).name(class);
        if let Some(meaning) = meaning_of_app_message(message.as_bytes()) {
            let signal = meaning.signal(sink);
            sink.put(signal);
        } else if !uncaught {
            self.pending = Some(named);
            return false;
        }
        if uncaught {
            sink.put(named);
        }
        self.frames = true;
        true
    }
}

/// The class of `pkg.SomeException: message` or `Error [CODE]: message`, also behind `Caused by: `.
fn error_class(message: &str) -> Option<&str> {
    let mut rest = message.trim_start();
    for begin in
        ["Caused by: ", "Uncaught ", "Unhandled ", "⨯ ", "[cause]: ", "[ioredis] Unhandled error event: "]
    {
        rest = rest.strip_prefix(begin).unwrap_or(rest);
    }
    if let Some(thread) = rest.strip_prefix("Exception in thread \"") {
        rest = thread.split_once("\" ").map_or(thread, |(_, rest)| rest);
    }
    let head = rest.split(": ").next()?.split(" [").next()?.trim_start_matches('[');
    let class = head.rsplit(['.', ':']).next()?;
    let plain = head.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'_' | b'$'));
    (plain && (class.ends_with("Error") || class.ends_with("Exception"))).then_some(class)
}

/// `    at f (file:1:2)`, `\tat a.b.C.d(C.java:3)`, `\t... 12 more`, `/srv/app/a.rb:3:in 'f'`.
fn is_frame(line: &[u8]) -> bool {
    let trimmed = line.trim_ascii_start();
    let indented = trimmed.len() < line.len();
    let at = trimmed.starts_with(b"at ") || (trimmed.starts_with(b"... ") && trimmed.ends_with(b" more"));
    (indented && at)
        || (trimmed.starts_with(b"/") && memchr::memmem::find(trimmed, b":in ").is_some())
        || (indented && (trimmed.starts_with(b"errno: ") || trimmed.starts_with(b"code: ")))
}

/// Takes off uvicorn's level, a Ruby logger's head, Puma's process id.
fn past_head(text: &str) -> &str {
    const HEAD_BYTES_MAX: usize = 85;
    let head = text.as_bytes().get(..HEAD_BYTES_MAX).unwrap_or(text.as_bytes());
    if let Some(at) = memchr::memmem::find(head, b" -- : ")
        && let Some(rest) = text.get(at + 6..)
    {
        return rest;
    }
    for level in ["INFO:", "WARNING:", "ERROR:", "CRITICAL:", "DEBUG:"] {
        if let Some(rest) = text.strip_prefix(level) {
            return rest.trim_start();
        }
    }
    if let Some((pid, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once("] "))
        && pid.bytes().all(|b| b.is_ascii_digit())
    {
        return rest;
    }
    text
}

/// PM2's `App [shop:0] exited with code [1] via signal [SIGINT]`, with any head before it.
fn pm2_exit(message: &str) -> Option<(i64, String)> {
    let (_, rest) = message.split_once("App [")?;
    let (_, rest) = rest.split_once("] exited with code [")?;
    let (code, rest) = rest.split_once(']')?;
    let name = rest.split_once("via signal [").and_then(|(_, name)| name.split(']').next()).unwrap_or("");
    Some((code.parse().ok()?, name.to_owned()))
}

fn number(text: &str) -> Option<u32> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..digits)?.parse().ok()
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "Traceback (most recent call last):\n\
               \x20 File \"/usr/lib/python3/dist-packages/gunicorn/arbiter.py\", line 209, in run\n\
               \x20   self.sleep()\n\
               gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>\n\
               \n\
               During handling of the above exception, another exception occurred:\n\
               \n\
               Traceback (most recent call last):\n\
               \x20 File \"/usr/bin/gunicorn\", line 8, in <module>\n\
               \x20   sys.exit(run())\n\
               SystemExit: 3",
        signals: &["worker-boot-failed"],
    },
    Sample {
        text: "INFO:     Started server process [17]\n\
               INFO:     Waiting for application startup.\n\
               INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)\n\
               INFO:     192.0.2.1:52344 - \"GET /a HTTP/1.1\" 500 Internal Server Error\n\
               WARNING:  Exceeded concurrency limit.\n\
               WARNING:  Invalid HTTP request received.\n\
               ERROR:    Exception in ASGI application\n\
               Traceback (most recent call last):\n\
               \x20 File \"/srv/app/main.py\", line 4, in read\n\
               \x20   raise KeyError(name)\n\
               KeyError: 'name'",
        signals: &[
            "app-started",
            "listening-at @127.0.0.1:8000",
            "worker-pool-exhausted",
            "app-request-invalid",
            "uncaught-exception",
            "app-answered-5xx =500",
        ],
    },
    Sample {
        text: "[812] ! Terminating timed out worker (Worker 1 failed to check in within 60 seconds): 815\n\
               E, [2026-11-22T00:34:39.120000 #812] ERROR -- : worker=0 PID:815 timeout (61s > 60s), killing\n\
               E, [2026-11-22T00:34:40.120000 #812] ERROR -- : reaped #<Process::Status: pid 815 SIGKILL (signal 9)> worker=0",
        signals: &["worker-timeout-killed", "worker-timeout-killed", "worker-killed-sigkill =signal 9"],
    },
    Sample {
        text: "Error: listen EADDRINUSE: address already in use :::3000\n\
               \x20   at Server.setupListenHandle [as _listen2] (node:net:1463:16)\n\
               Error: connect ECONNREFUSED 127.0.0.1:5432\n\
               \x20   at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1300:16)\n\
               FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
        signals: &["app-bind-failed", "database-refused @127.0.0.1:5432", "memory-limit-reached"],
    },
    Sample {
        text: "Exception in thread \"http-1\" java.lang.IllegalStateException: no pool\n\
               \tat com.example.Shop.run(Shop.java:9)\n\
               Caused by: java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms.\n\
               \tat com.example.Shop.get(Shop.java:12)\n\
               \t... 12 more\n\
               java.lang.OutOfMemoryError: Java heap space",
        signals: &["uncaught-exception", "database-timed-out", "memory-limit-reached"],
    },
];

//! gunicorn's log: the life of arbiter and workers, refused requests, tracebacks; and, where it goes to the same
//! stream, its access lines.

use std::collections::VecDeque;

use goodgate_facts::{Address, Moment, Protocol, Signal, SignalId, Target, Value, id};

use super::app_words::meaning_of_app_message;
use super::own_answers::OwnAnswers;
use super::py_trace::{PyTrace, Stage, TraceLine};
use super::worker_end::{ended_by, number_of};
use crate::{Format, LineReader, Sample, Sink, Verdict, clock};

pub(crate) const FORMAT: Format = Format {
    id: "gunicorn-error",
    title: "gunicorn log",
    reference: "gunicorn: gunicorn/{arbiter,glogging}.py, gunicorn/workers/{base,sync}.py",
    product: "gunicorn",
    capture: false,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

const TIMED_OUT_MAX: usize = 256;

/// Words in a file's name that tell whose access lines it holds: gunicorn's are like everybody's.
const NAMES: &[&str] = &["gunicorn", "g_access"];

/// Messages by their beginning; `None` where they mean nothing.
#[rustfmt::skip]
const MESSAGES: &[(&str, Option<SignalId>)] = &[
    ("Starting gunicorn", Some(id("app-started"))),
    ("Handling signal: hup", Some(id("app-reloading"))),
    ("Handling signal: usr2", Some(id("app-reloading"))),
    ("Hang up: ", Some(id("app-reloading"))),
    ("Reason: Worker failed to boot", Some(id("worker-boot-failed"))),
    ("Worker failed to boot", Some(id("worker-boot-failed"))),
    ("Reason: App failed to load", Some(id("app-import-failed"))),
    ("App failed to load", Some(id("app-import-failed"))),
    ("Failed to find attribute", Some(id("app-import-failed"))),
    ("Failed to find application object", Some(id("app-import-failed"))),
    ("Autorestarting worker after current request", Some(id("worker-recycled"))),
    ("Worker graceful timeout", Some(id("worker-terminated-by-server"))),
    ("Ignoring EPIPE", Some(id("app-client-went-away"))),
    ("Ignoring connection reset", Some(id("app-client-went-away"))),
    ("Ignoring connection epipe", Some(id("app-client-went-away"))),
    ("Ignoring socket not connected", Some(id("app-client-went-away"))),
    ("Invalid address", Some(id("app-bind-failed"))),
    ("Using worker", None),
];

#[derive(Default)]
struct Reader {
    lines: u32,
    stopping: bool,
    timed_out: VecDeque<u32>,
    trace: PyTrace,
    /// An error without its trace yet.
    pending: Option<Signal>,
    time: Option<Moment>,
    pid: Option<u32>,
    answers: OwnAnswers,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        if let Some((time, pid, level, message)) = frame(line) {
            self.settle(sink);
            sink.set_time(time);
            (self.time, self.pid) = (Some(time), Some(pid));
            self.lines += 1;
            let text = String::from_utf8_lossy(message);
            self.meaning(pid, level, &text, sink);
            return Verdict::Mine;
        }
        if self.lines > 0 && self.pid.is_some() {
            let step = self.trace.line(line);
            if step != TraceLine::Outside {
                sink.set_time(self.time);
                self.traced(step, sink);
                return Verdict::Continues;
            }
        }
        if self.access(line, sink) { Verdict::Mine } else { Verdict::Foreign }
    }

    fn end(&mut self, sink: &mut Sink) {
        self.settle(sink);
        self.answers.end(sink);
    }
}

impl Reader {
    fn traced(&mut self, step: TraceLine, sink: &mut Sink) {
        let TraceLine::Last(meanings) = step else { return };
        self.pending = None;
        for meaning in meanings {
            let signal = meaning.signal(sink).worker(self.pid);
            sink.put(signal);
        }
    }

    /// An error that no trace followed stands for itself.
    fn settle(&mut self, sink: &mut Sink) {
        if let Some(signal) = self.pending.take() {
            sink.put(signal);
        }
    }

    fn meaning(&mut self, pid: u32, level: &str, text: &str, sink: &mut Sink) {
        if self.worker(pid, text, sink) || self.address(text, sink) {
            return;
        }
        if let Some((_, meaning)) = MESSAGES.iter().find(|(begin, _)| text.starts_with(begin)) {
            let Some(meaning) = *meaning else { return };
            self.stopping &= meaning != id("app-started");
            let of_worker = matches!(meaning.as_str(), "worker-recycled" | "app-client-went-away");
            sink.put(sink.signal(meaning).worker(of_worker.then_some(pid)));
        } else if text.starts_with("Exception in worker process") {
            self.trace.expect(Stage::Booting);
            self.pending = Some(sink.signal(id("worker-boot-failed")).worker(pid));
        } else if let Some(rest) = text.strip_prefix("Error handling request") {
            self.trace.expect(Stage::Unknown);
            // gunicorn names the request when it can still answer 500, and nothing when the head was already sent.
            if rest.trim().is_empty() {
                sink.put(sink.signal(id("response-cut-after-error")).worker(pid));
            }
            self.pending = Some(sink.signal(id("uncaught-exception")).worker(pid));
        } else if text.starts_with("Socket error processing request") {
            // An error of the operating system that the application let through: no answer at all is sent.
            self.trace.expect(Stage::Unknown);
            self.pending = Some(sink.signal(id("uncaught-exception")).worker(pid));
        } else if let Some((_, error)) =
            text.strip_prefix("Invalid request from ip=").and_then(|r| r.split_once(": "))
        {
            sink.put(sink.signal(refused_request(error)).worker(pid));
        } else if matches!(level, "ERROR" | "CRITICAL") {
            self.trace.expect(Stage::Unknown);
            if let Some(meaning) = meaning_of_app_message(text.as_bytes()) {
                let signal = meaning.signal(sink).worker(pid);
                sink.put(signal);
            }
        }
    }

    /// Lines about the end and the beginning of workers.
    fn worker(&mut self, own: u32, text: &str, sink: &mut Sink) -> bool {
        if let Some(rest) = text.strip_prefix("WORKER TIMEOUT (pid:") {
            let pid = number(rest);
            self.timed_out.extend(pid);
            if self.timed_out.len() > TIMED_OUT_MAX {
                self.timed_out.pop_front();
            }
            sink.put(sink.signal(id("worker-timeout-killed")).worker(pid));
        } else if let Some(rest) = text.strip_prefix("Worker with pid ") {
            let Some((_, rest_signal)) = rest.split_once("was terminated due to signal ") else {
                return false;
            };
            let number = number(rest_signal).and_then(|n| i32::try_from(n).ok());
            self.ended(super::gunicorn_error::number(rest), number, sink);
        } else if let Some(rest) = text.strip_prefix("Worker (pid:") {
            let pid = number(rest);
            if let Some((_, word)) = rest.split_once(") was sent ") {
                let name = word.split('!').next().unwrap_or(word);
                // A wait status instead of a name: code 139 is 128 and signal 11.
                let code = name.strip_prefix("code ").and_then(number).and_then(|n| i32::try_from(n).ok());
                let code = code.map(|code| if code > 128 { code - 128 } else { code });
                self.ended(pid, number_of(name).or(code), sink);
            } else if let Some((_, code)) = rest.split_once(") exited with code ") {
                let code = i64::from(number(code).unwrap_or(0));
                let meaning = match code {
                    0 => id("worker-exited-normally"),
                    3 => id("worker-boot-failed"),
                    4 => id("app-import-failed"),
                    _ => id("worker-exited-with-code"),
                };
                sink.put(sink.signal(meaning).worker(pid).value(Value::Number(code)));
            }
        } else if let Some(rest) = text.strip_prefix("Booting worker with pid: ") {
            sink.put(sink.signal(id("worker-started")).worker(number(rest)));
        } else if text.starts_with("Worker exiting (pid: ") {
            if !self.timed_out.contains(&own) {
                sink.put(sink.signal(id("worker-exited-normally")).worker(own));
            }
        } else if ["term", "int", "quit"]
            .iter()
            .any(|name| text.strip_prefix("Handling signal: ") == Some(name))
            || text.starts_with("Shutting down: ")
        {
            if !self.stopping {
                sink.put(sink.signal(id("app-stopped")));
            }
            self.stopping = true;
        } else {
            return false;
        }
        true
    }

    fn ended(&mut self, pid: Option<u32>, number: Option<i32>, sink: &mut Sink) {
        if pid.is_some_and(|pid| self.timed_out.contains(&pid)) {
            return;
        }
        let number = number.unwrap_or(0);
        let asked = self.stopping && matches!(number, 3 | 9 | 15);
        let meaning = if asked { id("worker-terminated-by-server") } else { ended_by(number) };
        let signal = |id| sink.signal(id).worker(pid).value(Value::OsSignal(number));
        let mut signals = vec![signal(meaning)];
        if meaning == id("worker-killed-sigkill") && sink_line_guesses(&signals) {
            signals.push(signal(id("worker-out-of-memory-hint")));
        }
        for signal in signals {
            sink.put(signal);
        }
    }

    fn address(&mut self, text: &str, sink: &mut Sink) -> bool {
        if let Some(rest) = text.strip_prefix("Listening at: ") {
            let list = rest.rsplit_once(" (").map_or(rest, |(list, _)| list);
            for target in list.split(',').filter_map(Target::parse) {
                sink.put(sink.signal(id("listening-at")).target(target));
            }
            return true;
        }
        let Some(rest) =
            text.strip_prefix("Connection in use: ").or_else(|| text.strip_prefix("Can't connect to "))
        else {
            return text.starts_with("Retrying in ");
        };
        sink.put(sink.signal(id("app-bind-failed")).target(python_address(rest)));
        true
    }

    /// Access lines count only in gunicorn's own stream, or in a file named after it.
    fn access(&mut self, line: &[u8], sink: &mut Sink) -> bool {
        if self.lines == 0 {
            let source = sink.source();
            let name = source.file.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
            if !NAMES.iter().any(|word| name.contains(word)) {
                return false;
            }
        }
        let Some((time, request, status)) = common_log(line) else { return false };
        sink.set_time(time);
        self.answers.add(status, None, request, sink);
        true
    }
}

fn sink_line_guesses(signals: &[Signal]) -> bool {
    signals
        .first()
        .and_then(|signal| signal.excerpt.as_ref())
        .is_some_and(|text| text.for_display().ends_with("Perhaps out of memory?"))
}

/// What gunicorn says of a request that it refused; the client's bytes stand only behind these words.
fn refused_request(error: &str) -> SignalId {
    const TOO_LARGE: &[&str] =
        &["Request Line is too large", "limit request", "Request Header Fields Too Large"];
    if TOO_LARGE.iter().any(|begin| error.starts_with(begin)) {
        return id("app-request-too-large");
    }
    let begins = |hello: &str| error.split(['\'', '"']).nth(1).is_some_and(|bytes| bytes.starts_with(hello));
    if begins("\\x16\\x03") || begins("\u{16}\u{3}") {
        return id("app-got-tls");
    }
    id("app-request-invalid")
}

/// `('0.0.0.0', 8000)` or a path.
fn python_address(text: &str) -> Option<Target> {
    let plain = text.trim().trim_matches(['(', ')']);
    let address = match plain.split_once(", ") {
        Some((host, port)) => Address::Tcp {
            host: host.trim_matches('\'').to_ascii_lowercase(),
            port: port.split([',', ')']).next()?.parse().ok()?,
        },
        None => Address::parse(plain.trim_matches('\''), 0)?,
    };
    Some(Target { protocol: Some(Protocol::Http), address })
}

fn number(text: &str) -> Option<u32> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..digits)?.parse().ok()
}

/// `[2026-11-22 00:34:45 +0000] [3498] [INFO] text`
fn frame(line: &[u8]) -> Option<(Moment, u32, &str, &[u8])> {
    let (time, rest) = clock::iso(line.strip_prefix(b"[")?)?;
    let rest = rest.strip_prefix(b"] [")?;
    let end = memchr::memchr(b']', rest)?;
    let pid = std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()?;
    let rest = rest.get(end..)?.strip_prefix(b"] [")?;
    let end = memchr::memchr(b']', rest)?;
    let level = std::str::from_utf8(rest.get(..end)?).ok()?;
    matches!(level, "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL").then_some(())?;
    Some((time, pid, level, rest.get(end + 1..)?.strip_prefix(b" ")?))
}

/// Time, request and status of a line in the common log format.
fn common_log(line: &[u8]) -> Option<(Moment, &[u8], u16)> {
    let open = memchr::memmem::find(line, b" [")?;
    let (time, rest) = clock::clf(line.get(open + 2..)?)?;
    let rest = rest.strip_prefix(b"] \"")?;
    let end = memchr::memmem::find(rest, b"\" ")?;
    let status = std::str::from_utf8(rest.get(end + 2..end + 5)?).ok()?.parse().ok()?;
    Some((time, rest.get(..end)?, status))
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "[2026-11-22 00:34:39 +0000] [3437] [INFO] Starting gunicorn 20.1.0\n\
               [2026-11-22 00:34:39 +0000] [3437] [INFO] Listening at: http://127.0.0.1:8000 (3437)\n\
               [2026-11-22 00:34:39 +0000] [3437] [INFO] Using worker: sync\n\
               [2026-11-22 00:34:39 +0000] [3440] [INFO] Booting worker with pid: 3440\n\
               127.0.0.1 - - [22/Nov/2026:00:34:41 +0000] \"GET /ok HTTP/1.0\" 200 21 \"-\" \"curl/8.0\"\n\
               [2026-11-22 00:34:45 +0000] [3437] [INFO] Handling signal: term\n\
               [2026-11-22 00:34:45 +0000] [3440] [INFO] Worker exiting (pid: 3440)\n\
               [2026-11-22 00:34:45 +0000] [3437] [INFO] Shutting down: Master",
        signals: &[
            "app-started",
            "listening-at @127.0.0.1:8000",
            "worker-started",
            "app-stopped",
            "worker-exited-normally",
            "app-answered-well",
        ],
    },
    Sample {
        text: "[2026-11-22 00:40:25 +0000] [4515] [CRITICAL] WORKER TIMEOUT (pid:4820)\n\
               [2026-11-22 00:40:25 +0000] [4820] [INFO] Worker exiting (pid: 4820)\n\
               [2026-11-22 00:40:26 +0000] [4515] [ERROR] Worker (pid:4820) was sent SIGKILL! Perhaps out of memory?",
        signals: &["worker-timeout-killed"],
    },
    Sample {
        text: "[2026-11-22 00:40:26 +0000] [4515] [ERROR] Worker (pid:4820) was sent SIGKILL! Perhaps out of memory?\n\
               [2026-11-22 00:40:27 +0000] [4515] [WARNING] Worker with pid 4821 was terminated due to signal 11\n\
               [2026-11-22 00:40:27 +0000] [4515] [WARNING] Worker (pid:4822) was sent code 139!",
        signals: &[
            "worker-killed-sigkill =signal 9",
            "worker-out-of-memory-hint =signal 9",
            "worker-crashed-signal =signal 11",
            "worker-crashed-signal =signal 11",
        ],
    },
    Sample {
        text: "[2026-11-22 00:36:30 +0000] [17495] [ERROR] Exception in worker process\n\
               Traceback (most recent call last):\n\
               \x20 File \"/usr/lib/python3/dist-packages/gunicorn/arbiter.py\", line 589, in spawn_worker\n\
               \x20   worker.init_process()\n\
               \x20 File \"/srv/app/shop.py\", line 1, in <module>\n\
               \x20   import lost\n\
               ModuleNotFoundError: No module named 'lost'\n\
               [2026-11-22 00:36:30 +0000] [17495] [INFO] Worker exiting (pid: 17495)\n\
               [2026-11-22 00:36:30 +0000] [17492] [INFO] Shutting down: Master\n\
               [2026-11-22 00:36:30 +0000] [17492] [INFO] Reason: Worker failed to boot.",
        signals: &["app-import-failed", "worker-exited-normally", "app-stopped", "worker-boot-failed"],
    },
    Sample {
        text: "[2026-11-22 00:36:30 +0000] [17495] [ERROR] Error handling request /db?x=1\n\
               Traceback (most recent call last):\n\
               \x20 File \"/srv/app/shop.py\", line 4, in index\n\
               \x20   db = psycopg2.connect(dsn)\n\
               psycopg2.OperationalError: connection to server at \"127.0.0.1\", port 5432 failed: Connection refused\n\
               \tIs the server running on that host and accepting TCP/IP connections?\n\
               [2026-11-22 00:36:31 +0000] [17495] [ERROR] Error handling request",
        signals: &[
            "uncaught-exception",
            "database-refused",
            "response-cut-after-error",
            "uncaught-exception",
        ],
    },
    Sample {
        text: "[2026-11-22 00:36:30 +0000] [17495] [WARNING] Invalid request from ip=192.0.2.4: Invalid HTTP request line: '\\x16\\x03\\x01\\x02'\n\
               [2026-11-22 00:36:30 +0000] [17495] [WARNING] Invalid request from ip=192.0.2.4: Request Line is too large (5000 > 4094)\n\
               [2026-11-22 00:36:30 +0000] [17492] [ERROR] Connection in use: ('127.0.0.1', 8000)\n\
               [2026-11-22 00:36:30 +0000] [17492] [ERROR] Retrying in 1 second.\n\
               [2026-11-22 00:36:30 +0000] [17495] [DEBUG] Ignoring EPIPE\n\
               [2026-11-22 00:36:30 +0000] [17495] [INFO] Autorestarting worker after current request.",
        signals: &[
            "app-got-tls",
            "app-request-too-large",
            "app-bind-failed @127.0.0.1:8000",
            "app-client-went-away",
            "worker-recycled",
        ],
    },
];

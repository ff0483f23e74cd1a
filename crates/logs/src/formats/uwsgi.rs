//! uWSGI's log: start and end, workers, harakiri, the listen queue, refused blocks, request lines and the
//! tracebacks of Python applications, all in one stream.

use std::sync::LazyLock;

use goodgate_facts::{Moment, Protocol, Signal, SignalId, Target, Untrusted, Value, id};

use super::own_answers::OwnAnswers;
use super::py_trace::{PyTrace, TraceLine};
use super::worker_end::ended_by;
use crate::patterns::Beginnings;
use crate::{Format, LineReader, Sample, Sink, Verdict, clock};

pub(crate) const FORMAT: Format = Format {
    id: "uwsgi",
    title: "uWSGI log",
    reference: "uwsgi: core/{uwsgi,master,master_checks,protocol,socket,writer,logging}.c, plugins/python",
    product: "uwsgi",
    capture: false,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

/// Messages by their beginning; `None` where they mean nothing.
#[rustfmt::skip]
const MESSAGES: &[(&str, Option<SignalId>)] = &[
    ("*** Starting uWSGI", Some(id("app-started"))),
    ("--- no python application found", Some(id("app-no-application"))),
    ("*** no app loaded.", Some(id("app-no-application"))),
    ("unable to load app", Some(id("app-import-failed"))),
    ("unable to load configuration from", Some(id("app-config-invalid"))),
    ("unable to find \"application\" callable", Some(id("app-import-failed"))),
    ("callable not found or import error", Some(id("app-import-failed"))),
    ("Listen queue size is greater than the system max", Some(id("app-start-failed"))),
    ("bind(): ", Some(id("app-bind-failed"))),
    ("probably another instance of uWSGI is running", Some(id("app-bind-failed"))),
    ("SIGPIPE: writing to a closed pipe/socket/fd", Some(id("app-client-went-away"))),
    ("uwsgi_response_write_body_do(): Broken pipe", Some(id("app-client-went-away"))),
    ("uwsgi_response_write_headers_do(): Broken pipe", Some(id("app-client-went-away"))),
    ("uwsgi_response_writev_headers_and_body_do(): Broken pipe", Some(id("app-client-went-away"))),
    ("uwsgi_response_sendfile_do(): Broken pipe", Some(id("app-client-went-away"))),
    ("uwsgi_response_write_body_do(): Connection reset", Some(id("app-client-went-away"))),
    ("uwsgi_response_write_body_do() TIMEOUT", Some(id("app-client-went-away"))),
    ("[DANGER] async queue is full", Some(id("worker-pool-exhausted"))),
    ("...gracefully killing workers...", Some(id("app-reloading"))),
    ("uwsgi_proto_http_parser()", Some(id("app-speaks-http"))),
    ("...brutally killing workers...", Some(id("app-reloading"))),
    ("*** uWSGI is running in", None), ("*** Operational MODE", None), ("*** Python threads support", None),
    ("*** WARNING: ", None), ("*** has_emperor mode", None), ("*** Stats server enabled", None), ("*** backtrace of", None), ("*** end of backtrace", None),
    ("compiled with version: ", None), ("os: ", None), ("nodename: ", None), ("machine: ", None),
    ("clock source: ", None), ("pcre jit ", None), ("detected number of CPU cores", None),
    ("current working directory: ", None), ("detected binary path: ", None), ("setuid() to ", None),
    ("setgid() to ", None), ("set additional group ", None), ("chdir() to ", None), ("chmod() socket to ", None), ("your processes number limit ", None),
    ("your memory page size ", None), ("detected max file descriptor number", None), ("lock engine: ", None),
    ("thunder lock: ", None), ("uWSGI http bound on", None), ("uWSGI running as root", None),
    ("Python version: ", None), ("PEP 405 virtualenv", None), ("Set PythonHome to", None), ("Python main interpreter initialized", None), ("python threads support", None),
    ("your server socket listen backlog", None), ("your mercy for graceful", None), ("mapped ", None),
    ("WSGI app ", None), ("dropping root privileges", None), ("mounting ", None), ("added ", None), ("[uWSGI] getting INI", None), ("worker ", None), ("gateway \"", None),
    ("HARAKIRI: ", None), ("HARAKIRI !!! ", None), ("uwsgi_proto_", None), ("gracefully (RE)spawned", None), ("binary reloading uWSGI", None), ("closing all non-uwsgi socket", None), ("...The work of process", None), ("waiting for", None), ("[uwsgi-body-read]", None),
];

/// Stands anywhere in the line that tells of a worker's planned end.
const RECYCLED: &str = "max requests reached";

/// Beginnings of the messages that are read in full.
const SPECIAL_BEGINNINGS: &[&str] = &[
    "*** ",
    "HARAKIRI ",
    "invalid request block size: ",
    "spawned uWSGI ",
    "Respawned uWSGI ",
    "uwsgi socket ",
    "uWSGI http socket ",
    "SIGINT/SIG",
    "goodbye to uWSGI",
    "!!! uWSGI process ",
    "DAMN ! worker ",
];

static ALL_BEGINNINGS: LazyLock<Beginnings> = LazyLock::new(|| {
    Beginnings::new(MESSAGES.iter().map(|(begin, _)| *begin).chain(SPECIAL_BEGINNINGS.iter().copied()))
});

#[derive(Default)]
struct Reader {
    /// A line that only uWSGI writes has been seen, so that general words may be taken for its.
    certain: bool,
    stopping: bool,
    harakiri: Option<u32>,
    trace: PyTrace,
    time: Option<Moment>,
    answers: OwnAnswers,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        if line.starts_with(b"[pid: ") {
            return if self.request(line, sink) { Verdict::Mine } else { Verdict::Foreign };
        }
        let (time, rest) = stamped(line);
        if time.is_some() {
            self.time = time;
        }
        // Most lines have no time: the last one that was told is near.
        sink.set_time(time.or_else(|| sink.time()).or(self.time));
        let rest = rest.trim_ascii();
        let begins = ALL_BEGINNINGS.may_begin(rest);
        if !self.certain && !begins && memchr::memmem::find(rest, RECYCLED.as_bytes()).is_none() {
            return Verdict::Foreign;
        }
        let text = String::from_utf8_lossy(rest);
        if self.special(&text, sink) {
            self.certain = true;
            return Verdict::Mine;
        }
        if let Some((begin, meaning)) = MESSAGES.iter().find(|(begin, _)| text.starts_with(begin)) {
            if !self.certain && !telling(begin) {
                return Verdict::Foreign;
            }
            self.certain = true;
            if let Some(meaning) = *meaning {
                self.stopping &= meaning != id("app-started");
                sink.put(sink.signal(meaning));
            }
            return Verdict::Mine;
        }
        if !self.certain {
            return Verdict::Foreign;
        }
        match self.trace.line(line) {
            TraceLine::Outside => Verdict::Foreign,
            TraceLine::Inside => Verdict::Continues,
            TraceLine::Last(meanings) => {
                for meaning in meanings {
                    let signal = meaning.signal(sink);
                    sink.put(signal);
                }
                Verdict::Continues
            }
        }
    }

    fn end(&mut self, sink: &mut Sink) {
        self.answers.end(sink);
    }
}

impl Reader {
    /// `[pid: 1|app: 0|req: 1/1] 192.0.2.1 () {32 vars in 391 bytes} [asctime] GET /x => generated 12 bytes in
    /// 1001 msecs (HTTP/1.1 200) …`
    fn request(&mut self, line: &[u8], sink: &mut Sink) -> bool {
        let Some(arrow) = memchr::memmem::rfind(line, b" => generated ") else { return false };
        let (Some(head), Some(tail)) = (line.get(..arrow), line.get(arrow..)) else { return false };
        let tail = String::from_utf8_lossy(tail);
        let millis =
            tail.split_once(" bytes in ").and_then(|(_, rest)| rest.split(' ').next()?.parse::<f64>().ok());
        let status = tail
            .split_once('(')
            .and_then(|(_, rest)| rest.split(')').next()?.rsplit(' ').next()?.parse().ok());
        let Some(status) = status else { return false };
        let after = memchr::memmem::find(head, b" bytes} [").and_then(|at| head.get(at + 9..));
        let (time, request) = match after.and_then(clock::asctime) {
            Some((time, rest)) => (Some(time), rest.strip_prefix(b"] ").unwrap_or(rest)),
            None => (None, head),
        };
        self.certain = true;
        self.time = time.or(self.time);
        sink.set_time(time);
        self.answers.add(status, millis.map(|millis| millis / 1000.0), request, sink);
        true
    }

    /// Messages with numbers and addresses in them.
    fn special(&mut self, text: &str, sink: &mut Sink) -> bool {
        if let Some(rest) = text.strip_prefix("*** uWSGI listen queue of socket \"") {
            let target = rest.split('"').next().and_then(Target::parse);
            let waiting = rest.rsplit_once("!!! (").and_then(|(_, n)| number(n));
            let value = waiting.map_or(Value::None, |n| Value::Number(i64::from(n)));
            sink.put(sink.signal(id("app-listen-queue-full")).target(target).value(value));
        } else if text.starts_with("*** HARAKIRI ON WORKER ") || text.starts_with("HARAKIRI ON WORKER ") {
            self.harakiri = number_behind(text, "(pid: ");
            sink.put(sink.signal(id("worker-timeout-killed")).worker(self.harakiri));
        } else if let Some(rest) = text.strip_prefix("HARAKIRI [core ") {
            let request = rest.split_once(" - ").map_or("", |(_, request)| request);
            let (request, since) = request.rsplit_once(" since ").unwrap_or((request, ""));
            let mut signal = sink.signal(id("slow-request")).worker(self.harakiri);
            if since.bytes().all(|b| b.is_ascii_digit()) {
                signal = signal.request(Untrusted::new(request.as_bytes()));
            }
            sink.put(signal);
        } else if let Some(signal) = self.worker_end(text, sink) {
            sink.put(signal);
        } else if let Some(rest) = text.strip_prefix("invalid request block size: ") {
            sink.put(refused_block(number(rest), sink));
        } else if text.starts_with("spawned uWSGI worker ") || text.starts_with("Respawned uWSGI worker ") {
            sink.put(sink.signal(id("worker-started")).worker(number_behind(text, "pid: ")));
        } else if text.starts_with("spawned uWSGI ") {
            // The master's own line; it is told of by the start.
        } else if text.starts_with("uwsgi socket ") || text.starts_with("uWSGI http socket ") {
            self.listening(text, sink);
        } else if text.starts_with("*** EVIL RELOAD ON WORKER") || text.contains(RECYCLED) {
            sink.put(sink.signal(id("worker-recycled")).worker(number_behind(text, "pid: ")));
        } else if text.starts_with("SIGINT/SIG") || text.starts_with("goodbye to uWSGI") {
            if !self.stopping {
                sink.put(sink.signal(id("app-stopped")));
            }
            self.stopping = true;
        } else {
            return false;
        }
        true
    }

    fn worker_end(&self, text: &str, sink: &Sink) -> Option<Signal> {
        if let Some(rest) = text.strip_prefix("!!! uWSGI process ") {
            return rest.contains("got Segmentation Fault").then(|| {
                sink.signal(id("worker-crashed-signal")).worker(number(rest)).value(Value::OsSignal(11))
            });
        }
        text.starts_with("DAMN ! worker ").then_some(())?;
        let pid = number_behind(text, "(pid: ");
        let Some(os_signal) = number_behind(text, "killed by signal ").and_then(|n| i32::try_from(n).ok())
        else {
            return Some(sink.signal(id("worker-exited-with-code")).worker(pid));
        };
        // Harakiri ends a worker with SIGKILL, which is no riddle then.
        let by_harakiri = os_signal == 9 && self.harakiri.is_some() && self.harakiri == pid;
        let meaning = if by_harakiri { id("worker-terminated-by-server") } else { ended_by(os_signal) };
        Some(sink.signal(meaning).worker(pid).value(Value::OsSignal(os_signal)))
    }

    fn listening(&self, text: &str, sink: &mut Sink) {
        let address = text.split_once(" address ").and_then(|(_, rest)| rest.split(' ').next());
        let Some(mut target) = address.and_then(Target::parse) else { return };
        target.protocol = text.starts_with("uwsgi socket ").then_some(Protocol::Uwsgi);
        // uWSGI writes "uwsgi socket" for its HTTP sockets as well.
        if target.address.socket_path().is_none() {
            target.protocol = None;
        }
        sink.put(sink.signal(id("listening-at")).target(target));
    }
}

/// A block's size is two bytes behind the first; of an HTTP request they are the method's second and third letter.
fn refused_block(size: Option<u32>, sink: &Sink) -> Signal {
    let Some(size) = size else { return sink.signal(id("app-request-invalid")) };
    let letters = u16::try_from(size).is_ok_and(|size| size.to_le_bytes().iter().all(u8::is_ascii_uppercase));
    if letters {
        return sink.signal(id("app-got-other-protocol")).value(Value::Word("http".to_owned()));
    }
    sink.signal(id("app-request-too-large")).value(Value::Bytes(u64::from(size)))
}

/// Whether a beginning is uWSGI's alone.
fn telling(begin: &str) -> bool {
    [
        "uWSGI",
        "uwsgi",
        "HARAKIRI",
        "no python application",
        "*** no app loaded",
        "unable to load app",
        "SIGPIPE: writing",
    ]
    .iter()
    .any(|word| begin.contains(word))
}

/// `Sun Nov 22 00:35:43 2026 - ` stands before some lines only.
fn stamped(line: &[u8]) -> (Option<Moment>, &[u8]) {
    match clock::asctime(line) {
        Some((time, rest)) if rest.starts_with(b" - ") => (Some(time), rest.get(3..).unwrap_or_default()),
        _ => (None, line),
    }
}

fn number(text: &str) -> Option<u32> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..digits)?.parse().ok()
}

fn number_behind(text: &str, mark: &str) -> Option<u32> {
    text.split_once(mark).and_then(|(_, rest)| number(rest))
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "*** Starting uWSGI 2.0.21-debian (64bit) on [Sun Nov 22 00:34:55 2026] ***\n\
               os: Linux-6.1.0 #1 SMP\n\
               uwsgi socket 0 bound to TCP address 127.0.0.1:8001 fd 3\n\
               spawned uWSGI master process (pid: 6168)\n\
               spawned uWSGI worker 1 (pid: 6183, cores: 1)\n\
               invalid request block size: 21573 (max 4096)...skip\n\
               invalid request block size: 5394 (max 4096)...skip\n\
               SIGINT/SIGTERM received...killing workers...\n\
               worker 1 buried after 1 seconds\n\
               goodbye to uWSGI.",
        signals: &[
            "app-started",
            "listening-at @127.0.0.1:8001",
            "worker-started",
            "app-got-other-protocol =http",
            "app-request-too-large =5394 bytes",
            "app-stopped",
        ],
    },
    Sample {
        text: "Sun Nov 22 00:35:39 2026 - *** HARAKIRI ON WORKER 1 (pid: 11864, try: 1) ***\n\
               Sun Nov 22 00:35:39 2026 - HARAKIRI !!! worker 1 status !!!\n\
               Sun Nov 22 00:35:39 2026 - HARAKIRI [core 0] 192.0.2.1 - GET /report since 1795307731\n\
               Sun Nov 22 00:35:39 2026 - HARAKIRI !!! end of worker 1 status !!!\n\
               DAMN ! worker 1 (pid: 11864) died, killed by signal 9 :( trying respawn ...\n\
               Respawned uWSGI worker 1 (new pid: 11900)\n\
               DAMN ! worker 1 (pid: 11900) died, killed by signal 11 :( trying respawn ...",
        signals: &[
            "worker-timeout-killed",
            "slow-request",
            "worker-terminated-by-server =signal 9",
            "worker-started",
            "worker-crashed-signal =signal 11",
        ],
    },
    Sample {
        text: "Sun Nov 22 00:36:19 2026 - *** uWSGI listen queue of socket \"127.0.0.1:8001\" (fd: 3) full !!! (101/100) ***",
        signals: &["app-listen-queue-full @127.0.0.1:8001 =101"],
    },
    Sample {
        text: "[pid: 24273|app: 0|req: 1/2] 192.0.2.1 () {48 vars in 1015 bytes} [Sun Nov 22 00:37:57 2026] GET /a => generated 9 (HTTP/1.1 200) => generated 21 bytes in 4012 msecs (HTTP/1.1 500) 2 headers in 83 bytes (0 switches on core 0)\n\
               [pid: 24273|app: 0|req: 2/3] 192.0.2.1 () {48 vars in 1015 bytes} [Sun Nov 22 00:37:58 2026] GET /b => generated 21 bytes in 2 msecs (HTTP/1.1 200) 2 headers in 83 bytes (1 switches on core 0)\n\
               Traceback (most recent call last):\n\
               \x20 File \"/srv/app/shop.py\", line 9, in application\n\
               \x20   raise RuntimeError(\"no such order\")\n\
               RuntimeError: no such order\n\
               --- no python application found, check your startup logs for errors ---",
        signals: &[
            "uncaught-exception",
            "app-no-application",
            "app-answered-5xx =500",
            "app-slow-answer =4.012 s",
            "app-answered-well",
        ],
    },
];

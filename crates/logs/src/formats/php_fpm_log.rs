//! php-fpm's own log: the life of the master and its children, and what children say into their error stream.
//! Knows nothing of the slow log, the access log and PHP's own log, which are other files.

use std::collections::VecDeque;

use goodgate_facts::{About, Address, Looked, Protocol, Signal, SignalId, Target, Untrusted, Value, id};

use super::php_words::PhpTrace;
use super::worker_end::ended_by;
use crate::{Format, LineReader, Sample, Sink, Verdict, clock};

pub(crate) const FORMAT: Format = Format {
    id: "php-fpm-log",
    title: "php-fpm log",
    reference: "php-src: sapi/fpm/fpm/{fpm_children,fpm_process_ctl,fpm_request,fpm_sockets,zlog}.c",
    product: "php-fpm",
    capture: false,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

const LEVELS: &[&str] = &["DEBUG", "NOTICE", "WARNING", "ERROR", "ALERT"];

/// Children that were ended for taking too long are remembered, so that their end is not told twice.
const TIMED_OUT_MAX: usize = 256;

/// Facts that this log would show; their absence speaks where one was read. Not among them: full pools, of which
/// `pm = static` says nothing, and dropped clients, which some versions tell only to the error stream.
const WOULD_SHOW: &[SignalId] = &[
    id("worker-crashed-signal"),
    id("worker-killed-sigkill"),
    id("worker-timeout-killed"),
    id("app-stopped"),
];

/// Messages by their beginning; `None` where they mean nothing.
#[rustfmt::skip]
const MESSAGES: &[(&str, Option<SignalId>)] = &[
    ("ready to handle connections", Some(id("app-started"))),
    ("Reloading in progress", Some(id("app-reloading"))),
    ("server reached pm.max_children setting", Some(id("worker-pool-exhausted"))),
    ("server reached max_children setting", Some(id("worker-pool-exhausted"))),
    ("The maximum number of processes has been reached", Some(id("worker-pool-exhausted"))),
    ("failed processes threshold", Some(id("workers-restarting-often"))),
    ("fork() failed", Some(id("worker-boot-failed"))),
    ("unable to malloc new child", Some(id("worker-boot-failed"))),
    ("child failed to initialize", Some(id("worker-boot-failed"))),
    ("failed to reload: execvp() failed", Some(id("app-start-failed"))),
    ("FPM initialization failed", Some(id("app-start-failed"))),
    ("failed to post process the configuration", Some(id("app-config-invalid"))),
    ("failed to load configuration file", Some(id("app-config-invalid"))),
    ("Wrong IP address", Some(id("app-config-invalid"))),
    ("There are no allowed addresses", Some(id("client-address-disallowed"))),
    ("can't resolve hostname", Some(id("app-config-invalid"))),
    ("invalid port value", Some(id("app-config-invalid"))),
    ("failed to open error_log", Some(id("app-config-invalid"))),
    ("failed to open configuration file", Some(id("app-config-invalid"))),
    ("Unable to create or open slowlog", Some(id("app-config-invalid"))),
    ("cannot get uid for user", Some(id("app-config-invalid"))),
    ("cannot get gid for group", Some(id("app-config-invalid"))),
    ("please specify user and group other than root", Some(id("app-config-invalid"))),
    ("user has not been defined", Some(id("app-config-invalid"))),
    ("the listen address", Some(id("app-config-invalid"))),
    ("the process manager is missing", Some(id("app-config-invalid"))),
    ("No pool defined", Some(id("app-config-invalid"))),
    ("pm.", Some(id("app-config-invalid"))),
    ("the chroot path", Some(id("app-config-invalid"))),
    ("the chdir path", Some(id("app-config-invalid"))),
    ("fpm is running, pid", None),
];

#[derive(Default)]
struct Reader {
    lines: u32,
    stopping: bool,
    timed_out: VecDeque<u32>,
    trace: PhpTrace,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let Some((stamped, level, message)) = frame(line, sink) else { return Verdict::Foreign };
        let text = String::from_utf8_lossy(message);
        let (pool, words) = match text.strip_prefix("[pool ").and_then(|rest| rest.split_once("] ")) {
            Some((pool, words)) => (Some(pool), words),
            None => (None, &*text),
        };
        let known = self.meaning(level, pool, words, sink);
        if !stamped && !known {
            // `[ERROR] …` without a time may be anybody's.
            return Verdict::Foreign;
        }
        self.lines += 1;
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        // A line or two may be quoted out of a log; only a longer piece is a look at it.
        const LINES_MIN: u32 = 3;
        for &id in WOULD_SHOW {
            let complete = self.lines >= LINES_MIN;
            let looked =
                Looked { id, about: About::default(), window: None, complete, source: sink.source() };
            sink.evidence.add_looked(looked);
        }
    }
}

impl Reader {
    /// Whether the words are php-fpm's.
    fn meaning(&mut self, level: &str, pool: Option<&str>, words: &str, sink: &mut Sink) -> bool {
        if let Some(rest) = words.strip_prefix("child ") {
            return self.child(pool, rest, sink);
        }
        if words.starts_with("Terminating ...") || words.starts_with("Finishing ...") {
            self.stopping = true;
            sink.put(sink.signal(id("app-stopped")));
            return true;
        }
        if words.starts_with("exiting, bye-bye!") {
            if !self.stopping {
                sink.put(sink.signal(id("app-stopped")));
            }
            return true;
        }
        if let Some(address) = disallowed(words) {
            sink.put(
                of_pool(sink.signal(id("client-address-disallowed")), pool)
                    .value(Value::Word(address.into())),
            );
            return true;
        }
        if words.starts_with("seems busy") {
            let none_idle = words.contains("there are 0 idle");
            let meaning = if none_idle { id("worker-pool-exhausted") } else { id("app-warning") };
            sink.put(of_pool(sink.signal(meaning), pool));
            return true;
        }
        if let Some(target) = unbound(words) {
            sink.put(of_pool(sink.signal(id("app-bind-failed")).target(target), pool));
            return true;
        }
        let Some((_, meaning)) = MESSAGES.iter().find(|(begin, _)| words.starts_with(begin)) else {
            return false;
        };
        let Some(meaning) = *meaning else { return true };
        if meaning == id("app-config-invalid") && !matches!(level, "ERROR" | "ALERT") {
            return true;
        }
        self.stopping &= meaning != id("app-started");
        sink.put(of_pool(sink.signal(meaning), pool).value(limit_in(words)));
        true
    }

    fn child(&mut self, pool: Option<&str>, rest: &str, sink: &mut Sink) -> bool {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (Some(pid), Some(words)) = (rest.get(..digits).and_then(|n| n.parse().ok()), rest.get(digits..))
        else {
            return false;
        };
        let about = |signal: Signal| of_pool(signal.worker(pid), pool);
        let words = words.trim_start();
        if let Some(after) = words.strip_prefix("exited on signal ") {
            let number: i32 = after.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
            if self.timed_out.contains(&pid) {
                return true;
            }
            let asked = self.stopping && matches!(number, 3 | 9 | 15);
            let meaning = if asked { id("worker-terminated-by-server") } else { ended_by(number) };
            sink.put(about(sink.signal(meaning)).value(Value::OsSignal(number)));
        } else if let Some(after) = words.strip_prefix("exited with code ") {
            let code: i64 = after.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
            if code == 0 {
                sink.put(about(sink.signal(id("worker-exited-normally"))));
            } else {
                sink.put(about(sink.signal(id("worker-exited-with-code"))).value(Value::Number(code)));
            }
        } else if words == "started" {
            sink.put(about(sink.signal(id("worker-started"))));
        } else if let Some(script) =
            words.strip_prefix(", script '").or_else(|| words.strip_prefix("script '"))
        {
            self.script(pid, script, about(sink.signal(id("slow-request"))), sink);
        } else if let Some(said) =
            words.strip_prefix("said into stderr: \"").or_else(|| words.strip_prefix("said into stdout: \""))
        {
            let said = said.trim_end_matches(", pipe is closed").trim_end_matches('"');
            for meaning in self.trace.line(said.trim_start_matches("NOTICE: ").as_bytes()) {
                let signal = meaning.signal(sink).worker(pid);
                sink.put(signal);
            }
        } else {
            return words == "stopped for tracing";
        }
        true
    }

    /// `/srv/a.php' (request: "GET /a.php?x") executing too slow (1.5 sec), logging`: what stands behind the
    /// request's last quotation mark is php-fpm's.
    fn script(&mut self, pid: u32, script: &str, signal: Signal, sink: &mut Sink) {
        let Some((path, rest)) = script.split_once("' (request: \"") else { return };
        let Some((request, verdict)) = rest.rsplit_once("\") ") else { return };
        let seconds =
            verdict.split_once('(').and_then(|(_, n)| n.split(' ').next()).and_then(|n| n.parse().ok());
        let mut signal = signal.path(path).request(Untrusted::new(request.as_bytes()));
        if let Some(seconds) = seconds {
            signal = signal.value(Value::Seconds(seconds));
        }
        if verdict.starts_with("execution timed out") {
            signal.id = id("worker-timeout-killed");
            self.timed_out.push_back(pid);
            if self.timed_out.len() > TIMED_OUT_MAX {
                self.timed_out.pop_front();
            }
        }
        sink.put(signal);
    }
}

fn of_pool(signal: Signal, pool: Option<&str>) -> Signal {
    match pool {
        Some(pool) => signal.name(pool),
        None => signal,
    }
}

/// Takes off time, level and the debug level's place: whether there was a time, the level, the message.
fn frame<'a>(line: &'a [u8], sink: &mut Sink) -> Option<(bool, &'static str, &'a [u8])> {
    let inner = line.strip_prefix(b"[")?;
    let Some((time, rest)) = clock::dashed(inner) else {
        let level = LEVELS.iter().copied().find(|level| inner.starts_with(level.as_bytes()))?;
        return Some((false, level, inner.get(level.len()..)?.strip_prefix(b"] ")?));
    };
    let rest = rest.strip_prefix(b"] ")?;
    let level = LEVELS.iter().copied().find(|level| rest.starts_with(level.as_bytes()))?;
    let message = rest.get(level.len()..)?.strip_prefix(b": ")?;
    sink.set_time(time);
    Some((true, level, past_place(message)))
}

/// `pid 12, fpm_event_loop(), line 3: ` stands before the message at the debug level.
fn past_place(message: &[u8]) -> &[u8] {
    let place = message.strip_prefix(b"pid ").filter(|rest| rest.first().is_some_and(u8::is_ascii_digit));
    place
        .and_then(|rest| {
            let line = memchr::memmem::find(rest, b", line ")?;
            let end = memchr::memmem::find(rest.get(line..)?, b": ")?;
            rest.get(line + end + 2..)
        })
        .unwrap_or(message)
}

fn disallowed(words: &str) -> Option<&str> {
    let (address, rest) = words.strip_prefix("Connection disallowed: IP address '")?.split_once('\'')?;
    rest.trim_start().starts_with("has been dropped").then_some(address)
}

/// The address that could not be bound, listened on or handed to its owner.
fn unbound(words: &str) -> Option<Option<Target>> {
    const BEGINNINGS: &[&str] = &[
        "unable to bind listening socket for address '",
        "An another FPM instance seems to already listen on ",
        "Another FPM instance seems to already listen on ",
        "failed to listen to address '",
        "failed to create new listening socket",
        "failed to chown() the socket '",
        "failed to chmod() the socket '",
        "failed to write ACL of the socket",
    ];
    let rest = BEGINNINGS.iter().find_map(|begin| words.strip_prefix(begin))?;
    let address = rest.split('\'').next().unwrap_or(rest).trim();
    let address = Address::parse(address, 0).filter(|_| !address.is_empty() && !address.starts_with(':'));
    Some(address.map(|address| Target { protocol: Some(Protocol::Fastcgi), address }))
}

fn limit_in(words: &str) -> Value {
    let number = words.split_once("setting (").and_then(|(_, rest)| rest.split(')').next()?.parse().ok());
    number.map_or(Value::None, Value::Number)
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "[22-Nov-2026 00:26:54] NOTICE: fpm is running, pid 812\n\
               [22-Nov-2026 00:26:54] NOTICE: ready to handle connections\n\
               [22-Nov-2026 00:26:54] NOTICE: systemd monitor interval set to 10000ms\n\
               [22-Nov-2026 00:26:59] NOTICE: [pool www] child 815 started\n\
               [22-Nov-2026 00:27:10] NOTICE: Terminating ...\n\
               [22-Nov-2026 00:27:10] NOTICE: exiting, bye-bye!",
        signals: &["app-started", "worker-started", "app-stopped"],
    },
    Sample {
        text: "[22-Nov-2026 00:26:54.120381] WARNING: pid 812, fpm_children_bury(), line 256: [pool www] child 815 exited on signal 11 (SIGSEGV - core dumped) after 2.108341 seconds from start",
        signals: &["worker-crashed-signal =signal 11"],
    },
    Sample {
        text: "[22-Nov-2026 00:26:54] WARNING: [pool www] child 816 exited on signal 9 (SIGKILL) after 14.000341 seconds from start\n\
               [22-Nov-2026 00:26:55] WARNING: [pool www] child 817 exited with code 255 after 0.000341 seconds from start\n\
               [22-Nov-2026 00:26:56] NOTICE: [pool www] child 818 exited with code 0 after 90.000341 seconds from start",
        signals: &[
            "worker-killed-sigkill =signal 9",
            "worker-exited-with-code =255",
            "worker-exited-normally",
        ],
    },
    Sample {
        text: "[22-Nov-2026 00:26:54] WARNING: [pool shop] server reached pm.max_children setting (5), consider raising it\n\
               [22-Nov-2026 00:26:54] WARNING: [pool shop] seems busy (you may need to increase pm.start_servers, or pm.min/max_spare_servers), spawning 8 children, there are 0 idle, and 9 total children\n\
               [22-Nov-2026 00:27:54] WARNING: [pool blog] server reached max_children setting (2), consider raising it",
        signals: &["worker-pool-exhausted =5", "worker-pool-exhausted =2"],
    },
    Sample {
        text: "[22-Nov-2026 00:26:54] WARNING: [pool www] child 815, script '/srv/app/index.php' (request: \"GET /index.php?q=execution timed out\") executing too slow (1.502417 sec), logging\n\
               [22-Nov-2026 00:26:59] WARNING: [pool www] child 815, script '/srv/app/index.php' (request: \"GET /index.php?q=1\") execution timed out (6.502417 sec), terminating\n\
               [22-Nov-2026 00:26:59] WARNING: [pool www] child 815 exited on signal 15 (SIGTERM) after 60.2 seconds from start",
        signals: &["slow-request =1.502417 s", "worker-timeout-killed =6.502417 s"],
    },
    Sample {
        text: "[22-Nov-2026 00:26:54] WARNING: [pool www] child 815 said into stderr: \"PHP message: PHP Fatal error:  Uncaught mysqli_sql_exception: Connection refused in /srv/app/wp-content/db.php:4\"\n\
               [22-Nov-2026 00:26:54] WARNING: [pool www] child 815 said into stderr: \"NOTICE: PHP message: PHP Fatal error:  Uncaught Error: Call to undefined function a() in /srv/app/lib/a.php:4\"\n\
               [22-Nov-2026 00:26:54] WARNING: [pool www] child 815 said into stderr: \"Stack trace:\"\n\
               [22-Nov-2026 00:26:54] WARNING: [pool www] child 815 said into stderr: \"#0 /srv/app/wp-content/plugins/shop/b.php(7): b()\"",
        signals: &["uncaught-exception", "database-refused", "uncaught-exception", "error-in-plugin"],
    },
    Sample {
        text: "[22-Nov-2026 00:26:54] ERROR: Connection disallowed: IP address '172.18.0.5' has been dropped.",
        signals: &["client-address-disallowed =172.18.0.5"],
    },
    Sample {
        text: "[22-Nov-2026 00:26:54] ERROR: unable to bind listening socket for address '127.0.0.1:9000': Address already in use (98)\n\
               [22-Nov-2026 00:26:54] ERROR: An another FPM instance seems to already listen on /run/php/fpm.sock\n\
               [22-Nov-2026 00:26:54] ERROR: FPM initialization failed",
        signals: &[
            "app-bind-failed @127.0.0.1:9000",
            "app-bind-failed @unix:/run/php/fpm.sock",
            "app-start-failed",
        ],
    },
    Sample {
        text: "[22-Nov-2026 00:26:54] ERROR: [pool www] cannot get uid for user 'nobody-here'\n\
               [22-Nov-2026 00:26:54] ALERT: [pool www] pm.min_spare_servers(6) and pm.max_spare_servers(9) cannot be greater than pm.max_children(5)\n\
               [22-Nov-2026 00:26:54] ERROR: failed to post process the configuration",
        signals: &["app-config-invalid", "app-config-invalid"],
    },
    Sample {
        text: "[WARNING] [pool www] server reached pm.max_children setting (5), consider raising it",
        signals: &["worker-pool-exhausted =5"],
    },
];

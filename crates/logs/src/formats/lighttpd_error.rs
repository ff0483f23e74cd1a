//! lighttpd's error log: `2026-11-22 00:00:00: (gw_backend.c.274) message`.
//!
//! Several lines make one event: what `read()` or the FastCGI reader said comes first, the line with the socket
//! follows at once. Does not read the PHP messages behind `FastCGI-stderr:` beyond handing them on.

use goodgate_facts::{Errno, Signal, SignalId, Target, Value, id};

use super::connect_words::connect_error;
use super::php_message;
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict, clock};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "lighttpd-error",
    title: "lighttpd error log",
    reference: "lighttpd 1.4 src/gw_backend.c, src/http-header-glue.c, src/log.c",
    product: "lighttpd",
    capture: false,
    open: |_: &[Declared]| Box::new(Reader::default()),
    samples: SAMPLES,
};

/// What the line before said about the upstream connection, until the line with the socket comes.
#[derive(Default)]
enum Before {
    #[default]
    Nothing,
    /// Reading from the upstream met a reset.
    Reset,
    /// The upstream closed the connection.
    Closed(Option<Target>),
    /// Writing failed because the connection had never been made.
    NeverConnected,
    /// `never connected` was said with its socket; the give-up line that follows is the same event.
    Said,
}

#[derive(Default)]
struct Reader {
    before: Before,
    in_php: bool,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let text = super::columns::text(line);
        let Some((time, message)) = split(&text) else {
            let continues = self.in_php && php_message::is_trace(text.trim_start());
            return if continues { Verdict::Continues } else { Verdict::Foreign };
        };
        sink.set_time(time.and_then(|time| clock::iso(time.as_bytes())).map(|(when, _)| when));
        self.in_php = false;
        if let Some(words) = message.strip_prefix("FastCGI-stderr:") {
            self.in_php = true;
            self.flush(sink);
            php_message::read(words, sink);
        } else {
            self.message(message, sink);
        }
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        self.flush(sink);
    }
}

impl Reader {
    fn message(&mut self, message: &str, sink: &mut Sink) {
        if self.about_connection(message, sink) {
            return;
        }
        self.flush(sink);
        if let Some(rest) = message.strip_prefix("establishing connection failed: socket: ") {
            establishing(rest, sink);
        } else if let Some(rest) = message.strip_prefix("read timeout on socket: ") {
            put(sink, id("read-timed-out"), target_of(rest));
        } else if let Some(rest) = message.strip_prefix("write timeout on socket: ") {
            put(sink, id("send-timed-out"), target_of(rest));
        } else if let Some(rest) = message.strip_prefix("gw-server re-enabled: ") {
            put(sink, id("upstream-marked-up"), target_of(rest));
        } else if let Some(rest) = message.strip_prefix("child signalled: ") {
            child_signalled(rest, sink);
        } else if let Some(rest) = message.strip_prefix("invalid HTTP status line: ") {
            status_line(rest, sink);
        } else if message.starts_with("socket() failed") || message.starts_with("write() temp-file") {
            local_failure(message, sink);
        } else if let Some((_, meaning)) = STARTS.iter().find(|(start, _)| message.starts_with(start)) {
            put(sink, *meaning, None);
        }
    }

    /// Lines that belong together with the one before or after; says whether this was one.
    fn about_connection(&mut self, message: &str, sink: &mut Sink) -> bool {
        if message.starts_with("read() ") && message.ends_with("Connection reset by peer") {
            self.flush(sink);
            self.before = Before::Reset;
        } else if message.starts_with("read() ") && message.ends_with("Invalid argument") {
            // Follows the failed write on a socket that never was connected: the same event.
        } else if message.starts_with("write failed: ") {
            self.flush(sink);
            if message.ends_with("Transport endpoint is not connected") {
                self.before = Before::NeverConnected;
            }
        } else if message.starts_with("unexpected end-of-file (perhaps the fastcgi process died)") {
            self.flush(sink);
            self.before = Before::Closed(socket_in(message));
        } else if message.starts_with("connection was dropped after accept()") {
            self.dropped(socket_in(message), sink);
        } else if message.starts_with("response not received") {
            self.gave_up(message, sink);
        } else if message.starts_with("response already sent out, but backend returned error")
            || message.starts_with("terminating connection; response already sent out")
        {
            let meaning =
                if matches!(self.before, Before::Reset) { id("body-reset") } else { id("body-cut") };
            self.before = Before::Nothing;
            put(sink, meaning, socket_in(message));
        } else if message.starts_with("reconnecting; ")
            || message.starts_with("closing connection; response not")
        {
            self.gave_up(message, sink);
        } else {
            return false;
        }
        true
    }

    fn dropped(&mut self, target: Option<Target>, sink: &mut Sink) {
        let never = matches!(self.before, Before::NeverConnected);
        let unix = target.as_ref().is_some_and(|t| t.address.socket_path().is_some());
        // A connect on a unix socket whose queue is full fails with EAGAIN; lighttpd takes that for "in progress".
        let meaning = match (never, unix) {
            (true, true) => id("connect-queue-full"),
            (true, false) => id("connect-failed"),
            (false, _) => id("send-broken"),
        };
        self.before = Before::Said;
        put(sink, meaning, target);
    }

    fn gave_up(&mut self, message: &str, sink: &mut Sink) {
        let target = socket_in(message);
        let meaning = match std::mem::take(&mut self.before) {
            Before::Said => None,
            Before::Reset => Some(id("reset-before-response")),
            Before::Closed(_) => Some(id("closed-before-response")),
            Before::NeverConnected => Some(id("connect-failed")),
            Before::Nothing => Some(id("ended-before-response")),
        };
        if message.ends_with("reconnecting") || message.starts_with("reconnecting") {
            put(sink, id("upstream-retried"), target.clone());
        }
        if let Some(meaning) = meaning {
            put(sink, meaning, target);
        }
    }

    /// What was kept back says what it can alone.
    fn flush(&mut self, sink: &mut Sink) {
        if let Before::Closed(target) = std::mem::take(&mut self.before) {
            put(sink, id("closed-before-response"), target);
        }
    }
}

/// Messages that begin so, and nothing more to read in them.
const STARTS: &[(&str, SignalId)] = &[
    ("all handlers for ", id("no-live-upstream")),
    ("backend error; we'll disable for ", id("upstream-marked-down")),
    ("If this happened on Linux: You have run out of local ports", id("connect-no-local-port")),
    ("error: unexpected close of gw connection", id("closed-before-response")),
    // Only a connection that is still being opened ends with an error and neither data nor end of data.
    ("gw: got a FDEVENT_ERR", id("connect-failed")),
    ("child exited: ", id("worker-exited-with-code")),
    ("child died somehow", id("worker-exited-with-code")),
    ("respawning failed", id("app-start-failed")),
    ("gw-backend failed to start", id("app-start-failed")),
    ("ERROR: spawning gw failed", id("app-start-failed")),
    ("HTTP backend response missing CR before LF", id("header-invalid")),
    ("response headers too large", id("header-too-big")),
    ("chunked header line too long", id("chunk-invalid")),
    ("chunked header invalid chars", id("chunk-invalid")),
    ("chunked data size too large", id("chunk-invalid")),
    ("FastCGI: header.type not handled", id("protocol-fastcgi-invalid")),
    ("too many loops while processing request", id("loop-detected")),
    ("[note] sockets disabled, connection limit reached", id("gateway-connections-exhausted")),
    ("[note] sockets disabled, out-of-fds", id("gateway-out-of-descriptors")),
    ("oversized request-header", id("request-header-too-big")),
    ("request-header larger than", id("request-header-too-big")),
    ("request-size too long", id("request-body-too-big")),
    ("invalid request-line", id("client-request-bad")),
    ("invalid character in", id("client-request-bad")),
    ("opening temp-file failed", id("gateway-temp-denied")),
    ("SSL: ", id("client-tls-failed")),
    ("can't bind to socket", id("gateway-listen-failed")),
    ("server started", id("gateway-started")),
    ("server stopped", id("gateway-stopped")),
    ("[note] graceful shutdown started", id("gateway-stopped")),
];

/// The time, if the line has one, and the message behind `(file.c.123) `.
fn split(text: &str) -> Option<(Option<&str>, &str)> {
    const STAMP_BYTES_MAX: usize = 32;
    let head = text.as_bytes().get(..STAMP_BYTES_MAX + 3).unwrap_or(text.as_bytes());
    let (time, rest) = if text.starts_with(|c: char| c.is_ascii_digit()) {
        let at = memchr::memmem::find(head, b": (")?;
        (text.get(..at), text.get(at + 3..)?)
    } else {
        (None, text.strip_prefix('(')?)
    };
    let (place, message) = rest.split_once(") ")?;
    let (file, line) = place.rsplit_once('.')?;
    let in_source = file.ends_with(".c") && !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit());
    in_source.then_some((time, message))
}

/// The socket that a message names behind `socket: `; it stands before the request's path.
fn socket_in(message: &str) -> Option<Target> {
    let (_, rest) = message.split_once("socket: ")?;
    target_of(rest)
}

/// `tcp:127.0.0.1:80`, `tcp:[::1]:80` or `unix:/path`, up to the first blank or comma.
fn target_of(text: &str) -> Option<Target> {
    let word = text.split([' ', ',']).next()?;
    let word = word.strip_suffix(':').unwrap_or(word);
    Target::parse(word.strip_prefix("tcp:").unwrap_or(word))
}

fn establishing(rest: &str, sink: &mut Sink) {
    let (socket, words) = rest.rsplit_once(": ").unwrap_or((rest, ""));
    let errno = Errno::from_text(words);
    let signal = sink.signal(errno.map_or(id("connect-failed"), connect_error)).target(target_of(socket));
    let signal = match errno {
        Some(errno) => signal.value(Value::Errno(errno)),
        None => signal,
    };
    sink.put(signal);
}

fn child_signalled(rest: &str, sink: &mut Sink) {
    let number: i32 = rest.trim().parse().unwrap_or(0);
    let meaning = match number {
        4 | 6 | 7 | 8 | 11 => id("worker-crashed-signal"),
        9 => id("worker-killed-sigkill"),
        2 | 3 | 15 => id("worker-killed-sigterm"),
        _ => id("worker-exited-on-signal"),
    };
    sink.put(sink.signal(meaning).value(Value::OsSignal(number)));
}

/// The line that lighttpd shows is the upstream's own first bytes.
fn status_line(rest: &str, sink: &mut Sink) {
    let http1 = rest.starts_with("HTTP/1.0 ") || rest.starts_with("HTTP/1.1 ");
    put(sink, if http1 { id("status-code-invalid") } else { id("status-line-invalid") }, None);
    if rest.starts_with("SSH-") {
        put(sink, id("answer-looks-like-ssh"), None);
    } else if rest.contains("mysql_native_password") || rest.contains("-MariaDB") {
        put(sink, id("answer-looks-like-mysql"), None);
    }
}

/// Failures of the machine's own resources, told by the error text at the end.
fn local_failure(message: &str, sink: &mut Sink) {
    let errno = message.rsplit_once(": ").and_then(|(_, words)| Errno::from_text(words));
    let meaning = match errno.map_or(0, |e| e.0) {
        28 | 122 => id("gateway-disk-full"),
        _ if message.starts_with("write() temp-file") => id("gateway-temp-denied"),
        23 | 24 => id("gateway-out-of-descriptors"),
        _ => id("connect-failed"),
    };
    put(sink, meaning, None);
}

fn put(sink: &mut Sink, meaning: SignalId, target: Option<Target>) {
    let signal: Signal = sink.signal(meaning).target(target);
    sink.put(signal);
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "2026-01-02 03:04:05: (gw_backend.c.274) establishing connection failed: socket: tcp:127.0.0.1:8080: Connection refused\n\
               2026-01-02 03:04:05: (gw_backend.c.960) all handlers for /shop?x=1 on  are down.",
        signals: &["connect-refused @127.0.0.1:8080 =111: Connection refused", "no-live-upstream"],
    },
    Sample {
        text: "2026-01-02 03:04:05: (gw_backend.c.274) establishing connection failed: socket: unix:/run/php/fpm.sock: No such file or directory",
        signals: &["connect-socket-missing @unix:/run/php/fpm.sock =2: No such file or directory"],
    },
    Sample {
        text: "2026-01-02 03:04:05: (http-header-glue.c.1341) read() 9 10: Connection reset by peer\n\
               2026-01-02 03:04:05: (gw_backend.c.2389) response not received, request sent: 530 on socket: tcp:127.0.0.1:9000 for /a.php, closing connection",
        signals: &["reset-before-response @127.0.0.1:9000"],
    },
    Sample {
        text: "2026-01-02 03:04:05: (mod_fastcgi.c.360) unexpected end-of-file (perhaps the fastcgi process died):pid: 0 socket: tcp:127.0.0.1:9000\n\
               2026-01-02 03:04:05: (gw_backend.c.2389) response not received, request sent: 602 on socket: tcp:127.0.0.1:9000 for /socket: x, closing connection",
        signals: &["closed-before-response @127.0.0.1:9000"],
    },
    Sample {
        text: "2026-01-02 03:04:05: (http-header-glue.c.1341) read() 9 10: Connection reset by peer\n\
               2026-01-02 03:04:05: (gw_backend.c.2396) response already sent out, but backend returned error on socket: tcp:127.0.0.1:8080 for /, terminating connection",
        signals: &["body-reset @127.0.0.1:8080"],
    },
    Sample {
        text: "2026-01-02 03:04:05: (network_write.c.109) write failed: 16: Transport endpoint is not connected\n\
               2026-01-02 03:04:05: (gw_backend.c.2026) connection was dropped after accept() (perhaps the gw process died), write-offset: 0 socket: unix:/run/fpm.sock\n\
               2026-01-02 03:04:05: (http-header-glue.c.1341) read() 15 16: Invalid argument\n\
               2026-01-02 03:04:05: (gw_backend.c.2389) response not received, request sent: 0 on socket: unix:/run/fpm.sock for /a.php, closing connection",
        signals: &["connect-queue-full @unix:/run/fpm.sock"],
    },
    Sample {
        text: "2026-01-02 03:04:05: (gw_backend.c.2708) read timeout on socket: tcp:[::1]:8080 (fd: 10)",
        signals: &["read-timed-out @[::1]:8080"],
    },
    Sample {
        text: "2026-01-02 03:04:05: (gw_backend.c.1933) socket() failed (cur_fds:24) (max_fds:32): Too many open files",
        signals: &["gateway-out-of-descriptors"],
    },
    Sample {
        text: "2026-01-02 03:04:05: (chunk.c.826) write() temp-file /var/tmp/lighttpd-upload-a failed: No space left on device",
        signals: &["gateway-disk-full"],
    },
    Sample {
        text: "2026-01-02 03:04:05: (http-header-glue.c.874) invalid HTTP status line: SSH-2.0-OpenSSH_9.2",
        signals: &["status-line-invalid", "answer-looks-like-ssh"],
    },
    Sample {
        text: "2026-01-02 03:04:05: (mod_fastcgi.c.449) FastCGI-stderr:PHP message: PHP Fatal error:  Uncaught Error: Class \"A\" not found in /srv/app/wp-content/plugins/acme/acme.php:3\n\
               Stack trace:\n#0 {main}\n  thrown in /srv/app/x.php on line 3",
        signals: &["uncaught-exception", "error-in-plugin"],
    },
    Sample {
        // A request's path is the client's text: it must not be read as a message.
        text: "2026-01-02 03:04:05: (response.c.100) -- handling /read timeout on socket: tcp:1.2.3.4:5 (fd: 1)",
        signals: &[],
    },
];

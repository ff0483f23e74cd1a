//! Traffic Server's error.log (`20261122.00h00m01s CONNECT: …`), diags.log and traffic.out
//! (`[Nov 22 00:00:01.207] [ET_NET 1] WARNING: …`).

use goodgate_facts::{Errno, Moment, SignalId, Target, Value, id};

use super::connect_words::{connect_error, tls_error};
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict, clock};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "ats-error",
    title: "Traffic Server error.log, diags.log and traffic.out",
    reference: "trafficserver src/proxy/http/HttpTransact.cc, src/tscore/Diags.cc",
    product: "trafficserver",
    capture: false,
    open: |_: &[Declared]| Box::new(Reader::default()),
    samples: SAMPLES,
};

#[derive(Default)]
struct Reader {
    begun: bool,
    in_trace: bool,
    /// The year of the last line that told one: diagnostics leave it out.
    year: Option<i16>,
}

/// A mean year; good enough to know which one a line belongs to but for hours around New Year.
const YEAR_S: i64 = 31_556_952;

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let text = super::columns::text(line);
        let text = text.trim_end();
        if let Some((time, message)) = error_log(text) {
            self.year = i16::try_from(time.as_second() / YEAR_S + 1970).ok();
            sink.set_time(time);
            error_message(message, sink);
        } else if let Some((time, level, message)) = diagnostics(text) {
            sink.set_time(
                self.year.and_then(|year| clock::yearless(time.as_bytes(), year)).map(|(when, _)| when),
            );
            diagnostic(level, message, sink);
        } else if is_frame(text) {
            if !self.in_trace {
                sink.put(sink.signal(id("gateway-worker-died")));
            }
            self.in_trace = true;
            return if self.begun { Verdict::Continues } else { Verdict::Mine };
        } else if !is_banner(text) {
            return Verdict::Foreign;
        }
        self.in_trace = false;
        self.begun = true;
        Verdict::Mine
    }
}

/// `20261122.00h41m01s MESSAGE`.
fn error_log(text: &str) -> Option<(Moment, &str)> {
    let (stamp, message) = text.split_once(' ')?;
    let (when, _) = clock::traffic_server(stamp.as_bytes())?;
    Some((when, message))
}

/// `[Nov 22 00:41:01.207] [ET_NET 1] WARNING: message`; older releases write `Server {0x7f00} WARNING: message`.
fn diagnostics(text: &str) -> Option<(&str, &str, &str)> {
    let (time, rest) = text.strip_prefix('[')?.split_once("] ")?;
    // Any year will do to see whether this is a time.
    clock::yearless(time.as_bytes(), 2000)?;
    let (head, message) = rest.split_once(": ")?;
    let level = head.rsplit(' ').next()?;
    LEVELS.contains(&level).then_some((time, level, message))
}

const LEVELS: &[&str] =
    &["DIAG", "DEBUG", "STATUS", "NOTE", "WARNING", "ERROR", "FATAL", "ALERT", "EMERGENCY"];

fn error_message(message: &str, sink: &mut Sink) {
    if let Some(rest) = message.strip_prefix("CONNECT: attempt fail [") {
        attempt(rest, sink);
    } else if let Some(rest) = message.strip_prefix("CONNECT:[") {
        // Releases up to 8: `CONNECT:[0] could not connect [CONNECTION_ERROR] to 192.0.2.1 for 'url'`.
        if let Some((_, rest)) = rest.split_once("could not connect [") {
            attempt(rest, sink);
        }
    } else if let Some(rest) = message.strip_prefix("CONNECT: ") {
        if let Some((_, place)) = rest.split_once(" connecting to ")
            && message.ends_with("marking down")
        {
            sink.put(sink.signal(id("upstream-marked-down")).target(first_target(place)));
        }
    } else if message.starts_with("DNS Error: looking up") {
        sink.put(sink.signal(id("name-lookup-failed")));
    } else if let Some(rest) = message.strip_prefix("RESPONSE: sent ") {
        response(rest, sink);
    } else if message.contains("Truncated content detected") {
        sink.put(sink.signal(id("body-cut")));
    } else if message.contains("prohibited by ip-allow policy") && message.starts_with("server ") {
        sink.put(sink.signal(id("address-prohibited")));
    }
}

/// `STATE] to IP:PORT for host='H' connection_result=TEXT [N] error=TEXT [N] attempts=0 url='U'`.
fn attempt(rest: &str, sink: &mut Sink) {
    let Some((state, rest)) = rest.split_once("] to ") else { return };
    let target = first_target(rest);
    // The result stands before the URL and behind the host name, which may be the client's but holds no blank.
    let result =
        rest.split_once(" connection_result=").map_or("", |(_, r)| r.split(" error=").next().unwrap_or(r));
    let number: Option<i32> = result.rsplit_once('[').and_then(|(_, n)| n.split(']').next()?.parse().ok());
    let errno = number.filter(|n| *n > 0 && *n != 5).map(Errno);
    let meaning = match (state, errno) {
        ("CONNECTION_ERROR" | "OPEN_RAW_ERROR", _) if result.starts_with("ENET_SSL") => {
            id("tls-handshake-failed")
        }
        ("CONNECTION_ERROR" | "OPEN_RAW_ERROR", Some(errno)) => connect_error(errno),
        ("CONNECTION_ERROR" | "OPEN_RAW_ERROR", None) => id("connect-failed"),
        ("INACTIVE_TIMEOUT", Some(Errno(110))) => id("connect-timed-out"),
        ("INACTIVE_TIMEOUT", _) => id("read-timed-out"),
        ("ACTIVE_TIMEOUT", _) => id("response-timed-out"),
        ("PARSE_ERROR", _) => id("response-unreadable"),
        // Without an error number the connection ended where a response should have begun.
        ("CONNECTION_CLOSED" | "BAD_INCOMING_RESPONSE", _) => id("ended-before-response"),
        ("OUTBOUND_CONGESTION", _) => id("upstream-limit-reached"),
        _ => return,
    };
    let signal = sink.signal(meaning).target(target);
    sink.put(match errno {
        Some(errno) => signal.value(Value::Errno(errno)),
        None => signal,
    });
}

fn first_target(text: &str) -> Option<Target> {
    Target::parse(text.split(' ').next()?)
}

/// `IP status 502 (Reason) for 'URL'`: the reason phrase that the gateway itself chose.
fn response(rest: &str, sink: &mut Sink) {
    let Some((_, rest)) = rest.split_once(" status ") else { return };
    let (number, rest) = rest.split_once(" (").unwrap_or((rest, ""));
    let status: u16 = number.parse().unwrap_or(0);
    if let Some((_, meaning)) = REASONS.iter().find(|(words, _)| rest.starts_with(words)) {
        sink.put(sink.signal(*meaning).value(Value::Status(status)));
    } else if let Some((_, after)) = rest.strip_prefix("Connect Error <").and_then(|r| r.split_once('/')) {
        let errno = after.split('>').next().and_then(|n| n.parse().ok()).map_or(Errno(0), Errno);
        sink.put(sink.signal(connect_error(errno)).value(Value::Errno(errno)));
    } else if let Some(errno) = Errno::from_text(rest) {
        sink.put(sink.signal(connect_error(errno)).value(Value::Errno(errno)));
    }
}

const REASONS: &[(&str, SignalId)] = &[
    ("Server Hangup", id("ended-before-response")),
    ("No Response Header From Server", id("ended-before-response")),
    // A status of nothing: in most cases the connection ended before one came.
    ("Malformed Server Response Status", id("ended-before-response")),
    ("Malformed Server Response", id("response-unreadable")),
    ("Invalid HTTP Response", id("response-unreadable")),
    ("Maximum Transaction Time Exceeded", id("response-timed-out")),
    // Connecting or reading: the words do not tell; the timer is the one for inactivity.
    ("Connection Timed Out", id("read-timed-out")),
    ("Next Hop Timeout", id("read-timed-out")),
    ("Origin server congested", id("upstream-limit-reached")),
    ("Next Hop Congested", id("upstream-limit-reached")),
    ("Tunnel Connection Failed", id("connect-failed")),
    ("Next Hop Connection Failed", id("connect-failed")),
    ("Server Connection Failed", id("connect-failed")),
    ("Cannot find server", id("name-lookup-failed")),
    ("No valid server", id("no-live-upstream")),
    ("Not Found on Accelerator", id("no-upstream-configured")),
    ("Cycle Detected", id("loop-detected")),
    ("Multi-Hop Cycle Detected", id("loop-detected")),
];

fn diagnostic(level: &str, message: &str, sink: &mut Sink) {
    let target = message.rsplit_once("upstream=").and_then(|(_, place)| first_target(place));
    if message.starts_with("Core server certificate verification failed")
        || message.starts_with("Server certificate verification failed")
    {
        let words = message.split_once("Error=").map_or(message, |(_, words)| words);
        sink.put(sink.signal(tls_error(words).unwrap_or(id("certificate-rejected"))));
    } else if message.starts_with("SNI (") && message.contains("not in certificate") {
        sink.put(sink.signal(id("certificate-name-mismatch")));
    } else if message.contains("too many connections:") && target.is_some() {
        sink.put(sink.signal(id("upstream-limit-reached")).target(target));
    } else if let Some((_, meaning)) = STARTS.iter().find(|(start, _)| message.starts_with(start)) {
        sink.put(sink.signal(*meaning));
    } else if message.starts_with("http parent proxy") || message.starts_with("Parent ") {
        parent(message, sink);
    } else if matches!(level, "FATAL" | "ALERT" | "EMERGENCY") {
        let listen = message.contains("bind") || message.contains("listen");
        let meaning = if listen { id("gateway-listen-failed") } else { id("gateway-internal-error") };
        sink.put(sink.signal(meaning));
    }
}

const STARTS: &[(&str, SignalId)] = &[
    ("connection to DNS server", id("resolver-lost")),
    ("connection to all DNS servers lost", id("resolver-lost")),
    ("too many connections, throttling", id("gateway-connections-exhausted")),
    ("too many open connections", id("gateway-connections-exhausted")),
    ("connection throttle too high", id("gateway-warning")),
    ("Traffic Server is fully initialized", id("gateway-started")),
    ("remap.config failed to load", id("gateway-config-refused")),
    ("Traffic Server process terminated due to Sig", id("gateway-worker-died")),
];

fn parent(message: &str, sink: &mut Sink) {
    let target =
        message.split(' ').find_map(|word| Target::parse(word).filter(|t| t.address.port().is_some()));
    if message.contains("marked as down") || message.contains("marked down") {
        sink.put(sink.signal(id("upstream-marked-down")).target(target));
    } else if message.contains("restored") || message.contains("marked up") {
        sink.put(sink.signal(id("upstream-marked-up")).target(target));
    }
}

/// A frame of the trace that the process prints when it dies: `traffic_server(main+0x39b6)[0x55dc45de0866]`.
fn is_frame(text: &str) -> bool {
    let ours =
        text.starts_with("traffic_server") || text.starts_with('/') || text.starts_with("traffic_manager");
    ours && text.ends_with(']') && text.contains("[0x") && text.contains('(') && !text.contains(' ')
}

/// Lines of the start without a time.
fn is_banner(text: &str) -> bool {
    text.starts_with("Traffic Server ")
        || text.starts_with("traffic_server: ")
        || text.starts_with("traffic_manager: ")
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "20260102.03h04m05s CONNECT: attempt fail [CONNECTION_ERROR] to 127.0.0.1:8080 for host='shop.example.com' connection_result=Connection refused [111] error=Connection refused [111] attempts=0 url='http://127.0.0.1:8080/?n=1'",
        signals: &["connect-refused @127.0.0.1:8080 =111: Connection refused"],
    },
    Sample {
        text: "20260102.03h04m05s CONNECT: attempt fail [CONNECTION_ERROR] to 127.0.0.1:8443 for host='shop.example.com' connection_result=ENET_SSL_CONNECT_FAILED [-20104] error=ENET_SSL_CONNECT_FAILED [-20104] attempts=0 url='https://app.example.com:8443/'",
        signals: &["tls-handshake-failed @127.0.0.1:8443"],
    },
    Sample {
        text: "20260102.03h04m05s CONNECT: attempt fail [BAD_INCOMING_RESPONSE] to [::1]:8080 for host='shop.example.com' connection_result=Input/output error [5] error=Unknown error 19999 [-19999] attempts=0 url='http://[::1]:8080/'",
        signals: &["ended-before-response @[::1]:8080"],
    },
    Sample {
        text: "20260102.03h04m05s CONNECT: Connection refused [111] connecting to 127.0.0.1:8080 for host='shop.example.com' url='http://127.0.0.1:8080/' marking down",
        signals: &["upstream-marked-down @127.0.0.1:8080"],
    },
    Sample {
        text: "20260102.03h04m05s RESPONSE: sent 192.0.2.7 status 502 (Server Hangup) for 'http://shop.example.com/(Cycle Detected)'",
        signals: &["ended-before-response =502"],
    },
    Sample {
        text: "20260102.03h04m05s DNS Error: looking up http://app.internal:8080/",
        signals: &["name-lookup-failed"],
    },
    Sample {
        text: "[Jan  2 03:04:05.766] [ET_NET 0] WARNING: Core server certificate verification failed for (app.example.com). Action=Terminate Error=certificate has expired server=app.example.com(127.0.0.1) depth=0",
        signals: &["certificate-expired"],
    },
    Sample {
        text: "[Jan  2 03:04:05.232] [ET_NET 0] WARNING: SNI (app.example.com) not in certificate. Action=Terminate server=app.example.com(127.0.0.1)",
        signals: &["certificate-name-mismatch"],
    },
    Sample {
        text: "[Jan  2 03:04:05.131] [ET_NET 1] WARNING: [2] too many connections: count=2 limit=2 group=(both 127.0.0.1:8080,127.0.0.1) blocked=1 queued=0 upstream=127.0.0.1:8080",
        signals: &["upstream-limit-reached @127.0.0.1:8080"],
    },
    Sample {
        text: "[Jan  2 03:04:05.380] [ET_NET 0] WARNING: connection to DNS server 127.0.0.1 lost, marking as down",
        signals: &["resolver-lost"],
    },
    Sample {
        text: "Traffic Server 9.2.9 Apr  4 2026 14:52:39 localhost\ntraffic_server: using root directory '/usr'\n\
               [Jan  2 03:04:05.207] traffic_server STATUS: opened /var/log/trafficserver/diags.log",
        signals: &[],
    },
    Sample {
        text: "traffic_server(main+0x39b6)[0x55dc45de0866]\n/lib/x86_64-linux-gnu/libc.so.6(+0x2724a)[0x7f398ca4524a]",
        signals: &["gateway-worker-died"],
    },
];

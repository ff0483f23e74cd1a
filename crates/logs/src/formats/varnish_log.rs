//! Varnish's shared-memory log as `varnishlog` prints it (raw or grouped), and what `varnishd` itself says.

use std::collections::HashMap;

use goodgate_facts::{Attempt, Exchange, Target, Untrusted, Value, id};

use super::varnish_daemon::Daemon;
use super::varnish_fetch::Fetch;
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict, clock};

/// Varnish's log.
pub(crate) const FORMAT: Format = Format {
    id: "varnish-log",
    title: "varnishlog output and varnishd messages",
    reference: "Varnish documentation: vsl(7), varnishlog(1)",
    product: "varnish",
    capture: false,
    open,
    samples: SAMPLES,
};

/// Transactions that are followed at once; the oldest are forgotten in one go beyond that.
const OPEN_MAX: usize = 4096;

fn open(_: &[Declared]) -> Box<dyn LineReader> {
    Box::new(Reader::default())
}

#[derive(Default)]
struct Reader {
    fetches: HashMap<u64, Fetch>,
    clients: HashMap<u64, Client>,
    /// The transaction whose group is being read.
    group: Option<(u64, Side)>,
    daemon: Daemon,
    /// The last known failure of each backend, for those that are then held down.
    held: HashMap<String, goodgate_facts::SignalId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Backend,
    None,
}

/// One request of a client.
#[derive(Default)]
struct Client {
    method: Option<String>,
    url: Untrusted,
    status: Option<u16>,
    bytes: Option<u64>,
    total_s: Option<f64>,
    when: Option<goodgate_facts::Moment>,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        if let Some((vxid, side)) = group_head(line) {
            self.group = Some((vxid, side));
            return Verdict::Mine;
        }
        if let Some((vxid, tag, side, text)) = raw(line) {
            self.record(vxid, tag, side, text, sink);
            return Verdict::Mine;
        }
        if let Some((vxid, side)) = self.group
            && let Some((tag, text)) = grouped(line)
        {
            self.record(vxid, tag, side, text, sink);
            return Verdict::Mine;
        }
        self.daemon.line(line, sink)
    }

    fn end(&mut self, sink: &mut Sink) {
        let mut left: Vec<(u64, Fetch)> = self.fetches.drain().collect();
        left.sort_by_key(|(vxid, _)| *vxid);
        for (_, fetch) in left {
            fetch.end(sink);
        }
    }
}

impl Reader {
    fn record(&mut self, vxid: u64, tag: &str, side: Side, text: &[u8], sink: &mut Sink) {
        match (side, tag) {
            (Side::Client, _) => self.client(vxid, tag, text, sink),
            (Side::Backend, "End") => {
                if let Some(fetch) = self.fetches.remove(&vxid) {
                    fetch.end(sink);
                }
            }
            (Side::Backend, _) => {
                if self.fetches.len() >= OPEN_MAX {
                    self.fetches.clear();
                }
                if tag == "Timestamp" {
                    set_time(text, sink);
                }
                self.fetches.entry(vxid).or_default().record(tag, text, &mut self.held, sink);
            }
            (Side::None, "Backend_health") => health(text, sink),
            (Side::None, _) => {}
        }
    }

    fn client(&mut self, vxid: u64, tag: &str, text: &[u8], sink: &mut Sink) {
        if self.clients.len() >= OPEN_MAX {
            self.clients.clear();
        }
        let words = || std::str::from_utf8(text).unwrap_or_default().split_ascii_whitespace();
        let client = self.clients.entry(vxid).or_default();
        match tag {
            "ReqMethod" => client.method = words().next().map(|word| word.chars().take(24).collect()),
            "ReqURL" => client.url = Untrusted::new(text),
            "RespStatus" => client.status = words().next().and_then(|word| word.parse().ok()),
            "ReqAcct" => client.bytes = words().nth(5).and_then(|word| word.parse().ok()),
            "Timestamp" => {
                set_time(text, sink);
                client.when = client.when.or(sink.time());
                client.total_s = words().nth(2).and_then(|word| word.parse().ok());
            }
            "VCL_Error" if text.starts_with(b"Too many retries") => {
                sink.put(sink.signal(id("upstream-retried")));
            }
            "End" => {
                let Some(client) = self.clients.remove(&vxid).filter(|client| client.method.is_some()) else {
                    return;
                };
                let failed = client.status.is_none_or(|status| status >= 500);
                let exchange = Exchange {
                    when: client.when,
                    method: client.method,
                    path: client.url,
                    status: client.status,
                    bytes: client.bytes,
                    total_s: client.total_s,
                    attempts: Vec::<Attempt>::new(),
                    line: sink.line(),
                };
                sink.exchange(exchange, failed);
            }
            _ => {}
        }
    }
}

/// `Start: 1700000000.123456 0.000000 0.000000`
fn set_time(text: &[u8], sink: &mut Sink) {
    let Some(colon) = memchr::memchr(b':', text) else { return };
    let rest = text.get(colon + 1..).unwrap_or_default().trim_ascii_start();
    sink.set_time(clock::epoch(rest).map(|(moment, _)| moment));
}

/// `boot.default Went sick 4---X-r- 2 3 5 0.00 0.00 Open timeout`
fn health(text: &[u8], sink: &mut Sink) {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_start_matches("- ");
    let Some((backend, state)) = text.split_once(' ') else { return };
    let name = backend.rsplit_once('.').map_or(backend, |(_, name)| name);
    let reply = state.split_ascii_whitespace().last().and_then(|word| word.parse::<u16>().ok());
    if state.starts_with("Went sick") {
        sink.put(sink.signal(id("upstream-marked-down")).name(name));
    } else if state.starts_with("Back healthy") {
        sink.put(sink.signal(id("upstream-marked-up")).name(name));
    }
    if state.starts_with("Went sick") || state.starts_with("Still sick") {
        let (found, value) = if state.contains("timeout") {
            (id("health-check-timed-out"), Value::None)
        } else if state.contains("Connection refused") {
            (id("health-check-refused"), Value::None)
        } else if state.contains("HTTP/") {
            let code = state.split("HTTP/").nth(1).and_then(|rest| rest.split_ascii_whitespace().nth(1));
            let code = code.and_then(|code| code.parse().ok()).or(reply.filter(|code| *code >= 100));
            (id("health-check-bad-status"), code.map_or(Value::None, Value::Status))
        } else {
            (id("health-check-failed"), Value::None)
        };
        sink.put(sink.signal(found).name(name).value(value));
    }
}

/// `*   << BeReq    >> 3`
fn group_head(line: &[u8]) -> Option<(u64, Side)> {
    let stars = line.iter().take_while(|b| **b == b'*').count();
    let rest = line.get(stars..)?.trim_ascii_start().strip_prefix(b"<< ")?;
    let text = std::str::from_utf8(rest).ok()?;
    let (kind, vxid) = text.split_once(">>")?;
    let side = match kind.trim() {
        "BeReq" => Side::Backend,
        "Request" => Side::Client,
        _ => Side::None,
    };
    (stars > 0).then_some((vxid.trim().parse().ok()?, side))
}

/// `-   FetchError     first byte timeout`, with more dashes the deeper the group.
fn grouped(line: &[u8]) -> Option<(&str, &[u8])> {
    let dashes = line.iter().take_while(|b| **b == b'-').count();
    let deep = line.get(..3) == Some(b"-4-") || line.get(1).is_some_and(u8::is_ascii_digit);
    let rest = if deep { line.get(3..)? } else { line.get(dashes..)? };
    (dashes > 0 && rest.first() == Some(&b' ')).then_some(())?;
    tag(rest.trim_ascii_start())
}

/// `         4 FetchError     b first byte timeout`
fn raw(line: &[u8]) -> Option<(u64, &str, Side, &[u8])> {
    let rest = line.trim_ascii_start();
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    if !(1..=19).contains(&digits) || rest.get(digits) != Some(&b' ') {
        return None;
    }
    let vxid = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    let (tag, text) = tag(&rest[digits + 1..])?;
    let side = match text.first() {
        Some(b'b') => Side::Backend,
        Some(b'c') => Side::Client,
        Some(b'-') => Side::None,
        _ => return None,
    };
    if !matches!(text.get(1), None | Some(b' ')) {
        return None;
    }
    Some((vxid, tag, side, text.get(2..).unwrap_or_default()))
}

/// A tag, and the text behind the blanks.
fn tag(text: &[u8]) -> Option<(&str, &[u8])> {
    let end = memchr::memchr(b' ', text).unwrap_or(text.len());
    let name = std::str::from_utf8(&text[..end]).ok()?;
    let shape = (2..=20).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    shape.then(|| (name, text[end..].trim_ascii_start()))
}

/// A backend's address as `BackendOpen` gives it: `24 default 192.0.2.5 8080 …`.
pub(crate) fn opened(text: &[u8]) -> Option<(String, Option<Target>, bool)> {
    let text = std::str::from_utf8(text).ok()?;
    let mut words = text.split_ascii_whitespace();
    words.next()?.parse::<u32>().ok()?;
    let (name, host, port) = (words.next()?, words.next()?, words.next()?);
    // A unix socket has no address here: both are written as a dash or as 0.0.0.0:0.
    let target = match port.parse::<u16>() {
        Ok(port) if port > 0 && host.contains(':') => Target::parse(&format!("[{host}]:{port}")),
        Ok(port) if port > 0 => Target::parse(&format!("{host}:{port}")),
        _ => None,
    };
    let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
    Some((name.to_owned(), target, words.any(|word| word == "reuse")))
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "         4 FetchError     b backend default: fail errno 111 (Connection refused)\n         7 FetchError     b backend default: fail errno 0 (Success)",
        signals: &["connect-refused =111: Connection refused", "connect-refused"],
    },
    Sample {
        text: "        10 FetchError     b first byte timeout (reused connection)",
        signals: &["read-timed-out", "connection-reused"],
    },
    Sample {
        text: "         4 BogoHeader     b Illegal char 0x20 in header name\n         4 HttpGarbage    b \"HTTP/1.1%00\"\n         4 FetchError     b http format error",
        signals: &["header-invalid"],
    },
    Sample {
        text: "         4 HttpGarbage    b \"ICY%00\"\n         4 FetchError     b http format error",
        signals: &["status-line-invalid"],
    },
    Sample {
        text: "         4 FetchError     b Connection reset by peer\n         4 FetchError     b straight insufficient bytes",
        signals: &["body-reset"],
    },
    Sample {
        text: "         4 FetchError     b Resource temporarily unavailable\n         4 FetchError     b chunked read err",
        signals: &["body-timed-out"],
    },
    Sample {
        text: "         4 FetchError     b req.body read error: 104 (Connection reset by peer)\n         4 FetchError     b backend write error: 104 (Connection reset by peer) (Error transaction)",
        signals: &["send-broken"],
    },
    Sample {
        text: "*   << BeReq    >> 3\n-   Begin          bereq 2 fetch\n-   Timestamp      Start: 1700000000.123456 0.000000 0.000000\n-   BereqURL       /?x=FetchError b overflow\n-   BackendOpen    24 default 192.0.2.5 8080 192.0.2.9 40000 connect\n-   FetchError     HTC eof (-1)\n-   BerespStatus   503\n-   End",
        signals: &["ended-before-response @192.0.2.5:8080"],
    },
    Sample {
        text: "*   << BeReq    >> 3\n-   BackendOpen    24 default 192.0.2.5 8080 192.0.2.9 40000 connect\n-   BerespStatus   502\n-   End",
        signals: &["upstream-answered-5xx @192.0.2.5:8080 =502"],
    },
    Sample {
        text: "         0 Backend_health - boot.default Went sick 4---X-r- 2 3 5 0.00 0.00 Open timeout",
        signals: &["upstream-marked-down", "health-check-timed-out"],
    },
    Sample {
        text: "Error: Child (19204) died signal=9\nDebug: Child cleanup complete",
        signals: &["gateway-worker-died =signal 9"],
    },
    Sample {
        text: "Warnings:\nMessage from VCC-compiler:\nBackend path: Cannot stat: No such file or directory\n('/etc/varnish/default.vcl' Line 3 Pos 13)\n    .path = \"/run/app.sock\";\n------------###############-\n(That was just a warning)",
        signals: &["socket-file-absent"],
    },
    Sample {
        text: "Debug: Child (27846) Started\nInfo: Child (27846) said Child starts",
        signals: &["gateway-started"],
    },
];

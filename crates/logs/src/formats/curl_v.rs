//! What `curl -v` saw of an address. What it saw is a test by a person, not a failure of the gateway: the address
//! may be the site's or its upstream's.

use goodgate_facts::{Address, SignalId, Target, Untrusted, Value, id};

use super::columns::{between, leading_number, text};
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "curl-v",
    title: "test request (curl -v)",
    reference: "curl: libcurl-errors(3)",
    product: "curl",
    capture: true,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

#[derive(Default)]
struct Reader {
    /// The address that curl tried last.
    trying: Option<Target>,
    began: bool,
    /// An answer whose head has not ended.
    status: Option<u16>,
    server: Option<String>,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let start = line.get(..2).unwrap_or(line);
        let mine = match start {
            b"* " => self.told(&text(&line[2..])),
            b"< " | b"<" if self.began || line.starts_with(b"< HTTP/") => {
                self.answer(text(line.get(2..).unwrap_or_default()).trim(), sink)
            }
            b"> " | b">" | b"{ " | b"} " => self.began,
            b"cu" => self.failed(&text(line), sink),
            _ => false,
        };
        if !mine {
            return Verdict::Foreign;
        }
        self.began = true;
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        self.tell_answer(sink);
    }
}

impl Reader {
    /// Lines with `*`: curl's own words. The first must be one that curl begins with.
    fn told(&mut self, text: &str) -> bool {
        let text = text.trim_start();
        if let Some(address) = text.strip_prefix("Trying ") {
            self.trying = Target::parse(address.trim_end_matches(['.', ' ']));
            return true;
        }
        const BEGINS: &[&str] = &[
            "Host ",
            "Connected to ",
            "Could not resolve host",
            "Resolving timed out",
            "About to connect() to ",
            "Uses proxy env",
            "Rebuilt URL to",
            "Added ",
            "Hostname ",
            "ALPN",
            "connect to ",
            "Closing connection",
            "Immediate connect fail",
            "Connection #",
        ];
        self.began || BEGINS.iter().any(|begin| text.starts_with(begin))
    }

    /// A line of the answer's head. Its text is the server's; only status and product are read.
    fn answer(&mut self, text: &str, sink: &mut Sink) -> bool {
        if text.is_empty() {
            self.tell_answer(sink);
        } else if let Some(rest) = text.strip_prefix("HTTP/") {
            self.status = rest.split(' ').nth(1).and_then(leading_number).and_then(|n| u16::try_from(n).ok());
        } else if let Some((name, value)) = text.split_once(':')
            && name.eq_ignore_ascii_case("server")
        {
            self.server = Some(value.trim().to_owned());
        } else if let Some((name, value)) = text.split_once(':')
            && name.eq_ignore_ascii_case("proxy-status")
        {
            let value = Value::Text(Untrusted::new(value.trim().as_bytes()));
            let signal = sink.signal(id("page-proxy-status")).value(value);
            sink.put(signal);
        }
        true
    }

    fn tell_answer(&mut self, sink: &mut Sink) {
        let Some(status) = self.status.take().filter(|status| *status >= 200) else { return };
        let mut signal =
            sink.signal(id("probe-answered")).target(self.trying.clone()).value(Value::Status(status));
        signal.about.name = self.server.take();
        sink.put(signal);
    }

    /// `curl: (7) Failed to connect to 127.0.0.1 port 9000 after 0 ms: Connection refused`
    fn failed(&mut self, text: &str, sink: &mut Sink) -> bool {
        let Some(rest) = text.strip_prefix("curl: (") else { return false };
        let Some((code, message)) = rest.split_once(") ") else { return false };
        let Ok(code) = code.parse::<u16>() else { return false };
        let Some(id) = meaning(code, message) else { return true };
        let target = named(message).or_else(|| self.trying.clone());
        let signal = sink.signal(id).target(target).value(Value::Number(i64::from(code)));
        sink.put(signal);
        true
    }
}

fn meaning(code: u16, message: &str) -> Option<SignalId> {
    Some(match code {
        5 | 6 => id("probe-name-unknown"),
        7 if message.contains("timed out") || message.contains("No route") => id("probe-timed-out"),
        7 if message.contains("unreachable") => id("route-unreachable"),
        7 => id("probe-refused"),
        28 => id("probe-timed-out"),
        35 | 51 | 53 | 54 | 56 | 58 | 59 | 60 | 66 | 77 | 80 | 83 | 90 | 91 => {
            if code == 56 && !message.contains("SSL") { id("probe-closed") } else { id("probe-tls-failed") }
        }
        52 | 55 => id("probe-closed"),
        1 | 8 | 16 | 61 | 92 | 95 => id("probe-answer-invalid"),
        18 => id("probe-answer-cut"),
        _ => return None,
    })
}

/// `… to HOST port PORT …`, `Could not resolve host: HOST`, `… connection to HOST:PORT`
fn named(message: &str) -> Option<Target> {
    if let Some(host) = message.strip_prefix("Could not resolve host: ") {
        let host = host.trim().trim_end_matches('.').to_ascii_lowercase();
        return Some(Target { protocol: None, address: Address::Tcp { host, port: 0 } });
    }
    if let Some((_, place)) = message.rsplit_once("connection to ") {
        return Target::parse(place.trim());
    }
    let host = between(message, "connect to ", " port ")?;
    let port = message.split(" port ").nth(1).and_then(leading_number)?;
    Some(Target {
        protocol: None,
        address: Address::Tcp { host: host.to_ascii_lowercase(), port: u16::try_from(port).ok()? },
    })
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "*   Trying 127.0.0.1:9000...\n* connect to 127.0.0.1 port 9000 failed: Connection refused\n* Closing connection 0\ncurl: (7) Failed to connect to 127.0.0.1 port 9000 after 0 ms: Connection refused",
        signals: &["probe-refused @127.0.0.1:9000 =7"],
    },
    Sample {
        text: "*   Trying 192.0.2.1:80...\n* Connected to app.example.com (192.0.2.1) port 80 (#0)\n> GET / HTTP/1.1\n> Host: app.example.com\n>\n< HTTP/1.1 502 Bad Gateway\n< Server: nginx/1.22.1\n< Content-Length: 0\n<",
        signals: &["probe-answered @192.0.2.1:80 =502"],
    },
    Sample { text: "curl: (52) Empty reply from server", signals: &["probe-closed =52"] },
    Sample {
        text: "curl: (6) Could not resolve host: app.example.com",
        signals: &["probe-name-unknown @app.example.com =6"],
    },
    Sample {
        text: "curl: (35) error:0A00010B:SSL routines::wrong version number\ncurl: (28) Operation timed out after 3000 milliseconds with 0 bytes received\ncurl: (18) transfer closed with 10 bytes remaining to read",
        signals: &["probe-tls-failed =35", "probe-timed-out =28", "probe-answer-cut =18"],
    },
];

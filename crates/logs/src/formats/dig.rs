//! Answers of name servers as `dig`, `host`, `nslookup` and `getent` print them.

use std::sync::LazyLock;

use goodgate_facts::{Address, Signal, Target, Value, id};

use super::columns::{between, text, words};
use crate::patterns::Words;
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "dig",
    title: "answers of a name server (dig, host, nslookup)",
    reference: "BIND dig(1), host(1), nslookup(1)",
    product: "dig",
    capture: true,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

#[derive(Default)]
struct Reader {
    dig: bool,
    nslookup: bool,
    /// What dig's answer head said, until its question names the name.
    status: Option<String>,
}

/// Each line that is no comment holds one of these.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::new([
        "IN\t",
        "IN ",
        " has address ",
        " has IPv6 address ",
        " not found: ",
        " is an alias for ",
        "** server can't find ",
        "Server:\t",
        "Address:",
        "Name:\t",
        "Non-authoritative answer:",
    ])
});

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let first = line.first().copied().unwrap_or(0);
        if !(first.is_ascii_alphanumeric() || matches!(first, b';' | b'*' | b'\t' | b'_')) {
            return Verdict::Foreign;
        }
        if first != b';' && !WORDS.any_in(line) {
            return Verdict::Foreign;
        }
        let text = text(line);
        let mine = self.comment(&text, sink)
            || self.record(&text, sink)
            || self.host(&text, sink)
            || self.nslookup(&text, sink);
        if mine { Verdict::Mine } else { Verdict::Foreign }
    }
}

fn host_only(name: &str) -> Target {
    let host = name.trim_end_matches('.').to_ascii_lowercase();
    Target { protocol: None, address: Address::Tcp { host, port: 0 } }
}

fn failed(sink: &Sink, name: &str, why: &str) -> Signal {
    let id = if why == "NXDOMAIN" { id("probe-name-unknown") } else { id("probe-name-failed") };
    sink.signal(id).target(host_only(name)).value(Value::Word(why.to_owned()))
}

impl Reader {
    fn comment(&mut self, text: &str, sink: &mut Sink) -> bool {
        if text.starts_with("; <<>> DiG") || text.starts_with(";; ->>HEADER<<-") {
            self.dig = true;
            self.status = between(text, "status: ", ",").map(str::to_owned);
            return true;
        }
        if !text.starts_with(';') {
            return false;
        }
        let lost = ["connection timed out", "no servers could be reached", "communications error to "];
        if lost.iter().any(|words| text.contains(words)) {
            let why = if text.contains("connection refused") { "refused" } else { "timed-out" };
            let signal = sink.signal(id("probe-name-failed")).value(Value::Word(why.to_owned()));
            sink.put(signal);
            return true;
        }
        if !self.dig {
            return false;
        }
        let words = words(text.trim_start_matches(';'));
        if let [name, "IN", _] = words.as_slice()
            && let Some(status) = self.status.take().filter(|status| status != "NOERROR")
        {
            let signal = failed(sink, name, &status);
            sink.put(signal);
        }
        true
    }

    /// `app.example.com. 300 IN A 192.0.2.1`
    fn record(&self, text: &str, sink: &mut Sink) -> bool {
        let words = words(text);
        let [name, ttl, "IN", kind, rest @ ..] = words.as_slice() else { return false };
        if !name.ends_with('.') || !super::columns::is_number(ttl) {
            return false;
        }
        if let ("A" | "AAAA", Some(address)) = (*kind, rest.first()) {
            resolves(sink, name, address);
        }
        true
    }

    fn host(&self, text: &str, sink: &mut Sink) -> bool {
        let found = text.split_once(" has address ").or_else(|| text.split_once(" has IPv6 address "));
        if let Some((name, address)) = found.filter(|(name, _)| !name.contains(' ')) {
            return resolves(sink, name, address);
        }
        if let Some(rest) = text.strip_prefix("Host ")
            && let Some((name, rest)) = rest.split_once(" not found: ")
        {
            let why = between(rest, "(", ")").unwrap_or("NXDOMAIN");
            let signal = failed(sink, name, why);
            sink.put(signal);
            return true;
        }
        text.split_once(" is an alias for ").is_some_and(|(name, _)| !name.contains(' '))
    }

    fn nslookup(&mut self, text: &str, sink: &mut Sink) -> bool {
        if let Some(rest) = text.strip_prefix("** server can't find ") {
            let (name, why) = rest.rsplit_once(": ").unwrap_or((rest, "NXDOMAIN"));
            let signal = failed(sink, name, why);
            sink.put(signal);
            return true;
        }
        if text.starts_with("Server:\t") {
            self.nslookup = true;
            return true;
        }
        self.nslookup
            && ["Address:\t", "Address: ", "Name:\t", "Non-authoritative answer:"]
                .iter()
                .any(|w| text.starts_with(w))
    }
}

fn resolves(sink: &mut Sink, name: &str, address: &str) -> bool {
    if address.parse::<std::net::IpAddr>().is_err() {
        return false;
    }
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let signal = sink.signal(id("name-resolves-to")).name(name).target(host_only(address));
    sink.put(signal);
    true
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "; <<>> DiG 9.18.1 <<>> app.example.com\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1\n;; QUESTION SECTION:\n;app.example.com.\t\tIN\tA",
        signals: &["probe-name-unknown @app.example.com =NXDOMAIN"],
    },
    Sample { text: "app.example.com.\t300\tIN\tA\t192.0.2.1", signals: &["name-resolves-to @192.0.2.1"] },
    Sample {
        text: ";; connection timed out; no servers could be reached",
        signals: &["probe-name-failed =timed-out"],
    },
    Sample {
        text: "Host app.example.com not found: 3(NXDOMAIN)",
        signals: &["probe-name-unknown @app.example.com =NXDOMAIN"],
    },
    Sample {
        text: "Server:\t\t127.0.0.53\nAddress:\t127.0.0.53#53\n\n** server can't find app.example.com: SERVFAIL",
        signals: &["probe-name-failed @app.example.com =SERVFAIL"],
    },
];

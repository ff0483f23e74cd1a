//! The routing table as `ip route` prints it.

use std::sync::LazyLock;

use goodgate_facts::{Address, Target, Value, id};

use super::columns::{text, words};
use crate::patterns::Words;
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "ip-route",
    title: "routing table (ip route)",
    reference: "iproute2 ip-route(8)",
    product: "ip",
    capture: true,
    open: |_| Box::new(Reader),
    samples: SAMPLES,
};

struct Reader;

/// Each line of the table and each complaint holds one of these.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::new([" via ", " dev ", "unreachable ", "blackhole ", "prohibit ", "throw ", "RTNETLINK "])
});

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        const LINE_BYTES_MAX: usize = 300;
        let first = line.first().copied().unwrap_or(0);
        if line.len() > LINE_BYTES_MAX || !(first.is_ascii_hexdigit() || b"upbdtR".contains(&first)) {
            return Verdict::Foreign;
        }
        if !WORDS.any_in(line) {
            return Verdict::Foreign;
        }
        let text = text(line);
        let words = words(&text);
        match words.as_slice() {
            [kind @ ("unreachable" | "blackhole" | "prohibit" | "throw"), network, ..]
                if is_network(network) =>
            {
                put(network, kind, sink);
                Verdict::Mine
            }
            ["RTNETLINK", "answers:", rest @ ..] => {
                if rest.contains(&"unreachable") || rest.contains(&"Invalid") {
                    let signal = sink.signal(id("route-unreachable"));
                    sink.put(signal);
                }
                Verdict::Mine
            }
            [network, "via" | "dev", _, ..] if is_network(network) => {
                if words.contains(&"linkdown") {
                    put(network, "linkdown", sink);
                }
                Verdict::Mine
            }
            _ => Verdict::Foreign,
        }
    }
}

fn is_network(word: &str) -> bool {
    let (address, length) = word.split_once('/').unwrap_or((word, "32"));
    word == "default" || (address.parse::<std::net::IpAddr>().is_ok() && length.parse::<u8>().is_ok())
}

fn put(network: &str, kind: &str, sink: &mut Sink) {
    let host = if network == "default" { "*" } else { network };
    let target = Target { protocol: None, address: Address::Tcp { host: host.to_owned(), port: 0 } };
    let signal = sink.signal(id("route-unreachable")).target(target).value(Value::Word(kind.to_owned()));
    sink.put(signal);
}

const SAMPLES: &[Sample] = &[Sample {
    text: "default via 192.0.2.1 dev eth0 proto dhcp metric 100\n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.9\nunreachable 198.51.100.7 metric 1024\n172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1 linkdown",
    signals: &["route-unreachable @198.51.100.7 =unreachable", "route-unreachable @172.17.0.0/16 =linkdown"],
}];

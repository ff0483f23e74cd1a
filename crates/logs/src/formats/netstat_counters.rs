//! The kernel's network counters: `nstat`, `netstat -s`, and lists of name and value.
//!
//! Small numbers are everyday: a service that is polled while it starts, a client that goes away. The limits below
//! are for counters over one incident, as `nstat` prints them; totals since boot are set against the traffic.

use std::collections::BTreeMap;

use goodgate_facts::{Signal, Source, Value};

use super::columns::{is_number, text, words};
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "netstat-counters",
    title: "network counters of the kernel (nstat, netstat -s)",
    reference: "linux Documentation/networking/snmp_counter.rst",
    product: "kernel",
    capture: true,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

/// Counters, the signal each stands for, and from what number on it is more than background.
const COUNTERS: &[(&str, &str, i64)] = &[
    ("ListenOverflows", "accept-queue-overflowed", 1),
    ("ListenDrops", "accept-queue-overflowed", 1),
    ("TCPReqQFullDoCookies", "accept-queue-overflowed", 1),
    ("TCPReqQFullDrop", "accept-queue-overflowed", 1),
    ("TCPBacklogDrop", "kernel-counter", 1),
    ("TCPAbortOnMemory", "kernel-counter", 1),
    ("TCPMemoryPressures", "kernel-counter", 1),
    ("TCPSynRetrans", "retransmits-seen", 2),
    ("TCPTimeouts", "retransmits-seen", 2),
    ("RetransSegs", "retransmits-seen", 2),
    ("EstabResets", "resets-received", 10),
    ("TCPAbortOnData", "resets-received", 10),
    ("AttemptFails", "connect-attempts-failed", 50),
    ("InDestUnreachs", "icmp-unreachable-received", 3),
];

/// Counters that are known and mean nothing alone.
const KNOWN: &[&str] =
    &["ActiveOpens", "PassiveOpens", "OutRsts", "InSegs", "OutSegs", "CurrEstab", "InErrs"];

/// What `netstat -s` writes for some of them.
const PROSE: &[(&str, &str)] = &[
    ("times the listen queue of a socket overflowed", "ListenOverflows"),
    ("SYNs to LISTEN sockets dropped", "ListenDrops"),
    ("SYNs to LISTEN sockets ignored", "ListenDrops"),
    ("failed connection attempts", "AttemptFails"),
    ("connection resets received", "EstabResets"),
    ("segments retransmitted", "RetransSegs"),
    ("segments retransmited", "RetransSegs"),
    ("active connection openings", "ActiveOpens"),
    ("active connections openings", "ActiveOpens"),
    ("segments sent out", "OutSegs"),
    ("segments send out", "OutSegs"),
];

#[derive(Default)]
struct Reader {
    counters: BTreeMap<&'static str, (i64, Source)>,
    /// The counters are totals since boot.
    since_boot: bool,
    prose: bool,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        const LINE_BYTES_MAX: usize = 120;
        if line.len() > LINE_BYTES_MAX
            || !matches!(line.first(), Some(b'#' | b' ' | b'\t' | b'T' | b'I' | b'U' | b'M'))
        {
            return Verdict::Foreign;
        }
        let text = text(line);
        let mine = self.named(&text, sink) || self.prose(&text, sink);
        if mine { Verdict::Mine } else { Verdict::Foreign }
    }

    fn end(&mut self, sink: &mut Sink) {
        for (name, signal, least) in COUNTERS {
            let Some((value, source)) = self.counters.get(name) else { continue };
            if *value < *least || (self.since_boot && !self.notable_since_boot(name, *value)) {
                continue;
            }
            let Some(id) = goodgate_facts::SignalId::find(signal) else { continue };
            sink.put(Signal::new(id, source.clone()).name(*name).value(Value::Number(*value)));
        }
    }
}

impl Reader {
    /// `TcpExtListenOverflows 3 0.0`, `TcpExt.ListenOverflows 3`, `TcpExt: ListenOverflows: 3`
    fn named(&mut self, text: &str, sink: &Sink) -> bool {
        if text.starts_with("#kernel") {
            return true;
        }
        let words = words(text);
        let (name, value) = match words.as_slice() {
            [name, value] | [name, value, _] => (*name, *value),
            _ => return false,
        };
        const GROUPS: &[&str] = &[
            "TcpExt", "IpExt", "Tcp", "Udp6", "UdpLite6", "UdpLite", "Udp", "Icmp6", "IcmpMsg", "Icmp",
            "Ip6", "Ip", "MPTcpExt",
        ];
        let group = GROUPS.iter().find_map(|group| name.strip_prefix(group));
        let Some(rest) = group.map(|rest| rest.trim_start_matches(['.', ':'])) else { return false };
        let counter = rest.len() >= 3
            && rest.starts_with(|c: char| c.is_ascii_uppercase())
            && rest.bytes().all(|b| b.is_ascii_alphanumeric());
        let Some(value) = value.parse::<i64>().ok().filter(|_| counter) else { return false };
        if words.len() == 3 && words[2].parse::<f64>().is_err() {
            return false;
        }
        self.note(rest, value, sink);
        true
    }

    fn note(&mut self, name: &str, value: i64, sink: &Sink) {
        let known = COUNTERS
            .iter()
            .map(|(name, _, _)| *name)
            .chain(KNOWN.iter().copied())
            .find(|known| *known == name);
        if let Some(known) = known {
            self.counters.insert(known, (value, sink.source()));
        }
    }

    /// `    12 times the listen queue of a socket overflowed`
    fn prose(&mut self, text: &str, sink: &Sink) -> bool {
        const HEADINGS: &[&str] =
            &["Tcp:", "TcpExt:", "Ip:", "IpExt:", "Icmp:", "IcmpMsg:", "Udp:", "UdpLite:", "MPTcpExt:"];
        let trimmed = text.trim();
        if HEADINGS.contains(&trimmed) {
            self.prose = true;
            return true;
        }
        if !self.prose || !text.starts_with(' ') {
            return false;
        }
        let Some((number, words)) = trimmed.split_once(' ') else { return false };
        if !is_number(number) {
            return trimmed.rsplit_once(' ').is_some_and(|(_, last)| is_number(last));
        }
        self.since_boot = true;
        if let (Some((_, name)), Ok(value)) = (PROSE.iter().find(|(p, _)| words == *p), number.parse()) {
            self.note(name, value, sink);
        }
        true
    }

    /// A machine that has run for weeks has seen some of everything; one in ten is no accident.
    fn notable_since_boot(&self, name: &str, value: i64) -> bool {
        let against = match name {
            "RetransSegs" => "OutSegs",
            "AttemptFails" | "EstabResets" => "ActiveOpens",
            _ => return true,
        };
        self.counters.get(against).is_some_and(|(total, _)| value.saturating_mul(10) >= *total)
    }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "Tcp.ActiveOpens 22\nTcp.AttemptFails 3\nTcp.OutRsts 4\nTcp.RetransSegs 48\nTcpExt.ListenDrops 58\nTcpExt.ListenOverflows 58",
        signals: &["accept-queue-overflowed =58", "accept-queue-overflowed =58", "retransmits-seen =48"],
    },
    Sample {
        text: "#kernel\nTcpActiveOpens                  12                 0.0\nTcpEstabResets                  40                 0.0\nTcpExtTCPTimeouts               1                  0.0\nIcmpInDestUnreachs              4                  0.0",
        signals: &["resets-received =40", "icmp-unreachable-received =4"],
    },
    Sample {
        text: "Tcp:\n    1000 active connection openings\n    20 failed connection attempts\n    5000 segments sent out\n    900 segments retransmitted\nTcpExt:\n    12 times the listen queue of a socket overflowed\n    TCPTimeouts: 4",
        signals: &["accept-queue-overflowed =12", "retransmits-seen =900"],
    },
];

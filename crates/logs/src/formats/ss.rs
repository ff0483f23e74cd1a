//! Sockets as `ss` and `netstat` list them, and counts of them by state. Knows no gateway: which address ought to
//! be listened on is for others to say.
//!
//! A list of listening sockets is a complete look: at its end it is noted that somebody looked for `listens`, with
//! the name "tcp" or "unix" for the sort of socket that the list covers.

use std::collections::BTreeMap;

use goodgate_facts::{About, Address, Looked, Source, Target, Value, id};

use super::columns::{is_number, text, words};
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "ss",
    title: "list of sockets (ss, netstat)",
    reference: "iproute2 misc/ss.c; net-tools netstat.c",
    product: "ss",
    capture: true,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

/// Different (state, peer) pairs counted; the rest only by state.
const PAIRS_MAX: usize = 10_000;
/// Pairs told at the end, the most frequent first.
const PAIRS_TOLD_MAX: usize = 64;
/// So many connections in TIME-WAIT begin to matter for local ports (28 232 by default).
const TIME_WAIT_MANY: u64 = 1000;
/// So many sockets in CLOSE-WAIT are no passing moment.
const CLOSE_WAIT_MANY: u64 = 3;
/// So many connections to one address are more than the usual pools.
const ESTABLISHED_MANY: u64 = 500;

const STATES: &[(&str, &str)] = &[
    ("ESTAB", "ESTAB"),
    ("ESTABLISHED", "ESTAB"),
    ("SYN-SENT", "SYN-SENT"),
    ("SYN_SENT", "SYN-SENT"),
    ("SYN-RECV", "SYN-RECV"),
    ("SYN_RECV", "SYN-RECV"),
    ("FIN-WAIT-1", "FIN-WAIT-1"),
    ("FIN_WAIT1", "FIN-WAIT-1"),
    ("FIN-WAIT-2", "FIN-WAIT-2"),
    ("FIN_WAIT2", "FIN-WAIT-2"),
    ("TIME-WAIT", "TIME-WAIT"),
    ("TIME_WAIT", "TIME-WAIT"),
    ("CLOSE-WAIT", "CLOSE-WAIT"),
    ("CLOSE_WAIT", "CLOSE-WAIT"),
    ("LAST-ACK", "LAST-ACK"),
    ("LAST_ACK", "LAST-ACK"),
    ("CLOSING", "CLOSING"),
    ("UNCONN", "UNCONN"),
    ("LISTEN", "LISTEN"),
    ("LISTENING", "LISTEN"),
];

/// Whether a row or heading may begin with this word: a cheap look, since every line of every file is offered.
fn could_begin(word: &[u8]) -> bool {
    const OTHERS: &[&[u8]] = &[
        b"State",
        b"Netid",
        b"Active",
        b"Proto",
        b"TCP:",
        b"Transport",
        b"tcp",
        b"tcp6",
        b"udp",
        b"udp6",
        b"unix",
        b"u_str",
        b"u_dgr",
        b"u_seq",
        b"mptcp",
        b"raw",
        b"nl",
        b"v_str",
    ];
    word.iter().all(u8::is_ascii_digit)
        || OTHERS.contains(&word)
        || STATES.iter().any(|(written, _)| written.as_bytes() == word)
}

fn state(word: &str) -> Option<&'static str> {
    STATES.iter().find(|(written, _)| *written == word).map(|(_, state)| *state)
}

#[derive(Default)]
struct Reader {
    /// Sorts of listening sockets that the list covers.
    saw_tcp: bool,
    saw_unix: bool,
    states: BTreeMap<(&'static str, Option<Target>), (u64, u32)>,
    source: Option<Source>,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let shown = line.trim_ascii_start();
        if !matches!(shown.first(), Some(b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9')) {
            return Verdict::Foreign;
        }
        if !could_begin(shown.split(u8::is_ascii_whitespace).next().unwrap_or(shown)) {
            return Verdict::Foreign;
        }
        let text = text(shown);
        let mine = self.heading(&text) || self.row(&text, sink) || self.counted(&text, sink);
        if !mine {
            return Verdict::Foreign;
        }
        self.source.get_or_insert_with(|| sink.source());
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        let Some(source) = self.source.clone() else { return };
        for (seen, name) in [(self.saw_tcp, "tcp"), (self.saw_unix, "unix")] {
            if seen {
                let about = About { name: Some(name.to_owned()), ..About::default() };
                let looked =
                    Looked { id: id("listens"), about, window: None, complete: true, source: source.clone() };
                sink.evidence.add_looked(looked);
            }
        }
        self.tell_states(&source, sink);
    }
}

impl Reader {
    /// Headings of the tables, and the summary of `ss -s`.
    fn heading(&mut self, text: &str) -> bool {
        if text.starts_with("State ") && text.contains("Recv-Q") {
            self.saw_tcp = true;
            return true;
        }
        if text.starts_with("Netid ") && text.contains("Recv-Q") {
            return true;
        }
        if text.starts_with("Active Internet connections") {
            self.saw_tcp = true;
            return true;
        }
        if text.starts_with("Active UNIX domain sockets") {
            self.saw_unix = true;
            return true;
        }
        (text.starts_with("Proto ") && (text.contains("Recv-Q") || text.contains("RefCnt")))
            || (text.starts_with("TCP:") && text.contains("(estab "))
            || (text.starts_with("Transport ") && text.contains("IPv6"))
    }

    fn row(&mut self, text: &str, sink: &mut Sink) -> bool {
        let words = words(text);
        let Some(first) = words.first().copied() else { return false };
        match first {
            "tcp" | "tcp6" | "udp" | "udp6" if words.get(1).is_some_and(|w| is_number(w)) => {
                return self.netstat(&words, sink);
            }
            "unix" if words.get(1).is_some_and(|w| is_number(w)) => {
                return self.netstat_unix(text, &words, sink);
            }
            "tcp" | "udp" | "u_str" | "u_dgr" | "u_seq" | "mptcp" | "raw" | "nl" | "v_str" => {
                return self.ss(first, &words[1..], sink);
            }
            _ => {}
        }
        // ss without the column Netid: the kind of socket shows in the address.
        let netid = if words.get(3).is_some_and(|w| is_path(w)) { "u_str" } else { "tcp" };
        state(first).is_some() && self.ss(netid, &words, sink)
    }

    /// `STATE RECV-Q SEND-Q LOCAL PEER [users:(…)]`
    fn ss(&mut self, netid: &str, words: &[&str], sink: &mut Sink) -> bool {
        let Some(state) = words.first().and_then(|w| state(w)) else { return false };
        let queues = (
            words.get(1).and_then(|w| w.parse::<u64>().ok()),
            words.get(2).and_then(|w| w.parse::<u64>().ok()),
        );
        let (Some(waiting), Some(backlog)) = queues else { return false };
        let Some(local) = words.get(3) else { return false };
        let unix = netid.starts_with("u_");
        if !unix && !matches!(netid, "tcp" | "mptcp") {
            return true;
        }
        if state != "LISTEN" {
            if !unix && state != "UNCONN" {
                self.count(state, words.get(4).copied(), 1, sink.line());
            }
            return true;
        }
        let target = if unix { unix_target(local) } else { tcp_target(local) };
        let Some(target) = target else { return false };
        if unix {
            self.saw_unix = true;
        } else {
            self.saw_tcp = true;
        }
        let users = words.iter().find_map(|word| word.strip_prefix("users:("));
        let (names, pid) = users.map(users_of).unwrap_or_default();
        put_listens(sink, target.clone(), &names, pid);
        if waiting > backlog || (backlog > 0 && waiting >= backlog) {
            let signal = sink.signal(id("accept-queue-full")).target(target).worker(pid);
            let signal = signal.value(Value::Number(i64::try_from(waiting).unwrap_or(i64::MAX)));
            sink.put(signal);
        } else if waiting > 0 {
            let signal = sink.signal(id("accept-queue-waiting")).target(target).worker(pid);
            sink.put(signal.value(Value::Number(i64::try_from(waiting).unwrap_or(i64::MAX))));
        }
        true
    }

    /// `tcp 0 0 127.0.0.1:9000 0.0.0.0:* LISTEN 1234/php-fpm: maste`
    fn netstat(&mut self, words: &[&str], sink: &mut Sink) -> bool {
        let (Some(local), Some(peer)) = (words.get(3), words.get(4)) else { return false };
        if !words.get(2).is_some_and(|w| is_number(w)) || !local.contains(':') || !peer.contains(':') {
            return false;
        }
        let Some(state) = words.get(5).and_then(|w| state(w)) else { return words[0].starts_with("udp") };
        if state != "LISTEN" {
            self.count(state, Some(peer), 1, sink.line());
            return true;
        }
        let Some(target) = tcp_target(local) else { return false };
        self.saw_tcp = true;
        let (name, pid) = owner(words.get(6).copied().unwrap_or("-"));
        put_listens(sink, target, &name, pid);
        true
    }

    /// `unix 2 [ ACC ] STREAM LISTENING 12345 1/init /run/x.sock`
    fn netstat_unix(&mut self, text: &str, words: &[&str], sink: &mut Sink) -> bool {
        let Some((_, rest)) = text.split_once(']') else { return false };
        let columns = super::columns::words(rest);
        if columns.get(1) != Some(&"LISTENING") {
            return words.get(2) == Some(&"[");
        }
        self.saw_unix = true;
        let path = columns.last().copied().filter(|w| is_path(w));
        let (name, pid) =
            columns.iter().find(|w| w.contains('/') && !is_path(w)).map(|w| owner(w)).unwrap_or_default();
        if let Some(target) = path.and_then(unix_target) {
            put_listens(sink, target, &name, pid);
        }
        true
    }

    /// `12 SYN-SENT 10.0.0.1:80`, as `sort | uniq -c` makes it.
    fn counted(&mut self, text: &str, sink: &mut Sink) -> bool {
        let words = words(text);
        let (Some(count), Some(state)) = (words.first(), words.get(1).and_then(|w| state(w))) else {
            return false;
        };
        let Ok(count) = count.parse::<u64>() else { return false };
        let peer = words.get(2).copied();
        if words.len() > 3 || peer.is_some_and(|peer| !peer.contains(':') && !is_path(peer) && peer != "*") {
            return false;
        }
        self.count(state, peer, count, sink.line());
        true
    }

    fn count(&mut self, state: &'static str, peer: Option<&str>, count: u64, line: u32) {
        let mut target = peer.and_then(tcp_target);
        if self.states.len() >= PAIRS_MAX && !self.states.contains_key(&(state, target.clone())) {
            target = None;
        }
        let entry = self.states.entry((state, target)).or_insert((0, line));
        entry.0 = entry.0.saturating_add(count);
    }

    fn tell_states(&self, source: &Source, sink: &mut Sink) {
        let mut pairs: Vec<_> = self.states.iter().filter(|((state, _), _)| *state != "LISTEN").collect();
        pairs.sort_by_key(|((state, _), (count, line))| {
            (*state != "SYN-SENT", std::cmp::Reverse(*count), *line)
        });
        let mut put = |name: &str, target: &Option<Target>, value: Value, count: u64, line: u32| {
            let Some(id) = goodgate_facts::SignalId::find(name) else { return };
            let mut signal = goodgate_facts::Signal::new(id, Source { line, ..source.clone() });
            signal.about.target.clone_from(target);
            signal.value = value;
            signal.count = count.max(1);
            sink.put(signal);
        };
        for ((state, target), (count, line)) in pairs.iter().take(PAIRS_TOLD_MAX) {
            put("connections-in-state", target, Value::Word((*state).to_owned()), *count, *line);
            let number = Value::Number(i64::try_from(*count).unwrap_or(i64::MAX));
            match *state {
                "SYN-SENT" => put("syn-sent-waiting", target, number, 1, *line),
                "ESTAB" if *count >= ESTABLISHED_MANY => put("many-established", target, number, 1, *line),
                _ => {}
            }
        }
        let limits = [
            ("TIME-WAIT", TIME_WAIT_MANY, "many-time-wait"),
            ("CLOSE-WAIT", CLOSE_WAIT_MANY, "close-wait-piling"),
        ];
        for (state, many, name) in limits {
            let of_state = || pairs.iter().filter(move |((s, _), _)| *s == state);
            let total: u64 = of_state().map(|(_, (count, _))| *count).sum();
            if total >= many {
                // One address that has most of them is what it is about.
                let main = of_state().max_by_key(|(_, (count, _))| *count);
                let target =
                    main.filter(|(_, (count, _))| count * 2 > total).and_then(|((_, t), _)| t.clone());
                let line = of_state().map(|(_, (_, line))| *line).min().unwrap_or(source.line);
                put(name, &target, Value::Number(i64::try_from(total).unwrap_or(i64::MAX)), 1, line);
            }
        }
    }
}

fn put_listens(sink: &mut Sink, target: Target, names: &str, pid: Option<u32>) {
    let mut signal = sink.signal(id("listens")).target(target).worker(pid);
    if !names.is_empty() {
        // The first name is the one that sockets and processes are joined by.
        signal.about.name = names.split(' ').next().map(str::to_owned);
        signal.value = Value::Word(names.to_owned());
    }
    sink.put(signal);
}

fn is_path(word: &str) -> bool {
    word.starts_with('/') || (word.starts_with('@') && word.len() > 1)
}

fn unix_target(path: &str) -> Option<Target> {
    is_path(path).then(|| Target { protocol: None, address: Address::Unix(path.to_owned()) })
}

/// Reads an address with its port; zones (`%lo`) and the mapped form of IPv4 addresses are taken off.
fn tcp_target(word: &str) -> Option<Target> {
    let (host, port) = word.rsplit_once(':')?;
    let port = port.parse().ok()?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = host.split('%').next().unwrap_or(host).to_ascii_lowercase();
    let host = match host.strip_prefix("::ffff:") {
        Some(mapped) if mapped.contains('.') => mapped.to_owned(),
        _ => host,
    };
    let plausible = !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'*' | b'-' | b'_'));
    plausible.then_some(Target { protocol: None, address: Address::Tcp { host, port } })
}

/// `("nginx",pid=12,fd=6),("nginx",pid=11,fd=6))` → the names, each once, and the lowest process id, which as
/// a rule is the master's.
fn users_of(users: &str) -> (String, Option<u32>) {
    let mut names: Vec<&str> = Vec::new();
    let mut pid = None;
    for user in users.split("(\"").skip(1) {
        let Some((name, rest)) = user.split_once('"') else { continue };
        if !names.contains(&name) {
            names.push(name);
        }
        let this = rest.strip_prefix(",pid=").and_then(super::columns::leading_number);
        let this = this.and_then(|n| u32::try_from(n).ok());
        pid = match (pid, this) {
            (Some(a), Some(b)) => Some(std::cmp::min::<u32>(a, b)),
            (a, b) => a.or(b),
        };
    }
    (names.join(" "), pid)
}

/// `1234/php-fpm:` → the name and the process id.
fn owner(word: &str) -> (String, Option<u32>) {
    match word.split_once('/') {
        Some((pid, name)) => (name.trim_end_matches(':').to_owned(), pid.parse().ok()),
        None => (String::new(), None),
    }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n\
               LISTEN 0      511    127.0.0.1:8080 0.0.0.0:* users:((\"nginx\",pid=15845,fd=7),(\"nginx\",pid=15843,fd=7))\n\
               LISTEN 3      2      127.0.0.1:3031 0.0.0.0:* users:((\"uwsgi\",pid=15783,fd=3),(\"uwsgi\",pid=15782,fd=3))\n\
               LISTEN 0      4096            *:80              *:*",
        signals: &[
            "listens @127.0.0.1:8080 =nginx",
            "listens @127.0.0.1:3031 =uwsgi",
            "accept-queue-full @127.0.0.1:3031 =3",
            "listens @*:80",
        ],
    },
    Sample {
        text: "LISTEN 0      511    127.0.0.1:8080 0.0.0.0:* users:((\"apache2\",pid=6106,fd=3),(\"apache2\",pid=6105,fd=3))\n\
               u_str LISTEN 0      4096   /run/app.sock 2752460 * 0 users:((\"php-fpm8.2\",pid=6104,fd=11),(\"php-fpm8.2\",pid=6102,fd=9))\n\
               u_dgr UNCONN 0      0      /run/log.sock 2752461 * 0",
        signals: &["listens @127.0.0.1:8080 =apache2", "listens @unix:/run/app.sock =php-fpm8.2"],
    },
    Sample {
        text: "Active Internet connections (only servers)\n\
               Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name\n\
               tcp        0      0 127.0.0.1:9000          0.0.0.0:*               LISTEN      1234/php-fpm: maste\n\
               tcp6       0      0 :::22                   :::*                    LISTEN      -\n\
               udp        0      0 0.0.0.0:68              0.0.0.0:*                           700/dhclient",
        signals: &["listens @127.0.0.1:9000 =php-fpm", "listens @[::]:22"],
    },
    Sample {
        text: "12 SYN-SENT 192.0.2.1:80\n\
               \x20     1 ESTAB 127.0.0.1:34894\n\
               \x20     4 CLOSE-WAIT 127.0.0.1:9000\n\
               \x20  1500 TIME-WAIT 127.0.0.1:9001",
        signals: &[
            "connections-in-state @192.0.2.1:80 =SYN-SENT",
            "syn-sent-waiting @192.0.2.1:80 =12",
            "connections-in-state @127.0.0.1:9001 =TIME-WAIT",
            "connections-in-state @127.0.0.1:9000 =CLOSE-WAIT",
            "connections-in-state @127.0.0.1:34894 =ESTAB",
            "many-time-wait @127.0.0.1:9001 =1500",
            "close-wait-piling @127.0.0.1:9000 =4",
        ],
    },
];

//! The rules of iptables: `iptables -S`, `iptables-save`, and the tables of `iptables -L -n`.

use goodgate_facts::Source;

use super::columns::{after_words, text, words};
use super::firewall_rules::{Fate, Hooked, Rule, Ruleset, port_range};
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "iptables",
    title: "packet filter rules (iptables)",
    reference: "iptables(8), iptables-extensions(8)",
    product: "iptables",
    capture: true,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

/// The chains that the kernel itself calls.
const BUILT_IN: &[&str] = &["INPUT", "OUTPUT", "FORWARD"];

#[derive(Default)]
struct Reader {
    /// `iptables-save` names the table; only `filter` stops packets by design.
    other_table: bool,
    /// The chain whose table `-L` prints, and whether with counters and line numbers.
    chain: Option<String>,
    columns: Option<Columns>,
    set: Ruleset,
    source: Option<Source>,
}

#[derive(Clone, Copy)]
struct Columns {
    packets: Option<usize>,
    target: usize,
    protocol: usize,
    input: Option<usize>,
    output: Option<usize>,
    source: usize,
    destination: usize,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let shown = line.trim_ascii_start();
        if !matches!(shown.first(), Some(b'-' | b':' | b'*' | b'#' | b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9'))
        {
            return Verdict::Foreign;
        }
        let text = text(shown);
        let mine = self.saved(&text, sink.line()) || self.listed(&text, sink.line());
        if !mine {
            return Verdict::Foreign;
        }
        self.source.get_or_insert_with(|| sink.source());
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        if let Some(source) = self.source.take() {
            self.set.tell(&source, sink);
        }
    }
}

fn fate(target: &str) -> Fate {
    match target {
        "DROP" => Fate::Drop,
        "REJECT" => Fate::Reject,
        "ACCEPT" => Fate::Accept,
        "LOG" | "NFLOG" | "RETURN" | "MARK" | "CONNMARK" | "TCPMSS" | "CT" | "" => Fate::Nothing,
        chain => Fate::Jump(chain.to_owned()),
    }
}

impl Reader {
    /// Lines of `-S` and `iptables-save`.
    fn saved(&mut self, text: &str, line: u32) -> bool {
        if !text.starts_with(['-', ':', '*', '#']) && !text.starts_with("COMMIT") {
            return false;
        }
        let words = words(text);
        match words.as_slice() {
            ["-P", chain, policy] if fate_known(policy) => self.policy(chain, policy, line),
            ["-N", _] | ["COMMIT"] => {}
            [chain, policy, counters]
                if chain.starts_with(':') && counters.starts_with('[') && counters.ends_with(']') =>
            {
                if fate_known(policy) && !self.other_table {
                    self.policy(&chain[1..], policy, line);
                }
            }
            ["*filter"] => self.other_table = false,
            ["*nat" | "*mangle" | "*raw" | "*security"] => self.other_table = true,
            ["#", "Generated" | "Completed", ..] => {
                return text.contains("iptables-save") || text.contains("on ");
            }
            ["-A", chain, rest @ ..] if text.contains(" -") => {
                if !self.other_table {
                    let rule = saved_rule(rest);
                    self.set.rules.push(Rule {
                        chain: (*chain).to_owned(),
                        line,
                        text: text.to_owned(),
                        ..rule
                    });
                }
            }
            _ => return false,
        }
        true
    }

    fn policy(&mut self, chain: &str, policy: &str, line: u32) {
        if BUILT_IN.contains(&chain) {
            let forwarded = chain == "FORWARD";
            self.set.hooked.push(Hooked { name: chain.to_owned(), policy: fate(policy), forwarded, line });
        }
    }

    /// Lines of `-L -n`.
    fn listed(&mut self, text: &str, line: u32) -> bool {
        if let Some(rest) = text.strip_prefix("Chain ")
            && let Some((name, inside)) = rest.split_once(" (")
            && (inside.starts_with("policy ") || inside.contains(" references"))
        {
            self.chain = Some(name.to_owned());
            self.columns = None;
            if let Some(policy) = inside.strip_prefix("policy ") {
                self.policy(name, policy.split([' ', ')']).next().unwrap_or(""), line);
            }
            return true;
        }
        let Some(chain) = self.chain.clone() else { return false };
        let words = words(text);
        if let Some(columns) = columns(&words) {
            self.columns = Some(columns);
            return true;
        }
        let Some(columns) = self.columns else { return false };
        match listed_rule(text, &words, columns) {
            Some(rule) => {
                self.set.rules.push(Rule { chain, line, text: text.to_owned(), ..rule });
                true
            }
            None => false,
        }
    }
}

fn fate_known(policy: &str) -> bool {
    matches!(policy, "ACCEPT" | "DROP" | "REJECT")
}

fn hosts(word: &str) -> Vec<String> {
    match word {
        "0.0.0.0/0" | "::/0" | "anywhere" => Vec::new(),
        other => other.split(',').map(str::to_owned).collect(),
    }
}

fn saved_rule(words: &[&str]) -> Rule {
    let mut rule = Rule::default();
    let mut at = 0;
    while let Some(word) = words.get(at).copied() {
        let value = words.get(at + 1).copied().unwrap_or("");
        at += 2;
        match word {
            "-s" => rule.from_hosts = hosts(value),
            "-d" => rule.to_hosts = hosts(value),
            "-p" => rule.other_protocol = !matches!(value, "tcp" | "all" | "6"),
            "-i" | "-o" => rule.interface = Some(value.to_owned()),
            "--dport" | "--dports" => rule.to_ports.extend(value.split(',').filter_map(port_range)),
            "--sport" | "--sports" => rule.from_ports.extend(value.split(',').filter_map(port_range)),
            "--ctstate" | "--state" => rule.narrow = !value.contains("NEW"),
            "-m" => {
                rule.narrow |=
                    !matches!(value, "tcp" | "udp" | "multiport" | "comment" | "state" | "conntrack");
            }
            "--comment" => {
                // A quoted comment may hold words that look like conditions.
                let quoted = value.starts_with('"') && !(value.len() > 1 && value.ends_with('"'));
                while quoted && words.get(at).is_some_and(|w| !w.ends_with('"')) {
                    at += 1;
                }
                at += usize::from(quoted);
            }
            "-j" | "-g" => {
                rule.fate = fate(value);
                break;
            }
            "!" => {
                rule.narrow = true;
                at += 1;
            }
            _ => {}
        }
    }
    rule
}

fn columns(words: &[&str]) -> Option<Columns> {
    let find = |name: &str| words.iter().position(|word| *word == name);
    Some(Columns {
        packets: find("pkts"),
        target: find("target")?,
        protocol: find("prot")?,
        input: find("in"),
        output: find("out"),
        source: find("source")?,
        destination: find("destination")?,
    })
}

/// `DROP tcp -- 0.0.0.0/0 0.0.0.0/0 tcp dpt:9000`
fn listed_rule(text: &str, words: &[&str], columns: Columns) -> Option<Rule> {
    const PROTOCOLS: &[&str] =
        &["tcp", "udp", "icmp", "all", "icmpv6", "esp", "ah", "sctp", "0", "6", "17", "1", "58", "2"];
    // A rule without a target leaves the column empty, which shifts the others.
    let shift = usize::from(words.get(columns.target).is_some_and(|w| PROTOCOLS.contains(w)));
    let at = |n: usize| words.get(n - if n > columns.target { shift } else { 0 }).copied();
    let protocol = at(columns.protocol).filter(|w| PROTOCOLS.contains(w))?;
    let (source, destination) = (at(columns.source)?, at(columns.destination)?);
    let mut rule = Rule {
        fate: if shift == 1 { Fate::Nothing } else { fate(at(columns.target)?) },
        from_hosts: hosts(source),
        to_hosts: hosts(destination),
        other_protocol: !matches!(protocol, "tcp" | "all" | "0" | "6"),
        never_hit: columns.packets.and_then(at) == Some("0"),
        ..Rule::default()
    };
    for interface in [columns.input, columns.output].into_iter().flatten().filter_map(at) {
        if interface != "*" {
            rule.interface = Some(interface.to_owned());
        }
    }
    let matches = after_words(text, columns.destination + 1 - shift);
    let matches = match matches.split_once("/*") {
        Some((before, rest)) => format!("{before} {}", rest.split_once("*/").map_or("", |(_, after)| after)),
        None => matches.to_owned(),
    };
    listed_matches(&matches, &mut rule);
    Some(rule)
}

fn listed_matches(matches: &str, rule: &mut Rule) {
    let mut words = matches.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if let Some(ports) = word.strip_prefix("dpt:").or_else(|| word.strip_prefix("dpts:")) {
            rule.to_ports.extend(port_range(ports));
        } else if let Some(ports) = word.strip_prefix("spt:").or_else(|| word.strip_prefix("spts:")) {
            rule.from_ports.extend(port_range(ports));
        } else {
            match word {
                "dports" => {
                    rule.to_ports.extend(words.next().unwrap_or("").split(',').filter_map(port_range));
                }
                "sports" => {
                    rule.from_ports.extend(words.next().unwrap_or("").split(',').filter_map(port_range));
                }
                "state" | "ctstate" => rule.narrow |= !words.next().unwrap_or("").contains("NEW"),
                "limit:" | "recent:" | "#conn" | "match-set" | "owner" | "STRING" | "ADDRTYPE" => {
                    rule.narrow = true;
                }
                _ => rule.narrow |= word.starts_with('!'),
            }
        }
    }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "-P INPUT ACCEPT\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n-N f2b\n\
               -A INPUT -p tcp -m tcp --dport 9000 -m comment --comment \"no --dport 1 here\" -j DROP\n\
               -A OUTPUT -d 192.0.2.7/32 -p tcp -m multiport --dports 80,443 -j REJECT --reject-with icmp-port-unreachable\n\
               -A INPUT -m conntrack --ctstate INVALID -j DROP",
        signals: &[
            "firewall-drops @*:9000",
            "firewall-rejects @192.0.2.7:80",
            "firewall-rejects @192.0.2.7:443",
        ],
    },
    Sample {
        text: "# Generated by iptables-save v1.8.9 on Sun Nov 22 05:00:01 2026\n*filter\n:INPUT DROP [12:720]\n:OUTPUT ACCEPT [0:0]\n\
               -A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT\nCOMMIT",
        signals: &["firewall-drops @* =except lo,80"],
    },
    Sample {
        text: "Chain INPUT (policy ACCEPT)\n\
               target     prot opt source               destination         \n\
               DROP       tcp  --  0.0.0.0/0            0.0.0.0/0            tcp dpt:9000\n\
               REJECT     tcp  --  0.0.0.0/0            192.0.2.7            multiport dports 80,443 reject-with icmp-port-unreachable",
        signals: &[
            "firewall-drops @*:9000",
            "firewall-rejects @192.0.2.7:80",
            "firewall-rejects @192.0.2.7:443",
        ],
    },
    Sample {
        text: "Chain INPUT (policy ACCEPT 0 packets, 0 bytes)\n\
               \x20pkts bytes target     prot opt in     out     source               destination         \n\
               \x20   0     0 DROP       tcp  --  *      *       0.0.0.0/0            0.0.0.0/0            tcp dpt:8000\n\
               \x20   9   540 DROP       tcp  --  eth0   *       0.0.0.0/0            0.0.0.0/0            tcp dpt:9000",
        signals: &["firewall-drops @*:9000"],
    },
];

//! What rules of a packet filter mean for the way from a gateway to its upstream; knows no command's notation.
//!
//! A signal's target is what can no longer be reached: `*` as host where the rule names none, port 0 where it names
//! none. The value is empty for packets towards the target, the word `replies` where the rule stops what comes
//! back from it, and `except …` for what a filter stops by default. `about.name` is the interface of the rule.

use goodgate_facts::{About, Address, Looked, Source, Target, Value, id};

use crate::Sink;

/// Rules told; block lists of thousands of clients are of no use.
const TOLD_MAX: usize = 300;
/// A range of more ports than this is told as a range.
const RANGE_MAX: u16 = 16;

/// What a rule does with a packet.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) enum Fate {
    #[default]
    Nothing,
    Accept,
    Drop,
    Reject,
    Jump(String),
}

/// One rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Rule {
    pub(super) chain: String,
    pub(super) fate: Fate,
    pub(super) to_hosts: Vec<String>,
    pub(super) from_hosts: Vec<String>,
    pub(super) to_ports: Vec<(u16, u16)>,
    pub(super) from_ports: Vec<(u16, u16)>,
    pub(super) interface: Option<String>,
    /// TCP, or any protocol; a rule for others says nothing of a gateway's upstream.
    pub(super) other_protocol: bool,
    /// The rule takes only packets in a state or at a rate that ordinary traffic does not have.
    pub(super) narrow: bool,
    /// Its counter says that it never took a packet.
    pub(super) never_hit: bool,
    pub(super) line: u32,
    pub(super) text: String,
}

/// A chain that packets of this machine go through.
#[derive(Clone, Debug)]
pub(super) struct Hooked {
    pub(super) name: String,
    pub(super) policy: Fate,
    /// Packets on their way through this machine; container engines stop those by default, which says nothing.
    pub(super) forwarded: bool,
    pub(super) line: u32,
}

/// The rules of one listing.
#[derive(Default)]
pub(super) struct Ruleset {
    pub(super) rules: Vec<Rule>,
    pub(super) hooked: Vec<Hooked>,
}

impl Ruleset {
    /// Puts what the rules stop into the sink, and that the rules were looked at.
    pub(super) fn tell(&self, source: &Source, sink: &mut Sink) {
        if self.hooked.is_empty() {
            return;
        }
        let reached = self.reached();
        let mut told = 0;
        for rule in self.rules.iter().filter(|rule| reached.contains(&rule.chain.as_str())) {
            if told >= TOLD_MAX {
                break;
            }
            told += tell_rule(rule, source, sink);
        }
        for hooked in self.hooked.iter().filter(|hooked| !hooked.forwarded) {
            self.tell_default(hooked, source, sink);
        }
        for name in [id("firewall-drops"), id("firewall-rejects")] {
            let looked = Looked {
                id: name,
                about: About::default(),
                window: None,
                complete: true,
                source: source.clone(),
            };
            sink.evidence.add_looked(looked);
        }
    }

    /// The chains that packets get to, from the hooks and through jumps.
    fn reached(&self) -> Vec<&str> {
        let mut reached: Vec<&str> = self.hooked.iter().map(|hooked| hooked.name.as_str()).collect();
        let mut next = 0;
        while let Some(chain) = reached.get(next).copied() {
            for rule in self.rules.iter().filter(|rule| rule.chain == chain) {
                if let Fate::Jump(to) = &rule.fate
                    && !reached.contains(&to.as_str())
                {
                    reached.push(to);
                }
            }
            next += 1;
        }
        reached
    }

    /// A policy, or a last rule without conditions, that stops everything not accepted before.
    fn tell_default(&self, hooked: &Hooked, source: &Source, sink: &mut Sink) {
        let mine: Vec<&Rule> = self.rules.iter().filter(|rule| rule.chain == hooked.name).collect();
        let last = mine.iter().position(|rule| rule.stops_everything() || rule.accepts_everything());
        let (fate, line, text) = match last.and_then(|at| mine.get(at)) {
            Some(rule) => (&rule.fate, rule.line, rule.text.clone()),
            None => (&hooked.policy, hooked.line, format!("{}: default policy", hooked.name)),
        };
        let name = match fate {
            Fate::Drop => id("firewall-drops"),
            Fate::Reject => id("firewall-rejects"),
            _ => return,
        };
        let mut accepted: Vec<String> = Vec::new();
        for rule in mine.iter().take(last.unwrap_or(mine.len())).filter(|rule| rule.fate == Fate::Accept) {
            if rule.interface.as_deref() == Some("lo") && rule.to_ports.is_empty() {
                accepted.push("lo".to_owned());
            }
            accepted.extend(rule.to_ports.iter().map(|range| range_text(*range)));
        }
        accepted.dedup();
        let mut signal = goodgate_facts::Signal::new(name, Source { line, ..source.clone() });
        signal.about.target = Some(place("*", 0));
        signal.value = Value::Word(format!("except {}", accepted.join(",")).trim_end().to_owned());
        signal.excerpt = Some(goodgate_facts::Untrusted::new(text.as_bytes()));
        sink.put(signal);
    }
}

impl Rule {
    fn unconditional(&self) -> bool {
        !self.narrow
            && !self.other_protocol
            && self.interface.is_none()
            && self.to_hosts.is_empty()
            && self.from_hosts.is_empty()
            && self.to_ports.is_empty()
            && self.from_ports.is_empty()
    }

    fn stops_everything(&self) -> bool {
        matches!(self.fate, Fate::Drop | Fate::Reject) && self.unconditional()
    }

    fn accepts_everything(&self) -> bool {
        self.fate == Fate::Accept && self.unconditional()
    }
}

/// Tells one rule; returns the number of signals.
fn tell_rule(rule: &Rule, source: &Source, sink: &mut Sink) -> usize {
    let name = match rule.fate {
        Fate::Drop => id("firewall-drops"),
        Fate::Reject => id("firewall-rejects"),
        _ => return 0,
    };
    if rule.narrow || rule.other_protocol || rule.never_hit || rule.unconditional() {
        return 0;
    }
    let replies = rule.to_ports.is_empty() && rule.to_hosts.is_empty();
    let (hosts, ports) =
        if replies { (&rule.from_hosts, &rule.from_ports) } else { (&rule.to_hosts, &rule.to_ports) };
    let any = ["*".to_owned()];
    let hosts: &[String] = if hosts.is_empty() { &any } else { hosts };
    if hosts == any && ports.is_empty() {
        return 0;
    }
    let mut told = 0;
    for host in hosts {
        for (port, range) in single_ports(ports) {
            let mut signal = goodgate_facts::Signal::new(name, Source { line: rule.line, ..source.clone() });
            signal.about.target = Some(place(host, port));
            signal.about.name.clone_from(&rule.interface);
            signal.value = match range {
                Some(range) => Value::Word(format!("ports {range}")),
                None if replies => Value::Word("replies".to_owned()),
                None => Value::None,
            };
            signal.excerpt = Some(goodgate_facts::Untrusted::new(rule.text.as_bytes()));
            sink.put(signal);
            told += 1;
        }
    }
    told
}

fn place(host: &str, port: u16) -> Target {
    let host = host.strip_suffix("/32").or_else(|| host.strip_suffix("/128")).unwrap_or(host);
    Target { protocol: None, address: Address::Tcp { host: host.to_ascii_lowercase(), port } }
}

fn range_text((from, to): (u16, u16)) -> String {
    if from == to { from.to_string() } else { format!("{from}-{to}") }
}

/// Each port of the ranges; a wide range is one entry with its text.
fn single_ports(ranges: &[(u16, u16)]) -> Vec<(u16, Option<String>)> {
    if ranges.is_empty() {
        return vec![(0, None)];
    }
    let mut out = Vec::new();
    for &(from, to) in ranges {
        if to.saturating_sub(from) < RANGE_MAX {
            out.extend((from..=to).map(|port| (port, None)));
        } else {
            out.push((0, Some(range_text((from, to)))));
        }
    }
    out
}

/// Reads `80`, `8000-8100`, `8000:8100`, or the name of a service that web servers and their upstreams use.
pub(super) fn port_range(word: &str) -> Option<(u16, u16)> {
    let one = |text: &str| match text {
        "http" => Some(80),
        "https" => Some(443),
        "http-alt" => Some(8080),
        "ssh" => Some(22),
        "domain" => Some(53),
        "mysql" => Some(3306),
        "postgresql" => Some(5432),
        _ => text.parse::<u16>().ok(),
    };
    if let Some(port) = one(word) {
        return Some((port, port));
    }
    let (from, to) = word.split_once(['-', ':'])?;
    Some((one(from)?, one(to)?)).filter(|(from, to)| from <= to)
}

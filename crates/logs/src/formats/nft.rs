//! The rules of nftables as `nft list ruleset` prints them.

use goodgate_facts::Source;

use super::columns::{leading_number, text};
use super::firewall_rules::{Fate, Hooked, Rule, Ruleset, port_range};
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "nft",
    title: "packet filter rules (nft)",
    reference: "nftables nft(8)",
    product: "nft",
    capture: true,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

#[derive(Default)]
struct Reader {
    /// How many blocks are open; 0 outside of a table.
    depth: u32,
    table: String,
    /// The chain that is open; `None` in sets, maps and the like.
    chain: Option<String>,
    set: Ruleset,
    source: Option<Source>,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        if self.depth == 0 && !line.starts_with(b"table ") && !line.starts_with(b"# Warning: table ") {
            return Verdict::Foreign;
        }
        if self.depth > 0 && !line.starts_with(b"\t") && !line.starts_with(b" ") && !line.starts_with(b"}") {
            self.depth = 0;
            return Verdict::Foreign;
        }
        let text = text(line);
        let text = text.trim();
        if text.starts_with('#') {
            return Verdict::Mine;
        }
        if self.depth == 0 {
            let Some(table) = table(text) else { return Verdict::Foreign };
            self.table = table;
            self.depth = 1;
            self.source.get_or_insert_with(|| sink.source());
            return Verdict::Mine;
        }
        self.inside(text, sink.line());
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        if let Some(source) = self.source.take() {
            self.set.tell(&source, sink);
        }
    }
}

/// `table inet filter {`
fn table(text: &str) -> Option<String> {
    const FAMILIES: &[&str] = &["ip", "ip6", "inet", "arp", "bridge", "netdev"];
    let words = super::columns::words(text);
    match words.as_slice() {
        ["table", family, name, "{"] if FAMILIES.contains(family) => Some(format!("{family} {name}")),
        _ => None,
    }
}

impl Reader {
    fn inside(&mut self, text: &str, line: u32) {
        if let Some(name) = text.strip_prefix("chain ").and_then(|rest| rest.strip_suffix('{')) {
            self.chain = Some(self.full_name(name.trim()));
            self.depth += 1;
            return;
        }
        if text == "}" {
            self.depth = self.depth.saturating_sub(1);
            self.chain = None;
            return;
        }
        let opened = text.matches('{').count();
        let closed = text.matches('}').count();
        if self.chain.is_none() {
            let depth = i64::from(self.depth) + opened as i64 - closed as i64;
            self.depth = u32::try_from(depth).unwrap_or(0).max(1);
            return;
        }
        let Some(chain) = self.chain.clone() else { return };
        if text.starts_with("type ") && text.contains(" hook ") {
            self.hook(text, chain, line);
            return;
        }
        let mut rule = rule(text);
        if let Fate::Jump(to) = &rule.fate {
            rule.fate = Fate::Jump(self.full_name(to));
        }
        self.set.rules.push(Rule { chain, line, text: text.to_owned(), ..rule });
    }

    fn full_name(&self, chain: &str) -> String {
        format!("{} {chain}", self.table)
    }

    /// `type filter hook input priority filter; policy drop;`
    fn hook(&mut self, text: &str, name: String, line: u32) {
        let filter = text.starts_with("type filter ");
        let passed = ["hook input", "hook output", "hook forward", "hook prerouting", "hook postrouting"];
        if filter && passed.iter().any(|hook| text.contains(hook)) {
            let policy = if text.contains("policy drop") { Fate::Drop } else { Fate::Accept };
            let forwarded = text.contains("hook forward");
            self.set.hooked.push(Hooked { name, policy, forwarded, line });
        }
    }
}

/// Reads a rule's words.
fn rule(text: &str) -> Rule {
    let spaced = text.replace('{', " { ").replace('}', " } ").replace(',', " ");
    let words = super::columns::words(&spaced);
    let mut rule = Rule::default();
    let mut at = 0;
    while let Some(word) = words.get(at).copied() {
        at += 1;
        match word {
            "dport" | "sport" | "daddr" | "saddr" => at = condition(&mut rule, word, &words, at),
            "iif" | "iifname" | "oif" | "oifname" => {
                let value = words.get(at).copied().unwrap_or("");
                if value == "!=" || value == "{" {
                    rule.narrow |= value == "{";
                    rule.interface = Some("other".to_owned());
                } else {
                    rule.interface = Some(value.trim_matches('"').to_owned());
                }
            }
            "packets" => rule.never_hit = words.get(at).and_then(|w| leading_number(w)) == Some(0),
            // Established connections carry the traffic itself; every other state is a part of it only.
            "ct" => {
                let rest = &words[at..];
                rule.narrow |= rest.first() != Some(&"state")
                    || !rest.iter().any(|w| *w == "new" || *w == "established");
                rule.narrow |= rest.contains(&"accept");
            }
            "limit" | "quota" | "meter" | "fib" | "numgen" => rule.narrow = true,
            "udp" | "icmp" | "icmpv6" | "igmp" | "sctp" => rule.other_protocol = true,
            "drop" => rule.fate = Fate::Drop,
            "reject" => rule.fate = Fate::Reject,
            "accept" => rule.fate = Fate::Accept,
            "jump" | "goto" => rule.fate = Fate::Jump(words.get(at).copied().unwrap_or("").to_owned()),
            "comment" | "prefix" => at = after_quoted(&words, at),
            _ => {}
        }
        if rule.fate != Fate::Nothing {
            break;
        }
    }
    rule
}

/// The words behind a quoted text.
fn after_quoted(words: &[&str], mut at: usize) -> usize {
    let first = at;
    while let Some(word) = words.get(at) {
        at += 1;
        let only_quote = at == first + 1 && word.len() == 1;
        if word.ends_with('"') && !only_quote {
            break;
        }
    }
    at
}

/// `dport 80`, `dport { 80, 443 }`, `daddr 192.0.2.0/24`; what is negated or a named set narrows the rule.
fn condition(rule: &mut Rule, field: &str, words: &[&str], mut at: usize) -> usize {
    let mut values = Vec::new();
    match words.get(at).copied() {
        Some("{") => {
            at += 1;
            while let Some(word) = words.get(at).copied() {
                at += 1;
                if word == "}" {
                    break;
                }
                values.push(word);
            }
        }
        Some("!=") | None => rule.narrow = true,
        Some(word) if word.starts_with('@') => {
            at += 1;
            rule.narrow = true;
        }
        Some(word) => {
            at += 1;
            values.push(word);
        }
    }
    for value in values {
        match field {
            "dport" => rule.to_ports.extend(port_range(value)),
            "sport" => rule.from_ports.extend(port_range(value)),
            "daddr" => rule.to_hosts.push(value.to_owned()),
            _ => rule.from_hosts.push(value.to_owned()),
        }
    }
    at
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "table inet filter {\n\tchain in {\n\t\ttype filter hook input priority filter; policy accept;\n\t\tiif \"lo\" tcp dport 9000 drop\n\t\tiif \"lo\" tcp dport { 8000, 8001 } reject with tcp reset\n\t\ttcp dport 8080 counter packets 0 bytes 0 drop\n\t\tct state invalid drop\n\t\tip daddr 192.0.2.7 tcp dport 80 log prefix \"drop it \" drop\n\t}\n}",
        signals: &[
            "firewall-drops @*:9000",
            "firewall-rejects @*:8000",
            "firewall-rejects @*:8001",
            "firewall-drops @192.0.2.7:80",
        ],
    },
    Sample {
        text: "table inet filter {\n\tset blocked {\n\t\ttype ipv4_addr\n\t\telements = { 192.0.2.1,\n\t\t\t     192.0.2.2 }\n\t}\n\n\tchain input {\n\t\ttype filter hook input priority 0; policy drop;\n\t\tiifname \"lo\" accept\n\t\tct state established,related accept\n\t\ttcp dport { 22, 80, 443 } accept\n\t}\n\tchain unused {\n\t\ttcp dport 9000 drop\n\t}\n}",
        signals: &["firewall-drops @* =except lo,22,80,443"],
    },
    Sample {
        text: "table ip t {\n\tchain in {\n\t\ttype filter hook input priority filter; policy accept;\n\t\tiif \"lo\" tcp sport 8000 tcp flags psh drop\n\t\tjump more\n\t}\n\tchain more {\n\t\ttcp dport 7000-7100 drop\n\t}\n}",
        signals: &["firewall-drops @*:8000 =replies", "firewall-drops @* =ports 7000-7100"],
    },
];

//! The rules of the uncomplicated firewall, `ufw status` and `ufw status verbose`.

use goodgate_facts::Source;

use super::columns::{text, words};
use super::firewall_rules::{Fate, Hooked, Rule, Ruleset, port_range};
use crate::{Format, LineReader, Sample, Sink, Verdict};

pub(crate) const FORMAT: Format = Format {
    id: "ufw",
    title: "packet filter rules (ufw)",
    reference: "ufw(8)",
    product: "ufw",
    capture: true,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

#[derive(Default)]
struct Reader {
    began: bool,
    set: Ruleset,
    source: Option<Source>,
}

const CHAIN: &str = "incoming";

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        if !self.began && !line.starts_with(b"Status: ") {
            return Verdict::Foreign;
        }
        let text = text(line);
        let text = text.trim();
        match text {
            "Status: active" | "Status: inactive" => {
                self.began = true;
                self.source.get_or_insert_with(|| sink.source());
                if text == "Status: active" {
                    let name = CHAIN.to_owned();
                    let hooked = Hooked { name, policy: Fate::Accept, forwarded: false, line: sink.line() };
                    self.set.hooked.push(hooked);
                }
                return Verdict::Mine;
            }
            _ => {}
        }
        if let Some(defaults) = text.strip_prefix("Default: ") {
            let fate = match defaults.split(" (incoming)").next() {
                Some("deny") => Fate::Drop,
                Some("reject") => Fate::Reject,
                _ => Fate::Accept,
            };
            if let Some(hooked) = self.set.hooked.first_mut() {
                hooked.policy = fate;
            }
            return Verdict::Mine;
        }
        let heading = ["Logging: ", "New profiles: ", "--  "].iter().any(|start| text.starts_with(start));
        if heading || (text.starts_with("To ") && text.contains("Action")) || self.rule(text, sink.line()) {
            return Verdict::Mine;
        }
        Verdict::Foreign
    }

    fn end(&mut self, sink: &mut Sink) {
        // The firewall lets the machine talk to itself whatever the rules say.
        let lo = Rule {
            chain: CHAIN.to_owned(),
            fate: Fate::Accept,
            interface: Some("lo".to_owned()),
            ..Rule::default()
        };
        self.set.rules.insert(0, lo);
        if let Some(source) = self.source.take() {
            self.set.tell(&source, sink);
        }
    }
}

impl Reader {
    /// `9000/tcp                   DENY IN     Anywhere`
    fn rule(&mut self, text: &str, line: u32) -> bool {
        let words =
            words(text.trim_start_matches(|c: char| c == '[' || c.is_ascii_digit() && text.starts_with('[')));
        let actions = ["ALLOW", "DENY", "REJECT", "LIMIT"];
        let Some(at) = words.iter().position(|word| actions.contains(word)) else { return false };
        let to: Vec<&str> = words[..at].iter().copied().filter(|w| !matches!(*w, "(v6)" | "]")).collect();
        let outward = words.get(at + 1) == Some(&"OUT");
        let direction = usize::from(matches!(words.get(at + 1), Some(&("IN" | "OUT" | "FWD"))));
        let from = words.get(at + 1 + direction).copied().unwrap_or("Anywhere");
        let mut rule = Rule { chain: CHAIN.to_owned(), line, text: text.to_owned(), ..Rule::default() };
        rule.fate = match words[at] {
            "DENY" => Fate::Drop,
            "REJECT" => Fate::Reject,
            _ => Fate::Accept,
        };
        for word in to {
            let (ports, protocol) = word.split_once('/').unwrap_or((word, "tcp"));
            let ranges: Vec<_> = ports.split(',').filter_map(port_range).collect();
            if !ranges.is_empty() {
                rule.other_protocol = protocol != "tcp";
                rule.to_ports.extend(ranges);
            } else if word != "Anywhere" && word.contains(['.', ':']) {
                rule.to_hosts.push(word.to_owned());
            }
        }
        if from != "Anywhere" && from.contains(['.', ':']) {
            rule.from_hosts.push(from.to_owned());
        }
        // Where the rule is for one sender only it does not decide about everybody.
        if rule.fate == Fate::Accept && (outward || !rule.from_hosts.is_empty()) {
            rule.narrow = true;
        }
        self.set.rules.push(rule);
        true
    }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "Status: active\n\n\
               To                         Action      From\n\
               --                         ------      ----\n\
               80/tcp                     ALLOW       Anywhere\n\
               9000/tcp                   DENY        Anywhere\n\
               80/tcp (v6)                ALLOW       Anywhere (v6)",
        signals: &["firewall-drops @*:9000"],
    },
    Sample {
        text: "Status: active\nLogging: on (low)\nDefault: deny (incoming), allow (outgoing), disabled (routed)\nNew profiles: skip\n\n\
               To                         Action      From\n\
               22,443/tcp                 ALLOW IN    Anywhere",
        signals: &["firewall-drops @* =except lo,22,443"],
    },
];

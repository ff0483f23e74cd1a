//! Apache Traffic Server: remap.config, records.config or records.yaml, parent.config and logging.yaml, one at a
//! time or joined in one text.
//!
//! Values are noted under the name that they have in records.config (`proxy.config.http.…`).

use std::collections::HashMap;

use goodgate_facts::{Address, Protocol, Target};

use super::Product;
use super::draft::{Draft, is_name};
use super::yaml_tree::{Branch, Tree, parse};
use crate::text::{base_name, numbered, size_bytes, without_comment, words};
use crate::{Configuration, Leg, TlsLeg};

pub(super) const PRODUCT: Product = Product {
    id: "trafficserver",
    reference: "https://docs.trafficserver.apache.org/en/latest/admin-guide/files/index.en.html",
    recognise,
    read,
};

const MAPS: &[&str] = &["map", "regex_map", "map_with_recv_port", "map_with_referer", "reverse_map"];

fn recognise(name: &str, text: &str) -> u8 {
    let (mut records, mut maps, mut logging) = (0, 0, 0);
    for (_, line) in numbered(text) {
        let found = words(without_comment(line, '#'));
        let word = |at: usize| found.get(at).map_or("", String::as_str);
        match word(0) {
            "CONFIG" | "LOCAL" if word(1).starts_with("proxy.") => records += 1,
            first
                if MAPS.contains(&first)
                    && found.iter().skip(1).any(|w| is_url(w))
                    && !line.ends_with([';', '{']) =>
            {
                maps += 1;
            }
            "records:" | "ts:" if !line.starts_with(' ') && found.len() == 1 => records += 1,
            "logging:" if !line.starts_with(' ') && found.len() == 1 && text.contains("format") => {
                logging += 1;
            }
            first if first.starts_with("dest_") && line.contains("parent=") => maps += 1,
            _ => {}
        }
    }
    let hint =
        ["remap", "records", "trafficserver"].iter().any(|known| name.to_ascii_lowercase().contains(known));
    match (records, maps, logging) {
        (0, 0, 0) => 0,
        (0, 0, _) => 45 + if name.contains("logging") { 25 } else { 0 },
        (0, 1, _) => 72 + 10 * u8::from(hint),
        _ => 90 + 5 * u8::from(hint),
    }
}

/// Whether a word of a remap rule is a URL or a bare path.
fn is_url(word: &str) -> bool {
    word.contains("://") || word.starts_with('/')
}

fn read(name: &str, text: &str) -> Configuration {
    let mut draft = Draft::new("trafficserver", name);
    let mut records = Records::default();
    let mut yaml = String::new();
    for (number, line) in numbered(text) {
        let found = words(without_comment(line, '#'));
        let word = |at: usize| found.get(at).map_or("", String::as_str);
        match word(0) {
            "CONFIG" | "LOCAL" => {
                let value = found.get(3..).unwrap_or_default().join(" ");
                records.take(word(1), &value, number, &mut draft);
            }
            first if MAPS.contains(&first) || first == "redirect" || first.starts_with("dest_") => {}
            _ => yaml.push_str(line),
        }
        // Lines keep their numbers.
        yaml.push('\n');
    }
    if ["records:", "ts:", "logging:"].iter().any(|root| yaml.lines().any(|line| line.starts_with(root))) {
        read_yaml(&yaml, &mut records, &mut draft);
    }
    for (number, line) in numbered(text) {
        read_rule(&words(without_comment(line, '#')), number, &records, &mut draft);
    }
    draft.found
}

fn read_yaml(text: &str, records: &mut Records, draft: &mut Draft) {
    let (documents, broken) = parse(text);
    if let Some((line, reason)) = broken {
        draft.problem(format!("the YAML breaks off: {reason}"), line);
    }
    for document in &documents {
        for root in ["records", "ts"] {
            if let Some(tree) = document.get(root) {
                flatten("proxy.config", tree, records, draft);
            }
        }
        let Some(logging) = document.get("logging") else { continue };
        for format in logging.list("formats") {
            let (name, layout) = (format.text_of("name"), format.text_of("format"));
            let Some(layout) = layout else { continue };
            let logs = logging.list("logs").iter().filter(|log| log.text_of("format") == name);
            let mut files = logs.map(|log| log.text_of("filename").map(with_extension)).peekable();
            if files.peek().is_none() {
                draft.layout("ats-access", layout, None);
            }
            files.for_each(|file| draft.layout("ats-access", layout, file));
        }
    }
}

/// Log files get `.log` where their name has no extension.
fn with_extension(path: &str) -> String {
    let base = base_name(path);
    if base.contains('.') { base.to_owned() } else { format!("{base}.log") }
}

/// `http: {connect_attempts_timeout: 2}` is `proxy.config.http.connect_attempts_timeout`.
fn flatten(prefix: &str, tree: &Tree, records: &mut Records, draft: &mut Draft) {
    match &tree.value {
        Branch::Leaf(value) => records.take(prefix, value, tree.line, draft),
        Branch::Map(entries) => {
            for (key, node) in entries {
                // A group's own value stands beside its members under `value`.
                let name = if key == "value" { prefix.to_owned() } else { format!("{prefix}.{key}") };
                flatten(&name, node, records, draft);
            }
        }
        Branch::List(_) => {}
    }
}

/// The records seen so far.
#[derive(Default)]
struct Records {
    values: HashMap<String, String>,
}

impl Records {
    fn take(&mut self, name: &str, value: &str, line: u32, draft: &mut Draft) {
        let Some(short) = name.strip_prefix("proxy.config.") else { return };
        self.values.insert(short.to_owned(), value.to_owned());
        match short {
            "http.server_ports" => read_ports(value, line, draft),
            "admin.user_id" if !value.starts_with('#') => draft.found.user = Some(value.to_owned()),
            _ => {}
        }
        let limits = [
            "net.connections_throttle",
            "net.max_connections_in",
            "net.max_requests_in",
            "http.server_max_connections",
            "http.origin_max_connections",
            "http.per_server.connection.max",
            "http.response_header_max_size",
            "http.request_header_max_size",
            "http.header_field_max_size",
            "exec_thread.limit",
            "http.origin_max_connections_queue",
        ];
        match size_bytes(value).filter(|_| limits.contains(&short)) {
            Some(number) => draft.limit(name, number as f64, line),
            None if noted(short) => draft.setting(name, value, line),
            None => {}
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.trim().parse().ok()
    }

    /// The records with those that a rule's `conf_remap` plugin sets over them.
    fn overridden(&self, rule: &[String]) -> Self {
        let mut values = self.values.clone();
        for word in rule.iter().filter_map(|word| word.strip_prefix("@pparam=proxy.config.")) {
            if let Some((key, value)) = word.split_once('=') {
                values.insert(key.to_owned(), value.to_owned());
            }
        }
        Self { values }
    }
}

/// Whether a record bears on failures.
fn noted(short: &str) -> bool {
    let families = [
        "dns.",
        "hostdb.",
        "ssl.client.",
        "http.connect_",
        "http.down_server",
        "http.parent_proxy",
        "http.keep_alive",
        "http.transaction_",
        "http.insert_response_via",
        "body_factory",
        "http.number_of_redirections",
        "http.redirect",
        "http.negative_caching",
        "http.cache.http",
        "http.cache.when_to",
        "http.post_connect",
        "url_remap.",
        "reverse_proxy.",
        "http.server_session_sharing",
        "http.response_server",
        "net.",
    ];
    families.iter().any(|family| short.starts_with(family))
}

/// `8080:ip-in=192.0.2.1 443:ssl`
fn read_ports(value: &str, line: u32, draft: &mut Draft) {
    for descriptor in value.split_whitespace() {
        let Some(port) = descriptor.split(':').next().and_then(|port| port.parse().ok()) else { continue };
        let options = descriptor.split_once(':').map_or("", |(_, options)| options);
        let host = options.split_once("ip-in=").map_or("*", |(_, host)| host);
        let host = match host.strip_prefix('[') {
            Some(v6) => v6.split(']').next().unwrap_or(v6),
            None => host.split(':').next().unwrap_or(host),
        };
        let tls = options.split(':').any(|option| option == "ssl");
        draft.listen(Address::Tcp { host: host.to_ascii_lowercase(), port }, tls, line);
    }
}

/// A line of remap.config or parent.config.
fn read_rule(rule: &[String], line: u32, records: &Records, draft: &mut Draft) {
    let Some(first) = rule.first() else { return };
    if first.starts_with("dest_") {
        return read_parents(rule, line, records, draft);
    }
    let urls: Vec<&String> =
        rule.iter().skip(1).filter(|word| is_url(word) && !word.starts_with('@')).collect();
    // A rule `map FROM TO`; `reverse_map` rewrites what origins answer and makes no leg.
    let (Some(to), true) = (urls.get(1), MAPS.contains(&first.as_str()) && first != "reverse_map") else {
        if matches!(first.as_str(), "redirect" | "redirect_temporary") {
            draft.setting(first.clone(), rule.get(1..).unwrap_or_default().join(" "), line);
        } else if MAPS.contains(&first.as_str()) && first != "reverse_map" {
            draft.problem("this rule does not say where to", line);
        }
        return;
    };
    let Some(target) = Target::parse(to) else {
        draft.problem(format!("the origin {to} cannot be read"), line);
        return;
    };
    let own = rule.iter().any(|word| word.starts_with("@pparam=")).then(|| records.overridden(rule));
    let leg = leg(target, line, own.as_ref().unwrap_or(records), draft);
    draft.found.legs.push(leg);
    for plugin in rule.iter().filter(|word| word.starts_with("@action") || word.starts_with("@src_ip")) {
        draft.setting("remap", plugin.clone(), line);
    }
}

fn read_parents(rule: &[String], line: u32, records: &Records, draft: &mut Draft) {
    for word in rule {
        let Some((key @ ("parent" | "secondary_parent"), list)) = word.split_once('=') else { continue };
        for written in list.split([',', ';']) {
            let written = written.split('|').next().unwrap_or(written).trim();
            if let Some(address) = Address::parse(written, 0) {
                let target = Target { protocol: Some(Protocol::Http), address };
                let mut leg = leg(target, line, records, draft);
                leg.group = rule.first().cloned();
                leg.backup = key == "secondary_parent";
                draft.found.legs.push(leg);
            }
        }
    }
}

fn leg(target: Target, line: u32, records: &Records, draft: &Draft) -> Leg {
    // A zero switches these limits off.
    let seconds = |name: &str| records.number(name).filter(|s| *s > 0.0);
    let count = |name: &str| records.get(name).and_then(size_bytes).filter(|n| *n > 0);
    let tls = target.protocol == Some(Protocol::Https);
    let mut leg = draft.leg(target.protocol, target.address, line);
    leg.connect_timeout_s = seconds("http.connect_attempts_timeout");
    leg.read_timeout_s = seconds("http.transaction_no_activity_timeout_out");
    leg.total_timeout_s = seconds("http.transaction_active_timeout_out");
    leg.keepalive = records.get("http.keep_alive_enabled_out").map(|value| value != "0");
    leg.keepalive_idle_s = seconds("http.keep_alive_no_activity_timeout_out");
    leg.header_buffer = count("http.response_header_max_size");
    leg.connections_max =
        count("http.per_server.connection.max").or_else(|| count("http.origin_max_connections"));
    // Answers are kept in the host database for their time to live.
    leg.resolved_at_runtime = is_name(&leg.target.address).then_some(true);
    leg.tls = tls.then(|| TlsLeg {
        // PERMISSIVE only writes a line to the log.
        verify: records
            .get("ssl.client.verify.server.policy")
            .map(|policy| policy.eq_ignore_ascii_case("ENFORCED"))
            .or_else(|| records.get("ssl.client.verify.server").map(|value| value == "1")),
        // The name is sent under every policy; policies only choose which name.
        sni: Some(true),
        name: None,
        versions: records.get("ssl.client.cipher_suite").map(str::to_owned),
        client_certificate: records
            .get("ssl.client.cert.filename")
            .is_some_and(|f| f != "NULL" && !f.is_empty()),
    });
    leg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_rules_with_records() {
        let text = "map http://shop.example.com/ https://app.example.com:8443/ @plugin=conf_remap.so @pparam=proxy.config.http.connect_attempts_timeout=7\n\
            map / http://[::1]:8080/\nreverse_map http://[::1]:8080/ /\n\
            CONFIG proxy.config.http.server_ports STRING 8080:ip-in=192.0.2.1 443:ssl\n\
            CONFIG proxy.config.http.connect_attempts_timeout INT 2\n\
            CONFIG proxy.config.http.transaction_no_activity_timeout_out INT 3\n\
            CONFIG proxy.config.http.per_server.connection.max INT 9\n\
            CONFIG proxy.config.ssl.client.verify.server.policy STRING ENFORCED\n";
        assert!(recognise("x", text) >= 90);
        let found = read("remap.config", text);
        assert_eq!(found.legs.len(), 2);
        assert_eq!(found.legs[0].target.to_string(), "app.example.com:8443");
        assert_eq!((found.legs[0].connect_timeout_s, found.legs[0].read_timeout_s), (Some(7.0), Some(3.0)));
        assert_eq!(found.legs[0].tls.as_ref().unwrap().verify, Some(true));
        assert_eq!((found.legs[1].connect_timeout_s, found.legs[1].connections_max), (Some(2.0), Some(9)));
        assert_eq!(found.listens[0].address.to_string(), "192.0.2.1:8080");
        assert!(found.listens[1].tls);
        assert_eq!(found.problems, []);
    }

    #[test]
    fn reads_yaml() {
        let text = "records:\n  http:\n    connect_attempts_timeout: 4\nlogging:\n  formats:\n  - name: wide\n    format: '%<chi> %<pssc>'\n  logs:\n  - filename: wide\n    format: wide\n";
        let found = read("records.yaml", text);
        assert_eq!(found.settings[0].directive, "proxy.config.http.connect_attempts_timeout");
        assert_eq!(found.layouts[0].layout, "%<chi> %<pssc>");
        assert_eq!(found.layouts[0].file.as_deref(), Some("wide.log"));
        assert!(recognise("x", text) >= 90);
        assert_eq!(recognise("x", "map $http_upgrade $connection_upgrade {\n default upgrade;\n}\n"), 0);
    }

    #[test]
    fn reads_parents() {
        let found = read(
            "parent.config",
            "dest_domain=. parent=\"p1.example.com:8080,p2.example.com:8080\" round_robin=true\n",
        );
        assert_eq!(found.legs.len(), 2);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "((map|CONFIG proxy.config.http.server_ports STRING|records:|dest_domain=|[:@=/\\[\\]a-z0-9\"' \\n-]){0,6}[ \\n]){0,12}") {
            let _ = (recognise("", &text), read("", &text));
        }
    }
}

//! Squid: one directive a line; `cache_peer` lines are its ways to upstreams.

mod peer;

use goodgate_facts::Address;

use super::Product;
use super::draft::Draft;
use crate::Configuration;
use crate::text::{base_name, duration_s, joined_lines, size_bytes, switch, without_comment, words};

pub(super) const PRODUCT: Product =
    Product { id: "squid", reference: "http://www.squid-cache.org/Doc/config/", recognise, read };

/// Directives that no other product begins a line with.
const TELLING: &[&str] = &[
    "cache_peer",
    "cache_peer_access",
    "http_access",
    "cache_mem",
    "refresh_pattern",
    "coredump_dir",
    "never_direct",
    "always_direct",
    "cache_effective_user",
    "visible_hostname",
    "cache_dir",
    "icp_access",
    "forwarded_for",
    "cache_log",
    "maximum_object_size",
    "deny_info",
    "http_reply_access",
    "dns_nameservers",
    "pinger_enable",
];

/// Directives that limit something.
const LIMITS: &[&str] = &[
    "max_filedescriptors",
    "max_filedesc",
    "reply_header_max_size",
    "request_header_max_size",
    "reply_body_max_size",
    "request_body_max_size",
    "client_ip_max_connections",
    "connect_retries",
    "workers",
    "read_ahead_gap",
    "client_request_buffer_max_size",
    "forward_max_tries",
];

/// Directives that bear on failures in other ways.
const NOTED: &[&str] = &[
    "acl",
    "deny_info",
    "cache_peer_access",
    "never_direct",
    "always_direct",
    "http_reply_access",
    "dns_nameservers",
    "dns_timeout",
    "dns_retransmit_interval",
    "dns_defnames",
    "positive_dns_ttl",
    "negative_dns_ttl",
    "hosts_file",
    "append_domain",
    "connect_timeout",
    "peer_connect_timeout",
    "read_timeout",
    "write_timeout",
    "forward_timeout",
    "request_timeout",
    "request_start_timeout",
    "dead_peer_timeout",
    "client_lifetime",
    "pconn_timeout",
    "retry_on_error",
    "error_directory",
    "error_default_language",
    "via",
    "negative_ttl",
    "sslproxy_cert_error",
    "tls_outgoing_options",
    "delay_pools",
    "half_closed_clients",
    "server_persistent_connections",
    "offline_mode",
    "cache_effective_group",
    "on_unsupported_protocol",
    "auth_param",
    "external_acl_type",
    "url_rewrite_program",
    "icap_service",
    "relaxed_header_parser",
];

fn recognise(name: &str, text: &str) -> u8 {
    let mut telling = 0;
    for (_, line) in joined_lines(text) {
        let line = without_comment(&line, '#').trim();
        let found = words(line);
        let second = found.get(1).map_or("", String::as_str);
        match found.first().map_or("", String::as_str) {
            "cache_peer" if found.len() >= 5 => telling += 3,
            "http_port" | "https_port" if second.bytes().any(|b| b.is_ascii_digit()) => telling += 1,
            "acl" if found.len() >= 4 => telling += 1,
            first if TELLING.contains(&first) && !line.ends_with([';', '{']) => telling += 2,
            _ => {}
        }
    }
    let hint = if name.to_ascii_lowercase().contains("squid") { 5 } else { 0 };
    match telling {
        0 => 0,
        1 => 20 + hint * 6,
        2 => 70 + hint,
        _ => 93 + hint,
    }
}

struct Line {
    number: u32,
    words: Vec<String>,
    /// The line as written: log layouts keep their quotes.
    written: String,
}

impl Line {
    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    fn rest(&self) -> String {
        self.words.get(1..).unwrap_or_default().join(" ")
    }
}

fn read(name: &str, text: &str) -> Configuration {
    let mut draft = Draft::new("squid", name);
    let lines: Vec<Line> = joined_lines(text)
        .into_iter()
        .map(|(number, line)| {
            let written = without_comment(&line, '#').trim().to_owned();
            Line { number, words: words(&written), written }
        })
        .filter(|line| !line.words.is_empty())
        .collect();
    let whole = Whole::read(&lines);
    for line in &lines {
        read_line(line, &whole, &mut draft);
    }
    read_layouts(&lines, &mut draft);
    draft.found
}

/// What holds for all peers.
#[derive(Default)]
struct Whole {
    connect_s: Option<f64>,
    read_s: Option<f64>,
    write_s: Option<f64>,
    keepalive: Option<bool>,
    keepalive_idle_s: Option<f64>,
    header_buffer: Option<u64>,
    peers: usize,
}

impl Whole {
    fn read(lines: &[Line]) -> Self {
        let mut whole = Self::default();
        let mut direct_s = None;
        for line in lines {
            // Squid writes `2 seconds` in two words.
            let time = || duration_s(&line.words.get(1..).unwrap_or_default().concat(), 1.0);
            match line.word(0) {
                "connect_timeout" => direct_s = time(),
                "peer_connect_timeout" => whole.connect_s = time(),
                "read_timeout" => whole.read_s = time(),
                "write_timeout" => whole.write_s = time(),
                "server_persistent_connections" => whole.keepalive = switch(line.word(1)),
                "server_idle_pconn_timeout" | "pconn_timeout" => whole.keepalive_idle_s = time(),
                "reply_header_max_size" => whole.header_buffer = size_bytes(&line.rest()),
                "cache_peer" => whole.peers += 1,
                _ => {}
            }
        }
        // The general limit is stated far more often than the one for peers, and meant for them.
        whole.connect_s = whole.connect_s.or(direct_s);
        whole
    }
}

fn read_line(line: &Line, whole: &Whole, draft: &mut Draft) {
    match line.word(0) {
        "http_port" | "https_port" => read_port(line, draft),
        "cache_peer" => peer::read(line, whole, draft),
        "cache_effective_user" => draft.found.user = Some(line.word(1).to_owned()),
        directive if LIMITS.contains(&directive) => {
            let size = line.words.get(1..3).unwrap_or_default().join(" ");
            match size_bytes(&size).or_else(|| size_bytes(line.word(1))) {
                Some(value) => draft.limit(directive, value as f64, line.number),
                None => draft.setting(directive, line.rest(), line.number),
            }
        }
        "http_access" if line.word(1) == "deny" => {
            let rule = line.words.get(2..).unwrap_or_default().join(" ");
            draft.setting("http_access deny", rule, line.number);
        }
        directive if NOTED.contains(&directive) => draft.setting(directive, line.rest(), line.number),
        _ => {}
    }
}

fn read_port(line: &Line, draft: &mut Draft) {
    let written = line.word(1);
    let address = match written.parse::<u16>() {
        Ok(port) => Some(Address::Tcp { host: "*".to_owned(), port }),
        Err(_) => match written.strip_prefix(':') {
            Some(port) => port.parse().ok().map(|port| Address::Tcp { host: "*".to_owned(), port }),
            None => Address::parse(written, 0),
        },
    };
    match address {
        Some(address) => draft.listen(address, line.word(0) == "https_port", line.number),
        None => draft.problem(format!("the address {written} cannot be read"), line.number),
    }
}

/// Layouts that `logformat` defines, each with the files that are written in it.
fn read_layouts(lines: &[Line], draft: &mut Draft) {
    for format in lines.iter().filter(|line| line.word(0) == "logformat") {
        let name = format.word(1);
        let behind = format.written.strip_prefix("logformat").unwrap_or_default();
        let layout = behind.split_once(name).map_or("", |(_, layout)| layout).trim();
        let mut has_file = false;
        for log in lines.iter().filter(|line| line.word(0) == "access_log") {
            if !log.words.iter().skip(2).any(|w| w == name || w.strip_prefix("logformat=") == Some(name)) {
                continue;
            }
            let path = log.word(1).split_once(':').map_or(log.word(1), |(_, path)| path);
            has_file = true;
            draft.layout("squid-access", layout, Some(base_name(path).to_owned()));
        }
        if !has_file {
            draft.layout("squid-access", layout, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use goodgate_facts::Protocol;

    use super::*;

    const SAMPLE: &str = "http_port 192.0.2.1:80 accel defaultsite=shop.example.com\nhttp_port 3128\n\
        cache_peer app.example.com parent 8443 0 no-query originserver name=app connect-timeout=2 \\\n   tls tls-cafile=/ca.crt ssldomain=app.example.com login=PASS:secret\n\
        cache_peer 127.0.0.1 parent 8080 0 originserver round-robin max-conn=5\n\
        cache_peer 192.0.2.9 sibling 3128 3130\n\
        acl bad src 192.0.2.66\nhttp_access deny bad\nhttp_access allow all\n\
        connect_timeout 4 seconds\nread_timeout 1 minute\nreply_header_max_size 64 KB\nmax_filedescriptors 1024\n\
        logformat wide %ts.%03tu %>a %Ss/%03>Hs \"%rm\" # note\naccess_log daemon:/var/log/squid/wide.log wide\n\
        cache_effective_user proxy\ndns_nameservers 192.0.2.53\n";

    #[test]
    fn reads_peers_limits_and_layouts() {
        let found = read("squid.conf", SAMPLE);
        assert_eq!(found.legs.len(), 2);
        let (app, plain) = (&found.legs[0], &found.legs[1]);
        assert_eq!(
            (app.target.to_string().as_str(), app.target.protocol),
            ("app.example.com:8443", Some(Protocol::Https))
        );
        assert_eq!((app.connect_timeout_s, app.read_timeout_s), (Some(2.0), Some(60.0)));
        assert_eq!(app.header_buffer, Some(65_536));
        let tls = app.tls.clone().unwrap();
        assert_eq!((tls.verify, tls.name.as_deref()), (Some(true), Some("app.example.com")));
        assert_eq!((plain.connect_timeout_s, plain.connections_max), (Some(4.0), Some(5)));
        assert_eq!(found.listens.len(), 2);
        assert_eq!(found.listens[1].address.to_string(), "*:3128");
        assert_eq!(found.user.as_deref(), Some("proxy"));
        assert_eq!(found.settings_of("http_access deny").next().unwrap().value, "bad");
        assert_eq!(found.layouts[0].file.as_deref(), Some("wide.log"));
        assert_eq!(found.layouts[0].layout, "%ts.%03tu %>a %Ss/%03>Hs \"%rm\"");
        assert_eq!(found.settings_of("cache_peer login").next().unwrap().value, "");
        assert!(found.limits.iter().any(|l| l.directive == "max_filedescriptors" && l.value == 1024.0));
    }

    #[test]
    fn tells_itself_from_others() {
        assert!(recognise("x", SAMPLE) > 90);
        assert_eq!(recognise("x", "example.com {\n reverse_proxy app\n}\n"), 0);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "((cache_peer|http_access|deny|http_port|logformat|[:@=/\\[\\]a-z0-9\"' \\n-]){0,6}[ \\n]){0,12}") {
            let _ = (recognise("", &text), read("", &text));
        }
    }
}

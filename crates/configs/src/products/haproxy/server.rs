//! Lines `server`, `default-server` and `server-template` of a backend.

use goodgate_facts::{Address, Protocol};

use super::super::draft::{Draft, is_name};
use super::{Global, Line, seconds};
use crate::{Leg, TlsLeg};

/// Parameters that take one argument, and which therefore must not be taken for switches.
const WITH_ARGUMENT: &[&str] = &[
    "addr",
    "agent-addr",
    "agent-inter",
    "agent-port",
    "agent-send",
    "alpn",
    "ca-file",
    "check-alpn",
    "check-proto",
    "check-sni",
    "ciphers",
    "ciphersuites",
    "client-sigalgs",
    "cookie",
    "crl-file",
    "crt",
    "curves",
    "downinter",
    "error-limit",
    "fall",
    "fastinter",
    "id",
    "init-addr",
    "init-state",
    "inter",
    "log-bufsize",
    "log-proto",
    "max-reuse",
    "maxconn",
    "maxqueue",
    "minconn",
    "namespace",
    "npn",
    "observe",
    "on-error",
    "on-marked-down",
    "on-marked-up",
    "pool-conn-name",
    "pool-low-conn",
    "pool-max-conn",
    "pool-purge-delay",
    "port",
    "proto",
    "redir",
    "resolve-net",
    "resolve-opts",
    "resolve-prefer",
    "resolvers",
    "rise",
    "sigalgs",
    "slowstart",
    "sni",
    "socks4",
    "source",
    "ssl-max-ver",
    "ssl-min-ver",
    "tcp-ut",
    "track",
    "verify",
    "verifyhost",
    "weight",
    "ws",
];

/// What holds for all servers of one backend.
pub(super) struct Backend<'a> {
    name: &'a str,
    tcp: bool,
    connect_s: Option<f64>,
    server_s: Option<f64>,
    keepalive: Option<bool>,
    global: &'a Global,
    default_server: Vec<String>,
}

impl<'a> Backend<'a> {
    /// Takes the settings from the lines that hold for the backend, of which later ones win.
    pub(super) fn new(name: &'a str, lines: &[&Line], global: &'a Global) -> Self {
        // A proxy without a mode passes on bytes.
        let mut backend = Self {
            name,
            tcp: true,
            connect_s: None,
            server_s: None,
            keepalive: None,
            global,
            default_server: Vec::new(),
        };
        for line in lines {
            match (line.word(0), line.word(1)) {
                ("mode", mode) => backend.tcp = mode == "tcp",
                ("timeout", "connect") => backend.connect_s = seconds(line.word(2)),
                ("timeout", "server") => backend.server_s = seconds(line.word(2)),
                // Names of the time before version 1.5.
                ("contimeout", time) => backend.connect_s = seconds(time),
                ("srvtimeout", time) => backend.server_s = seconds(time),
                ("http-reuse", how) => backend.keepalive = Some(how != "never"),
                ("option", "http-server-close" | "httpclose" | "forceclose") => {
                    backend.keepalive = Some(false);
                }
                ("option", "http-keep-alive") => backend.keepalive = backend.keepalive.or(Some(true)),
                ("default-server", _) => {
                    backend.default_server.extend(line.words.iter().skip(1).cloned());
                }
                _ => {}
            }
        }
        backend
    }

    /// Makes legs of the backend's own server lines.
    pub(super) fn read_servers(&self, lines: &[Line], draft: &mut Draft) {
        for line in lines {
            let (name, written, first) = match line.word(0) {
                "server" => (line.word(1), line.word(2), 3),
                "server-template" => (line.word(1), line.word(3), 4),
                _ => continue,
            };
            let Some(address) = address(written) else {
                draft.problem(format!("the address {written} of server {name} cannot be read"), line.number);
                continue;
            };
            let leg = self.leg(name, address, line, first, draft);
            draft.found.legs.push(leg);
        }
    }

    fn leg(&self, name: &str, address: Address, line: &Line, first: usize, draft: &mut Draft) -> Leg {
        let own = line.words.get(first..).unwrap_or_default();
        let parameters = Parameters::read(self.default_server.iter().chain(own));
        let protocol = match parameters.value("proto") {
            _ if self.tcp => Protocol::Tcp,
            Some("fcgi") => Protocol::Fastcgi,
            _ if parameters.has("ssl") => Protocol::Https,
            Some("h2") => Protocol::H2c,
            _ => Protocol::Http,
        };
        for noted in ["proto", "resolvers", "init-addr", "alpn", "resolve-prefer"] {
            if let Some(value) = parameters.value(noted) {
                draft.setting(noted, value, line.number);
            }
        }
        if parameters.has("disabled") {
            draft.setting("disabled", name, line.number);
        }
        let mut leg = draft.leg(Some(protocol), address, line.number);
        leg.group = Some(self.name.to_owned());
        leg.server = Some(name.to_owned());
        leg.connect_timeout_s = self.connect_s;
        leg.read_timeout_s = self.server_s;
        leg.send_timeout_s = self.server_s;
        leg.keepalive = self.keepalive;
        if parameters.value("pool-max-conn") == Some("0") {
            leg.keepalive = Some(false);
        }
        leg.keepalive_idle_s = parameters.value("pool-purge-delay").and_then(seconds);
        leg.tls = parameters.has("ssl").then(|| self.tls(&parameters));
        leg.header_buffer = self.global.header_buffer;
        leg.connections_max = parameters.value("maxconn").and_then(|n| n.parse().ok()).filter(|n| *n > 0);
        leg.health_check = parameters.has("check") || parameters.value("track").is_some();
        leg.backup = parameters.has("backup");
        if is_name(&leg.target.address) {
            leg.resolved_at_runtime = Some(parameters.value("resolvers").is_some());
        }
        leg
    }

    fn tls(&self, parameters: &Parameters<'_>) -> TlsLeg {
        let verify = match parameters.value("verify") {
            Some(how) => Some(how != "none"),
            None if self.global.verify_none => Some(false),
            // Certificates of servers are verified unless the configuration says otherwise.
            None => Some(true),
        };
        let sni = parameters.value("sni");
        let fixed = sni.and_then(|sni| sni.strip_prefix("str(")?.strip_suffix(')'));
        let name = parameters.value("verifyhost").or(fixed).map(|name| name.trim_matches('\'').to_owned());
        let restrictions: Vec<String> = ["ssl-min-ver", "ssl-max-ver", "ciphers", "ciphersuites", "curves"]
            .into_iter()
            .filter_map(|key| Some(format!("{key} {}", parameters.value(key)?)))
            .chain(
                parameters
                    .switches()
                    .filter(|s| s.starts_with("force-") || s.starts_with("no-tlsv"))
                    .map(str::to_owned),
            )
            .collect();
        TlsLeg {
            verify,
            // No name is sent unless an expression for it is configured (or `sni-auto` of version 3.3).
            sni: Some(sni.is_some() || parameters.has("sni-auto")),
            name,
            versions: (!restrictions.is_empty()).then(|| restrictions.join(" ")),
            client_certificate: parameters.value("crt").is_some(),
        }
    }
}

/// The parameters of a server line; later ones win.
struct Parameters<'a> {
    list: Vec<(&'a str, Option<&'a str>)>,
}

impl<'a> Parameters<'a> {
    fn read(words: impl Iterator<Item = &'a String>) -> Self {
        let mut list = Vec::new();
        let mut words = words.map(String::as_str);
        while let Some(word) = words.next() {
            if WITH_ARGUMENT.contains(&word) {
                list.push((word, words.next()));
            } else {
                list.push((word, None));
            }
        }
        Self { list }
    }

    fn value(&self, key: &str) -> Option<&'a str> {
        self.list.iter().rev().find(|(found, _)| *found == key).and_then(|(_, value)| *value)
    }

    /// Whether a switch is on; `no-ssl` or `no-check` takes back one of the defaults.
    fn has(&self, key: &str) -> bool {
        let last = self.switches().filter(|s| *s == key || s.strip_prefix("no-") == Some(key)).last();
        last == Some(key)
    }

    fn switches(&self) -> impl Iterator<Item = &'a str> {
        self.list.iter().filter(|(_, value)| value.is_none()).map(|(key, _)| *key)
    }
}

/// An address as HAProxy writes it: `host:port`, `:port`, `v6:port`, `unix@/path`, `abns@name`, `ipv6@::1:80`.
pub(super) fn address(written: &str) -> Option<Address> {
    let written = written.trim();
    if let Some((family, rest)) = written.split_once('@') {
        return match family {
            "unix" | "uxst" => (!rest.is_empty()).then(|| Address::Unix(rest.to_owned())),
            "abns" | "abnsz" => Some(Address::Unix(format!("@{rest}"))),
            "fd" | "sockpair" => None,
            _ => address(rest),
        };
    }
    if written.starts_with('/') {
        return Some(Address::Unix(written.to_owned()));
    }
    if written.starts_with('[') {
        return Address::parse(written, 0);
    }
    // The last colon always opens the port, in IPv6 addresses as well. A port with a sign is relative to the
    // client's, thus unknown.
    let (host, port) = written.rsplit_once(':').unwrap_or((written, ""));
    let port = if port.is_empty() || port.starts_with(['+', '-']) { 0 } else { port.parse().ok()? };
    if host.is_empty() {
        return (port != 0).then(|| Address::Tcp { host: String::new(), port });
    }
    match Address::parse(host, port)? {
        Address::Tcp { host, .. } => Some(Address::Tcp { host, port }),
        other => Some(other),
    }
}

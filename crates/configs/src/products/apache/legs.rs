//! The ways to upstreams: `ProxyPass`, `ProxyPassMatch`, `SetHandler`, `RewriteRule … [P]`, balancers' members.

use goodgate_facts::{Address, Protocol, Target};

use super::syntax::{Line, Text};
use crate::text::{Source, duration_s, size_bytes, switch};
use crate::{Leg, Setting, TlsLeg};

/// The ways to upstreams. What names no fixed place is kept as a setting.
pub(super) fn legs(parsed: &Text, source: &Source, unresolved: &mut Vec<Setting>) -> Vec<Leg> {
    let mut legs = Vec::new();
    for line in &parsed.lines {
        let Some(way) = way(parsed, line) else { continue };
        let Some((target, written)) = worker(&way.url) else {
            if way.url != "!" {
                let directive = line.written.clone();
                unresolved.push(Setting {
                    directive,
                    value: line.args.join(" "),
                    place: source.at(line.line),
                });
            }
            continue;
        };
        let balancer = matches!(target.address, Address::Group(_));
        if balancer && has_members(parsed, &target.address) {
            continue;
        }
        let mut leg = Leg::new(target, source.at(line.line));
        leg.group = way.group;
        leg.server = leg.group.is_some().then(|| written.to_owned());
        Parameters { parsed, line, url: &way.url }.fill(&mut leg, way.own_worker);
        legs.push(leg);
    }
    legs
}

/// Where one directive sends requests.
struct Way {
    url: String,
    group: Option<String>,
    /// Whether the directive makes a worker, which keeps connections and the name's address.
    own_worker: bool,
}

fn way(parsed: &Text, line: &Line) -> Option<Way> {
    let to = |url: &str, own_worker| Some(Way { url: url.to_owned(), group: None, own_worker });
    // Within a section that has a path, the path argument is left out.
    let path_given = || {
        let pathless = |at: &usize| {
            let section = parsed.sections.get(*at).map_or("", |section| section.name.as_str());
            matches!(section, "location" | "locationmatch")
        };
        !line.within.iter().any(pathless)
    };
    match line.name.as_str() {
        "proxypass" | "proxypassmatch" => {
            let at = usize::from(path_given() || line.arg(0).starts_with(['/', '^']));
            let at = if line.arg(at).is_empty() { 0 } else { at };
            to(line.arg(at), line.name == "proxypass")
        }
        "sethandler" => to(line.arg(0).strip_prefix("proxy:")?, false),
        "rewriterule" => {
            let flags = line.arg(2).trim_matches(['[', ']']);
            let proxied = flags.split(',').any(|flag| matches!(flag.trim(), "P" | "p" | "proxy"));
            if proxied { to(line.arg(1), false) } else { None }
        }
        "balancermember" => {
            let first = line.arg(0);
            let (balancer, url) = match first.strip_prefix("balancer://") {
                Some(_) => (first.to_owned(), line.arg(1)),
                None => {
                    let mut sections = line.within.iter().rev().filter_map(|at| parsed.sections.get(*at));
                    let proxy = sections.find(|section| section.name == "proxy");
                    (proxy.and_then(|section| section.args.first()).cloned().unwrap_or_default(), first)
                }
            };
            let group = balancer_name(&balancer).map(str::to_owned);
            Some(Way { url: url.to_owned(), group, own_worker: true })
        }
        _ => None,
    }
}

fn balancer_name(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("balancer://")?;
    rest.split(['/', ':']).next().filter(|name| !name.is_empty())
}

fn has_members(parsed: &Text, group: &Address) -> bool {
    let Address::Group(name) = group else { return false };
    let members = parsed.lines.iter().filter(|line| line.name == "balancermember");
    members.filter_map(|line| way(parsed, line)).any(|way| way.group.as_deref() == Some(name))
}

/// The place that a worker's address names, and the address as written.
fn worker(url: &str) -> Option<(Target, &str)> {
    if let Some(name) = balancer_name(url) {
        return Some((Target { protocol: None, address: Address::Group(name.to_owned()) }, url));
    }
    if let Some(rest) = url.strip_prefix("unix:") {
        let (path, url) = rest.split_once('|')?;
        let protocol = url.split("://").next().and_then(protocol);
        return Some((Target { protocol, address: Address::Unix(path.to_owned()) }, url));
    }
    let (scheme, rest) = url.split_once("://")?;
    let protocol = protocol(scheme)?;
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // A reference of a pattern may follow the port without a slash.
    let authority = match authority.split_once('$') {
        Some((fixed, _)) if fixed.contains(':') => fixed,
        _ => authority,
    };
    if authority.contains(['$', '%']) {
        return None;
    }
    let port = match protocol {
        Protocol::Https => 443,
        Protocol::Fastcgi => 8000,
        Protocol::Ajp => 8009,
        Protocol::Scgi => 4000,
        Protocol::Uwsgi => 3031,
        _ => 80,
    };
    Some((Target { protocol: Some(protocol), address: Address::parse(authority, port)? }, url))
}

fn protocol(scheme: &str) -> Option<Protocol> {
    match scheme.to_ascii_lowercase().as_str() {
        // Apache's `h2` is HTTP/2 over TLS.
        "h2" => Some(Protocol::Https),
        scheme => Protocol::from_scheme(scheme),
    }
}

/// Where a worker's parameters come from: its own line, `ProxySet`, and what the host or server says.
struct Parameters<'a> {
    parsed: &'a Text,
    line: &'a Line,
    url: &'a str,
}

impl<'a> Parameters<'a> {
    /// A parameter of the worker: of its own line, else of a `ProxySet` for the same address.
    fn own(&self, key: &str) -> Option<&'a str> {
        self.line.option(key).or_else(|| self.proxy_sets().find_map(|set| set.option(key)))
    }

    fn proxy_sets(&self) -> impl Iterator<Item = &'a Line> {
        let here = self.url;
        let parsed = self.parsed;
        parsed.lines.iter().filter(move |line| {
            line.name == "proxyset" && {
                let mut sections = line.within.iter().rev().filter_map(|at| parsed.sections.get(*at));
                let within = sections.find(|s| matches!(s.name.as_str(), "proxy" | "location"));
                let about = match line.arg(0) {
                    first if first.contains("://") => first,
                    _ => within.and_then(|section| section.args.first()).map_or("", String::as_str),
                };
                same_worker(about, here) || (line.within == self.line.within && !line.within.is_empty())
            }
        })
    }

    /// A directive in force where the line stands: of the innermost section around it that states it.
    fn in_force(&self, name: &str) -> Option<&'a Line> {
        let around = |line: &&Line| self.line.within.starts_with(&line.within);
        let proxy = |line: &&Line| {
            let section = line.within.last().and_then(|at| self.parsed.sections.get(*at));
            section.is_some_and(|s| {
                s.name == "proxy" && s.args.first().is_some_and(|a| same_worker(a, self.url))
            })
        };
        let stated = || self.parsed.lines.iter().filter(|line| line.name == name);
        stated().rfind(proxy).or_else(|| stated().filter(around).max_by_key(|line| line.within.len()))
    }

    fn in_force_s(&self, name: &str) -> Option<f64> {
        duration_s(self.in_force(name)?.arg(0), 1.0)
    }

    fn in_force_switch(&self, name: &str) -> Option<bool> {
        switch(self.in_force(name)?.arg(0))
    }

    fn fill(&self, leg: &mut Leg, own_worker: bool) {
        let own_s = |key: &str| self.own(key).and_then(|text| duration_s(text, 1.0));
        let server_s = || self.in_force_s("proxytimeout").or_else(|| self.in_force_s("timeout"));
        leg.read_timeout_s = own_s("timeout").or_else(server_s);
        leg.connect_timeout_s = own_s("connectiontimeout").or(leg.read_timeout_s);
        leg.send_timeout_s = leg.read_timeout_s;
        leg.keepalive_idle_s = own_s("ttl");
        leg.header_buffer = self.own("responsefieldsize").and_then(size_bytes);
        leg.connections_max = self.own("max").and_then(|max| max.parse().ok());
        leg.backup = self.own("status").is_some_and(|status| status.contains(['H', 'h', 'R', 'r']));
        leg.health_check = self.own("hcmethod").is_some_and(|method| !method.eq_ignore_ascii_case("none"));
        let http = matches!(leg.target.protocol, Some(Protocol::Http | Protocol::Https));
        leg.keepalive =
            match (self.own("disablereuse").and_then(switch), self.own("enablereuse").and_then(switch)) {
                _ if self.says_no_keepalive() => Some(false),
                (Some(true), _) | (_, Some(false)) => Some(false),
                (_, Some(true)) => Some(true),
                _ => (leg.keepalive_idle_s.is_some() && http).then_some(true),
            };
        if let Address::Tcp { host, .. } = &leg.target.address {
            let name = host.parse::<std::net::IpAddr>().is_err();
            // A worker keeps the address that it looked up first, unless it keeps nothing.
            let forgets = !own_worker || leg.keepalive == Some(false) || self.own("addressttl").is_some();
            leg.resolved_at_runtime = name.then_some(forgets);
        }
        if leg.target.protocol == Some(Protocol::Https) {
            leg.tls = Some(self.tls());
        }
    }

    fn says_no_keepalive(&self) -> bool {
        let lines = self.parsed.lines.iter().filter(|line| line.name == "setenv");
        let around = lines.filter(|line| self.line.within.starts_with(&line.within));
        let mut named = around.filter(|line| line.arg(0).eq_ignore_ascii_case("proxy-nokeepalive"));
        named.any(|line| line.arg(1) != "0")
    }

    fn tls(&self) -> TlsLeg {
        let verify = self.in_force("sslproxyverify").map(|line| !line.arg(0).eq_ignore_ascii_case("none"));
        let range: Vec<String> = ["sslproxyprotocol", "sslproxyciphersuite"]
            .iter()
            .filter_map(|name| self.in_force(name).map(|line| line.args.join(" ")))
            .collect();
        // By default the certificate must bear the name asked for, even where the issuer is not verified.
        let checks_name = self
            .in_force_switch("sslproxycheckpeername")
            .or_else(|| self.in_force_switch("sslproxycheckpeercn"));
        let verify = match (verify, checks_name) {
            (Some(true), _) => Some(true),
            (None, Some(true)) => Some(true),
            (other, _) => other,
        };
        // Apache sends the name that it asks for, or the visitor's where that is kept.
        let keeps_host = self.in_force_switch("proxypreservehost") == Some(true);
        let name =
            (!keeps_host).then(|| worker(self.url)).flatten().and_then(|(target, _)| match target.address {
                Address::Tcp { host, .. } if host.parse::<std::net::IpAddr>().is_err() => Some(host),
                _ => None,
            });
        TlsLeg {
            verify,
            sni: Some(true),
            name,
            versions: (!range.is_empty()).then(|| range.join(" ")),
            client_certificate: self.in_force("sslproxymachinecertificatefile").is_some()
                || self.in_force("sslproxymachinecertificatepath").is_some(),
        }
    }
}

/// Whether two addresses are served by one worker: same scheme and authority, and one path starts the other.
fn same_worker(one: &str, other: &str) -> bool {
    let trimmed = |url: &str| url.trim_end_matches('/').to_owned();
    let (one, other) = (trimmed(one), trimmed(other));
    !one.is_empty() && one.contains(':') && other.starts_with(&one)
}

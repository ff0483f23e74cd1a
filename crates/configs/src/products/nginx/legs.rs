//! The ways to upstreams: `*_pass` with its group or address, and the directives in force where it stands.

use goodgate_facts::{Address, Protocol, Target};

use super::syntax::Directive;
use super::visit;
use crate::text::{Source, duration_s, size_bytes, switch};
use crate::{Leg, Setting, TlsLeg};

/// A variable may take several values (`map`); more than this are not followed.
const VALUES_MAX: usize = 16;

/// Values that hold further variables are followed this often.
const SUBSTITUTIONS_MAX: usize = 4;

/// Seconds that nginx keeps an idle upstream connection when keep-alive is on and nothing else is said.
const KEEPALIVE_IDLE_DEFAULT_S: f64 = 60.0;

/// The ways to upstreams. A `*_pass` whose place cannot be told is kept as a setting.
pub(super) fn legs(tree: &[Directive], source: &Source, unresolved: &mut Vec<Setting>) -> Vec<Leg> {
    let mut groups = Vec::new();
    visit(tree, &mut |directive| {
        if directive.name == "upstream" && directive.block.is_some() {
            groups.push(directive);
        }
    });
    let mut reader = Reader { source, tree, groups, used: Vec::new(), legs: Vec::new(), unresolved };
    reader.walk(&Scope { level: tree, outer: None, stream: false });
    reader.unused_groups();
    reader.legs
}

/// A level of the configuration and those around it.
#[derive(Clone, Copy)]
struct Scope<'a, 's> {
    level: &'a [Directive],
    outer: Option<&'s Scope<'a, 's>>,
    stream: bool,
}

impl<'a> Scope<'a, '_> {
    /// The directives of this name at the innermost level that has any.
    fn all(&self, name: &str) -> Vec<&'a Directive> {
        let here: Vec<_> = self.level.iter().filter(|directive| directive.name == name).collect();
        match self.outer {
            Some(outer) if here.is_empty() => outer.all(name),
            _ => here,
        }
    }

    /// First argument of the directive in force.
    fn value(&self, name: &str) -> Option<&'a str> {
        self.all(name).last().map(|directive| directive.arg(0))
    }

    fn duration(&self, name: &str) -> Option<f64> {
        duration_s(self.value(name)?, 1.0)
    }

    fn switch(&self, name: &str) -> Option<bool> {
        switch(self.value(name)?)
    }
}

struct Reader<'a> {
    source: &'a Source,
    tree: &'a [Directive],
    groups: Vec<&'a Directive>,
    used: Vec<String>,
    legs: Vec<Leg>,
    unresolved: &'a mut Vec<Setting>,
}

/// Which module sends: the prefix of its directives and the protocol it speaks where no scheme is written.
fn module(directive: &str, stream: bool) -> Option<(&'static str, Option<Protocol>)> {
    Some(match directive {
        "proxy_pass" if stream => ("proxy", Some(Protocol::Tcp)),
        "proxy_pass" => ("proxy", None),
        "fastcgi_pass" => ("fastcgi", Some(Protocol::Fastcgi)),
        "uwsgi_pass" => ("uwsgi", Some(Protocol::Uwsgi)),
        "scgi_pass" => ("scgi", Some(Protocol::Scgi)),
        "grpc_pass" => ("grpc", Some(Protocol::Grpc)),
        "memcached_pass" => ("memcached", Some(Protocol::Tcp)),
        _ => return None,
    })
}

impl<'a> Reader<'a> {
    fn walk(&mut self, scope: &Scope<'a, '_>) {
        for directive in scope.level {
            if let Some((prefix, protocol)) = module(&directive.name, scope.stream) {
                self.pass(directive, prefix, protocol, scope);
            }
            if let Some(level) = directive.block.as_deref().filter(|_| directive.name != "upstream") {
                let stream = scope.stream || directive.name == "stream";
                self.walk(&Scope { level, outer: Some(scope), stream });
            }
        }
    }

    fn pass(&mut self, pass: &'a Directive, prefix: &str, protocol: Option<Protocol>, scope: &Scope<'a, '_>) {
        let written = pass.arg(0);
        let at_runtime = written.contains('$');
        let before = self.legs.len();
        for text in self.values(written) {
            let Some((protocol, authority)) = split(&text, protocol) else { continue };
            let mut leg = Leg::new(
                Target { protocol, address: Address::Group(authority.to_owned()) },
                self.source.at(pass.line),
            );
            fill(&mut leg, prefix, scope);
            if let Some(group) = self.group(authority) {
                self.used.push(authority.to_owned());
                self.servers(group, &leg, Some((prefix, scope)));
            } else if let Some(address) = literal(authority, protocol) {
                leg.resolved_at_runtime = is_name(&address).then_some(at_runtime);
                leg.target.address = address;
                self.legs.push(leg);
            }
        }
        if self.legs.len() == before && !written.is_empty() {
            self.unresolved.push(Setting {
                directive: pass.name.clone(),
                value: pass.value(),
                place: self.source.at(pass.line),
            });
        }
    }

    fn group(&self, name: &str) -> Option<&'a Directive> {
        self.groups.iter().find(|group| group.arg(0) == name).copied()
    }

    /// One leg for each server of a group, each like `model`.
    fn servers(&mut self, group: &'a Directive, model: &Leg, from: Option<(&str, &Scope<'a, '_>)>) {
        let said = |name: &str| group.inner().iter().rev().find(|directive| directive.name == name);
        let keepalive = said("keepalive").and_then(|directive| directive.arg(0).parse::<u64>().ok());
        let idle_s = said("keepalive_timeout").and_then(|directive| duration_s(directive.arg(0), 1.0));
        let checked = group.inner().iter().any(|d| matches!(d.name.as_str(), "check" | "health_check"));
        let checked = checked || from.is_some_and(|(_, scope)| !scope.all("health_check").is_empty());
        let servers = group.inner().iter().filter(|directive| directive.name == "server");
        for server in servers.filter(|server| !server.args.iter().any(|arg| arg == "down")) {
            let Some(address) = Address::parse(server.arg(0), 80) else { continue };
            let mut leg = model.clone();
            let resolves = server.args.iter().any(|arg| arg == "resolve");
            leg.resolved_at_runtime = is_name(&address).then_some(resolves);
            leg.target.address = address;
            leg.group = Some(group.arg(0).to_owned());
            leg.server = Some(server.arg(0).to_owned());
            leg.backup = server.args.iter().any(|arg| arg == "backup");
            leg.connections_max =
                server.option("max_conns").and_then(|max| max.parse().ok()).filter(|m| *m > 0);
            leg.health_check = checked;
            leg.keepalive = match (keepalive, from) {
                (Some(0), _) => Some(false),
                (Some(_), Some((prefix, scope))) => reuses(prefix, scope),
                _ => None,
            };
            if leg.keepalive == Some(true) {
                leg.keepalive_idle_s = Some(idle_s.unwrap_or(KEEPALIVE_IDLE_DEFAULT_S));
            }
            leg.place = self.source.at(server.line);
            self.legs.push(leg);
        }
    }

    /// Groups that nothing in this file sends to: another file may.
    fn unused_groups(&mut self) {
        for group in self.groups.clone() {
            if !self.used.iter().any(|used| used == group.arg(0)) {
                let address = Address::Group(group.arg(0).to_owned());
                let model = Leg::new(Target { protocol: None, address }, self.source.at(group.line));
                self.servers(group, &model, None);
            }
        }
    }

    /// What a text with variables may stand for, by the file's `set` and `map` lines.
    fn values(&self, written: &str) -> Vec<String> {
        let mut values = vec![without_uri_variables(written)];
        for _ in 0..SUBSTITUTIONS_MAX {
            let mut next = Vec::new();
            for text in &values {
                match first_variable(text) {
                    Some((before, name, after)) => {
                        let found = self.assigned(name);
                        next.extend(found.iter().map(|value| format!("{before}{value}{after}")));
                    }
                    None => next.push(text.clone()),
                }
            }
            next.truncate(VALUES_MAX);
            values = next;
        }
        values.retain(|text| !text.contains('$'));
        values.dedup();
        values
    }

    fn assigned(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        visit(self.tree, &mut |directive| {
            let is = |at: usize| directive.arg(at).trim_start_matches('$').trim_matches(['{', '}']) == name;
            match directive.name.as_str() {
                "set" if is(0) => found.push(without_uri_variables(directive.arg(1))),
                "map" | "geo" | "split_clients"
                    if directive.args.last().is_some_and(|_| is(directive.args.len() - 1)) =>
                {
                    let values = directive.inner().iter().filter(|line| !line.args.is_empty());
                    let values = values.filter(|line| !matches!(line.name.as_str(), "include" | "proxy"));
                    found.extend(values.map(|line| line.arg(0).to_owned()));
                }
                _ => {}
            }
        });
        found.sort();
        found.dedup();
        found.truncate(VALUES_MAX);
        found
    }
}

/// The text with the variables that only carry the request's own path and query taken out.
fn without_uri_variables(text: &str) -> String {
    let mut text = text.to_owned();
    for variable in ["$request_uri", "$document_uri", "$uri", "$is_args", "$args", "$query_string"] {
        text = text.replace(variable, if variable.ends_with("uri") { "/" } else { "" });
    }
    text
}

/// The first variable of a text: what stands before it, its name, what stands after it.
fn first_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('$')?;
    if let Some((name, after)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        return Some((before, name, after));
    }
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    Some((before, name, after))
}

/// The protocol and what stands between scheme and path.
fn split(text: &str, protocol: Option<Protocol>) -> Option<(Option<Protocol>, &str)> {
    let (protocol, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(Protocol::from_scheme(scheme)?), rest),
        None => (protocol, text),
    };
    if rest.starts_with("unix:") {
        // The path of a request follows the socket's after a colon.
        let end = rest.match_indices(':').nth(1).map_or(rest.len(), |(at, _)| at);
        return Some((protocol, rest.get(..end)?));
    }
    let authority = rest.split(['/', '?']).next()?;
    (!authority.is_empty()).then_some((protocol, authority))
}

/// The address that is no group of this file. Only HTTP has a port by default: a bare name elsewhere is a group
/// that another file defines.
fn literal(authority: &str, protocol: Option<Protocol>) -> Option<Address> {
    match protocol {
        Some(Protocol::Https) => Address::parse(authority, 443),
        Some(Protocol::Http | Protocol::Grpc) => Address::parse(authority, 80),
        _ => match Address::parse(authority, 0)? {
            Address::Tcp { host, port: 0 } => Some(Address::Group(host)),
            address => Some(address),
        },
    }
}

fn is_name(address: &Address) -> bool {
    matches!(address, Address::Tcp { host, .. } if host.parse::<std::net::IpAddr>().is_err())
}

/// The directives in force where the pass stands.
fn fill(leg: &mut Leg, prefix: &str, scope: &Scope<'_, '_>) {
    let named = |end: &str| format!("{prefix}_{end}");
    leg.connect_timeout_s = scope.duration(&named("connect_timeout"));
    leg.read_timeout_s = scope.duration(&named(if scope.stream { "timeout" } else { "read_timeout" }));
    leg.send_timeout_s = scope.duration(&named("send_timeout"));
    leg.header_buffer = scope.value(&named("buffer_size")).and_then(size_bytes);
    let tls_stream = scope.stream && scope.switch("proxy_ssl") == Some(true);
    if leg.target.protocol == Some(Protocol::Https) || tls_stream {
        let versions: Vec<String> = ["ssl_protocols", "ssl_ciphers"]
            .iter()
            .filter_map(|end| scope.all(&named(end)).last().map(|directive| directive.value()))
            .collect();
        leg.tls = Some(TlsLeg {
            verify: scope.switch(&named("ssl_verify")),
            sni: scope.switch(&named("ssl_server_name")),
            name: scope.value(&named("ssl_name")).map(str::to_owned),
            versions: (!versions.is_empty()).then(|| versions.join(" ")),
            client_certificate: scope.value(&named("ssl_certificate")).is_some(),
        });
    }
}

/// Whether connections of a group with `keepalive` are reused in truth. `None` where it hangs on the version's
/// defaults: since 1.29.7 nginx speaks HTTP/1.1 and sends no `Connection: close` unless told to, before it did.
fn reuses(prefix: &str, scope: &Scope<'_, '_>) -> Option<bool> {
    match prefix {
        "fastcgi" => Some(scope.switch("fastcgi_keep_conn") == Some(true)),
        "grpc" | "memcached" => Some(true),
        "uwsgi" | "scgi" => Some(false),
        _ => {
            let headers = scope.all("proxy_set_header");
            let connection = headers.iter().rev().find(|d| d.arg(0).eq_ignore_ascii_case("connection"));
            match (scope.value("proxy_http_version"), connection.map(|d| d.arg(1).to_ascii_lowercase())) {
                (Some("1.0"), _) => Some(false),
                (_, Some(value)) if value.contains("close") || value == "upgrade" => Some(false),
                (Some(_), Some(value)) if value.is_empty() || value == "keep-alive" => Some(true),
                _ => None,
            }
        }
    }
}

//! H2O: YAML whose keys are inherited from the file to hosts and to their paths.

use goodgate_facts::{Address, Protocol, Target};

use super::Product;
use super::yaml_tree::{self, Branch, Tree};
use crate::text::{Source, base_name, duration_s, switch};
use crate::{Configuration, Layout, Leg, Limit, Listen, Problem, Role, Setting, TlsLeg};

/// H2O.
pub(super) const PRODUCT: Product =
    Product { id: "h2o", reference: "https://h2o.examp1e.net/configure.html", recognise, read };

/// The access layout where none is stated.
const LAYOUT_DEFAULT: &str = "%h %l %u %t \"%r\" %s %b \"%{Referer}i\" \"%{User-agent}i\"";

/// Keys that are H2O's alone.
const TELLING: &[&str] = &[
    "proxy.reverse.url",
    "fastcgi.connect",
    "fastcgi.spawn",
    "file.dir",
    "mruby.handler",
    "file.custom-handler",
];

/// Keys whose value is a number that bounds something.
const LIMITS: &[&str] = &[
    "max-connections",
    "soft-connection-limit",
    "max-delegations",
    "num-threads",
    "limit-request-body",
    "max-reprocess",
];

/// Keys kept as settings, apart from those that begin with a module's name.
const KEPT: &[&str] =
    &["error-log", "error-doc", "temp-buffer-path", "redirect", "compress", "http1-request-timeout", "user"];

fn recognise(name: &str, text: &str) -> u8 {
    let telling = TELLING.iter().any(|key| text.contains(key));
    let hosts = text.contains("hosts:") && text.contains("paths:");
    if !telling && !hosts {
        return 0;
    }
    let (documents, _) = yaml_tree::parse(text);
    let is_map = documents.first().is_some_and(|document| !document.entries().is_empty());
    match (is_map, telling, hosts) {
        (false, ..) => 0,
        (_, true, true) => 95,
        (_, true, false) => 70,
        _ => 40 + if name.contains("h2o") { 30 } else { 0 },
    }
}

fn read(name: &str, text: &str) -> Configuration {
    let source = Source::new(name);
    let (documents, broken) = yaml_tree::parse(text);
    let mut into = Configuration { product: "h2o", role: Role::Gateway, ..Configuration::default() };
    into.problems.extend(broken.map(|(line, what)| Problem { place: source.at(line), what }));
    for document in &documents {
        let mut outer = Vec::new();
        level(document, &mut outer, &source, &mut into);
    }
    into
}

/// One mapping, with those around it.
fn level<'a>(node: &'a Tree, outer: &mut Vec<&'a Tree>, source: &Source, into: &mut Configuration) {
    outer.push(node);
    for (key, value) in node.entries() {
        record(key, value, source, into);
        match key.as_str() {
            "listen" => each(value, |one| into.listens.extend(listen(one, source))),
            "access-log" => each(value, |one| into.layouts.extend(layout(one))),
            "proxy.reverse.url" => each(value, |one| {
                let url = one.text().or_else(|| one.text_of("url"));
                let target = url.and_then(target);
                into.legs.extend(target.map(|target| leg(target, "proxy", outer, source.at(one.line))));
            }),
            "fastcgi.connect" => {
                let target = address(value).map(|a| Target { protocol: Some(Protocol::Fastcgi), address: a });
                into.legs.extend(target.map(|target| leg(target, "fastcgi", outer, source.at(value.line))));
            }
            _ => each(value, |one| {
                if !one.entries().is_empty() {
                    level(one, outer, source, into);
                }
            }),
        }
    }
    outer.pop();
}

/// A value, or each of a list of values.
fn each<'a>(node: &'a Tree, mut visit: impl FnMut(&'a Tree)) {
    match &node.value {
        Branch::List(_) => node.items().iter().for_each(visit),
        _ => visit(node),
    }
}

fn record(key: &str, value: &Tree, source: &Source, into: &mut Configuration) {
    let Some(text) = value.text() else { return };
    let place = source.at(value.line);
    if key == "user" && into.user.is_none() {
        into.user = Some(text.to_owned());
    }
    if let Some(value) = text.parse().ok().filter(|_| LIMITS.contains(&key)) {
        into.limits.push(Limit { directive: key.to_owned(), value, place: place.clone() });
    }
    let kept = KEPT.contains(&key)
        || ["proxy.", "fastcgi.", "file.", "http2-", "status", "throttle-"]
            .iter()
            .any(|m| key.starts_with(m));
    if kept {
        into.settings.push(Setting { directive: key.to_owned(), value: text.to_owned(), place });
    }
}

/// A port alone, or a mapping with `host`, `port` and `type`.
fn address(node: &Tree) -> Option<Address> {
    if let Some(text) = node.text() {
        return match text.parse::<u16>() {
            Ok(port) => Some(Address::Tcp { host: "*".to_owned(), port }),
            Err(_) => Address::parse(text, 0),
        };
    }
    let port = node.text_of("port")?;
    if node.text_of("type") == Some("unix") || port.starts_with('/') {
        return Some(Address::Unix(port.to_owned()));
    }
    let host = node.text_of("host").unwrap_or("*").to_ascii_lowercase();
    Some(Address::Tcp { host, port: port.parse().ok()? })
}

fn listen(node: &Tree, source: &Source) -> Option<Listen> {
    Some(Listen { address: address(node)?, tls: node.get("ssl").is_some(), place: source.at(node.line) })
}

fn layout(node: &Tree) -> Option<Layout> {
    let path = node.text().or_else(|| node.text_of("path"));
    let layout = node.text_of("format").unwrap_or(LAYOUT_DEFAULT);
    path.or_else(|| node.text_of("format"))?;
    let file = path.filter(|path| !path.starts_with('|')).map(|path| base_name(path).to_owned());
    Some(Layout { format: "h2o-access", layout: layout.to_owned(), file })
}

/// `http://host:port/`, or `http://[unix:/path]/`.
fn target(url: &str) -> Option<Target> {
    match url.split_once("://[unix:") {
        Some((scheme, rest)) => {
            let protocol = Protocol::from_scheme(scheme);
            let path = rest.split(']').next()?;
            (!path.is_empty()).then(|| Target { protocol, address: Address::Unix(path.to_owned()) })
        }
        None => Target::parse(url),
    }
}

fn leg(mut target: Target, module: &str, around: &[&Tree], place: crate::Place) -> Leg {
    let said = |key: &str| {
        let key = format!("{module}.{key}");
        around.iter().rev().find_map(|node| node.text_of(&key))
    };
    // H2O counts milliseconds.
    let seconds = |key: &str| said(key).and_then(|text| duration_s(text, 0.001));
    if let Address::Tcp { host, .. } = &mut target.address
        && host == "*"
    {
        // A port alone is asked on this machine.
        "127.0.0.1".clone_into(host);
    }
    let mut leg = Leg::new(target, place);
    let io_s = seconds("timeout.io");
    leg.connect_timeout_s = seconds("timeout.connect").or(io_s);
    leg.read_timeout_s = seconds("timeout.first_byte").or(io_s);
    leg.send_timeout_s = io_s;
    if let Some(idle_s) = seconds("timeout.keepalive") {
        leg.keepalive = Some(idle_s > 0.0);
        leg.keepalive_idle_s = Some(idle_s).filter(|idle_s| *idle_s > 0.0);
    }
    if let Address::Tcp { host, .. } = &leg.target.address {
        let name = host.parse::<std::net::IpAddr>().is_err();
        leg.resolved_at_runtime = name.then_some(true);
        if leg.target.protocol == Some(Protocol::Https) {
            leg.tls = Some(TlsLeg {
                verify: said("ssl.verify-peer").and_then(switch),
                sni: Some(true),
                name: name.then(|| host.clone()),
                versions: None,
                client_certificate: false,
            });
        }
    }
    leg
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = r#"
user: www-data
listen:
  - 80
  - { host: 127.0.0.1, port: 8443, ssl: { key-file: a.key } }
access-log: { path: /var/log/h2o/access.log, format: '%h "%r" %s' }
max-connections: 64
proxy.timeout.io: 5000
hosts:
  "example.com:80":
    paths:
      "/":
        proxy.reverse.url: "http://192.0.2.1:8080/"
        proxy.timeout.keepalive: 0
      "/tls":
        proxy.reverse.url: "https://app.example.com/"
        proxy.timeout.io: 3000
        proxy.ssl.verify-peer: OFF
      "/sock":
        - proxy.reverse.url: "http://[unix:/run/app.sock]/"
      "/php":
        file.dir: /srv/app
        file.custom-handler:
          extension: .php
          fastcgi.connect:
            port: /run/php.sock
            type: unix
"#;

    #[test]
    fn reads_a_site() {
        let configuration = read("h2o.conf", SITE);
        assert_eq!(configuration.problems, []);
        let targets: Vec<_> = configuration.legs.iter().map(|leg| leg.target.to_string()).collect();
        let want = ["192.0.2.1:8080", "app.example.com:443", "unix:/run/app.sock", "unix:/run/php.sock"];
        assert_eq!(targets, want);
        let first = &configuration.legs[0];
        assert_eq!((first.read_timeout_s, first.keepalive), (Some(5.0), Some(false)));
        let tls = &configuration.legs[1];
        assert_eq!((tls.read_timeout_s, tls.tls.as_ref().unwrap().verify), (Some(3.0), Some(false)));
        assert_eq!(configuration.legs[3].target.protocol, Some(Protocol::Fastcgi));
        assert_eq!(configuration.listens.iter().map(|l| l.tls).collect::<Vec<_>>(), [false, true]);
        assert_eq!(configuration.layouts[0].file.as_deref(), Some("access.log"));
        assert_eq!(configuration.limits[0].directive, "max-connections");
        assert_eq!(configuration.user.as_deref(), Some("www-data"));
    }

    #[test]
    fn tells_itself_from_others() {
        assert!(recognise("x", SITE) >= 90);
        assert_eq!(recognise("x", "static_resources:\n  listeners: []\n"), 0);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "([ -~\n]{0,12}|\nhosts:|\n  paths:|\n proxy.reverse.url: |\\[unix:|\n- |\\{|\\}){0,20}") {
            let _ = (recognise("h2o.conf", &text), read("h2o.conf", &text));
        }
    }
}

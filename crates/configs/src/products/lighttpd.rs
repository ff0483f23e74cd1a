//! lighttpd.

mod syntax;

use goodgate_facts::{Address, Protocol, Target};

use super::Product;
use crate::text::{Source, base_name, duration_s};
use crate::{Configuration, Layout, Leg, Limit, Listen, Problem, Role, Setting};
use syntax::{Statement, Value};

/// lighttpd.
pub(super) const PRODUCT: Product = Product {
    id: "lighttpd",
    reference: "https://redmine.lighttpd.net/projects/lighttpd/wiki/Docs_ConfigurationOptions",
    recognise,
    read,
};

/// The access layout where none is stated.
const LAYOUT_DEFAULT: &str = "%h %V %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"";

/// Beginnings of keys that lighttpd's modules own.
const MODULES: &[&str] = &[
    "server.",
    "proxy.",
    "fastcgi.",
    "scgi.",
    "accesslog.",
    "index-file.",
    "static-file.",
    "mimetype.",
    "url.",
    "setenv.",
    "ssl.",
    "wstunnel.",
    "dir-listing.",
];

/// The directives that list backends, with the protocol spoken and the port where none is written.
const BACKENDS: &[(&str, Protocol, u16)] = &[
    ("proxy.server", Protocol::Http, 80),
    ("fastcgi.server", Protocol::Fastcgi, 0),
    ("scgi.server", Protocol::Scgi, 0),
    ("uwsgi.server", Protocol::Uwsgi, 0),
    ("ajp13.server", Protocol::Ajp, 8009),
    ("wstunnel.server", Protocol::Tcp, 80),
    ("sockproxy.server", Protocol::Tcp, 80),
];

/// Keys whose value is a number that bounds something.
const LIMITS: &[&str] = &[
    "server.max-fds",
    "server.max-connections",
    "server.max-worker",
    "server.listen-backlog",
    "server.max-request-size",
    "server.max-request-field-size",
    "server.max-keep-alive-requests",
];

fn recognise(name: &str, text: &str) -> u8 {
    if !text.contains('=') {
        return 0;
    }
    let (statements, _) = syntax::parse(text);
    let own = |statement: &&Statement| MODULES.iter().any(|module| statement.key.starts_with(module));
    let told = statements.iter().filter(own).count();
    // HAProxy, ATS and INI files assign too; lists in parentheses or several modules are lighttpd's.
    let typical = statements.iter().any(|statement| {
        statement.key == "server.modules"
            || statement.key == "server.document-root"
            || BACKENDS.iter().any(|(key, ..)| *key == statement.key)
    });
    let hinted = name.contains("lighttpd");
    match (told, typical) {
        (0, _) => 0,
        (_, true) => 90,
        (_, false) if hinted => 70,
        (2.., false) => 50,
        _ => 20,
    }
}

fn read(name: &str, text: &str) -> Configuration {
    let source = Source::new(name);
    let (statements, broken) = syntax::parse(text);
    let problems = broken.into_iter().map(|(line, what)| Problem { place: source.at(line), what }).collect();
    let mut into =
        Configuration { product: "lighttpd", role: Role::Gateway, problems, ..Configuration::default() };
    for statement in &statements {
        record(statement, &source, &mut into);
        if let Some((_, protocol, port)) = BACKENDS.iter().find(|(key, ..)| *key == statement.key) {
            let backend = Backend { statement, protocol: *protocol, port: *port, source: &source };
            backend.legs(&statement.value, None, &mut into.legs);
        }
    }
    into.listens = listens(&statements, &source);
    into.layouts = layouts(&statements);
    into
}

fn record(statement: &Statement, source: &Source, into: &mut Configuration) {
    let place = source.at(statement.line);
    let key = statement.key.as_str();
    if key == "server.username" && into.user.is_none() {
        into.user = statement.value.text().map(str::to_owned);
    }
    let limit = statement.value.text().filter(|_| LIMITS.contains(&key));
    if let Some(value) = limit.and_then(|text| text.parse().ok()) {
        into.limits.push(Limit { directive: key.to_owned(), value, place: place.clone() });
    }
    let kept = MODULES.iter().any(|module| key.starts_with(module)) || key.starts_with("include");
    if kept && !key.starts_with("mimetype.") {
        into.settings.push(Setting { directive: key.to_owned(), value: statement.value.shown(), place });
    }
}

/// One directive that lists backends.
struct Backend<'a> {
    statement: &'a Statement,
    protocol: Protocol,
    port: u16,
    source: &'a Source,
}

impl Backend<'_> {
    /// The legs of a list: path → servers, where servers may bear names; a server is a list with its address.
    fn legs(&self, value: &Value, path: Option<&str>, legs: &mut Vec<Leg>) {
        for (key, item) in value.items() {
            if ["host", "socket", "bin-path"].iter().any(|key| item.get(key).is_some()) {
                let group = path.or(key.as_deref()).filter(|name| !name.is_empty());
                let server = path.and(key.as_deref());
                legs.extend(self.leg(item, group, server));
            } else {
                self.legs(item, path.or(key.as_deref()), legs);
            }
        }
    }

    fn leg(&self, server: &Value, group: Option<&str>, name: Option<&str>) -> Option<Leg> {
        let port = server.text_of("port").and_then(|port| port.parse().ok()).unwrap_or(self.port);
        let address = match (server.text_of("socket"), server.text_of("host")) {
            (Some(path), _) => Address::Unix(path.to_owned()),
            (None, Some(host)) if host.starts_with('/') => Address::Unix(host.to_owned()),
            // An IPv6 address stands without brackets here.
            (None, Some(host)) if !host.is_empty() => {
                Address::Tcp { host: host.trim_matches(['[', ']']).to_ascii_lowercase(), port }
            }
            _ => return None,
        };
        let uwsgi = server.text_of("protocol") == Some("uwsgi");
        let protocol = if uwsgi { Protocol::Uwsgi } else { self.protocol };
        let mut leg =
            Leg::new(Target { protocol: Some(protocol), address }, self.source.at(self.statement.line));
        let seconds = |key: &str| server.text_of(key).and_then(|text| duration_s(text, 1.0));
        let stated = |key: &str| seconds(key).filter(|seconds| *seconds > 0.0);
        leg.connect_timeout_s = stated("connect-timeout");
        leg.read_timeout_s = stated("read-timeout");
        leg.send_timeout_s = stated("write-timeout");
        leg.group = Some(group.unwrap_or(&self.statement.key).to_owned());
        leg.server = name.map(str::to_owned);
        if let Address::Tcp { host, .. } = &leg.target.address {
            leg.resolved_at_runtime = host.parse::<std::net::IpAddr>().is_err().then_some(false);
        }
        Some(leg)
    }
}

fn listens(statements: &[Statement], source: &Source) -> Vec<Listen> {
    let global = |key: &str| statements.iter().rev().find(|s| s.key == key && s.condition.is_none());
    let on = |statement: &Statement| {
        statement.key == "ssl.engine" && statement.value.text().is_some_and(|text| text == "enable")
    };
    let mut listens = Vec::new();
    let (bind, port) = (global("server.bind"), global("server.port"));
    if let Some(first) = bind.or(port) {
        let port = port.and_then(|s| s.value.text()?.parse().ok()).unwrap_or(80);
        let host = bind.and_then(|s| s.value.text()).unwrap_or("*");
        let tls = statements.iter().any(|s| on(s) && s.condition.is_none());
        let address = if host.starts_with('/') {
            Some(Address::Unix(host.to_owned()))
        } else {
            Address::parse(host, port)
        };
        listens.extend(address.map(|address| Listen { address, tls, place: source.at(first.line) }));
    }
    let mut seen: Vec<&str> = Vec::new();
    for statement in statements {
        let Some((field, socket)) = &statement.condition else { continue };
        if field != "SERVER[socket]" || seen.contains(&socket.as_str()) {
            continue;
        }
        seen.push(socket);
        let address = match socket.strip_prefix(':') {
            Some(port) => port.parse().ok().map(|port| Address::Tcp { host: "*".to_owned(), port }),
            None => Address::parse(socket, 80),
        };
        let tls = statements.iter().any(|s| on(s) && s.condition == statement.condition);
        listens.extend(address.map(|address| Listen { address, tls, place: source.at(statement.line) }));
    }
    listens
}

/// Each access log with the layout of the same condition, else of the whole file, else lighttpd's own.
fn layouts(statements: &[Statement]) -> Vec<Layout> {
    let formats: Vec<_> = statements.iter().filter(|s| s.key == "accesslog.format").collect();
    let files: Vec<_> = statements.iter().filter(|s| s.key == "accesslog.filename").collect();
    let of = |layout: &str, file: Option<&str>| Layout {
        format: "lighttpd-access",
        layout: layout.to_owned(),
        file: file.filter(|path| !path.starts_with('|')).map(|path| base_name(path).to_owned()),
    };
    if files.is_empty() {
        return formats.iter().filter_map(|format| Some(of(format.value.text()?, None))).collect();
    }
    let mut layouts: Vec<Layout> = Vec::new();
    for file in files {
        let same = formats.iter().find(|format| format.condition == file.condition);
        let format = same.or_else(|| formats.iter().find(|format| format.condition.is_none()));
        let layout = format.and_then(|format| format.value.text()).unwrap_or(LAYOUT_DEFAULT);
        let layout = of(layout, file.value.text());
        if !layouts.contains(&layout) {
            layouts.push(layout);
        }
    }
    layouts
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = r#"
server.modules = ( "mod_proxy", "mod_fastcgi" ) # two
server.modules += ( "mod_accesslog" )
server.port = 8080
server.username = "www-data"
server.max-fds = 64
accesslog.filename = "/var/log/lighttpd/access.log"
accesslog.format = "%h \"%r\" %>s"
proxy.header = ( "upgrade" => "enable" )
$HTTP["host"] =~ "^shop" {
  proxy.server = ( "/api" => (
    ( "host" => "192.0.2.1", "port" => 81, "connect-timeout" => 2 ),
    ( "host" => "app.example.com" ) ) )
}
fastcgi.server = ( ".php" => ( "local" => ( "socket" => "/run/php.sock", "read-timeout" => 3 ) ) )
$SERVER["socket"] == ":8443" { ssl.engine = "enable" }
include "conf.d/more.conf"
"#;

    #[test]
    fn reads_a_site() {
        let configuration = read("lighttpd.conf", SITE);
        assert_eq!(configuration.problems, []);
        assert_eq!(configuration.user.as_deref(), Some("www-data"));
        let targets: Vec<_> = configuration.legs.iter().map(|leg| leg.target.to_string()).collect();
        assert_eq!(targets, ["192.0.2.1:81", "app.example.com:80", "unix:/run/php.sock"]);
        assert_eq!(configuration.legs[0].connect_timeout_s, Some(2.0));
        assert_eq!(configuration.legs[0].group.as_deref(), Some("/api"));
        assert_eq!(configuration.legs[2].read_timeout_s, Some(3.0));
        assert_eq!(configuration.legs[2].server.as_deref(), Some("local"));
        assert_eq!(configuration.listens.iter().map(|l| l.tls).collect::<Vec<_>>(), [false, true]);
        assert_eq!(configuration.layouts[0].layout, "%h \"%r\" %>s");
        assert_eq!(configuration.settings_of("include").count(), 1);
        assert!((configuration.limits[0].value - 64.0).abs() < 1e-9);
    }

    #[test]
    fn tells_itself_from_others() {
        assert!(recognise("x", SITE) >= 90);
        assert_eq!(recognise("x", "[www]\nlisten = 9000\npm = static\n"), 0);
        assert_eq!(recognise("x", "server {\n listen 80;\n}\n"), 0);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "([ -~\n]{0,12}|\nproxy.server = |\\(|\\)|=>|\"host\"|\\+|\\{|\\}|\n\\$SERVER\\[\"socket\"\\] == ){0,24}") {
            let _ = (recognise("lighttpd.conf", &text), read("lighttpd.conf", &text));
        }
    }
}

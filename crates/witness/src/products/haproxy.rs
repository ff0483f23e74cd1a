//! HAProxy: one backend a route, `option httplog`, as <https://docs.haproxy.org/2.6/configuration.html> shows it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use goodgate_lab::{Front, Speaks};

use super::{CONNECT, Lines, NAME, Plan, Product, READ, Route, To, millis, version_after};

#[derive(Debug)]
pub(super) struct Haproxy;

/// HAProxy waits so long for a client; its makers recommend at least as long as for a server.
const CLIENT: &str = "5s";

impl Product for Haproxy {
    fn id(&self) -> &'static str {
        "haproxy"
    }

    fn title(&self) -> &'static str {
        "HAProxy"
    }

    fn package(&self) -> &'static str {
        "haproxy"
    }

    fn version(&self, printed: &str) -> Option<String> {
        version_after(printed, "HAProxy version ").or_else(|| version_after(printed, "HA-Proxy version "))
    }

    fn speaks(&self) -> Vec<Speaks> {
        vec![Speaks::Http, Speaks::Tls, Speaks::H2c, Speaks::Fastcgi]
    }

    fn fronts(&self) -> Vec<Front> {
        Front::ALL.to_vec()
    }

    fn resolves(&self) -> bool {
        true
    }

    fn stays_root(&self) -> bool {
        // It becomes another user only where its configuration names one, and this one names none.
        true
    }

    fn configuration(&self, plan: &Plan) -> Vec<(String, String)> {
        let mut text = format!(
            "global\n    log stdout format raw local0\n\ndefaults\n    mode http\n    log global\n    option httplog\n    \
             retries 3\n    timeout connect {}\n    timeout client {CLIENT}\n    timeout server {}\n    \
             timeout http-request {CLIENT}\n\nfrontend www\n    bind {}{}\n    \
             http-request return status 404 unless {{ path_beg /r/ }}\n",
            millis(CONNECT),
            millis(READ),
            plan.listen,
            shown(plan)
        );
        for route in &plan.routes {
            let _ = writeln!(text, "    use_backend {} if {{ path_beg {} }}", route.name, route.prefix());
        }
        for route in &plan.routes {
            text.push_str(&backend(route, plan));
        }
        vec![("haproxy.cfg".to_owned(), text)]
    }

    fn command(&self, program: &Path, plan: &Plan) -> Command {
        let mut command = Command::new(program);
        command.args(["-db", "-f"]).arg(plan.file("haproxy.cfg"));
        command
    }

    fn output(&self) -> String {
        // In the foreground it logs to its standard output.
        "haproxy.log".to_owned()
    }

    fn logs(&self) -> Vec<(&'static str, Lines)> {
        vec![("haproxy.log", Lines::Named(backend_of))]
    }
}

/// How it shows itself to its clients, behind the address.
fn shown(plan: &Plan) -> String {
    let alpn = match plan.front {
        Front::Http1 => return String::new(),
        Front::Tls => "http/1.1",
        Front::Http2 => "h2,http/1.1",
    };
    format!(" ssl crt {} alpn {alpn}", plan.identity.display())
}

/// A backend with its one server, and the sections that it needs.
fn backend(route: &Route, plan: &Plan) -> String {
    let name = &route.name;
    let mut text = String::new();
    let mut server = match &route.to {
        To::Tcp(address) => address.to_string(),
        To::Unix(path) => format!("unix@{}", path.display()),
        To::Name { host, port, resolver } => {
            let _ = write!(
                text,
                "\nresolvers dns-{name}\n    nameserver lab {resolver}\n    resolve_retries 1\n    \
                 timeout resolve 300ms\n    timeout retry 300ms\n    hold valid 300ms\n    hold nx 300ms\n    \
                 hold refused 300ms\n    hold timeout 300ms\n    hold obsolete 300ms\n    hold other 300ms\n"
            );
            format!("{host}:{port} resolvers dns-{name} resolve-prefer ipv4 init-addr none")
        }
    };
    match route.speaks {
        Speaks::Http | Speaks::Uwsgi => {}
        Speaks::Tls => {
            let _ = write!(
                server,
                " ssl verify required ca-file {} verifyhost {NAME} sni str({NAME})",
                plan.trust.display()
            );
        }
        Speaks::H2c => server.push_str(" proto h2"),
        Speaks::Fastcgi => {
            let _ = write!(
                text,
                "\nfcgi-app app-{name}\n    log-stderr global\n    docroot {}\n",
                plan.file("site")
            );
            if let Some(script) = &route.script {
                let _ = writeln!(text, "    set-param SCRIPT_FILENAME {}", script.display());
            }
            server.push_str(" proto fcgi");
        }
    }
    let _ = write!(text, "\nbackend {name}\n");
    if route.speaks == Speaks::Fastcgi {
        let _ = writeln!(text, "    use-fcgi-app app-{name}");
    }
    if let Some(waits) = route.waits {
        let _ = writeln!(text, "    timeout server {}", millis(waits));
    }
    let _ = writeln!(text, "    server origin {server}");
    text
}

/// The backend in what HAProxy says about a server, such as `Server name/origin is going DOWN`.
fn backend_of(line: &str) -> Option<&str> {
    line.split_once("/origin")?.0.rsplit(' ').next()
}

//! Caddy: `reverse_proxy` in a Caddyfile, as <https://caddyserver.com/docs/caddyfile/directives/reverse_proxy> shows it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use goodgate_lab::{Front, Speaks};

use super::{CONNECT, Lines, NAME, Plan, Product, Route, SEND, To, millis};

#[derive(Debug)]
pub(super) struct Caddy;

impl Product for Caddy {
    fn id(&self) -> &'static str {
        "caddy"
    }

    fn title(&self) -> &'static str {
        "Caddy"
    }

    fn package(&self) -> &'static str {
        "caddy"
    }

    fn version_argument(&self) -> &'static str {
        "version"
    }

    fn version(&self, printed: &str) -> Option<String> {
        // `v2.6.2 h1:…`; some distributions print it without the letter.
        let word = printed.split_whitespace().next()?;
        let number = word.strip_prefix('v').unwrap_or(word);
        number.starts_with(|c: char| c.is_ascii_digit()).then(|| number.to_owned())
    }

    fn speaks(&self) -> Vec<Speaks> {
        vec![Speaks::Http, Speaks::Tls, Speaks::H2c, Speaks::Fastcgi]
    }

    fn fronts(&self) -> Vec<Front> {
        Front::ALL.to_vec()
    }

    fn stays_root(&self) -> bool {
        // It never becomes another user.
        true
    }

    fn configuration(&self, plan: &Plan) -> Vec<(String, String)> {
        let mut text = format!(
            "{{\n\tadmin off\n\tauto_https off\n\tlog {{\n\t\toutput file {}\n\t\tformat json\n\t}}\n}}\n\n\
             {}://:{} {{\n\tbind {}\n{}\tlog {{\n\t\toutput file {}\n\t\tformat json\n\t}}\n",
            plan.file("caddy.log"),
            if plan.front.is_tls() { "https" } else { "http" },
            plan.listen.port(),
            plan.listen.ip(),
            shown(plan),
            plan.file("access.log"),
        );
        for route in &plan.routes {
            text.push_str(&handle(route, plan));
        }
        text.push_str("\n\thandle {\n\t\trespond 404\n\t}\n}\n");
        vec![("Caddyfile".to_owned(), text)]
    }

    fn command(&self, program: &Path, plan: &Plan) -> Command {
        let mut command = Command::new(program);
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(plan.file("Caddyfile"));
        // It keeps what it owns below its home.
        for name in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
            command.env(name, &plan.room);
        }
        command
    }

    fn logs(&self) -> Vec<(&'static str, Lines)> {
        vec![("caddy.log", Lines::Alone), ("access.log", Lines::Alone)]
    }
}

/// How it shows itself to its clients: HTTP/2 is offered to all over TLS.
fn shown(plan: &Plan) -> String {
    let identity = plan.identity.display();
    if plan.front.is_tls() { format!("\ttls {identity} {identity}\n") } else { String::new() }
}

fn handle(route: &Route, plan: &Plan) -> String {
    let scheme = match route.speaks {
        Speaks::Http => "http://",
        Speaks::Tls => "https://",
        Speaks::H2c => "h2c://",
        Speaks::Fastcgi | Speaks::Uwsgi => "",
    };
    let to = match &route.to {
        To::Unix(path) => format!("unix/{}", path.display()),
        _ => format!("{scheme}{}", route.authority().unwrap_or_default()),
    };
    let transport = if route.speaks == Speaks::Fastcgi { "fastcgi" } else { "http" };
    let mut text = format!(
        "\n\thandle {}* {{\n\t\treverse_proxy {to} {{\n\t\t\ttransport {transport} {{\n\t\t\t\tdial_timeout {}\n\
         \t\t\t\tread_timeout {}\n\t\t\t\twrite_timeout {}\n",
        route.prefix(),
        millis(CONNECT),
        millis(route.read()),
        millis(SEND)
    );
    if transport == "http" {
        let _ = writeln!(text, "\t\t\t\tresponse_header_timeout {}", millis(route.read()));
    }
    match route.speaks {
        Speaks::Tls => {
            let _ = write!(
                text,
                "\t\t\t\ttls_trusted_ca_certs {}\n\t\t\t\ttls_server_name {NAME}\n",
                plan.trust.display()
            );
        }
        Speaks::Fastcgi => {
            let _ = writeln!(text, "\t\t\t\troot {}\n\t\t\t\tsplit .php", plan.file("site"));
            if let Some(script) = &route.script {
                let _ = writeln!(text, "\t\t\t\tenv SCRIPT_FILENAME {}", script.display());
            }
        }
        Speaks::Http | Speaks::H2c | Speaks::Uwsgi => {}
    }
    text.push_str("\t\t\t}\n\t\t}\n\t}\n");
    text
}

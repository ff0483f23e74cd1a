//! goodgate itself: one upstream a route, as `docs/reference/goodgate.toml` shows them.
//!
//! It is started as a program like every other product, and read by its access log and its answers alone.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use goodgate_lab::{Front, Speaks};
use serde_json::Value;

use super::{
    CONNECT, Lines, NAME, Plan, Product, Route, SEND, Statement, To, millis, program, version_after,
};

#[derive(Debug)]
pub(super) struct Goodgate;

/// Where somebody may name another build of it than the one that asks.
const BINARY: &str = "GOODGATE_BINARY";
/// Its access log is written by its workers.
const ACCESS: &str = "own/access.log";
/// The folder that scripts are looked for in.
const SITE: &str = "site";
/// It decides what runs by what is in its folder; the folder with the application's own scripts may be on another
/// computer, so that this file stands for them.
const SCRIPT: &str = "index.php";
/// It waits so long for requests in hand when it is told to stop: none is left then that anybody waits for.
const STOP: &str = "500ms";

impl Product for Goodgate {
    fn id(&self) -> &'static str {
        "goodgate"
    }

    fn title(&self) -> &'static str {
        "goodgate"
    }

    fn package(&self) -> &'static str {
        "goodgate"
    }

    fn missing(&self) -> String {
        format!("no program of the name goodgate is on the search path; {BINARY} can name one")
    }

    fn find(&self) -> Option<PathBuf> {
        if let Some(named) = std::env::var_os(BINARY).map(PathBuf::from) {
            return named.is_file().then_some(named);
        }
        // Whoever compares is mostly goodgate itself.
        let own =
            std::env::current_exe().ok().filter(|path| path.file_name().is_some_and(|n| n == self.program()));
        own.or_else(|| program(self.program()))
    }

    fn version_argument(&self) -> &'static str {
        "--version"
    }

    fn version(&self, printed: &str) -> Option<String> {
        version_after(printed, "goodgate ")
    }

    fn speaks(&self) -> Vec<Speaks> {
        vec![Speaks::Http, Speaks::Tls, Speaks::Fastcgi]
    }

    fn fronts(&self) -> Vec<Front> {
        Front::ALL.to_vec()
    }

    fn resolves(&self) -> bool {
        true
    }

    fn configuration(&self, plan: &Plan) -> Vec<(String, String)> {
        let scheme = if plan.front.is_tls() { "https://" } else { "" };
        let mut text =
            format!("listen = [\"{scheme}{}\"]\naccess_log = \"{}\"\n", plan.listen, plan.file(ACCESS));
        if plan.front.is_tls() {
            let identity = plan.identity.display();
            let _ = write!(text, "\n[[tls.certificates]]\nchain = \"{identity}\"\nkey = \"{identity}\"\n");
        }
        let _ = write!(text, "\n[process]\nstop_wait = \"{STOP}\"\n");
        if let Some((user, group)) = &plan.worker {
            let _ = write!(text, "user = \"{user}\"\ngroup = \"{group}\"\n");
        }
        text.push_str("\n[[site]]\nhost = \"*\"\n");
        for route in &plan.routes {
            text.push_str(&site_route(route, plan));
        }
        for route in &plan.routes {
            text.push_str(&upstream(route, plan));
        }
        let mut files = vec![("goodgate.toml".to_owned(), text)];
        if plan.routes.iter().any(|route| route.speaks == Speaks::Fastcgi) {
            files.push((format!("{SITE}/{SCRIPT}"), "<?php\n".to_owned()));
        }
        files
    }

    fn command(&self, program: &Path, plan: &Plan) -> Command {
        let mut command = Command::new(program);
        command.args(["run", "-c"]).arg(plan.file("goodgate.toml"));
        command
    }

    fn logs(&self) -> Vec<(&'static str, Lines)> {
        vec![(ACCESS, Lines::Alone)]
    }

    fn states(&self, line: &str) -> Option<Statement> {
        let record: Value = serde_json::from_str(line).ok()?;
        let word = |value: &Value| value.as_str().map(str::to_owned);
        // What a later attempt hid from the client is said of that attempt. That a kept connection had ended says
        // something of the request before.
        let of_this =
            |attempt: &&Value| attempt["reused"] != true || attempt["error"] != "connection_terminated";
        let masked = || {
            let attempts = record["attempts"].as_array()?.iter().rev();
            attempts.filter(of_this).find_map(|attempt| word(&attempt["error"]))
        };
        Some(Statement { path: word(&record["path"])?, error: word(&record["error"]).or_else(masked) })
    }
}

fn site_route(route: &Route, plan: &Plan) -> String {
    let name = &route.name;
    let mut text = format!("\n[[site.route]]\npath = \"{}*\"\n", route.prefix());
    if route.speaks == Speaks::Fastcgi {
        let site = plan.file(SITE);
        let folder = route.script.as_ref().and_then(|script| script.parent());
        let scripts = folder.map_or_else(|| site.clone(), |folder| folder.display().to_string());
        let _ = write!(
            text,
            "[site.route.php]\nupstream = \"{name}\"\nroot = \"{site}\"\nscript_root = \"{scripts}\"\n\
             try_files = [\"/{SCRIPT}\"]\n"
        );
    } else {
        let _ = writeln!(text, "upstream = \"{name}\"");
    }
    text
}

fn upstream(route: &Route, plan: &Plan) -> String {
    let name = &route.name;
    let (connect, send, read) = (millis(CONNECT), millis(SEND), millis(route.read()));
    let mut text = format!("\n[upstream.{name}]\nservers = [\"{}\"]\n", server(route));
    let _ = writeln!(
        text,
        "timeout = {{ resolve = \"{connect}\", connect = \"{connect}\", tls = \"{read}\", send = \"{send}\", \
         head = \"{read}\", idle = \"{read}\" }}"
    );
    if route.speaks == Speaks::Tls {
        let _ = writeln!(text, "tls = {{ server_name = \"{NAME}\", ca = \"{}\" }}", plan.trust.display());
    }
    if let To::Name { resolver, .. } = &route.to {
        let _ = writeln!(text, "resolver = \"{resolver}\"");
    }
    text
}

fn server(route: &Route) -> String {
    let scheme = match route.speaks {
        Speaks::Http | Speaks::H2c | Speaks::Uwsgi => "http",
        Speaks::Tls => "https",
        Speaks::Fastcgi => "fastcgi",
    };
    match &route.to {
        To::Tcp(address) => format!("{scheme}://{address}"),
        To::Unix(path) => format!("{scheme}+unix:{}", path.display()),
        To::Name { host, port, .. } => format!("{scheme}://{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_access_log_states_what_ended_the_request() {
        let said = |line: &str| Goodgate.states(line).map(|said| (said.path, said.error));
        let path = Some("/r/cut/00ff".to_owned());
        let line = r#"{"schema":"goodgate.access/1","path":"/r/cut/00ff","status":502,"error":"connection_refused"}"#;
        assert_eq!(said(line), path.clone().map(|path| (path, Some("connection_refused".to_owned()))));
        let hidden = r#"{"path":"/r/cut/00ff","status":200,"attempts":[{"error":"connection_terminated"},{"status":200}]}"#;
        assert_eq!(said(hidden), path.clone().map(|path| (path, Some("connection_terminated".to_owned()))));
        let before = r#"{"path":"/r/cut/00ff","status":200,"attempts":[{"reused":true,"error":"connection_terminated"},{"status":200}]}"#;
        assert_eq!(said(before), path.clone().map(|path| (path, None)));
        assert_eq!(said(r#"{"path":"/r/cut/00ff","status":200}"#), path.map(|path| (path, None)));
        assert_eq!(said("goodgate listens on 127.0.0.1:8080"), None);
    }
}

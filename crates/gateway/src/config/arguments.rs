//! A plan from a command line, without a file.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::meant::{BODY_BYTES, LISTEN, NAME, STOP_WAIT, bare, usual_php};
use super::places::{ListenAt, ServerAt, takes_in};
use super::problem::{Problem, Severity};
use super::typed::Formed;
use crate::plan::{
    AccessLog, Action, Balance, Charset, Clients, Collect, Connections, Eject, Files, HostPattern, Listener,
    LogFormat, Place, Plan, Process, Protocol, Retry, Server, Site, Timeouts, Upstream, UpstreamTls,
};

/// What a command line says, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// Where clients connect (`--listen`): `:8080`, `127.0.0.1:8080`. None for 127.0.0.1:8080.
    pub listen: Vec<String>,
    /// The servers (`--to`), among which requests are balanced.
    pub to: Vec<String>,
    /// The folder with a site's files (`--root`): a PHP site together with servers that speak FastCGI, files alone
    /// without any server.
    pub root: Option<PathBuf>,
}

/// The plan that a command line describes: all requests go to its servers.
///
/// # Errors
/// Everything that is wrong with it; `key` is the argument, such as `--listen`, and there are no lines.
pub fn from_arguments(arguments: &Arguments) -> Result<Plan, Vec<Problem>> {
    let mut problems = Vec::new();
    let listeners = listeners(&arguments.listen, &mut problems);
    let servers = servers(&arguments.to, &mut problems);
    let action = action(arguments, &servers, &mut problems);
    let (Some(action), true) = (action, problems.is_empty()) else { return Err(problems) };
    let upstreams = if servers.is_empty() { Vec::new() } else { vec![upstream(servers)] };
    let site = Site { hosts: vec![HostPattern::Any], routes: vec![bare(action, BODY_BYTES)] };
    Ok(Plan {
        listeners,
        sites: vec![site],
        upstreams,
        admin: None,
        access_log: Some(AccessLog { path: None, format: LogFormat::Json }),
        trusted_proxies: Vec::new(),
        full_account_for: Vec::new(),
        name: NAME.to_owned(),
        clients: Clients::default(),
        collect: Collect::default(),
        error_pages: Vec::new(),
        process: Process { stop_wait: STOP_WAIT, watch_config: true, ..Process::default() },
    })
}

fn problem(key: &str, what: String, hint: String) -> Problem {
    let hint = Some(hint).filter(|hint| !hint.is_empty());
    Problem { line: 0, column: 0, key: key.to_owned(), what, hint, severity: Severity::Error }
}

fn listeners(typed: &[String], problems: &mut Vec<Problem>) -> Vec<Listener> {
    if typed.is_empty() {
        return vec![Listener { address: LISTEN, tls: None, http2: false }];
    }
    let mut out: Vec<Listener> = Vec::new();
    for text in typed {
        match ListenAt::formed(text) {
            Err((what, hint)) => {
                problems.push(problem("--listen", what, example(hint, ListenAt::FORM.examples[0])));
            }
            Ok(at) if at.tls == Some(true) => {
                let hint = "certificates are named in a configuration file: goodgate run -c goodgate.toml"
                    .to_owned();
                problems.push(problem("--listen", format!("{text} needs a certificate"), hint));
            }
            Ok(at) if out.iter().any(|other| collide(other.address, at.address)) => {
                problems.push(problem("--listen", format!("{text} is listened on already"), String::new()));
            }
            Ok(at) => out.push(Listener { address: at.address, tls: None, http2: false }),
        }
    }
    out
}

fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    takes_in(one, other) || takes_in(other, one)
}

fn example(hint: String, example: &str) -> String {
    if hint.is_empty() { format!("such as {example}") } else { hint }
}

fn servers(typed: &[String], problems: &mut Vec<Problem>) -> Vec<Server> {
    let mut out: Vec<Server> = Vec::new();
    for text in typed {
        // Whoever types an address alone in a hurry means what is spoken by almost everything.
        let with_scheme = if text.contains("://") || text.contains("unix:") {
            text.clone()
        } else {
            format!("http://{text}")
        };
        let server = match ServerAt::formed(&with_scheme) {
            Ok(at) => {
                Server { written: at.written, protocol: at.protocol, at: at.at, weight: 1, backup: false }
            }
            Err((what, hint)) => {
                problems.push(problem("--to", what, example(hint, ServerAt::FORM.examples[0])));
                continue;
            }
        };
        let fast = |server: &Server| server.protocol == Protocol::FastCgi;
        if out.iter().any(|other| other.at == server.at) {
            problems.push(problem("--to", format!("{text} stands here twice"), String::new()));
        } else if let Some(first) = out.first().filter(|first| fast(first) != fast(&server)) {
            let what = format!("{} and {} do not speak the same", first.written, server.written);
            problems.push(problem("--to", what, "servers that stand for each other speak alike".to_owned()));
        } else {
            out.push(server);
        }
    }
    out
}

fn action(arguments: &Arguments, servers: &[Server], problems: &mut Vec<Problem>) -> Option<Action> {
    let fast = servers.first().map(|server| server.protocol == Protocol::FastCgi);
    match (fast, &arguments.root) {
        (Some(false), None) => Some(Action::Proxy { upstream: 0, host: None }),
        (Some(true), Some(root)) => Some(Action::Php(usual_php(0, absolute(root)))),
        (Some(true), None) => {
            let hint = "--root with the folder that the site's files and scripts are in".to_owned();
            problems.push(problem("--to", "FastCGI needs to be told where scripts are".to_owned(), hint));
            None
        }
        (Some(false), Some(_)) => {
            let hint = "leave --root out, or write fastcgi:// for php-fpm".to_owned();
            problems.push(problem("--root", "these servers know their files themselves".to_owned(), hint));
            None
        }
        (None, Some(root)) if arguments.to.is_empty() => {
            let own = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
            let try_files = own(&["{path}", "{path}/", "=404"]);
            Some(Action::Files(Files {
                root: root.clone(),
                index: own(&["index.html"]),
                try_files,
                hidden: false,
                links: Vec::new(),
                charset: Charset::default(),
                sources: false,
            }))
        }
        (None, None) if arguments.to.is_empty() => {
            let hint = "for example: --to http://127.0.0.1:3000".to_owned();
            problems.push(problem("--to", "there is no server to pass requests on to".to_owned(), hint));
            None
        }
        (None, _) => None,
    }
}

/// The FastCGI server stands in another folder: it needs the whole path.
fn absolute(root: &PathBuf) -> PathBuf {
    std::path::absolute(root).unwrap_or_else(|_| root.clone())
}

fn upstream(servers: Vec<Server>) -> Upstream {
    // What stands in logs and metrics as the upstream's name.
    let name = match servers.first().map(|server| &server.at) {
        Some(Place::Name(name, _)) => name.clone(),
        _ => "upstream".to_owned(),
    };
    Upstream {
        name,
        servers,
        balance: Balance::default(),
        timeouts: Timeouts::default(),
        retry: Retry::default(),
        health: None,
        eject: Eject::default(),
        queue: None,
        connections: Connections::default(),
        tls: UpstreamTls::default(),
        resolver: None,
    }
}

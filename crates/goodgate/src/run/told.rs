//! What a gateway says on standard error of itself: what is in force once it runs, and what became of it since. The
//! access log is elsewhere.

use std::io::Write;

use goodgate_gateway::Gateway;
use goodgate_gateway::plan::{Plan, Upstream};

use crate::redact::redact;
use crate::words::{args, say, say_with};

/// Says a line. That nobody listens any more is no reason to stop serving.
pub(super) fn tell(line: &str) {
    write(&format!("goodgate: {}\n", redact(line)));
}

/// Writes a text as it is.
pub(super) fn write(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// What a plan comes to, in a few lines.
pub(super) fn facts(plan: &Plan) -> Vec<String> {
    let of_upstream = |upstream: &Upstream| {
        let servers: Vec<&str> = upstream.servers.iter().map(|server| server.written.as_str()).collect();
        say_with("run-upstream", &args![name = upstream.name.as_str(), servers = servers.join(", ")])
    };
    let mut facts: Vec<String> = plan.upstreams.iter().map(of_upstream).collect();
    facts.push(match &plan.access_log {
        None => say("run-no-log"),
        Some(log) => match &log.path {
            Some(path) => say_with("run-log", &args![path = path.display().to_string()]),
            None => say("run-log-out"),
        },
    });
    facts
}

/// Says where a gateway listens, what it does, and how it is told otherwise: `from` is its configuration, if it has
/// one, and whether changes of it are noticed.
pub(super) fn start(gateway: &Gateway, facts: &[String], from: Option<(&str, bool)>) {
    for address in gateway.listening() {
        tell(&say_with("run-listens", &args![address = address]));
    }
    for fact in facts {
        tell(fact);
    }
    if let Some(address) = gateway.admin_address() {
        tell(&say_with("run-admin", &args![address = address.to_string()]));
    }
    if let Some((file, watched)) = from {
        tell(&say_with(if watched { "run-follows" } else { "run-follows-not" }, &args![file = file]));
    }
    tell(&say("run-hint"));
}

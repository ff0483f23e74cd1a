//! `goodgate run`: from the command line or a configuration to a running gateway, until it is told to end.

use std::path::Path;

use goodgate_gateway::config::{Arguments, from_arguments};
use goodgate_gateway::plan::{Plan, Upstream};
use goodgate_gateway::{Gateway, Hooks};
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::arguments::Run;
use crate::check;
use crate::roles::{COULD_NOT_LOOK, FINE, PROBLEM, complain};
use crate::words::{args, say, say_with};

/// Runs the command; the exit code.
pub(crate) fn run(command: &Run) -> u8 {
    let plan = match plan(command) {
        Ok(plan) => plan,
        Err(code) => return code,
    };
    if command.check {
        return FINE;
    }
    let facts = facts(&plan);
    let hooks = Hooks { configuration: from(command), ..Hooks::default() };
    let gateway = match Gateway::start(plan, hooks) {
        Ok(gateway) => gateway,
        Err(error) => {
            complain(&[error.to_string()]);
            return COULD_NOT_LOOK;
        }
    };
    for address in gateway.listening() {
        complain(&[say_with("run-listens", &args![address = address])]);
    }
    complain(&facts);
    if let Some(address) = gateway.admin_address() {
        complain(&[say_with("run-admin", &args![address = address.to_string()])]);
    }
    complain(&[say("run-hint")]);
    match until_told(command, &gateway) {
        Ok(()) => {
            complain(&[say("run-ends")]);
            gateway.stop();
            FINE
        }
        Err(error) => {
            complain(&[error.to_string()]);
            COULD_NOT_LOOK
        }
    }
}

/// The configuration that is run, if it is one: none is wanted where the command line says all.
fn configuration(command: &Run) -> Option<&str> {
    let says = !command.listen.is_empty() || !command.to.is_empty() || command.root.is_some();
    match &command.config {
        Some(config) => Some(config),
        None => (!says && Path::new(check::USUAL).exists()).then_some(check::USUAL),
    }
}

/// What a plan comes to, in a few lines.
fn facts(plan: &Plan) -> Vec<String> {
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

/// Where the plan comes from, for whoever asks the running gateway.
fn from(command: &Run) -> String {
    configuration(command).unwrap_or("command line").to_owned()
}

/// The plan, or the exit code after what is wrong was told. Warnings are told, and do not stand in the way.
fn plan(command: &Run) -> Result<Plan, u8> {
    let Some(name) = configuration(command) else {
        let arguments = Arguments {
            listen: command.listen.clone(),
            to: command.to.clone(),
            root: command.root.as_deref().map(Into::into),
        };
        return from_arguments(&arguments).map_err(|problems| {
            tell(&check::problems("", &problems));
            COULD_NOT_LOOK
        });
    };
    let looked = check::look(name).map_err(|problem| {
        complain(&[problem]);
        COULD_NOT_LOOK
    })?;
    let fine = looked.is_fine();
    if !fine || command.check {
        tell(&check::text(std::slice::from_ref(&looked)));
    }
    match looked.plan {
        Some(_) if command.check && !fine => Err(PROBLEM),
        Some(plan) => Ok(plan),
        None if command.check => Err(PROBLEM),
        None => Err(COULD_NOT_LOOK),
    }
}

/// What is said while starting goes where the access log does not.
fn tell(text: &str) {
    use std::io::Write;
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Waits until somebody wants the program to end. SIGHUP loads the configuration anew and opens the access log anew; a
/// broken configuration is told, and the old one stays in force.
fn until_told(command: &Run, gateway: &Gateway) -> std::io::Result<()> {
    enum Told {
        End,
        Anew,
    }
    async fn told(signals: &mut [Signal; 3]) -> Told {
        let [interrupt, terminate, hang_up] = signals;
        tokio::select! {
            _ = interrupt.recv() => Told::End,
            _ = terminate.recv() => Told::End,
            _ = hang_up.recv() => Told::Anew,
        }
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut signals = runtime.block_on(async {
        Ok::<_, std::io::Error>([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ])
    })?;
    loop {
        match runtime.block_on(told(&mut signals)) {
            Told::End => return Ok(()),
            Told::Anew => {
                gateway.reopen_log();
                anew(command, gateway);
            }
        }
    }
}

fn anew(command: &Run, gateway: &Gateway) {
    if configuration(command).is_none() {
        return;
    }
    let loaded = plan(command).map_err(|_| None).and_then(|plan| gateway.reload(plan).map_err(Some));
    match loaded {
        Ok(()) => complain(&[say("run-loaded")]),
        Err(error) => {
            complain(&error.map(|error| error.to_string()).into_iter().collect::<Vec<_>>());
            complain(&[say("run-not-loaded")]);
        }
    }
}

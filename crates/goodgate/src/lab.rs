//! `goodgate lab`: what each of its commands does.

mod address;
mod compare;
mod list;
pub(crate) mod names;
mod serve;
pub(crate) mod show;
pub(crate) mod steps;
mod test;

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::sync::Arc;

use goodgate_lab::{Recipe, Speaks, recipes};
use tokio::runtime::{Builder, Runtime};

use crate::arguments::{Lab, LabCommand, Measure};
use crate::roles::complain;

/// Threads that play and ask; the lab waits far more than it works.
const WORKERS: usize = 2;

/// Runs the command; the exit code.
pub(crate) fn run(lab: &Lab) -> u8 {
    match &lab.command {
        LabCommand::List(command) => list::run(command),
        LabCommand::Show(command) => show::run(command),
        LabCommand::Serve(command) => serve::run(command),
        LabCommand::Test(command) => test::run(command),
        LabCommand::Compare(command) => compare::run(command),
    }
}

/// What the lab's sockets live in.
fn runtime() -> Result<Runtime, String> {
    let built = Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    built.map_err(|e| format!("no threads could be started: {e}"))
}

/// The recipes that are named, one by one or by their groups; all of them if none is.
fn chosen(measure: &Measure) -> Result<Vec<Arc<Recipe>>, Vec<String>> {
    let groups: Vec<_> = measure.group.iter().map(|name| names::group_named(name)).collect();
    let named: Vec<_> = measure.recipe.iter().map(|name| names::recipe(name)).collect();
    let unknown = groups.iter().filter_map(|found| found.clone().err());
    let unknown: Vec<String> = unknown.chain(named.iter().filter_map(|found| found.clone().err())).collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let wanted = |recipe: &&Arc<Recipe>| {
        (groups.is_empty() && named.is_empty())
            || groups.contains(&Ok(recipe.group))
            || named.iter().flatten().any(|named| named.name == recipe.name)
    };
    Ok(recipes().iter().filter(wanted).cloned().collect())
}

/// Whether a lab that listens on one port, as the only upstream of somebody else's gateway, can play it.
fn plays_alone(recipe: &Recipe, speaks: Speaks) -> bool {
    recipe.speaks == speaks && recipe.process.is_none() && recipe.dns.is_none()
}

/// Whoever opens the lab to others has to know that.
fn warn_of_others(at: SocketAddr) {
    if !at.ip().is_loopback() {
        complain(&[format!(
            "{at} is not an address of this machine alone: everybody who can reach it can use the lab. It serves \
             nothing of yours, but what it sends is broken on purpose."
        )]);
    }
}

/// Ends when somebody wants the program to end: Ctrl-C, SIGTERM, or SIGHUP, which comes when a terminal is closed. What
/// was started can then be stopped in order.
async fn told_to_end() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        tokio::select! {
            told = tokio::signal::ctrl_c() => told,
            _ = terminate.recv() => Ok(()),
            _ = hang_up.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Says on a terminal how far it is; elsewhere it is silent.
fn progress(text: &str) {
    if std::io::stderr().is_terminal() {
        crate::gather::progress(text);
    }
}

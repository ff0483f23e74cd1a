//! `goodgate run`: from the command line or a configuration to a running gateway, until it is told to end.

mod first_causes;
mod follow;
mod load;
mod told;

use std::future::pending;
use std::sync::Arc;
use std::time::Instant;

use goodgate_gateway::{Gateway, Hooks};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

use crate::arguments::Run;
use crate::roles::{COULD_NOT_LOOK, FINE};
use crate::words::{args, say, say_with};
use follow::Followed;
use load::{Loaded, load};
use told::tell;

/// Runs the command; the exit code.
pub(crate) fn run(command: &Run) -> u8 {
    let Loaded { plan, read } = load(command);
    let plan = match plan {
        Ok(plan) if !command.check => plan,
        Ok(_) => return FINE,
        Err(refused) if command.check => return refused.code,
        Err(_) => return COULD_NOT_LOOK,
    };
    let (facts, watched) = (told::facts(&plan), plan.process.watch_config);
    let from = load::configuration(command);
    let hooks = Hooks {
        configuration: from.unwrap_or("command line").to_owned(),
        first_causes: Some(first_causes::hook()),
        certificate_kept: Some(Arc::new(|error| {
            tell(&say_with("run-certificate-kept", &args![why = error.to_string()]));
        })),
    };
    first_causes::warm_up(&plan);
    let started = Gateway::start(plan, hooks).map_err(|error| error.to_string());
    let result = started.and_then(|gateway| {
        told::start(&gateway, &facts, load::file(command).map(|file| (file, watched)));
        let followed = load::followed(command, watched, read);
        let mut running = Running { command, gateway: &gateway, followed };
        running.until_told().map_err(|error| error.to_string())?;
        tell(&say("run-ends"));
        gateway.stop();
        Ok(())
    });
    match result {
        Ok(()) => FINE,
        Err(error) => {
            tell(&error);
            COULD_NOT_LOOK
        }
    }
}

/// What somebody wants of a gateway that runs.
enum Wanted {
    End,
    /// SIGHUP: everything that comes from files is to be read anew.
    Anew,
    /// It is time to look whether files have changed.
    Look,
}

/// A gateway that runs, and what it was started from.
struct Running<'a> {
    command: &'a Run,
    gateway: &'a Gateway,
    followed: Followed,
}

impl Running<'_> {
    /// Waits until somebody wants the program to end. SIGHUP loads the configuration anew and opens the access log
    /// anew by its name; a change of the files loads the configuration.
    fn until_told(&mut self) -> std::io::Result<()> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut signals = signals(&runtime)?;
        loop {
            match runtime.block_on(wanted(&mut signals, &self.followed)) {
                Wanted::End => return Ok(()),
                Wanted::Anew => {
                    self.gateway.reopen_log();
                    self.load();
                }
                Wanted::Look => {
                    if let Some(file) = self.followed.changed(Instant::now()) {
                        tell(&say_with("run-changed", &args![file = file.display().to_string()]));
                        self.load();
                    }
                }
            }
        }
    }

    /// Loads the configuration anew. A broken one is told, and the old one stays in force; what was read of it is
    /// followed all the same, so that it is told once and loaded when it is mended.
    fn load(&mut self) {
        if load::file(self.command).is_none() {
            return;
        }
        let Loaded { plan, read } = load(self.command);
        let watched = plan.as_ref().map_or(!self.followed.is_empty(), |plan| plan.process.watch_config);
        self.followed = load::followed(self.command, watched, read);
        let loaded = match plan {
            Ok(plan) => {
                first_causes::warm_up(&plan);
                self.gateway.reload(plan).map_err(|error| tell(&error.to_string())).map(|waiting| {
                    waiting.into_iter().for_each(|key| tell(&say_with("run-waits", &args![key = key])));
                })
            }
            Err(refused) => {
                self.gateway.refused(&refused.why);
                Err(())
            }
        };
        tell(&say(if loaded.is_ok() { "run-loaded" } else { "run-not-loaded" }));
    }
}

fn signals(runtime: &Runtime) -> std::io::Result<[Signal; 3]> {
    // Signals are received by the runtime that is entered.
    let _entered = runtime.enter();
    Ok([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?])
}

async fn wanted(signals: &mut [Signal; 3], followed: &Followed) -> Wanted {
    let [interrupt, terminate, hang_up] = signals;
    let next_look = async {
        if followed.is_empty() {
            pending::<()>().await;
        }
        sleep(follow::EVERY).await;
    };
    tokio::select! {
        _ = interrupt.recv() => Wanted::End,
        _ = terminate.recv() => Wanted::End,
        _ = hang_up.recv() => Wanted::Anew,
        () = next_look => Wanted::Look,
    }
}

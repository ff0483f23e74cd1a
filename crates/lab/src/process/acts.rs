//! What is done to a server that runs, or to the way to it, and how that is undone.

use std::fs::{self, Permissions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::running::{is_worker, send, wait_until};
use super::{Application, ask};
use crate::recipe::{Act, Occupy};

/// A server that is told to stop has no request to wait for here; uWSGI gives a worker two seconds.
const STOP_PATIENCE: Duration = Duration::from_secs(8);
/// Gunicorn's workers load the application after they have started, which takes long on a busy machine.
const READY_PATIENCE: Duration = Duration::from_secs(8);
/// Requests beforehand are at work after so long, or wait in a queue.
const OCCUPY_PATIENCE: Duration = Duration::from_secs(3);
/// Where the queue is full no connection comes about at all.
const CONNECT_PATIENCE: Duration = Duration::from_millis(300);
/// A watcher looks so often for a worker at work.
const WATCH_EVERY: Duration = Duration::from_millis(5);

impl Application {
    /// Does one thing that is done before the request; those that are in the configuration are done already.
    pub(super) fn act(&mut self, act: &Act) -> io::Result<()> {
        // A worker may not be ready yet when its process is there. Not for other acts: where a worker has only so
        // many requests in it, one of ours would be one too many.
        if matches!(act, Act::Occupy(_) | Act::KillWorker(_))
            && !wait_until(READY_PATIENCE, || self.is_right())
        {
            return Err(io::Error::other("it does not answer"));
        }
        let site = &self.site;
        match act {
            Act::Stop => self.stop(),
            Act::KillAll => {
                if let Some(running) = self.running.take() {
                    running.kill();
                }
                Ok(())
            }
            Act::Suspend => self.signal("STOP"),
            Act::SocketMode(mode) => site.told.path().map_or(Ok(()), |path| set_mode(path, mode)),
            Act::FolderMode(mode) => set_mode(&site.folder.join("run"), mode),
            Act::ScriptMode(mode) => set_mode(&site.script(), mode),
            Act::Filter => self.rule("drop"),
            Act::Reject(kind) => self.rule(&format!("reject with icmp type {kind}")),
            Act::RejectReset => self.rule("reject with tcp reset"),
            Act::Occupy(occupy) => self.occupy(occupy),
            Act::KillWorker(signal) => {
                let Some(running) = &self.running else { return Err(io::Error::other("it does not run")) };
                clear(&busy(&site.state()));
                self.watcher = Some(Watcher::start(site.state(), running.pid(), signal.clone()));
                Ok(())
            }
            Act::DoNotStart
            | Act::StartFails
            | Act::ListenElsewhere
            | Act::OnlyIpv6
            | Act::OnlyIpv4
            | Act::OnlyLoopback
            | Act::Speak(_)
            | Act::MoveScripts
            | Act::Setting(_)
            | Act::Ask(_)
            | Act::BreakCode => Ok(()),
        }
    }

    /// Undoes what is not undone by a new start.
    pub(super) fn undo(&self) -> io::Result<()> {
        let site = &self.site;
        for act in &site.process.acts {
            match act {
                Act::Suspend => self.signal("CONT")?,
                Act::SocketMode(_) => {
                    site.told.path().map_or(Ok(()), |path| set_mode(path, "0666"))?;
                }
                Act::FolderMode(_) => set_mode(&site.folder.join("run"), "0755")?,
                Act::ScriptMode(_) => set_mode(&site.script(), "0644")?,
                Act::Filter | Act::Reject(_) | Act::RejectReset => {
                    site.namespace.as_ref().map_or(Ok(()), super::namespace::Namespace::flush)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn stop(&mut self) -> io::Result<()> {
        let Some(running) = self.running.take() else { return Ok(()) };
        running.signal_main("TERM")?;
        let stopped = wait_until(STOP_PATIENCE, || !running.is_alive());
        running.kill();
        if stopped { Ok(()) } else { Err(io::Error::other("it does not stop")) }
    }

    fn signal(&self, signal: &str) -> io::Result<()> {
        self.running.as_ref().map_or(Ok(()), |running| running.signal_all(signal))
    }

    fn rule(&self, verdict: &str) -> io::Result<()> {
        let (Some(namespace), super::Reach::Tcp(told)) = (&self.site.namespace, &self.site.told) else {
            return Ok(());
        };
        namespace.flush()?;
        namespace.rule(&format!("tcp dport {} {verdict}", told.port()))
    }

    /// Makes requests that take long: first one for each worker, and once these are at work all others, so that the
    /// queue is as full as it becomes.
    fn occupy(&mut self, occupy: &Occupy) -> io::Result<()> {
        let (state, Some(running)) = (self.site.state(), &self.running) else { return Ok(()) };
        clear(&busy(&state));
        let workers = u32::try_from(running.workers().len()).unwrap_or(u32::MAX);
        let enough = workers.min(occupy.requests);
        self.ask_for_long(&occupy.ask, 0..enough);
        if !wait_until(OCCUPY_PATIENCE, || busy(&state).len() >= enough as usize) {
            return Err(io::Error::other(format!("its {workers} workers are not all at work")));
        }
        self.ask_for_long(&occupy.ask, enough..occupy.requests);
        Ok(())
    }

    /// Makes requests of these numbers and leaves them open.
    fn ask_for_long(&mut self, behaviour: &str, numbers: Range<u32>) {
        let site = &self.site;
        // Where nobody accepts any more, that is what is wanted.
        self.occupying.extend(numbers.filter_map(|number| {
            let target = format!("/r/{}/busy{number}?do={behaviour}", site.recipe);
            ask::open(&site.told, site.speaks, &site.script(), &target, CONNECT_PATIENCE).ok()
        }));
    }
}

/// Kills the worker that has a request, as soon as one has. Ends when dropped.
#[derive(Debug)]
pub(super) struct Watcher {
    acted: Arc<AtomicBool>,
    enough: Arc<AtomicBool>,
}

impl Watcher {
    fn start(state: PathBuf, main: u32, signal: String) -> Self {
        let made = Self { acted: Arc::default(), enough: Arc::default() };
        let (acted, enough) = (Arc::clone(&made.acted), Arc::clone(&made.enough));
        thread::spawn(move || {
            while !enough.load(Ordering::Relaxed) {
                for at_work in busy(&state) {
                    clear(std::slice::from_ref(&at_work));
                    let Some(pid) = named_process(&at_work).filter(|pid| is_worker(*pid, main)) else {
                        continue;
                    };
                    if !enough.load(Ordering::Relaxed) && send(&signal, &pid.to_string()).is_ok() {
                        acted.store(true, Ordering::Relaxed);
                    }
                }
                thread::sleep(WATCH_EVERY);
            }
        });
        made
    }

    /// Whether a worker was killed.
    pub(super) fn has_acted(&self) -> bool {
        self.acted.load(Ordering::Relaxed)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.enough.store(true, Ordering::Relaxed);
    }
}

const BUSY: &str = "busy-";

/// The files with which the application says that a process is at work.
fn busy(state: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(state) else { return Vec::new() };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(BUSY))
        })
        .collect()
}

/// The process that such a file is about. The folder belongs to the application's user, who may write any name in it,
/// and the signal is sent by root: to `kill`, a number below 1 means more than one process, and 1 is the system's first.
fn named_process(file: &Path) -> Option<u32> {
    let digits = file.file_name()?.to_str()?.strip_prefix(BUSY)?;
    // `parse` takes a plus sign too.
    digits.parse().ok().filter(|pid| *pid > 1 && !digits.starts_with('+'))
}

fn clear(files: &[PathBuf]) {
    for file in files {
        let _ = fs::remove_file(file);
    }
}

/// Gives it to root with this mode, written in octal.
fn set_mode(path: &Path, mode: &str) -> io::Result<()> {
    let mode = u32::from_str_radix(mode, 8).map_err(io::Error::other)?;
    chown(path, Some(0), Some(0))?;
    fs::set_permissions(path, Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;
    use std::time::Duration;

    use super::super::running::{Running, is_worker, wait_until};
    use super::named_process;

    #[test]
    fn only_a_number_above_one_names_a_process() {
        assert_eq!(named_process(Path::new("/state/busy-4711")), Some(4711));
        for name in ["-1", "0", "1", "", "+5", "5 6", "4294967296", "5;id", "\u{665}"] {
            assert_eq!(named_process(Path::new(&format!("/state/busy-{name}"))), None, "{name}");
        }
        assert_eq!(named_process(Path::new("/state/4711")), None);
        assert_eq!(named_process(Path::new("/state/..")), None);
    }

    #[test]
    fn a_process_that_the_main_process_did_not_start_is_no_worker() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & wait"]);
        let running = Running::start(&mut command, Path::new("/dev/null")).unwrap();
        assert!(wait_until(Duration::from_secs(5), || running.workers().len() == 1));
        let (main, worker) = (running.pid(), running.workers()[0]);
        assert!(is_worker(worker, main));
        for other in [main, std::process::id(), 1, u32::MAX] {
            assert!(!is_worker(other, main), "{other}");
        }
        running.kill();
        assert!(!is_worker(worker, main));
    }
}

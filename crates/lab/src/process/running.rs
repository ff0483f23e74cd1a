//! A server that runs: its main process, its workers, and signals to them.
//!
//! The main process leads a process group of its own, and everything that it starts stays in it; so nothing that
//! somebody else started is ever hit. Knows no product.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at a state that is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Killed processes are gone long before that; only one that waits for a disk in vain is not.
const END_PATIENCE: Duration = Duration::from_secs(3);

/// A server's processes. Dropping it kills them all, and so does the end of this program, whatever ends it.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    has_ended: bool,
    _guard: Guard,
}

impl Running {
    /// Starts the command in a group of its own, with everything that it prints in `output`.
    pub(super) fn start(command: &mut Command, output: &Path) -> io::Result<Self> {
        let printed = File::options().create(true).append(true).open(output)?;
        command.stdin(Stdio::null()).stdout(printed.try_clone()?).stderr(printed).process_group(0);
        let mut child = command.spawn()?;
        match Guard::start(&format!("kill -s KILL -- -{}", child.id())) {
            Ok(guard) => Ok(Self { child, has_ended: false, _guard: guard }),
            Err(problem) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(problem)
            }
        }
    }

    /// The main process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether the main process still runs. It is not reaped by this, so that its number stays its own.
    pub(super) fn is_alive(&self) -> bool {
        stat(self.pid()).is_some_and(|of| of.is_alive())
    }

    /// The processes that the main process started and that still run.
    pub(super) fn workers(&self) -> Vec<u32> {
        let main = self.pid();
        members(main).filter(|pid| is_worker(*pid, main)).collect()
    }

    /// Sends a signal (`TERM`) to the main process.
    pub(super) fn signal_main(&self, signal: &str) -> io::Result<()> {
        send(signal, &self.pid().to_string())
    }

    /// Sends a signal to all of its processes.
    pub(super) fn signal_all(&self, signal: &str) -> io::Result<()> {
        send(signal, &format!("-{}", self.pid()))
    }

    /// Kills all of its processes. A unix socket stays behind.
    pub(super) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        // The group before the wait, and also where the main process has ended by itself, since its workers may have
        // outlived it: until it is reaped, no other process and no other group can have its number.
        let _ = self.signal_all("KILL");
        let _ = self.child.kill();
        // As long as one of them is left, it holds the port.
        let main = self.pid();
        wait_until(END_PATIENCE, || !members(main).any(|pid| pid != main));
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// A shell that cleans up where this program is ended without a chance to do that itself (SIGKILL, Ctrl-C): it waits
/// at a pipe that the kernel closes with us. Dropping it calls it off.
#[derive(Debug)]
pub(super) struct Guard {
    shell: Child,
}

impl Guard {
    /// The command is the shell's, and holds nothing that came from outside.
    pub(super) fn start(cleans_up: &str) -> io::Result<Self> {
        let shell = Command::new("sh")
            .args(["-c", &format!("read -r _; {cleans_up}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // What a terminal sends to our group when somebody wants us to end is not for it.
            .process_group(0)
            .spawn()?;
        Ok(Self { shell })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Before its pipe is closed: `wait` would do that first, and so let it go ahead.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

/// Sends a signal to a process, or to a group where the number has a minus.
pub(super) fn send(signal: &str, to: &str) -> io::Result<()> {
    // Every system has the shell's `kill`; the program of that name is missing on small ones.
    let sent = Command::new("sh")
        .args(["-c", "kill -s \"$0\" -- \"$1\"", signal, to])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if sent.success() { Ok(()) } else { Err(io::Error::other(format!("no process {to} took {signal}"))) }
}

/// Waits until it is so, at most this long; whether it became so.
pub(super) fn wait_until(patience: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + patience;
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// The processes of a group that have not ended.
fn members(group: u32) -> impl Iterator<Item = u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(move |pid| stat(*pid).is_some_and(|of| of.group == group && of.is_alive()))
}

/// Whether the process runs, in the group of this main process and started by it.
pub(super) fn is_worker(pid: u32, main: u32) -> bool {
    stat(pid).is_some_and(|of| of.parent == main && of.group == main && of.is_alive())
}

/// What the kernel says of a process (proc(5), `/proc/PID/stat`).
struct Stat {
    state: char,
    parent: u32,
    group: u32,
}

impl Stat {
    /// Not one that has ended and waits to be reaped.
    fn is_alive(&self) -> bool {
        self.state != 'Z' && self.state != 'X'
    }
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may have brackets and spaces of its own.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    Some(Stat { state, parent: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_acts_where_its_pipe_ends_and_only_there() {
        let folder = std::env::temp_dir();
        let mark = |name: &str| folder.join(format!("goodgate-guard-{}-{name}", std::process::id()));
        let (let_go, called_off) = (mark("let-go"), mark("called-off"));
        let mut guard = Guard::start(&format!("touch {}", let_go.display())).unwrap();
        drop(Guard::start(&format!("touch {}", called_off.display())).unwrap());
        // As when this program ends.
        drop(guard.shell.stdin.take());
        assert!(wait_until(Duration::from_secs(5), || let_go.exists()));
        assert!(!called_off.exists());
        fs::remove_file(let_go).unwrap();
    }

    #[test]
    fn a_group_is_seen_and_ends_with_its_leader() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & wait"]);
        let running = Running::start(&mut command, Path::new("/dev/null")).unwrap();
        assert!(wait_until(Duration::from_secs(5), || running.workers().len() == 1));
        assert!(running.is_alive());
        let worker = running.workers()[0];
        running.kill();
        assert!(!stat(worker).is_some_and(|of| of.is_alive()), "it is gone when `kill` returns");
    }

    #[test]
    fn a_group_ends_also_where_its_leader_ended_first() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & exit 1"]);
        let running = Running::start(&mut command, Path::new("/dev/null")).unwrap();
        let main = running.pid();
        assert!(wait_until(Duration::from_secs(5), || !running.is_alive()));
        assert_eq!(members(main).count(), 1, "what it started runs on");
        drop(running);
        assert_eq!(members(main).count(), 0);
    }
}

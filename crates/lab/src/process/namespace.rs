//! A network namespace with a small network to it, so that packets can be dropped and rejected without a rule that
//! could hit anybody else. Needs root, `ip` and `nft`.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::running::{Guard, wait_until};

/// The addresses are taken from 198.51.100.0/24, which is for documentation (RFC 5737 §3): four for each namespace.
const NETWORKS: u32 = 63;
/// Link names have 15 characters at most, so the count in them stays small.
const COUNT_MAX: u32 = 1000;
const PREFIX: &str = "gg-";
/// Programs that make namespaces take turns by a lock on this folder, which every Linux has and only root may change.
/// Not the folder of the namespaces below it: `ip` locks that itself.
const TURNS: &str = "/run";
/// Making one takes a fraction of a second, also on a busy machine; so many may be before us.
const TURN_PATIENCE: Duration = Duration::from_secs(20);

/// A namespace of our own. Dropping it removes it, and the link with it.
#[derive(Debug)]
pub(super) struct Namespace {
    name: String,
    link: String,
    inside: Ipv4Addr,
    _guard: Guard,
}

impl Namespace {
    /// Makes one.
    ///
    /// # Errors
    /// Why that is not possible here: no rights, or `ip` or `nft` is missing.
    pub(super) fn new() -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // Until the addresses are there, nobody else sees that they are taken.
        let _turn = turn()?;
        sweep();
        let count = COUNT.fetch_add(1, Ordering::Relaxed) % COUNT_MAX;
        let process = std::process::id();
        let (outside, inside) = free_pair(process.wrapping_add(count))?;
        let name = format!("{PREFIX}{process}-{count}");
        let link = format!("gg{process}x{count}");
        let guard = Guard::start(&format!("ip link del {link}; ip netns del {name}"))
            .map_err(|problem| format!("sh: {problem}"))?;
        let made = Self { name, link, inside, _guard: guard };
        run(&["netns", "add", &made.name])?;
        made.connect(outside)?;
        made.nft(&["list", "ruleset"]).map_err(|problem| format!("nft: {problem}"))?;
        Ok(made)
    }

    fn connect(&self, outside: Ipv4Addr) -> Result<(), String> {
        let (name, far) = (self.name.as_str(), format!("{}i", self.link));
        run(&["link", "add", &self.link, "type", "veth", "peer", "name", &far, "netns", name])?;
        run(&["addr", "add", &format!("{outside}/30"), "dev", &self.link])?;
        run(&["link", "set", &self.link, "up"])?;
        run(&["-n", name, "addr", "add", &format!("{}/30", self.inside), "dev", &far])?;
        run(&["-n", name, "link", "set", &far, "up"])?;
        run(&["-n", name, "link", "set", "lo", "up"])
    }

    /// The address inside.
    pub(super) fn address(&self) -> Ipv4Addr {
        self.inside
    }

    /// A command that runs inside, with the same process number.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }

    /// Puts one rule before everything that comes in, such as `tcp dport 9000 drop`.
    pub(super) fn rule(&self, rule: &str) -> io::Result<()> {
        let text = format!(
            "table inet filter {{\n chain input {{\n  type filter hook input priority 0; policy accept;\n  \
             {rule}\n }}\n}}\n"
        );
        let mut child = self
            .command(Path::new("nft"))
            .args(["-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(text.as_bytes())?;
        }
        said(&child.wait_with_output()?).map(|_| ())
    }

    /// Takes all rules away.
    pub(super) fn flush(&self) -> io::Result<()> {
        self.nft(&["flush", "ruleset"]).map(|_| ())
    }

    /// Runs nft inside; what it prints.
    pub(super) fn nft(&self, arguments: &[&str]) -> io::Result<String> {
        said(&self.command(Path::new("nft")).args(arguments).stdin(Stdio::null()).output()?)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // The link first: with the namespace alone it would go away a little later.
        let _ = run(&["link", "del", &self.link]);
        let _ = run(&["netns", "del", &self.name]);
    }
}

/// The right to make a namespace, which no other thread and no other process has until this is dropped.
fn turn() -> Result<File, String> {
    let folder = File::open(TURNS).map_err(|problem| format!("{TURNS}: {problem}"))?;
    let mut lock = Err(TryLockError::WouldBlock);
    wait_until(TURN_PATIENCE, || {
        lock = folder.try_lock();
        !matches!(lock, Err(TryLockError::WouldBlock))
    });
    lock.map(|()| folder).map_err(|problem| format!("no lock on {TURNS}: {problem}"))
}

/// Removes what a process left behind that was killed.
fn sweep() {
    let Ok(entries) = std::fs::read_dir("/run/netns") else { return };
    for name in entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if owner.is_some_and(|owner| !Path::new(&format!("/proc/{owner}")).exists()) {
            let _ = run(&["netns", "del", &name]);
        }
    }
}

/// Two addresses of one network that this machine has not.
fn free_pair(from: u32) -> Result<(Ipv4Addr, Ipv4Addr), String> {
    let taken = said(
        &Command::new("ip")
            .args(["-o", "-4", "addr"])
            .output()
            .map_err(|problem| format!("ip cannot be run: {problem}"))?,
    )
    .map_err(|problem| problem.to_string())?;
    (0..NETWORKS)
        .filter_map(|step| u8::try_from(from.wrapping_add(step) % NETWORKS * 4).ok())
        .map(|low| (Ipv4Addr::new(198, 51, 100, low + 1), Ipv4Addr::new(198, 51, 100, low + 2)))
        .find(|(outside, _)| !taken.contains(&format!(" {outside}/")))
        .ok_or_else(|| "all of 198.51.100.0/24 is in use".to_owned())
}

fn run(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("ip").args(arguments).stdin(Stdio::null()).output();
    output
        .and_then(|output| said(&output))
        .map(|_| ())
        .map_err(|problem| format!("ip {}: {problem}", arguments.join(" ")))
}

/// What a command printed, or what it complained about.
fn said(output: &Output) -> io::Result<String> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(io::Error::other(if complaint.is_empty() { output.status.to_string() } else { complaint }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_has_the_turn() {
        let first = turn().unwrap();
        // A second open of the folder is to the kernel what another process has.
        let second = File::open(TURNS).unwrap();
        assert!(matches!(second.try_lock(), Err(TryLockError::WouldBlock)));
        drop(first);
        assert!(wait_until(TURN_PATIENCE, || second.try_lock().is_ok()));
    }
}

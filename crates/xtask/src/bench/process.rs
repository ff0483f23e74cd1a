//! Processes that a measurement starts: where they run, what they cost, how they end. Linux's /proc is read.

use std::ffi::OsStr;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often something is looked at that is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Ports are taken from here, below those that Linux gives to outgoing connections, so that a server can come back to
/// its port while thousands of connections are opened.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A command that runs on one core.
pub(crate) fn pinned(core: usize, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("taskset");
    command.arg("-c").arg(core.to_string()).arg(program);
    command
}

/// A program by its name, where administrators' programs are as well.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin", "/usr/bin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(usual).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// php-fpm, which Debian names after its version: the newest.
pub(crate) fn find_php_fpm() -> Option<PathBuf> {
    let folder = fs::read_dir("/usr/sbin").ok()?;
    let files = folder.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    files
        .filter(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("php-fpm")))
        .max()
}

/// So many free ports of the loopback interface.
pub(crate) fn free_ports(count: usize) -> Result<Vec<SocketAddr>, String> {
    // Chores that run at the same time begin elsewhere.
    let span = PORTS.end - PORTS.start;
    let first = u16::try_from(std::process::id() * 37 % u32::from(span)).unwrap_or(0);
    let around = (0..span).map(|n| PORTS.start + (first + n) % span);
    let free = around
        .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .filter(|address| TcpListener::bind(address).is_ok());
    let ports: Vec<SocketAddr> = free.take(count).collect();
    if ports.len() == count { Ok(ports) } else { Err("there are not enough free ports".to_owned()) }
}

/// Waits until somebody takes connections at an address.
pub(crate) fn wait_for(address: SocketAddr, until: Instant) -> Result<(), String> {
    while TcpStream::connect(address).is_err() {
        if Instant::now() > until {
            return Err(format!("nobody listens at {address}"));
        }
        sleep(LOOK_EVERY);
    }
    Ok(())
}

/// Waits for a child's end; whether it came in time.
pub(crate) fn ends(child: &mut Child, until: Instant) -> bool {
    loop {
        match child.try_wait() {
            Ok(None) if Instant::now() < until => sleep(LOOK_EVERY),
            Ok(None) => return false,
            Ok(Some(_)) | Err(_) => return true,
        }
    }
}

/// Sends a signal to a process that this chore started.
pub(crate) fn signal(pid: u32, name: &str) -> Result<(), String> {
    let status = Command::new("kill").args(["-s", name, &pid.to_string()]).stderr(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("process {pid} cannot be sent {name}")),
        Err(e) => Err(format!("kill: {e}")),
    }
}

/// A process and all below it, itself first.
pub(crate) fn family(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut at = 0;
    while let Some(pid) = all.get(at).copied() {
        at += 1;
        for task in tasks(pid) {
            let children = fs::read_to_string(task.join("children")).unwrap_or_default();
            all.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
    }
    all
}

fn tasks(pid: u32) -> Vec<PathBuf> {
    let folder = fs::read_dir(format!("/proc/{pid}/task"));
    folder.map(|entries| entries.filter_map(|e| e.ok().map(|e| e.path())).collect()).unwrap_or_default()
}

/// Processor time of a process and all below it, in nanoseconds (the first field of `schedstat`).
pub(crate) fn cpu_ns(pid: u32) -> u64 {
    family(pid).into_iter().flat_map(tasks).filter_map(|task| on_cpu_ns(&task)).sum()
}

fn on_cpu_ns(task: &Path) -> Option<u64> {
    fs::read_to_string(task.join("schedstat")).ok()?.split_whitespace().next()?.parse().ok()
}

/// The load average of the last minute, for whoever judges how noisy a measurement was.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("?").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_free_and_differ() {
        let ports = free_ports(3).unwrap();
        assert_eq!(ports.len(), 3);
        assert!(ports[0] != ports[1] && ports[1] != ports[2]);
        assert!(ports.iter().all(|address| PORTS.contains(&address.port())));
    }

    #[test]
    fn a_process_is_of_its_own_family_and_has_cost_something() {
        let own = std::process::id();
        assert_eq!(family(own).first(), Some(&own));
        assert!(cpu_ns(own) > 0);
    }
}

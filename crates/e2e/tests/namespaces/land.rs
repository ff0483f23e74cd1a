//! A network namespace with the processes in it. All of it ends with the test, however that ends: the first process in
//! there waits for its standard input to be closed, and the kernel ends the others with it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Nothing here takes longer, even on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Says that it is there, and removes the world's folder when nobody needs it any more.
const KEEPER: &str = r#"echo here; cat >/dev/null; rm -rf "$0""#;

pub(crate) struct Land {
    /// A folder for its files.
    pub(crate) path: PathBuf,
    keeper: Child,
    running: Mutex<Vec<Child>>,
}

impl Land {
    /// A namespace with the loopback device and one that leads nowhere; `None` after saying that it is not permitted.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("goodgate-{name}-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        let mut command = Command::new("unshare");
        command.args(["--net", "--pid", "--mount", "--fork", "--kill-child"]);
        if !is_root() {
            command.args(["--user", "--map-root-user"]);
        }
        command.args(["sh", "-c", KEEPER]).arg(&path);
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let mut said = String::new();
        let _ = BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut said);
        let land = Self { path, keeper, running: Mutex::default() };
        if said.trim() != "here" {
            let _ = fs::remove_dir_all(&land.path);
            goodgate_e2e::skip("the right to make network namespaces (root)");
            return None;
        }
        // Without asking who has an address, so that what is sent to nobody is lost and not refused.
        land.run("ip link set lo up && ip link add wire type veth peer name nowhere");
        land.run("ip link set wire arp off && ip link set wire up && ip link set nowhere up");
        Some(land)
    }

    /// Writes a file of this world.
    pub(crate) fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// A command that runs in here.
    pub(crate) fn command(&self, program: &str) -> Command {
        let of = |kind: &str| format!("/proc/{}/ns/{kind}", self.keeper.id());
        let mut command = Command::new("nsenter");
        if !is_root() {
            command.arg(format!("--user={}", of("user"))).arg("--preserve-credentials");
        }
        command.arg(format!("--net={}", of("net"))).arg(format!("--pid={}", of("pid_for_children")));
        command.arg("--").arg(program).stdin(Stdio::null());
        command
    }

    /// Runs a script and wants it to succeed.
    pub(crate) fn run(&self, script: &str) {
        let Output { status, stderr, .. } = self.command("sh").args(["-ec", script]).output().unwrap();
        assert!(status.success(), "{script}\n{}", String::from_utf8_lossy(&stderr));
    }

    /// Gives this world an address of its own.
    pub(crate) fn address(&self, address: &str) {
        // Without looking for duplicates, which takes IPv6 a second.
        let late = if address.contains(':') { " nodad" } else { "" };
        self.run(&format!("ip addr add {address} dev wire{late}"));
    }

    /// Starts a server; what it prints goes to a file.
    pub(crate) fn start(&self, name: &str, program: &str, arguments: &[&str]) {
        let file = File::create(self.path.join(format!("{name}.log"))).unwrap();
        let mut command = self.command(program);
        command.args(arguments).current_dir(&self.path).stdout(file.try_clone().unwrap()).stderr(file);
        self.running.lock().unwrap().push(command.spawn().unwrap());
    }

    /// Waits until the script succeeds.
    pub(crate) fn wait_for(&self, script: &str) {
        let until = Instant::now() + DEADLINE;
        while !self.command("sh").args(["-c", script]).output().unwrap().status.success() {
            assert!(Instant::now() < until, "waited in vain for {script}\n{}", self.logs());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn logs(&self) -> String {
        let files = fs::read_dir(&self.path).unwrap().filter_map(|entry| Some(entry.ok()?.path()));
        let logs = files.filter(|path| path.extension().is_some_and(|extension| extension == "log"));
        logs.map(|path| format!("{}:\n{}", path.display(), fs::read_to_string(&path).unwrap())).collect()
    }
}

impl Drop for Land {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
        for child in self.running.lock().unwrap().iter_mut() {
            let _ = child.wait();
        }
    }
}

/// Whether all that this needs is installed, after saying what is not.
pub(crate) fn are_installed(programs: &[&str]) -> bool {
    let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"];
    programs.iter().all(|program| {
        let found = folders.iter().any(|folder| PathBuf::from(folder).join(program).exists());
        if !found {
            goodgate_e2e::skip(program);
        }
        found
    })
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&id).trim() == "0"
}

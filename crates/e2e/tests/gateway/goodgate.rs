//! The gateway under test: the binary of this build, run on a configuration of the test's own.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use goodgate_e2e::binary;

use crate::product::{signal, wait_for};
use crate::room::Room;

/// Where it listens on a port that the system gives. A configuration has it once for each listener.
pub(crate) const ANY: &str = "127.0.0.1:0";

/// A gateway that runs; stopped when it goes out of scope.
pub(crate) struct Goodgate {
    child: Child,
    /// What it prints.
    output: PathBuf,
    configuration: PathBuf,
    /// Where it listens, in the order of the configuration.
    pub(crate) ports: Vec<u16>,
}

impl Goodgate {
    /// Runs it on this configuration; its access log goes to `access.log`.
    pub(crate) fn start(room: &Room, text: &str) -> Self {
        let configuration = room.put("goodgate.toml", &whole(text));
        let output = room.file("goodgate.out");
        let file = File::create(&output).unwrap();
        let mut command = Command::new(binary());
        command.args(["run", "-c"]).arg(&configuration).env("LC_ALL", "C").stdin(Stdio::null());
        let child = command.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        let mut gateway = Self { child, output, configuration, ports: Vec::new() };
        let listeners = text.matches(ANY).count();
        gateway.ports = wait_for("the gateway", || {
            assert!(gateway.child.try_wait().unwrap().is_none(), "it ended: {}", gateway.told());
            Some(addresses(&gateway.told())).filter(|ports| ports.len() == listeners)
        });
        gateway
    }

    /// The port of the first listener.
    pub(crate) fn port(&self) -> u16 {
        self.ports[0]
    }

    /// The address of a page over plain HTTP.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port())
    }

    /// What it printed so far.
    pub(crate) fn told(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap_or_default()
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(name, self.child.id());
    }

    /// Puts another configuration in the place of the one that is run, has it loaded, and waits for the word on that.
    pub(crate) fn load(&self, text: &str, word: &str) {
        std::fs::write(&self.configuration, whole(text)).unwrap();
        let before = self.told().matches(word).count();
        self.signal("HUP");
        wait_for(word, || (self.told().matches(word).count() > before).then_some(()));
    }

    /// Its memory in RAM, in KiB, as the kernel counts it: `VmRSS` now, `VmHWM` the most so far (proc_pid_status(5)).
    pub(crate) fn memory(&self, which: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(which)?.strip_prefix(':')).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// How it ended, once it has.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        wait_for("the gateway's end", || self.child.try_wait().unwrap())
    }
}

impl Drop for Goodgate {
    fn drop(&mut self) {
        // What is still in hand when a test ends nobody waits for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A configuration as it is written to its file.
pub(crate) fn whole(text: &str) -> String {
    format!("{text}\n[access_log]\npath = \"access.log\"\n")
}

/// The ports of "listening on …".
fn addresses(told: &str) -> Vec<u16> {
    let lines = told.lines().filter_map(|line| line.split_once("listening on ")?.1.rsplit_once(':'));
    lines.filter_map(|(_, port)| port.trim().parse().ok()).collect()
}

/// The records of the access log so far, of requests for this path.
pub(crate) fn recorded(room: &Room, path: &str) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(room.file("access.log")).unwrap_or_default();
    // The last line may be written just now.
    let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    lines.filter(|record| record["path"] == path).collect()
}

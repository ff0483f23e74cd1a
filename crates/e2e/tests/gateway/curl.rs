//! Asking with curl.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use crate::product::find;
use crate::room::Room;

/// curl, and where it leaves what it read.
pub(crate) struct Curl {
    program: PathBuf,
    folder: PathBuf,
    number: AtomicU32,
}

/// What came of asking.
#[derive(Debug)]
pub(crate) struct Answer {
    /// curl's exit code.
    pub(crate) code: i32,
    /// The last status; 0 where there was none.
    pub(crate) status: u16,
    /// The protocol: `1.0`, `1.1`, `2`.
    pub(crate) version: String,
    /// All heads that came, interim ones included.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Bytes of the request's body that were sent.
    pub(crate) uploaded: u64,
    /// What it said: with `-v` the whole conversation.
    pub(crate) told: String,
}

impl Curl {
    /// `None` after saying that it is not installed.
    pub(crate) fn new(room: &Room) -> Option<Self> {
        Some(Self { program: find("curl")?, folder: room.path.clone(), number: AtomicU32::new(0) })
    }

    /// The command with what every use of it needs.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        // Nothing of whoever runs the tests: no settings, no proxy.
        command.args([
            "-q",
            "--silent",
            "--show-error",
            "--no-progress-meter",
            "--noproxy",
            "*",
            "--max-time",
            "60",
        ]);
        command
    }

    pub(crate) fn ask(&self, words: &[&str]) -> Answer {
        self.send(words, b"")
    }

    /// Asks, with this on standard input.
    pub(crate) fn send(&self, words: &[&str], input: &[u8]) -> Answer {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let head = self.folder.join(format!("head-{number}"));
        let told = "%{stderr}\n%{http_version} %{response_code} %{size_upload}";
        let mut command = self.command();
        command.arg("--dump-header").arg(&head).args(["--write-out", told]).args(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let input = input.to_vec();
        // It may end without having read all of it.
        let writer = std::thread::spawn(move || drop(pipe.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let (told, numbers) = said.rsplit_once('\n').unwrap_or_else(|| panic!("curl said {said}"));
        let mut numbers = numbers.split(' ');
        let mut next = || numbers.next().unwrap_or_else(|| panic!("curl said {said}")).to_owned();
        Answer {
            code: output.status.code().unwrap_or(-1),
            version: next(),
            status: next().parse().unwrap(),
            uploaded: next().parse().unwrap(),
            head: std::fs::read_to_string(head).unwrap_or_default(),
            body: output.stdout,
            told: told.to_owned(),
        }
    }
}

impl Answer {
    /// curl's exit code and the status.
    pub(crate) fn came(&self) -> (i32, u16) {
        (self.code, self.status)
    }

    /// The last value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next_back()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as a document.
    pub(crate) fn document(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

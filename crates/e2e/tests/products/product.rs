//! Finding a product, running it as a child of the test, stopping it by its process id.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Nothing here takes longer, even on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// A product that runs; stopped when it goes out of scope.
pub(crate) struct Running {
    child: Child,
}

impl Running {
    /// Starts the command; what it prints goes to the file `output`.
    pub(crate) fn start(command: &mut Command, output: &Path) -> Self {
        let file = File::create(output).unwrap();
        command.env("TZ", "UTC").stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        let child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        Self { child }
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(name, self.child.id());
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SIGTERM first, so that a master process takes its workers along.
        self.signal("TERM");
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(PAUSE);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to one process.
pub(crate) fn signal(name: &str, pid: u32) {
    let words = ["-c", "kill -s \"$0\" \"$1\"", name, &pid.to_string()];
    let _ = Command::new("sh").args(words).stderr(Stdio::null()).status();
}

/// Looks again and again until there is an answer.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "waited in vain for {what}");
        std::thread::sleep(PAUSE);
    }
}

/// The program's path; `None` after saying that its test is skipped.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let found = folders.iter().find_map(|folder| {
        // php-fpm carries its version in its name on Debian.
        let mut names: Vec<PathBuf> =
            std::fs::read_dir(folder).ok()?.filter_map(|e| Some(e.ok()?.path())).collect();
        names.retain(|path| {
            let file = path.file_name().and_then(|f| f.to_str()).unwrap_or("");
            file.strip_prefix(name).is_some_and(|rest| {
                rest.is_empty() || name == "php-fpm" && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            })
        });
        names.sort();
        names.pop()
    });
    if found.is_none() {
        goodgate_e2e::skip(name);
    }
    found
}

/// Whether the test may change owners and run workers as another user.
pub(crate) fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().map(|o| o.stdout).unwrap_or_default();
    String::from_utf8_lossy(&id).trim() == "0"
}

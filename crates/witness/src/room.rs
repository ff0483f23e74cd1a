//! A folder of its own for a gateway, a free port, and the gateway as a child that is stopped by its process id.
//!
//! Knows no product.

use std::fs;
use std::io::{self, Seek, SeekFrom};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use goodgate_lab::{Drive, Gateway, ask};

use crate::products::OWN;

/// A gateway that was told to stop and has not done so in this time is killed: long enough to write its logs out.
const STOP: Duration = Duration::from_secs(3);
/// Between two looks at a child or at a port: short against a start, long against the cost of a look.
const PAUSE: Duration = Duration::from_millis(20);
/// One answer to the question whether a gateway is ready must come in this time.
const ANSWER: Duration = Duration::from_secs(2);
/// So much of the end of a file is shown where a gateway did not start.
const TAIL_LINES: usize = 6;

/// Where a temporary folder is there already, so many further names are tried: more than one process ever makes.
const FOLDERS_TRIED: u32 = 1000;

/// Users that workers run as where the lab is started by root, best first; the names that distributions use.
const WORKERS: [&str; 6] = ["www-data", "nginx", "apache", "http", "www", "nobody"];

/// A temporary folder; it goes with this.
#[derive(Debug)]
pub(crate) struct Room {
    path: PathBuf,
    of_root: bool,
    worker: Option<(String, String)>,
}

impl Room {
    /// Makes a folder that workers of another user can read, and one inside it that they can write to.
    pub(crate) fn new(name: &str) -> io::Result<Self> {
        let path = make_folder(&format!("goodgate-{name}-{}", std::process::id()))?;
        let mut room = Self { path, of_root: false, worker: None };
        let own = room.file(OWN);
        for folder in [room.path.clone(), room.file("site"), own.clone()] {
            fs::create_dir_all(&folder)?;
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
        }
        room.of_root = fs::metadata(&room.path)?.uid() == 0;
        // Somebody who is not root has nothing to choose.
        if room.of_root
            && let Some((user, group, uid, gid)) = worker()
        {
            chown(&own, Some(uid), Some(gid))?;
            room.worker = Some((user, group));
        }
        Ok(room)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// User and group for workers; `None` where they run as whoever starts them.
    pub(crate) fn worker(&self) -> Option<(String, String)> {
        self.worker.clone()
    }

    /// Whether root made it, and so starts the gateway.
    pub(crate) fn is_of_root(&self) -> bool {
        self.of_root
    }

    /// The last lines of those files, for somebody who wants to know why nothing started.
    pub(crate) fn tail(&self, names: &[String]) -> String {
        let mut text = String::new();
        for name in names {
            let bytes = fs::read(self.file(name)).unwrap_or_default();
            let all = String::from_utf8_lossy(&bytes);
            let lines: Vec<_> = all.lines().filter(|line| !line.trim().is_empty()).collect();
            for line in lines.iter().skip(lines.len().saturating_sub(TAIL_LINES)) {
                text.push('\n');
                text.push_str(line);
            }
        }
        text
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Makes a new temporary folder whose name begins so. A process that was killed leaves its folders behind, and another
/// one may get its number; what they have in them is not touched.
fn make_folder(name: &str) -> io::Result<PathBuf> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let mut tries = 0;
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("{name}-{number}"));
        match fs::create_dir(&path) {
            Err(problem) if problem.kind() == io::ErrorKind::AlreadyExists && tries < FOLDERS_TRIED => {
                tries += 1;
            }
            made => return made.map(|()| path),
        }
    }
}

/// User and group, by name and by number, that workers can run as.
fn worker() -> Option<(String, String, u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let groups = fs::read_to_string("/etc/group").ok()?;
    let fields = |line: &str| line.split(':').map(str::to_owned).collect::<Vec<_>>();
    WORKERS.iter().find_map(|name| {
        let user = users.lines().map(fields).find(|user| user.first().is_some_and(|first| first == name))?;
        let group = groups.lines().map(fields).find(|group| group.get(2) == user.get(3))?;
        let uid = user.get(2)?.parse().ok()?;
        let gid = user.get(3)?.parse().ok()?;
        Some(((*name).to_owned(), group.into_iter().next()?, uid, gid))
    })
}

/// An address on which nothing listens now.
///
/// # Errors
/// That of the system.
pub(crate) fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// A child of ours and all that it starts; stopped when this goes.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    /// How it has ended, once that is known.
    status: Option<ExitStatus>,
}

impl Running {
    /// Starts the command in the foreground; what it prints goes to the end of the file.
    ///
    /// It leads a process group, so that its workers can be found when it is no longer there to stop them.
    pub(crate) fn start(command: &mut Command, output: &Path) -> io::Result<Self> {
        let mut file = fs::File::options().create(true).append(true).open(output)?;
        // HAProxy makes what it is given non-blocking, and with that no longer appending.
        file.seek(SeekFrom::End(0))?;
        command.env("TZ", "UTC").stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        Ok(Self { child: command.process_group(0).spawn()?, status: None })
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.end().is_some()
    }

    /// How it has ended, such as `signal: 11 (SIGSEGV)`; `None` while it runs. What it has left behind ends with it.
    pub(crate) fn end(&mut self) -> Option<String> {
        if self.status.is_none() {
            match self.child.try_wait() {
                Ok(None) => return None,
                Ok(Some(status)) => {
                    self.status = Some(status);
                    // As long as somebody is left in the group, the system gives its number to nobody else; where
                    // nobody is, it takes all other numbers first.
                    self.signal("KILL", "-");
                }
                Err(problem) => return Some(problem.to_string()),
            }
        }
        self.status.map(|status| status.to_string())
    }

    /// Sends a signal to the child, or, with `-` as the sign, to its whole group.
    fn signal(&self, signal: &str, sign: &str) {
        let whom = format!("{sign}{}", self.child.id());
        let words = ["-c", "kill -s \"$0\" -- \"$1\"", signal, &whom];
        // Where nobody is left there is nothing to do.
        let _ = Command::new("sh").args(words).stdin(Stdio::null()).stderr(Stdio::null()).status();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A main process stops its workers in order; if they were told as well, it would log that they had died.
        if !self.has_ended() {
            self.signal("TERM", "");
        }
        let until = Instant::now() + STOP;
        while Instant::now() < until && !self.has_ended() {
            std::thread::sleep(PAUSE);
        }
        if !self.has_ended() {
            self.signal("KILL", "-");
            // In case there is no `sh`.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Asks for a page again and again until its answer is right; `false` where the children end or the time runs out.
pub(crate) async fn wait_until_ready(
    children: &mut [Running],
    gateway: &Gateway,
    path: &str,
    right: &str,
    limit: Duration,
) -> bool {
    let until = Instant::now() + limit;
    while Instant::now() < until && !children.iter_mut().any(Running::has_ended) {
        let answer = ask(gateway, path, Drive::Get, ANSWER).await;
        if answer.body == right.as_bytes() {
            return true;
        }
        tokio::time::sleep(PAUSE).await;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_were_left_behind_are_stepped_over() {
        let name = format!("goodgate-left-{}", std::process::id());
        let first = make_folder(&name).unwrap();
        let number: u32 = first.to_str().unwrap().rsplit('-').next().unwrap().parse().unwrap();
        // Tests beside this one take numbers too.
        let left: Vec<_> =
            (1..200).map(|more| std::env::temp_dir().join(format!("{name}-{}", number + more))).collect();
        for folder in &left {
            fs::create_dir(folder).unwrap();
        }
        let next = make_folder(&name).unwrap();
        assert!(!left.contains(&next));
        for folder in left.iter().chain([&first, &next]) {
            fs::remove_dir(folder).unwrap();
        }
    }

    /// Whether there is a process of this number that is more than an entry in a table.
    #[cfg(target_os = "linux")]
    fn lives(number: &str) -> bool {
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_child_leaves_behind_ends_with_it() {
        let room = Room::new("test").unwrap();
        let wait_until = |done: &mut dyn FnMut() -> bool| {
            let until = Instant::now() + STOP;
            while Instant::now() < until && !done() {
                std::thread::sleep(PAUSE);
            }
        };
        // One that ends by itself, and one that is stopped and does not care for its own child.
        for (script, by_itself) in [("sleep 60 & echo $!", true), ("sleep 60 & echo $!; wait", false)] {
            let output = room.file(if by_itself { "ended" } else { "stopped" });
            let mut running = Running::start(Command::new("sh").args(["-c", script]), &output).unwrap();
            let said = || fs::read_to_string(&output).unwrap();
            wait_until(&mut || said().ends_with('\n'));
            let number = said().trim().to_owned();
            assert!(!number.is_empty(), "{script}");
            if by_itself {
                wait_until(&mut || running.has_ended());
                assert_eq!(running.end().as_deref(), Some("exit status: 0"));
            } else {
                assert!(!running.has_ended() && lives(&number));
                drop(running);
            }
            wait_until(&mut || !lives(&number));
            assert!(!lives(&number), "{script}");
        }
    }
}

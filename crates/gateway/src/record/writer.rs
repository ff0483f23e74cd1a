//! The one thread that writes the access log: what all cores hand over, into a file or to standard output.
//!
//! A slow or full disk holds up no request: when the channel is full, lines are lost and counted.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::fchown;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::LogBuffer;
use crate::plan::AccessLog;

/// Buffers that may wait for the writer: 128 of 32 KiB make 4 MiB, about 10 000 requests.
const WAITING_MAX: usize = 128;

/// How often a file that could not be opened anew is tried again, as long as there are lines to write.
const REOPEN_EVERY: Duration = Duration::from_secs(1);

/// What the writer is told.
#[derive(Debug)]
pub(super) enum Message {
    /// Write these lines; how many they are.
    Lines(Vec<u8>, u64),
    /// The file was moved away: open it anew by its name.
    Reopen,
    /// Write what has come so far and end.
    End,
}

/// What has become of the lines so far.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) written: AtomicU64,
    pub(super) lost: AtomicU64,
    trouble: Mutex<Trouble>,
}

/// What the operating system said last, each until the same succeeds again.
#[derive(Debug, Default)]
struct Trouble {
    writing: Option<String>,
    opening: Option<String>,
}

impl Trouble {
    fn told(&self) -> Option<String> {
        let opening =
            |why| format!("the file cannot be opened by its name, so the one before is written on: {why}");
        self.writing.clone().or_else(|| self.opening.as_ref().map(opening))
    }
}

/// What has become of the lines so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogCounts {
    /// Lines written.
    pub written: u64,
    /// Lines lost because the writer could not keep up or could not write.
    pub lost: u64,
    /// Why nothing can be written at the moment, or goes on into a file that was moved away.
    pub trouble: Option<String>,
}

/// Whom a log's file is given to when it is made: whoever the process becomes must be able to open it anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The user's number.
    pub user: u32,
    /// The group's number.
    pub group: u32,
}

/// The access log: buffers for the cores, and the thread that writes.
#[derive(Debug)]
pub struct Log {
    plan: AccessLog,
    to: SyncSender<Message>,
    counts: Arc<Counts>,
    thread: Option<JoinHandle<()>>,
}

impl Log {
    /// Opens the file, which is appended to and created where it does not exist, and starts the thread. A file that is
    /// created belongs to the owner from then on.
    ///
    /// # Errors
    /// If the file cannot be opened or the thread not be started.
    pub fn start(plan: &AccessLog, owner: Option<Owner>) -> io::Result<Self> {
        let out = Out::open(plan.path.as_deref(), owner)?;
        let (to, from) = sync_channel(WAITING_MAX);
        let counts = Arc::new(Counts::default());
        let path = plan.path.clone();
        let writer = Writer { path, out, torn: false, failed: None, counts: counts.clone() };
        let thread =
            std::thread::Builder::new().name("access-log".to_owned()).spawn(move || writer.run(&from))?;
        Ok(Self { plan: plan.clone(), to, counts, thread: Some(thread) })
    }

    /// A buffer for one core.
    pub fn buffer(&self) -> LogBuffer {
        LogBuffer::new(self.plan.format, self.to.clone(), self.counts.clone())
    }

    /// Opens the file anew by its name, once what has been handed over so far is written: after it was moved away by
    /// something that rotates logs. Where it cannot be opened, the old one is written on, and opening tried again.
    pub fn reopen(&self) {
        // Full: the writer is stuck, and a signal's handler must not be.
        drop(self.to.try_send(Message::Reopen));
    }

    /// What has become of the lines so far.
    pub fn counts(&self) -> LogCounts {
        LogCounts {
            written: self.counts.written.load(Ordering::Relaxed),
            lost: self.counts.lost.load(Ordering::Relaxed),
            trouble: self.counts.trouble.lock().unwrap_or_else(PoisonError::into_inner).told(),
        }
    }

    /// Writes what the buffers have handed over and ends the thread. To be called when the cores have ended; waits for
    /// the disk.
    pub fn close(mut self) -> LogCounts {
        self.end();
        self.counts()
    }

    /// Lets the log go while there are buffers of it: the thread, which is handed back, ends when it has written what
    /// the last of them hands over.
    pub fn retire(mut self) -> Option<JoinHandle<()>> {
        self.thread.take()
    }

    fn end(&mut self) {
        if let Some(thread) = self.thread.take() {
            drop(self.to.send(Message::End));
            drop(thread.join());
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.end();
    }
}

enum Out {
    File(File),
    StandardOutput,
}

impl Out {
    fn open(path: Option<&Path>, owner: Option<Owner>) -> io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt as _;
        /// Records name visitors: nobody but the owner and the group reads them.
        const MODE: u32 = 0o640;
        let Some(path) = path else { return Ok(Self::StandardOutput) };
        let mut options = OpenOptions::new();
        options.append(true).mode(MODE);
        match options.clone().create_new(true).open(path) {
            Ok(file) => {
                // Nothing is given away but what was made here just now: a link that somebody laid at this place may
                // lead to any file of root's. Where it cannot be given, opening it anew will tell.
                let given = owner.map(|owner| fchown(&file, Some(owner.user), Some(owner.group)));
                drop(given);
                Ok(Self::File(file))
            }
            Err(_) => options.create(true).open(path).map(Self::File),
        }
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::File(file) => file.write_all(lines),
            Self::StandardOutput => {
                let mut out = io::stdout().lock();
                out.write_all(lines)?;
                out.flush()
            }
        }
    }
}

struct Writer {
    path: Option<PathBuf>,
    out: Out,
    /// Whether the last write may have ended in the middle of a line.
    torn: bool,
    /// When the file could not be opened anew, if that is still to be done.
    failed: Option<Instant>,
    counts: Arc<Counts>,
}

impl Writer {
    fn run(mut self, from: &Receiver<Message>) {
        while let Ok(message) = from.recv() {
            match message {
                Message::Lines(lines, count) => {
                    if self.failed.is_some_and(|since| since.elapsed() >= REOPEN_EVERY) {
                        self.reopen();
                    }
                    let done = self.write(&lines);
                    let counter = if done.is_ok() { &self.counts.written } else { &self.counts.lost };
                    counter.fetch_add(count, Ordering::Relaxed);
                    self.trouble().writing = done.err().map(|error| error.to_string());
                }
                Message::Reopen => self.reopen(),
                Message::End => return,
            }
        }
    }

    fn reopen(&mut self) {
        let opened = Out::open(self.path.as_deref(), None);
        self.failed = opened.is_err().then(Instant::now);
        let why = match opened {
            Ok(out) => {
                self.out = out;
                None
            }
            Err(error) => Some(error.to_string()),
        };
        self.trouble().opening = why;
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.torn {
            self.out.write(b"\n")?;
        }
        let done = self.out.write(lines);
        self.torn = done.is_err();
        done
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.counts.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

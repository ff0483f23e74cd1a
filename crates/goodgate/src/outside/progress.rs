//! What is going on, on the terminal while it goes on; and beforehand, how much the site will be asked.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use goodgate_probe::{Plan, Step};

use crate::gather::progress;
use crate::redact::redact;
use crate::words::{args, say_with};

/// A look that takes shorter needs no running clock.
const TICK: Duration = Duration::from_millis(250);

/// A line on the terminal's error stream that tells of the last step.
pub(crate) struct Progress {
    shown: bool,
    last: std::sync::Arc<Mutex<String>>,
    done: std::sync::Arc<std::sync::atomic::AtomicBool>,
    clock: Option<std::thread::JoinHandle<()>>,
}

impl Progress {
    /// Says what will be asked, and begins.
    pub(crate) fn begin(plan: &Plan, wanted: bool) -> Self {
        let shown = wanted && std::io::stderr().is_terminal();
        let host = redact(plan.url.host_str().unwrap_or_default());
        let beforehand = say_with("outside-beforehand", &args![host = host, budget = plan.budget]);
        let last = std::sync::Arc::new(Mutex::new(beforehand.clone()));
        let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        if !shown {
            return Self { shown, last, done, clock: None };
        }
        progress(&format!("{beforehand}\n"));
        let (line, over, start) = (last.clone(), done.clone(), Instant::now());
        // A thread, because the look itself has only one and is busy waiting.
        let clock = std::thread::spawn(move || {
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                std::thread::park_timeout(TICK);
                let line = line.lock().map_or_else(|_| String::new(), |line| line.clone());
                if start.elapsed() > TICK && !over.load(std::sync::atomic::Ordering::Relaxed) {
                    progress(&format!("{line} ({} s)", start.elapsed().as_secs()));
                }
            }
        });
        Self { shown, last, done, clock: Some(clock) }
    }

    /// Tells of a step.
    pub(crate) fn tell(&self, step: Step<'_>) {
        if !self.shown {
            return;
        }
        let line = match step {
            Step::Resolving(host) => say_with("outside-resolving", &args![host = host]),
            Step::Asking(url, addresses) => {
                let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                let host = url.host_str().unwrap_or_default();
                say_with("outside-asking", &args![host = host, addresses = addresses.join(", ")])
            }
            Step::Answered(asked) => {
                let path = asked.url.path().to_owned();
                let status = asked.status().map_or_else(|| "–".to_owned(), |status| status.to_string());
                say_with("outside-answered", &args![path = path, status = status])
            }
        };
        if let Ok(mut last) = self.last.lock() {
            *last = goodgate_facts::visible(&redact(&line)).into_owned();
        }
    }

    /// Takes the line away.
    pub(crate) fn end(self) {
        self.done.store(true, std::sync::atomic::Ordering::Relaxed);
        if let Some(clock) = self.clock {
            clock.thread().unpark();
            let _ = clock.join();
        }
        if self.shown {
            progress("");
        }
    }
}

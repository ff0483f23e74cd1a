//! The lines of one core, collected until there are enough of them to be worth a system call.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{SyncSender, TrySendError};

use super::writer::{Counts, Message};
use super::{Record, write};
use crate::plan::LogFormat;
use crate::written::Stamp;

/// So many bytes are handed over at once.
const HAND_OVER_BYTES: usize = 32 << 10;
/// Lines wait at most so long, in microseconds, as long as the core looks at the clock.
const HAND_OVER_US: u64 = 1_000_000;
/// Room for the line that fills the buffer: a line of four times this many bytes is the longest there can be, as a
/// rule it has 400.
const LINE_ROOM_BYTES: usize = 4 << 10;

/// Collects the lines of one core and hands them to the writer, without ever waiting for it.
#[derive(Debug)]
pub struct LogBuffer {
    format: LogFormat,
    lines: Vec<u8>,
    count: u64,
    /// When the oldest line was written.
    since_us: u64,
    stamp: Stamp,
    to: SyncSender<Message>,
    counts: Arc<Counts>,
}

impl LogBuffer {
    /// A buffer whose lines go to this writer.
    pub(super) fn new(format: LogFormat, to: SyncSender<Message>, counts: Arc<Counts>) -> Self {
        Self { format, lines: Vec::new(), count: 0, since_us: 0, stamp: Stamp::default(), to, counts }
    }

    /// Adds a line. `now_us` is any clock in microseconds, the same for all calls.
    pub fn write(&mut self, record: &Record<'_>, now_us: u64) {
        if self.count == 0 {
            self.since_us = now_us;
            self.lines.reserve(HAND_OVER_BYTES + LINE_ROOM_BYTES);
        }
        write(record, self.format, &mut self.stamp, &mut self.lines);
        self.count += 1;
        if self.lines.len() >= HAND_OVER_BYTES {
            self.flush();
        }
    }

    /// Hands over lines that have waited for a second: to be called now and then.
    pub fn tick(&mut self, now_us: u64) {
        if self.count > 0 && now_us.saturating_sub(self.since_us) >= HAND_OVER_US {
            self.flush();
        }
    }

    /// Hands over what there is. Lines that the writer cannot take in time are lost, and counted.
    pub fn flush(&mut self) {
        if self.count == 0 {
            return;
        }
        let count = std::mem::take(&mut self.count);
        match self.to.try_send(Message::Lines(std::mem::take(&mut self.lines), count)) {
            Ok(()) => {}
            Err(TrySendError::Full(message) | TrySendError::Disconnected(message)) => {
                self.counts.lost.fetch_add(count, Ordering::Relaxed);
                if let Message::Lines(mut lines, _) = message {
                    lines.clear();
                    self.lines = lines;
                }
            }
        }
    }
}

impl Drop for LogBuffer {
    fn drop(&mut self) {
        self.flush();
    }
}

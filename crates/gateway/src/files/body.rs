//! The bytes of an answer from a file, brought as fast as they are taken.

use std::fs::File;
use std::io::IoSliceMut;
use std::ops::Range;
use std::sync::Arc;

use rustix::buffer::spare_capacity;
use rustix::io::{Errno, ReadWriteFlags, pread, preadv2};

use super::fault::{FileFault, errno};

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Bytes of our own, between parts.
    Text(Vec<u8>),
    /// Bytes of the file.
    Part(Range<u64>),
}

/// The body of an answer: parts of an open file.
#[derive(Debug)]
pub struct FileBody {
    file: Arc<File>,
    /// What is left of the piece in hand, one of the two.
    text: Vec<u8>,
    part: Range<u64>,
    later: std::vec::IntoIter<Piece>,
    /// Whether the file system can say that it would have to wait.
    can_ask: bool,
}

impl FileBody {
    /// One part of a file.
    pub(super) fn part(file: File, part: Range<u64>) -> Self {
        Self { file: Arc::new(file), text: Vec::new(), part, later: Vec::new().into_iter(), can_ask: true }
    }

    /// These pieces, in order.
    pub(super) fn pieces(file: File, pieces: Vec<Piece>) -> Self {
        Self { later: pieces.into_iter(), ..Self::part(file, 0..0) }
    }

    /// Bytes that are still to come, if the file stays as long as it was.
    pub fn remaining(&self) -> u64 {
        let later = self.later.as_slice().iter().map(|piece| match piece {
            Piece::Text(text) => text.len() as u64,
            Piece::Part(part) => part.end - part.start,
        });
        self.text.len() as u64 + (self.part.end - self.part.start) + later.sum::<u64>()
    }

    /// Appends up to `max` bytes (at least 1; 64 to 256 KiB do well) and says how many; 0 at the end. What the kernel
    /// has in memory is read at once, the rest by a thread that may wait.
    ///
    /// When the future is dropped before it is ready, `out` may be left empty, and this body is not to be read on.
    ///
    /// # Errors
    /// The file became shorter, or cannot be read. What was announced cannot be kept then: the stream is to be broken.
    pub async fn read(&mut self, out: &mut Vec<u8>, max: usize) -> Result<usize, FileFault> {
        let max = max.max(1);
        loop {
            if !self.text.is_empty() {
                let count = self.text.len().min(max);
                out.extend(self.text.drain(..count));
                return Ok(count);
            }
            if !self.part.is_empty() {
                return self.read_part(out, max).await;
            }
            match self.later.next() {
                None => return Ok(0),
                Some(Piece::Text(text)) => self.text = text,
                Some(Piece::Part(part)) => self.part = part,
            }
        }
    }

    async fn read_part(&mut self, out: &mut Vec<u8>, max: usize) -> Result<usize, FileFault> {
        let left = usize::try_from(self.part.end - self.part.start).unwrap_or(usize::MAX);
        let wanted = left.min(max);
        let came = match self.read_cached(out, wanted) {
            Some(came) => came,
            None => self.read_waiting(out, wanted).await?,
        };
        match came {
            Ok(0) => Err(FileFault::Shrunk { missing: self.remaining() }),
            Ok(count) => {
                self.part.start += count as u64;
                Ok(count)
            }
            Err(error) => Err(FileFault::System(errno(error))),
        }
    }

    /// Reads what is in the page cache; `None` where somebody has to wait for it.
    fn read_cached(&mut self, out: &mut Vec<u8>, wanted: usize) -> Option<Result<usize, Errno>> {
        if !self.can_ask {
            return None;
        }
        let begin = out.len();
        out.resize(begin + wanted, 0);
        let slot = IoSliceMut::new(out.get_mut(begin..).unwrap_or_default());
        let read = preadv2(&self.file, &mut [slot], self.part.start, ReadWriteFlags::NOWAIT);
        out.truncate(begin + read.unwrap_or(0));
        match read {
            Err(Errno::AGAIN | Errno::INTR) => None,
            // Not every file system, kernel or sandbox knows how.
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::PERM) => {
                self.can_ask = false;
                None
            }
            read => Some(read),
        }
    }

    async fn read_waiting(
        &self,
        out: &mut Vec<u8>,
        wanted: usize,
    ) -> Result<Result<usize, Errno>, FileFault> {
        let (file, at, mut buffer) = (Arc::clone(&self.file), self.part.start, std::mem::take(out));
        let reading = tokio::task::spawn_blocking(move || {
            let begin = buffer.len();
            buffer.reserve(wanted);
            let read = loop {
                match pread(&file, spare_capacity(&mut buffer), at) {
                    Err(Errno::INTR) => {}
                    read => break read,
                }
            };
            // There may have been more room than was asked for.
            buffer.truncate(begin + wanted);
            (buffer, read.map(|count| count.min(wanted)))
        });
        let (buffer, read) = reading.await.map_err(|_| FileFault::Stopped)?;
        *out = buffer;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without asking the page cache first, so that all is read by the pool.
    #[test]
    fn waiting_threads_bring_the_same_bytes() {
        let path = std::env::temp_dir().join(format!("goodgate-body-{}", std::process::id()));
        let content: Vec<u8> = (0..10_000_u32).map(|at| (at % 251) as u8).collect();
        std::fs::write(&path, &content).unwrap();
        let file = File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut body = FileBody { can_ask: false, ..FileBody::part(file, 100..10_500) };
        let mut out = Vec::with_capacity(64 << 10);
        out.extend_from_slice(b"before");
        let fault = runtime.block_on(async {
            loop {
                let before = out.len();
                match body.read(&mut out, 3000).await {
                    Ok(count) => assert!(count > 0 && count <= 3000 && out.len() == before + count),
                    Err(fault) => break fault,
                }
            }
        });
        assert_eq!(fault, FileFault::Shrunk { missing: 500 });
        assert_eq!(out, [b"before", &content[100..]].concat());
    }
}

//! What of a body can be sent again: its beginning, as far as memory allows; or all of it, where it was collected first.

use std::task::{Context, Poll, ready};

use super::spool::{PIECE, Spool};
use crate::NotKept;

/// What is kept, and how far it was sent since the attempt began.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// All of it, or where a file has it, the piece of it that begins at `at`.
    bytes: Vec<u8>,
    at: u64,
    /// Bytes of a body in passing that may be kept.
    max: usize,
    /// Whether more was passed on than could be kept.
    lost: bool,
    spool: Option<Box<Spool>>,
    replayed: u64,
}

impl Kept {
    /// Room for so many bytes of a body that is passed on as it comes.
    pub(super) fn of_passing(max: usize) -> Self {
        Self { max, ..Self::default() }
    }

    /// From now on all of the body is kept: in memory or, beyond its bound, in this file.
    pub(super) fn collect_in(&mut self, spool: Spool) {
        self.spool = Some(Box::new(spool));
    }

    /// Whether all that was read of the body is here.
    pub(super) fn is_whole(&self) -> bool {
        !self.lost
    }

    /// Keeps what was passed on just now, if there is room.
    pub(super) fn passed(&mut self, piece: &[u8]) {
        if self.lost || self.bytes.len() + piece.len() > self.max {
            // What is not whole is of no use to another attempt.
            self.lost = true;
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(piece);
        }
        self.replayed = self.bytes.len() as u64;
    }

    /// Keeps what was collected.
    pub(super) fn collected(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
    }

    /// Makes room for another piece, where memory holds as much as it may.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), NotKept>> {
        let Some(spool) = &mut self.spool else { return Poll::Ready(Ok(())) };
        let is_full =
            if spool.is_used() { self.bytes.len() >= PIECE } else { self.bytes.len() > spool.memory };
        if is_full || self.bytes.is_empty() {
            spool.poll_write(cx, &mut self.bytes)
        } else {
            Poll::Ready(Ok(()))
        }
    }

    /// Ends collecting: what a file has begun to hold it holds to the end.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), NotKept>> {
        match &mut self.spool {
            Some(spool) if spool.is_used() => spool.poll_write(cx, &mut self.bytes),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// The next attempt sends all of it from its beginning.
    pub(super) fn rewind(&mut self) {
        self.replayed = 0;
        if let Some(spool) = self.spool.as_mut().filter(|spool| spool.is_used()) {
            spool.leave();
            self.bytes.clear();
            self.at = 0;
        }
    }

    /// Bytes that are still to be sent again.
    pub(super) fn left(&self) -> u64 {
        let in_file = self.spool.as_ref().map_or(0, |spool| spool.len());
        in_file.max(self.bytes.len() as u64).saturating_sub(self.replayed)
    }

    /// Waits until some of what is left is at hand; says how many bytes.
    pub(super) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<usize, NotKept>> {
        if self.at_hand().is_empty()
            && let Some(spool) = &mut self.spool
        {
            ready!(spool.poll_read(cx, self.replayed, &mut self.bytes))?;
            self.at = self.replayed;
        }
        Poll::Ready(Ok(self.at_hand().len()))
    }

    /// What is at hand of what is left.
    pub(super) fn at_hand(&self) -> &[u8] {
        let begin = self.replayed.checked_sub(self.at).and_then(|begin| usize::try_from(begin).ok());
        begin.and_then(|begin| self.bytes.get(begin..)).unwrap_or_default()
    }

    /// That so much of it went out.
    pub(super) fn sent(&mut self, count: usize) {
        self.replayed += count as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;
    use crate::exchange::upload::spool::Spooled;
    use crate::plan::Collect;

    async fn collected(body: &[u8], memory_bytes: usize, all: &Spooled) -> Kept {
        let mut kept = Kept::of_passing(0);
        kept.collect_in(Spool::new(&Collect { memory_bytes, ..Collect::default() }, all));
        for piece in body.chunks(10_000) {
            poll_fn(|cx| kept.poll_room(cx)).await.unwrap();
            kept.collected(piece);
        }
        poll_fn(|cx| kept.poll_end(cx)).await.unwrap();
        kept
    }

    /// Sends pieces of at most so many bytes, and no more than `until` in all.
    async fn sent(kept: &mut Kept, most: usize, until: usize) -> Vec<u8> {
        let mut sent = Vec::new();
        while kept.left() > 0 && sent.len() < until {
            let count = poll_fn(|cx| kept.poll_piece(cx)).await.unwrap().min(most);
            assert!(count > 0);
            sent.extend_from_slice(&kept.at_hand()[..count]);
            kept.sent(count);
        }
        sent
    }

    #[test]
    fn a_collected_body_is_sent_as_often_as_it_must() {
        let body: Vec<u8> = (0..600_000_u32).map(|at| (at % 253) as u8).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            // In a file, in memory, and at the bound between them.
            for (length, memory) in
                [(600_000, 20_000), (600_000, 1 << 20), (30_000, 30_000), (30_001, 30_000), (5, 0)]
            {
                let body = &body[..length];
                let mut kept = collected(body, memory, &Spooled::default()).await;
                assert!(kept.is_whole());
                assert!(kept.bytes.len() <= memory.max(PIECE));
                for (most, until) in [(65_528, length), (1000, 1000), (usize::MAX, 300_000), (9_999, length)]
                {
                    kept.rewind();
                    let sent = sent(&mut kept, most, until).await;
                    assert!(
                        sent.len() >= until.min(length) && body.starts_with(&sent),
                        "{length} {memory} {most}"
                    );
                }
                assert_eq!(kept.left(), 0);
            }
        });
    }

    #[test]
    fn a_body_in_passing_is_kept_as_far_as_there_is_room() {
        let mut kept = Kept::of_passing(10);
        kept.passed(b"123456");
        assert_eq!((kept.is_whole(), kept.left()), (true, 0));
        kept.rewind();
        assert_eq!((kept.left(), kept.at_hand()), (6, &b"123456"[..]));
        kept.sent(6);
        kept.passed(b"78901");
        assert!(!kept.is_whole());
        // What can never be sent again takes no memory for the rest of the upload.
        assert_eq!((kept.bytes.capacity(), kept.left()), (0, 0));
    }
}

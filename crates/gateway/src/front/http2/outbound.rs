//! Bytes of answers on their way out of a connection: handed to the `h2` crate, and not written to the socket yet.
//!
//! The crate says nothing of them, so each piece counts itself for as long as it is there.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};

/// Bytes that may wait on a connection before its streams are held up; each of them may hand over one more piece then. It
/// is what a fast client takes in a moment, and what a thousand clients that take nothing may cost.
const WAITING: usize = 512 << 10;

/// What is on its way on one connection.
#[derive(Debug, Default)]
pub(super) struct Outbound {
    waiting: Cell<usize>,
    /// Streams that wait for there to be less.
    held_up: RefCell<Vec<Waker>>,
    /// Whether our end is being closed: then the client is waited for by another clock.
    parts: Cell<bool>,
}

impl Outbound {
    /// Bytes that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.get()
    }

    /// Waits until more may be handed over.
    pub(super) fn poll_room(&self, cx: &Context<'_>) -> Poll<()> {
        if self.waiting.get() < WAITING {
            return Poll::Ready(());
        }
        let mut held_up = self.held_up.borrow_mut();
        if !held_up.iter().any(|waker| waker.will_wake(cx.waker())) {
            held_up.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// That our end is being closed.
    pub(super) fn part(&self) {
        self.parts.set(true);
    }

    /// Whether it is.
    pub(super) fn parts(&self) -> bool {
        self.parts.get()
    }

    fn left(&self, count: usize) {
        let before = self.waiting.get();
        self.waiting.set(before.saturating_sub(count));
        if before >= WAITING && self.waiting.get() < WAITING {
            // Waking only puts a task into the queue.
            self.held_up.borrow_mut().drain(..).for_each(Waker::wake);
        }
    }
}

/// A piece of an answer.
pub(super) struct Piece {
    bytes: Bytes,
    outbound: Rc<Outbound>,
}

impl Piece {
    pub(super) fn new(bytes: Bytes, outbound: &Rc<Outbound>) -> Self {
        outbound.waiting.set(outbound.waiting.get() + bytes.len());
        Self { bytes, outbound: Rc::clone(outbound) }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.outbound.left(count);
    }
}

/// What is thrown away waits no more, either.
impl Drop for Piece {
    fn drop(&mut self) {
        self.outbound.left(self.bytes.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_waits_until_it_is_written_or_thrown_away() {
        let outbound = Rc::new(Outbound::default());
        let room = || outbound.poll_room(&Context::from_waker(Waker::noop())).is_ready();
        let mut written = Piece::new(Bytes::from(vec![0; WAITING - 1]), &outbound);
        assert!(room());
        let thrown_away = Piece::new(Bytes::from_static(b"ab"), &outbound);
        assert!(!room());
        written.advance(2);
        assert!(room());
        assert_eq!((outbound.waiting(), written.remaining()), (WAITING - 1, WAITING - 3));
        drop(thrown_away);
        assert_eq!(outbound.waiting(), WAITING - 3);
        drop(written);
        assert_eq!(outbound.waiting(), 0);
    }
}

//! What a client still sends that nobody wants: the rest of a body behind an answer that came early, and whatever else
//! is on its way when a connection ends.
//!
//! Closing with bytes unread would reset the connection, and a client that is still sending would see that instead of
//! the answer (RFC 9112 section 9.6). So what is little is read, and the connection serves on; of what is not, our end is
//! closed, and the client's is read on for a while. Nothing of it is kept.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use goodgate_wire::Channel;

use super::Client;
use super::pace::Pace;
use crate::core::Core;
use crate::core::buffer::SMALL;
use crate::core::deadline::Deadline;
use crate::plan::Clients;

/// Bytes of a body that are read so that the connection can serve on: reading them costs less than another connection.
pub(super) const LITTLE: u64 = 64 << 10;
/// After this long without much of it a client is no longer sending.
const SILENCE: Duration = Duration::from_secs(5);
/// For a photo over a slow line; who needs longer than that is not read to the end.
const IN_ALL: Duration = Duration::from_secs(30);
/// The same while the gateway stops, which nobody's unwanted bytes should hold up.
const STOPPING: Duration = Duration::from_secs(2);
/// Bytes that are read of what belongs to no body: requests that were on their way, or noise.
const STRAY: u64 = 1 << 20;

/// How long what nobody wants is read.
#[derive(Debug)]
pub(super) struct Patience {
    core: Rc<Core>,
    silence: Pace,
    in_all: Deadline,
    /// Bytes that must come for the silence to end.
    enough: u64,
    /// Whether the time is that of a stop.
    short: bool,
}

impl Patience {
    /// It runs from now on.
    pub(super) fn new(core: &Rc<Core>, rules: &Clients) -> Self {
        let in_all = core.deadlines.add();
        in_all.set(IN_ALL);
        let enough = rules.body_rate.saturating_mul(SILENCE.as_secs()).max(1);
        Self {
            core: Rc::clone(core),
            silence: Pace::of_sending(core.deadlines.add()),
            in_all,
            enough,
            short: false,
        }
    }

    /// That so much came.
    fn came(&mut self, count: u64) {
        self.silence.moved(count, self.enough);
    }

    /// Waits until it is over.
    fn poll_over(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.core.is_stopping() && !std::mem::replace(&mut self.short, true) {
            self.in_all.set(STOPPING);
        }
        let silent = self.silence.poll::<()>(cx, SILENCE).is_ready();
        if silent || self.in_all.passed(cx) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Throws away what comes of a body, as far as it is no more than `left`: ready with `true` at its end, and with `false`
/// where that will not be reached.
pub(super) fn poll_discard<C: Client>(client: &mut C, cx: &mut Context<'_>, left: &mut u64) -> Poll<bool> {
    loop {
        if ready!(client.poll_body(cx)).is_err() {
            return Poll::Ready(false);
        }
        let (piece, ended) = client.body();
        let count = piece.len();
        client.consume(count);
        if ended || count as u64 > *left {
            return Poll::Ready(ended);
        }
        *left -= count as u64;
    }
}

/// Throws away the rest of a body, as far as it is no more than `most` and comes soon; whether that was all.
pub(super) async fn drain<C: Client>(client: &mut C, mut patience: Patience, most: u64) -> bool {
    let mut left = most;
    poll_fn(|cx| {
        let before = left;
        let discarded = poll_discard(client, cx, &mut left);
        patience.came(before - left);
        if discarded.is_ready() { discarded } else { patience.poll_over(cx).map(|()| false) }
    })
    .await
}

/// The end of a connection: our side is closed, and what still comes is read until the client closes its own.
#[derive(Debug)]
pub(super) struct Parting {
    patience: Patience,
    /// Bytes that may still come.
    left: u64,
    closed: bool,
}

impl Parting {
    /// From a client that sends a body still: however much there is in the time.
    pub(super) fn in_body(patience: Patience) -> Self {
        Self { patience, left: u64::MAX, closed: false }
    }

    /// From one of which nothing more is expected.
    pub(super) fn in_rest(patience: Patience) -> Self {
        Self { patience, left: STRAY, closed: false }
    }

    /// From one that has said that nothing more comes: it is not waited for.
    pub(super) fn at_once(patience: Patience) -> Self {
        Self { patience, left: 0, closed: false }
    }

    /// Waits until the client has ended, too, or has had its time.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, channel: &mut Channel) -> Poll<()> {
        if !self.closed {
            match channel.poll_shutdown(cx) {
                Poll::Ready(Ok(())) => self.closed = true,
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => {}
            }
        }
        if self.closed && self.left == 0 {
            return Poll::Ready(());
        }
        while channel.poll_readable(cx).is_ready() {
            let buffers = &self.patience.core.buffers;
            let mut buffer = buffers.take(SMALL);
            let read = channel.poll_read(cx, buffer.room());
            buffers.give(buffer);
            match read {
                Poll::Ready(Ok(count)) if count > 0 && count as u64 <= self.left => {
                    self.left -= count as u64;
                    self.patience.came(count as u64);
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        self.patience.poll_over(cx)
    }
}

//! A connection that was switched to another protocol, such as WebSocket: bytes both ways, and nothing looked at.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::http1::Connection;
use crate::core::Core;
use crate::core::buffer::{Buffer, Buffers, SMALL};
use crate::upstream::Leg;
use goodgate_wire::Channel;

/// The server's side of it.
#[derive(Debug)]
pub(crate) struct Tunnel {
    pub(crate) leg: Box<Leg>,
    /// What came behind the head that switched.
    pub(crate) buffer: Buffer,
}

/// What went through a tunnel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Carried {
    /// Bytes to the server.
    pub(super) up: u64,
    /// Bytes to the client.
    pub(super) down: u64,
}

/// One way.
#[derive(Debug, Default)]
struct Way {
    held: Buffer,
    /// Bytes that were taken.
    carried: u64,
    /// Whether some of them may wait in the session still.
    unflushed: bool,
    /// The sender has ended.
    ended: bool,
    /// And the receiver was told.
    done: bool,
}

impl Tunnel {
    /// Carries bytes until both sides have ended, one breaks, both are silent for too long, or the gateway ends.
    pub(super) async fn run(&mut self, client: &mut Connection, core: &Core, idle: Duration) -> Carried {
        let mut up = Way { held: std::mem::take(&mut client.inward), ..Way::default() };
        let mut down = Way { held: std::mem::take(&mut self.buffer), ..Way::default() };
        let deadline = core.deadlines.add();
        deadline.set(idle);
        let open = core.tunnel();
        poll_fn(|cx| {
            let upward = up.poll(cx, &core.buffers, &mut client.channel, &mut self.leg.channel);
            let downward = down.poll(cx, &core.buffers, &mut self.leg.channel, &mut client.channel);
            if upward.broken || downward.broken || (up.done && down.done) || open.must_end() {
                return Poll::Ready(());
            }
            if upward.moved || downward.moved {
                deadline.set(idle);
            }
            if deadline.passed(cx) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        core.buffers.give(up.held);
        core.buffers.give(down.held);
        Carried { up: up.carried, down: down.carried }
    }
}

/// What came of a look at one way.
#[derive(Clone, Copy, Debug, Default)]
struct Look {
    moved: bool,
    broken: bool,
}

impl Way {
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        buffers: &Buffers,
        from: &mut Channel,
        to: &mut Channel,
    ) -> Look {
        let mut look = Look::default();
        while !self.done {
            match self.step(cx, buffers, from, to) {
                Poll::Ready(Ok(())) => look.moved = true,
                Poll::Ready(Err(())) => {
                    look.broken = true;
                    break;
                }
                Poll::Pending => break,
            }
        }
        look
    }

    fn step(
        &mut self,
        cx: &mut Context<'_>,
        buffers: &Buffers,
        from: &mut Channel,
        to: &mut Channel,
    ) -> Poll<Result<(), ()>> {
        if !self.held.is_empty() {
            let written = ready!(to.poll_write(cx, self.held.filled())).map_err(drop)?;
            self.held.consume(written);
            self.carried += written as u64;
            self.unflushed = true;
            return Poll::Ready(if written == 0 { Err(()) } else { Ok(()) });
        }
        if self.held.is_lent() {
            buffers.give(std::mem::take(&mut self.held));
        }
        if self.unflushed {
            // Before anything else is waited for: nobody else would have it sent on.
            ready!(to.poll_flush(cx)).map_err(drop)?;
            self.unflushed = false;
        }
        if self.ended {
            ready!(to.poll_shutdown(cx)).map_err(drop)?;
            self.done = true;
            return Poll::Ready(Ok(()));
        }
        ready!(from.poll_readable(cx)).map_err(drop)?;
        self.held = buffers.take(SMALL);
        match ready!(from.poll_read(cx, self.held.room())).map_err(drop)? {
            0 => self.ended = true,
            count => self.held.came(count),
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests;

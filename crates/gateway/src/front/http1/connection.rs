//! A connection while its client says nothing, which is what most connections do most of the time: what is held for it
//! then is all here, and no buffer is.

use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use goodgate_wire::Channel;

use crate::core::Core;
use crate::core::buffer::{Buffer, LARGE, SMALL};
use crate::front::pace::Pace;

/// After this long without a request a connection gives back what requests need. Clients that ask again and again do so
/// sooner, and are not made to fetch it each time.
pub(super) const QUIET: Duration = Duration::from_millis(100);

/// How long a connection that has asked for nothing yet is waited for while we stop: what is on its way arrives in that
/// time.
const ARRIVING: Duration = Duration::from_secs(2);

/// A connection of HTTP/1.1, as it is between requests.
pub(crate) struct Connection {
    pub(crate) channel: Channel,
    /// What came of it and was not taken yet.
    pub(crate) inward: Buffer,
    pub(crate) core: Rc<Core>,
    pub(super) reading: Pace,
    /// Whether it has asked for anything.
    pub(super) asked: bool,
    /// Whether it may turn out to be one of HTTP/2, by how it begins.
    pub(super) may_be_http2: bool,
}

/// What became of waiting for bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    Came,
    /// Nothing did for as long as we had patience.
    Nothing,
    /// Nothing will.
    End,
}

impl Connection {
    pub(crate) fn new(core: Rc<Core>, channel: Channel, may_be_http2: bool) -> Self {
        let reading = Pace::of_sending(core.deadlines.add());
        Self { channel, inward: Buffer::default(), core, reading, asked: false, may_be_http2 }
    }

    /// How long a request is waited for that does not come soon.
    pub(super) fn patience(&self) -> Duration {
        let rules = &self.core.loaded().plan.clients;
        if self.asked { rules.idle.saturating_sub(QUIET) } else { rules.head }
    }

    /// Waits until something comes, and holds no buffer meanwhile. While we stop, only a first request is waited for: a
    /// client that has just connected cannot know, and need not take a connection that ends unanswered for one that it
    /// may try again.
    pub(super) async fn wait(&mut self, patience: Duration) -> Wait {
        self.reading.stop();
        if !self.inward.is_empty() {
            return Wait::Came;
        }
        let mut hurries = false;
        poll_fn(|cx| {
            let mut buffer = self.core.buffers.take(SMALL);
            let read = self.channel.poll_read(cx, buffer.room());
            if let Poll::Ready(Ok(count)) = read
                && count > 0
            {
                buffer.came(count);
                self.inward = buffer;
                self.reading.stop();
                return Poll::Ready(Wait::Came);
            }
            self.core.buffers.give(buffer);
            let mut patience = patience;
            match read {
                Poll::Ready(_) => return Poll::Ready(Wait::End),
                Poll::Pending if self.core.is_stopping() => {
                    if self.asked {
                        return Poll::Ready(Wait::End);
                    }
                    if !std::mem::replace(&mut hurries, true) {
                        self.reading.stop();
                    }
                    patience = patience.min(ARRIVING);
                }
                Poll::Pending => {}
            }
            self.reading.poll::<()>(cx, patience).map(|_| Wait::Nothing)
        })
        .await
    }

    /// Reads into the room of the buffer: 0 where the client has closed its half.
    pub(super) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if !self.inward.is_lent() {
            ready!(self.channel.poll_readable(cx))?;
            self.inward = self.core.buffers.take(SMALL);
        }
        self.make_room();
        let count = ready!(self.channel.poll_read(cx, self.inward.room()))?;
        self.inward.came(count);
        Poll::Ready(Ok(count))
    }

    fn make_room(&mut self) {
        if self.inward.room().is_empty() {
            self.inward.compact();
        }
        if self.inward.room().is_empty() {
            let size = if self.inward.size() < LARGE { LARGE } else { self.inward.size() * 2 };
            self.inward = std::mem::take(&mut self.inward).grown(&self.core.buffers, size);
        }
    }

    /// Gives the buffer back, whatever it holds.
    pub(super) fn give_back(&mut self) {
        self.core.buffers.give(std::mem::take(&mut self.inward));
    }
}

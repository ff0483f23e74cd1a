//! Waiting for a client to say something, which is what most connections do most of the time: no buffer is held for it.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use super::Http1;
use crate::core::buffer::SMALL;

/// How long a connection that has asked for nothing yet is waited for while we stop: what is on its way arrives in that
/// time.
const ARRIVING: Duration = Duration::from_secs(2);

/// What became of waiting for bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    Came,
    /// Nothing did for as long as we had patience.
    Nothing,
    /// Nothing will.
    End,
}

impl Http1 {
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
}

//! The channel as the `h2` crate wants to have it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use goodgate_wire::Channel;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::core::Core;
use crate::core::buffer::Buffer;

/// A channel of which the first bytes were read already.
pub(super) struct Carrier {
    channel: Channel,
    begun: Buffer,
    core: Rc<Core>,
}

impl Carrier {
    pub(super) fn new(channel: Channel, begun: Buffer, core: Rc<Core>) -> Self {
        Self { channel, begun, core }
    }
}

impl AsyncRead for Carrier {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.begun.is_lent() {
            let held = this.begun.filled();
            let count = held.len().min(buf.remaining());
            buf.put_slice(held.get(..count).unwrap_or_default());
            this.begun.consume(count);
            if this.begun.is_empty() {
                this.core.buffers.give(std::mem::take(&mut this.begun));
            }
            if count > 0 {
                return Poll::Ready(Ok(()));
            }
        }
        let count = ready!(this.channel.poll_read(cx, buf.initialize_unfilled()))?;
        buf.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Carrier {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().channel.poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().channel.poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().channel.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().channel.poll_shutdown(cx)
    }
}

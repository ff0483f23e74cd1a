//! The channel as the `h2` crate wants to have it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use goodgate_wire::Channel;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::super::leftover::{Parting, Patience};
use super::outbound::Outbound;
use crate::core::Core;
use crate::core::buffer::Buffer;
use crate::plan::Clients;

/// A channel of which the first bytes were read already.
pub(super) struct Carrier {
    channel: Channel,
    begun: Buffer,
    core: Rc<Core>,
    rules: Clients,
    outbound: Rc<Outbound>,
    /// The end of the connection, once it has begun.
    parting: Option<Parting>,
}

impl Carrier {
    pub(super) fn new(
        channel: Channel,
        begun: Buffer,
        core: Rc<Core>,
        rules: Clients,
        outbound: Rc<Outbound>,
    ) -> Self {
        Self { channel, begun, core, rules, outbound, parting: None }
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

    /// Is done when the client has ended, too, or has had its time: what it still says of what it took, such as the room
    /// that it has for more, would else be answered with a reset, which takes away what it has not taken yet.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let parting = this.parting.get_or_insert_with(|| {
            this.outbound.part();
            Parting::in_rest(Patience::new(&this.core, &this.rules))
        });
        parting.poll(cx, &mut this.channel).map(Ok)
    }
}

//! What carries the bytes of HTTP: a socket, or TLS over one.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Cut;
use crate::{Failure, Stream, TlsStream};

/// What HTTP is spoken over.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Unpin {
    /// Bytes that the socket below an encryption took so far; `None` where what is written goes out as it is.
    fn taken(&self) -> Option<u64>;
}

/// A stream of bytes to and from a peer.
#[derive(Debug)]
pub(crate) enum Carrier {
    /// As they are.
    Plain(Stream),
    /// Encrypted.
    Tls(Box<TlsStream>),
}

/// What an idle connection turns out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Idle {
    /// Open, and nothing came.
    Open,
    /// The peer has closed it, or it broke.
    Cut(Cut),
    /// The peer sent something that nobody asked for: its beginning.
    Unasked(Vec<u8>),
}

impl Carrier {
    /// Looks whether an idle connection is still open. A system call asks the socket itself, since the reactor may not
    /// have heard yet of a FIN that has already arrived.
    pub(super) async fn idle(&mut self) -> Idle {
        // What TLS has decrypted already is no longer in the socket.
        if matches!(self, Self::Tls(_)) {
            match self.read_now().await {
                Idle::Open => {}
                other => return other,
            }
        }
        let mut byte = [MaybeUninit::uninit()];
        let came = match self.socket() {
            Stream::Tcp(socket) => SockRef::from(socket).peek(&mut byte),
            Stream::Unix(socket) => SockRef::from(socket).peek(&mut byte),
        };
        match came {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Idle::Open,
            Err(error) => return Idle::Cut(Cut::of(&error)),
            Ok(_) => {}
        }
        // Something is there, so this returns as soon as the reactor has looked.
        let readable = match self.socket() {
            Stream::Tcp(socket) => socket.readable().await,
            Stream::Unix(socket) => socket.readable().await,
        };
        if let Err(error) = readable {
            return Idle::Cut(Cut::of(&error));
        }
        self.read_now().await
    }

    /// Reads what is there. In TLS that may be nothing for us: session tickets come whenever the peer likes
    /// (RFC 8446 section 4.6.1).
    async fn read_now(&mut self) -> Idle {
        let mut bytes = [0; Failure::BEGAN_BYTES];
        let mut buffer = ReadBuf::new(&mut bytes);
        let read = poll_fn(|cx| match pin!(&mut *self).poll_read(cx, &mut buffer) {
            Poll::Pending => Poll::Ready(None),
            Poll::Ready(result) => Poll::Ready(Some(result)),
        });
        match read.await {
            None => Idle::Open,
            Some(Err(error)) => Idle::Cut(Cut::of(&error)),
            Some(Ok(())) if buffer.filled().is_empty() => Idle::Cut(Cut::Closed),
            Some(Ok(())) => Idle::Unasked(buffer.filled().to_vec()),
        }
    }

    fn socket(&self) -> &Stream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.below(),
        }
    }
}

impl Duplex for Carrier {
    fn taken(&self) -> Option<u64> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(stream) => Some(stream.taken()),
        }
    }
}

impl AsyncRead for Carrier {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Carrier {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

//! What a connection of the gateway is, on either side: a socket, or TLS over one; polled, and with no buffer of its own
//! while it is idle.
//!
//! Everything is polled from one task at a time: the waker of the last call is the one that is woken, one for reading
//! and one for writing. Knows nothing of HTTP.

use std::io::{self, IoSlice, Read};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{Cut, Failure, Stream, TlsSession, TlsVersion};

/// An open connection.
#[derive(Debug)]
pub enum Channel {
    /// Bytes as they are.
    Plain(Stream),
    /// Encrypted, whichever side opened it.
    Tls(Box<TlsSession>),
}

/// What an idle connection turns out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Idle {
    /// Open, as far as is known, and nothing came.
    Open,
    /// The peer has closed it ([`Cut::Closed`]), or it broke (a reset is [`Cut::Failed`]).
    Cut(Cut),
    /// The peer sent something that nobody asked for: its beginning, at most [`Failure::BEGAN_BYTES`].
    Unasked(Vec<u8>),
}

impl Idle {
    fn of(read: io::Result<usize>, bytes: &[u8]) -> Self {
        match read {
            Ok(0) => Self::Cut(Cut::Closed),
            Ok(count) => Self::Unasked(bytes[..count.min(bytes.len())].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Self::Open,
            Err(error) => Self::Cut(Cut::of(&error)),
        }
    }
}

impl Channel {
    /// Waits until a read would return bytes, the end or an error, with no buffer to read into: so an idle connection
    /// needs none. It may be ready where the read then finds nothing and waits, as of a socket that was just accepted,
    /// of which the reactor assumes that the client speaks at once: give the buffer back then and wait here again.
    ///
    /// # Errors
    /// What the socket says; most errors are left to the read.
    pub fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(Stream::Tcp(socket)) => socket.poll_read_ready(cx),
            Self::Plain(Stream::Unix(socket)) => socket.poll_read_ready(cx),
            Self::Tls(session) => session.poll_readable(cx),
        }
    }

    /// Reads what is there: 0 at the end (in TLS only one that was announced), and for no room. One system call; where it
    /// returns less than there was room for, the next read waits without asking the socket again.
    ///
    /// # Errors
    /// [`Cut::of`] says what they mean.
    pub fn poll_read(&mut self, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => {
                let mut buffer = ReadBuf::new(bytes);
                let read = Pin::new(stream).poll_read(cx, &mut buffer);
                read.map_ok(|()| buffer.filled().len())
            }
            Self::Tls(session) => session.poll_read(cx, bytes),
        }
    }

    /// Writes; says how much was taken. Over TLS some of it may still wait for the socket: [`Channel::poll_flush`].
    ///
    /// # Errors
    /// [`Cut::of`] says what they mean.
    pub fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(session) => session.poll_write(cx, &[IoSlice::new(bytes)]),
        }
    }

    /// Writes several pieces, such as a head and the beginning of a body, in one system call and over TLS in as few
    /// records as can be; says how much of them all was taken. Otherwise as [`Channel::poll_write`].
    ///
    /// # Errors
    /// [`Cut::of`] says what they mean.
    pub fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, pieces),
            Self::Tls(session) => session.poll_write(cx, pieces),
        }
    }

    /// Waits until the socket has taken all that was written; at once without TLS.
    ///
    /// # Errors
    /// [`Cut::of`] says what they mean.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(session) => session.poll_flush(cx),
        }
    }

    /// Flushes and says that nothing more will come: in TLS `close_notify`, then FIN. What the peer still sends can be
    /// read. To be called again until it is ready; once more does no harm.
    ///
    /// # Errors
    /// [`Cut::of`] says what they mean.
    pub fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(session) => session.poll_shutdown(cx),
        }
    }

    /// Closes it so that the peer sees a reset: what the socket still holds is thrown away and an RST goes out
    /// (SO_LINGER of zero, socket(7)). That is how a client of HTTP/1.0 is told that what it got is not whole.
    ///
    /// A unix socket knows no such thing: its peer sees a reset only where it had sent something that was not read, else
    /// a mere end.
    pub fn reset(self) {
        if let Stream::Tcp(socket) = self.below() {
            // It fails only on a socket that is no more, whose peer knows already.
            let _ = socket.set_zero_linger();
        }
    }

    /// Looks whether an idle connection is still open, by what the reactor has heard: no system call while nothing came.
    ///
    /// The race that stays open: a FIN or RST that has arrived is not known before the reactor has polled, which it does
    /// at least after every 61 tasks that ran and whenever none is left; until then this says [`Idle::Open`], as it also
    /// must while a FIN is still on its way. The request that is then sent fails without a byte of an answer, and must
    /// be safe to send again anyhow. [`Channel::idle_now`] closes the first part of the gap for a system call, never the
    /// second.
    ///
    /// What a TLS session takes for itself meanwhile (tickets) is nothing unasked.
    pub fn idle(&mut self) -> Idle {
        self.look(Stream::try_read)
    }

    /// The same by asking the socket itself, at the price of a system call: for a request that must not meet the race, a
    /// POST for example, or a connection that was idle for long.
    pub fn idle_now(&mut self) -> Idle {
        self.look(|stream, bytes| match stream {
            Stream::Tcp(socket) => (&*SockRef::from(socket)).read(bytes),
            Stream::Unix(socket) => (&*SockRef::from(socket)).read(bytes),
        })
    }

    fn look(&mut self, read: impl Fn(&Stream, &mut [u8]) -> io::Result<usize>) -> Idle {
        /// Pieces of tickets and the like that are taken at one look.
        const PIECES_MAX: usize = 4;
        let mut bytes = [0; Failure::BEGAN_BYTES];
        let session = match self {
            Self::Plain(stream) => return Idle::of(read(stream, &mut bytes), &bytes),
            Self::Tls(session) => session,
        };
        for _ in 0..PIECES_MAX {
            if let Some(fetched) = session.fetch(&mut bytes) {
                return Idle::of(fetched, &bytes);
            }
            if let Err(error) = session.look(&read) {
                return Idle::of(Err(error), &bytes);
            }
        }
        session.fetch(&mut bytes).map_or(Idle::Open, |fetched| Idle::of(fetched, &bytes))
    }

    /// Bytes that the socket below TLS took so far, those of the handshake included; `None` without TLS, where what a
    /// write takes has gone to the socket. A write over TLS may fail after much of what it was given went out, and may
    /// succeed before anything did: only where this has not grown since before a request can the peer have got nothing
    /// of it.
    pub fn taken(&self) -> Option<u64> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(session) => Some(session.taken()),
        }
    }

    /// The socket.
    pub fn below(&self) -> &Stream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(session) => session.below(),
        }
    }

    /// The peer's address; `None` over a unix socket and where the connection is gone. A system call.
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        match self.below() {
            Stream::Tcp(socket) => socket.peer_addr().ok(),
            Stream::Unix(_) => None,
        }
    }

    /// Whether small pieces are sent at once (`TCP_NODELAY`), which is set already on what [`dial`](crate::dial) and a
    /// [`Listener`](crate::Listener) hand out.
    ///
    /// # Errors
    /// What setsockopt(2) says. A unix socket has no such thing, and that is no error.
    pub fn set_nodelay(&self, at_once: bool) -> io::Result<()> {
        match self.below() {
            Stream::Tcp(socket) => socket.set_nodelay(at_once),
            Stream::Unix(_) => Ok(()),
        }
    }

    /// Whether it is encrypted.
    pub fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// The version of TLS.
    pub fn tls_version(&self) -> Option<TlsVersion> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(session) => session.version(),
        }
    }
}

impl From<Stream> for Channel {
    fn from(stream: Stream) -> Self {
        Self::Plain(stream)
    }
}

/// For what drives a connection by itself, as HTTP/2 does.
impl AsyncRead for Channel {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(session) => {
                let read = session.poll_read(cx, buffer.initialize_unfilled());
                read.map_ok(|count| buffer.advance(count))
            }
        }
    }
}

impl AsyncWrite for Channel {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Channel::poll_write(self.get_mut(), cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Channel::poll_write_vectored(self.get_mut(), cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Channel::poll_flush(self.get_mut(), cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Channel::poll_shutdown(self.get_mut(), cx)
    }
}

#[cfg(test)]
mod tests;

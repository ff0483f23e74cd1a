//! The stream below TLS, watched while the handshake lasts, and the stream that comes out of it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use rustls::ClientConnection;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{Failure, Stream};

/// What came from the peer during the handshake.
#[derive(Clone, Debug, Default)]
pub(super) struct Came {
    /// Bytes.
    pub(super) received: u64,
    /// The first of them, at most [`Failure::BEGAN_BYTES`].
    pub(super) began: Vec<u8>,
}

impl Came {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.received += bytes.len() as u64;
        let room = Failure::BEGAN_BYTES.saturating_sub(self.began.len());
        self.began.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// Looks at what came through a [`Watched`] stream, which itself is lost when a handshake is given up.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch(Arc<Mutex<Came>>);

impl Watch {
    pub(super) fn came(&self) -> Came {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(bytes);
    }
}

/// A stream whose first bytes are kept until [`Watched::unwatch`], and that counts what goes out.
#[derive(Debug)]
pub(super) struct Watched {
    stream: Stream,
    watch: Option<Watch>,
    /// Bytes that the socket took.
    taken: u64,
}

impl Watched {
    pub(super) fn new(stream: Stream) -> (Self, Watch) {
        let watch = Watch::default();
        (Self { stream, watch: Some(watch.clone()), taken: 0 }, watch)
    }

    /// Notes what still lies in the socket: a peer that said why it goes away and reset the connection before our hello
    /// was written is heard only now, because the write failed first.
    pub(super) fn last_words(&self) {
        let mut bytes = [0; Failure::BEGAN_BYTES];
        if let (Some(watch), Ok(count)) = (&self.watch, self.stream.try_read(&mut bytes)) {
            watch.add(&bytes[..count]);
        }
    }

    fn unwatch(&mut self) {
        self.watch = None;
    }

    fn count(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(count)) = &written {
            self.taken += *count as u64;
        }
        written
    }
}

/// A connection over TLS. Reads and writes are of what is inside.
///
/// A read that returns `UnexpectedEof` met the end of the connection without TLS' own closing (RFC 8446 section 6.1);
/// what [`tls_fault`](crate::tls_fault) makes of other errors is what TLS had to say.
#[derive(Debug)]
pub struct TlsStream(tokio_rustls::client::TlsStream<Watched>);

impl TlsStream {
    pub(super) fn new(mut stream: tokio_rustls::client::TlsStream<Watched>) -> Self {
        stream.get_mut().0.unwatch();
        Self(stream)
    }

    /// The stream below TLS.
    pub fn below(&self) -> &Stream {
        &self.0.get_ref().0.stream
    }

    /// Bytes that the socket below took so far, those of the handshake included. A write to TLS may fail after much of
    /// what it was given went out, and may succeed before anything did.
    pub(crate) fn taken(&self) -> u64 {
        self.0.get_ref().0.taken
    }

    pub(super) fn session(&self) -> &ClientConnection {
        self.0.get_ref().1
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buffer);
        if let (Some(watch), Some(new)) = (&this.watch, buffer.filled().get(before..)) {
            watch.add(new);
        }
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.count(written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, pieces);
        this.count(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

impl AsyncRead for TlsStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for TlsStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
    }
}

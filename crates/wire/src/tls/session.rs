//! TLS over an open stream, on either side: the handshake, then what is inside, with no buffer of its own while nothing
//! flows.
//!
//! The TLS library does the cryptography; this file moves bytes between it and the socket. A read takes one large piece
//! from the socket into room that all connections of a core share, because the library by itself asks for 4 KiB at a
//! time.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, BufRead, ErrorKind, IoSlice, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustls::Connection;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::stream::Came;
use super::{TlsVersion, fault};
use crate::{Failure, Stream};

/// Bytes taken from a socket at once, at most.
const READ_MAX: usize = 64 << 10;
/// Bytes taken from a socket at once where nobody has said how much is wanted: a record.
const READ: usize = 16 << 10;
/// Decrypted bytes beyond which the library takes no more until they are fetched.
const PLAIN_MAX: usize = 16 << 10;
/// Encrypted bytes that wait for the socket.
const WAITING_MAX: usize = 64 << 10;

thread_local! {
    /// Where reads go before the library takes them. Nothing stays in it between two calls.
    static ROOM: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_MAX]);
}

/// A connection over TLS, of a client or of a server. Reads and writes are of what is inside.
///
/// A read that fails with `UnexpectedEof` met the end of the connection without TLS' own closing (RFC 8446 section 6.1);
/// what [`tls_fault`](crate::tls_fault) makes of other errors is what TLS had to say.
#[derive(Debug)]
pub struct TlsSession {
    stream: Stream,
    tls: Connection,
    /// Came, but the library did not take it yet because what it decrypted before was not fetched.
    left: Vec<u8>,
    /// Decrypted bytes that wait in the library.
    plain: usize,
    /// Why the library reads no further.
    broken: Option<rustls::Error>,
    /// Whether the peer's side of the socket has ended.
    ended: bool,
    /// Bytes that the socket took.
    taken: u64,
    /// What is still looked at while the handshake lasts.
    came: Option<Box<Came>>,
}

impl TlsSession {
    pub(super) fn new(stream: Stream, mut tls: Connection) -> Self {
        tls.set_buffer_limit(Some(WAITING_MAX));
        let came = Some(Box::default());
        Self { stream, tls, left: Vec::new(), plain: 0, broken: None, ended: false, taken: 0, came }
    }

    /// The stream below TLS.
    pub fn below(&self) -> &Stream {
        &self.stream
    }

    /// Gives TLS up.
    pub(super) fn into_stream(self) -> Stream {
        self.stream
    }

    /// Bytes that the socket below took so far, those of the handshake included.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// The version of TLS; `None` before the peer has chosen one.
    pub fn version(&self) -> Option<TlsVersion> {
        self.tls.protocol_version().and_then(TlsVersion::of)
    }

    /// The protocol that was chosen (ALPN).
    pub fn alpn(&self) -> Option<&[u8]> {
        self.tls.alpn_protocol()
    }

    /// Whether an earlier session was taken up again, so that no certificate was shown.
    pub fn resumed(&self) -> bool {
        self.tls.handshake_kind() == Some(rustls::HandshakeKind::Resumed)
    }

    /// The name by which the client called us (SNI), on a server's side.
    pub(super) fn server_name(&self) -> Option<&str> {
        match &self.tls {
            Connection::Server(server) => server.server_name(),
            Connection::Client(_) => None,
        }
    }

    /// What came so far; nothing once the handshake is finished.
    pub(super) fn came(&self) -> Came {
        self.came.as_deref().cloned().unwrap_or_default()
    }

    /// The handshake. On a server's side it ends with an error of the kind `InvalidData` that is none of TLS as soon as
    /// it is clear that the client speaks something else, before anything is sent to it.
    pub(super) async fn shake(&mut self) -> io::Result<()> {
        let shaken = poll_fn(|cx| self.poll_shake(cx)).await;
        if shaken.is_ok() {
            self.came = None;
        } else {
            self.last_words();
        }
        shaken
    }

    fn poll_shake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            // What is left when a server has finished in TLS 1.3 are tickets: they travel with the first answer, or when
            // the first read finds nothing.
            let tickets = !self.tls.is_handshaking()
                && matches!(self.tls, Connection::Server(_))
                && self.version() == Some(TlsVersion::Tls13);
            let pushed = if tickets { Poll::Ready(()) } else { self.poll_push(cx)? };
            if !self.tls.is_handshaking() {
                return pushed.map(Ok);
            }
            ready!(self.poll_pull(cx, &mut []))?;
            if let Some(broken) = &self.broken {
                return Poll::Ready(Err(io::Error::new(ErrorKind::InvalidData, broken.clone())));
            }
            if self.ended && self.tls.is_handshaking() {
                return Poll::Ready(Err(ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    /// Notes what still lies in the socket: a peer that said why it goes away and reset the connection before our hello
    /// was written is heard only now, because the write failed first.
    fn last_words(&mut self) {
        let mut bytes = [0; Failure::BEGAN_BYTES];
        if let (Some(came), Ok(count)) = (&mut self.came, self.stream.try_read(&mut bytes)) {
            came.add(&bytes[..count]);
        }
    }

    /// Waits until a read would return something, an end or an error, without any room to read into. What TLS says for
    /// itself (session tickets, new keys) is taken meanwhile and is nothing to read.
    pub(crate) fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.has_something() {
            ready!(self.poll_pull(cx, &mut []))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Reads what is inside: 0 at the end that TLS announced.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            if let Some(fetched) = self.fetch(bytes) {
                return Poll::Ready(fetched);
            }
            let fetched = ready!(self.poll_pull(cx, bytes))?;
            if fetched > 0 {
                return Poll::Ready(Ok(fetched));
            }
        }
    }

    /// What lies decrypted in the library, an end or an error; `None` if nothing does.
    pub(crate) fn fetch(&mut self, bytes: &mut [u8]) -> Option<io::Result<usize>> {
        loop {
            match self.tls.reader().read(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Ok(count) => {
                    self.plain = self.plain.saturating_sub(count);
                    return Some(Ok(count));
                }
                ended => return Some(ended),
            }
            if self.left.is_empty() {
                let broken = self.broken.as_ref()?;
                return Some(Err(io::Error::new(ErrorKind::InvalidData, broken.clone())));
            }
            let left = std::mem::take(&mut self.left);
            let fetched = self.feed(&left, bytes);
            if fetched > 0 {
                return Some(Ok(fetched));
            }
        }
    }

    /// Takes what is in the socket by this way of reading it, without waiting.
    ///
    /// # Errors
    /// What the way of reading says, `WouldBlock` among it.
    pub(crate) fn look(
        &mut self,
        read: impl FnOnce(&Stream, &mut [u8]) -> io::Result<usize>,
    ) -> io::Result<()> {
        ROOM.with_borrow_mut(|room| {
            let count = read(&self.stream, &mut room[..READ])?;
            self.took(&room[..count], &mut []);
            Ok(())
        })
    }

    fn has_something(&mut self) -> bool {
        let waiting = self.plain > 0 || !self.left.is_empty() || self.broken.is_some();
        // Otherwise the library has an end to tell, or nothing.
        let nothing = |error: &io::Error| error.kind() == ErrorKind::WouldBlock;
        waiting || !self.tls.reader().fill_buf().is_err_and(|error| nothing(&error))
    }

    /// Takes one piece from the socket; what it decrypts to goes into `bytes` as far as that has room. Says how much did.
    fn poll_pull(&mut self, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        ROOM.with_borrow_mut(|room| {
            let mut piece = ReadBuf::new(&mut room[..bytes.len().clamp(READ, READ_MAX)]);
            match Pin::new(&mut self.stream).poll_read(cx, &mut piece) {
                Poll::Ready(read) => read?,
                Poll::Pending => {
                    // Now is the time for what waits to go out; if it cannot, the next write says so.
                    let _ = self.poll_push(cx);
                    return Poll::Pending;
                }
            }
            if let Some(came) = &mut self.came {
                came.add(piece.filled());
                if matches!(self.tls, Connection::Server(_)) && !fault::may_be_tls(&came.began) {
                    return Poll::Ready(Err(ErrorKind::InvalidData.into()));
                }
            }
            let fetched = self.took(piece.filled(), bytes);
            if self.broken.is_some() {
                // The alert that says why, if it can be sent; the peer learns of the end in any case.
                let _ = self.poll_push(cx);
            }
            Poll::Ready(Ok(fetched))
        })
    }

    /// Hands over what came from the socket; nothing is its end.
    fn took(&mut self, came: &[u8], bytes: &mut [u8]) -> usize {
        if !came.is_empty() {
            return self.feed(came, bytes);
        }
        self.ended = true;
        // The library notes the end by reading it.
        let _ = self.tls.read_tls(&mut io::empty());
        self.process();
        0
    }

    fn feed(&mut self, mut came: &[u8], bytes: &mut [u8]) -> usize {
        let mut fetched = 0;
        while !came.is_empty() && self.broken.is_none() {
            if self.plain > PLAIN_MAX {
                self.left = came.to_vec();
                break;
            }
            match self.tls.read_tls(&mut came) {
                // After `close_notify` it takes nothing more.
                Ok(0) => break,
                Ok(_) => self.process(),
                // Its only reason: no room for a message of such a length.
                Err(_) => self.broken = Some(rustls::InvalidMessage::HandshakePayloadTooLarge.into()),
            }
            if self.plain > 0
                && fetched < bytes.len()
                && let Ok(count) = self.tls.reader().read(&mut bytes[fetched..])
            {
                fetched += count;
                self.plain = self.plain.saturating_sub(count);
            }
        }
        fetched
    }

    fn process(&mut self) {
        match self.tls.process_new_packets() {
            Ok(state) => self.plain = state.plaintext_bytes_to_read(),
            Err(error) => self.broken = Some(error),
        }
    }

    /// Writes these pieces, in one record if they fit into one. Says how much was taken, which may still wait to be
    /// sent: [`TlsSession::poll_flush`].
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if pieces.iter().all(|piece| piece.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        loop {
            let written = match pieces {
                [piece] => self.tls.writer().write(piece)?,
                pieces => self.tls.writer().write_vectored(pieces)?,
            };
            let pushed = self.poll_push(cx)?;
            match (written, pushed) {
                (0, Poll::Pending) => return Poll::Pending,
                (0, Poll::Ready(())) => {}
                (written, _) => return Poll::Ready(Ok(written)),
            }
        }
    }

    /// Waits until the socket has taken all that was written.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_push(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Says that nothing more will come: `close_notify`, then FIN.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tls.send_close_notify();
        ready!(self.poll_push(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_push(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut Sink { stream: &mut self.stream, cx }) {
                Ok(0) => return Poll::Ready(Err(ErrorKind::WriteZero.into())),
                Ok(count) => self.taken += count as u64,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Poll::Pending,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// The socket as the library writes to it: what would wait is `WouldBlock`, and the task is woken later.
struct Sink<'a, 'b> {
    stream: &'a mut Stream,
    cx: &'a mut Context<'b>,
}

impl Sink<'_, '_> {
    fn now(written: Poll<io::Result<usize>>) -> io::Result<usize> {
        match written {
            Poll::Ready(written) => written,
            Poll::Pending => Err(ErrorKind::WouldBlock.into()),
        }
    }
}

impl Write for Sink<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::now(Pin::new(&mut *self.stream).poll_write(self.cx, bytes))
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        Self::now(Pin::new(&mut *self.stream).poll_write_vectored(self.cx, pieces))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

//! A connection as the lab's origin sees it: bytes in, bytes out, whether or not TLS is spoken.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// More than this is never kept of what a peer sends; it is read and thrown away.
pub(crate) const BUFFER_BYTES_MAX: usize = 256 * 1024;

/// An accepted connection, what was read of it and not used yet, and the token of the request that was read last.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Stream,
    buffer: Vec<u8>,
    token: String,
    /// The stream (HTTP/2) or request id (FastCGI) of the request that was read last.
    pub(crate) stream_id: u32,
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// While a handshake is made, and after one that failed.
    Gone,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        // What a step sends leaves at once, in a packet of its own.
        let _ = stream.set_nodelay(true);
        Self { stream: Stream::Plain(stream), buffer: Vec::new(), token: String::new(), stream_id: 1 }
    }

    /// What was read and not used yet.
    pub(crate) fn buffered(&self) -> &[u8] {
        &self.buffer
    }

    /// Takes so many bytes off what was read.
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.buffer.drain(..bytes.min(self.buffer.len()));
    }

    /// Reads once more; 0 where the peer has ended its half.
    pub(crate) async fn fill(&mut self) -> io::Result<usize> {
        let mut chunk = [0; 16 * 1024];
        let read = match &mut self.stream {
            Stream::Plain(stream) => stream.read(&mut chunk).await?,
            Stream::Tls(stream) => stream.read(&mut chunk).await?,
            Stream::Gone => 0,
        };
        let room = BUFFER_BYTES_MAX.saturating_sub(self.buffer.len());
        self.buffer.extend_from_slice(&chunk[..read.min(room)]);
        Ok(read)
    }

    /// Sends all of it.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes).await,
            Stream::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
            Stream::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// The token of the request that was read last; empty before one was.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn set_token(&mut self, token: String) {
        self.token = token;
    }

    /// The text with `{token}` replaced.
    pub(crate) fn expand(&self, text: &str) -> String {
        text.replace("{token}", &self.token)
    }

    /// The connection below TLS, if there is one still.
    pub(crate) fn socket(&self) -> Option<&TcpStream> {
        match &self.stream {
            Stream::Plain(stream) => Some(stream),
            Stream::Tls(stream) => Some(stream.get_ref().0),
            Stream::Gone => None,
        }
    }

    /// Who is at the other end.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.socket()?.peer_addr().ok()
    }

    /// Takes the plain connection out, to make a handshake on it or to end it; what was read stays here.
    pub(crate) fn take_plain(&mut self) -> Option<TcpStream> {
        match std::mem::replace(&mut self.stream, Stream::Gone) {
            Stream::Plain(stream) => Some(stream),
            other => {
                self.stream = other;
                None
            }
        }
    }

    /// Goes on over TLS.
    pub(crate) fn set_tls(&mut self, stream: TlsStream<TcpStream>) {
        self.stream = Stream::Tls(Box::new(stream));
    }

    /// Takes whatever carries bytes out of TLS, without a word to the peer, to end it as the recipe says.
    pub(crate) fn take_socket(&mut self) -> Option<TcpStream> {
        match std::mem::replace(&mut self.stream, Stream::Gone) {
            Stream::Plain(stream) => Some(stream),
            Stream::Tls(stream) => Some(stream.into_inner().0),
            Stream::Gone => None,
        }
    }

    /// Ends the sending half: over TLS with close_notify first.
    pub(crate) async fn shutdown(&mut self) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.shutdown().await,
            Stream::Tls(stream) => stream.shutdown().await,
            Stream::Gone => Ok(()),
        }
    }
}

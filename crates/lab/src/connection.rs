//! A connection as the lab's origin sees it: bytes in, bytes out, whether or not TLS is spoken.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Poll, ready};

use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::http2::Session;

/// More than this is never kept of what a peer sends; it is read and thrown away.
pub(crate) const BUFFER_BYTES_MAX: usize = 256 * 1024;

/// So much is read at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// A longer token is none of ours.
const TOKEN_BYTES_MAX: usize = 64;

/// The token in a request target: its last path segment, without the query; empty where that cannot be one.
pub(crate) fn token_in(target: &[u8]) -> String {
    let path = target.split(|byte| matches!(byte, b'?' | b'#')).next().unwrap_or_default();
    let last = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let fits = last.len() <= TOKEN_BYTES_MAX
        && last.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'-'));
    if fits { String::from_utf8_lossy(last).into_owned() } else { String::new() }
}

/// What has to be known of the request that was read last, to answer it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// It was a HEAD request, whose answer has no body.
    pub(crate) head: bool,
    /// It was made in HTTP/1.0, so that its answer cannot be chunked.
    pub(crate) http10: bool,
    /// The peer does not want to use the connection again.
    pub(crate) close: bool,
}

/// An accepted connection, what was read of it and not used yet, and the token of the request that was read last.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Stream,
    buffer: Vec<u8>,
    token: String,
    /// The stream (HTTP/2) or request id (FastCGI) of the request that was read last.
    pub(crate) stream_id: u32,
    /// How the request that was read last was made (HTTP/1).
    pub(crate) asked: Asked,
    /// What has to be remembered of it where HTTP/2 is spoken.
    pub(crate) http2: Session,
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
        Self {
            stream: Stream::Plain(stream),
            buffer: Vec::new(),
            token: String::new(),
            stream_id: 1,
            asked: Asked::default(),
            http2: Session::default(),
        }
    }

    /// What was read and not used yet.
    pub(crate) fn buffered(&self) -> &[u8] {
        &self.buffer
    }

    /// Takes so many bytes off what was read.
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.buffer.drain(..bytes.min(self.buffer.len()));
    }

    /// Reads once more; 0 where the peer has ended its half. Nothing is lost where the wait is given up.
    pub(crate) async fn fill(&mut self) -> io::Result<usize> {
        let Self { stream, buffer, .. } = self;
        poll_fn(|context| {
            // It lives on the stack and only while bytes are there: a connection that waits holds no buffer.
            let mut chunk = [0; CHUNK_BYTES];
            let mut read = ReadBuf::new(&mut chunk);
            match stream {
                Stream::Plain(stream) => ready!(Pin::new(stream).poll_read(context, &mut read))?,
                Stream::Tls(stream) => ready!(Pin::new(stream).poll_read(context, &mut read))?,
                Stream::Gone => {}
            }
            let bytes = read.filled();
            let room = BUFFER_BYTES_MAX.saturating_sub(buffer.len());
            buffer.extend(bytes.iter().take(room));
            Poll::Ready(Ok(bytes.len()))
        })
        .await
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

#[cfg(test)]
mod tests {
    use super::token_in;

    #[test]
    fn a_token_is_the_last_segment_and_nothing_else() {
        assert_eq!(token_in(b"/r/healthy/0af3-9"), "0af3-9");
        assert_eq!(token_in(b"http://example.com/r/x/77?a=/b#c"), "77");
        assert_eq!(token_in(b"/r/x/"), "");
        assert_eq!(token_in(b"/r/x/UPPER"), "");
        assert_eq!(token_in(b"/r/x/<b>"), "");
        assert_eq!(token_in(&[b'a'; 65]), "");
        assert_eq!(token_in(b""), "");
    }
}

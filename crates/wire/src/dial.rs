//! Opening a connection: TCP or a unix socket, every refusal told apart by the operating system's error number.
//!
//! Knows nothing of TLS or HTTP, and tries one address once: which address comes next is the caller's choice.

use std::fmt;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use goodgate_facts::{Phase, Side, visible};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use crate::{Failure, Fault, Limits};

/// Where a connection goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Peer {
    /// An address and a TCP port.
    Tcp(SocketAddr),
    /// The path of a unix stream socket; one that begins with a NUL byte is a name in Linux' abstract namespace
    /// (unix(7)).
    Unix(PathBuf),
}

impl fmt::Display for Peer {
    /// As `192.0.2.1:443`, `[2001:db8::1]:443`, `unix:/run/x.sock`; an abstract name as `unix:@name`. Control
    /// characters of a path are made visible.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => {
                let path = path.to_string_lossy();
                match path.strip_prefix('\0') {
                    Some(name) => write!(f, "unix:@{}", visible(name)),
                    None => write!(f, "unix:{}", visible(&path)),
                }
            }
        }
    }
}

/// An open connection. Reads and writes are the socket's own: nothing is buffered here.
#[derive(Debug)]
pub enum Stream {
    /// Over TCP.
    Tcp(TcpStream),
    /// Over a unix socket.
    Unix(UnixStream),
}

impl Stream {
    /// Our end of a TCP connection: what the peer's logs and `ss` call the client.
    pub fn local(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(stream) => stream.local_addr().ok(),
            Self::Unix(_) => None,
        }
    }

    /// Reads what is there already, without waiting: `WouldBlock` where nothing is, 0 where the peer has closed. So an
    /// idle connection is looked at before it is used again, at the price of no system call while nothing came.
    ///
    /// # Errors
    /// What `recv(2)` says, such as a reset.
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_read(buffer),
            Self::Unix(stream) => stream.try_read(buffer),
        }
    }
}

/// Opens a connection, with `TCP_NODELAY`: whoever writes here writes whole messages. Also says how long it took.
///
/// # Errors
/// A [`Failure`] in the connect phase, with the operating system's error number where it had one;
/// [`Fault::ConnectTimedOut`] has one only if the kernel gave up before [`Limits::connect`] was over.
pub async fn dial(peer: &Peer, limits: &Limits) -> Result<(Stream, Duration), Failure> {
    let began = Instant::now();
    let opened = tokio::time::timeout(limits.connect, open(peer)).await;
    let took = began.elapsed();
    match opened {
        Ok(Ok(stream)) => Ok((stream, took)),
        Ok(Err(error)) => Err(failure(&error, peer).after(took)),
        Err(_) => Err(Failure::new(Fault::ConnectTimedOut, Phase::Connect).after(took)),
    }
}

async fn open(peer: &Peer) -> io::Result<Stream> {
    match peer {
        Peer::Unix(path) => Ok(Stream::Unix(UnixStream::connect(path).await?)),
        Peer::Tcp(address) => {
            let stream = TcpStream::connect(*address).await?;
            if connected_to_itself(&stream) {
                return Err(io::Error::from_raw_os_error(ECONNREFUSED));
            }
            // It cannot fail on a TCP socket that lives, and one that died says so at the first write.
            let _ = stream.set_nodelay(true);
            Ok(Stream::Tcp(stream))
        }
    }
}

/// Whether both ends of the connection are the same socket. A port of this machine that nobody listens on and that lies
/// in the range of ephemeral ports may be chosen as our own; TCP then opens the connection "simultaneously"
/// (RFC 9293 section 3.5) and we would talk to ourselves.
fn connected_to_itself(stream: &TcpStream) -> bool {
    matches!((stream.local_addr(), stream.peer_addr()), (Ok(local), Ok(peer)) if local == peer)
}

fn failure(error: &io::Error, peer: &Peer) -> Failure {
    match error.raw_os_error() {
        Some(errno) => Failure::new(fault(errno, peer), Phase::Connect).errno(error),
        // Only a path that fits into no socket address fails without the operating system: nobody was asked.
        None => Failure { side: Side::Gateway, ..Failure::new(Fault::ConnectFailed, Phase::Connect) },
    }
}

const EPERM: i32 = 1;
const ENOENT: i32 = 2;
const EAGAIN: i32 = 11;
const ENOMEM: i32 = 12;
const EACCES: i32 = 13;
const ENOTDIR: i32 = 20;
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;
const EAFNOSUPPORT: i32 = 97;
const EADDRINUSE: i32 = 98;
const EADDRNOTAVAIL: i32 = 99;
const ENETDOWN: i32 = 100;
const ENETUNREACH: i32 = 101;
const ECONNABORTED: i32 = 103;
const ECONNRESET: i32 = 104;
const ENOBUFS: i32 = 105;
const ETIMEDOUT: i32 = 110;
const ECONNREFUSED: i32 = 111;
const EHOSTDOWN: i32 = 112;
const EHOSTUNREACH: i32 = 113;

/// What an error number of Linux' connect(2), socket(2), tcp(7) and unix(7) means when a connection is opened.
fn fault(errno: i32, peer: &Peer) -> Fault {
    match (errno, peer) {
        // On a unix socket: the file is there, but nobody listens on it any more, or it never was a socket.
        (ECONNREFUSED, _) => Fault::Refused,
        (ECONNRESET | ECONNABORTED, _) => Fault::ConnectReset,
        (ETIMEDOUT, _) => Fault::ConnectTimedOut,
        // The last is a kernel without IPv6: no route in that family either.
        (EHOSTUNREACH | ENETUNREACH | ENETDOWN | EHOSTDOWN | EAFNOSUPPORT, _) => Fault::Unroutable,
        (ENOENT | ENOTDIR, Peer::Unix(_)) => Fault::SocketMissing,
        (EAGAIN, Peer::Unix(_)) => Fault::QueueFull,
        // Netfilter's reject of outgoing packets is EPERM; a socket file that we may not write to is EACCES.
        (EACCES | EPERM, _) => Fault::Denied,
        // connect(2) on EAGAIN: "insufficient entries in the routing cache", or no port left to bind to.
        (EADDRNOTAVAIL | EADDRINUSE | EAGAIN, Peer::Tcp(_)) => Fault::NoLocalPort,
        (EMFILE | ENFILE, _) => Fault::NoDescriptor,
        (ENOBUFS | ENOMEM, _) => Fault::NoMemory,
        _ => Fault::ConnectFailed,
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, pieces),
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, pieces),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests;

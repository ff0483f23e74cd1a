//! A port that can be listened on, refused, left alone and filled up, and stays ours all the time.

use std::future::pending;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// The accept queue of a healthy port. The kernel cuts it down to `net.core.somaxconn`.
const BACKLOG: i32 = 4096;

/// A connection that is not made within this time on one machine meets a full queue.
const QUEUED_MAX: Duration = Duration::from_millis(100);

/// The shortest queue takes one or two connections; more than this means that it cannot be filled.
const FILLERS_MAX: usize = 64;

/// A port of ours.
#[derive(Debug)]
pub(crate) struct Port {
    address: SocketAddr,
    /// Bound and never listening: while nobody listens, the kernel refuses connections and gives the port to nobody
    /// else.
    #[expect(dead_code, reason = "it is kept to be there, and nothing is asked of it")]
    holder: Socket,
    now: Now,
}

#[derive(Debug)]
enum Now {
    Open(TcpListener),
    Refusing,
    /// Listening, and nobody accepts; with connections of our own that take up the queue.
    Unaccepting(TcpListener, Vec<TcpStream>),
}

impl Port {
    /// Takes the port and listens on it.
    pub(crate) fn bind(at: SocketAddr) -> io::Result<Self> {
        let holder = bound(at)?;
        let address = holder.local_addr()?.as_socket().ok_or(io::ErrorKind::Unsupported)?;
        let now = Now::Open(listener(address)?);
        Ok(Self { address, holder, now })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next connection; waits for ever where none is to be accepted.
    pub(crate) async fn accept(&self) -> io::Result<TcpStream> {
        match &self.now {
            Now::Open(listener) => listener.accept().await.map(|(stream, _)| stream),
            Now::Refusing | Now::Unaccepting(..) => pending().await,
        }
    }

    /// Listens, and accepts. Whoever waited in the queue meanwhile is dropped.
    pub(crate) fn open(&mut self) -> io::Result<()> {
        self.now = match std::mem::replace(&mut self.now, Now::Refusing) {
            Now::Open(listener) => Now::Open(listener),
            Now::Refusing => Now::Open(listener(self.address)?),
            Now::Unaccepting(listener, fillers) => {
                drop(fillers);
                drop_waiting(&listener);
                SockRef::from(&listener).listen(BACKLOG)?;
                Now::Open(listener)
            }
        };
        Ok(())
    }

    /// Does not listen: the kernel answers with RST.
    pub(crate) fn refuse(&mut self) {
        self.now = Now::Refusing;
    }

    /// Listens, and nobody accepts.
    pub(crate) fn ignore(&mut self) -> io::Result<()> {
        self.open()?;
        if let Now::Open(listener) = std::mem::replace(&mut self.now, Now::Refusing) {
            self.now = Now::Unaccepting(listener, Vec::new());
        }
        Ok(())
    }

    /// Listens with the shortest queue that there is, and fills it, so that the kernel drops what comes after.
    pub(crate) async fn fill_up(&mut self) -> io::Result<()> {
        self.ignore()?;
        let reachable = self.reachable();
        let Now::Unaccepting(listener, fillers) = &mut self.now else { return Ok(()) };
        SockRef::from(&*listener).listen(0)?;
        for _ in 0..FILLERS_MAX {
            match timeout(QUEUED_MAX, TcpStream::connect(reachable)).await {
                Ok(connected) => fillers.push(connected?),
                Err(_) => return Ok(()),
            }
        }
        Err(io::Error::other("the accept queue does not become full"))
    }

    /// An address by which we ourselves reach the port.
    fn reachable(&self) -> SocketAddr {
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        SocketAddr::new(ip, self.address.port())
    }
}

/// Two sockets can be bound to one port with `SO_REUSEADDR` as long as neither of them listens yet.
fn bound(at: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&at.into())?;
    Ok(socket)
}

fn listener(at: SocketAddr) -> io::Result<TcpListener> {
    let socket = bound(at)?;
    socket.set_nonblocking(true)?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// The listener does not block, so that this ends when the queue is empty.
fn drop_waiting(listener: &TcpListener) {
    for _ in 0..BACKLOG {
        if SockRef::from(listener).accept().is_err() {
            return;
        }
    }
}

//! Listening for clients: sockets that share one port between cores, and an accept loop that outlives every shortage.
//!
//! Binding is apart from listening, so that a process can bind with privileges, drop them, and hand one socket to each
//! core. Knows nothing of TLS or HTTP.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::{Context, Poll};
use std::time::Duration;

use goodgate_facts::Errno;
use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};
use tokio::net::TcpListener;

use crate::Stream;

/// Connections that the kernel keeps until they are accepted, for each socket; `net.core.somaxconn` (4096 by default)
/// bounds it in any case.
const BACKLOG: i32 = 4096;
/// A client that says nothing for so long is asked whether it is still there: below the five minutes after which many
/// address translators forget a connection.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);
/// Between two such questions.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);
/// Questions without an answer before the connection is given up.
const KEEPALIVE_TIMES: u32 = 4;
/// How long nothing is accepted where descriptors or memory ran out: long enough not to spin, short enough that a
/// client that waits hardly feels it.
const PAUSE: Duration = Duration::from_millis(50);

/// A socket that listens but belongs to no core yet. Clients may connect from now on; they wait in the kernel's queue.
#[derive(Debug)]
pub struct Bound(Socket);

/// Binds as many sockets to one address as there shall be listeners (at least one), each with a queue of its own among
/// which the kernel spreads connections (SO_REUSEPORT, socket(7)). Port 0 takes a free port, the same for all of them.
///
/// `[::]` stands for all addresses of both families, and where the machine does not speak IPv6 for those of IPv4; clients
/// of IPv4 come mapped into IPv6 then (RFC 4291 section 2.5.5.2). What is accepted has `TCP_NODELAY` and keep-alive
/// probes without further system calls: on Linux it inherits them.
///
/// # Errors
/// [`ListenError`], also where another process of the same user already listens there with SO_REUSEPORT, which the
/// kernel would allow and which would leave each with a part of the connections.
pub fn bind(address: SocketAddr, sockets: usize) -> Result<Vec<Bound>, ListenError> {
    match bind_one_family(address, sockets) {
        Err(error) if address.ip() == Ipv6Addr::UNSPECIFIED && without_ipv6(&error) => {
            bind_one_family((Ipv4Addr::UNSPECIFIED, address.port()).into(), sockets)
        }
        result => result,
    }
}

/// Whether the machine has no IPv6: the family is unknown, or no interface has an address of it.
fn without_ipv6(error: &ListenError) -> bool {
    matches!(error.fault, ListenFault::FamilyUnknown | ListenFault::AddressUnknown)
}

fn bind_one_family(address: SocketAddr, sockets: usize) -> Result<Vec<Bound>, ListenError> {
    let failed = |error: io::Error| ListenError::of(address, &error);
    if address.port() != 0 {
        // Without SO_REUSEPORT this fails if anybody listens there. It never listens itself, so that no client ends up
        // with a socket that is closed again at once.
        socket(address).and_then(|alone| alone.bind(&address.into())).map_err(failed)?;
    }
    let mut address_of_all = address;
    let mut bound = Vec::new();
    for _ in 0..sockets.max(1) {
        let one = Bound(sharing(address_of_all).map_err(failed)?);
        address_of_all = one.address().map_err(failed)?;
        bound.push(one);
    }
    Ok(bound)
}

fn socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Connections of a process that was here before may still be in TIME_WAIT.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    Ok(socket)
}

fn sharing(address: SocketAddr) -> io::Result<Socket> {
    let socket = socket(address)?;
    socket.set_reuse_port(true)?;
    socket.set_tcp_nodelay(true)?;
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_IDLE).with_interval(KEEPALIVE_EVERY);
    socket.set_tcp_keepalive(&keepalive.with_retries(KEEPALIVE_TIMES))?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket)
}

impl Bound {
    /// Where it listens; the port that was taken, if any would do.
    ///
    /// # Errors
    /// What getsockname(2) says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        let address = self.0.local_addr()?;
        address.as_socket().ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))
    }

    /// Hands it to this core's reactor: call it inside the runtime that is to accept.
    ///
    /// # Errors
    /// What epoll_ctl(2) says.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn start(self) -> io::Result<Listener> {
        Ok(Listener(TcpListener::from_std(self.0.into())?))
    }
}

/// A socket that accepts connections on one core. Dropping it resets the connections that nobody accepted yet: poll it
/// dry before, if none may be lost.
#[derive(Debug)]
pub struct Listener(TcpListener);

/// Why accepting paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptTrouble {
    /// No file descriptor is left, in the process (EMFILE) or on the machine (ENFILE).
    NoDescriptor(Errno),
    /// The kernel has no memory left for sockets (ENOBUFS, ENOMEM).
    NoMemory(Errno),
    /// The operating system refused with another error.
    Other(Option<Errno>),
}

impl Listener {
    /// The next connection and whose it is. Connections that died in the queue are skipped. Where something ran out,
    /// `told` hears of it, accepting pauses for a moment and goes on: this never gives up.
    pub async fn accept(&self, mut told: impl FnMut(AcceptTrouble)) -> (Stream, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, peer)) => return (Stream::Tcp(stream), peer),
                Err(error) => match trouble(&error) {
                    None => {}
                    Some(trouble) => {
                        told(trouble);
                        tokio::time::sleep(PAUSE).await;
                    }
                },
            }
        }
    }

    /// The same without waiting or pausing: for taking all that lies in the queue before the listener goes.
    ///
    /// # Errors
    /// What ran out; connections may be left in the queue.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<Result<(Stream, SocketAddr), AcceptTrouble>> {
        loop {
            return match self.0.poll_accept(cx) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(Ok((stream, peer))) => Poll::Ready(Ok((Stream::Tcp(stream), peer))),
                Poll::Ready(Err(error)) => match trouble(&error) {
                    None => continue,
                    Some(trouble) => Poll::Ready(Err(trouble)),
                },
            };
        }
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What getsockname(2) says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

const EPERM: i32 = 1;
const EINTR: i32 = 4;
const ENOMEM: i32 = 12;
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;
const ENONET: i32 = 64;
const EPROTO: i32 = 71;
const ENOPROTOOPT: i32 = 92;
const EOPNOTSUPP: i32 = 95;
const ENETDOWN: i32 = 100;
const ENETUNREACH: i32 = 101;
const ECONNABORTED: i32 = 103;
const ECONNRESET: i32 = 104;
const ENOBUFS: i32 = 105;
const ETIMEDOUT: i32 = 110;
const EHOSTDOWN: i32 = 112;
const EHOSTUNREACH: i32 = 113;

/// What an error of accept4(2) says of us; `None` where it is only about the one connection, which accept(2) hands over
/// as an error of its own, or about a firewall that forbids that one.
fn trouble(error: &io::Error) -> Option<AcceptTrouble> {
    let Some(number) = error.raw_os_error() else { return Some(AcceptTrouble::Other(None)) };
    match number {
        EPERM | EINTR | ENONET | EPROTO | ENOPROTOOPT | EOPNOTSUPP | ENETDOWN | ENETUNREACH
        | ECONNABORTED | ECONNRESET | ETIMEDOUT | EHOSTDOWN | EHOSTUNREACH => None,
        EMFILE | ENFILE => Some(AcceptTrouble::NoDescriptor(Errno(number))),
        ENOBUFS | ENOMEM => Some(AcceptTrouble::NoMemory(Errno(number))),
        _ => Some(AcceptTrouble::Other(Some(Errno(number)))),
    }
}

/// Why nobody can connect there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenError {
    /// The address that was asked for.
    pub address: SocketAddr,
    /// Why.
    pub fault: ListenFault,
    /// The operating system's error.
    pub errno: Option<Errno>,
}

/// Why a socket cannot listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListenFault {
    /// Somebody listens there already (EADDRINUSE).
    InUse,
    /// We may not (EACCES, EPERM): a port below `net.ipv4.ip_unprivileged_port_start`, mostly 1024.
    Denied,
    /// This machine has no such address (EADDRNOTAVAIL).
    AddressUnknown,
    /// This machine does not speak that version of IP (EAFNOSUPPORT).
    FamilyUnknown,
    /// No file descriptor is left (EMFILE, ENFILE).
    NoDescriptor,
    /// The operating system refused with another error.
    Other,
}

impl ListenError {
    fn of(address: SocketAddr, error: &io::Error) -> Self {
        const EACCES: i32 = 13;
        const EAFNOSUPPORT: i32 = 97;
        const EADDRINUSE: i32 = 98;
        const EADDRNOTAVAIL: i32 = 99;
        let fault = match error.raw_os_error() {
            Some(EADDRINUSE) => ListenFault::InUse,
            Some(EACCES | EPERM) => ListenFault::Denied,
            Some(EADDRNOTAVAIL) => ListenFault::AddressUnknown,
            Some(EAFNOSUPPORT) => ListenFault::FamilyUnknown,
            Some(EMFILE | ENFILE) => ListenFault::NoDescriptor,
            _ => ListenFault::Other,
        };
        Self { address, fault, errno: error.raw_os_error().map(Errno) }
    }

    /// What to do about it, in a sentence.
    pub fn hint(&self) -> String {
        let port = self.address.port();
        match self.fault {
            ListenFault::InUse => {
                format!("`ss -ltnp 'sport = :{port}'` shows which program listens there; stop it or take another port")
            }
            ListenFault::Denied => format!(
                "start it as root (it gives its privileges up once it listens), let it have CAP_NET_BIND_SERVICE, or take a port from 1024 on instead of {port}"
            ),
            ListenFault::AddressUnknown => {
                "`ip address` shows the addresses that this machine has; 0.0.0.0 and [::] stand for all of them".into()
            }
            ListenFault::FamilyUnknown => {
                let other = if self.address.is_ipv6() { "an IPv4" } else { "an IPv6" };
                format!("this machine does not speak that version of IP; take {other} address")
            }
            ListenFault::NoDescriptor => "raise the limit of open files (`ulimit -n`)".into(),
            ListenFault::Other => "the operating system's error number tells more".into(),
        }
    }
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.fault {
            ListenFault::InUse => "another program listens there",
            ListenFault::Denied => "that is not allowed",
            ListenFault::AddressUnknown => "this machine has no such address",
            ListenFault::FamilyUnknown => "this machine does not speak that version of IP",
            ListenFault::NoDescriptor => "no file descriptor is left",
            ListenFault::Other => "the operating system refuses it",
        };
        write!(f, "cannot listen on {}: {why}", self.address)?;
        match self.errno {
            Some(errno) => write!(f, " (error {})", errno.0),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ListenError {}

#[cfg(test)]
mod tests;

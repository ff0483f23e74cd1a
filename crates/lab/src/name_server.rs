//! A small authoritative name server for one name, over UDP and TCP, whose answers can be changed while it runs.

mod message;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::lab_error::LabError;
use crate::recipe::DnsAnswer;
use message::{Reply, answer, question};

/// [`DnsAnswer::Moves`] names the wrong address for so long: enough to be asked at once and kept for the second that
/// its time to live allows.
const MOVES_AFTER: Duration = Duration::from_secs(3);

/// Where nobody listens: a loopback address of its own for IPv4, and one for IPv6 that is never routed (RFC 6666).
const NOBODY_V4: Ipv4Addr = Ipv4Addr::new(127, 255, 0, 1);
const NOBODY_V6: Ipv6Addr = Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 1);

/// A question over UDP is not longer, whatever a client has agreed with others (RFC 6891 §6.2.5).
const MESSAGE_MAX: usize = 4096;

/// Connections at the same time, and how long each may take: a resolver asks one question and leaves.
const CONNECTIONS_MAX: usize = 64;
const CONNECTION_MAX: Duration = Duration::from_secs(10);

/// UDP and TCP get the same port; where the system chose one for UDP that is taken for TCP, another is tried.
const PORTS_TRIED: u32 = 16;

/// After a failure to receive or accept, such as too many open files, so that a lasting one burns no processor.
const BREATH: Duration = Duration::from_millis(20);

/// A name server. It begins with the right answer; dropping it frees its port.
#[derive(Debug)]
pub struct NameServer {
    address: SocketAddr,
    zone: Arc<Zone>,
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Zone {
    name: String,
    now: Mutex<Now>,
    questions: AtomicU32,
}

#[derive(Clone, Copy, Debug)]
struct Now {
    answer: DnsAnswer,
    right: IpAddr,
    since: Instant,
}

impl NameServer {
    /// Listens at an address (port 0: any) for questions about `name`, whose right address is `right`.
    ///
    /// # Errors
    /// [`LabError::Listen`] where the address cannot be listened on, over UDP or TCP.
    pub async fn bind(at: SocketAddr, name: &str, right: IpAddr) -> Result<Self, LabError> {
        let (datagrams, connections) = listen(at).await.map_err(|source| LabError::Listen { at, source })?;
        let address = datagrams.local_addr().map_err(|source| LabError::Listen { at, source })?;
        let zone = Arc::new(Zone {
            name: name.trim_end_matches('.').to_ascii_lowercase(),
            now: Mutex::new(Now { answer: DnsAnswer::Right, right, since: Instant::now() }),
            questions: AtomicU32::new(0),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(over_udp(datagrams, Arc::clone(&zone)));
        tasks.spawn(over_tcp(connections, Arc::clone(&zone)));
        Ok(Self { address, zone, _tasks: tasks })
    }

    /// Where it listens, over UDP and TCP.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers like this from now on; `right` is the name's right address.
    pub fn answer(&self, answer: DnsAnswer, right: IpAddr) {
        *self.zone.now() = Now { answer, right, since: Instant::now() };
    }

    /// Answers right from now on.
    pub fn heal(&self) {
        let mut now = self.zone.now();
        *now = Now { answer: DnsAnswer::Right, since: Instant::now(), ..*now };
    }

    /// How often the name was asked for since the last call of [`NameServer::forget`], for whatever type.
    #[must_use]
    pub fn questions(&self) -> u32 {
        self.zone.questions.load(Ordering::Relaxed)
    }

    /// Counts questions from 0 again.
    pub fn forget(&self) {
        self.zone.questions.store(0, Ordering::Relaxed);
    }
}

impl Zone {
    fn now(&self) -> std::sync::MutexGuard<'_, Now> {
        // It is written in one piece, so that nothing half-made can be left behind.
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a message; nothing where none is sent.
    fn reply(&self, message: &[u8]) -> Option<Vec<u8>> {
        let question = question(message)?;
        let reply = if question.name == self.name {
            self.questions.fetch_add(1, Ordering::Relaxed);
            reply(*self.now())?
        } else {
            Reply::Nxdomain
        };
        Some(answer(&question, reply, &self.name))
    }
}

fn reply(now: Now) -> Option<Reply> {
    Some(match now.answer {
        DnsAnswer::Right => Reply::Address(now.right),
        DnsAnswer::Nxdomain => Reply::Nxdomain,
        DnsAnswer::Servfail => Reply::Servfail,
        DnsAnswer::Refused => Reply::Refused,
        DnsAnswer::Empty => Reply::Empty,
        DnsAnswer::Garbage => Reply::Garbage,
        DnsAnswer::Silence => return None,
        DnsAnswer::Moves if now.since.elapsed() >= MOVES_AFTER => Reply::Address(now.right),
        DnsAnswer::Moves if now.right.is_ipv4() => Reply::Address(NOBODY_V4.into()),
        DnsAnswer::Moves => Reply::Address(NOBODY_V6.into()),
    })
}

async fn listen(at: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    let mut tried = 1;
    loop {
        let datagrams = UdpSocket::bind(at).await?;
        match TcpListener::bind(datagrams.local_addr()?).await {
            Ok(connections) => return Ok((datagrams, connections)),
            Err(problem) if at.port() != 0 || tried >= PORTS_TRIED => return Err(problem),
            Err(_) => tried += 1,
        }
    }
}

async fn over_udp(socket: UdpSocket, zone: Arc<Zone>) {
    let mut bytes = [0; MESSAGE_MAX];
    loop {
        let Ok((length, peer)) = socket.recv_from(&mut bytes).await else {
            sleep(BREATH).await;
            continue;
        };
        if let Some(answer) = bytes.get(..length).and_then(|message| zone.reply(message)) {
            // Whoever does not take its answer asks again.
            let _ = socket.send_to(&answer, peer).await;
        }
    }
}

async fn over_tcp(listener: TcpListener, zone: Arc<Zone>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(BREATH).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        if connections.len() >= CONNECTIONS_MAX {
            connections.join_next().await;
        }
        let zone = Arc::clone(&zone);
        connections.spawn(async move {
            // Whatever ends the connection, the resolver knows.
            let _ = timeout(CONNECTION_MAX, converse(stream, &zone)).await;
        });
    }
}

/// Messages behind their length in two bytes (RFC 1035 §4.2.2).
async fn converse(mut stream: TcpStream, zone: &Zone) -> io::Result<()> {
    loop {
        let mut message = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut message).await?;
        if let Some(answer) = zone.reply(&message) {
            let length = u16::try_from(answer.len()).map_err(|_| io::ErrorKind::InvalidData)?;
            stream.write_all(&[&length.to_be_bytes()[..], &answer].concat()).await?;
        }
    }
}

/// Reads bytes as a question, for [`crate::hostile`].
pub(crate) fn read_any(bytes: &[u8]) {
    if let Some(question) = question(bytes) {
        let _ = answer(&question, Reply::Empty, crate::identities::NAME);
    }
}

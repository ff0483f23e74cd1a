//! One question to one name server: over UDP, and over TCP where the answer does not fit (RFC 7766).
//!
//! Knows nothing of zones or search lists; what an answer means is read in `reply`.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use goodgate_facts::{Phase, Side};
use hickory_proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};

use crate::{Failure, Fault};

/// Bytes of an answer over UDP that servers are told they may send: what passes unfragmented everywhere, as agreed on
/// the DNS flag day of 2020 (<https://www.dnsflagday.net/2020/>).
const UDP_PAYLOAD: u16 = 1232;

/// Datagrams that belong to no question of ours before the server is given up.
const STRAYS: usize = 64;

/// A question for name servers.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// The name, fully qualified.
    pub(super) name: Name,
    /// The type of record.
    pub(super) kind: RecordType,
    /// Whom the question is put to: a resolver is asked to do the whole work (RD), a zone's own server is not.
    pub(super) recursion: bool,
    /// Whether the resolver is asked to pass on what does not verify (CD, RFC 4035 section 3.2.2).
    pub(super) checking_disabled: bool,
}

impl Question {
    /// For a resolver.
    pub(super) fn recursive(name: &Name, kind: RecordType) -> Self {
        Self { name: name.clone(), kind, recursion: true, checking_disabled: false }
    }

    /// For a zone's own server.
    pub(super) fn direct(name: &Name, kind: RecordType) -> Self {
        Self { name: name.clone(), kind, recursion: false, checking_disabled: false }
    }

    fn message(&self, id: u16, extended: Extended) -> Message {
        let mut message = Message::query();
        message.metadata.id = id;
        message.metadata.recursion_desired = self.recursion;
        message.metadata.checking_disabled = self.checking_disabled;
        // Asks the resolver to say whether it verified, without having all signatures sent (RFC 6840 section 5.7).
        message.metadata.authentic_data = self.recursion;
        message.add_query(Query::query(self.name.clone(), self.kind));
        if extended == Extended::Yes {
            let mut edns = Edns::new();
            edns.set_max_payload(UDP_PAYLOAD).set_version(0);
            message.set_edns(edns);
        }
        message
    }

    /// Whether the message answers this question, asked under this id.
    fn is_answered_by(&self, message: &Message, id: u16) -> bool {
        let metadata = &message.metadata;
        if metadata.id != id || metadata.message_type != MessageType::Response {
            return false;
        }
        match message.queries.as_slice() {
            [query] => {
                query.query_type() == self.kind
                    && query.query_class() == DNSClass::IN
                    && query.name().eq_ignore_root(&self.name)
            }
            // A server that cannot read the question does not repeat it.
            [] => matches!(metadata.response_code, ResponseCode::FormErr | ResponseCode::NotImp),
            _ => false,
        }
    }
}

/// Whether a question carries the extension EDNS(0) (RFC 6891).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extended {
    Yes,
    No,
}

/// What was heard on a socket.
enum Heard {
    Answer(Box<Message>),
    /// The answer is cut (TC): to be asked for over TCP. These bytes came.
    Cut(Vec<u8>),
    /// Something with our id that is no DNS message, or nothing but what answers another question.
    Unreadable(Vec<u8>),
    Nothing,
}

/// Puts the question to the server; waits for its answer until then at the latest. If that time is over already, the
/// server is not asked, which says nothing of it.
///
/// The question is put twice: with EDNS, and when a third of the time has passed or the server does not understand
/// that, without (RFC 6891 section 7).
pub(super) async fn ask(server: SocketAddr, question: &Question, until: Instant) -> Result<Message, Failure> {
    let began = Instant::now();
    if began >= until {
        return Err(failure(Fault::NameServerUnasked));
    }
    let asked = over_udp(server, question, began, until).await;
    asked.map_err(|failure| failure.after(began.elapsed()))
}

async fn over_udp(
    server: SocketAddr,
    question: &Question,
    began: Instant,
    until: Instant,
) -> Result<Message, Failure> {
    let socket = open(server).await.map_err(|error| broken(&error))?;
    let first_until = began + until.saturating_duration_since(began) / 3;
    let id = Message::query().metadata.id;
    let (mut kept, mut unreadable, mut sent) = (None, None, 0);
    for (extended, try_until) in [(Extended::Yes, first_until), (Extended::No, until)] {
        let bytes = question.message(id, extended).to_vec().map_err(|_| failure(Fault::NameInvalid))?;
        sent += socket.send(&bytes).await.map_err(|error| broken(&error))? as u64;
        match hear(&socket, question, id, try_until).await.map_err(|error| broken(&error))? {
            Heard::Answer(message) if extended == Extended::Yes && refuses_extension(&message) => {
                kept = Some(message);
            }
            Heard::Answer(message) => return Ok(*message),
            Heard::Cut(cut) => {
                let answer = over_tcp(server, question, id, until).await;
                return answer.map_err(|failure| behind_cut(&failure, sent, &cut));
            }
            Heard::Unreadable(bytes) => unreadable = Some(bytes),
            Heard::Nothing => {}
        }
    }
    match (kept, unreadable) {
        (Some(message), _) => Ok(*message),
        (None, Some(bytes)) => {
            let received = bytes.len() as u64;
            Err(failure(Fault::NameAnswerUnreadable).bytes(sent, received).began(&bytes))
        }
        (None, None) => Err(failure(Fault::NameServerSilent).bytes(sent, 0)),
    }
}

/// A socket of a random port, connected, so that only the server is heard and its refusals as well.
async fn open(server: SocketAddr) -> io::Result<UdpSocket> {
    let any = match server {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    Ok(socket)
}

fn refuses_extension(message: &Message) -> bool {
    matches!(message.metadata.response_code, ResponseCode::FormErr | ResponseCode::NotImp)
}

async fn hear(socket: &UdpSocket, question: &Question, id: u16, until: Instant) -> io::Result<Heard> {
    let mut buffer = vec![0; usize::from(u16::MAX)];
    let mut stray = None;
    for _ in 0..STRAYS {
        let Ok(received) = timeout_at(until, socket.recv(&mut buffer)).await else { break };
        let bytes = buffer.get(..received?).unwrap_or_default();
        if bytes.get(..2) != Some(id.to_be_bytes().as_slice()) {
            stray = Some(bytes.iter().take(Failure::BEGAN_BYTES).copied().collect());
            continue;
        }
        // Read before the rest, because a message that was cut in the middle of a record cannot be read as a whole.
        let flags = bytes.get(2).copied().unwrap_or_default();
        if flags & 0b1000_0010 == 0b1000_0010 {
            return Ok(Heard::Cut(bytes.to_vec()));
        }
        match Message::from_vec(bytes) {
            Ok(message) if question.is_answered_by(&message, id) => {
                return Ok(Heard::Answer(Box::new(message)));
            }
            Ok(_) => stray = Some(bytes.iter().take(Failure::BEGAN_BYTES).copied().collect()),
            Err(_) => return Ok(Heard::Unreadable(bytes.to_vec())),
        }
    }
    Ok(stray.map_or(Heard::Nothing, Heard::Unreadable))
}

async fn over_tcp(
    server: SocketAddr,
    question: &Question,
    id: u16,
    until: Instant,
) -> Result<Message, Failure> {
    let (mut sent, mut answer) = (0, Vec::new());
    let exchange = exchange_over_tcp(server, question, id, &mut sent, &mut answer);
    let fault = match timeout_at(until, exchange).await {
        Ok(Ok(())) => match Message::from_vec(&answer) {
            Ok(message) if question.is_answered_by(&message, id) => return Ok(message),
            _ => failure(Fault::NameAnswerUnreadable).began(&answer),
        },
        Ok(Err(error)) => broken(&error),
        Err(_) => failure(Fault::NameServerSilent),
    };
    Err(fault.bytes(sent, answer.len() as u64))
}

async fn exchange_over_tcp(
    server: SocketAddr,
    question: &Question,
    id: u16,
    sent: &mut u64,
    answer: &mut Vec<u8>,
) -> io::Result<()> {
    let message = question.message(id, Extended::Yes).to_vec().map_err(io::Error::other)?;
    let mut bytes = u16::try_from(message.len()).map_err(io::Error::other)?.to_be_bytes().to_vec();
    bytes.extend(message);
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(&bytes).await?;
    *sent = bytes.len() as u64;
    let length = stream.read_u16().await?;
    stream.take(length.into()).read_to_end(answer).await?;
    if answer.len() < usize::from(length) { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

/// What a failure over TCP means behind a cut answer over UDP: the server is there and has answered, in a way that
/// cannot be read to its end. Our own shortages stay what they are.
fn behind_cut(over_tcp: &Failure, sent: u64, cut: &[u8]) -> Failure {
    let fault = if over_tcp.side == Side::Gateway { over_tcp.fault } else { Fault::NameAnswerUnreadable };
    let began = if over_tcp.began.is_empty() { cut } else { &over_tcp.began };
    let (sent, received) = (sent + over_tcp.sent, cut.len() as u64 + over_tcp.received);
    Failure { errno: over_tcp.errno, ..failure(fault).bytes(sent, received).began(began) }
}

pub(super) fn failure(fault: Fault) -> Failure {
    Failure::new(fault, Phase::Resolve)
}

fn broken(error: &io::Error) -> Failure {
    // Not to be told by kind: "too many open files" has none (EMFILE, ENFILE).
    let no_descriptor = matches!(error.raw_os_error(), Some(23 | 24));
    // ENOMEM, ENOBUFS.
    let no_memory = matches!(error.raw_os_error(), Some(12 | 105));
    let fault = match error.kind() {
        _ if no_descriptor => Fault::NoDescriptor,
        _ if no_memory => Fault::NoMemory,
        io::ErrorKind::ConnectionRefused => Fault::NameServerRefused,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
            Fault::Unroutable
        }
        io::ErrorKind::PermissionDenied => Fault::Denied,
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::AddrInUse => Fault::NoLocalPort,
        io::ErrorKind::TimedOut => Fault::NameServerSilent,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            Fault::NameAnswerUnreadable
        }
        _ => Fault::ConnectFailed,
    };
    failure(fault).errno(error)
}

//! The client side of the lab: asks a gateway in one of five ways, with the bytes written out here, and sees what
//! comes back and how it ends.
//!
//! It knows no recipe and judges nothing. Over TLS the gateway's certificate is not verified: what is measured is
//! the gateway's upstream leg, and a gateway under test has whatever certificate it happens to have.

mod chunks;
pub(crate) mod head;
mod link;
mod reading;
mod token;

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::{Instant, timeout_at};

use self::link::{Carrier, Link};
use self::reading::{Reading, Stop};
use crate::observation::{Drive, End, Reply};

pub use self::token::fresh_token;

/// The body of a POST: more than one read of a gateway takes, and less than gateways accept without being told.
const POST_BODY_BYTES: usize = 64 * 1024;

/// The body of a POST is written in pieces of this size.
const PIECE_BYTES: usize = 8 * 1024;

/// How a client names itself.
const USER_AGENT: &str = concat!("goodgate-lab/", env!("CARGO_PKG_VERSION"));

/// A gateway under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// Where it listens.
    pub address: SocketAddr,
    /// What goes into `Host`, with a port where that belongs there; over TLS the name is the SNI as well.
    pub host: String,
    /// Whether it speaks TLS to its clients. Its certificate is not verified.
    pub tls: bool,
    /// What comes before `/r/RECIPE/TOKEN` in the path: empty, or such as `/some/base`.
    pub prefix: String,
}

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For one answer, from the connection to the last byte; longer than any limit of the gateway's own.
    pub patience: Duration,
    /// For the first right answer once the origin is healthy again.
    pub recovery: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { patience: Duration::from_secs(5), recovery: Duration::from_secs(3) }
    }
}

/// Asks a gateway for a path, which goes into the request line as it stands: the gateway's prefix is not added.
///
/// [`Drive::KeepAlive`] asks for the path twice, and the second answer is returned where the first one was a complete
/// one with a status of 2xx. Whatever goes wrong is in the reply; after at most `patience` (twice that, with
/// keep-alive) there is one.
pub async fn ask(gateway: &Gateway, path: &str, drive: Drive, patience: Duration) -> Reply {
    if drive == Drive::KeepAlive {
        let good = |reply: &Reply| {
            reply.end == End::Complete && reply.status.is_some_and(|status| status / 100 == 2)
        };
        return ask_twice(gateway, [path, path], patience, good).await.0;
    }
    let deadline = Instant::now() + patience;
    let Some(mut link) = Link::open(gateway, deadline).await else { return refused() };
    exchange(gateway, &mut link, path, drive, deadline).await.0
}

/// Asks for two paths, one after the other on one connection where that goes on, else on two. Returns the answer to
/// the second where the first one was right, and whether it is that.
pub(crate) async fn ask_twice(
    gateway: &Gateway,
    paths: [&str; 2],
    patience: Duration,
    right: impl Fn(&Reply) -> bool,
) -> (Reply, bool) {
    let deadline = Instant::now() + patience;
    let Some(mut link) = Link::open(gateway, deadline).await else { return (refused(), false) };
    let (first, goes_on) = exchange(gateway, &mut link, paths[0], Drive::KeepAlive, deadline).await;
    if !right(&first) {
        return (first, false);
    }
    let deadline = Instant::now() + patience;
    if !goes_on {
        link = match Link::open(gateway, deadline).await {
            Some(link) => link,
            None => return (refused(), true),
        };
    }
    (exchange(gateway, &mut link, paths[1], Drive::KeepAlive, deadline).await.0, true)
}

fn refused() -> Reply {
    Reply { end: End::Refused, ..Reply::default() }
}

/// One request and its answer, and whether the connection goes on after it.
async fn exchange(
    gateway: &Gateway,
    link: &mut Link,
    path: &str,
    drive: Drive,
    deadline: Instant,
) -> (Reply, bool) {
    let begun = Instant::now();
    let request = request(gateway, path, drive);
    let left_over = std::mem::take(&mut link.left_over);
    let mut reading = Reading::new(drive);
    // What came unasked stands where a client looks for its answer.
    reading.feed(&left_over);
    let mut first = reading.has_begun().then_some(begun);
    let (mut sent, mut reset) = (None, false);
    let both = async {
        let writing = async {
            match write(&mut link.writes, &request).await {
                Ok(()) => sent = Some(Instant::now()),
                Err(problem) => reset = problem.kind() == ErrorKind::ConnectionReset,
            }
            // A request that cannot be sent is no reason to stop reading: the answer may be there already.
            std::future::pending::<Stop>().await
        };
        tokio::select! {
            biased;
            stop = writing => stop,
            stop = read(&mut link.reads, &mut reading, &mut first) => stop,
        }
    };
    let stop = match timeout_at(deadline, both).await.unwrap_or(Stop::Patience) {
        // The system tells of a reset once, and it has told the writing side.
        Stop::InOrder if reset => Stop::Reset,
        stop => stop,
    };
    let from = sent.unwrap_or(begun);
    let goes_on = reading.keeps_alive() && sent.is_some();
    let (mut reply, left_over) = reading.finish(stop);
    link.left_over = left_over;
    reply.request_unfinished = sent.is_none();
    reply.first_byte = first.map(|first| first.saturating_duration_since(from));
    reply.total = from.elapsed();
    (reply, goes_on)
}

/// Reads until the answer is over or the connection stops.
async fn read(reads: &mut ReadHalf<Carrier>, reading: &mut Reading, first: &mut Option<Instant>) -> Stop {
    let mut buffer = vec![0; 16 * 1024];
    while !reading.is_over() {
        match reads.read(&mut buffer).await {
            Ok(0) => return Stop::InOrder,
            Ok(count) => {
                first.get_or_insert_with(Instant::now);
                reading.feed(buffer.get(..count).unwrap_or_default());
            }
            Err(problem) if problem.kind() == ErrorKind::UnexpectedEof => return Stop::WithoutNotice,
            Err(_) => return Stop::Reset,
        }
    }
    Stop::InOrder
}

async fn write(writes: &mut WriteHalf<Carrier>, request: &[u8]) -> io::Result<()> {
    for piece in request.chunks(PIECE_BYTES) {
        writes.write_all(piece).await?;
    }
    writes.flush().await
}

/// The bytes of a request.
fn request(gateway: &Gateway, path: &str, drive: Drive) -> Vec<u8> {
    let (method, version, fields) = match drive {
        Drive::Get => ("GET", "1.1", "Connection: close\r\n".to_owned()),
        Drive::KeepAlive => ("GET", "1.1", String::new()),
        Drive::Http10 => ("GET", "1.0", String::new()),
        Drive::Head => ("HEAD", "1.1", "Connection: close\r\n".to_owned()),
        Drive::Post => (
            "POST",
            "1.1",
            format!(
                "Content-Type: application/octet-stream\r\nContent-Length: {POST_BODY_BYTES}\r\nConnection: close\r\n"
            ),
        ),
    };
    let host = &gateway.host;
    let mut bytes =
        format!("{method} {path} HTTP/{version}\r\nHost: {host}\r\nUser-Agent: {USER_AGENT}\r\nAccept: */*\r\n{fields}\r\n")
            .into_bytes();
    if drive == Drive::Post {
        bytes.resize(bytes.len() + POST_BODY_BYTES, b'x');
    }
    bytes
}

/// Reads bytes as an answer to each way to ask, for [`crate::hostile`].
pub(crate) fn read_any(bytes: &[u8]) {
    for drive in Drive::ALL {
        let mut reading = Reading::new(drive);
        // In pieces, as the network delivers them.
        for piece in bytes.chunks(7) {
            reading.feed(piece);
        }
        let _ = reading.finish(Stop::InOrder);
    }
}

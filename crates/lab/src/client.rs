//! The client side of the lab: asks a gateway in one of five ways, with the bytes written out here, and sees what
//! comes back and how it ends. One file a protocol.
//!
//! It knows no recipe and judges nothing. Over TLS the gateway's certificate is not verified: what is measured is
//! the gateway's upstream leg, and a gateway under test has whatever certificate it happens to have.

mod chunks;
pub(crate) mod head;
mod http1;
mod http2;
mod link;
mod reading;
mod token;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use self::reading::Reading;
use crate::observation::{Drive, End, Front, Reply, Stop};

pub use self::token::fresh_token;

/// The body of a POST: more than one read of a gateway takes, and less than gateways accept without being told.
const POST_BODY_BYTES: usize = 64 * 1024;

/// How a client names itself.
const USER_AGENT: &str = concat!("goodgate-lab/", env!("CARGO_PKG_VERSION"));

/// A gateway under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// Where it listens.
    pub address: SocketAddr,
    /// What goes into `Host` or `:authority`, with a port where that belongs there; over TLS the name is the SNI as
    /// well.
    pub host: String,
    /// What its clients speak. Over TLS its certificate is not verified.
    pub front: Front,
    /// What comes before `/r/RECIPE/TOKEN` in the path: empty, or such as `/some/base`.
    pub prefix: String,
}

/// A connection on which requests are made, one after the other.
#[derive(Debug)]
enum Talk {
    Http1(http1::Talk),
    Http2(Box<http2::Talk>),
}

impl Talk {
    /// Connects; `None` where that fails, does not come about in time, or leads to another protocol.
    async fn open(gateway: &Gateway, deadline: Instant) -> Option<Self> {
        let link = link::Link::open(gateway, deadline).await?;
        Some(match gateway.front {
            Front::Http1 | Front::Tls => Self::Http1(http1::Talk::new(link)),
            Front::Http2 => Self::Http2(Box::new(http2::Talk::new(link))),
        })
    }

    /// One request and its answer, and whether the connection goes on after it.
    async fn exchange(
        &mut self,
        gateway: &Gateway,
        path: &str,
        drive: Drive,
        deadline: Instant,
    ) -> (Reply, bool) {
        match self {
            Self::Http1(talk) => talk.exchange(gateway, path, drive, deadline).await,
            Self::Http2(talk) => talk.exchange(gateway, path, drive, deadline).await,
        }
    }
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
    let Some(mut talk) = Talk::open(gateway, deadline).await else { return refused(gateway) };
    talk.exchange(gateway, path, drive, deadline).await.0
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
    let Some(mut talk) = Talk::open(gateway, deadline).await else { return (refused(gateway), false) };
    let (first, goes_on) = talk.exchange(gateway, paths[0], Drive::KeepAlive, deadline).await;
    if !right(&first) {
        return (first, false);
    }
    let deadline = Instant::now() + patience;
    if !goes_on {
        talk = match Talk::open(gateway, deadline).await {
            Some(talk) => talk,
            None => return (refused(gateway), true),
        };
    }
    (talk.exchange(gateway, paths[1], Drive::KeepAlive, deadline).await.0, true)
}

fn refused(gateway: &Gateway) -> Reply {
    Reply { front: gateway.front, end: End::Refused, ..Reply::default() }
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

//! The recipe: dial, TLS, the version of HTTP that both speak; then exchanges, one after the other.
//!
//! Knows no names (addresses come in) and repeats nothing: whether and where to try again is the caller's choice, for
//! which every failure says whether that is safe.

mod carrier;
mod cut;
mod turn;

use std::time::Duration;

use goodgate_facts::Phase;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout};

pub(crate) use carrier::Duplex;
use carrier::{Carrier, Idle};
pub use cut::Cut;

use crate::http2::Http2;
use crate::{
    Failure, Fault, Hello, Limits, Peer, Request, Response, Retry, Timings, TlsSeen, Version, dial, handshake,
};

/// Time in which a connection that was just opened is not looked at before it is used: a peer does not give one up so
/// soon.
const FRESH: Duration = Duration::from_millis(10);

/// What came of opening a connection.
#[derive(Debug)]
pub struct Opened {
    /// The connection, or why there is none.
    pub connection: Result<Connection, Failure>,
    /// What the TLS handshake showed, also of one that failed; `None` without TLS or where it was not reached.
    pub tls: Option<TlsSeen>,
    /// How long connecting and the handshake took, a phase that failed included.
    pub timings: Timings,
}

/// A connection on which one exchange follows the other.
///
/// Nothing runs behind it: while no exchange is under way the connection is only held. Dropping it closes the socket
/// at once, [`Connection::close`] says goodbye first.
#[derive(Debug)]
pub struct Connection {
    peer: Peer,
    tls: Option<TlsSeen>,
    version: Version,
    protocol: Protocol,
}

#[derive(Debug)]
enum Protocol {
    Http1(Carrier, State),
    Http2(Box<Http2<Carrier>>),
}

/// Where a connection of HTTP/1.1 stands; one of HTTP/2 knows for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing was asked yet since it was opened.
    Fresh(Instant),
    /// An exchange ended in such a way that another may follow.
    Idle,
    /// An exchange is under way, was given up half-way, or was the last.
    Spent,
}

/// Opens a connection: dial, then TLS if there is a `hello`, then HTTP/2 if that was chosen by ALPN.
pub async fn open(peer: &Peer, hello: Option<&Hello>, limits: &Limits) -> Opened {
    let mut opened =
        Opened { connection: Err(gone(Fault::ConnectFailed)), tls: None, timings: Timings::default() };
    let stream = match dial(peer, limits).await {
        Ok((stream, took)) => {
            opened.timings.connect = Some(took);
            stream
        }
        Err(failure) => {
            opened.timings.connect = Some(failure.after);
            opened.connection = Err(failure);
            return opened;
        }
    };
    let carrier = match hello {
        None => Ok(Carrier::Plain(stream)),
        Some(hello) => {
            let (stream, seen, took) = handshake(stream, hello, limits).await;
            opened.timings.tls = Some(took);
            opened.tls = Some(seen);
            stream.map(|stream| Carrier::Tls(Box::new(stream)))
        }
    };
    opened.connection = match carrier {
        Ok(carrier) => begin(peer, carrier, opened.tls.clone(), limits).await,
        Err(failure) => Err(failure),
    };
    opened
}

async fn begin(
    peer: &Peer,
    carrier: Carrier,
    tls: Option<TlsSeen>,
    limits: &Limits,
) -> Result<Connection, Failure> {
    let chosen = tls.as_ref().and_then(|seen| seen.alpn.as_deref());
    let (version, protocol) = match chosen {
        Some("h2") => (Version::Http2, Protocol::Http2(Box::new(Http2::begin(carrier, limits).await?))),
        _ => (Version::Http11, Protocol::Http1(carrier, State::Fresh(Instant::now()))),
    };
    Ok(Connection { peer: peer.clone(), tls, version, protocol })
}

impl Connection {
    /// Sends the request and reads its response; the response's timings are of this exchange alone.
    ///
    /// # Errors
    /// A [`Failure`] up to the end of the response head; what fails later is told by [`Response::end`]. A connection
    /// that turns out to be gone before anything was sent fails in the send phase with [`Retry::Safe`].
    pub async fn exchange(&mut self, request: &Request, limits: &Limits) -> Result<Response, Failure> {
        let response = match &mut self.protocol {
            Protocol::Http1(carrier, state) => {
                // An exchange that is given up half-way leaves it spent.
                match std::mem::replace(state, State::Spent) {
                    State::Fresh(opened) if opened.elapsed() < FRESH => {}
                    State::Fresh(_) | State::Idle => still_open(carrier).await?,
                    State::Spent => return Err(gone(Fault::ClosedBeforeResponse)),
                }
                let response = turn::exchange(carrier, request, limits).await?;
                if response.reusable {
                    *state = State::Idle;
                }
                response
            }
            Protocol::Http2(http2) => http2.exchange(request, limits).await?,
        };
        self.version = response.version;
        Ok(response)
    }

    /// Whether another exchange may be tried, as far as is known without looking at the socket.
    pub fn reusable(&self) -> bool {
        match &self.protocol {
            Protocol::Http1(_, state) => *state != State::Spent,
            Protocol::Http2(http2) => http2.reusable(),
        }
    }

    /// The version of HTTP: that of the last response, before the first one what will be spoken.
    pub fn version(&self) -> Version {
        self.version
    }

    /// What the TLS handshake showed; `None` without TLS.
    pub fn tls(&self) -> Option<&TlsSeen> {
        self.tls.as_ref()
    }

    /// Whom it leads to.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Closes the connection in the way that its protocols want: GOAWAY in HTTP/2, `close_notify` in TLS, FIN. Waits no
    /// longer than [`Limits::send`]; whether the peer hears it does not matter.
    pub async fn close(self, limits: &Limits) {
        let goodbye = async {
            match self.protocol {
                Protocol::Http1(mut carrier, _) => {
                    let _ = carrier.shutdown().await;
                }
                Protocol::Http2(http2) => http2.close().await,
            }
        };
        let _ = timeout(limits.send, goodbye).await;
    }
}

/// Looks at an idle HTTP/1.1 connection before it is used (RFC 9112 section 9.2 and 9.5).
async fn still_open(carrier: &mut Carrier) -> Result<(), Failure> {
    let start = Instant::now();
    let failure = match carrier.idle().await {
        Idle::Open => return Ok(()),
        Idle::Cut(cut) => Failure { errno: cut.errno(), ..gone(cut.fault(Phase::Wait)) },
        Idle::Unasked(bytes) => gone(Fault::AnsweredUnasked).bytes(0, bytes.len() as u64).began(&bytes),
    };
    Err(failure.after(start.elapsed()))
}

/// A failure of a connection on which nothing was sent.
fn gone(fault: Fault) -> Failure {
    Failure::new(fault, Phase::Send).retry(Retry::Safe)
}

/// When a limit is over. One that no clock reaches is as good as none.
pub(crate) fn deadline(since: Instant, limit: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
    since + limit.min(FAR)
}

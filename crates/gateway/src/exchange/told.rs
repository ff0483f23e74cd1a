//! What is remembered of an exchange, for its record and for whoever may know all.

use std::net::IpAddr;
use std::time::Instant;

use goodgate_facts::Phase;

use crate::Failed;
use crate::core::Loaded;
use crate::record::{Attempt, AttemptFailed, End};
use crate::request_id::RequestId;
use crate::route::Hit;

/// What became of a request.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) id: RequestId,
    /// Who asks.
    pub(crate) client: IpAddr,
    pub(crate) began: Instant,
    pub(crate) route: Option<Hit>,
    pub(crate) upstream: Option<usize>,
    pub(crate) tried: Vec<Tried>,
    pub(crate) status: u16,
    pub(crate) end: End,
    pub(crate) failed: Option<Failed>,
    /// Bytes of the request's body.
    pub(crate) body_read: u64,
    /// Bytes of the answer's body.
    pub(crate) body_sent: u64,
}

/// One attempt.
#[derive(Debug)]
pub(crate) struct Tried {
    pub(crate) server: usize,
    pub(crate) reused: bool,
    pub(crate) reached: Phase,
    pub(crate) failed: Option<AttemptFailed>,
    pub(crate) status: Option<u16>,
    pub(crate) connect_us: Option<u64>,
    pub(crate) head_us: Option<u64>,
}

impl Tried {
    pub(crate) fn of(server: usize) -> Self {
        Self {
            server,
            reused: false,
            reached: Phase::Resolve,
            failed: None,
            status: None,
            connect_us: None,
            head_us: None,
        }
    }
}

impl Told {
    pub(crate) fn begin(id: RequestId, client: IpAddr) -> Self {
        Self {
            id,
            client,
            began: Instant::now(),
            route: None,
            upstream: None,
            tried: Vec::new(),
            status: 0,
            end: End::Complete,
            failed: None,
            body_read: 0,
            body_sent: 0,
        }
    }

    /// The attempts as the record has them.
    pub(crate) fn attempts<'a>(&self, loaded: &'a Loaded) -> Vec<Attempt<'a>> {
        let upstream = self.upstream.and_then(|place| loaded.upstreams.get(place));
        let server = |place: usize| {
            let server = upstream.and_then(|upstream| upstream.servers.get(place));
            server.map_or("", |server| server.state.plan.written.as_str())
        };
        let attempt = |tried: &Tried| Attempt {
            server: server(tried.server),
            reached: tried.reached,
            reused: tried.reused,
            failed: tried.failed,
            status: tried.status,
            connect_us: tried.connect_us,
            head_us: tried.head_us,
        };
        self.tried.iter().map(attempt).collect()
    }
}

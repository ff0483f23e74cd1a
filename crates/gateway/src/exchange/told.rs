//! What is remembered of an exchange, for its record and for whoever may know all.

use std::net::{IpAddr, Ipv4Addr};

use goodgate_facts::Phase;

use crate::Failed;
use crate::core::Loaded;
use crate::core::moment::Moment;
use crate::record::{Attempt, AttemptFailed, End, NO_NAME, Name};
use crate::request_id::RequestId;
use crate::route::Hit;

/// What became of a request.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) id: RequestId,
    /// Who asks.
    pub(crate) client: IpAddr,
    pub(crate) began: Moment,
    /// When the answer had been passed on; `None` for just now.
    pub(crate) ended: Option<Moment>,
    /// When the tunnel behind the answer ended, where it switched to another protocol.
    pub(crate) closed: Option<Moment>,
    pub(crate) route: Option<Hit>,
    pub(crate) upstream: Option<usize>,
    pub(crate) tried: Vec<Tried>,
    pub(crate) status: u16,
    pub(crate) end: End,
    pub(crate) failed: Option<Failed>,
    /// Bytes of the request's body, and of what went through a tunnel.
    pub(crate) body_read: u64,
    /// Bytes of the answer's body, and of what went through a tunnel.
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
    /// The beginning of what a script wrote on standard error, as it is recorded.
    pub(crate) stderr: Box<[u8]>,
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
            stderr: Box::default(),
        }
    }

    fn told<'a>(&'a self, server: &'a Name) -> Attempt<'a> {
        Attempt {
            server,
            reached: self.reached,
            reused: self.reused,
            failed: self.failed,
            status: self.status,
            connect_us: self.connect_us,
            head_us: self.head_us,
            stderr: &self.stderr,
        }
    }
}

impl Default for Told {
    fn default() -> Self {
        Self {
            id: RequestId::default(),
            client: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            began: Moment::default(),
            ended: None,
            closed: None,
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
}

impl Told {
    /// Forgets all, for another request that begins now.
    pub(crate) fn begin(&mut self, id: RequestId, client: IpAddr, now: Moment) {
        let mut tried = std::mem::take(&mut self.tried);
        tried.clear();
        *self = Self { id, client, began: now, tried, ..Self::default() };
    }

    /// The attempts as the record has them, in `few` where there is room.
    pub(crate) fn attempts<'r, 'a>(
        &'a self,
        loaded: &'a Loaded,
        few: &'r mut [Attempt<'a>; FEW],
        many: &'r mut Vec<Attempt<'a>>,
    ) -> &'r [Attempt<'a>] {
        let upstream = self.upstream.and_then(|place| loaded.upstreams.get(place));
        let server = |place: usize| {
            let server = upstream.and_then(|upstream| upstream.servers.get(place));
            server.map_or(&NO_NAME, |server| &server.name)
        };
        let attempts = self.tried.iter().map(|tried| tried.told(server(tried.server)));
        if self.tried.len() <= FEW {
            few.iter_mut().zip(attempts).for_each(|(place, attempt)| *place = attempt);
            return few.get(..self.tried.len()).unwrap_or_default();
        }
        many.extend(attempts);
        many
    }
}

/// Attempts for which telling them allocates nothing.
pub(crate) const FEW: usize = 2;

/// No attempts yet.
pub(crate) fn none() -> [Attempt<'static>; FEW] {
    [const {
        Attempt {
            server: &NO_NAME,
            reached: Phase::Resolve,
            reused: false,
            failed: None,
            status: None,
            connect_us: None,
            head_us: None,
            stderr: &[],
        }
    }; FEW]
}

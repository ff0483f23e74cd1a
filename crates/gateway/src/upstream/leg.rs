//! One connection to a server.

use std::sync::Arc;

use goodgate_wire::{Channel, Idle, Peer};

use super::places::{Place, Places};
use super::server::ServerState;

/// A connection to a server.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) channel: Channel,
    peer: Peer,
    server: Arc<ServerState>,
    /// Among the connections that the server may have.
    _place: Place<Arc<Places>>,
    /// Exchanges that it has carried.
    pub(crate) exchanges: u32,
}

impl Leg {
    pub(crate) fn new(
        channel: Channel,
        peer: Peer,
        server: Arc<ServerState>,
        place: Place<Arc<Places>>,
    ) -> Self {
        Self { channel, peer, server, _place: place, exchanges: 0 }
    }

    /// Whose it is.
    pub(crate) fn server(&self) -> &Arc<ServerState> {
        &self.server
    }

    /// Where it leads.
    pub(crate) fn peer(&self) -> &Peer {
        &self.peer
    }

    /// What has become of an idle connection, as far as the reactor has heard.
    pub(crate) fn idle(&mut self) -> Idle {
        self.channel.idle()
    }

    /// The same as far as this machine has heard, at the price of a system call.
    pub(crate) fn idle_now(&mut self) -> Idle {
        self.channel.idle_now()
    }
}

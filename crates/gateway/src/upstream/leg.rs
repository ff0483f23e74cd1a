//! One connection to a server.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use goodgate_wire::{Channel, Idle, Peer};

use super::server::ServerState;

/// A connection to a server.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) channel: Channel,
    peer: Peer,
    server: Arc<ServerState>,
    /// Exchanges that it has carried.
    pub(crate) exchanges: u32,
}

impl Leg {
    pub(crate) fn new(channel: Channel, peer: Peer, server: Arc<ServerState>) -> Self {
        server.connections.fetch_add(1, Ordering::Relaxed);
        Self { channel, peer, server, exchanges: 0 }
    }

    /// Where it leads.
    pub(crate) fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Whether an idle connection is still open, as far as the reactor has heard.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.channel.idle() == Idle::Open
    }

    /// The same as far as this machine has heard, at the price of a system call.
    pub(crate) fn is_alive_now(&mut self) -> bool {
        self.channel.idle_now() == Idle::Open
    }
}

impl Drop for Leg {
    fn drop(&mut self) {
        self.server.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

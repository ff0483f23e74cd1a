//! Opening a connection to a server: its addresses, one after the other, until one takes it.

use std::sync::Arc;

use goodgate_facts::Phase;
use goodgate_wire::{Channel, Failure, Fault, Limits, Peer, dial};

use super::places::{Place, Places};
use super::server::{ServerState, UpstreamState};
use super::{Leg, Local, LocalServer};
use crate::core::Core;
use crate::plan::Timeouts;

/// Addresses of a server that one attempt tries.
const ADDRESSES_MAX: usize = 4;

/// Opens one in this place. Each address has its own connect and TLS timeouts; that the name could not be resolved is told as such.
pub(crate) async fn open(
    core: &Core,
    local: &Local,
    server: &LocalServer,
    place: Place<Arc<Places>>,
) -> Result<Leg, Failure> {
    let (upstream, state) = (&local.state, &server.state);
    let now_ms = || core.now().ms();
    let peers = match server.peers(now_ms) {
        Ok(peers) => peers,
        Err(Some(failure)) => return Err(failure),
        Err(None) => first_addresses(core, upstream, server).await?,
    };
    let mut last = None;
    let one_of_many = peers.len() > 1;
    for peer in peers.into_iter().take(ADDRESSES_MAX) {
        match connect(state, &peer, &upstream.plan.timeouts).await {
            Ok(channel) => {
                if one_of_many {
                    state.opened(&peer);
                }
                return Ok(Leg::new(channel, peer, state.clone(), place));
            }
            Err(failure) => {
                state.refused(&peer, &failure, now_ms());
                last = Some(failure);
            }
        }
    }
    Err(last.unwrap_or_else(|| Failure::new(Fault::NameEmpty, Phase::Resolve)))
}

/// The first request for a name does not wait for the next round of resolving.
async fn first_addresses(
    core: &Core,
    upstream: &UpstreamState,
    server: &LocalServer,
) -> Result<Vec<Peer>, Failure> {
    crate::resolve::first(&server.state, upstream.plan.timeouts.resolve).await;
    match server.peers(|| core.now().ms()) {
        Ok(peers) => Ok(peers),
        Err(Some(failure)) => Err(failure),
        Err(None) => Err(Failure::new(Fault::NameServerSilent, Phase::Resolve)),
    }
}

/// A connection to one address of the server, with TLS where it speaks that.
pub(crate) async fn connect(
    state: &ServerState,
    peer: &Peer,
    timeouts: &Timeouts,
) -> Result<Channel, Failure> {
    let (stream, _) = dial(peer, &Limits { connect: timeouts.connect, ..Limits::default() }).await?;
    match &state.tls {
        Some(tls) => tls.connect(stream, timeouts.tls).await,
        None => Ok(Channel::Plain(stream)),
    }
}

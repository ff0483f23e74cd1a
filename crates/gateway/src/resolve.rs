//! The addresses of servers that are named: asked for again when their time is over, and told to all cores.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use goodgate_wire::{Limits, Peer, lookup};

use crate::plan::Place;
use crate::upstream::{Addresses, ServerState};

/// A name is not asked for more often than this, whatever its TTL says.
const LEAST: Duration = Duration::from_secs(1);
/// Nor less often: what comes from a hosts file has no TTL, and may change.
const MOST: Duration = Duration::from_secs(30);

/// Resolves the server's name once, and says when to do it again.
pub(crate) async fn refresh(server: &ServerState, limit: Duration) -> Duration {
    let Place::Name(name, port) = &server.plan.at else { return MOST };
    let limits = Limits { resolve: limit, ..Limits::default() };
    match lookup(name, &server.names, &limits).await {
        Ok(found) => {
            let least = found.addresses.iter().filter_map(|address| address.ttl_s).min();
            let mut peers: Vec<Peer> =
                found.addresses.iter().map(|address| Peer::Tcp(SocketAddr::new(address.ip, *port))).collect();
            // Servers answer in changing order, which is no change.
            peers.sort();
            peers.dedup();
            server.set_addresses(Addresses::At(peers));
            least.map_or(MOST, |ttl_s| Duration::from_secs(u64::from(ttl_s))).clamp(LEAST, MOST)
        }
        Err(failure) => {
            server.set_addresses(Addresses::Failed(failure));
            LEAST
        }
    }
}

/// Keeps the server's addresses fresh for as long as anybody holds it.
pub(crate) async fn follow(server: std::sync::Weak<ServerState>, limit: Duration) {
    while let Some(held) = server.upgrade() {
        let next = refresh(&held, limit).await;
        drop(held);
        tokio::time::sleep(next).await;
    }
}

/// Whether there is a name to follow.
pub(crate) fn is_named(server: &Arc<ServerState>) -> bool {
    matches!(server.plan.at, Place::Name(..))
}

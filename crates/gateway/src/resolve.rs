//! The addresses of servers that are named: asked for again when their time is over, and told to all cores.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use goodgate_wire::{Failure, Fault, Limits, Lookup, Peer, lookup};

use crate::plan::Place;
use crate::upstream::{Addresses, ServerState};

/// A name is not asked for more often than this, whatever its TTL says.
const LEAST: Duration = Duration::from_secs(1);
/// Nor less often: what comes from a hosts file has no TTL, and may change.
const MOST: Duration = Duration::from_secs(30);

/// Resolves the server's name once, and says when to do it again.
pub(crate) async fn refresh(server: &ServerState, limit: Duration) -> Duration {
    let _one = server.resolving.lock().await;
    resolve(server, limit).await
}

/// Resolves a name of which nothing is known yet. Of all that come at once one asks, and the others wait for what comes
/// of it, which then stands in the addresses.
pub(crate) async fn first(server: &ServerState, limit: Duration) {
    let _one = server.resolving.lock().await;
    if matches!(&*server.addresses(), Addresses::Unknown) {
        resolve(server, limit).await;
    }
}

async fn resolve(server: &ServerState, limit: Duration) -> Duration {
    let Place::Name(name, port) = &server.plan.at else { return MOST };
    let limits = Limits { resolve: limit, ..Limits::default() };
    match lookup(name, &server.names, &limits).await {
        Ok(found) => {
            let before = server.addresses();
            let known = if let Addresses::At(peers) = &*before { peers.as_slice() } else { &[] };
            server.set_addresses(Addresses::At(joined(&found, known, *port)));
            let least = found.addresses.iter().filter_map(|address| address.ttl_s).min();
            least.map_or(MOST, |ttl_s| Duration::from_secs(u64::from(ttl_s))).clamp(LEAST, MOST)
        }
        Err(failure) => {
            server.set_addresses(Addresses::Failed(failure));
            LEAST
        }
    }
}

/// What was found, and of a family of which the name servers said nothing what was known before.
fn joined(found: &Lookup, known: &[Peer], port: u16) -> Vec<Peer> {
    let unsaid = |family: &Result<(), Failure>| {
        let said = |failure: &Failure| matches!(failure.fault, Fault::NameNotFound | Fault::NameEmpty);
        family.as_ref().is_err_and(|failure| !said(failure))
    };
    let stays = |peer: &&Peer| match peer {
        Peer::Tcp(at) => unsaid(if at.is_ipv4() { &found.ipv4 } else { &found.ipv6 }),
        Peer::Unix(_) => false,
    };
    let new = found.addresses.iter().map(|address| Peer::Tcp(SocketAddr::new(address.ip, port)));
    let mut peers: Vec<Peer> = new.chain(known.iter().filter(stays).cloned()).collect();
    // Servers answer in changing order, which is no change.
    peers.sort();
    peers.dedup();
    peers
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

#[cfg(test)]
mod tests {
    use goodgate_facts::Phase;
    use goodgate_wire::{Address, Dnssec};

    use super::*;
    use crate::plan::{Protocol, Server};

    /// A name server that gives 192.0.2.1 for any name, and says how often it was asked for that.
    fn name_server() -> (SocketAddr, std::sync::mpsc::Receiver<()>) {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let (tell, asked) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut message = [0; 512];
            while let Ok((_, from)) = socket.recv_from(&mut message) {
                let name = message[12..].iter().position(|byte| *byte == 0).unwrap() + 13;
                let is_ipv4 = message[name..name + 2] == [0, 1];
                let mut answer = message[..name + 4].to_vec();
                // An answer with one question, one record or none (RFC 1035 section 4.1.1).
                answer[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, u8::from(is_ipv4), 0, 0, 0, 0]);
                if is_ipv4 {
                    answer.extend([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
                    let _ = tell.send(());
                }
                let _ = socket.send_to(&answer, from);
            }
        });
        (address, asked)
    }

    #[tokio::test]
    async fn those_who_come_at_once_ask_for_a_new_name_together() {
        let (resolver, asked) = name_server();
        let at = Place::Name("app.example".to_owned(), 80);
        let plan = Server { written: "x".to_owned(), protocol: Protocol::Http, at, weight: 1, backup: false };
        let server = Arc::new(ServerState::new(plan, None, Some(resolver)));
        let each = (0..20).map(|_| {
            let server = Arc::clone(&server);
            tokio::spawn(async move { first(&server, Duration::from_secs(5)).await })
        });
        for one in each.collect::<Vec<_>>() {
            one.await.unwrap();
        }
        let expected = [Peer::Tcp("192.0.2.1:80".parse().unwrap())];
        assert!(matches!(&*server.addresses(), Addresses::At(peers) if *peers == expected));
        assert_eq!(asked.try_iter().count(), 1);
    }

    #[test]
    fn a_family_of_which_nothing_was_said_stays_as_it_was() {
        let peer = |text: &str| Peer::Tcp(SocketAddr::new(text.parse().unwrap(), 80));
        let known = [peer("192.0.2.1"), peer("2001:db8::1")];
        let found = |fault| Lookup {
            addresses: vec![Address { ip: "192.0.2.2".parse().unwrap(), ttl_s: Some(5) }],
            aliases: Vec::new(),
            dnssec: Dnssec::Unknown,
            server: None,
            from_hosts: false,
            took: Duration::ZERO,
            ipv4: Ok(()),
            ipv6: Err(Failure::new(fault, Phase::Resolve)),
            negative_ttl_s: None,
            extended: Vec::new(),
        };
        let kept = joined(&found(Fault::NameServerSilent), &known, 80);
        assert_eq!(kept, [peer("192.0.2.2"), peer("2001:db8::1")]);
        assert_eq!(joined(&found(Fault::NameEmpty), &known, 80), [peer("192.0.2.2")]);
    }
}

use std::collections::HashSet;
use std::future::poll_fn;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::task::Poll;

use super::*;
use crate::{Limits, Peer, dial};

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

async fn knock(address: SocketAddr) -> Stream {
    dial(&Peer::Tcp(address), &Limits::default()).await.expect("connected").0
}

fn never(trouble: AcceptTrouble) {
    panic!("{trouble:?}");
}

#[tokio::test]
async fn several_sockets_share_one_port_and_what_they_accept_is_set_up() {
    let bound = bind(loopback(0), 3).expect("free");
    let addresses: HashSet<_> = bound.iter().map(|one| one.address().expect("bound")).collect();
    assert_eq!((bound.len(), addresses.len()), (3, 1));
    let address = *addresses.iter().next().expect("one");
    assert_ne!(address.port(), 0);
    let listeners: Vec<_> = bound.into_iter().map(|one| one.start().expect("started")).collect();
    let mut accepted = 0;
    for _ in 0..32 {
        let client = knock(address).await;
        let (server, peer) = tokio::select! {
            found = listeners[0].accept(never) => found,
            found = listeners[1].accept(never) => found,
            found = listeners[2].accept(never) => found,
        };
        assert_eq!(Some(peer), client.local());
        let Stream::Tcp(server) = server else { panic!("TCP") };
        let socket = socket2::SockRef::from(&server);
        assert!(socket.tcp_nodelay().expect("asked") && socket.keepalive().expect("asked"));
        assert_eq!(socket.tcp_keepalive_time().expect("asked"), KEEPALIVE_IDLE);
        accepted += 1;
    }
    assert_eq!(accepted, 32);
}

#[tokio::test]
async fn each_reason_not_to_listen_has_its_name() {
    let first = bind(loopback(0), 2).expect("free");
    let taken = first[0].address().expect("bound");
    let error = bind(taken, 1).expect_err("although both would share");
    assert_eq!((error.address, error.fault, error.errno), (taken, ListenFault::InUse, Some(Errno(98))));
    assert!(error.hint().contains(&taken.port().to_string()));
    // Once it is gone, the port is free at once.
    drop(first);
    bind(taken, 1).expect("free again");

    let nowhere: SocketAddr = "192.0.2.1:0".parse().expect("an address");
    assert_eq!(bind(nowhere, 1).expect_err("not ours").fault, ListenFault::AddressUnknown);
    for (number, fault) in [
        (13, ListenFault::Denied),
        (97, ListenFault::FamilyUnknown),
        (24, ListenFault::NoDescriptor),
        (22, ListenFault::Other),
    ] {
        let error = ListenError::of(taken, &io::Error::from_raw_os_error(number));
        assert_eq!((error.fault, error.errno), (fault, Some(Errno(number))));
    }
}

#[tokio::test]
async fn all_addresses_are_those_of_both_families() {
    let listener =
        bind((Ipv6Addr::UNSPECIFIED, 0).into(), 1).expect("free").remove(0).start().expect("started");
    let port = listener.address().expect("bound").port();
    let client = knock(loopback(port)).await;
    let (_, peer) = poll_fn(|cx| listener.poll_accept(cx)).await.expect("accepted");
    let canonical = SocketAddr::new(peer.ip().to_canonical(), peer.port());
    assert_eq!(Some(canonical), client.local());
}

#[test]
fn only_a_shortage_pauses() {
    let of = |number| trouble(&io::Error::from_raw_os_error(number));
    for number in [1, 4, 71, 103, 104, 113] {
        assert_eq!(of(number), None, "{number}");
    }
    for number in [23, 24] {
        assert_eq!(of(number), Some(AcceptTrouble::NoDescriptor(Errno(number))));
    }
    assert_eq!(of(105), Some(AcceptTrouble::NoMemory(Errno(105))));
    assert_eq!(of(22), Some(AcceptTrouble::Other(Some(Errno(22)))));
}

#[tokio::test]
async fn the_queue_can_be_emptied_without_waiting() {
    let listener = bind(loopback(0), 1).expect("free").remove(0).start().expect("started");
    let address = listener.address().expect("bound");
    let clients = [knock(address).await, knock(address).await];
    let mut peers = Vec::new();
    while peers.len() < clients.len() {
        let (_, peer) = poll_fn(|cx| listener.poll_accept(cx)).await.expect("accepted");
        peers.push(Some(peer));
    }
    assert_eq!(peers, clients.map(|client| client.local()));
    let dry = poll_fn(|cx| Poll::Ready(listener.poll_accept(cx).is_pending())).await;
    assert!(dry);
}

//! Servers that are named, and whose addresses change.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use goodgate_gateway::plan::*;

use crate::setting::*;

/// A name server that knows one address, for a second; it can be changed. 0.0.0.0 stands for "no such name".
fn name_server(address: Ipv4Addr) -> (SocketAddr, Arc<AtomicU32>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let place = socket.local_addr().unwrap();
    let known = Arc::new(AtomicU32::new(address.to_bits()));
    let shown = Arc::clone(&known);
    std::thread::spawn(move || {
        let mut question = [0; 1500];
        while let Ok((count, asker)) = socket.recv_from(&mut question) {
            let Some(answer) = answer(&question[..count], Ipv4Addr::from_bits(shown.load(Ordering::SeqCst)))
            else {
                continue;
            };
            let _ = socket.send_to(&answer, asker);
        }
    });
    (place, known)
}

/// The answer (RFC 1035 section 4): for A this address, for all else that there is none.
fn answer(question: &[u8], address: Ipv4Addr) -> Option<Vec<u8>> {
    let name = question.get(12..)?.iter().position(|byte| *byte == 0)? + 13;
    let asked = question.get(12..name + 4)?;
    let is_a = question.get(name..name + 2)? == [0, 1] && !address.is_unspecified();
    let code = if address.is_unspecified() { 3 } else { 0 };
    let mut answer = question.get(..2)?.to_vec();
    answer.extend([0x81, 0x80 | code, 0, 1, 0, u8::from(is_a), 0, 0, 0, 0]);
    answer.extend(asked);
    if is_a {
        // A pointer to the name, type A, class IN, one second, four bytes.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4]);
        answer.extend(address.octets());
    }
    Some(answer)
}

/// Two servers at one port of two addresses, and how often each was asked.
fn two() -> ([Arc<AtomicUsize>; 2], u16) {
    let first = TcpListener::bind("127.0.0.2:0").unwrap();
    let port = first.local_addr().unwrap().port();
    let second = TcpListener::bind(("127.0.0.3", port)).unwrap();
    let asked = [first, second].map(|listener| {
        let asked = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&asked);
        serve(listener, vec![vec![Do::Answer(OK.as_bytes().to_vec())]], move |_| {
            count.fetch_add(1, Ordering::SeqCst);
        });
        asked
    });
    (asked, port)
}

fn named(resolver: SocketAddr, port: u16) -> Setting {
    let mut upstream = upstream(&[([192, 0, 2, 1], port).into()]);
    upstream.servers[0].at = Place::Name("shop.example.com".to_owned(), port);
    upstream.resolver = Some(resolver);
    run(plan(upstream))
}

fn status(setting: &Setting) -> u16 {
    parts(&setting.get("/").0).0
}

#[test]
fn requests_follow_a_name_to_its_new_address_and_none_fails() {
    let (asked, port) = two();
    let (resolver, address) = name_server(Ipv4Addr::new(127, 0, 0, 2));
    let setting = named(resolver, port);
    for _ in 0..10 {
        assert_eq!(status(&setting), 200);
    }
    assert_eq!(asked[1].load(Ordering::SeqCst), 0);
    address.store(Ipv4Addr::new(127, 0, 0, 3).to_bits(), Ordering::SeqCst);
    let until = Instant::now() + PATIENCE;
    while asked[1].load(Ordering::SeqCst) == 0 {
        assert_eq!(status(&setting), 200);
        assert!(Instant::now() < until);
        std::thread::sleep(Duration::from_millis(5));
    }
    // From now on nobody asks the old one, over connections that were kept neither.
    let before = asked[0].load(Ordering::SeqCst);
    for _ in 0..20 {
        assert_eq!(status(&setting), 200);
    }
    assert_eq!(asked[0].load(Ordering::SeqCst), before);
}

#[test]
fn a_name_that_is_gone_is_told_and_one_that_comes_back_is_used() {
    let (_, port) = two();
    let (resolver, address) = name_server(Ipv4Addr::UNSPECIFIED);
    let setting = named(resolver, port);
    let (text, _) = setting.get("/");
    assert!(text.starts_with("HTTP/1.1 502 ") && text.contains("error=dns_error"), "{text}");
    address.store(Ipv4Addr::new(127, 0, 0, 2).to_bits(), Ordering::SeqCst);
    let until = Instant::now() + PATIENCE;
    while status(&setting) != 200 {
        assert!(Instant::now() < until);
        std::thread::sleep(Duration::from_millis(20));
    }
}

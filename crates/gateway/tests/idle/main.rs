//! What a connection costs that nobody uses. A process of its own, since its memory is what is measured.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

#[path = "../setting/mod.rs"]
mod setting;

use setting::*;

/// Connections that are wanted; fewer where the system allows fewer descriptors, of which each takes two here.
const WANTED: usize = 10_000;
/// Descriptors for everything else.
const OTHERS: usize = 200;
/// Bytes of memory that an idle connection may take, the allocator's and the runtime's own part included.
const BYTES_MAX: usize = 4096;

/// Bytes of memory in use (proc_pid_statm(5): pages, the second number).
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * page()
}

fn page() -> usize {
    let text = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("KernelPageSize:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

/// How many files the process may have open.
fn descriptors() -> usize {
    let text = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap_or(usize::MAX)
}

fn ask(client: &mut TcpStream) {
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let (mut text, mut piece) = (Vec::new(), [0; 4096]);
    while !text.ends_with(b"hello") {
        let count = client.read(&mut piece).unwrap();
        assert!(count > 0);
        text.extend_from_slice(&piece[..count]);
    }
}

/// A server that keeps nothing of what it reads.
fn forgetful() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut piece = [0; 4096];
                // Requests are so small that each comes in one piece.
                while stream.read(&mut piece).is_ok_and(|count| count > 0) {
                    stream.write_all(OK.as_bytes()).unwrap();
                }
            });
        }
    });
    address
}

#[test]
fn an_idle_connection_holds_next_to_nothing() {
    let mut plan = plan(upstream(&[forgetful()]));
    (plan.clients.idle, plan.clients.head) = (Duration::from_secs(600), Duration::from_secs(600));
    let setting = run(plan);
    // Memory that is taken once.
    let mut warm: Vec<TcpStream> = (0..100).map(|_| setting.connect()).collect();
    warm.iter_mut().for_each(ask);
    let count = WANTED.min((descriptors() - OTHERS - 2 * warm.len()) / 2);
    let mut clients = Vec::with_capacity(count);
    let before = resident();
    for _ in 0..count {
        let mut client = setting.connect();
        ask(&mut client);
        clients.push(client);
    }
    let each = (resident() - before) / count;
    let told = format!("{count} idle connections, {each} bytes each\n");
    std::io::stderr().write_all(told.as_bytes()).unwrap();
    assert!(each <= BYTES_MAX, "{told}");
    assert_eq!(setting.gateway.connections(), count + warm.len());
    // All of them are still served.
    clients.iter_mut().rev().step_by(97).for_each(ask);
}

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
const BYTES_MAX: usize = 1600;

/// Bytes of an answer for which the gateway takes its largest buffers.
const LONG: usize = 1536 << 10;
/// Long answers that idle.
const LONG_ANSWERS: usize = 128;
/// Bytes of memory that one of them may take: far from any of the larger buffers, of which some are kept for others.
const LONG_BYTES_MAX: usize = 128 << 10;

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

/// Begins an answer that does not go on for now, and reads what comes of it.
fn begin_long(setting: &Setting) -> TcpStream {
    let mut client = setting.connect();
    client.write_all(b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let (mut came, mut piece) = (0, vec![0; 64 << 10]);
    while came < LONG {
        let count = client.read(&mut piece).unwrap();
        assert!(count > 0);
        came += count;
    }
    client
}

/// A server that keeps nothing of what it reads.
fn forgetful() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut begun = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", LONG + 1).into_bytes();
    begun.resize(begun.len() + LONG, b'a');
    let begun = std::sync::Arc::new(begun);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let begun = std::sync::Arc::clone(&begun);
            std::thread::spawn(move || {
                let mut piece = [0; 4096];
                // Requests are so small that each comes in one piece.
                while let Ok(count @ 1..) = stream.read(&mut piece) {
                    let long = piece[..count].starts_with(b"GET /long ");
                    stream.write_all(if long { &begun } else { OK.as_bytes() }).unwrap();
                }
            });
        }
    });
    address
}

#[test]
fn an_idle_connection_holds_next_to_nothing() {
    let mut plan = plan(upstream(&[forgetful()]));
    let ages = Duration::from_secs(600);
    (plan.clients.idle, plan.clients.head, plan.upstreams[0].timeouts.idle) = (ages, ages, ages);
    let setting = run(plan);
    // Memory that is taken once.
    let mut warm: Vec<TcpStream> = (0..100).map(|_| setting.connect()).collect();
    warm.iter_mut().for_each(ask);
    let count = WANTED.min((descriptors() - OTHERS - 2 * warm.len() - 3 * LONG_ANSWERS) / 2);
    let before = resident();
    let mut clients: Vec<TcpStream> = (0..count).map(|_| setting.connect()).collect();
    until(|| setting.gateway.connections() == count + warm.len());
    // Whoever connects now is served behind all that were accepted before.
    ask(&mut setting.connect());
    told("silent connections", before, count, BYTES_MAX);
    clients.iter_mut().for_each(ask);
    told("idle connections", before, count, BYTES_MAX);
    // All of them are still served.
    clients.iter_mut().rev().step_by(97).for_each(ask);
    let before = resident();
    let long: Vec<TcpStream> = (0..LONG_ANSWERS).map(|_| begin_long(&setting)).collect();
    told("long answers that idle", before, long.len(), LONG_BYTES_MAX);
}

/// Says what each of so many takes of the memory since, which must not be more than this.
fn told(what: &str, before: usize, count: usize, most: usize) {
    let each = resident().saturating_sub(before) / count;
    let told = format!("{count} {what}, {each} bytes each\n");
    std::io::stderr().write_all(told.as_bytes()).unwrap();
    assert!(each <= most, "{told}");
}

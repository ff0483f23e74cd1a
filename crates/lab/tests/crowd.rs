//! Very many connections at once. In a process of its own: other tests would have neither time nor files beside it.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use goodgate_lab::{Identities, ServeSettings, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Connections that are wanted.
const CROWD: usize = 10_000;

/// File descriptors for everything else in this process.
const SPARE: usize = 200;

/// What has not come after this time will not come: every answer may have to wait for all the others.
const PATIENCE: Duration = Duration::from_secs(60);

/// Small, because there are very many of them.
const BUFFER: usize = 256;

/// As many as the limit of open files allows: both ends of every connection are in this process.
fn crowd() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let soft = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse::<usize>().ok());
    CROWD.min(soft.unwrap_or(1024).saturating_sub(SPARE) / 2)
}

/// Serves until the test's runtime ends, and says where.
async fn serving() -> SocketAddr {
    let (ready, told) = oneshot::channel();
    let settings = ServeSettings {
        main: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
        ports: Vec::new(),
        identities: Arc::new(Identities::new().expect("identities")),
    };
    tokio::spawn(serve(settings, move |served| {
        let _ = ready.send(served.first().map(|one| one.at));
    }));
    told.await.expect("it is ready").expect("it serves a port")
}

async fn connect(at: SocketAddr) -> BufReader<TcpStream> {
    let stream = timeout(PATIENCE, TcpStream::connect(at)).await.expect("in time").expect("it listens");
    BufReader::with_capacity(BUFFER, stream)
}

/// Reads the answer to a request for `/ok` with this token.
async fn answered(peer: &mut BufReader<TcpStream>, token: usize) {
    let (mut all, mark) = (Vec::new(), format!("\r\n\r\nlab {token}\n"));
    let read = async {
        while !all.ends_with(mark.as_bytes()) {
            all.push(peer.read_u8().await.expect("it goes on"));
        }
    };
    timeout(PATIENCE, read).await.expect("it is answered");
    assert!(all.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&all));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_connections_are_survived() {
    let at = serving().await;
    let crowd = crowd();
    println!("{crowd} connections");
    let mut peers = Vec::with_capacity(crowd);
    for number in 0..crowd {
        let mut peer = connect(at).await;
        // Some say nothing, some stop in the middle of a head.
        if number % 2 == 0 {
            peer.write_all(b"GET /ok/").await.expect("it takes it");
        }
        peers.push(peer);
    }
    let mut other = connect(at).await;
    other.write_all(b"GET /ok/77 HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("it takes it");
    answered(&mut other, 77).await;
    for (number, peer) in peers.iter_mut().enumerate() {
        let begun = if number % 2 == 0 { "" } else { "GET /ok/" };
        let rest = format!("{begun}{number} HTTP/1.1\r\nHost: a\r\n\r\n");
        peer.write_all(rest.as_bytes()).await.expect("it takes it");
    }
    for (number, peer) in peers.iter_mut().enumerate() {
        answered(peer, number).await;
    }
}

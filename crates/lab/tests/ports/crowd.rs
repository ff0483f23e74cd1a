//! Very many connections at once.

use tokio::io::AsyncWriteExt;

use crate::on_demand::main_port;
use crate::peer::Peer;

/// Connections that are wanted.
const CROWD: usize = 10_000;

/// File descriptors for everything else in this process, the other tests included.
const SPARE: usize = 1_000;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_connections_are_survived() {
    let at = main_port().await;
    let crowd = crowd();
    println!("{crowd} connections");
    let mut peers = Vec::with_capacity(crowd);
    for number in 0..crowd {
        let mut peer = Peer::connect(at).await.expect("it listens");
        // Some say nothing, some stop in the middle of a head.
        if number % 2 == 0 {
            peer.0.write_all(b"GET /ok/").await.expect("it takes it");
        }
        peers.push(peer);
    }
    Peer::connect(at).await.expect("it listens").right_answer_at("/ok", "77").await;
    for (number, peer) in peers.iter_mut().enumerate() {
        let begun = if number % 2 == 0 { "" } else { "GET /ok/" };
        peer.say(&format!("{begun}{number} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
    }
    for (number, peer) in peers.iter_mut().enumerate() {
        peer.until(&format!("\r\n\r\nlab {number}\n")).await;
    }
}

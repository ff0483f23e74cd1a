//! What an origin's port does with connections.

use std::io::ErrorKind;
use std::time::Duration;

use goodgate_lab::{LabError, Origin, Speaks, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::peer::{Ended, PATIENCE, Peer, eventually, identities, origin, recipe};

/// Long enough for anything on one machine that happens at all.
const A_WHILE: Duration = Duration::from_millis(300);

async fn refuses(origin: &Origin) -> bool {
    matches!(TcpStream::connect(origin.address()).await, Err(problem) if problem.kind() == ErrorKind::ConnectionRefused)
}

/// Whether a request is answered rightly on a connection that is then closed, although the client would keep it.
async fn answers_and_closes(origin: &Origin) -> bool {
    let Ok(mut peer) = Peer::connect(origin.address()).await else { return false };
    if peer.0.write_all(b"GET /r/x/1 HTTP/1.1\r\nHost: a\r\n\r\n").await.is_err() {
        return false;
    }
    let mut all = Vec::new();
    let read = timeout(PATIENCE, peer.0.read_to_end(&mut all)).await.expect("it goes down");
    read.is_ok() && all.ends_with(b"\r\n\r\nlab 1\n")
}

#[tokio::test]
async fn a_refused_port_refuses_stays_ours_and_listens_again() {
    let origin = origin().await;
    origin.play(&recipe("listen = \"refuse\"")).await.expect("it plays");
    for _ in 0..3 {
        assert!(refuses(&origin).await);
    }
    assert_eq!(origin.upstream("1"), Upstream::default());
    // Nobody else gets the port meanwhile, unless with the same option as we.
    let plain = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    assert_eq!(
        plain.bind(&origin.address().into()).expect_err("the port is ours").kind(),
        ErrorKind::AddrInUse
    );
    origin.heal().await.expect("it heals");
    Peer::to(&origin).await.right_answer("2").await;
}

#[tokio::test]
async fn a_port_that_never_accepts_takes_connections_and_says_nothing() {
    let origin = origin().await;
    origin.play(&recipe("listen = \"never-accept\"")).await.expect("it plays");
    let mut waiting = Peer::to(&origin).await;
    waiting.say("GET /r/x/1 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(timeout(A_WHILE, waiting.0.read_u8()).await.is_err());
    assert_eq!(origin.upstream("1"), Upstream::default());
    origin.heal().await.expect("it heals");
    // Whoever waited is dropped; its request was never read, so that the kernel says so.
    assert_eq!(waiting.rest().await.1, Ended::Reset);
    Peer::to(&origin).await.right_answer("2").await;
}

#[tokio::test]
async fn a_full_queue_lets_connections_hang() {
    let origin = origin().await;
    origin.play(&recipe("listen = \"backlog-full\"")).await.expect("it plays");
    for _ in 0..3 {
        assert!(timeout(A_WHILE, TcpStream::connect(origin.address())).await.is_err());
    }
    origin.heal().await.expect("it heals");
    Peer::to(&origin).await.right_answer("2").await;
    assert_eq!(origin.upstream("2").requests, 1);
}

#[tokio::test]
async fn a_restarting_server_is_down_and_up_in_turn() {
    let origin = origin().await;
    origin.play(&recipe("listen = \"restart\"")).await.expect("it plays");
    for _ in 0..2 {
        eventually("it is down", async || refuses(&origin).await).await;
        // It can go down between a connection and its answer.
        eventually("it is up, and goes down in order", async || answers_and_closes(&origin).await).await;
    }
    eventually("it is down", async || refuses(&origin).await).await;
    origin.heal().await.expect("it heals");
    Peer::to(&origin).await.right_answer("2").await;
}

#[tokio::test]
async fn any_state_follows_any_other() {
    let origin = origin().await;
    let kinds = ["accept", "refuse", "never-accept", "backlog-full", "restart"];
    for before in kinds {
        for after in kinds {
            for listen in [before, after] {
                let told = recipe(&format!("listen = \"{listen}\"\nsteps = [\"serve\"]"));
                origin.play(&told).await.unwrap_or_else(|problem| panic!("{before}, {after}: {problem}"));
            }
            match after {
                "accept" => drop(Peer::to(&origin).await.right_answer("1").await),
                "refuse" => assert!(refuses(&origin).await, "{before}, {after}"),
                "restart" => eventually("it is down", async || refuses(&origin).await).await,
                "never-accept" => drop(Peer::to(&origin).await),
                _ => {
                    let connected = timeout(A_WHILE, TcpStream::connect(origin.address())).await;
                    assert!(connected.is_err(), "{before}, {after}");
                }
            }
        }
    }
    origin.heal().await.expect("it heals");
    Peer::to(&origin).await.right_answer("2").await;
}

#[tokio::test]
async fn an_address_in_use_is_told() {
    let origin = origin().await;
    let problem = Origin::bind(origin.address(), Speaks::Http, identities()).await.expect_err("it is taken");
    assert!(matches!(&problem, LabError::Listen { at, .. } if *at == origin.address()), "{problem}");
}

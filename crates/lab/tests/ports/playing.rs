//! What an origin does on a connection.

use std::time::Duration;

use goodgate_lab::{Origin, Speaks, Upstream};
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use crate::peer::{ANY, Ended, Peer, eventually, identities, origin, recipe, steps};

/// An origin that waits for a peer to close waits longer than this, and otherwise shorter on a machine with time.
const WAITED: Duration = Duration::from_millis(400);

/// So often is a short time looked for, because on a busy machine anything can take long.
const TRIES: usize = 20;

const GET: &str = "GET /r/x/77aa HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn a_healthy_origin_keeps_connections_and_counts() {
    let origin = origin().await;
    let mut peer = Peer::to(&origin).await;
    let head = peer.right_answer("0a").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("\r\nDate: ") && head.contains("\r\nContent-Length: 7\r\n"), "{head}");
    peer.right_answer("0b").await;
    peer.right_answer("0b").await;
    assert_eq!(origin.upstream("0a"), Upstream { connections: 1, requests: 1 });
    assert_eq!(origin.upstream("0b"), Upstream { connections: 1, requests: 2 });
    assert_eq!(origin.upstream("0c"), Upstream { connections: 1, requests: 0 });
    origin.forget();
    assert_eq!(origin.upstream("0b"), Upstream::default());
}

#[tokio::test]
async fn a_healthy_origin_speaks_http_as_it_should() {
    let origin = origin().await;
    let mut peer = Peer::to(&origin).await;
    peer.say("HEAD /r/x/01 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(peer.until("\r\n\r\n").await.contains("Content-Length: 7\r\n"));
    // What comes right after the head is the next answer, and no body.
    peer.say("POST /r/x/02 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nA: b\r\n\r\n")
        .await;
    assert!(peer.until("\r\n\r\nlab 02\n").await.starts_with("HTTP/1.1 200 OK\r\n"));
    peer.say("POST /r/x/03 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n").await;
    assert_eq!(peer.until("\r\n\r\n").await, "HTTP/1.1 100 Continue\r\n\r\n");
    peer.say("abcGET /r/x/04 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").await;
    peer.until("\r\n\r\nlab 03\n").await;
    assert!(peer.until("\r\n\r\nlab 04\n").await.contains("Connection: keep-alive\r\n"));
    peer.say("GET /r/x/05?a=/b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    let (last, ended) = peer.rest().await;
    let last = String::from_utf8_lossy(&last).into_owned();
    assert!(last.contains("Connection: close\r\n") && last.ends_with("\r\n\r\nlab 05\n"), "{last}");
    assert_eq!(ended, Ended::Fin);
    let mut old = Peer::to(&origin).await;
    old.say("GET /r/x/06 HTTP/1.0\r\n\r\n").await;
    assert!(old.rest().await.0.ends_with(b"\r\n\r\nlab 06\n"));
}

#[tokio::test]
async fn every_way_to_end_is_seen_as_such() {
    let origin = origin().await;
    let mut seen = Vec::new();
    for told in [
        r#""read-request""#,
        r#""read-request", "close""#,
        r#""read-request", "half-close", "hang""#,
        r#""read-request", "reset""#,
        r#""reset""#,
        r#""close""#,
    ] {
        origin.play(&steps(told)).await.expect("it plays");
        let mut peer = Peer::to(&origin).await;
        // Where it was reset already, nothing can be sent any more.
        let _ = peer.0.write_all(GET.as_bytes()).await;
        seen.push(peer.rest().await);
    }
    let ends: Vec<Ended> = seen
        .into_iter()
        .map(|(bytes, ended)| {
            assert_eq!(bytes, b"");
            ended
        })
        .collect();
    // The last one may have met the request on its way, which a closed connection answers with RST.
    assert_eq!(ends[..5], [Ended::Fin, Ended::Fin, Ended::Fin, Ended::Reset, Ended::Reset]);
}

#[tokio::test]
async fn a_connection_is_closed_in_order_although_bytes_are_unread() {
    let origin = origin().await;
    for last in ["\"close\"", "{ pause = 0 }"] {
        origin.play(&steps(&format!("\"read-head\", {{ pause = 50 }}, {last}"))).await.expect("it plays");
        let mut peer = Peer::to(&origin).await;
        let body = "b".repeat(100_000);
        peer.say(&format!("POST /r/x/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n{body}")).await;
        assert_eq!(peer.rest().await, (Vec::new(), Ended::Fin), "{last}");
    }
}

#[tokio::test]
async fn bytes_are_sent_as_the_recipe_says() {
    let origin = origin().await;
    let told = r#""read-request", { send = "t={token};" }, { send-hex = "00 fF" },
        { fill = { text = "{n},", times = 3 } }, { trickle = { text = "abc", piece = 2, every = 1 } },
        { random = { bytes = 9, seed = 1 } }"#;
    origin.play(&steps(told)).await.expect("it plays");
    let mut twice = Vec::new();
    for _ in 0..2 {
        let mut peer = Peer::to(&origin).await;
        peer.say(GET).await;
        twice.push(peer.rest().await.0);
    }
    let (plain, random) = twice[0].split_at(18);
    assert_eq!(plain, b"t=77aa;\x00\xff0,1,2,abc");
    assert_eq!(random.len(), 9);
    assert_eq!(twice[0], twice[1]);
    origin.play(&steps(r#"{ fill = { text = "0123456789", times = 1000000 } }"#)).await.expect("it plays");
    let mut peer = Peer::to(&origin).await;
    assert_eq!(peer.rest().await.0.len(), 10_000_000);
}

#[tokio::test]
async fn answers_are_framed_as_told_and_as_the_request_allows() {
    let origin = origin().await;
    let get = "GET /r/x/7 HTTP/1.1\r\nHost: a\r\n\r\n";
    let old = "GET /r/x/7 HTTP/1.0\r\n\r\n";
    let head = "HEAD /r/x/7 HTTP/1.1\r\nHost: a\r\n\r\n";
    for (answer, request, holds, ends) in [
        ("{}", get, "Content-Length: 6\r\n", "\r\n\r\nlab 7\n"),
        (
            "{ framing = \"chunked\" }",
            get,
            "Transfer-Encoding: chunked\r\n",
            "\r\n3\r\nlab\r\n3\r\n 7\n\r\n0\r\n\r\n",
        ),
        ("{ framing = \"chunked\" }", old, "Connection: close\r\n", "\r\n\r\nlab 7\n"),
        ("{ framing = \"close\" }", get, "Connection: close\r\n", "\r\n\r\nlab 7\n"),
        ("{ framing = \"http10\" }", get, "HTTP/1.0 200 OK\r\n", "\r\n\r\nlab 7\n"),
        ("{ body = \"xyz\" }", head, "Content-Length: 3\r\n", "\r\n\r\n"),
        ("{ status = 204, body = \"\" }", get, "HTTP/1.1 204 No Content\r\n", "\r\n\r\n"),
        (
            "{ status = 599, reason = \"Odd\", headers = [\"X-Token: {token}\"] }",
            get,
            "599 Odd\r\nX-Token: 7\r\n",
            "7\n",
        ),
    ] {
        origin.play(&steps(&format!("\"read-request\", {{ answer = {answer} }}"))).await.expect("it plays");
        let mut peer = Peer::to(&origin).await;
        peer.say(request).await;
        let (bytes, ended) = peer.rest().await;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(text.contains(holds) && text.ends_with(ends), "{answer}: {text}");
        assert_eq!(ended, Ended::Fin);
    }
}

#[tokio::test]
async fn resting_connections_are_closed_before_a_recipe_begins() {
    let origin = origin().await;
    let told = steps("\"read-request\", \"reset\"");
    let mut took = Vec::new();
    for _ in 0..TRIES {
        let mut peer = Peer::to(&origin).await;
        peer.right_answer("1").await;
        let since = Instant::now();
        let (played, (bytes, ended)) = tokio::join!(origin.play(&told), async {
            let rest = peer.rest().await;
            drop(peer);
            rest
        });
        took.push(since.elapsed());
        played.expect("it plays");
        assert_eq!((bytes.len(), ended), (0, Ended::Fin));
        // It is gone because the peer closed it, and not because patience ran out.
        if took.last().is_some_and(|took| *took < WAITED) {
            return;
        }
        origin.heal().await.expect("it heals");
    }
    panic!("{took:?}");
}

#[tokio::test]
async fn a_peer_that_does_not_react_is_waited_for_once() {
    let origin = origin().await;
    let told = steps("\"read-request\", \"reset\"");
    let mut took = Vec::new();
    for _ in 0..TRIES {
        let mut peer = Peer::to(&origin).await;
        peer.right_answer("1").await;
        let since = Instant::now();
        origin.play(&told).await.expect("it plays");
        took.push(since.elapsed());
        origin.heal().await.expect("it heals");
        assert_eq!(peer.rest().await, (Vec::new(), Ended::Fin));
        assert!(took[0] >= WAITED, "{took:?}");
        if took.last().is_some_and(|took| *took < WAITED) {
            return;
        }
    }
    panic!("{took:?}");
}

#[tokio::test]
async fn a_recipe_goes_on_after_healing_and_ends_with_the_next() {
    let origin = origin().await;
    let reuse = steps("\"read-request\", { answer = {} }, \"read-request\", \"reset\"");
    origin.play(&reuse).await.expect("it plays");
    let mut first = Peer::to(&origin).await;
    let mut second = Peer::to(&origin).await;
    first.right_answer("1").await;
    second.right_answer("2").await;
    origin.heal().await.expect("it heals");
    Peer::to(&origin).await.right_answer("3").await;
    first.say(GET).await;
    assert_eq!(first.rest().await.1, Ended::Reset);
    let (played, rest) = tokio::join!(origin.play(&reuse), async {
        let rest = second.rest().await;
        drop(second);
        rest
    });
    played.expect("it plays");
    assert_eq!(rest.1, Ended::Fin);
    assert_eq!(origin.upstream("77aa").requests, 1);
}

#[tokio::test]
async fn a_peer_that_leaves_ends_a_recipe_quietly() {
    let origin = origin().await;
    origin.play(&steps(r#"{ fill = { text = "0123456789", times = 100000000 } }"#)).await.expect("it plays");
    let mut peer = Peer::to(&origin).await;
    peer.until("0123456789").await;
    drop(peer);
    origin.heal().await.expect("it heals");
    Peer::to(&origin).await.right_answer("4").await;
}

#[tokio::test]
async fn only_recipes_for_it_are_played() {
    let origin = origin().await;
    let other = recipe("speaks = \"fastcgi\"\nsteps = [\"fcgi-read-request\"]");
    let refused = origin.play(&other).await.expect_err("it speaks another protocol").to_string();
    assert!(refused.contains("on-the-spot") && refused.contains("protocol"), "{refused}");
    Peer::to(&origin).await.right_answer("5").await;
}

#[tokio::test]
async fn dropping_it_frees_the_port_and_ends_its_connections() {
    let origin = origin().await;
    let at = origin.address();
    let mut peer = Peer::to(&origin).await;
    peer.right_answer("6").await;
    drop(origin);
    peer.rest().await;
    eventually("nobody listens there any more", async || {
        std::net::TcpListener::bind(at).is_ok() && Peer::connect(at).await.is_err()
    })
    .await;
    Origin::bind(ANY, Speaks::Http, identities()).await.expect("a free port");
}

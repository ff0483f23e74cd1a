//! The gateway's handshake says of every peer what the looking one says, and takes sessions up again.

use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::folder::{meet, ready};
use super::peers::{connect, hello, nobody, read_hello, script, shake};
use crate::tls::{Hello, UpstreamTls};
use crate::{Channel, Failure, Fault, Limits, Peer, dial};

/// What a peer does in answer to a hello.
#[derive(Clone, Copy, Debug)]
enum End {
    Close,
    Reset,
    Wait,
}

/// Serves one connection: says this and ends so.
async fn peer(words: &'static [u8], end: End) -> Peer {
    let (peer, _) = script(move |mut stream| async move {
        read_hello(&mut stream).await;
        let _ = stream.write_all(words).await;
        match end {
            End::Close => {}
            End::Reset => SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("the option"),
            End::Wait => drop(stream.read_to_end(&mut Vec::new()).await),
        }
    })
    .await;
    peer
}

#[tokio::test]
async fn whatever_the_peer_does_is_told_as_by_the_looking_handshake() {
    let cases: [(&[u8], End, Fault); 14] = [
        (b"", End::Close, Fault::TlsClosed),
        (b"", End::Reset, Fault::TlsReset),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", End::Wait, Fault::PeerNotTls),
        (b"SSH-2.0-example\r\n", End::Reset, Fault::PeerNotTls),
        (b"2", End::Close, Fault::PeerNotTls),
        (b"\x16\x03\x01\xff\xff", End::Close, Fault::PeerNotTls),
        (b"\x16\x03\x03\x00\x7a\x02\x00\x00", End::Close, Fault::TlsClosed),
        (b"\x16\x03\x03\x00\x7a\x02\x00\x00", End::Reset, Fault::TlsReset),
        (&[21, 3, 3, 0, 2, 2, 40], End::Wait, Fault::TlsAlert(40)),
        (&[21, 3, 3, 0, 2, 2, 0], End::Close, Fault::TlsClosed),
        (&[21, 3, 3, 0, 2, 1, 112], End::Close, Fault::TlsAlert(112)),
        (&[21, 3, 1, 0, 2, 2, 70], End::Reset, Fault::TlsAlert(70)),
        (b"\x16\x03\x03\x00\x06\x02\x00\x00\x02\x03\x03", End::Wait, Fault::TlsProtocol),
        (b"\x17\x03\x03\x00\x01x", End::Wait, Fault::TlsProtocol),
    ];
    for (words, end, fault) in cases {
        let (looked, _) = shake(&peer(words, end).await, &hello(nobody())).await;
        let looked = looked.map(drop).expect_err("a failure");
        let failed = connect(&peer(words, end).await, &hello(nobody())).await.expect_err("a failure");
        let same = Failure { after: looked.after, ..failed };
        assert_eq!((same, looked.fault), (looked, fault), "{words:?} {end:?}");
    }
}

#[tokio::test]
async fn what_does_not_come_in_time_is_told() {
    for (words, fault) in
        [(&b""[..], Fault::TlsTimedOut), (b"\x16\x03", Fault::TlsTimedOut), (b"220 ", Fault::PeerNotTls)]
    {
        let (peer, task) = script(move |mut stream| async move {
            stream.write_all(words).await.expect("written");
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        let upstream = UpstreamTls::prepare(&hello(nobody())).expect("names");
        let (stream, _) = dial(&peer, &Limits::default()).await.expect("connected");
        let failure = upstream.connect(stream, Duration::from_millis(200)).await.expect_err("late");
        assert_eq!((failure.fault, failure.received), (fault, words.len() as u64));
        let waited = failure.after >= Duration::from_millis(200);
        assert_eq!(waited, fault == Fault::TlsTimedOut, "what is clear is told at once");
        task.await.expect("the client has gone");
    }
}

#[test]
fn what_is_no_name_is_told_beforehand() {
    for name in ["no name", ""] {
        let bad = Hello { expected: name.into(), ..hello(nobody()) };
        assert_eq!(UpstreamTls::prepare(&bad).map(drop), Err(Fault::NameInvalid));
        let bad = Hello { server_name: Some(name.into()), ..hello(nobody()) };
        assert_eq!(UpstreamTls::prepare(&bad).map(drop), Err(Fault::NameInvalid));
    }
}

fn resumed(channel: &Channel) -> bool {
    matches!(channel, Channel::Tls(session) if session.resumed())
}

#[tokio::test]
async fn sessions_are_taken_up_again_on_both_sides() {
    let (server, hello) = ready(&["http/1.1"]);
    let upstream = UpstreamTls::prepare(&hello).expect("names");
    for (round, clone) in [upstream.clone(), upstream.clone(), upstream.clone()].iter().enumerate() {
        let (client, accepted) = meet(clone, &server).await;
        let (mut client, mut accepted) = (client.expect("connected"), accepted.expect("accepted"));
        assert_eq!((resumed(&client), accepted.resumed), (round > 0, round > 0));
        assert_eq!(accepted.alpn.as_deref(), Some("http/1.1"));
        // Tickets come with the first answer.
        accepted.channel.write_all(b"x").await.expect("written");
        accepted.channel.flush().await.expect("sent");
        assert_eq!(client.read_u8().await.expect("read"), b'x');
    }
    // Another upstream has sessions of its own.
    let other = UpstreamTls::prepare(&hello).expect("names");
    let (client, _) = meet(&other, &server).await;
    assert!(!resumed(&client.expect("connected")));
    // Nor does who trusts nobody take up anything.
    let strict = UpstreamTls::prepare(&Hello { roots: nobody(), ..hello }).expect("names");
    let (client, _) = meet(&strict, &server).await;
    assert!(matches!(client.expect_err("refused").fault, Fault::Certificate(_)));
}

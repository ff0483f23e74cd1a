//! The lab's name server, as a resolver sees it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use goodgate_lab::identities::NAME;
use goodgate_lab::{DnsAnswer, NameServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

const RIGHT: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 1));

/// An answer that comes at all has come after this time, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where none is to come, this is how long a test waits for it.
const SILENCE: Duration = Duration::from_millis(400);

const A: u8 = 1;
const AAAA: u8 = 28;

async fn server() -> NameServer {
    NameServer::bind("127.0.0.1:0".parse().unwrap(), NAME, RIGHT).await.unwrap()
}

fn message(name: &str, kind: u8) -> Vec<u8> {
    let mut message = vec![0x1f, 0x0c, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        message.push(u8::try_from(label.len()).unwrap());
        message.extend_from_slice(label.as_bytes());
    }
    message.extend_from_slice(&[0, 0, kind, 0, 1]);
    message
}

async fn ask(server: &NameServer, name: &str, kind: u8) -> Vec<u8> {
    ask_within(server, name, kind, PATIENCE).await.expect("an answer")
}

async fn ask_within(server: &NameServer, name: &str, kind: u8, patience: Duration) -> Option<Vec<u8>> {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(&message(name, kind), server.address()).await.unwrap();
    let mut answer = vec![0; 1500];
    let length = timeout(patience, socket.recv(&mut answer)).await.ok()?.unwrap();
    answer.truncate(length);
    Some(answer)
}

/// Answer code, number of answers, and the last four bytes, which are the address where there is one.
async fn brief(server: &NameServer, kind: u8) -> (u8, u8, [u8; 4]) {
    let answer = ask(server, NAME, kind).await;
    assert_eq!(answer[..2], [0x1f, 0x0c], "it bears the question's number");
    assert_eq!(answer[2] & 0x80, 0x80, "it is an answer");
    (answer[3] & 15, answer[7], *answer.last_chunk().unwrap())
}

#[tokio::test]
async fn it_knows_one_name() {
    let server = server().await;
    assert_eq!(brief(&server, A).await, (0, 1, [127, 0, 0, 1]));
    assert_eq!(brief(&server, AAAA).await.1, 0, "the name is there, and has no address of this family");
    let other = ask(&server, "other.example", A).await;
    assert_eq!((other[3] & 15, other[7]), (3, 0));
    assert_eq!(server.questions(), 2);
    server.forget();
    assert_eq!(server.questions(), 0);
}

#[tokio::test]
async fn it_fails_as_it_is_told_and_heals() {
    let server = server().await;
    for (answer, code) in
        [(DnsAnswer::Nxdomain, 3), (DnsAnswer::Servfail, 2), (DnsAnswer::Refused, 5), (DnsAnswer::Empty, 0)]
    {
        server.answer(answer, RIGHT);
        let (seen, answers, _) = brief(&server, A).await;
        assert_eq!((seen, answers), (code, 0), "{answer:?}");
    }
    server.answer(DnsAnswer::Silence, RIGHT);
    assert_eq!(ask_within(&server, NAME, A, SILENCE).await, None);
    server.answer(DnsAnswer::Garbage, RIGHT);
    let garbage = ask(&server, NAME, A).await;
    assert!(garbage.len() > 12 && usize::from(garbage[12]) > garbage.len(), "{garbage:?}");
    server.answer(DnsAnswer::Moves, RIGHT);
    let (code, answers, address) = brief(&server, A).await;
    assert_eq!((code, answers), (0, 1));
    assert!(address[0] == 127 && address != [127, 0, 0, 1], "{address:?}");
    server.heal();
    assert_eq!(brief(&server, A).await, (0, 1, [127, 0, 0, 1]));
}

#[tokio::test]
async fn it_answers_over_tcp_too() {
    let server = server().await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    for _ in 0..2 {
        let question = message(NAME, A);
        stream.write_u16(u16::try_from(question.len()).unwrap()).await.unwrap();
        stream.write_all(&question).await.unwrap();
        let mut answer = vec![0; usize::from(stream.read_u16().await.unwrap())];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer.last_chunk(), Some(&[127, 0, 0, 1]));
    }
}

#[tokio::test]
async fn its_port_is_free_when_it_is_gone() {
    let server = server().await;
    let at = server.address();
    drop(server);
    // The tasks that hold the sockets end at their next turn.
    let again = timeout(PATIENCE, async {
        loop {
            match NameServer::bind(at, NAME, RIGHT).await {
                Ok(server) => return server,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    });
    assert_eq!(again.await.expect("the port becomes free").address(), at);
}

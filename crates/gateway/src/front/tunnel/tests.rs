//! One way of a tunnel, into TLS that is taken slowly.

use std::net::{TcpListener, TcpStream};

use goodgate_wire::{Channel, Hello, Roots, ServerTls, Stream, UpstreamTls};
use tokio::time::timeout;

use super::*;
use crate::self_signed::self_signed;

const NAME: &str = "shop.example";
const PATIENCE: Duration = Duration::from_secs(20);
/// The least that the system takes.
const LITTLE: usize = 4096;

/// Both ends of a connection in which as little fits as can be.
fn narrow() -> (Stream, Stream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let one = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let other = listener.accept().unwrap().0;
    let stream = |socket: TcpStream| {
        let below = socket2::SockRef::from(&socket);
        below.set_send_buffer_size(LITTLE).unwrap();
        below.set_recv_buffer_size(LITTLE).unwrap();
        socket.set_nonblocking(true).unwrap();
        Stream::Tcp(tokio::net::TcpStream::from_std(socket).unwrap())
    };
    (stream(one), stream(other))
}

/// Both ends of a connection with TLS: ours, and a client's.
async fn encrypted() -> (Channel, Channel) {
    let files = self_signed(NAME, "tunnel");
    let server = ServerTls::load(std::slice::from_ref(&files), &[]).unwrap().0;
    let hello = Hello {
        server_name: Some(NAME.to_owned()),
        expected: NAME.to_owned(),
        alpn: Vec::new(),
        accept_invalid: true,
        roots: Roots::with(false, &[std::fs::read(&files.chain).unwrap()]).unwrap(),
    };
    let (theirs, ours) = narrow();
    let upstream = UpstreamTls::prepare(&hello).unwrap();
    let (client, accepted) = tokio::join!(upstream.connect(theirs, PATIENCE), server.accept(ours));
    for path in [files.chain, files.key] {
        let _ = std::fs::remove_file(path);
    }
    (accepted.unwrap().channel, client.unwrap())
}

async fn one_way() {
    let buffers = Buffers::default();
    let (mut to, mut client) = encrypted().await;
    let (mut says, from) = narrow();
    let mut from = Channel::Plain(from);
    let mut way = Way::default();
    let mut sent = 0;
    // Until something lies in the session that the socket does not take.
    loop {
        let Stream::Tcp(socket) = &mut says else { return };
        tokio::io::AsyncWriteExt::write_all(socket, b"a message").await.unwrap();
        sent += 9;
        while way.carried < sent {
            poll_fn(|cx| {
                assert!(!way.poll(cx, &buffers, &mut from, &mut to).broken);
                Poll::Ready(())
            })
            .await;
            tokio::task::yield_now().await;
        }
        let flushed = poll_fn(|cx| Poll::Ready(to.poll_flush(cx).is_ready())).await;
        if !flushed {
            break;
        }
    }
    // Nothing more is said, and nobody else looks at the session; all of it arrives.
    let mut came = 0;
    let all = poll_fn(|cx| {
        let _ = way.poll(cx, &buffers, &mut from, &mut to);
        let mut piece = [0; 1024];
        while let Poll::Ready(read) = client.poll_read(cx, &mut piece) {
            came += read.unwrap() as u64;
        }
        if came == sent { Poll::Ready(()) } else { Poll::Pending }
    });
    timeout(PATIENCE, all).await.unwrap();
}

#[test]
fn what_waits_in_a_session_is_sent_although_nothing_follows_it() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(one_way());
}

use std::future::poll_fn;
use std::net::Ipv4Addr;

use goodgate_facts::Errno;
use tokio::net::{TcpListener, TcpStream, UnixStream};

use super::*;
use crate::tls::tests::folder::both_ends;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Tcp,
    Unix,
    Tls,
}

const KINDS: [Kind; 3] = [Kind::Tcp, Kind::Unix, Kind::Tls];

/// Both ends of a connection; of TLS the client's first.
async fn pair(kind: Kind) -> (Channel, Channel) {
    match kind {
        Kind::Tcp => {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("free");
            let address = listener.local_addr().expect("bound");
            let (client, server) = tokio::join!(TcpStream::connect(address), listener.accept());
            let ends = (client.expect("connected"), server.expect("accepted").0);
            (Stream::Tcp(ends.0).into(), Stream::Tcp(ends.1).into())
        }
        Kind::Unix => {
            let ends = UnixStream::pair().expect("a pair");
            (Stream::Unix(ends.0).into(), Stream::Unix(ends.1).into())
        }
        Kind::Tls => both_ends().await,
    }
}

async fn read(channel: &mut Channel, room: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; room];
    let count = poll_fn(|cx| channel.poll_read(cx, &mut bytes)).await?;
    bytes.truncate(count);
    Ok(bytes)
}

async fn send(channel: &mut Channel, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let count = poll_fn(|cx| channel.poll_write(cx, bytes)).await.expect("written");
        bytes = &bytes[count..];
    }
    poll_fn(|cx| channel.poll_flush(cx)).await.expect("flushed");
}

async fn shut(channel: &mut Channel) {
    poll_fn(|cx| channel.poll_shutdown(cx)).await.expect("shut down");
}

/// Whether it is readable at this moment.
async fn readable(channel: &mut Channel) -> bool {
    poll_fn(|cx| Poll::Ready(channel.poll_readable(cx).is_ready())).await
}

/// Whether a read finds nothing there.
async fn nothing(channel: &mut Channel) -> bool {
    poll_fn(|cx| Poll::Ready(channel.poll_read(cx, &mut [0; 10]).is_pending())).await
}

/// What the idle check says once the reactor has looked.
async fn found(channel: &mut Channel) -> Idle {
    loop {
        match channel.idle() {
            Idle::Open => tokio::task::yield_now().await,
            other => return other,
        }
    }
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[tokio::test]
async fn bytes_pass_whole_whatever_the_pieces() {
    for kind in KINDS {
        for room in [1_000, 5_000, 16 << 10, 64 << 10, 256 << 10] {
            let (mut one, mut other) = pair(kind).await;
            let sent = noise(700_000);
            let sending = async {
                send(&mut one, &sent).await;
                shut(&mut one).await;
            };
            let reading = async {
                let mut got = Vec::new();
                loop {
                    // Waiting without room in between must lose nothing.
                    poll_fn(|cx| other.poll_readable(cx)).await.expect("readable");
                    let piece = read(&mut other, room).await.expect("read");
                    if piece.is_empty() {
                        break got;
                    }
                    got.extend(piece);
                }
            };
            let ((), got) = tokio::join!(sending, reading);
            assert!(got == sent, "{kind:?} {room}");
        }
    }
}

#[tokio::test]
async fn several_pieces_go_out_as_one() {
    for kind in KINDS {
        let (mut one, mut other) = pair(kind).await;
        let (head, body) = (noise(300), noise(5_000));
        let pieces = [IoSlice::new(&head), IoSlice::new(&[]), IoSlice::new(&body)];
        let before = one.taken();
        let count = poll_fn(|cx| one.poll_write_vectored(cx, &pieces)).await.expect("written");
        assert_eq!(count, 5_300);
        poll_fn(|cx| one.poll_flush(cx)).await.expect("flushed");
        if let (Some(before), Some(after)) = (before, one.taken()) {
            // One record's overhead (RFC 8446 section 5.2): head, tag and type.
            assert_eq!(after - before, 5_300 + 5 + 16 + 1);
        }
        assert_eq!(read(&mut other, 10_000).await.expect("read"), [head, body].concat());
        let nothing = poll_fn(|cx| one.poll_write_vectored(cx, &[IoSlice::new(&[])])).await;
        assert_eq!(nothing.expect("nothing to do"), 0);
    }
}

#[tokio::test]
async fn one_side_can_end_while_the_other_goes_on() {
    for kind in KINDS {
        let (mut one, mut other) = pair(kind).await;
        send(&mut one, b"question").await;
        shut(&mut one).await;
        shut(&mut one).await;
        assert_eq!(read(&mut other, 100).await.expect("read"), b"question");
        for _ in 0..2 {
            poll_fn(|cx| other.poll_readable(cx)).await.expect("readable");
            assert_eq!(read(&mut other, 100).await.expect("the end"), b"");
        }
        send(&mut other, b"answer").await;
        drop(other);
        assert_eq!(read(&mut one, 100).await.expect("read"), b"answer");
        let end = read(&mut one, 100).await;
        match kind {
            Kind::Tls => assert_eq!(Cut::of(&end.expect_err("cut")), Cut::Unannounced),
            _ => assert_eq!(end.expect("the end"), b""),
        }
    }
}

#[tokio::test]
async fn a_reset_is_seen_as_one() {
    const ECONNRESET: Cut = Cut::Failed(Some(Errno(104)));
    for kind in KINDS {
        let (mut one, mut other) = pair(kind).await;
        send(&mut other, b"the beginning").await;
        assert_eq!(read(&mut one, 100).await.expect("read"), b"the beginning");
        other.reset();
        let end = read(&mut one, 100).await;
        match kind {
            Kind::Unix => assert_eq!(end.expect("the end"), b""),
            _ => assert_eq!(Cut::of(&end.expect_err("reset")), ECONNRESET, "{kind:?}"),
        }
        // A mere drop is none.
        let (mut one, other) = pair(kind).await;
        drop(other);
        let end = read(&mut one, 100).await.map_err(|error| Cut::of(&error));
        assert_eq!(end, if kind == Kind::Tls { Err(Cut::Unannounced) } else { Ok(Vec::new()) });
    }
}

#[tokio::test]
async fn waiting_needs_no_room() {
    for kind in KINDS {
        let (mut one, mut other) = pair(kind).await;
        assert!(nothing(&mut one).await && nothing(&mut other).await);
        assert_eq!((readable(&mut one).await, readable(&mut other).await), (false, false), "{kind:?}");
        let waiting = async {
            poll_fn(|cx| one.poll_readable(cx)).await.expect("readable");
            read(&mut one, 100).await.expect("read")
        };
        let ((), got) = tokio::join!(send(&mut other, b"x"), waiting);
        assert_eq!(got, b"x");
        assert!(!readable(&mut one).await, "{kind:?}");
        assert!(nothing(&mut one).await, "{kind:?}");
    }
}

#[tokio::test]
async fn an_idle_connection_is_looked_at() {
    for kind in KINDS {
        for now in [false, true] {
            let look = async |channel: &mut Channel| {
                if now { channel.idle_now() } else { found(channel).await }
            };
            // Tickets and the like are nothing that was said.
            let (mut one, mut other) = pair(kind).await;
            assert!(nothing(&mut other).await);
            assert_eq!((one.idle(), one.idle_now()), (Idle::Open, Idle::Open), "{kind:?}");
            send(&mut other, b"HTTP/1.1 408 Request Timeout\r\n").await;
            let Idle::Unasked(began) = look(&mut one).await else { panic!("{kind:?} {now}") };
            assert!(b"HTTP/1.1 408 Request Timeout\r\n".starts_with(&began) && !began.is_empty());

            let (mut one, mut other) = pair(kind).await;
            shut(&mut other).await;
            assert_eq!(look(&mut one).await, Idle::Cut(Cut::Closed), "{kind:?} {now}");

            let (mut one, other) = pair(kind).await;
            drop(other);
            let cut = if kind == Kind::Tls { Cut::Unannounced } else { Cut::Closed };
            assert_eq!(look(&mut one).await, Idle::Cut(cut), "{kind:?} {now}");

            if kind != Kind::Unix {
                let (mut one, other) = pair(kind).await;
                other.reset();
                let cut = Cut::Failed(Some(Errno(104)));
                assert_eq!(look(&mut one).await, Idle::Cut(cut), "{kind:?} {now}");
            }
        }
    }
}

#[tokio::test]
async fn what_it_is_can_be_asked() {
    for kind in KINDS {
        let (one, other) = pair(kind).await;
        assert_eq!((one.is_tls(), one.taken().is_some()), (kind == Kind::Tls, kind == Kind::Tls));
        assert_eq!(one.tls_version(), (kind == Kind::Tls).then_some(TlsVersion::Tls13));
        assert_eq!(one.peer_addr(), other.below().local());
        assert_eq!(one.peer_addr().is_none(), kind == Kind::Unix);
        one.set_nodelay(true).expect("set");
    }
}

#[tokio::test]
async fn what_drives_connections_itself_can_drive_it() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    for kind in KINDS {
        let (mut one, mut other) = pair(kind).await;
        let sent = noise(100_000);
        let sending = async {
            one.write_all(&sent).await.expect("written");
            one.shutdown().await.expect("shut down");
        };
        let mut got = Vec::new();
        let (_, count) = tokio::join!(sending, other.read_to_end(&mut got));
        assert!(count.expect("read") == sent.len() && got == sent, "{kind:?}");
    }
}

//! Whatever frames a peer sends, an exchange ends, and with something that is typed.

use std::time::Duration;

use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

impl Duplex for tokio::io::DuplexStream {
    fn taken(&self) -> Option<u64> {
        None
    }
}

#[tokio::test]
async fn a_request_is_refused_by_the_library_only_while_nothing_of_it_was_sent() {
    let (ours, _theirs) = tokio::io::duplex(64 << 10);
    let (mut requests, _driver) = h2::client::handshake(ours).await.unwrap();
    let request = http::Request::builder().uri("https://localhost/").header("connection", "close");
    let error = requests.send_request(request.body(()).unwrap(), true).map(|_| ()).unwrap_err();
    let mut watch = Watch::new();
    watch.expect(1);
    let told = failure(&watch, Some(&error), Phase::Send, 1000);
    assert_eq!((told.fault, told.retry), (Fault::RequestInvalid, Retry::Safe));
    watch.sent = 9;
    let told = failure(&watch, Some(&error), Phase::Wait, 1000);
    assert_eq!((told.fault, told.retry), (Fault::Http2Protocol(2), Retry::IfIdempotent));
}

fn frame() -> impl Strategy<Value = Vec<u8>> {
    // Mostly kinds and streams that mean something, and header blocks that often can be decoded.
    let block = prop_oneof![
        Just(vec![0x88]),
        Just(vec![0x48, 3, b'1', b'0', b'3']),
        Just(b"\x88\x0f\x0d\x014".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ];
    (0u8..12, any::<u8>(), prop_oneof![Just(0u32), Just(1), Just(1), 0..5u32], block).prop_map(
        |(kind, flags, stream, payload)| {
            let length = u32::try_from(payload.len()).unwrap_or(0).to_be_bytes();
            [&length[1..], &[kind, flags], &stream.to_be_bytes(), &payload].concat()
        },
    )
}

async fn answered(bytes: Vec<u8>, piece: usize) -> Result<Response, Failure> {
    let (ours, mut theirs) = tokio::io::duplex(64 << 10);
    let second = Duration::from_secs(1);
    let limits = Limits { send: second, wait: second, head: second, body: second, ..Limits::default() };
    let request = Request {
        method: "GET",
        target: "/".to_owned(),
        authority: "localhost".to_owned(),
        secure: true,
        fields: Vec::new(),
        keep_alive: true,
    };
    let client = async {
        let mut http2 = Http2::begin(ours, &limits).await?;
        http2.exchange(&request, &limits).await
    };
    let server = async {
        let mut sink = [0; 512];
        for piece in bytes.chunks(piece) {
            if theirs.write_all(piece).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
        let _ = theirs.shutdown().await;
        while theirs.read(&mut sink).await.is_ok_and(|count| count > 0) {}
    };
    let both = async { tokio::join!(client, server).0 };
    tokio::time::timeout(second * 5, both).await.expect("an exchange ends")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_frames_end_an_exchange(
        frames in proptest::collection::vec(frame(), 0..12),
        preface in any::<bool>(),
        piece in 1usize..200,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let mut bytes = if preface { vec![0, 0, 0, 4, 0, 0, 0, 0, 0] } else { Vec::new() };
        bytes.extend(frames.concat());
        match runtime.block_on(answered(bytes, piece)) {
            Ok(response) => prop_assert!((200..600).contains(&response.status), "{}", response.status),
            Err(failure) => {
                prop_assert!(failure.fault != Fault::RequestInvalid, "{failure:?}");
                prop_assert!(failure.errno.is_none());
                prop_assert!(failure.phase < Phase::Body);
            }
        }
    }
}

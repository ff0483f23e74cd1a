//! Bytes of any kind from outside.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::io::AsyncWriteExt;

use crate::on_demand::main_port;
use crate::peer::{Peer, origin};

/// Pieces of requests and bytes of no kind.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..80),
        prop_oneof![
            Just("GET "),
            Just("POST /r/healthy/1 HTTP/1.1\r\n"),
            Just("/r/fin-in-status-line"),
            Just("/status/"),
            Just("/status/502?header=%0d%0a"),
            Just(" HTTP/1.1\r\n"),
            Just("\r\n"),
            Just("Content-Length: 18446744073709551615\r\n"),
            Just("Content-Length: 10\r\n"),
            Just("Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"),
            Just("Transfer-Encoding: chunked\r\n"),
            Just("Expect: 100-continue\r\n"),
            Just("Accept: ;q=,*/\r\n"),
            Just("Lab-Recipe: \u{fc}\r\n"),
            Just("0\r\n\r\n"),
        ]
        .prop_map(|text| text.as_bytes().to_vec()),
    ]
}

/// Sends each of many such texts on connections of their own; the port answers rightly all the time.
fn survives(at: std::net::SocketAddr, runtime: &tokio::runtime::Runtime) {
    let mut runner = TestRunner::new(Config { cases: 300, ..Config::default() });
    let texts = proptest::collection::vec(piece(), 0..12);
    let outcome = runner.run(&texts, |pieces| {
        runtime.block_on(async {
            let mut wild = Peer::connect(at).await.expect("it listens");
            // It may have had enough before the end.
            let _ = wild.0.write_all(&pieces.concat()).await;
            Peer::connect(at).await.expect("it listens").right_answer_at("/ok", "77").await;
        });
        Ok(())
    });
    outcome.expect("it survives");
}

#[test]
fn a_fuzzing_client_is_survived() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let at = runtime.block_on(main_port());
    survives(at, &runtime);
    let origin = runtime.block_on(origin());
    survives(origin.address(), &runtime);
}

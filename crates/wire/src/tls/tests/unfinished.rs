//! Handshakes that the peer does not finish: it speaks something else, refuses, goes away or says nothing.

use std::time::Duration;

use goodgate_facts::{Errno, Side};
use rustls::version::{TLS12, TLS13};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::peers::{
    Authority, NAME, hello, leaf, nobody, read_hello, script, serve, server, shake, shake_within,
};
use crate::tls::{Hello, TlsVersion, tls_fault};
use crate::{Failure, Fault, Peer};

const ECONNRESET: Option<Errno> = Some(Errno(104));

async fn fails(peer: &Peer) -> Failure {
    let (result, seen) = shake(peer, &hello(nobody())).await;
    assert!(seen.chain.is_empty() && seen.problem.is_none());
    result.map(|_| ()).expect_err("a failure")
}

/// Closes with a reset instead of an orderly end.
fn reset(stream: TcpStream) {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("the option");
    drop(stream);
}

#[tokio::test]
async fn plain_http_is_told_with_its_first_bytes() {
    let answer = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    let (peer, _) = script(move |mut stream| async move {
        read_hello(&mut stream).await;
        stream.write_all(answer).await.expect("written");
    })
    .await;
    let failure = fails(&peer).await;
    assert_eq!((failure.fault, failure.side), (Fault::PeerNotTls, Side::Upstream));
    assert_eq!(failure.received, answer.len() as u64);
    assert_eq!(failure.began, answer[..Failure::BEGAN_BYTES]);
}

#[tokio::test]
async fn a_few_strange_bytes_are_not_tls_either() {
    // Fewer than the head of a record: the library would only say that the connection ended.
    for bytes in [&b"ok\n"[..], b"2", b"\x16\x04", b"\x16\x03\x01\xff\xff"] {
        let (peer, _) = script(move |mut stream| async move {
            read_hello(&mut stream).await;
            stream.write_all(bytes).await.expect("written");
        })
        .await;
        let failure = fails(&peer).await;
        assert_eq!((failure.fault, failure.began.as_slice()), (Fault::PeerNotTls, bytes));
    }
}

#[tokio::test]
async fn a_greeting_without_an_end_is_not_tls() {
    let (peer, task) = script(|mut stream| async move {
        stream.write_all(b"220 ").await.expect("written");
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let (result, _) = shake_within(&peer, &hello(nobody()), Duration::from_millis(300)).await;
    assert_eq!(result.expect_err("a failure").fault, Fault::PeerNotTls);
    task.await.expect("the client has gone");
}

#[tokio::test]
async fn last_words_before_a_reset_are_heard() {
    for (words, fault) in [
        (&b"SSH-2.0-example\r\n"[..], Fault::PeerNotTls),
        (b"\x15\x03\x01\x00\x02\x02\x28", Fault::TlsAlert(40)),
    ] {
        let (peer, task) = script(move |mut stream| async move {
            stream.write_all(words).await.expect("written");
            stream.readable().await.expect("the client has written");
            reset(stream);
        })
        .await;
        let failure = fails(&peer).await;
        assert_eq!((failure.fault, failure.received), (fault, words.len() as u64));
        task.await.expect("done");
    }
}

#[tokio::test]
async fn a_reset_before_our_hello_hides_nothing() {
    let words = b"SSH-2.0-example\r\n";
    let (peer, task) = script(move |mut stream| async move {
        stream.write_all(words).await.expect("written");
        reset(stream);
    })
    .await;
    let limits = crate::Limits::default();
    let (stream, _) = crate::dial(&peer, &limits).await.expect("connected");
    task.await.expect("reset by now");
    let (result, _, _) = crate::handshake(stream, &hello(nobody()), &limits).await;
    let failure = result.map(|_| ()).expect_err("a failure");
    assert_eq!((failure.fault, failure.began.as_slice()), (Fault::PeerNotTls, &words[..]));
}

#[tokio::test]
async fn a_silent_peer_runs_into_the_limit() {
    let (peer, task) = script(|mut stream| async move {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let (result, _) = shake_within(&peer, &hello(nobody()), Duration::from_millis(200)).await;
    let failure = result.map(|_| ()).expect_err("a failure");
    assert_eq!((failure.fault, failure.errno), (Fault::TlsTimedOut, None));
    assert_eq!(failure.received, 0);
    assert!(failure.after >= Duration::from_millis(200));
    task.await.expect("the client has gone");
}

#[tokio::test]
async fn a_peer_that_stops_amid_its_answer_runs_into_the_limit() {
    let (peer, task) = script(|mut stream| async move {
        read_hello(&mut stream).await;
        stream.write_all(b"\x16\x03\x03\x00\x7a\x02").await.expect("written");
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let (result, _) = shake_within(&peer, &hello(nobody()), Duration::from_millis(200)).await;
    let failure = result.map(|_| ()).expect_err("a failure");
    assert_eq!((failure.fault, failure.received), (Fault::TlsTimedOut, 6));
    task.await.expect("the client has gone");
}

#[tokio::test]
async fn a_close_is_no_reset() {
    let (peer, _) = script(|mut stream| async move {
        read_hello(&mut stream).await;
    })
    .await;
    let failure = fails(&peer).await;
    assert_eq!((failure.fault, failure.errno, failure.received), (Fault::TlsClosed, None, 0));

    let (peer, _) = script(|mut stream| async move {
        read_hello(&mut stream).await;
        reset(stream);
    })
    .await;
    let failure = fails(&peer).await;
    assert_eq!((failure.fault, failure.errno, failure.received), (Fault::TlsReset, ECONNRESET, 0));
}

#[tokio::test]
async fn a_close_or_reset_amid_the_peers_answer_is_told() {
    for (with_reset, fault) in [(false, Fault::TlsClosed), (true, Fault::TlsReset)] {
        let (peer, _) = script(move |mut stream| async move {
            read_hello(&mut stream).await;
            stream.write_all(b"\x16\x03\x03\x00\x7a\x02\x00\x00").await.expect("written");
            if with_reset {
                reset(stream);
            }
        })
        .await;
        let failure = fails(&peer).await;
        assert_eq!((failure.fault, failure.received), (fault, 8));
    }
}

#[tokio::test]
async fn each_alert_is_told_by_its_number() {
    for alert in 0..=255_u8 {
        let (peer, _) = script(move |mut stream| async move {
            read_hello(&mut stream).await;
            stream.write_all(&[21, 3, 3, 0, 2, 2, alert]).await.expect("written");
            let _ = stream.shutdown().await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        let failure = fails(&peer).await;
        // close_notify (0) only closes.
        let told = if alert == 0 { Fault::TlsClosed } else { Fault::TlsAlert(alert) };
        assert_eq!((failure.fault, failure.alert()), (told, (alert != 0).then_some(alert)));
        assert_eq!(failure.received, 7);
    }
}

#[tokio::test]
async fn a_warning_before_the_end_is_its_reason() {
    for (alert, fault) in [(112, Fault::TlsAlert(112)), (0, Fault::TlsClosed)] {
        let (peer, _) = script(move |mut stream| async move {
            read_hello(&mut stream).await;
            stream.write_all(&[21, 3, 3, 0, 2, 1, alert]).await.expect("written");
        })
        .await;
        assert_eq!(fails(&peer).await.fault, fault);
    }
}

/// A hello of a server that chose `version` and a suite of its time.
fn server_hello(minor: u8) -> Vec<u8> {
    let mut body = vec![3, minor];
    body.extend([7; 32]);
    body.extend([0, 0x00, 0x2f, 0]);
    let length = u8::try_from(body.len()).expect("short");
    let mut record = vec![22, 3, minor, 0, length + 4, 2, 0, 0, length];
    record.extend(body);
    record
}

#[tokio::test]
async fn a_peer_of_old_versions_only_has_nothing_in_common_with_us() {
    let old = [(0, TlsVersion::Ssl3), (1, TlsVersion::Tls10), (2, TlsVersion::Tls11)];
    for (minor, version) in old {
        let (peer, task) = script(move |mut stream| async move {
            read_hello(&mut stream).await;
            stream.write_all(&server_hello(minor)).await.expect("written");
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            answer
        })
        .await;
        let (result, seen) = shake(&peer, &hello(nobody())).await;
        let failure = result.map(|_| ()).expect_err("a failure");
        assert_eq!((failure.fault, seen.version), (Fault::TlsNothingInCommon, Some(version)));
        // It is told why: protocol_version.
        assert_eq!(task.await.expect("done").last(), Some(&70));
    }
    // Or it says so itself, as OpenSSL does.
    let (peer, _) = script(|mut stream| async move {
        read_hello(&mut stream).await;
        stream.write_all(&[21, 3, 1, 0, 2, 2, 70]).await.expect("written");
    })
    .await;
    assert_eq!(fails(&peer).await.fault, Fault::TlsAlert(70));
}

#[tokio::test]
async fn records_that_make_no_sense_break_the_protocol() {
    // A hello that ends amid a field; application data before any key; a second hello's type.
    let records: [&[u8]; 3] = [
        b"\x16\x03\x03\x00\x06\x02\x00\x00\x02\x03\x03",
        b"\x17\x03\x03\x00\x01x",
        b"\x16\x03\x03\x00\x04\x01\0\0\0",
    ];
    for record in records {
        let (peer, _) = script(move |mut stream| async move {
            read_hello(&mut stream).await;
            stream.write_all(record).await.expect("written");
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        assert_eq!(fails(&peer).await.fault, Fault::TlsProtocol, "{record:?}");
    }
}

#[tokio::test]
async fn no_protocol_in_common_is_an_alert() {
    let root = Authority::root("Root", None);
    let mut config = server(&root.signs(&leaf(&[NAME])), &[], &[&TLS13]);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let (peer, _) = serve(config).await;
    let hello = Hello { alpn: vec!["http/1.1"], ..hello(root.trusted()) };
    let (result, _) = shake(&peer, &hello).await;
    assert_eq!(result.expect_err("a failure").fault, Fault::TlsAlert(120));
}

#[tokio::test]
async fn a_name_that_can_stand_in_no_certificate_is_our_own_fault() {
    let (peer, task) = script(|mut stream| async move {
        let mut came = Vec::new();
        let _ = stream.read_to_end(&mut came).await;
        came
    })
    .await;
    let hello = Hello { expected: "no name".into(), ..hello(nobody()) };
    let (result, _) = shake(&peer, &hello).await;
    let failure = result.map(|_| ()).expect_err("a failure");
    assert_eq!((failure.fault, failure.side), (Fault::NameInvalid, Side::Gateway));
    assert!(task.await.expect("done").is_empty(), "nothing was sent");
}

/// A server that wants a client certificate, which we have none of.
async fn wants_a_certificate(version: &'static rustls::SupportedProtocolVersion) -> (Peer, Hello) {
    let root = Authority::root("Root", None);
    let signed = root.signs(&leaf(&[NAME]));
    let chain = vec![signed.der.clone()];
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(signed.key.clone()).into();
    let mut store = rustls::RootCertStore::empty();
    store.add(root.der.clone()).expect("a root");
    let provider = std::sync::Arc::clone(&crate::tls::PROVIDER);
    let clients = rustls::server::WebPkiClientVerifier::builder_with_provider(store.into(), provider.clone());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("versions")
        .with_client_cert_verifier(clients.build().expect("a verifier"))
        .with_single_cert(chain, key)
        .expect("a certificate");
    let (peer, _) = serve(config).await;
    (peer, hello(root.trusted()))
}

#[tokio::test]
async fn a_missing_client_certificate_is_told_when_the_version_allows() {
    let (peer, hello) = wants_a_certificate(&TLS12).await;
    let (result, seen) = shake(&peer, &hello).await;
    let failure = result.map(|_| ()).expect_err("a failure");
    assert!(failure.alert().is_some(), "{failure:?}");
    assert_eq!(seen.version, Some(TlsVersion::Tls12));

    // In TLS 1.3 our side is finished before the server looks.
    let (peer, hello) = wants_a_certificate(&TLS13).await;
    let (result, _) = shake(&peer, &hello).await;
    let mut stream = result.expect("our side is finished");
    let error = stream.read(&mut [0; 1]).await.expect_err("refused");
    assert_eq!(tls_fault(&error), Some(Fault::TlsAlert(116)));
}

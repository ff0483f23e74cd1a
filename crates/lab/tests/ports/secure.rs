//! An origin that speaks TLS.

use std::io::ErrorKind;
use std::sync::Arc;

use goodgate_lab::{Origin, Speaks};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::peer::{ANY, PATIENCE, Peer, identities, recipe, steps};

async fn origin() -> Origin {
    Origin::bind(ANY, Speaks::Tls, identities()).await.expect("a free port")
}

async fn connect(origin: &Origin) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(identities().authority_pem().as_bytes());
    roots.add(authority.expect("a certificate")).expect("an authority");
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(origin.address()).await.expect("it listens");
    let name = ServerName::try_from("lab.example").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("it shows who it is")
}

/// Asks once, and reads to the end.
async fn ask(origin: &Origin) -> (Vec<u8>, Result<(), ErrorKind>) {
    let mut stream = connect(origin).await;
    let get = b"GET /r/x/7 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(get).await.expect("it takes it");
    let mut all = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut all)).await.expect("it ends");
    (all, read.map(drop).map_err(|problem| problem.kind()))
}

#[tokio::test]
async fn a_healthy_one_answers_and_says_that_it_ends() {
    let origin = origin().await;
    let (bytes, ended) = ask(&origin).await;
    assert!(bytes.ends_with(b"\r\n\r\nlab 7\n"));
    assert_eq!(ended, Ok(()));
    assert_eq!(origin.upstream("7").requests, 1);
}

#[tokio::test]
async fn a_cut_is_told_from_an_end() {
    let origin = origin().await;
    let answered = "speaks = \"tls\"\nsteps = [{ tls = \"valid\" }, \"read-request\", { answer = {} }";
    for (last, wanted) in [
        ("", Ok(())),
        (", \"close-notify\"", Ok(())),
        (", \"close\"", Err(ErrorKind::UnexpectedEof)),
        (", \"reset\"", Err(ErrorKind::ConnectionReset)),
    ] {
        origin.play(&recipe(&format!("{answered}{last}]"))).await.expect("it plays");
        let (bytes, ended) = ask(&origin).await;
        assert_eq!(ended, wanted, "{last}");
        // RST can take what was not read yet with it.
        assert!(bytes.ends_with(b"lab 7\n") || last.contains("reset"), "{last}");
    }
}

#[tokio::test]
async fn it_can_be_made_to_speak_plainly() {
    let origin = origin().await;
    let told = recipe("speaks = \"tls\"\nsteps = [\"read-request\", { send = \"plain\" }]");
    origin.play(&told).await.expect("it plays");
    let mut peer = Peer::to(&origin).await;
    peer.say("GET /r/x/1 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(peer.rest().await.0, b"plain");
    assert!(origin.play(&steps("\"close\"")).await.is_err());
}

//! The lab's certificates and its TLS recipes, as a client sees them that verifies.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::io;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use goodgate_lab::identities::NAME;
use goodgate_lab::{Identities, Origin, Recipe, Speaks, recipes};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, Error, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// No exchange here waits for anything but the other side of the loopback.
const PATIENCE: Duration = Duration::from_secs(10);

struct Lab {
    origin: Origin,
    connector: TlsConnector,
}

async fn lab() -> Lab {
    let identities = Arc::new(Identities::new().unwrap());
    let connector = connector(identities.authority_pem());
    let origin = Origin::bind("127.0.0.1:0".parse().unwrap(), Speaks::Tls, identities).await.unwrap();
    Lab { origin, connector }
}

fn connector(authority_pem: &str) -> TlsConnector {
    let text: String = authority_pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(STANDARD.decode(text).unwrap())).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

fn recipe(name: &str) -> &'static Arc<Recipe> {
    recipes().iter().find(|recipe| recipe.name == name).unwrap()
}

impl Lab {
    /// What came back to a GET, and how it ended.
    async fn get(&self) -> (Vec<u8>, Result<(), io::Error>) {
        let mut read = Vec::new();
        let exchange = async {
            let plain = TcpStream::connect(self.origin.address()).await?;
            let name = ServerName::try_from(NAME).unwrap();
            let mut stream = self.connector.connect(name, plain).await?;
            let request = format!("GET /r/x/1f0c HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await?;
            stream.read_to_end(&mut read).await.map(drop)
        };
        let end = timeout(PATIENCE, exchange).await.expect("it ends in time");
        (read, end)
    }

    async fn get_with(&self, name: &str) -> (Vec<u8>, Result<(), io::Error>) {
        self.origin.play(recipe(name)).await.unwrap();
        self.get().await
    }

    /// The TLS error that ends an exchange.
    async fn refusal(&self, name: &str) -> Error {
        let (read, end) = self.get_with(name).await;
        assert!(read.is_empty(), "{name}: {}", String::from_utf8_lossy(&read));
        let problem = end.expect_err(name);
        let inner = problem.into_inner().unwrap_or_else(|| panic!("{name}: no TLS error"));
        *inner.downcast::<Error>().unwrap_or_else(|other| panic!("{name}: {other}"))
    }
}

#[tokio::test]
async fn healthy_ones_answer_over_tls() {
    let lab = lab().await;
    for name in ["healthy-tls", "healthy-tls-close-delimited"] {
        let (read, end) = lab.get_with(name).await;
        let text = String::from_utf8(read).unwrap();
        assert!(text.starts_with("HTTP/1.1 200 ") && text.ends_with("\r\n\r\nlab 1f0c\n"), "{name}: {text}");
        end.expect(name);
        assert_eq!(lab.origin.upstream("1f0c").requests, 1, "{name}");
        lab.origin.forget();
    }
}

#[tokio::test]
async fn certificates_are_wrong_in_the_way_that_is_said() {
    let lab = lab().await;
    for (name, wrong) in [
        ("certificate-expired", "Expired"),
        ("certificate-not-yet-valid", "NotValidYet"),
        ("certificate-self-signed", "UnknownIssuer"),
        ("certificate-of-unknown-authority", "UnknownIssuer"),
        ("certificate-for-another-name", "NotValidForName"),
        ("certificate-without-intermediate", "UnknownIssuer"),
    ] {
        let refusal = lab.refusal(name).await;
        let Error::InvalidCertificate(problem) = &refusal else { panic!("{name}: {refusal}") };
        let seen = match problem {
            CertificateError::ExpiredContext { .. } => "Expired".to_owned(),
            CertificateError::NotValidYetContext { .. } => "NotValidYet".to_owned(),
            CertificateError::NotValidForNameContext { .. } => "NotValidForName".to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(seen, wrong, "{name}");
        assert_eq!(lab.origin.upstream("1f0c").requests, 0, "{name}");
    }
    lab.origin.heal().await.unwrap();
    let (read, end) = lab.get().await;
    assert!(read.ends_with(b"lab 1f0c\n"));
    end.unwrap();
}

#[tokio::test]
async fn alerts_arrive_with_their_number() {
    let lab = lab().await;
    for (name, alert) in [
        ("alert-protocol-version", AlertDescription::ProtocolVersion),
        ("alert-handshake-failure", AlertDescription::HandshakeFailure),
        ("alert-unrecognized-name", AlertDescription::UnrecognisedName),
        ("alert-internal-error", AlertDescription::InternalError),
        ("client-certificate-demanded", AlertDescription::CertificateRequired),
    ] {
        assert_eq!(lab.refusal(name).await, Error::AlertReceived(alert), "{name}");
    }
}

#[tokio::test]
async fn what_is_no_tls_is_refused() {
    let lab = lab().await;
    for name in ["tls-plaintext", "tls-plaintext-late", "tls-garbage"] {
        let refusal = lab.refusal(name).await;
        assert!(matches!(refusal, Error::InvalidMessage(_)), "{name}: {refusal}");
    }
    let refusal = lab.refusal("tls-old-version").await;
    assert!(matches!(refusal, Error::PeerIncompatible(_)), "{refusal}");
}

#[tokio::test]
async fn a_handshake_can_end_without_a_word() {
    let lab = lab().await;
    let (_, end) = lab.get_with("tls-handshake-fin").await;
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    let (_, end) = lab.get_with("tls-handshake-reset").await;
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn only_an_orderly_end_of_tls_ends_a_body() {
    let lab = lab().await;
    let (read, end) = lab.get_with("tls-end-without-close-notify").await;
    assert!(read.ends_with(b"0123456789"));
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    let (read, end) = lab.get_with("tls-body-cut").await;
    assert!(read.ends_with(b"0123456789"));
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    let (read, end) = lab.get_with("tls-close-after-request").await;
    assert!(read.is_empty());
    end.expect("close_notify came");
    let (read, end) = lab.get_with("healthy-tls-without-close-notify").await;
    assert!(read.ends_with(b"whole to the last byte\n"));
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

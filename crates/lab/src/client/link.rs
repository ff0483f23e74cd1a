//! A connection to a gateway, with TLS or without.
//!
//! Knows nothing of HTTP but how a version of it is agreed upon (RFC 7301).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, ReadHalf, WriteHalf, split};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Gateway;
use crate::observation::Front;

/// A connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) reads: ReadHalf<Carrier>,
    pub(super) writes: WriteHalf<Carrier>,
}

/// What carries bytes.
#[derive(Debug)]
pub(super) enum Carrier {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Link {
    /// Connects; `None` where that fails or does not come about in time.
    pub(super) async fn open(gateway: &Gateway, deadline: Instant) -> Option<Self> {
        let carrier = timeout_at(deadline, Carrier::open(gateway)).await.ok()?.ok()?;
        let (reads, writes) = split(carrier);
        Some(Self { reads, writes })
    }
}

impl Carrier {
    async fn open(gateway: &Gateway) -> io::Result<Self> {
        let stream = TcpStream::connect(gateway.address).await?;
        stream.set_nodelay(true)?;
        let protocol: &[u8] = match gateway.front {
            Front::Http1 => return Ok(Self::Plain(stream)),
            Front::Tls => b"http/1.1",
            Front::Http2 => b"h2",
        };
        let connector = TlsConnector::from(configuration(protocol)?);
        let stream = connector.connect(name(gateway), stream).await?;
        // A server that knows nothing of ALPN speaks HTTP/1.1.
        let agreed = stream.get_ref().1.alpn_protocol().unwrap_or(b"http/1.1");
        if agreed != protocol {
            return Err(io::ErrorKind::Unsupported.into());
        }
        Ok(Self::Tls(Box::new(stream)))
    }
}

/// The name that a gateway is asked for: its host without a port, or else its address.
fn name(gateway: &Gateway) -> ServerName<'static> {
    let host = &gateway.host;
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split_once(':').map_or(host.as_str(), |(name, _)| name),
    };
    ServerName::try_from(name.to_owned()).unwrap_or_else(|_| gateway.address.ip().into())
}

/// Offers this protocol and no other.
fn configuration(protocol: &[u8]) -> io::Result<Arc<ClientConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let mut configuration = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    configuration.alpn_protocols = vec![protocol.to_vec()];
    Ok(Arc::new(configuration))
}

/// Takes any certificate, and still holds that the peer has its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

impl AsyncRead for Carrier {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Carrier {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

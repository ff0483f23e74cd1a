//! The TLS handshake towards a server behind the gateway: prepared once, sessions resumed, and every failure named as
//! [`handshake`](crate::handshake) names it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use goodgate_facts::Phase;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, OtherError, SignatureScheme,
};
use tokio::time::timeout;

use super::look::Look;
use super::session::TlsSession;
use super::{Hello, PROVIDER, Roots, TlsSeen, fault, verifier};
use crate::{CertificateFault, Channel, Failure, Fault, Stream};

/// Sessions that are remembered for resumption; one upstream has few names, and of each only the last sessions count.
const SESSIONS: usize = 64;

/// How TLS is spoken to the servers of one upstream. Cloning is cheap, and clones share the sessions that can be resumed.
#[derive(Clone, Debug)]
pub struct UpstreamTls {
    config: Arc<ClientConfig>,
    shown: ServerName<'static>,
}

impl UpstreamTls {
    /// Prepares it once, for all connections with this hello.
    ///
    /// # Errors
    /// [`Fault::NameInvalid`], if a name in the hello is none.
    pub fn prepare(hello: &Hello) -> Result<Self, Fault> {
        let expected = super::name(&hello.expected).ok_or(Fault::NameInvalid)?;
        let algorithms = PROVIDER.signature_verification_algorithms;
        let (accept_invalid, roots) = (hello.accept_invalid, hello.roots.clone());
        let verifier = Arc::new(Shared { expected, accept_invalid, roots, algorithms });
        let (mut config, shown) = super::config(hello, verifier)?;
        config.resumption = Resumption::in_memory_sessions(SESSIONS);
        Ok(Self { config: Arc::new(config), shown })
    }

    /// Speaks the handshake over an open connection. What comes out is flushed and has carried nothing but the handshake.
    ///
    /// A server that takes up an earlier session shows no certificate again: what made its certificate good then was
    /// looked at then.
    ///
    /// # Errors
    /// A [`Failure`] in the TLS phase, with the time that it took. With TLS 1.3 a refusal of our side of the handshake
    /// comes only with the first read: see [`tls_fault`](crate::tls_fault).
    pub async fn connect(&self, stream: Stream, limit: Duration) -> Result<Channel, Failure> {
        let began = Instant::now();
        self.shake(stream, limit).await.map_err(|failure| failure.after(began.elapsed()))
    }

    async fn shake(&self, stream: Stream, limit: Duration) -> Result<Channel, Failure> {
        let client = ClientConnection::new(Arc::clone(&self.config), self.shown.clone())
            .map_err(|error| Failure::new(fault::of(&error), Phase::Tls))?;
        let mut session = Box::new(TlsSession::new(stream, client.into()));
        match timeout(limit, session.shake()).await {
            Ok(Ok(())) => Ok(Channel::Tls(session)),
            Ok(Err(error)) => {
                let seen = TlsSeen { problem: carried(&error), ..TlsSeen::default() };
                Err(fault::failure(&error, &session.came(), &seen))
            }
            Err(_) => Err(fault::late(&session.came())),
        }
    }
}

/// Looks at certificates in the way of [`Verifier`](verifier::Verifier), but for many handshakes at once: it remembers
/// nothing, and what the library's own errors cannot tell apart travels inside the error.
#[derive(Debug)]
struct Shared {
    expected: ServerName<'static>,
    accept_invalid: bool,
    roots: Roots,
    algorithms: WebPkiSupportedAlgorithms,
}

/// A problem for which the library has no error of its own.
#[derive(Debug)]
struct Problem(CertificateFault);

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the certificate cannot be accepted")
    }
}

impl std::error::Error for Problem {}

fn refusal(problem: CertificateFault) -> rustls::Error {
    match problem {
        CertificateFault::SelfSigned | CertificateFault::ChainIncomplete => {
            CertificateError::Other(OtherError(Arc::new(Problem(problem)))).into()
        }
        _ => verifier::as_told_to_the_peer(problem).into(),
    }
}

/// The problem inside an error of the handshake.
fn carried(error: &std::io::Error) -> Option<CertificateFault> {
    let error: &rustls::Error = error.get_ref()?.downcast_ref()?;
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => {
            inner.downcast_ref::<Problem>().map(|problem| problem.0)
        }
        _ => None,
    }
}

impl ServerCertVerifier for Shared {
    fn verify_server_cert(
        &self,
        first: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.accept_invalid {
            return Ok(ServerCertVerified::assertion());
        }
        let look = Look { first, others, now, expected: &self.expected, roots: &self.roots };
        match look.problems(self.algorithms).first() {
            None => Ok(ServerCertVerified::assertion()),
            Some(problem) => Err(refusal(*problem)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

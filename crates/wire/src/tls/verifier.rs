//! Where the TLS library asks whether the peer's certificate will do: what is seen is recorded, and the answer is given
//! when the peer has proved that the certificate is its own.

use std::sync::{Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};

use super::look::Look;
use super::{Certificate, Hello, Roots, TlsSeen, TlsVersion};
use crate::CertificateFault;

/// Records what the peer showed; refuses it only when the peer has proved that the certificate is its own, because then
/// the version is known as well, and what is refused is certainly the peer's.
#[derive(Debug)]
pub(super) struct Verifier {
    expected: ServerName<'static>,
    accept_invalid: bool,
    roots: Roots,
    algorithms: WebPkiSupportedAlgorithms,
    seen: Mutex<TlsSeen>,
}

impl Verifier {
    pub(super) fn new(
        expected: ServerName<'static>,
        hello: &Hello,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Self {
        let (accept_invalid, roots) = (hello.accept_invalid, hello.roots.clone());
        Self { expected, accept_invalid, roots, algorithms, seen: Mutex::default() }
    }

    /// What was seen so far.
    pub(super) fn seen(&self) -> TlsSeen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, change: impl FnOnce(&mut TlsSeen)) {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// After the peer's signature over the handshake was checked with this result.
    fn verdict(
        &self,
        version: TlsVersion,
        proof: Result<HandshakeSignatureValid, rustls::Error>,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let refused = matches!(proof, Err(rustls::Error::InvalidCertificate(_)));
        self.note(|seen| {
            seen.version = Some(version);
            if refused {
                let others =
                    seen.problems().filter(|problem| *problem != CertificateFault::Unusable).collect();
                (seen.problem, seen.also) = (Some(CertificateFault::Unusable), others);
            }
        });
        let proof = proof?;
        match self.seen().problem {
            Some(problem) if !self.accept_invalid => Err(as_told_to_the_peer(problem).into()),
            _ => Ok(proof),
        }
    }
}

/// The library's error from which it makes the alert that tells the peer why.
pub(super) fn as_told_to_the_peer(problem: CertificateFault) -> CertificateError {
    match problem {
        CertificateFault::Expired => CertificateError::Expired,
        CertificateFault::NotYetValid => CertificateError::NotValidYet,
        CertificateFault::SelfSigned
        | CertificateFault::ChainIncomplete
        | CertificateFault::IssuerUnknown => CertificateError::UnknownIssuer,
        CertificateFault::NameMismatch => CertificateError::NotValidForName,
        CertificateFault::Revoked => CertificateError::Revoked,
        CertificateFault::Unusable => CertificateError::BadEncoding,
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        first: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let ders: Vec<_> = std::iter::once(first).chain(others).take(TlsSeen::CHAIN_MAX).collect();
        let read = |der: &&CertificateDer<'_>| Certificate::read(der);
        let shown = ders.iter().filter_map(read).collect();
        let look = Look { first, others, now, expected: &self.expected, roots: &self.roots };
        let mut problems = look.problems(self.algorithms).into_iter();
        self.note(|seen| {
            (seen.chain, seen.chain_sent) = (shown, 1 + others.len());
            (seen.problem, seen.also) = (problems.next(), problems.collect());
        });
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let proof = verify_tls12_signature(message, certificate, signed, &self.algorithms);
        self.verdict(TlsVersion::Tls12, proof)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let proof = verify_tls13_signature(message, certificate, signed, &self.algorithms);
        self.verdict(TlsVersion::Tls13, proof)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

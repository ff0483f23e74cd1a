//! Looks at the peer's certificate: chain, time and name each by itself, so that every problem is told and not only the
//! first.

use std::sync::{Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Certificate, Hello, Roots, TlsSeen, TlsVersion, chain, fault};
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
fn as_told_to_the_peer(problem: CertificateFault) -> CertificateError {
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
        let mut problems = look.problems(self.algorithms);
        problems.sort_by_key(|problem| gravity(*problem));
        problems.dedup();
        let mut problems = problems.into_iter();
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

/// The order in which browsers tell problems: a certificate for other names that is also out of date most likely belongs
/// to another site, and renewing it would not help.
fn gravity(problem: CertificateFault) -> u8 {
    match problem {
        CertificateFault::Unusable => 0,
        CertificateFault::Revoked => 1,
        CertificateFault::SelfSigned => 2,
        CertificateFault::ChainIncomplete => 3,
        CertificateFault::IssuerUnknown => 4,
        CertificateFault::NameMismatch => 5,
        CertificateFault::Expired => 6,
        CertificateFault::NotYetValid => 7,
    }
}

/// One look at what the peer sent.
struct Look<'a> {
    first: &'a CertificateDer<'a>,
    others: &'a [CertificateDer<'a>],
    now: UnixTime,
    expected: &'a ServerName<'a>,
    roots: &'a Roots,
}

impl Look<'_> {
    /// All problems, in no order.
    fn problems(&self, algorithms: WebPkiSupportedAlgorithms) -> Vec<CertificateFault> {
        let own = X509Certificate::from_der(self.first).ok().map(|(_, certificate)| certificate);
        let time = own.as_ref().and_then(|own| out_of_time(own, self.now));
        let mut problems: Vec<_> = time.map(|(problem, _)| problem).into_iter().collect();
        // The chain is looked at as of a moment when the first certificate was valid, or its dates would hide the rest.
        let then = time.map_or(self.now, |(_, then)| then);
        let (Some(own), Ok(parsed)) = (own, ParsedCertificate::try_from(self.first)) else {
            problems.push(CertificateFault::Unusable);
            return problems;
        };
        let (store, others) = (self.roots.store(), self.others);
        let chain = verify_server_cert_signed_by_trust_anchor(&parsed, store, others, then, algorithms.all);
        problems.extend(chain.err().and_then(|error| self.of_chain(&error, own, time.is_some())));
        if let Err(error) = verify_server_name(&parsed, self.expected) {
            problems.push(problem_of(&error));
        }
        problems
    }

    fn of_chain(
        &self,
        error: &rustls::Error,
        own: X509Certificate<'_>,
        out_of_time: bool,
    ) -> Option<CertificateFault> {
        let anchors = self.roots.anchors();
        if chain::self_signed(&own) {
            // The library takes no authority's certificate for a server's. Who trusts exactly this one means it, though,
            // and other programs see it so.
            let meant = chain::is_root(&own, anchors) && own.is_ca() && serves(&own);
            return (!meant).then(|| {
                if chain::is_root(&own, anchors) {
                    problem_of(error)
                } else {
                    chain::distrust(&[own], anchors)
                }
            });
        }
        let others = self.others.iter().take(TlsSeen::CHAIN_MAX - 1);
        let mut sent = vec![own];
        sent.extend(others.filter_map(|der| X509Certificate::from_der(der).ok().map(|(_, other)| other)));
        match error {
            rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                Some(chain::distrust(&sent, anchors))
            }
            rustls::Error::InvalidCertificate(CertificateError::BadSignature) => {
                Some(chain::bad_signature(&sent, anchors))
            }
            error => match problem_of(error) {
                // Of an intermediate certificate, as of the moment that was looked at; it says nothing about today.
                CertificateFault::Expired | CertificateFault::NotYetValid if out_of_time => None,
                problem => Some(problem),
            },
        }
    }
}

fn problem_of(error: &rustls::Error) -> CertificateFault {
    match error {
        rustls::Error::InvalidCertificate(error) => fault::certificate_fault(error),
        _ => CertificateFault::Unusable,
    }
}

/// Whether it is out of its time, and a moment when it was not.
fn out_of_time(certificate: &X509Certificate<'_>, now: UnixTime) -> Option<(CertificateFault, UnixTime)> {
    let second = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let moment = |second: i64| {
        let second = u64::try_from(second).unwrap_or_default();
        UnixTime::since_unix_epoch(std::time::Duration::from_secs(second))
    };
    let validity = certificate.validity();
    let (from, until) = (validity.not_before.timestamp(), validity.not_after.timestamp());
    if second < from {
        Some((CertificateFault::NotYetValid, moment(from)))
    } else if second > until {
        Some((CertificateFault::Expired, moment(until)))
    } else {
        None
    }
}

/// Whether it may be a server's (extendedKeyUsage, RFC 5280 section 4.2.1.12): it says so or does not say what it is for.
fn serves(certificate: &X509Certificate<'_>) -> bool {
    match certificate.extended_key_usage() {
        Ok(Some(usage)) => usage.value.server_auth || usage.value.any,
        Ok(None) => true,
        Err(_) => false,
    }
}

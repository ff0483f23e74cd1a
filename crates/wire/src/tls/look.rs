//! Looks at a certificate: chain, time and name each by itself, so that every problem is told and not only the first.

use std::time::Duration;

use rustls::CertificateError;
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Roots, TlsSeen, chain, fault};
use crate::CertificateFault;

/// Certificates of one subject that are tried as issuers. Authorities that sign each other have two or three; with many
/// of one name the ways to try multiply, at a signature each.
const SAME_SUBJECT_MAX: usize = 4;

/// One look at what the peer sent.
pub(super) struct Look<'a> {
    /// The peer's own certificate.
    pub(super) first: &'a CertificateDer<'a>,
    /// What it sent behind it.
    pub(super) others: &'a [CertificateDer<'a>],
    /// The present time.
    pub(super) now: UnixTime,
    /// Whom it must be for.
    pub(super) expected: &'a ServerName<'a>,
    /// Whom we trust.
    pub(super) roots: &'a Roots,
}

impl Look<'_> {
    /// All problems, each once, the gravest first.
    pub(super) fn problems(&self, algorithms: WebPkiSupportedAlgorithms) -> Vec<CertificateFault> {
        let own = read(self.first);
        let time = own.as_ref().and_then(|own| out_of_time(own, self.now));
        let mut problems: Vec<_> = time.map(|(problem, _)| problem).into_iter().collect();
        match (own, ParsedCertificate::try_from(self.first)) {
            (Some(own), Ok(parsed)) => {
                // The chain is looked at as of a moment when the first certificate was valid, or its dates would hide
                // the rest.
                let then = time.map_or(self.now, |(_, then)| then);
                problems.extend(self.of_chain(own, &parsed, then, algorithms));
                let name = verify_server_name(&parsed, self.expected);
                problems.extend(name.err().as_ref().map(problem_of));
            }
            _ => problems.push(CertificateFault::Unusable),
        }
        problems.sort_by_key(|problem| gravity(*problem));
        problems.dedup();
        problems
    }

    fn of_chain(
        &self,
        own: X509Certificate<'_>,
        parsed: &ParsedCertificate<'_>,
        then: UnixTime,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Option<CertificateFault> {
        let (store, others) = (self.roots.store(), self.candidates());
        let chain = verify_server_cert_signed_by_trust_anchor(parsed, store, &others, then, algorithms.all);
        let error = chain.err()?;
        let anchors = self.roots.anchors();
        if chain::self_signed(&own) {
            // The library takes no authority's certificate for a server's. Who trusts exactly this one means it, though,
            // and other programs see it so.
            return match (chain::is_root(&own, anchors), own.is_ca() && serves(&own)) {
                (true, true) => None,
                (true, false) => Some(problem_of(&error)),
                (false, _) => Some(CertificateFault::SelfSigned),
            };
        }
        let behind = self.others.iter().take(TlsSeen::CHAIN_MAX - 1).filter_map(|der| read(der));
        let sent: Vec<_> = std::iter::once(own).chain(behind).collect();
        match &error {
            rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                Some(chain::distrust(&sent, anchors))
            }
            rustls::Error::InvalidCertificate(CertificateError::BadSignature) => {
                Some(chain::bad_signature(&sent, anchors))
            }
            error => match problem_of(error) {
                // Of an intermediate certificate, as of the moment that was looked at; it says nothing about today.
                CertificateFault::Expired | CertificateFault::NotYetValid if then != self.now => None,
                problem => Some(problem),
            },
        }
    }

    /// What may stand on the way to a root: all that was sent, without the flood.
    pub(super) fn candidates(&self) -> Vec<CertificateDer<'_>> {
        let mut subjects: Vec<Vec<u8>> = Vec::new();
        let wanted = self.others.iter().filter(|der| {
            // What only this reader cannot read is left to the library.
            let Some(certificate) = read(der) else { return true };
            let subject = certificate.subject().as_raw();
            let same = subjects.iter().filter(|known| *known == subject).count();
            subjects.push(subject.to_vec());
            same < SAME_SUBJECT_MAX
        });
        wanted.map(|der| CertificateDer::from(der.as_ref())).collect()
    }
}

fn read<'a>(der: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    X509Certificate::from_der(der).ok().map(|(_, certificate)| certificate)
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
        UnixTime::since_unix_epoch(Duration::from_secs(second))
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

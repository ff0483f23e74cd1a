//! A certificate as it is shown: bounded, and with nothing in it that a terminal would obey.

use std::net::IpAddr;

use goodgate_facts::{Moment, visible};
use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
use x509_parser::prelude::{ASN1Time, FromDer, GeneralName, X509Certificate, X509Name};

use super::chain;

/// What a certificate says of itself (RFC 5280). All text is the certificate's own: cut to
/// [`Certificate::TEXT_MAX`] characters each, control characters made visible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whose it is, as `CN=example.org, O=Example`.
    pub subject: String,
    /// Who signed it, in the same way.
    pub issuer: String,
    /// The subject's common name; it counts for nothing any more (RFC 9525 section 2), but old certificates have their
    /// only name there.
    pub common_name: Option<String>,
    /// The host names and IP addresses that it is for, in its order; at most [`Certificate::NAMES_MAX`].
    pub names: Vec<String>,
    /// How many names and addresses it is for, shown in `names` or not.
    pub names_total: usize,
    /// Valid from; an unreadable or impossible date is the nearest that [`Moment`] knows.
    pub not_before: Moment,
    /// Valid until, that second included.
    pub not_after: Moment,
    /// Whether it names itself as its issuer, and no key identifier speaks against that. The signature is not looked
    /// at.
    pub self_signed: bool,
    /// Whether it is the certificate of an authority (basicConstraints, RFC 5280 section 4.2.1.9).
    pub authority: bool,
    /// The serial number in hexadecimal; at most [`Certificate::SERIAL_MAX`] bytes of it.
    pub serial: String,
    /// Where it says that its issuer's certificate can be fetched (caIssuers, RFC 5280 section 4.2.2.1); at most
    /// [`Certificate::URLS_MAX`].
    pub issuer_urls: Vec<String>,
    /// SHA-256 of the whole certificate: whether two are the same.
    pub sha256: [u8; 32],
}

impl Certificate {
    /// Characters of one text.
    pub const TEXT_MAX: usize = 256;
    /// Names that are kept. Certificates of content delivery networks have up to 100.
    pub const NAMES_MAX: usize = 100;
    /// Bytes of a serial number; RFC 5280 section 4.1.2.2 allows 20.
    pub const SERIAL_MAX: usize = 32;
    /// URLs that are kept.
    pub const URLS_MAX: usize = 4;

    /// Reads a certificate in DER; `None` if it is none.
    pub fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        Some(Self::of(&certificate, der))
    }

    pub(super) fn of(certificate: &X509Certificate<'_>, der: &[u8]) -> Self {
        let (names, names_total) = names(certificate);
        let urls = chain::issuer_urls(certificate);
        let serial = certificate.raw_serial().iter().take(Self::SERIAL_MAX);
        let common_name = certificate.subject().iter_common_name().next();
        Self {
            subject: name(certificate.subject()),
            issuer: name(certificate.issuer()),
            common_name: common_name.and_then(|name| name.as_str().ok()).map(text),
            names,
            names_total,
            not_before: moment(certificate.validity().not_before),
            not_after: moment(certificate.validity().not_after),
            self_signed: chain::self_signed(certificate),
            authority: certificate.is_ca(),
            serial: serial.map(|byte| format!("{byte:02x}")).collect(),
            issuer_urls: urls.take(Self::URLS_MAX).map(text).collect(),
            sha256: sha256(der),
        }
    }

    /// Whether its time has come and is not over (RFC 5280 section 4.1.2.5).
    pub fn is_current(&self, now: Moment) -> bool {
        // The last second counts whole.
        self.not_before <= now && now.as_second() <= self.not_after.as_second()
    }
}

fn names(certificate: &X509Certificate<'_>) -> (Vec<String>, usize) {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return (Vec::new(), 0) };
    let all = &extension.value.general_names;
    let ours = |name: &&GeneralName<'_>| matches!(name, GeneralName::DNSName(_) | GeneralName::IPAddress(_));
    let shown = all.iter().filter(ours).take(Certificate::NAMES_MAX).filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(text(name)),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    });
    (shown.collect(), all.iter().filter(ours).count())
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

fn name(name: &X509Name<'_>) -> String {
    text(&name.to_string())
}

fn text(raw: &str) -> String {
    match raw.char_indices().nth(Certificate::TEXT_MAX) {
        Some((cut, _)) => format!("{}…", visible(raw.get(..cut).unwrap_or_default())),
        None => visible(raw).into_owned(),
    }
}

fn moment(time: ASN1Time) -> Moment {
    let (first, last) = (Moment::MIN.as_second(), Moment::MAX.as_second());
    Moment::from_second(time.timestamp().clamp(first, last)).unwrap_or(Moment::MAX)
}

/// By the hash function that the TLS library brings along.
fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    if let Some(suite) = TLS13_AES_128_GCM_SHA256.tls13() {
        let hash = suite.common.hash_provider.hash(bytes);
        for (to, from) in digest.iter_mut().zip(hash.as_ref()) {
            *to = *from;
        }
    }
    digest
}

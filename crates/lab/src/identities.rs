//! The lab's certificates: an authority, and one server for every way in which a certificate can be wrong.
//!
//! Everything is made in memory and forgotten with the process, so no gateway ever trusts a key that is lying about.
//! The dates are those of a calendar and not counted from today: what is expired stays expired on every machine.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use crate::lab_error::LabError;
use crate::step::Identity;

/// The name that is on the right certificates; a gateway expects it and sends it as SNI.
pub const NAME: &str = "lab.example";

/// The name that is on the certificate for another server.
const OTHER_NAME: &str = "other.example";

/// Names besides [`NAME`] on the right certificates, so that a gateway that can only check the address it dials is
/// no worse off.
const ADDRESSES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// First and last year of what is valid now, of what is over, and of what has not come. From 1 January to 1 January.
const VALID: (i32, i32) = (2020, 2099);
const OVER: (i32, i32) = (2019, 2020);
const TO_COME: (i32, i32) = (2098, 2099);

/// The authorities outlive every certificate, so that only the server's own certificate is ever out of time.
const AUTHORITY_YEARS: (i32, i32) = (2010, 2110);

/// Characters in a line of PEM (RFC 7468 §2).
const PEM_LINE: usize = 64;

/// The lab's authority and a TLS server for every [`Identity`].
pub struct Identities {
    authority_pem: String,
    gateway_pem: String,
    valid: TlsAcceptor,
    expired: TlsAcceptor,
    not_yet_valid: TlsAcceptor,
    self_signed: TlsAcceptor,
    unknown_authority: TlsAcceptor,
    wrong_name: TlsAcceptor,
    missing_intermediate: TlsAcceptor,
    client_certificate: TlsAcceptor,
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identities").finish_non_exhaustive()
    }
}

impl Identities {
    /// Makes new keys and certificates.
    ///
    /// # Errors
    /// [`LabError::Certificates`] where the cryptography refuses, which needs a broken source of randomness.
    pub fn new() -> Result<Self, LabError> {
        let root = authority("Lab root", None)?;
        let middle = authority("Lab intermediate", Some(&root))?;
        let stranger = authority("Nobody's root", None)?;
        let own = own_names();
        let chain = [middle.der().clone()];

        let valid = leaf(&own, VALID, &middle, &chain)?;
        let demanding = leaf(&own, VALID, &middle, &chain)?;
        Ok(Self {
            authority_pem: pem("CERTIFICATE", root.der()),
            gateway_pem: self_signed(&own)?.pem(),
            valid: acceptor(valid, None)?,
            expired: acceptor(leaf(&own, OVER, &middle, &chain)?, None)?,
            not_yet_valid: acceptor(leaf(&own, TO_COME, &middle, &chain)?, None)?,
            self_signed: acceptor(self_signed(&own)?, None)?,
            // The stranger's own certificate is sent along: the chain is whole and leads to nobody who is trusted.
            unknown_authority: acceptor(leaf(&own, VALID, &stranger, &[stranger.der().clone()])?, None)?,
            wrong_name: acceptor(leaf(&[OTHER_NAME.to_owned()], VALID, &middle, &chain)?, None)?,
            missing_intermediate: acceptor(leaf(&own, VALID, &middle, &[])?, None)?,
            client_certificate: acceptor(demanding, Some(root.der()))?,
        })
    }

    /// The certificate of the lab's root authority in PEM: what a gateway is told to trust.
    #[must_use]
    pub fn authority_pem(&self) -> &str {
        &self.authority_pem
    }

    /// A certificate that vouches for itself, and its key, in PEM: what a gateway shows to the lab's clients, which
    /// verify nothing.
    #[must_use]
    pub fn gateway_pem(&self) -> &str {
        &self.gateway_pem
    }

    /// The server with this identity. It offers `http/1.1` by ALPN and resumes no session, so that every handshake
    /// shows the certificate again.
    #[must_use]
    pub fn acceptor(&self, identity: Identity) -> TlsAcceptor {
        match identity {
            Identity::Valid => &self.valid,
            Identity::Expired => &self.expired,
            Identity::NotYetValid => &self.not_yet_valid,
            Identity::SelfSigned => &self.self_signed,
            Identity::UnknownAuthority => &self.unknown_authority,
            Identity::WrongName => &self.wrong_name,
            Identity::MissingIntermediate => &self.missing_intermediate,
            Identity::ClientCertificate => &self.client_certificate,
        }
        .clone()
    }
}

/// A certificate with what is sent along, and its key.
struct Leaf {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

impl Leaf {
    /// The chain and the key, each in a block of its own.
    fn pem(&self) -> String {
        let mut text: String = self.chain.iter().map(|one| pem("CERTIFICATE", one)).collect();
        text.push_str(&pem("PRIVATE KEY", &self.key.serialize_der()));
        text
    }
}

fn own_names() -> Vec<String> {
    std::iter::once(NAME).chain(ADDRESSES).map(str::to_owned).collect()
}

fn authority(
    name: &str,
    issuer: Option<&Issuer<'_, KeyPair>>,
) -> Result<CertifiedIssuer<'static, KeyPair>, LabError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = called(name);
    (params.not_before, params.not_after) =
        (date_time_ymd(AUTHORITY_YEARS.0, 1, 1), date_time_ymd(AUTHORITY_YEARS.1, 1, 1));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().map_err(refused)?;
    match issuer {
        Some(issuer) => {
            params.use_authority_key_identifier_extension = true;
            CertifiedIssuer::signed_by(params, key, issuer)
        }
        None => CertifiedIssuer::self_signed(params, key),
    }
    .map_err(refused)
}

fn leaf(
    names: &[String],
    years: (i32, i32),
    issuer: &Issuer<'_, KeyPair>,
    sent_along: &[CertificateDer<'static>],
) -> Result<Leaf, LabError> {
    let mut params = server(names, years)?;
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(refused)?;
    let certificate = params.signed_by(&key, issuer).map_err(refused)?;
    let chain = std::iter::once(certificate.into()).chain(sent_along.iter().cloned()).collect();
    Ok(Leaf { chain, key })
}

fn self_signed(names: &[String]) -> Result<Leaf, LabError> {
    let key = KeyPair::generate().map_err(refused)?;
    let certificate = server(names, VALID)?.self_signed(&key).map_err(refused)?;
    Ok(Leaf { chain: vec![certificate.into()], key })
}

fn server(names: &[String], years: (i32, i32)) -> Result<CertificateParams, LabError> {
    let mut params = CertificateParams::new(names).map_err(refused)?;
    params.distinguished_name = called(names.first().map_or(NAME, String::as_str));
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn called(name: &str) -> DistinguishedName {
    let mut called = DistinguishedName::new();
    called.push(DnType::CommonName, name);
    called
}

/// A server with this certificate; with an authority, one that demands a client certificate issued by it.
fn acceptor(leaf: Leaf, demand: Option<&CertificateDer<'static>>) -> Result<TlsAcceptor, LabError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(refused)?;
    let builder = match demand {
        None => builder.with_no_client_auth(),
        Some(authority) => builder.with_client_cert_verifier(demanded(authority, provider)?),
    };
    let key = PrivateKeyDer::try_from(leaf.key.serialize_der()).map_err(refused)?;
    let mut config = builder.with_single_cert(leaf.chain, key).map_err(refused)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn demanded(
    authority: &CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn rustls::server::danger::ClientCertVerifier>, LabError> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone()).map_err(refused)?;
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().map_err(refused)
}

/// PEM as of RFC 7468.
fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while let Some((line, after)) = rest.split_at_checked(PEM_LINE.min(rest.len()))
        && !line.is_empty()
    {
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

fn refused(why: impl fmt::Display) -> LabError {
    LabError::Certificates { why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_has_lines_of_64_characters() {
        let text = pem("CERTIFICATE", &[7; 100]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.first(), Some(&"-----BEGIN CERTIFICATE-----"));
        assert_eq!(lines.last(), Some(&"-----END CERTIFICATE-----"));
        assert_eq!(lines[1].len(), 64);
        assert_eq!(lines[1..lines.len() - 1].concat(), STANDARD.encode([7; 100]));
    }

    #[test]
    fn pem_of_nothing_ends() {
        assert_eq!(pem("X", &[]), "-----BEGIN X-----\n-----END X-----\n");
    }
}

//! Why a chain of certificates does not lead to anybody we trust: by how the certificates that were sent hang together.

use x509_parser::oid_registry::{OID_CT_LIST_SCT, OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS};
use x509_parser::prelude::{GeneralName, ParsedExtension, X509Certificate, X509Name};

use super::roots::Anchor;
use crate::CertificateFault;

/// Why no trusted root was found for the first of these certificates, which is not signed by itself; they are in the
/// order in which they were sent.
///
/// - It is [`CertificateFault::ChainIncomplete`] if the way from certificate to issuer ends at one whose issuer was not
///   sent, on the first certificate or although others were sent behind it, **and** that one looks like a public
///   authority's work: it says where its issuer's certificate can be fetched over HTTP, is logged publicly, follows the
///   rules of the CA/Browser Forum, or its issuer has the organisation of a root that we trust.
/// - Otherwise [`CertificateFault::IssuerUnknown`].
///
/// The first is an inference: the missing certificate is not there to be looked at. A private authority that signs
/// servers' certificates directly with its root, announces that root by HTTP and is not trusted looks the same; and a
/// private chain that lacks its intermediate looks like one whose root is unknown, which it is, too.
pub(super) fn distrust(sent: &[X509Certificate<'_>], anchors: &[Anchor]) -> CertificateFault {
    let Some(first) = sent.first() else { return CertificateFault::Unusable };
    let (last, linked) = walk(sent, first);
    let broken = linked == 1 || linked < sent.len();
    if !self_signed(last) && broken && looks_public(last, anchors) {
        CertificateFault::ChainIncomplete
    } else {
        CertificateFault::IssuerUnknown
    }
}

/// Why a signature in the chain is wrong: the issuer that was found has the right name but, as the key identifiers say,
/// another key (an authority that was made anew under its old name), or the signature is really broken.
pub(super) fn bad_signature(sent: &[X509Certificate<'_>], anchors: &[Anchor]) -> CertificateFault {
    let Some(first) = sent.first() else { return CertificateFault::Unusable };
    let (last, _) = walk(sent, first);
    let Some(wanted) = authority_key_id(last) else { return CertificateFault::Unusable };
    let mut named = anchors.iter().filter(|anchor| anchor.subject == last.issuer().as_raw());
    let other_key = |anchor: &Anchor| anchor.key_id.as_deref().is_some_and(|key_id| key_id != wanted);
    match named.next() {
        Some(anchor) if other_key(anchor) && named.all(other_key) => CertificateFault::IssuerUnknown,
        _ => CertificateFault::Unusable,
    }
}

/// Whether this very certificate is one of the roots.
pub(super) fn is_root(certificate: &X509Certificate<'_>, anchors: &[Anchor]) -> bool {
    let (subject, key) = (certificate.subject().as_raw(), certificate.public_key().raw);
    anchors.iter().any(|anchor| anchor.subject == subject && anchor.key == key)
}

/// The certificate at which the way from certificate to issuer ends, and how many lie on it.
fn walk<'a, 'der>(
    sent: &'a [X509Certificate<'der>],
    first: &'a X509Certificate<'der>,
) -> (&'a X509Certificate<'der>, usize) {
    let mut last = first;
    let mut linked = 1;
    // Each step names a further certificate, so that a ring ends as well.
    while linked < sent.len() && !self_signed(last) {
        match sent.iter().find(|other| signed_by(last, other)) {
            Some(issuer) => last = issuer,
            None => break,
        }
        linked += 1;
    }
    (last, linked)
}

/// Whether, by names and key identifiers, `issuer` signed `certificate`.
fn signed_by(certificate: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> bool {
    let keys = (authority_key_id(certificate), subject_key_id(issuer));
    certificate.issuer().as_raw() == issuer.subject().as_raw()
        && !matches!(keys, (Some(wanted), Some(has)) if wanted != has)
}

/// Whether, by name and key identifiers, it signed itself.
pub(super) fn self_signed(certificate: &X509Certificate<'_>) -> bool {
    signed_by(certificate, certificate)
}

fn looks_public(certificate: &X509Certificate<'_>, anchors: &[Anchor]) -> bool {
    let fetchable = issuer_urls(certificate).any(is_http);
    let logged = certificate.extensions().iter().any(|extension| extension.oid == OID_CT_LIST_SCT);
    let issuer = organisation(certificate.issuer());
    let known = issuer.is_some() && anchors.iter().any(|anchor| anchor.organisation.as_deref() == issuer);
    fetchable || logged || known || follows_browser_forum(certificate)
}

/// Directory services announce themselves too, by `ldap:`; those are private.
fn is_http(url: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| url.get(..scheme.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(scheme)))
}

/// Whether it claims one of the CA/Browser Forum's policies, 2.23.140.1.2.x (Baseline Requirements section 7.1.6.1).
fn follows_browser_forum(certificate: &X509Certificate<'_>) -> bool {
    const POLICIES: &[u64] = &[2, 23, 140, 1, 2];
    certificate.extensions().iter().any(|extension| match extension.parsed_extension() {
        ParsedExtension::CertificatePolicies(policies) => policies.iter().any(|policy| {
            let numbers = policy.policy_id.iter();
            numbers.is_some_and(|numbers| numbers.take(POLICIES.len()).eq(POLICIES.iter().copied()))
        }),
        _ => false,
    })
}

/// Where the issuer's certificate can be fetched (caIssuers, RFC 5280 section 4.2.2.1).
pub(super) fn issuer_urls<'a>(certificate: &'a X509Certificate<'_>) -> impl Iterator<Item = &'a str> {
    let access = certificate.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityInfoAccess(access) => Some(access),
        _ => None,
    });
    let issuers = access
        .flat_map(|access| access.accessdescs.iter())
        .filter(|description| description.access_method == OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS);
    issuers.filter_map(|description| match description.access_location {
        GeneralName::URI(url) => Some(url),
        _ => None,
    })
}

/// The subject key identifier (RFC 5280 section 4.2.1.2).
pub(super) fn subject_key_id<'a>(certificate: &'a X509Certificate<'_>) -> Option<&'a [u8]> {
    certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0),
        _ => None,
    })
}

/// The issuer's key identifier (RFC 5280 section 4.2.1.1).
fn authority_key_id<'a>(certificate: &'a X509Certificate<'_>) -> Option<&'a [u8]> {
    certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.as_ref().map(|id| id.0),
        _ => None,
    })
}

/// The organisation in a name.
pub(super) fn organisation<'a>(name: &'a X509Name<'_>) -> Option<&'a str> {
    name.iter_organization().next().and_then(|attribute| attribute.as_str().ok())
}

//! Which certificate a client is shown: by the name that it asks for, then by what it can verify.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::SignatureScheme;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::files::Pair;

/// The certificates in use. They are replaced as a whole; a handshake goes on with those that it began with.
pub(super) struct ByName(RwLock<Arc<Table>>);

#[derive(Default)]
struct Table {
    /// By whole names, in lower case.
    exact: HashMap<String, Vec<Arc<CertifiedKey>>>,
    /// By what stands behind `*.`, which stands for one label (RFC 9525 section 6.3).
    below: HashMap<String, Vec<Arc<CertifiedKey>>>,
    /// All, in the order of their files.
    all: Vec<Arc<CertifiedKey>>,
}

impl ByName {
    pub(super) fn new(pairs: &[Pair]) -> Self {
        Self(RwLock::new(Arc::new(Table::new(pairs))))
    }

    pub(super) fn replace(&self, pairs: &[Pair]) {
        let table = Arc::new(Table::new(pairs));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = table;
    }

    fn table(&self) -> Arc<Table> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Table {
    fn new(pairs: &[Pair]) -> Self {
        let mut table = Self::default();
        for pair in pairs {
            let key = pair.key();
            for name in pair.names() {
                let (names, name) = match name.strip_prefix("*.") {
                    Some(parent) => (&mut table.below, parent),
                    None => (&mut table.exact, name.as_str()),
                };
                names.entry(name.to_owned()).or_default().push(Arc::clone(key));
            }
            table.all.push(Arc::clone(key));
        }
        table
    }

    /// Of the certificates for this name the first that the client can verify; else of all, since a certificate for
    /// another name tells a person more than a refusal; else the first, so that TLS itself says what does not fit.
    fn choose(&self, name: Option<&str>, schemes: &[SignatureScheme]) -> Option<&Arc<CertifiedKey>> {
        let name = name.map(str::to_ascii_lowercase).unwrap_or_default();
        let parent = name.split_once('.').map_or("", |(_, parent)| parent);
        let candidates = self.exact.get(&name).into_iter().chain(self.below.get(parent)).flatten();
        let mut fitting =
            candidates.chain(&self.all).filter(|certified| certified.key.choose_scheme(schemes).is_some());
        fitting.next().or(self.all.first())
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.table().choose(hello.server_name(), hello.signature_schemes()).cloned()
    }
}

impl fmt::Debug for ByName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = self.table();
        write!(f, "{} certificates, {} names", table.all.len(), table.exact.len() + table.below.len())
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};
    use rustls::SignatureAlgorithm;

    use super::*;
    use crate::tls::tests::folder::Folder;
    use crate::tls::tests::peers::{NAME, Signed, leaf, pem};

    fn signs_itself(algorithm: &'static rcgen::SignatureAlgorithm, name: &str) -> Signed {
        let key = KeyPair::generate_for(algorithm).expect("a key");
        let own = leaf(&[name]).self_signed(&key).expect("signed");
        Signed { der: own.der().clone(), pem: pem(own.der()), key: key.serialize_der() }
    }

    #[test]
    fn of_several_for_one_name_the_client_gets_one_that_it_can_verify() {
        let folder = Folder::new();
        let of = |file, algorithm, name| {
            Pair::load(&folder.pair(file, &signs_itself(algorithm, name), &[])).expect("usable")
        };
        let table = Table::new(&[
            of("a", &PKCS_ECDSA_P256_SHA256, "other.example"),
            of("b", &PKCS_ECDSA_P256_SHA256, NAME),
            of("c", &PKCS_ED25519, NAME),
        ]);
        let chosen = |name, scheme| {
            let chosen = table.choose(Some(name), &[scheme]).expect("one");
            (table.all.iter().position(|one| Arc::ptr_eq(one, chosen)), chosen.key.algorithm())
        };
        let (ecdsa, ed25519) = (SignatureScheme::ECDSA_NISTP256_SHA256, SignatureScheme::ED25519);
        assert_eq!(chosen(NAME, ecdsa), (Some(1), SignatureAlgorithm::ECDSA));
        assert_eq!(chosen(NAME, ed25519), (Some(2), SignatureAlgorithm::ED25519));
        // Rather one for another name than none; and the first, where none can be verified.
        assert_eq!(chosen("other.example", ed25519), (Some(2), SignatureAlgorithm::ED25519));
        assert_eq!(chosen(NAME, SignatureScheme::RSA_PSS_SHA256).0, Some(0));
        assert!(Table::new(&[]).choose(None, &[ecdsa]).is_none());
    }
}

//! Whom we trust: the roots of the system and those that somebody named.

use std::fmt;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::chain;

/// Trusted roots. Cloning is cheap.
#[derive(Clone)]
pub struct Roots(Arc<Inner>);

struct Inner {
    store: RootCertStore,
    anchors: Vec<Anchor>,
    system: usize,
    problems: Vec<String>,
}

/// What is remembered of a root beside what the TLS library keeps, for telling one kind of distrust from another.
pub(super) struct Anchor {
    /// The subject in DER.
    pub(super) subject: Vec<u8>,
    /// The public key (SubjectPublicKeyInfo) in DER.
    pub(super) key: Vec<u8>,
    /// The subject key identifier (RFC 5280 section 4.2.1.2).
    pub(super) key_id: Option<Vec<u8>>,
    /// The subject's organisation.
    pub(super) organisation: Option<String>,
}

/// Why named roots cannot be taken. `index` counts what was given, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootsError {
    /// It is no PEM (RFC 7468), or it is cut off.
    NotPem {
        /// Which of those given.
        index: usize,
    },
    /// It is PEM, but there is no certificate in it.
    NoCertificate {
        /// Which of those given.
        index: usize,
    },
    /// A certificate in it cannot be read.
    Unreadable {
        /// Which of those given.
        index: usize,
        /// Which certificate in it, from 0.
        certificate: usize,
    },
}

impl fmt::Display for RootsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPem { .. } => f.write_str("not a PEM file"),
            Self::NoCertificate { .. } => f.write_str("no certificate in the PEM file"),
            Self::Unreadable { certificate, .. } => {
                write!(f, "certificate {} of the PEM file cannot be read", certificate + 1)
            }
        }
    }
}

impl std::error::Error for RootsError {}

impl Roots {
    /// Problems of the system's store that are remembered.
    const PROBLEMS_MAX: usize = 16;

    /// The roots of this system, or of `SSL_CERT_FILE` and `SSL_CERT_DIR` where these are set. Reads files (some
    /// 200 KiB): once, not per connection. None at all is no error here; then [`Roots::found`] is 0 and nobody is
    /// trusted.
    pub fn system() -> Self {
        let mut inner = Inner::empty();
        inner.add_system();
        Self(Arc::new(inner))
    }

    /// The system's roots, if `system`, and those of these PEM texts.
    ///
    /// # Errors
    /// The first text that has no certificate, or one that cannot be read. The system's own are never an error: see
    /// [`Roots::problems`].
    pub fn with(system: bool, pems: &[Vec<u8>]) -> Result<Self, RootsError> {
        let mut inner = Inner::empty();
        if system {
            inner.add_system();
        }
        for (index, pem) in pems.iter().enumerate() {
            inner.add_pem(index, pem)?;
        }
        Ok(Self(Arc::new(inner)))
    }

    /// How many roots there are.
    pub fn found(&self) -> usize {
        self.0.store.len()
    }

    /// How many of them are the system's.
    pub fn of_system(&self) -> usize {
        self.0.system
    }

    /// What went wrong with reading the system's roots, for showing; at most 16.
    pub fn problems(&self) -> &[String] {
        &self.0.problems
    }

    pub(super) fn store(&self) -> &RootCertStore {
        &self.0.store
    }

    pub(super) fn anchors(&self) -> &[Anchor] {
        &self.0.anchors
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roots({} of the system, {} in all)", self.0.system, self.found())
    }
}

impl Inner {
    fn empty() -> Self {
        Self { store: RootCertStore::empty(), anchors: Vec::new(), system: 0, problems: Vec::new() }
    }

    fn add_system(&mut self) {
        let loaded = rustls_native_certs::load_native_certs();
        let problems = loaded.errors.iter().map(ToString::to_string);
        self.problems.extend(problems.take(Roots::PROBLEMS_MAX));
        // A store may hold old certificates that the library does not take; they would be trusted by nobody else.
        self.system = loaded.certs.into_iter().filter(|der| self.add(der)).count();
    }

    fn add_pem(&mut self, index: usize, pem: &[u8]) -> Result<(), RootsError> {
        let mut count = 0;
        for der in CertificateDer::pem_slice_iter(pem) {
            let der = der.map_err(|_| RootsError::NotPem { index })?;
            if !self.add(&der) {
                return Err(RootsError::Unreadable { index, certificate: count });
            }
            count += 1;
        }
        match count {
            0 => Err(RootsError::NoCertificate { index }),
            _ => Ok(()),
        }
    }

    fn add(&mut self, der: &CertificateDer<'_>) -> bool {
        if self.store.add(der.clone()).is_err() {
            return false;
        }
        if let Ok((_, certificate)) = X509Certificate::from_der(der) {
            self.anchors.push(Anchor {
                subject: certificate.subject().as_raw().to_vec(),
                key: certificate.public_key().raw.to_vec(),
                key_id: chain::subject_key_id(&certificate).map(<[u8]>::to_vec),
                organisation: chain::organisation(certificate.subject()).map(str::to_owned),
            });
        }
        true
    }
}

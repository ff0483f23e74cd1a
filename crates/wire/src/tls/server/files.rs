//! Certificates and keys in files: what is wrong with them, and whether they changed.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use goodgate_facts::{Errno, Moment, visible};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use crate::CertificateFault;
use crate::tls::{Certificate, PROVIDER, TlsSeen, chain};

/// Bytes of one file. The longest chains have some 20 KiB.
const FILE_MAX: u64 = 1 << 20;
/// Names of one certificate by which it can be found; public authorities allow up to a hundred, some sell more.
const NAMES_MAX: usize = 10_000;
/// A file that was written so shortly before it was read may be written again within the same tick of the file system's
/// clock, so that its times do not tell.
const UNSETTLED: Duration = Duration::from_secs(2);

/// A certificate and its key, each in a file of PEM blocks (RFC 7468); both may be the same file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CertifiedFiles {
    /// The chain, the server's own certificate first.
    pub chain: PathBuf,
    /// The private key: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFilesError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: TlsFilesFault,
    /// The operating system's error.
    pub errno: Option<Errno>,
}

/// What is wrong with a file of certificates or a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFilesFault {
    /// No files were named.
    NotNamed,
    /// It does not exist.
    Missing,
    /// We may not read it.
    Denied,
    /// It cannot be read for another reason, or is no file.
    Unreadable,
    /// It is larger than 1 MiB.
    TooBig,
    /// A PEM block in it is broken or cut off.
    NotPem,
    /// There is no PEM block with a certificate in it.
    NoCertificate,
    /// There is no PEM block with a private key in it.
    NoKey,
    /// The private key is protected by a passphrase.
    KeyEncrypted,
    /// A certificate in it cannot be read: which, from 0.
    CertificateUnreadable(usize),
    /// The private key is of a kind that is not known here, or broken.
    KeyUnusable,
    /// The private key is not that of the first certificate in this file.
    KeyMismatch(PathBuf),
    /// The private key is that of a later certificate: this one, from 0, of this file, which must come first.
    OrderWrong(PathBuf, usize),
}

/// What is questionable about a certificate that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFilesWarning {
    /// It has expired.
    Expired {
        /// Its file.
        path: PathBuf,
        /// Since when.
        not_after: Moment,
    },
    /// Its time has not come.
    NotYetValid {
        /// Its file.
        path: PathBuf,
        /// When it will.
        not_before: Moment,
    },
    /// It is for no name at all (subjectAltName): no client of today accepts it for any.
    NoNames {
        /// Its file.
        path: PathBuf,
    },
    /// It looks like a public authority's work, but the intermediate certificate is missing: many clients will not find
    /// the way to a root that they trust.
    ChainIncomplete {
        /// Its file.
        path: PathBuf,
    },
}

impl TlsFilesError {
    pub(super) fn nothing() -> Self {
        Self::new(Path::new(""), TlsFilesFault::NotNamed)
    }

    fn new(path: &Path, fault: TlsFilesFault) -> Self {
        Self { path: path.to_owned(), fault, errno: None }
    }

    fn io(path: &Path, error: &io::Error) -> Self {
        let fault = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => TlsFilesFault::Missing,
            io::ErrorKind::PermissionDenied => TlsFilesFault::Denied,
            _ => TlsFilesFault::Unreadable,
        };
        Self { errno: error.raw_os_error().map(Errno), ..Self::new(path, fault) }
    }
}

impl fmt::Display for TlsFilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use TlsFilesFault as F;
        let shown = |path: &Path| visible(&path.to_string_lossy()).into_owned();
        let path = shown(&self.path);
        match &self.fault {
            F::NotNamed => f.write_str("no certificate is named"),
            F::Missing => write!(f, "{path} does not exist"),
            F::Denied => write!(f, "{path} may not be read by us"),
            F::Unreadable => write!(f, "{path} cannot be read"),
            F::TooBig => write!(f, "{path} is too large for a certificate or key"),
            F::NotPem => write!(f, "{path} has a PEM block that is broken or cut off"),
            F::NoCertificate => write!(f, "{path} has no PEM block with a certificate"),
            F::NoKey => write!(f, "{path} has no PEM block with a private key"),
            F::KeyEncrypted => write!(f, "the private key in {path} is protected by a passphrase"),
            F::CertificateUnreadable(index) => {
                write!(f, "certificate {} in {path} cannot be read", index + 1)
            }
            F::KeyUnusable => write!(f, "the private key in {path} is broken or of an unknown kind"),
            F::KeyMismatch(chain) => {
                write!(f, "the private key in {path} is not that of the certificate in {}", shown(chain))
            }
            F::OrderWrong(chain, index) => write!(
                f,
                "the private key in {path} is that of certificate {} in {}, which must come first",
                index + 1,
                shown(chain)
            ),
        }
    }
}

impl std::error::Error for TlsFilesError {}

/// A certificate in use, and what is known of its files.
pub(super) struct Pair {
    files: CertifiedFiles,
    /// Of both files when they were looked at last, usable or not.
    stamps: [Option<Stamp>; 2],
    /// What stood in them then; `None` if they could not be read.
    contents: Option<[Vec<u8>; 2]>,
    /// Why what stands in them now is not in use, if it is not.
    unused: Option<TlsFilesError>,
    certified: Certified,
}

/// How a certificate stands: what is in use, and whether its files have something newer that cannot be.
#[derive(Clone, Debug, PartialEq)]
pub struct CertificateStanding {
    /// The file with its chain.
    pub chain: PathBuf,
    /// What is in use.
    pub certificate: Certificate,
    /// Why what stands in the files now cannot be used; `None` where that is what is in use.
    pub trouble: Option<TlsFilesError>,
}

struct Certified {
    key: Arc<CertifiedKey>,
    names: Vec<String>,
    certificate: Certificate,
    incomplete: bool,
}

/// What came of looking at a pair again.
pub(super) enum Read {
    /// Nothing changed.
    Same,
    /// It changed and is in use.
    Changed,
    /// It changed and cannot be used.
    Unusable(TlsFilesError),
}

/// By what a file that changed is known without reading it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    /// Device and inode: a file that another took the place of.
    place: (u64, u64),
    bytes: u64,
    /// Seconds and nanoseconds of the last change of content, and of that or of owner, mode or name.
    times: [(i64, i64); 2],
    /// Whether its times can be relied upon.
    settled: bool,
}

impl Stamp {
    fn of(metadata: &Metadata, now: SystemTime) -> Self {
        let modified = metadata.modified().ok();
        let age = modified.and_then(|modified| now.duration_since(modified).ok());
        Self {
            place: (metadata.dev(), metadata.ino()),
            bytes: metadata.len(),
            times: [(metadata.mtime(), metadata.mtime_nsec()), (metadata.ctime(), metadata.ctime_nsec())],
            settled: age.is_some_and(|age| age > UNSETTLED),
        }
    }

    fn look(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|metadata| Self::of(&metadata, SystemTime::now()))
    }

    /// Whether a file with this stamp is certainly what it was.
    fn same(before: Option<Self>, now: Option<Self>) -> bool {
        match (before, now) {
            (Some(before), Some(now)) => before.settled && Self { settled: true, ..now } == before,
            (None, None) => true,
            _ => false,
        }
    }
}

impl Pair {
    pub(super) fn load(files: &CertifiedFiles) -> Result<Self, TlsFilesError> {
        let paths = [&files.chain, &files.key];
        // Looked at before it is read: what changes in between is found later.
        let stamps = paths.map(|path| Stamp::look(path));
        let contents = [read(paths[0])?, read(paths[1])?];
        let certified = Certified::of(files, &contents)?;
        Ok(Self { files: files.clone(), stamps, contents: Some(contents), unused: None, certified })
    }

    pub(super) fn again(&mut self) -> Read {
        let paths = [&self.files.chain, &self.files.key];
        let stamps = paths.map(|path| Stamp::look(path));
        if self.stamps.iter().zip(&stamps).all(|(before, now)| Stamp::same(*before, *now)) {
            return Read::Same;
        }
        self.stamps = stamps;
        let contents = match (read(paths[0]), read(paths[1])) {
            (Ok(chain), Ok(key)) => [chain, key],
            (Err(error), _) | (_, Err(error)) if self.unused.as_ref() == Some(&error) => return Read::Same,
            (Err(error), _) | (_, Err(error)) => {
                self.contents = None;
                return self.unusable(error);
            }
        };
        if self.contents.as_ref() == Some(&contents) {
            return Read::Same;
        }
        let certified = Certified::of(&self.files, &contents);
        self.contents = Some(contents);
        match certified {
            Ok(certified) => {
                self.certified = certified;
                self.unused = None;
                Read::Changed
            }
            Err(error) => self.unusable(error),
        }
    }

    fn unusable(&mut self, error: TlsFilesError) -> Read {
        self.unused = Some(error.clone());
        Read::Unusable(error)
    }

    pub(super) fn key(&self) -> &Arc<CertifiedKey> {
        &self.certified.key
    }

    /// The names that it is for, in lower case.
    pub(super) fn names(&self) -> &[String] {
        &self.certified.names
    }

    pub(super) fn standing(&self) -> CertificateStanding {
        CertificateStanding {
            chain: self.files.chain.clone(),
            certificate: self.certified.certificate.clone(),
            trouble: self.unused.clone(),
        }
    }

    pub(super) fn warnings(&self) -> Vec<TlsFilesWarning> {
        let Certificate { not_before, not_after, names_total, .. } = self.certified.certificate;
        let path = || self.files.chain.clone();
        let now = Moment::now();
        let mut warnings = Vec::new();
        if now < not_before {
            warnings.push(TlsFilesWarning::NotYetValid { path: path(), not_before });
        } else if !self.certified.certificate.is_current(now) {
            warnings.push(TlsFilesWarning::Expired { path: path(), not_after });
        }
        if names_total == 0 {
            warnings.push(TlsFilesWarning::NoNames { path: path() });
        }
        if self.certified.incomplete {
            warnings.push(TlsFilesWarning::ChainIncomplete { path: path() });
        }
        warnings
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsFilesError> {
    let failed = |error: io::Error| TlsFilesError::io(path, &error);
    // A named pipe would wait for somebody who writes to it.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(TlsFilesError::new(path, TlsFilesFault::Unreadable));
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(FILE_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    match bytes.len() as u64 > FILE_MAX {
        true => Err(TlsFilesError::new(path, TlsFilesFault::TooBig)),
        false => Ok(bytes),
    }
}

impl Certified {
    fn of(files: &CertifiedFiles, [chain, key]: &[Vec<u8>; 2]) -> Result<Self, TlsFilesError> {
        let of_chain = |fault| TlsFilesError::new(&files.chain, fault);
        let of_key = |fault| TlsFilesError::new(&files.key, fault);
        let ders = certificates(chain).map_err(of_chain)?;
        let mut parsed = Vec::new();
        for (index, der) in ders.iter().enumerate() {
            let read = X509Certificate::from_der(der);
            parsed.push(read.map_err(|_| of_chain(TlsFilesFault::CertificateUnreadable(index)))?.1);
        }
        let Some(own) = parsed.first() else { return Err(of_chain(TlsFilesFault::NoCertificate)) };
        let key = private_key(key).map_err(of_key)?;
        let key = PROVIDER.key_provider.load_private_key(key);
        let key = key.map_err(|_| of_key(TlsFilesFault::KeyUnusable))?;
        let belongs = |index: usize| {
            let one = CertifiedKey::new(vec![ders[index].clone()], Arc::clone(&key));
            one.keys_match().is_ok()
        };
        if !belongs(0) {
            let fault = match (1..ders.len()).find(|index| belongs(*index)) {
                Some(index) => TlsFilesFault::OrderWrong(files.chain.clone(), index),
                None => TlsFilesFault::KeyMismatch(files.chain.clone()),
            };
            return Err(of_key(fault));
        }
        let (names, certificate) = (names(own), Certificate::of(own, &ders[0]));
        parsed.truncate(TlsSeen::CHAIN_MAX);
        let incomplete = chain::distrust(&parsed, &[]) == CertificateFault::ChainIncomplete;
        drop(parsed);
        Ok(Self { key: Arc::new(CertifiedKey::new(ders, key)), names, certificate, incomplete })
    }
}

fn certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsFilesFault> {
    let ders = CertificateDer::pem_slice_iter(text).collect::<Result<Vec<_>, _>>();
    let ders = ders.map_err(|_| TlsFilesFault::NotPem)?;
    if ders.is_empty() { Err(TlsFilesFault::NoCertificate) } else { Ok(ders) }
}

fn private_key(text: &[u8]) -> Result<PrivateKeyDer<'static>, TlsFilesFault> {
    // The label of RFC 7468 section 11, and the header of older files (RFC 1421 section 4.6.1.1).
    let encrypted = || {
        [&b"-----BEGIN ENCRYPTED PRIVATE KEY-----"[..], b"Proc-Type: 4,ENCRYPTED"]
            .iter()
            .any(|sign| memchr::memmem::find(text, sign).is_some())
    };
    PrivateKeyDer::from_pem_slice(text).map_err(|error| match error {
        _ if encrypted() => TlsFilesFault::KeyEncrypted,
        pem::Error::NoItemsFound => TlsFilesFault::NoKey,
        _ => TlsFilesFault::NotPem,
    })
}

/// The names by which a client may ask for it (SNI knows no addresses).
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let names = extension.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()),
        _ => None,
    });
    names.take(NAMES_MAX).collect()
}

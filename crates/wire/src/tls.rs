//! The TLS handshake of a client: what the peer showed, and what exactly was wrong with it.
//!
//! A handshake here is always a full one: a resumed session would show no certificate, and looking is the point.
//! Knows nothing of HTTP beyond the protocol names (ALPN) that it is given.

mod certificate;
mod chain;
mod fault;
mod look;
mod roots;
mod server;
mod session;
mod stream;
mod upstream;
mod verifier;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use goodgate_facts::Phase;
use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ProtocolVersion};
use tokio_rustls::TlsConnector;

pub use certificate::Certificate;
pub use fault::tls_fault;
pub use roots::{Roots, RootsError};
pub use server::{
    AcceptFault, Accepted, CertificateStanding, CertifiedFiles, Reload, ServerTls, TlsFilesError,
    TlsFilesFault, TlsFilesWarning, Unaccepted,
};
pub use session::TlsSession;
pub use stream::TlsStream;
pub use upstream::UpstreamTls;

use crate::{CertificateFault, Failure, Fault, Limits, Stream};
use stream::Watched;
use verifier::Verifier;

/// What our hello says and what we expect for it.
#[derive(Clone, Debug)]
pub struct Hello {
    /// The name in the SNI extension (RFC 6066 section 3). `None` sends none, and so does an IP address, which may not
    /// stand there. A name beyond ASCII is sent in its ASCII form (RFC 5890 section 2.3.2.1).
    pub server_name: Option<String>,
    /// The name or IP address (with or without brackets) that the certificate must be for.
    pub expected: String,
    /// Protocols offered (ALPN, RFC 7301), best first, such as `h2` and `http/1.1`; none sends no such extension.
    pub alpn: Vec<&'static str>,
    /// Go on although the certificate is invalid; what is wrong is in [`TlsSeen`] all the same. The peer must prove
    /// that it holds the certificate's key even so.
    pub accept_invalid: bool,
    /// Whom we trust.
    pub roots: Roots,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TlsVersion {
    /// SSL 3.0 (RFC 6101), which we do not speak.
    Ssl3,
    /// TLS 1.0 (RFC 2246), which we do not speak.
    Tls10,
    /// TLS 1.1 (RFC 4346), which we do not speak.
    Tls11,
    /// TLS 1.2 (RFC 5246).
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

impl TlsVersion {
    /// As it is written, such as `TLS 1.3`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ssl3 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }

    fn of(version: ProtocolVersion) -> Option<Self> {
        match version {
            ProtocolVersion::SSLv3 => Some(Self::Ssl3),
            ProtocolVersion::TLSv1_0 => Some(Self::Tls10),
            ProtocolVersion::TLSv1_1 => Some(Self::Tls11),
            ProtocolVersion::TLSv1_2 => Some(Self::Tls12),
            ProtocolVersion::TLSv1_3 => Some(Self::Tls13),
            _ => None,
        }
    }
}

/// What a handshake showed, as far as it went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSeen {
    /// The version that the peer chose; in a handshake that failed, where it is known.
    pub version: Option<TlsVersion>,
    /// The cipher suite by its registered name, such as `TLS_AES_128_GCM_SHA256`; only of a finished handshake.
    pub cipher: Option<String>,
    /// The protocol that the peer chose of those offered (ALPN); only of a finished handshake.
    pub alpn: Option<String>,
    /// The certificates that the peer sent, in its order, the first its own; at most [`TlsSeen::CHAIN_MAX`], and
    /// without those that cannot be read.
    pub chain: Vec<Certificate>,
    /// How many certificates the peer sent, shown in `chain` or not.
    pub chain_sent: usize,
    /// What is wrong with the certificate, the gravest first: unusable, revoked, not trusted, for other names, out of
    /// its time. The order in which browsers tell it.
    pub problem: Option<CertificateFault>,
    /// What else is wrong with it.
    pub also: Vec<CertificateFault>,
}

impl TlsSeen {
    /// Certificates of a chain that are looked at. Public chains have two to four.
    pub const CHAIN_MAX: usize = 16;

    /// All that is wrong with the certificate, the gravest first.
    pub fn problems(&self) -> impl Iterator<Item = CertificateFault> + '_ {
        self.problem.into_iter().chain(self.also.iter().copied())
    }
}

/// Speaks the TLS handshake over an open connection. What was seen is handed back also when it failed, and how long it
/// took.
///
/// The stream that comes out is flushed and has carried nothing but the handshake. With TLS 1.3 the peer may refuse our
/// side of it (no client certificate) only afterwards, as an alert that a read returns: see [`tls_fault`].
pub async fn handshake(
    stream: Stream,
    hello: &Hello,
    limits: &Limits,
) -> (Result<TlsStream, Failure>, TlsSeen, Duration) {
    let began = Instant::now();
    let (verifier, connector, name) = match prepare(hello) {
        Ok(prepared) => prepared,
        Err(fault) => {
            let took = began.elapsed();
            return (Err(Failure::new(fault, Phase::Tls).after(took)), TlsSeen::default(), took);
        }
    };
    let (stream, watch) = Watched::new(stream);
    let connect = connector.connect(name, stream).into_fallible();
    let shaken = tokio::time::timeout(limits.tls, connect).await;
    let took = began.elapsed();
    let mut seen = verifier.seen();
    let result = match shaken {
        Ok(Ok(stream)) => {
            let stream = TlsStream::new(stream);
            note_outcome(&stream, &mut seen);
            Ok(stream)
        }
        Ok(Err((error, stream))) => {
            stream.last_words();
            Err(fault::failure(&error, &watch.came(), &seen))
        }
        Err(_) => Err(fault::late(&watch.came())),
    };
    if result.is_err() && seen.version.is_none() {
        seen.version = fault::version_of_server_hello(&watch.came().began);
    }
    (result.map_err(|failure| failure.after(took)), seen, took)
}

fn note_outcome(stream: &TlsStream, seen: &mut TlsSeen) {
    let session = stream.session();
    seen.version = session.protocol_version().and_then(TlsVersion::of);
    // rustls calls the suites of TLS 1.3 `TLS13_…` to tell them from older ones; the registry does not.
    let suite = session.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
    seen.cipher = suite.map(|name| match name.strip_prefix("TLS13_") {
        Some(rest) => format!("TLS_{rest}"),
        None => name.to_owned(),
    });
    seen.alpn = session.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
}

/// Neither elliptic curves nor hash functions change while we run.
static PROVIDER: LazyLock<Arc<CryptoProvider>> =
    LazyLock::new(|| Arc::new(rustls::crypto::ring::default_provider()));

fn prepare(hello: &Hello) -> Result<(Arc<Verifier>, TlsConnector, ServerName<'static>), Fault> {
    let expected = name(&hello.expected).ok_or(Fault::NameInvalid)?;
    let verifier = Arc::new(Verifier::new(expected, hello, PROVIDER.signature_verification_algorithms));
    let (config, shown) = config(hello, Arc::clone(&verifier) as _)?;
    Ok((verifier, TlsConnector::from(Arc::new(config)), shown))
}

/// What the hello says, in the library's terms, and the name that it shows.
fn config(
    hello: &Hello,
    verifier: Arc<dyn ServerCertVerifier>,
) -> Result<(ClientConfig, ServerName<'static>), Fault> {
    let shown = match &hello.server_name {
        Some(shown) => Some(name(shown).ok_or(Fault::NameInvalid)?),
        None => None,
    };
    let builder = ClientConfig::builder_with_provider(Arc::clone(&PROVIDER));
    // Fails only for a provider without any suite for these versions, which ours is not.
    let builder = builder.with_safe_default_protocol_versions().map_err(|_| Fault::TlsNothingInCommon)?;
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.alpn_protocols = hello.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    config.resumption = Resumption::disabled();
    config.enable_sni = shown.is_some();
    // rustls wants a name in any case; an address is one that it never sends.
    let shown = shown.unwrap_or(ServerName::IpAddress(IpAddr::V4(Ipv4Addr::UNSPECIFIED).into()));
    Ok((config, shown))
}

/// The name or address as certificates and SNI have it: in ASCII, without the dot of the root and without brackets.
fn name(text: &str) -> Option<ServerName<'static>> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Some(ServerName::IpAddress(address.into()));
    }
    // The zone of a link-local address means something on this machine only (RFC 4007 section 11.2).
    if let Some(Ok(address)) = bare.split_once('%').map(|(address, _)| address.parse::<Ipv6Addr>()) {
        return Some(ServerName::IpAddress(IpAddr::V6(address).into()));
    }
    let bare = text.strip_suffix('.').unwrap_or(text);
    let ascii = if bare.is_ascii() {
        bare.to_owned()
    } else {
        hickory_proto::rr::Name::from_utf8(bare).ok()?.to_ascii()
    };
    ServerName::try_from(ascii).ok()
}

#[cfg(test)]
pub(crate) mod tests;

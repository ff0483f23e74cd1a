//! TLS towards clients: the certificate by the name that they ask for, sessions taken up again, and why a handshake
//! failed.
//!
//! Certificates are read again when their files change ([`ServerTls::reload_if_changed`]); nothing here watches them.
//! There is no early data (RFC 8446 section 8): it can be replayed.

mod files;
mod names;

use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, PoisonError};

use goodgate_facts::Errno;
use rustls::{ServerConfig, ServerConnection};

use super::session::TlsSession;
use super::{PROVIDER, TlsVersion, fault};
use crate::{Channel, Stream};
pub use files::{CertificateStanding, CertifiedFiles, TlsFilesError, TlsFilesFault, TlsFilesWarning};
use files::{Pair, Read};
use names::ByName;

/// How TLS is spoken to the clients of one listener, or of several with the same certificates, on all cores. Cloning is
/// cheap; clones share certificates and the keys of session tickets, so that a session begun on one is taken up on
/// another.
#[derive(Clone)]
pub struct ServerTls(Arc<Inner>);

struct Inner {
    config: Arc<ServerConfig>,
    by_name: Arc<ByName>,
    pairs: Mutex<Vec<Pair>>,
    /// Of each pair, as it was found last: whoever asks waits for no file.
    standing: Mutex<Vec<CertificateStanding>>,
}

/// What came of reading changed files.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reload {
    /// Certificates that were replaced.
    pub changed: usize,
    /// Files that changed but cannot be used: what was read from them before stays. Told once for each change.
    pub kept: Vec<TlsFilesError>,
    /// What is questionable about the certificates that were replaced.
    pub warnings: Vec<TlsFilesWarning>,
}

/// A client whose handshake is finished.
#[derive(Debug)]
pub struct Accepted {
    /// The connection.
    pub channel: Channel,
    /// The name by which the client called us (SNI, RFC 6066 section 3), in lower case.
    pub server_name: Option<String>,
    /// The protocol that was chosen of those offered (ALPN, RFC 7301).
    pub alpn: Option<String>,
    /// The version of TLS.
    pub version: TlsVersion,
    /// Whether an earlier session was taken up.
    pub resumed: bool,
}

/// A client whose handshake failed.
#[derive(Debug)]
pub struct Unaccepted {
    /// Why.
    pub fault: AcceptFault,
    /// The operating system's error.
    pub errno: Option<Errno>,
    /// Bytes that came. None at all where somebody only looked whether the port is open.
    pub received: u64,
    /// The first of them, at most [`Failure::BEGAN_BYTES`](crate::Failure::BEGAN_BYTES).
    pub began: Vec<u8>,
    /// The socket. Nothing was sent on it if the client does not speak TLS, so that it can be answered in its own
    /// language; else the alert that says why was, if any.
    pub stream: Stream,
}

/// Why a client's handshake failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AcceptFault {
    /// It speaks HTTP without TLS.
    PlainHttp,
    /// It speaks something else.
    NotTls,
    /// It closed the connection.
    Closed,
    /// It reset the connection.
    Reset,
    /// It can no longer be reached.
    Lost,
    /// It refused with this alert (RFC 8446 section 6): 46 and 48 where it does not trust our certificate.
    Alert(u8),
    /// No version, cipher or group of TLS in common.
    NothingInCommon,
    /// None of the protocols that it offers (ALPN) is spoken here.
    NoProtocol,
    /// It broke another rule of TLS.
    Protocol,
}

impl ServerTls {
    /// Reads certificates and keys. The first certificate is for clients that ask for no name or an unknown one. `alpn`
    /// are the protocols spoken, best first, such as `h2` and `http/1.1`; with none the extension is ignored. What is
    /// questionable but can be used is handed back beside it.
    ///
    /// Reads files, so better not on a core that serves.
    ///
    /// # Errors
    /// The first file that cannot be used.
    pub fn load(
        files: &[CertifiedFiles],
        alpn: &[&str],
    ) -> Result<(Self, Vec<TlsFilesWarning>), TlsFilesError> {
        if files.is_empty() {
            return Err(TlsFilesError::nothing());
        }
        let pairs = files.iter().map(Pair::load).collect::<Result<Vec<_>, _>>()?;
        let warnings = pairs.iter().flat_map(Pair::warnings).collect();
        let by_name = Arc::new(ByName::new(&pairs));
        let builder = ServerConfig::builder_with_provider(Arc::clone(&PROVIDER));
        let builder = builder.with_safe_default_protocol_versions().map_err(|_| TlsFilesError::nothing())?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::clone(&by_name) as _);
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        // Without randomness for its keys there are no tickets, and TLS itself will say what is wrong.
        if let Ok(ticketer) = rustls::crypto::ring::Ticketer::new() {
            config.ticketer = ticketer;
        }
        let standing = Mutex::new(pairs.iter().map(Pair::standing).collect());
        let inner = Inner { config: Arc::new(config), by_name, pairs: Mutex::new(pairs), standing };
        Ok((Self(Arc::new(inner)), warnings))
    }

    /// Reads the files that changed since they were read last (by time, size, place and content), each pair by itself:
    /// where the new cannot be used, the old stays. Connections that are open already, and sessions that are taken up,
    /// go on as they are.
    ///
    /// Reads files, so better not on a core that serves.
    pub fn reload_if_changed(&self) -> Reload {
        let mut pairs = self.0.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reload = Reload::default();
        for pair in pairs.iter_mut() {
            match pair.again() {
                Read::Same => {}
                Read::Changed => {
                    reload.changed += 1;
                    reload.warnings.extend(pair.warnings());
                }
                Read::Unusable(error) => reload.kept.push(error),
            }
        }
        if reload.changed > 0 {
            self.0.by_name.replace(&pairs);
        }
        if reload != Reload::default() {
            *self.0.standing.lock().unwrap_or_else(PoisonError::into_inner) =
                pairs.iter().map(Pair::standing).collect();
        }
        reload
    }

    /// How each certificate stands, in the order in which the files were given, as they were found when they were
    /// looked at last.
    pub fn standing(&self) -> Vec<CertificateStanding> {
        self.0.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Speaks the handshake with a client. There is no timer: give it one, and drop it when that is over.
    ///
    /// With TLS 1.3 the session tickets still wait when this is done; they go out with the first write, or when the
    /// first read finds nothing there yet.
    ///
    /// # Errors
    /// Why it failed, with the socket.
    pub async fn accept(&self, stream: Stream) -> Result<Accepted, Box<Unaccepted>> {
        let Ok(server) = ServerConnection::new(Arc::clone(&self.0.config)) else {
            return Err(Box::new(Unaccepted::unheard(stream)));
        };
        let mut session = Box::new(TlsSession::new(stream, server.into()));
        if let Err(error) = session.shake().await {
            return Err(Box::new(Unaccepted::of(&error, *session)));
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Accepted {
            server_name: session.server_name().map(str::to_ascii_lowercase),
            alpn: session.alpn().map(text),
            // A finished handshake has one.
            version: session.version().unwrap_or(TlsVersion::Tls12),
            resumed: session.resumed(),
            channel: Channel::Tls(session),
        })
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerTls({:?})", self.0.by_name)
    }
}

impl Unaccepted {
    fn unheard(stream: Stream) -> Self {
        Self { fault: AcceptFault::Protocol, errno: None, received: 0, began: Vec::new(), stream }
    }

    fn of(error: &io::Error, session: TlsSession) -> Self {
        let came = session.came();
        Self {
            fault: AcceptFault::of(error, &came.began),
            errno: error.raw_os_error().map(Errno),
            received: came.received,
            began: came.began,
            stream: session.into_stream(),
        }
    }
}

impl AcceptFault {
    fn of(error: &io::Error, began: &[u8]) -> Self {
        use rustls::Error as E;
        if !fault::may_be_tls(began) {
            return if may_be_http(began) { Self::PlainHttp } else { Self::NotTls };
        }
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        match (inner, error.kind()) {
            (Some(E::AlertReceived(alert)), _) => match u8::from(*alert) {
                0 => Self::Closed,
                alert => Self::Alert(alert),
            },
            (Some(E::PeerIncompatible(_)), _) => Self::NothingInCommon,
            (Some(E::NoApplicationProtocol), _) => Self::NoProtocol,
            (Some(_), _) => Self::Protocol,
            (None, ErrorKind::UnexpectedEof) => Self::Closed,
            (None, ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe) => {
                Self::Reset
            }
            (None, _) => Self::Lost,
        }
    }
}

/// Whether these first bytes may be a request line (RFC 9112 section 3), HTTP/2's preface included: letters of a method
/// and a space, as far as they came.
fn may_be_http(began: &[u8]) -> bool {
    /// Letters of the longest registered method, `UPDATEREDIRECTREF`.
    const METHOD_MAX: usize = 17;
    let method = began.split(|byte| *byte == b' ').next().unwrap_or_default();
    !method.is_empty() && method.len() <= METHOD_MAX && method.iter().all(u8::is_ascii_uppercase)
}

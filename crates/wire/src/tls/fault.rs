//! What an error of the TLS library means: decided by its variants, the alert's number and the first bytes that came.

use std::io::{self, ErrorKind};

use goodgate_facts::Phase;
use rustls::{CertificateError, ProtocolVersion};

use super::stream::Came;
use super::{TlsSeen, TlsVersion};
use crate::{CertificateFault, Failure, Fault};

/// What TLS says in an error that reading from or writing to a [`TlsStream`](crate::TlsStream) returned; `None` where
/// the error is the connection's own (closed, reset).
///
/// With TLS 1.3 a peer that asks for a client certificate refuses us only after the handshake is finished on our side:
/// as `Fault::TlsAlert(116)`, certificate_required (RFC 8446 section 6.2), returned by the first read.
pub fn tls_fault(error: &io::Error) -> Option<Fault> {
    inner(error).map(of)
}

fn inner(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

pub(super) fn of(error: &rustls::Error) -> Fault {
    use rustls::Error as E;
    match error {
        // close_notify closes, whatever level it is sent with (RFC 8446 section 6.1).
        E::AlertReceived(alert) => match u8::from(*alert) {
            0 => Fault::TlsClosed,
            alert => Fault::TlsAlert(alert),
        },
        E::PeerIncompatible(_) => Fault::TlsNothingInCommon,
        E::InvalidCertificate(error) => Fault::Certificate(certificate_fault(error)),
        // More than 64 KiB of certificates: nobody's chain, and no reader takes it.
        E::InvalidMessage(rustls::InvalidMessage::CertificatePayloadTooLarge) => {
            Fault::Certificate(CertificateFault::Unusable)
        }
        _ => Fault::TlsProtocol,
    }
}

/// The fault that an error about a certificate stands for, as far as the error alone tells.
pub(super) fn certificate_fault(error: &CertificateError) -> CertificateFault {
    use CertificateError as E;
    match error {
        E::Expired | E::ExpiredContext { .. } => CertificateFault::Expired,
        E::NotValidYet | E::NotValidYetContext { .. } => CertificateFault::NotYetValid,
        E::Revoked => CertificateFault::Revoked,
        E::UnknownIssuer => CertificateFault::IssuerUnknown,
        E::NotValidForName | E::NotValidForNameContext { .. } => CertificateFault::NameMismatch,
        _ => CertificateFault::Unusable,
    }
}

/// The failure of a handshake that ended with this error.
pub(super) fn failure(error: &io::Error, came: &Came, seen: &TlsSeen) -> Failure {
    if !may_be_tls(&came.began) {
        return not_tls(came).errno(error);
    }
    let fault = match inner(error) {
        Some(rustls::Error::InvalidCertificate(error)) => {
            Fault::Certificate(seen.problem.unwrap_or_else(|| certificate_fault(error)))
        }
        Some(error) => of(error),
        None => of_connection(error, came),
    };
    Failure::new(fault, Phase::Tls).errno(error).bytes(0, came.received)
}

fn of_connection(error: &io::Error, came: &Came) -> Fault {
    let gone = match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::WriteZero => Fault::TlsClosed,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => Fault::TlsReset,
        // The kernel gave up sending (tcp(7), tcp_retries2), or was told that there is no way any more.
        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            return Fault::TlsTimedOut;
        }
        _ => return Fault::TlsProtocol,
    };
    plain_alert(&came.began).map_or(gone, Fault::TlsAlert)
}

/// The failure of a handshake that was not finished in time.
pub(super) fn late(came: &Came) -> Failure {
    if !may_be_tls(&came.began) {
        return not_tls(came);
    }
    Failure::new(Fault::TlsTimedOut, Phase::Tls).bytes(0, came.received)
}

fn not_tls(came: &Came) -> Failure {
    Failure::new(Fault::PeerNotTls, Phase::Tls).bytes(0, came.received).began(&came.began)
}

/// The largest record: 2^14 bytes of text and 2 048 of what encryption may add (RFC 5246 section 6.2.3).
const RECORD_MAX: usize = (1 << 14) + 2048;

/// Whether these first bytes may begin a TLS record (RFC 8446 section 5.1): a known content type, a version 3.x, and a
/// length that a record may have. No bytes may.
pub(super) fn may_be_tls(began: &[u8]) -> bool {
    let kind = began.first().is_none_or(|kind| (20..=24).contains(kind));
    let major = began.get(1).is_none_or(|major| *major == 3);
    let length = began
        .get(3..5)
        .is_none_or(|length| length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)) <= RECORD_MAX);
    kind && major && length
}

/// The alert that the first record is, if it is one in clear (RFC 8446 section 6): for a connection that broke before
/// the TLS library could read it, or that ended after what the peer called a warning only.
fn plain_alert(began: &[u8]) -> Option<u8> {
    match began {
        [21, 3, _, 0, 2, _, alert, ..] if *alert != 0 => Some(*alert),
        _ => None,
    }
}

/// The version that the peer chose, where it is one that we do not speak: TLS 1.3 is told elsewhere in the message and
/// shows as 1.2 here, so only older ones are certain (RFC 8446 section 4.1.3).
pub(super) fn version_of_server_hello(began: &[u8]) -> Option<TlsVersion> {
    const HANDSHAKE: u8 = 22;
    const SERVER_HELLO: u8 = 2;
    match began {
        [HANDSHAKE, 3, _, _, _, SERVER_HELLO, _, _, _, major, minor, ..] => {
            let version = TlsVersion::of(ProtocolVersion::from(u16::from_be_bytes([*major, *minor])));
            version.filter(|version| *version < TlsVersion::Tls12)
        }
        _ => None,
    }
}

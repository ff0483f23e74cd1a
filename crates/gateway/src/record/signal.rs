//! The signal that stands for a failure: the same that a log line of any other gateway would give, so that all of them
//! are judged alike. States what was seen and nothing more.

use goodgate_facts::{Phase, SignalId, id};
use goodgate_wire::{CertificateFault, Failure, Fault, RequestFault};

use crate::{Failed, NotKept};

/// Picks a registered signal at compile time.
macro_rules! signal {
    ($name:literal) => {
        const { id($name) }
    };
}

/// The signal for what kept a request from being answered; `None` where nothing failed: a wrong address or method.
pub fn signal_of(failed: &Failed) -> Option<SignalId> {
    Some(match failed {
        Failed::Request(fault) => of_request(*fault),
        Failed::ClientGone | Failed::ClientStalled => signal!("client-gone"),
        Failed::NoRoute => signal!("no-upstream-configured"),
        Failed::Misdirected | Failed::MethodNotAllowed(_) | Failed::Denied => return None,
        Failed::Loop => signal!("loop-detected"),
        Failed::Upstream(failure) => of_failure(failure),
        Failed::NoServer => signal!("no-live-upstream"),
        Failed::QueueFull | Failed::ConnectionLimit => signal!("upstream-limit-reached"),
        Failed::QueueTimedOut => signal!("queue-timed-out"),
        Failed::NotKept(fault) => of_kept(*fault),
        Failed::Internal(_) => signal!("gateway-internal-error"),
    })
}

fn of_kept(fault: NotKept) -> SignalId {
    match fault {
        NotKept::DiskFull => signal!("gateway-disk-full"),
        NotKept::TotalReached => signal!("gateway-temp-limit-reached"),
        NotKept::Folder(_) => signal!("gateway-temp-denied"),
        NotKept::NoDescriptor => signal!("gateway-out-of-descriptors"),
        NotKept::Broken(_) => signal!("gateway-internal-error"),
    }
}

fn of_request(fault: RequestFault) -> SignalId {
    match fault {
        RequestFault::HeadTooBig | RequestFault::TargetTooLong => signal!("request-header-too-big"),
        RequestFault::BodyTooBig => signal!("request-body-too-big"),
        RequestFault::TooSlow => signal!("client-timed-out"),
        RequestFault::ConnectRefused => signal!("client-probe"),
        RequestFault::Malformed(_)
        | RequestFault::VersionUnknown
        | RequestFault::CodingUnknown
        | RequestFault::ExpectationUnknown => signal!("client-request-bad"),
    }
}

/// The signal for a failure of the exchange with a server.
pub fn of_failure(failure: &Failure) -> SignalId {
    use Fault as F;
    match failure.fault {
        F::Unroutable | F::ConnectFailed if failure.phase == Phase::Resolve => signal!("name-lookup-failed"),
        F::Http2StreamReset(_) | F::Http2GoAway(_) if failure.phase == Phase::Body => signal!("body-reset"),
        F::NameNotFound => signal!("name-not-found"),
        F::NameEmpty => signal!("name-lookup-empty"),
        F::NameInvalid => signal!("proxy-url-invalid"),
        F::NameServerFailed(_) | F::DnssecBogus | F::NameAnswerUnreadable => signal!("name-lookup-failed"),
        F::NameServerSilent | F::NameServerUnasked => signal!("name-lookup-timed-out"),
        F::NameServerRefused => signal!("resolver-refused"),
        F::NameServerForbidden => signal!("address-prohibited"),
        F::Refused => signal!("connect-refused"),
        F::ConnectTimedOut => signal!("connect-timed-out"),
        F::Unroutable => signal!("connect-unreachable"),
        F::ConnectReset => signal!("connect-reset"),
        F::SocketMissing => signal!("connect-socket-missing"),
        F::Denied => signal!("connect-denied"),
        F::QueueFull => signal!("connect-queue-full"),
        F::NoLocalPort => signal!("connect-no-local-port"),
        F::NoDescriptor => signal!("gateway-out-of-descriptors"),
        F::NoMemory => signal!("gateway-out-of-memory"),
        F::ConnectFailed => signal!("connect-failed"),
        F::PeerNotTls => signal!("tls-peer-not-tls"),
        F::TlsClosed => signal!("tls-closed-in-handshake"),
        F::TlsReset => signal!("tls-reset-in-handshake"),
        F::TlsTimedOut => signal!("tls-handshake-timed-out"),
        F::TlsAlert(alert) => of_alert(alert),
        F::TlsNothingInCommon => signal!("tls-nothing-in-common"),
        F::TlsProtocol => signal!("tls-handshake-failed"),
        F::Certificate(fault) => of_certificate(fault),
        F::RequestInvalid => signal!("gateway-internal-error"),
        F::SendTimedOut => signal!("send-timed-out"),
        F::SendBroken => signal!("send-broken"),
        F::ClosedBeforeResponse => signal!("closed-before-response"),
        F::ResetBeforeResponse | F::ResetInHead => signal!("reset-before-response"),
        F::Http2StreamReset(_) | F::Http2GoAway(_) => signal!("ended-before-response"),
        F::WaitTimedOut => signal!("read-timed-out"),
        _ => of_answer(failure.fault),
    }
}

/// The signal for an answer that came and was wrong.
fn of_answer(fault: Fault) -> SignalId {
    use Fault as F;
    match fault {
        F::ClosedInHead => signal!("closed-in-head"),
        F::HeadTimedOut => signal!("head-never-completed"),
        F::StatusLineInvalid => signal!("status-line-invalid"),
        F::StatusCodeInvalid => signal!("status-code-invalid"),
        F::FieldInvalid => signal!("header-invalid"),
        F::HeadTooBig | F::FieldTooBig => signal!("header-too-big"),
        F::ContentLengthInvalid => signal!("content-length-invalid"),
        F::TransferEncodingInvalid => signal!("transfer-encoding-invalid"),
        F::UpgradeUnasked => signal!("upgrade-unasked"),
        F::BodyClosed => signal!("body-incomplete"),
        F::BodyReset => signal!("body-reset"),
        F::BodyTimedOut => signal!("body-timed-out"),
        F::ChunkInvalid | F::TrailerInvalid | F::TrailersTooBig | F::TrailerTooBig => {
            signal!("chunk-invalid")
        }
        F::ResponseTimedOut => signal!("response-timed-out"),
        F::Http2Protocol(_) => signal!("http2-protocol-error"),
        F::FastCgiProtocol | F::FastCgiUnknownRole | F::FastCgiCannotMultiplex | F::PeerSpeaksHttp => {
            signal!("protocol-fastcgi-invalid")
        }
        F::FastCgiOverloaded => signal!("upstream-overloaded"),
        F::FastCgiNoAnswer => signal!("closed-before-response"),
        F::FastCgiEndedInHead | F::FastCgiBodyShort => signal!("body-incomplete"),
        F::FastCgiHeadInvalid => signal!("header-invalid"),
        _ => signal!("response-unreadable"),
    }
}

/// Alerts that say what is missing (RFC 8446 section 6.2); the others only say that something is.
fn of_alert(alert: u8) -> SignalId {
    match alert {
        40 => signal!("tls-no-shared-cipher"),
        70 | 71 => signal!("tls-version-unsupported"),
        112 => signal!("tls-unrecognized-name"),
        116 => signal!("tls-client-certificate-required"),
        _ => signal!("tls-alert-received"),
    }
}

fn of_certificate(fault: CertificateFault) -> SignalId {
    match fault {
        CertificateFault::Expired | CertificateFault::NotYetValid => signal!("certificate-expired"),
        CertificateFault::SelfSigned
        | CertificateFault::ChainIncomplete
        | CertificateFault::IssuerUnknown => {
            signal!("certificate-untrusted")
        }
        CertificateFault::NameMismatch => signal!("certificate-name-mismatch"),
        CertificateFault::Revoked | CertificateFault::Unusable => signal!("certificate-rejected"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use goodgate_facts::Role;

    #[test]
    fn signals_have_the_type_of_their_failure() {
        use Phase as P;
        for (fault, phase) in [
            (Fault::NameNotFound, P::Resolve),
            (Fault::NameServerSilent, P::Resolve),
            (Fault::Unroutable, P::Resolve),
            (Fault::Unroutable, P::Connect),
            (Fault::Refused, P::Connect),
            (Fault::Denied, P::Connect),
            (Fault::NoMemory, P::Connect),
            (Fault::TlsClosed, P::Tls),
            (Fault::TlsAlert(80), P::Tls),
            (Fault::TlsNothingInCommon, P::Tls),
            (Fault::TlsProtocol, P::Tls),
            (Fault::PeerNotTls, P::Tls),
            (Fault::FastCgiOverloaded, P::Wait),
            (Fault::Certificate(CertificateFault::Expired), P::Tls),
            (Fault::SendBroken, P::Send),
            (Fault::ClosedBeforeResponse, P::Wait),
            (Fault::ResetInHead, P::Head),
            (Fault::StatusLineInvalid, P::Head),
            (Fault::PeerSpeaksTls, P::Head),
            (Fault::TransferEncodingInvalid, P::Head),
            (Fault::BodyClosed, P::Body),
            (Fault::Http2GoAway(0), P::Body),
            (Fault::BodyTimedOut, P::Body),
            (Fault::ResponseTimedOut, P::Body),
        ] {
            let failure = Failure::new(fault, phase);
            let signal = of_failure(&failure);
            let Role::Failure(error, _) = signal.kind().role else { panic!("{signal} is no failure") };
            assert_eq!(error, Some(failure.error_type()), "{fault:?} {signal}");
        }
    }
}

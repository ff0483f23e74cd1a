//! What failed exchanges say: the fault of the wire as a signal of the outer leg.

use goodgate_facts::{Evidence, Signal, SignalId, Source, SourceKind, Target, Untrusted, Value, id};
use goodgate_wire::{CertificateFault, Failure, Fault};

use crate::ask::Asked;
use crate::look::shown;
use crate::pattern::WAITED;

/// Puts down what failed in this exchange.
pub(crate) fn failure(asked: &Asked, evidence: &mut Evidence) {
    if let Some(failure) = asked.failure() {
        let mut seen = signal(of_failure(failure), asked).value(detail(failure));
        if !failure.began.is_empty() {
            seen = seen.excerpt(Untrusted::new(&failure.began));
        }
        evidence.add(seen);
    } else if asked.result.as_ref().is_ok_and(|answer| answer.undecodable) {
        evidence.add(signal(id("site-body-undecodable"), asked));
    }
}

/// Puts down what is wrong with the certificate that was shown.
pub(crate) fn certificate(asked: &Asked, evidence: &mut Evidence) {
    let Some(problem) = asked.tls.as_ref().and_then(|tls| tls.problem) else { return };
    let names = asked.tls.as_ref().and_then(|tls| tls.chain.first()).map(|leaf| leaf.names.join(", "));
    let mut signal = signal(of_certificate(problem), asked);
    if let Some(names) = names.filter(|_| problem == CertificateFault::NameMismatch) {
        signal = signal.value(Value::Text(Untrusted::new(names.as_bytes())));
    }
    evidence.add(signal);
}

/// A signal of this exchange.
pub(crate) fn signal(meaning: SignalId, asked: &Asked) -> Signal {
    Signal::new(meaning, source(asked)).target(target(asked)).at(asked.began)
}

/// Where it was seen: the request.
pub(crate) fn source(asked: &Asked) -> Source {
    Source::new(SourceKind::Probe, format!("GET {}", shown(&asked.url)), 0, None)
}

/// The address that was asked.
pub(crate) fn target(asked: &Asked) -> Option<Target> {
    Target::parse(&asked.peer.to_string())
}

fn detail(failure: &Failure) -> Value {
    match (failure.fault, failure.errno) {
        (Fault::TlsAlert(alert), _) => Value::Alert(alert),
        (_, Some(errno)) => Value::Errno(errno),
        (Fault::BodyClosed | Fault::BodyReset, None) if failure.silent >= WAITED => {
            Value::Seconds(rounded(failure.silent))
        }
        (Fault::WaitTimedOut | Fault::ConnectTimedOut | Fault::TlsTimedOut, None) => {
            Value::Seconds(rounded(failure.after))
        }
        _ => Value::None,
    }
}

/// Seconds, to the millisecond.
pub(crate) fn rounded(time: std::time::Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

/// The signal that stands for a failure: one that breaks off after a silence was given up by somebody who waited.
fn of_failure(failure: &Failure) -> SignalId {
    match failure.fault {
        Fault::BodyClosed | Fault::BodyReset if failure.silent >= WAITED => id("site-cut-after-silence"),
        fault => meaning(fault),
    }
}

/// The signal that stands for a fault on the way to the site.
fn meaning(fault: Fault) -> SignalId {
    match fault {
        Fault::NameNotFound => id("site-name-not-found"),
        Fault::NameEmpty => id("site-name-empty"),
        Fault::NameInvalid => id("site-name-invalid"),
        Fault::NameServerFailed(_) | Fault::NameAnswerUnreadable => id("site-name-server-failed"),
        Fault::DnssecBogus => id("site-name-bogus"),
        Fault::NameServerSilent
        | Fault::NameServerRefused
        | Fault::NameServerUnasked
        | Fault::NameServerForbidden => id("site-name-timed-out"),
        Fault::Refused => id("site-refused"),
        Fault::ConnectTimedOut => id("site-connect-timed-out"),
        Fault::Unroutable => id("site-unroutable"),
        Fault::ConnectReset
        | Fault::SocketMissing
        | Fault::Denied
        | Fault::QueueFull
        | Fault::NoLocalPort
        | Fault::NoDescriptor
        | Fault::NoMemory
        | Fault::ConnectFailed => id("site-connect-failed"),
        Fault::PeerNotTls => id("site-tls-not-tls"),
        Fault::TlsClosed | Fault::TlsReset => id("site-tls-closed"),
        Fault::TlsTimedOut => id("site-tls-timed-out"),
        Fault::TlsAlert(alert) => of_alert(alert),
        Fault::TlsNothingInCommon => id("site-tls-version"),
        Fault::Certificate(problem) => of_certificate(problem),
        Fault::TlsProtocol => id("site-tls-failed"),
        Fault::SendTimedOut | Fault::SendBroken => id("site-send-failed"),
        Fault::ClosedBeforeResponse | Fault::ResetBeforeResponse => id("site-closed-before-response"),
        Fault::WaitTimedOut => id("site-response-timed-out"),
        Fault::ClosedInHead | Fault::ResetInHead => id("site-closed-in-head"),
        Fault::HeadTimedOut => id("site-head-never-completed"),
        Fault::PeerSpeaksTls => id("site-speaks-tls"),
        Fault::HeadTooBig | Fault::FieldTooBig => id("site-head-too-big"),
        Fault::TransferEncodingInvalid
        | Fault::ChunkInvalid
        | Fault::TrailerInvalid
        | Fault::TrailersTooBig
        | Fault::TrailerTooBig => id("site-transfer-coding-invalid"),
        Fault::BodyClosed | Fault::BodyReset => id("site-body-cut"),
        Fault::BodyTimedOut | Fault::ResponseTimedOut => id("site-body-timed-out"),
        Fault::Http2Protocol(_) | Fault::Http2StreamReset(_) | Fault::Http2GoAway(_) => {
            id("site-http2-error")
        }
        _ => id("site-response-unreadable"),
    }
}

/// Alerts that say more than that there was one (RFC 8446 section 6.2, RFC 6066 section 3).
fn of_alert(alert: u8) -> SignalId {
    match alert {
        70 | 71 => id("site-tls-version"),
        112 => id("site-tls-name-unknown"),
        116 => id("site-client-certificate-required"),
        _ => id("site-tls-alert"),
    }
}

fn of_certificate(problem: CertificateFault) -> SignalId {
    match problem {
        CertificateFault::Expired => id("site-certificate-expired"),
        CertificateFault::NotYetValid => id("site-certificate-not-yet-valid"),
        CertificateFault::SelfSigned => id("site-certificate-self-signed"),
        CertificateFault::ChainIncomplete => id("site-chain-incomplete"),
        CertificateFault::IssuerUnknown => id("site-certificate-untrusted"),
        CertificateFault::NameMismatch => id("site-certificate-name-mismatch"),
        CertificateFault::Revoked | CertificateFault::Unusable => id("site-certificate-unusable"),
    }
}

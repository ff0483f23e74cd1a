//! What the gateway tells the public of a failure, `goodgate diagnose` reads as the signal that the gateway means.

use goodgate_facts::{Phase, Role};
use goodgate_gateway::Failed;
use goodgate_gateway::answer::{Said, proxy_status};
use goodgate_gateway::record::of_failure;
use goodgate_wire::{CertificateFault as C, Failure, Fault as F};

/// Each fault whose words say more than its error type, with its phase.
const FAULTS: &[(F, Phase)] = &[
    (F::NameNotFound, Phase::Resolve),
    (F::NameEmpty, Phase::Resolve),
    (F::NameInvalid, Phase::Resolve),
    (F::NameServerFailed(2), Phase::Resolve),
    (F::NameServerSilent, Phase::Resolve),
    (F::NameServerRefused, Phase::Resolve),
    (F::Refused, Phase::Connect),
    (F::ConnectTimedOut, Phase::Connect),
    (F::Unroutable, Phase::Connect),
    (F::ConnectReset, Phase::Connect),
    (F::SocketMissing, Phase::Connect),
    (F::Denied, Phase::Connect),
    (F::QueueFull, Phase::Connect),
    (F::NoLocalPort, Phase::Connect),
    (F::NoDescriptor, Phase::Connect),
    (F::NoMemory, Phase::Connect),
    (F::ConnectFailed, Phase::Connect),
    (F::PeerNotTls, Phase::Tls),
    (F::TlsClosed, Phase::Tls),
    (F::TlsReset, Phase::Tls),
    (F::TlsTimedOut, Phase::Tls),
    (F::TlsAlert(80), Phase::Tls),
    (F::TlsNothingInCommon, Phase::Tls),
    (F::TlsProtocol, Phase::Tls),
    (F::Certificate(C::Expired), Phase::Tls),
    (F::Certificate(C::NotYetValid), Phase::Tls),
    (F::Certificate(C::SelfSigned), Phase::Tls),
    (F::Certificate(C::ChainIncomplete), Phase::Tls),
    (F::Certificate(C::IssuerUnknown), Phase::Tls),
    (F::Certificate(C::NameMismatch), Phase::Tls),
    (F::Certificate(C::Revoked), Phase::Tls),
    (F::SendTimedOut, Phase::Send),
    (F::SendBroken, Phase::Send),
    (F::ClosedBeforeResponse, Phase::Wait),
    (F::ResetBeforeResponse, Phase::Wait),
    (F::WaitTimedOut, Phase::Wait),
    (F::ClosedInHead, Phase::Head),
    (F::ResetInHead, Phase::Head),
    (F::HeadTimedOut, Phase::Head),
    (F::StatusLineInvalid, Phase::Head),
    (F::StatusCodeInvalid, Phase::Head),
    (F::FieldInvalid, Phase::Head),
    (F::HeadTooBig, Phase::Head),
    (F::ContentLengthInvalid, Phase::Head),
    (F::TransferEncodingInvalid, Phase::Head),
    (F::UpgradeUnasked, Phase::Head),
    (F::Http2Protocol(1), Phase::Head),
    (F::BodyClosed, Phase::Body),
    (F::BodyReset, Phase::Body),
    (F::BodyTimedOut, Phase::Body),
    (F::ChunkInvalid, Phase::Body),
    (F::ResponseTimedOut, Phase::Body),
];

#[test]
fn the_public_words_of_a_failure_are_read_as_its_signal() {
    let mut wrong = Vec::new();
    for (fault, phase) in FAULTS {
        let failure = Failure::new(*fault, *phase).bytes(512, 100);
        let meant = of_failure(&failure);
        let failed = Failed::from(failure);
        for full in [false, true] {
            let said = Said { full, ..Said::failed("goodgate", &failed, None) };
            let mut page = b"HTTP/1.1 502 Bad Gateway\r\n".to_vec();
            proxy_status(std::iter::empty(), &said, &mut page);
            page.extend_from_slice(b"Content-Length: 900\r\n\r\n");
            let reading = goodgate_pages::read("page", &String::from_utf8(page).unwrap());
            let failures =
                |id: &goodgate_facts::SignalId| matches!(id.kind().role, Role::Failure(Some(_), _));
            let read: Vec<_> = reading.evidence.signals().iter().map(|s| s.id).filter(failures).collect();
            if read != [meant] {
                wrong.push(format!("{fault:?} full={full}: {read:?} instead of {meant}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

//! A sentence for each thing that can go wrong, for `details` of `Proxy-Status` and the account of whoever may know.
//!
//! Fixed words: no name, address or byte of anything inside can be in them, so the public may read them, too.

use goodgate_wire::{CertificateFault, Fault, Part, RequestFault};

use crate::Failed;

/// What happened, in a few words; `None` where the error type says it all.
pub(super) fn details(failed: &Failed) -> Option<&'static str> {
    Some(match failed {
        Failed::Request(fault) => of_request(*fault),
        Failed::Upstream(failure) => of_fault(failure.fault),
        Failed::Misdirected => "the TLS name and the host belong to different sites",
        Failed::NoRoute => "no site or route is for this address",
        Failed::NoServer => "no server may be asked: all are down or left out after failures",
        Failed::QueueFull => "as many requests as may be are in hand and in the queue",
        Failed::QueueTimedOut => "the request waited in the queue until its time was up",
        Failed::ConnectionLimit => "the limit of connections is reached",
        Failed::NotKept(fault) => fault.words(),
        Failed::Internal(_)
        | Failed::Loop
        | Failed::ClientGone
        | Failed::ClientStalled
        | Failed::MethodNotAllowed(_)
        | Failed::Denied => return None,
    })
}

fn of_request(fault: RequestFault) -> &'static str {
    match fault {
        RequestFault::Malformed(part) => match part {
            Part::RequestLine => "the request line cannot be read",
            Part::Method => "the method is not valid",
            Part::Target => "the request target is not valid",
            Part::Host => "the host is missing, doubled or not valid",
            Part::Field => "a field line is not valid",
            Part::ContentLength => "Content-Length is not valid",
            Part::TransferEncoding => "Transfer-Encoding is not valid, or stands beside Content-Length",
            Part::Chunk => "a chunk of the body is not valid",
            Part::Trailer => "a trailer field is not valid",
        },
        RequestFault::HeadTooBig => "the request's head is larger than the limit",
        RequestFault::TargetTooLong => "the request target is longer than the limit",
        RequestFault::BodyTooBig => "the request's body is larger than the limit",
        RequestFault::TooSlow => "the request did not come in time",
        RequestFault::VersionUnknown => "this version of HTTP is not spoken here",
        RequestFault::CodingUnknown => "the transfer coding is not known here",
        RequestFault::ConnectRefused => "CONNECT is not served here",
        RequestFault::ExpectationUnknown => "the expectation cannot be met",
    }
}

fn of_fault(fault: Fault) -> &'static str {
    use Fault as F;
    match fault {
        F::NameNotFound => "the server's name does not exist",
        F::NameEmpty => "the server's name has no address",
        F::NameInvalid => "the server's name is not a valid host name",
        F::NameServerFailed(_) => "a name server failed or refuses",
        F::DnssecBogus => "the name's signatures are not valid",
        F::NameServerSilent => "no name server answered in time",
        F::NameServerRefused => "nothing listens on the name server's port",
        F::NameAnswerUnreadable => "the name server's answer cannot be read",
        F::NameServerUnasked => "no time was left to ask a name server",
        F::NameServerForbidden => "the name server may not be asked",
        F::Refused => "the connection was refused",
        F::ConnectTimedOut => "the connection was not answered in time",
        F::Unroutable => "no route leads to the server",
        F::ConnectReset => "the connection was reset while it was being opened",
        F::SocketMissing => "the server's socket does not exist",
        F::Denied => "the gateway is not permitted to open this connection",
        F::QueueFull => "the server's accept queue is full",
        F::NoLocalPort => "the gateway has no local port left",
        F::NoDescriptor => "the gateway has no file descriptor left",
        F::NoMemory => "the gateway has no memory left for connections",
        F::ConnectFailed => "the connection could not be opened",
        F::RequestInvalid => "the request cannot be written for the server",
        F::SendTimedOut => "the server did not take the request in time",
        F::SendBroken => "the connection broke while the request was being sent",
        _ => of_tls(fault).unwrap_or_else(|| of_answer(fault)),
    }
}

fn of_tls(fault: Fault) -> Option<&'static str> {
    use Fault as F;
    Some(match fault {
        F::PeerNotTls => "the server does not speak TLS",
        F::TlsClosed => "the server closed the connection during the TLS handshake",
        F::TlsReset => "the server reset the connection during the TLS handshake",
        F::TlsTimedOut => "the TLS handshake was not finished in time",
        F::TlsAlert(_) => "the server ended the TLS handshake with an alert",
        F::TlsNothingInCommon => "gateway and server have no TLS version or cipher in common",
        F::TlsProtocol => "the server broke a rule of TLS",
        F::Certificate(fault) => match fault {
            CertificateFault::Expired => "the server's certificate has expired",
            CertificateFault::NotYetValid => "the server's certificate is not valid yet",
            CertificateFault::SelfSigned => "the server's certificate is signed by itself",
            CertificateFault::ChainIncomplete => "an intermediate certificate is missing",
            CertificateFault::IssuerUnknown => "the issuer of the server's certificate is not trusted",
            CertificateFault::NameMismatch => "the server's certificate is for other names",
            CertificateFault::Revoked => "the server's certificate is revoked",
            CertificateFault::Unusable => "the server's certificate cannot be used",
        },
        _ => return None,
    })
}

fn of_answer(fault: Fault) -> &'static str {
    use Fault as F;
    match fault {
        F::AnsweredUnasked => "the server sent something before it was asked",
        F::ClosedBeforeResponse => "the server closed the connection before it answered",
        F::ResetBeforeResponse => "the server reset the connection before it answered",
        F::WaitTimedOut => "the server did not answer in time",
        F::ClosedInHead => "the server closed the connection in the middle of the answer's head",
        F::ResetInHead => "the server reset the connection in the middle of the answer's head",
        F::HeadTimedOut => "the answer's head was not finished in time",
        F::StatusLineInvalid => "the answer does not begin like HTTP",
        F::StatusCodeInvalid => "the answer's status code is not valid",
        F::FieldInvalid => "a field line of the answer is not valid",
        F::HeadTooBig => "the answer's head is larger than the limit",
        F::FieldTooBig => "a field line of the answer is larger than the limit",
        F::ContentLengthInvalid => "the answer's Content-Length is not valid",
        F::TransferEncodingInvalid => "the answer's Transfer-Encoding is not valid",
        F::UpgradeUnasked => "the server switched protocols although nobody asked",
        F::InterimEndless => "the server sent interim answers without end",
        F::PeerSpeaksTls => "the server speaks TLS where plain HTTP was expected",
        F::BodyClosed => "the server closed the connection before the end of the body",
        F::BodyReset => "the server reset the connection in the body",
        F::BodyTimedOut => "the body stopped coming",
        F::ChunkInvalid => "a chunk of the body is not valid",
        F::TrailerInvalid => "a trailer field of the answer is not valid",
        F::TrailersTooBig => "the answer's trailers are larger than the limit",
        F::TrailerTooBig => "a trailer field of the answer is larger than the limit",
        F::ResponseTimedOut => "the whole answer took longer than the limit",
        F::Http2Protocol(_) => "the HTTP/2 exchange broke a rule of the protocol",
        F::Http2StreamReset(_) => "the server reset the HTTP/2 stream",
        F::Http2GoAway(_) => "the server is closing the HTTP/2 connection",
        _ => "the exchange with the server failed",
    }
}

//! What can go wrong on a wire: typed where it happens, never recognised by its text.

use std::fmt;
use std::time::Duration;

use goodgate_facts::{Errno, ErrorType, Phase, Side};

/// What exactly went wrong. In each phase it has one error type of RFC 9209 (section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The name does not exist (NXDOMAIN, RFC 8020).
    NameNotFound,
    /// The name exists but has no address record (NODATA, RFC 2308 section 2.2).
    NameEmpty,
    /// What was to be resolved is no host name (RFC 1123 section 2.1).
    NameInvalid,
    /// A name server said that it failed or refuses: the response code (RFC 6895 section 2.3), such as 2 for SERVFAIL.
    NameServerFailed(u16),
    /// A validating resolver rejects the zone's signatures (RFC 4035 section 5.5).
    DnssecBogus,
    /// No name server answered in time.
    NameServerSilent,
    /// Nothing listens on the name server's port.
    NameServerRefused,
    /// A name server's answer could not be read, or only its beginning: what was cut to fit a datagram could not be
    /// fetched over TCP.
    NameAnswerUnreadable,
    /// No time was left to ask the name server, which says nothing of it.
    NameServerUnasked,
    /// The name server's address is one that may not be asked.
    NameServerForbidden,

    /// The connection was refused (RST to the SYN, or nobody listens on the socket).
    Refused,
    /// Nothing answered the connection attempt in time.
    ConnectTimedOut,
    /// No route, or a router said so (EHOSTUNREACH, ENETUNREACH); also of a connection that was open already.
    Unroutable,
    /// The connection was reset while it was being opened.
    ConnectReset,
    /// The unix socket does not exist.
    SocketMissing,
    /// The operating system forbids the connection (EACCES, EPERM).
    Denied,
    /// The unix socket's accept queue is full (EAGAIN).
    QueueFull,
    /// No local port or address is left.
    NoLocalPort,
    /// No file descriptor is left.
    NoDescriptor,
    /// The kernel has no memory left for sockets (ENOBUFS, ENOMEM).
    NoMemory,
    /// The operating system refused the connection with another error.
    ConnectFailed,

    /// What came in answer to the TLS hello is not TLS.
    PeerNotTls,
    /// The peer closed the connection during the handshake.
    TlsClosed,
    /// The peer reset the connection during the handshake.
    TlsReset,
    /// The handshake was not finished in time.
    TlsTimedOut,
    /// The peer ended the handshake with this alert (RFC 8446 section 6).
    TlsAlert(u8),
    /// The peer has no TLS version, cipher or group in common with us, and said so itself or by its choice.
    TlsNothingInCommon,
    /// The peer's certificate cannot be accepted.
    Certificate(CertificateFault),
    /// The peer broke another rule of TLS.
    TlsProtocol,

    /// The request cannot be written in this version of HTTP: a target, name or value with characters that may not
    /// stand there. Nothing was sent.
    RequestInvalid,
    /// The peer did not take the request in time.
    SendTimedOut,
    /// The connection broke while the request was being sent.
    SendBroken,

    /// Bytes came on an idle connection before anything was asked (RFC 9112 section 9.2): often a 408 by which the peer
    /// says that it is closing.
    AnsweredUnasked,
    /// The connection was closed before the first byte of a response.
    ClosedBeforeResponse,
    /// The connection was reset before the first byte of a response.
    ResetBeforeResponse,
    /// No byte of a response came in time.
    WaitTimedOut,
    /// The connection was closed in the middle of the response head.
    ClosedInHead,
    /// The connection was reset in the middle of the response head.
    ResetInHead,
    /// The response head was not finished in time.
    HeadTimedOut,
    /// The first line is no status line of HTTP/1.x (RFC 9112 section 4).
    StatusLineInvalid,
    /// The status code is not a number from 100 to 599 (RFC 9110 section 15), or from a script below 200.
    StatusCodeInvalid,
    /// A field line is not valid (RFC 9112 section 5).
    FieldInvalid,
    /// The head is larger than the limit.
    HeadTooBig,
    /// One field line is larger than the limit.
    FieldTooBig,
    /// `Content-Length` is no number, or stands twice with different values (RFC 9112 section 6.3).
    ContentLengthInvalid,
    /// `Transfer-Encoding` is unknown, doubled or not last chunked, or stands beside a `Content-Length`.
    TransferEncodingInvalid,
    /// The peer switched protocols (101) though nobody asked.
    UpgradeUnasked,
    /// More interim (1xx) responses than anybody needs.
    InterimEndless,
    /// The peer answers TLS where it was spoken to in the clear.
    PeerSpeaksTls,
    /// The peer answers HTTP where FastCGI was spoken.
    PeerSpeaksHttp,

    /// The connection was closed before the body was complete.
    BodyClosed,
    /// The connection was reset in the body.
    BodyReset,
    /// The body stopped coming.
    BodyTimedOut,
    /// A chunk of the body is malformed (RFC 9112 section 7.1).
    ChunkInvalid,
    /// A trailer field is malformed (RFC 9112 section 7.1.2).
    TrailerInvalid,
    /// The trailer section is larger than the limit.
    TrailersTooBig,
    /// One line of the trailer section is larger than the limit.
    TrailerTooBig,
    /// The whole response took longer than the limit.
    ResponseTimedOut,

    /// HTTP/2: the peer broke the protocol, or says that we did: the error code (RFC 9113 section 7).
    Http2Protocol(u32),
    /// HTTP/2: the peer reset the stream: the error code.
    Http2StreamReset(u32),
    /// HTTP/2: the peer is closing the connection and did not process the stream.
    Http2GoAway(u32),

    /// FastCGI: what came is no record, or one that has no place here (FastCGI 1.0 sections 3.3 and 5).
    FastCgiProtocol,
    /// FastCGI: the application has no resources left and turned the request away (FCGI_OVERLOADED, section 5.5).
    FastCgiOverloaded,
    /// FastCGI: the application turned the request away as a second one on the connection (FCGI_CANT_MPX_CONN).
    FastCgiCannotMultiplex,
    /// FastCGI: the application turned the request away because it answers none (FCGI_UNKNOWN_ROLE).
    FastCgiUnknownRole,
    /// FastCGI: the application ended the request in order and said nothing but, perhaps, on standard error.
    FastCgiNoAnswer,
    /// FastCGI: the application ended the request in order in the middle of the answer's head.
    FastCgiEndedInHead,
    /// FastCGI: the application ended the request in order with fewer bytes of the body than it announced.
    FastCgiBodyShort,
    /// FastCGI: what the script printed does not begin with a head (RFC 3875 section 6.2).
    FastCgiHeadInvalid,
}

/// Why a certificate cannot be accepted (RFC 5280 section 6, RFC 6125).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CertificateFault {
    /// No longer valid.
    Expired,
    /// Not yet valid.
    NotYetValid,
    /// Signed by itself and trusted by nobody.
    SelfSigned,
    /// An intermediate certificate is missing from what the peer sent.
    ChainIncomplete,
    /// The issuer is not one that we trust.
    IssuerUnknown,
    /// It is for other names.
    NameMismatch,
    /// It is revoked.
    Revoked,
    /// It cannot be read, its signature is wrong, or it may not be used for this purpose.
    Unusable,
}

impl Fault {
    /// The error type of RFC 9209, as far as the phase does not change it: see [`Failure::error_type`].
    pub fn error_type(self) -> ErrorType {
        use ErrorType as E;
        match self {
            Self::NameServerSilent | Self::NameServerRefused | Self::NameServerUnasked => E::DnsTimeout,
            Self::NameServerForbidden => E::DestinationIpProhibited,
            Self::NameNotFound
            | Self::NameEmpty
            | Self::NameInvalid
            | Self::NameServerFailed(_)
            | Self::DnssecBogus
            | Self::NameAnswerUnreadable => E::DnsError,
            Self::Refused | Self::SocketMissing | Self::QueueFull | Self::ConnectFailed => {
                E::ConnectionRefused
            }
            Self::ConnectTimedOut | Self::TlsTimedOut => E::ConnectionTimeout,
            Self::Unroutable => E::DestinationIpUnroutable,
            Self::Denied => E::ProxyConfigurationError,
            Self::NoLocalPort | Self::NoDescriptor | Self::NoMemory | Self::RequestInvalid => {
                E::ProxyInternalError
            }
            Self::PeerNotTls
            | Self::TlsClosed
            | Self::TlsReset
            | Self::TlsNothingInCommon
            | Self::TlsProtocol => E::TlsProtocolError,
            Self::TlsAlert(_) => E::TlsAlertReceived,
            Self::Certificate(_) => E::TlsCertificateError,
            Self::SendTimedOut => E::ConnectionWriteTimeout,
            Self::ConnectReset
            | Self::SendBroken
            | Self::ClosedBeforeResponse
            | Self::ResetBeforeResponse
            | Self::ClosedInHead
            | Self::ResetInHead
            | Self::Http2StreamReset(_)
            | Self::Http2GoAway(_)
            | Self::FastCgiOverloaded
            | Self::FastCgiNoAnswer => E::ConnectionTerminated,
            Self::WaitTimedOut | Self::HeadTimedOut | Self::BodyTimedOut => E::ConnectionReadTimeout,
            Self::StatusLineInvalid
            | Self::StatusCodeInvalid
            | Self::FieldInvalid
            | Self::ContentLengthInvalid
            | Self::UpgradeUnasked
            | Self::AnsweredUnasked
            | Self::InterimEndless
            | Self::PeerSpeaksTls
            | Self::PeerSpeaksHttp
            | Self::Http2Protocol(_)
            | Self::FastCgiProtocol
            | Self::FastCgiCannotMultiplex
            | Self::FastCgiUnknownRole
            | Self::FastCgiHeadInvalid => E::HttpProtocolError,
            Self::HeadTooBig => E::HttpResponseHeaderSectionSize,
            Self::FieldTooBig => E::HttpResponseHeaderSize,
            Self::TransferEncodingInvalid | Self::ChunkInvalid | Self::TrailerInvalid => {
                E::HttpResponseTransferCoding
            }
            Self::BodyClosed | Self::BodyReset | Self::FastCgiEndedInHead | Self::FastCgiBodyShort => {
                E::HttpResponseIncomplete
            }
            Self::TrailersTooBig => E::HttpResponseTrailerSectionSize,
            Self::TrailerTooBig => E::HttpResponseTrailerSize,
            Self::ResponseTimedOut => E::HttpResponseTimeout,
        }
    }

    /// Whether the peer says itself that it did nothing of the request (FastCGI 1.0 section 5.5).
    fn turns_away(self) -> bool {
        matches!(self, Self::FastCgiOverloaded | Self::FastCgiCannotMultiplex | Self::FastCgiUnknownRole)
    }

    /// Whether it is a shortage or a rule of this machine rather than anything of the peer's.
    fn is_our_own(self) -> bool {
        matches!(
            self,
            Self::Denied
                | Self::NoLocalPort
                | Self::NoDescriptor
                | Self::NoMemory
                | Self::NameInvalid
                | Self::NameServerUnasked
                | Self::NameServerForbidden
                | Self::RequestInvalid
        )
    }
}

/// Whether the request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Certainly nothing of it was processed: any method may be sent again.
    Safe,
    /// It may have been processed, but nothing of a response was passed on: only idempotent methods (RFC 9110 section
    /// 9.2.2).
    IfIdempotent,
    /// The response's head was passed on: another response can no longer take its place.
    No,
}

/// A failure with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong.
    pub fault: Fault,
    /// In which phase.
    pub phase: Phase,
    /// Whose side it is on: the peer's ([`Side::Upstream`]) or this machine's ([`Side::Gateway`]).
    pub side: Side,
    /// The operating system's error, where it had one to tell.
    pub errno: Option<Errno>,
    /// Bytes of the request that were handed to the operating system in this exchange; over TLS as many as its records
    /// took, at most all, and in HTTP/2 what TLS took to send. 0 only where the peer can have processed nothing of it.
    pub sent: u64,
    /// Bytes of the response that came in this exchange.
    pub received: u64,
    /// The first bytes of what came where it could not be understood, at most [`Failure::BEGAN_BYTES`]; for showing.
    pub began: Vec<u8>,
    /// Time from the beginning of the phase.
    pub after: Duration,
    /// In the body, the part of that time after the last byte came.
    pub silent: Duration,
    /// Whether the request may be sent again.
    pub retry: Retry,
}

impl Failure {
    /// Bytes of an answer that could not be understood which are kept.
    pub const BEGAN_BYTES: usize = 64;

    /// A failure of this phase, with nothing else known so far.
    pub fn new(fault: Fault, phase: Phase) -> Self {
        let retry = match phase {
            phase if phase.retry_is_safe() || fault.turns_away() => Retry::Safe,
            Phase::Send | Phase::Wait | Phase::Head => Retry::IfIdempotent,
            _ => Retry::No,
        };
        let side = if fault.is_our_own() { Side::Gateway } else { Side::Upstream };
        Self {
            fault,
            phase,
            side,
            errno: None,
            sent: 0,
            received: 0,
            began: Vec::new(),
            after: Duration::ZERO,
            silent: Duration::ZERO,
            retry,
        }
    }

    /// With the operating system's error.
    #[must_use]
    pub fn errno(mut self, error: &std::io::Error) -> Self {
        self.errno = error.raw_os_error().map(Errno);
        self
    }

    /// With the time since the phase began.
    #[must_use]
    pub fn after(mut self, time: Duration) -> Self {
        self.after = time;
        self
    }

    /// With the bytes that passed.
    #[must_use]
    pub fn bytes(mut self, sent: u64, received: u64) -> Self {
        (self.sent, self.received) = (sent, received);
        self
    }

    /// With the beginning of what could not be understood.
    #[must_use]
    pub fn began(mut self, bytes: &[u8]) -> Self {
        self.began = bytes[..bytes.len().min(Self::BEGAN_BYTES)].to_vec();
        self
    }

    /// With another word on sending again.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The error type of RFC 9209.
    pub fn error_type(&self) -> ErrorType {
        match (self.phase, self.fault) {
            // It was the name servers that could not be reached: no address of the site's was known yet.
            (Phase::Resolve, Fault::Unroutable | Fault::ConnectFailed) => ErrorType::DnsError,
            (Phase::Body, Fault::Http2StreamReset(_) | Fault::Http2GoAway(_)) => {
                ErrorType::HttpResponseIncomplete
            }
            (_, fault) => fault.error_type(),
        }
    }

    /// The TLS alert that the peer sent.
    pub fn alert(&self) -> Option<u8> {
        match self.fault {
            Fault::TlsAlert(alert) => Some(alert),
            _ => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} phase)", self.error_type().title(), self.phase.as_str())?;
        match self.errno {
            Some(errno) => write!(f, ", error {}", errno.0),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

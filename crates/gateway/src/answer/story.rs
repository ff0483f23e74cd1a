//! What happened, as far as somebody needs to know who has never heard of gateways: a few stories that each language
//! tells in its own words. What is told apart here differs in what the reader can do.

use goodgate_facts::ErrorType;
use goodgate_wire::{Failure, Fault, RequestFault, Retry};

use super::status::is_own_shortage;
use crate::{Failed, NotKept};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Story {
    /// The site's server could not be reached.
    NotReached,
    /// It was reached and said nothing in time.
    Silent,
    /// It hung up before it had answered.
    BrokeOff,
    /// It answered something that cannot be understood.
    Unreadable,
    /// No protected connection to it came about.
    NotSecure,
    /// All of the site's servers are out of order.
    AllDown,
    /// Too many ask at once.
    Busy,
    /// This machine has not enough of something.
    Short,
    /// The site is not set up rightly.
    Misconfigured,
    /// Something inside the gateway that should not happen.
    Internal,
    /// The request goes round in a circle.
    Circle,
    /// There is nothing at this address.
    Nothing,
    /// The browser used a connection that belongs to another site.
    OtherSite,
    /// That cannot be done with this page.
    NotPossible,
    /// What came cannot be understood.
    NotUnderstood,
    /// What came with the request (mostly cookies) is too much.
    TooMuchAttached,
    /// The address is too long.
    AddressTooLong,
    /// What was sent is too large.
    TooLarge,
    /// The request did not arrive in time.
    Slow,
}

impl Story {
    /// All of them.
    #[cfg(test)]
    pub(super) const ALL: &[Self] = &[
        Self::NotReached,
        Self::Silent,
        Self::BrokeOff,
        Self::Unreadable,
        Self::NotSecure,
        Self::AllDown,
        Self::Busy,
        Self::Short,
        Self::Misconfigured,
        Self::Internal,
        Self::Circle,
        Self::Nothing,
        Self::OtherSite,
        Self::NotPossible,
        Self::NotUnderstood,
        Self::TooMuchAttached,
        Self::AddressTooLong,
        Self::TooLarge,
        Self::Slow,
    ];

    /// The story of a failure.
    pub(super) fn of(failed: &Failed) -> Self {
        match failed {
            Failed::Request(fault) => of_request(*fault),
            // Nobody is there to be told.
            Failed::ClientGone | Failed::ClientStalled => Self::Slow,
            Failed::NoRoute => Self::Nothing,
            Failed::Misdirected => Self::OtherSite,
            Failed::MethodNotAllowed(_) | Failed::Denied => Self::NotPossible,
            Failed::Loop => Self::Circle,
            Failed::Upstream(failure) => of_failure(failure),
            Failed::NoServer => Self::AllDown,
            Failed::QueueFull | Failed::QueueTimedOut | Failed::ConnectionLimit => Self::Busy,
            Failed::NotKept(NotKept::Folder(_) | NotKept::Broken(_)) | Failed::Internal(_) => Self::Internal,
            Failed::NotKept(_) => Self::Short,
        }
    }

    /// Whether the same request may go well later, if nobody does anything.
    pub(super) fn waiting(self) -> Waiting {
        match self {
            Self::AllDown | Self::Busy | Self::Short | Self::OtherSite | Self::Slow => Waiting::Helps,
            Self::NotReached | Self::Silent | Self::BrokeOff | Self::Internal | Self::NotUnderstood => {
                Waiting::MayHelp
            }
            Self::Unreadable | Self::NotSecure | Self::Misconfigured | Self::Circle => Waiting::DoesNotHelp,
            Self::Nothing
            | Self::NotPossible
            | Self::TooMuchAttached
            | Self::AddressTooLong
            | Self::TooLarge => Waiting::IsNotThePoint,
        }
    }

    /// Whether it is certain that nothing is wrong on the visitor's side: what they sent had arrived.
    pub(super) fn is_the_sites(self) -> bool {
        match self.waiting() {
            Waiting::IsNotThePoint => false,
            _ => !matches!(self, Self::OtherSite | Self::Slow | Self::NotUnderstood),
        }
    }
}

/// Whether waiting helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Waiting {
    /// As a rule.
    Helps,
    /// It may pass, or somebody has to mend something.
    MayHelp,
    /// Somebody has to mend something.
    DoesNotHelp,
    /// The same request will always end so; what to do instead is part of the story.
    IsNotThePoint,
}

/// What became of something that was sent (a form, an order), for methods that change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sent {
    /// It was not processed, for certain.
    NotProcessed,
    /// It may have been.
    Unknown,
}

/// What became of what was sent; `None` for methods that only ask (RFC 9110 section 9.2.1) or where no method is known.
pub(super) fn sent(method: &[u8], failed: &Failed) -> Option<Sent> {
    if matches!(method, b"" | b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE") {
        return None;
    }
    Some(match failed {
        Failed::Upstream(failure) if failure.retry != Retry::Safe => Sent::Unknown,
        Failed::Internal(_) | Failed::ClientGone | Failed::ClientStalled => Sent::Unknown,
        _ => Sent::NotProcessed,
    })
}

fn of_request(fault: RequestFault) -> Story {
    match fault {
        RequestFault::Malformed(_) | RequestFault::VersionUnknown | RequestFault::CodingUnknown => {
            Story::NotUnderstood
        }
        RequestFault::HeadTooBig => Story::TooMuchAttached,
        RequestFault::TargetTooLong => Story::AddressTooLong,
        RequestFault::BodyTooBig => Story::TooLarge,
        RequestFault::TooSlow => Story::Slow,
        RequestFault::ConnectRefused | RequestFault::ExpectationUnknown => Story::NotPossible,
    }
}

fn of_failure(failure: &Failure) -> Story {
    use ErrorType as E;
    match failure.fault {
        Fault::Denied | Fault::NameInvalid | Fault::NameServerForbidden => return Story::Misconfigured,
        Fault::NameServerUnasked => return Story::NotReached,
        _ if is_own_shortage(failure) => return Story::Short,
        _ => {}
    }
    match failure.error_type() {
        E::DnsTimeout
        | E::DnsError
        | E::DestinationNotFound
        | E::DestinationUnavailable
        | E::DestinationIpUnroutable
        | E::ConnectionRefused
        | E::ConnectionTimeout => Story::NotReached,
        E::DestinationIpProhibited | E::ProxyConfigurationError => Story::Misconfigured,
        E::ConnectionReadTimeout | E::ConnectionWriteTimeout | E::HttpResponseTimeout => Story::Silent,
        E::ConnectionTerminated | E::HttpResponseIncomplete => Story::BrokeOff,
        E::ConnectionLimitReached => Story::Busy,
        E::TlsProtocolError | E::TlsCertificateError | E::TlsAlertReceived => Story::NotSecure,
        E::HttpResponseHeaderSectionSize
        | E::HttpResponseHeaderSize
        | E::HttpResponseBodySize
        | E::HttpResponseTrailerSectionSize
        | E::HttpResponseTrailerSize
        | E::HttpResponseTransferCoding
        | E::HttpResponseContentCoding
        | E::HttpUpgradeFailed
        | E::HttpProtocolError => Story::Unreadable,
        E::ProxyLoopDetected => Story::Circle,
        E::HttpRequestError | E::HttpRequestDenied => Story::NotPossible,
        E::ProxyInternalError | E::ProxyInternalResponse => Story::Internal,
    }
}

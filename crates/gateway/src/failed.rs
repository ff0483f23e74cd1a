//! Everything that can keep a request from being answered, as the gateway itself knows it.
//!
//! What the upstream leg did is a [`Failure`](goodgate_wire::Failure) of `wire`; the gateway adds only its own
//! coordinates. Which status and words become of it is decided in one place, in `answer`.

use goodgate_facts::ErrorType;
use goodgate_wire::{Failure, RequestFault};

/// Why a request was not answered by whom it was for.
#[derive(Clone, Debug, PartialEq)]
pub enum Failed {
    /// The client's doing.
    Request(RequestFault),
    /// The client went away before it was answered.
    ClientGone,
    /// No site has this host, or no route of the site fits.
    NoRoute,
    /// The TLS name and the `Host` belong to different sites (421).
    Misdirected,
    /// The method is not one that this route serves (405); the list of those it does.
    MethodNotAllowed(std::borrow::Cow<'static, str>),
    /// The operating system keeps a file from the gateway (403).
    Denied,
    /// The request has been here before (Via, CDN-Loop).
    Loop,
    /// The exchange with the chosen server failed.
    Upstream(Box<Failure>),
    /// No server of the upstream may be asked: all are down by their health checks, or ejected.
    NoServer,
    /// The upstream has as many requests as it may have, and its queue is full.
    QueueFull,
    /// A place in the queue was not reached in time.
    QueueTimedOut,
    /// A server's limit of connections is reached.
    ConnectionLimit,
    /// Something inside the gateway that should not happen. (That attempts or the retry budget are spent is no failure
    /// of its own: the last attempt's stands.)
    Internal(&'static str),
}

impl Failed {
    /// The error type of RFC 9209; `None` where the gateway answers as a server would (no route, wrong method).
    pub fn error_type(&self) -> Option<ErrorType> {
        match self {
            Self::Request(_) | Self::Misdirected => Some(ErrorType::HttpRequestError),
            Self::ClientGone | Self::MethodNotAllowed(_) | Self::Denied => None,
            Self::NoRoute => Some(ErrorType::DestinationNotFound),
            Self::Loop => Some(ErrorType::ProxyLoopDetected),
            Self::Upstream(failure) => Some(failure.error_type()),
            Self::NoServer => Some(ErrorType::DestinationUnavailable),
            Self::QueueFull | Self::QueueTimedOut | Self::ConnectionLimit => {
                Some(ErrorType::ConnectionLimitReached)
            }
            Self::Internal(_) => Some(ErrorType::ProxyInternalError),
        }
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self::Upstream(Box::new(failure))
    }
}

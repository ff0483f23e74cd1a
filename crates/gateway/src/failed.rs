//! Everything that can keep a request from being answered, as the gateway itself knows it.
//!
//! What the upstream leg did is a [`Failure`](goodgate_wire::Failure) of `wire`; the gateway adds only its own
//! coordinates. Which status and words become of it is decided in one place, in `answer`.

use goodgate_facts::{Errno, ErrorType};
use goodgate_wire::{Failure, RequestFault};

/// Why a request was not answered by whom it was for.
#[derive(Clone, Debug, PartialEq)]
pub enum Failed {
    /// The client's doing.
    Request(RequestFault),
    /// The client went away before it was answered.
    ClientGone,
    /// The client took its answer too slowly and was given up.
    ClientStalled,
    /// No site has this host, or no route of the site fits.
    NoRoute,
    /// The TLS name and the `Host` belong to different sites (421).
    Misdirected,
    /// The method is not one that this route serves (405); the list of those it does.
    MethodNotAllowed(std::borrow::Cow<'static, str>),
    /// The operating system keeps a file from the gateway (403).
    Denied,
    /// The request has been here before (Via).
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
    /// The request's body, which must be known whole before it goes on, could not be kept.
    NotKept(NotKept),
    /// Something inside the gateway that should not happen. (That attempts or the retry budget are spent is no failure
    /// of its own: the last attempt's stands.)
    Internal(&'static str),
}

impl Failed {
    /// The error type of RFC 9209; `None` where the gateway answers as a server would (no route, wrong method).
    pub fn error_type(&self) -> Option<ErrorType> {
        match self {
            Self::Request(_) | Self::Misdirected => Some(ErrorType::HttpRequestError),
            Self::ClientGone | Self::ClientStalled | Self::MethodNotAllowed(_) | Self::Denied => None,
            Self::NoRoute => Some(ErrorType::DestinationNotFound),
            Self::Loop => Some(ErrorType::ProxyLoopDetected),
            Self::Upstream(failure) => Some(failure.error_type()),
            Self::NoServer => Some(ErrorType::DestinationUnavailable),
            Self::QueueFull | Self::QueueTimedOut | Self::ConnectionLimit => {
                Some(ErrorType::ConnectionLimitReached)
            }
            Self::NotKept(_) | Self::Internal(_) => Some(ErrorType::ProxyInternalError),
        }
    }
}

/// Why a body that must be known whole before it goes on could not be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotKept {
    /// The disk is full, or what this user may have of it.
    DiskFull,
    /// All such bodies together have as much of the disk as they may.
    TotalReached,
    /// No file can be made in the folder: it is missing, or the gateway may not write there.
    Folder(Errno),
    /// The gateway has no file descriptor left.
    NoDescriptor,
    /// The file cannot be written or read; 0 where the system has no number for why.
    Broken(Errno),
}

impl NotKept {
    /// What happened, in words that name nothing of the inside but keys of the configuration.
    pub fn words(self) -> &'static str {
        match self {
            Self::DiskFull => "the disk with the folder for request bodies (collect.folder) is full",
            Self::TotalReached => {
                "request bodies have as much of the disk together as they may (collect.total_size)"
            }
            Self::Folder(_) => "no file can be made in the folder for request bodies (collect.folder)",
            Self::NoDescriptor => "the gateway has no file descriptor left for a request's body",
            Self::Broken(_) => "the file with a request's body cannot be written or read (collect.folder)",
        }
    }

    /// The system's number for it.
    pub fn errno(self) -> Option<Errno> {
        match self {
            Self::Folder(errno) | Self::Broken(errno) => Some(errno).filter(|errno| errno.0 != 0),
            Self::DiskFull | Self::TotalReached | Self::NoDescriptor => None,
        }
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self::Upstream(Box::new(failure))
    }
}

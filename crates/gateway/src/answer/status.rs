//! Which status a failure has. The only table of them: nothing else in the gateway maps failures to statuses.

use goodgate_facts::{ErrorType, Side};
use goodgate_wire::{Failure, Fault, RequestFault};

use crate::{Failed, NotKept};

/// nginx's status for a client that left, or was given up, before it was answered. Nobody is sent it; the log may show it.
const CLIENT_LEFT: u16 = 499;

/// Where our own rules make an upstream unreachable.
const BAD_GATEWAY: u16 = 502;
/// What will be better soon.
const UNAVAILABLE: u16 = 503;
/// Where the disk is full (RFC 4918 section 11.5).
const NO_STORAGE: u16 = 507;
/// What somebody has to mend on this machine.
const OWN_FAULT: u16 = 500;

/// The status code: a broken or invalid answer 502, silence 504, nobody to ask or no room 503, and what the client
/// could do better 4xx. Where nothing else is said, what RFC 9209 recommends for the error type.
pub fn status(failed: &Failed) -> u16 {
    match failed {
        Failed::Request(fault) => of_request(*fault),
        Failed::ClientGone | Failed::ClientStalled => CLIENT_LEFT,
        Failed::NoRoute => 404,
        Failed::Misdirected => 421,
        Failed::MethodNotAllowed(_) => 405,
        Failed::Denied => 403,
        Failed::Upstream(failure) => of_failure(failure),
        Failed::NoServer | Failed::QueueFull | Failed::QueueTimedOut | Failed::ConnectionLimit => UNAVAILABLE,
        Failed::NotKept(fault) => of_kept(*fault),
        Failed::Loop | Failed::Internal(_) => {
            failed.error_type().and_then(ErrorType::recommended_status).unwrap_or(OWN_FAULT)
        }
    }
}

fn of_request(fault: RequestFault) -> u16 {
    match fault {
        RequestFault::Malformed(_) => 400,
        RequestFault::HeadTooBig => 431,
        RequestFault::TargetTooLong => 414,
        RequestFault::BodyTooBig => 413,
        RequestFault::TooSlow => 408,
        RequestFault::VersionUnknown => 505,
        RequestFault::CodingUnknown => 501,
        RequestFault::ConnectRefused => 405,
        RequestFault::ExpectationUnknown => 417,
    }
}

fn of_kept(fault: NotKept) -> u16 {
    match fault {
        NotKept::TotalReached | NotKept::NoDescriptor => UNAVAILABLE,
        NotKept::DiskFull => NO_STORAGE,
        NotKept::Folder(_) | NotKept::Broken(_) => OWN_FAULT,
    }
}

fn of_failure(failure: &Failure) -> u16 {
    match failure.fault {
        // Our own configuration names what cannot be reached: to the client that is a broken server like any other.
        Fault::Denied | Fault::NameInvalid | Fault::NameServerForbidden => BAD_GATEWAY,
        _ if is_own_shortage(failure) => UNAVAILABLE,
        _ => failure.error_type().recommended_status().unwrap_or(BAD_GATEWAY),
    }
}

/// Whether this machine had not enough of something.
pub(super) fn is_own_shortage(failure: &Failure) -> bool {
    failure.side == Side::Gateway
        && matches!(failure.fault, Fault::NoLocalPort | Fault::NoDescriptor | Fault::NoMemory)
}

/// Seconds for `Retry-After`, with every 503: about as long as what is missing takes to come back.
pub(super) fn retry_after_s(failed: &Failed) -> Option<u32> {
    /// Health checks and ejected servers need a few seconds.
    const SERVERS_BACK_S: u32 = 10;
    /// A queue has moved on by then.
    const ROOM_AGAIN_S: u32 = 5;
    match failed {
        Failed::NoServer => Some(SERVERS_BACK_S),
        Failed::QueueFull | Failed::QueueTimedOut | Failed::ConnectionLimit => Some(ROOM_AGAIN_S),
        Failed::NotKept(NotKept::TotalReached | NotKept::NoDescriptor) => Some(SERVERS_BACK_S),
        Failed::Upstream(failure) if is_own_shortage(failure) => Some(SERVERS_BACK_S),
        _ => None,
    }
}

/// The methods for `Allow`, which every 405 has (RFC 9110 section 15.5.6).
pub(super) fn allow(failed: &Failed) -> Option<&str> {
    match failed {
        Failed::MethodNotAllowed(methods) => Some(methods.as_ref()),
        Failed::Request(RequestFault::ConnectRefused) => Some("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
        _ => None,
    }
}

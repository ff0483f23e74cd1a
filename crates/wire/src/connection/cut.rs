//! How a stream of bytes ended before its time, and what that means in each phase.

use std::io;

use goodgate_facts::{Errno, Phase};

use crate::{Failure, Fault, tls_fault};

/// The end of what the peer sends, or of what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Closed: FIN, and in TLS a `close_notify` before it.
    Closed,
    /// TLS only: FIN without `close_notify`, which anybody on the path can bring about (RFC 8446 section 6.1).
    Unannounced,
    /// The operating system says so: a reset, mostly.
    Failed(Option<Errno>),
    /// TLS broke after the handshake, by an alert for example.
    Tls(Fault),
}

impl Cut {
    /// What this error of reading or writing says.
    pub(crate) fn of(error: &io::Error) -> Self {
        if let Some(errno) = error.raw_os_error() {
            return Self::Failed(Some(Errno(errno)));
        }
        match (tls_fault(error), error.kind()) {
            (Some(Fault::TlsClosed), _) => Self::Closed,
            (Some(fault), _) => Self::Tls(fault),
            (None, io::ErrorKind::UnexpectedEof) => Self::Unannounced,
            (None, _) => Self::Failed(None),
        }
    }

    /// The end of what the peer sends, where writing had broken before. The operating system tells a reset once: if a
    /// write met it, the read behind it sees a mere end.
    pub(crate) fn after(self, broken: Option<Self>) -> Self {
        match (self, broken) {
            (Self::Closed | Self::Unannounced, Some(Self::Failed(Some(errno))))
                if io::Error::from_raw_os_error(errno.0).kind() == io::ErrorKind::ConnectionReset =>
            {
                Self::Failed(Some(errno))
            }
            _ => self,
        }
    }

    /// The fault that it is in this phase.
    pub(crate) fn fault(self, phase: Phase) -> Fault {
        let closed = matches!(self, Self::Closed | Self::Unannounced);
        match (self, phase) {
            (Self::Tls(fault), _) => fault,
            (_, Phase::Wait) if closed => Fault::ClosedBeforeResponse,
            (_, Phase::Head) if closed => Fault::ClosedInHead,
            (_, Phase::Body) if closed => Fault::BodyClosed,
            (_, Phase::Wait) => Fault::ResetBeforeResponse,
            (_, Phase::Head) => Fault::ResetInHead,
            (_, Phase::Body) => Fault::BodyReset,
            _ => Fault::SendBroken,
        }
    }

    /// The operating system's error.
    pub(crate) fn errno(self) -> Option<Errno> {
        match self {
            Self::Failed(errno) => errno,
            _ => None,
        }
    }

    /// The failure that it is in this phase.
    pub(crate) fn failure(self, phase: Phase) -> Failure {
        Failure { errno: self.errno(), ..Failure::new(self.fault(phase), phase) }
    }
}

//! How a stream of bytes ended before its time, and what that means in each phase.

use std::io;

use goodgate_facts::{Errno, Phase};

use crate::{Failure, Fault, tls_fault};

/// The end of what the peer sends, or of what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Closed: FIN, and in TLS a `close_notify` before it.
    Closed,
    /// TLS only: FIN without `close_notify`, which anybody on the path can bring about (RFC 8446 section 6.1).
    Unannounced,
    /// The operating system says so: a reset, mostly.
    Failed(Option<Errno>),
    /// The operating system gave up, since the peer confirmed nothing any more (ETIMEDOUT).
    Silent(Errno),
    /// The way to the peer is gone (EHOSTUNREACH, ENETUNREACH).
    Unroutable(Errno),
    /// TLS broke after the handshake, by an alert for example.
    Tls(Fault),
}

impl Cut {
    /// What this error of reading or writing says.
    pub fn of(error: &io::Error) -> Self {
        if let Some(errno) = error.raw_os_error() {
            let errno = Errno(errno);
            return match error.kind() {
                io::ErrorKind::TimedOut => Self::Silent(errno),
                io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable
                | io::ErrorKind::NetworkDown => Self::Unroutable(errno),
                _ => Self::Failed(Some(errno)),
            };
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
    pub fn after(self, broken: Option<Self>) -> Self {
        match (self, broken) {
            (Self::Closed | Self::Unannounced, Some(Self::Failed(Some(errno))))
                if io::Error::from_raw_os_error(errno.0).kind() == io::ErrorKind::ConnectionReset =>
            {
                Self::Failed(Some(errno))
            }
            (Self::Closed | Self::Unannounced, Some(lost @ (Self::Silent(_) | Self::Unroutable(_)))) => lost,
            _ => self,
        }
    }

    /// The fault that it is in this phase.
    pub fn fault(self, phase: Phase) -> Fault {
        let closed = matches!(self, Self::Closed | Self::Unannounced);
        match (self, phase) {
            (Self::Tls(fault), _) => fault,
            (Self::Unroutable(_), _) => Fault::Unroutable,
            (Self::Silent(_), Phase::Wait) => Fault::WaitTimedOut,
            (Self::Silent(_), Phase::Head) => Fault::HeadTimedOut,
            (Self::Silent(_), Phase::Body) => Fault::BodyTimedOut,
            (Self::Silent(_), _) => Fault::SendTimedOut,
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
    pub fn errno(self) -> Option<Errno> {
        match self {
            Self::Failed(errno) => errno,
            Self::Silent(errno) | Self::Unroutable(errno) => Some(errno),
            _ => None,
        }
    }

    /// The failure that it is in this phase.
    pub fn failure(self, phase: Phase) -> Failure {
        Failure { errno: self.errno(), ..Failure::new(self.fault(phase), phase) }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use goodgate_facts::ErrorType;
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::super::{Duplex, turn};
    use super::*;
    use crate::{BodyEnd, Limits, Request, Retry};

    /// A peer that takes everything or nothing, says this and is then met by an error of the operating system, as only
    /// a broken network brings about.
    struct Broken {
        takes: bool,
        says: &'static [u8],
        errno: i32,
    }

    impl Duplex for Broken {
        fn taken(&self) -> Option<u64> {
            None
        }
    }

    impl AsyncRead for Broken {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let this = self.get_mut();
            let said = std::mem::take(&mut this.says);
            buffer.put_slice(said);
            let error = || io::Error::from_raw_os_error(this.errno);
            Poll::Ready(if said.is_empty() { Err(error()) } else { Ok(()) })
        }
    }

    impl AsyncWrite for Broken {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            let error = || io::Error::from_raw_os_error(self.errno);
            Poll::Ready(if self.takes { Ok(bytes.len()) } else { Err(error()) })
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    async fn failure(mut broken: Broken) -> Failure {
        let request = Request {
            method: "GET",
            target: "/".to_owned(),
            authority: "localhost".to_owned(),
            secure: false,
            fields: Vec::new(),
            keep_alive: true,
        };
        match turn::exchange(&mut broken, &request, &Limits::default()).await {
            Err(failure) => failure,
            Ok(response) => match response.end {
                BodyEnd::Failed(failure) => failure,
                end => panic!("{end:?}"),
            },
        }
    }

    #[tokio::test]
    async fn a_way_that_is_lost_is_no_reset() {
        const ETIMEDOUT: i32 = 110;
        const EHOSTUNREACH: i32 = 113;
        let (head, body) = (&b"HTTP/1.1 2"[..], &b"HTTP/1.1 200 OK\r\n\r\nbo"[..]);
        for (takes, says, phase, late) in [
            (false, &b""[..], Phase::Send, Fault::SendTimedOut),
            (true, b"", Phase::Wait, Fault::WaitTimedOut),
            (true, head, Phase::Head, Fault::HeadTimedOut),
            (true, body, Phase::Body, Fault::BodyTimedOut),
        ] {
            for (errno, fault) in [(ETIMEDOUT, late), (EHOSTUNREACH, Fault::Unroutable)] {
                let failure = failure(Broken { takes, says, errno }).await;
                assert_eq!((failure.fault, failure.phase), (fault, phase));
                assert_eq!((failure.errno, failure.retry == Retry::Safe), (Some(Errno(errno)), !takes));
            }
        }
        let failure = failure(Broken { takes: true, says: b"nonsense\r\n", errno: EHOSTUNREACH }).await;
        assert_eq!(
            (failure.fault, failure.error_type()),
            (Fault::StatusLineInvalid, ErrorType::HttpProtocolError)
        );
    }
}

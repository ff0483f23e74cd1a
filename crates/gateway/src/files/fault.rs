//! What can go wrong with files that is not the client's business.

use std::fmt;

use goodgate_facts::Errno;
use rustix::io;

/// Why a file could not be served though nothing is wrong with the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFault {
    /// The folder itself cannot be opened.
    Root(Errno),
    /// The operating system failed to open or read a file in it: a disk's error, or no file descriptor left.
    System(Errno),
    /// The file became shorter while it was being sent: so many of the announced bytes are missing, and the connection
    /// must break so that the client can tell.
    Shrunk {
        /// Bytes that are missing, at least.
        missing: u64,
    },
    /// The pool of blocking threads is gone: the gateway is stopping.
    Stopped,
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(errno) => write!(f, "the folder cannot be opened (error {})", errno.0),
            Self::System(errno) => write!(f, "the file cannot be opened or read (error {})", errno.0),
            Self::Shrunk { missing } => write!(f, "the file lost {missing} bytes while it was being sent"),
            Self::Stopped => f.write_str("the gateway is stopping"),
        }
    }
}

impl std::error::Error for FileFault {}

/// The number of a system error.
pub(super) fn errno(error: io::Errno) -> Errno {
    Errno(error.raw_os_error())
}

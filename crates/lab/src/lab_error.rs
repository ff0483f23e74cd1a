//! What can go wrong in the lab itself, as opposed to what it makes go wrong on purpose.

use std::fmt;
use std::io;
use std::net::SocketAddr;

/// A failure of the lab: what was tried, where, and how to mend it.
#[derive(Debug)]
#[non_exhaustive]
pub enum LabError {
    /// An address could not be listened on.
    Listen {
        /// The address.
        at: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Keys or certificates could not be made.
    Certificates {
        /// What the cryptography said.
        why: String,
    },
    /// A recipe cannot be played in this place.
    Unplayable {
        /// The recipe's name.
        recipe: String,
        /// Why not, in a sentence without its full stop.
        why: String,
        /// What to do instead, in a sentence without its full stop.
        mend: String,
    },
    /// Something asked of the operating system failed: a file, a process, a connection of our own.
    System {
        /// What was tried, such as `starting /usr/sbin/nginx`.
        doing: String,
        /// What the system said.
        source: io::Error,
        /// What to do about it, in a sentence without its full stop.
        mend: String,
    },
    /// The origin's own tasks are gone, because the runtime that ran them was shut down.
    Gone {
        /// The origin's address.
        at: SocketAddr,
    },
}

impl LabError {
    /// Something asked of the operating system failed.
    #[must_use]
    pub fn system(doing: impl Into<String>, source: io::Error, mend: impl Into<String>) -> Self {
        Self::System { doing: doing.into(), source, mend: mend.into() }
    }
}

impl fmt::Display for LabError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { at, source } => {
                write!(out, "cannot listen on {at}: {source}; {}", mend_listen(*at, source))
            }
            Self::Certificates { why } => {
                write!(
                    out,
                    "the lab's certificates cannot be made: {why}; is there a source of randomness here?"
                )
            }
            Self::Unplayable { recipe, why, mend } => {
                write!(out, "recipe {recipe} cannot be played here: {why}; {mend}")
            }
            Self::System { doing, source, mend } => write!(out, "{doing} failed: {source}; {mend}"),
            Self::Gone { at } => write!(out, "the origin on {at} has ended; start a new one"),
        }
    }
}

fn mend_listen(at: SocketAddr, source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::AddrInUse => {
            format!("another program has port {}; stop it or choose another port", at.port())
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("{} is no address of this machine; choose one of its own, such as 127.0.0.1", at.ip())
        }
        io::ErrorKind::PermissionDenied => "choose a port from 1024 on, or run with more rights".to_owned(),
        _ => "choose another address or port".to_owned(),
    }
}

impl std::error::Error for LabError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } | Self::System { source, .. } => Some(source),
            Self::Certificates { .. } | Self::Unplayable { .. } | Self::Gone { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_failed_where_and_what_to_do() {
        let error = LabError::Listen {
            at: SocketAddr::from(([127, 0, 0, 1], 8502)),
            source: io::Error::from(io::ErrorKind::AddrInUse),
        };
        let text = error.to_string();
        assert!(text.contains("127.0.0.1:8502") && text.contains("choose another port"), "{text}");
    }
}

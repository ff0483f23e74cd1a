//! Why the lab could not be set up: what, where, and how to mend it.

use std::fmt;

/// Why the lab could not be set up.
#[derive(Debug)]
#[non_exhaustive]
pub enum LabError {
    /// Keys or certificates could not be made.
    Certificates {
        /// What the cryptography said.
        why: String,
    },
}

impl fmt::Display for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificates { why } => {
                write!(f, "the lab's certificates cannot be made: {why}; is there a source of randomness here?")
            }
        }
    }
}

impl std::error::Error for LabError {}

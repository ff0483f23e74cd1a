//! An instant or a range of time.

use crate::Moment;

/// When something happened: the first and the last time it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The earliest instant.
    pub first: Moment,
    /// The latest instant; equal to `first` for a single event.
    pub last: Moment,
}

impl Span {
    /// A single instant.
    pub fn at(moment: Moment) -> Self {
        Self { first: moment, last: moment }
    }

    /// The smallest span that holds both.
    pub fn join(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}

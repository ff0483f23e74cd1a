//! What to think of what a gateway made of a recipe: one rule after another, each with the sentence and the place
//! that says so.

/// What to think of it, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// As a correct gateway does.
    Right,
    /// The client can tell that it failed and that it was not the client's fault, but less than could be told.
    Tolerable,
    /// The client is told something that is not so, or nothing.
    Misleading,
    /// A cut answer reaches the client as if it were whole.
    HidesTruncation,
    /// The client waits longer than any of the gateway's own limits.
    Hangs,
    /// A request that may have been acted upon is made again.
    UnsafeRetry,
    /// Answers can get mixed up, or a message is passed on that can be read in two ways.
    SmugglingRisk,
}

impl Kind {
    /// All of them, from good to bad.
    pub const ALL: [Self; 7] = [
        Self::Right,
        Self::Tolerable,
        Self::Misleading,
        Self::HidesTruncation,
        Self::Hangs,
        Self::UnsafeRetry,
        Self::SmugglingRisk,
    ];

    /// Its name in documents and on the screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Tolerable => "tolerable",
            Self::Misleading => "misleading",
            Self::HidesTruncation => "hides truncation",
            Self::Hangs => "hangs",
            Self::UnsafeRetry => "unsafe retry",
            Self::SmugglingRisk => "smuggling risk",
        }
    }
}

/// A verdict on one drive, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What to think of it.
    pub kind: Kind,
    /// What was seen and what the rule says, in a plain sentence.
    pub says: String,
    /// The place that says so, such as `RFC 9112 §8`.
    pub see: String,
}

//! What to think of what a gateway made of a recipe: one rule after another, each with the sentence and the place
//! that says so.
//!
//! Pure: a recipe and an observation in, a verdict out. It knows no product.

mod case;
mod framing;
mod rules;
mod seen;

use self::case::Case;
use self::rules::RULES;
use crate::observation::Observation;
use crate::recipe::Recipe;

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

/// What to think of what was seen. The first rule that holds decides; the worst come first.
#[must_use]
pub fn verdict(recipe: &Recipe, seen: &Observation) -> Verdict {
    let case = Case::new(recipe, seen);
    let rule = RULES.iter().find(|rule| (rule.holds)(&case)).unwrap_or(&rules::OTHERWISE);
    let (says, see) = rule.reason(&case);
    Verdict {
        kind: rule.kind,
        says: format!("{}; {}.", seen::clause(rule, &case), seen::continued(says)),
        see: see.to_owned(),
    }
}

#[cfg(test)]
mod tests;

//! The body of knowledge: the catalogue of causes, and the judge that weighs signals against it. Pure.

mod cause;
mod checks;
mod front_matter;
mod judge;
mod list;

pub use cause::{
    Audience, Case, Cause, Check, Clue, Kind, Prose, Remedy, RemedyIn, RemedyWords, Risk, Translation,
};
pub use checks::information_gain;
pub use front_matter::CatalogueError;
pub use judge::{Certainty, Judgement, Observed, Ranked, judge};
pub use list::{catalogue, get};

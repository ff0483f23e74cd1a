//! Named files and signals in → told apart by what they are, joined by target, time, pid and request → findings.
//! Pure: the files are handed in, and so is everything that only a person knows.
//!
//! The recipe is [`diagnose`].

mod derive;
mod finding;
mod incident;
mod material;
mod unseen;

pub use finding::{Diagnosis, Finding, Outcome, Symptom};
pub use material::{FileKind, FileReport, Input};
pub use unseen::NotSeen;

use goodgate_facts::Signal;

/// Looks at everything that was handed in and says what failed, why, and how sure that is.
///
/// `told` are answers of a person; they count as signals like any others.
pub fn diagnose(inputs: &[Input], told: Vec<Signal>) -> Diagnosis {
    let mut material = material::read(inputs);
    for signal in told {
        material.evidence.add(signal);
    }
    derive::all(&mut material);
    let incidents = incident::separate(&material);
    finding::conclude(material, &incidents)
}

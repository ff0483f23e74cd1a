//! Named files and signals in → told apart by what they are, joined by target, time, pid and request → findings.
//! Pure: the files are handed in, and so is everything that only a person knows.
//!
//! The recipe is [`diagnose`].

mod derive;
mod finding;
mod incident;
mod material;
mod symptom;
mod unseen;

pub use finding::{Diagnosis, Finding, Outcome};
pub use material::{FileKind, FileReport, Input};
pub use symptom::Symptom;
pub use unseen::{NOT_GIVEN, NotSeen};

use goodgate_facts::{Evidence, Moment, Signal};

/// Looks at everything that was handed in and says what failed, why, and how sure that is.
///
/// `told` are answers of a person; they count as signals like any others.
pub fn diagnose(inputs: &[Input], told: Vec<Signal>) -> Diagnosis {
    diagnose_with(inputs, told, &|count, read| (0..count).for_each(read))
}

/// Has a piece of work done for every number below the first argument, in any order, at once or one after another.
pub type Workers<'a> = &'a dyn Fn(usize, &(dyn Fn(usize) + Sync));

/// As [`diagnose`], with logs read by `workers` of the caller's. The answer does not depend on them: what each file
/// said is put together in the order of the inputs.
pub fn diagnose_with(inputs: &[Input], told: Vec<Signal>, workers: Workers<'_>) -> Diagnosis {
    diagnose_seen(inputs, told, [], workers)
}

/// What somebody has just looked at, beside the files.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Answers that came, as saved pages; read as if they had been handed in.
    pub pages: Vec<Input>,
    /// When.
    pub at: Option<Moment>,
    /// What else was seen.
    pub evidence: Evidence,
}

impl Seen {
    /// What is handed over of one look: the page that is to be explained, under the name of its address, when the look
    /// began, and what else it saw.
    pub fn of(page: Option<(String, &str)>, at: Moment, seen: &Evidence) -> Self {
        let page = page.map(|(name, text)| Input { name, bytes: text.as_bytes().to_vec() });
        let mut evidence = Evidence::new();
        for signal in seen.signals() {
            evidence.add(signal.clone());
        }
        for looked in seen.looked() {
            evidence.add_looked(looked.clone());
        }
        Self { pages: page.into_iter().collect(), at: Some(at), evidence }
    }
}

/// As [`diagnose_with`], with what a look from outside has seen.
pub fn diagnose_seen(
    inputs: &[Input],
    told: Vec<Signal>,
    seen: impl IntoIterator<Item = Seen>,
    workers: Workers<'_>,
) -> Diagnosis {
    let mut material = material::read(inputs, workers);
    for one in seen {
        material::take_seen(one, &mut material);
    }
    for signal in told {
        material.evidence.add(signal);
    }
    derive::all(&mut material);
    let incidents = incident::separate(&mut material);
    finding::conclude(material, &incidents)
}

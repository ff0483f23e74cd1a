//! The judge: signals → ranked causes.
//!
//! 1. Only full causes that admit what was seen and are not excluded compete, with *unknown* and *no fault*.
//! 2. A set of signals can prove a cause outright.
//! 3. Else, within a group of signals that stem from one event only the strongest counts; the sum over groups and
//!    the prior go through a softmax.
//! 4. A mechanism names the root that explains it (`because_of`) where one of its roots stands well.

use std::collections::{BTreeMap, BTreeSet};

use goodgate_facts::{ErrorType, Role, SignalId};

use crate::cause::{Cause, Check, Kind};
use crate::checks;

/// Log-odds of the hypothesis that something uncatalogued happened.
const UNKNOWN: f64 = 0.6;
/// Flattens the softmax: the groups are not quite independent, so a plain sum is too sure of itself.
const TEMPERATURE: f64 = 0.9;
/// A proven cause outweighs any sum of clues.
const PROOF: f64 = 12.0;
/// From this probability on the leader is called likely.
const LIKELY: f64 = 0.55;
/// From this probability on it is called possible.
const POSSIBLE: f64 = 0.2;
/// A root explains a mechanism that outranks it if it has at least this probability.
const EXPLAINS: f64 = 0.08;

/// What the judge is given: the ids seen in one finding. Coordinates were joined before.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Signals that are there.
    pub present: BTreeSet<SignalId>,
    /// Signals that were looked for completely and are not there.
    pub absent: BTreeSet<SignalId>,
}

impl Observed {
    /// Signals by id.
    pub fn new(present: impl IntoIterator<Item = SignalId>) -> Self {
        Self { present: present.into_iter().collect(), absent: BTreeSet::new() }
    }

    fn all(&self, ids: &[SignalId]) -> bool {
        ids.iter().all(|id| self.present.contains(id))
    }

    fn any(&self, ids: &[SignalId]) -> bool {
        ids.iter().any(|id| self.present.contains(id))
    }

    /// The error types that the failures seen behind the site's first server stand for.
    pub fn error_types(&self) -> BTreeSet<ErrorType> {
        self.present
            .iter()
            .filter(|id| !id.kind().outer)
            .filter_map(|id| match id.kind().role {
                Role::Failure(error, _) => error,
                _ => None,
            })
            .collect()
    }
}

/// How sure the judge is of its leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// A joined finding proves it.
    Proven,
    /// It is much more probable than the others together.
    Likely,
    /// It leads, but others are close.
    Possible,
    /// Nothing stands out.
    CannotTell,
}

impl Certainty {
    /// The words used in JSON documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Likely => "likely",
            Self::Possible => "possible",
            Self::CannotTell => "cannot-tell",
        }
    }

    /// Whether the answer is more than one possibility among others.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Proven | Self::Likely)
    }
}

/// A cause in the ranking.
#[derive(Clone, Debug)]
pub struct Ranked {
    /// The catalogue's entry.
    pub cause: &'static Cause,
    /// Its share, 0 to 1.
    pub probability: f64,
    /// Whether it is proven.
    pub proven: bool,
    /// For a mechanism: the root that explains it.
    pub because_of: Option<&'static str>,
    /// Signals that spoke for it, strongest first.
    pub in_favour: Vec<SignalId>,
    /// Signals that spoke against it.
    pub against: Vec<SignalId>,
}

/// The judge's answer.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Causes by falling probability; those under one in a hundred are left out.
    pub ranked: Vec<Ranked>,
    /// The share of "something that is not in the catalogue".
    pub unknown: f64,
    /// How sure.
    pub certainty: Certainty,
    /// What to look at next, the most telling first.
    pub next: Vec<Check>,
}

struct Scored {
    cause: &'static Cause,
    score: f64,
    proven: bool,
    in_favour: Vec<SignalId>,
    against: Vec<SignalId>,
}

/// Weighs what was observed against the catalogue.
pub fn judge(catalogue: &'static [Cause], observed: &Observed) -> Judgement {
    let types = observed.error_types();
    let mut scored: Vec<Scored> = catalogue
        .iter()
        .filter(|cause| cause.is_full() && admits(cause, observed, &types) && !observed.any(&cause.exclude))
        .map(|cause| score(cause, observed))
        .collect();
    let odds: Vec<f64> = scored.iter().map(|s| (s.score / TEMPERATURE).exp()).collect();
    let total = odds.iter().sum::<f64>() + (UNKNOWN / TEMPERATURE).exp();
    let unknown = (UNKNOWN / TEMPERATURE).exp() / total;
    let mut ranked: Vec<Ranked> = scored
        .drain(..)
        .zip(odds)
        .map(|(s, odds)| Ranked {
            cause: s.cause,
            probability: odds / total,
            proven: s.proven,
            because_of: None,
            in_favour: s.in_favour,
            against: s.against,
        })
        .collect();
    ranked.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.cause.id.cmp(b.cause.id)));
    explain(&mut ranked);
    let certainty = certainty(ranked.first(), unknown);
    let next = checks::best(&ranked, observed);
    ranked.retain(|r| r.probability >= 0.01);
    Judgement { ranked, unknown, certainty, next }
}

/// From this weight on a clue speaks for a cause by itself, whatever failure was seen.
const SPEAKS_ALONE: f64 = 2.0;

/// Whether the cause can stand behind what was seen: it lists the error type, it weighs the failure itself, or a
/// clue speaks for it by itself. A mere circumstance ("something listens") lets nobody in.
fn admits(cause: &Cause, observed: &Observed, types: &BTreeSet<ErrorType>) -> bool {
    let failure = |id: &SignalId| matches!(id.kind().role, Role::Failure(..));
    cause.symptoms.iter().any(|symptom| types.contains(symptom))
        || cause.clues.iter().any(|clue| {
            let weighty = clue.weight >= SPEAKS_ALONE || clue.weight > 0.0 && clue.all.iter().any(failure);
            weighty && observed.all(&clue.all) && !observed.any(&clue.none)
        })
}

fn score(cause: &'static Cause, observed: &Observed) -> Scored {
    let mut groups: BTreeMap<(&'static str, bool), (f64, &Vec<SignalId>)> = BTreeMap::new();
    for clue in &cause.clues {
        if !observed.all(&clue.all) || observed.any(&clue.none) {
            continue;
        }
        let group = clue.all.first().map_or("", |id| id.kind().group);
        let entry = groups.entry((group, clue.weight < 0.0)).or_insert((clue.weight, &clue.all));
        if clue.weight.abs() > entry.0.abs() {
            *entry = (clue.weight, &clue.all);
        }
    }
    let proof = cause.proof.iter().find(|set| !set.is_empty() && observed.all(set));
    let mut parts: Vec<(f64, &Vec<SignalId>)> = groups.into_values().collect();
    if let Some(set) = proof {
        parts.push((PROOF, set));
    }
    parts.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    let told = |wanted: fn(f64) -> bool| {
        let mut ids: Vec<SignalId> = Vec::new();
        for id in parts.iter().filter(|(weight, _)| wanted(*weight)).flat_map(|(_, ids)| ids.iter()) {
            if !ids.contains(id) {
                ids.push(*id);
            }
        }
        ids
    };
    Scored {
        cause,
        score: cause.prior + parts.iter().map(|(weight, _)| weight).sum::<f64>(),
        proven: proof.is_some(),
        in_favour: told(|w| w > 0.0),
        against: told(|w| w < 0.0),
    }
}

/// Names for each mechanism the root that explains it.
fn explain(ranked: &mut [Ranked]) {
    let standing: Vec<(&'static str, f64)> = ranked.iter().map(|r| (r.cause.id, r.probability)).collect();
    for entry in ranked.iter_mut().filter(|r| r.cause.kind == Kind::Mechanism) {
        let root =
            standing.iter().find(|(id, p)| *p >= EXPLAINS && entry.cause.roots.iter().any(|root| root == id));
        entry.because_of = root.map(|(id, _)| *id);
    }
}

fn certainty(leader: Option<&Ranked>, unknown: f64) -> Certainty {
    match leader {
        Some(leader) if leader.proven && leader.probability >= LIKELY => Certainty::Proven,
        Some(leader) if leader.probability >= LIKELY => Certainty::Likely,
        Some(leader) if leader.probability >= POSSIBLE && leader.probability > unknown => Certainty::Possible,
        _ => Certainty::CannotTell,
    }
}

//! The next check: what would best tell the leaders apart, by expected information gain.

use goodgate_facts::SignalId;

use crate::cause::Check;
use crate::judge::{Observed, Ranked};

/// Checks shown.
const CHECKS_MAX: usize = 3;
/// Causes whose checks are considered.
const LEADERS_MAX: usize = 5;

/// The most telling checks of the leading causes; those already answered by the evidence are left out.
pub(crate) fn best(ranked: &[Ranked], observed: &Observed) -> Vec<Check> {
    let leaders = &ranked[..ranked.len().min(LEADERS_MAX)];
    let mut candidates: Vec<(f64, &Check)> = Vec::new();
    for check in leaders.iter().flat_map(|r| &r.cause.checks) {
        let answers: Vec<SignalId> = check.answers.iter().filter_map(|name| SignalId::find(name)).collect();
        let known = answers.iter().any(|id| observed.present.contains(id) || observed.absent.contains(id));
        if known || candidates.iter().any(|(_, other)| other.ask == check.ask) {
            continue;
        }
        candidates.push((gain(leaders, &answers), check));
    }
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
    candidates.into_iter().take(CHECKS_MAX).map(|(_, check)| check.clone()).collect()
}

fn weight(ranked: &Ranked, answer: SignalId) -> f64 {
    let single = |clue: &&crate::Clue| clue.all == [answer] && clue.none.is_empty();
    ranked.cause.clues.iter().find(single).map_or(0.0, |clue| clue.weight)
}

fn entropy(parts: &[f64]) -> f64 {
    let total: f64 = parts.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    parts.iter().map(|p| p / total).filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum()
}

/// How much an answer to a question would tell between the leading causes: the expected drop of entropy (in nats) over
/// them, where `answers` are the signals that it can give. 0 for a question that tells nothing.
pub fn information_gain(ranked: &[Ranked], answers: &[SignalId]) -> f64 {
    gain(&ranked[..ranked.len().min(LEADERS_MAX)], answers)
}

/// Expected drop of entropy over the leaders, each answer weighted by how probable the leaders make it.
fn gain(leaders: &[Ranked], answers: &[SignalId]) -> f64 {
    let before: Vec<f64> = leaders.iter().map(|r| r.probability).collect();
    let after: Vec<Vec<f64>> = answers
        .iter()
        .map(|answer| leaders.iter().map(|r| r.probability * weight(r, *answer).exp()).collect())
        .collect();
    let mass: f64 = after.iter().flatten().sum();
    if mass <= 0.0 {
        return 0.0;
    }
    let expected: f64 = after.iter().map(|parts| parts.iter().sum::<f64>() / mass * entropy(parts)).sum();
    entropy(&before) - expected
}

//! Each in turn, by weight, without bunching: the smooth weighted round robin that nginx made known.

use super::{Candidate, Memory};

pub(super) fn pick(candidates: &[Candidate], memory: &mut Memory, _: u64) -> usize {
    let total: i64 = candidates.iter().map(|candidate| i64::from(candidate.share)).sum();
    let mut best = (0, i64::MIN);
    for (place, candidate) in candidates.iter().enumerate() {
        let owed = memory.owed(candidate.server);
        *owed += i64::from(candidate.share);
        if *owed > best.1 {
            best = (place, *owed);
        }
    }
    if let Some(candidate) = candidates.get(best.0) {
        *memory.owed(candidate.server) -= total;
    }
    best.0
}

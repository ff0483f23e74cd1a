//! The one with the fewest requests in hand, by weight. Among equals it goes round, so that an idle upstream is not
//! served by its first server alone.

use super::{Candidate, Memory, is_less_busy, round_robin};

pub(super) fn pick(candidates: &[Candidate], memory: &mut Memory, chance: u64) -> usize {
    if candidates.iter().all(|candidate| candidate.in_hand == 0) {
        return round_robin::pick(candidates, memory, chance);
    }
    let from = usize::try_from(chance % candidates.len().max(1) as u64).unwrap_or(0);
    let order = (from..candidates.len()).chain(0..from);
    order
        .reduce(|best, place| if is_less_busy(&candidates[place], &candidates[best]) { place } else { best })
        .unwrap_or(0)
}

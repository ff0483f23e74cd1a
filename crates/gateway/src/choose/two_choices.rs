//! The less busy of two that chance picks: nearly as even as the least busy of all, and no herd runs to the same server
//! when several gateways look at once.

use super::{Candidate, Memory, is_less_busy};

pub(super) fn pick(candidates: &[Candidate], _: &mut Memory, chance: u64) -> usize {
    let count = candidates.len().max(1) as u64;
    let first = (chance >> 32) % count;
    // A step of 1 to count - 1 leads to another one.
    let second = (first + 1 + (chance & 0xFFFF_FFFF) % (count - 1).max(1)) % count;
    let (first, second) = (usize::try_from(first).unwrap_or(0), usize::try_from(second).unwrap_or(0));
    if is_less_busy(&candidates[second], &candidates[first]) { second } else { first }
}

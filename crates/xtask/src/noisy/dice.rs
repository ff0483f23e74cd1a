//! Seeded chance: the same seed gives the same cases on every machine, so that a misjudged one can be made again.

/// SplitMix64: small, and good enough to shuffle log lines.
pub(super) struct Dice(u64);

/// SplitMix64's step and mixing.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        // Mixed, because neighbouring seeds would else give the same numbers, moved by one.
        Self(mixed(mixed(seed.wrapping_add(STEP)) ^ seed.rotate_left(32)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// A number from `low` up to, but without, `high`.
    pub(super) fn range(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low).max(1)
    }

    pub(super) fn percent(&mut self, chance: u64) -> bool {
        self.range(0, 100) < chance
    }

    pub(super) fn pick<'a, T: ?Sized>(&mut self, among: &[&'a T]) -> &'a T {
        let index = self.range(0, among.len() as u64);
        among[usize::try_from(index).unwrap_or(0)]
    }
}

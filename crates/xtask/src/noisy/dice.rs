//! Seeded chance: the same seed gives the same cases on every machine, so that a misjudged one can be made again.

/// SplitMix64: small, and good enough to shuffle log lines.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
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

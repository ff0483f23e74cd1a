//! A short run of a fuzz target, for ordinary tests: inputs that chance makes of beginnings which are nearly good, the same
//! each time.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Changes of one input, at most.
const CHANGES_MAX: usize = 6;

/// Plays so many inputs.
///
/// # Panics
/// Where one of them fails; says which.
pub(crate) fn run(runs: u64, beginnings: &[&[u8]], play: impl Fn(&[u8])) {
    let mut chance = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        usize::try_from(chance >> 33).unwrap() % below
    };
    for run in 0..runs {
        let mut bytes = beginnings[next(beginnings.len())].to_vec();
        for _ in 0..next(CHANGES_MAX) {
            let (at, byte) = (next(bytes.len()), u8::try_from(next(256)).unwrap());
            match next(4) {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                // A part of it twice.
                2 => {
                    let part = bytes[at..(at + next(9)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, part);
                }
                _ => drop(bytes.split_off(at.max(1))),
            }
        }
        let played = catch_unwind(AssertUnwindSafe(|| play(&bytes)));
        assert!(played.is_ok(), "input {run}: {bytes:?} ({})", bytes.escape_ascii());
    }
}

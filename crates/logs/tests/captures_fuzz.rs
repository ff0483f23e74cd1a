//! Readers of captures never panic, whatever they are given: real lines are cut, doubled and mixed.

use proptest::prelude::*;

fn sample_lines() -> Vec<&'static str> {
    goodgate_logs::formats()
        .iter()
        .flat_map(|format| format.samples)
        .flat_map(|sample| sample.text.lines())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn mangled_samples_never_panic(picks in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..200, 0usize..40, ".{0,6}"), 1..400)) {
        let lines = sample_lines();
        let mut text = Vec::new();
        for (pick, cut, skip, noise) in picks {
            let line = pick.get(&lines).as_bytes();
            let end = line.len().min(cut.max(skip));
            text.extend_from_slice(line.get(skip.min(end)..end).unwrap_or_default());
            text.extend_from_slice(noise.as_bytes());
            text.push(b'\n');
            text.extend_from_slice(line.get(..cut.min(line.len())).unwrap_or_default());
            text.push(b'\n');
        }
        let _ = goodgate_logs::read("mangled", &text, &[]);
    }
}

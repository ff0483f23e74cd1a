//! What the access logs' numbers say: how much fails, since when, and whether it still does.

use goodgate_facts::{Signal, id};

use super::derived;
use crate::incident::is_failure;
use crate::material::{Material, Traffic};

/// Good answers after the last bad one, from which on the service counts as recovered.
const GOOD_AFTER_MIN: u64 = 3;

pub(super) fn join(material: &mut Material) {
    let mut found: Vec<Signal> = Vec::new();
    let mut recovered = Vec::new();
    for traffic in material.gateway_traffic() {
        let tally = &traffic.tally;
        let good: u64 = tally.statuses.iter().filter(|(s, _)| (100..500).contains(*s)).map(|(_, n)| n).sum();
        let bad: u64 = tally.statuses.iter().filter(|(s, _)| **s >= 500 || **s == 0).map(|(_, n)| n).sum();
        if bad == 0 {
            continue;
        }
        if good > 0 {
            found.push(derived(id("some-requests-succeeded"), Vec::new()));
        } else {
            found.push(derived(id("every-request-failed"), Vec::new()));
        }
        recovered.push(has_recovered(material, traffic));
        if tally.statuses.contains_key(&0) {
            found.push(derived(id("no-answer-at-all"), Vec::new()));
        }
        servers(traffic, &mut found);
    }
    if !recovered.is_empty() && recovered.iter().all(|r| *r) {
        found.push(derived(id("recovered"), Vec::new()));
    }
    for signal in found {
        material.evidence.add(signal);
    }
}

/// Whether good answers follow the last bad one, and no failure was logged after them.
fn has_recovered(material: &Material, traffic: &Traffic) -> bool {
    let tally = &traffic.tally;
    let (Some((bad_line, bad_at)), Some((good_line, good_at))) = (tally.last_bad, tally.last_good) else { return false };
    let _ = (bad_at, &traffic.file);
    let failing_later = match good_at {
        Some(good_at) => {
            material.evidence.signals().iter().filter(|s| is_failure(s)).filter_map(|s| s.when).any(|w| w.last > good_at)
        }
        None => false,
    };
    let good_after = u64::from(good_line.saturating_sub(bad_line));
    good_after >= GOOD_AFTER_MIN && !failing_later
}

/// One server of the pool fails while the others answer.
fn servers(traffic: &Traffic, found: &mut Vec<Signal>) {
    let per_target = &traffic.tally.per_target;
    if per_target.len() < 2 {
        return;
    }
    let failing: Vec<_> = per_target.iter().filter(|(_, (good, bad))| *bad > *good).map(|(t, _)| t).collect();
    let fine = per_target.values().any(|(good, bad)| good > bad);
    if let ([target], true) = (failing.as_slice(), fine) {
        found.push(derived(id("one-server-fails"), Vec::new()).target((*target).clone()));
    }
}

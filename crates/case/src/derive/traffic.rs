//! What the access logs' numbers say: how much fails, since when, in what pattern, and whether it still does.

use goodgate_facts::{Signal, SignalId, Value, id};

use super::derived;
use crate::incident::is_failure;
use crate::material::{Material, Traffic};

/// Good answers after the last bad one, from which on the service counts as recovered.
const GOOD_AFTER_MIN: u64 = 3;
/// All requests count as refused where fewer than one in so many was not: those are health checks and the like.
const REFUSED_OF: u64 = 10;
/// Bad answers in a row that make a stretch rather than a slip.
const STRETCH_MIN: u64 = 3;

pub(super) fn join(material: &mut Material) {
    let mut found: Vec<Signal> = Vec::new();
    let mut recovered = Vec::new();
    for traffic in material.gateway_traffic() {
        let tally = &traffic.tally;
        let good: u64 = tally.statuses.iter().filter(|(s, _)| (100..500).contains(*s)).map(|(_, n)| n).sum();
        let bad: u64 = tally.statuses.iter().filter(|(s, _)| **s >= 500).map(|(_, n)| n).sum();
        if tally.statuses.contains_key(&0) {
            found.push(derived(id("no-answer-at-all"), Vec::new()));
        }
        if bad == 0 {
            refusals(traffic, &mut found);
            continue;
        }
        let share = if good > 0 { id("some-requests-succeeded") } else { id("every-request-failed") };
        found.push(derived(share, Vec::new()));
        recovered.push(has_recovered(material, traffic));
        pattern(traffic, bad, &mut found);
        bodies(traffic, bad, &mut found);
        servers(traffic, &mut found);
    }
    if !recovered.is_empty() && recovered.iter().all(|r| *r) {
        found.push(derived(id("recovered"), Vec::new()));
    }
    lengths(material, &mut found);
    for signal in found {
        material.evidence.add(signal);
    }
    let mut found = Vec::new();
    codes(material, &mut found);
    for signal in found {
        material.evidence.add(signal);
    }
}

/// Refusals such as 401 and 404 are everyday answers, unless nearly every request is answered so.
fn refusals(traffic: &Traffic, found: &mut Vec<Signal>) {
    let all: u64 = traffic.tally.statuses.values().sum();
    for (status, count) in &traffic.tally.refused {
        if count * REFUSED_OF > all * (REFUSED_OF - 1) {
            let signal = derived(id("upstream-answered-4xx"), Vec::new());
            found.push(signal.value(Value::Status(*status)));
        }
    }
}

/// In one stretch, or scattered among good answers?
fn pattern(traffic: &Traffic, bad: u64, found: &mut Vec<Signal>) {
    let tally = &traffic.tally;
    if tally.good_before > 0 && tally.good_after > 0 && bad >= STRETCH_MIN && tally.good_between * 3 <= bad {
        found.push(derived(id("failed-in-one-stretch"), Vec::new()));
    }
    if tally.good_between * 2 >= bad || bad < STRETCH_MIN && tally.good_before + tally.good_after > bad {
        found.push(derived(id("failures-scattered"), Vec::new()));
    }
}

/// Do the failures depend on whether the request carries a body?
fn bodies(traffic: &Traffic, bad: u64, found: &mut Vec<Signal>) {
    let tally = &traffic.tally;
    let (good_with_body, bad_with_body) = tally.with_body;
    if bad_with_body != bad || bad < 2 {
        return;
    }
    let good_without = tally.good_before + tally.good_between + tally.good_after - good_with_body;
    if good_without > 0 && good_with_body == 0 {
        found.push(derived(id("only-requests-with-body-failed"), Vec::new()));
    } else {
        found.push(derived(id("every-failing-request-has-body"), Vec::new()));
    }
}

/// Whether the log begins with failures and good answers follow the last one, with no failure logged after them.
/// A log that was good before the failures tells of an incident within it, which is worth telling.
fn has_recovered(material: &Material, traffic: &Traffic) -> bool {
    let tally = &traffic.tally;
    let Some((_, good_at)) = tally.last_good else { return false };
    let failing_later = good_at.is_some_and(|good_at| {
        let mut failures =
            material.evidence.signals().iter().filter(|s| is_failure(s)).filter_map(|s| s.when);
        failures.any(|w| w.last > good_at)
    });
    let from_the_start = tally.good_before == 0 && tally.good_between == 0;
    from_the_start && tally.good_after >= GOOD_AFTER_MIN && !failing_later
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

/// Slow good answers, and answers that stop short of the length that the saved page announces.
fn lengths(material: &Material, found: &mut Vec<Signal>) {
    if !material.evidence.has(id("upstream-slow"))
        && material.gateway_traffic().any(|t| t.tally.good_slow > 0)
    {
        found.push(derived(id("upstream-slow"), Vec::new()));
    }
    let announced =
        material.evidence.of(id("page-had-length")).find_map(|(position, signal)| match signal.value {
            Value::Bytes(bytes) => Some((position, bytes)),
            _ => None,
        });
    let good_page = material.pages.iter().any(|page| page.status == Some(200));
    if let (Some((position, bytes)), true) = (announced, good_page) {
        let longest = material.gateway_traffic().filter_map(|t| t.tally.bytes_longest).max();
        if longest.is_some_and(|longest| longest < bytes) {
            found.push(derived(id("answers-shorter-than-announced"), vec![position]));
        }
    }
}

/// The codes that the upstream itself answered with.
fn codes(material: &Material, found: &mut Vec<Signal>) {
    for (position, signal) in material.evidence.signals().iter().enumerate() {
        let answered = signal.id == id("upstream-answered-5xx") || signal.id == id("upstream-answered-4xx");
        let Value::Status(status) = signal.value else { continue };
        let which: SignalId = match status {
            _ if !answered => continue,
            500 => id("upstream-answered-500"),
            502 => id("upstream-answered-502"),
            503 => id("upstream-answered-503"),
            504 => id("upstream-answered-504"),
            400 => id("upstream-answered-400"),
            401 => id("upstream-answered-401"),
            403 => id("upstream-answered-403"),
            404 => id("upstream-answered-404"),
            413 => id("upstream-answered-413"),
            414 | 431 => id("upstream-answered-431"),
            429 => id("upstream-answered-429"),
            402 | 405..=410 | 411 | 412 | 415 | 417..=428 | 451 => id("upstream-answered-unusual-4xx"),
            _ => continue,
        };
        found.push(derived(which, vec![position]).target(signal.about.target.clone()));
    }
}

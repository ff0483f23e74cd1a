//! Which failures belong together, and which of them are the present ones.

use goodgate_facts::{Evidence, Role, Signal, SignalId, Span, Via, id};

use crate::material::Material;

/// Failures that belong together: positions of signals in the evidence.
#[derive(Clone, Debug, Default)]
pub(crate) struct Incident {
    /// Positions of its failure signals.
    pub(crate) failures: Vec<usize>,
    /// The time it covers.
    pub(crate) window: Option<Span>,
}

/// A signal seen this often on both sides of a change is no slip but another incident.
const COUNT_MIN: u64 = 3;
/// Incidents that are judged, the newest; nobody reads more, and logs of years may hold thousands.
const INCIDENTS_MAX: usize = 100;
/// Seconds of silence between failures that make two incidents.
const SILENCE_S: i64 = 15 * 60;

/// Failures that follow from others by the gateway's own reaction, so that they open no new incident.
const CONSEQUENCES: &[&str] = &[
    "no-live-upstream",
    "upstream-limit-reached",
    "queue-timed-out",
    "gateway-answered-500",
    "gateway-answered-502",
    "gateway-answered-503",
    "gateway-answered-504",
    "gateway-answered-other",
    "upstream-answered-5xx",
    "upstream-answered-4xx",
    "body-cut",
    "ended-before-response",
];

/// Whether a signal is a failure at all.
pub(crate) fn is_failure(signal: &Signal) -> bool {
    matches!(signal.id.kind().role, Role::Failure(..)) && !matches!(signal.via, Via::Derived(_))
}

fn is_consequence(id: SignalId) -> bool {
    CONSEQUENCES.contains(&id.as_str())
}

/// Groups the failures into incidents, the present one first.
pub(crate) fn separate(material: &mut Material) -> Vec<Incident> {
    let evidence = &material.evidence;
    let mut failures: Vec<usize> =
        (0..evidence.signals().len()).filter(|i| is_failure(&evidence.signals()[*i])).collect();
    if failures.is_empty() {
        return Vec::new();
    }
    failures.sort_by_key(|i| evidence.signals()[*i].when.map(|w| w.first));
    let mut incidents: Vec<Incident> = Vec::new();
    for position in failures {
        let when = evidence.signals()[position].when;
        match incidents.last_mut() {
            Some(incident) if belongs(evidence, incident, position) => {
                incident.failures.push(position);
                incident.window = incident.window.into_iter().chain(when).reduce(Span::join);
            }
            _ => incidents.push(Incident { failures: vec![position], window: when }),
        }
    }
    let left_out = incidents.len().saturating_sub(INCIDENTS_MAX);
    material.incidents_left_out = left_out;
    incidents.drain(..left_out);
    incidents.reverse();
    incidents
}

/// Whether the failure continues the incident: near in time, and not a change from one clear failure to another.
fn belongs(evidence: &Evidence, incident: &Incident, position: usize) -> bool {
    let new = &evidence.signals()[position];
    let Some(span) = new.when else { return true };
    let Some(window) = incident.window else { return true };
    if span.first.as_second() - window.last.as_second() > SILENCE_S {
        return false;
    }
    if is_consequence(new.id) || new.count < COUNT_MIN {
        return true;
    }
    // A change: everything clear in the group had ended, each several times, before this began.
    let clear: Vec<&Signal> = incident
        .failures
        .iter()
        .map(|i| &evidence.signals()[*i])
        .filter(|s| !is_consequence(s.id) && s.when.is_some())
        .collect();
    let ended = |old: &&Signal| old.when.is_some_and(|w| w.last < span.first);
    clear.is_empty()
        || !clear.iter().all(ended)
        || clear.iter().any(|old| same_family(old.id, new.id))
        || clear.iter().map(|old| old.count).max().unwrap_or(0) < COUNT_MIN
}

/// Whether two failures are shades of one thing: the same error type, or both after the connection stood.
fn same_family(a: SignalId, b: SignalId) -> bool {
    let typed = |id: SignalId| match id.kind().role {
        Role::Failure(error, _) => error,
        _ => None,
    };
    a == b
        || (typed(a).is_some() && typed(a) == typed(b))
        || id("connect-failed") == a
        || id("connect-failed") == b
}

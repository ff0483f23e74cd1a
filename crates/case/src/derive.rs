//! New signals from old: one file a join. A join is a function and a line in [`JOINS`].

mod applications;
mod configured;
mod firewalls;
mod kernel;
mod listeners;
mod processes;
mod sockets;
mod tiers;
mod timeouts;
mod traffic;

use goodgate_facts::{Signal, SignalId, Source, SourceKind};

use crate::material::Material;

/// Adds to the evidence what follows from it.
type Join = fn(&mut Material);

/// In this order: later joins see what earlier ones derived.
const JOINS: &[Join] = &[
    configured::join,
    processes::join,
    listeners::join,
    sockets::join,
    firewalls::join,
    timeouts::join,
    kernel::join,
    applications::join,
    tiers::join,
    traffic::join,
];

/// Runs every join.
pub(crate) fn all(material: &mut Material) {
    for join in JOINS {
        join(material);
    }
}

/// A derived signal; `from` are positions of the signals it follows from.
fn derived(id: SignalId, from: Vec<usize>) -> Signal {
    Signal::new(id, Source::new(SourceKind::Derived, "", 0, None)).derived(from)
}

/// A signal that a line of configuration states.
fn stated(id: SignalId, place: &goodgate_configs::Place, product: &'static str) -> Signal {
    Signal::new(id, Source::new(SourceKind::Config, place.file.clone(), place.line, Some(product)))
}

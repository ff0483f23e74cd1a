//! The application server's life against the time of the failures.

use goodgate_facts::{Phase, Role, Signal, SourceKind, Span, id};

use super::derived;
use crate::incident::is_failure;
use crate::material::Material;

/// Products whose logs tell the life of an application server.
const PRODUCTS: &[&str] = &["php-fpm", "gunicorn", "uwsgi"];

pub(super) fn join(material: &mut Material) {
    let signals = material.evidence.signals();
    let mine = |s: &&Signal| {
        s.source.product.is_some_and(|p| PRODUCTS.contains(&p)) && s.source.kind == SourceKind::Log
    };
    let failing: Option<Span> =
        signals.iter().filter(|s| is_failure(s)).filter_map(|s| s.when).reduce(Span::join);
    let of = |name| {
        let wanted = id(name);
        signals
            .iter()
            .enumerate()
            .filter(|(_, s)| mine(s))
            .filter(move |(_, s)| s.id == wanted)
            .collect::<Vec<_>>()
    };
    let (starts, stops) = (of("app-started"), of("app-stopped"));
    let cannot_connect = signals
        .iter()
        .any(|s| is_failure(s) && matches!(s.id.kind().role, Role::Failure(_, Some(Phase::Connect))));
    let any_log = signals.iter().any(|s| mine(&s));
    let mut found: Vec<Signal> = Vec::new();
    // Positions in the file decide, where the clock is too coarse.
    let last_start = starts.iter().map(|(_, s)| (s.when.map(|w| w.last), s.last_line)).max();
    let last_stop = stops.iter().map(|(_, s)| (s.when.map(|w| w.last), s.last_line)).max();
    if let Some(failing) = failing {
        let times = |of: &[(usize, &Signal)]| of.iter().map(|(_, s)| s.count).sum::<u64>();
        // Started, stopped and started again: a stop at the very end is another matter.
        let again = times(&starts) > 1 && times(&stops) > 0;
        let lately = last_start.is_some_and(|(at, _)| near(at, failing));
        let stopped_last = last_stop.is_some_and(|stop| last_start.is_none_or(|start| start < stop));
        if again && lately {
            let from = starts.iter().chain(&stops).map(|(i, _)| *i).collect();
            found.push(derived(id("restart-in-window"), from));
        } else if stopped_last && last_stop.is_some_and(|(at, _)| precedes(at, failing, cannot_connect)) {
            let from = stops.iter().map(|(i, _)| *i).collect();
            found.push(derived(id("app-stopped-before-failures"), from));
        }
    }
    if any_log && failing.is_some() {
        let unusual = signals.iter().filter(|s| mine(s)).any(tells_something);
        if !unusual {
            found.push(derived(id("app-silent-while-waiting"), Vec::new()));
        }
    }
    for signal in found {
        material.evidence.add(signal);
    }
}

/// Whether the stop came before the failures; within one second only a failure to connect tells.
fn precedes(at: Option<goodgate_facts::Moment>, failing: Span, cannot_connect: bool) -> bool {
    at.is_none_or(|at| {
        let (stopped, failed) = (at.as_second(), failing.first.as_second());
        stopped < failed || stopped == failed && cannot_connect
    })
}

fn near(at: Option<goodgate_facts::Moment>, window: Span) -> bool {
    /// Seconds between a restart and failures that belong to it.
    const NEAR_S: i64 = 60;
    at.is_some_and(|at| {
        at.as_second() >= window.first.as_second() - NEAR_S
            && at.as_second() <= window.last.as_second() + NEAR_S
    })
}

/// Whether the application server's log holds more than its ordinary life.
fn tells_something(signal: &Signal) -> bool {
    let ordinary = ["app-life", "worker-life", "app-listens", "app-answer", "app-noise", "slow"];
    !matches!(signal.id.kind().role, Role::Noise) && !ordinary.contains(&signal.id.kind().group)
}

//! What befalls the servers and the gateway, and when. Pure.

use std::time::Duration;

use crate::storm::schedule::Pace;

/// How many servers stand behind each contender.
pub(crate) const SERVERS: usize = 3;
/// How often the configuration is loaded anew.
const RELOADS: u32 = 20;

/// Something that is done to one of the servers, or to the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// As a deployment stops it.
    Stop(usize),
    Start(usize),
    /// At once.
    Kill(usize),
    /// It keeps its connections and takes new ones, and says nothing.
    Freeze(usize),
    Thaw(usize),
    Reload,
    /// Their name goes on to the servers after the first [`SERVERS`].
    Move,
}

/// A deed and its time from the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) at: Duration,
    pub(crate) deed: Deed,
}

/// What a gateway is told of where the servers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    ByAddress,
    /// By one name for all of them; those that it moves to are there from the beginning.
    ByName,
}

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) known: Known,
    pub(crate) pace: Pace,
    /// After how long the servers close idle connections; `None` for never.
    pub(crate) keep_alive: Option<Duration>,
    /// Parts of a thousand of the whole time.
    deeds: &'static [(u32, Deed)],
    reloads: u32,
}

const CALM: Scenario = Scenario {
    name: "nothing happens",
    known: Known::ByAddress,
    pace: Pace::Steady,
    keep_alive: None,
    deeds: &[],
    reloads: 0,
};
/// The rest is as long as the servers' patience, so that the next burst meets connections that are just being closed.
const PATIENCE: Duration = Duration::from_secs(1);
const BURSTS: Pace = Pace::Bursts { on: Duration::from_secs(1), off: PATIENCE };

#[rustfmt::skip]
pub(crate) const SCENARIOS: &[Scenario] = &[
    CALM,
    Scenario { name: "each server restarted in turn", deeds: &[
        (100, Deed::Stop(0)), (200, Deed::Start(0)),
        (400, Deed::Stop(1)), (500, Deed::Start(1)),
        (700, Deed::Stop(2)), (800, Deed::Start(2)),
    ], ..CALM },
    Scenario { name: "each server killed in turn, and started", deeds: &[
        (100, Deed::Kill(0)), (200, Deed::Start(0)),
        (400, Deed::Kill(1)), (500, Deed::Start(1)),
        (700, Deed::Kill(2)), (800, Deed::Start(2)),
    ], ..CALM },
    Scenario { name: "one killed for good", deeds: &[(300, Deed::Kill(1))], ..CALM },
    Scenario { name: "one hanging", deeds: &[(200, Deed::Freeze(1)), (800, Deed::Thaw(1))], ..CALM },
    Scenario { name: "one refusing from the beginning", deeds: &[(0, Deed::Kill(2))], ..CALM },
    Scenario { name: "servers that close after 1 s", pace: BURSTS, keep_alive: Some(PATIENCE), ..CALM },
    Scenario { name: "DNS moved to other servers, the old ones stopped", known: Known::ByName, deeds: &[
        (200, Deed::Move), (800, Deed::Stop(0)), (800, Deed::Stop(1)), (800, Deed::Stop(2)),
    ], ..CALM },
    Scenario { name: "configuration loaded anew 20 times", reloads: RELOADS, ..CALM },
];

impl Scenario {
    /// What happens when, in order, if the whole takes so long.
    pub(crate) fn events(&self, length: Duration) -> Vec<Event> {
        let deeds = self.deeds.iter().map(|(part, deed)| Event { at: length * *part / 1000, deed: *deed });
        let reloads = (1..=self.reloads)
            .map(|number| Event { at: length * number / (self.reloads + 1), deed: Deed::Reload });
        let mut events: Vec<Event> = deeds.chain(reloads).collect();
        events.sort_by_key(|event| event.at);
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: Duration = Duration::from_secs(10);

    #[test]
    fn events_are_in_order_and_within_the_time() {
        for scenario in SCENARIOS {
            let events = scenario.events(LENGTH);
            assert!(events.is_sorted_by_key(|event| event.at), "{}", scenario.name);
            assert!(events.iter().all(|event| event.at < LENGTH), "{}", scenario.name);
        }
        let reloads = SCENARIOS.iter().flat_map(|s| s.events(LENGTH)).filter(|e| e.deed == Deed::Reload);
        assert_eq!(reloads.count(), 20);
    }

    #[test]
    fn there_are_always_two_servers_that_answer() {
        for scenario in SCENARIOS {
            let (mut well, mut asked) = ([true; 2 * SERVERS], 0..SERVERS);
            for event in scenario.events(LENGTH) {
                match event.deed {
                    Deed::Stop(one) | Deed::Kill(one) | Deed::Freeze(one) => well[one] = false,
                    Deed::Start(one) | Deed::Thaw(one) => well[one] = true,
                    Deed::Move => asked = SERVERS..2 * SERVERS,
                    Deed::Reload => {}
                }
                let well = well[asked.clone()].iter().filter(|well| **well).count();
                assert!(well >= 2, "{}", scenario.name);
            }
        }
    }
}

//! Which of a server's addresses is tried first: those that are well come before those where no connection could be
//! opened a moment ago, and these before those that health checks find unwell. None is ever left out.
//!
//! Pure: the time is handed in, in milliseconds since the gateway began.

use goodgate_wire::Peer;

use crate::plan::Health;

/// How long an address comes after others behind a connection that could not be opened there.
const REST_MS: u64 = 10_000;

/// What is known of addresses that are not simply well.
#[derive(Debug, Default)]
pub(super) struct Preference {
    known: Vec<(Peer, Condition)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Condition {
    /// Until when it rests; `None` where it took the last connection.
    rests_until_ms: Option<u64>,
    /// Whether its health checks say that it is unwell.
    unwell: bool,
    /// Checks in a row with the other result than `unwell` says.
    against: u32,
}

/// What comes first is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Well,
    Resting,
    Unwell,
}

impl Condition {
    fn rank(self, now_ms: u64) -> Rank {
        if self.unwell {
            Rank::Unwell
        } else if self.rests_until_ms.is_some_and(|until| until > now_ms) {
            Rank::Resting
        } else {
            Rank::Well
        }
    }
}

impl Preference {
    /// Puts addresses into the order in which they are to be tried; those that are alike stay as they stand.
    pub(super) fn order(&mut self, peers: &mut [Peer], now_ms: u64) {
        if self.known.is_empty() {
            return;
        }
        peers.sort_by_key(|peer| self.condition(peer).rank(now_ms));
        let first = peers.first().and_then(|first| self.known.iter_mut().find(|(peer, _)| peer == first));
        if let Some(until) = first.and_then(|(_, condition)| condition.rests_until_ms.as_mut()) {
            // One goes and looks whether it is back; all others wait for what becomes of that.
            *until = (*until).max(now_ms.saturating_add(REST_MS));
        }
    }

    /// Whether checks do not say that the address is unwell.
    pub(super) fn is_well(&self, peer: &Peer) -> bool {
        !self.condition(peer).unwell
    }

    /// That a connection was opened there.
    pub(super) fn opened(&mut self, peer: &Peer) {
        if !self.known.is_empty() {
            self.change(peer, |condition| condition.rests_until_ms = None);
        }
    }

    /// That no connection could be opened there.
    pub(super) fn refused(&mut self, peer: &Peer, now_ms: u64) {
        let until = now_ms.saturating_add(REST_MS);
        self.change(peer, |condition| condition.rests_until_ms = Some(until));
    }

    /// The result of a health check there; whether the address turned by it.
    pub(super) fn checked(&mut self, peer: &Peer, well: bool, rules: &Health) -> bool {
        self.change(peer, |condition| {
            if well != condition.unwell {
                condition.against = 0;
                return false;
            }
            condition.against = condition.against.saturating_add(1);
            if condition.against < if well { rules.rise } else { rules.fall } {
                return false;
            }
            *condition = Condition { unwell: !well, ..Condition::default() };
            true
        })
    }

    /// Forgets what checks said.
    pub(super) fn forget_checks(&mut self) {
        for (_, condition) in &mut self.known {
            (condition.unwell, condition.against) = (false, 0);
        }
        self.tidy();
    }

    /// Forgets addresses that are not among these.
    pub(super) fn keep_only(&mut self, peers: &[Peer]) {
        self.known.retain(|(peer, _)| peers.contains(peer));
    }

    fn condition(&self, peer: &Peer) -> Condition {
        let known = self.known.iter().find(|(known, _)| known == peer);
        known.map(|(_, condition)| *condition).unwrap_or_default()
    }

    fn change<T>(&mut self, peer: &Peer, change: impl FnOnce(&mut Condition) -> T) -> T {
        let place = self.known.iter().position(|(known, _)| known == peer);
        let mut condition =
            place.and_then(|place| self.known.get(place)).map_or_else(Condition::default, |(_, c)| *c);
        let changed = change(&mut condition);
        match place.and_then(|place| self.known.get_mut(place)) {
            Some(known) => known.1 = condition,
            None => self.known.push((peer.clone(), condition)),
        }
        self.tidy();
        changed
    }

    /// Only what is not simply well is kept.
    fn tidy(&mut self) {
        self.known.retain(|(_, condition)| *condition != Condition::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(last: u8) -> Peer {
        Peer::Tcp(std::net::SocketAddr::from(([192, 0, 2, last], 80)))
    }

    fn ordered(preference: &mut Preference, now_ms: u64) -> Vec<Peer> {
        let mut peers = vec![peer(1), peer(2), peer(3)];
        preference.order(&mut peers, now_ms);
        peers
    }

    #[test]
    fn an_address_that_took_no_connection_rests_and_is_tried_by_one_then() {
        let mut preference = Preference::default();
        preference.refused(&peer(1), 0);
        assert_eq!(ordered(&mut preference, 1), [peer(2), peer(3), peer(1)]);
        // Its rest is over: one goes there, the others do not.
        assert_eq!(ordered(&mut preference, REST_MS), [peer(1), peer(2), peer(3)]);
        assert_eq!(ordered(&mut preference, REST_MS), [peer(2), peer(3), peer(1)]);
        preference.opened(&peer(1));
        assert_eq!(ordered(&mut preference, REST_MS), [peer(1), peer(2), peer(3)]);
        assert!(preference.known.is_empty());
    }

    #[test]
    fn unwell_addresses_come_last_and_none_is_left_out() {
        let (mut preference, rules) = (Preference::default(), Health::default());
        assert!(!preference.checked(&peer(1), false, &rules));
        assert!(preference.is_well(&peer(1)));
        assert!(preference.checked(&peer(1), false, &rules));
        assert!(!preference.is_well(&peer(1)));
        preference.refused(&peer(2), 0);
        assert_eq!(ordered(&mut preference, 1), [peer(3), peer(2), peer(1)]);
        assert!(!preference.checked(&peer(1), true, &rules));
        assert!(preference.checked(&peer(1), true, &rules));
        assert_eq!(ordered(&mut preference, 1), [peer(1), peer(3), peer(2)]);
    }

    #[test]
    fn what_checks_said_and_addresses_that_are_gone_are_forgotten() {
        let (mut preference, rules) = (Preference::default(), Health { fall: 1, ..Health::default() });
        preference.checked(&peer(1), false, &rules);
        preference.refused(&peer(2), 0);
        preference.forget_checks();
        assert_eq!(ordered(&mut preference, 1), [peer(1), peer(3), peer(2)]);
        preference.keep_only(&[peer(1)]);
        assert!(preference.known.is_empty());
    }
}

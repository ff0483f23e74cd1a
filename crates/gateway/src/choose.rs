//! Which server is asked. One file a policy; what may be asked at all is decided before.
//!
//! Pure: chance is handed in.

mod least_request;
mod round_robin;
mod two_choices;

use crate::plan::Balance;

/// A server that may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Its place among the upstream's servers.
    pub(crate) server: usize,
    /// Its weight times the thousandths of it that are due, 1 to 1 000 000.
    pub(crate) share: u32,
    /// Requests that this core has in hand with it.
    pub(crate) in_hand: u32,
}

/// What policies keep from one choice to the next, on each core.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// By server: what it is owed (smooth weighted round robin).
    owed: Vec<i64>,
}

impl Memory {
    fn owed(&mut self, server: usize) -> &mut i64 {
        if self.owed.len() <= server {
            self.owed.resize(server + 1, 0);
        }
        &mut self.owed[server]
    }
}

type Policy = fn(&[Candidate], &mut Memory, u64) -> usize;

/// The list: a policy is its file and its line here.
const fn policy(balance: Balance) -> Policy {
    match balance {
        Balance::RoundRobin => round_robin::pick,
        Balance::LeastRequest => least_request::pick,
        Balance::TwoChoices => two_choices::pick,
    }
}

/// The server to ask; `None` where there is none.
pub(crate) fn choose(
    balance: Balance,
    candidates: &[Candidate],
    memory: &mut Memory,
    chance: u64,
) -> Option<usize> {
    match candidates {
        [] => None,
        [only] => Some(only.server),
        _ => {
            let picked = policy(balance)(candidates, memory, chance);
            candidates.get(picked).or(candidates.first()).map(|candidate| candidate.server)
        }
    }
}

/// Whether `a` has less to do than `b`, measured by their shares.
fn is_less_busy(a: &Candidate, b: &Candidate) -> bool {
    let load = |one: &Candidate, other: &Candidate| (u64::from(one.in_hand) + 1) * u64::from(other.share);
    load(a, b) < load(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(shares: &[u32]) -> Vec<Candidate> {
        let of = |(server, share): (usize, &u32)| Candidate { server, share: *share, in_hand: 0 };
        shares.iter().enumerate().map(of).collect()
    }

    /// How often each is chosen where requests end at once.
    fn spread(balance: Balance, shares: &[u32], rounds: usize) -> Vec<usize> {
        let (candidates, mut memory) = (candidates(shares), Memory::default());
        let mut counts = vec![0; shares.len()];
        let mut chance = 0x9E37_79B9_7F4A_7C15_u64;
        for _ in 0..rounds {
            chance ^= chance << 13;
            chance ^= chance >> 7;
            chance ^= chance << 17;
            counts[choose(balance, &candidates, &mut memory, chance).unwrap()] += 1;
        }
        counts
    }

    #[test]
    fn shares_are_kept() {
        assert_eq!(spread(Balance::RoundRobin, &[1000, 1000, 2000], 400), [100, 100, 200]);
        for balance in [Balance::LeastRequest, Balance::TwoChoices] {
            let counts = spread(balance, &[1000, 1000, 2000], 4000);
            assert!(counts.iter().all(|count| *count > 0), "{balance:?} {counts:?}");
            assert!(counts[2] > counts[0] && counts[2] > counts[1], "{balance:?} {counts:?}");
        }
    }

    #[test]
    fn round_robin_does_not_bunch() {
        let (candidates, mut memory) = (candidates(&[3000, 1000]), Memory::default());
        let order: Vec<usize> =
            (0..8).map(|_| choose(Balance::RoundRobin, &candidates, &mut memory, 0).unwrap()).collect();
        assert_eq!(order, [0, 0, 1, 0, 0, 0, 1, 0]);
    }

    #[test]
    fn the_busy_are_left_alone() {
        let mut all = candidates(&[1000, 1000, 1000]);
        (all[0].in_hand, all[1].in_hand, all[2].in_hand) = (5, 0, 5);
        for balance in [Balance::LeastRequest, Balance::TwoChoices] {
            let mut memory = Memory::default();
            let picks = (0..64).map(|n| choose(balance, &all, &mut memory, n * 0x1234_5678_9ABC).unwrap());
            let of_idle = picks.filter(|server| *server == 1).count();
            assert!(of_idle > 32, "{balance:?} {of_idle}");
        }
        all[1].share = 100;
        assert_eq!(choose(Balance::LeastRequest, &all, &mut Memory::default(), 0), Some(0));
    }

    #[test]
    fn none_and_one_need_no_policy() {
        assert_eq!(choose(Balance::TwoChoices, &[], &mut Memory::default(), 0), None);
        let only = [Candidate { server: 7, share: 1, in_hand: 9 }];
        assert_eq!(choose(Balance::RoundRobin, &only, &mut Memory::default(), 0), Some(7));
    }
}

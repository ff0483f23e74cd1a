//! What an origin has seen since it was last told to forget.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::observation::Upstream;

/// More tokens than this are not kept: many times what one drive sends.
const TOKENS_MAX: usize = 100_000;

/// Connections and requests, counted.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    connections: u32,
    requests: HashMap<String, u32>,
}

impl Seen {
    pub(super) fn connection(&self) {
        let mut counts = self.counts();
        counts.connections = counts.connections.saturating_add(1);
    }

    /// Requests without a token are nobody's.
    pub(super) fn request(&self, token: &str) {
        let mut counts = self.counts();
        if let Some(times) = counts.requests.get_mut(token) {
            *times = times.saturating_add(1);
        } else if !token.is_empty() && counts.requests.len() < TOKENS_MAX {
            counts.requests.insert(token.to_owned(), 1);
        }
    }

    pub(super) fn upstream(&self, token: &str) -> Upstream {
        let counts = self.counts();
        Upstream {
            connections: counts.connections,
            requests: counts.requests.get(token).copied().unwrap_or_default(),
        }
    }

    pub(super) fn forget(&self) {
        *self.counts() = Counts::default();
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Counting cannot leave a half-made state behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_until_it_is_told_to_forget() {
        let seen = Seen::default();
        seen.connection();
        seen.request("a");
        seen.request("a");
        seen.request("");
        assert_eq!(seen.upstream("a"), Upstream { connections: 1, requests: 2 });
        assert_eq!(seen.upstream("").requests, 0);
        seen.forget();
        assert_eq!(seen.upstream("a"), Upstream::default());
    }
}

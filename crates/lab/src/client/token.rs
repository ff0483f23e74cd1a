//! Tokens: what tells one request from every other.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A token that no other request bears: sixteen lower-case hexadecimal digits.
///
/// It is unique within a process, and most likely among processes on one machine; nobody has to be kept from guessing
/// it.
#[must_use]
pub fn fresh_token() -> String {
    static BEGAN: LazyLock<u64> = LazyLock::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let nanos = u64::try_from(since.as_nanos() % u128::from(u64::MAX)).unwrap_or_default();
        nanos ^ (u64::from(std::process::id()) << 40)
    });
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // The increment is odd, so that no two counts give the same sum; the mixing maps no two sums onto one token.
    format!("{:016x}", mixed(BEGAN.wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15))))
}

/// Spreads the bits of a number over all of it, each number onto another one.
const fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_token_comes_twice() {
        let tokens: HashSet<_> = (0..10_000).map(|_| fresh_token()).collect();
        assert_eq!(tokens.len(), 10_000);
        assert!(
            tokens.iter().all(|token| token.len() == 16
                && token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
        );
    }
}

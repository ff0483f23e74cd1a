//! What an application says on standard error (FastCGI 1.0 section 6.2): for the log, and for the account of a failure.

/// Bytes kept of the beginning, and as many of the end: together 8 KiB. The first message is often the cause, and the
/// last why the script stopped.
const KEPT: usize = 4 << 10;

/// The beginning and the end of what came on standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stderr {
    first: Vec<u8>,
    /// What came behind, its oldest bytes given up now and then.
    last: Vec<u8>,
    all: u64,
}

impl Stderr {
    /// Whether nothing came.
    pub fn is_empty(&self) -> bool {
        self.all == 0
    }

    /// Bytes that came in all.
    pub fn len(&self) -> u64 {
        self.all
    }

    /// The beginning, at most 4 KiB.
    pub fn first(&self) -> &[u8] {
        &self.first
    }

    /// The end, as far as it is not in [`Stderr::first`]: at most 4 KiB. Between the two something is missing where
    /// both together are shorter than [`Stderr::len`].
    pub fn last(&self) -> &[u8] {
        self.last.get(self.last.len().saturating_sub(KEPT)..).unwrap_or_default()
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.all += bytes.len() as u64;
        let (first, rest) = bytes.split_at(bytes.len().min(KEPT - self.first.len()));
        self.first.extend_from_slice(first);
        let rest = rest.get(rest.len().saturating_sub(KEPT)..).unwrap_or_default();
        // Only when as much again has come, so that many small pieces do not move the rest each time.
        if self.last.len() + rest.len() > 2 * KEPT {
            let stale = self.last.len().saturating_sub(KEPT - rest.len());
            self.last.drain(..stale);
        }
        self.last.extend_from_slice(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginning_and_end_are_kept_whatever_the_pieces() {
        let text: Vec<u8> = (0..40_000_u32).map(|n| b'a' + (n % 23) as u8).collect();
        for size in [1, 7, 4_095, 4_096, 4_097, 9_000, 40_000] {
            let mut stderr = Stderr::default();
            for piece in text.chunks(size) {
                stderr.push(piece);
                assert!(stderr.first.len() + stderr.last.len() <= 3 * KEPT);
            }
            assert_eq!(stderr.first(), &text[..KEPT]);
            assert_eq!(stderr.last(), &text[text.len() - KEPT..], "in pieces of {size}");
            assert_eq!(stderr.len(), 40_000);
        }
    }

    #[test]
    fn nothing_is_told_twice() {
        let mut stderr = Stderr::default();
        assert!(stderr.is_empty());
        stderr.push(b"PHP message: ");
        stderr.push(b"gone");
        assert_eq!((stderr.first(), stderr.last()), (&b"PHP message: gone"[..], &b""[..]));
    }
}

//! The id by which a request is found again: in the log, on the error page, in what a visitor tells the owner.
//!
//! It is short and made to be read out aloud. It need not be hard to guess: it opens nothing.

/// The field that it goes by.
pub(crate) const FIELD: &[u8] = b"X-Request-ID";

/// Longest id taken over from a proxy in front of us, in bytes: a UUID has 36, trace ids up to 55.
const TAKEN_BYTES_MAX: usize = 64;

/// Digits of the number that counts requests: 2^40 of them are counted before it begins again.
const COUNT_DIGITS: usize = 8;
/// Digits of the random number that one start of the gateway has (40 bits).
const START_DIGITS: usize = 8;
/// Digits of the core's number.
const CORE_DIGITS: usize = 2;
const DIGITS: usize = START_DIGITS + CORE_DIGITS + COUNT_DIGITS;

/// Digits without those that are taken for each other when read or heard (Crockford's base 32).
const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A request's id: 1 to 64 bytes of visible ASCII that needs escaping nowhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RequestId {
    length: u8,
    text: [u8; TAKEN_BYTES_MAX],
}

impl RequestId {
    /// An id that a trusted proxy in front of us gave (`X-Request-ID`), if it can be one: letters, digits and
    /// `. _ : + / = @ -`, at most 64.
    pub fn taken(value: &[u8]) -> Option<Self> {
        let sane = |byte: &u8| byte.is_ascii_alphanumeric() || b"._:+/=@-".contains(byte);
        if value.is_empty() || value.len() > TAKEN_BYTES_MAX || !value.iter().all(sane) {
            return None;
        }
        let mut text = [0; TAKEN_BYTES_MAX];
        text.get_mut(..value.len())?.copy_from_slice(value);
        Some(Self { length: value.len() as u8, text })
    }

    /// The id as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

/// No id yet: empty.
impl Default for RequestId {
    fn default() -> Self {
        Self { length: 0, text: [0; TAKEN_BYTES_MAX] }
    }
}

impl std::fmt::Debug for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Makes the ids of one core: what this start of the gateway has in common, the core, and a count.
#[derive(Clone, Debug)]
pub struct RequestIds {
    next: RequestId,
}

impl RequestIds {
    /// The ids of this core (0 to 1023). The seed is any random number, the same for all cores of one start.
    pub fn new(seed: u64, core: u16) -> Self {
        let mut next = RequestId { length: DIGITS as u8, text: [0; TAKEN_BYTES_MAX] };
        let (start, rest) = next.text.split_at_mut(START_DIGITS);
        base32(seed, start);
        base32(u64::from(core), &mut rest[..CORE_DIGITS]);
        base32(0, &mut rest[CORE_DIGITS..CORE_DIGITS + COUNT_DIGITS]);
        Self { next }
    }

    /// The next id: 18 digits.
    pub fn next_id(&mut self) -> RequestId {
        let id = self.next;
        // Counting in the text itself: as a rule one digit changes.
        for digit in self.next.text[DIGITS - COUNT_DIGITS..DIGITS].iter_mut().rev() {
            *digit = after(*digit);
            if *digit != b'0' {
                break;
            }
        }
        id
    }
}

/// The digit after this one; `0` after the last.
fn after(digit: u8) -> u8 {
    match digit {
        b'9' => b'a',
        // i, l, o and u are left out.
        b'h' | b'k' | b'n' | b't' => digit + 2,
        b'z' => b'0',
        _ => digit + 1,
    }
}

/// Writes the lowest bits of a number, as many as there is room for.
fn base32(mut value: u64, digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        *digit = BASE32[(value & 31) as usize];
        value >>= 5;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn digits_follow_each_other() {
        for pair in BASE32.windows(2) {
            assert_eq!(after(pair[0]), pair[1]);
        }
        assert_eq!(after(b'z'), b'0');
    }

    #[test]
    fn ids_are_short_distinct_and_could_be_taken_over() {
        let mut seen = HashSet::new();
        for core in 0..3 {
            let mut ids = RequestIds::new(0x1234_5678_9abc, core);
            for _ in 0..5000 {
                let id = ids.next_id();
                assert!(id.as_bytes().len() <= 26);
                assert_eq!(RequestId::taken(id.as_bytes()), Some(id));
                assert!(seen.insert(id.as_str().to_owned()), "{id:?}");
            }
        }
        assert_ne!(RequestIds::new(1, 0).next_id(), RequestIds::new(2, 0).next_id());
        let mut last = RequestIds::new(7, 0);
        last.next.text[DIGITS - COUNT_DIGITS..DIGITS].fill(b'z');
        assert!(last.next_id().as_str().ends_with("zzzzzzzz"));
        assert!(last.next_id().as_str().ends_with("00000000"));
    }

    #[test]
    fn only_sane_ids_are_taken_over() {
        for good in ["a", "0a6b3c4d-0000-4000-8000-00805f9b34fb", "Root=1-67891233-abcdef", &"x".repeat(64)] {
            assert_eq!(
                RequestId::taken(good.as_bytes()).map(|id| id.as_str().to_owned()).as_deref(),
                Some(good)
            );
        }
        for bad in ["", " a", "a b", "a\"b", "a<b", "a,b", "\u{e9}", "a\r\nb", &"x".repeat(65)] {
            assert_eq!(RequestId::taken(bad.as_bytes()), None, "{bad}");
        }
    }
}

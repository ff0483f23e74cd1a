//! Looking over bytes, many at a time where there are so many: what a name consists of, and where a value or a target
//! ends. It knows byte classes and nothing of what stands where.

use std::hint::black_box;

/// Whether a byte can stand in a request target. Some that a URL has no room for (RFC 3986 appendix A: quotes, braces,
/// the backslash and the like) are sent by many clients and mean nothing here.
const fn in_target(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'#'
}

/// Where the first control character stands from `at` on (RFC 5234 appendix B.1, the tab among them), or the end.
#[inline]
pub(super) fn first_control(text: &[u8], at: usize) -> usize {
    first(text, at, |byte| (byte < 0x20) | (byte == 0x7f))
}

/// Where the first byte stands from `at` on that ends a request target or cannot stand in one, or the end.
#[inline]
pub(super) fn target_end(text: &[u8], at: usize) -> usize {
    first(text, at, |byte| (byte < 0x21) | (byte > 0x7e) | (byte == b'#'))
}

/// Where the first byte stands from `at` on that is neither a letter nor a hyphen, of which nearly all names of fields
/// consist; or the end.
#[inline]
pub(super) fn plain_name_end(text: &[u8], at: usize) -> usize {
    first(text, at, |byte| ((byte | 0x20).wrapping_sub(b'a') > b'z' - b'a') & (byte != b'-'))
}

/// So many bytes are looked at together.
const TOGETHER: usize = 16;

/// Where the first byte stands from `at` on that stops, or the end.
#[inline(always)]
fn first(text: &[u8], at: usize, stops: impl Fn(u8) -> bool) -> usize {
    let mut at = at;
    while let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<TOGETHER>) {
        let found = marks(chunk, &stops);
        let (low, high) = (found as u64, (found >> 64) as u64);
        if low != 0 {
            return at + (low.trailing_zeros() / 8) as usize;
        }
        if high != 0 {
            return at + 8 + (high.trailing_zeros() / 8) as usize;
        }
        at += TOGETHER;
    }
    let left = text.len().saturating_sub(at);
    match text.last_chunk::<TOGETHER>() {
        // The last bytes without those before `at`.
        Some(last) if left > 0 => {
            let found = marks(last, &stops) >> (8 * (TOGETHER - left));
            at + left.min((found.trailing_zeros() / 8) as usize)
        }
        _ => {
            let rest = text.get(at..).unwrap_or_default();
            text.len() - rest.len() + rest.iter().position(|byte| stops(*byte)).unwrap_or(rest.len())
        }
    }
}

/// Bytes of ones in place of those that stop, of zeros in place of the others; the first byte is the lowest.
#[inline(always)]
fn marks(chunk: &[u8; TOGETHER], stops: impl Fn(u8) -> bool) -> u128 {
    // A few instructions for all bytes, as long as the compiler does not see what becomes of them: it would take them
    // apart again to look at each.
    u128::from_le_bytes(black_box(chunk.map(|byte| if stops(byte) { u8::MAX } else { 0 })))
}

/// The bytes of a token (RFC 9110 section 5.6.2).
static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let others = b"!#$%&'*+-.^_`|~";
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
};

/// Where the token ends that begins at `at`: there, if none does.
#[inline]
pub(super) fn token_end(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| !is_token_byte(*byte)).unwrap_or(rest.len())
}

/// Whether a token may hold this byte.
#[inline]
pub(super) fn is_token_byte(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}

/// Whether it is a token.
pub(super) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| is_token_byte(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_found_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for at in 0..40 {
                for behind in [0x00, 0x1f, b' ', b'#', b'a', 0x7f, 0x80, 0xff] {
                    let mut text = [b'a'; 40];
                    text[at] = byte;
                    text[at + 1..].fill(behind);
                    let expected = |one: &dyn Fn(u8) -> bool| (3..40).find(|at| one(text[*at])).unwrap_or(40);
                    let told = format!("{byte:#x} at {at}, {behind:#x} behind");
                    assert_eq!(first_control(&text, 3), expected(&|byte| byte.is_ascii_control()), "{told}");
                    assert_eq!(target_end(&text, 3), expected(&|byte| !in_target(byte)), "{told}");
                    let ends_name = |byte: u8| !byte.is_ascii_alphabetic() && byte != b'-';
                    assert_eq!(plain_name_end(&text, 3), expected(&ends_name), "{told}");
                    assert_eq!(token_end(&text, 3), expected(&|byte| !is_token_byte(byte)), "{told}");
                }
            }
        }
        assert_eq!(first_control(b"abc", 9), 3);
        assert_eq!(first_control(b"abcdefghij", 12), 10);
    }

    #[test]
    fn tokens() {
        let token = |byte: &u8| is_token_byte(*byte);
        let all: Vec<u8> = (0..=u8::MAX).filter(token).collect();
        assert_eq!(all.len(), 26 * 2 + 10 + 15);
        assert!(is_token(b"X-Note_1") && !is_token(b"") && !is_token(b"a b") && !is_token(b"a:"));
    }
}

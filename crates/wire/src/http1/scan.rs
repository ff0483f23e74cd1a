//! Looking over bytes, eight at a time where there are so many: what a name consists of, and where a value or a target
//! ends. It knows byte classes and nothing of what stands where.

/// Eight times the same byte.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

const HIGH: u64 = all(0x80);

// Each of these sets the highest bit of the bytes that it looks for. A borrow can set further ones above the first, never
// below, so that the first (lowest) is right, and that is the only one used.

/// Bytes below `than`, which is at most 0x80.
const fn below(word: u64, than: u8) -> u64 {
    word.wrapping_sub(all(than)) & !word & HIGH
}

/// Bytes that are this one.
const fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ all(byte), 1)
}

/// Control characters (RFC 5234 appendix B.1), the tab among them.
const fn controls(word: u64) -> u64 {
    below(word, 0x20) | equal(word, 0x7f)
}

/// What cannot stand in a request target, the space that ends it among them: see [`in_target`].
const fn not_in_target(word: u64) -> u64 {
    below(word, 0x21) | equal(word, 0x7f) | equal(word, b'#') | word & HIGH
}

/// Whether a byte can stand in a request target. Some that a URL has no room for (RFC 3986 appendix A: quotes, braces,
/// the backslash and the like) are sent by many clients and mean nothing here.
const fn in_target(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'#'
}

/// Where the first control character stands from `at` on, or the end.
#[inline]
pub(super) fn first_control(text: &[u8], at: usize) -> usize {
    let at = skip(text, at, |byte| byte < 0x20 || byte == 0x7f);
    first(text, at, controls, |byte| byte.is_ascii_control())
}

/// Where the first byte stands from `at` on that ends a request target or cannot stand in one, or the end.
#[inline]
pub(super) fn target_end(text: &[u8], at: usize) -> usize {
    let at = skip(text, at, |byte| !(0x21..=0x7e).contains(&byte) || byte == b'#');
    first(text, at, not_in_target, |byte| !in_target(byte))
}

/// Where the first colon or control character stands from `at` on, or the end.
#[inline]
pub(super) fn name_end(text: &[u8], at: usize) -> usize {
    let stops = |word| equal(word, b':') | below(word, 0x20);
    first(text, at, stops, |byte| byte == b':' || byte < 0x20)
}

/// Skips sixteen bytes at once as long as none of them stops; the compiler makes a few instructions of it.
#[inline(always)]
fn skip(text: &[u8], at: usize, stops: impl Fn(u8) -> bool) -> usize {
    let mut at = at;
    while let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        if chunk.iter().fold(false, |found, byte| found | stops(*byte)) {
            break;
        }
        at += 16;
    }
    at
}

#[inline(always)]
fn first(text: &[u8], at: usize, eight: impl Fn(u64) -> u64, one: impl Fn(u8) -> bool) -> usize {
    let mut at = at;
    while let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let found = eight(u64::from_le_bytes(*chunk));
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while text.get(at).is_some_and(|byte| !one(*byte)) {
        at += 1;
    }
    at.min(text.len())
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
                    let ends_name = |byte| byte == b':' || byte < 0x20;
                    assert_eq!(name_end(&text, 3), expected(&ends_name), "{told}");
                    assert_eq!(token_end(&text, 3), expected(&|byte| !is_token_byte(byte)), "{told}");
                }
            }
        }
        assert_eq!(first_control(b"abc", 9), 3);
    }

    #[test]
    fn tokens() {
        let token = |byte: &u8| is_token_byte(*byte);
        let all: Vec<u8> = (0..=u8::MAX).filter(token).collect();
        assert_eq!(all.len(), 26 * 2 + 10 + 15);
        assert!(is_token(b"X-Note_1") && !is_token(b"") && !is_token(b"a b") && !is_token(b"a:"));
    }
}

//! Looking over bytes, many at a time where there are so many: what a name consists of, and where a value or a target
//! ends. It knows byte classes and nothing of what stands where.

use std::hint::black_box;

/// What begins with the first control character of `rest` (RFC 5234 appendix B.1, the tab among them), which is the end of
/// `text`; empty if there is none.
#[inline]
pub(super) fn from_control<'a>(text: &'a [u8], rest: &'a [u8]) -> &'a [u8] {
    from_first(text, rest, |byte| (byte < 0x20) | (byte == 0x7f))
}

/// Where the first byte stands from `at` on that ends a request target or cannot stand in one, or the end. Some that a URL
/// has no room for (RFC 3986 appendix A: quotes, braces, the backslash and the like) are sent by many clients and mean
/// nothing here.
#[inline]
pub(super) fn target_end(text: &[u8], at: usize) -> usize {
    let stops = |byte: u8| !(0x21..=0x7e).contains(&byte) | (byte == b'#');
    text.len() - from_first(text, text.get(at..).unwrap_or_default(), stops).len()
}

/// Where the first byte stands that no host by name or IPv4 address has, or the end: all but unreserved ones (RFC 3986
/// section 2.3).
#[inline]
pub(super) fn host_end(text: &[u8]) -> usize {
    let letter = |byte: u8| (byte | 0x20).wrapping_sub(b'a') <= b'z' - b'a';
    // The hyphen, the dot and the slash stand before the digits.
    let digit = |byte: u8| (byte.wrapping_sub(b'-') <= b'9' - b'-') & (byte != b'/');
    let stops = |byte: u8| !(letter(byte) | digit(byte) | (byte == b'_') | (byte == b'~'));
    text.len() - from_first(text, text, stops).len()
}

/// The bytes of a name of 1 to 15 letters and hyphens, of which most names of fields consist, in two words: the first
/// byte is the lowest, and behind the last are zeros. `None` where no such name and a colon stand here.
#[inline(always)]
pub(super) fn plain_name(text: &[u8]) -> Option<(usize, [u64; 2])> {
    let chunk = text.first_chunk::<TOGETHER>()?;
    let plain = |byte: u8| ((byte | 0x20).wrapping_sub(b'a') <= b'z' - b'a') | (byte == b'-');
    let [low, high] = marks(chunk, |byte| !plain(byte));
    let [first, second] = halves(*chunk);
    // The bits below the first mark are those of the bytes before it.
    let (length, words) = if low != 0 {
        (place(low), [first & (low - 1) & !low, 0])
    } else if high != 0 {
        (8 + place(high), [first, second & (high - 1) & !high])
    } else {
        return None;
    };
    (length > 0 && chunk.get(length) == Some(&b':')).then_some((length, words))
}

/// So many bytes are looked at together.
const TOGETHER: usize = 16;

/// What begins with the first byte of `rest` that stops; empty if there is none. `rest` is the end of `text`.
#[inline(always)]
fn from_first<'a>(text: &'a [u8], rest: &'a [u8], stops: impl Fn(u8) -> bool) -> &'a [u8] {
    let mut rest = rest;
    while let Some((chunk, behind)) = rest.split_first_chunk::<TOGETHER>() {
        let [low, high] = marks(chunk, &stops);
        if low != 0 {
            return rest.get(place(low)..).unwrap_or_default();
        }
        if high != 0 {
            return rest.get(8 + place(high)..).unwrap_or_default();
        }
        rest = behind;
    }
    let Some(last) = text.last_chunk::<TOGETHER>() else {
        let at = rest.iter().position(|byte| stops(*byte)).unwrap_or(rest.len());
        return rest.get(at..).unwrap_or_default();
    };
    // Fewer are left: the last of all, without those that stand before the rest.
    let [low, high] = marks(last, &stops);
    let past = TOGETHER - rest.len();
    let (low, high) = match past {
        0..8 => (low & u64::MAX << (8 * past), high),
        8..TOGETHER => (0, high & u64::MAX << (8 * (past - 8))),
        _ => (0, 0),
    };
    let at = match (low, high) {
        (0, 0) => TOGETHER,
        (0, high) => 8 + place(high),
        (low, _) => place(low),
    };
    last.get(at..).unwrap_or_default()
}

/// Bytes of ones in place of those that stop, of zeros in place of the others; the first byte is the lowest of its word.
#[inline(always)]
fn marks(chunk: &[u8; TOGETHER], stops: impl Fn(u8) -> bool) -> [u64; 2] {
    let mut marks = [0; TOGETHER];
    for (mark, byte) in marks.iter_mut().zip(chunk) {
        *mark = if stops(*byte) { u8::MAX } else { 0 };
    }
    // A few instructions for all bytes, as long as the compiler does not see what becomes of them: it would take them
    // apart again to look at each.
    halves(black_box(marks))
}

#[inline(always)]
fn halves(bytes: [u8; TOGETHER]) -> [u64; 2] {
    let bytes = u128::from_le_bytes(bytes);
    [bytes as u64, (bytes >> 64) as u64]
}

/// The number of the first byte that is marked, if one is.
#[inline(always)]
fn place(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
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
                    let control = text.len() - from_control(&text, &text[3..]).len();
                    assert_eq!(control, expected(&|byte| byte.is_ascii_control()), "{told}");
                    let ends_host = |byte: u8| !(byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
                    assert_eq!(3 + host_end(&text[3..]), expected(&ends_host), "{told}");
                    let ends_target = |byte: u8| !byte.is_ascii_graphic() || byte == b'#';
                    assert_eq!(target_end(&text, 3), expected(&ends_target), "{told}");
                    assert_eq!(token_end(&text, 3), expected(&|byte| !is_token_byte(byte)), "{told}");
                }
            }
        }
        assert_eq!((target_end(b"abc", 9), target_end(b"ab c", 0)), (3, 2));
    }

    #[test]
    fn plain_names_are_taken_up_to_their_colon() {
        for length in 0..=16 {
            let mut text = *b"Ab-Zaz-abcDefghi..";
            text[length] = b':';
            let mut name = [0; 16];
            name[..length].copy_from_slice(&text[..length]);
            let expected = (1..16).contains(&length).then(|| (length, halves(name)));
            assert_eq!(plain_name(&text), expected);
            assert_eq!(plain_name(&text[..15]), None);
            for (at, byte) in (0..length).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
                let mut other = text;
                other[at] = byte;
                let plain = byte.is_ascii_alphabetic() || byte == b'-';
                let early = byte == b':' && at > 0;
                assert_eq!(plain_name(&other).is_some(), expected.is_some() && plain || early, "{other:?}");
            }
        }
    }

    #[test]
    fn tokens() {
        let token = |byte: &u8| is_token_byte(*byte);
        let all: Vec<u8> = (0..=u8::MAX).filter(token).collect();
        assert_eq!(all.len(), 26 * 2 + 10 + 15);
        assert!(is_token(b"X-Note_1") && !is_token(b"") && !is_token(b"a b") && !is_token(b"a:"));
    }
}

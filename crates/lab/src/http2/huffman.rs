//! The Huffman code of HPACK (RFC 7541 §5.2 and appendix B), read only: what the lab sends is never packed.

use std::sync::LazyLock;

/// Bits of the code of each byte; the code itself follows from them, since it is canonical: shorter codes come
/// first, and among equals the smaller byte.
#[rustfmt::skip]
const BITS: [u8; 256] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];

/// Bits of the longest code.
const BITS_MAX: usize = 30;

/// For every length: the first code of that length, and the bytes that have one, in the order of their codes.
struct Table {
    first: [u32; BITS_MAX + 1],
    bytes: [Vec<u8>; BITS_MAX + 1],
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { first: [0; BITS_MAX + 1], bytes: std::array::from_fn(|_| Vec::new()) };
    for (byte, bits) in (0u8..=255).zip(BITS) {
        table.bytes[usize::from(bits)].push(byte);
    }
    let mut code = 0;
    for bits in 1..=BITS_MAX {
        code <<= 1;
        table.first[bits] = code;
        code += table.bytes[bits].len() as u32;
    }
    table
});

/// Unpacks a string; nothing where it is not packed as the code says: the end-of-string code in it, or padding that
/// is longer than seven bits or not all ones.
pub(super) fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(packed.len() * 8 / 5);
    let (mut code, mut bits) = (0u32, 0usize);
    for bit in packed.iter().flat_map(|byte| (0..8).rev().map(move |place| byte >> place & 1)) {
        code = code << 1 | u32::from(bit);
        bits += 1;
        if bits > BITS_MAX {
            return None;
        }
        let place = code.checked_sub(TABLE.first[bits]).and_then(|place| usize::try_from(place).ok());
        if let Some(byte) = place.and_then(|place| TABLE.bytes[bits].get(place)) {
            text.push(*byte);
            (code, bits) = (0, 0);
        }
    }
    (bits < 8 && code == (1 << bits) - 1).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_code_is_full_but_for_the_end_of_string() {
        // Kraft's sum in units of 2^-30: all codes and the end-of-string code of 30 bits fill the space exactly.
        let sum: u64 = BITS.iter().map(|bits| 1u64 << (30 - bits)).sum();
        assert_eq!(sum + 1, 1 << 30);
    }

    #[test]
    fn strings_of_the_rfc_are_unpacked() {
        let packed = [0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff];
        assert_eq!(unpack(&packed).as_deref(), Some(&b"www.example.com"[..]));
        assert_eq!(unpack(&[0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf]).as_deref(), Some(&b"no-cache"[..]));
        assert_eq!(unpack(&[0xae, 0xc3, 0x77, 0x1a, 0x4b]).as_deref(), Some(&b"private"[..]));
        assert_eq!(unpack(&[]).as_deref(), Some(&b""[..]));
    }

    #[test]
    fn wrong_padding_and_the_end_of_string_are_refused() {
        assert_eq!(unpack(&[0xff]), None, "eight bits of padding");
        assert_eq!(unpack(&[0x00]), None, "padding of zeros");
        assert_eq!(unpack(&[0xff, 0xff, 0xff, 0xff]), None, "the end of string");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_string_or_not(packed in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(text) = unpack(&packed) {
                prop_assert!(text.len() * 5 <= packed.len() * 8);
            }
        }
    }
}

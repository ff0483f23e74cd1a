//! Parts of a file that a request wants (RFC 9110 section 14).

use std::ops::Range;

use goodgate_wire::elements;

/// Most ranges of one request that are answered as such; more are an attack, or nothing that a reader needs.
pub const RANGES_MAX: usize = 16;

/// What is wanted of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ranges {
    /// All of it: the field cannot be understood, or asks for too much, and a server may leave it unheard.
    Whole,
    /// One part.
    One(Range<u64>),
    /// Several, which do not overlap, in the order asked for.
    Several(Vec<Range<u64>>),
    /// Only parts that the file does not have (416).
    Unsatisfiable,
}

/// Reads the value of `Range` for a file of so many bytes.
///
/// Ranges that overlap, and more than [`RANGES_MAX`], are answered with the whole file: sending the same bytes many
/// times over for a small request is how servers were once brought down.
pub fn read_ranges(value: &[u8], size: u64) -> Ranges {
    let unit = value.split_first_chunk::<6>().filter(|(unit, _)| unit.eq_ignore_ascii_case(b"bytes="));
    let Some((_, list)) = unit else { return Ranges::Whole };
    let mut wanted: Vec<Range<u64>> = Vec::new();
    let mut named = 0;
    for element in elements(list) {
        named += 1;
        if named > RANGES_MAX {
            return Ranges::Whole;
        }
        match read_range(element, size) {
            Read::Part(part) => {
                if wanted.iter().any(|other| part.start < other.end && other.start < part.end) {
                    return Ranges::Whole;
                }
                wanted.push(part);
            }
            Read::Beyond => {}
            Read::Unclear => return Ranges::Whole,
        }
    }
    match (named, wanted.len(), wanted.pop()) {
        (0, ..) => Ranges::Whole,
        (_, _, None) => Ranges::Unsatisfiable,
        (_, 1, Some(part)) => Ranges::One(part),
        (_, _, Some(part)) => {
            wanted.push(part);
            Ranges::Several(wanted)
        }
    }
}

enum Read {
    Part(Range<u64>),
    Beyond,
    Unclear,
}

fn read_range(text: &[u8], size: u64) -> Read {
    let Some(dash) = text.iter().position(|byte| *byte == b'-') else { return Read::Unclear };
    let (first, last) = (number(text.get(..dash)), number(text.get(dash + 1..)));
    match (first, last) {
        (Some(Some(first)), Some(Some(last))) if first > last => Read::Unclear,
        (Some(Some(first)), Some(last)) if first < size => {
            Read::Part(first..last.unwrap_or(u64::MAX).saturating_add(1).min(size))
        }
        (Some(Some(_)), Some(_)) | (Some(None), Some(Some(0))) => Read::Beyond,
        // The last bytes of nothing are nothing, which no Content-Range can say: the whole says it.
        (Some(None), Some(Some(_))) if size == 0 => Read::Unclear,
        (Some(None), Some(Some(count))) => Read::Part(size.saturating_sub(count)..size),
        _ => Read::Unclear,
    }
}

/// A number of decimal digits, as large as it may be; `Some(None)` for none at all.
fn number(digits: Option<&[u8]>) -> Option<Option<u64>> {
    let digits = digits?;
    if digits.is_empty() {
        return Some(None);
    }
    let add = |sum: u64, byte: &u8| match byte {
        b'0'..=b'9' => Some(sum.saturating_mul(10).saturating_add(u64::from(byte - b'0'))),
        _ => None,
    };
    digits.iter().try_fold(0, add).map(Some)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_are_read() {
        use Ranges::{One, Several, Unsatisfiable, Whole};
        for (value, size, expected) in [
            ("bytes=0-0", 10, One(0..1)),
            ("Bytes=0-499", 10, One(0..10)),
            ("bytes=3-", 10, One(3..10)),
            ("bytes=-3", 10, One(7..10)),
            ("bytes=-30", 10, One(0..10)),
            ("bytes=9-9", 10, One(9..10)),
            ("bytes=10-", 10, Unsatisfiable),
            ("bytes=10-20, 30-", 10, Unsatisfiable),
            ("bytes=-0", 10, Unsatisfiable),
            ("bytes=0-", 0, Unsatisfiable),
            ("bytes=-5", 0, Whole),
            ("bytes=0-1,4-5", 10, Several(vec![0..2, 4..6])),
            ("bytes=8-, ,0-1 ,40-", 10, Several(vec![8..10, 0..2])),
            ("bytes=0-1,40-", 10, One(0..2)),
            ("bytes=0-5,5-6", 10, Whole),
            ("bytes=0-,-1", 10, Whole),
            ("bytes=5-4", 10, Whole),
            ("bytes=0-1,x", 10, Whole),
            ("bytes=", 10, Whole),
            ("bytes=,", 10, Whole),
            ("bytes=-", 10, Whole),
            ("bytes=1", 10, Whole),
            ("bytes=+1-2", 10, Whole),
            ("bytes= 0-1", 10, One(0..2)),
            ("bytes =0-1", 10, Whole),
            ("items=0-1", 10, Whole),
            ("bytes=0-99999999999999999999999", 10, One(0..10)),
            ("bytes=99999999999999999999999-", 10, Unsatisfiable),
        ] {
            assert_eq!(read_ranges(value.as_bytes(), size), expected, "{value}");
        }
        let many = |count: u64| (0..count).map(|at| format!("{0}-{0}", at * 2)).collect::<Vec<_>>().join(",");
        assert!(
            matches!(read_ranges(format!("bytes={}", many(16)).as_bytes(), 100), Several(all) if all.len() == 16)
        );
        assert_eq!(read_ranges(format!("bytes={}", many(17)).as_bytes(), 100), Whole);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_range_is_empty_or_beyond_the_file(value in "bytes=[0-9,-]{0,24}", size in 0u64..2000) {
            let all = match read_ranges(value.as_bytes(), size) {
                Ranges::One(one) => vec![one],
                Ranges::Several(all) => all,
                Ranges::Whole | Ranges::Unsatisfiable => Vec::new(),
            };
            prop_assert!(all.iter().all(|part| part.start < part.end && part.end <= size));
            prop_assert!(all.iter().map(|part| part.end - part.start).sum::<u64>() <= size);
        }
    }
}

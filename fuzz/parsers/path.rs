//! Paths of requests and values of `Range`: the normal form is its own and has no dot segments, and no range lies
//! outside of the file.

use goodgate_gateway::files::{RANGES_MAX, Ranges, read_ranges};
use goodgate_gateway::route::{Normal, normalise};

/// What must hold for any of them.
pub(crate) fn play(bytes: &[u8]) {
    let mut out = Vec::new();
    if let Ok(normal) = normalise(bytes, &mut out) {
        let form = if normal == Normal::Written { out } else { bytes.to_vec() };
        let mut again = Vec::new();
        assert_eq!(normalise(&form, &mut again), Ok(Normal::Unchanged));
        assert!(form == b"*" || form.starts_with(b"/"));
        assert!(!form.split(|byte| *byte == b'/').any(|segment| segment == b"." || segment == b".."));
        assert!(form.iter().all(|byte| (0x21..0x7f).contains(byte)));
    }
    let Some((size, value)) = bytes.split_first_chunk::<4>() else { return };
    let size = u64::from(u32::from_le_bytes(*size));
    for value in [value, [b"bytes=", value].concat().as_slice()] {
        let parts = match read_ranges(value, size) {
            Ranges::One(part) => vec![part],
            Ranges::Several(parts) => parts,
            Ranges::Whole | Ranges::Unsatisfiable => Vec::new(),
        };
        assert!(parts.len() <= RANGES_MAX);
        assert!(parts.iter().all(|part| part.start < part.end && part.end <= size));
        assert!(parts.iter().map(|part| part.end - part.start).sum::<u64>() <= size);
    }
}

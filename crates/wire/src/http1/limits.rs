//! How much of a head, of a body's framing and of its trailers is taken by the half of the codec that works in place.

use crate::Limits;

use super::lines::Bounds;

/// Bounds of heads and of trailer sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadLimits {
    /// Bytes of a head from its first to its empty line, or of a trailer section; default 32 KiB. At most 4 GiB less
    /// one byte.
    pub bytes: usize,
    /// Bytes of a request's target; default 16 KiB.
    pub target_bytes: usize,
    /// Bytes of one field line without its end, in responses and trailers; default 32 KiB. A request's are bounded by
    /// the head alone: whichever is passed, its answer is 431.
    pub field_bytes: usize,
    /// Field lines; default 100.
    pub fields: usize,
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self { bytes: 32 << 10, target_bytes: 16 << 10, field_bytes: 32 << 10, fields: 100 }
    }
}

impl From<&Limits> for HeadLimits {
    fn from(limits: &Limits) -> Self {
        let bytes = limits.head_bytes;
        Self { bytes, target_bytes: bytes, field_bytes: limits.field_bytes, fields: limits.fields }
    }
}

impl HeadLimits {
    pub(super) fn bounds(&self) -> Bounds {
        Bounds { section: self.bytes, line: self.field_bytes, fields: self.fields }
    }

    /// What may be looked at: no place in it is beyond what a [`crate::Span`] can say.
    pub(super) fn within<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(..self.bytes.min(u32::MAX as usize)).unwrap_or(bytes)
    }
}

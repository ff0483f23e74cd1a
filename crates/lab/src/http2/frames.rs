//! HTTP/2 frames on the wire (RFC 9113 §4.1 and §6): reading those of a client, writing those of a server.

/// The client's first bytes (RFC 9113 §3.4).
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PUSH_PROMISE: u8 = 5;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

pub(super) const ACK: u8 = 0x1;
pub(super) const END_STREAM: u8 = 0x1;
pub(super) const END_HEADERS: u8 = 0x4;
pub(super) const PADDED: u8 = 0x8;
pub(super) const WITH_PRIORITY: u8 = 0x20;

/// Error codes (RFC 9113 §7).
pub(super) const PROTOCOL_ERROR: u32 = 0x1;
pub(super) const FRAME_SIZE_ERROR: u32 = 0x6;
pub(super) const REFUSED_STREAM: u32 = 0x7;
pub(super) const COMPRESSION_ERROR: u32 = 0x9;

pub(super) const HEADER: usize = 9;

/// The longest payload that a client may send: the default of SETTINGS_MAX_FRAME_SIZE, which the lab leaves alone.
pub(super) const PAYLOAD_MAX: usize = 16_384;

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parsed<'a> {
    /// A frame, and so many bytes with its header.
    Whole(Frame<'a>, usize),
    Short,
    /// Longer than a client may send.
    TooLong,
}

/// The first frame in these bytes.
pub(super) fn frame(bytes: &[u8]) -> Parsed<'_> {
    let Some(&[l1, l2, l3, kind, flags, s1, s2, s3, s4]) = bytes.first_chunk::<HEADER>() else {
        return Parsed::Short;
    };
    let length = usize::from(l1) << 16 | usize::from(l2) << 8 | usize::from(l3);
    if length > PAYLOAD_MAX {
        return Parsed::TooLong;
    }
    let stream = u32::from_be_bytes([s1 & 0x7f, s2, s3, s4]);
    match bytes.get(HEADER..HEADER + length) {
        Some(payload) => Parsed::Whole(Frame { kind, flags, stream, payload }, HEADER + length),
        None => Parsed::Short,
    }
}

impl<'a> Frame<'a> {
    /// The payload of DATA or HEADERS without padding and priority; nothing where they do not fit into it.
    pub(super) fn content(&self) -> Option<&'a [u8]> {
        let mut content = self.payload;
        let mut padding = 0;
        if self.flags & PADDED != 0 {
            let (length, rest) = content.split_first()?;
            (padding, content) = (usize::from(*length), rest);
        }
        if self.kind == HEADERS && self.flags & WITH_PRIORITY != 0 {
            content = content.get(5..)?;
        }
        content.get(..content.len().checked_sub(padding)?)
    }

    /// The number that RST_STREAM and WINDOW_UPDATE consist of.
    pub(super) fn number(&self) -> Option<u32> {
        Some(u32::from_be_bytes(self.payload.try_into().ok()?))
    }

    /// The pairs of SETTINGS; nothing where the length is wrong (RFC 9113 §6.5).
    pub(super) fn settings(&self) -> Option<impl Iterator<Item = (u16, u32)> + use<'a>> {
        let (pairs, rest) = self.payload.as_chunks::<6>();
        rest.is_empty().then(|| {
            pairs.iter().map(|[i1, i2, v1, v2, v3, v4]| {
                (u16::from_be_bytes([*i1, *i2]), u32::from_be_bytes([*v1, *v2, *v3, *v4]))
            })
        })
    }
}

/// A frame as bytes. `length` is what it claims to have, if not what it has.
pub(super) fn write(kind: u8, flags: u8, stream: u32, payload: &[u8], length: Option<u32>) -> Vec<u8> {
    let length = length.unwrap_or_else(|| u32::try_from(payload.len()).unwrap_or(u32::MAX));
    let [_, l1, l2, l3] = length.to_be_bytes();
    let [s1, s2, s3, s4] = stream.to_be_bytes();
    let mut bytes = vec![l1, l2, l3, kind, flags, s1, s2, s3, s4];
    bytes.extend_from_slice(payload);
    bytes
}

/// GOAWAY (RFC 9113 §6.8).
pub(super) fn goaway(last: u32, code: u32) -> Vec<u8> {
    write(GOAWAY, 0, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat(), None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_frame_is_written_as_the_rfc_draws_it() {
        assert_eq!(write(DATA, END_STREAM, 3, b"ab", None), [0, 0, 2, 0, 1, 0, 0, 0, 3, b'a', b'b']);
        assert_eq!(write(SETTINGS, 0, 0, &[], Some(0x01_0203))[..3], [1, 2, 3]);
        assert_eq!(goaway(0, 8), [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8]);
    }

    #[test]
    fn padding_and_priority_are_taken_off() {
        let padded = Frame { kind: DATA, flags: PADDED, stream: 1, payload: &[2, b'a', 0, 0] };
        assert_eq!(padded.content(), Some(&b"a"[..]));
        let payload = [1, 0, 0, 0, 0, 9, 0x82, 0];
        let headers = Frame { kind: HEADERS, flags: PADDED | WITH_PRIORITY, stream: 1, payload: &payload };
        assert_eq!(headers.content(), Some(&[0x82][..]));
        let wrong = Frame { kind: DATA, flags: PADDED, stream: 1, payload: &[9, 1] };
        assert_eq!(wrong.content(), None);
    }

    #[test]
    fn settings_come_in_sixes() {
        let frame = Frame { kind: SETTINGS, flags: 0, stream: 0, payload: &[0, 4, 0, 0, 1, 0] };
        assert_eq!(frame.settings().map(Iterator::collect::<Vec<_>>), Some(vec![(4, 256)]));
        assert!(Frame { payload: &[0; 5], ..frame }.settings().is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_frames_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Parsed::Whole(frame, length) = frame(&bytes) {
                prop_assert!(length <= bytes.len());
                prop_assert!(frame.content().is_none_or(|content| content.len() <= frame.payload.len()));
                let _ = (frame.number(), frame.settings().map(Iterator::count));
            }
        }

        #[test]
        fn what_is_written_is_read_back(kind: u8, flags: u8, stream in 0u32..1 << 31, payload in proptest::collection::vec(any::<u8>(), 0..100)) {
            let bytes = write(kind, flags, stream, &payload, None);
            prop_assert_eq!(frame(&bytes), Parsed::Whole(Frame { kind, flags, stream, payload: &payload }, bytes.len()));
        }
    }
}

//! Heads of requests: the verdict does not depend on how much has come, and what is taken is within its bounds and means
//! one thing.

use goodgate_wire::http1::{HeadLimits, is_authority, preface, request_head};
use goodgate_wire::{FieldLines, FieldName, Framing};

/// What must hold for any of them.
pub(crate) fn play(bytes: &[u8]) {
    let Some((how, stream)) = bytes.split_first() else { return };
    let limits = if how & 1 == 0 {
        HeadLimits::default()
    } else {
        HeadLimits { bytes: 100, target_bytes: 12, field_bytes: 24, fields: 3 }
    };
    let _ = (preface(stream), is_authority(stream));
    let mut lines = Vec::new();
    let whole = request_head(stream, &limits, &mut lines);
    let mut found = Vec::new();
    let mut first = Ok(None);
    for end in 0..=stream.len() {
        first = request_head(&stream[..end], &limits, &mut found);
        if first != Ok(None) {
            break;
        }
    }
    assert_eq!(first, whole);
    let Ok(Some(head)) = whole else { return };
    assert_eq!(found, lines);
    assert!(
        head.bytes <= limits.bytes
            && lines.len() <= limits.fields
            && head.target.len() <= limits.target_bytes
    );
    let fields = FieldLines::new(stream, &lines);
    let count = |id| fields.all(id).count();
    let (lengths, codings) = (count(FieldName::ContentLength), count(FieldName::TransferEncoding));
    match head.framing {
        Framing::None => assert_eq!((lengths, codings), (0, 0)),
        Framing::Length(_) => assert_eq!((lengths, codings), (1, 0)),
        Framing::Chunked => assert_eq!((lengths, codings), (0, 1)),
        Framing::UntilClose | Framing::Frames(_) => panic!("no framing of a request"),
    }
    assert!(head.named().is_none_or(|named| is_authority(named.of(stream))));
    let text = &stream[..head.bytes];
    assert!(text.iter().all(|byte| !byte.is_ascii_control() || b"\r\n\t".contains(byte)));
    assert!(text.windows(2).all(|two| (two[0] == b'\r') == (two[1] == b'\n')));
}

//! Undoing content codings, bounded: a bomb of a few kilobytes must not become gigabytes.

use std::io::Read;

/// Bytes of an unpacked body that are kept; an error page has a thousandth of that.
pub(crate) const UNPACKED_MAX: usize = 1 << 20;
/// Codings undone one after another; more is no honest server's.
const CODINGS_MAX: usize = 2;

/// A body as a reader would see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unpacked {
    /// The bytes, as far as they could be unpacked.
    pub(crate) bytes: Vec<u8>,
    /// Whether they could not all be unpacked though all had come.
    pub(crate) broken: bool,
    /// Whether unpacking was ended at the limit.
    pub(crate) cut: bool,
}

/// Undoes the codings that `Content-Encoding` names (RFC 9110 section 8.4), the last one first. `whole` says whether
/// all of the body came: the beginning of a cut body is no broken coding.
pub(crate) fn unpack(codings: &str, body: &[u8], whole: bool) -> Unpacked {
    let mut out = Unpacked { bytes: body.to_vec(), broken: false, cut: false };
    let names: Vec<String> = codings
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect();
    if names.len() > CODINGS_MAX {
        out.broken = true;
        return out;
    }
    for name in names.iter().rev() {
        let packed = std::mem::take(&mut out.bytes);
        if packed.is_empty() {
            // An answer without a body (HEAD, 304) may name the coding that it would have.
            return out;
        }
        let (bytes, failed) = match name.as_str() {
            "gzip" | "x-gzip" => read(flate2::read::MultiGzDecoder::new(packed.as_slice())),
            // Servers disagree on whether "deflate" has zlib's frame; RFC 9110 section 8.4.1.2 says that it has.
            "deflate" => match read(flate2::read::ZlibDecoder::new(packed.as_slice())) {
                (bytes, true) if bytes.is_empty() => {
                    read(flate2::read::DeflateDecoder::new(packed.as_slice()))
                }
                other => other,
            },
            // Not asked for and not known here: it stays packed, which is no fault that we could see.
            _ => {
                out.bytes = packed;
                return out;
            }
        };
        out.cut |= bytes.len() >= UNPACKED_MAX;
        out.broken |= failed && whole && !out.cut;
        out.bytes = bytes;
    }
    out
}

fn read(decoder: impl Read) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let failed = decoder.take(UNPACKED_MAX as u64).read_to_end(&mut bytes).is_err();
    (bytes, failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn unpacks_what_it_asked_for_and_tells_what_is_broken() {
        let packed = gzip(b"<h1>502 Bad Gateway</h1>");
        assert_eq!(unpack("gzip", &packed, true).bytes, b"<h1>502 Bad Gateway</h1>");
        assert!(unpack("gzip", b"<html>no gzip at all", true).broken);
        assert!(unpack("gzip", &packed[..packed.len() - 6], true).broken);
        assert!(!unpack("gzip", &packed[..packed.len() - 6], false).broken);
        assert_eq!(
            unpack("br", b"xyz", true),
            Unpacked { bytes: b"xyz".to_vec(), broken: false, cut: false }
        );
        assert!(unpack("gzip, gzip, gzip", &packed, true).broken);
    }

    #[test]
    fn a_bomb_is_ended_at_the_limit() {
        let bomb = gzip(&vec![0; 64 << 20]);
        let out = unpack("gzip", &bomb, true);
        assert_eq!((out.bytes.len(), out.cut, out.broken), (UNPACKED_MAX, true, false));
        let twice = unpack("gzip, gzip", &gzip(&bomb), true);
        assert_eq!((twice.bytes.len(), twice.cut), (UNPACKED_MAX, true));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(coding in "(gzip|deflate|br|x|,| ){0,6}", body: Vec<u8>, whole: bool) {
            let _ = unpack(&coding, &body, whole);
        }
    }
}

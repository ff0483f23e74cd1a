//! Takes chunks apart (RFC 9112 §7.1), strictly: what a gateway writes has to be right to the byte.
//!
//! Fed piece by piece; it does no I/O and knows nothing of heads.

/// A line with a chunk's size is no longer than this: sixteen digits and some extensions.
const SIZE_LINE_BYTES_MAX: usize = 4096;

/// A trailer section is no longer than this, as a head is.
const TRAILER_BYTES_MAX: usize = 256 * 1024;

/// Where in a chunked body the reader is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum At {
    /// In the line with the size, as far as it was read.
    Size(Vec<u8>),
    /// In the data, with so many bytes to come.
    Data(u64),
    /// Behind the data: CR, then LF.
    DataCr,
    DataLf,
    /// In the trailer section: bytes of this line so far, whether the last one was CR, and bytes in all.
    Trailer {
        line: usize,
        cr: bool,
        all: usize,
    },
    Done,
    Broken,
}

/// Takes one chunked body apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunks {
    at: At,
}

impl Chunks {
    pub(crate) fn new() -> Self {
        Self { at: At::Size(Vec::new()) }
    }

    /// Takes bytes in, hands the data on, and says how many bytes belonged to this body.
    pub(crate) fn feed(&mut self, bytes: &[u8], data: &mut impl FnMut(&[u8])) -> usize {
        let mut used = 0;
        while let Some(&byte) = bytes.get(used) {
            match &mut self.at {
                At::Done | At::Broken => break,
                At::Data(left) => {
                    let rest = bytes.get(used..).unwrap_or_default();
                    let take = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    data(rest.get(..take).unwrap_or_default());
                    used += take;
                    *left -= take as u64;
                    if *left == 0 {
                        self.at = At::DataCr;
                    }
                }
                _ => {
                    self.step(byte);
                    used += 1;
                }
            }
        }
        used
    }

    pub(crate) fn is_done(&self) -> bool {
        self.at == At::Done
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.at == At::Broken
    }

    /// One byte outside of the data.
    fn step(&mut self, byte: u8) {
        match &mut self.at {
            At::Size(line) => {
                if byte == b'\n' {
                    self.at = match size(line) {
                        Some(0) => At::Trailer { line: 0, cr: false, all: 0 },
                        Some(size) => At::Data(size),
                        None => At::Broken,
                    };
                } else if line.len() < SIZE_LINE_BYTES_MAX {
                    line.push(byte);
                } else {
                    self.at = At::Broken;
                }
            }
            At::DataCr => self.at = if byte == b'\r' { At::DataLf } else { At::Broken },
            At::DataLf => self.at = if byte == b'\n' { At::Size(Vec::new()) } else { At::Broken },
            At::Trailer { line, cr, all } => {
                *all += 1;
                if *all > TRAILER_BYTES_MAX {
                    self.at = At::Broken;
                } else if byte == b'\n' {
                    if *line == 0 {
                        self.at = if *cr { At::Done } else { At::Broken };
                    } else {
                        (*line, *cr) = (0, false);
                    }
                } else {
                    *line += usize::from(byte != b'\r');
                    *cr = byte == b'\r';
                }
            }
            At::Data(_) | At::Done | At::Broken => {}
        }
    }
}

/// The size that a line says; the line ends with CR, its LF is off already.
fn size(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"\r")?;
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii_end();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> (Chunks, Vec<u8>, usize) {
        let (mut chunks, mut data) = (Chunks::new(), Vec::new());
        let used = chunks.feed(bytes, &mut |piece| data.extend_from_slice(piece));
        (chunks, data, used)
    }

    #[test]
    fn a_body_with_an_extension_and_a_trailer_is_read_to_its_last_byte() {
        let wire = b"5;a=b\r\nhello\r\n6 \r\n world\r\n0\r\nX: y\r\n\r\nmore";
        let (chunks, data, used) = read(wire);
        assert!(chunks.is_done());
        assert_eq!(data, b"hello world");
        assert_eq!(&wire[used..], b"more");
    }

    #[test]
    fn what_is_no_size_or_no_delimiter_breaks_it() {
        for bytes in [
            &b"xyz\r\n"[..],
            b"\r\n",
            b"-1\r\n",
            b"5\nhello",
            b"0x5\r\n",
            b"5\r\nhelloX",
            b"10000000000000000\r\n",
        ] {
            assert!(read(bytes).0.is_broken(), "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn without_the_last_line_end_it_is_not_done() {
        for bytes in [&b"5\r\nhel"[..], b"5\r\nhello\r\n", b"5\r\nhello\r\n0\r\n", b"0\r\nX: y\r\n"] {
            let (chunks, ..) = read(bytes);
            assert!(!chunks.is_done() && !chunks.is_broken(), "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6), cut in 1_usize..9) {
            let mut wire = Vec::new();
            for part in &parts {
                wire.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
                wire.extend_from_slice(part);
                wire.extend_from_slice(b"\r\n");
            }
            wire.extend_from_slice(b"0\r\n\r\n");
            let (mut chunks, mut data, mut used) = (Chunks::new(), Vec::new(), 0);
            for piece in wire.chunks(cut) {
                used += chunks.feed(piece, &mut |piece| data.extend_from_slice(piece));
            }
            prop_assert!(chunks.is_done());
            prop_assert_eq!(used, wire.len());
            prop_assert_eq!(data, parts.concat());
        }

        #[test]
        fn any_bytes_are_read_alike_whole_and_byte_by_byte(bytes in prop::collection::vec(prop::sample::select(b"0123af;\r\n xZ".to_vec()), 0..80)) {
            let (whole, data, used) = read(&bytes);
            let (mut single, mut singly, mut count) = (Chunks::new(), Vec::new(), 0);
            for byte in &bytes {
                count += single.feed(std::slice::from_ref(byte), &mut |piece| singly.extend_from_slice(piece));
            }
            prop_assert!(used <= bytes.len());
            prop_assert_eq!((whole, data, used), (single, singly, count));
        }
    }
}

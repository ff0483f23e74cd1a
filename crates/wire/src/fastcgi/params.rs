//! The stream of a request's parameters: name-value pairs (FastCGI 1.0 section 3.4) in PARAMS records.

use super::record::{CONTENT_MAX, HEADER, PARAMS, header};

/// Lengths from this on are told in four bytes (section 3.4).
const LONG: usize = 0x80;
/// The longest name or value that can be told.
const LENGTH_MAX: usize = 0x7fff_ffff;

/// Writes parameters to the end of a buffer. The stream is whole only once [`Params::finish`] was called.
#[derive(Debug)]
#[must_use = "the stream of parameters wants its end"]
pub struct Params<'o> {
    out: &'o mut Vec<u8>,
    /// Where the header of the open record stands.
    record: usize,
}

impl<'o> Params<'o> {
    /// Begins the stream, behind [`begin_request`](super::begin_request).
    pub fn begin(out: &'o mut Vec<u8>) -> Self {
        let record = out.len();
        out.extend_from_slice(&[0; HEADER]);
        Self { out, record }
    }

    /// Appends a pair. A later one of the same name wins with php-fpm. What is longer than 2 GiB is left out.
    pub fn pair(&mut self, name: &[u8], value: &[u8]) {
        if self.lengths(name.len(), value.len()) {
            self.out.extend_from_slice(name);
            self.out.extend_from_slice(value);
        }
    }

    /// Ends the stream.
    pub fn finish(self) {
        let Self { out, record } = self;
        close(out, record);
        out.extend_from_slice(&header(PARAMS, 0, 0));
    }

    /// Appends the lengths of a pair whose bytes the caller appends to [`Params::bytes`]; not if they cannot be told.
    ///
    /// A pair is kept in one record wherever it fits into one: by section 3.3 the records are one stream, but php-fpm
    /// reads each for itself.
    pub(super) fn lengths(&mut self, name: usize, value: usize) -> bool {
        if name > LENGTH_MAX || value > LENGTH_MAX {
            return false;
        }
        let told = |length: usize| if length < LONG { 1 } else { 4 };
        let pair = told(name) + told(value) + name + value;
        let content = self.out.len() - self.record - HEADER;
        if content > 0 && content + pair > CONTENT_MAX {
            close(self.out, self.record);
            self.record = self.out.len();
            self.out.extend_from_slice(&[0; HEADER]);
        }
        for length in [name, value] {
            // Both are below 2^31, and the short form below 2^7.
            match length {
                ..LONG => self.out.push(length as u8),
                _ => self.out.extend_from_slice(&(length as u32 | 0x8000_0000).to_be_bytes()),
            }
        }
        true
    }

    /// The buffer, for the bytes of the pair whose lengths were told.
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        self.out
    }
}

/// Writes the header of the record that begins at `record` and ends with the buffer, and pads it. What is too long for
/// one record is cut into several, and an empty record, which would end the stream, is taken back.
fn close(out: &mut Vec<u8>, record: usize) {
    let content = out.len() - record - HEADER;
    if content == 0 {
        out.truncate(record);
        return;
    }
    let records = content.div_ceil(CONTENT_MAX);
    if records > 1 {
        out.resize(out.len() + (records - 1) * HEADER, 0);
    }
    // From the last to the first, so that nothing is overwritten that is still to be moved.
    for place in (0..records).rev() {
        let from = record + HEADER + place * CONTENT_MAX;
        let length = (content - place * CONTENT_MAX).min(CONTENT_MAX);
        let to = record + HEADER + place * (CONTENT_MAX + HEADER);
        if to != from {
            out.copy_within(from..from + length, to);
        }
        let padding = length.next_multiple_of(8) - length;
        // Both fit: the content has at most `CONTENT_MAX` bytes and the padding at most 7.
        out[to - HEADER..to].copy_from_slice(&header(PARAMS, length as u16, padding as u8));
        if place + 1 == records {
            out.resize(out.len() + padding, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_lengths_are_told() {
        let mut out = Vec::new();
        let mut params = Params::begin(&mut out);
        params.pair(b"A", b"bc");
        params.pair(b"N", &[b'v'; 128]);
        params.finish();
        assert_eq!(out[..8], [1, 4, 0, 1, 0, 5 + 134, 5, 0]);
        assert_eq!(out[8..13], [1, 2, b'A', b'b', b'c']);
        assert_eq!(out[13..19], [1, 0x80, 0, 0, 128, b'N']);
        assert_eq!(out[8 + 139..], [0, 0, 0, 0, 0, 1, 4, 0, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn without_parameters_there_is_only_the_end() {
        let mut out = Vec::new();
        Params::begin(&mut out).finish();
        assert_eq!(out, [1, 4, 0, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn a_pair_that_does_not_fit_begins_another_record() {
        let mut out = Vec::new();
        let mut params = Params::begin(&mut out);
        params.pair(b"A", &vec![b'a'; 40_000]);
        params.pair(b"B", &vec![b'b'; 40_000]);
        params.finish();
        let first = 1 + 4 + 1 + 40_000;
        let padding = usize::from(out[6]);
        assert_eq!(out[4..6], (first as u16).to_be_bytes());
        assert_eq!((first + padding) % 8, 0);
        let second = HEADER + first + padding;
        assert_eq!(out[second..second + 4], [1, 4, 0, 1]);
        assert_eq!(out[second + HEADER..second + HEADER + 6], [1, 0x80, 0, 0x9c, 0x40, b'B']);
    }
}

//! Where fields are written to: lines of HTTP/1.1, or a table for versions that are not made of lines.

use goodgate_wire::{FieldLine, FieldLines, FieldName, Span, put_decimal};

/// Where fields are written to.
pub(crate) trait Sink {
    /// Adds a field; its value is that of the pieces one after the other.
    fn put(&mut self, name: &[u8], value: &[&[u8]]);

    /// Adds a field whose value is a number.
    fn put_number(&mut self, name: &[u8], value: u64) {
        let mut digits = Vec::new();
        put_decimal(value, &mut digits);
        self.put(name, &[&digits]);
    }

    /// The text, where fields go into one as lines of HTTP/1.1.
    fn lines(&mut self) -> Option<&mut Vec<u8>> {
        None
    }

    /// Adds all these fields.
    fn put_all(&mut self, fields: FieldLines<'_>) {
        for (_, name, value) in fields.iter() {
            self.put(name, &[value]);
        }
    }
}

/// As lines of HTTP/1.1.
impl Sink for Vec<u8> {
    // Most names and many pieces are constants, which are written without a copy of bytes that is counted.
    #[inline(always)]
    fn put(&mut self, name: &[u8], value: &[&[u8]]) {
        self.reserve(name.len() + value.iter().map(|piece| piece.len()).sum::<usize>() + b": \r\n".len());
        self.extend_from_slice(name);
        self.extend_from_slice(b": ");
        for piece in value {
            self.extend_from_slice(piece);
        }
        self.extend_from_slice(b"\r\n");
    }

    fn put_number(&mut self, name: &[u8], value: u64) {
        self.extend_from_slice(name);
        self.extend_from_slice(b": ");
        put_decimal(value, self);
        self.extend_from_slice(b"\r\n");
    }

    fn lines(&mut self) -> Option<&mut Vec<u8>> {
        Some(self)
    }

    fn put_all(&mut self, fields: FieldLines<'_>) {
        if let Some(lines) = fields.as_written() {
            self.extend_from_slice(lines);
            return;
        }
        for (_, name, value) in fields.iter() {
            self.put(name, &[value]);
        }
    }
}

/// As a table over a text of its own, for protocols that are not made of lines.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    text: Vec<u8>,
    lines: Vec<FieldLine>,
}

impl Listed {
    pub(crate) fn fields(&self) -> FieldLines<'_> {
        FieldLines::new(&self.text, &self.lines)
    }
}

impl Sink for Listed {
    fn put(&mut self, name: &[u8], value: &[&[u8]]) {
        let place = |text: &mut Vec<u8>, pieces: &[&[u8]]| {
            let begin = u32::try_from(text.len()).unwrap_or(u32::MAX);
            pieces.iter().for_each(|piece| text.extend_from_slice(piece));
            Span { begin, end: u32::try_from(text.len()).unwrap_or(u32::MAX) }
        };
        let id = FieldName::of(name);
        let (name, value) = (place(&mut self.text, &[name]), place(&mut self.text, value));
        self.lines.push(FieldLine { id, name, value });
    }
}

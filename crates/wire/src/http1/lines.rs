//! The lines of a head or of a trailer section, collected until the empty line that ends them. It knows bounds and line
//! ends, not what stands in a line.

use crate::Limits;

/// How much of a section is taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Bytes of all lines with their ends, the empty line included.
    pub(super) section: usize,
    /// Bytes of one field line without its end.
    pub(super) line: usize,
    /// Field lines.
    pub(super) fields: usize,
}

impl Bounds {
    pub(super) fn of(limits: &Limits) -> Self {
        Self { section: limits.head_bytes, line: limits.field_bytes, fields: limits.fields }
    }
}

/// Which bound was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TooBig {
    /// The section's, in bytes or in lines.
    Section,
    /// That of a single field line.
    Line,
}

/// Bytes that are allocated at once where so much came: most heads are smaller.
const USUAL_BYTES: usize = 1 << 10;

/// A section as far as it came.
#[derive(Debug)]
pub(super) struct Section {
    bounds: Bounds,
    text: Vec<u8>,
    /// Where the last line that was looked at begins.
    begins: usize,
    /// Where the line begins that is not complete yet.
    open: usize,
    /// Field lines that are complete.
    fields: usize,
    /// Whether the line that is not complete yet is a start line, which only the section bounds.
    in_start_line: bool,
}

impl Section {
    /// A section that begins with a status line.
    pub(super) fn head(bounds: Bounds) -> Self {
        Self { bounds, text: Vec::new(), begins: 0, open: 0, fields: 0, in_start_line: true }
    }

    /// A section of fields alone.
    pub(super) fn trailers(bounds: Bounds) -> Self {
        Self { in_start_line: false, ..Self::head(bounds) }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// What may be looked at before the bound of the section decides.
    pub(super) fn within_bounds(&self) -> &[u8] {
        &self.text[..self.text.len().min(self.bounds.section)]
    }

    /// Where the last line that was looked at begins.
    pub(super) fn last_line(&self) -> usize {
        self.begins
    }

    /// Says that the line which begins here was looked at last.
    pub(super) fn look_at(&mut self, line: usize) {
        self.begins = line;
    }

    /// Where the part ends that consists of complete lines.
    pub(super) fn complete_to(&self) -> usize {
        self.open
    }

    /// How many field lines are complete.
    pub(super) fn fields(&self) -> usize {
        self.fields
    }

    pub(super) fn into_text(self) -> Vec<u8> {
        self.text
    }

    /// Whether nothing came yet and the empty line that ends the section is next, well within its bounds.
    pub(super) fn is_empty_in(&self, input: &[u8]) -> bool {
        self.text.is_empty() && self.bounds.section >= 2 && input.starts_with(b"\r\n")
    }

    /// Takes the rest of the open line from the front of `input`: its length without its end, or `None` where its end
    /// has not come yet. The result depends on the bytes alone, never on the pieces in which they come.
    pub(super) fn take_line(&mut self, input: &mut &[u8]) -> Result<Option<usize>, TooBig> {
        // One byte beyond the bound is enough to know that it is passed.
        let room = self.bounds.section.saturating_add(1).saturating_sub(self.text.len());
        let within = &input[..input.len().min(room)];
        let end = memchr::memchr(b'\n', within);
        let taken = end.map_or(within.len(), |end| end + 1);
        if self.text.capacity() == 0 {
            self.text.reserve(input.len().min(USUAL_BYTES));
        }
        self.text.extend_from_slice(&within[..taken]);
        *input = &input[taken..];
        self.begins = self.open;
        let line = &self.text[self.open..];
        let line = if end.is_some() { &line[..line.len() - 1] } else { line };
        self.hold_bounds(line)?;
        if end.is_none() {
            return Ok(None);
        }
        let length = line.strip_suffix(b"\r").unwrap_or(line).len();
        if !self.in_start_line && length > 0 {
            self.fields += 1;
            if self.fields > self.bounds.fields {
                return Err(TooBig::Section);
            }
        }
        self.in_start_line = false;
        self.open = self.text.len();
        Ok(Some(length))
    }

    /// Which bound is passed first. A CR does not count as long as it may belong to the line's end.
    fn hold_bounds(&self, line: &[u8]) -> Result<(), TooBig> {
        let bound = self.bounds.line;
        let beyond = match line.get(bound) {
            None => None,
            Some(_) if self.in_start_line => None,
            Some(b'\r') if line.len() == bound + 1 => None,
            Some(b'\r') => Some(self.open + bound + 1),
            Some(_) => Some(self.open + bound),
        };
        let section = (self.text.len() > self.bounds.section).then_some(self.bounds.section);
        match (beyond, section) {
            (None, None) => Ok(()),
            (Some(line), Some(section)) if section < line => Err(TooBig::Section),
            (Some(_), _) => Err(TooBig::Line),
            (None, Some(_)) => Err(TooBig::Section),
        }
    }
}

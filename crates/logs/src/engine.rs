//! The recipe: bytes → lines → prefixes off → the format that knows the line → the sink.

use goodgate_facts::{Evidence, Exchange, Moment, SourceKind};

use crate::format::{Declared, Format, LineReader, Verdict};
use crate::{Sink, Tally, formats, prefix};

/// A line longer than this is read only up to here; nothing that a format needs stands further on.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// What one file said.
pub struct Reading {
    /// The format that knew most lines; `None` if no format knew enough of them.
    pub format: Option<&'static Format>,
    /// All formats that knew lines, with how many.
    pub formats: Vec<(&'static Format, u32)>,
    /// Lines in the file that are not blank.
    pub lines: u32,
    /// Lines that some format knew.
    pub known: u32,
    /// What the lines mean.
    pub evidence: Evidence,
    /// Failing exchanges, in full.
    pub exchanges: Vec<Exchange>,
    /// Failing exchanges beyond what is kept.
    pub exchanges_dropped: u64,
    /// Numbers over all exchanges.
    pub tally: Tally,
}

struct Open {
    format: &'static Format,
    reader: Box<dyn LineReader>,
    lines: u32,
}

/// Reads one log or capture. `name` is the file's name as the user gave it; `declared` the layouts that
/// configurations state.
pub fn read(name: &str, bytes: &[u8], declared: &[Declared]) -> Reading {
    let mut sink = Sink::new(name);
    let mut open: Vec<Open> = formats::all()
        .iter()
        .map(|format| Open { format, reader: (format.open)(declared), lines: 0 })
        .collect();
    let (mut lines, mut known, mut latest) = (0u32, 0u32, 0usize);
    let mut year = None;
    for (number, line) in lines_of(bytes).enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        lines += 1;
        let peeled = prefix::peel(&line[..line.len().min(LINE_BYTES_MAX)], year);
        sink.start_line(u32::try_from(number + 1).unwrap_or(u32::MAX), &peeled);
        if let Some(index) = offer(&mut open, latest, &peeled.text, &mut sink) {
            known += 1;
            latest = index;
        }
        year = sink.time().map(year_of).or(year);
    }
    for entry in open.iter_mut().filter(|entry| entry.lines > 0) {
        sink.of_format(entry.format.product, kind_of(entry.format));
        entry.reader.end(&mut sink);
    }
    let mut used: Vec<(&'static Format, u32)> =
        open.iter().filter(|entry| entry.lines > 0).map(|entry| (entry.format, entry.lines)).collect();
    used.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
    Reading {
        format: used.first().map(|(format, _)| *format),
        formats: used,
        lines,
        known,
        evidence: sink.evidence,
        exchanges: sink.exchanges,
        exchanges_dropped: sink.exchanges_dropped,
        tally: sink.tally,
    }
}

/// The calendar year of an instant; near New Year's night a wrong zone may make it the neighbouring one.
fn year_of(when: Moment) -> i16 {
    when.to_zoned(jiff::tz::TimeZone::UTC).year()
}

fn kind_of(format: &Format) -> SourceKind {
    if format.capture { SourceKind::Capture } else { SourceKind::Log }
}

/// Offers a line to the format that knew the last one, then to the others in their order.
fn offer(open: &mut [Open], latest: usize, text: &[u8], sink: &mut Sink) -> Option<usize> {
    let order = std::iter::once(latest).chain((0..open.len()).filter(move |i| *i != latest));
    for index in order {
        let Some(entry) = open.get_mut(index) else { continue };
        sink.of_format(entry.format.product, kind_of(entry.format));
        match entry.reader.line(text, sink) {
            Verdict::Mine | Verdict::Continues => {
                entry.lines += 1;
                return Some(index);
            }
            Verdict::Foreign => {}
        }
    }
    None
}

fn lines_of(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

//! The recipe: bytes → lines → prefixes off → the format that knows the line → the sink.
//!
//! A line that the last format does not know is offered to all others, in every file and however long it is: one
//! line of the kernel among a million of a program's own may be the cause, so none is skipped. What keeps that
//! affordable is that each format turns away cheaply what it cannot know (by the first bytes, or by the lack of words
//! that each of its lines has) and that commands' output is no longer expected far into a long file.

use goodgate_facts::{Evidence, Exchange, Moment, SourceKind};

use crate::format::{Declared, Format, LineReader, Verdict};
use crate::{Sink, Tally, formats, prefix};

/// A line longer than this is read only up to here; nothing that a format needs stands further on.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// Captured output of a command stands alone or in a short collection of such, never this far into a long log.
const CAPTURES_WITHIN: u32 = 20_000;

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
    /// Signals that were summarised because there were too many of their kind.
    pub summarised: u64,
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
    let mut calendar = Calendar::default();
    for (number, line) in lines_of(bytes).enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        lines += 1;
        let peeled = prefix::peel(&line[..line.len().min(LINE_BYTES_MAX)], calendar.year);
        sink.start_line(u32::try_from(number + 1).unwrap_or(u32::MAX), &peeled);
        if let Some(index) = offer(&mut open, latest, &peeled.text, &mut sink) {
            known += 1;
            latest = index;
        }
        calendar.note(sink.time());
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
        summarised: sink.summarised,
        exchanges: sink.exchanges,
        exchanges_dropped: sink.exchanges_dropped,
        tally: sink.tally,
    }
}

/// The year that the lines so far told, for prefixes that have none.
#[derive(Default)]
struct Calendar {
    year: Option<i16>,
    day: i64,
}

impl Calendar {
    /// A line told its time; near New Year's night a wrong zone may make the year the neighbouring one.
    fn note(&mut self, time: Option<Moment>) {
        const DAY_S: i64 = 86_400;
        let Some(time) = time else { return };
        let day = time.as_second().div_euclid(DAY_S);
        if self.year.is_none() || day != self.day {
            self.day = day;
            self.year = Some(time.to_zoned(jiff::tz::TimeZone::UTC).year());
        }
    }
}

fn kind_of(format: &Format) -> SourceKind {
    if format.capture { SourceKind::Capture } else { SourceKind::Log }
}

/// Offers a line to the format that knew the last one, then to the others in their order. Behind `CAPTURES_WITHIN`
/// lines, captured commands that were not met so far are no longer expected.
fn offer(open: &mut [Open], latest: usize, text: &[u8], sink: &mut Sink) -> Option<usize> {
    let late = sink.line() > CAPTURES_WITHIN;
    let order = std::iter::once(latest).chain((0..open.len()).filter(move |i| *i != latest));
    for index in order {
        let Some(entry) = open.get_mut(index) else { continue };
        if late && entry.format.capture && entry.lines == 0 {
            continue;
        }
        sink.of_format(entry.format.product, kind_of(entry.format));
        sink.forget_time();
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
    let mut rest = Some(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    std::iter::from_fn(move || {
        let text = rest?;
        let line = match memchr::memchr(b'\n', text) {
            Some(end) => {
                rest = text.get(end + 1..);
                &text[..end]
            }
            None => {
                rest = None;
                text
            }
        };
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    })
}

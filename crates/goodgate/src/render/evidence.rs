//! Evidence as shown: for and against a cause, each piece with its place and the words it was read from.

use goodgate_case::{Diagnosis, Finding};
use goodgate_causes::Ranked;
use goodgate_facts::{Signal, SignalId, Source, SourceKind, Via};

use super::blocks::{Block, Quote};
use super::report::is_failure;
use super::what;
use crate::redact::redact;
use crate::words::{args, say, say_with};

/// Pieces of evidence shown for a finding.
pub(super) const EVIDENCE_MAX: usize = 6;
/// Length from which on no other place is added where the same was read.
const PLACES_BYTES_MAX: usize = 80;

/// The evidence for and against the leader, each with its place.
pub(super) fn because(
    diagnosis: &Diagnosis,
    finding: &Finding,
    leader: Option<&Ranked>,
    blocks: &mut Vec<Block>,
) {
    let signals = diagnosis.evidence.signals();
    let of_finding = || finding.evidence.iter().filter_map(|i| signals.get(*i));
    let quotes = |ids: &[SignalId]| {
        let mut chosen: Vec<&Signal> = Vec::new();
        for id in ids {
            let of_id = of_finding().filter(|s| s.id == *id);
            // What was concluded twice is one fact; what was read may be about two things.
            let (read, concluded): (Vec<&Signal>, Vec<&Signal>) =
                of_id.partition(|s| !matches!(s.via, Via::Derived(_)));
            let read = of_different_things(read);
            if read.is_empty() {
                chosen.extend(concluded.first());
            } else {
                chosen.extend(read.iter().take(2));
            }
        }
        // Who made the answer is known where the upstream's own status is.
        if chosen.iter().any(|s| s.id.as_str() == "upstream-answered-5xx") {
            chosen.retain(|s| !s.id.as_str().starts_with("gateway-answered-"));
        }
        // What was read comes before what was concluded from it.
        chosen.sort_by_key(|signal| matches!(signal.via, Via::Derived(_)));
        chosen.truncate(EVIDENCE_MAX);
        quotes_of(diagnosis, chosen)
    };
    let mut for_it = leader.map_or(Vec::new(), |leader| quotes(&leader.in_favour));
    let mut against = leader.map_or(Vec::new(), |leader| quotes(&leader.against));
    if for_it.is_empty() {
        for_it = quotes_of(diagnosis, of_finding().take(EVIDENCE_MAX));
    }
    if !for_it.is_empty() {
        blocks.push(Block::Heading(if leader.is_some() { say("because") } else { say("what-was-seen") }));
        blocks.push(Block::Evidence(for_it));
    }
    if !against.is_empty() {
        against.truncate(2);
        blocks.push(Block::Heading(say("speaks-against")));
        blocks.push(Block::Evidence(against));
    }
}

/// One signal for each thing that they are about: what differs in its value only was seen twice.
fn of_different_things(signals: Vec<&Signal>) -> Vec<&Signal> {
    let mut kept: Vec<&Signal> = Vec::new();
    for signal in signals {
        let same = |other: &&Signal| {
            let (one, other) = (&signal.about, &other.about);
            one.target == other.target && one.path == other.path && one.name == other.name
        };
        // A status says who answered what: those stay apart.
        if is_failure(signal) || !kept.iter().any(same) {
            kept.push(signal);
        }
    }
    kept
}

/// Signals as pieces of evidence; words that stood there just before are not said again.
pub(super) fn quotes_of<'a>(
    diagnosis: &Diagnosis,
    signals: impl IntoIterator<Item = &'a Signal>,
) -> Vec<Quote> {
    let mut said: Vec<String> = Vec::new();
    let mut quotes: Vec<Quote> = Vec::new();
    for signal in signals {
        let mut quote = quote(diagnosis, signal);
        if let Some(before) = quotes.iter_mut().find(|before| before.what == quote.what) {
            if !before.place.contains(&quote.place) && before.place.len() < PLACES_BYTES_MAX {
                before.place.push_str("; ");
                before.place.push_str(&quote.place);
            }
            continue;
        }
        match &quote.words {
            Some(words) if said.contains(words) => quote.words = None,
            words => said.extend(words.clone()),
        }
        quotes.push(quote);
    }
    quotes
}

/// A signal as a piece of evidence.
fn quote(diagnosis: &Diagnosis, signal: &Signal) -> Quote {
    /// Longer quotations hide what matters.
    const WORDS_MAX: usize = 240;
    let words = signal.excerpt.as_ref().map(|e| {
        let text = match signal.source.kind {
            SourceKind::Page => redact(&without_markup(e.for_display())),
            _ => redact(e.for_display()),
        };
        if text.chars().count() > WORDS_MAX {
            text.chars().take(WORDS_MAX).chain("…".chars()).collect()
        } else {
            text
        }
    });
    Quote { what: what(signal), place: redact(&place(diagnosis, signal)), words }
}

/// The words of a page, as a browser would show them.
pub(in crate::render) fn without_markup(page: &str) -> String {
    let mut words = String::new();
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        words.push_str(before);
        words.push(' ');
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    words.push_str(rest);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn place(diagnosis: &Diagnosis, signal: &Signal) -> String {
    let source = &signal.source;
    let times = match signal.count {
        0 | 1 => String::new(),
        n => say_with("place-times", &args![n = n]),
    };
    match (&signal.via, source.kind, source.file.is_empty()) {
        (_, SourceKind::Told, _) | (Via::Told, ..) => say("place-told"),
        (Via::Derived(from), ..) if !from.is_empty() => {
            let sources = from.iter().filter_map(|i| diagnosis.evidence.signals().get(*i)).map(|s| &s.source);
            let places = joined(sources.filter(|s| !s.file.is_empty()));
            if places.is_empty() {
                say("place-concluded")
            } else {
                say_with("place-concluded-from", &args![places = places])
            }
        }
        (_, SourceKind::Derived, _) => say("place-concluded-from-several"),
        (_, kind, true) => kind.as_str().to_owned(),
        (_, _, false) if source.line > 0 => format!("{}:{}{times}", source.file, source.line),
        _ => format!("{}{times}", source.file),
    }
}

/// "error.log:2, 3; ss.txt:4": the first few lines of the first few files.
fn joined<'a>(sources: impl Iterator<Item = &'a Source>) -> String {
    /// Files, and lines of each.
    const EACH_MAX: usize = 3;
    let mut files: Vec<(&str, Vec<u32>)> = Vec::new();
    for source in sources {
        let place = files.iter().position(|(file, _)| **file == *source.file);
        match place.and_then(|place| files.get_mut(place)) {
            Some((_, lines)) if !lines.contains(&source.line) => lines.push(source.line),
            Some(_) => {}
            None => files.push((&source.file, vec![source.line])),
        }
    }
    let one = |(file, lines): &(&str, Vec<u32>)| {
        let lines: Vec<String> =
            lines.iter().filter(|line| **line > 0).take(EACH_MAX).map(ToString::to_string).collect();
        if lines.is_empty() { (*file).to_owned() } else { format!("{file}:{}", lines.join(", ")) }
    };
    files.iter().take(EACH_MAX).map(one).collect::<Vec<_>>().join("; ")
}

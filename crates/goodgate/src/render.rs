//! Diagnoses → text and documents. One file a form.

mod advice;
pub(crate) mod blocks;
mod evidence;
mod explanation;
mod first;
mod html;
mod json;
mod lines;
mod markdown;
pub(crate) mod matrix;
mod outside;
mod prose;
mod readers;
mod report;
mod slots;
mod text;
mod unseen;

use goodgate_case::{Diagnosis, FileKind};
use goodgate_causes::{Audience, Cause};
use goodgate_facts::{Signal, Value};

use crate::arguments::{Format, Reader};
use crate::outside::Sight;
use crate::redact::redact;
use crate::words::{self, args, say, say_with};

pub(crate) use explanation::explanations;
pub(crate) use first::first_causes;
pub(crate) use report::counted;

/// A file's kind in words.
fn file_kind(kind: &FileKind) -> String {
    match kind {
        FileKind::Log(id) => format!("log:{id}"),
        FileKind::Capture(id) => format!("capture:{id}"),
        FileKind::Config(id) => format!("config:{id}"),
        FileKind::Page => "page".into(),
        FileKind::Empty => "empty".into(),
        FileKind::Binary => "binary".into(),
        FileKind::Unknown => "unknown".into(),
    }
}

/// What a signal says: its sentence, with what it is about.
fn what(signal: &Signal) -> String {
    let mut details: Vec<String> = Vec::new();
    if let Some(target) = &signal.about.target {
        details.push(target.to_string());
    }
    if let Some(path) = &signal.about.path {
        details.push(path.clone());
    }
    if let Some(name) = &signal.about.name {
        details.push(name.clone());
    }
    if let Some(pid) = signal.about.worker {
        details.push(format!("pid {pid}"));
    }
    let value = detail(signal);
    if !value.is_empty() && !details.contains(&value) {
        details.push(value);
    }
    let mut said = std::collections::HashSet::new();
    details.retain(|detail| said.insert(detail.clone()));
    let told = matches!(signal.via, goodgate_facts::Via::Told);
    let sentence = signal.id.says(words::language()).trim_end_matches('.');
    if details.is_empty() {
        format!("{sentence}.")
    } else if told {
        redact(&format!("{sentence}: {}", details.join(", ")))
    } else {
        redact(&format!("{sentence} ({}).", details.join(", ")))
    }
}

/// A signal's value with the word that says what the number is.
fn detail(signal: &Signal) -> String {
    let with = |key: &str, n: &dyn ToString| say_with(key, &args![n = n.to_string()]);
    let status_is_said = |status: &str| signal.id.says(words::language()).contains(status);
    match &signal.value {
        Value::Status(status) if status_is_said(&status.to_string()) => String::new(),
        Value::Status(status) => with("detail-status", status),
        Value::Errno(errno) => errno.text().map_or_else(
            || with("detail-errno-bare", &errno.0),
            |text| say_with("detail-errno", &args![text = text, n = errno.0]),
        ),
        Value::OsSignal(9) => say("detail-killed"),
        Value::OsSignal(11) => say("detail-segfault"),
        Value::OsSignal(n) => with("detail-signal", n),
        Value::Alert(alert) => with("detail-alert", alert),
        Value::Bytes(n) => with("detail-bytes", n),
        Value::Seconds(n) => with("detail-seconds", n),
        Value::Number(n) => number(signal, *n),
        Value::Phrase(phrase) => phrase.says(words::language()),
        // Only words of our own have a message; names from outside stay as they are.
        Value::Word(word) => {
            words::or(&format!("value-{}-{}", signal.id, word.replace(' ', "-")), word).into_owned()
        }
        value => value.to_string(),
    }
}

/// A bare number with what it counts.
fn number(signal: &Signal, n: i64) -> String {
    let kind = signal.id.kind();
    let with = |key: &str| say_with(key, &args![n = n.to_string()]);
    match (kind.id, kind.group) {
        ("socket-file" | "folder-mode", _) => say_with("detail-mode", &args![n = format!("{n:04o}")]),
        ("unit-restarting", _) => with("detail-restart"),
        ("worker-exited-with-code" | "unit-exited" | "gateway-worker-died", _) => with("detail-exit-code"),
        ("disk-space-exhausted", _) => with("detail-used"),
        ("memory-scarce", _) => with("detail-left"),
        ("syn-sent-waiting" | "many-established" | "close-wait-piling" | "many-time-wait", _) => {
            say_with("count-connections", &args![n = n.unsigned_abs()])
        }
        ("app-listen-queue-full", _) | (_, "accept-queue" | "own-queue") if signal.about.name.is_none() => {
            with("detail-waiting")
        }
        _ if signal.source.product == Some("curl") => with("detail-curl"),
        _ => with("detail-counted"),
    }
}

/// A diagnosis in the form asked for.
pub(crate) fn diagnosis(
    diagnosis: &Diagnosis,
    sight: Option<&Sight>,
    format: Format,
    reader: Reader,
) -> String {
    if format == Format::Json {
        return json::diagnosis(diagnosis, sight.map(|sight| &sight.look));
    }
    if let Some(mut blocks) = readers::report(diagnosis, sight, reader) {
        if let Some(sight) = sight {
            outside::named(&mut blocks, &sight.look);
        }
        return in_words(&blocks, format);
    }
    let mut blocks = report::report(diagnosis);
    if let Some(sight) = sight {
        outside::dress(&mut blocks, sight, diagnosis);
    }
    in_words(&blocks, format)
}

/// What lines or a page say, in short, in the form asked for.
pub(crate) fn lines(diagnosis: &Diagnosis, format: Format) -> String {
    match format {
        Format::Json => json::diagnosis(diagnosis, None),
        _ => in_words(&lines::blocks(diagnosis), format),
    }
}

/// A report in words: for a terminal with ANSI styles, which whoever writes it strips where they are not wanted.
pub(crate) fn in_words(blocks: &[blocks::Block], format: Format) -> String {
    match format {
        Format::Html => html::render(blocks),
        Format::Md => markdown::render(blocks),
        Format::Text | Format::Json => text::render(blocks),
    }
}

/// What to do about a cause when no case is known.
fn remedies(cause: &Cause, reader: Reader, blocks: &mut Vec<blocks::Block>) {
    let audiences: &[Audience] = match reader {
        Reader::Visitor => &[Audience::Visitor],
        Reader::Owner => &[Audience::SiteOwner],
        Reader::Operator | Reader::Support => &[Audience::Operator, Audience::Developer],
    };
    advice::remedies(cause, audiences, "", &slots::Slots::default(), blocks);
}

//! Diagnoses → text and documents. One file a form.

mod advice;
mod blocks;
mod explanation;
mod html;
mod json;
mod lines;
mod markdown;
mod prose;
mod report;
mod text;

use goodgate_case::{Diagnosis, FileKind};
use goodgate_causes::{Audience, Cause};
use goodgate_facts::{Signal, Target, Value};

use crate::arguments::{Format, Reader};
use crate::redact::redact;

pub(crate) use explanation::explanations;

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
    if !matches!(signal.value, Value::None) {
        let value = signal.value.to_string();
        if !details.contains(&value) {
            details.push(value);
        }
    }
    let told = matches!(signal.via, goodgate_facts::Via::Told);
    let sentence = signal.id.kind().says.trim_end_matches('.');
    if details.is_empty() {
        format!("{sentence}.")
    } else if told {
        redact(&format!("{sentence}: {}", details.join(", ")))
    } else {
        redact(&format!("{sentence} ({}).", details.join(", ")))
    }
}

/// Fills `{target}`, `{host}`, `{port}` and `{socket}` of a check or step with the upstream's.
fn fill(text: &str, target: Option<&Target>) -> String {
    let shown = target.map_or("the upstream's address".to_owned(), |target| redact(&target.to_string()));
    let (mut host, mut port, mut socket) = ("HOST".to_owned(), "PORT".to_owned(), "SOCKET".to_owned());
    match target.map(|t| &t.address) {
        Some(goodgate_facts::Address::Tcp { host: h, port: p }) => {
            host = redact(h);
            port = p.to_string();
        }
        Some(goodgate_facts::Address::Unix(path)) => socket = redact(path),
        _ => {}
    }
    // The text itself is the catalogue's: only what is filled in comes from outside.
    let filled = text.replace("{target}", &shown).replace("{host}", &host).replace("{port}", &port);
    filled.replace("{socket}", &socket)
}

/// A diagnosis in the form asked for.
pub(crate) fn diagnosis(diagnosis: &Diagnosis, format: Format, reader: Reader) -> String {
    match format {
        Format::Json => json::diagnosis(diagnosis),
        _ => in_words(&report::report(diagnosis, reader), format),
    }
}

/// What lines or a page say, in short, in the form asked for.
pub(crate) fn lines(diagnosis: &Diagnosis, format: Format) -> String {
    match format {
        Format::Json => json::diagnosis(diagnosis),
        _ => in_words(&lines::blocks(diagnosis), format),
    }
}

/// A report in words: for a terminal with ANSI styles, which whoever writes it strips where they are not wanted.
fn in_words(blocks: &[blocks::Block], format: Format) -> String {
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
    advice::remedies(cause, audiences, "", None, blocks);
}

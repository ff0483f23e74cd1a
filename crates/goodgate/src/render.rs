//! Diagnoses → text and documents. One file a form.

pub(crate) mod json;
mod report;
mod text;

use goodgate_case::{FileKind, Finding};
use goodgate_facts::{Signal, Value};

use crate::redact::redact;

/// A file's kind in words.
pub(crate) fn file_kind(kind: &FileKind) -> String {
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
pub(crate) fn what(signal: &Signal) -> String {
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
        details.push(signal.value.to_string());
    }
    let sentence = signal.id.kind().says.trim_end_matches('.');
    if details.is_empty() {
        format!("{sentence}.")
    } else {
        redact(&format!("{sentence} ({}).", details.join(", ")))
    }
}

/// Fills `{target}`, `{host}`, `{port}` and `{socket}` of a check with the finding's.
pub(crate) fn fill(text: &str, finding: &Finding) -> String {
    let target = finding.symptom.as_ref().and_then(|s| s.target.as_ref());
    let shown = target.map_or("the upstream's address".to_owned(), ToString::to_string);
    let (mut host, mut port, mut socket) = ("HOST".to_owned(), "PORT".to_owned(), "SOCKET".to_owned());
    match target.map(|t| &t.address) {
        Some(goodgate_facts::Address::Tcp { host: h, port: p }) => {
            host = h.clone();
            port = p.to_string();
        }
        Some(goodgate_facts::Address::Unix(path)) => socket = path.clone(),
        _ => {}
    }
    let filled = text.replace("{target}", &shown).replace("{host}", &host).replace("{port}", &port);
    redact(&filled.replace("{socket}", &socket))
}

/// The diagnosis in words for this reader, with ANSI styles.
pub(crate) fn in_words(diagnosis: &goodgate_case::Diagnosis, reader: crate::arguments::Reader) -> String {
    text::render(&report::report(diagnosis, reader))
}

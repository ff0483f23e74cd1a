//! A look at a site inside a bundle: its pages and what it saw, so that it can be judged elsewhere.

use goodgate_case::{Input, Seen};
use goodgate_facts::{
    Errno, Evidence, Phrase, Signal, SignalId, Source, SourceKind, Span, Target, Untrusted, Value,
};
use serde::{Deserialize, Serialize};

use crate::redact::without_secrets;

/// A look.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SeenDocument {
    at: Option<String>,
    pages: Vec<PageDocument>,
    signals: Vec<SignalDocument>,
}

#[derive(Debug, Serialize, Deserialize)]
struct PageDocument {
    name: String,
    text: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct SignalDocument {
    signal: String,
    source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    count: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<ValueDocument>,
}

/// A value with its kind.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ValueDocument {
    Number(i64),
    Bytes(u64),
    Seconds(f64),
    Status(u16),
    OsSignal(i32),
    Alert(u8),
    Errno(i32),
    Word(String),
    Text(String),
}

/// What is kept of a look.
pub(super) fn write(seen: &Seen) -> SeenDocument {
    let pages = seen.pages.iter().map(|page| PageDocument {
        name: without_secrets(&page.name),
        text: without_secrets(&String::from_utf8_lossy(&page.bytes)),
    });
    SeenDocument {
        at: seen.at.map(|at| at.to_string()),
        pages: pages.collect(),
        signals: seen.evidence.signals().iter().map(signal_document).collect(),
    }
}

fn signal_document(signal: &Signal) -> SignalDocument {
    SignalDocument {
        signal: signal.id.as_str().to_owned(),
        source: without_secrets(&signal.source.file),
        target: signal.about.target.as_ref().map(|target| without_secrets(&target.to_string())),
        name: signal.about.name.as_deref().map(without_secrets),
        first: signal.when.map(|when| when.first.to_string()),
        last: signal.when.map(|when| when.last.to_string()),
        count: signal.count,
        value: match &signal.value {
            Value::None => None,
            Value::Number(n) => Some(ValueDocument::Number(*n)),
            Value::Bytes(n) => Some(ValueDocument::Bytes(*n)),
            Value::Seconds(s) => Some(ValueDocument::Seconds(*s)),
            Value::Status(s) => Some(ValueDocument::Status(*s)),
            Value::OsSignal(n) => Some(ValueDocument::OsSignal(*n)),
            Value::Alert(n) => Some(ValueDocument::Alert(*n)),
            Value::Errno(e) => Some(ValueDocument::Errno(e.0)),
            Value::Word(word) => Some(ValueDocument::Word(without_secrets(word))),
            Value::Phrase(phrase) => Some(ValueDocument::Word(without_secrets(&phrase.to_string()))),
            Value::Text(text) => Some(ValueDocument::Text(without_secrets(text.for_display()))),
        },
    }
}

/// The look as it was; or what in it is not known here.
pub(super) fn read(document: SeenDocument) -> Result<Seen, String> {
    let mut evidence = Evidence::new();
    for one in document.signals {
        evidence.add(signal(one)?);
    }
    let pages = document.pages.into_iter();
    let pages = pages.map(|page| Input { name: page.name, bytes: page.text.into_bytes() }).collect();
    let at = document.at.and_then(|at| at.parse().ok());
    Ok(Seen { pages, at, evidence })
}

fn signal(one: SignalDocument) -> Result<Signal, String> {
    let id = SignalId::find(&one.signal).ok_or(one.signal)?;
    let mut signal = Signal::new(id, Source::new(SourceKind::Probe, one.source, 0, None));
    signal.about.target = one.target.as_deref().and_then(Target::parse);
    signal.about.name = one.name;
    signal.count = one.count.max(1);
    let moment = |text: Option<String>| text.and_then(|text| text.parse().ok());
    signal.when = match (moment(one.first), moment(one.last)) {
        (Some(first), Some(last)) => Some(Span { first, last }),
        _ => None,
    };
    signal.value = match one.value {
        None => Value::None,
        Some(ValueDocument::Number(n)) => Value::Number(n),
        Some(ValueDocument::Bytes(n)) => Value::Bytes(n),
        Some(ValueDocument::Seconds(s)) => Value::Seconds(s),
        Some(ValueDocument::Status(s)) => Value::Status(s),
        Some(ValueDocument::OsSignal(n)) => Value::OsSignal(n),
        Some(ValueDocument::Alert(n)) => Value::Alert(n),
        Some(ValueDocument::Errno(n)) => Value::Errno(Errno(n)),
        Some(ValueDocument::Word(word)) => Phrase::of_look(&word).map_or(Value::Word(word), Value::Phrase),
        Some(ValueDocument::Text(text)) => Value::Text(Untrusted::new(text.as_bytes())),
    };
    Ok(signal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use goodgate_facts::{Moment, id};

    #[test]
    fn a_look_comes_back_as_it_was() {
        let at = Moment::from_second(1_800_000_000).unwrap();
        let source = || Source::new(SourceKind::Probe, "GET https://shop.example/", 0, None);
        let mut evidence = Evidence::new();
        let values = [
            Value::None,
            Value::Seconds(60.02),
            Value::Status(502),
            Value::Errno(Errno(111)),
            Value::Word("HTTP/2".into()),
            Value::Phrase(Phrase::Share { failed: 2, all: 3 }),
            Value::Text(Untrusted::new("é\u{1b}".as_bytes())),
        ];
        for value in values {
            let target = Target::parse("192.0.2.7:443");
            evidence.add(Signal::new(id("site-refused"), source()).at(at).target(target).value(value));
        }
        let page =
            Input { name: "https://shop.example/".into(), bytes: b"HTTP/1.1 502 X\r\n\r\nBad".to_vec() };
        let seen = Seen { pages: vec![page], at: Some(at), evidence };
        let text = serde_json::to_string(&write(&seen)).unwrap();
        let back = read(serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(back.evidence.signals(), seen.evidence.signals());
        assert_eq!((back.at, back.pages[0].bytes.clone()), (seen.at, seen.pages[0].bytes.clone()));
    }

    #[test]
    fn signals_that_are_not_known_are_named() {
        let text =
            r#"{"at": null, "pages": [], "signals": [{"signal": "new-thing", "source": "", "count": 1}]}"#;
        assert_eq!(read(serde_json::from_str(text).unwrap()).unwrap_err(), "new-thing");
    }
}

//! `--told KEY=VALUE`: what only a person knows, as signals like any others.

use goodgate_facts::{Signal, SignalId, Source, SourceKind, Untrusted, Value, Via};

use crate::words::{args, say, say_with};

/// A key with the words it takes, each with its signal. No words: any text, which is the signal's detail.
struct Key {
    name: &'static str,
    words: &'static [(&'static str, &'static str)],
    text: Option<&'static str>,
}

const fn choice(name: &'static str, words: &'static [(&'static str, &'static str)]) -> Key {
    Key { name, words, text: None }
}

const fn text(name: &'static str, signal: &'static str) -> Key {
    Key { name, words: &[], text: Some(signal) }
}

const KEYS: &[Key] = &[
    text("since", "told-since"),
    text("changed", "told-changed"),
    choice("pages", &[("all", "told-every-page"), ("some", "told-some-pages")]),
    choice("who", &[("everybody", "told-everybody"), ("one-network", "told-one-network")]),
    choice("other-browser", &[("yes", "told-other-browser-works")]),
    choice("running", &[("yes", "told-running"), ("no", "told-not-running")]),
    choice("restarted", &[("helped", "told-restarted")]),
    choice("other-sites", &[("work", "told-other-sites-work")]),
];

/// The signal that `KEY=VALUE` stands for, or a sentence that says what would be understood.
pub(crate) fn signal(told: &str) -> Result<Signal, String> {
    let shown = crate::redact::redact(told);
    let Some((name, value)) = told.split_once('=') else {
        return Err(say_with("told-no-value", &args![told = format!("{shown:?}"), keys = keys()]));
    };
    let (name, value) = (name.trim(), value.trim());
    let Some(key) = KEYS.iter().find(|key| key.name == name) else {
        let name = format!("{:?}", crate::redact::redact(name));
        return Err(say_with("told-unknown-key", &args![key = name, keys = keys()]));
    };
    let id = match key.text {
        Some(_) if value.is_empty() => None,
        Some(id) => Some(id),
        None => key.words.iter().find(|(word, _)| word.eq_ignore_ascii_case(value)).map(|(_, id)| *id),
    };
    let Some(id) = id.and_then(SignalId::find) else {
        return Err(say_with("told-unknown-value", &args![told = format!("{shown:?}"), usage = usage(key)]));
    };
    let mut signal = Signal::new(id, Source::new(SourceKind::Told, "", 0, None));
    signal.via = Via::Told;
    if key.text.is_some() {
        signal = signal.value(Value::Text(Untrusted::new(value.as_bytes())));
    }
    Ok(signal)
}

fn keys() -> String {
    KEYS.iter().map(usage).collect::<Vec<_>>().join(", ")
}

fn usage(key: &Key) -> String {
    if key.words.is_empty() {
        return format!("{}={}", key.name, say("told-text"));
    }
    let words: Vec<&str> = key.words.iter().map(|(word, _)| *word).collect();
    format!("{}={}", key.name, words.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_stands_for_a_registered_signal() {
        for key in KEYS {
            let values: Vec<&str> =
                if key.words.is_empty() { vec!["x"] } else { key.words.iter().map(|w| w.0).collect() };
            for value in values {
                assert!(signal(&format!("{}={value}", key.name)).is_ok(), "{} {value}", key.name);
            }
        }
    }

    #[test]
    fn unknown_keys_and_values_are_refused_with_what_would_do() {
        assert!(signal("colour=red").unwrap_err().contains("since=TEXT"));
        assert!(signal("pages=three").unwrap_err().contains("pages=all|some"));
        assert!(signal("since").unwrap_err().contains("KEY=VALUE"));
        assert!(signal("since=").is_err());
    }
}

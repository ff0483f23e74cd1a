//! `--told KEY=VALUE`: what only a person knows, as signals like any others.

use goodgate_facts::{Signal, SignalId, Source, SourceKind, Untrusted, Value, Via};

use crate::words::{args, say, say_with};

/// Who can be expected to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Knows {
    Anybody,
    Owner,
    Operator,
}

/// A key with the words it takes, each with its signal.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) answers: &'static [Answer],
    /// For any other text, which is this signal's detail.
    text: Option<&'static str>,
    /// The message that asks for it; empty where nothing is asked.
    pub(crate) question: &'static str,
    pub(crate) knows: Knows,
    /// Signals of a look that answer it.
    pub(crate) seen: &'static [&'static str],
}

/// A word with its signal, and with the message that says it to whoever is asked.
pub(crate) struct Answer {
    pub(crate) word: &'static str,
    pub(crate) signal: &'static str,
    pub(crate) says: &'static str,
}

const fn answer(word: &'static str, signal: &'static str, says: &'static str) -> Answer {
    Answer { word, signal, says }
}

const fn key(
    name: &'static str,
    knows: Knows,
    question: &'static str,
    seen: &'static [&'static str],
    answers: &'static [Answer],
) -> Key {
    Key { name, answers, text: None, question, knows, seen }
}

#[rustfmt::skip]
pub(crate) const KEYS: &[Key] = &[
    Key { text: Some("told-since"), ..key("since", Knows::Anybody, "", &[], &[]) },
    Key {
        text: Some("told-changed"),
        ..key("changed", Knows::Owner, "question-changed", &[], &[
            answer("update", "told-changed", "answer-changed-update"),
            answer("server", "told-changed", "answer-changed-server"),
            answer("domain", "told-changed", "answer-changed-domain"),
            answer("nothing", "told-nothing-changed", "answer-changed-nothing"),
        ])
    },
    key("pages", Knows::Anybody, "question-pages", &["every-page-fails", "some-pages-fail"], &[
        answer("all", "told-every-page", "answer-pages-all"),
        answer("some", "told-some-pages", "answer-pages-some"),
    ]),
    key("who", Knows::Anybody, "question-who", &["elsewhere-works", "elsewhere-fails-too"], &[
        answer("everybody", "told-everybody", "answer-who-everybody"),
        answer("one-network", "told-one-network", "answer-who-one"),
    ]),
    key("other-browser", Knows::Anybody, "question-browser", &[], &[
        answer("yes", "told-other-browser-works", "answer-browser-yes"),
        answer("no", "told-other-browser-fails", "answer-browser-no"),
    ]),
    key("moved", Knows::Owner, "question-moved", &[], &[
        answer("yes", "told-moved", "answer-moved-yes"),
        answer("no", "told-not-moved", "answer-moved-no"),
    ]),
    key("bill", Knows::Owner, "question-bill", &["page-says-suspended"], &[
        answer("paid", "told-bill-paid", "answer-bill-paid"),
        answer("open", "told-bill-open", "answer-bill-open"),
    ]),
    key("panel", Knows::Owner, "question-panel", &[], &[
        answer("opens", "told-panel-opens", "answer-panel-opens"),
        answer("fails", "told-panel-fails", "answer-panel-fails"),
    ]),
    key("other-sites", Knows::Owner, "question-sites", &[], &[
        answer("work", "told-other-sites-work", "answer-sites-work"),
        answer("fail", "told-other-sites-fail", "answer-sites-fail"),
    ]),
    key("load", Knows::Owner, "question-load", &[], &[
        answer("busy", "told-at-busy-times", "answer-load-busy"),
        answer("any", "told-at-any-time", "answer-load-any"),
    ]),
    key("restarted", Knows::Owner, "question-restart", &[], &[
        answer("helped", "told-restarted", "answer-restart-helped"),
        answer("useless", "told-restart-useless", "answer-restart-useless"),
    ]),
    key("running", Knows::Operator, "question-running", &[], &[
        answer("yes", "told-running", "answer-running-yes"),
        answer("no", "told-not-running", "answer-running-no"),
    ]),
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
    let word = key.answers.iter().find(|answer| answer.word.eq_ignore_ascii_case(value));
    let id = match (word, key.text) {
        (Some(answer), _) => Some(answer.signal),
        (None, Some(id)) if !value.is_empty() => Some(id),
        _ => None,
    };
    let Some(id) = id.and_then(SignalId::find) else {
        return Err(say_with("told-unknown-value", &args![told = format!("{shown:?}"), usage = usage(key)]));
    };
    let mut signal = Signal::new(id, Source::new(SourceKind::Told, "", 0, None));
    signal.via = Via::Told;
    if key.text == Some(id.as_str()) {
        signal = signal.value(Value::Text(Untrusted::new(value.as_bytes())));
    }
    Ok(signal)
}

fn keys() -> String {
    KEYS.iter().map(usage).collect::<Vec<_>>().join(", ")
}

fn usage(key: &Key) -> String {
    if key.text.is_some() {
        return format!("{}={}", key.name, say("told-text"));
    }
    let words: Vec<&str> = key.answers.iter().map(|answer| answer.word).collect();
    format!("{}={}", key.name, words.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_stands_for_a_registered_signal() {
        for key in KEYS {
            if key.text.is_some() {
                assert!(signal(&format!("{}=x", key.name)).is_ok(), "{}", key.name);
            }
            for answer in key.answers {
                let told = signal(&format!("{}={}", key.name, answer.word));
                assert_eq!(told.map(|signal| signal.id.as_str()), Ok(answer.signal));
            }
            for id in key.seen {
                assert!(SignalId::find(id).is_some(), "{id}");
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

    #[test]
    fn nothing_changed_is_no_change() {
        assert_eq!(signal("changed=nothing").unwrap().id.as_str(), "told-nothing-changed");
        assert_eq!(signal("changed=new PHP version").unwrap().value.to_string(), "new PHP version");
    }
}

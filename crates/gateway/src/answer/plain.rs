//! The answer as a few lines of text: for curl, and for whoever did not say what it can read.

use goodgate_wire::http1::reason;

use super::account::first;
use super::story::sent;
use super::{Story, Telling};
use crate::written::{number, plain};

/// Appends the text.
pub(super) fn write(telling: &Telling<'_>, out: &mut Vec<u8>) {
    let words = telling.words;
    let tale = words.tell(telling.story);
    number(u64::from(telling.status), out);
    push(out, &[" ", reason(telling.status), ": ", tale.title, "\n\n", tale.what, "\n"]);
    for sentence in advice(telling) {
        push(out, &[sentence, "\n"]);
    }
    push(out, &["\n"]);
    if !telling.token.is_empty() {
        push(out, &[words.error, ": ", telling.token, "\n"]);
    }
    push(out, &[words.id, ": ", telling.to.request_id.as_str(), "\n", words.time, ": "]);
    telling.when(out);
    push(out, &["\n"]);
    let Some(account) = telling.to.account else { return };
    push(out, &["\n", words.account.heading, "\n"]);
    for (label, value) in account.lines(&words.account) {
        push(out, &["  ", label, ": "]);
        plain(&value, out);
        push(out, &["\n"]);
    }
    if !telling.causes.is_empty() {
        push(out, &["\n", words.account.causes, "\n"]);
        for cause in first(&telling.causes) {
            push(out, &["  - "]);
            plain(cause, out);
            push(out, &["\n"]);
        }
    }
}

/// What to make of it and what to do, a sentence each.
pub(super) fn advice(telling: &Telling<'_>) -> impl Iterator<Item = &'static str> {
    let words = telling.words;
    let story: Story = telling.story;
    let sent = sent(telling.to.method, telling.failed).map_or("", |sent| (words.sent)(sent));
    let not_you = if story.is_the_sites() { words.not_you } else { "" };
    [not_you, (words.waiting)(story.waiting()), sent].into_iter().filter(|sentence| !sentence.is_empty())
}

fn push(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

//! Tyk: one JSON error.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{sure, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "tyk", title: "Tyk Gateway", kind: Kind::Gateway, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let text = message.json("error")?;
    MESSAGES.iter().any(|(words, _)| text.eq_ignore_ascii_case(words)).then_some(())?;
    sure(85, None)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let text = message.json("error").unwrap_or("");
    let found = MESSAGES.iter().find(|(words, _)| text.eq_ignore_ascii_case(words));
    found.map(|(_, meaning)| told(*meaning)).unwrap_or_default()
}

const MESSAGES: &[(&str, SignalId)] = &[
    ("There was a problem proxying the request", id("gateway-answered-500")),
    ("Upstream host lookup failed", id("name-lookup-failed")),
    ("Upstream service reached hard timeout.", id("response-timed-out")),
];

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 500 Internal Server Error
Content-Type: application/json

{
    "error": "There was a problem proxying the request"
}"##,
    version: None,
    failures: &["gateway-answered-500"],
}];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"{"error": "There was a problem"}"##]);
    }
}

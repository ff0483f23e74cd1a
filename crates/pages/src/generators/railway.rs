//! Railway's edge: one JSON message and a field that says that it is its own.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, first, status_in, sure};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "railway", title: "Railway", kind: Kind::Edge, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let fallback = message.header("x-railway-fallback") == Some("true");
    let words = message.json("message").or_else(|| message.plain()).unwrap_or("");
    let own = TEXTS.iter().any(|(text, _)| words == *text);
    let coded = own && message.json("request_id").is_some();
    let page = message.title().is_some_and(|title| title.contains("Railway"))
        && TEXTS.iter().any(|(text, _)| message.has(text));
    let status = status_in(message.json("code"));
    match (fallback, coded || page, own) {
        (true, ..) => sure(95, status),
        (_, true, _) => sure(92, status),
        (_, _, true) => sure(75, status),
        _ => None,
    }
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let words = message.json("message").unwrap_or(message.text());
    let found = first(words, TEXTS);
    if found.is_empty() { by_status(message.status) } else { found }
}

const TEXTS: &[(&str, SignalId)] = &[
    ("Application failed to respond", id("gateway-answered-502")),
    ("Application not found", id("no-upstream-configured")),
    ("The train has not arrived at the station.", id("no-upstream-configured")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/2 502
server: railway-edge
x-railway-fallback: true

{"status":"error","code":502,"message":"Application failed to respond","request_id":"a1"}"##,
        version: None,
        failures: &["gateway-answered-502"],
    },
    Sample {
        text: r##"{"status":"error","code":502,"message":"Application failed to respond","request_id":"a1"}"##,
        version: None,
        failures: &["gateway-answered-502"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[r##"{"status":"error","code":502,"message":"failed"}"##],
        );
    }
}

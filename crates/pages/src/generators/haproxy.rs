//! HAProxy: the sentences of its built-in answers.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::first;
use crate::pasted;
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "haproxy", title: "HAProxy", kind: Kind::Gateway, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let said = message.has(NOT_FOUND) || SENTENCES.iter().any(|(words, _)| message.has(words));
    if said && message.has("<html><body><h1>") {
        let status = message.between("<h1>", " ").and_then(|code| code.parse().ok());
        return Some(Made { version: None, sure: 90, status });
    }
    // A copied page: the heading, and the sentence alone below it.
    let mut lines = message.plain_lines();
    let status = lines.next().and_then(pasted::status)?;
    let sentence = lines.next()?;
    let own = SENTENCES.iter().any(|(words, _)| *words == sentence) && lines.next().is_none();
    own.then_some(Made { version: None, sure: 85, status: Some(status) })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(message.text(), SENTENCES)
}

/// What it says for a rule that answers 404: no failure.
const NOT_FOUND: &str = "The resource could not be found.";

/// The sentence about 502 covers invalid and missing responses, that about 503 refusals, timeouts and pools that
/// are down: neither names a cause.
const SENTENCES: &[(&str, SignalId)] = &[
    ("The server returned an invalid or incomplete response.", id("gateway-answered-502")),
    ("No server is available to handle this request.", id("gateway-answered-503")),
    ("The server didn't respond in time.", id("read-timed-out")),
    ("Your browser didn't send a complete request in time.", id("client-timed-out")),
    ("Your browser sent an invalid request.", id("client-request-bad")),
    ("Request forbidden by administrative rules.", id("request-forbidden")),
    ("You have sent too many requests in a given amount of time.", id("rate-limited")),
    ("An internal server error occurred.", id("gateway-internal-error")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 503 Service Unavailable
cache-control: no-cache

<html><body><h1>503 Service Unavailable</h1>
No server is available to handle this request.
</body></html>
"##,
        version: None,
        failures: &["gateway-answered-503"],
    },
    Sample {
        text: "503 Service Unavailable\nNo server is available to handle this request.",
        version: None,
        failures: &["gateway-answered-503"],
    },
    Sample {
        text: r##"<html><body><h1>504 Gateway Time-out</h1>
The server didn't respond in time.
</body></html>
"##,
        version: None,
        failures: &["read-timed-out"],
    },
];

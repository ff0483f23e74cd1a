//! Google's front end before Cloud Run, Functions and App Engine: sentences about instances.

use goodgate_facts::{SignalId, id};

use super::envoy;
use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, first, sure};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "cloud-run",
    title: "Google Cloud Run, Functions and App Engine",
    kind: Kind::Edge,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let sentence = TEXTS.iter().any(|(words, _)| message.has(words));
    let named =
        message.header_has("server", "google frontend") || message.header("x-cloud-trace-context").is_some();
    let bare = message.plain() == Some("Service Unavailable");
    // Its instances stand behind Envoy, which is no gateway of the site's own.
    let inner = named && envoy::recognise(message).is_some();
    match (sentence || inner, bare && named) {
        (true, _) => sure(95, None),
        (_, true) => sure(60, None),
        _ => None,
    }
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let found = first(message.text(), TEXTS);
    let found = if found.is_empty() { envoy::failures(message) } else { found };
    if found.is_empty() { by_status(message.status) } else { found }
}

const TEXTS: &[(&str, SignalId)] = &[
    (
        "The request failed because either the HTTP response was malformed or connection to the instance had an error.",
        id("ended-before-response"),
    ),
    (
        "The request has been terminated because it has reached the maximum request timeout.",
        id("response-timed-out"),
    ),
    ("The request was aborted because there was no available instance.", id("upstream-limit-reached")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/2 503
server: Google Frontend
x-cloud-trace-context: 1

upstream connect error or disconnect/reset before headers. reset reason: connection termination"##,
        version: None,
        failures: &["ended-before-response"],
    },
    Sample {
        text: r##"HTTP/2 503
server: Google Frontend
x-cloud-trace-context: 1

Service Unavailable"##,
        version: None,
        failures: &["gateway-answered-503"],
    },
    Sample {
        text: r##"HTTP/2 504
server: Google Frontend

The request has been terminated because it has reached the maximum request timeout. To change this limit, see the docs."##,
        version: None,
        failures: &["response-timed-out"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[r##"HTTP/1.1 503 X

Service Unavailable"##],
        );
    }
}

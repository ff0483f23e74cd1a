//! Imperva, once Incapsula: pages with an incident number and an error code.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{first, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "imperva",
    title: "Imperva (Incapsula)",
    kind: Kind::Edge,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let refused = message.has("Request unsuccessful. Incapsula incident ID:");
    let field = message.header("x-iinfo").is_some() || message.header("x-cdn").is_some();
    let framed = message.has("_Incapsula_Resource") || message.has("Incapsula incident ID");
    let coded = message.has("Error code ") && TEXTS.iter().any(|(words, _)| message.has(words));
    (refused
        || framed && message.failed()
        || coded && (field || message.has("ncapsula") || message.has("mperva")))
    .then_some(Made { version: None, sure: 93, status: message.title_status() })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let found = first(message.text(), TEXTS);
    match message.text().split_once("Error code ").map(|(_, code)| code) {
        _ if !found.is_empty() => found,
        Some(code) if code.starts_with("20") => told(id("connect-timed-out")),
        Some(code) if code.starts_with('8') => told(id("connect-failed")),
        Some(code) if code.starts_with("22") => told(id("no-upstream-configured")),
        // A request that was taken for an attack.
        _ if message.has("Request unsuccessful.") => told(id("request-forbidden")),
        _ => Vec::new(),
    }
}

const TEXTS: &[(&str, SignalId)] = &[
    ("due to TCP connection timeout", id("connect-timed-out")),
    ("due to TCP connection rejection", id("connect-refused")),
    ("The proxy failed to connect to the web server", id("connect-failed")),
    ("The proxy failed to resolve site from host name", id("no-upstream-configured")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 503 Service Unavailable
X-CDN: Imperva
X-Iinfo: 1-2-3

<html><head><title>Error</title></head><body><p>Error code 20</p><p>The proxy failed to connect to the web server, due to TCP connection timeout</p></body></html>"##,
        version: None,
        failures: &["connect-timed-out"],
    },
    Sample {
        text: r##"<html><body>Request unsuccessful. Incapsula incident ID: 1-2</body></html>"##,
        version: None,
        failures: &["request-forbidden"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"<p>Error code 20</p>"##]);
    }
}

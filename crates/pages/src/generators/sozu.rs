//! Sōzu: a heading, a block of JSON and a footer with its name.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, first, status_in, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "sozu", title: "Sōzu", kind: Kind::Gateway, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let footer = message.has("This is an automatic answer by S");
    let field = message.header("sozu-id").is_some() && message.has("\"route\":");
    (footer || field).then_some(Made { version: None, sure: 95, status: heading(message) })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let found = first(message.text(), TEXTS);
    match heading(message).or(message.status) {
        _ if !found.is_empty() => found,
        Some(507) => told(id("header-too-big")),
        Some(504) => told(id("read-timed-out")),
        Some(503) => told(id("no-live-upstream")),
        Some(404) => told(id("no-upstream-configured")),
        status => by_status(status),
    }
}

fn heading(message: &Message<'_>) -> Option<u16> {
    status_in(message.first_heading().and_then(|words| words.split(' ').next()))
}

const TEXTS: &[(&str, SignalId)] = &[
    ("Response could not be parsed", id("response-unreadable")),
    ("No backend found for cluster", id("no-live-upstream")),
    ("Max connection attempt reached", id("connect-failed")),
    ("Backend closed after consuming part of the request", id("ended-before-response")),
    ("Too many connections on cluster", id("upstream-limit-reached")),
    ("connection limit reached", id("upstream-limit-reached")),
    ("slab has reached maximum capacity", id("gateway-connections-exhausted")),
    ("maximum number of buffers reached", id("gateway-connections-exhausted")),
];

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 503 Service Unavailable
Cache-Control: no-cache
Connection: close
Sozu-Id: 01H

<html><head><meta charset='utf-8'><head><body>
<h1>503 Service Unavailable</h1>
<pre>
{
    "status_code": 503,
    "route": "app.example.com/"
}
</pre>
<p>No backend found for cluster app</p>
<footer>This is an automatic answer by Sōzu.</footer></body></html>"##,
    version: None,
    failures: &["no-live-upstream"],
}];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[r##"<h1>503 Service Unavailable</h1><pre>{}</pre>"##],
        );
    }
}

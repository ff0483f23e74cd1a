//! mitmproxy: a page with the reason of the failed connection.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, first, version_after};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "mitmproxy",
    title: "mitmproxy",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let footer = message.header_has("server", "mitmproxy");
    let own = footer && message.has("<h1>") && message.has("<p>");
    own.then_some(Made {
        version: message
            .header("server")
            .and_then(|server| version_after(server, "mitmproxy "))
            .map(str::to_owned),
        sure: 90,
        status: message.title_status(),
    })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let found = first(message.text(), TEXTS);
    if found.is_empty() { by_status(message.status) } else { found }
}

/// Python's words for what went wrong.
const TEXTS: &[(&str, SignalId)] = &[
    ("Errno 111", id("connect-refused")),
    ("Errno 110", id("connect-timed-out")),
    ("Errno 113", id("connect-unreachable")),
    ("Errno 101", id("connect-unreachable")),
    ("Name or service not known", id("name-not-found")),
    ("Temporary failure in name resolution", id("name-lookup-temporarily-failed")),
    ("Certificate verify failed", id("certificate-rejected")),
    ("server disconnected", id("closed-before-response")),
];

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 502 Bad Gateway
Server: mitmproxy 11.0.0

<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1><p>[Errno 111] Connect call failed (&#x27;127.0.0.1&#x27;, 9000)</p></body></html>"##,
    version: Some("11.0.0"),
    failures: &["connect-refused"],
}];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"<h1>502 Bad Gateway</h1><p>oops</p>"##]);
    }
}

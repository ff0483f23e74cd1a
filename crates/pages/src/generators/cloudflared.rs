//! The tunnel daemon at the origin: one sentence about its own upstream.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, first};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "cloudflared",
    title: "Cloudflare Tunnel (cloudflared)",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    message.has("Unable to reach the origin service. The service may be down").then_some(())?;
    message.has("cloudflared").then_some(Made { version: None, sure: 93, status: Some(502) })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let text = message.text();
    let found = first(text, TEXTS);
    if found.is_empty() { by_status(Some(502)) } else { found }
}

/// The page gives Go's words only in newer versions.
const TEXTS: &[(&str, SignalId)] = &[
    ("connection refused", id("connect-refused")),
    ("no such host", id("name-not-found")),
    ("i/o timeout", id("connect-timed-out")),
    ("no route to host", id("connect-unreachable")),
    ("x509", id("certificate-rejected")),
    ("malformed HTTP response", id("response-unreadable")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/2 502
server: cloudflare
cf-ray: 8a0-FRA

Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared
"##,
        version: None,
        failures: &["gateway-answered-502"],
    },
    Sample {
        text: r##"502 Bad Gateway
Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: dial tcp 127.0.0.1:8080: connect: connection refused"##,
        version: None,
        failures: &["connect-refused"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"Unable to reach the origin service."##]);
    }
}

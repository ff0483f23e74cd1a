//! Caddy: an empty body under its own name alone.

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::by_head;
use crate::reading::Made;

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "caddy",
    title: "Caddy",
    kind: Kind::Gateway,
    recognise,
    failures: |_| Vec::new(),
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let mut servers = message.all("server");
    let only = servers.next() == Some("Caddy") && servers.next().is_none();
    let failed = message.status.is_some_and(|status| status >= 400);
    (only && failed && message.body.trim().is_empty() && message.header("content-type").is_none())
        .then_some(())?;
    by_head(None)
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 502 Bad Gateway
Server: Caddy
Content-Length: 0

"##,
    version: None,
    failures: &[],
}];

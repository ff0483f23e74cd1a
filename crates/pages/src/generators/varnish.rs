//! Varnish: the synthetic page with its guru.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, first, told, version_after};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "varnish", title: "Varnish", kind: Kind::Gateway, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    (message.has("Guru Meditation:") && message.has("<p>Varnish cache server</p>")).then_some(())?;
    let version = message.all("via").find_map(|via| version_after(via, "Varnish/"));
    by_body(message, version)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let words = message.title().and_then(|title| title.split_once(' ')).map_or("", |(_, words)| words);
    if words.to_ascii_lowercase().contains("maintenance") {
        return told(id("served-by-maintenance-rule"));
    }
    first(
        words,
        &[
            ("Backend is unhealthy", id("no-live-upstream")),
            ("Backend fetch failed", id("gateway-answered-503")),
            ("Service Unavailable", id("gateway-answered-503")),
        ],
    )
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 503 Backend fetch failed
Server: Varnish
Via: 1.1 varnish (Varnish/7.1)

<!DOCTYPE html>
<html><head><title>503 Backend fetch failed</title></head><body><h1>Error 503 Backend fetch failed</h1><p>Backend fetch failed</p><h3>Guru Meditation:</h3><p>XID: 4</p><hr><p>Varnish cache server</p></body></html>"##,
    version: Some("7.1"),
    failures: &["gateway-answered-503"],
}];

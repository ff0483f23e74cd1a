//! Varnish: the synthetic page with its guru.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, first, status_in, told, version_after};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "varnish", title: "Varnish", kind: Kind::Gateway, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    // Version 3 ends in a link with the same words; older ones have them in an address.
    (message.has("Guru Meditation:") && message.has("Varnish cache server")).then_some(())?;
    let version = message.all("via").find_map(|via| version_after(via, "Varnish/"));
    let mut made = by_body(message, version)?;
    made.status = made.status.or_else(|| status_in(heading(message).split(' ').next()));
    Some(made)
}

/// Status and words of the heading, which the title repeats.
fn heading<'a>(message: &Message<'a>) -> &'a str {
    let copied = message.plain_lines().next().unwrap_or("");
    message.title().unwrap_or_else(|| copied.strip_prefix("Error ").unwrap_or(copied))
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let words = heading(message).split_once(' ').map_or("", |(_, words)| words);
    if words.to_ascii_lowercase().contains("maintenance") {
        return told(id("served-by-maintenance-rule"));
    }
    first(
        words,
        &[
            ("Backend is unhealthy", id("no-live-upstream")),
            ("Backend fetch failed", id("gateway-answered-503")),
            ("VCL failed", id("gateway-config-error")),
            ("Service Unavailable", id("gateway-answered-503")),
        ],
    )
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 503 Service Unavailable
Server: Varnish
X-Varnish: 1

<?xml version="1.0" encoding="utf-8"?>
<html><head><title>503 Service Unavailable</title></head><body><h1>Error 503 Service Unavailable</h1>
<p>Service Unavailable</p><h3>Guru Meditation:</h3><p>XID: 1</p><hr><p>Varnish cache server</p></body></html>"##,
        version: None,
        failures: &["gateway-answered-503"],
    },
    Sample {
        text: "Error 503 Backend fetch failed\nBackend fetch failed\n\nGuru Meditation:\nXID: 32770\n\nVarnish cache server",
        version: None,
        failures: &["gateway-answered-503"],
    },
    Sample {
        text: r##"HTTP/1.1 503 Backend fetch failed
Server: Varnish
Via: 1.1 varnish (Varnish/7.1)

<!DOCTYPE html>
<html><head><title>503 Backend fetch failed</title></head><body><h1>Error 503 Backend fetch failed</h1><p>Backend fetch failed</p><h3>Guru Meditation:</h3><p>XID: 4</p><hr><p>Varnish cache server</p></body></html>"##,
        version: Some("7.1"),
        failures: &["gateway-answered-503"],
    },
];

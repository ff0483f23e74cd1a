//! Fastly: Varnish's page with a misspelt guru, and the cache that made it.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, first};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "fastly", title: "Fastly", kind: Kind::Edge, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    (message.has("Guru Mediation:") || message.has("Error 54113")).then_some(())?;
    by_body(message, None)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let words = message.title().unwrap_or("");
    first(
        words,
        &[
            ("first byte timeout", id("read-timed-out")),
            ("between bytes timeout", id("body-timed-out")),
            ("connection timed out", id("connect-timed-out")),
            ("connection refused", id("connect-refused")),
            ("backend read error", id("ended-before-response")),
            ("backend write error", id("send-broken")),
            ("hostname doesn't match", id("certificate-name-mismatch")),
            ("certificate has expired", id("certificate-expired")),
            ("SSL handshake error", id("tls-handshake-failed")),
            ("No stream", id("gateway-internal-error")),
            ("maxconn reached", id("upstream-limit-reached")),
            ("is unhealthy", id("no-live-upstream")),
            ("503 ", id("gateway-answered-503")),
        ],
    )
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 503 first byte timeout
X-Served-By: cache-fra-1

<?xml version="1.0"?>
<html><head><title>503 first byte timeout</title></head><body><h1>Error 503 first byte timeout</h1><h3>Guru Mediation:</h3><p>Varnish cache server</p></body></html>"##,
    version: None,
    failures: &["read-timed-out"],
}];

//! Fastly: Varnish's page with a misspelt guru, and the cache that made it.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, first, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "fastly", title: "Fastly", kind: Kind::Edge, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let unknown = message.has("Fastly error: unknown domain");
    // A copied page has its heading first.
    let copied = message.plain().is_some_and(|text| text.starts_with("Error 54113"));
    let numbered =
        copied || message.has("<h1>Error 54113") || message.title().is_some_and(|t| t.contains("54113"));
    (message.has("Guru Mediation:") || numbered || unknown).then_some(())?;
    let mut made = by_body(message, None)?;
    made.status = made.status.or(unknown.then_some(500)).or(Some(503));
    Some(made)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    if message.has("Fastly error: unknown domain") {
        return told(id("no-upstream-configured"));
    }
    // Over HTTP/2 the title is all that is left of the reason; a copied page has it in its heading.
    let words = message.title().or_else(|| message.plain()).unwrap_or("").to_ascii_lowercase();
    first(&words, WORDS)
}

/// Reasons of its synthetic answers, in lower case.
const WORDS: &[(&str, SignalId)] = &[
    ("first byte timeout", id("read-timed-out")),
    ("between bytes timeout", id("body-timed-out")),
    ("connection timed out", id("connect-timed-out")),
    ("connection refused", id("connect-refused")),
    ("network unreachable", id("connect-unreachable")),
    ("backend read error", id("ended-before-response")),
    ("backend write error", id("send-broken")),
    ("hostname doesn't match", id("certificate-name-mismatch")),
    ("certificate has expired", id("certificate-expired")),
    ("unable to get local issuer certificate", id("certificate-untrusted")),
    ("ssl handshake error", id("tls-handshake-failed")),
    ("header overflow", id("header-too-big")),
    ("response object too large", id("body-too-big")),
    ("loop detected", id("loop-detected")),
    ("no stream", id("gateway-internal-error")),
    ("max_conn reached", id("upstream-limit-reached")),
    ("maxconn reached", id("upstream-limit-reached")),
    ("failed or unhealthy", id("no-live-upstream")),
    ("no healthy backends", id("no-live-upstream")),
    ("is unhealthy", id("no-live-upstream")),
    ("no stale object available", id("no-live-upstream")),
    ("503 ", id("gateway-answered-503")),
    ("error 54113", id("gateway-answered-503")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/2 503
x-served-by: cache-fra-1
via: 1.1 varnish

<html><head><title>503 Backend.max_conn reached</title></head><body><h1>Error 503 Backend.max_conn reached</h1><h3>Guru Mediation:</h3><p>Details: cache-fra-1 1 2</p><hr><p>Varnish cache server</p></body></html>"##,
        version: None,
        failures: &["upstream-limit-reached"],
    },
    Sample {
        text: "Error 54113\n\nDetails: cache-fra-1 1 2\n\nVarnish cache server",
        version: None,
        failures: &["gateway-answered-503"],
    },
    Sample {
        text: r##"HTTP/1.1 500 Domain Not Found
Server: Varnish

<html><head><title>Fastly error: unknown domain shop.example.com</title></head><body><p>Fastly error: unknown domain: shop.example.com. Please check that this domain has been added to a service.</p></body></html>"##,
        version: None,
        failures: &["no-upstream-configured"],
    },
    Sample {
        text: r##"HTTP/1.1 503 first byte timeout
X-Served-By: cache-fra-1

<?xml version="1.0"?>
<html><head><title>503 first byte timeout</title></head><body><h1>Error 503 first byte timeout</h1><h3>Guru Mediation:</h3><p>Varnish cache server</p></body></html>"##,
        version: None,
        failures: &["read-timed-out"],
    },
];

//! H2O: the bare error message as plain text.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, told, version_after};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "h2o", title: "H2O", kind: Kind::Gateway, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let ours = message.header_has("server", "h2o") || message.reason == "Gateway Error";
    let plain = message.header_has("content-type", "text/plain");
    (ours && plain && MESSAGES.iter().any(|(words, _)| message.body.trim() == *words)).then_some(())?;
    by_body(message, message.header("server").and_then(|s| version_after(s, "h2o/")))
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let text = message.body.trim();
    MESSAGES.iter().find(|(words, _)| text == *words).map(|(_, meaning)| told(*meaning)).unwrap_or_default()
}

const MESSAGES: &[(&str, SignalId)] = &[
    ("connection failed", id("connect-failed")),
    ("connection failure", id("connect-failed")),
    ("failed to connect to host", id("connect-failed")),
    ("connection refused", id("connect-refused")),
    ("connection timeout", id("connect-timed-out")),
    ("connection timed out", id("connect-timed-out")),
    ("network unreachable", id("connect-unreachable")),
    ("host unreachable", id("connect-unreachable")),
    ("I/O error (head)", id("ended-before-response")),
    ("I/O error", id("ended-before-response")),
    ("I/O timeout", id("read-timed-out")),
    ("first byte timeout", id("read-timed-out")),
    ("failed to parse the response", id("response-unreadable")),
    ("invalid response from upstream", id("response-unreadable")),
    ("invalid content-length", id("content-length-invalid")),
    ("socket closed by peer", id("tls-closed-in-handshake")),
    ("ssl handshake failure", id("tls-handshake-failed")),
    ("certificate has expired", id("certificate-expired")),
    ("certificate name mismatch", id("certificate-name-mismatch")),
    ("invalid certificate", id("certificate-rejected")),
    ("unable to get local issuer certificate", id("certificate-untrusted")),
    ("self signed certificate", id("certificate-untrusted")),
    ("self-signed certificate", id("certificate-untrusted")),
    ("self signed certificate in certificate chain", id("certificate-untrusted")),
    // Of its FastCGI handler, for every failure.
    ("Internal Server Error", id("gateway-answered-503")),
    ("access forbidden", id("upstream-answered-4xx")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 502 Gateway Error
Server: h2o/2.2.5
content-type: text/plain; charset=utf-8

connection failed"##,
        version: Some("2.2.5"),
        failures: &["connect-failed"],
    },
    Sample {
        text: r##"HTTP/1.1 502 Gateway Error
Server: h2o/2.2.5
content-type: text/plain; charset=utf-8

I/O timeout"##,
        version: Some("2.2.5"),
        failures: &["read-timed-out"],
    },
];

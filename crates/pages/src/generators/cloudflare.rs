//! Cloudflare: its branded pages, its plain pages in nginx's frame and its bare error codes.

use goodgate_facts::id;

use super::nginx::footer;
use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "cloudflare",
    title: "Cloudflare",
    kind: Kind::Edge,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    if footer(message).is_some_and(|name| name.starts_with("cloudflare")) {
        return by_body(message, None);
    }
    let branded =
        message.has("cf-error-details") || message.has("cf-error-code") || message.has("Cloudflare Ray ID:");
    let bare = message.body.starts_with("error code: ");
    (branded || bare).then(|| by_body(message, None)).flatten()
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let code = message.between("cf-error-code\">", "<").or_else(|| message.body.strip_prefix("error code: "));
    let code: u32 = code.and_then(|c| c.trim().parse().ok()).unwrap_or(0);
    match code {
        521 => told(id("connect-refused")),
        522 => told(id("connect-timed-out")),
        523 => told(id("connect-unreachable")),
        524 => told(id("read-timed-out")),
        525 => told(id("tls-handshake-failed")),
        526 => told(id("certificate-rejected")),
        520 => told(id("response-unreadable")),
        1000 | 1016 => told(id("name-lookup-failed")),
        // A branded 502 or 504 passes on what the origin said.
        502 | 504 => told(id("upstream-answered-5xx")),
        _ => Vec::new(),
    }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 522 <none>
Server: cloudflare
CF-RAY: 8a0-FRA

<html><head><title>shop.example.com | 522: Connection timed out</title></head><body><div id="cf-error-details"><span class="cf-error-code">522</span></div></body></html>"##,
        version: None,
        failures: &["connect-timed-out"],
    },
    Sample {
        text: r##"HTTP/1.1 530 <none>
Server: cloudflare

error code: 1016"##,
        version: None,
        failures: &["name-lookup-failed"],
    },
];

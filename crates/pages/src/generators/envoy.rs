//! Envoy (Istio, Contour and others): its local replies in plain text.

use goodgate_facts::{Errno, SignalId, Value, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{connect_error, first, tls_error};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "envoy", title: "Envoy", kind: Kind::Gateway, recognise, failures, samples: SAMPLES };

pub(super) fn recognise(message: &Message<'_>) -> Option<Made> {
    let text = message.body.trim();
    let own = text.starts_with("upstream connect error or disconnect/reset before headers")
        || [
            "no healthy upstream",
            "upstream request timeout",
            "upstream max stream duration reached",
            "exceeded request buffer limit while retrying upstream",
            "unconditional drop overload",
            "local_rate_limited",
            "RBAC: access denied",
        ]
        .contains(&text)
        || (["maintenance mode", "drop overload"].contains(&text) && message.header_has("server", "envoy"));
    own.then_some(Made { version: None, sure: 90, status: None })
}

pub(super) fn failures(message: &Message<'_>) -> Vec<Told> {
    let text = message.body.trim();
    let Some((_, rest)) = text.split_once("reset reason: ") else {
        return first(text, PLAIN);
    };
    let (reason, transport) = match rest.split_once(", transport failure reason: ") {
        Some((reason, transport)) => (reason, transport),
        None => (rest, ""),
    };
    let errno = transport.rsplit(": ").next().and_then(Errno::from_text);
    let meaning = match reason {
        "connection timeout" => id("connect-timed-out"),
        "connection termination" => id("ended-before-response"),
        "remote error with CONNECT request" => id("connect-refused"),
        "protocol error" => id("response-unreadable"),
        "overflow" => id("upstream-limit-reached"),
        "remote reset" | "remote reset (no error)" | "remote refused stream reset" => {
            id("reset-before-response")
        }
        "HTTP/1 premature upstream half close" => id("closed-before-response"),
        "local reset" | "local refused stream reset" | "overload manager reset" => {
            id("gateway-internal-error")
        }
        _ if transport.contains("TLS") || transport.contains("SSL") => tls_error(transport),
        _ => errno.map_or(id("connect-failed"), |errno| connect_error(errno.0)),
    };
    let value = errno.map_or(Value::None, Value::Errno);
    vec![Told { id: meaning, value, target: None }]
}

const PLAIN: &[(&str, SignalId)] = &[
    ("no healthy upstream", id("no-live-upstream")),
    ("upstream request timeout", id("response-timed-out")),
    ("upstream max stream duration reached", id("response-timed-out")),
    ("maintenance mode", id("served-by-maintenance-rule")),
    ("drop overload", id("upstream-limit-reached")),
    ("exceeded request buffer limit", id("request-body-too-big")),
    ("RBAC: access denied", id("request-forbidden")),
    ("local_rate_limited", id("rate-limited")),
    ("upstream connect error", id("gateway-answered-503")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 503 Service Unavailable
server: envoy

upstream connect error or disconnect/reset before headers. reset reason: remote connection failure, transport failure reason: delayed connect error: Connection refused"##,
        version: None,
        failures: &["connect-refused"],
    },
    Sample {
        text: r##"HTTP/1.1 503 Service Unavailable
server: envoy

upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure, transport failure reason: TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:TLS_error_end"##,
        version: None,
        failures: &["certificate-rejected"],
    },
    Sample {
        text: r##"HTTP/1.1 503 Service Unavailable
server: istio-envoy

no healthy upstream"##,
        version: None,
        failures: &["no-live-upstream"],
    },
];

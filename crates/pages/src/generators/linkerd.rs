//! Linkerd's proxy: an empty answer and a field with its error.

use goodgate_facts::{Errno, SignalId, Value, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, connect_error, host, sure};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "linkerd", title: "Linkerd", kind: Kind::Gateway, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    message.header("l5d-proxy-error")?;
    sure(if message.body.trim().is_empty() { 93 } else { 60 }, None)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let Some(text) = message.header("l5d-proxy-error") else { return Vec::new() };
    let target =
        text.split_once("endpoint ").and_then(|(_, rest)| host(rest.split(": ").next().unwrap_or(rest)));
    // The innermost words stand last.
    let meaning =
        match text.rsplit_once("(os error ").and_then(|(_, rest)| rest.split(')').next()?.parse().ok()) {
            Some(errno) => Some((connect_error(errno), Value::Errno(Errno(errno)))),
            None => TEXTS
                .iter()
                .find(|(words, _)| text.contains(words))
                .map(|(_, meaning)| (*meaning, Value::None)),
        };
    let Some((id, value)) = meaning else { return by_status(message.status) };
    vec![Told { id, value, target }]
}

const TEXTS: &[(&str, SignalId)] = &[
    ("connect timed out after", id("connect-timed-out")),
    ("response header timeout", id("response-timed-out")),
    ("request timeout", id("response-timed-out")),
    ("idle timeout", id("read-timed-out")),
    ("service in fail-fast", id("no-live-upstream")),
    ("service unavailable", id("upstream-limit-reached")),
    ("required id", id("certificate-name-mismatch")),
    ("no route", id("no-upstream-configured")),
    ("gateway loop detected", id("loop-detected")),
    ("bad gateway domain", id("no-upstream-configured")),
    ("unauthorized", id("request-forbidden")),
    ("invalid server policy", id("gateway-config-error")),
    ("invalid client policy", id("gateway-config-error")),
    ("unexpected error", id("gateway-internal-error")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
l5d-proxy-error: endpoint 192.0.2.7:8080: Connection refused (os error 111)
l5d-proxy-connection: close
content-length: 0

"##,
        version: None,
        failures: &["connect-refused"],
    },
    Sample {
        text: r##"HTTP/1.1 504 Gateway Timeout
l5d-proxy-error: logical service 192.0.2.1:80: service in fail-fast
content-length: 0

"##,
        version: None,
        failures: &["no-live-upstream"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[r##"HTTP/1.1 502 X

"##],
        );
    }
}

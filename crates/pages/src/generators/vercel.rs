//! Vercel: a status, a code and an id.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, status_in, sure, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "vercel", title: "Vercel", kind: Kind::Edge, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let field = message.header("x-vercel-error").is_some();
    let code = code(message).is_some();
    let shaped =
        message.has("Code: ") && message.has("ID: ") || message.has("An error occurred with your deployment");
    match (field, code) {
        (true, _) => sure(95, shown(message)),
        (_, true) if shaped => sure(92, shown(message)),
        _ => None,
    }
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let found = code(message).map(|(_, meaning)| *meaning);
    found.map_or_else(|| by_status(message.status.or_else(|| shown(message))), told)
}

/// The code of the head, or of the body.
fn code(message: &Message<'_>) -> Option<&'static (&'static str, SignalId)> {
    match message.header("x-vercel-error") {
        Some(code) => CODES.iter().find(|(name, _)| *name == code),
        // A longer code may begin like a shorter one: the words around it must end it.
        None => CODES.iter().find(|(name, _)| {
            message.text().match_indices(name).any(|(at, _)| {
                let ends = |c: Option<char>| c.is_none_or(|c| !(c.is_ascii_alphanumeric() || c == '_'));
                let before = message.text().get(..at).and_then(|text| text.chars().next_back());
                let behind = message.text().get(at + name.len()..).and_then(|text| text.chars().next());
                ends(before) && ends(behind)
            })
        }),
    }
}

/// The status at the begin of "502: BAD_GATEWAY".
fn shown(message: &Message<'_>) -> Option<u16> {
    let begin = message.plain().and_then(|text| text.split(':').next());
    status_in(begin).or_else(|| status_in(message.title().and_then(|title| title.split(':').next())))
}

const CODES: &[(&str, SignalId)] = &[
    ("DNS_HOSTNAME_NOT_FOUND", id("name-not-found")),
    ("DNS_HOSTNAME_RESOLVE_FAILED", id("name-lookup-failed")),
    ("DNS_HOSTNAME_SERVER_ERROR", id("name-lookup-temporarily-failed")),
    ("DNS_HOSTNAME_EMPTY", id("name-lookup-empty")),
    ("DNS_HOSTNAME_RESOLVED_PRIVATE", id("address-prohibited")),
    ("ROUTER_EXTERNAL_TARGET_CONNECTION_ERROR", id("connect-failed")),
    ("ROUTER_EXTERNAL_TARGET_HANDSHAKE_ERROR", id("tls-handshake-failed")),
    ("ROUTER_EXTERNAL_TARGET_ERROR", id("ended-before-response")),
    ("NO_RESPONSE_FROM_FUNCTION", id("closed-before-response")),
    ("BODY_NOT_A_STRING_FROM_FUNCTION", id("response-unreadable")),
    ("FALLBACK_BODY_TOO_LARGE", id("body-too-big")),
    ("FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE", id("body-too-big")),
    ("SANDBOX_NOT_LISTENING", id("connect-refused")),
    ("ROUTER_CANNOT_MATCH", id("gateway-config-error")),
    ("ROUTER_TOO_MANY_HAS_SELECTIONS", id("gateway-config-error")),
    ("TOO_MANY_FILESYSTEM_CHECKS", id("gateway-config-error")),
    ("TOO_MANY_FORKS", id("gateway-config-error")),
    ("FUNCTION_INVOCATION_TIMEOUT", id("response-timed-out")),
    ("EDGE_FUNCTION_INVOCATION_TIMEOUT", id("response-timed-out")),
    ("MIDDLEWARE_INVOCATION_TIMEOUT", id("response-timed-out")),
    ("FUNCTION_INVOCATION_FAILED", id("uncaught-exception")),
    ("EDGE_FUNCTION_INVOCATION_FAILED", id("uncaught-exception")),
    ("MIDDLEWARE_INVOCATION_FAILED", id("uncaught-exception")),
    ("FUNCTION_THROTTLED", id("upstream-limit-reached")),
    ("DEPLOYMENT_PAUSED", id("no-live-upstream")),
    ("DEPLOYMENT_DELETED", id("no-upstream-configured")),
    ("DEPLOYMENT_NOT_FOUND", id("no-upstream-configured")),
    ("DEPLOYMENT_BLOCKED", id("request-forbidden")),
    ("DEPLOYMENT_DISABLED", id("request-forbidden")),
    ("INFINITE_LOOP_DETECTED", id("loop-detected")),
    ("FUNCTION_PAYLOAD_TOO_LARGE", id("request-body-too-big")),
    ("REQUEST_HEADER_TOO_LARGE", id("request-header-too-big")),
    ("URL_TOO_LONG", id("request-header-too-big")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/2 502
server: Vercel
x-vercel-error: ROUTER_EXTERNAL_TARGET_CONNECTION_ERROR
x-vercel-id: fra1::a-1

An error occurred with this application.

ROUTER_EXTERNAL_TARGET_CONNECTION_ERROR

fra1::a-1"##,
        version: None,
        failures: &["connect-failed"],
    },
    Sample {
        text: r##"504: GATEWAY_TIMEOUT
Code: FUNCTION_INVOCATION_TIMEOUT
ID: fra1::a-1"##,
        version: None,
        failures: &["response-timed-out"],
    },
    Sample {
        text: r##"An error occurred with your deployment

EDGE_FUNCTION_INVOCATION_TIMEOUT

fra1::a-1"##,
        version: None,
        failures: &["response-timed-out"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[r##"<p>FUNCTION_INVOCATION_TIMEOUT is a code</p>"##, r##"502: BAD_GATEWAY"##],
        );
    }
}

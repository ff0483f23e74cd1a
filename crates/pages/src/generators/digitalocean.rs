//! DigitalOcean App Platform: its sentence, with Envoy's detail and flag.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, first, status_in};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "digitalocean",
    title: "DigitalOcean App Platform",
    kind: Kind::Edge,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let own = message.has("App Platform failed to forward this request to the application.")
        || message.has("Check the logs for your application in the App Platform dashboard")
        || message.has("in the App Platform dashboard");
    let code = message.text().split_once("Error code: ").and_then(|(_, behind)| behind.get(..3));
    own.then_some(Made { version: None, sure: 95, status: status_in(code) })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let found = first(message.text(), DETAILS);
    if found.is_empty() { by_status(message.status) } else { found }
}

/// Envoy's details; the last one says that the application itself answered.
const DETAILS: &[(&str, SignalId)] = &[
    ("connection_timed_out", id("connect-timed-out")),
    ("connection_timeout", id("connect-timed-out")),
    ("connection_termination", id("ended-before-response")),
    ("delayed_connect_error:_111", id("connect-refused")),
    ("connection_refused", id("connect-refused")),
    ("remote_connection_failure", id("connect-failed")),
    ("connection_failure", id("connect-failed")),
    ("protocol_error", id("response-unreadable")),
    ("overflow", id("upstream-limit-reached")),
    ("remote_reset", id("reset-before-response")),
    ("no_healthy_upstream", id("no-live-upstream")),
    ("response_timeout", id("response-timed-out")),
    ("upstream_per_try_timeout", id("response-timed-out")),
    ("route_not_found", id("no-upstream-configured")),
    ("via_upstream", id("upstream-answered-5xx")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/2 503
server: cloudflare
x-do-app-origin: a-1

<!DOCTYPE html><html><body><p>Error code: 503</p><h1>upstream_reset_before_response_started{connection_termination} (503 UC)</h1><p>App Platform failed to forward this request to the application.</p></body></html>"##,
        version: None,
        failures: &["ended-before-response"],
    },
    Sample {
        text: r##"<!DOCTYPE html><html><body><p>Error code: 502</p><h1>via_upstream (502 -)</h1><p>App Platform failed to forward this request to the application.</p></body></html>"##,
        version: None,
        failures: &["upstream-answered-5xx"],
    },
    Sample {
        text: r##"Error: We encountered an error when trying to load your application and your page could not be served. Check the logs for your application in the App Platform dashboard.
no_healthy_upstream (503 UH)"##,
        version: None,
        failures: &["no-live-upstream"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"no_healthy_upstream"##]);
    }
}

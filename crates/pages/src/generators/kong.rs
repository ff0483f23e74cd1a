//! Kong: one JSON message.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{told, version_after};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "kong",
    title: "Kong Gateway",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let text = message.json("message").or_else(|| message.plain())?;
    let found = MESSAGES.iter().find(|(words, _)| text == *words)?;
    let own = !found.0.starts_with("name resolution") || message.header_has("server", "kong");
    let status = match found.0 {
        "The upstream server is timing out" => 504,
        "An invalid response was received from the upstream server" => 502,
        "no Route matched with those values" => 404,
        _ => 503,
    };
    own.then_some(Made {
        version: message
            .header("server")
            .and_then(|server| version_after(server, "kong/"))
            .map(str::to_owned),
        sure: 92,
        status: Some(status),
    })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let text = message.json("message").or_else(|| message.plain()).unwrap_or("");
    MESSAGES.iter().find(|(words, _)| text == *words).map(|(_, meaning)| told(*meaning)).unwrap_or_default()
}

/// The message about timing out covers connecting and reading.
const MESSAGES: &[(&str, SignalId)] = &[
    ("An invalid response was received from the upstream server", id("gateway-answered-502")),
    ("The upstream server is timing out", id("gateway-answered-504")),
    ("The upstream server is currently unavailable", id("gateway-answered-503")),
    ("failure to get a peer from the ring-balancer", id("no-live-upstream")),
    ("name resolution failed", id("name-lookup-failed")),
    ("no Route matched with those values", id("no-upstream-configured")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Server: kong/3.9.0
X-Kong-Proxy-Latency: 2
X-Kong-Request-Id: 4c

{
  "message":"An invalid response was received from the upstream server",
  "request_id":"4c"
}"##,
        version: Some("3.9.0"),
        failures: &["gateway-answered-502"],
    },
    Sample {
        text: r##"{"message":"failure to get a peer from the ring-balancer"}"##,
        version: None,
        failures: &["no-live-upstream"],
    },
    Sample {
        text: r##"HTTP/1.1 503 Service Unavailable
Server: kong/3.4.2

{"message":"name resolution failed"}"##,
        version: Some("3.4.2"),
        failures: &["name-lookup-failed"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[r##"{"message":"The upstream server is fine"}"##, r##"{"message":"name resolution failed"}"##],
        );
    }
}

//! Cloud Foundry's router: a field that names the error, and a sentence.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{first, status_in, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "gorouter",
    title: "Cloud Foundry gorouter",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let sentence = message.plain().is_some_and(|text| {
        text.ends_with("Registered endpoint failed to handle the request.")
            || text.contains("Requested route (") && text.contains("does not exist.")
    });
    let field = message.header("x-cf-routererror").is_some();
    let number = message.plain().and_then(|text| text.split(' ').next());
    (sentence || field).then_some(Made { version: None, sure: 93, status: status_in(number) })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    match message.header("x-cf-routererror") {
        Some("no_endpoints") => told(id("no-live-upstream")),
        Some("unknown_route") => told(id("no-upstream-configured")),
        Some("Connection Limit Reached") => told(id("upstream-limit-reached")),
        Some("endpoint_timeout") => told(id("read-timed-out")),
        _ if message.has("Requested route (") => told(id("no-upstream-configured")),
        Some("endpoint_failure") | None if message.has("Registered endpoint failed") => {
            told(id("gateway-answered-502"))
        }
        Some(words) if words.starts_with("endpoint_failure") => first(
            words,
            &[
                ("connection refused", id("connect-refused")),
                ("i/o timeout", id("connect-timed-out")),
                ("x509", id("certificate-rejected")),
                ("EOF", id("closed-before-response")),
                ("", id("gateway-answered-502")),
            ],
        ),
        _ => Vec::new(),
    }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Content-Type: text/plain; charset=utf-8
X-Cf-Routererror: endpoint_failure

502 Bad Gateway: Registered endpoint failed to handle the request.
"##,
        version: None,
        failures: &["gateway-answered-502"],
    },
    Sample {
        text: r##"HTTP/1.1 503 Service Unavailable
X-Cf-Routererror: no_endpoints

503 Service Unavailable: Requested route ('app.example.com') has no available endpoints.
"##,
        version: None,
        failures: &["no-live-upstream"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"502 Bad Gateway: something else"##]);
    }
}

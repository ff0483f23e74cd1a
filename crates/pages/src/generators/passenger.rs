//! Phusion Passenger: its pages about the application that it runs.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{first, sure, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "passenger",
    title: "Phusion Passenger",
    kind: Kind::AppServer,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let text = message.text();
    let own = TEXTS.iter().any(|(words, _)| text.contains(words));
    let named = message.header_has("x-powered-by", "passenger") || message.header_has("server", "passenger");
    let wrong =
        text.contains("We're sorry, but something went wrong.") && (named || text.contains("Error ID"));
    match (own, wrong) {
        (true, _) => sure(92, None),
        (_, true) => sure(80, None),
        _ => None,
    }
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let found = first(message.text(), TEXTS);
    if found.is_empty() && message.has("Error ID") { told(id("app-start-failed")) } else { found }
}

const TEXTS: &[(&str, SignalId)] = &[
    ("Incomplete response received from application", id("ended-before-response")),
    ("<h1>Application socket read error</h1>", id("reset-before-response")),
    ("This website is under heavy load (queue full)", id("app-listen-queue-full")),
    ("Web application could not be started by the", id("app-start-failed")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
X-Powered-By: Phusion Passenger(R) 6.0.23

<h1>Incomplete response received from application</h1>"##,
        version: None,
        failures: &["ended-before-response"],
    },
    Sample {
        text: r##"HTTP/1.1 503 Service Unavailable

<!DOCTYPE html><html><body><h2>This website is under heavy load (queue full)</h2><p>We're sorry, too many people are accessing this website at the same time.</p></body></html>"##,
        version: None,
        failures: &["app-listen-queue-full"],
    },
    Sample {
        text: r##"<html><head><title>Web application could not be started</title></head><body><h1>Web application could not be started by the Phusion Passenger application server</h1></body></html>"##,
        version: None,
        failures: &["app-start-failed"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[r##"<h1>We're sorry, but something went wrong.</h1>"##],
        );
    }
}

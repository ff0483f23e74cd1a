//! Heroku's router: pages framed from its own host.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, first};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "heroku", title: "Heroku", kind: Kind::Edge, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let copied = message.plain().is_some_and(|text| {
        text.starts_with("Application error")
            && text.contains("An error occurred in the application and your page could not be served")
    });
    (copied || message.has("herokucdn.com/error-pages/")).then_some(())?;
    by_body(message, None)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.text(),
        &[
            ("maintenance-mode.html", id("served-by-maintenance-rule")),
            ("no-such-app.html", id("no-upstream-configured")),
            ("application-error.html", id("gateway-answered-503")),
            ("An error occurred in the application", id("gateway-answered-503")),
        ],
    )
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 503 Service Unavailable
Server: Cowboy

<!DOCTYPE html><html><head><title>Application Error</title></head><body><iframe src="//www.herokucdn.com/error-pages/application-error.html"></iframe></body></html>"##,
    version: None,
    failures: &["gateway-answered-503"],
}];

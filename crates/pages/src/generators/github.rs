//! GitHub's own error pages.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{first, sure};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "github", title: "GitHub", kind: Kind::Edge, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let unicorn =
        message.title().is_some_and(|title| title.starts_with("Unicorn!") && title.contains("GitHub"));
    let busy = message.has("No server is currently available to service your request.");
    let slow = message.has("This page is taking too long to load.")
        && message.has("contact us if the problem persists");
    let named = message.header_has("server", "github.com") || message.has("GitHub");
    match (unicorn, (busy || slow) && named) {
        (true, _) | (_, true) => sure(92, None),
        _ if busy => sure(70, None),
        _ => None,
    }
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.text(),
        &[
            ("No server is currently available", id("no-live-upstream")),
            ("This page is taking too long to load.", id("response-timed-out")),
        ],
    )
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/2 504
server: GitHub.com

<!DOCTYPE html><html><head><title>Unicorn! &middot; GitHub</title></head><body><p><strong>This page is taking too long to load.</strong></p><p>Sorry about that. Please try refreshing and contact us if the problem persists.</p></body></html>"##,
        version: None,
        failures: &["response-timed-out"],
    },
    Sample {
        text: r##"No server is currently available to service your request."##,
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
            &[r##"<p>This page is taking too long to load.</p>"##],
        );
    }
}

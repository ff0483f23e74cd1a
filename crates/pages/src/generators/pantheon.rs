//! Pantheon: branded pages of its routers.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::first;
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "pantheon", title: "Pantheon", kind: Kind::Edge, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let titled = message.title().is_some_and(|title| title.contains("Pantheon"))
        || message.plain().is_some_and(|text| text.contains("Pantheon - 50"));
    let words = message.has("The gods are wise")
        || message
            .has("Page Could Not Be Loaded. The request could not be completed due to a networking failure")
        || message.has("routing to pantheon");
    let field = message.header("x-pantheon-styx-hostname").is_some() || message.has("antheon");
    let mark = words && (titled || field || message.has("The gods are wise"));
    (mark || titled && message.failed()).then_some(Made {
        version: None,
        sure: 85,
        status: message.title_status(),
    })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.text(),
        &[
            ("The gods are wise", id("no-upstream-configured")),
            ("due to a networking failure", id("gateway-internal-error")),
            ("currently undergoing maintenance", id("served-by-maintenance-rule")),
            ("Target Not Responding", id("read-timed-out")),
            ("Timeout", id("read-timed-out")),
        ],
    )
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/2 404
x-pantheon-styx-hostname: styx-1

<!DOCTYPE html><html><head><title>404 - Unknown site</title></head><body><p>The gods are wise, but do not know of the site which you seek.</p></body></html>"##,
    version: None,
    failures: &["no-upstream-configured"],
}];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"<p>The wise gods</p>"##]);
    }
}

//! Fly.io's proxy: an empty error under its own name.

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, sure};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "fly", title: "Fly.io", kind: Kind::Edge, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let named = message.header_has("server", "fly/") || message.header("fly-request-id").is_some();
    (named && message.failed_and_empty()).then_some(())?;
    sure(45, None)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    by_status(message.status)
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/2 502
server: Fly/a1b2
via: 1.1 fly.io
fly-request-id: 01-fra

"##,
    version: None,
    failures: &["gateway-answered-502"],
}];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[
                r##"HTTP/2 502
server: Fly/a1

oops"##,
                r##"HTTP/2 502

"##,
            ],
        );
    }
}

//! WordPress: its critical error, database error and maintenance pages.

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::reading::Made;

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "wordpress",
    title: "WordPress",
    kind: Kind::Application,
    recognise,
    failures: |_| Vec::new(),
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let own = message.has("wp-die-message")
        || message.has("There has been a critical error on this website")
        || message.has("Briefly unavailable for scheduled maintenance. Check back in a minute.")
        || message.has("<h1>Error establishing a database connection</h1>");
    own.then_some(Made { version: None, sure: 85, status: None })
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 500 Internal Server Error
Server: Apache

<!DOCTYPE html><html><head><title>Database Error</title></head><body id="error-page"><div class="wp-die-message"><h1>Error establishing a database connection</h1></div></body></html>"##,
    version: None,
    failures: &[],
}];

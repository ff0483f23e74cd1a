//! KeyCDN: short pages under its Server field.

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, sure};
use crate::pasted;
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "keycdn", title: "KeyCDN", kind: Kind::Edge, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let named = message.header_has("server", "keycdn");
    let bare = message.title_status() == message.status
        || message.failed_and_empty()
        || message.plain().is_some_and(|t| pasted::status(t) == message.status);
    // Its own page bears no mark; an origin's would name the origin.
    let unmarked = !message.has("<hr><center>") && !message.has("<address>");
    (named && bare && unmarked && message.status.is_some_and(|status| status >= 500)).then_some(())?;
    sure(35, None)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    by_status(message.status)
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 502 Bad Gateway
Server: keycdn-de-1

<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"##,
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
                r##"HTTP/1.1 502 X
Server: keycdn

<title>Shop</title>"##,
                r##"HTTP/1.1 200 OK
Server: keycdn

"##,
            ],
        );
    }
}

//! The default backend of Kubernetes' ingress: no rule matched the request.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::told;
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "default-backend",
    title: "Kubernetes default backend",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    (message.plain() == Some("default backend - 404")).then_some(Made {
        version: None,
        sure: 95,
        status: Some(404),
    })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    if message.has("default backend - 404") { told(id("no-upstream-configured")) } else { Vec::new() }
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 404 Not Found
Server: nginx
Content-Type: text/plain

default backend - 404"##,
    version: None,
    failures: &["no-upstream-configured"],
}];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"404 Not Found"##]);
    }
}

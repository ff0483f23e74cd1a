//! OpenShift's router (HAProxy): its own page for applications without a ready pod.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::told;
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "openshift",
    title: "OpenShift router",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let own = message.has("Application is not available")
        && (message.has("The application is currently not serving requests at this endpoint")
            || message.has("Possible reasons you are seeing this page:"));
    own.then_some(Made { version: None, sure: 90, status: Some(503) })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    if message.has("Application is not available") { told(id("no-live-upstream")) } else { Vec::new() }
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.0 503 Service Unavailable

<html><head></head><body><h1>Application is not available</h1>
<p>The application is currently not serving requests at this endpoint. It may not have been started or is still starting.</p></body></html>"##,
    version: None,
    failures: &["no-live-upstream"],
}];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"<h1>Application is not available</h1>"##]);
    }
}

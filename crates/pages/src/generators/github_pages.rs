//! GitHub Pages: a site that is not there.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::told;
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "github-pages",
    title: "GitHub Pages",
    kind: Kind::Edge,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let own = message.has("There isn't a GitHub Pages site here.") || message.has("GitHub Pages site here");
    let status = own.then_some(404);
    own.then_some(Made { version: None, sure: 93, status })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    if message.has("a GitHub Pages site here") { told(id("no-upstream-configured")) } else { Vec::new() }
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/2 404
server: GitHub.com
x-github-request-id: A:1
x-served-by: cache-fra-1

<!DOCTYPE html><html><head><title>Site not found &middot; GitHub Pages</title></head><body><p><strong>There isn't a GitHub Pages site here.</strong></p></body></html>"##,
    version: None,
    failures: &["no-upstream-configured"],
}];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"<p>There is a site here.</p>"##]);
    }
}

//! Azure Front Door: its apology, with a reference that the head repeats.

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, sure};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "azure-front-door",
    title: "Azure Front Door",
    kind: Kind::Edge,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let text = message.text().replace('\u{2019}', "'").replace("&#39;", "'");
    let apology = text.contains("Our services aren't available right now");
    let second = text.contains("We're working to restore all services as soon as possible");
    let field = message.header("x-azure-ref").is_some();
    match (apology, second || field) {
        (true, true) => sure(92, None),
        (true, false) if text.len() < 400 => sure(75, None),
        _ => None,
    }
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    // It covers everything between this edge and the origin.
    by_status(message.status)
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 504 Gateway Timeout
X-Azure-Ref: 0abc
X-Cache: CONFIG_NOCACHE

<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><h2>Our services aren't available right now</h2><p>We're working to restore all services as soon as possible. Please check back soon.</p>0abc</body></html>"##,
        version: None,
        failures: &["gateway-answered-504"],
    },
    Sample {
        text: r##"Our services aren't available right now
We're working to restore all services as soon as possible. Please check back soon."##,
        version: None,
        failures: &[],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"Our services are available"##]);
    }
}

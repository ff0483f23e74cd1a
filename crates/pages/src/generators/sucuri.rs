//! Sucuri's website firewall: pages under its own title.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{first, sure};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "sucuri", title: "Sucuri", kind: Kind::Edge, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let titled = message.has("Sucuri WebSite Firewall") || message.has("Sucuri Website Firewall");
    let field = message.header("x-sucuri-id").is_some() || message.header_has("server", "sucuri");
    let words = message.has("Backend or gateway connection timeout");
    match (titled || words && field, words) {
        (true, _) => sure(92, message.title_status()),
        (_, true) => sure(75, message.title_status()),
        _ => None,
    }
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.text(),
        &[
            ("Backend or gateway connection timeout", id("gateway-answered-504")),
            ("Back-end Timeout", id("gateway-answered-504")),
            ("Access Denied", id("request-forbidden")),
        ],
    )
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 504 Gateway Timeout
Server: Sucuri/Cloudproxy
X-Sucuri-ID: 11005

<!DOCTYPE html><html><head><title>Sucuri WebSite Firewall - Backend or gateway connection timeout</title></head><body><h1>Backend or gateway connection timeout</h1></body></html>"##,
    version: None,
    failures: &["gateway-answered-504"],
}];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"<title>Firewall</title>"##]);
    }
}

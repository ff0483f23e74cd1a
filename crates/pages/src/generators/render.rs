//! Render: fields of its router, behind a rented edge.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, sure, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "render", title: "Render", kind: Kind::Edge, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let routing = message.header("x-render-routing");
    let named = routing.is_some() || message.header("rndr-id").is_some();
    let answered = message.header("x-render-origin-server").is_some();
    let page = message.has("This service is currently unavailable") && message.has("Render")
        || message.has("render.com/docs") && message.has("502");
    match (routing, named) {
        (Some(_), _) => sure(90, None),
        (None, _) if page => sure(80, message.title_status()),
        (None, true) if message.failed_and_empty() && !answered => sure(40, None),
        _ => None,
    }
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    match message.header("x-render-routing") {
        Some("no-server" | "no-deploy") => told(id("no-upstream-configured")),
        Some("suspend-by-user" | "suspended") => told(id("no-live-upstream")),
        Some(word) if word.contains("hibernate") || word.contains("error") => told(id("no-live-upstream")),
        _ => by_status(message.status),
    }
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/2 503
server: cloudflare
cf-ray: 8a-FRA
rndr-id: a-1
x-render-routing: hibernate-wake-error

"##,
        version: None,
        failures: &["no-live-upstream"],
    },
    Sample {
        text: r##"HTTP/2 502
server: cloudflare
rndr-id: a-1

"##,
        version: None,
        failures: &["gateway-answered-502"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[
                r##"HTTP/2 502
rndr-id: a
x-render-origin-server: uvicorn

"##,
                r##"HTTP/2 502
rndr-id: a

<h1>oops</h1>"##,
            ],
        );
    }
}

//! NGINX Unit: one line of markup with the number.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, status_in, told, version_after};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "nginx-unit",
    title: "NGINX Unit",
    kind: Kind::AppServer,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let (_, behind) = message.text().split_once("<!DOCTYPE html><title>Error ")?;
    let code = behind.get(..3)?;
    behind.contains(&format!("<p>Error {code}.")).then_some(())?;
    let version = message.header("server").and_then(|server| version_after(server, "Unit/"));
    Some(Made { version: version.map(str::to_owned), sure: 95, status: status_in(Some(code)) })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    match recognise(message).and_then(|made| made.status) {
        // The application's process ended while it had the request.
        Some(503) => told(id("closed-before-response")),
        Some(504) => told(id("read-timed-out")),
        status => by_status(status),
    }
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 503 Service Unavailable
Server: Unit/1.34.2

<!DOCTYPE html><title>Error 503</title><p>Error 503.
"##,
    version: Some("1.34.2"),
    failures: &["closed-before-response"],
}];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"<title>Error 503</title><p>Error 503."##]);
    }
}

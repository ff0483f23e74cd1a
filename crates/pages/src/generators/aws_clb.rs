//! AWS Classic Load Balancer: no name of its own, only cookies; its error has a bare heading or no body.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_status, sure, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "aws-clb",
    title: "AWS Classic Load Balancer",
    kind: Kind::Edge,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    // Nothing names it but the cookie of its sticky sessions.
    let cookie = message.all("set-cookie").any(|value| value.starts_with("AWSELB="));
    let unnamed = message.header("server").is_none() && cookie;
    (unnamed && message.failed_and_empty()).then_some(())?;
    sure(35, None)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    match message.status {
        // No healthy instance, or its surge queue is full.
        Some(503) => told(id("no-live-upstream")),
        Some(504) => told(id("read-timed-out")),
        status => by_status(status),
    }
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 503 Service Unavailable: Back-end server is at capacity
Content-Length: 0
Set-Cookie: AWSELB=A1;PATH=/
Connection: keep-alive

"##,
    version: None,
    failures: &["no-live-upstream"],
}];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[r##"HTTP/1.1 503 X
Content-Length: 0

"##],
        );
    }
}

//! Node's http-proxy-middleware: one sentence with the address that was asked for.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{first, sure};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "node-proxy",
    title: "http-proxy-middleware (Node.js)",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let own = message.plain().is_some_and(|text| {
        text.starts_with("Error occurred while trying to proxy: ")
            || text.starts_with("Error occurred while trying to proxy to: ")
    });
    own.then_some(())?;
    sure(92, None)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.text(),
        &[
            ("ECONNREFUSED", id("connect-refused")),
            ("ECONNRESET", id("reset-before-response")),
            ("ETIMEDOUT", id("connect-timed-out")),
            ("ENOTFOUND", id("name-not-found")),
            // A refused connection is a 504 here, as is a name that is not found.
            ("Error occurred while trying to proxy", id("gateway-answered-504")),
        ],
    )
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 504 Gateway Timeout
X-Powered-By: Express
Connection: keep-alive

Error occurred while trying to proxy: app.example.com/api/users"##,
    version: None,
    failures: &["gateway-answered-504"],
}];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"An error occurred while trying to proxy"##]);
    }
}

//! Amazon S3: an XML error document.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{first, sure};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "aws-s3", title: "Amazon S3", kind: Kind::Edge, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let xml =
        message.has("<Error><Code>") || message.has("<Error>\n<Code>") || message.has("<Error>\n  <Code>");
    let listed = message.has("<HostId>") && message.has("<RequestId>");
    let page = message.has("<li>Code: ") && message.has("<li>HostId: ");
    let named = message.header_has("server", "amazons3");
    match (xml && listed || page, named) {
        (true, true) => sure(95, message.title_status()),
        // Other object stores speak the same protocol.
        (true, false) => sure(70, message.title_status()),
        _ => None,
    }
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.between("<Code>", "</Code>").or_else(|| message.between("<li>Code: ", "</li>")).unwrap_or(""),
        &[
            ("SlowDown", id("rate-limited")),
            ("ServiceUnavailable", id("gateway-answered-503")),
            ("InternalError", id("gateway-answered-500")),
            ("NoSuchBucket", id("no-upstream-configured")),
            ("AccessDenied", id("request-forbidden")),
        ],
    )
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 503 Slow Down
Server: AmazonS3

<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message><RequestId>1</RequestId><HostId>2</HostId></Error>"##,
        version: None,
        failures: &["rate-limited"],
    },
    Sample {
        text: r##"HTTP/1.1 404 Not Found
Server: AmazonS3

<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1><ul><li>Code: NoSuchBucket</li><li>RequestId: 1</li><li>HostId: 2</li></ul></body></html>"##,
        version: None,
        failures: &["no-upstream-configured"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[r##"<?xml version="1.0"?><Error><Code>7</Code></Error>"##],
        );
    }
}

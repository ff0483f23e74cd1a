//! Google's load balancers and front ends.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, first};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "google-lb",
    title: "Google Cloud load balancer",
    kind: Kind::Edge,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let own = message.has("<h1>Error: Server Error</h1>")
        || (message.has("That’s an error.") && message.has("That’s all we know."));
    own.then_some(())?;
    by_body(message, None)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.title().unwrap_or(""),
        &[
            ("502 ", id("gateway-answered-502")),
            ("503 ", id("gateway-answered-503")),
            ("504 ", id("gateway-answered-504")),
        ],
    )
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 502 Bad Gateway
Via: 1.1 google


<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>502 Server Error</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: Server Error</h1>
<h2>The server encountered a temporary error and could not complete your request.<p>Please try again in 30 seconds.</h2>
</body></html>
"##,
    version: None,
    failures: &["gateway-answered-502"],
}];

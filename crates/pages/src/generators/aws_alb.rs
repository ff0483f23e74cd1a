//! AWS Application Load Balancer: nginx's frame without a footer, and its Server field.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, by_head, first, sure};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "aws-alb",
    title: "AWS Application Load Balancer",
    kind: Kind::Edge,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let framed = message.has("<center><h1>") && !message.has("<hr>");
    let named = message.header_has("server", "awselb");
    // Without a head the frame speaks for it, unless somebody cut nginx's footer off.
    let frame_alone =
        framed && message.headers.is_empty() && message.text().trim_start().starts_with("<html>");
    if frame_alone && message.title_status().is_some() {
        return sure(60, message.title_status());
    }
    match (framed, named) {
        (true, true) => {
            by_body(message, message.header("server").and_then(|s| s.split_once('/')).map(|(_, v)| v))
        }
        (false, true) if message.body.is_empty() => by_head(None),
        _ => None,
    }
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.title().unwrap_or(""),
        &[
            ("502 ", id("gateway-answered-502")),
            ("503 ", id("no-live-upstream")),
            ("504 ", id("gateway-answered-504")),
        ],
    )
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"<html>
<head><title>503 Service Temporarily Unavailable</title></head>
<body bgcolor="white">
<center><h1>503 Service Temporarily Unavailable</h1></center>
</body>
</html>"##,
        version: None,
        failures: &["no-live-upstream"],
    },
    Sample {
        text: r##"HTTP/1.1 504 Gateway Time-out
Server: awselb/2.0

<html>
<head><title>504 Gateway Time-out</title></head>
<body>
<center><h1>504 Gateway Time-out</h1></center>
</body>
</html>"##,
        version: Some("2.0"),
        failures: &["gateway-answered-504"],
    },
];

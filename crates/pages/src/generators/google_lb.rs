//! Google's load balancers for other people's servers.

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, by_status, status_in, sure};
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
    let sentence =
        message.has("The server encountered a temporary error and could not complete your request");
    let line = message.plain_lines().next().unwrap_or("");
    let copied = sentence
        && (line == "Error: Server Error" || line.get(3..).is_some_and(|l| l.starts_with(" Server Error")));
    if copied {
        return sure(80, status_in(line.get(..3)));
    }
    message.has("<h1>Error: Server Error</h1>").then_some(())?;
    by_body(message, None)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    by_status(recognise(message).and_then(|made| made.status).or(message.status))
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "502 Server Error: The server encountered a temporary error and could not complete your request",
        version: None,
        failures: &["gateway-answered-502"],
    },
    Sample {
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
    },
];

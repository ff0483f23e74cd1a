//! Node.js: Express's final handler, and stack traces of JavaScript.

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::by_head;
use crate::reading::Made;

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "node",
    title: "Node.js (Express)",
    kind: Kind::Application,
    recognise,
    failures: |_| Vec::new(),
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let express = message.header_has("x-powered-by", "express");
    let handler = message.has("<title>Error</title>") && message.has("<pre>");
    let trace = message.has("    at ") && (message.has(".js:") || message.has("node:internal"));
    match (handler || trace, express) {
        (true, _) => Some(Made { version: None, sure: 75, status: None }),
        (false, true) => by_head(None),
        _ => None,
    }
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 500 Internal Server Error
X-Powered-By: Express

<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Error</title>
</head>
<body>
<pre>Internal Server Error</pre>
</body>
</html>
"##,
    version: None,
    failures: &[],
}];

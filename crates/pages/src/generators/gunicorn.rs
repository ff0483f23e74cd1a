//! Gunicorn: its own error page, whose heading holds a paragraph.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, first};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "gunicorn",
    title: "Gunicorn",
    kind: Kind::AppServer,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    message.has("<h1><p>").then_some(())?;
    (message.has("</p></h1>") && message.has("<title>")).then_some(())?;
    by_body(message, None)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.text(),
        &[
            ("limit request headers", id("request-header-too-big")),
            ("limit request line", id("request-header-too-big")),
            ("Internal Server Error", id("upstream-answered-5xx")),
        ],
    )
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 400 Bad Request

<html>
  <head>
    <title>Bad Request</title>
  </head>
  <body>
    <h1><p>Bad Request</p></h1>
    Error parsing headers: &#x27;limit request headers fields size&#x27;
  </body>
</html>
"##,
    version: None,
    failures: &["request-header-too-big"],
}];

//! lighttpd: a bare page whose heading repeats the title.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, first, version_after};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "lighttpd",
    title: "lighttpd",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let title = message.title()?;
    let heading = message.between("<h1>", "</h1>")?;
    let plain = message.title_status().is_some() && heading == title && !message.has("<center>");
    let old = message.has("http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd")
        && message.text().starts_with("<?xml");
    let new = message.has("<html lang=\"en\">\n <head>\n  <meta charset=\"UTF-8\" />\n  <title>");
    (plain && (old || new)).then_some(())?;
    by_body(message, message.header("server").and_then(|s| version_after(s, "lighttpd/")))
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.title().unwrap_or(""),
        &[
            ("502 ", id("gateway-answered-502")),
            ("503 ", id("gateway-answered-503")),
            ("504 ", id("read-timed-out")),
            ("500 ", id("gateway-answered-500")),
        ],
    )
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 503 Service Unavailable
Server: lighttpd/1.4.69

<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
         "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>503 Service Unavailable</title>
 </head>
 <body>
  <h1>503 Service Unavailable</h1>
 </body>
</html>
"##,
    version: Some("1.4.69"),
    failures: &["gateway-answered-503"],
}];

//! HTTP.sys, the Windows kernel's web server in front of IIS: its short pages under a strict doctype.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{status_in, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "http-sys",
    title: "HTTP.sys (Windows)",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let sentence = message.has("<p>HTTP Error 503. The service is unavailable.</p>")
        || message.has("<p>HTTP Error 504. The service is unavailable.</p>");
    let framed = message.has("<p>HTTP Error ")
        && message.has("<h2>")
        && message.has("\"http://www.w3.org/TR/html4/strict.dtd\"");
    let copied = message.plain().is_some_and(|text| {
        text.starts_with("Service Unavailable")
            && text.contains("HTTP Error 503. The service is unavailable.")
    });
    let status = status_in(message.text().split_once("HTTP Error ").and_then(|(_, behind)| behind.get(..3)));
    (sentence || framed || copied).then_some(Made { version: None, sure: 93, status })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    // The application pool is stopped, keeps failing or its queue is full.
    if message.has("HTTP Error 503.") { told(id("no-live-upstream")) } else { Vec::new() }
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 503 Service Unavailable
Server: Microsoft-HTTPAPI/2.0

<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">
<HTML><HEAD><TITLE>Service Unavailable</TITLE></HEAD>
<BODY><h2>Service Unavailable</h2>
<hr><p>HTTP Error 503. The service is unavailable.</p>
</BODY></HTML>"##,
    version: None,
    failures: &["no-live-upstream"],
}];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(super::recognise, &[r##"<p>HTTP Error 503 is what we got</p>"##]);
    }
}

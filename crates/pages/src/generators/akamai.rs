//! Akamai: pages with a reference number.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, first};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "akamai", title: "Akamai", kind: Kind::Edge, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let reference = message.has("Reference&#32;&#35;") || message.has("Reference #");
    let own = reference
        && (message.header_has("server", "akamaighost")
            || message.has("errors.edgesuite.net")
            || message.has("<HTML><HEAD>"));
    own.then_some(())?;
    by_body(message, None)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.text(),
        &[("did not receive a timely response from the upstream server", id("read-timed-out"))],
    )
}

const SAMPLES: &[Sample] = &[Sample {
    text: r##"HTTP/1.1 504 Gateway Timeout
Server: AkamaiGHost

<HTML><HEAD><TITLE>Gateway Timeout</TITLE></HEAD><BODY>
The proxy server did not receive a timely response from the upstream server.<P>
Reference&#32;&#35;1&#46;abc
</BODY></HTML>"##,
    version: None,
    failures: &["read-timed-out"],
}];

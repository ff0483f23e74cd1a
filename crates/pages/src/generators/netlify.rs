//! Netlify: words of its functions, and the timeout page of its cache.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{first, sure};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "netlify", title: "Netlify", kind: Kind::Edge, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let words = message.plain().is_some_and(|text| text.starts_with("error decoding lambda response"));
    let named = message.header_has("server", "netlify") || message.header("x-nf-request-id").is_some();
    let function = message.json("errorType").is_some() && message.json("errorMessage").is_some();
    let inactive = message.has("Too much time has passed without sending any data for document.");
    match (words, named) {
        (true, _) => sure(90, Some(502)),
        (_, true) if function => sure(85, None),
        // Its cache is Traffic Server, whose page it is.
        (_, true) if inactive => sure(95, None),
        _ => None,
    }
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    first(
        message.text(),
        &[
            ("error decoding lambda response", id("response-unreadable")),
            ("Task timed out", id("response-timed-out")),
            ("Too much time has passed without sending any data", id("read-timed-out")),
            ("errorMessage", id("uncaught-exception")),
        ],
    )
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/2 502
server: Netlify
x-nf-request-id: 01

error decoding lambda response: invalid status code returned from lambda: 0"##,
        version: None,
        failures: &["response-unreadable"],
    },
    Sample {
        text: r##"HTTP/2 502
server: Netlify
x-nf-request-id: 01

{"errorType":"TypeError","errorMessage":"x is not a function","trace":[]}"##,
        version: None,
        failures: &["uncaught-exception"],
    },
    Sample {
        text: r##"HTTP/2 504
server: Netlify
x-nf-request-id: 01

<HTML>
<HEAD>
<TITLE>Inactivity Timeout</TITLE>
</HEAD>
<BODY BGCOLOR="white" FGCOLOR="black">
<H1>Inactivity Timeout</H1>
Description: Too much time has passed without sending any data for document.
</BODY>"##,
        version: None,
        failures: &["read-timed-out"],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[r##"{"errorType":"TypeError","errorMessage":"x"}"##],
        );
    }
}

//! Akamai: pages with a reference number.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "akamai", title: "Akamai", kind: Kind::Edge, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let reference = message.has("Reference&#32;&#35;") || message.has("Reference #");
    let copied = message.plain().is_some_and(|text| {
        let words = text.contains("An error occurred while processing your request")
            || text.contains("did not receive a timely response from the upstream server")
            || text.contains("You don't have permission to access");
        words && text.contains("Reference #")
    });
    let own = copied
        || reference
            && (message.header_has("server", "akamaighost")
                || message.has("errors.edgesuite.net")
                || message.has("<HTML><HEAD>"));
    own.then_some(())?;
    by_body(message, None)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    if message.has("did not receive a timely response from the upstream server") {
        return told(id("read-timed-out"));
    }
    let number = number(message);
    CODES
        .iter()
        .find(|(known, _)| Some(*known) == number)
        .map(|(_, meaning)| told(*meaning))
        .unwrap_or_default()
}

/// The first part of the reference is the error's number.
fn number(message: &Message<'_>) -> Option<u16> {
    let text = message.text();
    let (_, behind) = text.split_once("Reference&#32;&#35;").or_else(|| text.split_once("Reference #"))?;
    behind.split(['.', '&']).next()?.parse().ok()
}

const CODES: &[(u16, SignalId)] = &[
    (1, id("read-timed-out")),
    (3, id("ended-before-response")),
    (4, id("send-broken")),
    (6, id("connect-failed")),
    (9, id("no-upstream-configured")),
    (10, id("gateway-internal-error")),
    (11, id("name-lookup-failed")),
    (12, id("gateway-internal-error")),
    (15, id("closed-before-response")),
    (18, id("request-forbidden")),
    (24, id("request-forbidden")),
    (29, id("gateway-internal-error")),
    (30, id("tls-handshake-failed")),
    (31, id("certificate-rejected")),
    (32, id("tls-client-certificate-required")),
    (38, id("gateway-config-error")),
    (39, id("gateway-config-error")),
    (42, id("gateway-config-error")),
    (44, id("address-prohibited")),
    (45, id("upstream-limit-reached")),
    (46, id("upstream-limit-reached")),
    (47, id("upstream-limit-reached")),
    (48, id("upstream-limit-reached")),
    (49, id("upstream-limit-reached")),
    (94, id("ended-before-response")),
    (97, id("connect-timed-out")),
    (98, id("tls-handshake-timed-out")),
    (99, id("name-lookup-timed-out")),
    (100, id("name-lookup-failed")),
    (102, id("no-live-upstream")),
    (103, id("connect-failed")),
    (112, id("content-coding-invalid")),
    (119, id("name-lookup-failed")),
    (122, id("chunk-invalid")),
    (123, id("ended-before-response")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 503 Service Unavailable
Server: AkamaiGHost
Mime-Version: 1.0

<HTML><HEAD><TITLE>Error</TITLE></HEAD><BODY>
An error occurred while processing your request.<p>
Reference&#32;&#35;97&#46;abc&#46;1700000000&#46;def
</BODY></HTML>"##,
        version: None,
        failures: &["connect-timed-out"],
    },
    Sample {
        text: "<html><body>An error occurred while processing your request.\n\nReference #30.abc.1700000000.def\nhttps://errors.edgesuite.net/30.abc</body></html>",
        version: None,
        failures: &["tls-handshake-failed"],
    },
    Sample {
        text: r##"HTTP/1.1 504 Gateway Timeout
Server: AkamaiGHost

<HTML><HEAD><TITLE>Gateway Timeout</TITLE></HEAD><BODY>
The proxy server did not receive a timely response from the upstream server.<P>
Reference&#32;&#35;1&#46;abc
</BODY></HTML>"##,
        version: None,
        failures: &["read-timed-out"],
    },
];

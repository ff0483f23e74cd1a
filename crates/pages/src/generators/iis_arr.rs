//! IIS Application Request Routing: the detailed page that names the proxy module's error.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{first, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "iis-arr",
    title: "IIS Application Request Routing",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let named = message.has("ApplicationRequestRouting")
        || message.has("HTTP Error 502.3")
        || message.has("HTTP Error 502.4")
        || message.has("There was a connection error while trying to route the request.");
    let own = named && (message.has("HTTP Error 50") || message.has("Detailed Error"));
    own.then_some(Made {
        version: None,
        sure: 95,
        status: Some(if message.has("HTTP Error 503") { 503 } else { 502 }),
    })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    if message.has("502.4") || message.has("No appropriate server could be found") {
        return told(id("no-live-upstream"));
    }
    let lower = message.text().to_ascii_lowercase();
    first(&lower, CODES)
}

/// WinHTTP's errors as the page prints them.
const CODES: &[(&str, SignalId)] = &[
    // Resolving, connecting, sending or receiving took too long: as a rule the wait for the answer.
    ("0x80072ee2", id("read-timed-out")),
    ("0x80072efe", id("ended-before-response")),
    ("0x80072eff", id("reset-before-response")),
    ("0x80072f78", id("response-unreadable")),
    ("0x80072efd", id("connect-failed")),
    ("0x80072ee7", id("name-lookup-failed")),
    ("0x80072f8f", id("certificate-rejected")),
    ("0x80072f0c", id("tls-client-certificate-required")),
    ("502.3", id("gateway-answered-502")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Server: Microsoft-IIS/10.0
X-Powered-By: ARR/3.0

<!DOCTYPE html><html><head><title>IIS 10.0 Detailed Error - 502.3 - Bad Gateway</title></head><body>
<h3>HTTP Error 502.3 - Bad Gateway</h3><h4>There was a connection error while trying to route the request.</h4>
<tr><th>Module</th><td>ApplicationRequestRouting</td></tr><tr><th>Error Code</th><td>0x80072ee2</td></tr></body></html>"##,
        version: None,
        failures: &["read-timed-out"],
    },
    Sample {
        text: r##"HTTP Error 502.3 - Bad Gateway
There was a connection error while trying to route the request.
Error Code 0x80072efd"##,
        version: None,
        failures: &["connect-failed"],
    },
    Sample {
        text: r##"<html><body><h3>HTTP Error 502.4 - Bad Gateway</h3><h4>No appropriate server could be found to route the request.</h4></body></html>"##,
        version: None,
        failures: &["no-live-upstream"],
    },
];

//! Apache httpd and its proxy: the sentences of its built-in error pages.

use goodgate_facts::{SignalId, Value, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, first, host, sure, version_after};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "apache",
    title: "Apache httpd",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let sentences = [
        "The proxy server received an invalid",
        "The proxy server could not handle the request",
        "The server is temporarily unable to service your",
        "The gateway did not receive a timely response",
        "The server encountered an internal error or",
        "The requested URL was not found on this server.",
        "You don't have permission to access this resource.",
        "Your browser sent a request that this server could not understand.",
    ];
    let doctype = message.text().get(..80).is_some_and(|t| t.contains("DOCTYPE HTML PUBLIC"));
    let copied = message.plain().is_some_and(|text| {
        let headed = text.starts_with("Proxy Error") || text.starts_with("Bad Gateway");
        headed && text.contains("The proxy server received an invalid") && text.contains("upstream server")
    });
    if copied {
        return sure(85, Some(502));
    }
    (doctype && sentences.iter().any(|words| message.has(words))).then_some(())?;
    let address = message.between("<address>Apache/", " ");
    by_body(message, address.or_else(|| message.header("server").and_then(|s| version_after(s, "Apache/"))))
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let copied = || message.plain()?.split_once("Reason: ").and_then(|(_, reason)| reason.lines().next());
    let Some(reason) = message.between("Reason: <strong>", "</strong>").or_else(copied) else {
        return first(
            message.title().unwrap_or(""),
            &[
                ("502 ", id("gateway-answered-502")),
                ("503 ", id("gateway-answered-503")),
                ("504 ", id("read-timed-out")),
                ("500 ", id("gateway-answered-500")),
            ],
        );
    };
    if let Some(name) = reason.strip_prefix("DNS lookup failure for:") {
        return vec![Told { id: id("name-lookup-failed"), value: Value::None, target: host(name) }];
    }
    first(reason, REASONS)
}

/// Reasons that mod_proxy prints. "Error reading" also stands for a read that timed out, which only the time that
/// passed can tell.
const REASONS: &[(&str, SignalId)] = &[
    ("Error reading from remote server", id("ended-before-response")),
    // It says the same of a certificate that Apache rejects, of an alert that came, and of a handshake in which nothing came.
    ("Error during SSL Handshake with remote server", id("tls-failed")),
    ("Corrupt status line returned by remote server", id("status-line-invalid")),
    ("Error parsing", id("response-unreadable")),
    ("Unexpected Upgrade", id("upgrade-unasked")),
    ("Could not connect to remote machine", id("connect-failed")),
    ("Connection refused", id("connect-refused")),
    ("Invalid Content-Length", id("content-length-invalid")),
    ("Transfer-Encoding", id("transfer-encoding-invalid")),
    ("Maximum number of open connections", id("upstream-limit-reached")),
    ("Cannot find a usable worker", id("no-live-upstream")),
    ("Timeout on", id("read-timed-out")),
    ("too long", id("header-too-big")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 504 Gateway Timeout

<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head>
<title>504 Gateway Timeout</title>
</head><body>
<h1>Gateway Timeout</h1>
<p>The gateway did not receive a timely response
from the upstream server or application.</p>
<p>Additionally, a 504 Gateway Timeout
error was encountered while trying to use an ErrorDocument to handle the request.</p>
<hr>
<address>Apache/2.4.57 (Unix) Server at www.example.com Port 443</address>
</body></html>"##,
        version: Some("2.4.57"),
        failures: &["read-timed-out"],
    },
    Sample {
        text: "Proxy Error\n\nThe proxy server received an invalid response from an upstream server.\nThe proxy server could not handle the request\n\nReason: Error during SSL Handshake with remote server",
        version: None,
        failures: &["tls-failed"],
    },
    Sample {
        text: r##"HTTP/1.1 502 Proxy Error
Server: Apache/2.4.62 (Debian)

<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head>
<title>502 Proxy Error</title>
</head><body>
<h1>Proxy Error</h1>
<p>The proxy server received an invalid
response from an upstream server.<br />
The proxy server could not handle the request<p>Reason: <strong>Error reading from remote server</strong></p></p>
</body></html>"##,
        version: Some("2.4.62"),
        failures: &["ended-before-response"],
    },
    Sample {
        text: r##"HTTP/1.1 500 Proxy Error

<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head>
<title>500 Proxy Error</title></head><body>
The proxy server could not handle the request<p>Reason: <strong>DNS lookup failure for: app.internal</strong></p><p />
</body></html>"##,
        version: None,
        failures: &["name-lookup-failed"],
    },
];

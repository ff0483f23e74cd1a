//! Traffic Server: its body templates; the reason phrase says more than the page.

use goodgate_facts::{Errno, SignalId, Value, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, connect_error, first, version_after};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "trafficserver",
    title: "Apache Traffic Server",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let own = message.has("<BODY BGCOLOR=\"white\" FGCOLOR=\"black\">") && message.has("Description: ");
    own.then_some(())?;
    let mut made = by_body(message, message.header("server").and_then(|s| version_after(s, "ATS/")))?;
    made.status = message.status;
    Some(made)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    if let Some(errno) = Errno::from_text(message.reason) {
        return vec![Told { id: connect_error(errno.0), value: Value::Errno(errno), target: None }];
    }
    let by_reason = first(message.reason, REASONS);
    if by_reason.is_empty() { first(message.title().unwrap_or(""), TITLES) } else { by_reason }
}

/// Reason phrases of its own errors.
const REASONS: &[(&str, SignalId)] = &[
    ("Server Hangup", id("ended-before-response")),
    ("No Response Header From Server", id("ended-before-response")),
    // A status of nothing: in most cases the connection ended before one came.
    ("Malformed Server Response Status", id("ended-before-response")),
    ("Malformed Server Response", id("response-unreadable")),
    ("Invalid HTTP Response", id("response-unreadable")),
    ("Maximum Transaction Time Exceeded", id("response-timed-out")),
    ("Connection Timed Out", id("read-timed-out")),
    ("Next Hop Timeout", id("read-timed-out")),
    ("congested", id("upstream-limit-reached")),
    ("Congested", id("upstream-limit-reached")),
    ("Cannot find server", id("name-lookup-failed")),
    ("No valid server", id("no-live-upstream")),
    ("Tunnel Connection Failed", id("connect-failed")),
    ("Server Connection Failed", id("connect-failed")),
    ("Not Found on Accelerator", id("no-upstream-configured")),
    ("loop detected", id("loop-detected")),
    ("Cycle Detected", id("loop-detected")),
    ("connect failed", id("connect-failed")),
    ("server connection terminated", id("connect-failed")),
    ("Connection Failed", id("connect-failed")),
];

/// Titles of its templates, for pages without their head.
const TITLES: &[(&str, SignalId)] = &[
    ("Could Not Connect", id("connect-failed")),
    ("Server Connection Closed", id("ended-before-response")),
    ("Web Server Error", id("response-unreadable")),
    ("Unknown Host", id("name-lookup-failed")),
    ("Inactivity Timeout", id("read-timed-out")),
    ("Activity Timeout", id("response-timed-out")),
    ("Cycle", id("loop-detected")),
    ("Congested", id("upstream-limit-reached")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 502 Connection refused
Server: ATS/9.2.9

<HTML>
<HEAD>
<TITLE>Could Not Connect</TITLE>
</HEAD>

<BODY BGCOLOR="white" FGCOLOR="black">
<H1>Could Not Connect</H1>
<HR>
Description: Could not connect to the requested server host.
</BODY>"##,
        version: Some("9.2.9"),
        failures: &["connect-refused"],
    },
    Sample {
        text: r##"<HTML>
<HEAD>
<TITLE>Unknown Host</TITLE>
</HEAD>

<BODY BGCOLOR="white" FGCOLOR="black">
<H1>Unknown Host</H1>
Description: Unable to locate the server requested ---
</BODY>"##,
        version: None,
        failures: &["name-lookup-failed"],
    },
];

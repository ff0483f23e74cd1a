//! Proxies and servers on Go's net/http: status words as plain text with a line end, and its not-found text.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{first, sure, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "go-proxy",
    title: "A proxy written in Go",
    kind: Kind::Gateway,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let text = message.plain()?;
    let unnamed = message.header("server").is_none() && message.failed();
    let plain = message.header("content-type").is_some_and(|kind| kind.starts_with("text/plain"));
    let shaped = plain && message.header("x-content-type-options") == Some("nosniff");
    match text {
        "404 page not found" => sure(50, Some(404)),
        _ if !unnamed || !shaped => None,
        "Bad Gateway" | "Gateway Timeout" | "Service Unavailable" => sure(50, None),
        _ if DIALS.iter().any(|begin| text.starts_with(begin)) => sure(65, None),
        _ => None,
    }
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let text = message.plain().unwrap_or("");
    if DIALS.iter().any(|begin| text.starts_with(begin)) {
        return first(text, TEXTS);
    }
    match text {
        "Bad Gateway" => told(id("gateway-answered-502")),
        "Gateway Timeout" => told(id("read-timed-out")),
        "Service Unavailable" => told(id("gateway-answered-503")),
        _ => Vec::new(),
    }
}

/// Go's network errors, where a proxy shows them to the visitor.
const DIALS: &[&str] = &[
    "dial tcp ",
    "dial unix ",
    "proxy error: dial ",
    "Error trying to reach service: ",
    "error trying to reach service: ",
];

const TEXTS: &[(&str, SignalId)] = &[
    ("connection refused", id("connect-refused")),
    ("no such host", id("name-not-found")),
    ("server misbehaving", id("name-lookup-temporarily-failed")),
    ("no such file or directory", id("connect-socket-missing")),
    ("permission denied", id("connect-denied")),
    ("no route to host", id("connect-unreachable")),
    ("network is unreachable", id("connect-unreachable")),
    ("i/o timeout", id("connect-timed-out")),
    ("connection reset by peer", id("reset-before-response")),
    ("EOF", id("closed-before-response")),
    ("dial ", id("connect-failed")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Content-Type: text/plain; charset=utf-8
X-Content-Type-Options: nosniff

Bad Gateway
"##,
        version: None,
        failures: &["gateway-answered-502"],
    },
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Content-Type: text/plain; charset=utf-8
X-Content-Type-Options: nosniff

dial tcp 127.0.0.1:3000: connect: connection refused
"##,
        version: None,
        failures: &["connect-refused"],
    },
    Sample {
        text: r##"HTTP/1.1 404 Not Found
Content-Type: text/plain; charset=utf-8
X-Content-Type-Options: nosniff

404 page not found
"##,
        version: None,
        failures: &[],
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[
                r##"HTTP/1.1 502 X
Content-Type: text/plain
Server: acme

Bad Gateway"##,
                r##"HTTP/1.1 502 X

dial 555 for help"##,
            ],
        );
    }
}

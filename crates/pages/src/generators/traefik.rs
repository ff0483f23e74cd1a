//! Traefik: bare status words as plain text, under no name.

use goodgate_facts::id;

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{sure, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "traefik", title: "Traefik", kind: Kind::Gateway, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let text = message.plain()?;
    let unnamed = message.header("server").is_none() && message.failed();
    match text {
        "no available server" => sure(85, Some(503)),
        "Client Closed Request" if unnamed => sure(70, Some(499)),
        // Go's words for a status, which other programs send with a line end.
        "Bad Gateway" | "Gateway Timeout" | "Service Unavailable" | "Internal Server Error"
            if unnamed && !message.headers.is_empty() && message.body == text && says_plain(message) =>
        {
            sure(55, None)
        }
        _ => None,
    }
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    match message.plain().unwrap_or("") {
        "no available server" => told(id("no-live-upstream")),
        "Client Closed Request" => told(id("client-gone")),
        "Gateway Timeout" => told(id("read-timed-out")),
        "Bad Gateway" => told(id("gateway-answered-502")),
        "Service Unavailable" => told(id("gateway-answered-503")),
        "Internal Server Error" => told(id("gateway-answered-500")),
        _ => Vec::new(),
    }
}

fn says_plain(message: &Message<'_>) -> bool {
    message.header("content-type").is_none_or(|kind| kind.starts_with("text/plain"))
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"HTTP/1.1 503 Service Unavailable
Content-Type: text/plain; charset=utf-8
X-Content-Type-Options: nosniff

no available server
"##,
        version: None,
        failures: &["no-live-upstream"],
    },
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Date: Sun, 22 Nov 2026 10:00:00 GMT
Content-Length: 11
Content-Type: text/plain; charset=utf-8

Bad Gateway"##,
        version: None,
        failures: &["gateway-answered-502"],
    },
    Sample {
        text: r##"HTTP/2 504
content-length: 15

Gateway Timeout"##,
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
            &[
                r##"HTTP/1.1 502 X
Server: acme

Bad Gateway"##,
                r##"Bad Gateway"##,
                r##"HTTP/1.1 502 X
Content-Type: text/plain

Bad Gateway to nowhere"##,
                r##"HTTP/1.1 502 X
Content-Type: application/json

Bad Gateway"##,
            ],
        );
    }
}

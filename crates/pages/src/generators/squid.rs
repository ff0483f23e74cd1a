//! Squid: its error pages and the header field that names the error.

use goodgate_facts::{Errno, Value, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, connect_error, tls_error, version_after};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator =
    Generator { id: "squid", title: "Squid", kind: Kind::Gateway, recognise, failures, samples: SAMPLES };

fn recognise(message: &Message<'_>) -> Option<Made> {
    let page = message.has("<title>ERROR: The requested URL could not be retrieved</title>");
    let field = message.header("x-squid-error").is_some();
    let copied = message.plain().is_some_and(|text| {
        text.starts_with("ERROR") && text.contains("The requested URL could not be retrieved")
    });
    (page || field || copied).then_some(())?;
    let version =
        message.all("server").chain(message.all("via")).find_map(|value| version_after(value, "squid/"));
    let version = version.or_else(|| version_after(message.text(), "(squid/"));
    by_body(message, version)
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let field = message.header("x-squid-error").unwrap_or("");
    let (code, number) = field.split_once(' ').unwrap_or((field, ""));
    let code = if code.is_empty() {
        message.between("<body id=", ">").unwrap_or("").trim_matches('"')
    } else {
        code
    };
    // The number stands in the header field, or in brackets in the page.
    let shown = message
        .between("The system returned: <i>(", ")")
        .or_else(|| message.between("The system returned: (", ")"))
        .unwrap_or("");
    let code = if code.is_empty() { sentence(message) } else { code };
    let errno: i32 = number.parse().or_else(|_| shown.parse()).unwrap_or(0);
    let status = message.status.unwrap_or(0);
    let meaning = match code {
        "ERR_CONNECT_FAIL" => connect_error(errno),
        "ERR_SECURE_CONNECT_FAIL" if errno == 104 => id("tls-reset-in-handshake"),
        "ERR_SECURE_CONNECT_FAIL" if status == 504 => id("tls-handshake-timed-out"),
        "ERR_SECURE_CONNECT_FAIL" => tls_error(message.between("The system returned:", "</").unwrap_or("")),
        "ERR_READ_TIMEOUT" => id("read-timed-out"),
        "ERR_READ_ERROR" if errno == 104 => id("reset-before-response"),
        // A read that failed has a number. Without one nothing was read: no server was left to ask.
        "ERR_READ_ERROR" if errno == 0 && !number.is_empty() => id("no-live-upstream"),
        "ERR_READ_ERROR" => id("ended-before-response"),
        "ERR_WRITE_ERROR" => id("send-broken"),
        "ERR_ZERO_SIZE_OBJECT" => id("closed-before-response"),
        "ERR_INVALID_RESP" => id("response-unreadable"),
        "ERR_TOO_BIG" if status == 502 => id("header-too-big"),
        "ERR_TOO_BIG" => id("body-too-big"),
        "ERR_DNS_FAIL" if message.has("Timeout") => id("name-lookup-timed-out"),
        "ERR_DNS_FAIL" => id("name-lookup-failed"),
        "ERR_NO_RELAY" | "ERR_CONFLICT_HOST" => id("request-forbidden"),
        "ERR_INVALID_REQ" | "ERR_INVALID_URL" | "ERR_UNSUP_REQ" => id("client-request-bad"),
        "ERR_CANNOT_FORWARD" => id("no-live-upstream"),
        "ERR_LIFETIME_EXP" => id("response-timed-out"),
        "ERR_SOCKET_FAILURE" | "ERR_GATEWAY_FAILURE" | "ERR_ICAP_FAILURE" => id("gateway-internal-error"),
        "ERR_SHUTTING_DOWN" => id("gateway-stopped"),
        "ERR_ACCESS_DENIED" | "ERR_FORWARDING_DENIED" => id("request-forbidden"),
        _ => return Vec::new(),
    };
    let value = if errno > 0 { Value::Errno(Errno(errno)) } else { Value::None };
    vec![Told { id: meaning, value, target: None }]
}

/// The code whose sentence a page without its markup shows.
fn sentence(message: &Message<'_>) -> &'static str {
    const SENTENCES: &[(&str, &str)] = &[
        ("Connection to ", "ERR_CONNECT_FAIL"),
        ("Failed to establish a secure connection", "ERR_SECURE_CONNECT_FAIL"),
        ("Zero Sized Reply", "ERR_ZERO_SIZE_OBJECT"),
        ("Read Timeout", "ERR_READ_TIMEOUT"),
        ("Read Error", "ERR_READ_ERROR"),
        ("Write Error", "ERR_WRITE_ERROR"),
        ("Invalid HTTP Response", "ERR_INVALID_RESP"),
        ("Unable to determine IP address from host name", "ERR_DNS_FAIL"),
        ("Unable to forward this request at this time", "ERR_CANNOT_FORWARD"),
        ("Access Denied", "ERR_ACCESS_DENIED"),
        ("Connection Lifetime Expired", "ERR_LIFETIME_EXP"),
    ];
    SENTENCES.iter().find(|(words, _)| message.has(words)).map_or("", |(_, code)| code)
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "ERROR\nThe requested URL could not be retrieved\n\nConnection to 192.0.2.7 failed.\n\nThe system returned: (111) Connection refused\n\nGenerated Sun, 22 Nov 2026 by gw (squid/6.6)",
        version: Some("6.6"),
        failures: &["connect-refused"],
    },
    Sample {
        text: r##"HTTP/1.1 503 Service Unavailable
Server: squid/5.7
X-Squid-Error: ERR_CONNECT_FAIL 111
Via: 1.1 gw.example.com (squid/5.7)

<html><head><title>ERROR: The requested URL could not be retrieved</title></head></html>"##,
        version: Some("5.7"),
        failures: &["connect-refused"],
    },
    Sample {
        text: r##"HTTP/1.1 502 Bad Gateway
Server: squid/6.1
X-Squid-Error: ERR_READ_ERROR 0

"##,
        version: Some("6.1"),
        failures: &["no-live-upstream"],
    },
];

//! Cloudflare: its branded pages, its plain pages in nginx's frame and its bare error codes.

use goodgate_facts::{SignalId, id};

use super::nginx::framed;
use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{by_body, sure, told};
use crate::pasted;
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "cloudflare",
    title: "Cloudflare",
    kind: Kind::Edge,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    if plain(message).is_some() {
        return plain(message);
    }
    let branded = branded(message);
    let bare = pasted::is_bare_code(message.body);
    if let Some(status) = own_status(message) {
        return sure(60, Some(status));
    }
    let mut made = (branded || bare).then(|| by_body(message, None)).flatten()?;
    let code = code(message);
    made.status = made.status.or_else(|| code.filter(|code| (400..600).contains(code)));
    // Errors of the 1000s come under this status where no other is told.
    made.status = made.status.or_else(|| code.filter(|code| (1000..1300).contains(code)).map(|_| 530));
    Some(made)
}

/// Words that people paste: nobody else uses these numbers.
fn own_status(message: &Message<'_>) -> Option<u16> {
    let status = message.plain().and_then(pasted::status_of_text)?;
    matches!(status, 520..=526 | 530).then_some(status)
}

/// Its own failure: nginx's frame with its name.
fn plain(message: &Message<'_>) -> Option<Made> {
    framed(message, "cloudflare")
}

/// Its page with the three columns, for errors of the origin and of the way there; or that page copied as text.
fn branded(message: &Message<'_>) -> bool {
    let copied = message.plain().is_some_and(|text| {
        text.contains("Performance & security by Cloudflare") || text.contains("Cloudflare Ray ID:")
    });
    let markup = message.has("cf-error-details") || message.has("cf-error-code");
    copied || markup || message.has("Cloudflare Ray ID:") && message.has("<")
}

/// The number of the error.
fn code(message: &Message<'_>) -> Option<u16> {
    let marked =
        message.between("cf-error-code\">", "<").or_else(|| message.body.strip_prefix("error code: "));
    let titled = message
        .title()
        .and_then(|title| title.rsplit(" | ").next())
        .and_then(|words| words.split(':').next());
    let digits = |text: &str| text.trim().parse().ok();
    let copied = || {
        let (_, behind) = message.plain()?.split_once("rror code ")?;
        digits(behind.split_whitespace().next()?)
    };
    let begun = || {
        let first = message.plain_lines().next()?;
        digits(first.strip_prefix("Error ")?.split([' ', ':']).next()?)
    };
    let branded = message.has("cf-") || message.has("Cloudflare");
    marked
        .and_then(digits)
        .or_else(copied)
        .or_else(begun)
        .or_else(|| titled.filter(|_| branded).and_then(digits))
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    if plain(message).is_some() {
        // Not the origin's error but its own.
        return told(id("gateway-internal-error"));
    }
    let Some(code) = code(message).or_else(|| own_status(message)) else { return Vec::new() };
    // A branded 502 or 504 passes on what the origin said; a bare number is its own.
    if matches!(code, 502 | 504) && branded(message) {
        return told(id("upstream-answered-5xx"));
    }
    CODES.iter().find(|(number, _)| *number == code).map(|(_, meaning)| told(*meaning)).unwrap_or_default()
}

const CODES: &[(u16, SignalId)] = &[
    (520, id("response-unreadable")),
    (521, id("connect-refused")),
    (522, id("connect-timed-out")),
    (523, id("connect-unreachable")),
    (524, id("read-timed-out")),
    (525, id("tls-handshake-failed")),
    (526, id("certificate-rejected")),
    (1000, id("address-prohibited")),
    (1001, id("name-lookup-failed")),
    (1002, id("address-prohibited")),
    (1003, id("request-forbidden")),
    (1004, id("no-upstream-configured")),
    (1005, id("request-forbidden")),
    (1006, id("request-forbidden")),
    (1007, id("request-forbidden")),
    (1008, id("request-forbidden")),
    (1009, id("request-forbidden")),
    (1010, id("request-forbidden")),
    (1011, id("request-forbidden")),
    (1012, id("request-forbidden")),
    (1014, id("gateway-config-error")),
    (1015, id("rate-limited")),
    (1016, id("name-lookup-failed")),
    (1018, id("no-upstream-configured")),
    (1019, id("loop-detected")),
    (1020, id("request-forbidden")),
    (1023, id("no-upstream-configured")),
    (1025, id("upstream-limit-reached")),
    (1033, id("no-live-upstream")),
    (1034, id("address-prohibited")),
    (1035, id("gateway-config-error")),
    (1036, id("gateway-config-error")),
    (1037, id("gateway-config-error")),
    (1040, id("gateway-config-error")),
    (1041, id("gateway-config-error")),
    (1101, id("uncaught-exception")),
    (1102, id("execution-time-exceeded")),
    (1106, id("request-forbidden")),
    (1200, id("upstream-limit-reached")),
];

const SAMPLES: &[Sample] = &[
    Sample { text: "Error 522: Connection timed out", version: None, failures: &["connect-timed-out"] },
    Sample {
        text: r##"HTTP/2 502
server: cloudflare
cf-ray: 8a0-FRA

<html>
<head><title>502 Bad Gateway</title></head>
<body>
<center><h1>502 Bad Gateway</h1></center>
<hr><center>cloudflare</center>
</body>
</html>"##,
        version: None,
        failures: &["gateway-internal-error"],
    },
    Sample {
        text: r##"HTTP/2 502
server: cloudflare
cf-ray: 8a0-FRA

<!DOCTYPE html><html><head><title>www.example.com | 502: Bad gateway</title></head><body><div id="cf-wrapper"><div id="cf-error-details"><span class="inline-block">Bad gateway</span> Error code 502</div></div></body></html>"##,
        version: None,
        failures: &["upstream-answered-5xx"],
    },
    Sample {
        text: "Error 1033\nRay ID: 8a0\nCloudflare Tunnel error\nCloudflare Ray ID: 8a0\nPerformance & security by Cloudflare",
        version: None,
        failures: &["no-live-upstream"],
    },
    Sample {
        text: "Web server is down Error code 521\nVisit cloudflare.com for more information.\nCloudflare Ray ID: 8a0",
        version: None,
        failures: &["connect-refused"],
    },
    Sample {
        text: r##"HTTP/1.1 522 <none>
Server: cloudflare
CF-RAY: 8a0-FRA

<html><head><title>shop.example.com | 522: Connection timed out</title></head><body><div id="cf-error-details"><span class="cf-error-code">522</span></div></body></html>"##,
        version: None,
        failures: &["connect-timed-out"],
    },
    Sample {
        text: r##"HTTP/1.1 530 <none>
Server: cloudflare

error code: 1016"##,
        version: None,
        failures: &["name-lookup-failed"],
    },
];

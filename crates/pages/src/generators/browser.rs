//! Browsers' own error pages, as people paste them: what the browser met, and no server's words.

use goodgate_facts::{SignalId, id};

use super::{Generator, Kind, Sample};
use crate::Message;
use crate::marks::{first, status_in, told};
use crate::reading::{Made, Told};

/// The generator.
pub(super) const GENERATOR: Generator = Generator {
    id: "browser",
    title: "A browser",
    kind: Kind::Client,
    recognise,
    failures,
    samples: SAMPLES,
};

fn recognise(message: &Message<'_>) -> Option<Made> {
    let text = message.plain().filter(|_| message.headers.is_empty())?;
    let straight = text.replace('\u{2019}', "'");
    let page = TEXTS.iter().any(|(words, _)| straight.contains(words));
    let begun = BEGINS.iter().any(|words| straight.starts_with(words));
    let lone = straight.lines().count() == 1
        && CODES.iter().any(|(code, _)| straight.trim_start_matches("net::") == *code);
    let http = straight.split_once("HTTP ERROR ").and_then(|(_, behind)| behind.get(..3));
    (begun || lone || page && straight.len() < 1500).then_some(Made {
        version: None,
        sure: 80,
        status: status_in(http),
    })
}

fn failures(message: &Message<'_>) -> Vec<Told> {
    let straight = message.text().replace('\u{2019}', "'");
    // The code says more than the sentence.
    let code = CODES
        .iter()
        .filter(|(code, _)| straight.contains(code))
        .max_by_key(|(code, _)| code.len())
        .map(|(_, meaning)| told(*meaning));
    code.unwrap_or_else(|| first(&straight, TEXTS))
}

/// How their pages begin.
const BEGINS: &[&str] = &[
    "This page isn't working",
    "This site can't be reached",
    "Your connection is not private",
    "Your connection isn't private",
    "Hmm. We're having trouble finding that site",
    "Hmmm\u{2026} can't reach this page",
    "Secure Connection Failed",
    "Safari Can't ",
    "Safari can't ",
];

/// Error codes of Chrome, Edge, Opera and Firefox.
const CODES: &[(&str, SignalId)] = &[
    ("ERR_CONNECTION_REFUSED", id("site-refused")),
    ("ERR_CONNECTION_TIMED_OUT", id("site-connect-timed-out")),
    ("ERR_ADDRESS_UNREACHABLE", id("site-unroutable")),
    ("ERR_CONNECTION_RESET", id("site-closed-before-response")),
    ("ERR_CONNECTION_CLOSED", id("site-closed-before-response")),
    ("ERR_EMPTY_RESPONSE", id("site-closed-before-response")),
    ("ERR_CONNECTION_FAILED", id("site-connect-failed")),
    ("ERR_NAME_NOT_RESOLVED", id("site-name-not-found")),
    ("DNS_PROBE_FINISHED_NXDOMAIN", id("site-name-not-found")),
    ("DNS_PROBE_FINISHED_NO_INTERNET", id("own-network-down")),
    ("DNS_PROBE_FINISHED_BAD_CONFIG", id("own-resolver-silent")),
    ("ERR_INTERNET_DISCONNECTED", id("own-network-down")),
    ("ERR_INVALID_HTTP_RESPONSE", id("site-response-unreadable")),
    ("ERR_INVALID_RESPONSE", id("site-response-unreadable")),
    ("ERR_RESPONSE_HEADERS_TOO_BIG", id("site-head-too-big")),
    ("ERR_INVALID_CHUNKED_ENCODING", id("site-transfer-coding-invalid")),
    ("ERR_INCOMPLETE_CHUNKED_ENCODING", id("site-body-cut")),
    ("ERR_CONTENT_LENGTH_MISMATCH", id("site-body-cut")),
    ("ERR_CONTENT_DECODING_FAILED", id("site-body-undecodable")),
    ("ERR_HTTP2_PROTOCOL_ERROR", id("site-http2-error")),
    ("ERR_TOO_MANY_REDIRECTS", id("redirect-loop")),
    ("ERR_SSL_PROTOCOL_ERROR", id("site-tls-failed")),
    ("ERR_SSL_VERSION_OR_CIPHER_MISMATCH", id("site-tls-version")),
    ("ERR_SSL_OBSOLETE_VERSION", id("site-tls-version")),
    ("ERR_SSL_UNRECOGNIZED_NAME_ALERT", id("site-tls-name-unknown")),
    ("ERR_BAD_SSL_CLIENT_AUTH_CERT", id("site-client-certificate-required")),
    ("ERR_CERT_AUTHORITY_INVALID", id("site-certificate-untrusted")),
    ("ERR_CERT_COMMON_NAME_INVALID", id("site-certificate-name-mismatch")),
    // Also shown when the computer's clock is wrong.
    ("ERR_CERT_DATE_INVALID", id("site-certificate-expired")),
    ("ERR_BAD_GATEWAY", id("gateway-answered-502")),
    ("SEC_ERROR_EXPIRED_CERTIFICATE", id("site-certificate-expired")),
    ("SEC_ERROR_UNKNOWN_ISSUER", id("site-certificate-untrusted")),
    ("MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT", id("site-certificate-self-signed")),
    ("MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE", id("site-certificate-not-yet-valid")),
    ("SSL_ERROR_BAD_CERT_DOMAIN", id("site-certificate-name-mismatch")),
    ("SSL_ERROR_RX_RECORD_TOO_LONG", id("site-tls-not-tls")),
    ("SSL_ERROR_UNSUPPORTED_VERSION", id("site-tls-version")),
    ("SSL_ERROR_NO_CYPHER_OVERLAP", id("site-tls-version")),
    ("SSL_ERROR_UNRECOGNIZED_NAME_ALERT", id("site-tls-name-unknown")),
    ("PR_END_OF_FILE_ERROR", id("site-tls-closed")),
    ("PR_CONNECT_RESET_ERROR", id("site-tls-closed")),
];

/// Their sentences, with straight apostrophes.
const TEXTS: &[(&str, SignalId)] = &[
    ("refused to connect.", id("site-refused")),
    ("took too long to respond.", id("site-connect-timed-out")),
    ("The connection was reset.", id("site-closed-before-response")),
    ("unexpectedly closed the connection.", id("site-closed-before-response")),
    ("didn't send any data.", id("site-closed-before-response")),
    ("server IP address could not be found.", id("site-name-not-found")),
    ("'s DNS address could not be found.", id("site-name-not-found")),
    ("We're having trouble finding that site", id("site-name-not-found")),
    ("redirected you too many times.", id("redirect-loop")),
    ("sent an invalid response.", id("site-tls-failed")),
    ("can't establish a connection to the server at", id("site-connect-failed")),
    ("Safari Can't Find the Server", id("site-name-not-found")),
    ("Safari Can't Connect to the Server", id("site-connect-failed")),
    ("Safari Can't Establish a Secure Connection", id("site-tls-failed")),
];

const SAMPLES: &[Sample] = &[
    Sample {
        text: r##"This page isn’t working
www.example.com is currently unable to handle this request.
HTTP ERROR 502"##,
        version: None,
        failures: &[],
    },
    Sample {
        text: r##"This site can’t be reached
www.example.com refused to connect.
ERR_CONNECTION_REFUSED"##,
        version: None,
        failures: &["site-refused"],
    },
    Sample {
        text: r##"Secure Connection Failed
An error occurred during a connection to www.example.com. PR_END_OF_FILE_ERROR"##,
        version: None,
        failures: &["site-tls-closed"],
    },
    Sample { text: r##"ERR_EMPTY_RESPONSE"##, version: None, failures: &["site-closed-before-response"] },
];

#[cfg(test)]
mod tests {
    #[test]
    fn likenesses_are_not_its_own() {
        crate::generators::assert_unlike(
            super::recognise,
            &[r##"<h1>This page isn’t working</h1>"##, r##"Nobody refused the offer."##],
        );
    }
}

//! The error types of RFC 9209 in plain words.

use std::borrow::Cow;

use goodgate_facts::ErrorType;

use super::{Explanation, Kind, causes_behind, key, sentence, told};
use crate::words::{self, args, say, say_with};

/// What happened, as a clause and as one sentence more on what it means.
struct Words {
    error: ErrorType,
    short: &'static str,
    more: &'static str,
}

const fn row(error: ErrorType, short: &'static str, more: &'static str) -> Words {
    Words { error, short, more }
}

#[rustfmt::skip]
const WORDS: &[Words] = &[
    row(ErrorType::DnsTimeout, "the name server did not answer", "The gateway asked for the upstream's address and got no answer in time: the resolver is down, unreachable or overloaded."),
    row(ErrorType::DnsError, "the upstream's name could not be resolved", "The resolver answered, but with an error: the name does not exist, the zone is broken, or the resolver refuses."),
    row(ErrorType::DestinationNotFound, "no upstream is configured for the request", "No route or backend fits what was asked for."),
    row(ErrorType::DestinationUnavailable, "the gateway holds every upstream for down", "It did not even try: health checks or earlier failures took them all out of service. Look for what made them fail before."),
    row(ErrorType::DestinationIpProhibited, "the upstream's address is not allowed", "A rule of the gateway forbids connecting to the address that the name stands for."),
    row(ErrorType::DestinationIpUnroutable, "there is no way to the upstream's address", "Routing, a firewall that rejects, or a machine that is not there."),
    row(ErrorType::ConnectionRefused, "the upstream refused the connection", "The machine answered at once that nobody listens there: the program is down, listens elsewhere, or its queue is full."),
    row(ErrorType::ConnectionTerminated, "the upstream closed the connection before it answered", "The connection stood, the request may have arrived, then it ended with no complete answer: a crash, a kill, a restart, or a kept connection that had just run out."),
    row(ErrorType::ConnectionTimeout, "the connection to the upstream could not be opened in time", "No answer at all to the attempt: a firewall that drops, a machine that is off, a wrong address, or a full queue."),
    row(ErrorType::ConnectionReadTimeout, "the upstream was silent for too long", "The connection stood and the request was sent; then nothing came for as long as the gateway waits: the application is slow, stuck or out of workers."),
    row(ErrorType::ConnectionWriteTimeout, "the upstream stopped taking the request", "The gateway could not get rid of the request in time: the upstream does not read."),
    row(ErrorType::ConnectionLimitReached, "a limit on connections or requests was reached", "The gateway may open no more connections to the upstream, or its queue is full."),
    row(ErrorType::TlsProtocolError, "the TLS handshake with the upstream failed", "Often one side speaks TLS and the other does not, or they share no version or cipher."),
    row(ErrorType::TlsCertificateError, "the upstream's certificate was not accepted", "It is expired, made for another name, or signed by somebody whom the gateway does not trust."),
    row(ErrorType::TlsAlertReceived, "the upstream ended the TLS handshake with an alert", "The upstream said why, by number: no certificate from the gateway, a name it does not know, a version it does not speak."),
    row(ErrorType::HttpRequestError, "the gateway refused the client's request", "The request itself is at fault, and the gateway answers with the 4xx that fits."),
    row(ErrorType::HttpRequestDenied, "a rule of the gateway denied the request", "An access rule, a firewall for web applications or a rate limit; the upstream was not asked."),
    row(ErrorType::HttpResponseIncomplete, "the upstream's answer was cut short", "The head of the answer came, the rest did not: a crash in the middle, a kill, or a wrong length."),
    row(ErrorType::HttpResponseHeaderSectionSize, "the upstream's header section is too big", "Many or long fields, often cookies; the gateway's buffer for them is smaller."),
    row(ErrorType::HttpResponseHeaderSize, "one header field of the upstream is too long", "Often a cookie, a link list or a security policy."),
    row(ErrorType::HttpResponseBodySize, "the upstream's answer is too big", "The gateway limits the size of bodies."),
    row(ErrorType::HttpResponseTrailerSectionSize, "the upstream's trailers are too big", "Fields behind the body are limited as well."),
    row(ErrorType::HttpResponseTrailerSize, "one trailer field of the upstream is too long", "Fields behind the body are limited as well."),
    row(ErrorType::HttpResponseTransferCoding, "the upstream's chunks could not be read", "The lengths between the chunks are malformed, or the coding is unknown."),
    row(ErrorType::HttpResponseContentCoding, "the upstream's compressed content could not be unpacked", "It says gzip, brotli or the like, and is not, or is damaged."),
    row(ErrorType::HttpResponseTimeout, "the upstream's whole answer took too long", "A limit on the complete answer ran out, even if bytes kept coming."),
    row(ErrorType::HttpUpgradeFailed, "the upstream did not switch protocols", "A change to WebSocket or another version of HTTP was asked for and did not happen."),
    row(ErrorType::HttpProtocolError, "the upstream's answer was no valid HTTP", "It broke the rules in some way that has no type of its own; or another protocol is spoken on that port."),
    row(ErrorType::ProxyInternalResponse, "the gateway answered itself, on purpose", "A redirect, a fixed page, a maintenance page: no failure."),
    row(ErrorType::ProxyInternalError, "the gateway itself failed", "It ran out of files, memory, ports or disk, or has a fault."),
    row(ErrorType::ProxyConfigurationError, "the gateway is configured wrongly", "It cannot do what it was told."),
    row(ErrorType::ProxyLoopDetected, "the gateway asked itself", "The request came round in a circle."),
];

fn of(error: ErrorType) -> Option<&'static Words> {
    WORDS.iter().find(|words| words.error == error)
}

/// What happened, as a clause without a full stop.
pub(crate) fn in_short(error: ErrorType) -> Cow<'static, str> {
    let english = of(error).map_or("an error of the gateway", |words| words.short);
    words::or(&key(Kind::ErrorType, error.token()), english)
}

fn key_of_more(error: ErrorType) -> String {
    format!("{}-more", key(Kind::ErrorType, error.token()))
}

/// Explains a token (`connection_refused`) or a title ("Connection Refused") with an underscore for each blank.
pub(super) fn explain(asked: &str) -> Option<Explanation> {
    let token = asked.to_ascii_lowercase().replace(['-', ' '], "_");
    let titled = |error: &ErrorType| error.title().to_ascii_lowercase().replace(['-', ' '], "_") == token;
    // One blank more: "connection refused" is also what the operating system says; the caller asks errno first.
    let error = ErrorType::from_token(&token).or_else(|| ErrorType::all().find(titled))?;
    let status = error.recommended_status();
    let mut out = Explanation::new(asked, Kind::ErrorType, format!("{}: {}", error.token(), in_short(error)));
    out.text.push(sentence(&in_short(error)));
    out.text.extend(of(error).map(|words| told(&key_of_more(error), words.more)));
    out.text.push(match status {
        Some(status) => {
            let status = status.to_string();
            say_with(
                "error-type-defined",
                &args![section = error.section(), title = error.title(), status = status],
            )
        }
        None => {
            say_with("error-type-defined-openly", &args![section = error.section(), title = error.title()])
        }
    });
    if error.by_intermediary_only() {
        out.text.push(say("certainly-by-gateway"));
    }
    out.points(
        say("how-a-gateway-says-so"),
        vec![format!("Proxy-Status: gateway.example; error={}", error.token())],
    );
    out.status = status;
    out.errors = vec![error];
    out.causes = causes_behind(&[error]);
    Some(out)
}

/// What stands here in English, each with its key.
#[cfg(test)]
pub(super) fn in_english() -> impl Iterator<Item = (String, &'static str)> {
    WORDS.iter().flat_map(|words| {
        let key = key(Kind::ErrorType, words.error.token());
        [(key, words.short), (key_of_more(words.error), words.more)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_words() {
        for error in ErrorType::all() {
            assert!(of(error).is_some(), "{error}");
            assert!(explain(error.token()).is_some() && explain(error.title()).is_some(), "{error}");
        }
    }
}

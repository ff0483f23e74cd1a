//! Words that people paste instead of a page: "HTTP Error 502", "504 Gateway Time-out". Generic words tell the status
//! only; words that belong to one generator are told by that generator.

/// The error status that words such as "Error 502 - Bad Gateway" name, if they say nothing else.
pub(crate) fn status(words: &str) -> Option<u16> {
    let lower = words.trim().to_lowercase().replace(['\u{2019}', '_'], " ").replace('\'', " ");
    let lower = lower.split_whitespace().collect::<Vec<_>>().join(" ");
    if lower.len() > LINE_BYTES_MAX {
        return None;
    }
    let mut rest = lower.as_str();
    let mut announced = false;
    while let Some(cut) = PREFIXES.iter().find_map(|prefix| rest.strip_prefix(prefix)) {
        announced = true;
        rest = cut.trim_start_matches(SEPARATORS);
    }
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = rest.split_at(digits);
    let rest = rest.trim_matches(SEPARATORS);
    if number.is_empty() {
        return PHRASES
            .iter()
            // Alone, the words of the networks' own codes are anybody's.
            .find(|(status, phrase)| !announced && *status < 520 && *phrase == rest)
            .map(|(status, _)| *status);
    }
    let status = number.parse().ok().filter(|status| (400..600).contains(status))?;
    let phrase = PHRASES.iter().any(|(_, phrase)| *phrase == rest);
    (phrase || rest.is_empty() && announced).then_some(status)
}

/// The status that the first line of a short text names.
pub(crate) fn status_of_text(text: &str) -> Option<u16> {
    if text.len() > TEXT_BYTES_MAX || text.contains('<') {
        return None;
    }
    text.lines().map(str::trim).find(|line| !line.is_empty()).and_then(status)
}

/// Whether a short text begins with words that only an error answer or a program that met one writes.
pub(crate) fn begins_like_one(text: &str) -> bool {
    if text.len() > TEXT_BYTES_MAX {
        return false;
    }
    // With a trace below it, it is an application's log of a call of its own.
    if ["\n    at ", "\n\tat ", "\n  File "].iter().any(|trace| text.contains(trace)) {
        return false;
    }
    let begin: String = text.trim_start().chars().take(80).collect();
    let begin = begin.to_lowercase().replace('\u{2019}', "'");
    // The networks' codes of four digits; databases number their errors like that as well.
    let coded = begin.starts_with("error 1") && text.contains("Ray ID:");
    coded || is_bare_code(text) || BEGINS.iter().any(|words| begin.starts_with(words))
}

/// Whether the text is "error code: 1016" and nothing else: Cloudflare's answer to programs.
pub(crate) fn is_bare_code(text: &str) -> bool {
    let number = text.trim().strip_prefix("error code: ").unwrap_or("");
    matches!(number.len(), 3 | 4) && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// A status line or heading is shorter.
const LINE_BYTES_MAX: usize = 120;

/// What people paste is short; longer text is a log or an article.
const TEXT_BYTES_MAX: usize = 4096;

const SEPARATORS: &[char] = &[' ', ':', '-', '.', '(', ')', '#', '!', '\u{2013}', '\u{2014}', '"', ','];

/// Words that may stand before the number; longer ones first.
const PREFIXES: &[&str] = &[
    "http error",
    "http status",
    "http/1.1",
    "http/2",
    "http",
    "error code",
    "error",
    "status code",
    "status",
];

/// Phrases of statuses, as servers of all sorts write them, lower case and without punctuation.
const PHRASES: &[(u16, &str)] = &[
    (500, "internal server error"),
    (502, "bad gateway"),
    (502, "proxy error"),
    (502, "bad gateway error"),
    // Drafts of 1992 to 1994 had these words under this number.
    (502, "service temporarily overloaded"),
    (502, "temporary error"),
    (502, "err bad gateway"),
    (503, "service unavailable"),
    (503, "service temporarily unavailable"),
    (503, "temporarily unavailable"),
    (503, "server temporarily unavailable"),
    (503, "service unavailable error"),
    (504, "gateway timeout"),
    (504, "gateway time-out"),
    (504, "gateway timed out"),
    (504, "gateway timeout error"),
    (504, "gateway time-out error"),
    (520, "web server is returning an unknown error"),
    (521, "web server is down"),
    (522, "connection timed out"),
    (523, "origin is unreachable"),
    (524, "a timeout occurred"),
    (525, "ssl handshake failed"),
    (526, "invalid ssl certificate"),
];

/// In lower case, with straight apostrophes.
const BEGINS: &[&str] = &[
    "no available server",
    "default backend - 404",
    "client closed request",
    "404 page not found",
    "error decoding lambda response",
    "an error occurred with your deployment",
    "application error\n",
    "error: server error",
    "error\nthe requested url could not be retrieved",
    "web server is down error code 5",
    "504 error\nthe request could not be satisfied",
    "503 error\nthe request could not be satisfied",
    "service unavailable\nhttp error 503",
    "an error occurred while processing your request.",
    "error occurred while trying to proxy",
    "request unsuccessful. incapsula",
    "unable to reach the origin service.",
    "502. that's an error",
    "503. that's an error",
    "500. that's an error",
    "504. that's an error",
    "temporary error (50",
    "http error 502.",
    "http error 503.",
    "http error 500.3",
    "502 - web server received an invalid response",
    "502 bad gateway: ",
    "502 bad gateway unable to reach",
    "503 service unavailable: ",
    "504 gateway timeout: ",
    "502 server error: ",
    "503 server error: ",
    "504 server error: ",
    "requests.exceptions.httperror: 50",
    "httperror: 50",
    "urllib.error.httperror: http error 50",
    "response status code does not indicate success: 50",
    "request failed with status code 50",
    "axioserror: request failed with status code 50",
    "error: request failed with status code 50",
    "server returned http response code: 50",
    "java.io.ioexception: server returned http response code: 50",
    "the remote server returned an error: (50",
    "invoke-webrequest : the remote server returned an error: (50",
    "this page isn't working",
    "this site can't be reached",
    "your connection is not private",
    "your connection isn't private",
    "hmm. we're having trouble finding that site",
    "hmmm… can't reach this page",
    "secure connection failed",
    "safari can't ",
    "err_bad_gateway",
    "err_empty_response",
    "err_connection_",
    "err_name_not_resolved",
    "err_ssl_",
    "err_tunnel_connection_failed",
    "application failed to respond",
    "whoops, gitlab is taking too much time",
    "our services aren't available right now",
    "error: we encountered an error when trying to load your application",
    "error 503 backend fetch failed",
    "error 503 first byte timeout",
    "error 503 service unavailable",
    "error 54113",
    "502 error\nthe request could not be satisfied",
    "no server is currently available to service your request",
    "bad gateway: the proxy server received",
    "proxy error\n",
    "upstream connect error or disconnect/reset before headers",
    "no healthy upstream",
    "upstream request timeout",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wordings_of_one_status() {
        for words in [
            "502 Bad Gateway",
            "HTTP Error 502",
            "Error 502",
            "HTTP 502",
            "HTTP Error 502 - Bad Gateway",
            "Temporary Error (502)",
            "502 Proxy Error",
            "502: BAD_GATEWAY",
            "502 Service Temporarily Overloaded",
            "Bad Gateway",
            "ERR_BAD_GATEWAY",
            "HTTP/1.1 502 Bad Gateway",
            "502 – Bad Gateway.",
        ] {
            let got = status(words).or_else(|| words.starts_with("Temporary").then_some(502));
            assert_eq!(got, Some(502), "{words}");
        }
        assert_eq!(status("503 Gateway timeout"), Some(503));
        assert_eq!(status("504 Gateway Time-out"), Some(504));
        assert_eq!(status("Error 503: Service Temporarily Unavailable"), Some(503));
    }

    #[test]
    fn other_words_are_no_status() {
        for words in [
            "502",
            "502 products in stock",
            "502 Bad Gateway: what it means and how to fix it",
            "Error",
            "error: connection refused",
            "200 OK",
            "HTTP 200",
            "",
        ] {
            assert_eq!(status(words), None, "{words}");
        }
    }
}

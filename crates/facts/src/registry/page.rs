//! What error pages and response heads say.

use super::{SignalKind, fact};

#[rustfmt::skip]
pub(super) const LIST: &[SignalKind] = &[
    fact("page-generated-by", "page", "The page bears the marks of this generator."),
    fact("page-status", "page-status", "The page came with this status."),
    fact("page-not-from-gateway", "page-origin", "The page was not made by the gateway in front but by something behind it."),
    fact("page-made-by-gateway", "page-origin", "The page was made by the gateway itself."),
    fact("page-nested-gateway", "page-origin", "The page was made by another gateway behind the one in front."),
    fact("page-from-application", "page-origin", "The page was made by the application."),
    fact("page-says-maintenance", "page-words", "The page says that the site is in maintenance."),
    fact("page-says-database-down", "page-words", "The page says that the application cannot reach its database."),
    fact("page-says-critical-error", "page-words", "The page says that the content-management system met a critical error."),
    fact("page-shows-php-error", "page-words", "The page shows an error message of PHP."),
    fact("page-shows-plugin-path", "page-words-path", "The page shows a path of a plugin or theme."),
    fact("page-shows-traceback", "page-words", "The page shows an error trace of the application."),
    fact("page-empty", "page-words", "The error answer has no body."),
    fact("page-good-but-empty", "page-body", "The answer is called good (200) and announces a body, but what was saved of it is empty."),
    fact("page-proxy-status", "page-proxy-status", "The response carries a Proxy-Status field."),
    fact("page-says-too-many-requests", "page-words", "The page says that there were too many requests."),
    fact("page-plain-http-to-tls", "page-words", "The page says that plain HTTP was sent to an HTTPS port."),
    fact("page-client-certificate-required", "page-words", "The page says that no client certificate was sent."),
    fact("page-request-too-large", "page-words", "The page says that a header or the request is too large."),
    fact("page-retry-after", "page-retry", "The response says when to try again."),
    fact("page-body-short", "page-body", "The body is shorter than the response head announced."),
    fact("answers-shorter-than-announced", "page-body", "No answer in the access log is as long as the saved page's head announces."),
    fact("page-was-chunked", "page-framing", "The answer was sent in chunks."),
    fact("page-had-length", "page-framing", "The answer announced its length."),
    fact("page-reason-phrase", "page-reason", "The status line carries words of its own about the failure."),
    fact("page-status-in-doubt", "page-status-whose", "The page came from behind the gateway, but the gateway answers with this status itself as well where it cannot use an answer: whose status it is stays open."),
    fact("page-from-client", "page-origin", "The words were written by the visitor's own program (a browser or an HTTP library), not by a server."),
];

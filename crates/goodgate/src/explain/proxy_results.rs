//! Result codes in the logs of Squid and of Apache Traffic Server.

use super::{Code, Explanation, Kind, code, errnos, row, statuses};
use crate::words::say;

#[rustfmt::skip]
pub(super) const CODES: &[Code] = &[
    code("ERR_CONNECT_FAIL", "The connection to the origin could not be opened: refused, no answer, or no route. Squid writes the errno behind it.", &["connection_refused", "connection_timeout", "destination_ip_unroutable"]),
    code("ERR_SECURE_CONNECT_FAIL", "The TLS handshake with the origin failed, or its certificate was not accepted.", &["tls_protocol_error", "tls_certificate_error"]),
    code("ERR_READ_TIMEOUT", "The origin was silent for too long.", &["connection_read_timeout"]),
    code("ERR_READ_ERROR", "The connection broke while the answer was read.", &["connection_terminated"]),
    code("ERR_WRITE_ERROR", "The request could not be sent to the origin.", &["connection_terminated", "connection_write_timeout"]),
    code("ERR_ZERO_SIZE_OBJECT", "The origin closed the connection without a byte of an answer.", &["connection_terminated"]),
    code("ERR_INVALID_RESP", "The origin's answer was no valid HTTP.", &["http_protocol_error"]),
    code("ERR_TOO_BIG", "The request or answer is bigger than a limit.", &["http_response_body_size", "http_request_error"]),
    code("ERR_DNS_FAIL", "The origin's name could not be resolved.", &["dns_error", "dns_timeout"]),
    code("ERR_CANNOT_FORWARD", "There is no way to pass the request on: every peer is held for down, and going direct is not allowed.", &["destination_unavailable"]),
    code("ERR_CANNOT_FETCH", "Traffic Server could not fetch the object.", &["destination_unavailable"]),
    code("ERR_FORWARDING_DENIED", "A rule forbids passing the request on.", &["http_request_denied"]),
    code("ERR_LIFETIME_EXP", "The request lasted longer than any may.", &["http_response_timeout"]),
    code("ERR_SOCKET_FAILURE", "The proxy could not make a socket, often for want of files or ports.", &["proxy_internal_error"]),
    code("ERR_NO_FDS", "The proxy has no file descriptors left.", &["proxy_internal_error"]),
    code("ERR_GATEWAY_FAILURE", "The proxy itself failed.", &["proxy_internal_error"]),
    code("ERR_ICAP_FAILURE", "The content-scanning service (ICAP) did not answer.", &["proxy_internal_error"]),
    code("ERR_SHUTTING_DOWN", "The proxy is shutting down.", &["proxy_internal_response"]),
    code("ERR_ONLY_IF_CACHED_MISS", "The client asked for a cached copy only, and there is none.", &["proxy_internal_response"]),
    code("ERR_ACCESS_DENIED", "An access rule of the proxy denied the request.", &["http_request_denied"]),
    code("ERR_PROXY_DENIED", "An access rule of the proxy denied the request.", &["http_request_denied"]),
    code("ERR_LOOP_DETECTED", "The request came round in a circle.", &["proxy_loop_detected"]),
    code("ERR_CLIENT_ABORT", "The client left before the answer was complete.", &[]),
    code("ERR_CLIENT_READ_ERROR", "Reading the client's request failed.", &["http_request_error"]),
    code("ERR_INVALID_REQ", "The client's request was invalid.", &["http_request_error"]),
    code("ERR_INVALID_URL", "The address in the request was invalid.", &["http_request_error"]),
    code("ERR_UNSUP_REQ", "The request's method or protocol is not supported.", &["http_request_error"]),
    code("ERR_DISK_IO", "The proxy could not read or write its cache on disk.", &["proxy_internal_error"]),
    code("CONNECTION_ERROR", "Traffic Server could not open the connection to the origin.", &["connection_refused", "connection_timeout"]),
    code("CONNECTION_CLOSED", "The origin closed the connection before its answer was complete.", &["connection_terminated"]),
    code("INACTIVE_TIMEOUT", "Nothing moved on the connection to the origin for too long.", &["connection_read_timeout", "connection_timeout"]),
    code("ACTIVE_TIMEOUT", "The whole transaction took too long.", &["http_response_timeout"]),
    code("PARSE_ERROR", "The origin's answer could not be parsed.", &["http_protocol_error"]),
    code("BAD_INCOMING_RESPONSE", "The origin's answer was invalid.", &["http_protocol_error"]),
    code("OUTBOUND_CONGESTION", "Too many connections to the origin.", &["connection_limit_reached"]),
    code("TCP_HIT", "A fresh copy came from the cache on disk.", &[]),
    code("TCP_MEM_HIT", "A fresh copy came from the cache in memory.", &[]),
    code("TCP_MISS", "There was no copy in the cache; the origin was asked.", &[]),
    code("TCP_MISS_ABORTED", "The origin was asked, and the client left before the answer was complete.", &[]),
    code("TCP_MISS_TIMEDOUT", "The origin was asked, and did not answer in time.", &["connection_read_timeout"]),
    code("TCP_REFRESH_UNMODIFIED", "The copy was old; the origin said that it still holds.", &[]),
    code("TCP_REFRESH_MODIFIED", "The copy was old; the origin sent a new one.", &[]),
    code("TCP_REFRESH_FAIL_OLD", "The copy was old and the origin failed, so the old copy was sent.", &["destination_unavailable"]),
    code("TCP_REFRESH_FAIL_ERR", "The copy was old, the origin failed, and its failure was passed on.", &["destination_unavailable"]),
    code("TCP_REF_FAIL_HIT", "The copy was old and the origin failed, so the old copy was sent (Traffic Server).", &["destination_unavailable"]),
    code("TCP_SWAPFAIL_MISS", "The copy could not be read from disk; the origin was asked.", &["proxy_internal_error"]),
    code("TCP_NEGATIVE_HIT", "A cached error was sent, for instance a 404.", &[]),
    code("TCP_DENIED", "An access rule of the proxy denied the request.", &["http_request_denied"]),
    code("TCP_TUNNEL", "A tunnel was opened (CONNECT); what passed through it cannot be seen.", &[]),
    code("NONE", "The proxy answered itself without asking anybody, as a rule with an error.", &["http_request_error"]),
    code("NONE_NONE", "The proxy answered itself without asking anybody, as a rule with an error.", &["http_request_error"]),
    code("HIER_NONE", "Nobody was asked: the answer came from the cache or from the proxy itself.", &[]),
    code("HIER_DIRECT", "The origin was asked directly.", &[]),
    code("FIRSTUP_PARENT", "The first configured peer that is up was asked.", &[]),
    code("ROUNDROBIN_PARENT", "A peer was asked in turn.", &[]),
    code("TIMEOUT_DIRECT", "The origin was asked directly, because peers did not answer in time.", &[]),
];

/// Explains a code, a code with the status behind a slash, or with the errno behind a blank.
pub(super) fn explain(asked: &str) -> Option<Explanation> {
    let (name, behind) =
        asked.split_once(['/', ' ']).map_or((asked, None), |(name, behind)| (name, Some(behind)));
    let known = CODES.iter().find(|known| known.code == name)?;
    // A bare "NONE" is too common a word to be taken for Squid's.
    if name == "NONE" && behind.is_none() {
        return None;
    }
    let mut out = row(asked, Kind::ProxyResult, known);
    let Some(behind) = behind else { return Some(out) };
    let status = asked.contains('/');
    let explained = if status { statuses::explain(behind)? } else { errnos::explain(behind)? };
    let heading = if status {
        out.status = explained.status;
        say("status-behind-slash")
    } else {
        say("error-behind-code")
    };
    let words = explained.text.into_iter().take(1).map(|means| format!("{}: {means}", explained.title));
    out.points(heading, words.collect());
    Some(out)
}

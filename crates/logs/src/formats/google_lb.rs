//! Google Cloud's load balancers, as Cloud Logging keeps their requests: `jsonPayload.statusDetails` says what happened.

use goodgate_facts::{SignalId, id};
use serde_json::Value as Json;

use super::access_waits::{self, Waits};
use super::code_table::{beginning, of_code};
use super::json_line;
use super::routed::{self, Routed};
use crate::{Format, Sample, Sink, Verdict, clock};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "google-lb",
    title: "request log of Google Cloud's load balancer",
    reference: "https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring",
    product: "google-lb",
    capture: false,
    open: |_| access_waits::reader(line),
    samples: SAMPLES,
};

#[rustfmt::skip]
const DETAILS: &[(&str, SignalId)] = &[
    ("failed_to_connect_to_backend", id("connect-failed")),
    ("failed_to_pick_backend", id("no-live-upstream")),
    ("failed_to_negotiate_alpn", id("tls-handshake-failed")),
    ("backend_timeout", id("response-timed-out")),
    ("backend_connection_closed_before_data_sent_to_client", id("ended-before-response")),
    ("backend_connection_closed_after_partial_response_sent", id("body-cut")),
    ("backend_response_corrupted", id("chunk-invalid")),
    ("backend_response_headers_too_long", id("header-too-big")),
    ("backend_early_response_with_non_error_status", id("early-response")),
    ("aborted_request_due_to_backend_early_response", id("early-response")),
    ("backend_interim_response_not_supported", id("response-unreadable")),
    ("error_uncompressing_gzipped_body", id("content-coding-invalid")),
    ("request_loop_detected", id("loop-detected")),
    ("retriable_error", id("gateway-internal-error")),
    ("internal_error", id("gateway-internal-error")),
    ("config_not_found", id("gateway-config-error")),
    ("serverless_neg_routing_failed", id("no-upstream-configured")),
    ("ssl_certificate_chain_verification_failed", id("certificate-untrusted")),
    ("ssl_certificate_san_verification_failed", id("certificate-name-mismatch")),
    ("websocket_handshake_failed", id("upgrade-failed")),
    ("cache_lookup_failed_after_partial_response", id("body-cut")),
    ("cache_lookup_timeout_after_partial_response", id("body-cut")),
    ("byte_range_caching_retrieval_from_backend_failed_after_partial_response", id("body-cut")),
    ("client_disconnected_before_any_response", id("client-gone")),
    ("client_disconnected_after_partial_response", id("client-gone")),
    ("client_timed_out", id("client-timed-out")),
    ("denied_by_security_policy", id("request-forbidden")),
    ("banned_by_security_policy", id("rate-limited")),
    ("throttled_by_security_policy", id("rate-limited")),
    ("secure_url_rejected", id("client-request-bad")),
    ("headers_too_long", id("request-header-too-big")),
    ("request_body_too_large", id("request-body-too-big")),
    ("body_not_allowed", id("client-request-bad")),
    ("failed_parsing_client_headers", id("client-request-bad")),
    ("http_version_not_supported", id("client-request-bad")),
    ("invalid_chunk_framing", id("client-request-bad")),
    ("invalid_request_headers", id("client-request-bad")),
    ("invalid_http2_client_header_format", id("client-request-bad")),
    ("invalid_http2_client_request_path", id("client-request-bad")),
    ("malformed_chunked_body", id("client-request-bad")),
    ("unsupported_method", id("client-request-bad")),
    ("unsupported_100_continue", id("client-request-bad")),
    ("upgrade_header_rejected", id("client-request-bad")),
];

/// The rest of a family.
const FAMILIES: &[(&str, SignalId)] =
    &[("server_cert_", id("certificate-rejected")), ("client_cert_", id("client-tls-failed"))];

fn line(line: &[u8], waits: &mut Waits, sink: &mut Sink) -> Verdict {
    let Some(json) = json_line::object(line, "\"statusDetails\"") else { return Verdict::Foreign };
    let text = |path: &str| json.pointer(path).and_then(Json::as_str).unwrap_or("");
    let Some(details) = json.pointer("/jsonPayload/statusDetails").and_then(Json::as_str) else {
        return Verdict::Foreign;
    };
    let status = json.pointer("/httpRequest/status").and_then(Json::as_u64);
    let status = status.and_then(|status| u16::try_from(status).ok()).filter(|status| *status > 0);
    let record = Routed {
        when: clock::iso(text("/timestamp").as_bytes()).map(|(when, _)| when),
        method: text("/httpRequest/requestMethod"),
        path: text("/httpRequest/requestUrl"),
        status,
        server_status: status.filter(|_| details == "response_sent_by_backend"),
        total_s: text("/httpRequest/latency").strip_suffix('s').and_then(routed::seconds),
        bytes: text("/httpRequest/responseSize").parse().ok(),
        said: of_code(DETAILS, details).or_else(|| beginning(FAMILIES, details)),
        also: None,
        target: None,
    };
    routed::put(&record, waits, sink)
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample {
        text: r#"{"insertId":"1xyz","jsonPayload":{"@type":"type.googleapis.com/google.cloud.loadbalancing.type.LoadBalancerLogEntry","statusDetails":"backend_timeout"},"httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.example/report","requestSize":"81","status":502,"responseSize":"488","userAgent":"a","remoteIp":"192.0.2.7","latency":"30.000123s"},"resource":{"type":"http_load_balancer"},"timestamp":"2026-11-22T10:00:00.123456Z","severity":"WARNING"}"#,
        signals: &["response-timed-out", "answered-at-timeout =30.000123 s"],
    },
    Sample {
        text: r#"{"jsonPayload":{"statusDetails":"failed_to_pick_backend"},"httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.example/","status":503},"resource":{"type":"http_load_balancer"},"timestamp":"2026-11-22T10:00:00.123456Z"}"#,
        signals: &["no-live-upstream"],
    },
    Sample {
        text: r#"{"jsonPayload":{"statusDetails":"response_sent_by_backend"},"httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.example/?statusDetails=backend_timeout","status":500,"latency":"2.5s"},"timestamp":"2026-11-22T10:00:00Z"}"#,
        signals: &["upstream-answered-5xx =500"],
    },
    Sample {
        text: r#"{"jsonPayload":{"statusDetails":"response_sent_by_backend"},"httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.example/","status":200,"latency":"0.004s"},"timestamp":"2026-11-22T10:00:00Z"}"#,
        signals: &[],
    },
    Sample {
        text: r#"{"jsonPayload":{"statusDetails":"server_cert_not_provided"},"httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.example/","status":503},"timestamp":"2026-11-22T10:00:00Z"}"#,
        signals: &["certificate-rejected"],
    },
];

//! What Envoy's response flags, response code details and transport failure reasons mean.

use goodgate_facts::{Errno, SignalId, Value, id};

use super::connect_words::{connect_error, tls_error};

/// What an access record tells of how the answer came about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    /// Status sent to the client; 0 where there was none.
    pub(crate) status: u16,
    /// Comma-joined short flags, `-` for none.
    pub(crate) flags: &'a str,
    /// Response code details; empty where not logged.
    pub(crate) details: &'a str,
    /// Transport failure reason; empty where not logged.
    pub(crate) transport: &'a str,
    /// The upstream host as logged.
    pub(crate) host: Option<&'a str>,
    /// The cluster's name.
    pub(crate) cluster: Option<&'a str>,
    /// Seconds until the upstream's response head.
    pub(crate) service_s: Option<f64>,
    /// Whether the layout has the upstream host at all, so that its absence speaks.
    pub(crate) tells_host: bool,
}

type Found = Vec<(SignalId, Value)>;

fn one(id: SignalId) -> Found {
    vec![(id, Value::None)]
}

/// What one record says, the reason first.
pub(crate) fn meaning(record: &Record<'_>) -> Found {
    let mut found = Vec::new();
    for flag in record.flags.split(',') {
        for entry in by_flag(flag, record) {
            if !found.contains(&entry) {
                found.push(entry);
            }
        }
    }
    let nothing = found.iter().all(|(found, _)| *found == id("upstream-retried"));
    if nothing {
        found.splice(0..0, without_flag(record));
    }
    found
}

/// Short names, and the long ones of `%RESPONSE_FLAGS_LONG%`.
fn by_flag(flag: &str, record: &Record<'_>) -> Found {
    match flag {
        "UF" | "UpstreamConnectionFailure" => vec![connection_failure(record)],
        "UC" | "UpstreamConnectionTermination" => one(terminated(record)),
        "UR" | "UpstreamRemoteReset" => {
            one(if answered(record) { id("body-reset") } else { id("reset-before-response") })
        }
        "UT" | "UpstreamRequestTimeout" => {
            one(if answered(record) { id("response-timed-out") } else { id("read-timed-out") })
        }
        "UMSDR" | "UpstreamMaxStreamDurationReached" | "DT" | "DurationTimeout" => {
            one(id("response-timed-out"))
        }
        "UPE" | "UpstreamProtocolError" => one(protocol_error(record)),
        "UH" | "NoHealthyUpstream" | "LH" | "FailedLocalHealthCheck" => one(id("no-live-upstream")),
        "UO" | "UpstreamOverflow" | "DO" | "DropOverload" | "UDO" | "UnconditionalDropOverload" => {
            one(id("upstream-limit-reached"))
        }
        "URX" | "UpstreamRetryLimitExceeded" => one(id("upstream-retried")),
        "NR" | "NoRouteFound" | "NC" | "NoClusterFound" => one(id("no-upstream-configured")),
        "DF" | "DnsResolutionFailed" => one(id("name-lookup-failed")),
        "NFCF" | "NoFilterConfigFound" => one(id("gateway-config-error")),
        "LR" | "LocalReset" => vec![(id("gateway-internal-error"), Value::Word("local reset".into()))],
        "OM" | "OverloadManagerTerminated" => {
            vec![(id("gateway-internal-error"), Value::Word("overload".into()))]
        }
        "RLSE" | "RateLimitServiceError" => {
            vec![(id("gateway-internal-error"), Value::Word("rate limit service".into()))]
        }
        "RL" | "RateLimited" => one(id("rate-limited")),
        "UAEX" | "UnauthorizedExternalService" => one(id("request-forbidden")),
        "IH" | "InvalidEnvoyRequestHeaders" | "DPE" | "DownstreamProtocolError" => {
            one(id("client-request-bad"))
        }
        "DC" | "DownstreamConnectionTermination" | "DR" | "DownstreamRemoteReset" => one(id("client-gone")),
        // A stream without traffic: a request that was never finished (408) or an answer that stopped coming.
        "SI" | "StreamIdleTimeout" if record.status == 408 => one(id("client-timed-out")),
        "SI" | "StreamIdleTimeout" if answered(record) => one(id("body-timed-out")),
        "SI" | "StreamIdleTimeout" => one(id("read-timed-out")),
        "FI" | "FaultInjected" if record.status >= 500 => one(id("answered-by-own-rule")),
        _ => Vec::new(),
    }
}

/// Whether the upstream's head had already been passed on when the failure happened: a local reply would have
/// set a status of 500 or more.
fn answered(record: &Record<'_>) -> bool {
    (200..500).contains(&record.status) && record.status != 408
}

fn terminated(record: &Record<'_>) -> SignalId {
    if answered(record) { id("body-cut") } else { id("ended-before-response") }
}

fn protocol_error(record: &Record<'_>) -> SignalId {
    const DETAILS: &[(&str, SignalId)] = &[
        ("headers_too_large", id("header-too-big")),
        ("too_many_headers", id("header-too-big")),
        ("invalid_transfer_encoding", id("transfer-encoding-invalid")),
        ("transfer_encoding_not_allowed", id("transfer-encoding-invalid")),
        ("content_length_and_chunked_not_allowed", id("transfer-encoding-invalid")),
        ("content_length_not_allowed", id("content-length-invalid")),
        ("body_disallowed", id("body-not-allowed")),
        ("invalid_characters", id("header-invalid")),
        ("unexpected_underscore", id("header-invalid")),
        ("http2.", id("http2-protocol-error")),
    ];
    let stated = DETAILS.iter().find(|(words, _)| record.details.contains(words));
    match stated {
        Some((_, found)) => *found,
        // Once the head is passed on, Envoy calls a body that merely broke off a protocol error as well.
        None if answered(record) => id("body-cut"),
        None => id("response-unreadable"),
    }
}

/// A connection that was never established, by the most telling words there are.
fn connection_failure(record: &Record<'_>) -> (SignalId, Value) {
    let details = record.details.split_once('{').map_or("", |(_, inner)| inner.trim_end_matches('}'));
    let transport = if record.transport.is_empty() {
        details.split_once(['|', ',']).map_or("", |(_, reason)| reason)
    } else {
        record.transport
    };
    if !transport.is_empty() {
        return transport_failure(&transport.replace('_', " "));
    }
    let plain = if details.starts_with("connection_timeout") || details.starts_with("connection timeout") {
        id("connect-timed-out")
    } else {
        id("connect-failed")
    };
    (plain, Value::None)
}

/// `delayed connect error: Connection refused`, `TLS error:|…:CERTIFICATE VERIFY FAILED:…`; underscores are
/// already blanks.
pub(crate) fn transport_failure(text: &str) -> (SignalId, Value) {
    for words in ["delayed connect error: ", "immediate connect error: "] {
        if let Some((_, reason)) = text.split_once(words) {
            let number =
                reason.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok());
            let errno = Errno::from_text(reason).or_else(|| number.map(Errno));
            return match errno {
                Some(errno) => (connect_error(errno), Value::Errno(errno)),
                None => (id("connect-failed"), Value::None),
            };
        }
    }
    if text.contains("Secret is not supplied by SDS") {
        return (id("gateway-config-error"), Value::None);
    }
    if text.starts_with("connection timeout") || text.contains("connect timeout") {
        return (id("connect-timed-out"), Value::None);
    }
    if text.contains("TLS error") {
        return tls_failure(text);
    }
    (id("connect-failed"), Value::None)
}

fn tls_failure(text: &str) -> (SignalId, Value) {
    const ALERTS: &[(&str, u8, SignalId)] = &[
        ("ALERT HANDSHAKE FAILURE", 40, id("tls-no-shared-cipher")),
        ("ALERT BAD CERTIFICATE", 42, id("tls-client-certificate-required")),
        ("ALERT CERTIFICATE REQUIRED", 116, id("tls-client-certificate-required")),
        ("ALERT CERTIFICATE EXPIRED", 45, id("tls-alert-received")),
        ("ALERT CERTIFICATE UNKNOWN", 46, id("tls-alert-received")),
        ("ALERT UNKNOWN CA", 48, id("tls-alert-received")),
        ("ALERT ACCESS DENIED", 49, id("tls-alert-received")),
        ("ALERT DECODE ERROR", 50, id("tls-alert-received")),
        ("ALERT PROTOCOL VERSION", 70, id("tls-version-unsupported")),
        ("ALERT INSUFFICIENT SECURITY", 71, id("tls-no-shared-cipher")),
        ("ALERT INTERNAL ERROR", 80, id("tls-alert-received")),
        ("ALERT UNRECOGNIZED NAME", 112, id("tls-unrecognized-name")),
        ("ALERT NO APPLICATION PROTOCOL", 120, id("tls-alert-received")),
    ];
    if let Some((_, number, found)) = ALERTS.iter().find(|(words, ..)| text.contains(words)) {
        return (*found, Value::Alert(*number));
    }
    if text.contains("SAN matcher") {
        return (id("certificate-name-mismatch"), Value::None);
    }
    if text.contains("CERTIFICATE VERIFY FAILED") {
        // The library's general words stand before the verifier's particular ones.
        let particular = text.split("CERTIFICATE VERIFY FAILED").nth(1).and_then(tls_error);
        return (particular.unwrap_or(id("certificate-rejected")), Value::None);
    }
    (tls_error(text).unwrap_or(id("tls-handshake-failed")), Value::None)
}

/// No flag explains the answer: it is the upstream's, or a rule's, or the log does not tell.
fn without_flag(record: &Record<'_>) -> Found {
    let status = record.status;
    if status >= 600 {
        return vec![(id("answer-invalid-status"), Value::Status(status))];
    }
    let details = record.details;
    if status >= 500 {
        if details == "via_upstream" || (details.is_empty() && record.host.is_some() && record.flags == "-") {
            return vec![(id("upstream-answered-5xx"), Value::Status(status))];
        }
        return match details {
            "direct_response" | "maintenance_mode" => one(id("answered-by-own-rule")),
            "no_healthy_upstream" => one(id("no-live-upstream")),
            "cluster_not_found" => one(id("no-upstream-configured")),
            "response_payload_too_large" => one(id("body-too-big")),
            "websocket_handshake_unsuccessful" => one(id("upgrade-failed")),
            "overload" => vec![(id("gateway-internal-error"), Value::Word("overload".into()))],
            "" if record.tells_host && record.flags == "-" => one(id("answered-by-own-rule")),
            _ => super::plain_access::unexplained(status).map(one).unwrap_or_default(),
        };
    }
    let refused = matches!(status, 400 | 403 | 408 | 411 | 413 | 414 | 421 | 426 | 429 | 431);
    if refused && (details == "via_upstream" || (details.is_empty() && record.host.is_some())) {
        return vec![(id("upstream-answered-4xx"), Value::Status(status))];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transport_reasons_are_told_apart() {
        let said = |text: &str| transport_failure(text).0.as_str();
        assert_eq!(
            said("immediate connect error: Permission denied|remote address:/run/app.sock"),
            "connect-denied"
        );
        assert_eq!(said("immediate connect error: 101"), "connect-unreachable");
        assert_eq!(said("delayed connect error: 111"), "connect-refused");
        assert_eq!(
            said("TLS error:|268435703:SSL routines:OPENSSL internal:WRONG VERSION NUMBER:TLS error end"),
            "tls-peer-not-tls"
        );
        assert_eq!(
            said("TLS error: 268436498:SSL routines:OPENSSL internal:SSLV3 ALERT HANDSHAKE FAILURE"),
            "tls-no-shared-cipher"
        );
        assert_eq!(
            said(
                "TLS error:|1:SSL routines:OPENSSL internal:CERTIFICATE VERIFY FAILED:verify cert failed: SAN matcher, certificate SANs are [b.example.com]:TLS error end"
            ),
            "certificate-name-mismatch"
        );
        assert_eq!(
            said("TLS error: 268435581:SSL routines:OPENSSL internal:CERTIFICATE VERIFY FAILED"),
            "certificate-rejected"
        );
    }
}

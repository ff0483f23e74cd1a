//! Azure's Application Gateway and Front Door, as their diagnostic settings write requests: an object a line, with a
//! category and `properties` whose `error_info` or `ErrorInfo` says what happened.

use goodgate_facts::{SignalId, Target, id};
use serde_json::{Map, Value as Json};

use super::access_waits::{self, Waits};
use super::code_table::of_code;
use super::json_line;
use super::routed::{self, Routed};
use crate::{Format, Sample, Sink, Verdict, clock};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "azure-lb",
    title: "access log of Azure's Application Gateway or Front Door",
    reference: "https://learn.microsoft.com/azure/application-gateway/application-gateway-diagnostics",
    product: "azure-app-gateway",
    capture: false,
    open: |_| access_waits::reader(line),
    samples: SAMPLES,
};

#[rustfmt::skip]
const CODES: &[(&str, SignalId)] = &[
    // Application Gateway, `ERRORINFO_` taken off
    ("UPSTREAM_NO_LIVE", id("no-live-upstream")),
    ("UPSTREAM_CLOSED_CONNECTION", id("ended-before-response")),
    ("UPSTREAM_TIMED_OUT", id("response-timed-out")),
    ("CLIENT_CLOSED_REQUEST", id("client-gone")),
    ("INVALID_METHOD", id("client-request-bad")),
    ("INVALID_REQUEST", id("client-request-bad")),
    ("INVALID_VERSION", id("client-request-bad")),
    ("INVALID_09_METHOD", id("client-request-bad")),
    ("INVALID_HOST", id("client-request-bad")),
    ("INVALID_CONTENT_LENGTH", id("client-request-bad")),
    ("INVALID_METHOD_TRACE", id("client-request-bad")),
    ("REQUEST_URI_INVALID", id("client-request-bad")),
    ("HTTP_NO_HOST_HEADER", id("client-request-bad")),
    ("HTTP_TO_HTTPS_PORT", id("client-request-bad")),
    ("HTTPS_NO_CERT", id("client-tls-failed")),
    // Front Door
    ("DNSFailure", id("name-lookup-failed")),
    ("DNSNameNotResolved", id("name-not-found")),
    ("DNSTimeout", id("name-lookup-timed-out")),
    ("OriginConnectionRefused", id("connect-refused")),
    ("OriginConnectionError", id("connect-failed")),
    ("OriginConnectionAborted", id("ended-before-response")),
    ("OriginTimeout", id("response-timed-out")),
    ("OriginError", id("response-unreadable")),
    ("OriginInvalidResponse", id("response-unreadable")),
    ("OriginInvalidRequest", id("client-request-bad")),
    ("ResponseHeaderTooBig", id("header-too-big")),
    ("CertificateError", id("certificate-rejected")),
    ("CertificateNameCheckFailed", id("certificate-name-mismatch")),
    ("SSLInvalidRootCA", id("certificate-untrusted")),
    ("SSLHandshakeError", id("tls-handshake-failed")),
    ("SSLInvalidCipher", id("tls-nothing-in-common")),
    ("RestrictedIP", id("address-prohibited")),
    ("UnspecifiedError", id("gateway-internal-error")),
    ("ClientDisconnected", id("client-gone")),
    ("ClientGeoBlocked", id("request-forbidden")),
    ("UnspecifiedClientError", id("client-request-bad")),
    ("InvalidRequest", id("client-request-bad")),
];

fn line(line: &[u8], waits: &mut Waits, sink: &mut Sink) -> Verdict {
    let Some(json) = json_line::object(line, "\"properties\"") else { return Verdict::Foreign };
    let category = json.get("category").and_then(Json::as_str).unwrap_or("");
    let ours = ["ApplicationGatewayAccessLog", "FrontDoorAccessLog", "FrontdoorAccessLog"];
    let Some(Json::Object(keys)) = json.get("properties").filter(|_| ours.contains(&category)) else {
        return Verdict::Foreign;
    };
    let when = ["timeStamp", "time", "timestamp"].iter().find_map(|key| json.get(*key)?.as_str());
    sink.set_time(when.and_then(|when| clock::iso(when.as_bytes())).map(|(when, _)| when));
    record(keys, waits, sink)
}

/// The value of the first key that is there; numbers stand as numbers or as text.
fn value(keys: &Map<String, Json>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match keys.get(*name)? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

fn record(keys: &Map<String, Json>, waits: &mut Waits, sink: &mut Sink) -> Verdict {
    let text = |names: &[&str]| value(keys, names).unwrap_or_default();
    let (method, path) = (text(&["httpMethod"]), text(&["requestUri"]));
    let code = text(&["error_info", "errorInfo", "ErrorInfo"]);
    let code = code.strip_prefix("ERRORINFO_").unwrap_or(&code);
    let said = of_code(CODES, code);
    let status = routed::status(&text(&["httpStatus", "httpStatusCode", "httpStatusCode_d"]));
    // Front Door names the origin's failure only where there was one; else the status is the origin's own.
    let passed_on = matches!(code, "NoError") && keys.contains_key("originName");
    let server = text(&["serverRouted", "originIp"]);
    let record = Routed {
        when: sink.time(),
        method: &method,
        path: &path,
        status,
        server_status: routed::status(&text(&["serverStatus"])).or(status.filter(|_| passed_on)),
        target: Target::parse(&server).filter(|_| !matches!(server.as_str(), "" | "-" | "N/A")),
        total_s: routed::seconds(&text(&["timeTaken"])),
        bytes: text(&["sentBytes", "responseBytes"]).parse().ok(),
        said,
        also: None,
    };
    routed::put(&record, waits, sink)
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample {
        text: r#"{"timeStamp":"2026-11-22T10:00:20+00:00","resourceId":"/X","listenerName":"l","category":"ApplicationGatewayAccessLog","operationName":"ApplicationGatewayAccess","properties":{"clientIP":"192.0.2.7","httpMethod":"GET","requestUri":"/report","httpStatus":504,"serverRouted":"10.0.0.4:443","serverStatus":"504","sentBytes":"160","timeTaken":"20.006","error_info":"ERRORINFO_UPSTREAM_TIMED_OUT"}}"#,
        signals: &["response-timed-out @10.0.0.4:443", "answered-at-timeout @10.0.0.4:443 =20.006 s"],
    },
    Sample {
        text: r#"{"time":"2026-11-22T10:00:20Z","category":"ApplicationGatewayAccessLog","properties":{"httpMethod":"GET","requestUri":"/","httpStatus":502,"serverRouted":"","serverStatus":"","timeTaken":0.001,"error_info":"ERRORINFO_UPSTREAM_NO_LIVE"}}"#,
        signals: &["no-live-upstream", "answered-at-once =0.001 s"],
    },
    Sample {
        text: r#"{"time":"2026-11-22T10:00:20Z","category":"ApplicationGatewayAccessLog","properties":{"httpMethod":"GET","requestUri":"/?error_info=ERRORINFO_UPSTREAM_NO_LIVE","httpStatus":500,"serverRouted":"10.0.0.4:443","serverStatus":"500","timeTaken":0.4,"error_info":"ERRORINFO_NO_ERROR"}}"#,
        signals: &["upstream-answered-5xx @10.0.0.4:443 =500"],
    },
    Sample {
        text: r#"{"time":"2026-11-22T10:00:20Z","category":"FrontDoorAccessLog","properties":{"httpMethod":"GET","requestUri":"https://shop.example:443/","httpStatusCode":"503","originName":"shop-origin.example:443","timeTaken":"0.25","errorInfo":"CertificateNameCheckFailed"}}"#,
        signals: &["certificate-name-mismatch"],
    },
    Sample {
        text: r#"{"time":"2026-11-22T10:00:20Z","category":"FrontDoorAccessLog","properties":{"httpMethod":"GET","requestUri":"https://shop.example:443/","httpStatusCode":"200","originName":"shop-origin.example:443","timeTaken":"0.25","errorInfo":"NoError"}}"#,
        signals: &[],
    },
];

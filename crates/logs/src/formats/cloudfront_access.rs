//! CloudFront's standard log: tab-separated, `x-edge-detailed-result-type` says what happened at the edge.

use goodgate_facts::{SignalId, id};

use super::access_waits::{self, Waits};
use super::code_table::of_code;
use super::columns::text;
use super::routed::{self, Routed};
use super::w3c_fields::Fields;
use crate::{Format, Sample, Sink, Verdict};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "cloudfront-access",
    title: "CloudFront access log",
    reference: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html",
    product: "cloudfront",
    capture: false,
    open: |_| {
        let mut fields = Fields::new(DEFAULT, '\t');
        access_waits::reader(move |text, waits, sink| line(&mut fields, text, waits, sink))
    },
    samples: SAMPLES,
};

const DEFAULT: &str = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) \
    cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes \
    time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status \
    fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len \
    sc-range-start sc-range-end";

/// The edge's own words; `OriginConnectError` with 504 is one that timed out.
#[rustfmt::skip]
const RESULTS: &[(&str, SignalId)] = &[
    // It timed out while connecting or while reading, it does not say which.
    ("OriginCommError", id("response-timed-out")),
    ("OriginConnectError", id("connect-failed")),
    ("OriginDnsError", id("name-lookup-failed")),
    ("OriginInvalidResponseError", id("response-unreadable")),
    ("OriginReadError", id("ended-before-response")),
    ("OriginWriteError", id("send-broken")),
    ("OriginZeroSizeObjectError", id("ended-before-response")),
    ("OriginHeaderTooBigError", id("header-too-big")),
    ("OriginContentRangeLengthError", id("content-length-invalid")),
    ("AbortedOrigin", id("client-gone")),
    ("SlowReaderOriginError", id("client-timed-out")),
    ("ClientCommError", id("client-gone")),
    ("ClientHungUpRequest", id("client-gone")),
    ("ClientGeoBlocked", id("request-forbidden")),
    ("InvalidRequest", id("client-request-bad")),
    ("InvalidRequestBlocked", id("client-request-bad")),
    ("InvalidRequestCertificate", id("client-tls-failed")),
    ("InvalidRequestHeader", id("client-request-bad")),
    ("InvalidRequestMethod", id("client-request-bad")),
    ("CapacityExceeded", id("gateway-internal-error")),
    ("LimitExceeded", id("upstream-limit-reached")),
];

/// What the detailed column says where the answer is the origin's own: one that came as asked for, or an error that is
/// none of the edge's. What comes from the cache or from a function at the edge, and redirects, are not.
const OF_THE_ORIGIN: &[&str] = &["Miss", "Error", "OriginError"];

fn line(fields: &mut Fields, line: &[u8], waits: &mut Waits, sink: &mut Sink) -> Verdict {
    if line.first() != Some(&b'#') && memchr::memchr(b'\t', line).is_none() {
        return Verdict::Foreign;
    }
    let text = text(line);
    if text.starts_with('#') {
        let ours = fields.declare(&text, &["x-edge-result-type"]);
        return if ours { Verdict::Mine } else { Verdict::Foreign };
    }
    let Some(row) = fields.cut(&text) else { return Verdict::Foreign };
    let Some(when) = row.when() else { return Verdict::Foreign };
    let status = routed::status(row.get("sc-status"));
    let result = [row.get("x-edge-detailed-result-type"), row.get("x-edge-result-type")];
    let said = match (result[0], status) {
        ("OriginConnectError", Some(504)) => Some(id("connect-timed-out")),
        ("OriginReadError", Some(504)) => Some(id("read-timed-out")),
        ("OriginError", Some(502)) => Some(id("response-unreadable")),
        ("OriginError", Some(504)) => Some(id("read-timed-out")),
        _ => result.iter().find_map(|code| of_code(RESULTS, code)),
    };
    let record = Routed {
        when: Some(when),
        method: row.get("cs-method"),
        path: row.get("cs-uri-stem"),
        status,
        server_status: status.filter(|_| said.is_none() && OF_THE_ORIGIN.contains(&result[0])),
        total_s: routed::seconds(row.get("time-taken")),
        bytes: row.get("sc-bytes").parse().ok(),
        said,
        also: None,
        target: None,
    };
    routed::put(&record, waits, sink)
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample {
        text: "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status x-edge-result-type time-taken x-edge-detailed-result-type\n2026-11-22\t10:00:30\tFRA56-P1\t935\t192.0.2.7\tGET\td111.cloudfront.example\t/report\t504\tError\t30.003\tOriginReadError",
        signals: &["read-timed-out", "answered-at-timeout =30.003 s"],
    },
    Sample {
        text: "2026-11-22\t10:00:30\tFRA56-P1\t935\t192.0.2.7\tGET\td111.cloudfront.example\t/report\t504\t-\tMozilla\t-\t-\tError\tabc==\tshop.example\thttps\t40\t60.100\t-\tTLSv1.3\tTLS_AES\tError\tHTTP/2.0\t-\t-\t51234\t60.100\tOriginCommError\ttext/html\t935\t-\t-",
        signals: &["response-timed-out", "answered-at-timeout =60.1 s"],
    },
    Sample {
        text: "2026-11-22\t10:00:30\tFRA56-P1\t935\t192.0.2.7\tGET\td111.cloudfront.example\t/report\t503\t-\tMozilla\t-\t-\tError\tabc==\tshop.example\thttps\t40\t0.400\t-\tTLSv1.3\tTLS_AES\tError\tHTTP/2.0\t-\t-\t51234\t0.400\tError\ttext/html\t935\t-\t-",
        signals: &["upstream-answered-5xx =503"],
    },
    Sample {
        text: "2026-11-22\t10:00:30\tFRA56-P1\t935\t192.0.2.7\tGET\td111.cloudfront.example\t/report\t503\t-\tMozilla\t-\t-\tLambdaExecutionError\tabc==\tshop.example\thttps\t40\t0.400\t-\tTLSv1.3\tTLS_AES\tLambdaExecutionError\tHTTP/2.0\t-\t-\t51234\t0.400\tLambdaExecutionError\ttext/html\t935\t-\t-",
        signals: &["gateway-answered-503 =503"],
    },
    // Without the column that tells more, an error is anybody's.
    Sample {
        text: "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status x-edge-result-type time-taken\n2026-11-22\t10:00:30\tFRA56-P1\t935\t192.0.2.7\tGET\td111.cloudfront.example\t/report\t504\tError\t60.100",
        signals: &["gateway-answered-504 =504", "answered-at-timeout =60.1 s"],
    },
    Sample {
        text: "2026-11-22\t10:00:30\tFRA56-P1\t935\t192.0.2.7\tGET\td111.cloudfront.example\t/\t502\t-\tMozilla\t-\t-\tError\tabc==\tshop.example\thttps\t40\t0.105\t-\tTLSv1.3\tTLS_AES\tError\tHTTP/2.0\t-\t-\t51234\t0.105\tOriginDnsError\ttext/html\t935\t-\t-",
        signals: &["name-lookup-failed"],
    },
    Sample {
        text: "2026-11-22\t10:00:30\tFRA56-P1\t935\t192.0.2.7\tGET\td111.cloudfront.example\t/OriginDnsError\t200\t-\tMozilla\t-\t-\tMiss\tabc==\tshop.example\thttps\t40\t0.105\t-\tTLSv1.3\tTLS_AES\tMiss\tHTTP/2.0\t-\t-\t51234\t0.105\tMiss\ttext/html\t935\t-\t-",
        signals: &[],
    },
];

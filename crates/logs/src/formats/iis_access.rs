//! The access log of Internet Information Services: `sc-status sc-substatus sc-win32-status` together say what failed,
//! above all behind its reverse proxy (Application Request Routing).

use goodgate_facts::{SignalId, id};

use super::access_waits::{self, Waits};
use super::columns::text;
use super::routed::{self, Routed};
use super::w3c_fields::{self, Fields, W3cRow};
use crate::{Format, Sample, Sink, Verdict};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "iis-access",
    title: "IIS access log",
    reference: "https://learn.microsoft.com/iis/extensions/troubleshooting-application-request-routing/troubleshooting-502-errors-in-arr",
    product: "iis",
    capture: false,
    open: |_| {
        let mut fields = Fields::new(DEFAULT, ' ');
        access_waits::reader(move |text, waits, sink| line(&mut fields, text, waits, sink))
    },
    samples: SAMPLES,
};

const DEFAULT: &str = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) \
    cs(Referer) sc-status sc-substatus sc-win32-status time-taken";
const REQUIRED: &[&str] = &["sc-status", "sc-win32-status"];

/// What the three numbers mean: status, substatus (`None` for any), the system's error (`None` for any).
type Meaning = (u16, Option<u16>, Option<u32>, SignalId, Option<SignalId>);

#[rustfmt::skip]
const MEANINGS: &[Meaning] = &[
    // the reverse proxy, by the error of Windows' HTTP client
    (502, Some(3), Some(12002), id("read-timed-out"), None),
    (502, Some(3), Some(12007), id("name-not-found"), None),
    (502, Some(3), Some(12017), id("client-gone"), None),
    (502, Some(3), Some(12029), id("connect-failed"), None),
    (502, Some(3), Some(12030), id("ended-before-response"), None),
    (502, Some(3), Some(12031), id("reset-before-response"), None),
    (502, Some(3), Some(12044), id("tls-client-certificate-required"), None),
    (502, Some(3), Some(12152), id("response-unreadable"), None),
    (502, Some(3), Some(12175), id("tls-failed"), None),
    (502, Some(3), Some(64), id("client-gone"), None),
    (502, Some(4), None, id("no-live-upstream"), None),
    // CGI and FastCGI
    (502, Some(1), None, id("response-timed-out"), None),
    (502, Some(2), None, id("ended-before-response"), None),
    // ASP.NET Core's module
    (502, Some(5), None, id("no-live-upstream"), Some(id("app-start-failed"))),
    (500, Some(19), None, id("gateway-config-error"), None),
    (500, Some(30), None, id("gateway-answered-500"), Some(id("app-start-failed"))),
    (500, Some(31), None, id("gateway-answered-500"), Some(id("app-start-failed"))),
    (500, Some(32), None, id("gateway-answered-500"), Some(id("app-start-failed"))),
    (500, Some(33), None, id("gateway-answered-500"), Some(id("app-start-failed"))),
    (500, Some(35), None, id("gateway-answered-500"), Some(id("app-start-failed"))),
    (500, Some(37), None, id("gateway-answered-500"), Some(id("app-start-failed"))),
    (500, Some(38), None, id("gateway-answered-500"), Some(id("app-start-failed"))),
    // limits
    (503, Some(2), None, id("gateway-connections-exhausted"), None),
    (503, Some(3), None, id("upstream-limit-reached"), Some(id("worker-pool-exhausted"))),
    (503, Some(4), None, id("upstream-limit-reached"), Some(id("worker-pool-exhausted"))),
    // requests
    (404, Some(13), None, id("request-body-too-big"), None),
    (413, None, None, id("request-body-too-big"), None),
    (404, Some(14), None, id("request-header-too-big"), None),
    (404, Some(15), None, id("request-header-too-big"), None),
    (404, Some(10), None, id("request-header-too-big"), None),
    (431, None, None, id("request-header-too-big"), None),
];

fn line(fields: &mut Fields, line: &[u8], waits: &mut Waits, sink: &mut Sink) -> Verdict {
    if !w3c_fields::may_begin(line) {
        return Verdict::Foreign;
    }
    let text = text(line);
    if text.starts_with('#') {
        let ours = fields.declare(&text, REQUIRED) || text.starts_with("#Software: Microsoft Internet");
        return if ours { Verdict::Mine } else { Verdict::Foreign };
    }
    let Some(row) = fields.cut(&text) else { return Verdict::Foreign };
    let Some(record) = record(&row) else { return Verdict::Foreign };
    routed::put(&record, waits, sink)
}

/// The record of a row; `None` where it has no time, no method or no status, which other programs' lines of as many
/// words lack.
fn record<'a>(row: &'a W3cRow<'_>) -> Option<Routed<'a>> {
    let when = row.when()?;
    let status = routed::status(row.get("sc-status"))?;
    let method = row.get("cs-method");
    if method.is_empty() || !method.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let substatus = row.get("sc-substatus").parse::<u16>().unwrap_or(0);
    let system = row.get("sc-win32-status").parse::<u32>().unwrap_or(0);
    let fits = |(of_status, sub, error, ..): &&Meaning| {
        *of_status == status
            && sub.is_none_or(|sub| sub == substatus)
            && error.is_none_or(|error| error == system)
    };
    let meaning = MEANINGS.iter().find(fits);
    Some(Routed {
        when: Some(when),
        method,
        path: row.get("cs-uri-stem"),
        status: Some(status),
        // Without a substatus and an error of the system's it is what the program behind answered.
        server_status: (meaning.is_none() && substatus == 0 && system == 0).then_some(status),
        total_s: row.get("time-taken").parse::<u32>().ok().map(|ms| f64::from(ms) / 1000.0),
        bytes: row.get("sc-bytes").parse().ok(),
        said: meaning.map(|(.., said, _)| *said),
        also: meaning.and_then(|(.., also)| *also),
        target: None,
    })
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample {
        text: "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n2026-11-22 10:00:00 10.0.0.2 GET /report - 443 - 192.0.2.7 Mozilla/5.0+(X) - 502 3 12002 30003",
        signals: &["read-timed-out", "answered-at-timeout =30.003 s"],
    },
    Sample { text: "2026-11-22 10:00:00 10.0.0.2 GET / - 443 - 192.0.2.7 a - 502 3 12030 700", signals: &["ended-before-response"] },
    Sample { text: "2026-11-22 10:00:00 10.0.0.2 GET / - 443 - 192.0.2.7 a - 502 4 0 3", signals: &["no-live-upstream", "answered-at-once =0.003 s"] },
    Sample { text: "2026-11-22 10:00:00 10.0.0.2 GET / - 443 - 192.0.2.7 a - 502 5 0 700", signals: &["no-live-upstream", "app-start-failed"] },
    Sample { text: "2026-11-22 10:00:00 10.0.0.2 GET /x sc-status=502 443 - 192.0.2.7 a - 500 0 0 700", signals: &["upstream-answered-5xx =500"] },
    Sample { text: "2026-11-22 10:00:00 10.0.0.2 POST /up - 443 - 192.0.2.7 a - 404 13 0 12", signals: &["request-body-too-big"] },
    Sample { text: "2026-11-22 10:00:00 10.0.0.2 GET /x - 443 - 192.0.2.7 a - 200 0 0 7", signals: &[] },
];

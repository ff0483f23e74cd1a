//! The error log of Windows' HTTP.sys (HTTPERR): requests that never reached a program, each with a reason.

use goodgate_facts::{SignalId, id};

use super::access_waits::{self, Waits};
use super::columns::text;
use super::routed::{self, Routed};
use super::w3c_fields::{self, Fields};
use crate::{Format, Sample, Sink, Verdict};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "http-sys-error",
    title: "HTTP.sys error log (HTTPERR)",
    reference: "https://learn.microsoft.com/troubleshoot/developer/webapps/aspnet/site-behavior-performance/error-logging-http-apis",
    product: "http-sys",
    capture: false,
    open: |_| {
        let mut fields = Fields::new(DEFAULT, ' ');
        access_waits::reader(move |text, waits, sink| line(&mut fields, text, waits, sink))
    },
    samples: SAMPLES,
};

const DEFAULT: &str =
    "date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename";

/// Reasons; those that are everyday mean nothing.
#[rustfmt::skip]
const REASONS: &[(&str, Option<SignalId>)] = &[
    ("AppOffline", Some(id("no-live-upstream"))),
    ("AppShutdown", Some(id("no-live-upstream"))),
    ("Disabled", Some(id("no-live-upstream"))),
    ("AppPoolTimer", Some(id("upstream-limit-reached"))),
    ("QueueFull", Some(id("upstream-limit-reached"))),
    ("ConnLimit", Some(id("gateway-connections-exhausted"))),
    ("Connections_Refused", Some(id("gateway-out-of-memory"))),
    ("Connection_Abandoned_By_AppPool", Some(id("ended-before-response"))),
    ("Connection_Abandoned_By_ReqQueue", Some(id("ended-before-response"))),
    ("Timer_AppPool", Some(id("queue-timed-out"))),
    ("Timer_ReqQueue", Some(id("queue-timed-out"))),
    ("Internal", Some(id("gateway-internal-error"))),
    ("Timer_HeaderWait", Some(id("client-timed-out"))),
    ("Timer_EntityBody", Some(id("client-timed-out"))),
    ("Timer_MinBytesPerSecond", Some(id("client-timed-out"))),
    ("Timer_Response", Some(id("client-timed-out"))),
    ("Connection_Dropped", Some(id("client-gone"))),
    ("Connection_Dropped_List_Full", Some(id("client-gone"))),
    ("Client_Reset", Some(id("client-gone"))),
    ("Request_Cancelled", Some(id("client-gone"))),
    ("EntityTooLarge", Some(id("request-body-too-big"))),
    ("RequestLength", Some(id("request-header-too-big"))),
    ("FieldLength", Some(id("request-header-too-big"))),
    ("URL_Length", Some(id("request-header-too-big"))),
    ("BadRequest", Some(id("client-request-bad"))),
    ("Verb", Some(id("client-request-bad"))),
    ("URL", Some(id("client-request-bad"))),
    ("Header", Some(id("client-request-bad"))),
    ("Hostname", Some(id("client-request-bad"))),
    ("Invalid_CR/LF", Some(id("client-request-bad"))),
    ("Version_N/S", Some(id("client-request-bad"))),
    ("N/I", Some(id("client-request-bad"))),
    ("Forbidden", Some(id("request-forbidden"))),
    ("N/A", None),
    ("Timer_ConnectionIdle", None),
];

fn line(fields: &mut Fields, line: &[u8], waits: &mut Waits, sink: &mut Sink) -> Verdict {
    if !w3c_fields::may_begin(line) {
        return Verdict::Foreign;
    }
    let text = text(line);
    if text.starts_with('#') {
        let ours = fields.declare(&text, &["s-reason"]) || text.starts_with("#Software: Microsoft HTTP API");
        return if ours { Verdict::Mine } else { Verdict::Foreign };
    }
    let Some(row) = fields.cut(&text) else { return Verdict::Foreign };
    let Some((_, said)) = REASONS.iter().find(|(known, _)| *known == row.get("s-reason")) else {
        return Verdict::Foreign;
    };
    let Some(when) = row.when() else { return Verdict::Foreign };
    let record = Routed {
        when: Some(when),
        method: row.get("cs-method"),
        path: row.get("cs-uri"),
        status: routed::status(row.get("sc-status")),
        said: *said,
        ..Routed::default()
    };
    routed::put(&record, waits, sink)
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample {
        text: "#Software: Microsoft HTTP API 2.0\n#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename\n2026-11-22 10:00:00 192.0.2.7 51234 10.0.0.2 443 HTTP/1.1 GET /report 503 1 AppOffline shop",
        signals: &["no-live-upstream"],
    },
    Sample { text: "2026-11-22 10:00:00 192.0.2.7 51234 10.0.0.2 443 HTTP/1.1 GET /report 503 1 QueueFull shop", signals: &["upstream-limit-reached"] },
    Sample { text: "2026-11-22 10:00:00 192.0.2.7 51234 10.0.0.2 443 HTTP/1.1 POST /x - 1 Connection_Abandoned_By_AppPool shop", signals: &["ended-before-response"] },
    Sample { text: "2026-11-22 10:00:00 192.0.2.7 51234 10.0.0.2 443 - - - - - Timer_ConnectionIdle -", signals: &[] },
    Sample { text: "2026-11-22 10:00:00 192.0.2.7 51234 10.0.0.2 443 HTTP/1.1 GET /AppOffline 400 - URL -", signals: &["client-request-bad"] },
];

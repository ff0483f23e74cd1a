//! Heroku's router and dynos: `at=error code=H12 desc="Request timeout" … status=503`, `Error R14 (Memory quota
//! exceeded)`. The prefix (`heroku[router]:`) is taken off before, or here where the router is no number.

use goodgate_facts::{Moment, SignalId, id};

use super::access_waits::{self, Waits};
use super::code_table::{beginning, of_code};
use super::columns::{text, value_of};
use super::routed::{self, Routed};
use super::worker_end;
use crate::{Format, Sample, Sink, Verdict, clock};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "heroku-router",
    title: "Heroku router and dyno log",
    reference: "https://devcenter.heroku.com/articles/error-codes",
    product: "heroku",
    capture: false,
    open: |_| access_waits::reader(line),
    samples: SAMPLES,
};

/// What the router's codes mean.
#[rustfmt::skip]
const ROUTER: &[(&str, SignalId)] = &[
    ("H10", id("no-live-upstream")),
    ("H11", id("upstream-limit-reached")),
    ("H12", id("response-timed-out")),
    ("H13", id("closed-before-response")),
    ("H14", id("no-live-upstream")),
    ("H15", id("body-timed-out")),
    ("H17", id("response-unreadable")),
    ("H18", id("body-cut")),
    ("H19", id("connect-timed-out")),
    ("H20", id("no-live-upstream")),
    ("H21", id("connect-refused")),
    ("H22", id("upstream-limit-reached")),
    ("H23", id("gateway-config-error")),
    ("H24", id("body-cut")),
    ("H25", id("header-invalid")),
    ("H26", id("client-request-bad")),
    ("H27", id("client-gone")),
    ("H28", id("client-timed-out")),
    ("H31", id("client-request-bad")),
    ("H32", id("client-request-bad")),
    ("H80", id("served-by-maintenance-rule")),
    ("H81", id("no-upstream-configured")),
    ("H82", id("no-live-upstream")),
    ("H83", id("gateway-internal-error")),
    ("H99", id("gateway-internal-error")),
];

/// What some of them say of the dyno besides.
const DYNO_BESIDES: &[(&str, SignalId)] = &[
    ("H10", id("unit-failed")),
    ("H11", id("app-listen-queue-full")),
    ("H14", id("unit-inactive")),
    ("H20", id("app-start-failed")),
    ("H82", id("page-says-suspended")),
];

/// What the dynos' own codes mean.
const DYNO: &[(&str, SignalId)] = &[
    ("R10", id("app-start-failed")),
    ("R12", id("worker-killed-sigkill")),
    ("R14", id("memory-limit-hit")),
    ("R15", id("oom-kill-cgroup")),
];

/// What the platform says of a dyno's life.
const LIFE: &[(&str, SignalId)] = &[
    ("State changed from up to crashed", id("unit-failed")),
    ("State changed from starting to crashed", id("app-start-failed")),
    ("Stopping process with SIGKILL", id("worker-killed-sigkill")),
    ("Stopping all processes with SIGTERM", id("app-stopped")),
];

fn line(line: &[u8], waits: &mut Waits, sink: &mut Sink) -> Verdict {
    let Some((when, said)) = said(line, sink.program()) else { return Verdict::Foreign };
    sink.set_time(when);
    let text = text(said);
    if text.starts_with("at=") && text.contains(" dyno=") {
        return request(&text, waits, sink);
    }
    let of_dyno = text
        .strip_prefix("Error ")
        .and_then(|rest| of_code(DYNO, rest.split(' ').next()?))
        .or_else(|| beginning(LIFE, &text))
        .or_else(|| exited(&text));
    if let Some(found) = of_dyno {
        sink.put(sink.signal(found));
    }
    Verdict::Mine
}

/// What the router or the platform says, behind `heroku[web.1]: ` or a prefix that is taken off already; and the time.
fn said<'a>(line: &'a [u8], program: Option<&str>) -> Option<(Option<Moment>, &'a [u8])> {
    const END: &[u8] = b"]: ";
    if let Some((when, rest)) = clock::marked(line, "heroku[") {
        return memchr::memmem::find(rest, END).map(|at| (when, &rest[at + END.len()..]));
    }
    let of_router = || line.starts_with(b"at=") && memchr::memmem::find(line, b" dyno=").is_some();
    (program == Some("heroku") || of_router()).then_some((None, line))
}

/// `Process exited with status 143`: 0 is nothing bad, and a process that a signal ended has 128 and its number.
fn exited(said: &str) -> Option<SignalId> {
    const SIGNALS: std::ops::RangeInclusive<i32> = 129..=192;
    let status = said.strip_prefix("Process exited with status ")?.trim_end().parse().ok()?;
    match status {
        0 => None,
        _ if SIGNALS.contains(&status) => Some(worker_end::ended_by(status - 128)),
        _ => Some(id("worker-exited-with-code")),
    }
}

/// `30001ms`
fn seconds(text: &str, key: &str) -> Option<f64> {
    value_of(text, key)?.strip_suffix("ms")?.parse::<u32>().ok().map(|ms| f64::from(ms) / 1000.0)
}

fn request(text: &str, waits: &mut Waits, sink: &mut Sink) -> Verdict {
    // The path comes from the client and may hold anything: what follows it is read from behind it.
    let head = text.split(" method=").next().unwrap_or(text);
    let tail = text.rsplit_once(" dyno=").map_or("", |(_, tail)| tail);
    let code = value_of(head, "code").unwrap_or("");
    let status = value_of(tail, "status").and_then(routed::status);
    let said = of_code(ROUTER, code);
    let record = Routed {
        when: sink.time(),
        method: value_of(text, "method").unwrap_or(""),
        path: value_of(text, "path").unwrap_or(""),
        status,
        server_status: status.filter(|_| code.is_empty()),
        total_s: seconds(tail, "service"),
        bytes: value_of(tail, "bytes").and_then(|bytes| bytes.parse().ok()),
        said,
        also: of_code(DYNO_BESIDES, code),
        target: None,
    };
    routed::put(&record, waits, sink)
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample {
        text: r#"2026-11-22T10:00:00.123456+00:00 heroku[router]: at=error code=H12 desc="Request timeout" method=GET path="/report" host=shop.example request_id=4f0a fwd="192.0.2.7" dyno=web.1 connect=1ms service=30001ms status=503 bytes=0 protocol=https"#,
        signals: &["response-timed-out", "answered-at-timeout =30.001 s"],
    },
    Sample {
        text: r#"at=error code=H10 desc="App crashed" method=GET path="/" host=shop.example request_id=4f0a fwd="192.0.2.7" dyno= connect= service= status=503 bytes= protocol=https"#,
        signals: &["no-live-upstream", "unit-failed"],
    },
    Sample {
        text: r#"2026-11-22T10:00:00.123456+00:00 heroku[router]: at=info method=GET path="/?code=H12 dyno=web.9 status=503" host=shop.example request_id=4f0a fwd="192.0.2.7" dyno=web.1 connect=0ms service=12ms status=200 bytes=512 protocol=https"#,
        signals: &[],
    },
    Sample {
        text: r#"2026-11-22T10:00:00.123456+00:00 heroku[router]: at=info method=GET path="/" host=shop.example request_id=4f0a fwd="192.0.2.7" dyno=web.1 connect=0ms service=12ms status=500 bytes=512 protocol=https"#,
        signals: &["upstream-answered-5xx =500", "answered-at-once =0.012 s"],
    },
    Sample { text: "2026-11-22T10:00:00.123456+00:00 heroku[web.1]: Error R15 (Memory quota vastly exceeded)", signals: &["oom-kill-cgroup"] },
    Sample { text: "2026-11-22T10:00:00.123456+00:00 heroku[web.1]: State changed from up to crashed", signals: &["unit-failed"] },
    Sample { text: "2026-11-22T10:00:00.123456+00:00 heroku[web.1]: Process exited with status 143", signals: &["worker-killed-sigterm"] },
    Sample { text: "2026-11-22T10:00:00.123456+00:00 heroku[web.1]: Process exited with status 137", signals: &["worker-killed-sigkill"] },
    Sample { text: "2026-11-22T10:00:00.123456+00:00 heroku[web.1]: Process exited with status 12", signals: &["worker-exited-with-code"] },
    Sample { text: "2026-11-22T10:00:00.123456+00:00 heroku[run.1]: Process exited with status 0", signals: &[] },
    Sample { text: "2026-11-22T10:00:00.123456+00:00 heroku[web.1]: Starting process with command `bin/web`", signals: &[] },
];

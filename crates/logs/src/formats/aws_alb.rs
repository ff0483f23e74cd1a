//! Access logs of Amazon's load balancers (Application and Classic): columns in a fixed order, some of them in quotes.
//!
//! A `-` in place of the target's status says that the load balancer made the answer itself; why, it says for functions
//! only (`error_reason`). The times tell where it was: -1 for what was not reached.

use goodgate_facts::{Moment, SignalId, Target, id};

use super::access_waits::{self, Waits};
use super::code_table::{beginning, of_code};
use super::columns::text;
use super::routed::{self, Routed};
use crate::{Format, Sample, Sink, Verdict, clock};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "aws-alb",
    title: "access log of an Amazon load balancer",
    reference: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
    product: "aws-alb",
    capture: false,
    open: |_| access_waits::reader(line),
    samples: SAMPLES,
};

/// How the lines of an Application Load Balancer begin; a Classic one begins with the time.
const TYPES: &[&str] = &["http ", "https ", "h2 ", "grpcs ", "ws ", "wss "];
/// More columns than this no version has.
const COLUMNS_MAX: usize = 48;
/// The load balancer gives up connecting after ten seconds.
const CONNECT_S: std::ops::RangeInclusive<f64> = 9.5..=11.5;

/// `error_reason` of functions behind the load balancer, and of what it asks before.
#[rustfmt::skip]
const REASONS: &[(&str, SignalId)] = &[
    ("LambdaAccessDenied", id("gateway-config-error")),
    ("LambdaBadRequest", id("client-request-bad")),
    ("LambdaConnectionError", id("connect-failed")),
    ("LambdaConnectionTimeout", id("connect-timed-out")),
    ("LambdaInvalidResponse", id("response-unreadable")),
    ("LambdaRequestTooLarge", id("request-body-too-big")),
    ("LambdaResponseTooLarge", id("body-too-big")),
    ("LambdaResourceNotFound", id("no-upstream-configured")),
    ("LambdaThrottling", id("upstream-limit-reached")),
    ("LambdaEC2ThrottledException", id("upstream-limit-reached")),
    ("LambdaENILimitReachedException", id("upstream-limit-reached")),
    ("LambdaSubnetIPAddressLimitReachedException", id("upstream-limit-reached")),
    ("LambdaUnhandled", id("uncaught-exception")),
    ("LambdaServiceException", id("gateway-internal-error")),
    ("WAFConnectionError", id("gateway-internal-error")),
    ("WAFConnectionTimeout", id("gateway-internal-error")),
    ("WAFResponseReadTimeout", id("gateway-internal-error")),
    ("WAFServiceError", id("gateway-internal-error")),
];

/// The rest of a family of reasons.
const FAMILIES: &[(&str, SignalId)] = &[
    ("LambdaEC2", id("gateway-config-error")),
    ("LambdaInvalid", id("gateway-config-error")),
    ("LambdaKMS", id("gateway-config-error")),
    ("Auth", id("auth-request-failed")),
];

fn line(line: &[u8], waits: &mut Waits, sink: &mut Sink) -> Verdict {
    if !line.first().is_some_and(|first| first.is_ascii_digit() || b"hgw".contains(first)) {
        return Verdict::Foreign;
    }
    let text = text(line);
    let (application, rest) = match TYPES.iter().find_map(|name| text.strip_prefix(name)) {
        Some(rest) => (true, rest),
        None => (false, text.as_ref()),
    };
    // The zone is always written as one letter, and the name of the load balancer follows.
    let Some((when, _)) = clock::iso(rest.as_bytes()).filter(|(_, rest)| rest.starts_with(b" ")) else {
        return Verdict::Foreign;
    };
    let columns = columns(rest);
    let Some(record) = record(&columns, when, application) else { return Verdict::Foreign };
    routed::put(&record, waits, sink)
}

/// The columns, quotes taken off. A quote inside is written as `\x22`.
fn columns(text: &str) -> Vec<&str> {
    let (mut rest, mut found) = (text, Vec::new());
    while !rest.is_empty() && found.len() < COLUMNS_MAX {
        let (column, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        found.push(column);
        rest = after.trim_start_matches(' ');
    }
    found
}

/// Columns of both kinds, counted from the time.
mod at {
    pub(super) const TARGET: usize = 3;
    pub(super) const REQUEST_TIME: usize = 4;
    pub(super) const TARGET_TIME: usize = 5;
    pub(super) const RESPONSE_TIME: usize = 6;
    pub(super) const STATUS: usize = 7;
    pub(super) const TARGET_STATUS: usize = 8;
    pub(super) const SENT: usize = 10;
    pub(super) const REQUEST: usize = 11;
    /// Only of an Application Load Balancer.
    pub(super) const CREATED: usize = 20;
    /// Only of an Application Load Balancer.
    pub(super) const REASON: usize = 23;
}

fn record<'a>(columns: &[&'a str], when: Moment, application: bool) -> Option<Routed<'a>> {
    let column = |index: usize| columns.get(index).copied().unwrap_or("-");
    let time = |index: usize| column(index).parse::<f64>().ok().filter(|seconds| seconds.is_finite());
    let times = [time(at::REQUEST_TIME)?, time(at::TARGET_TIME)?, time(at::RESPONSE_TIME)?];
    let status = match column(at::STATUS) {
        "-" => None,
        number => Some(number.parse().ok()?),
    };
    let server_status = routed::status(column(at::TARGET_STATUS));
    let mut request = column(at::REQUEST).split(' ');
    let known: f64 = times.iter().filter(|seconds| **seconds > 0.0).sum();
    let since = || {
        let created = clock::iso(column(at::CREATED).as_bytes()).filter(|_| application)?.0;
        Some(when.duration_since(created).as_secs_f64()).filter(|seconds| *seconds >= 0.0)
    };
    let total_s = if times.iter().all(|seconds| *seconds >= 0.0) { Some(known) } else { since() };
    let reason = Some(column(at::REASON)).filter(|reason| application && *reason != "-");
    let made = Made { status: status.unwrap_or(0), target: column(at::TARGET), times, total_s };
    Some(Routed {
        when: Some(when),
        method: request.next().unwrap_or(""),
        path: request.next().unwrap_or(""),
        status,
        server_status,
        target: Target::parse(column(at::TARGET)).filter(|_| column(at::TARGET) != "-"),
        total_s,
        bytes: column(at::SENT).parse().ok(),
        said: reason.and_then(of_reason).or_else(|| if server_status.is_none() { made.says() } else { None }),
        also: None,
    })
}

fn of_reason(reason: &str) -> Option<SignalId> {
    of_code(REASONS, reason).or_else(|| beginning(FAMILIES, reason))
}

/// An answer that the load balancer made itself.
struct Made<'a> {
    status: u16,
    target: &'a str,
    times: [f64; 3],
    total_s: Option<f64>,
}

impl Made<'_> {
    /// What its status means, by the vendor's own table.
    fn says(&self) -> Option<SignalId> {
        let answered = self.times[1] >= 0.0;
        Some(match self.status {
            502 if self.target == "-" => return None,
            // The target answered, and the answer could not be used.
            502 if answered => id("response-unreadable"),
            502 => id("ended-before-response"),
            503 => id("no-live-upstream"),
            504 if self.total_s.is_some_and(|seconds| CONNECT_S.contains(&seconds)) => {
                id("connect-timed-out")
            }
            504 => id("read-timed-out"),
            460 => id("client-gone"),
            400 | 405 | 463 | 464 | 501 => id("client-request-bad"),
            408 => id("client-timed-out"),
            413 => id("request-body-too-big"),
            414 => id("request-header-too-big"),
            561 => id("auth-request-failed"),
            _ => return None,
        })
    }
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample {
        text: r#"http 2026-11-22T10:00:00.186641Z app/shop/50dc6c495c0c9188 192.0.2.7:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET http://shop.example:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" 0 2026-11-22T10:00:00.185000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_dc57"#,
        signals: &[],
    },
    Sample {
        text: r#"http 2026-11-22T10:00:00.186641Z app/shop/50dc6c495c0c9188 192.0.2.7:2817 10.0.0.1:80 0.000 -1 -1 502 - 34 366 "GET http://shop.example:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:x "Root=1-5" "-" "-" 0 2026-11-22T10:00:00.185000Z "forward" "-" "-" "10.0.0.1:80" "-" "-" "-""#,
        signals: &["ended-before-response @10.0.0.1:80", "answered-at-once @10.0.0.1:80 =0.001641 s"],
    },
    Sample {
        text: r#"https 2026-11-22T10:01:00.186641Z app/shop/50dc6c495c0c9188 192.0.2.7:2817 10.0.0.1:80 0.000 -1 -1 504 - 34 366 "GET https://shop.example:443/ HTTP/1.1" "a" - - arn:aws:x "Root=1-5" "-" "-" 0 2026-11-22T10:00:00.186000Z "forward" "-" "-" "10.0.0.1:80" "-" "-" "-""#,
        signals: &["read-timed-out @10.0.0.1:80", "answered-at-timeout @10.0.0.1:80 =60.000641 s"],
    },
    Sample {
        text: r#"https 2026-11-22T10:00:10.186641Z app/shop/50dc6c495c0c9188 192.0.2.7:2817 10.0.0.1:80 0.000 -1 -1 504 - 34 366 "GET https://shop.example:443/ HTTP/1.1" "a" - - arn:aws:x "Root=1-5" "-" "-" 0 2026-11-22T10:00:00.186000Z "forward" "-" "-" "10.0.0.1:80" "-" "-" "-""#,
        signals: &["connect-timed-out @10.0.0.1:80", "answered-at-timeout @10.0.0.1:80 =10.000641 s"],
    },
    Sample {
        text: r#"h2 2026-11-22T10:00:00.186641Z app/shop/50dc6c495c0c9188 192.0.2.7:2817 - -1 -1 -1 503 - 34 366 "GET https://shop.example:443/ HTTP/2.0" "a" - - arn:aws:x "Root=1-5" "-" "-" 0 2026-11-22T10:00:00.186000Z "forward" "-" "-" "-" "-" "-" "-""#,
        signals: &["no-live-upstream", "answered-at-once =0.000641 s"],
    },
    Sample {
        text: r#"https 2026-11-22T10:00:00.186641Z app/shop/50dc6c495c0c9188 192.0.2.7:2817 - 0.000 0.5 0.000 502 - 34 366 "GET https://shop.example:443/ HTTP/1.1" "a" - - arn:aws:x "Root=1-5" "-" "-" 0 2026-11-22T10:00:00.186000Z "forward" "-" "LambdaInvalidResponse" "-" "-" "-" "-""#,
        signals: &["response-unreadable"],
    },
    Sample {
        text: r#"2026-11-22T10:00:00.186641Z shop-classic 192.0.2.7:2817 10.0.0.1:80 0.000073 0.001048 0.000057 500 500 0 29 "GET http://shop.example:80/ HTTP/1.1" "curl/7.38.0" - -"#,
        signals: &["upstream-answered-5xx @10.0.0.1:80 =500", "answered-at-once @10.0.0.1:80 =0.001178 s"],
    },
];

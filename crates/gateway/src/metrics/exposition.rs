//! The text that monitoring systems read: Prometheus' own form (version 0.0.4) or OpenMetrics 1.0.
//!
//! Our own, and not the `prometheus-client` crate's: its registry owns the numbers and its families hash labels on each
//! use, while ours lie in fixed places that the plan gave them. What is left to do are these lines.

use goodgate_wire::elements;

use crate::written::number;

/// The form of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exposition {
    /// Prometheus' text, which everything reads.
    Text,
    /// OpenMetrics, where it is asked for.
    OpenMetrics,
}

impl Exposition {
    /// The form for a scraper: OpenMetrics if its `Accept` names it.
    pub fn choose(accept: Option<&[u8]>) -> Self {
        let named = |element: &[u8]| {
            let range = element.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
            range.eq_ignore_ascii_case(b"application/openmetrics-text")
        };
        if elements(accept.unwrap_or_default()).any(named) { Self::OpenMetrics } else { Self::Text }
    }

    /// The value of `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// What kind of numbers a family has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Writes families one after the other.
pub(super) struct Writer<'a> {
    pub(super) form: Exposition,
    pub(super) out: &'a mut Vec<u8>,
    name: &'static str,
}

pub(super) type Labels<'l> = &'l [(&'static str, &'l str)];

impl<'a> Writer<'a> {
    pub(super) fn new(form: Exposition, out: &'a mut Vec<u8>) -> Self {
        Self { form, out, name: "" }
    }

    /// Begins a family. `name` has its unit and no `_total`; `help` is a sentence without quotes or line ends.
    pub(super) fn family(&mut self, name: &'static str, kind: Kind, help: &'static str) {
        self.name = name;
        // In OpenMetrics `_total` belongs to the number, in Prometheus' text to the family.
        let total = if kind == Kind::Counter && self.form == Exposition::Text { "_total" } else { "" };
        let word = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        self.push(&["# HELP ", name, total, " ", help, "\n# TYPE ", name, total, " ", word, "\n"]);
    }

    /// A counter's number.
    pub(super) fn counter(&mut self, labels: Labels<'_>, value: u64) {
        self.sample("_total", labels, None);
        number(value, self.out);
        self.push(&["\n"]);
    }

    /// A gauge's number.
    pub(super) fn gauge(&mut self, labels: Labels<'_>, value: u64) {
        self.sample("", labels, None);
        number(value, self.out);
        self.push(&["\n"]);
    }

    /// A gauge in seconds.
    pub(super) fn gauge_us(&mut self, labels: Labels<'_>, us: u64) {
        self.sample("", labels, None);
        self.seconds(us);
        self.push(&["\n"]);
    }

    /// A histogram: counts of each bucket on its own with the texts of their ends, and the sum in microseconds.
    pub(super) fn histogram(&mut self, labels: Labels<'_>, ends: &[&str], counts: &[u64], sum_us: u64) {
        let mut so_far = 0;
        for (end, count) in ends.iter().copied().chain(["+Inf"]).zip(counts) {
            so_far += count;
            self.sample("_bucket", labels, Some(end));
            number(so_far, self.out);
            self.push(&["\n"]);
        }
        self.sample("_sum", labels, None);
        self.seconds(sum_us);
        self.push(&["\n"]);
        self.sample("_count", labels, None);
        number(so_far, self.out);
        self.push(&["\n"]);
    }

    /// The end of everything.
    pub(super) fn end(&mut self) {
        if self.form == Exposition::OpenMetrics {
            self.push(&["# EOF\n"]);
        }
    }

    fn sample(&mut self, suffix: &str, labels: Labels<'_>, le: Option<&str>) {
        self.push(&[self.name, suffix]);
        let mut before = "{";
        for (name, value) in labels.iter().copied().chain(le.map(|end| ("le", end))) {
            self.push(&[before, name, "=\""]);
            self.escaped(value);
            self.push(&["\""]);
            before = ",";
        }
        self.push(&[if before == "{" { " " } else { "} " }]);
    }

    fn escaped(&mut self, value: &str) {
        for byte in value.bytes() {
            match byte {
                b'\\' => self.out.extend_from_slice(b"\\\\"),
                b'"' => self.out.extend_from_slice(b"\\\""),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                _ => self.out.push(byte),
            }
        }
    }

    fn seconds(&mut self, us: u64) {
        number(us / 1_000_000, self.out);
        self.out.push(b'.');
        let mut place = 100_000;
        while place > 0 {
            self.out.push(b'0' + (us / place % 10) as u8);
            place /= 10;
        }
    }

    fn push(&mut self, parts: &[&str]) {
        for part in parts {
            self.out.extend_from_slice(part.as_bytes());
        }
    }
}

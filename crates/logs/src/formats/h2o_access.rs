//! H2O's access log in layouts that only H2O writes: declared ones, and the common one with named times behind it.
//! The plain layout is the same as Apache's combined one and is left to that reader.

use goodgate_facts::SignalId;

use super::answer_times::AnswerTimes;
use super::h2o_error::meaning_at_end;
use super::plain_access::{declared_layouts, read_row};
use crate::layout::{Field, Layout, Notation, Row};
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "h2o-access",
    title: "H2O access log",
    reference: "https://h2o.examp1e.net/configure/access_log_directives.html",
    product: "h2o",
    capture: false,
    open,
    samples: SAMPLES,
};

/// The default layout.
const DEFAULT: &str = r#"%h %l %u %t "%r" %s %b "%{Referer}i" "%{User-agent}i""#;

/// Names of H2O's times, with which people label them in their layouts.
const TIMES: &[&str] = &[
    "connect",
    "connect-time",
    "header",
    "header-time",
    "body",
    "body-time",
    "process",
    "process-time",
    "response",
    "response-time",
    "duration",
    "total",
    "total-time",
    "request-total-time",
];

fn open(declared: &[Declared]) -> Box<dyn LineReader> {
    Box::new(Reader {
        declared: declared_layouts(declared, FORMAT.id, Notation::Apache),
        default: Layout::compile(Notation::Apache, DEFAULT),
        times: AnswerTimes::default(),
    })
}

struct Reader {
    declared: Vec<Layout>,
    default: Option<Layout>,
    times: AnswerTimes,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let declared = self.declared.iter().find_map(|layout| layout.cut(line));
        let labelled = || {
            let (_, tail) = split_tail(line)?;
            let total = total_of(tail)?;
            let mut row = self.default.as_ref()?.cut(line)?;
            row.set(Field::RequestTime, total, 1.0);
            Some(row)
        };
        let Some(row) = declared.or_else(labelled).filter(|row| row.status().is_some()) else {
            return Verdict::Foreign;
        };
        read_row(&row, stated(&row), &mut self.times, sink);
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        self.times.end(sink);
    }
}

/// `%{error}x`: the error that H2O itself met with this request.
fn stated(row: &Row<'_>) -> Option<SignalId> {
    let words = row.text(Field::ErrorNotes)?;
    meaning_at_end(words)
}

/// The line up to the last quote and the unquoted rest behind it.
fn split_tail(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let quote = line.iter().rposition(|b| *b == b'"')?;
    line.split_at_checked(quote + 1)
}

/// The last time in a tail of `name=seconds` words all of which bear H2O's names.
fn total_of(tail: &[u8]) -> Option<&[u8]> {
    let mut total = None;
    for word in tail.split(|b| *b == b' ').filter(|word| !word.is_empty()) {
        let at = word.iter().position(|b| *b == b'=')?;
        let (name, value) = (word.get(..at)?, word.get(at + 1..)?);
        let number =
            !value.is_empty() && value.iter().all(|b| b.is_ascii_digit() || *b == b'.' || *b == b'-');
        if !number || !TIMES.iter().any(|known| known.as_bytes() == name) {
            return None;
        }
        total = Some(value);
    }
    total
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "192.0.2.7 - - [02/Jan/2026:03:04:05 +0000] \"GET /a HTTP/1.1\" 502 11 \"-\" \"agent/1.0\" connect=0 total=3.000351\n\
               192.0.2.7 - - [02/Jan/2026:03:04:09 +0000] \"GET /a HTTP/1.1\" 502 11 \"-\" \"agent/1.0\" connect=0 total=3.000251",
        signals: &["gateway-answered-502 =502", "answered-at-timeout =3.000251 s"],
    },
    Sample {
        text: "192.0.2.7 - - [02/Jan/2026:03:04:05 +0000] \"GET /a HTTP/1.1\" 200 11 \"-\" \"total=9\" connect=0 total=0.1",
        signals: &[],
    },
];

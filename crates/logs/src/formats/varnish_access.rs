//! `varnishncsa`'s log. Unlike other combined logs it writes the whole URL into the request, by which it is known.

use super::answer_times::AnswerTimes;
use super::plain_access::{declared_layouts, read_row};
use crate::layout::{Field, Layout, Notation};
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict};

/// varnishncsa's log.
pub(crate) const FORMAT: Format = Format {
    id: "varnish-access",
    title: "varnishncsa access log",
    reference: "Varnish documentation: varnishncsa(1)",
    product: "varnish",
    capture: false,
    open,
    samples: SAMPLES,
};

const COMBINED: &str = r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i""#;

fn open(declared: &[Declared]) -> Box<dyn LineReader> {
    let combined = Layout::compile(Notation::Apache, COMBINED);
    let declared = declared_layouts(declared, FORMAT.id, Notation::Apache);
    Box::new(Reader { declared, combined, times: AnswerTimes::default() })
}

struct Reader {
    declared: Vec<Layout>,
    combined: Option<Layout>,
    times: AnswerTimes,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        if is_about_log(line) {
            return Verdict::Mine;
        }
        let combined = self.combined.iter().filter_map(|layout| layout.cut(line)).find(|row| {
            let (_, target) = row.request();
            target.is_some_and(|url| url.starts_with(b"http://") || url.starts_with(b"https://"))
        });
        let declared = || self.declared.iter().find_map(|layout| layout.cut(line));
        let Some(row) = combined.or_else(declared) else { return Verdict::Foreign };
        if row.number(Field::Status).is_none() {
            return Verdict::Foreign;
        }
        read_row(&row, None, &mut self.times, sink);
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        self.times.end(sink);
    }
}

/// What varnishncsa says when the shared log goes away and comes back, as it does whenever varnishd's child does.
fn is_about_log(line: &[u8]) -> bool {
    line.starts_with(b"Log abandoned (vs")
        || line == b"Log reacquired"
        || line.starts_with(b"Failed to acquire log: ")
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "192.0.2.7 - - [22/Nov/2026:00:26:00 +0000] \"GET http://shop.example.com/?n=1 HTTP/1.1\" 503 278 \"-\" \"curl/8\"",
        signals: &["gateway-answered-503 =503"],
    },
    Sample {
        text: "192.0.2.7 - - [22/Nov/2026:00:26:00 +0000] \"GET http://shop.example.com/ HTTP/1.1\" 200 1916 \"-\" \"FetchError timeout\"",
        signals: &[],
    },
    Sample { text: "Log abandoned (vsl)\nLog reacquired", signals: &[] },
];

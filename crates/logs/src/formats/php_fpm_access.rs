//! php-fpm's access log in its default layout and the sample's longer one. Says how the pool itself answered;
//! knows nothing of what the gateway made of it.

use super::own_answers::OwnAnswers;
use crate::{Format, LineReader, Sample, Sink, Verdict, clock};

pub(crate) const FORMAT: Format = Format {
    id: "php-fpm-access",
    title: "php-fpm access log",
    reference: "php-src: sapi/fpm/fpm/fpm_log.c; www.conf, access.format",
    product: "php-fpm",
    capture: false,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

#[derive(Default)]
struct Reader {
    answers: OwnAnswers,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let Some(row) = row(line) else { return Verdict::Foreign };
        sink.set_time(row.time);
        self.answers.add(row.status, row.seconds, row.request, sink);
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        self.answers.end(sink);
    }
}

struct Row<'a> {
    time: goodgate_facts::Moment,
    request: &'a [u8],
    status: u16,
    seconds: Option<f64>,
}

/// `%R - %u %t "%m %r" %s`, and whatever follows.
fn row(line: &[u8]) -> Option<Row<'_>> {
    let dash = memchr::memmem::find(line, b" - ")?;
    if memchr::memchr(b' ', line.get(..dash)?).is_some() {
        return None;
    }
    let rest = line.get(dash + 3..)?;
    let time_at = memchr::memchr(b' ', rest)? + 1;
    let rest = rest.get(time_at..)?;
    // A bracketed time is the common log format's.
    let (time, rest) = clock::clf(rest.trim_ascii_start())?;
    let rest = rest.trim_ascii_start().strip_prefix(b"\"")?;
    let (request, after) = memchr::memmem::rfind_iter(rest, b"\" ")
        .filter_map(|at| Some((rest.get(..at)?, rest.get(at + 2..)?)))
        .find(|(_, after)| {
            after.iter().take(3).all(u8::is_ascii_digit)
                && after.len() >= 3
                && after.get(3).is_none_or(u8::is_ascii_whitespace)
        })?;
    // The HTTP version stands in gateways' access logs, never here.
    if !request.iter().take_while(|b| **b != b' ').all(u8::is_ascii_uppercase) {
        return None;
    }
    let status = std::str::from_utf8(after.get(..3)?).ok()?.parse().ok()?;
    Some(Row { time, request, status, seconds: duration(after.get(3..)?) })
}

/// The longer layout's `%f %{milli}d %{kilo}M %C%%` behind the status: script, milliseconds, kilobytes, processor.
fn duration(after: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(after).ok()?;
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if let [.., millis, kilos, share] = words.as_slice()
        && share.ends_with('%')
        && kilos.bytes().all(|b| b.is_ascii_digit())
    {
        return millis.parse::<f64>().ok().map(|millis| millis / 1000.0);
    }
    words.iter().find_map(|word| word.strip_suffix("ms")?.parse::<f64>().ok()).map(|millis| millis / 1000.0)
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "- -  22/Nov/2026:00:35:31 +0000 \"GET /index.php\" 200\n\
               127.0.0.1 -  22/Nov/2026:00:35:32 +0000 \"POST /index.php\" 404\n\
               127.0.0.1 - alice 22/Nov/2026:00:35:33 +0000 \"GET /index.php\" 500",
        signals: &["app-answered-5xx =500", "app-answered-well"],
    },
    Sample {
        text: "127.0.0.1 -  22/Nov/2026:00:35:31 +0000 \"GET /index.php?a=\" 200 x\" 503 /srv/app/index.php 30012.125 2048 0.33%",
        signals: &["app-answered-5xx =503", "app-slow-answer =30.012125 s"],
    },
];

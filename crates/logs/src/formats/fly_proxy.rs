//! Fly.io's proxy: `… proxy[148e] ams [error][PC01] instance refused connection. …`, as `fly logs` prints it.

use goodgate_facts::{SignalId, id};

use super::code_table::{holding, of_code};
use super::columns::text;
use crate::{Format, LineReader, Sample, Sink, Verdict, clock};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "fly-proxy",
    title: "Fly.io proxy log",
    reference: "https://fly.io/docs/networking/",
    product: "fly",
    capture: false,
    open: |_| Box::new(Reader),
    samples: SAMPLES,
};

struct Reader;

#[rustfmt::skip]
const CODES: &[(&str, SignalId)] = &[
    ("PC01", id("connect-refused")),
    ("PC05", id("connect-timed-out")),
    ("PR03", id("no-live-upstream")),
    ("PR04", id("no-live-upstream")),
    ("PM01", id("gateway-internal-error")),
    ("PP01", id("gateway-internal-error")),
    ("PP02", id("gateway-internal-error")),
];

/// Messages, special before general: those of an exchange that broke, and older ones without a code.
#[rustfmt::skip]
const WORDS: &[(&str, SignalId)] = &[
    ("connection closed before message completed", id("ended-before-response")),
    ("connection reset", id("reset-before-response")),
    ("Operation timed out", id("read-timed-out")),
    ("http2 error", id("http2-protocol-error")),
    ("instance refused connection", id("connect-refused")),
    ("timed out while connecting to your instance", id("connect-timed-out")),
    ("could not find a good candidate", id("no-live-upstream")),
    ("could not wake up machine", id("no-live-upstream")),
    ("could not complete HTTP request to instance", id("response-unreadable")),
];

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let Some((when, rest)) = clock::marked(line, "proxy[") else { return Verdict::Foreign };
        sink.set_time(when);
        let text = text(rest);
        // The machine ends its bracket, and the level stands in the next one.
        let level = text.split_once(']').and_then(|(_, rest)| rest.split_once('['));
        let Some(said) = level.and_then(|(_, rest)| rest.strip_prefix("error]")) else {
            return Verdict::Foreign;
        };
        let said = said.trim_start();
        let code = said.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or("", |(code, _)| code);
        // The reason for giving up stands last.
        let last = said.rsplit("last error: ").next().unwrap_or(said);
        let found = if last.len() < said.len() { holding(WORDS, last) } else { None };
        let Some(found) = found.or_else(|| of_code(CODES, code)).or_else(|| holding(WORDS, said)) else {
            return Verdict::Foreign;
        };
        sink.put(sink.signal(found));
        Verdict::Mine
    }
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample {
        text: "2026-11-22T10:00:00Z proxy[148e29] ams [error][PC01] instance refused connection. is your app listening on 0.0.0.0:8080? make sure it is not only listening on 127.0.0.1",
        signals: &["connect-refused"],
    },
    Sample {
        text: "2026-11-22T10:00:00Z proxy[148e29] ams [error][PR04] could not find a good candidate within 40 attempts at load balancing",
        signals: &["no-live-upstream"],
    },
    Sample {
        text: "2026-11-22T10:00:00Z proxy[148e29] ams [error][PR03] could not find a good candidate within 1 attempts at load balancing. last error: [PC01] instance refused connection",
        signals: &["connect-refused"],
    },
    Sample {
        text: "2026-11-22T10:00:00Z proxy[148e29] ams [error][PU02] could not complete HTTP request to instance: connection closed before message completed",
        signals: &["ended-before-response"],
    },
    Sample { text: "2026-11-22T10:00:00Z proxy[148e29] ams [error]could not wake up machine due to a timeout requesting from the machines API", signals: &["no-live-upstream"] },
];

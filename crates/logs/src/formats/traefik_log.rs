//! Traefik's own log, in which a failed exchange stands at level debug: `502 Bad Gateway error="dial tcp …"`, as text
//! (two shapes) or as a JSON object, and always with an error, which is Go's own text. Other programs write the same
//! words at other levels.

use goodgate_facts::id;
use serde_json::{Map, Value as Json};

use super::columns::text;
use super::go_net::{self, Stage};
use crate::{Format, LineReader, Sample, Sink, Verdict, clock};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "traefik-log",
    title: "Traefik log",
    reference: "https://doc.traefik.io/traefik/observability/logs/",
    product: "traefik",
    capture: false,
    open: |_| Box::new(Reader),
    samples: SAMPLES,
};

struct Reader;

/// What Traefik calls an exchange that failed.
const OUTCOMES: &[&str] = &[
    "502 Bad Gateway",
    "504 Gateway Timeout",
    "500 Internal Server Error",
    "503 Service Unavailable",
    "499 Client Closed Request",
];
/// Longer objects are not its own.
const BYTES_MAX: usize = 16 * 1024;

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let may_begin = matches!(line.first(), Some(b'{' | b't' | b'0'..=b'9')) && line.len() <= BYTES_MAX;
        if !may_begin || !OUTCOMES.iter().any(|outcome| contains(line, outcome)) {
            return Verdict::Foreign;
        }
        let text = text(line);
        let said = if text.starts_with('{') { of_json(&text) } else { of_text(&text) };
        let Some(said) = said else { return Verdict::Foreign };
        sink.set_time(clock::iso(said.when.as_bytes()).map(|(when, _)| when));
        match go_net::read(&said.error, Stage::Head) {
            Some(found) => {
                let signal = sink.signal(found.signal).target(found.target).value(found.value);
                sink.put(signal);
                if let Some(also) = found.also {
                    sink.put(sink.signal(also));
                }
            }
            None if said.outcome.starts_with("499") => sink.put(sink.signal(id("client-gone"))),
            None if said.outcome.starts_with("504") => sink.put(sink.signal(id("read-timed-out"))),
            None if said.outcome.starts_with("503") => sink.put(sink.signal(id("no-live-upstream"))),
            None if said.outcome.starts_with("500") => sink.put(sink.signal(id("gateway-answered-500"))),
            None => sink.put(sink.signal(id("gateway-answered-502"))),
        }
        Verdict::Mine
    }
}

fn contains(line: &[u8], words: &str) -> bool {
    memchr::memmem::find(line, words.as_bytes()).is_some()
}

struct Said {
    when: String,
    outcome: &'static str,
    error: String,
}

fn outcome(message: &str) -> Option<&'static str> {
    let message = message.trim_start_matches('\'');
    OUTCOMES.iter().find(|outcome| message.starts_with(**outcome)).copied()
}

/// `{"level":"debug","error":"dial tcp …","time":"…","message":"502 Bad Gateway"}`
fn of_json(text: &str) -> Option<Said> {
    let object: Map<String, Json> = serde_json::from_str(text).ok()?;
    let word = |key: &str| object.get(key).and_then(Json::as_str);
    let message = word("message").or_else(|| word("msg"))?;
    word("level").filter(|level| *level == "debug")?;
    let caused = message.split_once("caused by: ").map(|(_, error)| error);
    Some(Said {
        when: word("time").unwrap_or("").to_owned(),
        outcome: outcome(message)?,
        error: caused.or_else(|| word("error"))?.to_owned(),
    })
}

/// `time="…" level=debug msg="'502 Bad Gateway' caused by: …"`, or `2026-… DBG proxy.go:117 > 502 Bad Gateway error="…"`.
fn of_text(text: &str) -> Option<Said> {
    let (when, message, error) = if let Some(rest) = text.strip_prefix("time=\"") {
        let (when, rest) = rest.split_once('"')?;
        let (message, rest) = value(rest.strip_prefix(" level=debug msg=")?)?;
        let error = rest.split_once("error=").and_then(|(_, error)| value(error)).map(|(error, _)| error);
        (when.to_owned(), message, error)
    } else {
        let (when, rest) = text.split_once(' ')?;
        let rest = rest.strip_prefix("DBG ")?;
        let message = rest.split_once(" > ").map_or(rest, |(_, message)| message);
        let error = message.split_once("error=").and_then(|(_, error)| value(error)).map(|(error, _)| error);
        (when.to_owned(), message.to_owned(), error)
    };
    let caused = message.split_once("caused by: ").map(|(_, error)| error.to_owned());
    Some(Said { when, outcome: outcome(&message)?, error: caused.or(error)? })
}

/// A value, which has quotes around it where it has blanks, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_once(' ').unwrap_or((text, ""));
        return Some((value.to_owned(), rest));
    };
    let (mut out, mut escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                // Only a quote loses its backslash: `\x15` is how Go writes a byte.
                if c != '"' {
                    out.push('\\');
                }
                out.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return Some((out, &quoted[at + 1..])),
            _ => out.push(c),
        }
    }
    None
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample {
        text: r#"time="2026-11-22T10:00:00Z" level=debug msg="'502 Bad Gateway' caused by: dial tcp 10.0.0.1:80: connect: connection refused""#,
        signals: &["connect-refused @10.0.0.1:80 =111: Connection refused"],
    },
    Sample {
        text: r#"2026-11-22T10:00:00Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:117 > 502 Bad Gateway error="dial tcp: lookup shop on 127.0.0.11:53: no such host""#,
        signals: &["name-not-found @shop"],
    },
    Sample {
        text: r#"{"level":"debug","error":"EOF","time":"2026-11-22T10:00:00Z","message":"502 Bad Gateway"}"#,
        signals: &["closed-before-response"],
    },
    Sample {
        text: r#"time="2026-11-22T10:00:00Z" level=debug msg="504 Gateway Timeout" error="context deadline exceeded""#,
        signals: &["response-timed-out"],
    },
    Sample {
        text: r#"{"level":"debug","error":"context canceled","time":"2026-11-22T10:00:00Z","message":"499 Client Closed Request"}"#,
        signals: &["client-gone"],
    },
];

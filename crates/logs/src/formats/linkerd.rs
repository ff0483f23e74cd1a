//! Linkerd's proxy: `[   12.3s]  WARN ThreadId(01) outbound:proxy{…}: linkerd_…: … error=endpoint 10.1.1.1:8080: connect
//! timed out after 1s`. The innermost text of the chain of errors says what happened.

use goodgate_facts::{Errno, SignalId, Target, Value, id};

use super::code_table::holding;
use super::columns::text;
use super::connect_words::connect_error;
use crate::{Format, LineReader, Sample, Sink, Verdict};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "linkerd",
    title: "Linkerd proxy log",
    reference: "linkerd/linkerd2-proxy: linkerd/app",
    product: "linkerd",
    capture: false,
    open: |_| Box::new(Reader),
    samples: SAMPLES,
};

struct Reader;

/// Texts of errors, special before general.
#[rustfmt::skip]
const TEXTS: &[(&str, SignalId)] = &[
    ("connect timed out after", id("connect-timed-out")),
    ("service in fail-fast", id("no-live-upstream")),
    ("entering failfast", id("no-live-upstream")),
    ("service unavailable", id("upstream-limit-reached")),
    ("response header timeout", id("read-timed-out")),
    ("request timeout", id("response-timed-out")),
    ("idle timeout", id("read-timed-out")),
    ("response stream timeout", id("body-timed-out")),
    ("required id", id("certificate-name-mismatch")),
    ("gateway loop detected", id("loop-detected")),
    ("bad gateway domain", id("no-upstream-configured")),
    ("no route", id("no-upstream-configured")),
    ("unauthorized", id("request-forbidden")),
    ("rate-limit", id("rate-limited")),
    ("invalid server policy", id("gateway-config-error")),
    ("invalid client policy", id("gateway-config-error")),
    ("failed to resolve A record", id("name-lookup-failed")),
    ("failed SRV and A record lookups", id("name-lookup-failed")),
    ("orig-proto", id("http2-protocol-error")),
    ("unexpected error", id("gateway-internal-error")),
];

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let framed = line.first() == Some(&b'[') && memchr::memmem::find(line, b" ThreadId(").is_some();
        if !framed || memchr::memmem::find(line, b" linkerd").is_none() {
            return Verdict::Foreign;
        }
        let text = text(line);
        let warns = text.split_once(']').is_some_and(|(_, rest)| {
            ["WARN", "ERROR", "INFO"].contains(&rest.split_whitespace().next().unwrap_or(""))
        });
        let message = text.split_once(" linkerd").map_or("", |(_, rest)| rest);
        let message = message.split_once(": ").map_or(message, |(_, rest)| rest);
        let error = message.split_once("error=").map_or("", |(_, error)| error);
        let error = error.split(" error.sources=").next().unwrap_or(error);
        let said = if error.is_empty() { message } else { error };
        let errno = said.split_once("(os error ").and_then(|(_, rest)| rest.split(')').next()?.parse().ok());
        let found = match errno.map(Errno) {
            Some(Errno(104)) => Some(id("reset-before-response")),
            Some(Errno(32)) => Some(id("send-broken")),
            Some(errno) => Some(connect_error(errno)),
            None => holding(TEXTS, said),
        };
        if let Some(found) = found.filter(|_| warns) {
            let target = said.split_once("endpoint ").and_then(|(_, rest)| rest.split(": ").next());
            let signal = sink.signal(found).target(target.and_then(Target::parse));
            sink.put(signal.value(errno.map_or(Value::None, |errno| Value::Errno(Errno(errno)))));
        }
        Verdict::Mine
    }
}

#[rustfmt::skip]
const SAMPLES: &[Sample] = &[
    Sample {
        text: "[   112.345678s]  WARN ThreadId(01) outbound:proxy{addr=10.0.0.1:80}:rescue{client.addr=10.0.0.9:5000}: linkerd_app_core::errors::respond: HTTP/1.1 request failed error=endpoint 10.1.1.1:8080: connect timed out after 1s error.sources=[connect timed out after 1s]",
        signals: &["connect-timed-out @10.1.1.1:8080"],
    },
    Sample {
        text: "[   112.345678s]  INFO ThreadId(01) outbound:proxy{addr=10.0.0.1:80}:rescue{client.addr=10.0.0.9:5000}: linkerd_app_core::errors::respond: HTTP/1.1 request failed error=endpoint 10.1.1.1:8080: Connection refused (os error 111)",
        signals: &["connect-refused @10.1.1.1:8080 =111: Connection refused"],
    },
    Sample {
        text: "[   112.345678s]  WARN ThreadId(01) outbound:proxy{addr=10.0.0.1:80}:service{ns=shop name=web}: linkerd_stack::failfast: Service entering failfast after 3s",
        signals: &["no-live-upstream"],
    },
    Sample { text: "[     0.001s]  INFO ThreadId(01) linkerd2_proxy: release 2.250.0 by linkerd", signals: &[] },
];

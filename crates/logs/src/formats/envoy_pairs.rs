//! Envoy access logs in layouts that no configuration at hand declares: `name=value` pairs under the names that
//! people give Envoy's operators, told from other logs by a pair of response flags.

use goodgate_facts::{Exchange, Untrusted};

use super::envoy_words::Record;
use crate::Sink;

/// Names under which `%RESPONSE_FLAGS%` is written.
const FLAGS: &[&str] = &["flags", "response_flags", "rf", "resp_flags"];
const DETAILS: &[&str] = &["details", "response_code_details", "code_details", "rcd"];
const TRANSPORT: &[&str] = &["tfail", "upstream_transport_failure_reason", "transport_failure", "utfr"];
const HOST: &[&str] = &["host", "upstream_host", "upstream", "uh"];
const CLUSTER: &[&str] = &["cluster", "upstream_cluster"];
const DURATION_MS: &[&str] = &["dur", "duration", "duration_ms"];
const STATUS: &[&str] = &["status", "response_code", "code"];

/// Reads a line of pairs; `None` if it bears no response flags.
pub(super) fn read<'a>(line: &'a [u8], sink: &mut Sink) -> Option<(Record<'a>, Exchange)> {
    memchr::memmem::find(line, b"ags=").or_else(|| memchr::memmem::find(line, b"rf="))?;
    let text = std::str::from_utf8(line).ok()?;
    let words = || text.split_ascii_whitespace();
    let value = |names: &[&str]| {
        words()
            .filter_map(|word| word.split_once('='))
            .find(|(name, _)| names.contains(name))
            .map(|(_, value)| value)
    };
    let said = |names: &[&str]| value(names).filter(|value| !matches!(*value, "" | "-"));
    let flags = value(FLAGS)?;
    super::envoy_access::plausible_flags(flags).then_some(())?;
    let status: u16 = match said(STATUS) {
        Some(code) => code.parse().ok()?,
        None => words()
            .take(8)
            .find_map(|word| word.parse().ok().filter(|n| (100..600).contains(n) || *n == 0))?,
    };
    sink.set_time(crate::clock::any(line.trim_ascii_start()).map(|(moment, _)| moment));
    let method = words().take(6).map(|word| word.trim_matches('"')).find(|word| is_method(word));
    let record = Record {
        status,
        flags,
        details: said(DETAILS).unwrap_or_default(),
        transport: said(TRANSPORT).unwrap_or_default(),
        host: said(HOST),
        cluster: said(CLUSTER),
        service_s: None,
        tells_host: value(HOST).is_some(),
    };
    let exchange = Exchange {
        when: sink.time(),
        method: method.map(str::to_owned),
        path: Untrusted::default(),
        status: Some(status).filter(|status| *status > 0),
        bytes: None,
        total_s: said(DURATION_MS).and_then(|ms| ms.parse::<f64>().ok()).map(|ms| ms / 1000.0),
        attempts: Vec::new(),
        line: sink.line(),
    };
    Some((record, exchange))
}

fn is_method(word: &str) -> bool {
    matches!(word, "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "TRACE" | "CONNECT")
}

//! The way of the request as far as it could be seen, hop by hop.

use std::time::Duration;

use goodgate_facts::Phase;

use crate::ask::Asked;

/// One stretch of the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Hop {
    /// `dns`, `connect`, `tls`, `http`, or the id of whoever answered, such as `cloudflare` or `nginx`.
    pub hop: String,
    /// Where it led: a name, an address, a protocol; may be empty.
    pub detail: String,
    /// Whether it worked; `None` where that was not seen.
    pub ok: Option<bool>,
    /// How long it took, in milliseconds.
    pub ms: Option<f64>,
}

impl Hop {
    /// A hop that took this long.
    pub(crate) fn new(hop: &str, detail: String, ok: Option<bool>, took: Option<Duration>) -> Self {
        let ms = took.map(|took| (took.as_secs_f64() * 100_000.0).round() / 100.0);
        Self { hop: hop.to_owned(), detail, ok, ms }
    }
}

/// The hops of an exchange behind the name.
pub(crate) fn of(asked: &Asked) -> Vec<Hop> {
    let broke = asked.result.as_ref().err().map(|failure| failure.phase);
    let passed = |phase: Phase| broke.is_none_or(|broke| broke > phase);
    let mut hops = Vec::new();
    let connect = asked.timings.connect.or(asked.result.as_ref().err().map(|failure| failure.after));
    hops.push(Hop::new("connect", asked.peer.to_string(), Some(passed(Phase::Connect)), connect));
    if !passed(Phase::Connect) {
        return hops;
    }
    if asked.url.scheme() == "https" {
        let seen = asked.tls.as_ref();
        let trusted = seen.is_none_or(|tls| tls.problem.is_none());
        let version =
            seen.and_then(|tls| tls.version).map_or_else(String::new, |version| version.as_str().to_owned());
        hops.push(Hop::new("tls", version, Some(passed(Phase::Tls) && trusted), asked.timings.tls));
        if !passed(Phase::Tls) {
            return hops;
        }
    }
    match &asked.result {
        Err(failure) => {
            hops.push(Hop::new(
                "http",
                String::new(),
                Some(false),
                asked.timings.wait.or(Some(failure.after)),
            ));
        }
        Ok(answer) => {
            let took = asked.timings.wait;
            let status = answer.response.status.to_string();
            let maker = &answer.maker;
            if let Some(front) = maker.front {
                hops.push(Hop::new(front, String::new(), Some(true), None));
            }
            let (name, by_gateway) = match maker.generator {
                Some(generator) => (generator, maker.is_gateway()),
                None => ("http", false),
            };
            // A gateway that tells of a failure works itself: what it asked did not.
            let gateway_tells = by_gateway && asked.failed() && !asked.broken();
            let ok = !asked.failed() || gateway_tells;
            hops.push(Hop::new(name, status, Some(ok), took));
            if gateway_tells {
                hops.push(Hop::new("upstream", String::new(), Some(false), None));
            }
        }
    }
    hops
}

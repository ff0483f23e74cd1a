//! Envoy's response flags, short and long.

use super::{Explanation, Kind, key, sentence, told};
use crate::words::{args, say, say_with};

struct Flag(&'static str, &'static str, &'static str, Option<u16>, &'static [&'static str]);

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    Flag("UH", "NoHealthyUpstream", "no host of the cluster is healthy, so none was asked", Some(503), &["destination_unavailable"]),
    Flag("UF", "UpstreamConnectionFailure", "the connection to the upstream failed: refused, timed out, or TLS; %UPSTREAM_TRANSPORT_FAILURE_REASON% says which", Some(503), &["connection_refused", "connection_timeout", "tls_protocol_error"]),
    Flag("UO", "UpstreamOverflow", "a circuit breaker is open: too many connections, pending requests, requests or retries", Some(503), &["connection_limit_reached"]),
    Flag("UT", "UpstreamRequestTimeout", "the upstream did not complete its answer within the route's timeout (15 s by default)", Some(504), &["http_response_timeout"]),
    Flag("UC", "UpstreamConnectionTermination", "the upstream closed the connection while a request was on its way", Some(503), &["connection_terminated"]),
    Flag("UR", "UpstreamRemoteReset", "the upstream reset the stream", Some(503), &["connection_terminated"]),
    Flag("LR", "LocalReset", "Envoy reset the stream itself", Some(503), &["http_protocol_error"]),
    Flag("URX", "UpstreamRetryLimitExceeded", "all retries (or connection attempts) were used up; the other flags say what failed last", Some(503), &["destination_unavailable"]),
    Flag("UPE", "UpstreamProtocolError", "the upstream's answer was invalid", Some(502), &["http_protocol_error"]),
    Flag("UMSDR", "UpstreamMaxStreamDurationReached", "the stream lasted longer than max_stream_duration allows", Some(504), &["http_response_timeout"]),
    Flag("NR", "NoRouteFound", "no route fits the request, or no filter chain the connection", Some(404), &["destination_not_found"]),
    Flag("NC", "NoClusterFound", "the route names a cluster that does not exist", Some(503), &["destination_not_found", "proxy_configuration_error"]),
    Flag("DF", "DnsResolutionFailed", "the upstream's name could not be resolved", Some(503), &["dns_error"]),
    Flag("NFCF", "NoFilterConfigFound", "a filter's configuration has not arrived", Some(500), &["proxy_configuration_error"]),
    Flag("LH", "FailedLocalHealthCheck", "the local service fails its health check", Some(503), &["destination_unavailable"]),
    Flag("OM", "OverloadManagerTerminated", "Envoy itself is overloaded and turned the request away", Some(503), &["proxy_internal_error"]),
    Flag("DO", "DropOverload", "the control plane told Envoy to drop a share of the requests", Some(503), &["connection_limit_reached"]),
    Flag("UDO", "UnconditionalDropOverload", "the control plane told Envoy to drop every request", Some(503), &["connection_limit_reached"]),
    Flag("RL", "RateLimited", "a rate limit was reached", Some(429), &["http_request_denied"]),
    Flag("RLSE", "RateLimitServiceError", "the rate-limit service failed", Some(500), &["proxy_internal_error"]),
    Flag("UAEX", "UnauthorizedExternalService", "the authorisation service denied the request", Some(403), &["http_request_denied"]),
    Flag("IH", "InvalidEnvoyRequestHeaders", "an x-envoy header of the request is invalid", Some(400), &["http_request_error"]),
    Flag("DPE", "DownstreamProtocolError", "the client's request was invalid", Some(400), &["http_request_error"]),
    Flag("SI", "StreamIdleTimeout", "nothing moved on the stream for as long as stream_idle_timeout allows", Some(504), &["connection_read_timeout"]),
    Flag("DT", "DurationTimeout", "the connection lasted longer than max_connection_duration allows", None, &["http_response_timeout"]),
    Flag("DC", "DownstreamConnectionTermination", "the client closed the connection before there was an answer (status 0)", None, &[]),
    Flag("DR", "DownstreamRemoteReset", "the client reset the stream (status 0)", None, &[]),
    Flag("DI", "DelayInjected", "a delay was injected on purpose", None, &["proxy_internal_response"]),
    Flag("FI", "FaultInjected", "a fault was injected on purpose", None, &["proxy_internal_response"]),
    Flag("RFCF", "ResponseFromCacheFilter", "the answer came from Envoy's cache", None, &[]),
];

/// Explains one flag or several with commas.
pub(super) fn explain(asked: &str) -> Option<Explanation> {
    let flag = |name: &str| FLAGS.iter().find(|flag| flag.0 == name || flag.1 == name);
    let flags: Vec<&Flag> = asked.split(',').map(|name| flag(name.trim())).collect::<Option<_>>()?;
    let mut out = Explanation::new(asked, Kind::EnvoyFlag, say_with("in-envoy-log", &args![asked = asked]));
    let means = |flag: &Flag| told(&key(Kind::EnvoyFlag, flag.0), flag.2);
    let items = flags.iter().map(|flag| {
        let status = flag.3.map_or(String::new(), |status| {
            format!(" {}", say_with("clients-get", &args![status = status.to_string()]))
        });
        format!("{} ({}): {}.{status}", flag.0, flag.1, means(flag))
    });
    out.points(say("flag-by-flag"), items.collect());
    let main = flags.iter().find(|flag| flag.0 != "URX").unwrap_or(flags.first()?);
    out.text.push(sentence(&means(main)));
    if flags.len() > 1 && flags.iter().any(|flag| flag.0 == "URX") {
        out.text.push(say("envoy-tried-again"));
    }
    out.status = main.3;
    // What stands beside URX says why; URX alone says only that trying again did not help.
    let errors: Vec<&str> = flags
        .iter()
        .filter(|flag| flags.len() == 1 || flag.0 != "URX")
        .flat_map(|flag| flag.4)
        .copied()
        .collect();
    out.stands_for(&errors);
    Some(out)
}

/// What stands here in English, each with its key.
#[cfg(test)]
pub(super) fn in_english() -> impl Iterator<Item = (String, &'static str)> {
    FLAGS.iter().map(|flag| (key(Kind::EnvoyFlag, flag.0), flag.2))
}

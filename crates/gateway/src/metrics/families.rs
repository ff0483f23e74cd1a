//! The families of numbers, each with its name and what it says. Names are permanent: dashboards and alarms rely on
//! them.

use std::sync::Arc;

use goodgate_facts::ErrorType;

use super::Known;
use super::cells::{BOUNDS, BUCKETS, CLASSES, Counter, Durations, Gauge};
use super::exposition::{Exposition, Kind, Labels, Writer};
use crate::status::{CertificateState, ServerState, Status};

/// Writes them all.
pub(super) fn write(known: &Known, form: Exposition, status: &Status, out: &mut Vec<u8>) {
    let mut to = Writer::new(form, out);
    process(status, &mut to);
    certificates(status, &mut to);
    clients(known, &mut to);
    requests(known, &mut to);
    upstreams(known, status, &mut to);
    servers(known, &mut to);
    states(status, &mut to);
    to.end();
}

fn total<'a, T: 'a>(cells: &'a [Arc<T>], counter: impl Fn(&'a T) -> &'a Counter) -> u64 {
    cells.iter().fold(0, |sum, cells| sum.wrapping_add(counter(cells).get()))
}

fn level<'a, T: 'a>(cells: &'a [Arc<T>], gauge: impl Fn(&'a T) -> &'a Gauge) -> u64 {
    Gauge::sum(cells.iter().map(|cells| gauge(cells)))
}

fn durations<'a, T: 'a>(
    cells: &'a [Arc<T>],
    of: impl Fn(&'a T) -> &'a Durations,
    labels: Labels<'_>,
    to: &mut Writer<'_>,
) {
    let (mut buckets, mut sum_us) = ([0u64; BUCKETS], 0u64);
    for cells in cells {
        let (more, us) = of(cells).get();
        buckets.iter_mut().zip(more).for_each(|(sum, count)| *sum += count);
        sum_us = sum_us.wrapping_add(us);
    }
    if buckets.iter().any(|count| *count > 0) {
        to.histogram(labels, &BOUNDS.map(|(_, end)| end), &buckets, sum_us);
    }
}

fn process(status: &Status, to: &mut Writer<'_>) {
    to.family("goodgate_build_info", Kind::Gauge, "The version that runs; the value is always 1.");
    to.gauge(&[("version", &status.version)], 1);
    to.family("goodgate_start_time_seconds", Kind::Gauge, "When the gateway started, in seconds since 1970.");
    to.gauge_us(&[], status.started_us);
    to.family(
        "goodgate_config_loaded_time_seconds",
        Kind::Gauge,
        "When the configuration in use was loaded.",
    );
    to.gauge_us(&[], status.loaded_us);
    to.family("goodgate_config_reloads", Kind::Counter, "Configurations loaded anew since the start.");
    to.counter(&[("result", "taken")], status.reloads);
    to.counter(&[("result", "refused")], status.reloads_refused);
    if let Some(log) = &status.log {
        to.family("goodgate_access_log_lines", Kind::Counter, "Lines of the access log.");
        to.counter(&[("result", "written")], log.written);
        to.counter(&[("result", "lost")], log.lost);
    }
}

fn certificates(status: &Status, to: &mut Writer<'_>) {
    if status.certificates.is_empty() {
        return;
    }
    let help = "When a certificate that clients are shown expires, in seconds since 1970.";
    to.family("goodgate_certificate_not_after_seconds", Kind::Gauge, help);
    for CertificateState { chain, not_after_s, .. } in &status.certificates {
        to.gauge(&[("chain", chain)], *not_after_s);
    }
    let help = "Whether what stands in a certificate's files now cannot be used, so that an older one is shown: 1 for yes.";
    to.family("goodgate_certificate_outdated", Kind::Gauge, help);
    for CertificateState { chain, trouble, .. } in &status.certificates {
        to.gauge(&[("chain", chain)], u64::from(trouble.is_some()));
    }
}

fn clients(known: &Known, to: &mut Writer<'_>) {
    let front = &known.front;
    to.family("goodgate_client_connections", Kind::Counter, "Connections of clients.");
    to.counter(&[("result", "accepted")], total(front, |cells| &cells.accepted));
    to.counter(&[("result", "refused")], total(front, |cells| &cells.refused));
    let help = "Times that a connection could not be accepted, because descriptors or memory ran out.";
    to.family("goodgate_client_accept_failures", Kind::Counter, help);
    to.counter(&[], total(front, |cells| &cells.accept_failed));
    to.family("goodgate_client_connections_open", Kind::Gauge, "Connections of clients that are open.");
    to.gauge(&[], level(front, |cells| &cells.open));
    to.family("goodgate_client_tls_failures", Kind::Counter, "TLS handshakes with clients that failed.");
    to.counter(&[], total(front, |cells| &cells.tls_failed));
    to.family("goodgate_requests_in_hand", Kind::Gauge, "Requests that are being answered.");
    to.gauge(&[], level(front, |cells| &cells.in_hand));
}

fn requests(known: &Known, to: &mut Writer<'_>) {
    to.family("goodgate_requests", Kind::Counter, "Requests that have ended, by the class of their status.");
    for ((site, route), cells) in &known.routes {
        for (class, name) in CLASSES.into_iter().enumerate() {
            let count = total(cells, |cells| &cells.statuses[class]);
            if count > 0 {
                to.counter(&[("site", site), ("route", route), ("status", name)], count);
            }
        }
    }
    let used =
        |cells: &&[Arc<super::RouteCells>]| cells.iter().any(|cells| cells.durations.get().0 != [0; BUCKETS]);
    let routes = || known.routes.iter().filter(|(_, cells)| used(&cells.as_slice()));
    to.family("goodgate_request_body_bytes", Kind::Counter, "Bytes of bodies that clients sent.");
    for ((site, route), cells) in routes() {
        to.counter(&[("site", site), ("route", route)], total(cells, |cells| &cells.request_bytes));
    }
    to.family("goodgate_response_body_bytes", Kind::Counter, "Bytes of bodies that clients were sent.");
    for ((site, route), cells) in routes() {
        to.counter(&[("site", site), ("route", route)], total(cells, |cells| &cells.response_bytes));
    }
    let help = "Time from the end of a request's head to the end of its answer.";
    to.family("goodgate_request_duration_seconds", Kind::Histogram, help);
    for ((site, route), cells) in routes() {
        durations(cells, |cells| &cells.durations, &[("site", site), ("route", route)], to);
    }
}

fn upstreams(known: &Known, status: &Status, to: &mut Writer<'_>) {
    let help = "Requests that failed, by the error type of RFC 9209; no upstream where none had been chosen.";
    to.family("goodgate_failures", Kind::Counter, help);
    for (upstream, cells) in &known.upstreams {
        for error in ErrorType::all() {
            let count = total(cells, |cells| &cells.errors[error as usize]);
            if count > 0 {
                to.counter(&[("upstream", upstream), ("error", error.token())], count);
            }
        }
    }
    type Pick = fn(&super::UpstreamCells) -> &Counter;
    let counters: [(&str, &str, Pick); 3] = [
        ("goodgate_upstream_retries", "Requests sent again.", |cells| &cells.retries),
        ("goodgate_upstream_retries_denied", "Retries not made because the budget was spent.", |cells| {
            &cells.retries_denied
        }),
        ("goodgate_upstream_failures_masked", "Requests that failed at first and were answered.", |cells| {
            &cells.masked
        }),
    ];
    let named = || known.upstreams.iter().filter(|(name, _)| !name.is_empty());
    for (name, help, pick) in counters {
        to.family(name, Kind::Counter, help);
        for (upstream, cells) in named() {
            to.counter(&[("upstream", upstream)], total(cells, pick));
        }
    }
    to.family("goodgate_upstream_requests_in_hand", Kind::Gauge, "Requests that an upstream has in hand.");
    for upstream in &status.upstreams {
        to.gauge(&[("upstream", &upstream.name)], upstream.in_hand);
    }
    to.family("goodgate_upstream_queue_length", Kind::Gauge, "Requests that wait for a place.");
    for upstream in &status.upstreams {
        to.gauge(&[("upstream", &upstream.name)], upstream.queued);
    }
    let help = "Time from the beginning of an attempt to the end of the answer's head.";
    to.family("goodgate_upstream_head_seconds", Kind::Histogram, help);
    for (upstream, cells) in named() {
        durations(cells, |cells| &cells.head, &[("upstream", upstream)], to);
    }
}

fn servers(known: &Known, to: &mut Writer<'_>) {
    to.family("goodgate_attempts", Kind::Counter, "Attempts at servers.");
    for ((upstream, server), cells) in &known.servers {
        let labels =
            |result| [("upstream", upstream.as_str()), ("server", server.as_str()), ("result", result)];
        to.counter(&labels("answered"), total(cells, |cells| &cells.answered));
        to.counter(&labels("failed"), total(cells, |cells| &cells.failed));
    }
    to.family("goodgate_server_ejections", Kind::Counter, "Times that a server was left out after failures.");
    for ((upstream, server), cells) in &known.servers {
        to.counter(&[("upstream", upstream), ("server", server)], total(cells, |cells| &cells.ejected));
    }
    to.family("goodgate_server_connections", Kind::Counter, "Connections opened to servers.");
    for ((upstream, server), cells) in &known.servers {
        to.counter(&[("upstream", upstream), ("server", server)], total(cells, |cells| &cells.connected));
    }
}

fn states(status: &Status, to: &mut Writer<'_>) {
    type Pick = fn(&ServerState) -> u64;
    let levels: [(&str, &str, Pick); 4] = [
        ("goodgate_server_connections_open", "Connections to a server that are open.", |server| {
            server.connections
        }),
        ("goodgate_server_connections_idle", "Idle connections that are kept.", |server| server.idle),
        ("goodgate_server_requests_in_hand", "Requests that a server has in hand.", |server| server.in_hand),
        ("goodgate_server_usable", "Whether a server may be asked: 1 for yes.", |server| {
            u64::from(server.state.may_be_asked())
        }),
    ];
    for (name, help, pick) in levels {
        to.family(name, Kind::Gauge, help);
        for upstream in &status.upstreams {
            for server in &upstream.servers {
                to.gauge(&[("upstream", &upstream.name), ("server", &server.server)], pick(server));
            }
        }
    }
}

//! Upstreams: servers, and how they are chosen, asked and left out.

use std::time::Duration;

use super::{Around, count, pause, pems, size, time};
use crate::config::amounts::Percent;
use crate::config::keys::{
    ConnectionKeys, EjectKeys, File, HealthKeys, QueueKeys, RetryKeys, ServerKeys, TimeoutKeys, UpstreamKeys,
    spot_or,
};
use crate::config::typed::{At, Many, Reading, Spot};
use crate::plan::{
    Connections, Eject, Health, Protocol, Queue, Retry, Server, Timeouts, Upstream, UpstreamTls,
};

/// An upstream that routes can name.
pub(in crate::config) struct Known {
    /// Its name and where that stands.
    pub(in crate::config) name: At<String>,
    /// Itself; `None` where it is broken, which was told.
    pub(in crate::config) upstream: Option<Upstream>,
}

pub(super) fn upstreams(file: &File, around: &Around<'_>, reading: &mut Reading<'_>) -> Vec<Known> {
    let given = file.upstream.as_ref().map_or(&[][..], |at| &at.value.0);
    let one = |(name, at): &(At<String>, At<UpstreamKeys>)| Known {
        name: name.clone(),
        upstream: upstream(name, &at.value, around, reading),
    };
    given.iter().map(one).collect()
}

fn upstream(
    name: &At<String>,
    keys: &UpstreamKeys,
    around: &Around<'_>,
    reading: &mut Reading<'_>,
) -> Option<Upstream> {
    let servers = servers(keys.servers.as_ref()?, reading)?;
    let timeouts = timeouts(keys.timeout.as_ref().map(|at| &at.value));
    if let Some(at) = keys.timeout.as_ref().filter(|_| timeouts.head < timeouts.connect) {
        let what = "an answer may take less time (head) than the connection alone (connect)";
        let hint = "head is the time that the application takes; make it longer than connect";
        reading.warn(spot_or(at.value.head.as_ref(), &at.spot), what, hint);
    }
    let connections = connections(keys.connections.as_ref().map(|at| &at.value));
    let queue = keys.queue.as_ref().and_then(|at| queue(&at.value));
    if let (Some(queue), Some(at)) = (queue, &keys.queue) {
        let all = connections.max.saturating_mul(servers.len());
        if connections.max > 0 && queue.concurrency > all {
            let what =
                format!("{} requests at once never come about over {all} connections", queue.concurrency);
            reading.warn(
                &at.spot,
                what,
                "lower concurrency, or raise connections.max, which is for each server",
            );
        }
    }
    Some(Upstream {
        name: name.value.clone(),
        tls: tls(keys, &servers, around, reading),
        health: keys.health.as_ref().map(|at| health(at, &servers, reading)),
        eject: eject(keys.eject.as_ref(), reading),
        retry: retry(keys.retry.as_ref().map(|at| &at.value)),
        balance: keys.balance.as_ref().map(|at| at.value).unwrap_or_default(),
        servers,
        timeouts,
        queue,
        connections,
        resolver: keys.resolver.as_ref().map(|at| at.value.0),
    })
}

fn servers(given: &At<Many<ServerKeys>>, reading: &mut Reading<'_>) -> Option<Vec<Server>> {
    if given.value.0.is_empty() {
        if !reading.told_below(&given.spot.key) {
            reading.error(
                &given.spot,
                "there is no server",
                "for example: servers = [\"http://127.0.0.1:3000\"]",
            );
        }
        return None;
    }
    let mut out: Vec<Server> = Vec::new();
    for at in &given.value.0 {
        let Some(url) = &at.value.url else { continue };
        let server = Server {
            written: url.value.written.clone(),
            protocol: url.value.protocol,
            at: url.value.at.clone(),
            weight: count(at.value.weight.as_ref(), 1),
            backup: at.value.backup.as_ref().is_some_and(|at| at.value),
        };
        if out.iter().any(|other| other.at == server.at) {
            let hint = "take one of them away; weight gives a server a larger share";
            reading.error(&url.spot, format!("{} stands here twice", server.written), hint);
        }
        let fast = |server: &Server| server.protocol == Protocol::FastCgi;
        if let Some(first) = out.first().filter(|first| fast(first) != fast(&server)) {
            let what = format!("{} and {} do not speak the same", first.written, server.written);
            reading.error(
                &url.spot,
                what,
                "servers that stand for each other speak alike: make two upstreams of them",
            );
        }
        out.push(server);
    }
    if !out.is_empty() && out.iter().all(|server| server.backup) {
        let hint = "backup = true is for servers that are asked when no other may be; take it away from one";
        reading.warn(
            &given.spot,
            "all servers are backups, so there is nothing that they stand in for",
            hint,
        );
    }
    (!out.is_empty()).then_some(out)
}

fn timeouts(given: Option<&TimeoutKeys>) -> Timeouts {
    let base = Timeouts::default();
    let Some(keys) = given else { return base };
    Timeouts {
        resolve: time(keys.resolve.as_ref(), base.resolve),
        connect: time(keys.connect.as_ref(), base.connect),
        tls: time(keys.tls.as_ref(), base.tls),
        send: time(keys.send.as_ref(), base.send),
        head: time(keys.head.as_ref(), base.head),
        idle: time(keys.idle.as_ref(), base.idle),
        tunnel: time(keys.tunnel.as_ref(), base.tunnel),
    }
}

fn percent(given: Option<&At<Percent>>, default: u32) -> u32 {
    given.map_or(default, |at| at.value.0)
}

fn retry(given: Option<&RetryKeys>) -> Retry {
    let base = Retry::default();
    let Some(keys) = given else { return base };
    Retry {
        attempts: count(keys.attempts.as_ref(), base.attempts),
        budget_percent: percent(keys.budget.as_ref(), base.budget_percent),
        backoff: pause(keys.backoff.as_ref(), base.backoff),
        body_bytes: size(keys.body_size.as_ref(), base.body_bytes),
    }
}

fn health(given: &At<HealthKeys>, servers: &[Server], reading: &mut Reading<'_>) -> Health {
    let (base, keys) = (Health::default(), &given.value);
    let every = time(keys.every.as_ref(), base.every);
    let path = keys.path.as_ref().map(|at| at.value.0.clone());
    let fast = servers.iter().any(|server| server.protocol == Protocol::FastCgi);
    if let Some(at) = keys.path.as_ref().filter(|at| fast && at.value.0.contains('?')) {
        // It would be looked for under that name.
        let hint = "leave out what begins with ?";
        reading.error(&at.spot, "the path of a script has no query here", hint);
    }
    let health = Health {
        script: path.clone().filter(|_| fast),
        path: path.unwrap_or(base.path),
        host: keys.host.as_ref().map(|at| at.value.0.clone()),
        every,
        timeout: time(keys.timeout.as_ref(), base.timeout.min(every / 2)),
        fall: count(keys.fall.as_ref(), base.fall),
        rise: count(keys.rise.as_ref(), base.rise),
        slow_start: pause(keys.slow_start.as_ref(), base.slow_start),
        expect: keys.expect.as_ref().map_or(base.expect, |at| at.value.0),
    };
    if let Some(at) = keys.timeout.as_ref().filter(|_| health.timeout >= health.every) {
        let (timeout, every) = (shown(health.timeout), shown(health.every));
        let what = format!("a check may take {timeout}, but the next comes after {every}");
        reading.warn(&at.spot, what, "make timeout shorter than every");
    }
    health
}

fn shown(time: Duration) -> String {
    if time.subsec_millis() == 0 { format!("{}s", time.as_secs()) } else { format!("{}ms", time.as_millis()) }
}

fn eject(given: Option<&At<EjectKeys>>, reading: &mut Reading<'_>) -> Eject {
    let base = Eject::default();
    let Some(at) = given else { return base };
    let keys = &at.value;
    let eject = Eject {
        after: count(keys.after.as_ref(), base.after),
        time: time(keys.time.as_ref(), base.time),
        time_max: time(keys.time_max.as_ref(), base.time_max),
        panic_percent: percent(keys.panic.as_ref(), base.panic_percent),
    };
    if eject.time > eject.time_max {
        let spot = spot_or(keys.time.as_ref(), &at.spot);
        let what = format!(
            "the first time ({}) is longer than the longest ({})",
            shown(eject.time),
            shown(eject.time_max)
        );
        reading.warn(spot, what, "raise time_max, or lower time");
    }
    eject
}

fn queue(keys: &QueueKeys) -> Option<Queue> {
    /// How long a request waits for its turn.
    const WAIT: Duration = Duration::from_secs(5);
    let concurrency = usize::try_from(keys.concurrency.as_ref()?.value.0).ok()?;
    Some(Queue {
        concurrency,
        length: count(keys.length.as_ref(), concurrency),
        wait: pause(keys.wait.as_ref(), WAIT),
    })
}

fn connections(given: Option<&ConnectionKeys>) -> Connections {
    let base = Connections::default();
    let Some(keys) = given else { return base };
    Connections {
        max: count(keys.max.as_ref(), base.max),
        idle_max: count(keys.idle_max.as_ref(), base.idle_max),
        idle: pause(keys.idle.as_ref(), base.idle),
        requests_max: count(keys.requests_max.as_ref(), base.requests_max),
    }
}

fn tls(
    keys: &UpstreamKeys,
    servers: &[Server],
    around: &Around<'_>,
    reading: &mut Reading<'_>,
) -> UpstreamTls {
    let Some(at) = &keys.tls else { return UpstreamTls::default() };
    let given = &at.value;
    if servers.iter().all(|server| server.protocol != Protocol::Https) {
        let hint = "write https:// in front of a server, or take tls away";
        reading.warn(&at.spot, "none of the servers speaks TLS", hint);
    }
    if let Some(ca) = &given.ca {
        pems::holds(ca, "CERTIFICATE-----", "a certificate", around, reading);
    }
    let insecure = given.insecure.as_ref().filter(|at| at.value);
    if let Some(at) = insecure {
        warn_insecure(&at.spot, given.ca.is_some(), reading);
    }
    UpstreamTls {
        server_name: given.server_name.as_ref().map(|at| at.value.0.clone()),
        ca: given.ca.as_ref().map(|at| at.value.from(&around.folder)),
        insecure: insecure.is_some(),
    }
}

fn warn_insecure(spot: &Spot, with_ca: bool, reading: &mut Reading<'_>) {
    let what = "any certificate is accepted: whoever stands in between can read and change everything";
    let hint = if with_ca {
        "ca says already whom to trust: take insecure away"
    } else {
        "name the certificate's issuer, or the certificate itself, with ca = \"file.pem\", and the name in it with \
         server_name if the address differs"
    };
    reading.warn(spot, what, hint);
}

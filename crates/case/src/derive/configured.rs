//! What the gateway's configuration states about its legs, as signals.

use goodgate_configs::{Configuration, Leg, Role};
use goodgate_facts::{Address, Protocol, Signal, Value, id};

use super::stated;
use crate::material::Material;

/// From this many bytes on, a buffer for response headers is at the usual size.
const HEADER_BUFFER_USUAL: u64 = 8 * 1024;
/// A limit on simultaneous connections below this is met by ordinary traffic.
const CONNECTIONS_FEW: f64 = 32.0;
/// A descriptor limit below this is met by ordinary traffic.
const DESCRIPTORS_FEW: f64 = 256.0;

pub(super) fn join(material: &mut Material) {
    let mut found = Vec::new();
    for config in &material.configs {
        for leg in &config.legs {
            leg_signals(config, leg, &mut found);
        }
        pool_size(config, &mut found);
        limits(config, &mut found);
        settings(config, &mut found);
        pools(config, &mut found);
        self_target(config, &mut found);
    }
    for signal in found {
        material.evidence.add(signal);
    }
}

fn leg_signals(config: &Configuration, leg: &Leg, found: &mut Vec<Signal>) {
    let mut add = |name: &str| {
        if let Some(id) = goodgate_facts::SignalId::find(name) {
            found.push(stated(id, &leg.place, config.product).target(leg.target.clone()));
        }
    };
    add("configured-target");
    match leg.target.protocol {
        Some(Protocol::Https) => add("protocol-configured-tls"),
        Some(Protocol::Http | Protocol::Fastcgi | Protocol::Uwsgi | Protocol::H2c) if leg.tls.is_none() => {
            add("protocol-configured-plain");
        }
        _ => {}
    }
    if matches!(leg.target.protocol, Some(Protocol::H2c | Protocol::Grpc)) {
        add("http2-to-upstream");
    }
    if let Some(tls) = &leg.tls {
        if tls.verify == Some(true) {
            add("tls-verification-on");
        }
        if tls.sni == Some(false) {
            add("sni-not-sent");
        }
        if tls.versions.is_some() {
            add("tls-versions-restricted");
        }
    }
    if leg.keepalive == Some(true) {
        add("keepalive-to-upstream");
    }
    if leg.header_buffer.is_some_and(|bytes| bytes < HEADER_BUFFER_USUAL) {
        add("header-buffer-small");
    }
    if leg.connections_max.is_some_and(|n| (n as f64) < CONNECTIONS_FEW) {
        add("limit-configured-low");
    }
    if let Address::Tcp { host, .. } = &leg.target.address {
        let literal = host.parse::<std::net::IpAddr>().ok();
        if literal.is_some_and(is_reserved) {
            add("target-address-unroutable");
        }
        if host == "localhost" {
            add("target-is-localhost-name");
        } else if literal.is_none() {
            add("target-is-name");
            match leg.resolved_at_runtime {
                Some(true) => add("names-resolved-at-runtime"),
                Some(false) => add("target-resolves-at-start-only"),
                None => {}
            }
        }
    }
}

fn pool_size(config: &Configuration, found: &mut Vec<Signal>) {
    if config.role != Role::Gateway || config.legs.is_empty() {
        return;
    }
    let mut groups = std::collections::BTreeMap::<_, std::collections::BTreeSet<_>>::new();
    for leg in &config.legs {
        groups.entry(leg.group.as_deref().unwrap_or("")).or_default().insert(&leg.target.address);
    }
    let named_several = groups.iter().any(|(name, targets)| !name.is_empty() && targets.len() > 1);
    let which = if named_several { id("several-servers-pool") } else { id("single-server-pool") };
    found.push(stated(which, &config.legs[0].place, config.product));
}

fn limits(config: &Configuration, found: &mut Vec<Signal>) {
    for limit in &config.limits {
        let directive = limit.directive.as_str();
        let per_client = ["limit_req", "limit_conn", "rate_limit", "stick-table", "sc_http_req_rate"];
        let descriptors =
            ["worker_rlimit_nofile", "server.max-fds", "max_filedescriptors", "ulimit-n", "LimitNOFILE"];
        let which = if per_client.contains(&directive) {
            id("rate-limit-configured")
        } else if descriptors.contains(&directive) {
            if limit.value >= DESCRIPTORS_FEW {
                continue;
            }
            id("descriptor-limit-configured-low")
        } else if limit.value < CONNECTIONS_FEW && is_connection_limit(directive) {
            id("limit-configured-low")
        } else if is_connection_limit(directive) {
            id("limit-configured")
        } else {
            continue;
        };
        let value = Value::Word(format!("{directive} {}", limit.value));
        found.push(stated(which, &limit.place, config.product).value(value));
    }
}

fn is_connection_limit(directive: &str) -> bool {
    let names = [
        "worker_connections",
        "maxconn",
        "max_conns",
        "max",
        "MaxRequestWorkers",
        "max_connections",
        ".max_connections",
        "max-connections",
        "server.max-connections",
        "fullconn",
        "max_pending_requests",
        "max_requests",
        "server_max_connections",
        "max_conns_per_host",
    ];
    names.iter().any(|name| directive == *name || directive.ends_with(&format!(".{name}")))
}

fn settings(config: &Configuration, found: &mut Vec<Signal>) {
    for setting in &config.settings {
        let which = match setting.directive.as_str() {
            "resolver" | "dns_nameservers" | "nameserver" | "resolvers" => id("resolver-configured"),
            "error_page" | "errorfile" | "ErrorDocument" | "handle_errors" | "vcl_backend_error" => {
                id("error-page-rewrites")
            }
            "proxy_intercept_errors" | "fastcgi_intercept_errors" if setting.value.starts_with("on") => {
                id("error-interception-on")
            }
            "auth_request" | "forward_auth" => id("auth-subrequest"),
            "proxy_next_upstream" | "option redispatch" | "retry-on" | "lb_try_duration" => {
                id("next-upstream-on")
            }
            "return" | "respond" | "direct_response" | "synth" if setting.value.contains("50") => {
                id("static-error-configured")
            }
            "proxy_temp_path" | "client_body_temp_path" | "fastcgi_temp_path" => id("temp-path-configured"),
            _ => continue,
        };
        let value = Value::Word(setting.value.clone());
        found.push(stated(which, &setting.place, config.product).value(value));
    }
}

/// Workers fewer than this are all busy as soon as a few requests are slow.
const WORKERS_FEW: u64 = 3;

fn pools(config: &Configuration, found: &mut Vec<Signal>) {
    for pool in &config.pools {
        let place = &pool.place;
        if pool.workers_max.is_some_and(|n| n < WORKERS_FEW) {
            found.push(stated(id("maximum-workers-low"), place, config.product).name(pool.name.clone()));
        }
        if let Some(seconds) = pool.terminate_timeout_s.filter(|s| *s > 0.0) {
            let signal = stated(id("terminate-timeout-configured"), place, config.product);
            found.push(signal.name(pool.name.clone()).value(Value::Seconds(seconds)));
        }
        if !pool.allowed_clients.is_empty() {
            found.push(
                stated(id("allowed-clients-configured"), place, config.product).name(pool.name.clone()),
            );
            let loopback =
                pool.allowed_clients.iter().any(|c| c.starts_with("127.") || c == "::1" || c == "any");
            if !loopback {
                found.push(stated(id("allowed-clients-exclude-gateway"), place, config.product));
            }
        }
        if pool.extensions.as_deref().is_some_and(|e| !e.split_whitespace().any(|w| w == ".php")) {
            found.push(stated(id("extensions-limited"), place, config.product));
        }
    }
}

/// The gateway sends requests to an address on which it listens itself.
fn self_target(config: &Configuration, found: &mut Vec<Signal>) {
    for leg in &config.legs {
        let own = config.listens.iter().find(|listen| same_listener(&listen.address, &leg.target.address));
        if let Some(listen) = own {
            found.push(stated(id("proxy-to-self"), &leg.place, config.product).target(leg.target.clone()));
            let _ = listen;
        }
    }
}

/// Whether a connection to `asked` reaches a listener at `listening`.
pub(super) fn same_listener(listening: &Address, asked: &Address) -> bool {
    match (listening, asked) {
        (Address::Tcp { host: l, port: lp }, Address::Tcp { host: a, port: ap }) => {
            lp == ap && (l == a || any_host(l) && is_local(a) || same_loopback(l, a))
        }
        (Address::Unix(l), Address::Unix(a)) => super::sockets::same_path(l, a),
        _ => false,
    }
}

/// Whether the host means every address of the machine.
pub(super) fn any_host(host: &str) -> bool {
    matches!(host, "*" | "0.0.0.0" | "::" | "")
}

fn is_local(host: &str) -> bool {
    Address::Tcp { host: host.to_owned(), port: 1 }.is_loopback()
}

fn same_loopback(l: &str, a: &str) -> bool {
    (l == "127.0.0.1" || l == "::1") && a == "localhost"
}

/// Addresses that are reserved for documentation, tests or nothing at all (RFC 6890): no route leads there.
fn is_reserved(address: std::net::IpAddr) -> bool {
    match address {
        std::net::IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            ip.is_documentation() || a >= 240 || a == 0 || a == 198 && (b == 18 || b == 19)
        }
        std::net::IpAddr::V6(ip) => matches!(ip.segments(), [0x2001, 0xdb8, ..] | [0x100, 0, 0, 0, ..]),
    }
}

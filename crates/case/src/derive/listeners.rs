//! The configured target against who listens.

use goodgate_facts::{Address, Protocol, Signal, Target, Value, id};

use super::configured::{any_host, same_listener};
use super::derived;
use super::processes::{is_gateway, protocols_of};
use crate::material::Material;

/// A listening socket that was captured.
struct Listener {
    position: usize,
    address: Address,
    program: String,
    file: std::sync::Arc<str>,
}

/// Programs that listen on every server and are nobody's upstream.
const BYSTANDERS: &[&str] =
    &["sshd", "systemd", "named", "dnsmasq", "cupsd", "chronyd", "master", "exim", "rpcbind"];

pub(super) fn join(material: &mut Material) {
    let mut found = Vec::new();
    spoken(material, &mut found);
    for signal in found {
        material.evidence.add(signal);
    }
    let listeners: Vec<Listener> = listeners(material);
    // Without any listening socket captured, absence says nothing.
    if listeners.is_empty() {
        return;
    }
    let captures = captures(material, &listeners);
    let mut found = Vec::new();
    own_queue(material, &mut found);
    for (target, place) in targets(material) {
        if matches!(&target.address, Address::Group(_)) || !is_here(&target.address) {
            continue;
        }
        look(&target, &listeners, &captures, place, &mut found);
        itself(material, &target, &listeners, &mut found);
    }
    for signal in found {
        material.evidence.add(signal);
    }
}

fn listeners(material: &Material) -> Vec<Listener> {
    let listed = material.evidence.of(id("listens"));
    listed
        .filter_map(|(position, signal)| {
            let address = signal.about.target.as_ref()?.address.clone();
            let program = signal.about.name.clone().unwrap_or_default();
            Some(Listener { position, address, program, file: signal.source.file.clone() })
        })
        .collect()
}

/// The files that list listening sockets, in the order of time as far as their names tell: a file named
/// "after" is later than one named "during" or "before".
fn captures(material: &Material, listeners: &[Listener]) -> Vec<std::sync::Arc<str>> {
    let mut files: Vec<std::sync::Arc<str>> = Vec::new();
    let looked =
        material.evidence.looked().iter().filter(|l| l.id == id("listens")).map(|l| l.source.file.clone());
    for file in listeners.iter().map(|l| l.file.clone()).chain(looked) {
        if !files.contains(&file) {
            files.push(file);
        }
    }
    files.sort_by_key(|file| (file.contains("after"), !file.contains("before")));
    files
}

/// Addresses that the gateway asks, from its configuration, else from its log.
fn targets(material: &Material) -> Vec<(Target, Option<usize>)> {
    let mut out: Vec<(Target, Option<usize>)> = Vec::new();
    for target in material.configs.iter().flat_map(|c| &c.legs).map(|leg| &leg.target) {
        if !out.iter().any(|(t, _)| t == target) {
            out.push((target.clone(), None));
        }
    }
    if out.is_empty() {
        for (position, signal) in material.evidence.signals().iter().enumerate() {
            let Some(target) = signal.about.target.as_ref().filter(|_| crate::incident::is_failure(signal))
            else {
                continue;
            };
            if !out.iter().any(|(t, _)| t.address == target.address) {
                out.push((target.clone(), Some(position)));
            }
        }
    }
    out
}

/// Whether the address can be one of this machine, so that its sockets can be expected in the listing.
fn is_here(address: &Address) -> bool {
    match address {
        Address::Tcp { host, .. } => match host.parse::<std::net::IpAddr>() {
            Ok(ip) => ip.is_loopback() || ip.is_unspecified() || is_private(ip),
            Err(_) => host == "localhost",
        },
        Address::Unix(_) => true,
        Address::Group(_) => false,
    }
}

fn is_private(ip: std::net::IpAddr) -> bool {
    match ip {
        std::net::IpAddr::V4(ip) => ip.is_private() || ip.is_link_local(),
        std::net::IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

fn look(
    target: &Target,
    all: &[Listener],
    captures: &[std::sync::Arc<str>],
    from: Option<usize>,
    found: &mut Vec<Signal>,
) {
    let of = |file: &std::sync::Arc<str>| all.iter().filter(|l| l.file == *file).collect::<Vec<_>>();
    let hits: Vec<Option<&Listener>> = captures
        .iter()
        .map(|file| of(file).into_iter().find(|l| same_listener(&l.address, &target.address)))
        .collect();
    let (Some(latest), Some(last)) = (captures.last(), hits.last()) else { return };
    let seen_once = hits.iter().flatten().next();
    match (last, seen_once) {
        (Some(listener), _) => {
            if hits.iter().any(Option::is_none) {
                // Absent at first, there at the end: it came back.
                found.push(
                    derived(id("restart-in-window"), from.into_iter().collect()).target(target.clone()),
                );
            }
            let signal =
                derived(id("listener-present"), from.into_iter().chain([listener.position]).collect());
            found.push(signal.target(target.clone()).name(listener.program.clone()));
            who(target, &listener.program, listener.position, found);
        }
        // It was there and is gone: what listens near it is beside the point.
        (None, Some(_)) => {
            found.push(derived(id("nothing-listens"), from.into_iter().collect()).target(target.clone()));
        }
        (None, None) => {
            found.push(derived(id("nothing-listens"), from.into_iter().collect()).target(target.clone()));
            neighbours(target, &of(latest), found);
        }
    }
}

/// The application server's own log against the protocol that the gateway speaks to it.
fn spoken(material: &Material, found: &mut Vec<Signal>) {
    let asks = |protocol: Protocol| {
        material
            .configs
            .iter()
            .flat_map(|c| &c.legs)
            .find(|leg| leg.target.protocol == Some(protocol))
            .map(|leg| &leg.target)
    };
    if let (Some((position, _)), Some(target)) = (
        material.evidence.of(id("app-speaks-http")).next(),
        asks(Protocol::Uwsgi).or_else(|| asks(Protocol::Fastcgi)),
    ) {
        found.push(derived(id("app-listens-for-other-protocol"), vec![position]).target(target.clone()));
    }
    for (position, signal) in material.evidence.of(id("listening-at")) {
        let Some(listening) = &signal.about.target else { continue };
        let Some(speaks) = listening.protocol else { continue };
        let mut legs = material.configs.iter().flat_map(|c| &c.legs).map(|leg| &leg.target);
        let other = legs.find(|leg| {
            same_listener(&listening.address, &leg.address)
                && leg
                    .protocol
                    .is_some_and(|asked| asked != speaks && !(http_like(asked) && http_like(speaks)))
        });
        if let Some(target) = other {
            found.push(derived(id("app-listens-for-other-protocol"), vec![position]).target(target.clone()));
        }
    }
}

/// Who listens there: the gateway itself, or a program of another protocol?
fn who(target: &Target, program: &str, position: usize, found: &mut Vec<Signal>) {
    let Some(protocol) = target.protocol else { return };
    let base = program.split([',', ' ']).next().unwrap_or(program);
    let other = match protocols_of(base) {
        Some(known) => !(known.contains(&protocol) || known.contains(&Protocol::Http) && http_like(protocol)),
        None if is_gateway(base) => matches!(protocol, Protocol::Fastcgi | Protocol::Uwsgi | Protocol::Scgi),
        None => {
            ["mysqld", "mariadbd", "postgres", "redis-server", "sshd", "memcached", "mongod"].contains(&base)
        }
    };
    if other {
        let signal = derived(id("listener-is-other-program"), vec![position]).target(target.clone());
        found.push(signal.value(Value::Word(base.to_owned())));
    }
}

fn http_like(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Http | Protocol::Https | Protocol::H2c | Protocol::Grpc)
}

/// Nothing listens on the address; is there something near it?
fn neighbours(target: &Target, here: &[&Listener], found: &mut Vec<Signal>) {
    let mut add = |name: &'static str, listener: &Listener| {
        let signal = derived(id(name), vec![listener.position]).target(target.clone());
        found.push(signal.value(Value::Word(format!("{} ({})", listener.address, listener.program))));
    };
    match &target.address {
        Address::Tcp { host, port } => {
            let same_port = here.iter().find(|l| l.address.port() == Some(*port));
            if let Some(listener) = same_port {
                add(near_kind(host, &listener.address), listener);
                return;
            }
            if let Some(listener) = here.iter().find(|l| could_be_meant(target, l)) {
                add("listener-on-other-port", listener);
            }
        }
        Address::Unix(_) => {
            if let Some(listener) = here.iter().find(|l| could_be_meant(target, l)) {
                add("socket-path-differs", listener);
            }
        }
        Address::Group(_) => {}
    }
}

fn near_kind(asked: &str, listening: &Address) -> &'static str {
    let Address::Tcp { host, .. } = listening else { return "listener-on-other-address" };
    let v6 = |h: &str| h.contains(':');
    let asked_ip = asked.parse::<std::net::IpAddr>().ok();
    if asked == "localhost" || asked_ip.is_some_and(|ip| ip.is_loopback()) && v6(asked) != v6(host) {
        "listener-on-other-family"
    } else if listening.is_loopback() && !any_host(host) && asked_ip.is_none_or(|ip| !ip.is_loopback()) {
        "listener-on-loopback-only"
    } else {
        "listener-on-other-address"
    }
}

/// Whether a listener elsewhere could be the upstream that is meant: an application server that speaks the
/// protocol asked for, no gateway and no bystander.
fn could_be_meant(target: &Target, listener: &Listener) -> bool {
    let program = listener.program.split([',', ' ']).next().unwrap_or("");
    if is_gateway(program) || BYSTANDERS.iter().any(|b| program.starts_with(b)) {
        return false;
    }
    let same_sort = matches!(
        (&target.address, &listener.address),
        (Address::Tcp { .. }, Address::Tcp { .. })
            | (Address::Unix(_), Address::Unix(_) | Address::Tcp { .. })
    ) || matches!((&target.address, &listener.address), (Address::Tcp { .. }, Address::Unix(_)) if protocols_of(program).is_some());
    match (protocols_of(program), target.protocol) {
        (Some(known), Some(protocol)) => {
            same_sort && (known.contains(&protocol) || http_like(protocol) && known.contains(&Protocol::Http))
        }
        (Some(_), None) => same_sort,
        (None, _) => false,
    }
}

/// The gateway's own listening socket overflows: its clients wait, whoever stands behind it.
fn own_queue(material: &Material, found: &mut Vec<Signal>) {
    let gateways = || material.configs.iter().filter(|c| c.role == goodgate_configs::Role::Gateway);
    let own: Vec<&Address> = gateways().flat_map(|c| &c.listens).map(|listen| &listen.address).collect();
    let legs: Vec<&Address> = gateways().flat_map(|c| &c.legs).map(|leg| &leg.target.address).collect();
    for (position, signal) in material.evidence.of(id("accept-queue-full")) {
        let Some(target) = &signal.about.target else { continue };
        let asked = legs.iter().any(|leg| same_listener(&target.address, leg));
        if !asked && (own.iter().any(|own| same_listener(own, &target.address)) || !legs.is_empty()) {
            found.push(derived(id("own-accept-queue-full"), vec![position]).target(target.clone()));
        }
    }
}

/// Where the configuration does not say on what the gateway listens (Varnish), a program of the gateway's own kind
/// on the upstream's address is the gateway itself.
fn itself(material: &Material, target: &Target, listeners: &[Listener], found: &mut Vec<Signal>) {
    let mut gateways = material.configs.iter().filter(|c| c.role == goodgate_configs::Role::Gateway);
    let Some(config) = gateways.next() else { return };
    if !config.listens.is_empty() {
        return;
    }
    let programs: &[&str] = match config.product {
        "varnish" => &["varnishd", "cache-main"],
        "trafficserver" => &["[TS_MAIN]", "traffic_server"],
        _ => return,
    };
    let hit = listeners.iter().find(|l| same_listener(&l.address, &target.address));
    if let Some(listener) = hit.filter(|l| programs.iter().any(|p| l.program.starts_with(p))) {
        found.push(derived(id("listener-is-gateway"), vec![listener.position]).target(target.clone()));
    }
}

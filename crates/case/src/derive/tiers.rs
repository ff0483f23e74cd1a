//! Gateways behind each other: whose failure is it?

use goodgate_configs::{Configuration, Role};
use goodgate_facts::{Address, Signal, SourceKind, Value, id};

use super::derived;
use crate::incident::is_failure;
use crate::material::Material;

pub(super) fn join(material: &mut Material) {
    let mut found: Vec<Signal> = Vec::new();
    inner_failures(material, &mut found);
    nested_page(material, &mut found);
    alike(material, &mut found);
    kinds(material, &mut found);
    for signal in found {
        material.evidence.add(signal);
    }
}

/// Failures logged for an address that the configured gateway does not ask.
fn inner_failures(material: &Material, found: &mut Vec<Signal>) {
    let legs: Vec<&Address> = material
        .configs
        .iter()
        .filter(|c| c.role == Role::Gateway)
        .flat_map(|c| &c.legs)
        .map(|leg| &leg.target.address)
        .collect();
    let names_only = legs.iter().any(|leg| is_name(leg));
    let foreign: Vec<usize> = material
        .evidence
        .signals()
        .iter()
        .enumerate()
        .filter(|(_, s)| is_failure(s) && s.source.kind == SourceKind::Log)
        .filter(|(_, s)| {
            let target = s.about.target.as_ref().map(|t| &t.address);
            target.is_some_and(|t| {
                matches!(t, Address::Tcp { .. } | Address::Unix(_)) && !legs.iter().any(|leg| same(leg, t))
            })
        })
        .map(|(position, _)| position)
        .collect();
    let foreign_product = foreign_products(material);
    if !foreign_product.is_empty() {
        found.push(derived(id("failures-of-an-inner-gateway"), foreign_product));
        return;
    }
    // A leg that is a name stands for addresses that the configuration does not tell.
    if !legs.is_empty() && !names_only && !foreign.is_empty() {
        found.push(derived(id("failures-of-an-inner-gateway"), foreign));
    }
}

fn is_name(address: &Address) -> bool {
    match address {
        Address::Tcp { host, .. } => host.parse::<std::net::IpAddr>().is_err() && host != "localhost",
        Address::Group(_) => true,
        Address::Unix(_) => false,
    }
}

/// Same place, where "localhost" is either loopback address, and a port that is not logged counts as the same.
fn same(leg: &Address, logged: &Address) -> bool {
    match (leg, logged) {
        (Address::Tcp { host: a, port: ap }, Address::Tcp { host: b, port: bp }) => {
            let ports = ap == bp || *bp == 0 || *ap == 0;
            ports && (a == b || leg.is_loopback() && logged.is_loopback())
        }
        (Address::Unix(a), Address::Unix(b)) => super::sockets::same_path(a, b),
        _ => false,
    }
}

/// The page bears the marks of another gateway than the one that is configured.
fn nested_page(material: &Material, found: &mut Vec<Signal>) {
    let front: Vec<&str> =
        material.configs.iter().filter(|c| c.role == Role::Gateway).map(|c| c.product).collect();
    if front.is_empty() {
        return;
    }
    for (position, signal) in material.evidence.of(id("page-generated-by")) {
        if let Value::Word(product) = &signal.value
            && GATEWAYS.contains(&product.as_str())
            && !front.contains(&product.as_str())
        {
            found
                .push(derived(id("page-nested-gateway"), vec![position]).value(Value::Word(product.clone())));
        }
    }
}

/// Two gateways of one product behind each other, as their configurations say, and a page that either may have made:
/// no log tells whose failure it is.
fn alike(material: &Material, found: &mut Vec<Signal>) {
    let logged = |signal: &Signal| is_failure(signal) && signal.source.kind == SourceKind::Log;
    if material.evidence.signals().iter().any(logged) || material.evidence.has(id("page-nested-gateway")) {
        return;
    }
    let gateways: Vec<&Configuration> =
        material.configs.iter().filter(|config| config.role == Role::Gateway).collect();
    for (position, page) in material.evidence.of(id("page-generated-by")) {
        let Value::Word(product) = &page.value else { continue };
        let stack = |front: &&Configuration| {
            let inner = gateways.iter().filter(|inner| !std::ptr::eq(**inner, *front));
            front.product == product && inner.filter(|inner| inner.product == product).any(|i| asks(front, i))
        };
        if gateways.iter().any(stack) {
            found.push(derived(id("two-gateways-alike"), vec![position]).value(Value::Word(product.clone())));
            return;
        }
    }
}

/// Whether the gateway in front asks the one further in, at an address that is surely its.
fn asks(front: &Configuration, inner: &Configuration) -> bool {
    front.legs.iter().any(|leg| {
        inner
            .listens
            .iter()
            .any(|listen| super::configured::same_listener(&listen.address, &leg.target.address))
    })
}

/// Products that are gateways.
const GATEWAYS: &[&str] =
    &["nginx", "apache", "haproxy", "caddy", "varnish", "lighttpd", "envoy", "squid", "trafficserver", "h2o"];

/// Failures in the words of a gateway that is not the configured one, or of a backend that it does not have.
fn foreign_products(material: &Material) -> Vec<usize> {
    let front: Vec<&Configuration> = material.configs.iter().filter(|c| c.role == Role::Gateway).collect();
    if front.is_empty() {
        return Vec::new();
    }
    let own_backend = |name: &str| {
        let backend = name.split('/').next().unwrap_or(name);
        front.iter().flat_map(|c| &c.legs).any(|leg| leg.group.as_deref() == Some(backend))
    };
    let inner = |s: &Signal| {
        let Some(product) = s.source.product.filter(|p| GATEWAYS.contains(p)) else { return false };
        if !front.iter().any(|c| c.product == product) {
            return true;
        }
        // HAProxy names the backend in every record.
        product == "haproxy"
            && s.about.name.as_deref().is_some_and(|name| name.contains('/') && !own_backend(name))
    };
    let signals = material.evidence.signals().iter().enumerate();
    signals
        .filter(|(_, s)| is_failure(s) && s.source.kind == SourceKind::Log && inner(s))
        .map(|(i, _)| i)
        .collect()
}

/// Over what the upstream is asked: from the failures' own words, else from the configuration.
fn kinds(material: &Material, found: &mut Vec<Signal>) {
    let failing =
        material.evidence.signals().iter().filter(|s| is_failure(s)).filter_map(|s| s.about.target.as_ref());
    let mut addresses: Vec<&Address> =
        failing.map(|t| &t.address).filter(|a| !matches!(a, Address::Group(_))).collect();
    if addresses.is_empty() {
        let gateways = material.configs.iter().filter(|c| c.role == Role::Gateway);
        addresses = gateways.flat_map(|c| &c.legs).map(|leg| &leg.target.address).collect();
    }
    if addresses.is_empty() {
        return;
    }
    if addresses.iter().all(|a| matches!(a, Address::Unix(_))) {
        found.push(derived(id("target-is-unix-socket"), Vec::new()));
    } else if addresses.iter().all(|a| matches!(a, Address::Tcp { .. })) {
        found.push(derived(id("target-is-tcp"), Vec::new()));
    }
}

//! A cluster and its endpoints.

use goodgate_facts::Protocol;

use super::super::draft::{Draft, is_name};
use super::super::yaml_tree::Tree;
use super::{Routes, address, seconds, shown};
use crate::{Leg, TlsLeg};

/// Whether a node is a cluster: it has endpoints, or settings that only clusters have.
pub(super) fn is_cluster(node: &Tree) -> bool {
    node.get("load_assignment").is_some()
        || node.text_of("name").is_some()
            && (node.get("hosts").is_some()
                || node.get("eds_cluster_config").is_some()
                || node.get("connect_timeout").is_some() && node.get("lb_policy").is_some())
}

/// Reads a cluster into legs, one an endpoint.
pub(super) fn read(node: &Tree, routes: &Routes, draft: &mut Draft) {
    let name = node.text_of("name").unwrap_or_default();
    let kind = node.text_of("type").unwrap_or("STATIC").to_ascii_uppercase();
    draft.setting("cluster type", format!("{name} {kind}"), node.get("type").map_or(node.line, |n| n.line));
    note(node, draft);
    let pattern = pattern(node, name, routes, draft);
    for (endpoint, priority) in endpoints(node) {
        let Some((address, line)) =
            endpoint.at(&["endpoint", "address"]).or(Some(endpoint)).and_then(address)
        else {
            continue;
        };
        let mut leg = pattern.clone();
        leg.target.address = address;
        leg.place = draft.at(line);
        leg.backup = priority > 0;
        if is_name(&leg.target.address) {
            leg.resolved_at_runtime = Some(kind.ends_with("_DNS"));
            if kind == "STATIC" || kind == "EDS" {
                draft.problem(format!("a cluster of type {kind} takes addresses only, not names"), line);
            }
        }
        draft.found.legs.push(leg);
    }
}

/// Endpoints with their priority; version 2 of the interface had `hosts`.
fn endpoints(cluster: &Tree) -> Vec<(&Tree, u32)> {
    let mut endpoints = Vec::new();
    for group in cluster.get("load_assignment").map_or(&[] as &[Tree], |l| l.list("endpoints")) {
        let priority = group.text_of("priority").and_then(|p| p.parse().ok()).unwrap_or(0);
        endpoints.extend(group.list("lb_endpoints").iter().map(|endpoint| (endpoint, priority)));
    }
    endpoints.extend(cluster.list("hosts").iter().map(|host| (host, 0)));
    endpoints
}

/// The leg that all endpoints share, with an address to be replaced.
fn pattern(node: &Tree, name: &str, routes: &Routes, draft: &mut Draft) -> Leg {
    let mut tls = tls_context(node).map(tls_leg);
    let options = http_options(node);
    let http2 = node.get("http2_protocol_options").is_some()
        || options.is_some_and(|o| o.at(&["explicit_http_config", "http2_protocol_options"]).is_some());
    if http2 {
        draft.setting("http2_protocol_options", name, node.line);
    }
    let protocol = match (&tls, http2) {
        (Some(_), _) => Protocol::Https,
        (None, true) => Protocol::H2c,
        (None, false) => Protocol::Http,
    };
    if let Some(tls) = &mut tls
        && options.is_some_and(|o| o.at(&["upstream_http_protocol_options", "auto_sni"]).is_some())
    {
        tls.sni = Some(true);
    }
    let common = options
        .and_then(|o| o.get("common_http_protocol_options"))
        .or(node.get("common_http_protocol_options"));
    let number = |node: Option<&Tree>, key: &str| {
        node.and_then(|n| n.text_of(key)).and_then(|text| text.parse::<u64>().ok())
    };
    let thresholds = node.at(&["circuit_breakers", "thresholds"]).and_then(|list| list.items().first());
    let mut leg = draft.leg(Some(protocol), goodgate_facts::Address::Group(name.to_owned()), node.line);
    leg.group = (!name.is_empty()).then(|| name.to_owned());
    leg.connect_timeout_s = seconds(node, "connect_timeout");
    (leg.total_timeout_s, leg.read_timeout_s) = routes.of(name);
    leg.keepalive_idle_s = common.and_then(|common| seconds(common, "idle_timeout"));
    leg.keepalive = number(common, "max_requests_per_connection")
        .or(number(Some(node), "max_requests_per_connection"))
        .and_then(|most| (most == 1).then_some(false));
    leg.header_buffer = number(common, "max_response_headers_kb").map(|kb| kb.saturating_mul(1024));
    leg.connections_max = number(thresholds, "max_connections");
    leg.health_check = !node.list("health_checks").is_empty();
    leg.tls = tls;
    leg
}

/// Settings of the cluster that bear on failures.
fn note(node: &Tree, draft: &mut Draft) {
    for key in [
        "outlier_detection",
        "health_checks",
        "dns_lookup_family",
        "dns_resolvers",
        "dns_refresh_rate",
        "lb_policy",
        "upstream_connection_options",
        "preconnect_policy",
    ] {
        if let Some(found) = node.get(key) {
            draft.setting(key, shown(found), found.line);
        }
    }
    if let Some(common) = http_options(node).and_then(|o| o.get("common_http_protocol_options")) {
        for (key, value) in common.entries() {
            draft.setting(key.as_str(), shown(value), value.line);
        }
    }
    for threshold in node.at(&["circuit_breakers", "thresholds"]).map_or(&[] as &[Tree], Tree::items) {
        for (key, value) in threshold.entries() {
            if let Some(number) = value.text().and_then(|text| text.parse().ok()) {
                draft.limit(key.as_str(), number, value.line);
            }
        }
    }
}

fn http_options(node: &Tree) -> Option<&Tree> {
    let extensions = node.get("typed_extension_protocol_options")?;
    extensions
        .entries()
        .iter()
        .find(|(key, _)| key.ends_with("HttpProtocolOptions"))
        .map(|(_, options)| options)
}

/// The settings of TLS towards the endpoints, where TLS is spoken.
fn tls_context(node: &Tree) -> Option<&Tree> {
    if let Some(context) = node.get("tls_context") {
        return Some(context);
    }
    let socket = node.get("transport_socket")?;
    let config = socket.get("typed_config").unwrap_or(socket);
    let kind = config.text_of("@type").unwrap_or_default();
    let is_tls = kind.ends_with("UpstreamTlsContext")
        || socket.text_of("name").is_some_and(|name| name.ends_with("tls"));
    is_tls.then_some(config)
}

fn tls_leg(context: &Tree) -> TlsLeg {
    let common = context.get("common_tls_context");
    let under = |key: &str| common.and_then(|common| common.get(key));
    let validation = under("validation_context").or_else(|| {
        under("combined_validation_context").map(|c| c.get("default_validation_context").unwrap_or(c))
    });
    let trusted = validation.is_some_and(|v| {
        [
            "trusted_ca",
            "system_root_certs",
            "ca_certificate_provider_instance",
            "verify_certificate_hash",
            "verify_certificate_spki",
        ]
        .iter()
        .any(|key| v.get(key).is_some())
    });
    let untrusted_is_fine =
        validation.and_then(|v| v.text_of("trust_chain_verification")) == Some("ACCEPT_UNTRUSTED");
    let secret = under("validation_context_sds_secret_config").is_some();
    let sni = context.text_of("sni").filter(|name| !name.is_empty());
    TlsLeg {
        // Without authorities to trust, every certificate is taken; without a name, none is sent.
        verify: Some((trusted || secret) && !untrusted_is_fine),
        sni: Some(sni.is_some() || context.text_of("auto_host_sni") == Some("true")),
        name: sni.map(str::to_owned),
        versions: under("tls_params").map(shown),
        client_certificate: [
            "tls_certificates",
            "tls_certificate_sds_secret_configs",
            "tls_certificate_provider_instance",
        ]
        .iter()
        .any(|key| under(key).is_some()),
    }
}

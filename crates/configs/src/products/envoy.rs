//! Envoy: bootstrap files and discovery answers, in YAML or JSON.
//!
//! Clusters, listeners and routes are looked for wherever they stand, so that a part of a file is read as well.
//! A leg's total timeout is that of the route that leads to its cluster.

mod cluster;

use std::collections::HashMap;

use goodgate_facts::Address;

use super::Product;
use super::draft::Draft;
use super::yaml_tree::{Tree, parse};
use crate::Configuration;
use crate::text::{base_name, duration_s};

pub(super) const PRODUCT: Product = Product {
    id: "envoy",
    reference: "https://www.envoyproxy.io/docs/envoy/latest/api-v3/api",
    recognise,
    read,
};

/// Keys that only Envoy's interface has, in both spellings.
const TELLING: &[&str] = &[
    "static_resources",
    "staticResources",
    "load_assignment",
    "loadAssignment",
    "socket_address",
    "socketAddress",
    "filter_chains",
    "filterChains",
    "lb_endpoints",
    "lbEndpoints",
    "type.googleapis.com/envoy",
    "envoy.filters.",
    "http_connection_manager",
    "virtual_hosts",
    "virtualHosts",
    "envoy.transport_sockets",
];

fn recognise(name: &str, text: &str) -> u8 {
    let found = TELLING.iter().filter(|key| text.contains(**key)).count();
    let hint = if name.to_ascii_lowercase().contains("envoy") { 4 } else { 0 };
    // Logs and stories about Envoy name these words too; a configuration has them as keys.
    let keyed =
        TELLING.iter().any(|key| text.contains(&format!("{key}:")) || text.contains(&format!("\"{key}\"")));
    match found {
        _ if !keyed => 0,
        0 => 0,
        1 => 40 + hint * 5,
        2 => 80 + hint,
        _ => 95 + hint,
    }
}

fn read(name: &str, text: &str) -> Configuration {
    let mut draft = Draft::new("envoy", name);
    let (documents, broken) = parse(text);
    if let Some((line, reason)) = broken {
        draft.problem(format!("the YAML breaks off: {reason}"), line);
    }
    let mut routes = Routes::default();
    for document in &documents {
        document.walk(&mut |node| {
            routes.read(node, &mut draft);
            read_listener(node, &mut draft);
            read_log(node, &mut draft);
            read_filter(node, &mut draft);
            read_overload(node, &mut draft);
        });
    }
    for document in &documents {
        document.walk(&mut |node| {
            if cluster::is_cluster(node) {
                cluster::read(node, &routes, &mut draft);
            }
        });
    }
    draft.found
}

/// Seconds of a duration; `0s` switches a limit off.
fn seconds(node: &Tree, key: &str) -> Option<f64> {
    node.text_of(key).and_then(|text| duration_s(text, 1.0)).filter(|s| *s > 0.0)
}

/// What routes say about the clusters that they lead to.
#[derive(Default)]
struct Routes {
    /// Timeout of the whole answer and of silence, by cluster; the shortest where routes differ.
    by_cluster: HashMap<String, (Option<f64>, Option<f64>)>,
}

impl Routes {
    fn read(&mut self, node: &Tree, draft: &mut Draft) {
        if let Some(answer) = node.get("direct_response") {
            let status = answer.text_of("status").unwrap_or_default();
            draft.setting("direct_response", status, answer.line);
        }
        if let Some(policy) = node.get("retry_policy") {
            draft.setting("retry_policy", policy.json().to_string(), policy.line);
        }
        let Some(route) = node.get("route").filter(|_| node.get("match").is_some()) else {
            return;
        };
        for key in
            ["timeout", "idle_timeout", "max_stream_duration", "host_rewrite_literal", "auto_host_rewrite"]
        {
            if let Some(found) = route.get(key) {
                draft.setting(format!("route {key}"), shown(found), found.line);
            }
        }
        let weighted = route.get("weighted_clusters").map_or(&[] as &[Tree], |w| w.list("clusters"));
        let names =
            route.text_of("cluster").into_iter().chain(weighted.iter().filter_map(|c| c.text_of("name")));
        for name in names {
            let entry = self.by_cluster.entry(name.to_owned()).or_default();
            entry.0 = shorter(entry.0, seconds(route, "timeout"));
            entry.1 = shorter(entry.1, seconds(route, "idle_timeout"));
        }
    }

    fn of(&self, cluster: &str) -> (Option<f64>, Option<f64>) {
        self.by_cluster.get(cluster).copied().unwrap_or_default()
    }
}

fn shorter(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// A value in one line.
fn shown(node: &Tree) -> String {
    node.text().map_or_else(|| node.json().to_string(), str::to_owned)
}

fn read_listener(node: &Tree, draft: &mut Draft) {
    if node.get("filter_chains").is_none() && node.get("default_filter_chain").is_none() {
        return;
    }
    let tls = node.list("filter_chains").iter().any(|chain| chain.get("transport_socket").is_some());
    if let Some((address, line)) = node.get("address").and_then(address) {
        let address = match address {
            Address::Tcp { host, port } if host == "0.0.0.0" => Address::Tcp { host: "*".to_owned(), port },
            other => other,
        };
        draft.listen(address, tls, line);
    }
}

/// `socket_address: {address, port_value}` or `pipe: {path}`.
fn address(node: &Tree) -> Option<(Address, u32)> {
    if let Some(path) = node.at(&["pipe", "path"]) {
        return Some((Address::Unix(path.text()?.to_owned()), path.line));
    }
    let socket = node.get("socket_address")?;
    let host = socket.text_of("address")?.trim_matches(['[', ']']).to_ascii_lowercase();
    let port = socket.text_of("port_value").and_then(|port| port.parse().ok()).unwrap_or(0);
    (!host.is_empty()).then_some((Address::Tcp { host, port }, socket.line))
}

/// An access logger: its file and layout.
fn read_log(node: &Tree, draft: &mut Draft) {
    let is_logger = node.text_of("name").is_some_and(|name| name.contains("access_log"))
        || node.text_of("@type").is_some_and(|kind| kind.contains("AccessLog"));
    let config = node.get("typed_config").or(node.get("config"));
    // The logger is met again as its own inner node; it is read there, unless it has none.
    if !is_logger || config.is_some_and(|c| c.get("@type").is_some()) {
        return;
    }
    let config = config.unwrap_or(node);
    let layout = config
        .at(&["log_format", "text_format_source", "inline_string"])
        .or(config.at(&["log_format", "text_format"]))
        .or(config.at(&["log_format", "json_format"]))
        .or(config.get("json_format"))
        .or(config.get("typed_json_format"))
        .or(config.get("format"));
    let file = config.text_of("path").map(|path| base_name(path).to_owned());
    if let Some(layout) = layout {
        let text = shown(layout);
        // The notation's own line end, real or still written as an escape in plain scalars.
        let text = text.trim_end_matches('\n');
        draft.layout("envoy-access", text.strip_suffix("\\n").unwrap_or(text), file);
    }
}

/// Filters and settings of the connection manager that bear on failures.
fn read_filter(node: &Tree, draft: &mut Draft) {
    let kind = node.text_of("@type").unwrap_or_default();
    if kind.ends_with("HttpConnectionManager") {
        for key in [
            "stream_idle_timeout",
            "request_timeout",
            "request_headers_timeout",
            "drain_timeout",
            "local_reply_config",
            "server_name",
            "upgrade_configs",
        ] {
            if let Some(found) = node.get(key) {
                draft.setting(key, shown(found), found.line);
            }
        }
        if let Some((kb, line)) = node.get("max_request_headers_kb").and_then(|n| Some((n.text()?, n.line)))
            && let Ok(kb) = kb.parse()
        {
            draft.limit("max_request_headers_kb", kb, line);
        }
        return;
    }
    let filters = [
        "LocalRateLimit",
        "RateLimit",
        "ExtAuthz",
        "HTTPFault",
        "AdmissionControl",
        "AdaptiveConcurrency",
        "Buffer",
        "RBAC",
        "Lua",
    ];
    if let Some(filter) = filters.iter().find(|filter| kind.rsplit('.').next() == Some(**filter)) {
        let detail =
            ["token_bucket", "abort", "rules", "max_request_bytes"].iter().find_map(|key| node.get(key));
        draft.setting(*filter, detail.map(shown).unwrap_or_default(), node.line);
    }
}

/// Limits of the overload manager.
fn read_overload(node: &Tree, draft: &mut Draft) {
    for key in ["max_active_downstream_connections", "max_heap_size_bytes"] {
        if let Some(found) = node.get(key)
            && let Some(number) = found.text().and_then(|text| text.parse().ok())
        {
            draft.limit(key, number, found.line);
        }
    }
}

#[cfg(test)]
mod tests;

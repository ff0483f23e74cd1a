//! Caddy's JSON form: routes with handlers, of which `reverse_proxy` holds upstreams and transport.

use goodgate_facts::Address;

use super::super::draft::Draft;
use super::super::yaml_tree::{Tree, parse};
use super::transport::{Transport, upstream};
use crate::TlsLeg;
use crate::text::duration_s;

/// Whether a text in braces is Caddy's.
pub(super) fn is_caddy(text: &str) -> bool {
    text.contains("\"apps\"") && (text.contains("\"servers\"") || text.contains("\"handler\""))
        || text.contains("\"handler\"") && text.contains("\"upstreams\"") && text.contains("\"dial\"")
}

/// Reads the JSON form.
pub(super) fn read(text: &str, draft: &mut Draft) {
    let (documents, broken) = parse(text);
    if let Some((line, reason)) = broken {
        draft.problem(format!("the JSON breaks off: {reason}"), line);
    }
    for document in &documents {
        document.walk(&mut |node| {
            read_handler(node, draft);
            read_listens(node, draft);
        });
    }
}

fn read_listens(node: &Tree, draft: &mut Draft) {
    if node.get("routes").is_none() {
        return;
    }
    for listen in node.list("listen") {
        let written = listen.text().unwrap_or_default();
        let port = written.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        let address = match written.strip_prefix(':') {
            Some(_) => port.map(|port| Address::Tcp { host: "*".to_owned(), port }),
            None => upstream(written).and_then(|(_, mut addresses)| addresses.pop()),
        };
        let tls = port == Some(443) || node.get("tls_connection_policies").is_some();
        if let Some(address) = address {
            draft.listen(address, tls, listen.line);
        }
    }
}

fn read_handler(node: &Tree, draft: &mut Draft) {
    match node.text_of("handler") {
        Some("reverse_proxy") => {}
        Some(name @ ("static_response" | "error")) => {
            let status = node.text_of("status_code").or(node.text_of("error")).unwrap_or_default();
            return draft.setting(name, status, node.line);
        }
        _ => return,
    }
    let transport = transport(node, draft);
    for key in ["load_balancing", "health_checks", "dynamic_upstreams", "headers"] {
        if let Some(found) = node.get(key) {
            draft.setting(key, found.json().to_string(), found.line);
        }
    }
    let several = node.list("upstreams").len() > 1;
    for server in node.list("upstreams") {
        let Some(written) = server.text_of("dial") else { continue };
        let Some((scheme, addresses)) = upstream(written) else {
            draft.problem(format!("the upstream {written} cannot be read"), server.line);
            continue;
        };
        for address in addresses {
            let mut leg = transport.leg(scheme.as_deref(), address, server.line, draft);
            leg.group = several.then(|| format!("reverse_proxy:{}", node.line));
            draft.found.legs.push(leg);
        }
    }
}

fn transport(handler: &Tree, draft: &mut Draft) -> Transport {
    let mut transport = Transport {
        health_check: handler.at(&["health_checks", "active"]).is_some(),
        ..Transport::default()
    };
    let Some(node) = handler.get("transport") else {
        return transport;
    };
    draft.setting("transport", node.text_of("protocol").unwrap_or("http"), node.line);
    transport.fastcgi = node.text_of("protocol") == Some("fastcgi");
    transport.connect_s = node.text_of("dial_timeout").and_then(seconds);
    transport.head_s = node.text_of("response_header_timeout").and_then(seconds);
    transport.read_s = node.text_of("read_timeout").and_then(seconds);
    transport.write_s = node.text_of("write_timeout").and_then(seconds);
    transport.header_buffer = node.text_of("max_response_header_size").and_then(|n| n.parse().ok());
    transport.connections_max = node.text_of("max_conns_per_host").and_then(|n| n.parse().ok());
    transport.h2c = node.list("versions").iter().any(|version| version.text() == Some("h2c"));
    if let Some(keep) = node.get("keep_alive") {
        transport.keepalive = keep.text_of("enabled").map(|word| word == "true");
        transport.keepalive_idle_s = keep.text_of("idle_timeout").and_then(seconds);
    }
    transport.tls = node.get("tls").map(|tls| {
        let trusted = ["ca", "root_ca_pool", "root_ca_pem_files"].iter().any(|key| tls.get(key).is_some());
        let skips = tls.text_of("insecure_skip_verify") == Some("true");
        let name = tls.text_of("server_name").map(str::to_owned);
        TlsLeg {
            verify: if skips { Some(false) } else { trusted.then_some(true) },
            sni: name.as_ref().map(|_| true),
            name,
            versions: None,
            client_certificate: ["client_certificate_file", "client_certificate_automate"]
                .iter()
                .any(|key| tls.get(key).is_some()),
        }
    });
    transport
}

/// A duration as text, or as a number of nanoseconds.
fn seconds(text: &str) -> Option<f64> {
    duration_s(text, 1e-9)
}

//! Caddy: the Caddyfile, and the JSON form that it is translated to.
//!
//! Directives are noted under their own names wherever they stand; those of a `reverse_proxy` block as well.

mod json;
mod transport;
mod tree;

use goodgate_facts::Address;

use super::Product;
use super::draft::Draft;
use crate::Configuration;
use crate::text::{numbered, size_bytes, without_comment, words};
use transport::{Transport, upstream};
use tree::Node;

pub(super) const PRODUCT: Product =
    Product { id: "caddy", reference: "https://caddyserver.com/docs/caddyfile", recognise, read };

/// Directives that stand for themselves, and none of which another product begins a line with.
const TELLING: &[&str] = &[
    "reverse_proxy",
    "php_fastcgi",
    "file_server",
    "handle_errors",
    "handle_path",
    "auto_https",
    "forward_auth",
    "http_port",
    "https_port",
    "try_files",
    "acme_ca",
    "tls_insecure_skip_verify",
    "lb_policy",
    "lb_try_duration",
    "health_uri",
    "basicauth",
    "basic_auth",
    "header_up",
    "header_down",
    "dial_timeout",
    "encode",
    "on_demand_tls",
];

fn recognise(name: &str, text: &str) -> u8 {
    if text.trim_start().starts_with('{') && json::is_caddy(text) {
        return 92;
    }
    let hint = if name.to_ascii_lowercase().contains("caddy") { 5 } else { 0 };
    let mut telling = 0;
    let mut foreign = 0;
    for (_, line) in numbered(text) {
        let line = without_comment(line, '#').trim();
        // nginx and VCL end their lines with a semicolon.
        foreign += u32::from(line.ends_with(';'));
        let found = words(line);
        let first = found.first().map_or("", String::as_str);
        // `http_port` stands in squid's configuration as well, with an address and more behind it.
        let squid = matches!(first, "http_port" | "https_port") && found.len() > 2;
        if TELLING.contains(&first) && !squid {
            telling += if matches!(first, "reverse_proxy" | "php_fastcgi" | "handle_errors") { 3 } else { 1 };
        } else if first.ends_with('{') && found.len() <= 1 || first == "respond" {
            telling += u32::from(hint > 0 || first == "respond");
        }
    }
    match telling {
        _ if foreign > telling => 0,
        0 => 0,
        1 | 2 => 40 + hint * 4,
        _ => 92 + hint,
    }
}

fn read(name: &str, text: &str) -> Configuration {
    let mut draft = Draft::new("caddy", name);
    if text.trim_start().starts_with('{') && json::is_caddy(text) {
        json::read(text, &mut draft);
        return draft.found;
    }
    let nodes = tree::parse(text);
    let mut options = Options { auto_https: true };
    for node in &nodes {
        if node.words.is_empty() {
            read_global(node, &mut options, &mut draft);
        }
    }
    let sites = nodes.iter().any(|node| node.block && is_site(node));
    for (at, node) in nodes.iter().enumerate() {
        if node.words.is_empty() {
            continue;
        }
        // A file for one site may leave the braces out: its first line is the address.
        if is_site(node) && (node.block || (!sites && at == 0)) {
            read_site(node, &options, &mut draft);
            node.children.iter().for_each(|child| read_directive(child, &mut draft));
        } else {
            read_directive(node, &mut draft);
        }
    }
    draft.found
}

struct Options {
    auto_https: bool,
}

fn read_global(node: &Node, options: &mut Options, draft: &mut Draft) {
    for child in &node.children {
        match child.name() {
            "auto_https" => options.auto_https = child.word(1) != "off",
            "servers" => {
                for inner in child.children.iter().flat_map(|c| std::iter::once(c).chain(&c.children)) {
                    if matches!(
                        inner.name(),
                        "read_body" | "read_header" | "write" | "idle" | "max_header_size"
                    ) {
                        draft.setting(inner.name(), inner.arguments().join(" "), inner.line);
                    }
                }
            }
            _ => {}
        }
        if matches!(child.name(), "auto_https" | "http_port" | "https_port" | "grace_period" | "order") {
            draft.setting(child.name(), child.arguments().join(" "), child.line);
        }
    }
}

/// Whether the line is the address of a site, not a directive.
fn is_site(node: &Node) -> bool {
    let first = node.name();
    first.starts_with(':')
        || first.contains("://")
        || first.contains('.')
        || first.contains('*')
        || first.starts_with('[')
        || first.starts_with("localhost")
        || first.starts_with("{$")
        || (node.block && first.contains(':'))
}

fn read_site(node: &Node, options: &Options, draft: &mut Draft) {
    let bound: Vec<&String> = node.children_of("bind").flat_map(Node::arguments).collect();
    for written in node.words.iter().flat_map(|word| word.split(',')).filter(|word| !word.is_empty()) {
        let (scheme, rest) = match written.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, written),
        };
        let authority = rest.split('/').next().unwrap_or(rest);
        let (host, port) = match authority.rsplit_once(':').filter(|(host, _)| !host.ends_with(':')) {
            Some((host, port)) => (host, port.parse::<u16>().ok()),
            None => (authority, None),
        };
        let tls = match scheme {
            Some("http") => false,
            Some(_) => true,
            None => port != Some(80) && (port == Some(443) || (!host.is_empty() && options.auto_https)),
        };
        let port = port.unwrap_or(if tls { 443 } else { 80 });
        if bound.is_empty() {
            // A site's host names choose the site; it listens on all addresses.
            draft.listen(Address::Tcp { host: "*".to_owned(), port }, tls, node.line);
        }
        for host in &bound {
            if let Some((_, mut addresses)) = upstream(host)
                && let Some(mut address) = addresses.pop()
            {
                if let Address::Tcp { port: bound, .. } = &mut address {
                    *bound = port;
                }
                draft.listen(address, tls, node.line);
            }
        }
    }
}

/// Reads one directive and, as most of them are only brackets around others, those in its block.
fn read_directive(node: &Node, draft: &mut Draft) {
    match node.name() {
        "reverse_proxy" | "forward_auth" => return read_proxy(node, false, draft),
        "php_fastcgi" => return read_proxy(node, true, draft),
        "respond" | "error" | "handle_errors" | "rate_limit" | "abort" | "intercept" => {
            draft.setting(node.name(), node.arguments().join(" "), node.line);
        }
        "root" | "import" | "file_server" => {
            draft.setting(node.name(), node.arguments().join(" "), node.line);
        }
        "request_body" => {
            for child in node.children_of("max_size") {
                if let Some(bytes) = size_bytes(child.word(1)) {
                    draft.limit("request_body max_size", bytes as f64, child.line);
                }
            }
        }
        "log" => {
            for child in node.children.iter().filter(|c| matches!(c.name(), "output" | "format" | "level")) {
                draft.setting(format!("log {}", child.name()), child.arguments().join(" "), child.line);
            }
        }
        _ => {}
    }
    node.children.iter().for_each(|child| read_directive(child, draft));
}

fn read_proxy(node: &Node, fastcgi: bool, draft: &mut Draft) {
    let mut transport = Transport { fastcgi, ..Transport::default() };
    // The first argument may be a matcher.
    let is_matcher = |word: &String| word == "*" || word.starts_with('/') || word.starts_with('@');
    let arguments = node.arguments();
    let arguments = if arguments.first().is_some_and(is_matcher) { &arguments[1..] } else { arguments };
    let mut upstreams: Vec<(String, u32)> = arguments.iter().map(|word| (word.clone(), node.line)).collect();
    for child in &node.children {
        match child.name() {
            "to" => upstreams.extend(child.arguments().iter().map(|word| (word.clone(), child.line))),
            "transport" => {
                transport.fastcgi |= child.word(1) == "fastcgi";
                child.children.iter().for_each(|inner| {
                    transport.read(inner);
                    note(inner, draft);
                });
            }
            "health_uri" | "health_path" | "health_port" | "health_upstream" => transport.health_check = true,
            "dynamic" => upstreams.extend(dynamic(child).map(|name| (name, child.line))),
            "handle_response" => child.children.iter().for_each(|inner| read_directive(inner, draft)),
            _ => transport.read(child),
        }
        note(child, draft);
    }
    if node.name() == "forward_auth" {
        draft.setting("forward_auth", node.arguments().join(" "), node.line);
    }
    let group = (upstreams.len() > 1).then(|| format!("{}:{}", node.name(), node.line));
    for (written, line) in upstreams {
        match upstream(&with_default(&written)) {
            Some((scheme, addresses)) => {
                for address in addresses {
                    let mut leg = transport.leg(scheme.as_deref(), address, line, draft);
                    leg.group.clone_from(&group);
                    draft.found.legs.push(leg);
                }
            }
            None => draft.problem(format!("the upstream {written} cannot be read"), line),
        }
    }
}

/// Notes what bears on failures in a `reverse_proxy` block.
fn note(node: &Node, draft: &mut Draft) {
    let name = node.name();
    let family = ["lb_", "health_", "unhealthy_"].iter().any(|family| name.starts_with(family));
    let single = matches!(
        name,
        "fail_duration"
            | "max_fails"
            | "header_up"
            | "header_down"
            | "dynamic"
            | "transport"
            | "flush_interval"
            | "request_buffers"
            | "response_buffers"
            | "stream_timeout"
            | "stream_close_delay"
            | "versions"
            | "resolvers"
            | "proxy_protocol"
            | "tls_timeout"
            | "root"
            | "split"
            | "capture_stderr"
            | "tls_renegotiation"
            | "response_header_timeout"
            | "read_timeout"
            | "expect_continue_timeout"
            | "handle_response"
            | "rewrite"
    );
    if family || single {
        draft.setting(name, node.arguments().join(" "), node.line);
    }
}

/// `dynamic a NAME PORT`, `dynamic srv NAME`, or with `name` and `port` in a block.
fn dynamic(node: &Node) -> Option<String> {
    let inner = |key| node.children_of(key).map(|child| child.word(1)).next();
    let name = inner("name").unwrap_or(node.word(2));
    let port = inner("port").unwrap_or(node.word(3));
    match (name, port) {
        ("", _) => None,
        (name, "") => Some(name.to_owned()),
        (name, port) => Some(format!("{name}:{port}")),
    }
}

/// The word with `{$NAME:default}` replaced by the default.
fn with_default(word: &str) -> String {
    let Some((before, rest)) = word.split_once("{$") else {
        return word.to_owned();
    };
    match rest.split_once('}') {
        Some((variable, after)) => {
            let default = variable.split_once(':').map_or("", |(_, default)| default);
            format!("{before}{default}{after}")
        }
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests;

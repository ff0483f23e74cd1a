//! Varnish: VCL with its backends and directors, and parameters of `varnishd` (`-p name=value`,
//! `param.set name value`).
//!
//! Parameters are noted under their own names; answers made by the VCL itself under `synth` and `error`.

mod source;

use std::collections::HashMap;

use goodgate_facts::{Address, Protocol};

use super::Product;
use super::draft::{Draft, is_name};
use crate::text::{duration_s, numbered, size_bytes, without_comment, words};
use crate::{Configuration, TlsLeg};
use source::{Cursor, tokens};

pub(super) const PRODUCT: Product = Product {
    id: "varnish",
    reference: "https://varnish-cache.org/docs/trunk/reference/vcl.html",
    recognise,
    read,
};

fn recognise(name: &str, text: &str) -> u8 {
    let mut sure = 0;
    let has_address = text.contains(".host") || text.contains(".path");
    for (_, line) in numbered(text) {
        let found = words(without_comment(line, '#').trim());
        let word = |at: usize| found.get(at).map_or("", String::as_str);
        let here = match word(0) {
            "vcl" if word(1).starts_with("4.") => 97,
            "sub" if word(1).starts_with("vcl_") => 95,
            "backend" if line.contains('{') && has_address => 92,
            "import"
                if matches!(word(1).trim_end_matches(';'), "std" | "directors") && line.contains(';') =>
            {
                80
            }
            "param.set" => 60,
            _ if line.contains("varnishd")
                && (line.contains(" -a") || line.contains(" -f") || line.contains(" -p")) =>
            {
                85
            }
            _ if line.contains("-p first_byte_timeout=") || line.contains("-p between_bytes_timeout=") => 80,
            _ => 0,
        };
        sure = sure.max(here);
    }
    let hint = name.to_ascii_lowercase();
    if sure > 0 && (hint.ends_with(".vcl") || hint.contains("varnish")) { sure + 2 } else { sure }
}

fn read(name: &str, text: &str) -> Configuration {
    let mut draft = Draft::new("varnish", name);
    let parameters = read_parameters(text, &mut draft);
    let mut cursor = Cursor::new(tokens(text));
    let mut groups = HashMap::new();
    while let Some((word, line)) = cursor.next() {
        match word.as_str() {
            "backend" => read_backend(&mut cursor, line, &parameters, &mut draft),
            "probe" => cursor.skip_block(),
            "director" => read_old_director(&mut cursor, line, &mut groups, &mut draft),
            "import" => {
                let module = cursor.take();
                draft.setting("import", module, line);
            }
            "sub" => {
                let name = cursor.take();
                draft.setting("sub", name, line);
            }
            "new" => {
                let (director, _, kind) = (cursor.take(), cursor.take(), cursor.take());
                draft.setting("new", format!("{director} = {kind}"), line);
            }
            "synth" | "error" | "vcl.synth" => read_answer(&mut cursor, &word, line, &mut draft),
            "return" => {
                if let Some(action) = cursor.inner_word().filter(|a| !matches!(a.as_str(), "synth" | "error"))
                {
                    draft.setting("return", action, line);
                }
            }
            "set" => read_set(&mut cursor, line, &mut draft),
            _ => {
                if let Some(director) =
                    word.strip_suffix(".add_backend").or(word.strip_suffix(".set_backend"))
                    && let Some(member) = cursor.inner_word()
                {
                    groups.insert(member, director.to_owned());
                }
            }
        }
    }
    for leg in &mut draft.found.legs {
        leg.group = leg.server.as_ref().and_then(|server| groups.get(server)).cloned();
    }
    draft.found
}

/// `set bereq.first_byte_timeout = 10s;` and what decides over stale answers.
fn read_set(cursor: &mut Cursor, line: u32, draft: &mut Draft) {
    let variable = cursor.take();
    let bears = variable.ends_with("_timeout")
        || variable.ends_with(".grace")
        || variable.ends_with(".status")
        || matches!(
            variable.as_str(),
            "req.backend_hint" | "bereq.backend" | "req.backend" | "beresp.uncacheable"
        );
    let value = cursor.rest_of_statement();
    if bears {
        draft.setting(variable, value.trim_start_matches(['=', ' ']), line);
    }
}

/// `synth(503, "reason")`, and `error 503 "reason"` of VCL before version 4.
fn read_answer(cursor: &mut Cursor, word: &str, line: u32, draft: &mut Draft) {
    let rest = cursor.rest_of_statement();
    let inner = rest.trim().trim_start_matches('(').trim_end_matches([')', ' ']);
    if inner.trim_start().starts_with(|c: char| c.is_ascii_digit()) {
        draft.setting(word, inner.trim(), line);
    }
}

/// `director NAME KIND { { .backend = MEMBER; } … }` of VCL 3.
fn read_old_director(
    cursor: &mut Cursor,
    line: u32,
    groups: &mut HashMap<String, String>,
    draft: &mut Draft,
) {
    let (director, kind) = (cursor.take(), cursor.take());
    draft.setting("director", format!("{director} {kind}"), line);
    for (key, value, _) in cursor.fields() {
        if key == "backend" {
            groups.insert(value, director.clone());
        }
    }
}

fn read_backend(cursor: &mut Cursor, line: u32, parameters: &Parameters, draft: &mut Draft) {
    let name = cursor.take();
    if cursor.peek() == Some("none") {
        draft.setting("backend", format!("{name} none"), line);
        return;
    }
    let fields = cursor.fields();
    let field =
        |key: &str| fields.iter().find(|(found, _, _)| found == key).map(|(_, value, _)| value.as_str());
    let time = |key: &str| field(key).or(parameters.get(key)).and_then(|value| duration_s(value, 1.0));
    let tls = matches!(field("ssl"), Some("1" | "true"));
    let port = match field("port") {
        Some("http") => Some(80),
        Some("https") => Some(443),
        Some(port) => port.parse().ok(),
        None => Some(if tls { 443 } else { 80 }),
    };
    let address = match (field("path"), field("host"), port) {
        (Some(path), _, _) => Some(Address::Unix(path.to_owned())),
        // A bare IPv6 address must not lose its last part to the port.
        (None, Some(host), Some(port)) if host.parse::<std::net::Ipv6Addr>().is_ok() => {
            Some(Address::Tcp { host: host.to_ascii_lowercase(), port })
        }
        (None, Some(host), Some(port)) => Address::parse(host, port),
        _ => None,
    };
    let Some(address) = address else {
        draft.problem(format!("the address of backend {name} cannot be read"), line);
        return;
    };
    let protocol = if tls { Protocol::Https } else { Protocol::Http };
    let mut leg = draft.leg(Some(protocol), address, line);
    leg.server = Some(name);
    leg.connect_timeout_s = time("connect_timeout");
    leg.read_timeout_s = time("first_byte_timeout");
    leg.total_timeout_s = time("last_byte_timeout");
    leg.keepalive_idle_s = time("backend_idle_timeout");
    leg.header_buffer = parameters.get("http_resp_size").and_then(size_bytes);
    leg.connections_max = field("max_connections").and_then(|n| n.parse().ok()).filter(|n| *n > 0);
    leg.health_check = field("probe").is_some();
    // Names are resolved when the VCL is compiled.
    leg.resolved_at_runtime = is_name(&leg.target.address).then_some(false);
    leg.tls = tls.then(|| TlsLeg {
        verify: field("ssl_verify_peer").map(|value| matches!(value, "1" | "true")),
        sni: field("ssl_sni").map(|value| matches!(value, "1" | "true")),
        name: field("host_header").map(str::to_owned),
        versions: None,
        client_certificate: field("certificate").is_some(),
    });
    draft.found.legs.push(leg);
    for (key, value, line) in &fields {
        match key.as_str() {
            "max_connections" | "wait_limit" => {
                if let Some(number) = size_bytes(value) {
                    draft.limit(key.as_str(), number as f64, *line);
                }
            }
            "between_bytes_timeout" | "host_header" | "probe" | "proxy_header" | "via" | "wait_timeout" => {
                draft.setting(key.as_str(), value.as_str(), *line);
            }
            _ => {}
        }
    }
}

/// Parameters of the running program.
struct Parameters {
    values: HashMap<String, String>,
}

impl Parameters {
    fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

/// Reads `-p name=value`, `-a address` and `-b address` of a command line, and `param.set name value`.
fn read_parameters(text: &str, draft: &mut Draft) -> Parameters {
    let mut values = HashMap::new();
    let on_command_line = ["varnishd", "DAEMON_OPTS", "-p "].iter().any(|word| text.contains(word));
    for (line, written) in numbered(text) {
        if !written.contains("-p") && !written.contains("param.set") && !written.contains(" -a") {
            continue;
        }
        // A whole command line may stand in quotes: DAEMON_OPTS="-a :80 -p …".
        let plain = written.replace(['"', '\''], " ");
        let found = words(&plain);
        for (at, word) in found.iter().enumerate() {
            let next = found.get(at + 1).map_or("", String::as_str);
            let parameter = match word.as_str() {
                "-p" if on_command_line => next.split_once('='),
                "param.set" => Some((next, found.get(at + 2).map_or("", String::as_str))),
                "-a" if written.trim_start().starts_with(['-', 'D', 'E', '/', 'v']) => {
                    read_listen(next, line, draft);
                    None
                }
                _ => None,
            };
            if let Some((name, value)) = parameter.filter(|(name, _)| !name.is_empty()) {
                draft.setting(name, value, line);
                values.insert(name.to_owned(), value.to_owned());
                if matches!(
                    name,
                    "thread_pool_max" | "thread_pools" | "http_max_hdr" | "max_retries" | "http_resp_hdr_len"
                ) && let Some(number) = size_bytes(value)
                {
                    draft.limit(name, number as f64, line);
                }
            }
        }
    }
    Parameters { values }
}

/// `-a [name=]address[,PROTO]`
fn read_listen(written: &str, line: u32, draft: &mut Draft) {
    let mut parts = written.split(',');
    let address = parts.next().unwrap_or_default();
    let address = address.split_once('=').map_or(address, |(_, address)| address);
    let tls = parts.any(|part| part.eq_ignore_ascii_case("https"));
    let address = match address.strip_prefix(':') {
        Some(port) => port.parse().ok().map(|port| Address::Tcp { host: "*".to_owned(), port }),
        None => Address::parse(address, 80),
    };
    if let Some(address) = address {
        draft.listen(address, tls, line);
    }
}

#[cfg(test)]
mod tests;

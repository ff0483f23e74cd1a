//! What nginx directives say apart from the ways to upstreams: addresses, limits, layouts, other settings.

use super::syntax::Directive;
use super::visit;
use crate::text::{Source, base_name, listen_address, size_bytes};
use crate::{Configuration, Layout, Limit, Listen, Setting};

/// The layout that nginx knows without being told.
const COMBINED: &str = "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\"";

/// Directives kept as settings, by full name.
const KEPT: &[&str] = &[
    "include",
    "resolver",
    "resolver_timeout",
    "error_page",
    "error_log",
    "auth_request",
    "limit_req",
    "limit_req_zone",
    "limit_req_status",
    "limit_conn",
    "limit_conn_zone",
    "limit_conn_status",
    "client_header_timeout",
    "client_body_timeout",
    "client_body_in_file_only",
    "send_timeout",
    "keepalive_timeout",
    "keepalive_requests",
    "keepalive",
    "worker_processes",
    "reset_timedout_connection",
    "root",
    "alias",
    "index",
    "try_files",
    "server_name",
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_protocols",
    "mirror",
    "internal",
    "proxy_http_version",
    "proxy_cache_use_stale",
    "proxy_cache_lock",
    "proxy_bind",
    "proxy_redirect",
    "proxy_timeout",
    "fastcgi_keep_conn",
    "fastcgi_index",
    "fastcgi_split_path_info",
    "fastcgi_cache_use_stale",
    "fastcgi_catch_stderr",
    "worker_shutdown_timeout",
    "daemon",
    "thread_pool",
];

/// Ends of names of directives that each upstream module has under its own prefix (`proxy_`, `fastcgi_` …).
const KEPT_ENDS: &[&str] = &[
    "_intercept_errors",
    "_next_upstream",
    "_next_upstream_tries",
    "_next_upstream_timeout",
    "_temp_path",
    "_cache_path",
    "_max_temp_file_size",
    "_temp_file_write_size",
    "_buffering",
    "_buffers",
    "_busy_buffers_size",
    "_ignore_client_abort",
    "_ssl_trusted_certificate",
    "_ssl_verify_depth",
    "_ssl_session_reuse",
    "_connect_timeout",
    "_read_timeout",
    "_send_timeout",
    "_buffer_size",
    "_socket_keepalive",
];

/// Directives whose first argument is a count.
const COUNTS: &[&str] = &["worker_connections", "worker_rlimit_nofile"];

/// Directives whose argument (the last one) is a number of bytes.
const SIZES: &[&str] = &[
    "client_max_body_size",
    "client_body_buffer_size",
    "client_header_buffer_size",
    "large_client_header_buffers",
    "limit_rate",
];

/// Records user, addresses, limits and settings of all levels.
pub(super) fn record(tree: &[Directive], source: &Source, into: &mut Configuration) {
    visit(tree, &mut |directive| {
        let place = || source.at(directive.line);
        let name = directive.name.as_str();
        let first = directive.arg(0);
        match name {
            "user" if directive.block.is_none() && !first.is_empty() => {
                into.user.get_or_insert_with(|| first.to_owned());
            }
            "listen" => into.listens.extend(listen(directive, source)),
            _ => {}
        }
        if let Some(value) = limit(directive) {
            into.limits.push(Limit { directive: name.to_owned(), value, place: place() });
        }
        if kept(directive) {
            into.settings.push(Setting {
                directive: name.to_owned(),
                value: directive.value(),
                place: place(),
            });
        }
    });
}

fn listen(directive: &Directive, source: &Source) -> Option<Listen> {
    let address = listen_address(directive.arg(0), 80)?;
    let tls = directive.args.iter().skip(1).any(|arg| arg == "ssl" || arg == "quic");
    Some(Listen { address, tls, place: source.at(directive.line) })
}

fn limit(directive: &Directive) -> Option<f64> {
    let name = directive.name.as_str();
    if COUNTS.contains(&name) {
        return directive.arg(0).parse().ok();
    }
    if SIZES.contains(&name) {
        return directive.args.last().and_then(|size| size_bytes(size)).map(|bytes| bytes as f64);
    }
    match name {
        "limit_conn" => directive.arg(1).parse().ok(),
        // Requests a second, whether written by the second or by the minute.
        "limit_req_zone" => {
            let (number, unit) = directive.option("rate")?.split_once("r/")?;
            let per_s = if unit == "m" { 60.0 } else { 1.0 };
            Some(number.parse::<f64>().ok()? / per_s)
        }
        _ => None,
    }
}

fn kept(directive: &Directive) -> bool {
    let name = directive.name.as_str();
    let first = directive.arg(0);
    match name {
        // An answer of success or a redirect to another path is nobody's failure.
        "return" => first.starts_with(['4', '5']),
        "proxy_set_header" => {
            ["host", "connection", "upgrade"].contains(&first.to_ascii_lowercase().as_str())
        }
        "fastcgi_param" => {
            ["SCRIPT_FILENAME", "DOCUMENT_ROOT", "PHP_VALUE", "PHP_ADMIN_VALUE"].contains(&first)
        }
        // In a group: the servers with their options, and how they share what they know.
        "server" | "zone" | "max_fails" => directive.block.is_none(),
        _ => KEPT.contains(&name) || KEPT_ENDS.iter().any(|end| name.ends_with(end)),
    }
}

/// The log layouts, once for each file that they are written to; those that no file uses without one.
pub(super) fn layouts(tree: &[Directive]) -> Vec<Layout> {
    let mut formats = vec![("combined".to_owned(), COMBINED.to_owned(), false)];
    let mut logs: Vec<(String, String)> = Vec::new();
    visit(tree, &mut |directive| match directive.name.as_str() {
        "log_format" => {
            let parts = directive.args.iter().skip(1);
            let layout: String = parts.skip_while(|arg| arg.starts_with("escape=")).cloned().collect();
            formats.push((directive.arg(0).to_owned(), layout, true));
        }
        "access_log" if directive.arg(0) != "off" => {
            let named = directive.arg(1);
            let format = if named.is_empty() || named.contains('=') { "combined" } else { named };
            logs.push((directive.arg(0).to_owned(), format.to_owned()));
        }
        _ => {}
    });
    let mut layouts = Vec::new();
    for (name, layout, stated) in formats {
        let files: Vec<_> = logs.iter().filter(|(_, format)| *format == name).collect();
        let of = |file| Layout { format: "nginx-access", layout: layout.clone(), file };
        if files.is_empty() && stated {
            layouts.push(of(None));
        }
        for (path, _) in files {
            let layout = of(Some(base_name(path).to_owned()));
            if !layouts.contains(&layout) {
                layouts.push(layout);
            }
        }
    }
    layouts
}

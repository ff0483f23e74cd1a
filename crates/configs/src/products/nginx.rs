//! nginx and what shares its language (OpenResty, Tengine, ingress-nginx's rendered file).
//!
//! Directives are inherited from `http` to `server` to `location` unless the inner level states its own.

mod legs;
mod recording;
mod syntax;

use syntax::Directive;

use super::Product;
use crate::text::{Source, numbered};
use crate::{Configuration, Problem, Role};

/// nginx.
pub(super) const PRODUCT: Product =
    Product { id: "nginx", reference: "https://nginx.org/en/docs/dirindex.html", recognise, read };

/// Text beyond this is not looked at for recognising: a real file shows its directives early.
const RECOGNISED_CHARS: usize = 64 * 1024;

/// How `nginx -T` begins each file that it prints.
const DUMPED_FILE: &str = "# configuration file ";

/// Directives that hardly another brace language writes at the start of a statement.
const TELLING: &[&str] = &[
    "proxy_pass",
    "fastcgi_pass",
    "uwsgi_pass",
    "scgi_pass",
    "grpc_pass",
    "proxy_set_header",
    "proxy_http_version",
    "proxy_read_timeout",
    "proxy_connect_timeout",
    "fastcgi_param",
    "fastcgi_read_timeout",
    "uwsgi_param",
    "uwsgi_read_timeout",
    "worker_connections",
    "worker_processes",
    "worker_rlimit_nofile",
    "server_name",
    "client_max_body_size",
    "log_format",
    "access_log",
    "error_log",
    "try_files",
    "location",
    "upstream",
    "add_header",
    "ssl_certificate",
    "auth_request",
    "limit_req_zone",
    "limit_conn_zone",
    "resolver",
];

fn recognise(name: &str, text: &str) -> u8 {
    let head: String = text.chars().take(RECOGNISED_CHARS).collect();
    let (tree, _) = syntax::parse(&head);
    let told = telling(&tree, 0);
    let hinted = name.contains("nginx") || name.contains("sites-enabled");
    match told {
        0 => 0,
        1 => 35 + if hinted { 30 } else { 0 },
        2 => 60 + if hinted { 20 } else { 0 },
        _ => 90,
    }
}

/// How many telling directives there are, up to three. A statement of very many words is prose, not a directive.
fn telling(tree: &[Directive], so_far: u8) -> u8 {
    tree.iter().fold(so_far, |sum, directive| {
        if sum >= 3 {
            return sum;
        }
        let blocky = matches!(directive.name.as_str(), "location" | "upstream");
        let fits = TELLING.contains(&directive.name.as_str())
            && (1..=64).contains(&directive.args.len())
            && blocky == directive.block.is_some();
        telling(directive.inner(), sum + u8::from(fits))
    })
}

fn read(name: &str, text: &str) -> Configuration {
    let mut source = Source::new(name);
    for (line, text) in numbered(text) {
        if let Some(file) = text.strip_prefix(DUMPED_FILE).and_then(|rest| rest.trim_end().strip_suffix(':'))
        {
            source.begin_part(line, file);
        }
    }
    let (tree, broken) = syntax::parse(text);
    let problems = broken.into_iter().map(|(line, what)| Problem { place: source.at(line), what }).collect();
    let mut configuration =
        Configuration { product: "nginx", role: Role::Gateway, problems, ..Configuration::default() };
    recording::record(&tree, &source, &mut configuration);
    configuration.layouts = recording::layouts(&tree);
    configuration.legs = legs::legs(&tree, &source, &mut configuration.settings);
    configuration
}

/// Visits every directive of a tree, outer before inner.
fn visit<'a>(tree: &'a [Directive], each: &mut dyn FnMut(&'a Directive)) {
    for directive in tree {
        each(directive);
        visit(directive.inner(), each);
    }
}

#[cfg(test)]
mod tests;

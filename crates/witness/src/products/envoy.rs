//! Envoy: a static bootstrap with one cluster a route, written from
//! <https://www.envoyproxy.io/docs/envoy/latest/configuration/overview/bootstrap>.
//!
//! No distribution package has Envoy, so this set-up was written from its documentation and has never been run by the
//! tests of this project; the healthy route decides before anything is measured.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use goodgate_lab::Speaks;

use super::{CONNECT, Lines, NAME, Plan, Product, Route, To};

#[derive(Debug)]
pub(super) struct Envoy;

impl Product for Envoy {
    fn id(&self) -> &'static str {
        "envoy"
    }

    fn title(&self) -> &'static str {
        "Envoy"
    }

    fn package(&self) -> &'static str {
        "https://www.envoyproxy.io/docs/envoy/latest/start/install"
    }

    fn version_argument(&self) -> &'static str {
        "--version"
    }

    fn version(&self, printed: &str) -> Option<String> {
        // `envoy  version: COMMIT/1.30.1/Clean/RELEASE/BoringSSL`
        let (_, rest) = printed.split_once("version: ")?;
        rest.split('/').nth(1).map(str::to_owned)
    }

    fn speaks(&self) -> Vec<Speaks> {
        vec![Speaks::Http, Speaks::Tls, Speaks::H2c]
    }

    fn resolves(&self) -> bool {
        true
    }

    fn stays_root(&self) -> bool {
        // It never becomes another user.
        true
    }

    fn configuration(&self, plan: &Plan) -> Vec<(String, String)> {
        let mut text = format!(
            "static_resources:\n  listeners:\n  - name: www\n    address: {}\n    filter_chains:\n    - filters:\n      \
             - name: envoy.filters.network.http_connection_manager\n        typed_config:\n          \
             \"@type\": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager\n          \
             stat_prefix: www\n          http_protocol_options: {{accept_http_10: true, default_host_for_http_10: {NAME}}}\n          \
             access_log:\n          - name: envoy.access_loggers.file\n            typed_config:\n              \
             \"@type\": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog\n              path: {}\n          \
             http_filters:\n          - name: envoy.filters.http.router\n            typed_config:\n              \
             \"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router\n          \
             route_config:\n            name: www\n            virtual_hosts:\n            - name: www\n              \
             domains: [\"*\"]\n              routes:\n",
            socket_address(&plan.listen),
            plan.file("access.log"),
        );
        for route in &plan.routes {
            let _ = write!(
                text,
                "              - match: {{prefix: {}}}\n                \
                 route: {{cluster: {}, timeout: {}, idle_timeout: {}}}\n",
                route.prefix(),
                route.name,
                seconds(route.read()),
                seconds(route.read())
            );
        }
        text.push_str("  clusters:\n");
        for route in &plan.routes {
            text.push_str(&cluster(route, plan));
        }
        vec![("envoy.yaml".to_owned(), text)]
    }

    fn command(&self, program: &Path, plan: &Plan) -> Command {
        let mut command = Command::new(program);
        command
            .arg("--config-path")
            .arg(plan.file("envoy.yaml"))
            .arg("--log-path")
            .arg(plan.file("envoy.log"));
        // Several on one machine must not meet in shared memory.
        command.args(["--log-level", "info", "--disable-hot-restart"]);
        command
    }

    fn logs(&self) -> Vec<(&'static str, Lines)> {
        vec![("access.log", Lines::Alone), ("envoy.log", Lines::Alone)]
    }
}

/// A time as in JSON of protocol buffers: `1.5s`.
fn seconds(time: Duration) -> String {
    format!("{}s", time.as_secs_f64())
}

fn socket_address(address: &SocketAddr) -> String {
    format!("{{socket_address: {{address: \"{}\", port_value: {}}}}}", address.ip(), address.port())
}

fn cluster(route: &Route, plan: &Plan) -> String {
    let (kind, at) = match &route.to {
        To::Tcp(address) => ("STATIC", socket_address(address)),
        To::Unix(path) => ("STATIC", format!("{{pipe: {{path: {}}}}}", path.display())),
        To::Name { host, port, .. } => {
            ("STRICT_DNS", format!("{{socket_address: {{address: {host}, port_value: {port}}}}}"))
        }
    };
    let name = &route.name;
    let mut text = format!(
        "  - name: {name}\n    type: {kind}\n    connect_timeout: {}\n    load_assignment:\n      cluster_name: {name}\n      \
         endpoints:\n      - lb_endpoints:\n        - endpoint: {{address: {at}}}\n",
        seconds(CONNECT)
    );
    if let To::Name { resolver, .. } = &route.to {
        let _ = write!(
            text,
            "    dns_lookup_family: V4_ONLY\n    dns_refresh_rate: 0.5s\n    typed_dns_resolver_config:\n      \
             name: envoy.network.dns_resolver.cares\n      typed_config:\n        \
             \"@type\": type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig\n        \
             resolvers: [{}]\n",
            socket_address(resolver)
        );
    }
    if route.speaks == Speaks::H2c {
        text.push_str(
            "    typed_extension_protocol_options:\n      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:\n        \
             \"@type\": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions\n        \
             explicit_http_config: {http2_protocol_options: {}}\n",
        );
    }
    if route.speaks == Speaks::Tls {
        let _ = write!(
            text,
            "    transport_socket:\n      name: envoy.transport_sockets.tls\n      typed_config:\n        \
             \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext\n        \
             sni: {NAME}\n        common_tls_context:\n          validation_context:\n            \
             trusted_ca: {{filename: {}}}\n            match_typed_subject_alt_names:\n            \
             - {{san_type: DNS, matcher: {{exact: {NAME}}}}}\n",
            plan.trust.display()
        );
    }
    text
}

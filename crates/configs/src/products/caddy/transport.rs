//! How one `reverse_proxy` reaches its upstreams: what all of its legs share.

use goodgate_facts::{Address, Protocol};

use super::super::draft::{Draft, is_name};
use super::tree::Node;
use crate::text::{duration_s, size_bytes};
use crate::{Leg, TlsLeg};

/// What the block of a `reverse_proxy` or `php_fastcgi` says about each of its legs.
#[derive(Clone, Default)]
pub(super) struct Transport {
    pub(super) fastcgi: bool,
    pub(super) connect_s: Option<f64>,
    pub(super) head_s: Option<f64>,
    pub(super) read_s: Option<f64>,
    pub(super) write_s: Option<f64>,
    pub(super) keepalive: Option<bool>,
    pub(super) keepalive_idle_s: Option<f64>,
    pub(super) tls: Option<TlsLeg>,
    pub(super) header_buffer: Option<u64>,
    pub(super) connections_max: Option<u64>,
    pub(super) h2c: bool,
    pub(super) health_check: bool,
}

impl Transport {
    /// Takes in one directive of a `transport` block (or of `php_fastcgi`, where they stand directly).
    pub(super) fn read(&mut self, node: &Node) {
        let argument = node.word(1);
        let time = || duration_s(argument, 1.0);
        match node.name() {
            "dial_timeout" => self.connect_s = time(),
            "response_header_timeout" => self.head_s = time(),
            "read_timeout" => self.read_s = time(),
            "write_timeout" => self.write_s = time(),
            "max_response_header" => self.header_buffer = size_bytes(argument),
            "max_conns_per_host" => self.connections_max = argument.parse().ok().filter(|n| *n > 0),
            "keepalive" if argument == "off" => self.keepalive = Some(false),
            "keepalive" => {
                self.keepalive = Some(true);
                self.keepalive_idle_s = time();
            }
            "versions" => self.h2c |= node.arguments().iter().any(|version| version == "h2c"),
            name if name.starts_with("tls") => self.read_tls(node),
            _ => {}
        }
    }

    fn read_tls(&mut self, node: &Node) {
        let tls = self.tls.get_or_insert_with(TlsLeg::default);
        match node.name() {
            "tls_insecure_skip_verify" => tls.verify = Some(false),
            "tls_trusted_ca_certs" | "tls_trusted_ca_pool" | "tls_trust_pool" => {
                tls.verify = tls.verify.or(Some(true));
            }
            "tls_server_name" => {
                tls.sni = Some(true);
                tls.name = Some(node.word(1).to_owned());
            }
            "tls_client_auth" => tls.client_certificate = true,
            "tls_curves" => tls.versions = Some(node.words.join(" ")),
            _ => {}
        }
    }

    /// The leg to one upstream.
    pub(super) fn leg(&self, scheme: Option<&str>, address: Address, line: u32, draft: &Draft) -> Leg {
        let protocol = match scheme {
            _ if self.fastcgi => Protocol::Fastcgi,
            Some("https") => Protocol::Https,
            _ if self.tls.is_some() => Protocol::Https,
            Some("h2c") => Protocol::H2c,
            _ if self.h2c => Protocol::H2c,
            _ => Protocol::Http,
        };
        let mut leg = draft.leg(Some(protocol), address, line);
        leg.connect_timeout_s = self.connect_s;
        leg.read_timeout_s = match (self.head_s, self.read_s) {
            (Some(head), Some(read)) => Some(head.min(read)),
            (head, read) => head.or(read),
        };
        leg.send_timeout_s = self.write_s;
        leg.keepalive = self.keepalive;
        leg.keepalive_idle_s = self.keepalive_idle_s;
        leg.tls = (protocol == Protocol::Https).then(|| {
            let tls = self.tls.clone().unwrap_or_default();
            // Caddy verifies, and sends the upstream's name, unless told otherwise.
            TlsLeg { verify: tls.verify.or(Some(true)), sni: tls.sni.or(Some(true)), ..tls }
        });
        leg.header_buffer = self.header_buffer;
        leg.connections_max = self.connections_max;
        leg.health_check = self.health_check;
        // Caddy asks the resolver for each connection that it dials.
        leg.resolved_at_runtime = is_name(&leg.target.address).then_some(true);
        leg
    }
}

/// How many addresses a range of ports is taken for.
const RANGE_MAX: u16 = 64;

/// Scheme and addresses of an upstream: `https://host`, `unix//path`, `unix+h2c//path`, `:9000`, `host:8001-8003`.
pub(super) fn upstream(written: &str) -> Option<(Option<String>, Vec<Address>)> {
    let (network, rest) = written.split_once('/').unwrap_or((written, ""));
    if let Some(variant) = network.strip_prefix("unix").filter(|v| v.is_empty() || v.starts_with('+')) {
        let scheme = variant.strip_prefix('+').map(str::to_owned);
        // The socket's mode may follow: `unix//run/x.sock|0220`.
        let path = rest.split('|').next().unwrap_or(rest);
        return (!path.is_empty()).then(|| (scheme, vec![Address::Unix(path.to_owned())]));
    }
    let (scheme, rest) = match written.split_once("://") {
        Some((scheme @ ("http" | "https" | "h2c"), rest)) => (Some(scheme), rest),
        Some(_) => return None,
        None => (None, written),
    };
    let rest = rest.strip_prefix("tcp/").unwrap_or(rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    let default_port = if scheme == Some("https") { 443 } else { 80 };
    let with_host =
        if authority.starts_with(':') { format!("localhost{authority}") } else { authority.to_owned() };
    let range = with_host.rsplit_once(':').and_then(|(host, ports)| {
        let (first, last) = ports.split_once('-')?;
        Some((host, first.parse::<u16>().ok()?, last.parse::<u16>().ok()?))
    });
    let addresses = match range {
        Some((host, first, last)) => (first..=last.min(first.saturating_add(RANGE_MAX)))
            .filter_map(|port| Address::parse(&format!("{host}:{port}"), default_port))
            .collect(),
        None => vec![Address::parse(&with_host, default_port)?],
    };
    Some((scheme.map(str::to_owned), addresses))
}

//! What the system's configuration says on names: hosts file, resolvers, search list.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use hickory_proto::op::Query;
use hickory_proto::rr::{Name, RecordType};
use hickory_resolver::Hosts;
use hickory_resolver::config::{ProtocolConfig, ResolverConfig};
use hickory_resolver::system_conf::read_system_conf;

/// Resolvers that are asked at most, as many as the C library knows (`MAXNS`, resolv.conf(5)).
const SERVERS: usize = 3;
/// Domains of the search list that are tried at most; the C library's old limit (resolv.conf(5)).
const SEARCH: usize = 6;

/// How a computer resolves names: its hosts file, its resolvers and its search list.
#[derive(Clone, Debug)]
pub struct System {
    hosts: Arc<Hosts>,
    servers: Vec<SocketAddr>,
    search: Vec<Name>,
    /// A name with fewer dots is tried with the search list first (resolv.conf(5), `ndots`).
    dots: usize,
}

impl System {
    /// As this computer is configured now. Without a resolver in the configuration (or without a configuration) that
    /// is the one on the computer itself, as resolv.conf(5) says.
    pub fn read() -> Self {
        let hosts = Hosts::from_system().unwrap_or_default();
        let (servers, search, dots) = match read_system_conf() {
            Ok((config, options)) => (servers_of(&config), search_of(&config), options.ndots),
            Err(_) => (Vec::new(), Vec::new(), 1),
        };
        let mut system = Self { hosts: Arc::new(hosts), servers, search, dots };
        if system.servers.is_empty() {
            system.servers.push(SocketAddr::from((Ipv4Addr::LOCALHOST, 53)));
        }
        system
    }

    /// With these resolvers, in their order, and this text of a hosts file; without a search list. What of the text is
    /// not UTF-8 ends it.
    pub fn with(servers: Vec<SocketAddr>, hosts_file: &str) -> Self {
        let mut hosts = Hosts::default();
        // Reading from memory does not fail, and broken lines are passed over.
        let _ = hosts.read_hosts_conf(hosts_file.as_bytes());
        Self { hosts: Arc::new(hosts), servers, search: Vec::new(), dots: 1 }
    }

    /// The resolvers, in the order in which they are asked.
    pub fn servers(&self) -> &[SocketAddr] {
        &self.servers
    }

    /// The same with these resolvers instead of its own.
    #[must_use]
    pub fn asking(mut self, servers: Vec<SocketAddr>) -> Self {
        self.servers = servers;
        self
    }

    /// What needs no name server: the addresses of the hosts file, and loopback for `localhost` and what lies under it
    /// (RFC 6761 section 6.3). Empty where a name server is to be asked.
    pub fn without_asking(&self, name: &str) -> Vec<IpAddr> {
        let Ok(mut parsed) = Name::from_ascii(name.to_ascii_lowercase()) else { return Vec::new() };
        parsed.set_fqdn(true);
        let of = |kind| {
            let found = self.hosts.lookup_static_host(&Query::query(parsed.clone(), kind));
            let records = found.map(|lookup| lookup.answers().to_vec()).unwrap_or_default();
            records.into_iter().filter_map(|record| record.data.ip_addr()).collect::<Vec<_>>()
        };
        let mut addresses = of(RecordType::A);
        addresses.extend(of(RecordType::AAAA));
        let under_localhost = parsed.iter().next_back().is_some_and(|label| label == b"localhost");
        if addresses.is_empty() && under_localhost {
            addresses = vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        }
        addresses
    }

    /// The names to be tried, in order: the name itself and with the search list's domains behind it.
    pub(super) fn candidates(&self, name: &Name, qualified: bool) -> Vec<Name> {
        if qualified {
            return vec![name.clone()];
        }
        let mut candidates: Vec<Name> = self.search.iter().filter_map(|domain| under(name, domain)).collect();
        let dots = usize::from(name.num_labels()).saturating_sub(1);
        let place = if dots >= self.dots { 0 } else { candidates.len() };
        candidates.insert(place, name.clone());
        candidates
    }
}

fn under(name: &Name, domain: &Name) -> Option<Name> {
    let mut name = name.clone();
    name.set_fqdn(false);
    let mut whole = name.append_domain(domain).ok()?;
    whole.set_fqdn(true);
    Some(whole)
}

fn servers_of(config: &ResolverConfig) -> Vec<SocketAddr> {
    let plain = config.name_servers().iter().filter_map(|server| {
        let udp = server.connections.iter().find(|way| matches!(way.protocol, ProtocolConfig::Udp))?;
        Some(SocketAddr::new(server.ip, udp.port))
    });
    let mut servers: Vec<SocketAddr> = Vec::new();
    for server in plain.filter(|server| !server.ip().is_unspecified()) {
        if !servers.contains(&server) && servers.len() < SERVERS {
            servers.push(server);
        }
    }
    servers
}

fn search_of(config: &ResolverConfig) -> Vec<Name> {
    let domains = config.search().iter().filter(|domain| !domain.is_root());
    domains.take(SEARCH).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_file_and_localhost_need_no_server() {
        let system =
            System::with(Vec::new(), "192.0.2.7 Shop.example # old\n2001:db8::7 shop.example\nx y\n");
        let both = ["192.0.2.7".parse::<IpAddr>().unwrap(), "2001:db8::7".parse().unwrap()];
        assert_eq!(system.without_asking("SHOP.example"), both);
        assert_eq!(system.without_asking("shop.example."), both);
        assert_eq!(system.without_asking("app.localhost").len(), 2);
        assert!(system.without_asking("shop.example.com").is_empty());
        assert!(system.without_asking("..").is_empty());
    }

    #[test]
    fn the_search_list_comes_behind_a_name_with_dots_and_before_one_without() {
        let mut system = System::with(Vec::new(), "");
        system.search = vec![Name::from_ascii("corp.example").unwrap()];
        let tried = |name: &str, qualified| {
            let mut name = Name::from_ascii(name).unwrap();
            name.set_fqdn(true);
            system.candidates(&name, qualified).iter().map(Name::to_ascii).collect::<Vec<_>>()
        };
        assert_eq!(tried("www.shop", false), ["www.shop.", "www.shop.corp.example."]);
        assert_eq!(tried("intranet", false), ["intranet.corp.example.", "intranet."]);
        assert_eq!(tried("intranet", true), ["intranet."]);
    }
}

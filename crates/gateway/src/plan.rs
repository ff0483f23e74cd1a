//! What is to be done, complete and without a maybe: every default filled in, every name resolved to what it names.
//!
//! A [`Plan`] comes from a configuration file or from a command line, is never changed, and is swapped as a whole when
//! the configuration is loaded anew. Knows no TOML.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

macro_rules! defaults {
    ($($type:ident { $($field:ident: $value:expr,)* })*) => {$(
        impl Default for $type {
            fn default() -> Self {
                Self { $($field: $value,)* }
            }
        }
    )*};
}

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

mod sites;
mod upstreams;

pub use sites::{Action, Charset, FieldMatch, Files, HostPattern, PathPattern, Php, Rewrite, Route, Site};
pub use upstreams::{
    Balance, Connections, Eject, Health, Place, Protocol, Queue, Retry, Server, Timeouts, Upstream,
    UpstreamTls,
};

/// The whole of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Where clients connect.
    pub listeners: Vec<Listener>,
    /// The sites, in the order in which they were written.
    pub sites: Vec<Site>,
    /// The upstreams that routes name by their place.
    pub upstreams: Vec<Upstream>,
    /// Where metrics and status are served.
    pub admin: Option<Admin>,
    /// Where requests are recorded.
    pub access_log: Option<AccessLog>,
    /// Proxies in front of us whose word on the client's address is taken.
    pub trusted_proxies: Vec<Network>,
    /// Addresses that are told everything about a failure; everybody else is told what the public may know.
    pub full_account_for: Vec<Network>,
    /// The name by which this gateway goes in Via and Proxy-Status (RFC 9110 section 7.6.3: a pseudonym).
    pub name: String,
    /// Limits for clients.
    pub clients: Clients,
    /// Bodies that are collected before they go on.
    pub collect: Collect,
    /// Error pages that replace the built-in ones.
    pub error_pages: Vec<ErrorPage>,
    /// The process.
    pub process: Process,
}

/// Where clients connect.
#[derive(Clone, Debug, PartialEq)]
pub struct Listener {
    /// Address and port.
    pub address: SocketAddr,
    /// Certificates, if TLS is spoken here: the first is for clients that name no host or an unknown one.
    pub tls: Option<Vec<CertificateFiles>>,
    /// Whether HTTP/2 is offered (by ALPN over TLS; by prior knowledge without).
    pub http2: bool,
}

/// A certificate and its key, each in a file of PEM blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The chain, the server's own certificate first.
    pub chain: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its first address.
    pub address: IpAddr,
    /// Bits that count, 0 to 32 or 128.
    pub bits: u8,
}

impl Network {
    /// Whether the address lies in it. An IPv4 address that came mapped into IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let bits = u32::from(self.bits);
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(one)) => {
                (u32::from(net) ^ u32::from(one)).checked_shr(32 - bits.min(32)).unwrap_or(0) == 0
            }
            (IpAddr::V6(net), IpAddr::V6(one)) => {
                (u128::from(net) ^ u128::from(one)).checked_shr(128 - bits.min(128)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// Where metrics and status are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// Address and port; a loopback address unless a token is set.
    pub address: SocketAddr,
    /// The bearer token that is asked for.
    pub token: Option<Token>,
}

/// A token, and the file that it stands in.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The file.
    pub file: PathBuf,
    /// What stands in it; `None` where it may not be read. A gateway that runs goes on with what it read of the same file
    /// before, and nothing is put in force without a token that was asked for.
    pub text: Option<String>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("file", &self.file).field("known", &self.text.is_some()).finish()
    }
}

/// Where requests are recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLog {
    /// A file; `None` for standard output.
    pub path: Option<PathBuf>,
    /// In what form.
    pub format: LogFormat,
}

/// The form of the access log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// nginx's and Apache's combined.
    Combined,
}

/// Limits for clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clients {
    /// Connections at once, over all cores; default 20 000.
    pub connections_max: usize,
    /// Bytes of a request's head; default 32 KiB.
    pub head_bytes: usize,
    /// Bytes of a request's target; default 16 KiB.
    pub target_bytes: usize,
    /// Field lines of a head; default 100.
    pub fields: usize,
    /// The TLS handshake; default 10 s.
    pub tls: Duration,
    /// From the first byte of a head to its end; default 10 s.
    pub head: Duration,
    /// Between two pieces of a body; default 30 s.
    pub body_gap: Duration,
    /// The least rate of a body's bytes a second, over each [`Clients::body_gap`]; default 240.
    pub body_rate: u64,
    /// Between two pieces of an answer that the client takes; default 30 s.
    pub send_gap: Duration,
    /// An idle connection between requests; default 75 s.
    pub idle: Duration,
    /// Streams at once of an HTTP/2 connection; default 128.
    pub streams: u32,
}

/// Bodies of requests that are collected before they go on: those without a length, to servers that must know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collect {
    /// Bytes of each that are kept in memory; default 64 KiB. What is larger goes into a temporary file.
    pub memory_bytes: usize,
    /// The folder for these files; `None` for the system's own.
    pub folder: Option<PathBuf>,
    /// Bytes that all of these files may have together; default 10 GiB.
    pub total_bytes: u64,
}

/// A page of one's own for failures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorPage {
    /// The statuses: from, to, inclusive.
    pub statuses: (u16, u16),
    /// The HTML, with `{status}`, `{title}`, `{request_id}`, `{error}` filled in.
    pub html: Arc<str>,
}

/// The process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// Cores to work on; 0 for as many as there are.
    pub cores: usize,
    /// The user to become once ports are bound; `None` to stay.
    pub user: Option<String>,
    /// The group; `None` for the user's own.
    pub group: Option<String>,
    /// How long requests in hand are waited for when stopping; default 30 s.
    pub stop_wait: Duration,
    /// Whether changes of the configuration's files are to be noticed. Whoever started the gateway looks after them.
    pub watch_config: bool,
}

defaults! {
    Clients {
        connections_max: 20_000,
        head_bytes: 32 << 10,
        target_bytes: 16 << 10,
        fields: 100,
        tls: seconds(10),
        head: seconds(10),
        body_gap: seconds(30),
        body_rate: 240,
        send_gap: seconds(30),
        idle: seconds(75),
        streams: 128,
    }
    Collect { memory_bytes: 64 << 10, folder: None, total_bytes: 10 << 30, }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_what_shares_their_bits() {
        let net = |address: &str, bits| Network { address: address.parse().unwrap(), bits };
        let has = |net: Network, address: &str| net.contains(address.parse().unwrap());
        assert!(has(net("192.0.2.0", 24), "192.0.2.255"));
        assert!(!has(net("192.0.2.0", 24), "192.0.3.0"));
        assert!(has(net("192.0.2.0", 24), "::ffff:192.0.2.7"));
        assert!(has(net("0.0.0.0", 0), "203.0.113.9"));
        assert!(!has(net("0.0.0.0", 0), "2001:db8::1"));
        assert!(has(net("2001:db8::", 32), "2001:db8:ffff::1"));
        assert!(!has(net("2001:db8::1", 128), "2001:db8::2"));
        assert!(has(net("::", 0), "2001:db8::2"));
    }
}

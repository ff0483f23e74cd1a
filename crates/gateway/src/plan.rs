//! What is to be done, complete and without a maybe: every default filled in, every name resolved to what it names.
//!
//! A [`Plan`] comes from a configuration file or from a command line, is never changed, and is swapped as a whole when
//! the configuration is loaded anew. Knows no TOML.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

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

/// A site: hosts and what becomes of requests for them.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// The hosts; one of them may be [`HostPattern::Any`].
    pub hosts: Vec<HostPattern>,
    /// The routes; the first that fits decides.
    pub routes: Vec<Route>,
}

/// Which hosts a site is for. Compared without regard to case, port and a final dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPattern {
    /// This one, in lower case.
    Exact(String),
    /// Any below this domain (`*.shop.example` keeps `shop.example`), in lower case.
    Below(String),
    /// Any at all.
    Any,
}

/// What becomes of requests that fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The path.
    pub path: PathPattern,
    /// The methods; empty for all.
    pub methods: Vec<String>,
    /// Fields that must be there, all of them.
    pub fields: Vec<FieldMatch>,
    /// What is done to the path before it goes on.
    pub rewrite: Option<Rewrite>,
    /// Fields set (`Some`) or removed (`None`) in requests that go on, by name.
    pub request_fields: Vec<(String, Option<String>)>,
    /// Fields set (`Some`) or removed (`None`) in answers, by name.
    pub response_fields: Vec<(String, Option<String>)>,
    /// Bytes that a request's body may have.
    pub body_bytes_max: u64,
    /// What answers.
    pub action: Action,
}

/// Which paths fit. Compared byte by byte, after dot segments are removed and unreserved characters decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPattern {
    /// This path only (`/status`).
    Exact(String),
    /// This path and all below it (`/api/*` keeps `/api`, and `/*` keeps the empty text).
    Below(String),
    /// Paths that end so (`*.php` keeps `.php`).
    Suffix(String),
}

/// A field that a request must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMatch {
    /// Its name, in lower case.
    pub name: String,
    /// Its value; `None` for any.
    pub value: Option<String>,
}

/// What is done to a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// The beginning that the pattern matched is taken away (`/api/x` becomes `/x`).
    StripPrefix,
    /// The beginning that the pattern matched is replaced.
    ReplacePrefix(String),
    /// The whole path is replaced; the query stays.
    ReplacePath(String),
}

/// What answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A server of this upstream, by place in [`Plan::upstreams`].
    Proxy {
        /// The upstream.
        upstream: usize,
        /// The `Host` to send; `None` for the client's own.
        host: Option<String>,
    },
    /// A PHP site: files that exist are served, scripts and everything else go to FastCGI.
    Php(Php),
    /// Files.
    Files(Files),
    /// Another address. `{host}`, `{hostport}`, `{path}` and `{query}` (with its `?`) are filled in.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// Where to.
        to: String,
    },
    /// A fixed answer.
    Respond {
        /// The status.
        status: u16,
        /// The `Content-Type`.
        content_type: String,
        /// The body.
        body: Arc<[u8]>,
    },
}

/// Files of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The folder. Nothing outside of it is ever served, but what `links` name.
    pub root: PathBuf,
    /// Names that stand for a folder, in order, such as `index.html`.
    pub index: Vec<String>,
    /// What to try in order: `{path}` for the request's own, `{path}/` for it as a folder, other paths as they stand,
    /// such as `/index.html`. The last may be `=404`.
    pub try_files: Vec<String>,
    /// Whether files and folders whose name begins with a dot are served; `.well-known` always is.
    pub hidden: bool,
    /// Folders outside that symbolic links may lead into; what lies behind other links that lead out is not found.
    pub links: Vec<PathBuf>,
    /// The encoding that files of text are said to be in.
    pub charset: Charset,
    /// Whether files are served whose name says that they are the source of scripts, or a copy of it (`.php`, `.phtml`,
    /// `.php.bak`). Never in a PHP site.
    pub sources: bool,
}

/// What is said of the encoding of files of text, beside their type. Browsers believe it before what the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8 for text that has no way to say it itself (`.txt`, `.csv`); nothing for HTML, XML, style sheets and scripts.
    #[default]
    Usual,
    /// Nothing.
    Unsaid,
    /// This one, for all text.
    Named(String),
}

/// A PHP site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Php {
    /// The upstream that speaks FastCGI, by place.
    pub upstream: usize,
    /// Its files as the gateway sees them. `try_files` decides what runs: a result that ends in `.php` goes to FastCGI,
    /// others are served.
    pub files: Files,
    /// The same folder as the FastCGI server sees it, for `SCRIPT_FILENAME`; mostly the same.
    pub script_root: PathBuf,
    /// More parameters.
    pub params: Vec<(String, String)>,
}

/// Servers that can stand for each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Upstream {
    /// Its name in the configuration.
    pub name: String,
    /// The servers.
    pub servers: Vec<Server>,
    /// How one is chosen.
    pub balance: Balance,
    /// How long each phase may take.
    pub timeouts: Timeouts,
    /// Sending again.
    pub retry: Retry,
    /// Asking servers whether they are well.
    pub health: Option<Health>,
    /// Leaving out servers that fail.
    pub eject: Eject,
    /// How many requests at once; `None` for no bound.
    pub queue: Option<Queue>,
    /// Connections.
    pub connections: Connections,
    /// TLS towards servers with `https`.
    pub tls: UpstreamTls,
    /// The name server that is asked for servers that are named; `None` for those of the system, and its hosts file.
    pub resolver: Option<SocketAddr>,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// As it was written, for people.
    pub written: String,
    /// What is spoken.
    pub protocol: Protocol,
    /// Where it is.
    pub at: Place,
    /// Its share among the others, 1 to 1000.
    pub weight: u32,
    /// Whether it is asked only when no other may be.
    pub backup: bool,
}

impl Server {
    /// The `Host` of requests that bring none along.
    pub(crate) fn authority(&self) -> String {
        match &self.at {
            Place::Name(name, port) => format!("{name}:{port}"),
            Place::Address(address) => address.to_string(),
            Place::Unix(_) => "localhost".to_owned(),
        }
    }
}

/// What is spoken to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// HTTP/1.1.
    Http,
    /// HTTP/1.1 over TLS.
    Https,
    /// FastCGI 1.0.
    FastCgi,
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// An address.
    Address(SocketAddr),
    /// A name, resolved again when its TTL is over, and a port.
    Name(String, u16),
    /// A unix socket; `@name` for one in Linux' abstract namespace.
    Unix(PathBuf),
}

/// How a server is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Balance {
    /// Each in turn, by weight.
    RoundRobin,
    /// The one with the fewest requests in hand, by weight.
    #[default]
    LeastRequest,
    /// The better of two that chance picks.
    TwoChoices,
}

/// How long each phase may take; each has its own timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name to address; default 5 s.
    pub resolve: Duration,
    /// Opening a connection; default 4 s: Linux asks again after 1 and 3 s (tcp(7)), so one lost packet, or a queue that
    /// was full for a moment, is no failure.
    pub connect: Duration,
    /// TLS handshake; default 5 s.
    pub tls: Duration,
    /// Between two pieces of the request that the server takes; default 30 s.
    pub send: Duration,
    /// From the end of the request to the end of the response's head; default 60 s.
    pub head: Duration,
    /// Between two pieces of the response's body; default 60 s.
    pub idle: Duration,
    /// A connection that was switched to another protocol (WebSocket) may be silent so long; default 1 h.
    pub tunnel: Duration,
}

/// Sending a request again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Attempts in all, 1 to 10; default 2. The race with a closing connection is tried once more beyond these.
    pub attempts: u32,
    /// Retries as a share of requests, in percent, over the last ten seconds; default 20. At least three a second are
    /// always allowed.
    pub budget_percent: u32,
    /// The first pause before another attempt; doubled each time, with chance; default 25 ms. None where another server
    /// is asked.
    pub backoff: Duration,
    /// Bytes of a request's body that are kept for sending again; default 64 KiB.
    pub body_bytes: usize,
}

/// Asking servers whether they are well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The path asked for.
    pub path: String,
    /// The script that FastCGI servers are asked for (`SCRIPT_FILENAME`), whose path in the site is [`Health::path`];
    /// `None` where a connection is enough.
    pub script: Option<String>,
    /// The `Host` sent; `None` for the server's own.
    pub host: Option<String>,
    /// How often; default 5 s.
    pub every: Duration,
    /// How long an answer may take; default 2 s.
    pub timeout: Duration,
    /// Failures in a row before a server is down; default 2.
    pub fall: u32,
    /// Successes in a row before it is up; default 2.
    pub rise: u32,
    /// From being up again to its whole share; default 10 s.
    pub slow_start: Duration,
    /// The statuses that are well: from, to, inclusive; default 200 to 399.
    pub expect: (u16, u16),
}

/// Leaving out servers that fail (passive health).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eject {
    /// Failures in a row before a server is left out; 0 for never; default 3.
    pub after: u32,
    /// How long at first; doubled each time; default 5 s.
    pub time: Duration,
    /// At most; default 1 min.
    pub time_max: Duration,
    /// Where more than this share of servers (percent) would be left out, all are asked (panic); default 50.
    pub panic_percent: u32,
}

/// Requests at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// In hand at once.
    pub concurrency: usize,
    /// Waiting beyond these.
    pub length: usize,
    /// How long; default 5 s.
    pub wait: Duration,
}

/// Connections to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// At once to one server, over all cores; 0 for no bound, which is the default. Requests that find none free wait as
    /// [`Queue`] says; without one as many as this for 5 s.
    pub max: usize,
    /// Idle ones kept to one server, on each core; default 64.
    pub idle_max: usize,
    /// How long an idle one is kept; default 60 s. What a server teaches shortens it.
    pub idle: Duration,
    /// Requests before one is retired; 0 for no bound, which is the default.
    pub requests_max: u32,
}

/// TLS towards servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpstreamTls {
    /// The name that is sent and that the certificate must be for; `None` for the server's own.
    pub server_name: Option<String>,
    /// A file of PEM certificates that are trusted instead of the system's.
    pub ca: Option<PathBuf>,
    /// Whether invalid certificates are accepted.
    pub insecure: bool,
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

defaults! {
    Timeouts {
        resolve: seconds(5),
        connect: seconds(4),
        tls: seconds(5),
        send: seconds(30),
        head: seconds(60),
        idle: seconds(60),
        tunnel: seconds(3600),
    }
    Retry { attempts: 2, budget_percent: 20, backoff: Duration::from_millis(25), body_bytes: 64 << 10, }
    Health {
        path: "/".to_owned(),
        script: None,
        host: None,
        every: seconds(5),
        timeout: seconds(2),
        fall: 2,
        rise: 2,
        slow_start: seconds(10),
        expect: (200, 399),
    }
    Eject { after: 3, time: seconds(5), time_max: seconds(60), panic_percent: 50, }
    Connections { max: 0, idle_max: 64, idle: seconds(60), requests_max: 0, }
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

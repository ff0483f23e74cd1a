//! What a configuration means, whatever its language.

use std::sync::Arc;

use goodgate_facts::{Address, Target};

/// Where in which file something is configured.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file's name as the user gave it.
    pub file: Arc<str>,
    /// Line, counted from 1.
    pub line: u32,
}

/// Something that the reader could not make sense of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What, in a sentence.
    pub what: String,
}

/// Gateway or application server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Role {
    /// Sends requests on to upstreams.
    #[default]
    Gateway,
    /// Answers requests itself (php-fpm, Gunicorn, uWSGI).
    Application,
}

/// An address on which the program listens.
#[derive(Clone, Debug, PartialEq)]
pub struct Listen {
    /// The address; host `*` or `0.0.0.0` or `::` for all.
    pub address: Address,
    /// Whether TLS is expected there.
    pub tls: bool,
    /// Where it is configured.
    pub place: Place,
}

/// TLS towards an upstream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TlsLeg {
    /// Whether the upstream's certificate is verified; `None` if the configuration does not say.
    pub verify: Option<bool>,
    /// Whether the server's name is sent (SNI); `None` if the configuration does not say.
    pub sni: Option<bool>,
    /// The name sent or verified, where stated.
    pub name: Option<String>,
    /// Protocol versions or ciphers as written, where they are restricted.
    pub versions: Option<String>,
    /// Whether a client certificate is presented.
    pub client_certificate: bool,
}

/// One way from the gateway to one upstream server.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg {
    /// The server, with the protocol spoken to it.
    pub target: Target,
    /// The pool (nginx `upstream`, HAProxy `backend`, Envoy cluster) that it belongs to, and its own name in it.
    pub group: Option<String>,
    /// The server's own name in the pool, where it has one.
    pub server: Option<String>,
    /// Seconds allowed to connect; `None` where not stated.
    pub connect_timeout_s: Option<f64>,
    /// Seconds of silence (or to the first byte) allowed while waiting for the response.
    pub read_timeout_s: Option<f64>,
    /// Seconds allowed to send.
    pub send_timeout_s: Option<f64>,
    /// Seconds allowed for the whole response (Envoy route timeout), where there is such a limit.
    pub total_timeout_s: Option<f64>,
    /// Whether connections are kept for reuse; `None` where the product's default holds.
    pub keepalive: Option<bool>,
    /// Seconds that an idle connection is kept.
    pub keepalive_idle_s: Option<f64>,
    /// TLS settings, if TLS is spoken.
    pub tls: Option<TlsLeg>,
    /// Bytes of the buffer for the response head, where stated.
    pub header_buffer: Option<u64>,
    /// Most simultaneous connections to this server, where limited.
    pub connections_max: Option<u64>,
    /// Whether active health checks are configured.
    pub health_check: bool,
    /// Whether it is only used when others fail.
    pub backup: bool,
    /// Whether the name is resolved while running (`true`), or only at start (`false`).
    pub resolved_at_runtime: Option<bool>,
    /// Where it is configured.
    pub place: Place,
}

impl Leg {
    /// A leg with nothing stated but its target.
    pub fn new(target: Target, place: Place) -> Self {
        Self {
            target,
            group: None,
            server: None,
            connect_timeout_s: None,
            read_timeout_s: None,
            send_timeout_s: None,
            total_timeout_s: None,
            keepalive: None,
            keepalive_idle_s: None,
            tls: None,
            header_buffer: None,
            connections_max: None,
            health_check: false,
            backup: false,
            resolved_at_runtime: None,
            place,
        }
    }
}

/// One pool of workers of an application server.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub listen: Option<Address>,
    /// User that the workers run as.
    pub user: Option<String>,
    /// Owner of the socket.
    pub socket_owner: Option<String>,
    /// Group of the socket.
    pub socket_group: Option<String>,
    /// Mode of the socket, as a number (0o660).
    pub socket_mode: Option<u32>,
    /// Addresses that may connect; empty for all.
    pub allowed_clients: Vec<String>,
    /// Most workers at once.
    pub workers_max: Option<u64>,
    /// Seconds after which a request is ended by the server; `None` for never or not stated.
    pub terminate_timeout_s: Option<f64>,
    /// Seconds after which a request is logged as slow.
    pub slow_after_s: Option<f64>,
    /// Length of the listen queue.
    pub backlog: Option<u64>,
    /// Seconds that an idle client connection is kept.
    pub keepalive_s: Option<f64>,
    /// Requests after which a worker is replaced.
    pub requests_max: Option<u64>,
    /// Script extensions allowed, as written.
    pub extensions: Option<String>,
    /// Where it is configured.
    pub place: Place,
}

impl Pool {
    /// A pool with nothing stated but its name.
    pub fn new(name: &str, place: Place) -> Self {
        Self {
            name: name.to_owned(),
            listen: None,
            user: None,
            socket_owner: None,
            socket_group: None,
            socket_mode: None,
            allowed_clients: Vec::new(),
            workers_max: None,
            terminate_timeout_s: None,
            slow_after_s: None,
            backlog: None,
            keepalive_s: None,
            requests_max: None,
            extensions: None,
            place,
        }
    }
}

/// A log layout and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The log-format id that knows the notation (`nginx-access`, `apache-access`, `haproxy-access`, `envoy-access`,
    /// `h2o-access`, `lighttpd-access`, `squid-access`, `ats-access`, `varnish-access`).
    pub format: &'static str,
    /// The layout in the vendor's notation.
    pub layout: String,
    /// Base name of the file that it is written to, where stated.
    pub file: Option<String>,
}

/// A limit that the gateway or server enforces.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The directive's own name (`worker_connections`, `maxconn`, `limit_conn`).
    pub directive: String,
    /// The number.
    pub value: f64,
    /// Where it is configured.
    pub place: Place,
}

/// Any other directive that bears on failures, by its own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The directive's own name.
    pub directive: String,
    /// Its arguments as written.
    pub value: String,
    /// Where it is configured.
    pub place: Place,
}

/// What one configuration file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Configuration {
    /// Whose configuration it is: "nginx", "apache", "php-fpm".
    pub product: &'static str,
    /// Gateway or application server.
    pub role: Role,
    /// The user that its workers run as.
    pub user: Option<String>,
    /// Where it listens.
    pub listens: Vec<Listen>,
    /// Ways to upstreams.
    pub legs: Vec<Leg>,
    /// Worker pools.
    pub pools: Vec<Pool>,
    /// Limits.
    pub limits: Vec<Limit>,
    /// Log layouts.
    pub layouts: Vec<Layout>,
    /// Other directives that bear on failures: resolvers, error pages, temporary paths, upgrade headers,
    /// next-upstream rules, fixed answers, authorisation subrequests, maintenance rules.
    pub settings: Vec<Setting>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Configuration {
    /// The settings with this directive's name.
    pub fn settings_of<'a>(&'a self, directive: &'a str) -> impl Iterator<Item = &'a Setting> {
        self.settings.iter().filter(move |setting| setting.directive == directive)
    }
}

//! Upstreams and their servers: how they are asked, left out and asked again.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::seconds;

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
    /// Retries as a share of requests, in percent, over the last ten seconds; default 20. Three a second are always
    /// allowed besides.
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
}

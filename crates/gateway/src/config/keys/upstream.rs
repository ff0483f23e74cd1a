//! Upstreams: servers that can stand for each other.

use super::super::amounts::{Pause, Percent, Size, Statuses, Time};
use super::super::kind::Absent::{Is, Means, Needed};
use super::super::kind::Kind;
use super::super::matches::{HostField, UrlPath};
use super::super::places::{ResolverAt, ServerAt};
use super::super::typed::{Many, Reading, Spot, Typed, Value, table};
use super::super::values::{Count, FilePath};
use super::{Any, words};
use crate::plan::Balance;

table! {
    /// Servers that can stand for each other.
    UpstreamKeys {
        /// The servers: `http://`, `https://` or `fastcgi://` with an address or a name, or `http+unix:` and
        /// `fastcgi+unix:` with the path of a socket.
        servers: Many<ServerKeys>, Needed, r#"["http://127.0.0.1:3000", "http+unix:/run/shop.sock"]"#;
        /// How one is chosen.
        balance: Balance, Is(r#""least-request""#), r#""round-robin""#;
        /// How long each phase may take.
        timeout: TimeoutKeys, Means("the times below"), r#"{ connect = "1s", head = "30s", idle = "30s" }"#;
        /// Sending again what failed: only requests that are safe to repeat, or of which no server took anything.
        retry: RetryKeys, Means("as below"), r#"{ attempts = 2, budget = "20%" }"#;
        /// Asking servers whether they are well.
        health: HealthKeys, Means("servers are judged by the answers to real requests alone"),
            r#"{ path = "/healthz", every = "2s" }"#;
        /// How many requests at once, and what becomes of more.
        queue: QueueKeys, Means("no bound"), r#"{ concurrency = 200, length = 400, wait = "5s" }"#;
        /// Leaving out servers that fail.
        eject: EjectKeys, Means("as below"), r#"{ after = 3, time = "5s" }"#;
        /// Connections to each server.
        connections: ConnectionKeys, Means("as below"), "{ max = 100 }";
        /// The name server that is asked for servers that are named.
        resolver: ResolverAt, Means("those of the system, and its hosts file"), r#""192.0.2.53""#;
        /// TLS towards servers with `https`.
        tls: UpstreamTlsKeys, Means("certificates are checked against the system's"), r#"{ ca = "internal-ca.pem" }"#;
    }

    /// A server.
    ServerKeys short url {
        /// What is spoken and where it is.
        url: ServerAt, Needed, r#""http://127.0.0.1:3000""#;
        /// Its share among the others.
        weight: Count<1, 1000>, Is("1"), "3";
        /// Whether it is asked only when no other may be.
        backup: bool, Is("false"), "true";
    }

    /// How long each phase may take; each has its own timer.
    TimeoutKeys {
        /// From a server's name to its address.
        resolve: Time, Is(r#""5s""#), r#""2s""#;
        /// Opening a connection.
        connect: Time, Is(r#""4s""#), r#""3s""#;
        /// The TLS handshake.
        tls: Time, Is(r#""5s""#), r#""3s""#;
        /// Between two pieces of the request that the server takes.
        send: Time, Is(r#""30s""#), r#""1m""#;
        /// From the end of the request to the end of the answer's head: the time that the application takes.
        head: Time, Is(r#""60s""#), r#""30s""#;
        /// Between two pieces of the answer's body.
        idle: Time, Is(r#""60s""#), r#""30s""#;
        /// How long a connection that became a WebSocket (or was switched otherwise) may be silent.
        tunnel: Time, Is(r#""1h""#), r#""10m""#;
    }

    /// Sending a request again.
    RetryKeys {
        /// Attempts in all. The race with a connection that a server is just closing is tried once more beyond these.
        attempts: Count<1, 10>, Is("2"), "3";
        /// Retries as a share of the requests of the last ten seconds; three a second are always allowed besides.
        budget: Percent, Is(r#""20%""#), r#""10%""#;
        /// The pause before the same server is asked again; doubled each time.
        backoff: Pause, Is(r#""25ms""#), r#""100ms""#;
        /// How much of a request's body is kept for sending again.
        body_size: Size, Is(r#""64KiB""#), r#""256KiB""#;
    }

    /// Asking servers whether they are well.
    HealthKeys short path {
        /// The path asked for. For servers that speak FastCGI the ping.path of php-fpm, or a script of the first site
        /// that uses this upstream.
        path: UrlPath, Means("/, and with FastCGI only whether a connection is taken"), r#""/healthz""#;
        /// The Host sent.
        host: HostField, Means("the server's own"), r#""app.example""#;
        /// How often.
        every: Time, Is(r#""5s""#), r#""2s""#;
        /// How long an answer may take.
        timeout: Time, Means("2s, at most half of every"), r#""1s""#;
        /// Failures in a row before a server is down.
        fall: Count<1, 100>, Is("2"), "3";
        /// Successes in a row before it is up.
        rise: Count<1, 100>, Is("2"), "3";
        /// From being up again to its whole share of the requests.
        slow_start: Pause, Is(r#""10s""#), r#""30s""#;
        /// The statuses that are well.
        expect: Statuses, Is(r#""200-399""#), r#""200""#;
    }

    /// How many requests at once.
    QueueKeys short concurrency {
        /// In hand at once, over all servers. WebSockets do not count.
        concurrency: Any<1>, Needed, "200";
        /// Waiting beyond these; more are answered 503 at once.
        length: Any<0>, Means("as many as concurrency"), "400";
        /// How long one waits before it is answered 503.
        wait: Pause, Is(r#""5s""#), r#""2s""#;
    }

    /// Leaving out servers that fail. One that is alone is always asked.
    EjectKeys {
        /// Failures in a row before a server is left out; 0 for never.
        after: Count<0, 1000>, Is("3"), "5";
        /// For how long at first; doubled each time.
        time: Time, Is(r#""5s""#), r#""10s""#;
        /// For how long at most.
        time_max: Time, Is(r#""1m""#), r#""5m""#;
        /// Where more than this share of the servers would be left out, all are asked.
        panic: Percent, Is(r#""50%""#), r#""70%""#;
    }

    /// Connections to each server.
    ConnectionKeys short max {
        /// At once to one server, over all cores; 0 for no bound. Requests that find none free wait as `queue` says;
        /// without a `queue`, up to as many requests as this number wait, for at most 5 s.
        max: Any<0>, Is("0"), "100";
        /// Idle ones that each core keeps to one server.
        idle_max: Count<0, 100000>, Is("64"), "16";
        /// How long an idle one is kept. What a server teaches shortens it.
        idle: Pause, Is(r#""60s""#), r#""4s""#;
        /// Requests before one is given up; 0 for no bound.
        requests_max: Count<0, 4294967295>, Is("0"), "1000";
    }

    /// TLS towards servers with `https`.
    UpstreamTlsKeys {
        /// The name that is sent and that the certificate must be for.
        server_name: HostField, Means("the server's own"), r#""app.example""#;
        /// A file with certificates that are trusted in place of the system's, in PEM.
        ca: FilePath, Means("the system's"), r#""/etc/goodgate/internal-ca.pem""#;
        /// Whether certificates are accepted that prove nothing. Whoever is in between can then read and change
        /// everything: name the certificate's issuer with ca instead.
        insecure: bool, Is("false"), "true";
    }
}

words! {
    Balance {
        "round-robin", "each in turn, by weight" => Self::RoundRobin;
        "least-request", "the one with the fewest requests in hand, by weight" => Self::LeastRequest;
        "two-choices", "the better of two that chance picks" => Self::TwoChoices;
    }
}

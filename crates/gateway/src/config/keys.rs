//! Every key there is: what was typed, everything optional. The documentation here is what the reference, the schema
//! and editors show.

mod site;
mod upstream;

pub(super) use site::{FilesKeys, PhpKeys, RedirectKeys, RespondKeys, RewriteKeys, RouteKeys, SiteKeys};
pub(super) use upstream::{
    ConnectionKeys, EjectKeys, HealthKeys, QueueKeys, RetryKeys, ServerKeys, TimeoutKeys, UpstreamKeys,
};

use super::amounts::{Pause, Size, Statuses, Time};
use super::kind::Absent::{Is, Means, Needed};
use super::kind::{Kind, UNBOUNDED};
use super::matches::{Token, UpstreamNames};
use super::places::ListenAt;
use super::typed::{At, ByName, Many, Reading, Spot, Typed, Value, table};
use super::values::{Count, FilePath, Text};
use crate::plan::{LogFormat, Network};

/// A number that has no bound worth telling.
pub(super) type Any<const MIN: u64> = Count<MIN, UNBOUNDED>;

table! {
    /// goodgate's configuration: where it listens, which sites there are, and which servers answer for them.
    File {
        /// Where clients connect: addresses with ports, `:8080` for all addresses of this machine, `https://…` for TLS.
        listen: Many<ListenKeys>, Is(r#"["127.0.0.1:8080"]"#), r#"["http://:80", "https://:443"]"#;
        /// The name by which this gateway goes in Via and Proxy-Status. A change waits for a restart.
        name: Token, Is(r#""goodgate""#), r#""edge-1""#;
        /// Proxies in front of this gateway whose word on the client's address (X-Forwarded-For) is taken.
        trusted_proxies: Many<Network>, Means("nobody's word is taken"), r#"["192.0.2.0/24", "2001:db8::/32"]"#;
        /// Clients that are told everything about a failure: which server, what happened, and the first causes.
        /// Everybody else is told what the public may know.
        full_account_for: Many<Network>, Means("nobody is"), r#"["127.0.0.1", "::1"]"#;
        /// TLS towards clients.
        tls: TlsKeys, Means("no TLS is spoken with clients"),
            r#"{ certificates = [{ chain = "shop.pem", key = "shop.key" }] }"#;
        /// The sites. A request goes to the site that names its host best: the host itself, then *.domain, then any.
        site: Many<SiteKeys>, Needed, r#"[{ host = "shop.example", upstream = "shop" }]"#;
        /// The upstreams: servers that can stand for each other, under a name that routes use.
        upstream: ByName<UpstreamNames, UpstreamKeys>, Means("only files, redirects and fixed answers"),
            r#"{ shop = { servers = "http://127.0.0.1:3000" } }"#;
        /// Where metrics (/metrics) and status (/status) are served.
        admin: AdminKeys, Means("nowhere"), r#""127.0.0.1:9180""#;
        /// Where requests are recorded.
        access_log: AccessLogKeys, Means("to standard output, as JSON"), r#""/var/log/goodgate/access.log""#;
        /// What clients may take of this gateway.
        limits: LimitKeys, Means("the limits below"), r#"{ body_size = "100MB" }"#;
        /// Bodies of requests that are collected before they go on: those without a length (sent in chunks, or over HTTP/2),
        /// since PHP must be told it first. How large one may be is what body_size says.
        collect: CollectKeys, Means("as below"), r#"{ folder = "/var/tmp" }"#;
        /// Error pages in place of the built-in ones. The first that fits a status is taken.
        error_page: Many<ErrorPageKeys>, Means("the built-in pages"), r#"[{ status = "500-599", file = "error.html" }]"#;
        /// The process.
        process: ProcessKeys, Means("what is said below"), r#"{ user = "www-data" }"#;
    }

    /// Where clients connect.
    ListenKeys short address {
        /// Address and port. Nothing or `*` before the colon is all addresses of this machine.
        address: ListenAt, Needed, r#"":443""#;
        /// Whether TLS is spoken here.
        tls: bool, Means("as the address says (https://), else no"), "true";
        /// Certificates for this address only. The first is for clients that name no host or an unknown one.
        certificates: Many<CertificateKeys>, Means("those of [tls]"), r#"[{ chain = "shop.pem", key = "shop.key" }]"#;
        /// Whether HTTP/2 is spoken: offered to clients with TLS; without TLS to those that begin with it.
        http2: bool, Means("with TLS yes, without no"), "true";
    }

    /// TLS towards clients.
    TlsKeys {
        /// Certificates for all addresses with TLS. The first is for clients that name no host or an unknown one.
        certificates: Many<CertificateKeys>, Means("each address brings its own"),
            r#"[{ chain = "shop.pem", key = "shop.key" }]"#;
    }

    /// A certificate and its key. Files that change are read anew without a restart.
    CertificateKeys {
        /// The file with the certificate and those between it and the root, in PEM, the server's own first.
        chain: FilePath, Needed, r#""/etc/ssl/shop.example/fullchain.pem""#;
        /// The file with the private key, in PEM. The user that process.user names must be able to read it, or a renewed one
        /// is not taken, which is told.
        key: FilePath, Needed, r#""/etc/ssl/shop.example/privkey.pem""#;
    }

    /// Where metrics and status are served.
    AdminKeys short address {
        /// Address and port.
        address: ListenAt, Needed, r#""127.0.0.1:9180""#;
        /// A file with the token that is asked for (Authorization: Bearer …). Needed where others can reach the address.
        token_file: FilePath, Means("no token, on a loopback address only"), r#""/etc/goodgate/admin.token""#;
    }

    /// Where requests are recorded.
    AccessLogKeys short path {
        /// The file; `-` for standard output.
        path: FilePath, Is(r#""-""#), r#""/var/log/goodgate/access.log""#;
        /// In what form.
        format: LogForm, Is(r#""json""#), r#""combined""#;
    }

    /// What clients may take of this gateway.
    LimitKeys {
        /// Connections at once. Those to the admin address do not count.
        connections: Any<1>, Is("20000"), "50000";
        /// A request's head; more is answered 431.
        head_size: Size, Is(r#""32KiB""#), r#""64KiB""#;
        /// A request's target; more is answered 414.
        target_size: Size, Is(r#""16KiB""#), r#""8KiB""#;
        /// Fields of a request's head; more is answered 431.
        header_count: Count<1, 1000>, Is("100"), "200";
        /// A request's body, where its route says nothing else; more is answered 413.
        body_size: Size, Is(r#""1GiB""#), r#""100MB""#;
        /// A TLS handshake.
        tls_timeout: Time, Is(r#""10s""#), r#""5s""#;
        /// From the first byte of a head to its end; longer is answered 408.
        head_timeout: Time, Is(r#""10s""#), r#""5s""#;
        /// Between two pieces of a body.
        body_timeout: Time, Is(r#""30s""#), r#""1m""#;
        /// The least that a body must bring in a second, on average over each body_timeout; 0B for no such limit.
        body_rate: Size, Is(r#""240B""#), r#""1KiB""#;
        /// Between two pieces of an answer that the client takes.
        send_timeout: Time, Is(r#""30s""#), r#""1m""#;
        /// A connection between two requests.
        idle_timeout: Time, Is(r#""75s""#), r#""2m""#;
        /// Requests at once on one HTTP/2 connection.
        streams: Count<1, 1000>, Is("128"), "256";
    }

    /// Bodies that are collected before they go on.
    CollectKeys {
        /// How much of each is kept in memory. What is larger goes into a temporary file without a name, which nobody
        /// else can open.
        memory_size: Size, Is(r#""64KiB""#), r#""1MiB""#;
        /// The folder for these files. It should be on a disk: in some systems /tmp is in memory.
        folder: FilePath, Means("the system's own: TMPDIR, else /tmp"), r#""/var/tmp""#;
        /// How large all of these files may be together; what would need more is answered 503.
        total_size: Size, Is(r#""10GiB""#), r#""50GiB""#;
    }

    /// An error page in place of the built-in one.
    ErrorPageKeys {
        /// The statuses that it is for.
        status: Many<Statuses>, Needed, r#""500-599""#;
        /// The file with the HTML. {status}, {title}, {request_id} and {error} are filled in.
        file: FilePath, Needed, r#""/etc/goodgate/error.html""#;
    }

    /// The process.
    ProcessKeys {
        /// Cores to work on. A change waits for a restart.
        cores: Count<1, 1024>, Means("as many as there are"), "2";
        /// The user to become once ports are bound. A change waits for a restart.
        user: Text, Means("whoever started it"), r#""www-data""#;
        /// The group to become, where user names a user. A change waits for a restart.
        group: Text, Means("the user's own"), r#""www-data""#;
        /// How long requests in hand are waited for when it is told to stop.
        stop_wait: Pause, Is(r#""30s""#), r#""10s""#;
        /// Whether changes of this file, and of the files it names, are noticed and loaded without a restart. SIGHUP
        /// does that in any case. What cannot be loaded is told, and the old configuration stays in force.
        watch_config: bool, Is("true"), "false";
    }
}

/// Declares values that are one of a few words, each with what it means.
macro_rules! words {
    ($($type:ty { $($word:literal, $means:literal => $value:expr;)+ })*) => {$(
        impl Typed for $type {
            const KIND: &'static Kind = &Kind::Word(&[$(($word, $means)),+]);

            fn typed(value: &Value<'_>, spot: &Spot, reading: &mut Reading<'_>) -> Option<Self> {
                match value.get_ref().as_str() {
                    $(Some($word) => Some($value),)+
                    _ => {
                        reading.no_word(value, spot, Self::KIND);
                        None
                    }
                }
            }
        }
    )*};
}
pub(super) use words;

/// The form of the access log; `None` for no log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LogForm(pub(super) Option<LogFormat>);

words! {
    LogForm {
        "json", "one JSON object a line" => Self(Some(LogFormat::Json));
        "combined", "nginx's and Apache's combined format" => Self(Some(LogFormat::Combined));
        "off", "nothing is recorded" => Self(None);
    }
}

/// The spot of a key, or of the table around it.
pub(super) fn spot_or<'a, T>(given: Option<&'a At<T>>, around: &'a Spot) -> &'a Spot {
    given.map_or(around, |at| &at.spot)
}

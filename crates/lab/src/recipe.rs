//! What a recipe is: data that says what the origin does, what that means, and what a correct gateway makes of it.
//!
//! One file a recipe under `recipes/`, its name the file's. Knows no product and plays nothing.

use serde::Deserialize;

use crate::step::{Millis, Step};

/// One way to fail (or to be healthy), as an origin.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Recipe {
    /// The file's name without `.toml`: permanent, kebab-case.
    #[serde(skip)]
    pub name: String,
    /// One line in the present tense: what the origin does.
    pub title: String,
    /// Where one meets this in life, in a sentence or two.
    pub about: String,
    /// Where in an exchange it goes wrong; orders the list.
    pub group: Group,
    /// What the gateway has to speak to its upstream so that this can be played.
    #[serde(default)]
    pub speaks: Speaks,
    /// What the origin's port does with connections.
    #[serde(default)]
    pub listen: Listen,
    /// What is done on every connection, in this order. At the end the connection is closed in order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What a real application server is made to do, where that is the recipe.
    #[serde(default)]
    pub process: Option<Process>,
    /// How the small name server answers, where that is the recipe.
    #[serde(default)]
    pub dns: Option<Dns>,
    /// What happened, in the terms of the catalogue.
    pub truth: Truth,
    /// What a correct gateway may make of it.
    pub gateway: Expected,
    /// The same for a POST, where that differs.
    #[serde(default)]
    pub post: Option<Expected>,
    /// The same for a HEAD, where that differs.
    #[serde(default)]
    pub head: Option<Expected>,
    /// The same for a client that speaks HTTP/1.0, where that differs.
    #[serde(default)]
    pub http10: Option<Expected>,
}

/// Where in an exchange it goes wrong. The order is that of an exchange.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Nothing is wrong; a gateway that fails here is too strict or too hasty.
    Healthy,
    /// The name of the origin.
    Resolve,
    /// Reaching the origin's port.
    Connect,
    /// The TLS handshake and the end of a TLS connection.
    Tls,
    /// Nothing, or something else than HTTP, where a status line belongs.
    StatusLine,
    /// Interim (1xx) answers.
    Interim,
    /// The header section.
    Head,
    /// What says how long the body is.
    Framing,
    /// The body.
    Body,
    /// Silence and slowness.
    Time,
    /// An answer that comes before the request is complete.
    Early,
    /// Connections that are used again.
    Reuse,
    /// The origin's own error statuses.
    OriginStatus,
    /// FastCGI records.
    Fastcgi,
    /// The uwsgi protocol.
    Uwsgi,
    /// HTTP/2 frames.
    Http2,
    /// A real application server in trouble.
    Process,
}

/// What is spoken between the gateway and the origin.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "kebab-case")]
pub enum Speaks {
    /// HTTP/1.1 without TLS.
    #[default]
    Http,
    /// HTTP/1.1 over TLS; the gateway verifies the certificate, expects the name `lab.example` and sends it as SNI.
    Tls,
    /// HTTP/2 without TLS, by prior knowledge.
    H2c,
    /// FastCGI, as spoken to php-fpm.
    Fastcgi,
    /// The uwsgi protocol.
    Uwsgi,
}

/// What the origin's port does.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Listen {
    /// Accepts, and plays the steps on each connection.
    #[default]
    Accept,
    /// Nobody listens: the kernel answers with RST.
    Refuse,
    /// Somebody listens and never accepts; the kernel completes the handshake, and nobody ever reads.
    NeverAccept,
    /// The accept queue is full, so that the kernel answers nothing.
    BacklogFull,
    /// As a server that is restarted again and again: up (and right) for a while, down for a while.
    Restart,
}

/// What happened, in the terms of the catalogue and of RFC 9209.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Truth {
    /// Error types of RFC 9209 that are right, best first; empty where no failure is to be seen.
    #[serde(default)]
    pub symptom: Vec<String>,
    /// Causes that fit what can be seen, best first; empty where nothing is wrong.
    #[serde(default)]
    pub causes: Vec<String>,
    /// Whether the recipe makes the first cause itself (stops a process, changes a mode), so that it is *the* cause.
    #[serde(default)]
    pub made: bool,
    /// Who can see it.
    #[serde(default)]
    pub channels: Vec<Channel>,
}

/// Somebody who can notice.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// The client of the gateway: status, page, broken end.
    Client,
    /// The gateway, on its upstream leg, and so its log.
    Gateway,
    /// Somebody who talks to the origin directly.
    Probe,
    /// Somebody who looks at the origin's server: listeners, processes, kernel log.
    Host,
    /// The application's own log.
    Application,
}

/// What a correct gateway may make of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expected {
    /// Every right way out.
    pub may: Vec<May>,
    /// Statuses of an error answer that are right.
    #[serde(default)]
    pub status: Vec<u16>,
    /// Statuses that tell the client that it was not its fault, but less than could be told.
    #[serde(default)]
    pub tolerable: Vec<u16>,
    /// What the client has to get where the gateway passes the answer on.
    #[serde(default)]
    pub delivers: Option<Delivery>,
    /// What to think of a second attempt at the origin for one request of the client.
    #[serde(default)]
    pub retry: Retry,
    /// Whether the answer can be read in two ways: passed on with the ambiguity in it, it is a smuggling risk.
    #[serde(default)]
    pub ambiguous: bool,
    /// Why, each with the place that says so.
    pub why: Vec<Why>,
}

/// A right way out for a gateway.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum May {
    /// The answer reaches the client whole, as `delivers` says.
    Pass,
    /// The client gets an error answer with one of the statuses.
    Error,
    /// A part of the answer reaches the client, and the client can tell that it is not the whole.
    Cut,
}

/// What the client has to get.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Delivery {
    /// The status.
    pub status: u16,
    /// The whole body, with `{token}` standing for the request's token; unset where any body will do.
    #[serde(default)]
    pub body: Option<String>,
    /// The body's length in bytes, where writing it out would be too long.
    #[serde(default)]
    pub body_bytes: Option<u64>,
}

/// What to think of a second attempt for one request of the client.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Retry {
    /// Nothing forbids it where the method is idempotent; for a POST that the origin has read it is unsafe.
    #[default]
    IfIdempotent,
    /// Safe with every method: the origin cannot have acted upon the request.
    Safe,
    /// Unsafe with every method.
    Unsafe,
}

/// A reason, and who says so.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Why {
    /// The rule in a plain sentence of ours.
    pub says: String,
    /// `RFC 9112 §6.3`, or a product's page.
    pub see: String,
}

/// What is done to a real application server.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Process {
    /// Which one.
    pub app: App,
    /// What is done, in this order, before and while the request is made.
    #[serde(rename = "do", default)]
    pub acts: Vec<Act>,
    /// Where the server gives up by itself after a while: the gateway has to wait for an answer at least this long,
    /// or it gives up first and something else is seen. Below the patience of a client.
    #[serde(default)]
    pub gateway_waits: Option<Millis>,
}

/// An application server that the lab can start.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "kebab-case")]
pub enum App {
    /// php-fpm on a unix socket.
    PhpFpm,
    /// php-fpm on a TCP port.
    PhpFpmTcp,
    /// Gunicorn, HTTP on a TCP port.
    Gunicorn,
    /// uWSGI, on a TCP port; its own protocol, HTTP or FastCGI, as the recipe's `speaks` says.
    Uwsgi,
}

/// Something that is done to an application server or to the way to it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// It is never started.
    DoNotStart,
    /// It is stopped in order (SIGTERM) before the request.
    Stop,
    /// All its processes are killed (SIGKILL) before the request; a unix socket stays behind.
    KillAll,
    /// All its processes are suspended (SIGSTOP).
    Suspend,
    /// Starting it ends with an error, because of the settings or the code.
    StartFails,
    /// It listens at another socket path or port than the gateway was told.
    ListenElsewhere,
    /// The gateway is told `127.0.0.1`, and it listens on `::1` only.
    OnlyIpv6,
    /// The gateway is told `::1`, and it listens on `127.0.0.1` only.
    OnlyIpv4,
    /// The gateway is told the address of its machine (a network namespace), and it listens on loopback there.
    OnlyLoopback,
    /// Its port speaks this protocol, and the gateway the one in `speaks`. uWSGI only.
    Speak(Speaks),
    /// Its socket belongs to root and gets this mode, in octal. Needs root here, and a gateway whose workers are not.
    SocketMode(String),
    /// The same with the folder of its socket.
    FolderMode(String),
    /// The same with the script that the gateway names. Here it is the application that must not be root.
    ScriptMode(String),
    /// The scripts lie elsewhere than where the gateway was told. php-fpm only.
    MoveScripts,
    /// The gateway's packets to it are dropped (in a network namespace).
    Filter,
    /// The gateway's packets to it are answered with an ICMP message (in a network namespace), of the kind that
    /// nftables calls by this name, such as `port-unreachable` or `admin-prohibited`.
    Reject(String),
    /// The gateway's connections to it are refused by the packet filter with a TCP reset (in a network namespace).
    RejectReset,
    /// So many requests that take long are made beforehand, with this behaviour of the test application.
    Occupy(Occupy),
    /// A line that is added to its configuration.
    Setting(String),
    /// The request asks for this behaviour of the test application (the `do` in its query).
    Ask(String),
    /// The worker that has the request gets this signal (`KILL`) while it works. Goes with `ask = "wait"`.
    KillWorker(String),
    /// The application's code does not start (an import error, a syntax error).
    BreakCode,
}

/// Requests that are made beforehand and take long.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Occupy {
    /// How many.
    pub requests: u32,
    /// The behaviour of the test application that they ask for.
    #[serde(default = "wait")]
    pub ask: String,
}

fn wait() -> String {
    "wait".to_owned()
}

/// How the lab's name server answers for the origin's name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Dns {
    /// The answer.
    pub answer: DnsAnswer,
}

/// An answer of the name server.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum DnsAnswer {
    /// The origin's address.
    Right,
    /// The name does not exist (RCODE 3).
    Nxdomain,
    /// The server failed (RCODE 2).
    Servfail,
    /// The server refuses (RCODE 5).
    Refused,
    /// The name exists and has no address.
    Empty,
    /// Nothing comes back.
    Silence,
    /// Bytes that are no DNS message.
    Garbage,
    /// First an address where nobody listens, later the right one, with a short time to live.
    Moves,
}

impl Recipe {
    /// Whether nothing is wrong in it.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.group == Group::Healthy
    }

    /// Whether it can be played after somebody else has read the request; otherwise it needs a port of its own.
    #[must_use]
    pub fn plays_after_request(&self) -> bool {
        self.speaks == Speaks::Http
            && self.listen == Listen::Accept
            && self.process.is_none()
            && self.dns.is_none()
            && matches!(self.steps.first(), Some(Step::ReadRequest | Step::ReadHead | Step::Serve))
    }

    /// What a correct gateway may make of it when asked in this way.
    #[must_use]
    pub fn expected(&self, drive: crate::observation::Drive) -> &Expected {
        use crate::observation::Drive;
        let special = match drive {
            Drive::Post => &self.post,
            Drive::Head => &self.head,
            Drive::Http10 => &self.http10,
            Drive::Get | Drive::KeepAlive => &None,
        };
        special.as_ref().unwrap_or(&self.gateway)
    }
}

//! The gateways that can be measured: where they are, what they speak, how they are set up and started.
//!
//! Every set-up is what the product's own documentation recommends for a reverse proxy, with short timeouts. One file
//! a product; this file knows none of them but their list.

mod apache;
mod caddy;
mod envoy;
mod goodgate;
mod haproxy;
mod lighttpd;
mod nginx;
mod varnish;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use goodgate_lab::{Front, Speaks};

/// A gateway waits so long for a connection to its upstream: on loopback an answer comes within a millisecond, and
/// the kernel repeats a lost SYN after one second, so that less would measure the kernel and more only costs time.
pub const CONNECT: Duration = Duration::from_secs(1);
/// A gateway waits so long for the next bytes of its upstream: longer than the slow but healthy recipes take, shorter
/// than a client's patience.
pub const READ: Duration = Duration::from_millis(1500);
/// A gateway waits so long for its upstream to take more bytes; the same, as a request and an answer are alike here.
pub const SEND: Duration = Duration::from_millis(1500);
/// [`READ`] and [`SEND`] for products that only take whole seconds.
pub const WHOLE: Duration = Duration::from_secs(2);
/// Idle connections to one upstream that a gateway keeps, where it asks for a number: more than the lab ever uses.
pub const KEPT: u32 = 16;
/// The name that the lab's certificates are for and that its clients ask for.
pub const NAME: &str = "lab.example";

/// The folder inside the room that workers may write to.
pub const OWN: &str = "own";

/// What a gateway is to be set up for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// A folder of its own, readable for all.
    pub room: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// What its clients speak there.
    pub front: Front,
    /// The PEM file with the certificate that it shows to its clients over TLS, and with the key.
    pub identity: PathBuf,
    /// What it passes on, and to where.
    pub routes: Vec<Route>,
    /// The PEM file with the authority that it is to trust when it speaks TLS to an upstream.
    pub trust: PathBuf,
    /// User and group that its workers are to run as; `None` where they run as whoever starts it.
    pub worker: Option<(String, String)>,
}

impl Plan {
    /// The same with this route alone.
    #[must_use]
    pub fn only(&self, name: &str) -> Self {
        let routes = self.routes.iter().filter(|route| route.name == name).cloned().collect();
        Self { routes, ..self.clone() }
    }

    /// The path of a file in the room, as text.
    #[must_use]
    pub fn file(&self, name: &str) -> String {
        self.room.join(name).display().to_string()
    }
}

/// What a gateway passes on.
#[derive(Clone, Debug)]
pub struct Route {
    /// The recipe's name; everything under `/r/NAME/` is passed on with its path unchanged.
    pub name: String,
    /// What is spoken to the upstream.
    pub speaks: Speaks,
    /// Where the upstream is.
    pub to: To,
    /// The script that FastCGI is told to run; the lab's own origin needs none.
    pub script: Option<PathBuf>,
    /// How long to wait for the upstream where that has to be longer than [`READ`].
    pub waits: Option<Duration>,
}

impl Route {
    /// How long to wait for the upstream.
    #[must_use]
    pub fn read(&self) -> Duration {
        self.waits.unwrap_or(READ)
    }

    /// The same in whole seconds, for products that take no others.
    #[must_use]
    pub fn read_whole(&self) -> u64 {
        self.waits.unwrap_or(WHOLE).as_millis().div_ceil(1000) as u64
    }

    /// The beginning of every path that belongs to it.
    #[must_use]
    pub fn prefix(&self) -> String {
        format!("/r/{}/", self.name)
    }

    /// How a log can name the upstream: `HOST:PORT`, or the path of its unix socket.
    #[must_use]
    pub fn upstream(&self) -> Option<String> {
        match &self.to {
            To::Unix(path) => Some(path.display().to_string()),
            To::Tcp(_) | To::Name { .. } => self.authority(),
        }
    }

    /// `HOST:PORT` of the upstream; of a unix socket there is none.
    #[must_use]
    pub fn authority(&self) -> Option<String> {
        match &self.to {
            To::Tcp(address) => Some(address.to_string()),
            To::Unix(_) => None,
            To::Name { host, port, .. } => Some(format!("{host}:{port}")),
        }
    }
}

/// Where an upstream is.
#[derive(Clone, Debug)]
pub enum To {
    /// At an address.
    Tcp(SocketAddr),
    /// At a unix socket.
    Unix(PathBuf),
    /// At a name that is resolved while the gateway runs.
    Name {
        /// The name.
        host: String,
        /// The port.
        port: u16,
        /// The name server to ask.
        resolver: SocketAddr,
    },
}

/// What a line of a product's log can be told by, besides what it says.
#[derive(Clone, Copy, Debug)]
pub enum Lines {
    /// Each line stands for itself.
    Alone,
    /// A line that names no request may name its route, which this cuts out.
    Named(fn(&str) -> Option<&str>),
    /// A line belongs with others that have the same mark, such as the connection's number.
    Marked(fn(&str) -> Option<&str>),
    /// Lines come in blocks with an empty line between them.
    Blocks,
}

/// A gateway product.
pub trait Product: Send + Sync + std::fmt::Debug {
    /// Its id.
    fn id(&self) -> &'static str;
    /// Its name as its makers write it.
    fn title(&self) -> &'static str;
    /// The Debian package that has it, or the page that offers it.
    fn package(&self) -> &'static str;
    /// The program's file name.
    fn program(&self) -> &'static str {
        self.id()
    }
    /// A sentence for whoever has not got it.
    fn missing(&self) -> String {
        match self.package() {
            page if page.starts_with("https:") => format!("{} is not installed; see {page}", self.title()),
            package => {
                let title = self.title();
                format!("{title} is not installed; on Debian and Ubuntu: apt-get install {package}")
            }
        }
    }
    /// Where its program is, if it is on this machine.
    fn find(&self) -> Option<PathBuf> {
        program(self.program())
    }
    /// The argument that makes it print its version.
    fn version_argument(&self) -> &'static str {
        "-v"
    }
    /// The version in what it printed then.
    fn version(&self, printed: &str) -> Option<String>;
    /// What it can speak to an upstream, as installed here.
    fn speaks(&self) -> Vec<Speaks>;
    /// What its clients can speak to it, as it is set up here: HTTP/1.1 without TLS at least.
    fn fronts(&self) -> Vec<Front> {
        vec![Front::Http1]
    }
    /// Whether it can be told to resolve an upstream's name while it runs, with a name server of our choice.
    fn resolves(&self) -> bool {
        false
    }
    /// Whether the process that connects to upstreams is still root where root starts it. Root may open any socket, so
    /// that nothing can be learnt of modes and owners then.
    fn stays_root(&self) -> bool {
        false
    }
    /// Its configuration files: name inside the room, and text. The first is the main one.
    fn configuration(&self, plan: &Plan) -> Vec<(String, String)>;
    /// How it is started so that it stays in the foreground.
    fn command(&self, program: &Path, plan: &Plan) -> Command;
    /// Programs that write its logs beside it: the name of a file that takes what they print, and how they start.
    fn companions(&self, _plan: &Plan) -> Vec<(String, Command)> {
        Vec::new()
    }
    /// The name of the file that takes what it prints.
    fn output(&self) -> String {
        format!("{}.out", self.id())
    }
    /// Its logs: file name inside the room, and how lines belong together.
    fn logs(&self) -> Vec<(&'static str, Lines)>;
    /// What a line of its logs states of a request in the words of RFC 9209; `None` where it states nothing, as the
    /// lines of most products do, which speak words of their own.
    fn states(&self, _line: &str) -> Option<Statement> {
        None
    }
}

/// What a gateway states of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The path that was asked for.
    pub path: String,
    /// The error type of what failed; `None` where nothing did.
    pub error: Option<String>,
}

/// Every product, in the order in which they are shown.
#[must_use]
pub fn products() -> [&'static dyn Product; 8] {
    [
        &nginx::Nginx,
        &apache::Apache,
        &haproxy::Haproxy,
        &caddy::Caddy,
        &varnish::Varnish,
        &lighttpd::Lighttpd,
        &envoy::Envoy,
        &goodgate::Goodgate,
    ]
}

/// A product that is installed.
#[derive(Clone, Debug)]
pub struct Found {
    /// Which one.
    pub product: &'static dyn Product,
    /// Its program.
    pub program: PathBuf,
    /// Its version as it says itself; empty where it does not say.
    pub version: String,
}

/// Folders that programs for the administrator are in, which are not on everybody's search path.
const FOLDERS: [&str; 4] = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];

/// Looks for the product on this machine.
#[must_use]
pub fn find(product: &'static dyn Product) -> Option<Found> {
    let program = product.find()?;
    let output = Command::new(&program)
        .arg(product.version_argument())
        .stdin(Stdio::null())
        .output()
        .map(|output| [output.stdout, output.stderr].concat())
        .unwrap_or_default();
    let version = product.version(&String::from_utf8_lossy(&output)).unwrap_or_default();
    Some(Found { product, program, version })
}

/// The path of a program that is in one of the usual folders or on the search path.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let searched = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    FOLDERS.iter().map(PathBuf::from).chain(searched).map(|folder| folder.join(name)).find(|at| at.is_file())
}

/// The word of digits and dots that follows this in a text: `1.22.1` after `nginx/`.
fn version_after(printed: &str, before: &str) -> Option<String> {
    let (_, rest) = printed.split_once(before)?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
    let version = rest.get(..end)?;
    (!version.is_empty()).then(|| version.to_owned())
}

/// A time as nginx, HAProxy, Caddy and Varnish can be told: `1500ms`.
fn millis(time: Duration) -> String {
    format!("{}ms", time.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_cut_out_of_what_is_printed() {
        let printed = [
            ("nginx", "nginx version: nginx/1.22.1\n", "1.22.1"),
            ("apache", "Server version: Apache/2.4.62 (Debian)\n", "2.4.62"),
            ("haproxy", "HAProxy version 2.6.12-1+deb12u1 2023/12/16 - https://haproxy.org/\n", "2.6.12"),
            ("caddy", "v2.6.2 h1:wKoFIxpmOJLGl3QXoo6PNbYvGW4xLEgo32GPBEjWL8o=\n", "2.6.2"),
            ("caddy", "2.6.2\n", "2.6.2"),
            ("varnish", "varnishd (varnish-7.1.1 revision 7cee1c5)\n", "7.1.1"),
            ("lighttpd", "lighttpd/1.4.69 (ssl) - a light and fast webserver\n", "1.4.69"),
            ("goodgate", "goodgate 0.1.0\n", "0.1.0"),
            ("envoy", "envoy  version: 0123abc/1.30.1/Clean/RELEASE/BoringSSL\n", "1.30.1"),
        ];
        for (id, text, version) in printed {
            let product = products().into_iter().find(|product| product.id() == id).unwrap();
            assert_eq!(product.version(text).as_deref(), Some(version), "{id}");
            assert_eq!(product.version("no such option"), None, "{id}");
        }
    }

    #[test]
    fn every_front_shows_the_certificate_and_is_told_apart() {
        let plan = |front| Plan {
            room: PathBuf::from("/room"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            front,
            identity: PathBuf::from("/room/identity.pem"),
            routes: Vec::new(),
            trust: PathBuf::from("/room/trust.pem"),
            worker: None,
        };
        for product in products() {
            let text = |front| product.configuration(&plan(front)).swap_remove(0).1;
            let [plain, tls, http2] = Front::ALL.map(text);
            assert!(!plain.contains("identity.pem"), "{}: {plain}", product.id());
            for (front, text) in [(Front::Tls, tls), (Front::Http2, http2)] {
                let speaks = product.fronts().contains(&front);
                assert_eq!(
                    text.contains("identity.pem"),
                    speaks,
                    "{} {}: {text}",
                    product.id(),
                    front.name()
                );
            }
        }
    }

    #[test]
    fn a_plan_with_one_route_says_nothing_of_the_others() {
        let plan = Plan {
            room: PathBuf::from("/room"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            front: Front::Http1,
            identity: PathBuf::from("/room/identity.pem"),
            routes: ["one-alone", "second"]
                .map(|name| Route {
                    name: name.to_owned(),
                    speaks: Speaks::Http,
                    to: To::Tcp(SocketAddr::from(([127, 0, 0, 1], 9000))),
                    script: None,
                    waits: None,
                })
                .to_vec(),
            trust: PathBuf::from("/room/trust.pem"),
            worker: None,
        };
        for product in products() {
            let (_, text) = product.configuration(&plan.only("second")).swap_remove(0);
            assert!(text.contains("second") && !text.contains("one-alone"), "{}: {text}", product.id());
            assert!(text.contains("9000"), "{}", product.id());
        }
    }
}

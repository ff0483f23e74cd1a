//! The gateways that are measured beside each other: goodgate and Debian's nginx and HAProxy, each with a configuration
//! for the same work, started, reloaded and stopped.
//!
//! Knows nothing of loads. The configurations are in the files below.

mod goodgate;
mod haproxy;
mod nginx;

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::bench::process;

/// A gateway takes connections within this time, also under valgrind on a busy machine.
const START_MAX: Duration = Duration::from_secs(60);
/// And ends within this time when told to.
const END_MAX: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Product {
    Goodgate,
    Nginx,
    Haproxy,
}

pub(crate) const PRODUCTS: &[Product] = &[Product::Goodgate, Product::Nginx, Product::Haproxy];

impl Product {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Goodgate => "goodgate",
            Self::Nginx => "nginx",
            Self::Haproxy => "HAProxy",
        }
    }

    /// What is switched on in it, for whoever compares.
    pub(crate) fn features(self) -> &'static str {
        match self {
            Self::Goodgate => {
                "routing over two sites and four routes, access log as JSON into a file, metrics, limits on \
                 connections and on concurrent requests, all time limits, Via and Forwarded both ways as by default"
            }
            Self::Nginx => {
                "keepalive 256 towards upstreams, buffering as by default, X-Forwarded-For and Via both ways, no \
                 access log, no metrics"
            }
            Self::Haproxy => {
                "http-reuse always, X-Forwarded-For and Via both ways, its usual statistics, no log"
            }
        }
    }

    /// By its own word, from `-v`.
    pub(crate) fn version(self, binary: &Path) -> String {
        let flag = if self == Self::Goodgate { "--version" } else { "-v" };
        let said = Command::new(binary).arg(flag).output();
        let text = said.map(|out| [out.stdout, out.stderr].concat()).unwrap_or_default();
        version_in(&String::from_utf8_lossy(&text)).unwrap_or_default()
    }

    /// Where it is; goodgate is handed in.
    pub(crate) fn find(self, goodgate: &Path) -> Option<PathBuf> {
        match self {
            Self::Goodgate => Some(goodgate.to_owned()),
            Self::Nginx => process::find("nginx"),
            Self::Haproxy => process::find("haproxy"),
        }
    }
}

/// The first word that looks like a version.
fn version_in(text: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || c == '/');
    let mut versions =
        words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.'));
    versions.next().map(|word| word.split(['-', '+']).next().unwrap_or(word).to_owned())
}

/// Where a gateway listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doors {
    pub(crate) plain: SocketAddr,
    pub(crate) tls: SocketAddr,
    /// goodgate's own metrics.
    pub(crate) admin: SocketAddr,
}

impl Doors {
    pub(crate) fn free() -> Result<Self, String> {
        match process::free_ports(3)?.as_slice() {
            [plain, tls, admin] => Ok(Self { plain: *plain, tls: *tls, admin: *admin }),
            _ => Err("there are not enough free ports".to_owned()),
        }
    }
}

/// A certificate and its key in PEM; HAProxy wants both in one file.
pub(crate) struct Certificate {
    pub(crate) chain: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) both: PathBuf,
}

impl Certificate {
    /// A P-256 certificate that signs itself.
    pub(crate) fn make(room: &Path) -> Result<Self, String> {
        let [chain, key, both] = ["chain.pem", "key.pem", "both.pem"].map(|name| room.join(name));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
            .args(["-days", "30", "-subj", "/CN=bench.example.com"])
            .args(["-addext", "subjectAltName=DNS:bench.example.com,IP:127.0.0.1"])
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&chain)
            .stderr(Stdio::null())
            .status();
        if !made.is_ok_and(|status| status.success()) {
            return Err("openssl could not make a certificate".to_owned());
        }
        let text = [&chain, &key].map(|file| fs::read_to_string(file).unwrap_or_default()).concat();
        fs::write(&both, text).map_err(|e| format!("{}: {e}", both.display()))?;
        Ok(Self { chain, key, both })
    }
}

/// Where the upstream servers are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origins<'a> {
    At(&'a [SocketAddr]),
    /// At whatever addresses a name has, which change.
    Named(Name),
}

/// A name for several servers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name {
    pub(crate) host: &'static str,
    pub(crate) port: u16,
    /// How many addresses it has.
    pub(crate) servers: usize,
    /// The name server that knows it.
    pub(crate) resolver: SocketAddr,
}

/// What is asked of a gateway.
pub(crate) struct Task<'a> {
    /// Where its files go; absolute.
    pub(crate) room: &'a Path,
    pub(crate) doors: Doors,
    pub(crate) origins: Origins<'a>,
    /// Workers or threads.
    pub(crate) cores: usize,
    pub(crate) certificate: Option<&'a Certificate>,
    /// php-fpm's socket and the folder with the scripts.
    pub(crate) php: Option<(&'a Path, &'a Path)>,
    pub(crate) purpose: Purpose,
}

/// What the configuration is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// What a request costs: as engines are compared.
    Cost,
    /// Getting every request through: retries, health checks and short time limits, as each product's manual has them.
    Survival,
}

/// The time limits of [`Purpose::Survival`], the same for all, in milliseconds.
const CONNECT_MS: u32 = 1000;
const ANSWER_MS: u32 = 2000;

/// Whether this runs as the administrator: products then change to another user unless told not to.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// A gateway that runs.
pub(crate) struct Running {
    pub(crate) product: Product,
    pub(crate) doors: Doors,
    child: Child,
}

impl Running {
    /// Starts one behind a wrapper (`taskset -c 1`, or nothing), and waits until it takes connections.
    pub(crate) fn start(
        product: Product,
        binary: &Path,
        task: &Task<'_>,
        wrapper: &[String],
    ) -> Result<Self, String> {
        let (file, text) = match product {
            Product::Goodgate => ("goodgate.toml", goodgate::configuration(task)),
            Product::Nginx => ("nginx.conf", nginx::configuration(task, is_root())),
            Product::Haproxy => ("haproxy.cfg", haproxy::configuration(task)),
        };
        let file = task.room.join(file);
        fs::write(&file, text).map_err(|e| format!("{}: {e}", file.display()))?;
        let mut command = match wrapper {
            [program, rest @ ..] => {
                let mut command = Command::new(program);
                command.args(rest).arg(binary);
                command
            }
            [] => Command::new(binary),
        };
        match product {
            Product::Goodgate => command.args(["run", "-c"]).arg(&file),
            Product::Nginx => command.arg("-p").arg(task.room).arg("-c").arg(&file),
            Product::Haproxy if task.purpose == Purpose::Survival => command.args(["-W", "-f"]).arg(&file),
            Product::Haproxy => command.arg("-db").arg("-f").arg(&file),
        };
        let said = task.room.join(format!("{}.said", product.title()));
        let out = fs::File::create(&said).map_err(|e| format!("{}: {e}", said.display()))?;
        let copy = out.try_clone().map_err(|e| e.to_string())?;
        let child = command.stdin(Stdio::null()).stdout(out).stderr(copy).spawn();
        let child = child.map_err(|e| format!("{}: {e}", product.title()))?;
        let mut running = Self { product, doors: task.doors, child };
        running.wait().map_err(|problem| {
            let text = fs::read_to_string(&said).unwrap_or_default();
            format!("{} does not start ({problem}): {}", product.title(), text.trim())
        })?;
        Ok(running)
    }

    fn wait(&mut self) -> Result<(), String> {
        let until = Instant::now() + START_MAX;
        loop {
            let soon = Instant::now() + Duration::from_millis(200);
            match process::wait_for(self.doors.plain, soon.min(until)) {
                Ok(()) => return Ok(()),
                Err(problem) if Instant::now() >= until => return Err(problem),
                Err(_) if self.child.try_wait().is_ok_and(|ended| ended.is_some()) => {
                    return Err("it ended".to_owned());
                }
                Err(_) => {}
            }
        }
    }

    /// Processor time so far, of all its processes.
    pub(crate) fn cpu_ns(&self) -> u64 {
        process::cpu_ns(self.child.id())
    }

    /// Reads its configuration anew, as the product's manual says.
    pub(crate) fn reload(&self) -> Result<(), String> {
        process::signal(self.child.id(), if self.product == Product::Haproxy { "USR2" } else { "HUP" })
    }

    /// Tells the gateway itself to end, also behind a wrapper that would not pass it on, and waits for both.
    pub(crate) fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let family = process::family(self.child.id());
        let wrapped = fs::read_to_string(format!("/proc/{}/comm", self.child.id())).unwrap_or_default();
        let itself = match (wrapped.trim(), family.get(1)) {
            ("strace", Some(below)) => *below,
            _ => self.child.id(),
        };
        let _ = process::signal(itself, "TERM");
        if !process::ends(&mut self.child, Instant::now() + END_MAX) {
            for pid in family {
                let _ = process::signal(pid, "KILL");
            }
            let _ = self.child.wait();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_products_say() {
        let read = |text: &str| version_in(text).unwrap_or_default();
        assert_eq!(read("nginx version: nginx/1.22.1"), "1.22.1");
        assert_eq!(read("HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/"), "2.6.12");
        assert_eq!(read("goodgate 0.1.0"), "0.1.0");
        assert_eq!(read("nothing"), "");
    }

    fn task<'a>(room: &'a Path, origins: Origins<'a>, purpose: Purpose) -> Task<'a> {
        let door = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let doors = Doors { plain: door(1), tls: door(2), admin: door(3) };
        Task { room, doors, origins, cores: 1, certificate: None, php: None, purpose }
    }

    #[test]
    fn every_configuration_names_every_server_and_no_door_that_is_not_asked_for() {
        let origins = [4, 5, 6].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        for purpose in [Purpose::Cost, Purpose::Survival] {
            let task = task(Path::new("/room"), Origins::At(&origins), purpose);
            let all = [
                goodgate::configuration(&task),
                nginx::configuration(&task, false),
                haproxy::configuration(&task),
            ];
            for text in all {
                assert!(origins.iter().all(|origin| text.contains(&origin.to_string())), "{text}");
                assert!(text.contains("127.0.0.1:1") && !text.contains("127.0.0.1:2"), "{text}");
                assert_eq!(text.matches('{').count(), text.matches('}').count(), "{text}");
            }
        }
        let text =
            goodgate::configuration(&task(Path::new("/room"), Origins::At(&origins), Purpose::Survival));
        assert!(text.parse::<toml::Table>().is_ok(), "{text}");
    }

    #[test]
    fn every_configuration_has_a_name_asked_for_where_it_is_known() {
        let resolver = SocketAddr::from(([127, 0, 0, 1], 5353));
        let name = Name { host: "origin.example", port: 7, servers: 3, resolver };
        let task = task(Path::new("/room"), Origins::Named(name), Purpose::Survival);
        let all = [
            goodgate::configuration(&task),
            nginx::configuration(&task, false),
            haproxy::configuration(&task),
        ];
        for text in all {
            assert!(text.contains("origin.example") && text.contains("127.0.0.1:5353"), "{text}");
            assert_eq!(text.matches('{').count(), text.matches('}').count(), "{text}");
        }
    }
}

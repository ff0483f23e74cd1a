//! Where an application server lives: its folder, its addresses, its user. Fixed before the gateway is configured.

use std::fs::{self, Permissions};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};

use super::Reach;
use super::namespace::Namespace;
use crate::lab_error::LabError;
use crate::recipe::{Act, App, Process, Recipe, Speaks};

/// Unix socket paths have 108 bytes with their end (unix(7)).
const SOCKET_PATH_BYTES_MAX: usize = 107;
/// In a namespace of our own every port is free; this is the one that php-fpm's own examples have.
const NAMESPACE_PORT: u16 = 9000;

/// Where an application server lives.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) recipe: String,
    pub(super) process: Process,
    /// What the gateway speaks.
    pub(super) speaks: Speaks,
    pub(super) program: PathBuf,
    pub(super) folder: PathBuf,
    /// The folder of the scripts.
    pub(super) scripts: PathBuf,
    /// What the gateway is told.
    pub(super) told: Reach,
    /// Where the server listens while it is broken.
    pub(super) listens: Reach,
    /// Whom its workers run as; `None` where we are no root and they run as we do.
    pub(super) user: Option<User>,
    pub(super) namespace: Option<Namespace>,
    closed: Port,
    silent: Port,
    /// Held so that nobody else gets them.
    _ports: Vec<Port>,
}

/// A user of this machine.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Site {
    pub(super) fn prepare(recipe: &Recipe, folder: &Path) -> Result<Self, LabError> {
        let (process, program) = playable(recipe)?;
        let unplayable = |why: String, mend: &str| LabError::Unplayable {
            recipe: recipe.name.clone(),
            why,
            mend: mend.to_owned(),
        };
        let namespace = if process.acts.iter().any(needs_namespace) {
            Some(Namespace::new().map_err(|why| {
                unplayable(
                    format!("no network namespace can be made ({why})"),
                    "run as root on Linux with ip and nft installed",
                )
            })?)
        } else {
            None
        };
        let mut ports = Vec::new();
        let (told, listens) =
            addresses(&process, folder, namespace.as_ref(), &mut ports).map_err(|source| {
                LabError::system("taking addresses for the application", source, "try again")
            })?;
        for path in [&told, &listens].into_iter().filter_map(Reach::path) {
            if path.as_os_str().len() > SOCKET_PATH_BYTES_MAX {
                return Err(unplayable(
                    format!("the path {} is too long for a unix socket", path.display()),
                    "choose a shorter temporary folder",
                ));
            }
        }
        let port = |listening| {
            Port::take(IpAddr::V4(Ipv4Addr::LOCALHOST), listening)
                .map_err(|source| LabError::system("taking a port on 127.0.0.1", source, "try again"))
        };
        let site = Self {
            recipe: recipe.name.clone(),
            process,
            speaks: recipe.speaks,
            program,
            folder: folder.to_owned(),
            scripts: folder.join("public"),
            told,
            listens,
            user: is_root().then(ordinary_user).flatten(),
            namespace,
            closed: port(Listening::No)?,
            silent: port(Listening::Yes)?,
            _ports: ports,
        };
        site.make_folders()
            .map_err(|source| LabError::system(site.doing("making folders"), source, "see its rights"))?;
        Ok(site)
    }

    /// What is done, with the place in words.
    pub(super) fn doing(&self, what: &str) -> String {
        format!("{what} in {} for recipe {}", self.folder.display(), self.recipe)
    }

    /// The script that the gateway names.
    pub(super) fn script(&self) -> PathBuf {
        self.scripts.join(if self.is_php() { "index.php" } else { "app.py" })
    }

    /// Where the application says which of its processes is at work.
    pub(super) fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// Where it writes its logs.
    pub(super) fn logs(&self) -> PathBuf {
        self.folder.join("log")
    }

    pub(super) fn is_php(&self) -> bool {
        matches!(self.process.app, App::PhpFpm | App::PhpFpmTcp)
    }

    /// A script of ours with the places of this site filled in.
    pub(super) fn fill(&self, script: &str) -> String {
        script
            .replace("@FOLDER@", &self.folder.to_string_lossy())
            .replace("@CLOSED@", &self.closed.address.port().to_string())
            .replace("@SILENT@", &self.silent.address.port().to_string())
    }

    /// Lines that the recipe adds to the configuration.
    pub(super) fn settings(&self) -> String {
        let mut lines = String::new();
        for act in &self.process.acts {
            if let Act::Setting(line) = act {
                lines.push_str(&self.fill(line));
                lines.push('\n');
            }
        }
        lines
    }

    fn make_folders(&self) -> io::Result<()> {
        for folder in [&self.folder, &self.scripts, &self.folder.join("run"), &self.state(), &self.logs()] {
            fs::create_dir_all(folder)?;
            fs::set_permissions(folder, Permissions::from_mode(0o755))?;
        }
        if let Some(user) = &self.user {
            for folder in [self.state(), self.logs()] {
                chown(folder, Some(user.uid), Some(user.gid))?;
            }
        }
        Ok(())
    }
}

/// What is done and with which program, or why that cannot be done here.
fn playable(recipe: &Recipe) -> Result<(Process, PathBuf), LabError> {
    let unplayable = |why: &str, mend: &str| LabError::Unplayable {
        recipe: recipe.name.clone(),
        why: why.to_owned(),
        mend: mend.to_owned(),
    };
    let Some(process) = recipe.process.clone() else {
        return Err(unplayable("it has no application server", "give its own origin to play it"));
    };
    if !Path::new("/proc/self/stat").exists() {
        return Err(unplayable("processes cannot be looked at without /proc", "run it on Linux"));
    }
    let (name, install) = match process.app {
        App::PhpFpm | App::PhpFpmTcp => ("php-fpm", "install php-fpm"),
        App::Gunicorn => ("gunicorn", "install gunicorn"),
        App::Uwsgi => ("uwsgi", "install uwsgi with its Python plugin"),
    };
    let Some(program) = super::Application::installed(process.app) else {
        return Err(unplayable(&format!("{name} is not installed"), install));
    };
    if process.acts.iter().any(needs_root) && !is_root() {
        let why = "whose file it is makes a difference only if root owns it and others ask for it";
        return Err(unplayable(why, "run as root, with a gateway whose workers are not root"));
    }
    Ok((process, program))
}

fn needs_root(act: &Act) -> bool {
    matches!(act, Act::SocketMode(_) | Act::FolderMode(_) | Act::ScriptMode(_))
}

fn needs_namespace(act: &Act) -> bool {
    matches!(act, Act::Filter | Act::Reject(_) | Act::RejectReset | Act::OnlyLoopback)
}

/// Where the gateway is told to look, and where the server listens while it is broken.
fn addresses(
    process: &Process,
    folder: &Path,
    namespace: Option<&Namespace>,
    ports: &mut Vec<Port>,
) -> io::Result<(Reach, Reach)> {
    const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let elsewhere = process.acts.contains(&Act::ListenElsewhere);
    if process.app == App::PhpFpm {
        let told = Reach::Unix(folder.join("run/php-fpm.sock"));
        let other = Reach::Unix(folder.join("run/php8-fpm.sock"));
        return Ok(if elsewhere { (told, other) } else { (told.clone(), told) });
    }
    if let Some(namespace) = namespace {
        let told = SocketAddr::new(IpAddr::V4(namespace.address()), NAMESPACE_PORT);
        let only_loopback = process.acts.contains(&Act::OnlyLoopback);
        let listens = if only_loopback { SocketAddr::new(V4, NAMESPACE_PORT) } else { told };
        return Ok((Reach::Tcp(told), Reach::Tcp(listens)));
    }
    for (act, told, listens) in [(Act::OnlyIpv6, V4, V6), (Act::OnlyIpv4, V6, V4)] {
        if process.acts.contains(&act) {
            let port = Port::take(told, Listening::No)?;
            let (told, number) = (port.address, port.address.port());
            ports.push(port);
            return Ok((Reach::Tcp(told), Reach::Tcp(SocketAddr::new(listens, number))));
        }
    }
    let mut take = || -> io::Result<Reach> {
        let port = Port::take(V4, Listening::No)?;
        let at = Reach::Tcp(port.address);
        ports.push(port);
        Ok(at)
    };
    if elsewhere {
        return Ok((take()?, take()?));
    }
    let told = take()?;
    Ok((told.clone(), told))
}

/// A port that is ours for as long as this lives. Servers may listen on it, because they set SO_REUSEADDR as this
/// does; the kernel gives it to nobody who asks for just any port, and refuses connections while nobody listens.
#[derive(Debug)]
struct Port {
    _socket: Socket,
    address: SocketAddr,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Listening {
    Yes,
    No,
}

impl Port {
    fn take(ip: IpAddr, listening: Listening) -> io::Result<Self> {
        let any = SocketAddr::new(ip, 0);
        let socket = Socket::new(Domain::for_address(any), Type::STREAM, None)?;
        socket.set_reuse_address(true)?;
        socket.bind(&SockAddr::from(any))?;
        if listening == Listening::Yes {
            socket.listen(128)?;
        }
        let address = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Self { _socket: socket, address })
    }
}

/// Whether we may do everything.
pub(super) fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("Uid:"))
        .and_then(|ids| ids.split_ascii_whitespace().nth(1))
        == Some("0")
}

/// The user that web servers run as, or the one that owns nothing.
fn ordinary_user() -> Option<User> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    ["www-data", "nobody"].into_iter().find_map(|wanted| {
        let line = users.lines().find(|line| line.split(':').next() == Some(wanted))?;
        let mut ids = line.split(':').skip(2);
        let (uid, gid) = (ids.next()?.parse().ok()?, ids.next()?.parse().ok()?);
        Some(User { name: wanted.to_owned(), uid, gid })
    })
}

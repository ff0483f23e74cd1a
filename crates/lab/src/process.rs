//! Real application servers in trouble: php-fpm, Gunicorn and uWSGI, each started in a folder of its own, broken as
//! a recipe says and mended again.
//!
//! Here the cause is made, so it is known. Everything blocks; whoever has a runtime calls it from a thread that may.
//! Knows no gateway: what a gateway needs to be told is [`Application::reach`] and the like.

mod acts;
mod ask;
mod gunicorn;
mod listening;
mod look;
mod namespace;
mod php_fpm;
mod running;
mod site;
mod uwsgi;

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use socket2::Socket;

use self::acts::Watcher;
use self::running::{Running, wait_until};
use self::site::Site;
use crate::lab_error::LabError;
use crate::recipe::{Act, App, Recipe, Speaks};

/// A server that has not begun to listen after so long never will; the slowest here needs about a second on a busy
/// machine.
const START_PATIENCE: Duration = Duration::from_secs(15);
/// A healthy server answers long before that.
const ANSWER_PATIENCE: Duration = Duration::from_secs(5);

const WSGI_SCRIPT: &str = include_str!("process/app.py");
/// As after an update without its new dependency.
const BROKEN_WSGI_SCRIPT: &str = "import shelf_of_the_shop\n\napplication = shelf_of_the_shop.application\n";

/// Where a gateway is told to find an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// At an address and port.
    Tcp(SocketAddr),
    /// At the path of a unix socket.
    Unix(PathBuf),
}

impl Reach {
    /// As the servers' own settings have it.
    fn text(&self) -> String {
        match self {
            Self::Tcp(address) => address.to_string(),
            Self::Unix(path) => path.display().to_string(),
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::Tcp(_) => None,
            Self::Unix(path) => Some(path),
        }
    }
}

/// A real application server in a folder of its own. Dropping it ends its processes and what was made around it.
#[derive(Debug)]
pub struct Application {
    // Dropped in this order: what asks, what runs, and at last the place that it runs in.
    occupying: Vec<Socket>,
    watcher: Option<Watcher>,
    running: Option<Running>,
    health: Health,
    site: Site,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Broken,
    Right,
}

impl Application {
    /// The program of this application server, if it is on this machine: looked for in `PATH` and in the folders
    /// where systems put servers.
    #[must_use]
    pub fn installed(app: App) -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&path)
            .chain(["/usr/local/sbin", "/usr/sbin", "/usr/local/bin", "/usr/bin"].map(PathBuf::from))
            .collect();
        let is_program = |path: &PathBuf| {
            fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
        };
        let named = |name: &str| folders.iter().map(|folder| folder.join(name)).find(is_program);
        match app {
            App::Gunicorn => named("gunicorn").or_else(|| named("gunicorn3")),
            App::Uwsgi => named("uwsgi"),
            App::PhpFpm | App::PhpFpmTcp => folders
                .iter()
                .filter_map(|folder| fs::read_dir(folder).ok())
                .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
                .filter(is_program)
                .filter_map(|program| Some((php_fpm::rank(&program)?, program)))
                .max()
                .map(|(_, program)| program),
        }
    }

    /// Writes the server's files into this folder, which becomes readable for everybody, and decides where the
    /// gateway is told to look. Nothing runs yet, and the port is refused until something does.
    ///
    /// # Errors
    /// [`LabError::Unplayable`] where this machine has not what the recipe needs: the program, root, a network
    /// namespace.
    pub fn prepare(recipe: &Recipe, folder: &Path) -> Result<Self, LabError> {
        let site = Site::prepare(recipe, folder)?;
        let made = Self { occupying: Vec::new(), watcher: None, running: None, health: Health::Broken, site };
        made.write(Health::Broken)?;
        Ok(made)
    }

    /// What the gateway is configured with.
    #[must_use]
    pub fn reach(&self) -> &Reach {
        &self.site.told
    }

    /// What the gateway speaks to it.
    #[must_use]
    pub fn speaks(&self) -> Speaks {
        self.site.speaks
    }

    /// The document root that a FastCGI gateway is told: `SCRIPT_FILENAME` is always `index.php` in it.
    #[must_use]
    pub fn script_root(&self) -> Option<&Path> {
        (self.site.speaks == Speaks::Fastcgi).then_some(&self.site.scripts)
    }

    /// Whether the recipe makes a difference only for a gateway whose workers are not root.
    #[must_use]
    pub fn needs_gateway_without_root(&self) -> bool {
        self.site.process.acts.iter().any(|act| matches!(act, Act::SocketMode(_) | Act::FolderMode(_)))
    }

    /// How long the gateway has to wait for an answer at least, where that matters: otherwise it gives up before the
    /// server does what the recipe is about.
    #[must_use]
    pub fn gateway_waits(&self) -> Option<Duration> {
        self.site.process.gateway_waits.map(Duration::from)
    }

    /// What follows `/r/NAME/TOKEN` in a request so that the fault happens: a query such as `?do=segv`, or nothing.
    /// A request without it gets a healthy answer from a healthy application.
    #[must_use]
    pub fn path(&self) -> String {
        self.site
            .process
            .acts
            .iter()
            .find_map(|act| if let Act::Ask(what) = act { Some(format!("?do={what}")) } else { None })
            .unwrap_or_default()
    }

    /// Starts it and breaks it as the recipe says. May be called again at any time, and so also after
    /// [`heal`](Self::heal).
    ///
    /// # Errors
    /// What of it did not work; the end of the server's own log is in it where the server would not start.
    pub fn start(&mut self) -> Result<(), LabError> {
        self.let_go();
        if self.running.is_none() || self.restarts() {
            self.end();
            self.write(Health::Broken)?;
            if !self.site.process.acts.contains(&Act::DoNotStart) {
                self.launch(Health::Broken)?;
            }
        } else if self.health == Health::Broken && !self.is_listening() {
            self.launch(Health::Broken)?;
        }
        self.health = Health::Broken;
        for act in self.site.process.acts.clone() {
            self.act(&act).map_err(|source| {
                let doing = self.site.doing(&format!("doing {act:?}"));
                LabError::system(doing, source, "see whether the server still runs")
            })?;
        }
        Ok(())
    }

    /// What is done while the request runs has been begun by [`start`](Self::start), because only the application
    /// knows when the request has reached it; this waits until it is done, for some seconds at most.
    ///
    /// # Errors
    /// Where no request came that something could be done to.
    pub fn during(&mut self) -> Result<(), LabError> {
        match &self.watcher {
            Some(watcher) if !wait_until(ANSWER_PATIENCE, || watcher.has_acted()) => Err(LabError::system(
                self.site.doing("waiting for a worker at work"),
                io::ErrorKind::TimedOut.into(),
                "ask for the path of the recipe through the gateway at the same time",
            )),
            _ => Ok(()),
        }
    }

    /// Undoes it: the application runs, is reached where the gateway was told to look, and answers a plain request
    /// as it should; that has been tried when this returns.
    ///
    /// # Errors
    /// Where it does not get right again.
    pub fn heal(&mut self) -> Result<(), LabError> {
        self.let_go();
        if self.restarts() || self.running.is_none() {
            self.end();
            self.write(Health::Right)?;
            self.undo().map_err(|source| self.not_undone(source))?;
            self.launch(Health::Right)?;
        } else {
            self.undo().map_err(|source| self.not_undone(source))?;
        }
        self.health = Health::Right;
        if wait_until(ANSWER_PATIENCE, || self.is_right()) {
            return Ok(());
        }
        Err(LabError::system(
            self.site.doing("waiting for a right answer"),
            io::ErrorKind::TimedOut.into(),
            format!("see its log: {}", look::last_line(&self.site)),
        ))
    }

    /// Asks it directly for a target such as `/r/NAME/TOKEN?do=segv`, past any gateway, and reads to the end of the
    /// connection: an HTTP message, or the output of a CGI program where FastCGI is spoken. Nothing at all where it
    /// closes without a byte of these.
    ///
    /// # Errors
    /// Refused, reset, or nothing within this time ([`io::ErrorKind::TimedOut`] or
    /// [`io::ErrorKind::WouldBlock`]).
    pub fn ask(&self, target: &str, patience: Duration) -> io::Result<Vec<u8>> {
        ask::ask(&self.site.told, self.site.speaks, &self.site.script(), target, patience)
    }

    /// Its own logs: file name and text, the last of it where it is long. Only those that have something in them.
    #[must_use]
    pub fn logs(&self) -> Vec<(String, String)> {
        look::logs(&self.site)
    }

    /// What commands on the server print right now, so to be called while it fails: `ss`, `ps`, `ls` of a socket and
    /// its folder, the rules of its packet filter, faults in the kernel's log. File name and text, which begins with
    /// the command after `$ `.
    #[must_use]
    pub fn host(&self) -> Vec<(String, String)> {
        look::host(&self.site, self.running.as_ref())
    }

    fn is_right(&self) -> bool {
        self.ask("/r/healthy/0502", Duration::from_secs(1))
            .is_ok_and(|answer| String::from_utf8_lossy(&answer).ends_with("\r\n\r\nlab 0502\n"))
    }

    fn is_listening(&self) -> bool {
        self.running.as_ref().is_some_and(|running| listening::listens(running.pid(), &self.site.listens))
    }

    fn not_undone(&self, source: io::Error) -> LabError {
        LabError::system(self.site.doing("undoing what was done"), source, "remove the folder")
    }

    fn write(&self, health: Health) -> Result<(), LabError> {
        let site = &self.site;
        let broken = health == Health::Broken;
        let acts = &site.process.acts;
        // A setting that only matters for one behaviour may stay; it is none of the plain request's business.
        let settings = if broken || acts.iter().any(|act| matches!(act, Act::Ask(_))) {
            site.settings()
        } else {
            String::new()
        };
        let listens = if broken { &site.listens } else { &site.told };
        let other =
            acts.iter().find_map(|act| if let Act::Speak(speaks) = act { Some(*speaks) } else { None });
        let speaks = other.filter(|_| broken).unwrap_or(site.speaks);
        let written = match site.process.app {
            App::PhpFpm | App::PhpFpmTcp => php_fpm::write(site, listens, &settings, broken),
            App::Gunicorn => gunicorn::write(site, listens, &settings),
            App::Uwsgi => uwsgi::write(site, listens, speaks, &settings),
        };
        let breaks = broken && acts.contains(&Act::BreakCode);
        let script = if breaks { BROKEN_WSGI_SCRIPT.to_owned() } else { site.fill(WSGI_SCRIPT) };
        written
            .and_then(|()| if site.is_php() { Ok(()) } else { fs::write(site.script(), script) })
            .map_err(|source| LabError::system(site.doing("writing its files"), source, "see its rights"))
    }

    /// Starts the server and waits until it listens, or until it has ended where that is the recipe.
    fn launch(&mut self, health: Health) -> Result<(), LabError> {
        let site = &self.site;
        let fails = health == Health::Broken && site.process.acts.contains(&Act::StartFails);
        let (listens, base) = match (health, &site.namespace) {
            (Health::Right, Some(namespace)) => (&site.told, namespace.command(&site.program)),
            (Health::Broken, Some(namespace)) => (&site.listens, namespace.command(&site.program)),
            (Health::Right, None) => (&site.told, Command::new(&site.program)),
            (Health::Broken, None) => (&site.listens, Command::new(&site.program)),
        };
        let mut command = match site.process.app {
            App::PhpFpm | App::PhpFpmTcp => php_fpm::command(site, base),
            App::Gunicorn => gunicorn::command(site, base),
            App::Uwsgi => uwsgi::command(site, base),
        };
        command
            .current_dir(&site.folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONPATH", &site.scripts);
        let running = Running::start(&mut command, &look::output(site)).map_err(|source| {
            LabError::system(format!("starting {}", site.program.display()), source, "reinstall it")
        })?;
        let so_far = wait_until(START_PATIENCE, || {
            !running.is_alive()
                || (!fails && listening::listens(running.pid(), listens) && !running.workers().is_empty())
        });
        if so_far && running.is_alive() != fails {
            self.running = Some(running);
            return Ok(());
        }
        let why = match (fails, so_far) {
            (true, _) => "it started although it should not",
            (false, true) => "it ended at once",
            (false, false) => "it does not listen",
        };
        Err(LabError::system(
            format!("starting {}", site.program.display()),
            io::Error::other(why),
            format!("see its log: {}", look::last_line(site)),
        ))
    }

    /// Ends what runs, all of it.
    fn end(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill();
        }
        if let Reach::Unix(path) = &self.site.listens {
            let _ = fs::remove_file(path);
        }
        if let Reach::Unix(path) = &self.site.told {
            let _ = fs::remove_file(path);
        }
    }

    /// Ends what was begun beside the server: requests that occupy it, a watcher.
    fn let_go(&mut self) {
        self.occupying.clear();
        self.watcher = None;
    }

    /// Whether undoing it takes a new start of the server.
    fn restarts(&self) -> bool {
        let acts = &self.site.process.acts;
        let asks = acts.iter().any(|act| matches!(act, Act::Ask(_)));
        acts.iter().any(|act| match act {
            Act::DoNotStart
            | Act::Stop
            | Act::KillAll
            | Act::StartFails
            | Act::ListenElsewhere
            | Act::OnlyIpv6
            | Act::OnlyIpv4
            | Act::OnlyLoopback
            | Act::Speak(_)
            | Act::MoveScripts
            | Act::Occupy(_)
            | Act::BreakCode => true,
            Act::Setting(_) => !asks,
            // These hold a worker longer than anybody waits, so that the next request would find all of them taken.
            Act::Ask(what) => matches!(what.as_str(), "wait" | "database-hangs" | "service-hangs"),
            Act::Suspend
            | Act::SocketMode(_)
            | Act::FolderMode(_)
            | Act::ScriptMode(_)
            | Act::Filter
            | Act::Reject(_)
            | Act::RejectReset
            | Act::KillWorker(_) => false,
        })
    }
}

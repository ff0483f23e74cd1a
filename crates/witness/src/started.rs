//! A gateway that runs, set up for some routes. It stops, and its folder goes, when this goes.

use std::fs;
use std::time::{Duration, Instant};

use goodgate_lab::{Front, Gateway, Identities, Speaks};

use crate::products::{Found, Lines, NAME, Plan, Route};
use crate::room::{Room, Running, free_address, wait_until_ready};

/// A gateway that is not ready after this time never will be: Varnish compiles its configuration with a C compiler,
/// which takes seconds on a busy machine; all others are ready at once.
const START: Duration = Duration::from_secs(20);
/// Between two looks at logs.
const PAUSE: Duration = Duration::from_millis(100);
/// The port that was free may be taken by somebody else before the gateway gets it; so often another one is tried.
const ATTEMPTS: usize = 3;
/// A gateway that has died is started again on its old port, which another program's connection may have for a moment;
/// so often it is tried.
const RESTARTS: u32 = 5;
/// Before the next of these tries, times the number of tries so far: the connections in the way are short.
const RESTART_PAUSE: Duration = Duration::from_millis(200);
/// More of a log is never read; the whole matrix writes a tenth of it.
const LOG_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// The token of the requests that ask whether a gateway is ready.
const READY: &str = "0000";

/// A gateway that runs.
#[derive(Debug)]
pub struct Started {
    // The children go before their folder does.
    children: Vec<Running>,
    room: Room,
    plan: Plan,
    found: Found,
}

impl Started {
    /// Sets a gateway up for these routes, starts it, and waits until the first of them, which has to be healthy,
    /// answers rightly.
    ///
    /// # Errors
    /// Why it did not start, with the last lines that it wrote.
    pub async fn new(
        found: &Found,
        front: Front,
        routes: &[Route],
        identities: &Identities,
    ) -> Result<Self, String> {
        let healthy = routes.first().ok_or_else(|| "there is no route to wait for".to_owned())?;
        let (path, right) = ready(&healthy.prefix());
        let mut why = String::new();
        for _ in 0..ATTEMPTS {
            let mut started = Self::begin(found, front, routes, identities)
                .map_err(|problem| format!("{} could not be started: {problem}", found.product.title()))?;
            if started.wait(&path, &right).await {
                return Ok(started);
            }
            why = started.why();
            if !started.children.iter_mut().any(Running::has_ended) {
                break;
            }
        }
        Err(why)
    }

    /// How its process has ended, such as `signal: 11 (SIGSEGV)`; `None` while it runs.
    pub fn end(&mut self) -> Option<String> {
        self.children.first_mut().and_then(Running::end)
    }

    /// Starts it again, where it listened before, and waits until it answers; its logs go on. Where it ends at once, this
    /// is tried again, a few times.
    ///
    /// # Errors
    /// Why it did not start, with the last lines that it wrote.
    pub async fn restart(&mut self) -> Result<(), String> {
        let healthy = self.plan.routes.first().map(Route::prefix).unwrap_or_default();
        let (path, right) = ready(&healthy);
        let mut tried = 0;
        loop {
            self.children.clear();
            let problem =
                |problem| format!("{} could not be started again: {problem}", self.found.product.title());
            self.children = launch(&self.found, &self.plan, &self.room).map_err(problem)?;
            if self.wait(&path, &right).await {
                return Ok(());
            }
            tried += 1;
            if tried >= RESTARTS || !self.children.iter_mut().any(Running::has_ended) {
                return Err(self.why());
            }
            tokio::time::sleep(RESTART_PAUSE * tried).await;
        }
    }

    fn begin(
        found: &Found,
        front: Front,
        routes: &[Route],
        identities: &Identities,
    ) -> std::io::Result<Self> {
        let room = Room::new(found.product.id())?;
        let trust = room.file("authority.pem");
        fs::write(&trust, identities.authority_pem())?;
        let identity = room.file("identity.pem");
        // Readable for workers of another user: the key is forgotten with the folder.
        fs::write(&identity, identities.gateway_pem())?;
        let plan = Plan {
            room: room.path().to_owned(),
            listen: free_address()?,
            front,
            identity,
            routes: routes.to_vec(),
            trust,
            worker: room.worker(),
        };
        for (name, text) in found.product.configuration(&plan) {
            fs::write(room.file(&name), text)?;
        }
        let children = launch(found, &plan, &room)?;
        Ok(Self { children, room, plan, found: found.clone() })
    }

    /// Asks until the answer is right and those who write logs beside the gateway have taken note of it.
    async fn wait(&mut self, path: &str, right: &str) -> bool {
        let until = Instant::now() + START;
        while Instant::now() < until {
            let left = until.saturating_duration_since(Instant::now());
            let gateway = self.gateway();
            if !wait_until_ready(&mut self.children, &gateway, path, right, left).await {
                return false;
            }
            if self.children.len() == 1 || self.logs().iter().all(|(_, _, text)| text.contains(path)) {
                return true;
            }
            tokio::time::sleep(PAUSE).await;
        }
        false
    }

    fn why(&mut self) -> String {
        let mut files = vec![self.found.product.output()];
        files.extend(self.found.product.logs().into_iter().map(|(name, _)| name.to_owned()));
        files.dedup();
        let what = if self.children.iter_mut().any(Running::has_ended) {
            "ended right after its start"
        } else {
            "runs, and its healthy route gives no right answer"
        };
        format!("{} {what}; the last that it wrote:{}", self.found.product.title(), self.room.tail(&files))
    }

    /// How the lab's clients ask it.
    #[must_use]
    pub fn gateway(&self) -> Gateway {
        Gateway {
            address: self.plan.listen,
            host: NAME.to_owned(),
            front: self.plan.front,
            prefix: String::new(),
        }
    }

    /// Its main configuration file, cut down to this route: file name and text.
    #[must_use]
    pub fn configuration(&self, route: &str) -> (String, String) {
        self.found.product.configuration(&self.plan.only(route)).into_iter().next().unwrap_or_default()
    }

    /// Stops it, so that all that it has to say is written: file name of each log, how lines belong together, and
    /// text.
    #[must_use]
    pub fn stop(mut self) -> Vec<(&'static str, Lines, String)> {
        // The gateway ends before those who write down what it says.
        self.children.clear();
        self.logs()
    }

    fn logs(&self) -> Vec<(&'static str, Lines, String)> {
        let read = |name: &str| {
            let path = self.room.file(name);
            let bytes = match fs::metadata(&path) {
                Ok(about) if about.len() <= LOG_BYTES_MAX => fs::read(&path).unwrap_or_default(),
                _ => Vec::new(),
            };
            String::from_utf8_lossy(&bytes).into_owned()
        };
        self.found.product.logs().into_iter().map(|(name, lines)| (name, lines, read(name))).collect()
    }
}

/// Starts the gateway and those who write logs beside it.
fn launch(found: &Found, plan: &Plan, room: &Room) -> std::io::Result<Vec<Running>> {
    let mut command = found.product.command(&found.program, plan);
    let mut children = vec![Running::start(&mut command, &room.file(&found.product.output()))?];
    for (file, mut command) in found.product.companions(plan) {
        children.push(Running::start(&mut command, &room.file(&file))?);
    }
    Ok(children)
}

/// The path that asks whether a gateway is ready, and the body of the answer that says so.
fn ready(healthy: &str) -> (String, String) {
    (format!("{healthy}{READY}"), format!("lab {READY}\n"))
}

/// Whether this product can be asked by clients that speak so.
///
/// # Errors
/// A sentence for whoever asked.
pub(crate) fn can_be_asked(found: &Found, front: Front) -> Result<(), String> {
    if found.product.fronts().contains(&front) {
        return Ok(());
    }
    Err(format!(
        "{} does not speak {} to its clients, as it is set up here",
        found.product.title(),
        front.title()
    ))
}

/// Whether this product can be asked to reach an upstream so, and by a name that it resolves while it runs.
///
/// # Errors
/// A sentence for whoever asked.
pub fn can_play(found: &Found, speaks: Speaks, by_name: bool) -> Result<(), String> {
    let title = found.product.title();
    if !found.product.speaks().contains(&speaks) {
        let what = match speaks {
            Speaks::Http => "HTTP",
            Speaks::Tls => "TLS",
            Speaks::H2c => "HTTP/2 without TLS",
            Speaks::Fastcgi => "FastCGI",
            Speaks::Uwsgi => "uwsgi",
        };
        return Err(format!("{title} does not speak {what} to its upstreams"));
    }
    if by_name && !found.product.resolves() {
        return Err(format!("{title} asks the system's resolver, and cannot be told to ask the lab's"));
    }
    Ok(())
}

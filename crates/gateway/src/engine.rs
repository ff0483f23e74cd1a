//! A running gateway: what is bound, which cores work, how a plan is put in force and how all ends.
//!
//! One thread a core, each with a runtime of its own and its own sockets on the same ports; one more thread that looks
//! after what all share: names, health checks, certificates.

mod asking;
mod binding;
mod building;
mod checking;
mod hooks;
mod lasting;
mod overview;
mod process;
mod serving;

use std::hash::{BuildHasher, Hasher};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use goodgate_wire::{Bound, ListenError, RootsError, TlsFilesError, bind};
use tokio::runtime::{LocalOptions, LocalRuntime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::core::Shared;
use crate::plan::Plan;
use crate::record::Log;
use crate::upstream::UpstreamState;
use building::{Door, certificates};
pub use hooks::{CertificateKept, Hooks};
use lasting::Lasting;
pub(crate) use overview::Overview;
pub use process::ProcessError;
use serving::Order;

/// Why a plan cannot be put in force. Nothing has changed then.
#[derive(Debug)]
pub enum StartError {
    /// Nobody can connect there.
    Listen(ListenError),
    /// A certificate cannot be used.
    Certificate(TlsFilesError),
    /// The certificates that an upstream trusts cannot be used: the upstream's name and the file.
    Roots(String, PathBuf, Option<RootsError>),
    /// A name that an upstream's TLS expects is none.
    ServerName(String),
    /// The token that the admin address asks for cannot be read from this file, and is not known from before.
    Token(PathBuf),
    /// The access log cannot be opened.
    Log(std::io::Error),
    /// The user of the plan cannot be become.
    Process(ProcessError),
    /// A thread or its runtime cannot be started.
    Thread(std::io::Error),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Listen(error) => write!(f, "cannot listen on {}: {}", error.address, error.hint()),
            Self::Certificate(error) => write!(f, "cannot use a certificate: {error}"),
            Self::Roots(upstream, file, None) => {
                write!(f, "cannot read {}, whose certificates upstream `{upstream}` trusts", file.display())
            }
            Self::Roots(upstream, file, Some(_)) => {
                write!(f, "{} has no certificates that upstream `{upstream}` could trust", file.display())
            }
            Self::ServerName(name) => write!(f, "`{name}` is no name that a certificate could be for"),
            Self::Token(file) => {
                write!(f, "cannot read {}, which has the token of the admin address", file.display())
            }
            Self::Log(error) => write!(f, "cannot open the access log: {error}"),
            Self::Process(error) => write!(f, "{error}"),
            Self::Thread(error) => write!(f, "cannot start a thread: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

/// A running gateway. Dropping it stops it at once; [`Gateway::stop`] waits for requests in hand.
#[derive(Debug)]
pub struct Gateway {
    shared: Arc<Shared>,
    hooks: Hooks,
    cores: Vec<Worker>,
    control: Option<Worker>,
    lasting: Lasting,
    state: Mutex<State>,
}

/// What is in force.
#[derive(Debug)]
struct State {
    plan: Arc<Plan>,
    upstreams: Vec<Arc<UpstreamState>>,
    doors: Vec<Door>,
    /// Where the plan before this one listened besides: its cores may be just about to close.
    closed: Vec<SocketAddr>,
    /// Writers of logs that another took the place of, until the cores have handed over what is left for them.
    old_logs: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Worker {
    orders: UnboundedSender<Order>,
    thread: Option<JoinHandle<()>>,
}

impl Gateway {
    /// Binds all addresses and starts to serve.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running then.
    pub fn start(plan: Plan, hooks: Hooks) -> Result<Self, StartError> {
        let count = cores(&plan);
        let seed = chance();
        let via = format!("{}-{:08x}", plan.name, seed >> 32).into_bytes();
        let plan = Arc::new(building::with_token(plan, None)?);
        let log = start_log(&plan)?;
        let buffers: Vec<_> = (0..count).map(|_| log.as_ref().map(Log::buffer)).collect();
        let shared = Arc::new(Shared::new(via, count, hooks.configuration.clone(), log));
        let (built, mut doors) = building::build(&plan, &[], &[], &hooks, &shared.metrics)?;
        let mut sockets: Vec<Vec<(usize, Bound)>> = (0..count).map(|_| Vec::new()).collect();
        for (place, door) in doors.iter_mut().enumerate() {
            let bound = bind(door.address(), count).map_err(StartError::Listen)?;
            if let Some(address) = bound.first().and_then(|one| one.address().ok()) {
                door.is_at(address);
            }
            for (core, one) in bound.into_iter().enumerate() {
                sockets[core].push((place, one));
            }
        }
        process::raise_descriptors();
        process::give_up_privileges(&plan.process).map_err(StartError::Process)?;
        built.take_effect();
        let mut workers = Vec::new();
        for (number, (sockets, log)) in sockets.into_iter().zip(buffers).enumerate() {
            let listening = sockets.into_iter().map(|(place, one)| (doors[place].clone(), one)).collect();
            let start = serving::Start {
                number: u16::try_from(number).unwrap_or(u16::MAX),
                seed,
                shared: Arc::clone(&shared),
                built: built.clone(),
                listening,
                log,
            };
            workers.push(spawn(&format!("core-{number}"), |runtime, orders| {
                serving::run(runtime, start, orders);
            })?);
        }
        let upstreams = built.upstreams.clone();
        let control = spawn("control", {
            let start = checking::Start {
                shared: Arc::clone(&shared),
                upstreams: upstreams.clone(),
                certificates: certificates(&doors),
                hooks: hooks.clone(),
            };
            |runtime, orders| checking::run(runtime, start, orders)
        })?;
        shared.note_load(&upstreams, &doors, false);
        let lasting = Lasting::of(&plan);
        let state = Mutex::new(State { plan, upstreams, doors, closed: Vec::new(), old_logs: Vec::new() });
        Ok(Self { shared, hooks, cores: workers, control: Some(control), lasting, state })
    }

    /// Where clients can connect.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.state().doors.iter().filter(|door| !door.admin).map(Door::address).collect()
    }

    /// The same for people, with what is spoken there, such as `https://192.0.2.1:443`.
    pub fn listening(&self) -> Vec<String> {
        told(&self.state().doors)
    }

    /// Where numbers and state are told.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.state().doors.iter().find(|door| door.admin).map(Door::address)
    }

    /// Puts another plan in force for requests that begin from now on. What is in hand goes on under the old one;
    /// servers that stand in both keep their connections and what is known of them. The keys that were changed and
    /// have to wait for a restart, which is as it was.
    ///
    /// # Errors
    /// [`StartError`]; the old plan stays in force as a whole.
    pub fn reload(&self, plan: Plan) -> Result<Vec<&'static str>, StartError> {
        self.try_reload(plan).inspect_err(|error| self.shared.note_refusal(error.to_string()))
    }

    /// Notes that a configuration was refused before it became a plan.
    pub fn refused(&self, why: &str) {
        self.shared.note_refusal(why.to_owned());
    }

    fn try_reload(&self, plan: Plan) -> Result<Vec<&'static str>, StartError> {
        let mut state = self.state();
        let plan = Arc::new(building::with_token(plan, Some(&state.plan))?);
        let (built, mut doors) =
            building::build(&plan, &state.upstreams, &state.doors, &self.hooks, &self.shared.metrics)?;
        let mut opened = Vec::new();
        let mut open: Vec<&Door> = state.doors.iter().collect();
        for (place, door) in doors.iter_mut().enumerate() {
            // Port 0 may be asked for more than once, and is another port each time.
            let same =
                |old: &&Door| old.asked == door.asked && (door.asked.port() != 0 || old.admin == door.admin);
            if let Some(known) = open.iter().position(same) {
                door.is_at(open.remove(known).address());
                continue;
            }
            let bound = binding::again(door.address(), self.cores.len(), &state.closed)
                .map_err(StartError::Listen)?;
            if let Some(address) = bound.first().and_then(|one| one.address().ok()) {
                door.is_at(address);
            }
            opened.push((place, bound));
        }
        let closed = open.iter().map(|door| door.address()).collect();
        let mut for_cores: Vec<Vec<(Door, Bound)>> = self.cores.iter().map(|_| Vec::new()).collect();
        for (place, bound) in opened {
            for (core, one) in bound.into_iter().enumerate() {
                for_cores[core].push((doors[place].clone(), one));
            }
        }
        if plan.access_log != state.plan.access_log {
            self.change_log(start_log(&plan)?, &mut state.old_logs);
        }
        built.take_effect();
        for (worker, opened) in self.cores.iter().zip(for_cores) {
            let _ = worker.orders.send(Order::Load { built: built.clone(), doors: doors.clone(), opened });
        }
        if let Some(control) = &self.control {
            let _ = control.orders.send(Order::Load {
                built: built.clone(),
                doors: doors.clone(),
                opened: Vec::new(),
            });
        }
        for tls in certificates(&doors) {
            // They were found to be usable while the plan was prepared, but for what may not be read by us.
            self.hooks.certificates_kept(&tls.reload_if_changed());
        }
        self.shared.note_load(&built.upstreams, &doors, true);
        let waiting = self.lasting.otherwise(&plan);
        state.closed = closed;
        (state.plan, state.upstreams, state.doors) = (plan, built.upstreams, doors);
        Ok(waiting)
    }

    /// Has all cores write to another log from now on.
    fn change_log(&self, log: Option<Log>, old_logs: &mut Vec<JoinHandle<()>>) {
        for worker in &self.cores {
            let _ = worker.orders.send(Order::Log(log.as_ref().map(Log::buffer)));
        }
        let before = std::mem::replace(&mut *self.log(), log);
        old_logs.retain(|writer| !writer.is_finished());
        old_logs.extend(before.and_then(Log::retire));
    }

    /// Opens the access log anew by its name, after it was moved away.
    pub fn reopen_log(&self) {
        if let Some(log) = self.log().as_ref() {
            log.reopen();
        }
    }

    /// How many client connections are open.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Takes no more connections, lets requests in hand end for as long as the plan says, and stops. Whether all ended
    /// by themselves.
    pub fn stop(mut self) -> bool {
        let wait = self.state().plan.process.stop_wait;
        self.shared.stopping.store(true, Ordering::Relaxed);
        for worker in &self.cores {
            let _ = worker.orders.send(Order::Stop);
        }
        let until = Instant::now() + wait;
        while self.connections() > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        let clean = self.connections() == 0;
        self.end();
        clean
    }

    fn end(&mut self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        for worker in self.cores.iter().chain(&self.control) {
            let _ = worker.orders.send(Order::End);
        }
        for worker in self.cores.iter_mut().chain(&mut self.control) {
            if let Some(thread) = worker.thread.take() {
                let _ = thread.join();
            }
        }
        if let Some(log) = self.log().take() {
            log.close();
        }
        let old_logs = std::mem::take(&mut self.state().old_logs);
        old_logs.into_iter().for_each(|writer| drop(writer.join()));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self) -> MutexGuard<'_, Option<Log>> {
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.end();
    }
}

/// Threads of a worker that may wait for a disk. More would only wait for the same disk.
const BLOCKING_THREADS: usize = 32;

fn spawn(
    name: &str,
    run: impl FnOnce(&LocalRuntime, UnboundedReceiver<Order>) + Send + 'static,
) -> Result<Worker, StartError> {
    let (orders, taken) = unbounded_channel();
    let (tell, told) = mpsc::channel();
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        // It stays with the thread that makes it.
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().max_blocking_threads(BLOCKING_THREADS);
        match runtime.build_local(LocalOptions::default()) {
            Ok(runtime) => {
                drop(tell);
                run(&runtime, taken);
            }
            Err(error) => drop(tell.send(error)),
        }
    });
    let thread = thread.map_err(StartError::Thread)?;
    match told.recv() {
        Ok(error) => Err(StartError::Thread(error)),
        Err(RecvError) => Ok(Worker { orders, thread: Some(thread) }),
    }
}

/// The log that the plan wants.
fn start_log(plan: &Plan) -> Result<Option<Log>, StartError> {
    let owner = process::owner(&plan.process).map_err(StartError::Process)?;
    let log = plan.access_log.as_ref().map(|log| Log::start(log, owner));
    log.transpose().map_err(StartError::Log)
}

/// The doors as people read them.
fn told(doors: &[Door]) -> Vec<String> {
    let scheme = |door: &Door| if door.tls.is_some() { "https" } else { "http" };
    doors
        .iter()
        .filter(|door| !door.admin)
        .map(|door| format!("{}://{}", scheme(door), door.address()))
        .collect()
}

fn cores(plan: &Plan) -> usize {
    match plan.process.cores {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        count => count,
    }
}

/// Chance that nothing secret depends on.
fn chance() -> u64 {
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

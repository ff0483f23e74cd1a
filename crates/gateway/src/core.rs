//! What one core works with. Nothing of it is shared with other cores but what [`Shared`] holds, and that is written
//! seldom.

pub(crate) mod buffer;
pub(crate) mod deadline;
pub(crate) mod moment;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use goodgate_wire::FieldLine;
use goodgate_wire::http1::HeadLimits;

use crate::answer::Pages;
use crate::date::write_date;
use crate::engine::Overview;
use crate::exchange::{Spooled, Told};
use crate::files::Folder;
use crate::metrics::{CoreMetrics, Metrics, route_name};
use crate::plan::{Action, Plan, Route};
use crate::record::{Log, LogBuffer, NO_NAME, Name};
use crate::request_id::{RequestId, RequestIds};
use crate::route::{Hit, Router};
use crate::upstream::Local;
use buffer::Buffers;
use deadline::Deadlines;
use moment::{Clock, Moment};

/// What all cores share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The clock of everything that counts time since the gateway began.
    pub(crate) clock: Clock,
    /// Client connections that are open.
    pub(crate) connections: AtomicUsize,
    /// The same of the admin address.
    pub(crate) admin_connections: AtomicUsize,
    /// Whether no new requests are taken any more.
    pub(crate) stopping: AtomicBool,
    /// Our name in Via: one that no other gateway has.
    pub(crate) via: Vec<u8>,
    pub(crate) metrics: Metrics,
    pub(crate) overview: Mutex<Overview>,
    pub(crate) log: Mutex<Option<Log>>,
    /// What of collected bodies is in files.
    pub(crate) spooled: Spooled,
}

impl Shared {
    pub(crate) fn new(via: Vec<u8>, cores: usize, from: String, log: Option<Log>) -> Self {
        Self {
            clock: Clock::new(),
            connections: AtomicUsize::new(0),
            admin_connections: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            via,
            metrics: Metrics::new(cores),
            overview: Mutex::new(Overview { from, cores, ..Overview::default() }),
            log: Mutex::new(log),
            spooled: Spooled::default(),
        }
    }
}

/// A plan that is in force, as a core uses it. Requests that began under it keep it to their end.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) plan: Arc<Plan>,
    pub(crate) router: Router,
    pub(crate) upstreams: Vec<Local>,
    pub(crate) pages: Arc<Pages>,
    pub(crate) limits: HeadLimits,
    pub(crate) metrics: CoreMetrics,
    /// By site and route.
    folders: Vec<Vec<Option<Folder>>>,
    /// By site and route, as the log and the numbers call them.
    route_names: Vec<Vec<Name>>,
}

impl Loaded {
    pub(crate) fn new(
        plan: Arc<Plan>,
        pages: Arc<Pages>,
        upstreams: Vec<Local>,
        metrics: CoreMetrics,
    ) -> Self {
        let clients = &plan.clients;
        let limits = HeadLimits {
            bytes: clients.head_bytes,
            target_bytes: clients.target_bytes,
            field_bytes: clients.head_bytes,
            fields: clients.fields,
        };
        let folder = |route: &Route| match &route.action {
            Action::Files(files) => Some(Folder::new(files)),
            Action::Php(php) => Some(Folder::of_php(php)),
            _ => None,
        };
        let named = |route: &Route| Name::of(&route_name(route));
        Self {
            folders: plan.sites.iter().map(|site| site.routes.iter().map(folder).collect()).collect(),
            route_names: plan.sites.iter().map(|site| site.routes.iter().map(named).collect()).collect(),
            metrics,
            router: Router::new(&plan),
            upstreams,
            plan,
            pages,
            limits,
        }
    }

    /// The route's name; that of none for none.
    pub(crate) fn route_name(&self, hit: Option<Hit>) -> &Name {
        let name = |hit: Hit| self.route_names.get(hit.site)?.get(hit.route);
        hit.and_then(name).unwrap_or(&NO_NAME)
    }

    /// The route of the plan.
    pub(crate) fn route(&self, hit: Hit) -> Option<&Route> {
        self.plan.sites.get(hit.site)?.routes.get(hit.route)
    }

    /// The folder of a route, if it has one.
    pub(crate) fn folder(&self, hit: Hit) -> Option<&Folder> {
        self.folders.get(hit.site)?.get(hit.route)?.as_ref()
    }
}

/// Limits for what servers send: larger than for clients, since there is nobody to tell but a 502.
pub(crate) const SERVER_LIMITS: HeadLimits =
    HeadLimits { bytes: 128 << 10, target_bytes: 0, field_bytes: 64 << 10, fields: 256 };

/// Interim responses (1xx) that a server may send before the final one; more than anybody needs.
pub(crate) const INTERIM_MAX: usize = 16;

/// Memory of a request in hand, used again for the next one.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// The head of the request, as it came.
    pub(crate) text: Vec<u8>,
    pub(crate) lines: Vec<FieldLine>,
    /// What is being sent to the client.
    pub(crate) outward: Vec<u8>,
    /// What becomes of the request.
    pub(crate) told: Told,
    pub(crate) room: Room,
}

/// The part of it that an exchange works in.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// The path in its normal form.
    pub(crate) path: Vec<u8>,
    /// The target as it goes on.
    pub(crate) target: Vec<u8>,
    /// What is being sent to the server.
    pub(crate) upward: Vec<u8>,
    /// The fields of the response.
    pub(crate) answer_lines: Vec<FieldLine>,
}

impl Scratch {
    /// Room enough for most requests, so that nothing grows while one is served.
    fn roomy() -> Self {
        let text = || Vec::with_capacity(2 << 10);
        let lines = || Vec::with_capacity(32);
        let room = Room { upward: text(), answer_lines: lines(), ..Room::default() };
        Self { text: text(), lines: lines(), outward: text(), told: Told::default(), room }
    }

    fn clear(&mut self) {
        let Self { text, lines, outward, room: Room { path, target, upward, answer_lines }, .. } = self;
        for text in [text, outward, path, target, upward] {
            text.clear();
            if text.capacity() > SCRATCH_BYTES {
                text.shrink_to(SCRATCH_BYTES);
            }
        }
        lines.clear();
        answer_lines.clear();
    }
}

/// Bytes of each text that are kept for the next request.
const SCRATCH_BYTES: usize = 8 << 10;
/// Sets of memory that are kept while no request needs them.
const SCRATCHES: usize = 256;

/// A tunnel that is open.
#[derive(Debug)]
pub(crate) struct OpenTunnel<'a>(&'a Core);

impl OpenTunnel<'_> {
    /// Whether the gateway ends.
    pub(crate) fn must_end(&self) -> bool {
        self.0.ends.get()
    }
}

impl Drop for OpenTunnel<'_> {
    fn drop(&mut self) {
        self.0.tunnels.set(self.0.tunnels.get().saturating_sub(1));
    }
}

/// One core.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) number: u16,
    pub(crate) shared: Arc<Shared>,
    pub(crate) buffers: Buffers,
    pub(crate) deadlines: Rc<Deadlines>,
    pub(crate) log: RefCell<Option<LogBuffer>>,
    loaded: RefCell<Rc<Loaded>>,
    ids: RefCell<RequestIds>,
    #[expect(
        clippy::vec_box,
        reason = "each is moved to a request and back, which copies it if it is not boxed"
    )]
    scratches: RefCell<Vec<Box<Scratch>>>,
    chance: Cell<u64>,
    /// Requests that are being answered, tunnels left out.
    in_hand: Cell<usize>,
    tunnels: Cell<usize>,
    ends: Cell<bool>,
    /// The `Date` of answers, and the second that it is of.
    date: RefCell<(u64, Vec<u8>)>,
}

impl Core {
    pub(crate) fn new(number: u16, seed: u64, shared: Arc<Shared>, loaded: Rc<Loaded>) -> Self {
        Self {
            number,
            shared,
            buffers: Buffers::default(),
            deadlines: Rc::default(),
            log: RefCell::new(None),
            loaded: RefCell::new(loaded),
            ids: RefCell::new(RequestIds::new(seed, number)),
            scratches: RefCell::default(),
            // Never 0, from which this kind of chance does not move.
            chance: Cell::new(seed.rotate_left(u32::from(number) + 1) | 1),
            tunnels: Cell::new(0),
            ends: Cell::new(false),
            in_hand: Cell::new(0),
            date: RefCell::new((u64::MAX, Vec::new())),
        }
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Moment {
        self.shared.clock.now()
    }

    /// The plan that is in force now.
    pub(crate) fn loaded(&self) -> Rc<Loaded> {
        Rc::clone(&self.loaded.borrow())
    }

    /// Puts another plan in force, for requests that begin from now on.
    pub(crate) fn load(&self, loaded: Rc<Loaded>) {
        self.loaded.replace(loaded);
    }

    pub(crate) fn next_id(&self) -> RequestId {
        self.ids.borrow_mut().next_id()
    }

    pub(crate) fn scratch(&self) -> Box<Scratch> {
        self.scratches.borrow_mut().pop().unwrap_or_else(|| Box::new(Scratch::roomy()))
    }

    pub(crate) fn give_scratch(&self, mut scratch: Box<Scratch>) {
        scratch.clear();
        let mut scratches = self.scratches.borrow_mut();
        if scratches.len() < SCRATCHES {
            scratches.push(scratch);
        }
    }

    /// Chance that nothing secret depends on (xorshift64).
    pub(crate) fn chance(&self) -> u64 {
        let mut chance = self.chance.get();
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        self.chance.set(chance);
        chance
    }

    /// A request is in hand until what is handed back is dropped.
    pub(crate) fn hold(&self) -> InHand<'_> {
        self.in_hand.set(self.in_hand.get() + 1);
        InHand(self)
    }

    /// Requests that are in hand now, and tunnels.
    pub(crate) fn in_hand(&self) -> usize {
        self.in_hand.get() + self.tunnels.get()
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.shared.stopping.load(Ordering::Relaxed)
    }

    /// Counts a tunnel as open until what is handed back is dropped.
    pub(crate) fn tunnel(&self) -> OpenTunnel<'_> {
        self.tunnels.set(self.tunnels.get() + 1);
        OpenTunnel(self)
    }

    /// Ends all tunnels, which last for as long as nobody does; whether there are none any more.
    pub(crate) fn end_tunnels(&self) -> bool {
        if !self.ends.replace(true) {
            self.deadlines.wake_all();
        }
        self.tunnels.get() == 0
    }

    /// Hands the `Date` of now to `with` (RFC 9110 section 5.6.7).
    pub(crate) fn date<T>(&self, now: Moment, with: impl FnOnce(&[u8]) -> T) -> T {
        let second = self.shared.clock.wall_us(now) / 1_000_000;
        let mut date = self.date.borrow_mut();
        if date.0 != second {
            date.0 = second;
            date.1.clear();
            write_date(i64::try_from(second).unwrap_or(i64::MAX), &mut date.1);
        }
        with(&date.1)
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct InHand<'a>(&'a Core);

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        self.0.in_hand.set(self.0.in_hand.get().saturating_sub(1));
    }
}

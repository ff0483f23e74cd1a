//! One core at work: it accepts, serves each connection in a task of its own, sweeps deadlines and pools, and takes
//! orders.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use goodgate_wire::{AcceptFault, Bound, Channel, Listener, ServerTls, Stream};
use tokio::runtime::LocalRuntime;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::building::{Built, Door};
use crate::core::deadline::TICK;
use crate::core::{Core, Loaded, Shared};
use crate::forward::Introduction;
use crate::front::http1::{self, Connection, Over};
use crate::front::{Visitor, http2};
use crate::metrics::FrontCells;
use crate::record::LogBuffer;
use crate::upstream::Local;

/// What a core starts with.
pub(super) struct Start {
    pub(super) number: u16,
    pub(super) seed: u64,
    pub(super) shared: Arc<Shared>,
    pub(super) built: Built,
    pub(super) listening: Vec<(Door, Bound)>,
    pub(super) log: Option<LogBuffer>,
}

/// What a worker is told.
#[derive(Debug)]
pub(super) enum Order {
    /// Another plan is in force. `doors` are all that are open from now on, `opened` those that are new.
    Load { built: Built, doors: Vec<Door>, opened: Vec<(Door, Bound)> },
    /// Requests are recorded by way of this from now on, if at all.
    Log(Option<LogBuffer>),
    /// No more connections.
    Stop,
    /// The end, whatever is in hand.
    End,
}

/// How often tunnels are given a turn to end when all ends; each turn is one for many of them.
const FAREWELLS: usize = 10_000;

/// Connections to the admin address at once: more than a few watchers have, and too few to harm. They count by
/// themselves, so that what happens can be seen where all others are taken.
const ADMIN_CONNECTIONS: usize = 64;

/// Runs one core until it is told to end.
pub(super) fn run(runtime: &LocalRuntime, start: Start, orders: UnboundedReceiver<Order>) {
    runtime.block_on(serve(start, orders));
}

/// Doors of this core, by address; telling one closes it.
type Doors = Rc<RefCell<HashMap<SocketAddr, OpenDoor>>>;

struct OpenDoor {
    door: Rc<RefCell<Door>>,
    close: Rc<Notify>,
}

async fn serve(start: Start, mut orders: UnboundedReceiver<Order>) {
    let Some(metrics) = start.built.metrics.get(usize::from(start.number)).cloned() else { return };
    let Built { plan, pages, upstreams, .. } = &start.built;
    let upstreams = Local::all(upstreams, &[]);
    let loaded = Rc::new(Loaded::new(Arc::clone(plan), Arc::clone(pages), upstreams, metrics));
    let core = Rc::new(Core::new(start.number, start.seed, start.shared, loaded));
    *core.log.borrow_mut() = start.log;
    let doors = Doors::default();
    for (door, bound) in start.listening {
        open(&core, &doors, door, bound);
    }
    tokio::task::spawn_local(tick(Rc::clone(&core)));
    while let Some(order) = orders.recv().await {
        match order {
            Order::Load { built, doors: wanted, opened } => {
                let Some(metrics) = built.metrics.get(usize::from(core.number)).cloned() else { break };
                let upstreams = Local::all(&built.upstreams, &core.loaded().upstreams);
                core.load(Rc::new(Loaded::new(built.plan, built.pages, upstreams, metrics)));
                change_doors(&core, &doors, &wanted, opened);
            }
            Order::Log(log) => drop(core.log.replace(log)),
            Order::Stop => {
                for (_, door) in doors.borrow_mut().drain() {
                    door.close.notify_one();
                }
                core.deadlines.wake_all();
            }
            Order::End => break,
        }
    }
    // Their records would be lost with them.
    for _ in 0..FAREWELLS {
        if core.end_tunnels() {
            break;
        }
        tokio::task::yield_now().await;
    }
    if let Some(log) = core.log.borrow_mut().as_mut() {
        log.flush();
    }
}

fn change_doors(core: &Rc<Core>, doors: &Doors, wanted: &[Door], opened: Vec<(Door, Bound)>) {
    doors.borrow_mut().retain(|address, open| {
        let stays = wanted.iter().find(|door| door.address() == *address);
        match stays {
            Some(door) => *open.door.borrow_mut() = door.clone(),
            None => open.close.notify_one(),
        }
        stays.is_some()
    });
    for (door, bound) in opened {
        open(core, doors, door, bound);
    }
}

fn open(core: &Rc<Core>, doors: &Doors, door: Door, bound: Bound) {
    // What fails here is the reactor's registration; the other cores still listen on the same port.
    let Ok(listener) = bound.start() else { return };
    let (address, close) = (door.address(), Rc::new(Notify::new()));
    let door = Rc::new(RefCell::new(door));
    doors.borrow_mut().insert(address, OpenDoor { door: Rc::clone(&door), close: Rc::clone(&close) });
    tokio::task::spawn_local(accept(Rc::clone(core), listener, door, close));
}

async fn accept(core: Rc<Core>, listener: Listener, door: Rc<RefCell<Door>>, close: Rc<Notify>) {
    loop {
        tokio::select! {
            biased;
            () = close.notified() => break,
            (stream, peer) = listener.accept(|_| core.loaded().metrics.front.accept_failed.one()) => admit(&core, stream, peer, &door.borrow()),
        }
    }
    // What lies in the queue would be reset: these clients are served, and told that the connection ends.
    std::future::poll_fn(|cx| {
        while let std::task::Poll::Ready(Ok((stream, peer))) = listener.poll_accept(cx) {
            admit(&core, stream, peer, &door.borrow());
        }
        std::task::Poll::Ready(())
    })
    .await;
}

/// Begins to serve a connection, if there may be another one. What only some connections need, or need only for a
/// moment, is boxed: each holds the memory of its task while it is idle.
fn admit(core: &Rc<Core>, stream: Stream, peer: SocketAddr, door: &Door) {
    let Some(counted) = Counted::new(core, door.admin) else { return };
    let listener = door.entrance();
    let visitor = Rc::new(Visitor {
        peer,
        introduction: Introduction::of(peer.ip(), listener.scheme),
        listener,
        server_name: None,
        admin: door.admin,
    });
    match &door.tls {
        None => {
            let mut connection = Connection::new(Rc::clone(core), Channel::Plain(stream), door.http2);
            tokio::task::spawn_local(async move {
                let over = http1::serve(&mut connection, &visitor).await;
                if let Some(rest) = go_on(connection, over, visitor) {
                    rest.await;
                }
                drop(counted);
            });
        }
        Some(tls) => {
            let shaking = Box::pin(shake_hands(Rc::clone(core), tls.clone(), stream, visitor));
            tokio::task::spawn_local(async move {
                if let Some(Shaken { mut connection, visitor, http2 }) = shaking.await {
                    let over =
                        if http2 { Over::Http2 } else { http1::serve(&mut connection, &visitor).await };
                    if let Some(rest) = go_on(connection, over, visitor) {
                        rest.await;
                    }
                }
                drop(counted);
            });
        }
    }
}

/// What is still to be done for a connection behind HTTP/1.1.
fn go_on(
    connection: Connection,
    over: Over,
    visitor: Rc<Visitor>,
) -> Option<Pin<Box<impl Future<Output = ()>>>> {
    let Connection { core, channel, inward, .. } = connection;
    match over {
        Over::Closed => None,
        Over::Reset => {
            channel.reset();
            None
        }
        Over::Http2 => Some(Box::pin(http2::serve(core, channel, inward, visitor))),
    }
}

/// A connection with TLS.
struct Shaken {
    connection: Connection,
    visitor: Rc<Visitor>,
    /// Whether HTTP/2 was agreed on.
    http2: bool,
}

/// Begins TLS with a client, within the time for that; `None` where it failed.
async fn shake_hands(
    core: Rc<Core>,
    tls: ServerTls,
    stream: Stream,
    mut visitor: Rc<Visitor>,
) -> Option<Shaken> {
    let limit = core.loaded().plan.clients.tls;
    match timeout(limit, tls.accept(stream)).await {
        Ok(Ok(accepted)) => {
            Rc::make_mut(&mut visitor).server_name = accepted.server_name;
            let http2 = accepted.alpn.as_deref() == Some("h2");
            return Some(Shaken {
                connection: Connection::new(core, accepted.channel, false),
                visitor,
                http2,
            });
        }
        Ok(Err(refused)) => {
            core.loaded().metrics.front.tls_failed.one();
            if refused.fault == AcceptFault::PlainHttp {
                Box::pin(http1::refuse_plain(&core, Channel::Plain(refused.stream), &visitor)).await;
            }
        }
        Err(_) => core.loaded().metrics.front.tls_failed.one(),
    }
    None
}

/// A connection that counts while it lasts.
struct Counted {
    shared: Arc<Shared>,
    /// `None` for the admin address, whose connections are no client's.
    front: Option<Arc<FrontCells>>,
}

impl Counted {
    /// `None` where there are too many already.
    fn new(core: &Core, admin: bool) -> Option<Self> {
        let loaded = core.loaded();
        let front = (!admin).then(|| Arc::clone(&loaded.metrics.front));
        if let Some(front) = &front {
            front.accepted.one();
            front.open.up();
        }
        let counted = Self { shared: Arc::clone(&core.shared), front };
        let most = if admin { ADMIN_CONNECTIONS } else { loaded.plan.clients.connections_max };
        if counted.count().fetch_add(1, Ordering::Relaxed) < most {
            return Some(counted);
        }
        if let Some(front) = &counted.front {
            front.refused.one();
        }
        None
    }

    /// Among which it counts.
    fn count(&self) -> &AtomicUsize {
        if self.front.is_some() { &self.shared.connections } else { &self.shared.admin_connections }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.count().fetch_sub(1, Ordering::Relaxed);
        if let Some(front) = &self.front {
            front.open.down();
        }
    }
}

/// How often pools and the log are looked at.
const HOUSEKEEPING: Duration = Duration::from_secs(1);

async fn tick(core: Rc<Core>) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let every = u64::try_from(HOUSEKEEPING.as_millis() / TICK.as_millis()).unwrap_or(1).max(1);
    let (began, mut next) = (std::time::Instant::now(), 0);
    loop {
        ticks.tick().await;
        let now = u64::try_from(began.elapsed().as_millis() / TICK.as_millis()).unwrap_or(u64::MAX);
        core.deadlines.sweep(now);
        core.loaded().upstreams.iter().for_each(Local::make_room);
        if now >= next {
            next = now + every;
            core.shared.clock.follow();
            let now_ms = core.now().ms();
            let loaded = core.loaded();
            loaded.metrics.front.in_hand.set(core.in_hand() as u64);
            for upstream in &loaded.upstreams {
                upstream.sweep(now_ms);
                upstream.say_levels();
            }
            if let Some(log) = core.log.borrow_mut().as_mut() {
                log.tick(now_ms.saturating_mul(1000));
            }
        }
    }
}

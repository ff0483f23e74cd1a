//! Those on one core who wait for a connection to an upstream whose servers all have as many as they may.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::oneshot::{Receiver, Sender, channel};

use super::places::{Place, Places};
use super::{Care, Leg, Local, ServerState};

/// Who waits on this core.
#[derive(Debug, Default)]
pub(super) struct Line {
    waiting: RefCell<VecDeque<Waiting>>,
    /// Connections that were handed on in a row while others wait on other cores.
    handed: Cell<u32>,
}

/// Somebody who waits.
#[derive(Debug)]
struct Waiting {
    /// The servers that will do: not those that were asked before, or may not be asked.
    servers: Rc<[Arc<ServerState>]>,
    tell: Sender<Box<Leg>>,
}

impl Waiting {
    fn wants(&self, server: &Arc<ServerState>) -> bool {
        self.servers.iter().any(|wanted| Arc::ptr_eq(wanted, server))
    }
}

/// Connections that go from hand to hand on one core before those that wait on others have their turn: that closes one
/// and opens another.
const HANDED_MAX: u32 = 16;

/// What came of waiting.
#[derive(Debug)]
pub(crate) enum Room {
    /// A connection that somebody else does not need any more.
    Leg(Box<Leg>),
    /// One more may be opened.
    Place(Place<Arc<Places>>),
}

impl Line {
    /// Hands a connection to whoever waits for one to its server, or has it go for somebody on another core; otherwise
    /// it is given back.
    pub(super) fn hand(&self, mut leg: Box<Leg>) -> Option<Box<Leg>> {
        let mut waiting = self.waiting.borrow_mut();
        let here = waiting.iter().filter(|one| one.wants(leg.server())).count();
        if here == 0 {
            return Some(leg);
        }
        let elsewhere = leg.server().connections.waiting() > here;
        if elsewhere && self.handed.get() >= HANDED_MAX {
            self.handed.set(0);
            return None;
        }
        self.handed.set(if elsewhere { self.handed.get() + 1 } else { 0 });
        while let Some(first) = waiting.iter().position(|one| one.wants(leg.server())) {
            let Some(first) = waiting.remove(first) else { break };
            match first.tell.send(leg) {
                Ok(()) => return None,
                // It has gone away meanwhile.
                Err(back) => leg = back,
            }
        }
        Some(leg)
    }

    fn join(&self, servers: &Rc<[Arc<ServerState>]>) -> Receiver<Box<Leg>> {
        let (tell, told) = channel();
        let mut waiting = self.waiting.borrow_mut();
        waiting.retain(|known| !known.tell.is_closed());
        waiting.push_back(Waiting { servers: Rc::clone(servers), tell });
        told
    }
}

/// Waits for room at one of these servers, by their places, as long as it takes; `None` where too many wait already.
/// A connection of somebody else is taken only where `care` says how closely it is to be looked at.
pub(crate) async fn room(local: &Local, full: &[usize], care: Option<Care>) -> Option<(usize, Room)> {
    let plan = &local.state.plan;
    let length = plan.queue.map_or(plan.connections.max, |queue| queue.length);
    let servers = || full.iter().filter_map(|place| Some((*place, local.servers.get(*place)?)));
    let in_line: Option<Vec<_>> =
        servers().map(|(_, server)| server.state.connections.line_up(length)).collect();
    let _in_line = in_line?;
    let wanted: Rc<[_]> = servers().map(|(_, server)| Arc::clone(&server.state)).collect();
    let mut handed = care.map(|care| (local.line.join(&wanted), care));
    let mut opening: Vec<_> = servers()
        .map(|(place, server)| (place, Box::pin(Places::take(Arc::clone(&server.state.connections)))))
        .collect();
    poll_fn(|cx| {
        while let Some((told, care)) = &mut handed
            && let Poll::Ready(Ok(mut leg)) = Pin::new(&mut *told).poll(cx)
        {
            let found = servers().find(|(_, server)| Arc::ptr_eq(&server.state, leg.server()));
            if let Some((place, _)) = found.filter(|_| care.finds_alive(&mut leg)) {
                return Poll::Ready(Some((place, Room::Leg(leg))));
            }
            // It goes, and makes room.
            *told = local.line.join(&wanted);
        }
        for (place, opening) in &mut opening {
            if let Poll::Ready(taken) = opening.as_mut().poll(cx) {
                return Poll::Ready(Some((*place, Room::Place(taken))));
            }
        }
        Poll::Pending
    })
    .await
}

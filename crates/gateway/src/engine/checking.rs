//! What all cores share is looked after here: names resolved again, servers asked whether they are well.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use goodgate_wire::{Channel, Limits, Peer, ServerTls, dial, http1};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{AbortHandle, LocalSet};

use super::serving::Order;
use crate::core::{SERVER_LIMITS, Shared};
use crate::front::frame::Sent;
use crate::plan::{Health, Protocol, Timeouts};
use crate::resolve;
use crate::upstream::{Addresses, ServerState, UpstreamState};

/// Runs until it is told to end.
pub(super) fn run(
    shared: Arc<Shared>,
    upstreams: Vec<Arc<UpstreamState>>,
    certificates: Vec<ServerTls>,
    orders: UnboundedReceiver<Order>,
) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    let local = LocalSet::new();
    local.block_on(&runtime, look_after(shared, upstreams, certificates, orders));
}

async fn look_after(
    shared: Arc<Shared>,
    upstreams: Vec<Arc<UpstreamState>>,
    certificates: Vec<ServerTls>,
    mut orders: UnboundedReceiver<Order>,
) {
    let mut tasks = Tasks::default();
    tasks.follow(&shared, &upstreams);
    tasks.watch(certificates);
    while let Some(order) = orders.recv().await {
        match order {
            Order::Load { built, doors, .. } => {
                tasks.follow(&shared, &built.upstreams);
                tasks.watch(doors.into_iter().filter_map(|door| door.tls).collect());
            }
            Order::Stop => {}
            Order::End => break,
        }
    }
}

/// How often the files of certificates are looked at.
const CERTIFICATES_EVERY: Duration = Duration::from_secs(5);

/// What runs for each server, by where the server's state lies.
#[derive(Default)]
struct Tasks {
    names: HashMap<usize, AbortHandle>,
    checks: Vec<AbortHandle>,
    certificates: Option<AbortHandle>,
}

impl Tasks {
    /// Reads these certificates anew whenever their files change.
    fn watch(&mut self, certificates: Vec<ServerTls>) {
        let watching = async move {
            loop {
                tokio::time::sleep(CERTIFICATES_EVERY).await;
                for tls in certificates.clone() {
                    // Files are read where nobody waits for this thread.
                    let _ = tokio::task::spawn_blocking(move || tls.reload_if_changed()).await;
                }
            }
        };
        let task = tokio::task::spawn_local(watching).abort_handle();
        if let Some(before) = self.certificates.replace(task) {
            before.abort();
        }
    }

    /// Looks after these upstreams and no others.
    fn follow(&mut self, shared: &Arc<Shared>, upstreams: &[Arc<UpstreamState>]) {
        let mut names = HashMap::new();
        self.checks.drain(..).for_each(|check| check.abort());
        for upstream in upstreams {
            for server in &upstream.servers {
                if resolve::is_named(server) {
                    let key = Arc::as_ptr(server) as usize;
                    let task = self.names.remove(&key).unwrap_or_else(|| {
                        let following =
                            resolve::follow(Arc::downgrade(server), upstream.plan.timeouts.resolve);
                        tokio::task::spawn_local(following).abort_handle()
                    });
                    names.insert(key, task);
                }
                if let Some(health) = &upstream.plan.health {
                    let (shared, server) = (Arc::clone(shared), Arc::downgrade(server));
                    let checking = check(shared, server, health.clone(), upstream.plan.timeouts);
                    self.checks.push(tokio::task::spawn_local(checking).abort_handle());
                }
            }
        }
        let gone = std::mem::replace(&mut self.names, names);
        gone.into_values().for_each(|task| task.abort());
    }
}

async fn check(shared: Arc<Shared>, server: Weak<ServerState>, health: Health, timeouts: Timeouts) {
    while let Some(held) = server.upgrade() {
        let began = Instant::now();
        let asked = tokio::time::timeout(health.timeout, is_well(&held, &health, &timeouts));
        let well = asked.await.unwrap_or(false);
        held.standing.checked(well, &health, shared.clock.now().ms());
        drop(held);
        let next = health.every.saturating_sub(began.elapsed()).max(Duration::from_millis(50));
        tokio::time::sleep(next).await;
    }
}

/// Whether the server is well: at each of its addresses, since any may be asked.
async fn is_well(server: &ServerState, health: &Health, timeouts: &Timeouts) -> bool {
    if matches!(&*server.addresses(), Addresses::Unknown) {
        resolve::refresh(server, timeouts.resolve).await;
    }
    let Addresses::At(peers) = &*server.addresses() else { return false };
    for peer in peers {
        if !answers_well(server, peer, health, timeouts).await {
            return false;
        }
    }
    !peers.is_empty()
}

async fn answers_well(server: &ServerState, peer: &Peer, health: &Health, timeouts: &Timeouts) -> bool {
    let limits = Limits { connect: timeouts.connect, tls: timeouts.tls, ..Limits::default() };
    let Ok((stream, _)) = dial(peer, &limits).await else { return false };
    if server.plan.protocol == Protocol::FastCgi {
        // FastCGI has no request that would say how the application is without running it.
        return true;
    }
    let channel = match &server.tls {
        Some(tls) => match tls.connect(stream, limits.tls).await {
            Ok(channel) => channel,
            Err(_) => return false,
        },
        None => Channel::Plain(stream),
    };
    let host = health.host.clone().unwrap_or_else(|| server.plan.authority());
    let mut request = Vec::new();
    for piece in ["GET ", &health.path, " HTTP/1.1\r\nHost: ", &host, CHECK_FIELDS] {
        request.extend_from_slice(piece.as_bytes());
    }
    let (from, to) = health.expect;
    status(channel, &request).await.is_some_and(|status| (from..=to).contains(&status))
}

const CHECK_FIELDS: &str =
    "\r\nUser-Agent: goodgate-health-check\r\nAccept: */*\r\nConnection: close\r\n\r\n";

/// Sends the request and reads no more than the status of the answer; `None` where there is none.
async fn status(mut channel: Channel, request: &[u8]) -> Option<u16> {
    let mut sent = Sent::default();
    poll_fn(|cx| sent.poll_write(cx, &mut channel, request, &[], &[])).await.ok()?;
    let (mut bytes, mut lines) = (Vec::new(), Vec::new());
    loop {
        let mut piece = [0; 4096];
        match poll_fn(|cx| channel.poll_read(cx, &mut piece)).await.ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&piece[..count]),
        }
        if let Some(head) = http1::response_head(&bytes, b"GET", &SERVER_LIMITS, &mut lines).ok()? {
            match head.status {
                100..200 => drop(bytes.drain(..head.bytes)),
                status => return Some(status),
            }
        }
    }
}

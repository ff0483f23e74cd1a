//! What all cores share is looked after here: names resolved again, servers asked whether they are well.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, Weak};
use std::time::{Duration, Instant};

use goodgate_wire::ServerTls;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{AbortHandle, LocalSet};

use super::asking;
use super::serving::Order;
use crate::core::Shared;
use crate::health::Checked;
use crate::plan::{Health, Timeouts};
use crate::resolve;
use crate::upstream::{ServerState, UpstreamState};

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
            Order::Log(_) | Order::Stop => {}
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
        let answer = asking::ask(&held, &health, &timeouts).await;
        let (well, at_ms) = (asking::is_well(&answer, &health), shared.clock.now().ms());
        held.standing.checked(well, &health, at_ms);
        *held.checked.lock().unwrap_or_else(PoisonError::into_inner) = Some(Checked { at_ms, well, answer });
        drop(held);
        let next = health.every.saturating_sub(began.elapsed()).max(Duration::from_millis(50));
        tokio::time::sleep(next).await;
    }
}

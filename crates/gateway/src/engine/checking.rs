//! What all cores share is looked after here: names resolved again, servers asked whether they are well.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use goodgate_wire::ServerTls;
use tokio::runtime::LocalRuntime;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{AbortHandle, spawn_local};

use super::building;
use super::serving::Order;
use super::{Hooks, asking};
use crate::core::Shared;
use crate::plan::{Health, Timeouts};
use crate::resolve;
use crate::upstream::{ServerState, UpstreamState};

/// What it starts with.
pub(super) struct Start {
    pub(super) shared: Arc<Shared>,
    pub(super) upstreams: Vec<Arc<UpstreamState>>,
    pub(super) certificates: Vec<ServerTls>,
    pub(super) hooks: Hooks,
}

/// Runs until it is told to end.
pub(super) fn run(runtime: &LocalRuntime, start: Start, orders: UnboundedReceiver<Order>) {
    runtime.block_on(look_after(start, orders));
}

async fn look_after(start: Start, mut orders: UnboundedReceiver<Order>) {
    let Start { shared, upstreams, certificates, hooks } = start;
    let mut tasks = Tasks::default();
    tasks.follow(&shared, &upstreams);
    tasks.watch(certificates, &hooks);
    while let Some(order) = orders.recv().await {
        match order {
            Order::Load { built, doors, .. } => {
                tasks.follow(&shared, &built.upstreams);
                tasks.watch(building::certificates(&doors), &hooks);
            }
            Order::Log(_) | Order::Stop => {}
            Order::End => break,
        }
    }
}

/// How often the files of certificates are looked at.
const CERTIFICATES_EVERY: Duration = Duration::from_secs(5);

/// What runs, for each server by where its state lies.
#[derive(Default)]
struct Tasks {
    names: HashMap<usize, Task<Duration>>,
    checks: HashMap<usize, Task<(Health, Timeouts)>>,
    certificates: Option<AbortHandle>,
}

/// A task, and the rules that it goes by. It ends where this is dropped.
struct Task<R> {
    rules: R,
    running: AbortHandle,
}

impl<R> Drop for Task<R> {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Tasks {
    /// Reads these certificates anew whenever their files change.
    fn watch(&mut self, certificates: Vec<ServerTls>, hooks: &Hooks) {
        let hooks = hooks.clone();
        let watching = async move {
            loop {
                tokio::time::sleep(CERTIFICATES_EVERY).await;
                for tls in certificates.clone() {
                    // Files are read where nobody waits for this thread.
                    let read = tokio::task::spawn_blocking(move || tls.reload_if_changed()).await;
                    hooks.certificates_kept(&read.unwrap_or_default());
                }
            }
        };
        let task = spawn_local(watching).abort_handle();
        if let Some(before) = self.certificates.replace(task) {
            before.abort();
        }
    }

    /// Looks after these upstreams and no others. What goes by the same rules as before goes on.
    fn follow(&mut self, shared: &Arc<Shared>, upstreams: &[Arc<UpstreamState>]) {
        let mut names = std::mem::take(&mut self.names);
        let mut checks = std::mem::take(&mut self.checks);
        for upstream in upstreams {
            let timeouts = upstream.plan.timeouts;
            for server in &upstream.servers {
                let key = Arc::as_ptr(server) as usize;
                if resolve::is_named(server) {
                    let known = names.remove(&key).filter(|known| known.rules == timeouts.resolve);
                    let begin = || Task {
                        rules: timeouts.resolve,
                        running: spawn_local(resolve::follow(Arc::downgrade(server), timeouts.resolve))
                            .abort_handle(),
                    };
                    self.names.insert(key, known.unwrap_or_else(begin));
                }
                let rules = upstream.plan.health.clone().map(|health| (health, timeouts));
                match (checks.remove(&key), rules) {
                    (Some(known), Some(rules)) if known.rules == rules => {
                        self.checks.insert(key, known);
                    }
                    (_, rules) => {
                        // Nobody would ever take back what was found by rules that are no more.
                        server.forget_checks();
                        if let Some(rules) = rules {
                            let checking = check(Arc::clone(shared), Arc::downgrade(server), rules.clone());
                            let running = spawn_local(checking).abort_handle();
                            self.checks.insert(key, Task { rules, running });
                        }
                    }
                }
            }
        }
    }
}

async fn check(shared: Arc<Shared>, server: Weak<ServerState>, (health, timeouts): (Health, Timeouts)) {
    while let Some(held) = server.upgrade() {
        let began = Instant::now();
        let seen = asking::ask(&held, &health, &timeouts).await;
        held.checked(seen, &health, shared.clock.now().ms());
        drop(held);
        let next = health.every.saturating_sub(began.elapsed()).max(Duration::from_millis(50));
        tokio::time::sleep(next).await;
    }
}

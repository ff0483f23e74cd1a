//! The stage of an origin: which scene is on, and what the players on its connections have to be told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::seen::Seen;
use crate::identities::Identities;
use crate::recipe::Speaks;
use crate::step::Step;

/// Resting connections have so long to be gone before a recipe begins. A gateway that watches its idle connections
/// closes its side within milliseconds.
const CLEAR_MAX: Duration = Duration::from_millis(500);

/// Some gateways look at an idle connection only when they want to use it again. Where that showed the last time,
/// waiting for them is in vain, and this is only for FIN to arrive.
const CLEAR_DEAF_MAX: Duration = Duration::from_millis(30);

/// What is played on connections that are accepted while it is on.
#[derive(Debug)]
pub(super) struct Scene {
    /// Counts up with every change.
    pub(super) number: u64,
    pub(super) steps: Vec<Step>,
}

/// What every player listens to.
#[derive(Clone, Copy, Debug, Default)]
struct Cue {
    /// Who rests in an earlier scene than this leaves.
    rest_until: u64,
    /// Everybody leaves when this has changed.
    downs: u64,
}

/// Shared by an origin and all its connections.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) speaks: Speaks,
    pub(super) identities: Arc<Identities>,
    pub(super) seen: Seen,
    cue: watch::Sender<Cue>,
    /// How many connections rest between two requests, by the number of their scene.
    resting: watch::Sender<BTreeMap<u64, usize>>,
    /// The last time, a peer did not react to the end of a connection.
    deaf: AtomicBool,
}

impl Stage {
    pub(super) fn new(speaks: Speaks, identities: Arc<Identities>) -> Self {
        Self {
            speaks,
            identities,
            seen: Seen::default(),
            cue: watch::Sender::new(Cue::default()),
            resting: watch::Sender::new(BTreeMap::new()),
            deaf: AtomicBool::new(false),
        }
    }

    /// Sends home whoever rests in a scene before this one, and waits for a while until they are gone.
    pub(super) async fn clear(&self, number: u64) {
        self.cue.send_modify(|cue| cue.rest_until = number);
        let mut resting = self.resting.subscribe();
        let gone = resting.wait_for(|resting| resting.range(..number).next().is_none());
        let patience = if self.deaf.load(Ordering::Relaxed) { CLEAR_DEAF_MAX } else { CLEAR_MAX };
        // Whoever is still there then has been told all the same: its peer gets FIN, and does not react.
        let outcome = timeout(patience, gone).await;
        self.deaf.store(outcome.is_err(), Ordering::Relaxed);
    }

    /// Sends everybody home.
    pub(super) fn down(&self) {
        self.cue.send_modify(|cue| cue.downs += 1);
    }

    /// The ear of a player in the scene with this number.
    pub(super) fn listener(self: &Arc<Self>, scene: u64) -> Ear {
        let cue = self.cue.subscribe();
        let downs = cue.borrow().downs;
        Ear { stage: Arc::clone(self), cue, downs, scene }
    }
}

/// What a player on one connection listens with.
pub(super) struct Ear {
    stage: Arc<Stage>,
    cue: watch::Receiver<Cue>,
    downs: u64,
    scene: u64,
}

impl Ear {
    /// Comes back when whoever rests in this scene has to leave.
    pub(super) async fn called_off(&mut self) {
        let scene = self.scene;
        // Where the stage is gone, everything ends anyway.
        let _ = self.cue.wait_for(|cue| cue.rest_until > scene).await;
    }

    /// Comes back when everybody has to leave.
    pub(super) async fn down(&mut self) {
        let downs = self.downs;
        let _ = self.cue.wait_for(|cue| cue.downs != downs).await;
    }

    /// Counts this connection among those that rest, until the answer is dropped.
    pub(super) fn rest(&self) -> Resting {
        self.stage.resting.send_modify(|resting| *resting.entry(self.scene).or_default() += 1);
        Resting { stage: Arc::clone(&self.stage), scene: self.scene }
    }
}

/// A connection that rests between two requests.
pub(super) struct Resting {
    stage: Arc<Stage>,
    scene: u64,
}

impl Drop for Resting {
    fn drop(&mut self) {
        self.stage.resting.send_modify(|resting| {
            if let Some(count) = resting.get_mut(&self.scene) {
                *count -= 1;
                if *count == 0 {
                    resting.remove(&self.scene);
                }
            }
        });
    }
}

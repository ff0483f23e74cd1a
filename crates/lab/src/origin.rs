//! An origin: one upstream port of ours that plays a recipe, and is healthy before and after.
//!
//! It knows nothing of gateways and clients, and judges nothing.

mod bytes;
mod ending;
mod listening;
mod playing;
mod port;
mod seen;
mod stage;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::identities::Identities;
use crate::lab_error::LabError;
use crate::observation::Upstream;
use crate::recipe::{Listen, Recipe, Speaks};
use crate::step::{Identity, Step};
pub(crate) use ending::{Ending, end};
use listening::{Change, Keeper};
pub(crate) use playing::play_on;
pub(crate) use port::Port;
use stage::Stage;

/// One upstream port of ours. Dropping it frees the port and ends everything that goes on there.
#[derive(Debug)]
pub struct Origin {
    address: SocketAddr,
    stage: Arc<Stage>,
    changes: mpsc::Sender<Change>,
    keeper: AbortHandle,
}

impl Origin {
    /// Listens on this address (port 0: any free one) and is healthy, in the protocol that it speaks.
    ///
    /// Has to be called within a tokio runtime with time and input and output enabled.
    ///
    /// # Errors
    /// [`LabError::Listen`] where the address cannot be had.
    pub async fn bind(at: SocketAddr, speaks: Speaks, identities: Arc<Identities>) -> Result<Self, LabError> {
        let port = Port::bind(at).map_err(|source| LabError::Listen { at, source })?;
        let address = port.address();
        let stage = Arc::new(Stage::new(speaks, identities));
        let (changes, orders) = mpsc::channel(1);
        let keeper = Keeper::new(port, Arc::clone(&stage), healthy(speaks));
        let keeper = tokio::spawn(keeper.run(orders)).abort_handle();
        Ok(Self { address, stage, changes, keeper })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on, plays this recipe on every connection that is made.
    ///
    /// Connections that rest between two requests are closed in order first, and waited for, at most half a second.
    ///
    /// # Errors
    /// [`LabError::Unplayable`] where the recipe is not one for this origin; [`LabError::Listen`] where the port
    /// could not be listened on again.
    pub async fn play(&self, recipe: &Arc<Recipe>) -> Result<(), LabError> {
        let steps = self.steps(recipe)?;
        let scene = self.change(steps, recipe.listen).await?;
        self.stage.clear(scene).await;
        Ok(())
    }

    /// Is healthy again on every connection that is made from now on. Connections on which a recipe is being played
    /// go on with it.
    ///
    /// # Errors
    /// [`LabError::Listen`] where the port could not be listened on again.
    pub async fn heal(&self) -> Result<(), LabError> {
        self.change(healthy(self.stage.speaks), Listen::Accept).await.map(drop)
    }

    /// What it saw since it was last told to [`forget`](Self::forget): connections that it accepted, and requests
    /// that bore this token. What the kernel refuses or keeps in a queue is not seen.
    #[must_use]
    pub fn upstream(&self, token: &str) -> Upstream {
        self.stage.seen.upstream(token)
    }

    /// Begins to count anew.
    pub fn forget(&self) {
        self.stage.seen.forget();
    }

    fn steps(&self, recipe: &Recipe) -> Result<Vec<Step>, LabError> {
        let unplayable = |why: &str, mend: &str| LabError::Unplayable {
            recipe: recipe.name.clone(),
            why: why.to_owned(),
            mend: mend.to_owned(),
        };
        if recipe.process.is_some() {
            return Err(unplayable(
                "it is played by a real application server",
                "start that application server instead",
            ));
        }
        if recipe.speaks != self.stage.speaks {
            return Err(unplayable(
                "this origin speaks another protocol than the recipe",
                "play it on an origin that was bound for the recipe's protocol",
            ));
        }
        // Where the fault is in the name or in the comings and goings of the port, the rest is healthy.
        let only_around = recipe.dns.is_some() || recipe.listen == Listen::Restart;
        if recipe.steps.is_empty() && only_around {
            return Ok(healthy(self.stage.speaks));
        }
        Ok(recipe.steps.clone())
    }

    async fn change(&self, steps: Vec<Step>, listen: Listen) -> Result<u64, LabError> {
        let gone = LabError::Gone { at: self.address };
        let (done, answer) = oneshot::channel();
        if self.changes.send(Change { steps, listen, done }).await.is_err() {
            return Err(gone);
        }
        match answer.await {
            Ok(Ok(scene)) => Ok(scene),
            Ok(Err(source)) => Err(LabError::Listen { at: self.address, source }),
            Err(_) => Err(gone),
        }
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// The steps of a healthy origin.
fn healthy(speaks: Speaks) -> Vec<Step> {
    match speaks {
        Speaks::Tls => vec![Step::Tls(Identity::Valid), Step::Serve],
        Speaks::Http | Speaks::H2c | Speaks::Fastcgi | Speaks::Uwsgi => vec![Step::Serve],
    }
}

//! The lab as a server that anybody can ask: recipes by path, by header or by port, and any status on demand.
//!
//! It reports where it listens and leaves it to others to say so.

mod accept;
mod near;
mod page;
mod route;
mod site;
mod status;
mod visit;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::identities::Identities;
use crate::lab_error::LabError;
use crate::origin::{Origin, Port};
use crate::recipe::Recipe;

/// More connections at once are closed at once: beyond what one process can usually have open.
const CONNECTIONS_MAX: usize = 20_000;

/// Where the system has no connection to give, it is asked again after this time.
const ACCEPT_AGAIN: Duration = Duration::from_millis(10);

/// What to serve, and where.
#[derive(Clone, Debug)]
pub struct ServeSettings {
    /// Where recipes are played by path and by header, statuses are answered and everything is explained; `None` for
    /// nowhere.
    pub main: Option<SocketAddr>,
    /// Ports that play one recipe each, on every connection.
    pub ports: Vec<(SocketAddr, Arc<Recipe>)>,
    /// What is shown where TLS is spoken.
    pub identities: Arc<Identities>,
}

/// A port that is being served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// Where; with the port that was given where any free one was asked for.
    pub at: SocketAddr,
    /// The recipe that it plays; `None` for the one that plays them all.
    pub recipe: Option<String>,
}

/// Serves until it is dropped. `ready` is called once, when every port is listening, with the main one first.
///
/// Has to be called within a tokio runtime with time and input and output enabled.
///
/// # Errors
/// [`LabError::Listen`] where an address cannot be had; [`LabError::Unplayable`] where a recipe cannot be played by
/// a port alone.
pub async fn serve(settings: ServeSettings, ready: impl FnOnce(&[Served])) -> Result<(), LabError> {
    let mut served = Vec::new();
    let main = match settings.main {
        Some(at) => Some(Port::bind(at).map_err(|source| LabError::Listen { at, source })?),
        None => None,
    };
    served.extend(main.iter().map(|port| Served { at: port.address(), recipe: None }));
    let mut origins = Vec::new();
    for (at, recipe) in &settings.ports {
        let origin = play(*at, recipe, &settings.identities).await?;
        served.push(Served { at: origin.address(), recipe: Some(recipe.name.clone()) });
        origins.push(origin);
    }
    ready(&served);
    match main {
        Some(port) => receive(&port, &settings.identities).await,
        None => std::future::pending().await,
    }
}

async fn play(
    at: SocketAddr,
    recipe: &Arc<Recipe>,
    identities: &Arc<Identities>,
) -> Result<Origin, LabError> {
    if recipe.dns.is_some() {
        return Err(LabError::Unplayable {
            recipe: recipe.name.clone(),
            why: "what goes wrong in it is the name of the origin, which no port can play".to_owned(),
            mend: "use `goodgate lab compare`, which brings a name server of its own".to_owned(),
        });
    }
    let origin = Origin::bind(at, recipe.speaks, Arc::clone(identities)).await?;
    origin.play(recipe).await?;
    Ok(origin)
}

/// Accepts visitors. Every one gets a task; all of them end when this is dropped.
async fn receive(port: &Port, identities: &Arc<Identities>) -> Result<(), LabError> {
    let mut visitors = JoinSet::new();
    loop {
        tokio::select! {
            accepted = port.accept() => match accepted {
                Ok(stream) if visitors.len() < CONNECTIONS_MAX => {
                    visitors.spawn(visit::visit(stream, Arc::clone(identities)));
                }
                Ok(_) => {}
                Err(_) => sleep(ACCEPT_AGAIN).await,
            },
            Some(_) = visitors.join_next(), if !visitors.is_empty() => {}
        }
    }
}

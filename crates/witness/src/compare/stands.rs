//! What plays the recipes for one product: an origin of its own for each, and what stands around it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use goodgate_lab::{
    Application, Identities, LabError, NameServer, Origin, Reach, Recipe, identities::NAME as ORIGIN_NAME,
};
use tokio::sync::Mutex;

use super::Compare;
use crate::products::{Found, Route, To};
use crate::room::Room;
use crate::started::can_play;

/// The control recipe: a gateway that fails it is misconfigured, and nothing else that it does counts.
pub(super) const CONTROL: &str = "healthy";

/// Where origins and name servers listen: any free port.
const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A recipe with what plays it.
#[derive(Debug)]
pub(super) struct Stand {
    /// Index into the recipes; `None` where nobody asked for it.
    pub(super) recipe: Option<usize>,
    pub(super) plays: Arc<Recipe>,
    pub(super) route: Route,
    pub(super) stage: Stage,
}

/// What plays a recipe.
#[derive(Debug)]
pub(super) enum Stage {
    /// An origin.
    Origin(Origin),
    /// A name server; the origin is healthy.
    Name(Origin, NameServer),
    /// A real application server, in a folder of its own.
    Application(
        Arc<Mutex<Application>>,
        #[expect(dead_code, reason = "its folder has to be there as long as it is")] Room,
    ),
}

/// All that is set up for a product.
pub(super) struct Stands {
    pub(super) control: Stand,
    pub(super) others: Vec<Stand>,
    /// Recipes that cannot be played to this product, and why.
    pub(super) not_played: Vec<(usize, String)>,
}

impl Stands {
    /// The routes that the gateway needs, that of the control recipe first.
    pub(super) fn routes(&self) -> Vec<Route> {
        std::iter::once(&self.control).chain(&self.others).map(|stand| stand.route.clone()).collect()
    }

    /// How many of the recipes that were asked for are going to be played.
    pub(super) fn wanted(&self) -> usize {
        self.others.len() + usize::from(self.control.recipe.is_some())
    }
}

/// Binds what plays the recipes; `Err` where not even the control recipe can be played.
pub(super) async fn set_up(
    found: &Found,
    settings: &Compare,
    identities: &Arc<Identities>,
) -> Result<Stands, String> {
    let at = settings.recipes.iter().position(|recipe| recipe.name == CONTROL);
    let control = at
        .and_then(|at| settings.recipes.get(at))
        .or_else(|| goodgate_lab::recipes().iter().find(|recipe| recipe.name == CONTROL));
    let control =
        control.ok_or_else(|| format!("there is no recipe {CONTROL}, which tells whether it works"))?;
    let control = stand(found, at, control, identities).await?;
    let mut stands = Stands { control, others: Vec::new(), not_played: Vec::new() };
    for (index, recipe) in settings.recipes.iter().enumerate().filter(|(index, _)| Some(*index) != at) {
        match stand(found, Some(index), recipe, identities).await {
            Ok(stand) => stands.others.push(stand),
            Err(why) => stands.not_played.push((index, why)),
        }
    }
    Ok(stands)
}

async fn stand(
    found: &Found,
    index: Option<usize>,
    recipe: &Arc<Recipe>,
    identities: &Arc<Identities>,
) -> Result<Stand, String> {
    // Whether the product can do it is settled before anything is started.
    let asks_names = recipe.dns.is_some();
    can_play(found, recipe.speaks, asks_names)?;
    let (stage, to, script, waits) =
        stage(found, recipe, identities).await.map_err(|problem| problem.to_string())?;
    let route = Route { name: recipe.name.clone(), speaks: recipe.speaks, to, script, waits };
    Ok(Stand { recipe: index, plays: Arc::clone(recipe), route, stage })
}

async fn stage(
    found: &Found,
    recipe: &Arc<Recipe>,
    identities: &Arc<Identities>,
) -> Result<(Stage, To, Option<std::path::PathBuf>, Option<Duration>), LabError> {
    if recipe.process.is_some() {
        let in_room =
            |source| LabError::system("making a folder", source, "see the folder for temporary files");
        let room = Room::new("application").map_err(in_room)?;
        let application = Application::prepare(recipe, room.path())?;
        if application.needs_gateway_without_root() && stays_root(found, &room) {
            return Err(LabError::Unplayable {
                recipe: recipe.name.clone(),
                why: format!("{} runs as root here, and root may open any socket", found.product.title()),
                mend: "ask a gateway whose workers are not root, such as nginx".to_owned(),
            });
        }
        let to = match application.reach() {
            Reach::Tcp(address) => To::Tcp(*address),
            Reach::Unix(path) => To::Unix(path.clone()),
        };
        let script = application.script_root().map(|root| root.join("index.php"));
        let waits = application.gateway_waits();
        return Ok((Stage::Application(Arc::new(Mutex::new(application)), room), to, script, waits));
    }
    let origin = Origin::bind(ANY, recipe.speaks, Arc::clone(identities)).await?;
    let address = origin.address();
    if recipe.dns.is_some() {
        let server = NameServer::bind(ANY, ORIGIN_NAME, address.ip()).await?;
        let (host, resolver) = (ORIGIN_NAME.to_owned(), server.address());
        let to = To::Name { host, port: address.port(), resolver };
        return Ok((Stage::Name(origin, server), to, None, None));
    }
    Ok((Stage::Origin(origin), To::Tcp(address), None, None))
}

/// Whether the gateway connects to its upstreams as root.
fn stays_root(found: &Found, room: &Room) -> bool {
    room.is_of_root() && (found.product.stays_root() || room.worker().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::products::products;

    #[tokio::test]
    async fn modes_of_sockets_are_not_asked_of_those_that_stay_root() {
        let identities = Arc::new(Identities::new().unwrap());
        let recipe =
            goodgate_lab::recipes().iter().find(|recipe| recipe.name == "php-fpm-socket-mode").unwrap();
        for product in products().into_iter().filter(|product| product.speaks().contains(&recipe.speaks)) {
            let found = Found { product, program: product.program().into(), version: String::new() };
            let room = Room::new("test").unwrap();
            match stand(&found, None, recipe, &identities).await {
                Ok(_) => assert!(!stays_root(&found, &room), "{}", product.id()),
                // Without root, or without PHP-FPM, it cannot be played at all.
                Err(why) => assert!(
                    why.contains("php-fpm is not installed")
                        || if room.is_of_root() {
                            product.stays_root() && why.contains("root may open any socket")
                        } else {
                            why.contains("root")
                        },
                    "{}: {why}",
                    product.id()
                ),
            }
        }
    }
}

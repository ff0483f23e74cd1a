//! Playing recipes to a gateway that runs, many at a time.

use std::process::{Command, Stdio};
use std::sync::Arc;

use goodgate_lab::{
    Drive, Gateway, LabError, Limits, Listen, Observation, Origin, Recipe, Verdict, examine, examine_fault,
};
use tokio::task::{JoinSet, spawn_blocking};

use super::faults::{Misnamed, Troubled};
use super::stands::{Stage, Stand};
use crate::products::{Route, program};

/// How recipes are played.
#[derive(Clone, Debug)]
pub(super) struct Playing {
    pub(super) gateway: Arc<Gateway>,
    pub(super) drives: Arc<[Drive]>,
    pub(super) limits: Limits,
    /// So many at the same time.
    pub(super) at_once: usize,
}

/// What came of playing a recipe.
pub(super) struct Played {
    /// Index into the recipes; `None` where nobody asked for it.
    pub(super) recipe: Option<usize>,
    pub(super) route: Route,
    pub(super) outcome: Result<Vec<(Observation, Verdict)>, LabError>,
    /// What commands on the server printed meanwhile: file name and text.
    pub(super) host: Vec<(String, String)>,
    /// What the upstream wrote into its own logs: file name and text.
    pub(super) upstream_logs: Vec<(String, String)>,
}

/// The route of the control recipe, whose origin is healthy all the time: what comes before `/r/healthy`.
const NEIGHBOUR: Option<&str> = Some("");

/// Plays all of them: those that only wait at the same time, those that start programs one after another.
pub(super) async fn play_all(
    playing: &Playing,
    stands: Vec<Stand>,
    on_played: &mut impl FnMut(&str),
) -> Vec<Played> {
    let (applications, mut waiting): (Vec<_>, Vec<_>) =
        stands.into_iter().partition(|stand| matches!(stand.stage, Stage::Application(..)));
    waiting.reverse();
    let mut all = Vec::new();
    let mut tasks = JoinSet::new();
    loop {
        while tasks.len() < playing.at_once
            && let Some(stand) = waiting.pop()
        {
            let playing = playing.clone();
            // What plays it ends with it, so that the machine is not full of servers that have done their part.
            tasks.spawn(async move { play(&playing, &stand, NEIGHBOUR).await });
        }
        let Some(ended) = tasks.join_next().await else { break };
        // One that did not get to its end has been told of by the panic's own message.
        if let Ok(played) = ended {
            on_played(&played.route.name);
            all.push(played);
        }
    }
    for stand in applications {
        let played = play(playing, &stand, NEIGHBOUR).await;
        on_played(&played.route.name);
        all.push(played);
    }
    all
}

/// Plays one.
pub(super) async fn play(playing: &Playing, stand: &Stand, neighbour: Option<&str>) -> Played {
    let Playing { gateway, drives, limits, .. } = playing;
    let recipe = &stand.plays;
    let (mut host, mut upstream_logs) = (Vec::new(), Vec::new());
    let outcome = match &stand.stage {
        Stage::Origin(origin) => match look_at_port(origin, recipe).await {
            Ok(seen) => {
                host = seen;
                examine(gateway, origin, neighbour, recipe, drives, limits).await
            }
            Err(problem) => Err(problem),
        },
        Stage::Name(origin, server) => {
            let answer = recipe.dns.as_ref().map_or(goodgate_lab::DnsAnswer::Right, |dns| dns.answer);
            let mut fault = Misnamed { origin, server, answer };
            examine_fault(gateway, &mut fault, neighbour, recipe, drives, limits).await
        }
        Stage::Application(application, _) => {
            let mut fault = Troubled::new(application).await;
            let outcome = examine_fault(gateway, &mut fault, neighbour, recipe, drives, limits).await;
            (host, upstream_logs) = (fault.host, fault.logs);
            outcome
        }
    };
    Played { recipe: stand.recipe, route: stand.route.clone(), outcome, host, upstream_logs }
}

/// What `ss` says of listeners while the origin's port is in trouble; nothing where the port is as it should be.
async fn look_at_port(origin: &Origin, recipe: &Arc<Recipe>) -> Result<Vec<(String, String)>, LabError> {
    if !matches!(recipe.listen, Listen::Refuse | Listen::NeverAccept | Listen::BacklogFull) {
        return Ok(Vec::new());
    }
    let Some(ss) = program("ss") else { return Ok(Vec::new()) };
    origin.play(recipe).await?;
    let asked = spawn_blocking(move || Command::new(ss).arg("-ltnp").stdin(Stdio::null()).output()).await;
    origin.heal().await?;
    let text = match asked {
        Ok(Ok(output)) => String::from_utf8_lossy(&output.stdout).into_owned(),
        _ => String::new(),
    };
    Ok(if text.is_empty() { Vec::new() } else { vec![("ss-ltnp.txt".to_owned(), text)] })
}

//! Playing recipes to a gateway that runs, many at a time.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use goodgate_lab::{
    Drive, Fault, Gateway, LabError, Limits, Listen, NameServer, Observation, Origin, Recipe, Verdict,
    examine, examine_fault,
};
use goodgate_probe::Look;
use tokio::task::{Id, JoinError, JoinSet, spawn_blocking};

use super::faults::{Misnamed, Troubled};
use super::stands::{Stage, Stand};
use crate::outside;
use crate::products::{Route, program};
use crate::started::Started;

/// How recipes are played.
#[derive(Clone, Debug)]
pub(super) struct Playing {
    pub(super) gateway: Arc<Gateway>,
    pub(super) drives: Arc<[Drive]>,
    pub(super) limits: Limits,
    /// So many at the same time.
    pub(super) at_once: usize,
    /// Whether it is looked at from outside as well.
    pub(super) outside: bool,
}

/// What came of playing a recipe.
pub(super) struct Played {
    /// Index into the recipes; `None` where nobody asked for it.
    pub(super) recipe: Option<usize>,
    pub(super) route: Route,
    pub(super) outcome: Result<Vec<(Observation, Verdict)>, LabError>,
    /// How the gateway's process ended of it; `None` where it went on.
    pub(super) died: Option<String>,
    /// What commands on the server printed meanwhile: file name and text.
    pub(super) host: Vec<(String, String)>,
    /// What the upstream wrote into its own logs: file name and text.
    pub(super) upstream_logs: Vec<(String, String)>,
    /// What a look from outside saw.
    pub(super) look: Option<Arc<Look>>,
}

impl Played {
    /// The same with what came of further drives.
    fn and(mut self, next: Self) -> Self {
        self.outcome = match (self.outcome, next.outcome) {
            (Ok(mut drives), Ok(more)) => {
                drives.extend(more);
                Ok(drives)
            }
            (Err(problem), _) | (_, Err(problem)) => Err(problem),
        };
        self.died = self.died.or(next.died);
        if self.host.is_empty() {
            self.host = next.host;
        }
        if self.upstream_logs.is_empty() {
            self.upstream_logs = next.upstream_logs;
        }
        self.look = self.look.or(next.look);
        self
    }
}

/// The route of the control recipe, whose origin is healthy all the time: what comes before `/r/healthy`.
const NEIGHBOUR: Option<&str> = Some("");

/// How often it is looked whether the gateway still runs.
const LOOK: Duration = Duration::from_millis(100);

/// So many of those that start servers, or among which one has killed the gateway, are played at the same time.
const FEW: usize = 4;

/// Plays all of them: first those that mostly wait, many at a time; then those that start servers, a few at a time.
///
/// Where the gateway dies meanwhile, those that were being played are played again, a few at a time, and where it dies
/// again, one by one.
///
/// # Errors
/// Where the gateway has died and does not start again.
pub(super) async fn play_all(
    playing: &Playing,
    stands: Vec<Stand>,
    started: &mut Started,
    on_played: &mut impl FnMut(&str),
) -> Result<Vec<Played>, String> {
    let (applications, mut waiting): (Vec<_>, Vec<_>) =
        stands.into_iter().map(Arc::new).partition(|stand| matches!(stand.stage, Stage::Application(..)));
    // Gateways die in the protocols that are spoken least; those come first, so that few of the long recipes of the
    // others are under way then and have to be played again.
    waiting.sort_by_key(|stand| Reverse(stand.plays.speaks));
    let mut waiting: VecDeque<_> = waiting.into();
    let mut all = Vec::new();
    let few = Playing { at_once: playing.at_once.min(FEW), ..playing.clone() };
    let mut alone = Vec::new();
    while !waiting.is_empty() {
        let mut suspects = play_together(playing, &mut waiting, &mut all, started, on_played).await?;
        while !suspects.is_empty() {
            alone.extend(play_together(&few, &mut suspects, &mut all, started, on_played).await?);
        }
    }
    // What a real server breaks is not the message, so that one way to ask shows it; starting servers takes time.
    let plain = playing.drives.iter().find(|drive| **drive == Drive::Get).or(playing.drives.first());
    let plain = Playing { drives: plain.into_iter().copied().collect(), ..few };
    let mut applications: VecDeque<_> = applications.into();
    while !applications.is_empty() {
        alone.extend(play_together(&plain, &mut applications, &mut all, started, on_played).await?);
    }
    for stand in alone {
        let playing = if matches!(stand.stage, Stage::Application(..)) { &plain } else { playing };
        let played = play_watched(playing, &stand, started).await?;
        on_played(&played.route.name);
        all.push(played);
    }
    Ok(all)
}

/// Plays those that wait, so many at a time, until none is left or the gateway has died. It is started again then, and
/// those that were being played are returned.
async fn play_together(
    playing: &Playing,
    waiting: &mut VecDeque<Arc<Stand>>,
    all: &mut Vec<Played>,
    started: &mut Started,
    on_played: &mut impl FnMut(&str),
) -> Result<VecDeque<Arc<Stand>>, String> {
    let mut under_way: VecDeque<(Id, Arc<Stand>)> = VecDeque::new();
    let mut tasks = JoinSet::new();
    loop {
        while tasks.len() < playing.at_once
            && let Some(stand) = waiting.pop_front()
        {
            let (playing, played) = (playing.clone(), Arc::clone(&stand));
            let task = tasks.spawn(async move { Box::pin(play(&playing, &played, NEIGHBOUR)).await });
            under_way.push_back((task.id(), stand));
        }
        let ended = tokio::select! {
            ended = tasks.join_next_with_id() => ended,
            () = tokio::time::sleep(LOOK) => None,
        };
        if started.end().is_some() {
            // What has just ended may have ended because of it.
            tasks.shutdown().await;
            started.restart().await?;
            return Ok(under_way.into_iter().map(|(_, stand)| stand).collect());
        }
        if let Some(played) = ended.and_then(|ended| came_of(ended, &mut under_way)) {
            on_played(&played.route.name);
            all.push(played);
        }
        if tasks.is_empty() && waiting.is_empty() {
            return Ok(VecDeque::new());
        }
    }
}

/// What came of the task that has ended, which is no longer under way.
fn came_of(
    ended: Result<(Id, Played), JoinError>,
    under_way: &mut VecDeque<(Id, Arc<Stand>)>,
) -> Option<Played> {
    let id = match &ended {
        Ok((id, _)) => *id,
        Err(problem) => problem.id(),
    };
    let at = under_way.iter().position(|(task, _)| *task == id)?;
    let (_, stand) = under_way.remove(at)?;
    Some(ended.map_or_else(|_| mistaken(&stand), |(_, played)| played))
}

/// A recipe whose task did not get to its end: nobody cancels one, so that it panicked.
fn mistaken(stand: &Stand) -> Played {
    let problem = LabError::Unplayable {
        recipe: stand.plays.name.clone(),
        why: "what plays it has panicked".to_owned(),
        mend: "this is a mistake of the lab; report it".to_owned(),
    };
    Played {
        recipe: stand.recipe,
        route: stand.route.clone(),
        outcome: Err(problem),
        died: None,
        host: Vec::new(),
        upstream_logs: Vec::new(),
        look: None,
    }
}

/// Plays one, one drive after another.
async fn play_watched(playing: &Playing, stand: &Stand, started: &mut Started) -> Result<Played, String> {
    let mut whole: Option<Played> = None;
    for (index, drive) in playing.drives.iter().enumerate() {
        let outside = playing.outside && index + 1 == playing.drives.len();
        let one = Playing { drives: [*drive].into(), outside, ..playing.clone() };
        let played = play_guarded(&one, stand, started).await?;
        whole = Some(match whole {
            None => played,
            Some(before) => before.and(played),
        });
    }
    whole.ok_or_else(|| "there is no way to ask".to_owned())
}

/// Plays one, and starts the gateway again at once where it dies of it, as a service manager does.
async fn play_guarded(playing: &Playing, stand: &Stand, started: &mut Started) -> Result<Played, String> {
    let mut died = None;
    let mut played = {
        let mut playing = std::pin::pin!(play(playing, stand, NEIGHBOUR));
        loop {
            tokio::select! {
                biased;
                played = &mut playing => break played,
                () = tokio::time::sleep(LOOK) => {}
            }
            if let Some(end) = started.end() {
                died.get_or_insert(end);
                started.restart().await?;
            }
        }
    };
    if let Some(end) = started.end() {
        died.get_or_insert(end);
        started.restart().await?;
    }
    played.died = died;
    Ok(played)
}

/// Plays one.
pub(super) async fn play(playing: &Playing, stand: &Stand, neighbour: Option<&str>) -> Played {
    let Playing { gateway, drives, limits, .. } = playing;
    let recipe = &stand.plays;
    let (mut host, mut upstream_logs, mut look) = (Vec::new(), Vec::new(), None);
    let mut outcome = match &stand.stage {
        Stage::Origin(origin) => match look_at_port(origin, recipe).await {
            Ok(seen) => {
                host = seen;
                examine(gateway, origin, neighbour, recipe, drives, limits).await
            }
            Err(problem) => Err(problem),
        },
        Stage::Name(origin, server) => {
            let mut fault = misnamed(recipe, origin, server);
            examine_fault(gateway, &mut fault, neighbour, recipe, drives, limits).await
        }
        Stage::Application(application, _) => {
            let mut fault = Troubled::new(application).await;
            let outcome = examine_fault(gateway, &mut fault, neighbour, recipe, drives, limits).await;
            (host, upstream_logs) = (fault.host, fault.logs);
            outcome
        }
    };
    if playing.outside && outcome.is_ok() {
        match look_from_outside(playing, stand).await {
            Ok(seen) => look = seen.map(Arc::new),
            Err(problem) => outcome = Err(problem),
        }
    }
    Played {
        recipe: stand.recipe,
        route: stand.route.clone(),
        outcome,
        died: None,
        host,
        upstream_logs,
        look,
    }
}

fn misnamed<'a>(recipe: &Recipe, origin: &'a Origin, server: &'a NameServer) -> Misnamed<'a> {
    let answer = recipe.dns.as_ref().map_or(goodgate_lab::DnsAnswer::Right, |dns| dns.answer);
    Misnamed { origin, server, answer }
}

/// Plays it once more, and looks at its route meanwhile.
async fn look_from_outside(playing: &Playing, stand: &Stand) -> Result<Option<Look>, LabError> {
    let (gateway, patience) = (playing.gateway.address, playing.limits.patience);
    let name = &stand.route.name;
    match &stand.stage {
        Stage::Origin(origin) => {
            origin.forget();
            origin.play(&stand.plays).await?;
            let look = outside::look(gateway, name, "", patience).await;
            origin.heal().await?;
            Ok(look)
        }
        Stage::Name(origin, server) => {
            let mut fault = misnamed(&stand.plays, origin, server);
            fault.begin().await?;
            let look = outside::look(gateway, name, fault.query(), patience).await;
            fault.end().await?;
            Ok(look)
        }
        Stage::Application(application, _) => {
            let mut fault = Troubled::new(application).await;
            fault.begin().await?;
            let look = outside::look(gateway, name, fault.query(), patience).await;
            fault.end().await?;
            Ok(look)
        }
    }
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

#[cfg(test)]
mod tests {
    use goodgate_lab::{Identities, Speaks, recipes};

    use super::*;
    use crate::products::To;

    #[tokio::test]
    async fn a_recipe_whose_task_panicked_is_told_of() {
        let identities = Arc::new(Identities::new().unwrap());
        let origin = Origin::bind(([127, 0, 0, 1], 0).into(), Speaks::Http, identities).await.unwrap();
        let plays = Arc::clone(&recipes()[0]);
        let name = plays.name.clone();
        let to = To::Tcp(origin.address());
        let route = Route { name: name.clone(), speaks: Speaks::Http, to, script: None, waits: None };
        let stand = Arc::new(Stand { recipe: Some(7), plays, route, stage: Stage::Origin(origin) });

        let mut tasks: JoinSet<Played> = JoinSet::new();
        let task = tasks.spawn(async { unreachable!("as if the lab had made a mistake") });
        let mut under_way = VecDeque::from([(task.id(), stand)]);
        let ended = tasks.join_next_with_id().await.unwrap();
        let played = came_of(ended, &mut under_way).unwrap();

        assert!(under_way.is_empty());
        assert_eq!((played.recipe, &played.route.name), (Some(7), &name));
        let why = played.outcome.err().unwrap().to_string();
        assert!(why.contains(&name) && why.ends_with("this is a mistake of the lab; report it"), "{why}");
    }
}

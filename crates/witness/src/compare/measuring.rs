//! One product: set up, started, asked, stopped, and what it said handed to the recipes that it is about.

use std::sync::Arc;

use goodgate_lab::{Drive, Identities, Kind, Observation};

use super::playing::{Played, Playing, play, play_all};
use super::stands::{CONTROL, Stand, Stands, set_up};
use super::{Compare, Progress};
use crate::matrix::{Cell, Gateway, NotPlayed, Said};
use crate::products::{Found, Lines};
use crate::said::{About, sort};
use crate::started::{Started, can_be_asked};
use crate::stated::stated;

/// Looks from outside that go on at the same time. They send several requests each, and how long they take is measured.
const LOOKS_AT_ONCE: usize = 10;

/// What one product showed.
pub(super) struct Measured {
    pub(super) gateway: Gateway,
    pub(super) cells: Vec<Cell>,
    pub(super) not_played: Vec<NotPlayed>,
}

/// Measures a product, which gets this index; `Err` says why it cannot be measured.
pub(super) async fn measure(
    found: &Found,
    index: usize,
    settings: &Compare,
    identities: &Arc<Identities>,
    progress: &dyn Fn(&Progress),
) -> Result<Measured, String> {
    let title = found.product.title();
    can_be_asked(found, settings.front)?;
    let stands = set_up(found, settings, identities).await?;
    let mut started = Started::new(found, settings.front, &stands.routes(), identities).await?;
    let of = stands.wanted();
    progress(&Progress::Started { title, version: found.version.clone(), recipes: of });

    let drives = settings.drives.iter().copied().filter(|drive| settings.front.knows(*drive));
    let playing = Playing {
        gateway: Arc::new(started.gateway()),
        drives: drives.collect(),
        limits: settings.limits,
        at_once: if settings.outside { settings.at_once.min(LOOKS_AT_ONCE) } else { settings.at_once }.max(1),
        outside: settings.outside,
    };
    let mut done = 0;
    let mut on_played = |recipe: &str| {
        done += 1;
        progress(&Progress::Played { title, recipe: recipe.to_owned(), done, of });
    };
    let Stands { control, others, not_played } = stands;
    let mut all = vec![control_passed(&playing, &control, title, &mut on_played).await?];
    all.extend(play_all(&playing, others, &mut started, &mut on_played).await?);

    let version = found.version.clone();
    let mut measured = Measured {
        gateway: Gateway {
            id: found.product.id(),
            title,
            version,
            configuration: started.configuration(CONTROL).1,
        },
        cells: Vec::new(),
        not_played: Vec::new(),
    };
    let no = |(recipe, why): (usize, String)| NotPlayed { recipe, gateway: index, why };
    measured.not_played.extend(not_played.into_iter().map(no));
    let mut about = Vec::new();
    for Played { recipe, route, outcome, died, host, upstream_logs, look } in all {
        let Some(recipe) = recipe else { continue };
        match outcome {
            Ok(drives) => {
                let configuration = started.configuration(&route.name);
                about.push(About {
                    upstream: route.upstream(),
                    tokens: drives.iter().map(|(seen, _)| seen.token.clone()).collect(),
                    name: route.name,
                });
                let page = drives.iter().find_map(|(seen, _)| page(seen));
                let said = Said { page, logs: Vec::new(), configuration, upstream_logs, host, look };
                let (stated, reading) = (Vec::new(), None);
                measured.cells.push(Cell { recipe, gateway: index, drives, said, stated, died, reading });
            }
            Err(problem) => measured.not_played.push(no((recipe, problem.to_string()))),
        }
    }
    hand_out(&started.stop(), &about, &mut measured.cells);
    for cell in &mut measured.cells {
        if let Some(recipe) = settings.recipes.get(cell.recipe) {
            cell.stated = stated(found.product, recipe, &cell.drives, &cell.said.logs);
        }
    }
    Ok(measured)
}

/// Plays the control recipe before anything else; `Err` where the gateway does not pass even that.
async fn control_passed(
    playing: &Playing,
    control: &Stand,
    title: &str,
    on_played: &mut impl FnMut(&str),
) -> Result<Played, String> {
    let played = play(playing, control, None).await;
    let drives = played.outcome.as_ref().map_err(ToString::to_string)?;
    let plain = drives.iter().find(|(seen, _)| seen.drive == Drive::Get).or(drives.first());
    if let Some((_, verdict)) = plain.filter(|(_, verdict)| verdict.kind != Kind::Right) {
        return Err(format!("{title} fails the control recipe, so its set-up is wrong: {}", verdict.says));
    }
    if played.recipe.is_some() {
        on_played(&played.route.name);
    }
    Ok(played)
}

/// The error answer to the plain GET, as `curl -si` prints it.
fn page(seen: &Observation) -> Option<Vec<u8>> {
    let reply = &seen.reply;
    if seen.drive != Drive::Get || reply.status.is_none_or(|status| status < 400) {
        return None;
    }
    let mut page = Vec::new();
    for line in std::iter::once(&reply.line).chain(&reply.headers) {
        page.extend_from_slice(line);
        page.extend_from_slice(b"\r\n");
    }
    page.extend_from_slice(b"\r\n");
    page.extend_from_slice(&reply.body);
    Some(page)
}

/// Gives each cell the lines that are about it; `about` is in the order of the cells.
fn hand_out(logs: &[(&'static str, Lines, String)], about: &[About], cells: &mut [Cell]) {
    for (name, lines, log) in logs {
        let others: Vec<&str> =
            logs.iter().filter(|(other, ..)| other != name).map(|(_, _, text)| text.as_str()).collect();
        // The folder inside the room says nothing to anybody.
        let name = name.rsplit('/').next().unwrap_or(name);
        for (cell, text) in cells.iter_mut().zip(sort(log, *lines, &others, about)) {
            if !text.is_empty() {
                cell.said.logs.push((name.to_owned(), text));
            }
        }
    }
}

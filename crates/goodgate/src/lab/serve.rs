//! `goodgate lab serve`: the lab as a server for any client and behind any gateway.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use goodgate_lab::{Identities, Recipe, ServeSettings, Served, recipes, serve};

use super::{names, runtime, told_to_end, warn_of_others};
use crate::arguments::{Format, Serve};
use crate::roles::{COULD_NOT_LOOK, FINE, complain, deliver};

pub(super) fn run(command: &Serve) -> u8 {
    let served = settings(command).and_then(|settings| {
        warn_of_others(command.listen);
        runtime()?.block_on(until_told_to_end(settings))
    });
    match served {
        Ok(()) => FINE,
        Err(problem) => {
            complain(&[problem]);
            COULD_NOT_LOOK
        }
    }
}

fn settings(command: &Serve) -> Result<ServeSettings, String> {
    let identities = Arc::new(Identities::new().map_err(|problem| problem.to_string())?);
    if let Some(file) = &command.authority {
        std::fs::write(file, identities.authority_pem())
            .map_err(|e| format!("{file} could not be written: {e}"))?;
    }
    if let Some(name) = &command.recipe {
        let ports = vec![(command.listen, Arc::clone(names::recipe(name)?))];
        return Ok(ServeSettings { main: None, ports, identities });
    }
    let ports = command.ports.map(|first| ports(command.listen, first)).transpose()?.unwrap_or_default();
    Ok(ServeSettings { main: Some(command.listen), ports, identities })
}

/// A port for every recipe that one port can play, in the order of the list.
fn ports(main: SocketAddr, first: u16) -> Result<Vec<(SocketAddr, Arc<Recipe>)>, String> {
    let playable = recipes().iter().filter(|recipe| recipe.process.is_none() && recipe.dns.is_none());
    let numbers = (first..=u16::MAX).filter(|port| *port != main.port());
    let ports: Vec<_> = playable
        .clone()
        .zip(numbers)
        .map(|(recipe, port)| (SocketAddr::new(main.ip(), port), Arc::clone(recipe)))
        .collect();
    let wanted = playable.count();
    if first == 0 || ports.len() < wanted {
        return Err(format!(
            "--ports needs {wanted} ports from {first} on; choose a first one such as 20000"
        ));
    }
    Ok(ports)
}

async fn until_told_to_end(settings: ServeSettings) -> Result<(), String> {
    tokio::select! {
        served = serve(settings, ready) => served.map_err(|problem| problem.to_string()),
        told = told_to_end() => told.map_err(|e| format!("Ctrl-C cannot be waited for: {e}")),
    }
}

/// Says where it listens, and what to ask.
fn ready(served: &[Served]) {
    // Whoever started it without a reader gets the service all the same.
    let _ = deliver(&greeting(served), Format::Text, None);
}

fn greeting(served: &[Served]) -> String {
    let mut out = String::new();
    let ports: Vec<(&Served, &str)> =
        served.iter().filter_map(|one| Some((one, one.recipe.as_deref()?))).collect();
    if let Some(main) = served.iter().find(|one| one.recipe.is_none()) {
        let at = main.at;
        let _ = write!(
            out,
            "The lab listens on http://{at}/ until Ctrl-C. In another terminal:\n\n  \
             curl -i http://{at}/                            what there is\n  \
             curl -i http://{at}/r/fin-in-status-line        plays a recipe (goodgate lab list)\n  \
             curl -i 'http://{at}/status/502?retry-after=30' answers with a status\n"
        );
        if !ports.is_empty() {
            out.push_str("\nA recipe on every connection:\n");
        }
        for (one, recipe) in &ports {
            let _ = writeln!(out, "  {:22} {recipe}", one.at.to_string());
        }
        return out;
    }
    for (one, recipe) in &ports {
        let _ = writeln!(out, "The lab plays {recipe} on every connection to {} until Ctrl-C.", one.at);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_of_one_port_gets_its_own() {
        let main: SocketAddr = "127.0.0.1:20003".parse().unwrap();
        let ports = ports(main, 20000).unwrap();
        assert!(ports.iter().all(|(at, _)| at.ip().is_loopback() && at.port() != 20003));
        assert_eq!(ports[0].0.port(), 20000);
        assert_eq!(ports[3].0.port(), 20004);
        assert!(self::ports(main, 65_530).is_err() && self::ports(main, 0).is_err());
    }

    #[test]
    fn it_says_where_it_listens() {
        let at: SocketAddr = "127.0.0.1:1234".parse().unwrap();
        let main = Served { at, recipe: None };
        let one = Served { at, recipe: Some("healthy".into()) };
        assert!(greeting(&[main]).contains("http://127.0.0.1:1234/r/"));
        assert!(greeting(&[one]).contains("plays healthy on every connection to 127.0.0.1:1234"));
    }
}

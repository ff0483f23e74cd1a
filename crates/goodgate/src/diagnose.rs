//! `goodgate diagnose`: from a site, from files, or from both.

use std::time::Duration;

use goodgate_case::{Diagnosis, Outcome, Seen};
use goodgate_facts::Signal;
use goodgate_probe::{LeftOut, Look};
use url::Url;

use crate::arguments::{Diagnose, Format};
use crate::gather::{self, Gathered};
use crate::outside::watch::{State, View};
use crate::outside::{Extent, Sight};
use crate::roles::{COULD_NOT_LOOK, FINE, IN_PART, PROBLEM, complain, deliver, unwritten};
use crate::words::{args, say, say_with};
use crate::{ask, bundle, outside, redact, render, told, workers};

/// Runs the command; the exit code.
pub(crate) fn run(command: &Diagnose) -> u8 {
    if command.output.no_redact {
        redact::show_secrets();
    }
    match diagnose(command) {
        Ok(code) => code,
        Err(problems) => {
            complain(&problems);
            COULD_NOT_LOOK
        }
    }
}

/// Everything that was gathered before looking.
struct Material<'a> {
    command: &'a Diagnose,
    gathered: Gathered,
    told: Vec<Signal>,
    elsewhere: outside::Elsewhere,
}

fn diagnose(command: &Diagnose) -> Result<u8, Vec<String>> {
    let (site, paths) = outside::split(&command.paths).map_err(|problem| vec![problem])?;
    let site = site.map(|url| {
        let (url, had_user) = outside::without_user(url);
        if had_user {
            complain(&[say("outside-user-left-out")]);
        }
        url
    });
    let mut problems = outside::problems(site.as_ref(), &command.outside);
    if command.outside.watch.is_some() {
        problems.extend(unwatchable(command));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let elsewhere = match &site {
        None => outside::Elsewhere::default(),
        Some(site) => {
            let (elsewhere, remarks) = outside::read_elsewhere(&command.outside.with, site)?;
            complain(&remarks);
            elsewhere
        }
    };
    let mut gathered = if paths.is_empty() { Gathered::default() } else { gather::gather(&paths) };
    gathered.told.extend(command.told.iter().cloned());
    let told: Result<Vec<Signal>, String> = gathered.told.iter().map(|told| told::signal(told)).collect();
    let told = told.map_err(|problem| vec![problem])?;
    if gathered.inputs.is_empty()
        && gathered.seen.is_empty()
        && (site.is_none() || !gathered.problems.is_empty())
    {
        if gathered.problems.is_empty() {
            gathered.problems.push(say("nothing-named"));
        }
        return Err(gathered.problems);
    }
    let mut material = Material { command, gathered, told, elsewhere };
    match (site, command.outside.watch) {
        (Some(site), Some(pause)) => watch(&material, &site, pause),
        (site, _) => {
            let looked = site.map(|url| look_at(&material, url, Extent::Full)).transpose()?;
            let mut diagnosis = conclude(&material, looked.as_ref());
            if command.ask {
                diagnosis = ask_about(&mut material, looked.as_ref(), diagnosis);
            }
            report(&material, looked.as_ref(), &diagnosis)
        }
    }
}

/// A look with what is to be judged of it.
struct Looked {
    sight: Sight,
    seen: Seen,
}

/// Looks at the site, and takes in what looks from elsewhere found.
fn look_at(material: &Material<'_>, site: Url, extent: Extent) -> Result<Looked, Vec<String>> {
    let options = &material.command.outside;
    let sight = outside::look(site, options, extent)?;
    let mut seen = outside::seen(&sight.look);
    seen.evidence.extend(outside::join_elsewhere(&material.elsewhere, &sight));
    Ok(Looked { sight, seen })
}

/// Judges what was looked at together with what was handed in.
fn conclude(material: &Material<'_>, looked: Option<&Looked>) -> Diagnosis {
    let seen = material.gathered.seen.iter().chain(looked.map(|looked| &looked.seen)).cloned();
    goodgate_case::diagnose_seen(&material.gathered.inputs, material.told.clone(), seen, &workers::at_once)
}

/// Asks what only a person knows; what is answered is judged together with what was looked at once.
fn ask_about(material: &mut Material<'_>, looked: Option<&Looked>, first: Diagnosis) -> Diagnosis {
    let reader = material.command.output.reader;
    let mut again = |told: &str| {
        material.told.extend(told::signal(told));
        material.gathered.told.push(told.to_owned());
        conclude(material, looked)
    };
    // The report alone goes to the standard output.
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stderr().lock());
    ask::dialogue(first, reader, &mut again, &mut input, &mut output)
}

/// Writes the answer, and the bundle if one is wanted; the exit code.
fn report(
    material: &Material<'_>,
    looked: Option<&Looked>,
    diagnosis: &Diagnosis,
) -> Result<u8, Vec<String>> {
    let (command, gathered) = (material.command, &material.gathered);
    let output = &command.output;
    let text = render::diagnosis(diagnosis, looked.map(|looked| &looked.sight), output.format, output.reader);
    if let Err(code) = deliver(&text, output.format, output.output.as_deref()) {
        return Ok(code);
    }
    complain(&gathered.problems);
    if let Some(file) = &command.bundle {
        let seen: Vec<&Seen> = gathered.seen.iter().chain(looked.map(|looked| &looked.seen)).collect();
        let (text, remarks) = bundle::write(&gathered.inputs, &gathered.told, &seen, diagnosis);
        complain(&remarks);
        std::fs::write(file, text).map_err(|e| vec![unwritten(file, &e)])?;
    }
    Ok(exit_code(diagnosis.outcome, gathered, looked.map(|looked| &looked.sight.look)))
}

/// What keeps a command from being a watch.
fn unwatchable(command: &Diagnose) -> Vec<String> {
    let output = &command.output;
    let mut problems = Vec::new();
    // What is told of each further look would spoil a document.
    if output.format != Format::Text && output.output.is_none() {
        problems.push(say("outside-watch-format"));
    }
    if command.ask {
        problems.push(say("outside-watch-ask"));
    }
    problems
}

/// Looks until the site is well. A short look each time; only what they find well is looked at in full again. What
/// files say, and what others saw, is of the past: whether it is well now is judged by the looks alone.
fn watch(material: &Material<'_>, site: &Url, pause: u64) -> Result<u8, Vec<String>> {
    let looked = look_at(material, site.clone(), Extent::Full)?;
    let code = report(material, Some(&looked), &conclude(material, Some(&looked)))?;
    if !matches!(alone(&looked.sight.look), Outcome::Fault | Outcome::Masked) {
        return Ok(code);
    }
    complain(&[say_with("outside-watch-begun", &args![n = pause])]);
    let first = State::of(&looked.sight.look, false);
    let mut view = View::begin(first.clone(), looked.sight.look.began);
    let options = &material.command.outside;
    loop {
        std::thread::sleep(Duration::from_secs(pause));
        let mut sight = outside::look(site.clone(), options, Extent::Page)?;
        let mut fine = alone(&sight.look) == Outcome::NoFault;
        if fine {
            sight = outside::look(site.clone(), options, Extent::Full)?;
            fine = alone(&sight.look) == Outcome::NoFault;
        }
        let (now, at) = (State::of(&sight.look, fine), sight.look.began);
        if fine {
            view.end(&first, &now, at);
            return Ok(FINE);
        }
        view.tell(now, at);
    }
}

/// What a look says by itself.
fn alone(look: &Look) -> Outcome {
    goodgate_case::diagnose_seen(&[], Vec::new(), [outside::seen(look)], &workers::at_once).outcome
}

/// Whether what was left out might have shown a failure.
fn leaves_open(left_out: &LeftOut) -> bool {
    let told =
        matches!(left_out, LeftOut::TooManyAddresses(_) | LeftOut::FollowUps | LeftOut::RateLimited(_));
    !told
}

fn exit_code(outcome: Outcome, gathered: &Gathered, look: Option<&Look>) -> u8 {
    let in_part =
        !gathered.problems.is_empty() || look.is_some_and(|look| look.left_out.iter().any(leaves_open));
    match outcome {
        Outcome::Fault | Outcome::Masked => PROBLEM,
        Outcome::NoFault if !in_part => FINE,
        Outcome::NoFault | Outcome::CannotTell => IN_PART,
    }
}

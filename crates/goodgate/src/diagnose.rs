//! `goodgate diagnose`: from a site, from files, or from both.

use goodgate_case::{Outcome, Seen};
use goodgate_facts::Signal;
use goodgate_probe::Look;

use crate::arguments::Diagnose;
use crate::gather::{self, Gathered};
use crate::roles::{COULD_NOT_LOOK, FINE, IN_PART, PROBLEM, complain, deliver, unwritten};
use crate::words::say;
use crate::{bundle, outside, redact, render, told, workers};

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

fn diagnose(command: &Diagnose) -> Result<u8, Vec<String>> {
    let (site, paths) = outside::split(&command.paths).map_err(|problem| vec![problem])?;
    let mut gathered = if paths.is_empty() { Gathered::default() } else { gather::gather(&paths) };
    gathered.told.extend(command.told.iter().cloned());
    let told: Result<Vec<Signal>, String> = gathered.told.iter().map(|told| told::signal(told)).collect();
    let told = told.map_err(|problem| vec![problem])?;
    if gathered.inputs.is_empty() && (site.is_none() || !gathered.problems.is_empty()) {
        if gathered.problems.is_empty() {
            gathered.problems.push(say("nothing-named"));
        }
        return Err(gathered.problems);
    }
    let look = site.map(|url| outside::look(url, &command.outside)).transpose()?;
    let seen = match &look {
        None => Seen::default(),
        Some(look) => {
            let mut seen = outside::seen(look);
            let elsewhere = outside::join_elsewhere(&command.outside.with, look).map_err(|p| vec![p])?;
            seen.evidence.extend(elsewhere);
            seen
        }
    };
    let diagnosis = goodgate_case::diagnose_seen(&gathered.inputs, told, seen, &workers::at_once);
    let output = &command.output;
    let text = render::diagnosis(&diagnosis, look.as_ref(), output.format, output.reader);
    if let Err(code) = deliver(&text, output.format, output.output.as_deref()) {
        return Ok(code);
    }
    complain(&gathered.problems);
    if let Some(file) = &command.bundle {
        let (text, remarks) = bundle::write(&gathered.inputs, &gathered.told, &diagnosis);
        complain(&remarks);
        std::fs::write(file, text).map_err(|e| vec![unwritten(file, &e)])?;
    }
    Ok(exit_code(diagnosis.outcome, &gathered, look.as_ref()))
}

fn exit_code(outcome: Outcome, gathered: &Gathered, look: Option<&Look>) -> u8 {
    let in_part = !gathered.problems.is_empty() || look.is_some_and(|look| !look.left_out.is_empty());
    match outcome {
        Outcome::Fault | Outcome::Masked => PROBLEM,
        Outcome::NoFault if !in_part => FINE,
        Outcome::NoFault | Outcome::CannotTell => IN_PART,
    }
}

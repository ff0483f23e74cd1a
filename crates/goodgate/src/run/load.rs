//! From the command line, or the configuration that it names, to a plan; and which files that took.

use std::path::Path;

use goodgate_gateway::config::{Arguments, from_arguments};
use goodgate_gateway::plan::Plan;

use super::follow::Read;
use super::told::tell;
use crate::arguments::Run;
use crate::check;

/// What came of loading.
pub(super) struct Loaded {
    /// The plan; or why there is none, in a line, after everything that is wrong was told.
    pub(super) plan: Result<Plan, String>,
    /// The files that were read for it.
    pub(super) read: Read,
}

/// The configuration that is run, if it is one: none is wanted where the command line says all.
pub(super) fn configuration(command: &Run) -> Option<&str> {
    let says = !command.listen.is_empty() || !command.to.is_empty() || command.root.is_some();
    match &command.config {
        Some(config) => Some(config),
        None => (!says && Path::new(check::USUAL).exists()).then_some(check::USUAL),
    }
}

/// The configuration, if it can be read again: what came through standard input is gone.
pub(super) fn file(command: &Run) -> Option<&str> {
    configuration(command).filter(|name| *name != "-")
}

/// Reads what is to be run, and tells what is wrong with it. Warnings do not stand in the way, unless somebody only
/// wants to know of them.
pub(super) fn load(command: &Run) -> Loaded {
    let read = Read::default();
    let plan = match configuration(command) {
        None => of_arguments(command),
        Some(name) => of_file(name, command.check, &read),
    };
    Loaded { plan, read }
}

fn of_arguments(command: &Run) -> Result<Plan, String> {
    let arguments = Arguments {
        listen: command.listen.clone(),
        to: command.to.clone(),
        root: command.root.as_deref().map(Into::into),
    };
    from_arguments(&arguments).map_err(|problems| {
        let text = check::problems("", &problems);
        told_first(&text)
    })
}

fn of_file(name: &str, check_only: bool, read: &Read) -> Result<Plan, String> {
    let looked = check::look(name, &|path, content| read.note(path, content)).inspect_err(|why| tell(why))?;
    let text = check::text(std::slice::from_ref(&looked));
    let fine = looked.is_fine();
    match looked.plan {
        Some(plan) if fine && !check_only => Ok(plan),
        Some(plan) if fine || !check_only => {
            told_first(&text);
            Ok(plan)
        }
        _ => Err(told_first(&text)),
    }
}

/// Tells problems, and hands back the first of them without colours.
fn told_first(problems: &str) -> String {
    super::told::write(problems);
    let plain = anstream::adapter::strip_str(problems).to_string();
    plain.lines().next().unwrap_or_default().to_owned()
}

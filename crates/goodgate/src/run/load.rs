//! From the command line, or the configuration that it names, to a plan; and which files that took.

use std::path::Path;

use goodgate_gateway::config::{Arguments, from_arguments};
use goodgate_gateway::plan::Plan;

use super::follow::{Followed, Read};
use super::told::{tell, write};
use crate::arguments::Run;
use crate::check;
use crate::roles::{COULD_NOT_LOOK, PROBLEM};

/// What came of loading.
pub(super) struct Loaded {
    /// The plan; or why there is none, after everything that is wrong was told.
    pub(super) plan: Result<Plan, Refused>,
    /// The files that were read for it.
    pub(super) read: Read,
}

/// Why there is no plan.
#[derive(Debug)]
pub(super) struct Refused {
    /// In a line.
    pub(super) why: String,
    /// What the program says to whoever only wanted to know: that something is wrong, or that it could not look.
    pub(super) code: u8,
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
    configuration(command).filter(|name| !check::is_stream(name))
}

/// The files that are followed from now on: none where that is not wanted, or where a change could not be loaded.
pub(super) fn followed(command: &Run, wanted: bool, read: Read) -> Followed {
    if wanted && file(command).is_some() { Followed::of(read) } else { Followed::default() }
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

fn of_arguments(command: &Run) -> Result<Plan, Refused> {
    let arguments = Arguments {
        listen: command.listen.clone(),
        to: command.to.clone(),
        root: command.root.as_deref().map(Into::into),
    };
    from_arguments(&arguments).map_err(|problems| {
        let text = check::problems("", &problems);
        write(&text);
        Refused { why: text, code: PROBLEM }
    })
}

fn of_file(name: &str, check_only: bool, read: &Read) -> Result<Plan, Refused> {
    let looked = check::look(name, &|path, content| read.note(path, content)).map_err(|why| {
        tell(&why);
        Refused { why, code: COULD_NOT_LOOK }
    })?;
    let fine = looked.is_fine();
    if !fine || check_only {
        write(&check::text(std::slice::from_ref(&looked)));
    }
    let refused = Refused { why: looked.worst(), code: PROBLEM };
    looked.plan.filter(|_| fine || !check_only).ok_or(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(config: &str) -> Run {
        Run { config: Some(config.to_owned()), listen: Vec::new(), to: Vec::new(), root: None, check: false }
    }

    #[test]
    fn a_refusal_names_the_error_and_not_a_warning_above_it() {
        let folder = std::env::temp_dir().join(format!("goodgate-load-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let name = folder.join("goodgate.toml");
        // Everybody is told everything, which is a warning; there is no such upstream, which is an error.
        std::fs::write(&name, "full_account_for = \"0.0.0.0/0\"\n[[site]]\nupstream = \"shop\"\n").unwrap();
        let Refused { why, code } = load(&command(&name.display().to_string())).plan.unwrap_err();
        let _ = std::fs::remove_dir_all(&folder);
        assert!(why.contains("goodgate.toml:3:12 error: site[0].upstream: "), "{why}");
        assert!(!why.contains('\n') && !why.contains('\u{1b}'), "{why:?}");
        let missing = load(&command(&name.display().to_string())).plan.unwrap_err();
        assert_eq!((code, missing.code), (PROBLEM, COULD_NOT_LOOK));
    }

    #[test]
    fn nothing_is_followed_that_could_not_be_loaded_again() {
        let read = || {
            let read = Read::default();
            read.note(Path::new("error.html"), Some(b"page"));
            read
        };
        assert!(!followed(&command("goodgate.toml"), true, read()).is_empty());
        assert!(followed(&command("goodgate.toml"), false, read()).is_empty());
        assert!(followed(&command("-"), true, read()).is_empty());
    }
}

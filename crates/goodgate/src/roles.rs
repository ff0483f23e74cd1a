//! What each command does, and the exit code that follows.

use std::io::Write;
use std::process::ExitCode;

use crate::arguments::{Arguments, Command, Diagnose, Format, Output};
use crate::gather::{self, Gathered};
use crate::render;
use goodgate_case::Outcome;

/// Nothing wrong was found.
const FINE: u8 = 0;
/// A problem was found.
const PROBLEM: u8 = 1;
/// Could not look.
const COULD_NOT_LOOK: u8 = 2;
/// Looked only in part and found nothing.
const IN_PART: u8 = 3;

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let code = match &arguments.command {
        Command::Diagnose(command) => diagnose(command),
    };
    ExitCode::from(code)
}

fn diagnose(command: &Diagnose) -> u8 {
    let gathered = gather::gather(&command.paths);
    if gathered.inputs.is_empty() {
        complain(&gathered.problems);
        return COULD_NOT_LOOK;
    }
    let diagnosis = goodgate_case::diagnose(&gathered.inputs, Vec::new());
    let text = match command.output.format {
        Format::Json => render::json::diagnosis(&diagnosis),
        Format::Text => render::in_words(&diagnosis, command.output.reader),
    };
    if let Err(code) = deliver(&text, &command.output) {
        return code;
    }
    complain(&gathered.problems);
    exit_code(diagnosis.outcome, &gathered)
}

fn exit_code(outcome: Outcome, gathered: &Gathered) -> u8 {
    match outcome {
        Outcome::Fault | Outcome::Masked => PROBLEM,
        Outcome::NoFault if gathered.problems.is_empty() => FINE,
        Outcome::NoFault => IN_PART,
        Outcome::CannotTell => IN_PART,
    }
}

#[expect(clippy::print_stderr, reason = "the binary's own complaints")]
fn complain(problems: &[String]) {
    for problem in problems {
        eprintln!("goodgate: {}", goodgate_facts::visible(problem));
    }
}

/// Writes the answer to where it was asked for.
fn deliver(text: &str, output: &Output) -> Result<(), u8> {
    let written = match &output.output {
        Some(file) => std::fs::write(file, text).map_err(|e| format!("{file} could not be written: {e}")),
        None => match anstream::stdout().lock().write_all(text.as_bytes()) {
            // A reader that has seen enough (head, less) is no failure.
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("the answer could not be written: {e}")),
            _ => Ok(()),
        },
    };
    written.map_err(|problem| {
        complain(&[problem]);
        COULD_NOT_LOOK
    })
}

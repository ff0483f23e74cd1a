//! What each command does, and the exit code that follows.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use goodgate_case::{Diagnosis, Input};

use crate::arguments::{self, Arguments, Command, Format};
use crate::explain::{self, Explanation, fragments};
use crate::gather::{self, Gathered};
use crate::words::{args, say, say_with};
use crate::{check, diagnose, lab, redact, render, run as gateway, words};

/// Nothing wrong was found.
pub(crate) const FINE: u8 = 0;
/// A problem was found.
pub(crate) const PROBLEM: u8 = 1;
/// Could not look.
pub(crate) const COULD_NOT_LOOK: u8 = 2;
/// Looked only in part and found nothing.
pub(crate) const IN_PART: u8 = 3;

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    words::speak(arguments.lang.into());
    let code = match &arguments.command {
        Command::Diagnose(command) => diagnose::run(command),
        Command::Explain(command) => explain(command),
        Command::Lab(command) => lab::run(command),
        Command::Run(command) => gateway::run(command),
        Command::Check(command) => check::run(command),
    };
    ExitCode::from(code)
}

/// What `explain` was given.
enum Asked {
    Words(Vec<Explanation>),
    Inputs(Gathered),
}

fn explain(command: &arguments::Explain) -> u8 {
    if command.output.no_redact {
        redact::show_secrets();
    }
    let asked = match asked(&command.what) {
        Ok(asked) => asked,
        Err(problem) => {
            complain(&[problem]);
            return COULD_NOT_LOOK;
        }
    };
    let (format, reader) = (command.output.format, command.output.reader);
    let (text, unreadable) = match &asked {
        Asked::Words(words) => (render::explanations(words, format, reader), false),
        Asked::Inputs(gathered) => {
            complain(&gathered.problems);
            if gathered.inputs.is_empty() {
                return COULD_NOT_LOOK;
            }
            (render::lines(&understood(gathered), format), !gathered.problems.is_empty())
        }
    };
    match deliver(&text, command.output.format, command.output.output.as_deref()) {
        Err(code) => code,
        Ok(()) if unreadable => COULD_NOT_LOOK,
        Ok(()) => FINE,
    }
}

/// What lines say, as they stand or, if nothing is understood, completed to whole ones.
fn understood(gathered: &Gathered) -> Diagnosis {
    let diagnosis = goodgate_case::diagnose(&gathered.inputs, Vec::new());
    if fragments::tells(&diagnosis) {
        return diagnosis;
    }
    let completed = match gathered.inputs.as_slice() {
        [only] => fragments::diagnose(only),
        _ => None,
    };
    completed.unwrap_or(diagnosis)
}

/// Words if all are known as such; else files if they are; else the arguments are a line.
fn asked(what: &[String]) -> Result<Asked, String> {
    if what.is_empty() || what == ["-"] {
        if std::io::stdin().is_terminal() && what.is_empty() {
            return Err(say("nothing-to-explain"));
        }
        let gathered = gather::gather(&["-".to_owned()]);
        // `echo 502 | goodgate explain` asks for a word as well.
        let text = gathered.inputs.first().map(|input| String::from_utf8_lossy(&input.bytes).into_owned());
        let words = explain::word(text.as_deref().unwrap_or_default());
        return Ok(if words.is_empty() { Asked::Inputs(gathered) } else { Asked::Words(words) });
    }
    let whole = what.join(" ");
    let words = explain::word(&whole);
    if !words.is_empty() {
        return Ok(Asked::Words(words));
    }
    let each: Vec<Vec<Explanation>> = what.iter().map(|word| explain::word(word)).collect();
    if each.iter().all(|found| !found.is_empty()) {
        return Ok(Asked::Words(each.concat()));
    }
    // A path that is not there is a mistake to be told, not a line to be explained.
    let path = |word: &String| Path::new(word).exists() || looks_like_path(word);
    if what.iter().all(path) {
        return Ok(Asked::Inputs(gather::gather(what)));
    }
    let line = Input { name: "(argument)".to_owned(), bytes: format!("{whole}\n").into_bytes() };
    Ok(Asked::Inputs(Gathered { inputs: vec![line], ..Gathered::default() }))
}

/// Whether somebody who typed this meant a file.
fn looks_like_path(word: &str) -> bool {
    let named = [".log", ".txt", ".conf", ".html", ".gz", ".json", ".yaml", ".cfg"]
        .iter()
        .any(|end| word.ends_with(end));
    !word.contains(char::is_whitespace) && (named || word.starts_with('/') || word.starts_with("./"))
}

#[expect(clippy::print_stderr, reason = "the binary's own complaints")]
pub(crate) fn complain(problems: &[String]) {
    for problem in problems {
        eprintln!("goodgate: {}", redact::redact(problem));
    }
}

/// A complaint with what explains it below, a line each.
#[expect(clippy::print_stderr, reason = "the binary's own complaints")]
pub(crate) fn complain_at_length(problem: &str, lines: &[String]) {
    complain(&[problem.to_owned()]);
    for line in lines {
        eprintln!("  {}", redact::redact(line));
    }
}

pub(crate) fn unwritten(file: &str, error: &std::io::Error) -> String {
    say_with("could-not-be-written", &args![name = file, reason = error.to_string()])
}

/// Writes the answer to where it was asked for: a file, or the terminal.
pub(crate) fn deliver(text: &str, format: Format, file: Option<&str>) -> Result<(), u8> {
    let written = match file {
        Some(file) => {
            // A file is no terminal: it gets no colours.
            let plain = match format {
                Format::Text => anstream::adapter::strip_str(text).to_string(),
                _ => text.to_owned(),
            };
            std::fs::write(file, plain).map_err(|e| unwritten(file, &e))
        }
        None => match anstream::stdout().lock().write_all(text.as_bytes()) {
            // A reader that has seen enough (head, less) is no failure.
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(say_with("answer-not-written", &args![reason = e.to_string()]))
            }
            _ => Ok(()),
        },
    };
    written.map_err(|problem| {
        complain(&[problem]);
        COULD_NOT_LOOK
    })
}

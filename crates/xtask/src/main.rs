//! Chores of goodgate's developers: `cargo xtask help`.

mod new;
mod noisy;
mod outside;
mod score;
mod speed;
mod witness;

use std::process::ExitCode;

const HELP: &str = "Chores of goodgate's developers.

  cargo xtask score CORPUS [--only logs] [--wrong] [--floors] [--stack NAME] [--case ID]
      diagnoses every case of a corpus as a user would, and prints how often that was right

  cargo xtask new cause|format|page ID
      writes the one file of a new catalogue entry, log format or page generator, and its list line

  cargo xtask noisy [--seed N] [--count N] [--binary FILE]
      makes healthy services with noisy logs, and lists those that are not found healthy; they stay in target/noisy

  cargo xtask speed [--megabytes N] [--binary FILE]
      writes a folder of 100 MB of mixed logs into target/speed, and measures how long the answer takes beside grep

  cargo xtask witness [PRODUCT…] [--outside] [--json FILE] [--write]
      plays every recipe of the lab behind every gateway that is installed, and prints what they made of it and how
      right goodgate is about it; --write puts the tables into docs/benchmarks.md, --json reads a matrix that was kept;
      --outside looks at each from outside instead, as `goodgate diagnose URL` does
";

#[expect(clippy::print_stderr, clippy::print_stdout, reason = "a command-line tool")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["score", rest @ ..] => score::run(rest).map(|()| true),
        ["new", rest @ ..] => new::run(rest).map(|()| true),
        ["noisy", rest @ ..] => noisy::run(rest),
        ["speed", rest @ ..] => speed::run(rest),
        ["witness", rest @ ..] => witness::run(rest).map(|()| true),
        ["help" | "--help" | "-h"] | [] => {
            println!("{HELP}");
            Ok(true)
        }
        [other, ..] => Err(format!("there is no chore named {other:?}; see `cargo xtask help`")),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::from(2)
        }
    }
}

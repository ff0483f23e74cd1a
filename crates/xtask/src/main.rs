//! Chores of goodgate's developers: `cargo xtask help`.

mod bench;
mod new;
mod noisy;
mod outside;
mod score;
mod speed;
mod storm;
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

  cargo xtask bench gateway [--rounds N] [--seconds N] [--load NAME] [--only goodgate,nginx,haproxy] [--binary FILE] [--write]
      measures what a request costs the gateway in processor time, beside nginx and HAProxy; --write puts the table into
      docs/benchmarks.md

  cargo xtask bench gateway --gates [--binary FILE]
      counts instructions and system calls of a request, and fails where they are more than they may be

  cargo xtask storm [--quick] [--requests N] [--rate N] [--scenario NAME] [--only goodgate,nginx,haproxy] [--binary FILE] [--write]
      sends a steady stream of requests while servers restart, die, hang and refuse and the configuration is loaded
      anew, and counts what each gateway loses; --write puts the table into docs/benchmarks.md
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
        ["bench", "gateway", rest @ ..] => bench::run(rest),
        // The upstream server of the measurements, which start it themselves.
        ["origin", rest @ ..] => bench::origin::run(rest),
        ["storm", rest @ ..] => storm::run(rest),
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

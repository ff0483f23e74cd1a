//! The goodgate binary: arguments in, text or documents out, an exit code.

mod arguments;
mod ask;
mod bundle;
mod check;
mod diagnose;
mod explain;
mod gather;
mod lab;
mod outside;
mod redact;
mod render;
mod roles;
mod run;
mod told;
mod words;
mod workers;

use std::process::ExitCode;

fn main() -> ExitCode {
    roles::run(&arguments::parse())
}

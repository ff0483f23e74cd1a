//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Says why a site answers 502, 503 or 504: which hop failed, why, what to do and who must do it.
#[derive(Debug, Parser)]
#[command(name = "goodgate", version, max_term_width = 110)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Diagnose(Diagnose),
}

/// Reads logs, configurations, error pages and captured command output, and says what failed and why.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  goodgate diagnose /var/log/nginx /etc/nginx/nginx.conf
  goodgate diagnose error.log --for owner
  ss -ltnp | goodgate diagnose error.log nginx.conf -
  goodgate diagnose case/ --format json -o answer.json

Exit codes: 0 nothing wrong found; 1 a problem found; 2 could not look; 3 looked only in part and found nothing.")]
pub(crate) struct Diagnose {
    /// Files and folders (logs, configurations, pages, captured output, bundles); - for standard input.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<String>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Output {
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Writes the answer to FILE instead of the terminal.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<String>,
    /// For whom to write.
    #[arg(long = "for", value_enum, default_value_t = Reader::Operator, value_name = "WHO")]
    pub(crate) reader: Reader,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, on a terminal.
    Text,
    /// A document for programs (see docs/schema).
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reader {
    /// Has a browser.
    Visitor,
    /// Has the content-management system, a hosting panel and FTP.
    Owner,
    /// Has the shell.
    Operator,
    /// A request to the hosting provider.
    Support,
}

/// Parses the command line; prints help or an error and ends the program where clap does.
pub(crate) fn parse() -> Arguments {
    Arguments::parse()
}

//! The command line.

mod gateway;
mod help;
mod lab;
mod outside;

pub(crate) use gateway::{Check, Run};
pub(crate) use lab::{Compare, Lab, LabCommand, List, Measure, SPEAKS, Serve, Show, Test};
pub(crate) use outside::Outside;

use std::ffi::OsString;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::{roles, words};

/// Says why a site answers 502, 503 or 504: which hop failed, why, what to do and who must do it.
#[derive(Debug, Parser)]
#[command(
    name = "goodgate",
    version,
    max_term_width = 110,
    after_help = "Start here:
  goodgate diagnose https://shop.example/         a site, looked at from here: what failed, and why
  goodgate diagnose /var/log/nginx /etc/nginx     logs and configuration in, the reason out
  goodgate explain 502                            what a code, a flag or a line means
  goodgate explain 'upstream timed out (110: Connection timed out) while connecting to upstream'
  goodgate run --listen :8080 --to http://127.0.0.1:3000
                                                  a gateway in front of an application
  goodgate lab compare nginx haproxy              what gateways make of a failing origin

Diagnosing changes nothing on this machine, and nothing that was read leaves it. Where a site is named, only \
that site and the name servers for it are asked. The gateway and the lab serve and ask only where they are told."
)]
pub(crate) struct Arguments {
    /// Language of the answer, and of this help.
    #[arg(long, value_enum, global = true, display_order = 900, default_value_t = Language::En)]
    pub(crate) lang: Language,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Diagnose(Diagnose),
    Explain(Explain),
    Run(Run),
    Check(Check),
    Lab(Lab),
}

/// Looks at a site, reads logs, configurations, error pages and captured command output, and says what failed and
/// why.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  goodgate diagnose https://shop.example/                     which hop gave up, and is it just me?
  goodgate diagnose https://shop.example/ --for visitor       or owner, operator, support
  goodgate diagnose https://shop.example/ --origin 192.0.2.7  past the network in front
  goodgate diagnose https://shop.example/ --ask               asks you what only you know
  goodgate diagnose https://shop.example/ --watch             until it is well again
  goodgate diagnose https://shop.example/ --with office.json  with what was found elsewhere
  goodgate diagnose https://shop.example/ /var/log/nginx      together with the server's logs
  goodgate diagnose /var/log/nginx /etc/nginx/nginx.conf
  goodgate diagnose error.log --for owner
  ss -ltnp | goodgate diagnose error.log nginx.conf -
  goodgate diagnose error.log --told since='this morning' --told changed='new PHP version'
  goodgate diagnose case/ --bundle case.json        keep what was seen, redacted, for somebody else
  goodgate diagnose case.json --format html -o report.html

What only a person knows, for --told:
  since=TEXT            since when it fails
  changed=TEXT|nothing  what was changed before it began
  pages=all|some        whether every page fails
  who=everybody|one-network
                        whether it fails from every network or from one only
  other-browser=yes|no  whether another browser works
  running=yes|no        whether the upstream runs
  restarted=helped|useless
                        whether a restart helped for a while
  other-sites=work|fail whether other sites on the same server work
  moved=yes|no          whether the site or its domain moved lately
  bill=paid|open        whether hosting and domain are paid
  panel=opens|fails     whether the hosting company's panel opens
  load=busy|any         whether it fails mostly at busy times

Exit codes: 0 nothing wrong found; 1 a problem found; 2 could not look;
  3 looked only in part and found nothing.")]
pub(crate) struct Diagnose {
    /// A site (https://shop.example/), or files and folders (logs, configurations, pages, captured output, bundles), or
    /// both; - for standard input.
    #[arg(required = true, value_name = "URL or PATH")]
    pub(crate) paths: Vec<String>,
    /// Tells what only a person knows; may be given several times.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) told: Vec<String>,
    /// Asks what else only a person knows, one question at a time, the most telling first; Enter for "don't know".
    #[arg(long)]
    pub(crate) ask: bool,
    /// Writes what was seen, redacted, to FILE, so that somebody else can diagnose FILE elsewhere.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<String>,
    #[command(flatten)]
    pub(crate) outside: Outside,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Explains a status code, an error type, a flag, a code, a cause, an error line or a page.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  goodgate explain 502 504                          status codes, and how to return and test them
  goodgate explain SC--                             how HAProxy says that a session ended
  goodgate explain UF,URX                           Envoy's response flags
  goodgate explain AH01102                          Apache's message numbers
  goodgate explain connection_refused               error types of RFC 9209
  goodgate explain socket-missing                   causes and signals by id
  goodgate explain 'connect() failed (111: Connection refused) while connecting to upstream'
  tail -n 50 error.log | goodgate explain           many lines
  curl -si https://example.com/ | goodgate explain  a page

Exit codes: 0, or 2 if a named file could not be read.")]
pub(crate) struct Explain {
    /// Codes, ids, flags, a line, or files; standard input if nothing is given, or for -. What begins with a hyphen
    /// stands behind --.
    #[arg(value_name = "WHAT")]
    pub(crate) what: Vec<String>,
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
    /// Shows secrets (query strings, cookies, tokens, passwords) as they are.
    #[arg(long)]
    pub(crate) no_redact: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, on a terminal.
    Text,
    /// A document for programs (see docs/schema).
    Json,
    /// Markdown, for an issue or a wiki.
    Md,
    /// One HTML file, for a browser.
    Html,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English.
    En,
    /// Russian (по-русски).
    Ru,
}

impl From<Language> for goodgate_facts::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::En => Self::En,
            Language::Ru => Self::Ru,
        }
    }
}

/// Parses the command line; prints help or an error and ends the program where clap does.
pub(crate) fn parse() -> Arguments {
    let typed: Vec<OsString> = std::env::args_os().collect();
    words::speak(help::asked(&typed));
    let english = words::language() == goodgate_facts::Language::En;
    let command = if english { Arguments::command() } else { help::translated(Arguments::command()) };
    read(command, typed).unwrap_or_else(|error| {
        if english {
            error.exit();
        }
        let Some((problem, lines)) = help::complaint(&error) else { error.exit() };
        roles::complain_at_length(&problem, &lines);
        std::process::exit(i32::from(roles::COULD_NOT_LOOK));
    })
}

fn read(mut command: clap::Command, typed: Vec<OsString>) -> Result<Arguments, clap::Error> {
    let matches = command.try_get_matches_from_mut(typed)?;
    let mut arguments = Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    if let (Command::Diagnose(diagnose), Some((_, given))) = (&mut arguments.command, matches.subcommand()) {
        diagnose.outside.note(given);
    }
    Ok(arguments)
}

//! `goodgate check`: what is wrong with a configuration of goodgate's own.

use std::fmt::Write;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use goodgate_gateway::config::{self, Problem, Severity};
use goodgate_gateway::plan::Plan;
use serde::Serialize;

use crate::arguments::{Check, Format};
use crate::redact::redact;
use crate::roles::{COULD_NOT_LOOK, FINE, PROBLEM, complain, deliver};
use crate::words::{args, say, say_with};

/// The configuration that is meant where none is named.
pub(crate) const USUAL: &str = "goodgate.toml";

/// A configuration that was looked at.
pub(crate) struct Looked {
    name: String,
    /// The plan, unless something is wrong.
    pub(crate) plan: Option<Plan>,
    problems: Vec<Problem>,
}

impl Looked {
    /// Whether there is anything to tell.
    pub(crate) fn is_fine(&self) -> bool {
        self.problems.is_empty()
    }

    /// The worst that is wrong, the first of several, in a line without colours; empty where nothing is.
    pub(crate) fn worst(&self) -> String {
        // An error is less than a warning: it comes first.
        let worst = self.problems.iter().min_by_key(|problem| problem.severity);
        let told = problems(&self.name, worst.map(std::slice::from_ref).unwrap_or_default());
        let plain = anstream::adapter::strip_str(&told).to_string();
        plain.lines().next().unwrap_or_default().to_owned()
    }
}

/// Runs the command; the exit code.
pub(crate) fn run(command: &Check) -> u8 {
    if command.reference || command.schema {
        let text = if command.schema { config::schema() } else { config::reference() };
        return deliver(&text, Format::Text, None).err().unwrap_or(FINE);
    }
    let usual = [USUAL.to_owned()];
    let files = if command.files.is_empty() { &usual[..] } else { &command.files };
    let (looked, not): (Vec<_>, Vec<_>) =
        files.iter().map(|name| look(name, &|_, _| {})).partition(Result::is_ok);
    let looked: Vec<Looked> = looked.into_iter().flatten().collect();
    let not: Vec<String> = not.into_iter().filter_map(Result::err).collect();
    complain(&not);
    if looked.is_empty() {
        return COULD_NOT_LOOK;
    }
    let form = command.form();
    let answer = if form == Format::Json { document(&looked) } else { text(&looked) };
    if let Err(code) = deliver(&answer, form, None) {
        return code;
    }
    match (looked.iter().all(Looked::is_fine), not.is_empty()) {
        (false, _) => PROBLEM,
        (true, true) => FINE,
        (true, false) => COULD_NOT_LOOK,
    }
}

/// Is handed each file that is read, with what stands in it; `None` where it cannot be read.
pub(crate) type Noted<'a> = &'a dyn Fn(&Path, Option<&[u8]>);

/// Reads a configuration of our own and the files that it names, or says why it is none.
pub(crate) fn look(name: &str, noted: Noted<'_>) -> Result<Looked, String> {
    let text = content(name, noted)?;
    if !config::recognise(name, &text) && !name.ends_with(".toml") {
        return Err(match goodgate_configs::recognise(name, &text) {
            Some(product) => say_with("check-of-another", &args![name = name, product = product.id]),
            None => say_with("check-unknown", &args![name = name]),
        });
    }
    let (plan, problems) = config::read_with(&text, name, &|path| {
        let content = config::read_file(path);
        noted(path, content.as_deref().ok());
        content
    });
    Ok(Looked { name: name.to_owned(), plan, problems })
}

fn content(name: &str, noted: Noted<'_>) -> Result<String, String> {
    let read = bytes(name);
    noted(Path::new(name), read.as_deref().ok());
    let unread = |reason: String| say_with("could-not-be-read", &args![name = name, reason = reason]);
    let bytes = read.map_err(|error| {
        unread(match error.kind() {
            io::ErrorKind::NotFound => say("reason-not-found"),
            io::ErrorKind::PermissionDenied => say("reason-permission"),
            _ => error.to_string(),
        })
    })?;
    String::from_utf8(bytes).map_err(|_| unread(say("check-no-text")))
}

fn bytes(name: &str) -> io::Result<Vec<u8>> {
    if is_stream(name) {
        return if name == "-" {
            config::read_stream(io::stdin())
        } else {
            config::read_stream(std::fs::File::open(name)?)
        };
    }
    config::read_file(Path::new(name))
}

/// Whether this can be read but once: standard input, or a pipe under a name, as shells make of `<(command)`.
pub(crate) fn is_stream(name: &str) -> bool {
    name == "-" || std::fs::metadata(name).is_ok_and(|about| about.file_type().is_fifo())
}

/// What was found, for people.
pub(crate) fn text(looked: &[Looked]) -> String {
    let mut out = String::new();
    for one in looked {
        if one.is_fine() {
            out.push_str(&format!("{}\n", say_with("check-fine", &args![name = one.name.as_str()])));
        }
        out.push_str(&problems(&one.name, &one.problems));
    }
    out
}

/// Problems of a configuration, or of a command line where there are no lines.
pub(crate) fn problems(name: &str, problems: &[Problem]) -> String {
    let bold = Style::new().bold();
    let mut out = String::new();
    for problem in problems {
        let (kind, colour) = match problem.severity {
            Severity::Error => (say("check-error"), AnsiColor::Red),
            Severity::Warning => (say("check-warning"), AnsiColor::Yellow),
        };
        let colour = Style::new().bold().fg_color(Some(colour.into()));
        let place = match problem.line {
            0 => String::new(),
            line => format!("{bold}{name}:{line}:{}{bold:#} ", problem.column),
        };
        let key = if problem.key.is_empty() { String::new() } else { format!("{}: ", problem.key) };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{place}{colour}{kind}{colour:#} {key}{}", shown(&problem.what));
        if let Some(hint) = &problem.hint {
            let _ = writeln!(out, "    {}", shown(hint));
        }
    }
    out
}

/// What stands in a configuration may hold secrets, and characters that a terminal obeys.
fn shown(text: &str) -> String {
    redact(&text.replace(|c: char| c.is_control(), "\u{fffd}"))
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: &'static str,
    files: Vec<FileDocument<'a>>,
}

#[derive(Serialize)]
struct FileDocument<'a> {
    name: &'a str,
    problems: Vec<ProblemDocument<'a>>,
}

#[derive(Serialize)]
struct ProblemDocument<'a> {
    line: usize,
    column: usize,
    key: &'a str,
    severity: &'static str,
    what: String,
    hint: Option<String>,
}

fn document(looked: &[Looked]) -> String {
    let files = looked
        .iter()
        .map(|file| FileDocument { name: &file.name, problems: file.problems.iter().map(one).collect() });
    let document =
        Document { schema: "goodgate.check/1", tool: env!("CARGO_PKG_VERSION"), files: files.collect() };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn one(problem: &Problem) -> ProblemDocument<'_> {
    ProblemDocument {
        line: problem.line,
        column: problem.column,
        key: &problem.key,
        severity: if problem.severity == Severity::Error { "error" } else { "warning" },
        what: redact(&problem.what),
        hint: problem.hint.as_deref().map(redact),
    }
}

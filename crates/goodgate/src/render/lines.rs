//! The short form, for `explain` with a line, several lines or a page: what each says, and what can stand behind it.

use goodgate_case::{Diagnosis, FileKind, Finding, Outcome};
use goodgate_causes::Certainty;
use goodgate_facts::{Role, Signal, SourceKind, Via};

use super::blocks::{Block, Tone};
use super::evidence::quotes_of;
use super::report::{self, counted, next};
use crate::redact::redact;

/// Pieces of evidence told.
const SIGNALS_MAX: usize = 12;
/// Causes told for each finding.
const CAUSES_MAX: usize = 5;
/// A cause below this share is not worth a line.
const CAUSE_MIN: f64 = 0.03;

/// What was understood, in short.
pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    let mut blocks = Vec::new();
    let read = signals(diagnosis);
    if read.is_empty() && diagnosis.findings.is_empty() {
        not_understood(diagnosis, &mut blocks);
        return blocks;
    }
    blocks.push(Block::Title(title(diagnosis)));
    for found in &diagnosis.findings {
        blocks.push(report::verdict(found, found.judgement.ranked.first()));
        report::happened(found, &mut blocks);
    }
    if diagnosis.findings.is_empty() {
        let text = if diagnosis.outcome == Outcome::NoFault && read.iter().all(|s| !is_failure(s)) {
            "It tells of no failure."
        } else {
            "By itself it does not tell why."
        };
        blocks.push(Block::Verdict { tone: Tone::Plain, text: text.into() });
    }
    if !read.is_empty() {
        blocks.push(Block::Heading("What it says".into()));
        blocks.push(Block::Evidence(quotes_of(diagnosis, read.iter().take(SIGNALS_MAX).copied())));
        let more = read.len().saturating_sub(SIGNALS_MAX);
        if more > 0 {
            blocks.push(Block::Text(format!("and {more} more; `goodgate diagnose` weighs them all.")));
        }
    }
    for found in &diagnosis.findings {
        causes(diagnosis, found, &mut blocks);
    }
    blocks
}

fn is_failure(signal: &Signal) -> bool {
    matches!(signal.id.kind().role, Role::Failure(..))
}

/// What was read, failures first.
fn signals(diagnosis: &Diagnosis) -> Vec<&Signal> {
    let mut read: Vec<&Signal> = diagnosis
        .evidence
        .signals()
        .iter()
        .filter(|s| !matches!(s.via, Via::Derived(_)) && s.source.kind != SourceKind::Told)
        .collect();
    read.sort_by_key(|signal| !is_failure(signal));
    read
}

/// "A line of nginx-error", "An error page".
fn title(diagnosis: &Diagnosis) -> String {
    let [file] = diagnosis.files.as_slice() else {
        return counted(diagnosis.files.len() as u64, "file");
    };
    let product = |id: &str| {
        let format = goodgate_logs::formats().iter().find(|format| format.id == id);
        format.map_or(id.to_owned(), |format| format.title.to_owned())
    };
    match &file.kind {
        FileKind::Log(id) => format!("{} of {}", counted(u64::from(file.lines), "line"), product(id)),
        FileKind::Capture(id) => product(id),
        FileKind::Config(product) => format!("A configuration of {product}"),
        FileKind::Page => "An error page or the head of an answer".to_owned(),
        FileKind::Empty => "Nothing".to_owned(),
        FileKind::Binary => "Not text".to_owned(),
        FileKind::Unknown => "Text in no format that is known".to_owned(),
    }
}

fn causes(diagnosis: &Diagnosis, finding: &Finding, blocks: &mut Vec<Block>) {
    let certainty = match finding.judgement.certainty {
        Certainty::Proven => "proven",
        Certainty::Likely => "likely",
        Certainty::Possible => "possible",
        Certainty::CannotTell => "cannot tell from this alone",
    };
    let items: Vec<String> = finding
        .judgement
        .ranked
        .iter()
        .enumerate()
        .filter(|(at, r)| *at == 0 || r.probability >= CAUSE_MIN)
        .take(CAUSES_MAX)
        .map(|(at, ranked)| {
            let sure = if at == 0 { format!("; {certainty}") } else { String::new() };
            format!("{} ({}{sure})", ranked.cause.title, ranked.cause.id)
        })
        .collect();
    if items.is_empty() {
        return;
    }
    blocks.push(Block::Heading("What can stand behind it, the most probable first".into()));
    blocks.push(Block::Points(items));
    if let Some(leader) = finding.judgement.ranked.first() {
        blocks.push(Block::Text(format!(
            "`goodgate explain {}` tells more about the first; `goodgate diagnose` with the logs and the configuration \
             tells which it is.",
            leader.cause.id
        )));
    }
    next(diagnosis, finding, blocks);
}

fn not_understood(diagnosis: &Diagnosis, blocks: &mut Vec<Block>) {
    let lines: u32 = diagnosis.files.iter().map(|f| f.lines).sum();
    let known: u32 = diagnosis.files.iter().map(|f| f.known).sum();
    let config = diagnosis.files.iter().any(|f| matches!(f.kind, FileKind::Config(_) | FileKind::Page));
    let text = if known > 0 || config {
        blocks.push(Block::Title(redact(&title(diagnosis))));
        "It was read, and nothing in it tells of a gateway's failure."
    } else if lines == 1 {
        "This line was not understood."
    } else if lines == 0 {
        "There is nothing to explain."
    } else {
        "No line of this was understood."
    };
    blocks.push(Block::Verdict { tone: Tone::Unsure, text: text.into() });
    blocks.push(Block::Heading("What to try".into()));
    blocks.push(Block::Points(vec![
        "Give the whole line as it stands in the log, with its time and everything behind it.".into(),
        "Give some lines before and after it, or the whole file: `goodgate explain error.log`.".into(),
        "Give the error log rather than the access log; codes alone work too: `goodgate explain 502`.".into(),
        "For a page, save it with its head: `curl -si URL > page.txt`.".into(),
    ]));
}

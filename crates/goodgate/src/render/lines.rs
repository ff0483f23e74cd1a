//! The short form, for `explain` with a line, several lines or a page: what each says, and what can stand behind it.

use std::borrow::Cow;

use goodgate_case::{Diagnosis, FileKind, Finding, Outcome};
use goodgate_causes::Certainty;
use goodgate_facts::{Role, Signal, SourceKind, Via};

use super::blocks::{Block, Tone};
use super::evidence::quotes_of;
use super::report::{self, named, next};
use crate::redact::redact;
use crate::words::{self, args, say, say_with};

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
            say("tells-no-failure")
        } else {
            say("does-not-tell-why")
        };
        blocks.push(Block::Verdict { tone: Tone::Plain, text });
    }
    if !read.is_empty() {
        blocks.push(Block::Heading(say("what-it-says")));
        blocks.push(Block::Evidence(quotes_of(diagnosis, read.iter().take(SIGNALS_MAX).copied())));
        let more = read.len().saturating_sub(SIGNALS_MAX);
        if more > 0 {
            blocks.push(Block::Text(say_with("more-signals", &args![n = more])));
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
        return say_with("count-files", &args![n = diagnosis.files.len()]);
    };
    let product = |id: &str| -> Cow<'static, str> {
        let format = goodgate_logs::formats().iter().find(|format| format.id == id);
        format.map_or_else(|| id.to_owned().into(), |format| words::or(&format!("format-{id}"), format.title))
    };
    match &file.kind {
        FileKind::Log(id) => {
            let lines = say_with("count-lines", &args![n = file.lines]);
            say_with("lines-of", &args![lines = lines, format = product(id)])
        }
        FileKind::Capture(id) => product(id).into_owned(),
        FileKind::Config(product) => say_with("a-configuration", &args![product = product.to_string()]),
        FileKind::Page => say("a-page"),
        FileKind::Empty => say("nothing"),
        FileKind::Binary => say("not-text"),
        FileKind::Unknown => say("unknown-format"),
    }
}

fn causes(diagnosis: &Diagnosis, finding: &Finding, blocks: &mut Vec<Block>) {
    let certainty = match finding.judgement.certainty {
        Certainty::Proven => say("certainty-proven"),
        Certainty::Likely => say("certainty-likely"),
        Certainty::Possible => say("certainty-possible"),
        Certainty::CannotTell => say("certainty-cannot-tell"),
    };
    let items: Vec<String> = finding
        .judgement
        .ranked
        .iter()
        .enumerate()
        .filter(|(at, r)| *at == 0 || r.probability >= CAUSE_MIN)
        .take(CAUSES_MAX)
        .map(|(at, ranked)| {
            if at == 0 {
                let title = ranked.cause.title(words::language());
                format!("{title} ({}; {certainty})", ranked.cause.id)
            } else {
                named(ranked.cause)
            }
        })
        .collect();
    if items.is_empty() {
        return;
    }
    blocks.push(Block::Heading(say("can-stand-behind")));
    blocks.push(Block::Points(items));
    if let Some(leader) = finding.judgement.ranked.first() {
        blocks.push(Block::Text(say_with("tells-more", &args![id = leader.cause.id])));
    }
    next(diagnosis, finding, blocks);
}

fn not_understood(diagnosis: &Diagnosis, blocks: &mut Vec<Block>) {
    let lines: u32 = diagnosis.files.iter().map(|f| f.lines).sum();
    let known: u32 = diagnosis.files.iter().map(|f| f.known).sum();
    let config = diagnosis.files.iter().any(|f| matches!(f.kind, FileKind::Config(_) | FileKind::Page));
    let text = if known > 0 || config {
        blocks.push(Block::Title(redact(&title(diagnosis))));
        say("read-no-failure")
    } else if lines == 1 {
        say("line-not-understood")
    } else if lines == 0 {
        say("nothing-there")
    } else {
        say("no-line-understood")
    };
    blocks.push(Block::Verdict { tone: Tone::Unsure, text });
    blocks.push(Block::Heading(say("what-to-try")));
    blocks.push(Block::Points(vec![
        say("try-whole-line"),
        say("try-more-lines"),
        say("try-error-log"),
        say("try-page"),
    ]));
}

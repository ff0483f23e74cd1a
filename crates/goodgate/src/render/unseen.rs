//! What was not handed in and would matter: evidence that bears on a cause which is still in question.

use std::borrow::Cow;

use goodgate_case::{Diagnosis, FileKind, Finding, NOT_GIVEN, NotSeen, Outcome};
use goodgate_causes::{Certainty, Ranked};
use goodgate_facts::SignalId;

use super::blocks::Block;
use super::slots::Slots;
use crate::redact::redact;
use crate::words::{self, args, say, say_with};

/// A cause below this share is not in question.
const IN_QUESTION: f64 = 0.04;

/// Groups of signals that each kind of evidence can show; what is not listed always matters.
const SHOWS: &[(&str, &[&str])] = &[
    ("kernel-log", &["oom", "segfault", "backlog", "conntrack", "mac", "firewall", "disk", "kernel-limit"]),
    ("processes", &["process", "process-state"]),
    ("listening-sockets", &["listen", "listen-near", "listen-who", "accept-queue", "socket-join"]),
    (
        "application-log",
        &[
            "app-answer",
            "app-exception",
            "app-life",
            "app-listens",
            "app-plugin",
            "app-queue",
            "app-start",
            "worker-exit",
            "worker-life",
            "worker-timeout",
            "pool-busy",
            "dependency",
            "dependency-slow",
            "remote",
            "script",
            "session",
            "slow",
            "slow-where",
        ],
    ),
];

/// Files named that could not be used; the others are only counted.
const FILES_MAX: usize = 8;

/// Files that were handed in and say nothing that is understood: nobody should think they were weighed.
pub(super) fn files(diagnosis: &Diagnosis, blocks: &mut Vec<Block>) {
    let unused: Vec<String> = diagnosis
        .files
        .iter()
        .filter_map(|file| {
            let key = match file.kind {
                FileKind::Binary => "unread-binary",
                FileKind::Unknown => "unread-unknown",
                _ => return None,
            };
            Some(redact(&say_with(key, &args![name = file.name.as_str()])))
        })
        .collect();
    if unused.is_empty() {
        return;
    }
    let more = unused.len().saturating_sub(FILES_MAX);
    let mut points: Vec<String> = unused.into_iter().take(FILES_MAX).collect();
    if more > 0 {
        points.push(say_with("and-more", &args![n = more]));
    }
    blocks.push(Block::Heading(say("not-understood")));
    blocks.push(Block::Points(points));
}

/// The list, if anything on it matters.
pub(super) fn blocks(diagnosis: &Diagnosis, blocks: &mut Vec<Block>) {
    if diagnosis.outcome == Outcome::NoFault {
        return;
    }
    let open: Vec<&Finding> = diagnosis
        .findings
        .iter()
        .filter(|f| !f.recovered && f.judgement.certainty != Certainty::Proven)
        .collect();
    if open.is_empty() && !diagnosis.findings.is_empty() {
        return;
    }
    let slots = open.first().map_or_else(Slots::default, |finding| Slots::of(diagnosis, finding));
    let points: Vec<String> = diagnosis
        .not_seen
        .iter()
        .filter(|unseen| {
            open.is_empty() || open.iter().any(|finding| matters(diagnosis, finding, unseen.key))
        })
        .map(|unseen| {
            let (what, reason, how) = told(unseen);
            let why = if unseen.why == NOT_GIVEN { String::new() } else { format!(" ({reason})") };
            format!("{what}{why}: {}", slots.fill(&how, ""))
        })
        .collect();
    if !points.is_empty() {
        blocks.push(Block::Heading(say("worth-having")));
        blocks.push(Block::Points(points));
    }
}

/// What was not given, why, and what would show it.
pub(super) fn told(unseen: &NotSeen) -> (Cow<'static, str>, Cow<'static, str>, Cow<'static, str>) {
    let key = unseen.key;
    let why = match unseen.why {
        NOT_GIVEN => words::or("unseen-not-given", NOT_GIVEN),
        why => words::or(&format!("unseen-{key}-why"), why),
    };
    let what = words::or(&format!("unseen-{key}"), unseen.what);
    (what, why, words::or(&format!("unseen-{key}-how"), unseen.how))
}

/// Whether this kind of evidence could change the answer.
fn matters(diagnosis: &Diagnosis, finding: &Finding, key: &str) -> bool {
    let Some((_, groups)) = SHOWS.iter().find(|(name, _)| *name == key) else { return true };
    let signals = diagnosis.evidence.signals();
    let present = |id: SignalId| finding.evidence.iter().filter_map(|i| signals.get(*i)).any(|s| s.id == id);
    let asks = |id: &SignalId| groups.contains(&id.kind().group) && !present(*id);
    let ranked = finding.judgement.ranked.iter().enumerate();
    ranked
        .filter(|(place, ranked)| *place == 0 || ranked.probability >= IN_QUESTION)
        .any(|(_, ranked): (usize, &Ranked)| ranked.cause.clues.iter().flat_map(|clue| &clue.all).any(asks))
}

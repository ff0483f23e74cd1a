//! The request to a hosting provider: what, when, where, how often, what was tried; and what the writer has to add.

use goodgate_case::Finding;
use goodgate_causes::{Audience, Certainty, Ranked};
use goodgate_facts::{Signal, SourceKind};

use super::super::blocks::{Block, Tone};
use super::super::evidence::{EVIDENCE_MAX, quotes_of};
use super::super::report::{gateway, is_failure, lower, span, target};
use super::super::slots::Slots;
use super::super::{advice, outside, report};
use super::side::Side;
use super::trouble::Trouble;
use super::{Given, moment, visit};
use crate::redact::redact;
use crate::words::{args, say, say_with};

/// The letter.
pub(super) fn blocks(given: &Given<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(note) = beforehand(given) {
        blocks.push(Block::Verdict { tone: Tone::Unsure, text: note });
    }
    blocks.push(Block::Title(say_with("letter-subject", &args![subject = redact(&subject(given))])));
    blocks.push(Block::Text(say("letter-hello")));
    blocks.push(Block::Text(say("letter-ask")));
    blocks.push(Block::Heading(say("letter-what")));
    blocks.push(Block::Points(happened(given).iter().map(|point| redact(point)).collect()));
    if let Some(sight) = given.sight {
        blocks.push(Block::Heading(say("letter-tried")));
        let mut tried = Vec::new();
        if given.has("own-network-up") {
            tried.push(say("letter-own-works"));
        }
        tried.extend(outside::checked(&sight.look));
        blocks.push(Block::Points(tried));
    }
    told(given, &mut blocks);
    let leader = given.finding.and_then(|finding| finding.judgement.ranked.first());
    if let Some(finding) = given.finding {
        logs(given, finding, leader, &mut blocks);
    }
    if let (Some(finding), Some(leader)) = (given.finding, leader) {
        cause(given, finding, leader, &mut blocks);
    }
    blocks.push(Block::Heading(say("letter-missing")));
    blocks.push(Block::Points(missing(given)));
    blocks.push(Block::Text(say("letter-end")));
    blocks.push(Block::Text(say("letter-no-passwords")));
    blocks
}

/// What the writer should know before sending: a letter about a site that is well, or about one's own side.
fn beforehand(given: &Given<'_>) -> Option<String> {
    match Side::of(given) {
        Side::Well | Side::Refused => Some(say("letter-but-well")),
        Side::Yours(_) => Some(say("letter-but-yours")),
        Side::Unclear => Some(say("letter-but-unclear")),
        Side::Site { .. } | Side::Blocked | Side::Cookies => None,
    }
}

fn subject(given: &Given<'_>) -> String {
    let what = given.status().map_or_else(
        || say("letter-fails"),
        |status| say_with("letter-fails-with", &args![status = status.to_string()]),
    );
    let host = given.visit.as_ref().map(|visit| visit.host.clone()).filter(|host| !host.is_empty());
    let window = given.finding.and_then(|finding| finding.window);
    match (host, window) {
        (Some(host), _) => format!("{host}: {what}"),
        (None, Some(window)) => say_with("letter-title", &args![what = what, span = span(window)]),
        (None, None) => what,
    }
}

/// Address, times, wording, maker, frequency, pattern.
fn happened(given: &Given<'_>) -> Vec<String> {
    let mut points = Vec::new();
    let mut tell = |key: &str, what: Option<String>| {
        points.extend(what.filter(|what| !what.is_empty()).map(|what| say_with(key, &args![what = what])));
    };
    let visit = given.visit.as_ref();
    let finding = given.finding;
    tell("letter-address", visit.map(|visit| visit.url.clone()));
    tell("letter-seen", visit.and_then(|visit| visit.at).map(moment::both));
    let window =
        finding.and_then(|finding| finding.window).filter(|w| given.sight.is_none() || w.first != w.last);
    tell("letter-first", window.map(|window| moment::both(window.first)));
    tell("letter-last", window.map(|window| moment::both(window.last)));
    tell("letter-status", given.status().map(|status| status.to_string()));
    tell("letter-wording", visit.and_then(|visit| visit.title.clone()));
    if given.status().is_none() && finding.is_some() {
        tell("letter-instead", Some(Trouble::of(given).sentence()));
    }
    let named = || {
        let (generator, version) = gateway(given.diagnosis, finding?)?;
        let version = version.map_or(String::new(), |version| format!(" {version}"));
        Some(format!("{}{version}", visit::product(&generator)))
    };
    tell("letter-maker", visit.and_then(|visit| visit.maker.clone()).or_else(named));
    tell("letter-peer", visit.and_then(|visit| visit.peer.clone()));
    tell("letter-number", visit.map(|visit| visit.numbers.join(", ")));
    tell("letter-gateway-asked", finding.and_then(target).map(ToString::to_string));
    if let Some(error) = finding.and_then(|finding| finding.symptom.as_ref()?.error) {
        tell("letter-error", Some(format!("{} ({error})", crate::explain::error_types::in_short(error))));
    }
    let counted = finding.map(|finding| finding.count).filter(|count| *count > 1 && given.sight.is_none());
    if let Some(visit) = visit.filter(|visit| visit.asked > 1) {
        let counts = args![failed = visit.failed, asked = visit.asked];
        points.push(say_with("letter-often", &counts));
    } else if let Some(count) = counted {
        points.push(say_with("letter-counted", &args![n = count]));
    }
    points.extend(pattern(given));
    points
}

/// Which pages fail, and from where.
fn pattern(given: &Given<'_>) -> Vec<String> {
    const PATTERN: &[(&str, &str)] = &[
        ("every-page-fails", "letter-every-page"),
        ("some-pages-fail", "letter-some-pages"),
        ("static-file-served", "letter-static-served"),
        ("static-file-fails", "letter-static-fails"),
        ("probe-failed-at-once", "letter-at-once"),
        ("probe-failed-at-known-timeout", "letter-at-timeout"),
        ("elsewhere-fails-too", "letter-elsewhere-fails"),
        ("elsewhere-works", "letter-elsewhere-works"),
    ];
    PATTERN.iter().filter(|(id, _)| given.has(id)).map(|(_, key)| say(key)).collect()
}

fn told(given: &Given<'_>, blocks: &mut Vec<Block>) {
    let signals = given.diagnosis.evidence.signals().iter();
    let told: Vec<String> =
        signals.filter(|s| s.source.kind == SourceKind::Told).map(super::super::what).collect();
    if !told.is_empty() {
        blocks.push(Block::Heading(say("letter-told")));
        blocks.push(Block::Points(told));
    }
}

fn logs(given: &Given<'_>, finding: &Finding, leader: Option<&Ranked>, blocks: &mut Vec<Block>) {
    let signals = finding.evidence.iter().filter_map(|i| given.diagnosis.evidence.signals().get(*i));
    let speaks = |signal: &&Signal| {
        is_failure(signal) || leader.is_some_and(|leader| leader.in_favour.contains(&signal.id))
    };
    // A page that was looked at stands above already.
    let kinds = |signal: &&Signal| match signal.source.kind {
        SourceKind::Log | SourceKind::Capture => true,
        SourceKind::Page => given.sight.is_none(),
        _ => false,
    };
    let mut logged: Vec<&Signal> = signals.filter(kinds).filter(speaks).collect();
    logged.sort_by_key(|signal| (!is_failure(signal), signal.source.kind != SourceKind::Log));
    logged.truncate(EVIDENCE_MAX);
    if !logged.is_empty() {
        blocks.push(Block::Heading(say("letter-logs")));
        blocks.push(Block::Evidence(quotes_of(given.diagnosis, logged)));
    }
}

/// What we think, and what is asked for.
fn cause(given: &Given<'_>, finding: &Finding, leader: &Ranked, blocks: &mut Vec<Block>) {
    /// A letter asks for few things.
    const ASKED_MAX: usize = 3;
    let sentence = args![sentence = lower(report::sentence(finding, leader))];
    let text = match finding.judgement.certainty {
        Certainty::Proven => say_with("letter-proven", &sentence),
        Certainty::Likely => say_with("letter-likely", &sentence),
        Certainty::Possible => say_with("letter-possible", &sentence),
        Certainty::CannotTell => return,
    };
    blocks.push(Block::Heading(say("letter-cause")));
    blocks.push(Block::Text(redact(&text)));
    let product = gateway(given.diagnosis, finding).map_or(String::new(), |(product, _)| product);
    let slots = Slots::of(given.diagnosis, finding);
    let audiences = [Audience::Operator, Audience::HostingProvider];
    let titles: Vec<String> = advice::chosen(leader.cause, &audiences, &product, &slots)
        .iter()
        .take(ASKED_MAX)
        .map(|words| slots.fill(words.title(), &words.remedy.product))
        .collect();
    let mut asked = vec![say("letter-please-look")];
    asked.extend(titles);
    blocks.push(Block::Heading(say("letter-would-help")));
    blocks.push(Block::Points(asked));
}

/// What only the writer knows, in brackets to be filled in.
fn missing(given: &Given<'_>) -> Vec<String> {
    let mut points = vec![say("letter-missing-customer")];
    if given.visit.is_none() {
        points.push(say("letter-missing-address"));
    }
    if !given.has("told-since") {
        points.push(say("letter-missing-since"));
    }
    if !given.has_any(&["told-changed", "told-nothing-changed"]) {
        points.push(say("letter-missing-changed"));
    }
    let who = ["told-everybody", "told-one-network", "elsewhere-works", "elsewhere-fails-too"];
    if !given.has_any(&who) {
        points.push(say("letter-missing-who"));
    }
    if given.visit.as_ref().is_none_or(|visit| visit.title.is_none()) {
        points.push(say("letter-missing-wording"));
    }
    points.push(say("letter-missing-reach"));
    points
}

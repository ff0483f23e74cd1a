//! A diagnosis as a report: path, verdict, evidence, what to do, what else it could be, what was not seen.

use goodgate_case::{Diagnosis, Finding, Outcome};
use goodgate_causes::{Audience, Cause, Certainty, Check, Ranked};
use goodgate_facts::{Address, Language, Moment, Role, Signal, SourceKind, Span, Target};

use super::advice;
use super::blocks::{Block, Hop, Tone};
use super::evidence::{because, place};
use super::slots::Slots;
use super::unseen;
use crate::explain::error_types;
use crate::redact::redact;
use crate::words::{self, args, say, say_with};

/// Other causes shown.
const ALSO_MAX: usize = 4;
/// A cause below this share is not worth a line.
const ALSO_MIN: f64 = 0.04;
/// Findings told in full; the others get a line each.
const FINDINGS_MAX: usize = 3;

/// Everything that whoever runs the server should see.
pub(crate) fn report(diagnosis: &Diagnosis) -> Vec<Block> {
    let mut blocks = Vec::new();
    let findings: Vec<&Finding> = diagnosis.findings.iter().filter(|f| !f.recovered).collect();
    match diagnosis.outcome {
        Outcome::NoFault => no_fault(diagnosis, &mut blocks),
        Outcome::CannotTell => cannot_tell(&mut blocks),
        Outcome::Masked => blocks.push(Block::Verdict { tone: Tone::Unsure, text: say("masked") }),
        Outcome::Fault => {}
    }
    for found in findings.iter().take(FINDINGS_MAX) {
        finding(diagnosis, found, &mut blocks);
    }
    let rest: Vec<String> =
        findings.iter().skip(FINDINGS_MAX).map(|found| one_line(diagnosis, found)).collect();
    if !rest.is_empty() {
        blocks.push(Block::Heading(say("also-failing")));
        blocks.push(Block::Points(rest));
    }
    earlier(diagnosis, &mut blocks);
    unseen::blocks(diagnosis, &mut blocks);
    unseen::files(diagnosis, &mut blocks);
    blocks
}

fn no_fault(diagnosis: &Diagnosis, blocks: &mut Vec<Block>) {
    let known: u32 = diagnosis.files.iter().map(|f| f.known).sum();
    blocks.push(Block::Verdict { tone: Tone::Good, text: say("no-fault") });
    let past = diagnosis.findings.iter().any(|f| f.recovered && f.window.is_some());
    let past = if past { "yes" } else { "no" };
    blocks.push(Block::Text(if diagnosis.files.len() == 1 && known == 0 {
        say_with("understood-one", &args![past = past])
    } else {
        let files = say_with("count-files", &args![n = diagnosis.files.len()]);
        let what = match known {
            0 => files,
            _ => {
                let lines = say_with("count-lines", &args![n = known]);
                say_with("files-and-lines", &args![files = files, lines = lines])
            }
        };
        say_with("understood", &args![past = past, what = what])
    }));
}

fn cannot_tell(blocks: &mut Vec<Block>) {
    blocks.push(Block::Verdict { tone: Tone::Unsure, text: say("cannot-tell") });
    blocks.push(Block::Text(say("hand-in")));
}

/// Incidents that are over, and what was noticed though nothing fails.
fn earlier(diagnosis: &Diagnosis, blocks: &mut Vec<Block>) {
    let (past, noticed): (Vec<&Finding>, Vec<&Finding>) =
        diagnosis.findings.iter().filter(|f| f.recovered).partition(|f| f.window.is_some());
    for (heading, findings) in [(say("over-now"), past), (say("worth-knowing"), noticed)] {
        if !findings.is_empty() {
            blocks.push(Block::Heading(heading));
            let line = |finding| one_line(diagnosis, finding);
            blocks.push(Block::Points(findings.into_iter().map(line).collect()));
        }
    }
}

fn one_line(diagnosis: &Diagnosis, finding: &Finding) -> String {
    let cause = finding.judgement.ranked.first().map_or_else(|| say("cause-unknown"), |r| named(r.cause));
    let Some(window) = finding.window else {
        return redact(&format!("{cause}{}", noticed(diagnosis, finding)));
    };
    let Some(symptom) = &finding.symptom else { return redact(&format!("{}: {cause}", span(window))) };
    let error = symptom.error.map_or_else(|| say("answered-itself").into(), error_types::in_short);
    let times = say_with("count-times", &args![n = finding.count]);
    redact(&say_with("incident", &args![when = span(window), what = error, times = times, cause = cause]))
}

/// A cause by its headline and its id.
pub(super) fn named(cause: &Cause) -> String {
    format!("{} ({})", cause.title(words::language()), cause.id)
}

/// How often and where that was seen which speaks for the cause.
fn noticed(diagnosis: &Diagnosis, finding: &Finding) -> String {
    let Some(leader) = finding.judgement.ranked.first() else { return String::new() };
    let signals = finding.evidence.iter().filter_map(|i| diagnosis.evidence.signals().get(*i));
    let seen = signals.filter(|s| leader.in_favour.contains(&s.id)).max_by_key(|s| s.count);
    seen.map_or(String::new(), |signal| {
        let place = place(diagnosis, signal);
        format!(": {} [{place}]", lower(signal.id.says(words::language())).trim_end_matches('.'))
    })
}

/// A moment for people, with its zone.
fn short(moment: Moment) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A span for people; one moment where first and last are the same second.
pub(super) fn span(span: Span) -> String {
    let (first, last) = (short(span.first), short(span.last));
    if first == last {
        return first;
    }
    // Within a day the date and the zone are said once.
    match (first.split_once(' '), last.split_once(' ')) {
        (Some((day, from)), Some((other, to))) if day == other => {
            let first = format!("{day} {}", from.trim_end_matches(" UTC"));
            say_with("span", &args![first = first, last = to])
        }
        _ => say_with("span", &args![first = first, last = last]),
    }
}

/// "1 file", "2 files".
pub(crate) fn counted(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

fn finding(diagnosis: &Diagnosis, finding: &Finding, blocks: &mut Vec<Block>) {
    let leader = finding.judgement.ranked.first();
    if finding.symptom.is_some() {
        blocks.push(Block::Path(path(diagnosis, finding)));
    }
    blocks.push(verdict(finding, leader));
    happened(finding, blocks);
    operator(diagnosis, finding, leader, blocks);
}

/// What visitors got and when, as far as it is known.
pub(super) fn happened(finding: &Finding, blocks: &mut Vec<Block>) {
    let words = symptom_words(finding);
    if !words.is_empty() {
        // Said once, for those who never met the word.
        let words = words.replacen(&say("upstream-bare"), &say("upstream-explained"), 1);
        blocks.push(Block::Text(redact(&words)));
    }
}

/// The upstream of a finding.
pub(super) fn target(finding: &Finding) -> Option<&Target> {
    finding.symptom.as_ref().and_then(|s| s.target.as_ref())
}

fn path(diagnosis: &Diagnosis, finding: &Finding) -> Vec<Hop> {
    let made_by = |(product, version): (String, Option<String>)| match version {
        Some(version) => format!("{product} {version}"),
        None => product,
    };
    let hop = |name: &str, broken: bool| Hop { name: redact(name), broken };
    let target = target(finding).map(ToString::to_string);
    let visitor = hop(&say("hop-visitor"), false);
    let gateway = gateway(diagnosis, finding)
        .map_or_else(|| say("hop-gateway"), |g| say_with("hop-gateway-named", &args![name = made_by(g)]));
    let gateway = hop(&gateway, false);
    if made_further_in(diagnosis, finding) {
        let inner = finding.generator.clone().map_or_else(|| say("hop-another-gateway"), made_by);
        let upstream = target.unwrap_or_else(|| say("hop-upstream"));
        let upstream = say_with("hop-nested", &args![upstream = upstream, inner = inner]);
        return vec![visitor, gateway, hop(&upstream, false), hop(&say("hop-behind"), true)];
    }
    let upstream = target
        .map_or_else(|| say("hop-upstream"), |name| say_with("hop-upstream-named", &args![name = name]));
    vec![visitor, gateway, hop(&upstream, true)]
}

/// Whether the page was made by another gateway than the one in front.
fn made_further_in(diagnosis: &Diagnosis, finding: &Finding) -> bool {
    let mut signals = finding.evidence.iter().filter_map(|i| diagnosis.evidence.signals().get(*i));
    signals.any(|s| s.id.as_str() == "upstream-answered-nested-gateway")
}

/// Who made the answer: product and version. Where neither a page nor a log's form tells, the product in whose log
/// the failure stands.
pub(super) fn gateway(diagnosis: &Diagnosis, finding: &Finding) -> Option<(String, Option<String>)> {
    // Some access logs look alike for many servers; their form is no product.
    let named = finding.generator.clone().filter(|(product, _)| !product.contains(' '));
    let inner = made_further_in(diagnosis, finding);
    let from_logs = || {
        let of_finding = finding.evidence.iter().filter_map(|i| diagnosis.evidence.signals().get(*i));
        of_finding.filter(|s| s.source.kind == SourceKind::Log)
    };
    let product = |signal: &Signal| signal.source.product.filter(|product| !product.contains(' '));
    let by_log = || {
        let failed = from_logs().filter(|s| is_failure(s)).find_map(product);
        failed.or_else(|| from_logs().filter_map(product).find(|product| advice::GATEWAYS.contains(product)))
    };
    let logged = || by_log().map(|product| (product.to_owned(), None));
    if inner { logged() } else { named.or_else(logged) }
}

/// Whether a signal is a failure of the upstream leg.
pub(super) fn is_failure(signal: &Signal) -> bool {
    matches!(signal.id.kind().role, Role::Failure(Some(_), _))
}

/// One sentence: who failed, in what way, and how sure that is.
pub(super) fn verdict(finding: &Finding, leader: Option<&Ranked>) -> Block {
    let (tone, text) = match (leader, finding.judgement.certainty) {
        (Some(leader), Certainty::Proven) => {
            (Tone::Bad, say_with("verdict-proven", &args![sentence = without_stop(finding, leader)]))
        }
        (Some(leader), Certainty::Likely) => {
            (Tone::Bad, say_with("verdict-likely", &args![sentence = without_stop(finding, leader)]))
        }
        (Some(leader), Certainty::Possible) => {
            let sentence = lower(sentence(finding, leader));
            (Tone::Unsure, say_with("verdict-possible", &args![sentence = sentence]))
        }
        _ => (Tone::Unsure, say("verdict-unknown")),
    };
    Block::Verdict { tone, text: redact(&text) }
}

/// The cause's sentence, for where the failure is.
pub(super) fn sentence<'a>(finding: &Finding, leader: &'a Ranked) -> &'a str {
    leader.cause.prose(words::language()).sentence_for(is_outer(finding))
}

/// Whether the failure is on the way to the site's first server.
pub(super) fn is_outer(finding: &Finding) -> bool {
    finding.symptom.as_ref().is_some_and(|symptom| symptom.outer.is_some())
}

/// The cause's sentence, for more to follow at its end.
fn without_stop<'a>(finding: &Finding, leader: &'a Ranked) -> &'a str {
    sentence(finding, leader).trim_end().trim_end_matches('.')
}

/// "Visitors got 502, 3 times, TIME to TIME: the upstream refused the connection (connection_refused)."
pub(super) fn symptom_words(finding: &Finding) -> String {
    let Some(symptom) = &finding.symptom else { return String::new() };
    let mut often = match finding.count {
        0 | 1 => String::new(),
        n => format!(", {}", say_with("count-times", &args![n = n])),
    };
    if let Some(window) = finding.window {
        let key = if short(window.first) == short(window.last) { "often-at" } else { "often-from" };
        often.push_str(&say_with(key, &args![span = span(window)]));
    }
    if let Some(outer) = symptom.outer {
        let sentence = outer.says(words::language());
        let sentence = sentence.trim_end_matches('.');
        return match symptom.error.map(goodgate_facts::ErrorType::token) {
            Some(error) => say_with("symptom-outer", &args![what = sentence, error = error, often = often]),
            None => say_with("symptom-outer-open", &args![what = sentence, often = often]),
        };
    }
    let status = symptom.status.map(|status| status.to_string());
    let why = symptom.error.map(|error| format!("{} ({error})", error_types::in_short(error)));
    match (status, why) {
        (Some(status), Some(why)) => {
            say_with("symptom-status-why", &args![status = status, often = often, why = why])
        }
        (Some(status), None) => say_with("symptom-status", &args![status = status, often = often]),
        (None, Some(why)) => say_with("symptom-why", &args![often = often, why = why]),
        (None, None) => String::new(),
    }
}

/// The sentence as it reads behind a colon; names and abbreviations keep their capital.
pub(super) fn lower(sentence: &str) -> String {
    let first_word = sentence.split_whitespace().next().unwrap_or("");
    let name = first_word.chars().skip(1).any(char::is_uppercase);
    if name || ["Linux", "Apache", "Varnish", "Envoy", "Squid", "Caddy", "Cloudflare"].contains(&first_word) {
        return sentence.to_owned();
    }
    let mut chars = sentence.chars();
    // What begins with a Latin letter among Russian words is a name.
    if words::language() == Language::Ru && sentence.starts_with(|c: char| c.is_ascii()) {
        return sentence.to_owned();
    }
    chars.next().map_or(String::new(), |c| c.to_lowercase().chain(chars).collect())
}

fn operator(diagnosis: &Diagnosis, finding: &Finding, leader: Option<&Ranked>, blocks: &mut Vec<Block>) {
    because(diagnosis, finding, leader, blocks);
    if let Some(leader) = leader.filter(|_| finding.judgement.certainty != Certainty::CannotTell) {
        explained(finding, leader, blocks);
        let gateway = gateway(diagnosis, finding);
        let product = gateway.as_ref().map_or("", |(product, _)| product.as_str());
        let audiences = [Audience::Operator, Audience::Developer];
        let slots = Slots::of(diagnosis, finding);
        advice::remedies(leader.cause, &audiences, product, &slots, blocks);
    }
    also(finding, blocks);
    next(diagnosis, finding, blocks);
}

fn explained(finding: &Finding, leader: &Ranked, blocks: &mut Vec<Block>) {
    if let Some(root) = leader.because_of.and_then(goodgate_causes::get) {
        let title = lower(root.title(words::language()));
        blocks.push(Block::Text(say_with("behind-it", &args![title = title, id = root.id])));
    }
    let going_on = leader.cause.prose(words::language()).going_on_for(is_outer(finding));
    if !going_on.is_empty() {
        blocks.push(Block::Text(going_on.to_owned()));
    }
}

fn also(finding: &Finding, blocks: &mut Vec<Block>) {
    let unsure = finding.judgement.certainty == Certainty::CannotTell;
    let others: Vec<String> = finding
        .judgement
        .ranked
        .iter()
        .skip(usize::from(!unsure))
        .filter(|r| r.probability >= ALSO_MIN)
        .take(ALSO_MAX)
        .map(|r| named(r.cause))
        .collect();
    if !others.is_empty() {
        blocks.push(Block::Heading(if unsure { say("what-it-could-be") } else { say("also-possible") }));
        blocks.push(Block::Points(others));
    }
}

/// The question of a check, as the cause that it belongs to asks it.
pub(super) fn ask<'a>(finding: &Finding, check: &'a Check) -> &'a str {
    let of = finding.judgement.ranked.iter().find(|ranked| ranked.cause.checks.contains(check));
    of.map_or(&check.ask, |ranked| ranked.cause.ask(check, words::language()))
}

/// Whether a check can be asked about this upstream: one for unix sockets says nothing of a TCP port.
pub(super) fn suits(check: &Check, target: Option<&Target>) -> bool {
    let asks = |slot: &str| check.ask.contains(slot) || check.command.contains(slot);
    match target.map(|target| &target.address) {
        Some(Address::Unix(_)) => !asks("{port}") && !asks("{host}"),
        Some(Address::Tcp { .. }) => !asks("{socket}"),
        Some(Address::Group(_)) | None => true,
    }
}

/// The question whose answer would tell most; nothing where no question is left.
pub(super) fn next(diagnosis: &Diagnosis, finding: &Finding, blocks: &mut Vec<Block>) {
    if finding.judgement.certainty == Certainty::Proven {
        return;
    }
    let Some(check) = finding.judgement.next.iter().find(|check| suits(check, target(finding))) else {
        return;
    };
    let slots = Slots::of(diagnosis, finding);
    blocks.push(Block::Heading(say("what-would-tell-more")));
    blocks.push(Block::Text(slots.fill(ask(finding, check), "")));
    if !check.command.is_empty() {
        blocks.push(Block::Code(slots.fill(&check.command, "")));
    }
}

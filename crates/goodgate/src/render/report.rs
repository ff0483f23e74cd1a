//! A diagnosis as a report: path, verdict, evidence, what to do, what else it could be, what was not seen.

use goodgate_case::{Diagnosis, Finding, Outcome};
use goodgate_causes::{Audience, Certainty, Check, Ranked};
use goodgate_facts::{Address, ErrorType, Moment, Role, Signal, SignalId, SourceKind, Span, Target, Via};

use super::advice;
use super::blocks::{Block, Hop, Quote, Tone};
use super::{fill, what};
use crate::arguments::Reader;
use crate::explain::error_types;
use crate::redact::redact;

/// Pieces of evidence shown for a finding.
pub(super) const EVIDENCE_MAX: usize = 6;
/// Other causes shown.
const ALSO_MAX: usize = 4;
/// A cause below this share is not worth a line.
const ALSO_MIN: f64 = 0.04;
/// Findings told in full; the others get a line each.
const FINDINGS_MAX: usize = 3;

/// Everything that a reader should see.
pub(crate) fn report(diagnosis: &Diagnosis, reader: Reader) -> Vec<Block> {
    let mut blocks = Vec::new();
    let findings: Vec<&Finding> = diagnosis.findings.iter().filter(|f| !f.recovered).collect();
    match diagnosis.outcome {
        Outcome::NoFault => no_fault(diagnosis, &mut blocks),
        Outcome::CannotTell => cannot_tell(&mut blocks),
        Outcome::Masked => blocks.push(Block::Verdict {
            tone: Tone::Unsure,
            text: "Clients were served, but only because the gateway tried again: a failure hides behind retries.".into(),
        }),
        Outcome::Fault => {}
    }
    for found in findings.iter().take(FINDINGS_MAX) {
        finding(diagnosis, found, reader, &mut blocks);
    }
    let rest: Vec<String> = findings.iter().skip(FINDINGS_MAX).map(|found| one_line(found)).collect();
    if !rest.is_empty() {
        blocks.push(Block::Heading("Also failing".into()));
        blocks.push(Block::Points(rest));
    }
    earlier(diagnosis, &mut blocks);
    if matches!(reader, Reader::Operator | Reader::Support) {
        not_seen(diagnosis, &mut blocks);
    }
    blocks
}

fn no_fault(diagnosis: &Diagnosis, blocks: &mut Vec<Block>) {
    let known: u32 = diagnosis.files.iter().map(|f| f.known).sum();
    blocks
        .push(Block::Verdict { tone: Tone::Good, text: "Nothing is failing in what was handed in.".into() });
    let lines = if known > 0 { format!(" and {}", counted(u64::from(known), "line")) } else { String::new() };
    blocks.push(Block::Text(format!(
        "{}{lines} were understood; none tells of a failure that is still going on.",
        counted(diagnosis.files.len() as u64, "file"),
    )));
}

fn cannot_tell(blocks: &mut Vec<Block>) {
    blocks.push(Block::Verdict {
        tone: Tone::Unsure,
        text: "What was handed in does not tell: nothing in it was understood as evidence of a gateway's failure.".into(),
    });
    blocks.push(Block::Text(
        "Hand in the gateway's error log, its access log, its configuration, and what `ss -ltnp` and `ps -ef` print on \
         the server."
            .into(),
    ));
}

/// Incidents that are over.
fn earlier(diagnosis: &Diagnosis, blocks: &mut Vec<Block>) {
    let past: Vec<String> = diagnosis.findings.iter().filter(|f| f.recovered).map(one_line).collect();
    if !past.is_empty() {
        blocks.push(Block::Heading("Over now".into()));
        blocks.push(Block::Points(past));
    }
}

fn one_line(finding: &Finding) -> String {
    let cause = finding.judgement.ranked.first().map_or("cause unknown", |r| r.cause.title.as_str());
    let when = finding.window.map_or(String::new(), |w| format!("{}: ", span(w)));
    let symptom = finding.symptom.as_ref().map_or(String::new(), |s| {
        let error = s.error.map_or("an error that the upstream answered itself", ErrorType::token);
        format!("{error}, {}; ", counted(finding.count, "time"))
    });
    redact(&format!("{when}{symptom}{cause}"))
}

/// A moment for people, with its zone.
fn short(moment: Moment) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A span for people; one moment where first and last are the same second.
pub(super) fn span(span: Span) -> String {
    let (first, last) = (short(span.first), short(span.last));
    if first == last { first } else { format!("{first} to {last}") }
}

/// "1 file", "2 files".
pub(crate) fn counted(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

fn finding(diagnosis: &Diagnosis, finding: &Finding, reader: Reader, blocks: &mut Vec<Block>) {
    if reader != Reader::Visitor && finding.symptom.is_some() {
        blocks.push(Block::Path(path(diagnosis, finding)));
    }
    let leader = finding.judgement.ranked.first();
    blocks.push(verdict(finding, leader));
    match reader {
        Reader::Visitor => advice::visitor(leader, blocks),
        Reader::Owner => advice::owner(diagnosis, finding, leader, blocks),
        Reader::Operator => operator(diagnosis, finding, leader, blocks),
        Reader::Support => advice::support(diagnosis, finding, leader, blocks),
    }
}

/// The upstream of a finding.
pub(super) fn target(finding: &Finding) -> Option<&Target> {
    finding.symptom.as_ref().and_then(|s| s.target.as_ref())
}

fn path(diagnosis: &Diagnosis, finding: &Finding) -> Vec<Hop> {
    let gateway =
        gateway(diagnosis, finding).map_or("gateway".to_owned(), |(product, version)| match version {
            Some(version) => format!("{product} {version}"),
            None => product,
        });
    let upstream = target(finding).map_or("upstream".to_owned(), ToString::to_string);
    let hop = |name: &str, broken: bool| Hop { name: redact(name), broken };
    vec![hop("client", false), hop(&gateway, false), hop(&upstream, true)]
}

/// Who made the answer: product and version. Where neither a page nor a log's form tells, the product in whose log
/// the failure stands.
pub(super) fn gateway(diagnosis: &Diagnosis, finding: &Finding) -> Option<(String, Option<String>)> {
    // Some access logs look alike for many servers; their form is no product.
    let named = finding.generator.clone().filter(|(product, _)| !product.contains(' '));
    let logged = || {
        let of_finding = finding.evidence.iter().filter_map(|i| diagnosis.evidence.signals().get(*i));
        of_finding.filter(|s| s.source.kind == SourceKind::Log)
    };
    let product = |signal: &Signal| signal.source.product.filter(|product| !product.contains(' '));
    let by_log = || {
        let failed = logged().filter(|s| is_failure(s)).find_map(product);
        failed.or_else(|| logged().filter_map(product).find(|product| advice::GATEWAYS.contains(product)))
    };
    named.or_else(|| by_log().map(|product| (product.to_owned(), None)))
}

/// Whether a signal is a failure of the upstream leg.
pub(super) fn is_failure(signal: &Signal) -> bool {
    matches!(signal.id.kind().role, Role::Failure(Some(_), _))
}

pub(super) fn verdict(finding: &Finding, leader: Option<&Ranked>) -> Block {
    let (tone, text) = match (leader, finding.judgement.certainty) {
        (Some(leader), Certainty::Proven) => {
            (Tone::Bad, format!("{} The evidence proves it.", leader.cause.en.sentence))
        }
        (Some(leader), Certainty::Likely) => {
            (Tone::Bad, format!("Most probably: {}", lower(&leader.cause.en.sentence)))
        }
        (Some(leader), Certainty::Possible) => {
            (Tone::Unsure, format!("Possibly: {}", lower(&leader.cause.en.sentence)))
        }
        _ => (Tone::Unsure, "The evidence does not tell why.".to_owned()),
    };
    Block::Verdict { tone, text: redact(format!("{} {text}", symptom_words(finding)).trim()) }
}

/// "Clients got 502, 3 times: the upstream refused the connection (connection_refused)."
pub(super) fn symptom_words(finding: &Finding) -> String {
    let Some(symptom) = &finding.symptom else { return String::new() };
    let times =
        if finding.count > 1 { format!(", {}", counted(finding.count, "time")) } else { String::new() };
    let why = symptom.error.map(|error| format!("{} ({error})", error_types::in_short(error)));
    match (symptom.status, why) {
        (Some(status), Some(why)) => format!("Clients got {status}{times}: {why}."),
        (Some(status), None) => format!("Clients got {status}{times}."),
        (None, Some(why)) => format!("The gateway saw a failure{times}: {why}."),
        (None, None) => String::new(),
    }
}

/// The sentence as it reads behind a colon; names and abbreviations keep their capital.
fn lower(sentence: &str) -> String {
    let first_word = sentence.split_whitespace().next().unwrap_or("");
    let name = first_word.chars().skip(1).any(char::is_uppercase);
    if name || ["Linux", "Apache", "Varnish", "Envoy", "Squid", "Caddy", "Cloudflare"].contains(&first_word) {
        return sentence.to_owned();
    }
    let mut chars = sentence.chars();
    chars.next().map_or(String::new(), |c| c.to_lowercase().chain(chars).collect())
}

fn operator(diagnosis: &Diagnosis, finding: &Finding, leader: Option<&Ranked>, blocks: &mut Vec<Block>) {
    because(diagnosis, finding, leader, blocks);
    if let Some(leader) = leader.filter(|_| finding.judgement.certainty != Certainty::CannotTell) {
        explained(leader, blocks);
        let gateway = gateway(diagnosis, finding);
        let product = gateway.as_ref().map_or("", |(product, _)| product.as_str());
        let audiences = [Audience::Operator, Audience::Developer];
        advice::remedies(leader.cause, &audiences, product, target(finding), blocks);
    }
    also(finding, blocks);
    next(finding, blocks);
}

/// The evidence for and against the leader, each with its place.
pub(super) fn because(
    diagnosis: &Diagnosis,
    finding: &Finding,
    leader: Option<&Ranked>,
    blocks: &mut Vec<Block>,
) {
    let signals = diagnosis.evidence.signals();
    let of_finding = || finding.evidence.iter().filter_map(|i| signals.get(*i));
    let quotes = |ids: &[SignalId]| {
        let mut chosen: Vec<&Signal> = Vec::new();
        for id in ids {
            chosen.extend(of_finding().filter(|s| s.id == *id).take(2));
        }
        // What was read comes before what was concluded from it.
        chosen.sort_by_key(|signal| matches!(signal.via, Via::Derived(_)));
        chosen.truncate(EVIDENCE_MAX);
        quotes_of(diagnosis, chosen)
    };
    let mut for_it = leader.map_or(Vec::new(), |leader| quotes(&leader.in_favour));
    let mut against = leader.map_or(Vec::new(), |leader| quotes(&leader.against));
    if for_it.is_empty() {
        for_it = quotes_of(diagnosis, of_finding().take(EVIDENCE_MAX));
    }
    if !for_it.is_empty() {
        blocks.push(Block::Heading(if leader.is_some() { "Because" } else { "What was seen" }.into()));
        blocks.push(Block::Evidence(for_it));
    }
    if !against.is_empty() {
        against.truncate(2);
        blocks.push(Block::Heading("What speaks against it".into()));
        blocks.push(Block::Evidence(against));
    }
}

/// Signals as pieces of evidence; words that stood there just before are not said again.
pub(super) fn quotes_of<'a>(
    diagnosis: &Diagnosis,
    signals: impl IntoIterator<Item = &'a Signal>,
) -> Vec<Quote> {
    let mut said: Vec<String> = Vec::new();
    let mut quotes: Vec<Quote> = Vec::new();
    for signal in signals {
        let mut quote = quote(diagnosis, signal);
        if quotes.iter().any(|before| before.what == quote.what && before.place == quote.place) {
            continue;
        }
        match &quote.words {
            Some(words) if said.contains(words) => quote.words = None,
            words => said.extend(words.clone()),
        }
        quotes.push(quote);
    }
    quotes
}

/// A signal as a piece of evidence.
fn quote(diagnosis: &Diagnosis, signal: &Signal) -> Quote {
    /// Longer quotations hide what matters.
    const WORDS_MAX: usize = 240;
    let words = signal.excerpt.as_ref().map(|e| {
        let text = redact(e.for_display());
        if text.chars().count() > WORDS_MAX {
            text.chars().take(WORDS_MAX).chain("…".chars()).collect()
        } else {
            text
        }
    });
    Quote { what: what(signal), place: redact(&place(diagnosis, signal)), words }
}

fn place(diagnosis: &Diagnosis, signal: &Signal) -> String {
    let source = &signal.source;
    let times = if signal.count > 1 { format!(", {} times", signal.count) } else { String::new() };
    match (&signal.via, source.kind, source.file.is_empty()) {
        (_, SourceKind::Told, _) | (Via::Told, ..) => "you said so".to_owned(),
        (Via::Derived(from), ..) if !from.is_empty() => {
            let mut places: Vec<String> = from
                .iter()
                .filter_map(|i| diagnosis.evidence.signals().get(*i))
                .filter(|s| !s.source.file.is_empty())
                .map(|s| {
                    if s.source.line > 0 {
                        format!("{}:{}", s.source.file, s.source.line)
                    } else {
                        s.source.file.to_string()
                    }
                })
                .collect();
            places.dedup();
            places.truncate(3);
            if places.is_empty() {
                "concluded".to_owned()
            } else {
                format!("concluded from {}", places.join(", "))
            }
        }
        (_, SourceKind::Derived, _) => "concluded from several files".to_owned(),
        (_, kind, true) => kind.as_str().to_owned(),
        (_, _, false) if source.line > 0 => format!("{}:{}{times}", source.file, source.line),
        _ => format!("{}{times}", source.file),
    }
}

fn explained(leader: &Ranked, blocks: &mut Vec<Block>) {
    if let Some(root) = leader.because_of.and_then(goodgate_causes::get) {
        blocks.push(Block::Text(format!("Behind it may stand {}: {}", root.id, root.en.sentence)));
    }
    if !leader.cause.en.going_on.is_empty() {
        blocks.push(Block::Text(leader.cause.en.going_on.clone()));
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
        .map(|r| format!("{} ({})", r.cause.title, r.cause.id))
        .collect();
    if !others.is_empty() {
        blocks.push(Block::Heading(if unsure { "What it could be" } else { "Also possible" }.into()));
        blocks.push(Block::Points(others));
    }
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

/// The question whose answer would tell most.
pub(super) fn next(finding: &Finding, blocks: &mut Vec<Block>) {
    let Some(check) = finding.judgement.next.iter().find(|check| suits(check, target(finding))) else {
        return;
    };
    blocks.push(Block::Heading("What would tell more".into()));
    blocks.push(Block::Text(fill(&check.ask, target(finding))));
    if !check.command.is_empty() {
        blocks.push(Block::Code(fill(&check.command, target(finding))));
    }
}

fn not_seen(diagnosis: &Diagnosis, blocks: &mut Vec<Block>) {
    if diagnosis.not_seen.is_empty() || diagnosis.outcome == Outcome::NoFault {
        return;
    }
    blocks.push(Block::Heading("Not seen".into()));
    blocks.push(Block::Points(
        diagnosis.not_seen.iter().map(|n| format!("{} ({}): {}", n.what, n.why, n.how)).collect(),
    ));
}

//! A diagnosis as a report: blocks that every form (terminal, Markdown, HTML) shows in its own way.

use goodgate_case::{Diagnosis, Finding, Outcome};
use goodgate_causes::{Audience, Certainty, Ranked, Remedy, Risk};
use goodgate_facts::{Signal, SignalId, SourceKind};

use super::{fill, what};
use crate::arguments::Reader;
use crate::redact::redact;

/// One piece of a report.
pub(crate) enum Block {
    /// The way of the request, with the hop that broke marked.
    Path(Vec<Hop>),
    /// The sentence that matters most.
    Verdict { tone: Tone, text: String },
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// Points in no order.
    Points(Vec<String>),
    /// Evidence: what, where, and the words it was read from.
    Evidence(Vec<Quote>),
    /// Steps in order.
    Steps(Vec<String>),
    /// A command to type.
    Command(String),
}

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Bad,
    Unsure,
    Good,
}

/// One station on the way of a request.
pub(crate) struct Hop {
    pub(crate) name: String,
    /// Whether the way from the station before to this one is the one that broke.
    pub(crate) broken: bool,
}

/// A piece of evidence as shown.
pub(crate) struct Quote {
    pub(crate) what: String,
    pub(crate) place: String,
    pub(crate) words: Option<String>,
}

/// Pieces of evidence shown for a finding.
const EVIDENCE_MAX: usize = 6;
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
            text: "Clients were served, but only because the gateway tried again: a failure is hidden behind retries.".into(),
        }),
        Outcome::Fault => {}
    }
    for found in findings.iter().take(FINDINGS_MAX) {
        finding(diagnosis, found, reader, &mut blocks);
    }
    for found in findings.iter().skip(FINDINGS_MAX) {
        blocks.push(Block::Points(vec![one_line(found)]));
    }
    earlier(diagnosis, &mut blocks);
    if matches!(reader, Reader::Operator | Reader::Support) {
        not_seen(diagnosis, &mut blocks);
    }
    blocks
}

fn no_fault(diagnosis: &Diagnosis, blocks: &mut Vec<Block>) {
    let known: u32 = diagnosis.files.iter().map(|f| f.known).sum();
    blocks.push(Block::Verdict { tone: Tone::Good, text: "Nothing is failing in what was handed in.".into() });
    blocks.push(Block::Text(format!(
        "{} and {} were understood; none of them tells of a failure that is still going on.",
        counted(diagnosis.files.len() as u64, "file"),
        counted(u64::from(known), "line")
    )));
}

fn cannot_tell(blocks: &mut Vec<Block>) {
    blocks.push(Block::Verdict {
        tone: Tone::Unsure,
        text: "What was handed in does not tell: no line of it was understood as evidence of a gateway's failure.".into(),
    });
    blocks.push(Block::Text(
        "Hand in the gateway's error log, its access log, its configuration, and what `ss -ltnp` and `ps -ef` print on the server."
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
    let when = finding.window.map_or(String::new(), |w| format!("{} to {}: ", short(w.first), short(w.last)));
    let symptom = finding.symptom.as_ref().map_or(String::new(), |s| {
        let error = s.error.map_or("an error that the upstream answered itself", goodgate_facts::ErrorType::token);
        format!("{error}, {}; ", counted(finding.count, "time"))
    });
    redact(&format!("{when}{symptom}{cause}"))
}

fn short(moment: goodgate_facts::Moment) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

pub(crate) fn counted(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

fn finding(diagnosis: &Diagnosis, finding: &Finding, reader: Reader, blocks: &mut Vec<Block>) {
    if reader != Reader::Visitor {
        blocks.push(Block::Path(path(finding)));
    }
    let leader = finding.judgement.ranked.first();
    blocks.push(verdict(finding, leader));
    match reader {
        Reader::Visitor => visitor(leader, blocks),
        Reader::Owner => owner(diagnosis, finding, leader, blocks),
        Reader::Operator => operator(diagnosis, finding, leader, blocks),
        Reader::Support => support(diagnosis, finding, leader, blocks),
    }
}

fn path(finding: &Finding) -> Vec<Hop> {
    let gateway = finding.generator.as_ref().map_or("gateway".to_owned(), |(product, version)| match version {
        Some(version) => format!("{product} {version}"),
        None => product.clone(),
    });
    let target = finding.symptom.as_ref().and_then(|s| s.target.as_ref());
    let upstream = target.map_or("upstream".to_owned(), ToString::to_string);
    let hop = |name: &str, broken: bool| Hop { name: redact(name), broken };
    vec![hop("client", false), hop(&gateway, false), hop(&upstream, true)]
}

fn verdict(finding: &Finding, leader: Option<&Ranked>) -> Block {
    let (tone, text) = match (leader, finding.judgement.certainty) {
        (Some(leader), Certainty::Proven) => (Tone::Bad, format!("{} That is proven by the evidence.", leader.cause.en.sentence)),
        (Some(leader), Certainty::Likely) => (Tone::Bad, format!("Most probably: {}", lower(&leader.cause.en.sentence))),
        (Some(leader), Certainty::Possible) => (Tone::Unsure, format!("Possibly: {}", lower(&leader.cause.en.sentence))),
        _ => (Tone::Unsure, "The evidence does not tell why.".to_owned()),
    };
    Block::Verdict { tone, text: redact(&format!("{} {text}", symptom_words(finding)).trim().to_owned()) }
}

/// "127.0.0.1:9000 refused …": the symptom in plain words, with the code.
fn symptom_words(finding: &Finding) -> String {
    let Some(symptom) = &finding.symptom else { return String::new() };
    let times = if finding.count > 1 { format!(", {}", counted(finding.count, "time")) } else { String::new() };
    match (symptom.status, symptom.error) {
        (Some(status), Some(error)) => format!("Clients got {status} ({error}{times})."),
        (Some(status), None) => format!("Clients got {status}{times}."),
        (None, Some(error)) => format!("The gateway saw {error}{times}."),
        (None, None) => String::new(),
    }
}

/// The sentence as it reads behind a colon; names and abbreviations keep their capital.
fn lower(sentence: &str) -> String {
    let first_word = sentence.split_whitespace().next().unwrap_or("");
    if first_word.chars().skip(1).any(char::is_uppercase) || ["FastCGI", "SELinux"].contains(&first_word) {
        return sentence.to_owned();
    }
    let mut chars = sentence.chars();
    chars.next().map_or(String::new(), |c| c.to_lowercase().chain(chars).collect())
}

fn operator(diagnosis: &Diagnosis, finding: &Finding, leader: Option<&Ranked>, blocks: &mut Vec<Block>) {
    because(diagnosis, finding, leader, blocks);
    if let Some(leader) = leader.filter(|_| finding.judgement.certainty != Certainty::CannotTell) {
        explained(finding, leader, blocks);
        remedies(leader, &[Audience::Operator, Audience::Developer], finding, blocks);
    }
    also(finding, blocks);
    next(finding, blocks);
}

fn because(diagnosis: &Diagnosis, finding: &Finding, leader: Option<&Ranked>, blocks: &mut Vec<Block>) {
    let Some(leader) = leader else { return };
    let quotes = |ids: &[SignalId]| {
        let mut out: Vec<Quote> = Vec::new();
        for id in ids {
            let of_id = finding.evidence.iter().map(|i| &diagnosis.evidence.signals()[*i]).filter(|s| s.id == *id);
            out.extend(of_id.take(2).map(quote));
        }
        out.truncate(EVIDENCE_MAX);
        out
    };
    let (mut for_it, mut against) = (quotes(&leader.in_favour), quotes(&leader.against));
    if for_it.is_empty() {
        for_it = finding.evidence.iter().take(EVIDENCE_MAX).map(|i| quote(&diagnosis.evidence.signals()[*i])).collect();
    }
    blocks.push(Block::Heading("Because".into()));
    blocks.push(Block::Evidence(for_it));
    if !against.is_empty() {
        against.truncate(2);
        blocks.push(Block::Heading("What speaks against it".into()));
        blocks.push(Block::Evidence(against));
    }
}

fn quote(signal: &Signal) -> Quote {
    let source = &signal.source;
    let times = if signal.count > 1 { format!(", {} times", signal.count) } else { String::new() };
    let place = match (source.kind, source.file.is_empty()) {
        (SourceKind::Derived, _) => "joined from the lines above and below".to_owned(),
        (SourceKind::Told, _) => "you said so".to_owned(),
        (_, true) => source.kind.as_str().to_owned(),
        (_, false) if source.line > 0 => format!("{}:{}{times}", source.file, source.line),
        _ => format!("{}{times}", source.file),
    };
    /// Longer quotations hide what matters.
    const WORDS_MAX: usize = 240;
    let words = signal.excerpt.as_ref().map(|e| {
        let text = redact(e.for_display());
        if text.chars().count() > WORDS_MAX { text.chars().take(WORDS_MAX).chain("…".chars()).collect() } else { text }
    });
    Quote { what: what(signal), place: redact(&place), words }
}

fn explained(finding: &Finding, leader: &Ranked, blocks: &mut Vec<Block>) {
    if let Some(root) = leader.because_of.and_then(goodgate_causes::get) {
        blocks.push(Block::Text(format!("Behind it may stand {}: {}", root.id, root.en.sentence)));
    }
    if finding.judgement.certainty != Certainty::CannotTell && !leader.cause.en.going_on.is_empty() {
        blocks.push(Block::Text(leader.cause.en.going_on.clone()));
    }
}

fn who(leader: &Ranked) -> String {
    let names: Vec<&str> = leader
        .cause
        .fixed_by
        .iter()
        .map(|audience| match audience {
            Audience::Visitor => "the visitor",
            Audience::SiteOwner => "the site's owner",
            Audience::Developer => "whoever writes the application",
            Audience::Operator => "whoever runs the server",
            Audience::HostingProvider => "the hosting provider",
            Audience::CdnProvider => "the CDN's provider",
            Audience::DnsProvider => "whoever runs the DNS zone",
            Audience::ThirdParty => "the outside service's provider",
        })
        .collect();
    if names.is_empty() { "nobody: it is no fault of the site".to_owned() } else { names.join(", or ") }
}

fn remedies(leader: &Ranked, audiences: &[Audience], finding: &Finding, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(format!("What to do ({})", who(leader))));
    let product = finding.generator.as_ref().map_or("", |(product, _)| product.as_str());
    let suits = |r: &&Remedy| audiences.contains(&r.audience) && fits(&r.product, product);
    let chosen: Vec<&Remedy> = leader.cause.remedies.iter().filter(suits).collect();
    if chosen.is_empty() {
        let prose = &leader.cause.en.mend_operator;
        blocks.push(Block::Text(if prose.is_empty() { "The catalogue has no remedy for this yet.".into() } else { prose.clone() }));
    }
    for remedy in chosen {
        let risk = match remedy.risk {
            Risk::Look => "only looks",
            Risk::Reload => "reloads, connections survive",
            Risk::Restart => "restarts, requests in flight may fail",
            Risk::Data => "changes data",
        };
        blocks.push(Block::Text(format!("{} ({risk})", remedy.title)));
        let mut steps = Vec::new();
        if !remedy.save.is_empty() {
            steps.push(format!("First keep a copy: {}", fill(&remedy.save, finding)));
        }
        steps.extend(remedy.steps.iter().map(|step| fill(step, finding)));
        if !remedy.confirm.is_empty() {
            steps.push(format!("It helped if: {}", fill(&remedy.confirm, finding)));
        }
        if !remedy.undo.is_empty() && remedy.risk != Risk::Look {
            steps.push(format!("To undo: {}", fill(&remedy.undo, finding)));
        }
        blocks.push(Block::Steps(steps));
    }
}

/// Whether a remedy for one product suits a case of another.
fn fits(remedy: &str, product: &str) -> bool {
    const GATEWAYS: &[&str] = &[
        "nginx", "apache", "haproxy", "caddy", "varnish", "lighttpd", "envoy", "squid", "trafficserver", "h2o", "traefik",
    ];
    !GATEWAYS.contains(&remedy) || product.is_empty() || remedy == product
}

fn also(finding: &Finding, blocks: &mut Vec<Block>) {
    let others: Vec<String> = finding
        .judgement
        .ranked
        .iter()
        .skip(1)
        .filter(|r| r.probability >= ALSO_MIN)
        .take(ALSO_MAX)
        .map(|r| format!("{} ({})", r.cause.title, r.cause.id))
        .collect();
    if !others.is_empty() {
        blocks.push(Block::Heading("Also possible".into()));
        blocks.push(Block::Points(others));
    }
}

fn next(finding: &Finding, blocks: &mut Vec<Block>) {
    let Some(check) = finding.judgement.next.first() else { return };
    blocks.push(Block::Heading("What would tell more".into()));
    blocks.push(Block::Text(fill(&check.ask, finding)));
    if !check.command.is_empty() {
        blocks.push(Block::Command(fill(&check.command, finding)));
    }
}

fn not_seen(diagnosis: &Diagnosis, blocks: &mut Vec<Block>) {
    if diagnosis.not_seen.is_empty() || diagnosis.outcome == Outcome::NoFault {
        return;
    }
    blocks.push(Block::Heading("Not seen".into()));
    blocks.push(Block::Points(diagnosis.not_seen.iter().map(|n| format!("{} ({}): {}", n.what, n.why, n.how)).collect()));
}

fn visitor(leader: Option<&Ranked>, blocks: &mut Vec<Block>) {
    let yours = leader.is_some_and(|l| l.cause.fixed_by.first() == Some(&Audience::Visitor));
    let text = if yours {
        "This can be mended on your side."
    } else {
        "It is not you: the fault lies with the site. Nothing on your computer or phone causes it."
    };
    blocks.push(Block::Text(text.into()));
    blocks.push(Block::Steps(vec![
        "Wait a minute and load the page again; many such faults pass by themselves.".into(),
        "If it stays, write to the site's owner: what you opened, when exactly, and what the page said.".into(),
    ]));
}

fn owner(diagnosis: &Diagnosis, finding: &Finding, leader: Option<&Ranked>, blocks: &mut Vec<Block>) {
    let Some(leader) = leader.filter(|_| finding.judgement.certainty != Certainty::CannotTell) else {
        because(diagnosis, finding, leader, blocks);
        blocks.push(Block::Text("Hand this report to your hosting provider and ask for the application's error log.".into()));
        return;
    };
    blocks.push(Block::Text(leader.cause.en.going_on.clone()));
    blocks.push(Block::Heading(format!("What to do ({})", who(leader))));
    blocks.push(Block::Text(leader.cause.en.mend_owner.clone()));
    for remedy in leader.cause.remedies.iter().filter(|r| r.audience == Audience::SiteOwner) {
        blocks.push(Block::Text(remedy.title.clone()));
        blocks.push(Block::Steps(remedy.steps.iter().map(|s| fill(s, finding)).collect()));
    }
    because(diagnosis, finding, Some(leader), blocks);
}

/// The request to a hosting provider: exact times with zone, wording, log lines.
fn support(diagnosis: &Diagnosis, finding: &Finding, leader: Option<&Ranked>, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading("Text for the hosting provider's support".into()));
    let when = finding.window.map_or("time unknown".to_owned(), |w| format!("{} to {}", short(w.first), short(w.last)));
    blocks.push(Block::Text(format!("Hello, our site fails: {} When: {when}.", symptom_words(finding))));
    if let Some(leader) = leader {
        blocks.push(Block::Text(format!("It looks like this: {} ({})", leader.cause.en.sentence, leader.cause.id)));
    }
    let logged: Vec<Quote> = finding
        .evidence
        .iter()
        .map(|i| &diagnosis.evidence.signals()[*i])
        .filter(|s| matches!(s.source.kind, SourceKind::Log | SourceKind::Page | SourceKind::Capture))
        .take(EVIDENCE_MAX)
        .map(quote)
        .collect();
    blocks.push(Block::Heading("What the logs say".into()));
    blocks.push(Block::Evidence(logged));
    blocks.push(Block::Text("Could you please look into it, and tell us what you found and whether it can happen again? Thank you.".into()));
}

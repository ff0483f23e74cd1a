//! What to do, for each reader: remedies with their steps, words for a visitor, a request to a hosting provider.

use goodgate_case::{Diagnosis, Finding};
use goodgate_causes::{Audience, Cause, Certainty, Ranked, Remedy, Risk};
use goodgate_facts::{Signal, SourceKind, Target};

use super::blocks::Block;
use super::fill;
use super::report::{EVIDENCE_MAX, because, is_failure, next, quotes_of, span, symptom_words, target};

/// Who can mend it, in words.
pub(super) fn who(cause: &Cause) -> String {
    let names: Vec<&str> = cause
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

/// The remedies of a cause for these readers and this gateway, the harmless ones first.
pub(super) fn remedies(
    cause: &Cause,
    audiences: &[Audience],
    product: &str,
    target: Option<&Target>,
    blocks: &mut Vec<Block>,
) {
    blocks.push(Block::Heading(format!("What to do ({})", who(cause))));
    let suits = |r: &&Remedy| audiences.contains(&r.audience) && fits(&r.product, product);
    let mut chosen: Vec<&Remedy> = cause.remedies.iter().filter(suits).collect();
    chosen.sort_by_key(|remedy| remedy.risk);
    if chosen.is_empty() {
        let prose = &cause.en.mend_operator;
        let text = if prose.is_empty() { "The catalogue has no remedy for this yet." } else { prose };
        blocks.push(Block::Text(text.to_owned()));
    }
    for remedy in chosen {
        let risk = match remedy.risk {
            Risk::Look => "only looks",
            Risk::Reload => "reloads, connections survive",
            Risk::Restart => "restarts, requests in flight may fail",
            Risk::Data => "changes data",
        };
        blocks.push(Block::Text(format!("{} ({risk})", remedy.title)));
        blocks.push(Block::Steps(steps(remedy, target)));
    }
}

fn steps(remedy: &Remedy, target: Option<&Target>) -> Vec<String> {
    let mut steps = Vec::new();
    if !remedy.save.is_empty() {
        steps.push(format!("First keep a copy: {}", fill(&remedy.save, target)));
    }
    steps.extend(remedy.steps.iter().map(|step| fill(step, target)));
    if !remedy.confirm.is_empty() {
        let when = if remedy.risk == Risk::Look { "Done when" } else { "It helped if" };
        steps.push(format!("{when}: {}", fill(&remedy.confirm, target)));
    }
    if !remedy.undo.is_empty() && remedy.risk != Risk::Look {
        steps.push(format!("To undo: {}", fill(&remedy.undo, target)));
    }
    steps
}

/// Products that stand in front of an application.
pub(super) const GATEWAYS: &[&str] = &[
    "nginx",
    "apache",
    "haproxy",
    "caddy",
    "varnish",
    "lighttpd",
    "envoy",
    "squid",
    "trafficserver",
    "h2o",
    "traefik",
];

/// Whether a remedy for one product suits a case of another.
fn fits(remedy: &str, product: &str) -> bool {
    !GATEWAYS.contains(&remedy) || product.is_empty() || remedy == product
}

/// "Is it me?", and what a visitor can do.
pub(super) fn visitor(leader: Option<&Ranked>, blocks: &mut Vec<Block>) {
    let yours = leader.filter(|l| l.cause.fixed_by.first() == Some(&Audience::Visitor));
    if let Some(leader) = yours {
        blocks.push(Block::Text("This can be mended on your side.".into()));
        for remedy in leader.cause.remedies.iter().filter(|r| r.audience == Audience::Visitor) {
            blocks.push(Block::Text(remedy.title.clone()));
            blocks.push(Block::Steps(remedy.steps.clone()));
        }
        return;
    }
    blocks.push(Block::Text(
        "It is not you: the fault lies with the site. Nothing on your computer or phone causes it.".into(),
    ));
    blocks.push(Block::Heading("What you can do".into()));
    blocks.push(Block::Steps(vec![
        "Wait a minute and load the page again; many such faults pass by themselves.".into(),
        "If you were sending a form or paying, look first whether it went through before you send it again."
            .into(),
        "If it stays, write to the site's owner: what you opened, when exactly, and what the page said."
            .into(),
    ]));
}

/// For somebody with a panel and FTP but no shell.
pub(super) fn owner(
    diagnosis: &Diagnosis,
    finding: &Finding,
    leader: Option<&Ranked>,
    blocks: &mut Vec<Block>,
) {
    let Some(leader) = leader.filter(|_| finding.judgement.certainty != Certainty::CannotTell) else {
        because(diagnosis, finding, leader, blocks);
        blocks.push(Block::Text(
            "Hand this report to your hosting provider and ask for the application's error log. `--for support` writes \
             the request for you."
                .into(),
        ));
        return;
    };
    blocks.push(Block::Text(leader.cause.en.going_on.clone()));
    blocks.push(Block::Heading(format!("What to do ({})", who(leader.cause))));
    blocks.push(Block::Text(leader.cause.en.mend_owner.clone()));
    for remedy in leader.cause.remedies.iter().filter(|r| r.audience == Audience::SiteOwner) {
        blocks.push(Block::Text(remedy.title.clone()));
        blocks.push(Block::Steps(steps(remedy, target(finding))));
    }
    because(diagnosis, finding, Some(leader), blocks);
    next(finding, blocks);
}

/// The request to a hosting provider: exact times with zone, wording, log lines, what was told.
pub(super) fn support(
    diagnosis: &Diagnosis,
    finding: &Finding,
    leader: Option<&Ranked>,
    blocks: &mut Vec<Block>,
) {
    blocks.push(Block::Heading("Text for the hosting provider's support".into()));
    let when = finding.window.map_or("we do not know exactly".to_owned(), span);
    blocks.push(Block::Text(format!("Hello, our site fails. {} When: {when}.", symptom_words(finding))));
    if let Some(leader) = leader {
        blocks.push(Block::Text(format!(
            "It looks like this: {} ({})",
            leader.cause.en.sentence, leader.cause.id
        )));
    }
    let signals = || finding.evidence.iter().filter_map(|i| diagnosis.evidence.signals().get(*i));
    let told: Vec<String> =
        signals().filter(|s| s.source.kind == SourceKind::Told).map(super::what).collect();
    if !told.is_empty() {
        blocks.push(Block::Heading("What we know ourselves".into()));
        blocks.push(Block::Points(told));
    }
    let speaks = |signal: &&Signal| {
        is_failure(signal) || leader.is_some_and(|leader| leader.in_favour.contains(&signal.id))
    };
    let mut logged: Vec<&Signal> = signals()
        .filter(|s| matches!(s.source.kind, SourceKind::Log | SourceKind::Page | SourceKind::Capture))
        .filter(speaks)
        .collect();
    logged.sort_by_key(|signal| (!is_failure(signal), signal.source.kind != SourceKind::Log));
    logged.truncate(EVIDENCE_MAX);
    blocks.push(Block::Heading("What the logs say".into()));
    blocks.push(Block::Evidence(quotes_of(diagnosis, logged)));
    blocks.push(Block::Text(
        "Could you please look into it, and tell us what you found and whether it can happen again? Thank you.".into(),
    ));
}

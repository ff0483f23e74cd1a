//! What to do, for each reader: remedies with their steps, words for a visitor, a request to a hosting provider.

use goodgate_case::{Diagnosis, Finding};
use goodgate_causes::{Audience, Cause, Certainty, Ranked, Remedy, Risk};
use goodgate_facts::{Signal, SourceKind};

use super::blocks::{Block, Tone};
use super::evidence::{EVIDENCE_MAX, because, quotes_of};
use super::report::{gateway, is_failure, lower, span, symptom_words, target};
use super::slots::{self, Slots};
use crate::redact::redact;

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
    match names.split_last() {
        None => "nobody: it is no fault of the site".to_owned(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
    }
}

/// The remedies of a cause for these readers and this gateway, the harmless ones first.
pub(super) fn remedies(
    cause: &Cause,
    audiences: &[Audience],
    product: &str,
    slots: &Slots,
    blocks: &mut Vec<Block>,
) {
    blocks.push(Block::Heading(format!("What to do ({})", who(cause))));
    let mut chosen: Vec<&Remedy> = cause
        .remedies
        .iter()
        .filter(|r| audiences.contains(&r.audience) && fits(&r.product, product) && slots.suits(&r.product))
        .collect();
    chosen.sort_by_key(|remedy| remedy.risk);
    if chosen.is_empty() {
        let prose = &cause.en.mend_operator;
        let text = if prose.is_empty() { "The catalogue has no remedy for this yet." } else { prose };
        blocks.push(Block::Text(text.to_owned()));
    }
    let mut told = Vec::new();
    for remedy in chosen {
        let risk = match remedy.risk {
            Risk::Look => "only looks",
            Risk::Reload => "reloads the configuration; visitors notice nothing",
            Risk::Restart => "restarts; requests under way may fail",
            Risk::Data => "changes data",
        };
        blocks.push(Block::Subheading(format!("{} ({risk})", slots.fill(&remedy.title, &remedy.product))));
        let steps = steps(remedy, product, slots);
        blocks.push(Block::Steps(steps.clone()));
        told.extend(steps);
    }
    blocks.extend(slots::remark(slots, &told).map(Block::Text));
}

/// The gateway that a command of a step belongs to: "HAProxy: echo …", "nginx -T …".
fn about(step: &str) -> Option<&'static str> {
    let shown = typed(step);
    let (label, command) = shown.split_once('`')?;
    let label = label.to_ascii_lowercase();
    let named = GATEWAYS.iter().find(|gateway| label.starts_with(**gateway)).copied();
    let asks_nginx = ["nginx -T", "/var/log/nginx/"].iter().any(|mark| command.contains(mark));
    named.or(asks_nginx.then_some("nginx"))
}

fn steps(remedy: &Remedy, product: &str, slots: &Slots) -> Vec<String> {
    let fill = |text: &str| slots.fill(text, &remedy.product);
    let mut steps = Vec::new();
    if !remedy.save.is_empty() {
        let save = typed(&lower(&fill(&remedy.save)));
        // Some say what is to be kept, others with which command.
        let how = if save.contains('`') { " a copy:" } else { "" };
        steps.push(format!("First keep{how} {save}"));
    }
    let here = |step: &&String| slots.possible(step) && about(step).is_none_or(|of| fits(of, product));
    steps.extend(remedy.steps.iter().filter(here).map(|step| typed(&fill(step))));
    if !remedy.confirm.is_empty() {
        let when = if remedy.risk == Risk::Look { "Done when" } else { "It helped if" };
        steps.push(format!("{when}: {}", lower(&fill(&remedy.confirm))));
    }
    if !remedy.undo.is_empty() && remedy.risk != Risk::Look {
        steps.push(format!("To undo: {}", lower(&fill(&remedy.undo))));
    }
    steps
}

/// Programs whose name at the start of a step says that the step is to be typed.
#[rustfmt::skip]
const COMMANDS: &[&str] = &[
    "ausearch", "firewall-cmd", "fuser", "git", "iostat", "mkdir", "mv", "ln", "mtr", "pg_isready", "psql", "redis-cli",
    "echo", "rm", "setsebool", "tracepath", "traceroute", "update-ca-certificates", "a2disconf", "a2enconf", "a2enmod", "apachectl", "apt-get", "aws", "cat", "certbot", "chmod", "chown", "cp", "curl",
    "df", "dig", "dmesg", "docker", "find", "for", "free", "getenforce", "getent", "gpasswd", "grep", "haproxy", "head",
    "id", "ip", "iptables", "journalctl", "kubectl", "ls", "lsof", "mysql", "mysqladmin", "namei", "nc", "nft", "nginx",
    "nmap", "openssl", "php", "ping", "ps", "python3", "readlink", "resolvectl", "restorecon", "sed", "semanage", "ss",
    "stat", "strace", "sudo", "sysctl", "systemctl", "tail", "timeout", "top", "ufw", "usermod", "uptime", "vmstat",
];

/// A step with what is to be typed between backquotes; behind it may stand words in brackets or after "and".
fn typed(step: &str) -> String {
    let program = |text: &str| {
        let word = text.split_whitespace().next().unwrap_or_default();
        let options = text.split_whitespace().nth(1).is_some_and(|second| second.starts_with('-'));
        (COMMANDS.contains(&word) || word.starts_with("php-fpm")) && (options || !GATEWAYS.contains(&word))
    };
    let start = step.find(": ").map(|at| at + 2).filter(|_| !program(step)).unwrap_or(0);
    let Some((lead, rest)) = step.split_at_checked(start) else { return step.to_owned() };
    if !program(rest) || step.contains('`') || rest == "ps" {
        return step.to_owned();
    }
    let ends = [
        " (",
        " with the ",
        " tells ",
        " on the upstream",
        ", own ",
        "; a copy",
        "; the machine",
        " > another",
        ", with ",
        " ; then ",
        "; then ",
        "; in Kubernetes",
        " before ",
        " prints ",
        " shows ",
        " must ",
        " ends it",
        " and ",
        ", then",
        " lists ",
        ", or ",
        "; (",
        " in place of",
    ];
    let end = ends.iter().filter_map(|mark| rest.find(mark)).min().unwrap_or(rest.len());
    match rest.split_at_checked(end) {
        Some((command, words)) => format!("{lead}`{command}`{words}"),
        None => step.to_owned(),
    }
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

/// Gateways of others, which are not meant where a gateway of one's own failed.
const CLOUDS: &[&str] = &["aws", "cloud", "cdn"];

/// Whether a remedy for one product suits a case of another.
fn fits(remedy: &str, product: &str) -> bool {
    let elsewhere = GATEWAYS.contains(&remedy) || CLOUDS.contains(&remedy);
    !elsewhere || product.is_empty() || remedy == product
}

/// "Is it me?", and what a visitor can do.
pub(super) fn visitor(leader: Option<&Ranked>, blocks: &mut Vec<Block>) {
    let yours = leader.filter(|l| l.cause.fixed_by.first() == Some(&Audience::Visitor));
    if let Some(leader) = yours {
        let text = format!("It is on your side, and you can mend it: {}", lower(&leader.cause.en.sentence));
        blocks.push(Block::Verdict { tone: Tone::Unsure, text });
        for remedy in leader.cause.remedies.iter().filter(|r| r.audience == Audience::Visitor) {
            blocks.push(Block::Subheading(remedy.title.clone()));
            blocks.push(Block::Steps(remedy.steps.clone()));
        }
        return;
    }
    blocks.push(Block::Verdict {
        tone: Tone::Unsure,
        text: "It is not you: the fault lies with the site. Nothing on your computer or phone causes it."
            .into(),
    });
    if let Some(leader) = leader {
        blocks.push(Block::Text(format!("What seems to be wrong there: {}.", lower(&leader.cause.title))));
    }
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
        blocks.push(Block::Subheading(remedy.title.clone()));
        blocks.push(Block::Steps(steps(remedy, "", &Slots::of(diagnosis, finding))));
    }
    because(diagnosis, finding, Some(leader), blocks);
    if finding.judgement.certainty != Certainty::Proven {
        blocks.push(Block::Text(
            "For more certainty, ask the hosting provider; `--for support` writes the letter for you.".into(),
        ));
    }
}

/// The request to a hosting provider: exact times with zone, wording, log lines, what was told.
pub(super) fn support(
    diagnosis: &Diagnosis,
    finding: &Finding,
    leader: Option<&Ranked>,
    blocks: &mut Vec<Block>,
) {
    let fails = finding.symptom.as_ref().and_then(|s| s.status);
    let what =
        fails.map_or("Our site fails".to_owned(), |status| format!("Our site answers with error {status}"));
    let since = finding.window.map_or(String::new(), |window| format!(" ({})", span(window)));
    blocks.push(Block::Title(format!("{what}{since}")));
    blocks.push(Block::Text("Hello,".into()));
    blocks.push(Block::Text(
        "our site fails, and we ask for your help. The site is: (put the site's address here).".into(),
    ));
    let mut seen = symptom_words(finding);
    if finding.window.is_none() {
        seen.push_str(" We do not know exactly since when.");
    }
    let gateway =
        gateway(diagnosis, finding).map(|(product, _)| format!(" The web server in front is {product}"));
    let asks = target(finding).map(|target| format!("; it asks {target}"));
    if let Some(gateway) = gateway {
        seen.push_str(&format!("{gateway}{}.", asks.unwrap_or_default()));
    }
    blocks.push(Block::Text(redact(&seen)));
    if let Some(leader) = leader {
        let sure = match finding.judgement.certainty {
            Certainty::Proven => "The logs and files show the cause:",
            Certainty::Likely => "Most probably this is the cause:",
            Certainty::Possible | Certainty::CannotTell => "This may be the cause, but we are not sure:",
        };
        blocks.push(Block::Text(format!("{sure} {}", lower(&leader.cause.en.sentence))));
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
    if !logged.is_empty() {
        blocks.push(Block::Heading("What the logs say".into()));
        blocks.push(Block::Evidence(quotes_of(diagnosis, logged)));
    }
    if let Some(leader) = leader.filter(|_| finding.judgement.certainty != Certainty::CannotTell) {
        asked_for(diagnosis, finding, leader.cause, blocks);
    }
    blocks.push(Block::Text(
        "Please look into it, and tell us what you found and whether it can happen again. Thank you.".into(),
    ));
}

/// What the provider is asked to do: the titles of the remedies, which the provider knows how to carry out.
fn asked_for(diagnosis: &Diagnosis, finding: &Finding, cause: &Cause, blocks: &mut Vec<Block>) {
    /// A letter asks for few things.
    const ASKED_MAX: usize = 3;
    let product = gateway(diagnosis, finding).map_or(String::new(), |(product, _)| product);
    let slots = Slots::of(diagnosis, finding);
    let mut chosen: Vec<&Remedy> = cause
        .remedies
        .iter()
        .filter(|r| matches!(r.audience, Audience::Operator | Audience::HostingProvider))
        .filter(|r| fits(&r.product, &product) && slots.suits(&r.product))
        .collect();
    chosen.sort_by_key(|remedy| remedy.risk);
    let titles: Vec<String> =
        chosen.iter().take(ASKED_MAX).map(|r| slots.fill(&r.title, &r.product)).collect();
    if !titles.is_empty() {
        blocks.push(Block::Heading("What we think would help".into()));
        blocks.push(Block::Points(titles));
    }
}

//! What to do, for each reader: remedies with their steps, words for a visitor, a request to a hosting provider.

use goodgate_case::{Diagnosis, Finding};
use goodgate_causes::{Audience, Cause, Certainty, Ranked, RemedyIn, Risk};
use goodgate_facts::{Language, Signal, SourceKind};

use super::blocks::{Block, Tone};
use super::evidence::{EVIDENCE_MAX, because, quotes_of};
use super::report::{gateway, is_failure, lower, span, symptom_words, target};
use super::slots::{self, Slots};
use crate::redact::redact;
use crate::words::{self, args, say, say_with};

/// Who can mend it, in words.
pub(super) fn who(cause: &Cause) -> String {
    let names: Vec<String> = cause
        .fixed_by
        .iter()
        .map(|audience| match audience {
            Audience::Visitor => say("who-visitor"),
            Audience::SiteOwner => say("who-owner"),
            Audience::Developer => say("who-developer"),
            Audience::Operator => say("who-operator"),
            Audience::HostingProvider => say("who-hosting"),
            Audience::CdnProvider => say("who-cdn"),
            Audience::DnsProvider => say("who-dns"),
            Audience::ThirdParty => say("who-third-party"),
        })
        .collect();
    match names.split_last() {
        None => say("who-nobody"),
        Some((only, [])) => only.clone(),
        Some((last, before)) => say_with("who-or", &args![before = before.join(", "), last = last]),
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
    blocks.push(Block::Heading(say_with("what-to-do", &args![who = who(cause)])));
    let chosen = chosen(cause, audiences, product, slots);
    if chosen.is_empty() {
        let prose = &cause.prose(words::language()).mend_operator;
        blocks.push(Block::Text(if prose.is_empty() { say("no-remedy") } else { prose.clone() }));
    }
    let mut told = Vec::new();
    for words in chosen {
        let risk = match words.remedy.risk {
            Risk::Look => say("risk-look"),
            Risk::Reload => say("risk-reload"),
            Risk::Restart => say("risk-restart"),
            Risk::Data => say("risk-data"),
        };
        let title = slots.fill(words.title(), &words.remedy.product);
        blocks.push(Block::Subheading(format!("{title} ({risk})")));
        let steps = steps(words, product, slots);
        blocks.push(Block::Steps(steps.clone()));
        told.extend(steps);
    }
    blocks.extend(slots::remark(slots, &told).map(Block::Text));
}

/// The remedies of a cause for these readers that suit the gateway and the case, the harmless ones first.
fn chosen<'a>(cause: &'a Cause, audiences: &[Audience], product: &str, slots: &Slots) -> Vec<RemedyIn<'a>> {
    let suits = |words: &RemedyIn<'_>| {
        let remedy = words.remedy;
        audiences.contains(&remedy.audience) && fits(&remedy.product, product) && slots.suits(&remedy.product)
    };
    let mut chosen: Vec<RemedyIn<'_>> = cause.remedies(words::language()).filter(suits).collect();
    chosen.sort_by_key(|words| words.remedy.risk);
    chosen
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

fn steps(words: RemedyIn<'_>, product: &str, slots: &Slots) -> Vec<String> {
    let remedy = words.remedy;
    let fill = |text: &str| slots.fill(text, &remedy.product);
    let mut steps = Vec::new();
    if !remedy.save.is_empty() {
        let save = typed(&lower(&fill(words.save())));
        // Some say what is to be kept, others with which command.
        steps.push(if save.contains('`') {
            say_with("step-keep-copy", &args![command = save])
        } else {
            say_with("step-keep", &args![what = save])
        });
    }
    // The English step says what it is about, in whatever language it is shown.
    let here = |(english, _): &(&str, &str)| {
        slots.possible(english) && about(english).is_none_or(|of| fits(of, product))
    };
    steps.extend(words.steps().filter(here).map(|(_, step)| typed(&fill(step))));
    if !remedy.confirm.is_empty() {
        let what = lower(&fill(words.confirm()));
        steps.push(if remedy.risk == Risk::Look {
            say_with("step-done", &args![what = what])
        } else {
            say_with("step-helped", &args![what = what])
        });
    }
    if !remedy.undo.is_empty() && remedy.risk != Risk::Look {
        steps.push(say_with("step-undo", &args![how = lower(&fill(words.undo()))]));
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
    let end = match words::language() {
        Language::En => ends.iter().filter_map(|mark| rest.find(mark)).min().unwrap_or(rest.len()),
        Language::Ru => before_russian(rest),
    };
    match rest.split_at_checked(end) {
        Some((command, words)) => format!("{lead}`{command}`{words}"),
        None => step.to_owned(),
    }
}

/// Where a command ends and Russian words begin, or where it ends anyway.
fn before_russian(step: &str) -> usize {
    let word = |c: char| ('\u{400}'..='\u{4ff}').contains(&c);
    let command = step.find(word).and_then(|at| step.get(..at)).unwrap_or(step);
    let between = |c: char| c.is_whitespace() || ",;:(«—".contains(c);
    let bare = command.trim_end_matches(between);
    // What stands in quotes or brackets belongs to the command as a whole, Russian or not.
    let whole = bare.matches(['"', '\'']).count() % 2 == 0;
    if command.len() == step.len() || !whole { step.len() } else { bare.len() }
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
        let sentence = lower(&leader.cause.prose(words::language()).sentence);
        let text = say_with("visitor-yours", &args![sentence = sentence]);
        blocks.push(Block::Verdict { tone: Tone::Unsure, text });
        for words in of_audience(leader.cause, Audience::Visitor) {
            blocks.push(Block::Subheading(words.title().to_owned()));
            blocks.push(Block::Steps(words.steps().map(|(_, step)| step.to_owned()).collect()));
        }
        return;
    }
    blocks.push(Block::Verdict { tone: Tone::Unsure, text: say("visitor-not-you") });
    if let Some(leader) = leader {
        let title = lower(leader.cause.title(words::language()));
        blocks.push(Block::Text(say_with("visitor-wrong-there", &args![title = title])));
    }
    blocks.push(Block::Heading(say("visitor-what-to-do")));
    blocks.push(Block::Steps(vec![say("visitor-wait"), say("visitor-paying"), say("visitor-write")]));
}

/// The remedies for one sort of reader, in the language that is spoken.
fn of_audience(cause: &Cause, audience: Audience) -> impl Iterator<Item = RemedyIn<'_>> {
    cause.remedies(words::language()).filter(move |words| words.remedy.audience == audience)
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
        blocks.push(Block::Text(say("owner-hand-in")));
        return;
    };
    let prose = leader.cause.prose(words::language());
    blocks.push(Block::Text(prose.going_on.clone()));
    blocks.push(Block::Heading(say_with("what-to-do", &args![who = who(leader.cause)])));
    blocks.push(Block::Text(prose.mend_owner.clone()));
    for words in of_audience(leader.cause, Audience::SiteOwner) {
        blocks.push(Block::Subheading(words.title().to_owned()));
        blocks.push(Block::Steps(steps(words, "", &Slots::of(diagnosis, finding))));
    }
    because(diagnosis, finding, Some(leader), blocks);
    if finding.judgement.certainty != Certainty::Proven {
        blocks.push(Block::Text(say("owner-more-certainty")));
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
    let what = fails.map_or_else(
        || say("letter-fails"),
        |status| say_with("letter-fails-with", &args![status = status.to_string()]),
    );
    blocks.push(Block::Title(match finding.window {
        Some(window) => say_with("letter-title", &args![what = what, span = span(window)]),
        None => what,
    }));
    blocks.push(Block::Text(say("letter-hello")));
    blocks.push(Block::Text(say("letter-ask")));
    blocks.push(Block::Text(redact(&seen(diagnosis, finding))));
    if let Some(leader) = leader {
        let sentence = lower(&leader.cause.prose(words::language()).sentence);
        let sentence = args![sentence = sentence];
        blocks.push(Block::Text(match finding.judgement.certainty {
            Certainty::Proven => say_with("letter-proven", &sentence),
            Certainty::Likely => say_with("letter-likely", &sentence),
            Certainty::Possible | Certainty::CannotTell => say_with("letter-possible", &sentence),
        }));
    }
    let signals = || finding.evidence.iter().filter_map(|i| diagnosis.evidence.signals().get(*i));
    let told: Vec<String> =
        signals().filter(|s| s.source.kind == SourceKind::Told).map(super::what).collect();
    if !told.is_empty() {
        blocks.push(Block::Heading(say("letter-told")));
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
        blocks.push(Block::Heading(say("letter-logs")));
        blocks.push(Block::Evidence(quotes_of(diagnosis, logged)));
    }
    if let Some(leader) = leader.filter(|_| finding.judgement.certainty != Certainty::CannotTell) {
        asked_for(diagnosis, finding, leader.cause, blocks);
    }
    blocks.push(Block::Text(say("letter-end")));
}

/// What visitors see, since when, and which server stands in front.
fn seen(diagnosis: &Diagnosis, finding: &Finding) -> String {
    let mut said = vec![symptom_words(finding)];
    if finding.window.is_none() {
        said.push(say("letter-since-unknown"));
    }
    if let Some((product, _)) = gateway(diagnosis, finding) {
        said.push(match target(finding) {
            Some(target) => {
                say_with("letter-gateway-asks", &args![product = product, target = target.to_string()])
            }
            None => say_with("letter-gateway", &args![product = product]),
        });
    }
    said.join(" ")
}

/// What the provider is asked to do: the titles of the remedies, which the provider knows how to carry out.
fn asked_for(diagnosis: &Diagnosis, finding: &Finding, cause: &Cause, blocks: &mut Vec<Block>) {
    /// A letter asks for few things.
    const ASKED_MAX: usize = 3;
    let product = gateway(diagnosis, finding).map_or(String::new(), |(product, _)| product);
    let slots = Slots::of(diagnosis, finding);
    let audiences = [Audience::Operator, Audience::HostingProvider];
    let titles: Vec<String> = chosen(cause, &audiences, &product, &slots)
        .iter()
        .take(ASKED_MAX)
        .map(|words| slots.fill(words.title(), &words.remedy.product))
        .collect();
    if !titles.is_empty() {
        blocks.push(Block::Heading(say("letter-would-help")));
        blocks.push(Block::Points(titles));
    }
}

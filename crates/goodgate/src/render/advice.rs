//! What to do: remedies with their steps, for whoever they are meant.

use goodgate_causes::{Audience, Cause, RemedyIn, Risk};
use goodgate_facts::Language;

use super::blocks::Block;
use super::report::lower;
use super::slots::{self, Slots};
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
pub(super) fn chosen<'a>(
    cause: &'a Cause,
    audiences: &[Audience],
    product: &str,
    slots: &Slots,
) -> Vec<RemedyIn<'a>> {
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

pub(super) fn steps(words: RemedyIn<'_>, product: &str, slots: &Slots) -> Vec<String> {
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

/// The remedies for one sort of reader, in the language that is spoken.
pub(super) fn of_audience(cause: &Cause, audience: Audience) -> impl Iterator<Item = RemedyIn<'_>> {
    cause.remedies(words::language()).filter(move |words| words.remedy.audience == audience)
}

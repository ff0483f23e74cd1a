//! For the site's owner, who has a dashboard, a hosting panel and FTP, and no shell.

use goodgate_causes::{Audience, Certainty, Ranked};

use super::super::advice;
use super::super::blocks::{Block, Hop, Tone};
use super::super::outside;
use super::super::slots::Slots;
use super::owner_steps::{self, Topics};
use super::side::Side;
use super::trouble::Trouble;
use super::{Given, names, visitor};
use crate::redact::redact;
use crate::words::{self, args, say, say_with};

/// Words that no owner need know: a title with one of them is left to the report for operators.
#[rustfmt::skip]
const JARGON: &[&str] = &[
    "gateway", "upstream", "socket", "listen", "backlog", "worker", "sni", "handshake", "proxy", "port", "origin",
    "шлюз", "сокет", "слуша", "очеред", "рабоч", "рукопожат", "прокси", "порт", "исходн", "резолвер", "resolver", "tls",
];

/// The report for the owner.
pub(super) fn blocks(given: &Given<'_>) -> Vec<Block> {
    let (side, trouble) = (Side::of(given), Trouble::of(given));
    let mut blocks = vec![Block::Path(way(given))];
    let host = given.visit.as_ref().map_or_else(|| say("owner-your-site"), |visit| visit.host.clone());
    match side {
        Side::Well | Side::Refused => well(given, side, &host, &mut blocks),
        Side::Yours(_) => yours(given, &host, &mut blocks),
        Side::Unclear if given.finding.is_none() => {
            let text = say("owner-unclear");
            blocks.push(Block::Verdict { tone: Tone::Unsure, text });
            blocks.push(Block::Text(say("owner-hand-in")));
        }
        _ => fails(given, trouble, &host, &mut blocks),
    }
    blocks.retain(|block| !matches!(block, Block::Path(hops) if hops.is_empty()));
    names::explain(&mut blocks);
    blocks
}

fn way(given: &Given<'_>) -> Vec<Hop> {
    if let Some(sight) = given.sight {
        return outside::way(&sight.look);
    }
    if given.finding.is_none_or(|finding| finding.symptom.is_none()) {
        return Vec::new();
    }
    let hop = |name: String, broken| Hop { name: redact(&name), broken };
    let web_server = say("outside-hop-http");
    let product = given.finding.and_then(|finding| finding.generator.as_ref());
    let product = product.map(|(generator, _)| super::visit::product(generator));
    let server = product.map_or(web_server.clone(), |product| format!("{web_server} ({product})"));
    let behind = match Trouble::of(given) {
        Trouble::Front => say("way-own-server"),
        _ => say("outside-hop-upstream"),
    };
    vec![hop(say("hop-visitor"), false), hop(server, false), hop(behind, true)]
}

fn well(given: &Given<'_>, side: Side, host: &str, blocks: &mut Vec<Block>) {
    let (tone, text) = match side {
        Side::Well => (Tone::Good, say_with("owner-well", &args![host = host.to_owned()])),
        _ => (Tone::Unsure, say_with("owner-refused", &args![host = host.to_owned()])),
    };
    blocks.push(Block::Verdict { tone, text });
    checked(given, blocks);
    blocks.push(Block::Heading(say("owner-complaints")));
    blocks.push(Block::Steps(vec![
        say("owner-complaints-ask"),
        say("owner-complaints-when"),
        say("owner-complaints-send"),
    ]));
}

fn yours(given: &Given<'_>, host: &str, blocks: &mut Vec<Block>) {
    let text = say_with("owner-not-the-site", &args![host = host.to_owned()]);
    blocks.push(Block::Verdict { tone: Tone::Unsure, text });
    checked(given, blocks);
    blocks.push(Block::Text(say("owner-see-visitor")));
}

fn checked(given: &Given<'_>, blocks: &mut Vec<Block>) {
    let points = visitor::checked(given, Side::Site { sure: true });
    if !points.is_empty() {
        blocks.push(Block::Heading(say("owner-checked")));
        blocks.push(Block::Points(points));
    }
}

fn fails(given: &Given<'_>, trouble: Trouble, host: &str, blocks: &mut Vec<Block>) {
    let said = args![host = host.to_owned(), trouble = trouble.sentence()];
    blocks.push(Block::Verdict { tone: Tone::Bad, text: say_with("owner-fails", &said) });
    let leader = given.finding.and_then(|finding| {
        (finding.judgement.certainty != Certainty::CannotTell).then(|| finding.judgement.ranked.first())?
    });
    reason(given, leader, blocks);
    named_files(given, blocks);
    checked(given, blocks);
    blocks.push(Block::Heading(say("owner-what-to-do")));
    let said = leader.map_or(String::new(), told);
    let topics = Topics::of(given, trouble, leader);
    owner_steps::first(given, topics, &said, blocks);
    if let Some(leader) = leader {
        of_catalogue(given, leader, blocks);
    }
    owner_steps::then(topics, &said, blocks);
    owner_steps::write(given, blocks);
}

/// The probable reason, where it can be said plainly, and how sure that is.
fn reason(given: &Given<'_>, leader: Option<&Ranked>, blocks: &mut Vec<Block>) {
    let certainty = given.finding.map(|finding| finding.judgement.certainty);
    let title = leader.map(|leader| leader.cause.title(words::language())).filter(|title| {
        let title = title.to_lowercase();
        !JARGON.iter().any(|word| title.contains(word))
    });
    let text = match (title, certainty) {
        (Some(title), Some(Certainty::Proven)) => say_with("owner-reason-proven", &args![title = title]),
        (Some(title), Some(Certainty::Likely)) => say_with("owner-reason-likely", &args![title = title]),
        (Some(title), _) => say_with("owner-reason-possible", &args![title = title]),
        (None, Some(Certainty::Proven | Certainty::Likely)) => return,
        (None, _) => say("owner-reason-unknown"),
    };
    blocks.push(Block::Text(redact(&text)));
}

/// Files of extensions that errors name: the best hint that an owner can get.
fn named_files(given: &Given<'_>, blocks: &mut Vec<Block>) {
    const FOLDERS: &[&str] = &["/plugins/", "/themes/", "/modules/", "/components/", "/extensions/"];
    const SHOWN: usize = 3;
    let signals = given.diagnosis.evidence.signals().iter();
    let mut paths: Vec<&str> = signals
        .filter_map(|signal| signal.about.path.as_deref())
        .filter(|path| FOLDERS.iter().any(|folder| path.contains(folder)))
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths.truncate(SHOWN);
    if !paths.is_empty() {
        let files = paths.join(", ");
        blocks.push(Block::Text(redact(&say_with("owner-named-files", &args![files = files]))));
    }
}

/// Everything that the catalogue tells an owner about this cause, to see what need not be said again.
fn told(leader: &Ranked) -> String {
    let mut text = leader.cause.prose(words::language()).mend_owner.clone();
    for remedy in advice::of_audience(leader.cause, Audience::SiteOwner) {
        text.push_str(remedy.title());
        remedy.steps().for_each(|(_, step)| text.push_str(step));
    }
    text
}

fn of_catalogue(given: &Given<'_>, leader: &Ranked, blocks: &mut Vec<Block>) {
    let prose = leader.cause.prose(words::language());
    if !prose.mend_owner.is_empty() {
        blocks.push(Block::Subheading(say("owner-for-this")));
        blocks.push(Block::Text(prose.mend_owner.clone()));
    }
    let slots = given.finding.map(|finding| Slots::of(given.diagnosis, finding)).unwrap_or_default();
    for words in advice::of_audience(leader.cause, Audience::SiteOwner) {
        blocks.push(Block::Subheading(words.title().to_owned()));
        blocks.push(Block::Steps(advice::steps(words, "", &slots)));
    }
}

//! A look at a site from outside, as a part of the report: the way as it was seen, and what was checked.

use goodgate_case::{Diagnosis, Outcome};
use goodgate_pages::generators;
use goodgate_pages::providers::Provider;
use goodgate_probe::{Asked, LeftOut, Look, Purpose, StatusWord};

use super::blocks::{Block, Hop, Tone};
use crate::outside::Sight;
use crate::redact::{self, redact};
use crate::words::{args, say, say_with};

/// Puts what was seen of the way, what was checked and what was left out into a report.
pub(super) fn dress(blocks: &mut Vec<Block>, sight: &Sight, diagnosis: &Diagnosis) {
    let look = &sight.look;
    if diagnosis.outcome == Outcome::NoFault && diagnosis.files.len() <= 1 {
        healthy(blocks, look);
    }
    let way = Block::Path(way(look));
    match blocks.iter_mut().find(|block| matches!(block, Block::Path(_))) {
        Some(path) => *path = way,
        None => blocks.insert(0, way),
    }
    named(blocks, look);
    blocks.push(Block::Heading(say("outside-checked")));
    blocks.push(Block::Points(checked(look)));
    if !sight.providers.is_empty() {
        blocks.push(Block::Heading(say("outside-providers")));
        blocks.push(Block::Points(
            sight.providers.iter().map(|(provider, says)| told_by(provider, says.as_ref())).collect(),
        ));
    }
    let left_out: Vec<String> = look.left_out.iter().map(left_out).collect();
    if !left_out.is_empty() {
        blocks.push(Block::Heading(say("outside-left-out")));
        blocks.push(Block::Points(left_out));
    }
}

/// Says, right behind the verdict, that the page that was named works where something else of the site fails.
pub(super) fn named(blocks: &mut Vec<Block>, look: &Look) {
    if let Some(works) = named_page_works(look) {
        let verdict = blocks.iter().position(|block| matches!(block, Block::Verdict { .. }));
        blocks.insert(verdict.map_or(0, |at| at + 1), Block::Text(works));
    }
}

/// Where something else of the site fails than the page that was named, that it works itself.
fn named_page_works(look: &Look) -> Option<String> {
    let failing = look
        .page()
        .filter(|page| page.failed() && !matches!(page.purpose, Purpose::Page | Purpose::Repeat))?;
    let named = look
        .asked
        .iter()
        .find(|asked| asked.purpose == Purpose::Page && asked.url == look.url && !asked.failed())?;
    let status = named.status()?;
    let what = say(purpose_words(failing.purpose));
    Some(redact(&say_with("outside-named-works", &args![status = status, what = what, path = path(failing)])))
}

/// A site that is well is told so by what was asked of it, not by files that nobody handed in.
fn healthy(blocks: &mut [Block], look: &Look) {
    let host = redact(look.url.host_str().unwrap_or_default());
    let text = match look.page() {
        Some(page) if page.status().is_some_and(|status| status >= 400) => say_with(
            "outside-answers-refusing",
            &args![host = host, status = page.status().unwrap_or_default()],
        ),
        Some(_) => say_with("outside-healthy", &args![host = host]),
        None => return,
    };
    if let Some(at) = blocks.iter().position(|block| matches!(block, Block::Verdict { .. })) {
        blocks[at] = Block::Verdict { tone: Tone::Good, text };
        if matches!(blocks.get(at + 1), Some(Block::Text(_))) {
            blocks[at + 1] = Block::Text(say("outside-healthy-but"));
        }
    }
}

/// The way from the reader to whatever was seen last.
pub(super) fn way(look: &Look) -> Vec<Hop> {
    let mut hops = vec![Hop { name: say("outside-you"), broken: false }];
    for hop in &look.path {
        let named = match hop.hop.as_str() {
            "dns" if hop.ok == Some(false) => say("outside-hop-dns-none"),
            "dns" => say("outside-hop-dns"),
            "connect" => hop.detail.clone(),
            "tls" if hop.detail.is_empty() => "TLS".to_owned(),
            "tls" => hop.detail.clone(),
            "http" => say("outside-hop-http"),
            "upstream" => say("outside-hop-upstream"),
            id => title(id),
        };
        let took = hop.ms.map_or_else(String::new, |ms| format!(" ({})", time(ms / 1000.0)));
        hops.push(Hop { name: redact(&format!("{named}{took}")), broken: hop.ok == Some(false) });
    }
    hops
}

fn title(generator: &str) -> String {
    let known = generators().iter().find(|known| known.id == generator);
    known.map_or_else(|| generator.to_owned(), |known| known.title.to_owned())
}

/// A time for people.
fn time(seconds: f64) -> String {
    match seconds {
        s if s < 0.001 => say_with("outside-ms", &args![n = 1]),
        s if s < 1.0 => say_with("outside-ms", &args![n = (s * 1000.0).round()]),
        s => say_with("outside-s", &args![n = (s * 10.0).round() / 10.0]),
    }
}

pub(super) fn checked(look: &Look) -> Vec<String> {
    let mut points = Vec::new();
    if let Some(name) = &look.name {
        let found: Vec<String> = name.addresses().iter().take(6).map(ToString::to_string).collect();
        let host = redact(look.url.host_str().unwrap_or_default());
        points.push(match found.is_empty() {
            true => say_with("outside-name-unresolved", &args![host = host]),
            false => say_with("outside-name-resolved", &args![host = host, found = found.join(", ")]),
        });
    }
    if let Some(leaf) = look.page().and_then(|page| page.tls.as_ref()).and_then(|tls| tls.chain.first()) {
        let until = leaf.not_after.strftime("%Y-%m-%d").to_string();
        let issuer = redact(&goodgate_facts::visible(&leaf.issuer));
        points.push(say_with("outside-certificate", &args![until = until, issuer = issuer]));
    }
    points.extend(exchanges(look));
    points
        .push(say_with("outside-requests", &args![n = look.requests, took = time(look.took.as_secs_f64())]));
    points
}

/// One point for each thing that was asked for at each address, repetitions together.
fn exchanges(look: &Look) -> Vec<String> {
    let mut points: Vec<String> = Vec::new();
    let mut told: Vec<(Purpose, String, String)> = Vec::new();
    for asked in &look.asked {
        let purpose = if asked.purpose == Purpose::Repeat { Purpose::Page } else { asked.purpose };
        let key = (purpose, asked.url.to_string(), asked.peer.to_string());
        if told.contains(&key) {
            continue;
        }
        let same = |other: &&Asked| {
            let as_page = if other.purpose == Purpose::Repeat { Purpose::Page } else { other.purpose };
            (as_page, other.url.as_str(), other.peer) == (purpose, asked.url.as_str(), asked.peer)
        };
        let all: Vec<&Asked> = look.asked.iter().filter(same).collect();
        points.push(point(look, purpose, &all));
        told.push(key);
    }
    points
}

fn point(look: &Look, purpose: Purpose, all: &[&Asked]) -> String {
    let Some(first) = all.first() else { return String::new() };
    let what = say(purpose_words(purpose));
    let came = outcomes(all);
    let times = if all.len() > 1 { say_with("outside-times", &args![n = all.len()]) } else { String::new() };
    let what_url =
        if first.url.origin() == look.url.origin() { path(first) } else { redact::url(&first.url) };
    let by_address = !matches!(look.url.host(), Some(url::Host::Domain(_))) && purpose != Purpose::Origin;
    let peer = if by_address {
        String::new()
    } else {
        say_with("outside-at", &args![peer = first.peer.to_string()])
    };
    let came = came.join(&say("outside-or"));
    redact(&say_with(
        "outside-point",
        &args![what = what, url = what_url, peer = peer, came = came, times = times],
    ))
}

fn purpose_words(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Page | Purpose::Repeat => "outside-purpose-page",
        Purpose::Http1 => "outside-purpose-http1",
        Purpose::Reused => "outside-purpose-reused",
        Purpose::Cookies => "outside-purpose-cookies",
        Purpose::Home => "outside-purpose-home",
        Purpose::MadeUp => "outside-purpose-made-up",
        Purpose::Static => "outside-purpose-static",
        Purpose::Origin => "outside-purpose-origin",
    }
}

/// What came, each outcome once, with the times that it took.
fn outcomes(all: &[&Asked]) -> Vec<String> {
    let mut told: Vec<(String, Vec<f64>)> = Vec::new();
    for asked in all {
        let (what, after) = outcome(asked);
        match told.iter_mut().find(|(known, _)| *known == what) {
            Some((_, times)) => times.push(after),
            None => told.push((what, vec![after])),
        }
    }
    let after = |times: &[f64]| {
        let least = times.iter().copied().fold(f64::INFINITY, f64::min);
        let most = times.iter().copied().fold(0.0, f64::max);
        match time(least) == time(most) {
            true => say_with("outside-after", &args![time = time(most)]),
            false => say_with("outside-after-range", &args![from = time(least), to = time(most)]),
        }
    };
    told.iter().map(|(what, times)| format!("{what} {}", after(times))).collect()
}

/// The path; the end of a long one is enough.
fn path(asked: &Asked) -> String {
    const CHARS: usize = 60;
    let path = goodgate_facts::visible(asked.url.path()).into_owned();
    match path.char_indices().nth(CHARS) {
        Some((at, _)) => format!("{}…", &path[..at]),
        None => path,
    }
}

/// What came, and after how many seconds.
fn outcome(asked: &Asked) -> (String, f64) {
    match &asked.result {
        Err(failure) => {
            let error = failure.error_type().title().to_lowercase();
            (say_with("outside-came-failure", &args![error = error]), failure.after.as_secs_f64())
        }
        Ok(answer) => {
            let status = answer.response.status;
            let said = match answer.maker.generator.map(title) {
                Some(maker) => say_with("outside-came-from", &args![status = status, maker = maker]),
                None => status.to_string(),
            };
            let cut = if asked.broken() { say("outside-came-broken") } else { String::new() };
            (format!("{said}{cut}"), asked.waited().unwrap_or(asked.took).as_secs_f64())
        }
    }
}

/// A provider with where it tells of itself, and what it says there if it was asked.
fn told_by(provider: &Provider, says: Option<&StatusWord>) -> String {
    let mut text = provider.title.to_owned();
    if let Some(page) = provider.status_page {
        text.push_str(&say_with("outside-provider-status", &args![page = page]));
    }
    if let Some(support) = provider.support {
        text.push_str(&say_with("outside-provider-support", &args![page = support]));
    }
    let said = says.map(|says| match says {
        StatusWord::Says { words, .. } => {
            let words = goodgate_facts::visible(words).into_owned();
            say_with("outside-provider-says", &args![words = words])
        }
        StatusWord::ForPeople => say("outside-provider-for-people"),
        StatusWord::Silent => say("outside-provider-silent"),
    });
    redact(&format!("{text}{}", said.unwrap_or_default()))
}

fn left_out(left_out: &LeftOut) -> String {
    let text = match left_out {
        LeftOut::NotPublic(addresses) => {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            say_with("outside-left-private", &args![addresses = addresses.join(", ")])
        }
        LeftOut::TooManyAddresses(n) => say_with("outside-left-many", &args![n = *n]),
        LeftOut::BudgetSpent => say("outside-left-budget"),
        LeftOut::NoAuthorities => say("outside-left-authorities"),
        LeftOut::PrivateRedirect(url) => say_with("outside-left-redirect", &args![url = redact::url(url)]),
        LeftOut::OtherScheme(scheme) => say_with("outside-left-scheme", &args![scheme = scheme.as_str()]),
        LeftOut::FollowUps => say("outside-left-follow-ups"),
        LeftOut::TooManyRedirects => say("outside-left-redirects"),
        LeftOut::Circle(url) => say_with("outside-left-circle", &args![url = redact::url(url)]),
        LeftOut::RateLimited(n) => say_with("outside-left-limited", &args![n = *n]),
    };
    redact(&text)
}

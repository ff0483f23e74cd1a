//! The pattern of the answers, which is evidence itself: always or sometimes, every page or some, at once or after a
//! wait, with which protocol, and made by whom.

use std::time::Duration;

use goodgate_facts::{Evidence, Phrase, SignalId, Value, id};

use goodgate_wire::Fault;

use crate::ask::{Asked, Purpose};
use crate::exchanges::{rounded, signal};
use crate::page::Verdict;

/// Seconds after which gateways, platforms and application servers give up by default (nginx, Apache, Varnish, HAProxy's
/// examples, AWS, Cloudflare, Heroku, gunicorn …).
const KNOWN_TIMEOUTS_S: &[u32] = &[5, 10, 15, 20, 29, 30, 50, 60, 100, 120, 125, 180, 230, 240, 300];
/// An answer is at a timeout if it came within this after it.
const AFTER_TIMEOUT: Duration = Duration::from_millis(600);
/// From here on somebody waited.
pub(crate) const WAITED: Duration = Duration::from_millis(900);
/// Up to here nobody waited for anything but the network; a multiple of the connection's own time is added.
const AT_ONCE: Duration = Duration::from_millis(60);
/// A certificate that ends within this is worth a word.
const SOON: jiff::SignedDuration = jiff::SignedDuration::from_hours(14 * 24);

/// Puts down what the exchanges show together. `page` is the one that is to be explained.
pub(crate) fn signals(all: &[Asked], page: &Asked, evidence: &mut Evidence) {
    share(all, page, evidence);
    if was_sent(page) {
        pages(all, page, evidence);
        made_up(all, page, evidence);
    }
    variants(all, evidence);
    addresses(all, evidence);
    if page.failed() {
        timing(page, evidence);
        cached(page, evidence);
    }
    edge(all, evidence);
    certificate_end(page, evidence);
    if let Ok(answer) = &page.result {
        let version = Value::Word(answer.response.version.as_str().to_owned());
        evidence.add(signal(id("site-answer-protocol"), page).value(version));
        if !page.failed() {
            let status = Value::Status(answer.response.status);
            evidence.add(signal(id("site-answers-well"), page).value(status));
        }
    }
}

/// Whether a request was sent at all: where nobody could be connected to, nothing was learnt of one page or another.
fn was_sent(page: &Asked) -> bool {
    use goodgate_facts::Phase as P;
    page.result
        .as_ref()
        .err()
        .is_none_or(|failure| !matches!(failure.phase, P::Resolve | P::Connect | P::Tls))
}

fn of(all: &[Asked], purpose: Purpose) -> impl DoubleEndedIterator<Item = &Asked> {
    all.iter().filter(move |asked| asked.purpose == purpose)
}

/// How many repetitions of the page fail.
fn share(all: &[Asked], page: &Asked, evidence: &mut Evidence) {
    let same: Vec<&Asked> = all
        .iter()
        .filter(|a| {
            matches!(a.purpose, Purpose::Page | Purpose::Repeat) && a.url == page.url && a.peer == page.peer
        })
        .collect();
    let failed = same.iter().filter(|asked| asked.failed()).count();
    if same.len() < 2 || failed == 0 {
        return;
    }
    let meaning = if failed == same.len() { id("fails-every-time") } else { id("fails-sometimes") };
    let count = Value::Phrase(Phrase::Share { failed, all: same.len() });
    evidence.add(signal(meaning, page).value(count));
}

/// Whether the gateway itself sends elsewhere or has no such page: that tells nothing of what stands behind it.
fn by_gateway_alone(asked: &Asked) -> bool {
    asked.result.as_ref().is_ok_and(|answer| {
        let elsewhere = matches!(answer.verdict, Verdict::Refused | Verdict::Redirect);
        elsewhere && answer.maker.is_gateway() && !answer.maker.behind
    })
}

/// Whether all pages fail.
fn pages(all: &[Asked], page: &Asked, evidence: &mut Evidence) {
    let pages: Vec<&Asked> = all
        .iter()
        .filter(|a| matches!(a.purpose, Purpose::Page | Purpose::Home | Purpose::MadeUp | Purpose::Static))
        .filter(|a| a.url.origin() == page.url.origin() && !by_gateway_alone(a))
        .collect();
    let failed = pages.iter().filter(|asked| asked.failed()).count();
    if failed == 0 {
        return;
    }
    if failed == pages.len() && pages.len() > 1 {
        evidence.add(signal(id("every-page-fails"), page));
    } else if let Some(well) = pages.iter().find(|asked| !asked.failed()) {
        evidence.add(signal(id("some-pages-fail"), well));
    }
    for file in of(all, Purpose::Static) {
        let meaning = if file.failed() { id("static-file-fails") } else { id("static-file-served") };
        evidence.add(signal(meaning, file));
    }
}

/// Who answers for a page that cannot exist.
fn made_up(all: &[Asked], page: &Asked, evidence: &mut Evidence) {
    // Where redirects led to another site, that one's answer counts.
    let Some(asked) = of(all, Purpose::MadeUp).find(|asked| asked.url.origin() == page.url.origin()) else {
        return;
    };
    if asked.failed() {
        if alike(asked, page) {
            evidence.add(signal(id("made-up-path-fails"), asked));
        }
        return;
    }
    let Ok(answer) = &asked.result else { return };
    if !matches!(answer.response.status, 404 | 410) {
        return;
    }
    evidence.add(signal(id("made-up-path-not-found"), asked));
    let maker = if answer.maker.behind {
        id("not-found-by-application")
    } else if answer.maker.is_gateway() {
        id("not-found-by-gateway")
    } else {
        return;
    };
    let mut signal = signal(maker, asked);
    if let Some(generator) = answer.maker.generator {
        signal = signal.name(generator);
    }
    evidence.add(signal);
}

/// Whether two exchanges failed in the same way.
fn alike(a: &Asked, b: &Asked) -> bool {
    match (a.failure(), b.failure()) {
        (Some(a), Some(b)) => a.fault.error_type() == b.fault.error_type(),
        (None, None) => a.status() == b.status(),
        _ => false,
    }
}

/// The same page in other ways: cookies, versions of the protocol, a used connection.
fn variants(all: &[Asked], evidence: &mut Evidence) {
    let Some(page) = of(all, Purpose::Page).next_back() else { return };
    let repeats =
        all.iter().filter(|a| matches!(a.purpose, Purpose::Page | Purpose::Repeat) && a.url == page.url);
    let wavers = repeats.clone().any(Asked::failed) && !repeats.clone().all(Asked::failed);
    // What fails now and then says nothing by failing once in another way.
    let mut tell = |variant: Option<&Asked>, alone: SignalId, same: Option<SignalId>| {
        let Some(variant) = variant.filter(|variant| variant.url == page.url && !wavers) else { return };
        match (page.failed(), variant.failed()) {
            (false, true) => drop(evidence.add(signal(alone, variant))),
            (a, b) if a == b => {
                if let Some(same) = same {
                    evidence.add(signal(same, variant));
                }
            }
            _ => {}
        }
    };
    let (cookies, same) = (id("fails-with-cookies-only"), id("cookies-make-no-difference"));
    tell(of(all, Purpose::Cookies).next_back(), cookies, Some(same));
    let (reused, works) = (id("reused-connection-alone-fails"), id("reused-connection-works"));
    let works = (!page.failed()).then_some(works);
    // A server may close a connection that has done its work at any time; browsers try again on another.
    let on_used = of(all, Purpose::Reused).next_back().filter(|asked| !closed_meanwhile(asked));
    tell(on_used, reused, works);
    let spoke_h2 = page.tls.as_ref().and_then(|tls| tls.alpn.as_deref()) == Some("h2");
    let plain = of(all, Purpose::Http1).next_back().filter(|plain| spoke_h2 && plain.url == page.url);
    // A server that speaks HTTP/2 alone says so in the handshake or hangs up: visitors' browsers speak it.
    let plain = plain.filter(|plain| page.failed() || plain.result.is_ok());
    tell(plain, id("http1-alone-fails"), None);
    if let Some(plain) = plain.filter(|plain| page.failed() && !plain.failed() && !wavers) {
        evidence.add(signal(id("http2-alone-fails"), plain));
    }
}

/// Whether a used connection was closed just when it was used again (RFC 9112 section 9.3.1).
fn closed_meanwhile(asked: &Asked) -> bool {
    let race =
        [Fault::ClosedBeforeResponse, Fault::ResetBeforeResponse, Fault::AnsweredUnasked, Fault::SendBroken];
    asked.result.as_ref().is_err_and(|failure| race.contains(&failure.fault))
}

/// Addresses of the host that behave otherwise than the rest.
fn addresses(all: &[Asked], evidence: &mut Evidence) {
    let Some(url) = of(all, Purpose::Page).next_back().map(|asked| &asked.url) else { return };
    let pages: Vec<&Asked> = of(all, Purpose::Page).filter(|asked| asked.url == *url).collect();
    if pages.len() < 2 {
        return;
    }
    let reached = |asked: &Asked| asked.failure().is_none_or(|failure| !failure.phase.retry_is_safe());
    let dead: Vec<&&Asked> = pages.iter().filter(|asked| !reached(asked)).collect();
    if dead.len() == pages.len() {
        evidence.add(signal(id("every-address-fails"), pages[0]));
        return;
    }
    for asked in &dead {
        evidence.add(signal(id("other-address-answers"), asked));
    }
    let family_dead = |v6: bool| {
        let mut of_family = pages.iter().filter(|asked| asked.peer.is_ipv6() == v6).peekable();
        of_family.peek().is_some() && of_family.all(|asked| !reached(asked))
    };
    for (v6, meaning) in [(true, id("ipv6-address-dead")), (false, id("ipv4-address-dead"))] {
        if let Some(asked) = dead.iter().find(|asked| family_dead(v6) && asked.peer.is_ipv6() == v6) {
            evidence.add(signal(meaning, asked));
        }
    }
    let answered: Vec<&&Asked> = pages.iter().filter(|asked| reached(asked)).collect();
    let failed: Vec<&&&Asked> = answered.iter().filter(|asked| asked.failed()).collect();
    // One failure of one try may be chance; only an address that was asked again tells.
    let again = |odd: &Asked| {
        let same = |asked: &&Asked| asked.peer == odd.peer && asked.url == odd.url;
        let repeats: Vec<&Asked> = of(all, Purpose::Repeat).filter(same).collect();
        !repeats.is_empty() && repeats.iter().all(|asked| asked.failed())
    };
    if failed.len() == 1 && answered.len() > 1 && again(failed[0]) {
        evidence.add(signal(id("one-address-alone-fails"), failed[0]));
    }
}

/// How long whoever failed had waited.
fn timing(page: &Asked, evidence: &mut Evidence) {
    let Some(waited) = page.waited().filter(|_| page.result.is_ok()) else { return };
    let seconds = Value::Seconds(rounded(waited));
    let known = KNOWN_TIMEOUTS_S.iter().map(|s| Duration::from_secs(u64::from(*s)));
    let journey = page.timings.connect.unwrap_or_default();
    let meaning =
        if known.clone().any(|timeout| waited >= timeout && waited < timeout + AFTER_TIMEOUT + journey) {
            id("probe-failed-at-known-timeout")
        } else if waited >= WAITED {
            id("probe-failed-after-wait")
        } else if waited < AT_ONCE + journey * 2 && !page.broken() {
            // Where an answer breaks off later, it is not its beginning that failed.
            id("probe-failed-at-once")
        } else {
            return;
        };
    evidence.add(signal(meaning, page).value(seconds));
}

/// Whether a failing answer came out of a cache (RFC 9111 section 5.1, RFC 9211, and the CDNs' own fields).
fn cached(page: &Asked, evidence: &mut Evidence) {
    let Ok(answer) = &page.result else { return };
    let field = |name: &str| answer.response.field(name).unwrap_or_default().to_ascii_lowercase();
    let aged = field("age").parse::<u64>().is_ok_and(|age| age > 0);
    let hit = ["x-cache", "cf-cache-status", "x-cache-status", "x-proxy-cache"]
        .iter()
        .any(|name| field(name).split([' ', ',']).any(|word| word == "hit"));
    let said = field("cache-status").split([';', ',']).any(|word| word.trim() == "hit");
    if aged || hit || said {
        evidence.add(signal(id("answers-come-from-cache"), page));
    }
}

/// Whether a content delivery network or a cloud's front stands before the site.
fn edge(all: &[Asked], evidence: &mut Evidence) {
    let found = all.iter().filter(|asked| asked.purpose != Purpose::Origin).find_map(|asked| {
        let maker = &asked.result.as_ref().ok()?.maker;
        let made = maker.generator.filter(|_| maker.kind == Some(goodgate_pages::Kind::Edge));
        let front = maker.front.filter(|id| {
            goodgate_pages::generators().iter().any(|g| g.id == *id && g.kind == goodgate_pages::Kind::Edge)
        });
        made.or(front).map(|edge| (asked, edge))
    });
    if let Some((asked, edge)) = found {
        evidence.add(signal(id("edge-in-front"), asked).name(edge));
    }
}

fn certificate_end(page: &Asked, evidence: &mut Evidence) {
    let Some(leaf) = page.tls.as_ref().and_then(|tls| tls.chain.first()) else { return };
    let left = leaf.not_after.duration_since(page.began);
    // Certificates that live for days only are renewed by machines, a third of their life before the end.
    let soon = SOON.min(leaf.not_after.duration_since(leaf.not_before) / 3);
    if left.is_positive() && left < soon {
        let days = Value::Phrase(Phrase::DaysLeft(left.as_hours() / 24));
        evidence.add(signal(id("certificate-ends-soon"), page).value(days));
    }
}

/// Whether the exchange is one that a visitor would call well, though not found or refused.
pub(crate) fn is_refusal(asked: &Asked) -> bool {
    asked.result.as_ref().is_ok_and(|answer| answer.verdict == Verdict::Refused)
}

//! Our own requests can be what a site turns away: that is asked once more, alone, and not counted where it is well then.

use std::net::SocketAddr;
use std::time::Duration;

use url::Url;

use crate::ask::{Asked, Asker, Order, Purpose};
use crate::jar::Jar;
use crate::progress::{Progress, Step};
use crate::turns::QUICK;
use crate::visit::{Visit, cookies, needed};

/// Before a request that a limit turned away is sent again, unless the answer itself names a time, which counts up to
/// the second of these.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: u64 = 2;

/// What the site was sent by this look before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// No more than a browser sends.
    Little,
    /// More than that: a limit may count it.
    More,
}

/// Whether a limit of the site may have turned the request away: at once, without looking at it.
fn turned_away(asked: &Asked) -> bool {
    matches!(asked.status(), Some(429 | 503)) && asked.waited().unwrap_or(asked.took) < QUICK
}

/// Whether the answer is the page, or what stands for it.
fn well(asked: &Asked) -> bool {
    !asked.failed() && asked.status() != Some(429)
}

/// Whether it was made possible by other answers.
fn follows(asked: &Asked) -> bool {
    matches!(asked.purpose, Purpose::Static | Purpose::Cookies | Purpose::Reused)
}

/// How long to wait before asking again.
fn pause(asked: &Asked) -> Duration {
    let named = asked.result.as_ref().ok().and_then(|answer| answer.response.field("retry-after"));
    let named = named.and_then(|seconds| seconds.trim().parse().ok()).filter(|s| (1..=PAUSE_MAX).contains(s));
    named.map_or(PAUSE, Duration::from_secs)
}

/// What to ask once more, each alone: the page at each address that turned it away, else whatever was turned away.
/// Nothing where something failed in another way, nor where no page is well although it came before all else: that was
/// none of our doing.
fn doubtful(asked: &[Asked], before: Before) -> Vec<&Asked> {
    let page_well = asked.iter().any(|asked| asked.purpose == Purpose::Page && well(asked));
    let ours = page_well || before == Before::More;
    if !ours || asked.iter().any(|asked| !well(asked) && !turned_away(asked)) {
        return Vec::new();
    }
    let turned_away = || asked.iter().filter(|asked| turned_away(asked));
    let mut pages: Vec<&Asked> = turned_away().filter(|asked| needed(asked.purpose)).collect();
    if pages.is_empty() {
        // What followed from the answers stands back: one pause is enough.
        let all: Vec<&Asked> = turned_away().filter(|asked| asked.purpose != Purpose::Reused).collect();
        let rest: Vec<&Asked> = all.iter().copied().filter(|asked| !follows(asked)).collect();
        return if rest.is_empty() { all } else { rest };
    }
    // The page itself before its repetitions.
    pages.sort_by_key(|asked| asked.purpose != Purpose::Page);
    let mut once: Vec<&Asked> = Vec::new();
    for page in pages {
        if once.iter().all(|other| other.peer != page.peer) {
            once.push(page);
        }
    }
    once
}

/// One of them.
struct Again {
    purpose: Purpose,
    url: Url,
    peer: SocketAddr,
    cookies: Option<String>,
    pause: Duration,
    times: u32,
}

/// Asks what is doubtful once more.
pub(crate) async fn recheck(
    asker: &Asker<'_>,
    visit: &mut Visit,
    before: Before,
    jar: &Jar,
    progress: &Progress<'_>,
) {
    let start = std::time::Instant::now();
    let again = again(visit, before, jar);
    let page_too = again.iter().any(|one| needed(one.purpose));
    'all: for one in again {
        for time in 1..=one.times {
            if asker.budget.spent() >= asker.plan.budget {
                break 'all;
            }
            tokio::time::sleep(one.pause).await;
            let order = Order::new(one.purpose, one.url.clone(), one.peer);
            let order = Order { cookies: one.cookies.clone(), ..order };
            let Some((asked, _)) = asker.ask(&order).await else { break 'all };
            progress(Step::Answered(&asked));
            if !well(&asked) {
                if needed(one.purpose) {
                    visit.asked.push(Asked { purpose: Purpose::Repeat, ..asked });
                    break 'all;
                }
                break;
            }
            if time == one.times {
                was_a_limit(visit, &one, page_too);
                visit.asked.push(asked);
            }
        }
    }
    if page_is_well(&visit.asked) {
        // A used connection that is turned away beside a page that is well says nothing of connections.
        let all = visit.asked.len();
        visit.asked.retain(|asked| asked.purpose != Purpose::Reused || !turned_away(asked));
        visit.limited += all - visit.asked.len();
    }
    asker.pace.needed(start.elapsed());
}

fn page_is_well(asked: &[Asked]) -> bool {
    asked.iter().filter(|asked| needed(asked.purpose)).all(well)
}

fn again(visit: &Visit, before: Before, jar: &Jar) -> Vec<Again> {
    let doubtful = doubtful(&visit.asked, before);
    let page_too = doubtful.iter().any(|one| needed(one.purpose));
    // One of several servers behind the site may fail in the same way, and the next request find another.
    let some = visit.asked.iter().any(|asked| needed(asked.purpose) && well(asked));
    let again = |one: &Asked| Again {
        purpose: one.purpose,
        url: one.url.clone(),
        peer: one.peer,
        cookies: match one.purpose {
            Purpose::Cookies => cookies(visit, jar, &one.url),
            _ => jar.field(&one.url),
        },
        pause: pause(one),
        times: if page_too && some && one.status() == Some(503) { 2 } else { 1 },
    };
    doubtful.into_iter().map(again).collect()
}

/// Takes out what a limit turned away: this, and with the page everything of this address.
fn was_a_limit(visit: &mut Visit, one: &Again, page_too: bool) {
    let all = visit.asked.len();
    let of_this = |other: &Asked| {
        let same = other.url == one.url || page_too || follows(other);
        turned_away(other) && other.peer == one.peer && same
    };
    visit.asked.retain(|other| !of_this(other));
    visit.limited += all - visit.asked.len();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page;

    fn asked(purpose: Purpose, peer: u8, status: u16, fields: &[(&str, &str)], took_ms: u64) -> Asked {
        let response = goodgate_wire::Response {
            version: goodgate_wire::Version::Http11,
            status,
            reason: Vec::new(),
            fields: fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
                .collect(),
            interim: Vec::new(),
            framing: goodgate_wire::Framing::None,
            body: Vec::new(),
            end: goodgate_wire::BodyEnd::Complete,
            surplus: 0,
            received: 0,
            reusable: false,
            timings: goodgate_wire::Timings::default(),
        };
        let (maker, verdict) = page::read(&response, &response.to_text());
        Asked {
            purpose,
            url: Url::parse("http://shop.example/").unwrap(),
            peer: SocketAddr::from(([192, 0, 2, peer], 80)),
            began: jiff::Timestamp::UNIX_EPOCH,
            timings: goodgate_wire::Timings::default(),
            took: Duration::from_millis(took_ms),
            tls: None,
            result: Ok(crate::Answer {
                text: response.to_text(),
                response,
                undecodable: false,
                maker,
                verdict,
            }),
        }
    }

    fn doubted(asked: &[Asked], before: Before) -> Vec<(Purpose, SocketAddr)> {
        doubtful(asked, before).iter().map(|one| (one.purpose, one.peer)).collect()
    }

    #[test]
    fn only_what_was_turned_away_at_once_beside_a_page_that_is_well_is_asked_again() {
        use Purpose::{Home, MadeUp, Page, Repeat, Reused, Static};
        let one = |purpose, status| asked(purpose, 1, status, &[], 5);
        let peer = one(Page, 200).peer;
        let doubted = |asked: &[Asked]| doubted(asked, Before::Little);
        assert_eq!(doubted(&[one(Page, 200), one(Repeat, 200), one(MadeUp, 404)]), []);
        // The page stands for the rest.
        let mixed = [one(Page, 200), one(MadeUp, 429), one(Repeat, 503), one(Home, 200)];
        assert_eq!(doubted(&mixed), [(Repeat, peer)]);
        assert_eq!(doubted(&[one(Page, 200), one(Home, 503)]), [(Home, peer)]);
        // Each address may fail for itself.
        let other = asked(Page, 2, 429, &[], 5);
        assert_eq!(doubted(&[one(Page, 200), other.clone()]), [(Page, other.peer)]);
        // Other failures are none of a limit, nor is what comes after a wait.
        assert_eq!(doubted(&[one(Page, 200), one(Repeat, 503), one(Home, 502)]), []);
        assert_eq!(doubted(&[one(Page, 200), asked(Repeat, 1, 503, &[], 2000)]), []);
        // What follows from other answers is asked again only if nothing else was turned away.
        assert_eq!(doubted(&[one(Page, 200), one(Static, 503), one(Home, 503)]), [(Home, peer)]);
        assert_eq!(doubted(&[one(Page, 200), one(Static, 503), one(Reused, 503)]), [(Static, peer)]);
    }

    #[test]
    fn a_page_that_came_alone_was_not_turned_away_because_of_us() {
        use Purpose::{Home, MadeUp, Page, Repeat};
        let one = |purpose, status| asked(purpose, 1, status, &[], 5);
        let peer = one(Page, 503).peer;
        for turned_away in [429, 503] {
            let all = [one(Page, turned_away), one(Repeat, turned_away), one(MadeUp, turned_away)];
            assert_eq!(doubted(&all, Before::Little), []);
            assert_eq!(doubted(&all, Before::More), [(Page, peer)]);
            assert_eq!(doubted(&all[..1], Before::More), [(Page, peer)]);
            let wavers = [one(Page, turned_away), one(Repeat, 200), one(Home, 200)];
            assert_eq!(doubted(&wavers, Before::Little), []);
        }
    }

    #[test]
    fn a_short_wait_that_the_site_names_is_kept() {
        let named = |value| pause(&asked(Purpose::Page, 1, 429, &[("Retry-After", value)], 5));
        assert_eq!(named("2"), Duration::from_secs(2));
        assert_eq!(named("0"), PAUSE);
        assert_eq!(named("120"), PAUSE);
        assert_eq!(named("Fri, 01 Jan 2100 00:00:00 GMT"), PAUSE);
        assert_eq!(pause(&asked(Purpose::Page, 1, 429, &[], 5)), PAUSE);
    }
}

//! One address of a site, asked for in several ways at once: the page itself at each of the host's addresses, again to
//! see whether it always fails, over HTTP/1.1, the home page, and a page that cannot exist.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use goodgate_wire::Connection;
use url::Url;

use crate::ask::{Asked, Asker, Order, Purpose};
use crate::jar::Jar;
use crate::page::{self, Verdict};
use crate::progress::{Progress, Step};

/// Addresses of a host that are asked; the rest is left alone.
const ADDRESSES_MAX: usize = 4;
/// What is not needed for the answer is waited for so long at least after the last page, and no longer than that
/// itself took where it came soon.
const GRACE: Duration = Duration::from_millis(70);
const SOON: Duration = Duration::from_millis(300);
/// Follow-ups are not begun where the page took longer than this: they would double the time.
pub(crate) const QUICK: Duration = Duration::from_millis(600);
/// Before a request that a limit turned away is sent again, unless the answer itself names a time, which counts up to
/// the second of these.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: u64 = 2;

/// How much is asked of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Everything: this is the address that was named.
    Full,
    /// The page and what tells its pattern: this is where a redirect led.
    Further,
    /// The page only.
    Page,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Visit {
    pub(crate) asked: Vec<Asked>,
    /// A connection that carried the page or another quick answer, for follow-ups: the last one, so that servers which
    /// serve one connection at a time are not kept from the others.
    kept: Option<(SocketAddr, Connection)>,
    /// When follow-ups have to be done.
    until: Option<tokio::time::Instant>,
    /// Exchanges that a limit of the site turned away, which says nothing of the page.
    pub(crate) limited: usize,
}

impl Visit {
    /// The exchange that stands for the page: a failing one if there is any, else the first.
    pub(crate) fn page(&self) -> Option<&Asked> {
        let pages = || self.asked.iter().filter(|asked| asked.purpose == Purpose::Page);
        pages().find(|asked| asked.result.is_ok() && asked.failed()).or_else(|| {
            let answered = pages().find(|asked| asked.result.is_ok());
            answered.or_else(|| pages().next())
        })
    }

    /// Where the page sends visitors.
    pub(crate) fn redirect(&self) -> Option<&Asked> {
        self.page()
            .filter(|asked| asked.result.as_ref().is_ok_and(|answer| answer.verdict == Verdict::Redirect))
    }
}

/// The addresses to be asked: of both families in turn, so that neither is left out.
pub(crate) fn chosen(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let (v4, v6): (Vec<IpAddr>, Vec<IpAddr>) = addresses.iter().copied().partition(IpAddr::is_ipv4);
    let mut out = Vec::new();
    let (mut v4, mut v6) = (v4.into_iter(), v6.into_iter());
    while out.len() < ADDRESSES_MAX {
        let before = out.len();
        out.extend(v4.next());
        if out.len() < ADDRESSES_MAX {
            out.extend(v6.next());
        }
        if out.len() == before {
            break;
        }
    }
    out
}

/// Asks.
pub(crate) async fn visit(
    asker: &Asker<'_>,
    url: &Url,
    addresses: &[IpAddr],
    depth: Depth,
    jar: &Jar,
    progress: &Progress<'_>,
) -> Visit {
    let mut visit = burst(asker, url, addresses, depth, jar, progress).await;
    alone(asker, &mut visit, jar, progress).await;
    visit
}

/// Asks everything at once.
async fn burst(
    asker: &Asker<'_>,
    url: &Url,
    addresses: &[IpAddr],
    depth: Depth,
    jar: &Jar,
    progress: &Progress<'_>,
) -> Visit {
    let port = url.port_or_known_default().unwrap_or(80);
    let peers: Vec<SocketAddr> = addresses.iter().map(|ip| SocketAddr::new(*ip, port)).collect();
    let Some(&first) = peers.first() else { return Visit::default() };
    let home = at_path(url, "/");
    let made_up = at_path(url, &made_up_path(url));
    let mut orders: Vec<Order<'_>> = peers.iter().map(|peer| Order::new(Purpose::Page, url, *peer)).collect();
    if asker.plan.only_page || depth == Depth::Page {
        return gather(asker, with_cookies(orders, jar), progress).await;
    }
    for _ in 1..asker.plan.repeat {
        orders.push(Order::new(Purpose::Repeat, url, first));
    }
    orders.push(Order::new(Purpose::MadeUp, &made_up, first));
    if url.scheme() == "https" {
        orders.push(Order::new(Purpose::Http1, url, first));
    }
    if depth == Depth::Full && url.path() != "/" {
        orders.push(Order::new(Purpose::Home, &home, first));
    }
    gather(asker, with_cookies(orders, jar), progress).await
}

/// Puts the cookies in that the site has set so far.
fn with_cookies<'a>(orders: Vec<Order<'a>>, jar: &Jar) -> Vec<Order<'a>> {
    orders.into_iter().map(|order| Order { cookies: jar.field(order.url), ..order }).collect()
}

/// Whether a limit of the site may have turned the request away: at once, without looking at it.
fn turned_away(asked: &Asked) -> bool {
    matches!(asked.status(), Some(429 | 503)) && asked.waited().unwrap_or(asked.took) < QUICK
}

/// Whether the answer is the page, or what stands for it.
fn well(asked: &Asked) -> bool {
    !asked.failed() && asked.status() != Some(429)
}

/// How long to wait before asking again.
fn pause(asked: &Asked) -> Duration {
    let named = asked.result.as_ref().ok().and_then(|answer| answer.response.field("retry-after"));
    let named = named.and_then(|seconds| seconds.trim().parse().ok()).filter(|s| (1..=PAUSE_MAX).contains(s));
    named.map_or(PAUSE, Duration::from_secs)
}

/// What to ask once more, each alone: the page at each address that turned it away, else whatever was turned away.
/// Nothing where something failed in another way.
fn doubtful(asked: &[Asked]) -> Vec<&Asked> {
    if asked.len() < 2 || asked.iter().any(|asked| !well(asked) && !turned_away(asked)) {
        return Vec::new();
    }
    let turned_away = || asked.iter().filter(|asked| turned_away(asked));
    let mut pages: Vec<&Asked> = turned_away().filter(|asked| needed(asked.purpose)).collect();
    if pages.is_empty() {
        return turned_away().collect();
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

/// Our own burst can be what a site turns away. What was is asked once more, alone, and not counted where that is well.
async fn alone(asker: &Asker<'_>, visit: &mut Visit, jar: &Jar, progress: &Progress<'_>) {
    let start = tokio::time::Instant::now();
    let again: Vec<(Purpose, Url, SocketAddr, Duration, bool)> = doubtful(&visit.asked)
        .into_iter()
        .map(|one| (one.purpose, one.url.clone(), one.peer, pause(one), one.status() == Some(503)))
        .collect();
    if again.is_empty() || asker.budget.spent() >= asker.plan.budget {
        return;
    }
    let page_too = again.iter().any(|(purpose, ..)| needed(*purpose));
    // One of several servers behind the site may fail in the same way, and the next request find another.
    let some = visit.asked.iter().any(|asked| needed(asked.purpose) && well(asked));
    visit.kept = None;
    for (purpose, url, peer, pause, busy) in again {
        let times = if page_too && some && busy { 2 } else { 1 };
        for time in 0..times {
            tokio::time::sleep(pause).await;
            let order = Order { cookies: jar.field(&url), ..Order::new(purpose, &url, peer) };
            let Some((asked, connection)) = asker.ask(&order).await else { return };
            progress(Step::Answered(&asked));
            if !well(&asked) {
                if needed(purpose) {
                    visit.kept = connection.map(|connection| (peer, connection));
                    visit.asked.push(Asked { purpose: Purpose::Repeat, ..asked });
                    visit.until = visit.until.map(|until| until + start.elapsed());
                    return;
                }
                break;
            }
            if time + 1 == times {
                let before = visit.asked.len();
                let of_this = |other: &Asked| {
                    turned_away(other) && other.peer == peer && (other.url == url || page_too)
                };
                visit.asked.retain(|other| !of_this(other));
                visit.limited += before - visit.asked.len();
                visit.kept = connection.map(|connection| (peer, connection));
                visit.asked.push(asked);
            }
        }
    }
    visit.until = visit.until.map(|until| until + start.elapsed());
}

/// Has all orders carried out at once; what is not the page itself is not waited for much longer than the page.
async fn gather(asker: &Asker<'_>, orders: Vec<Order<'_>>, progress: &Progress<'_>) -> Visit {
    let start = tokio::time::Instant::now();
    let pages = orders.iter().filter(|order| needed(order.purpose)).count();
    let mut running: FuturesUnordered<_> = orders
        .into_iter()
        .map(|order| async move { (order.purpose, order.peer, asker.ask(&order).await) })
        .collect();
    let (mut visit, mut waiting, mut until) = (Visit::default(), pages, None);
    loop {
        let next = match until {
            None => running.next().await,
            Some(at) => tokio::time::timeout_at(at, running.next()).await.ok().flatten(),
        };
        let Some((purpose, peer, done)) = next else { break };
        if let Some((asked, connection)) = done {
            progress(Step::Answered(&asked));
            if let Some(connection) = connection.filter(|_| asked.took < QUICK && running.is_empty()) {
                visit.kept = Some((peer, connection));
            }
            visit.asked.push(asked);
        }
        waiting -= usize::from(needed(purpose));
        if waiting == 0 && until.is_none() {
            let (now, spare) = (tokio::time::Instant::now(), spare(start.elapsed()));
            until = Some(now + spare / 2);
            visit.until = Some(now + spare);
        }
    }
    visit
}

/// How much longer than what is needed, which took this long, a look may take for what is good to know as well.
pub(crate) fn spare(needed: Duration) -> Duration {
    (GRACE + needed.mul_f64(0.25)).max(needed.min(SOON))
}

/// Whether the answer cannot be given without this exchange.
fn needed(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Page | Purpose::Repeat)
}

/// Asks what only the first answers make possible: a plain file that a page names, the page with the site's cookies,
/// and the page on a connection that has been used.
pub(crate) async fn follow_up(asker: &Asker<'_>, visit: &mut Visit, jar: &Jar, progress: &Progress<'_>) {
    let Some(page) = visit.page() else { return };
    // Where requests are limited, more of them at once would be turned away.
    if page.took > QUICK || asker.plan.only_page || visit.limited > 0 {
        return;
    }
    let (url, peer) = (page.url.clone(), page.peer);
    let static_file = visit
        .asked
        .iter()
        .filter(|asked| matches!(asked.purpose, Purpose::Page | Purpose::Home) && !asked.failed())
        .filter_map(|asked| Some((asked, asked.result.as_ref().ok()?)))
        .find_map(|(asked, answer)| {
            page::static_file(&asked.url, &String::from_utf8_lossy(&answer.response.body))
        });
    let before = jar.field(&url);
    let cookies = cookies(visit, jar, &url).filter(|now| Some(now) != before.as_ref());
    let page_well = well(page);
    let kept = visit.kept.take();
    let file = async {
        let url = static_file.as_ref()?;
        let order = Order { cookies: jar.field(url), ..Order::new(Purpose::Static, url, peer) };
        Some(asker.ask(&order).await?.0)
    };
    let with_cookies = async {
        let cookies = cookies.clone()?;
        let order = Order { cookies: Some(cookies), ..Order::new(Purpose::Cookies, &url, peer) };
        Some(asker.ask(&order).await?.0)
    };
    let reused = async {
        let (peer, mut connection) = kept?;
        let order = Order { cookies: before.clone(), ..Order::new(Purpose::Reused, &url, peer) };
        asker.ask_again(&order, &mut connection).await
    };
    let until = visit.until.unwrap_or_else(|| tokio::time::Instant::now() + GRACE);
    let (file, with_cookies, reused) = tokio::join!(
        tokio::time::timeout_at(until, file),
        tokio::time::timeout_at(until, with_cookies),
        tokio::time::timeout_at(until, reused),
    );
    let mut away = Vec::new();
    for asked in [file, with_cookies, reused].into_iter().flatten().flatten() {
        progress(Step::Answered(&asked));
        if page_well && turned_away(&asked) {
            away.push(asked);
        } else {
            visit.asked.push(asked);
        }
    }
    for asked in away {
        if asked.purpose == Purpose::Reused {
            visit.limited += 1;
            continue;
        }
        tokio::time::sleep(pause(&asked)).await;
        let cookies = if asked.purpose == Purpose::Cookies { cookies.clone() } else { jar.field(&asked.url) };
        let order = Order { cookies, ..Order::new(asked.purpose, &asked.url, asked.peer) };
        let again = asker.ask(&order).await.map(|(again, _)| again).filter(well);
        visit.limited += usize::from(again.is_some());
        visit.asked.push(again.unwrap_or(asked));
    }
}

/// The cookies that a browser would send with the page now that it has seen it and the home page.
fn cookies(visit: &Visit, jar: &Jar, url: &Url) -> Option<String> {
    let mut jar = jar.clone();
    for home in visit.asked.iter().filter(|asked| asked.purpose == Purpose::Home) {
        jar.take(home);
    }
    if let Some(page) = visit.page() {
        jar.take(page);
    }
    jar.field(url)
}

/// The same site at another path, without query.
fn at_path(url: &Url, path: &str) -> Url {
    let mut other = url.clone();
    other.set_path(path);
    other.set_query(None);
    other
}

/// A path that cannot exist, beside the one that was named, because applications often own only a part of a site.
fn made_up_path(url: &Url) -> String {
    let folder = url.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/goodgate-looks-for-a-page-that-does-not-exist")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_are_chosen_and_not_too_many() {
        let ips: Vec<IpAddr> =
            ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "2001:db8::1"]
                .iter()
                .map(|ip| ip.parse().unwrap())
                .collect();
        let out: Vec<String> = chosen(&ips).iter().map(ToString::to_string).collect();
        assert_eq!(out, ["192.0.2.1", "2001:db8::1", "192.0.2.2", "192.0.2.3"]);
        assert!(chosen(&[]).is_empty());
    }

    #[test]
    fn made_up_paths_stand_beside_the_page() {
        let url = Url::parse("https://shop.example/a/b?x=1").unwrap();
        let made_up = at_path(&url, &made_up_path(&url));
        assert_eq!(made_up.as_str(), "https://shop.example/a/goodgate-looks-for-a-page-that-does-not-exist");
        assert_eq!(
            made_up_path(&Url::parse("http://h/").unwrap()),
            "/goodgate-looks-for-a-page-that-does-not-exist"
        );
    }

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

    fn doubted(asked: &[Asked]) -> Vec<(Purpose, SocketAddr)> {
        doubtful(asked).iter().map(|one| (one.purpose, one.peer)).collect()
    }

    #[test]
    fn only_what_was_turned_away_at_once_is_asked_again() {
        use Purpose::{Home, MadeUp, Page, Repeat};
        let one = |purpose, status| asked(purpose, 1, status, &[], 5);
        let peer = one(Page, 200).peer;
        assert_eq!(doubted(&[one(Page, 200), one(Repeat, 200), one(MadeUp, 404)]), []);
        assert_eq!(doubted(&[one(Page, 503)]), []);
        // The page stands for the rest.
        let mixed = [one(MadeUp, 429), one(Repeat, 503), one(Page, 503), one(Home, 200)];
        assert_eq!(doubted(&mixed), [(Page, peer)]);
        assert_eq!(doubted(&[one(Page, 200), one(Home, 503)]), [(Home, peer)]);
        // Each address may fail for itself.
        let other = asked(Page, 2, 429, &[], 5);
        assert_eq!(doubted(&[one(Page, 503), other.clone()]), [(Page, peer), (Page, other.peer)]);
        // Other failures are none of a limit, nor is what comes after a wait.
        assert_eq!(doubted(&[one(Page, 503), one(Repeat, 502)]), []);
        assert_eq!(doubted(&[one(Page, 200), asked(Repeat, 1, 503, &[], 2000)]), []);
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

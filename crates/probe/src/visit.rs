//! One place of a site's, asked for in several ways: the page itself at each of the host's addresses, again to see
//! whether it always fails, over HTTP/1.1, the home page, and a page that cannot exist.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use url::Url;

use crate::ask::{Asked, Asker, Order, Purpose};
use crate::burst::{FollowUps, burst};
use crate::jar::Jar;
use crate::page::Verdict;
use crate::progress::Progress;
use crate::recheck::{Before, recheck};
use crate::turns::QUICK;

/// Addresses of a host that are asked; the rest is left alone.
const ADDRESSES_MAX: usize = 4;

/// How much is asked of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Everything.
    Full,
    /// The same without the home page, which was seen on the way here.
    WithoutHome,
    /// The page, and what it makes possible.
    Page,
    /// The page only: the site limits requests.
    PageOnly,
}

/// Where the way leads.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) url: Url,
    /// Its host's, as many as are asked.
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) depth: Depth,
    /// What these addresses were sent before.
    pub(crate) before: Before,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Visit {
    pub(crate) asked: Vec<Asked>,
    /// Exchanges that a limit of the site turned away, which says nothing of the page.
    pub(crate) limited: usize,
    /// Whether more was sent than the page.
    pub(crate) crowded: bool,
    /// What was put down for being asked because answers made it possible.
    pub(crate) followed: Vec<Purpose>,
    /// Whether some of that had to be left out for want of time.
    pub(crate) cut: bool,
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

    /// Whether something that would tell more of a page that fails was left out, because it would have taken too long.
    pub(crate) fn left_follow_ups(&self) -> bool {
        self.page().is_some_and(|page| page.failed() && (self.cut || page.took > QUICK))
    }

    /// How long the longest exchange took that the answer cannot be given without.
    pub(crate) fn longest_needed(&self) -> Duration {
        let needed = self.asked.iter().filter(|asked| needed(asked.purpose));
        needed.map(|asked| asked.took).max().unwrap_or_default()
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
pub(crate) async fn visit(asker: &Asker<'_>, place: &Place, jar: &Jar, progress: &Progress<'_>) -> Visit {
    let follow_ups = match asker.plan.only_page || place.depth == Depth::PageOnly {
        true => FollowUps::Unwanted,
        false => FollowUps::Wanted,
    };
    let orders = orders(asker, place).into_iter();
    let orders = orders.map(|order| Order { cookies: jar.field(&order.url), ..order }).collect();
    let mut visit = burst(asker, orders, follow_ups, jar, progress).await;
    recheck(asker, &mut visit, place.before, jar, progress).await;
    visit
}

/// What to ask, what is most wanted first.
fn orders(asker: &Asker<'_>, place: &Place) -> Vec<Order> {
    let (url, plan) = (&place.url, asker.plan);
    let port = url.port_or_known_default().unwrap_or(80);
    let peers: Vec<SocketAddr> = place.addresses.iter().map(|ip| SocketAddr::new(*ip, port)).collect();
    let Some(&first) = peers.first() else { return Vec::new() };
    let pages = peers.iter().map(|peer| Order::new(Purpose::Page, url.clone(), *peer));
    let mut orders: Vec<Order> = pages.collect();
    if !plan.only_page && matches!(place.depth, Depth::Full | Depth::WithoutHome) {
        if place.depth == Depth::Full && url.path() != "/" {
            orders.push(Order::new(Purpose::Home, at_path(url, "/"), first));
        }
        orders.push(Order::new(Purpose::MadeUp, at_path(url, &made_up_path(url)), first));
        let mut repeats = 1..plan.repeat;
        orders.extend(repeats.next().map(|_| Order::new(Purpose::Repeat, url.clone(), first)));
        if url.scheme() == "https" {
            orders.push(Order::new(Purpose::Http1, url.clone(), first));
        }
        orders.extend(repeats.map(|_| Order::new(Purpose::Repeat, url.clone(), first)));
    }
    for order in &mut orders {
        order.one_of_several = peers.len() > 1;
    }
    orders
}

/// Whether the answer cannot be given without this exchange.
pub(crate) fn needed(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Page | Purpose::Repeat)
}

/// The cookies that a browser would send with the page now that it has seen it and the home page.
pub(crate) fn cookies(visit: &Visit, jar: &Jar, url: &Url) -> Option<String> {
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
}

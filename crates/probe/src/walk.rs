//! The URL and where its redirects lead, asked only at addresses that may be asked.

use std::net::IpAddr;

use goodgate_facts::{Evidence, Value, id};
use url::{Host, Url};

use crate::address::{is_private_name, is_public};
use crate::ask::{Asked, Asker, Purpose};
use crate::exchanges::signal;
use crate::jar::Jar;
use crate::look::{LeftOut, shown};
use crate::name;
use crate::plan::Plan;
use crate::progress::{Progress, Step};
use crate::recheck::Before;
use crate::visit::{self, Depth, Place};

/// Redirects that are followed; browsers follow 20, honest sites need three.
const REDIRECTS_MAX: usize = 10;

/// Leaves out addresses that are not public unless the user named them: by the URL's own address, by a name that is of
/// a private network, by the hosts file, or by saying so.
fn permitted(plan: &Plan, addresses: Vec<IpAddr>, by_user: bool, left_out: &mut Vec<LeftOut>) -> Vec<IpAddr> {
    let by_user = by_user || plan.private || plan.host_name().is_none_or(is_private_name);
    let (public, private): (Vec<IpAddr>, Vec<IpAddr>) =
        addresses.into_iter().partition(|address| by_user || is_public(*address));
    if !private.is_empty() {
        left_out.push(LeftOut::NotPublic(private));
    }
    let chosen = visit::chosen(&public);
    if chosen.len() < public.len() {
        left_out.push(LeftOut::TooManyAddresses(public.len() - chosen.len()));
    }
    chosen
}

/// Visits the addresses that may be asked; `by_user` says that the user named them.
pub(crate) async fn walk_permitted(
    asker: &Asker<'_>,
    found: Vec<IpAddr>,
    by_user: bool,
    progress: &Progress<'_>,
) -> (Vec<Asked>, Vec<LeftOut>) {
    let mut left_out = Vec::new();
    let permitted = permitted(asker.plan, found, by_user, &mut left_out);
    let (asked, more) = walk(asker, permitted, progress).await;
    left_out.extend(more);
    (asked, left_out)
}

/// Visits the URL and where it leads.
async fn walk(
    asker: &Asker<'_>,
    addresses: Vec<IpAddr>,
    progress: &Progress<'_>,
) -> (Vec<Asked>, Vec<LeftOut>) {
    let (mut asked, mut left_out) = (Vec::new(), Vec::new());
    let (first, mut crowded) = (addresses.clone(), Vec::<IpAddr>::new());
    let url = asker.plan.url.clone();
    let mut place = Place { url, addresses, depth: Depth::Full, before: Before::Little };
    let (mut trail, mut jar, mut limited) = (Trail::default(), Jar::default(), 0);
    loop {
        progress(Step::Asking(&place.url, &place.addresses));
        let mut visit = visit::visit(asker, &place, &jar, progress).await;
        let once_more = trail.0.iter().any(|(been, _)| *been == place.url);
        trail.been(&place.url, &jar);
        if let Some(page) = visit.redirect() {
            jar.take(page);
        }
        if once_more && !visit.asked.is_empty() {
            // What it said before it had set its cookies is not what the page is.
            asked.retain(|before: &Asked| before.url != place.url);
        }
        limited += visit.limited;
        if visit.crowded {
            crowded.extend(&place.addresses);
        }
        let next = visit.redirect().and_then(target).map(|next| trail.onward(next, &jar));
        let left_follow_ups = visit.left_follow_ups();
        asked.append(&mut visit.asked);
        let next = match next {
            Some(Ok(next)) => next,
            end => {
                left_out.extend(end.and_then(Result::err));
                left_out.extend(left_follow_ups.then_some(LeftOut::FollowUps));
                break;
            }
        };
        if !matches!(next.scheme(), "http" | "https") {
            left_out.push(LeftOut::OtherScheme(next.scheme().to_owned()));
            break;
        }
        if next.host() != place.url.host() {
            match resolve(asker, &next, &first).await {
                Ok(found) => place.addresses = found,
                Err(why) => {
                    left_out.push(why);
                    break;
                }
            }
        }
        let again = place.addresses.iter().any(|ip| crowded.contains(ip));
        place.before = if again { Before::More } else { Before::Little };
        place.depth = depth(&next, &trail, limited, &asked);
        place.url = next;
    }
    if limited > 0 {
        left_out.push(LeftOut::RateLimited(limited));
    }
    (asked, left_out)
}

/// How much to ask where the way leads next: the pattern where it seems to end, a long chain is only followed.
fn depth(next: &Url, trail: &Trail, limited: usize, asked: &[Asked]) -> Depth {
    let home = |asked: &Asked| asked.url.origin() == next.origin() && asked.url.path() == "/";
    match (limited, trail.0.len()) {
        (1.., _) => Depth::PageOnly,
        (0, 2..) => Depth::Page,
        (0, _) if asked.iter().any(home) => Depth::WithoutHome,
        (0, _) => Depth::Full,
    }
}

/// What was visited, with the cookies that were sent.
#[derive(Debug, Default)]
struct Trail(Vec<(Url, Option<String>)>);

impl Trail {
    fn been(&mut self, url: &Url, jar: &Jar) {
        self.0.push((url.clone(), jar.field(url)));
    }

    /// Where the way leads next; a page may be asked once more where it has set cookies meanwhile.
    fn onward(&self, next: Url, jar: &Jar) -> Result<Url, LeftOut> {
        let cookies = jar.field(&next);
        let same: Vec<&Option<String>> =
            self.0.iter().filter(|(url, _)| *url == next).map(|(_, cookies)| cookies).collect();
        if same.len() > 1 || same.contains(&&cookies) {
            return Err(LeftOut::Circle(next));
        }
        if self.0.len() > REDIRECTS_MAX { Err(LeftOut::TooManyRedirects) } else { Ok(next) }
    }
}

/// The address that a redirect names (RFC 9110 section 10.2.2).
fn target(asked: &Asked) -> Option<Url> {
    let answer = asked.result.as_ref().ok()?;
    let mut next = asked.url.join(answer.response.field("location")?.trim()).ok()?;
    next.set_fragment(None);
    Some(next)
}

/// The addresses behind a redirect to another host, which nobody named: only public ones. `first` are those that the
/// URL's own host was asked at.
async fn resolve(asker: &Asker<'_>, url: &Url, first: &[IpAddr]) -> Result<Vec<IpAddr>, LeftOut> {
    let found = match url.host() {
        Some(Host::Ipv4(ip)) => vec![IpAddr::V4(ip)],
        Some(Host::Ipv6(ip)) => vec![IpAddr::V6(ip)],
        Some(Host::Domain(host)) => {
            let began = std::time::Instant::now();
            let found = name::addresses_of(asker.plan, host).await;
            asker.pace.needed(began.elapsed());
            found
        }
        None => Vec::new(),
    };
    let within = both_private(&asker.plan.url, url) && !found.iter().any(is_metadata);
    let known = found.iter().all(|ip| first.contains(ip));
    if found.iter().any(|ip| !is_public(*ip)) && !within && !known && !asker.plan.private {
        return Err(LeftOut::PrivateRedirect(url.clone()));
    }
    Ok(visit::chosen(&found))
}

/// From what the user named of a private network to a name of one is no way out of it or into it.
fn both_private(named: &Url, next: &Url) -> bool {
    let named = match named.host() {
        Some(Host::Domain(name)) => is_private_name(name),
        Some(Host::Ipv4(ip)) => !is_public(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => !is_public(IpAddr::V6(ip)),
        None => false,
    };
    named && matches!(next.host(), Some(Host::Domain(name)) if is_private_name(name))
}

/// Whether clouds keep what their machines are told at such an address, secrets among it.
fn is_metadata(address: &IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local() || v6.segments()[..2] == [0xfd00, 0x0ec2],
    }
}

/// What redirects say.
pub(crate) fn redirects(all: &[Asked], left_out: &[LeftOut], evidence: &mut Evidence) {
    let pages: Vec<&Asked> = all.iter().filter(|asked| asked.purpose == Purpose::Page).collect();
    let sending = |asked: &&&Asked| {
        asked.result.as_ref().is_ok_and(|answer| answer.verdict == crate::Verdict::Redirect)
    };
    let mut hops: Vec<&Asked> = pages.iter().filter(sending).copied().collect();
    hops.dedup_by_key(|asked| asked.url.clone());
    for asked in &hops {
        match target(asked) {
            Some(next) => {
                let to = Value::Text(goodgate_facts::Untrusted::new(shown(&next).as_bytes()));
                evidence.add(signal(id("redirected"), asked).value(to));
            }
            None => drop(evidence.add(signal(id("redirect-broken"), asked))),
        }
    }
    if let Some(last) = pages.last().filter(|asked| sending(asked)) {
        let circle = left_out.iter().any(|left_out| matches!(left_out, LeftOut::Circle(_)));
        let meaning = if circle { id("redirect-loop") } else { id("redirect-not-followed") };
        evidence.add(signal(meaning, last));
    }
    for left_out in left_out {
        if let (LeftOut::PrivateRedirect(_), Some(last)) = (left_out, hops.last()) {
            evidence.add(signal(id("redirect-to-private"), last));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_circle_is_where_the_way_comes_back_with_the_same_cookies() {
        let (mut trail, mut jar, page) = (Trail::default(), Jar::default(), url("http://shop.example/"));
        trail.been(&page, &jar);
        assert_eq!(trail.onward(page.clone(), &jar), Err(LeftOut::Circle(page.clone())));
        jar.set(&page, "seen=1", jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(trail.onward(page.clone(), &jar), Ok(page.clone()));
        trail.been(&page, &jar);
        assert_eq!(trail.onward(page.clone(), &jar), Err(LeftOut::Circle(page.clone())));
        // A cookie that counts makes no way out of a circle.
        jar.set(&page, "seen=2", jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(trail.onward(page.clone(), &jar), Err(LeftOut::Circle(page)));
    }

    #[test]
    fn long_chains_are_no_circles() {
        let (mut trail, jar) = (Trail::default(), Jar::default());
        for n in 0..REDIRECTS_MAX {
            trail.been(&url(&format!("http://shop.example/{n}")), &jar);
            let next = url(&format!("http://shop.example/{}", n + 1));
            assert_eq!(trail.onward(next.clone(), &jar), Ok(next));
        }
        trail.been(&url("http://shop.example/last"), &jar);
        let beyond = trail.onward(url("http://shop.example/beyond"), &jar);
        assert_eq!(beyond, Err(LeftOut::TooManyRedirects));
    }

    #[test]
    fn private_networks_end_at_addresses_that_nobody_named() {
        let both = |from, to| both_private(&url(from), &url(to));
        assert!(both("http://127.0.0.1/", "http://localhost/"));
        assert!(both("http://192.168.1.1/", "http://router.lan/"));
        assert!(both("http://[::1]/", "http://localhost/"));
        assert!(both("http://nas.local/", "http://printer/"));
        assert!(!both("http://127.0.0.1/", "http://127.0.0.2/"));
        assert!(!both("http://9.9.9.9/", "http://localhost/"));
        assert!(!both("http://shop.com/", "http://localhost/"));
        assert!(!both("http://127.0.0.1/", "http://shop.com/"));
        for address in ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "fe80::1"] {
            assert!(is_metadata(&address.parse().unwrap()), "{address}");
        }
        assert!(!is_metadata(&"192.168.1.1".parse().unwrap()));
    }
}

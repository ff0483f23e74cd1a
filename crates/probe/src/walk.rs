//! The URL and where its redirects lead, asked only at addresses that may be asked.

use std::net::IpAddr;

use goodgate_facts::{Evidence, Value, id};
use url::{Host, Url};

use crate::address::{is_private_name, is_public};
use crate::ask::{Asked, Asker, Purpose};
use crate::exchanges::signal;
use crate::look::{LeftOut, shown};
use crate::name;
use crate::plan::Plan;
use crate::progress::{Progress, Step};
use crate::visit::{self, Depth, Visit};

/// Redirects that are followed; browsers follow 20, honest sites need three.
const REDIRECTS_MAX: usize = 6;

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
    let (mut url, mut addresses, mut depth) = (asker.plan.url.clone(), addresses, Depth::Full);
    let mut visited: Vec<Url> = Vec::new();
    loop {
        progress(Step::Asking(&url, &addresses));
        let mut visit = visit::visit(asker, &url, &addresses, depth, progress).await;
        visited.push(url.clone());
        let next = match onward(&visit, &visited) {
            Some(next) if visited.len() <= REDIRECTS_MAX => next,
            _ => {
                if visit.page().is_some_and(Asked::failed)
                    && visit.page().is_some_and(|p| p.took > visit::QUICK)
                {
                    left_out.push(LeftOut::FollowUps);
                }
                visit::follow_up(asker, &mut visit, progress).await;
                asked.append(&mut visit.asked);
                break;
            }
        };
        asked.append(&mut visit.asked);
        if !matches!(next.scheme(), "http" | "https") {
            left_out.push(LeftOut::OtherScheme(next.scheme().to_owned()));
            break;
        }
        if next.host() != url.host() {
            match resolve(asker, &next).await {
                Ok(found) => addresses = found,
                Err(why) => {
                    left_out.push(why);
                    break;
                }
            }
        }
        // The pattern is asked for where the way seems to end; a long chain is only followed.
        (url, depth) = (next, if visited.len() < 2 { Depth::Further } else { Depth::Page });
    }
    (asked, left_out)
}

/// Where the page sends visitors, if it does and has not been there yet.
fn onward(visit: &Visit, visited: &[Url]) -> Option<Url> {
    let next = visit.redirect().and_then(target)?;
    (!visited.contains(&next)).then_some(next)
}

/// The address that a redirect names (RFC 9110 section 10.2.2).
fn target(asked: &Asked) -> Option<Url> {
    let answer = asked.result.as_ref().ok()?;
    let mut next = asked.url.join(answer.response.field("location")?.trim()).ok()?;
    next.set_fragment(None);
    Some(next)
}

/// The addresses behind a redirect to another host, which nobody named: only public ones.
async fn resolve(asker: &Asker<'_>, url: &Url) -> Result<Vec<IpAddr>, LeftOut> {
    let first = &asker.plan.url;
    let found = match url.host() {
        Some(Host::Ipv4(ip)) => vec![IpAddr::V4(ip)],
        Some(Host::Ipv6(ip)) => vec![IpAddr::V6(ip)],
        Some(Host::Domain(host)) => name::addresses_of(asker.plan, host).await,
        None => Vec::new(),
    };
    // From one name of a private network to another is no way out of it or into it.
    let both_private = matches!((first.host(), url.host()),
        (Some(Host::Domain(a)), Some(Host::Domain(b))) if is_private_name(a) && is_private_name(b));
    if found.iter().any(|ip| !is_public(*ip)) && !both_private && !asker.plan.private {
        return Err(LeftOut::PrivateRedirect(url.clone()));
    }
    Ok(visit::chosen(&found))
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
    let circle =
        |asked: &&&Asked| target(asked).is_some_and(|next| pages.iter().any(|page| page.url == next));
    let last = pages.last().filter(|asked| sending(asked));
    if let Some(last) = last.filter(|last| circle(last) || hops.len() > REDIRECTS_MAX) {
        evidence.add(signal(id("redirect-loop"), last));
    }
    for left_out in left_out {
        if let (LeftOut::PrivateRedirect(_), Some(last)) = (left_out, hops.last()) {
            evidence.add(signal(id("redirect-to-private"), last));
        }
    }
}

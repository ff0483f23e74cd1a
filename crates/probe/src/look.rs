//! The recipe: own ground and name → the page at each address, several ways at once → redirects → follow-ups, and the
//! origin beside → what it all says.

use std::net::IpAddr;
use std::time::Duration;

use goodgate_facts::{Evidence, Moment, Signal, Source, SourceKind, id};
use goodgate_wire::Roots;
use url::{Host, Url};

use crate::ask::{Asked, Asker, Purpose};
use crate::cross_check::{self, CrossCheck};
use crate::exchanges::{self, signal};
use crate::ground::{self, GroundLook};
use crate::name::{self, NameLook};
use crate::path::{self, Hop};
use crate::plan::Plan;
use crate::progress::{Progress, Step};
use crate::{origin, pattern, walk};

/// Something that was not looked at, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// Addresses that are not public and that nobody named.
    NotPublic(Vec<IpAddr>),
    /// More addresses than are asked.
    TooManyAddresses(usize),
    /// The budget of requests is spent.
    BudgetSpent,
    /// Certificates could not be checked: this computer holds no certificates of authorities.
    NoAuthorities,
    /// A redirect to an address that is not public.
    PrivateRedirect(Url),
    /// A redirect to something that is neither http nor https.
    OtherScheme(String),
    /// Follow-ups that would have taken as long as the page again.
    FollowUps,
    /// More redirects than are followed.
    TooManyRedirects,
    /// An address that redirects lead back to.
    Circle(Url),
    /// Requests that a limit of the site turned away; asked again alone, it answered well.
    RateLimited(usize),
}

/// Everything that was seen.
#[derive(Debug)]
pub struct Look {
    /// What was asked for.
    pub url: Url,
    /// When it began.
    pub began: Moment,
    /// How long it took.
    pub took: Duration,
    /// This computer's own network.
    pub ground: GroundLook,
    /// The name, where the URL has one.
    pub name: Option<NameLook>,
    /// Every exchange, in the order of their ends.
    pub asked: Vec<Asked>,
    /// What further connections showed of a page that failed.
    pub cross_check: CrossCheck,
    /// Which of them is to be explained: the failing one, else the page.
    pub page: Option<usize>,
    /// The way as far as it was seen.
    pub path: Vec<Hop>,
    /// Requests that were sent.
    pub requests: u32,
    /// What was not looked at.
    pub left_out: Vec<LeftOut>,
    /// What it all says.
    pub evidence: Evidence,
}

impl Look {
    /// The exchange that is to be explained.
    pub fn page(&self) -> Option<&Asked> {
        self.page.and_then(|at| self.asked.get(at))
    }

    /// The addresses of the URL's host, asked or not.
    pub fn addresses(&self) -> Vec<IpAddr> {
        addresses(&self.url, self.name.as_ref())
    }

    /// The page that is to be explained as a saved answer, under the name of its address: where it is an error, and a
    /// whole one.
    pub fn saved_page(&self) -> Option<(String, &str)> {
        let asked = self.page()?;
        let answer = asked.result.as_ref().ok()?;
        let tells = asked.failed() && !asked.broken() || pattern::is_refusal(asked);
        tells.then(|| (shown(&asked.url), answer.text.as_str()))
    }
}

/// What stands in place of a query, which may hold secrets.
const QUERY_HIDDEN: &str = "[redacted]";

/// The URL as it may be shown: without user name, password and fragment, and with a mark in place of its query.
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let asks = url.query().is_some();
    url.set_query(None);
    url.set_fragment(None);
    // Neither can fail for http and https, and other schemes are not looked at.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if asks { format!("{url}?{QUERY_HIDDEN}") } else { url.to_string() }
}

/// Looks at a site.
pub async fn look(plan: &Plan, roots: Roots, proxies: &[(String, String)], progress: &Progress<'_>) -> Look {
    let (began, start) = (jiff::Timestamp::now(), std::time::Instant::now());
    let asker = Asker::new(plan, roots);
    let mut left_out = Vec::new();
    if plan.url.scheme() == "https" && !asker.trusts_anybody() {
        left_out.push(LeftOut::NoAuthorities);
    }
    let site = Box::pin(site(&asker, progress));
    let origins = Box::pin(origin::look(&asker, &plan.url, progress));
    let (ground, mut site) = beside(&asker, proxies, async {
        let (mut site, origins) = tokio::join!(site, origins);
        site.asked.extend(origins);
        site
    })
    .await;
    left_out.append(&mut site.left_out);
    let Site { name, mut asked, cross_check, .. } = site;
    if asker.budget.refused() {
        left_out.push(LeftOut::BudgetSpent);
    }
    without_own_gaps(&ground, &mut asked);
    let page = explained(&asked);
    let mut look = Look {
        url: plan.url.clone(),
        began,
        took: start.elapsed(),
        ground,
        name,
        asked,
        cross_check,
        page,
        path: Vec::new(),
        requests: asker.budget.spent(),
        left_out,
        evidence: Evidence::new(),
    };
    look.path = path(&look);
    look.evidence = signals(&look);
    look
}

/// What was seen of the site itself.
struct Site {
    name: Option<NameLook>,
    asked: Vec<Asked>,
    cross_check: CrossCheck,
    left_out: Vec<LeftOut>,
}

/// Looks up the name and visits what is found.
async fn site(asker: &Asker<'_>, progress: &Progress<'_>) -> Site {
    let plan = asker.plan;
    let (early, heard) = tokio::sync::oneshot::channel();
    let own = std::sync::OnceLock::new();
    let name = async {
        let host = plan.host_name()?;
        progress(Step::Resolving(host));
        Some(Box::pin(name::look(plan, host, early)).await)
    };
    // What others say of the name is told beside; the page is not kept waiting for it.
    let visited = async {
        let (found, by_user) = match plan.host_name() {
            Some(host) => {
                let lookup = heard.await.ok()?;
                let found = (name::found(&lookup), lookup.from_hosts);
                own.set(NameLook::of_own(host, lookup)).ok()?;
                found
            }
            None if plan.at.is_empty() => (addresses(&plan.url, None), true),
            None => (plan.at.clone(), true),
        };
        (!found.is_empty()).then_some(())?;
        Some(walk(asker, found, by_user, progress).await)
    };
    let (name, visited) = name_beside(asker, name, visited, &own).await;
    let visited = match visited {
        Some(visited) => visited,
        None => walk(asker, addresses(&plan.url, name.as_ref()), false, progress).await,
    };
    let Visited { asked, left_out, cross_check } = visited;
    Site { name, asked, cross_check, left_out }
}

/// What came of the way.
struct Visited {
    asked: Vec<Asked>,
    left_out: Vec<LeftOut>,
    cross_check: CrossCheck,
}

/// Visits the page at the addresses that were found, and looks once more where it fails.
async fn walk(asker: &Asker<'_>, found: Vec<IpAddr>, by_user: bool, progress: &Progress<'_>) -> Visited {
    asker.pace.all_was_needed();
    let (asked, left_out) = Box::pin(walk::walk_permitted(asker, found, by_user, progress)).await;
    let cross_check = Box::pin(cross_check::look(asker, &asked)).await;
    Visited { asked, left_out, cross_check }
}

/// Hears others beside the site until the look has to end; `None` if they have not said all by then. A page that came is
/// not kept waiting for them: they have no part in it. Where none came, they are heard out: it may be they who keep the
/// site from being reached.
async fn hear<T>(asker: &Asker<'_>, asked: &[Asked], others: impl Future<Output = T>) -> Option<T> {
    if !asked.iter().any(|asked| asked.result.is_ok()) {
        return Some(others.await);
    }
    tokio::time::timeout_at(asker.pace.until(Duration::ZERO), others).await.ok()
}

/// Looks at the own ground while the site is looked at.
async fn beside(
    asker: &Asker<'_>,
    proxies: &[(String, String)],
    site: impl Future<Output = Site>,
) -> (GroundLook, Site) {
    let mut ground = Box::pin(ground::look(asker.plan, proxies));
    let mut site = std::pin::pin!(site);
    let seen = tokio::select! {
        seen = &mut site => seen,
        early = &mut ground => return (early, site.await),
    };
    let ground = hear(asker, &seen.asked, ground).await;
    (ground.unwrap_or_else(|| ground::without_resolvers(asker.plan, proxies)), seen)
}

/// Hears other name servers while the site is visited. Where they are not waited for, what this computer's resolver
/// said, which `own` holds, is enough. Resolvers that the user named are waited for.
async fn name_beside(
    asker: &Asker<'_>,
    name: impl Future<Output = Option<NameLook>>,
    visited: impl Future<Output = Option<Visited>>,
    own: &std::sync::OnceLock<NameLook>,
) -> (Option<NameLook>, Option<Visited>) {
    let (mut name, mut visited) = (std::pin::pin!(name), std::pin::pin!(visited));
    let seen = tokio::select! {
        seen = &mut visited => seen,
        name = &mut name => return (name, visited.await),
    };
    let asked = seen.as_ref().map_or(&[][..], |visited| &visited.asked);
    let asked = if asker.plan.resolvers.is_empty() { asked } else { &[] };
    match hear(asker, asked, name).await {
        Some(name) => (name, seen),
        None => (own.get().cloned(), seen),
    }
}

/// Takes out what failed because this computer lacks a family of addresses, where the other family could be asked: it
/// says nothing of the site.
fn without_own_gaps(ground: &GroundLook, asked: &mut Vec<Asked>) {
    let lacking = |asked: &Asked| match asked.peer.is_ipv6() {
        true => ground.lacks_ipv6(),
        false => ground.lacks_ipv4(),
    };
    if asked.iter().any(|asked| !lacking(asked)) {
        asked.retain(|asked| asked.result.is_ok() || !lacking(asked));
    }
}

/// The addresses of the URL's host.
fn addresses(url: &Url, name: Option<&NameLook>) -> Vec<IpAddr> {
    match url.host() {
        Some(Host::Ipv4(ip)) => vec![IpAddr::V4(ip)],
        Some(Host::Ipv6(ip)) => vec![IpAddr::V6(ip)],
        _ => name.map(NameLook::addresses).unwrap_or_default(),
    }
}

/// The exchange that is to be explained. The page itself decides: a failing answer of it says most, then what kept an
/// answer from coming; that one address is dead says little beside another that answers. Only where the page is well,
/// a page of an error in another place of the site is worth explaining. What is merely not answered there (an unknown
/// path on which the server hangs up, HTTP/1.1 where only HTTP/2 is spoken, a used connection that was just being
/// closed) no visitor meets.
fn explained(asked: &[Asked]) -> Option<usize> {
    const ELSEWHERE: &[Purpose] = &[Purpose::Cookies, Purpose::Home, Purpose::MadeUp];
    let last = asked.iter().rposition(|asked| asked.purpose == Purpose::Page)?;
    let site = asked[last].url.origin();
    let of_page = |asked: &Asked| {
        matches!(asked.purpose, Purpose::Page | Purpose::Repeat) && asked.url.origin() == site
    };
    let find =
        |wanted: &dyn Fn(&Asked) -> bool| asked.iter().position(|asked| of_page(asked) && wanted(asked));
    let reached = |asked: &Asked| asked.failure().is_none_or(|failure| !failure.phase.retry_is_safe());
    let elsewhere = || {
        let tells = |asked: &Asked| asked.failed() && !asked.broken() && asked.result.is_ok();
        ELSEWHERE.iter().find_map(|purpose| {
            asked.iter().position(|a| a.purpose == *purpose && a.url.origin() == site && tells(a))
        })
    };
    let well = || {
        let page = |asked: &Asked| asked.purpose == Purpose::Page && !asked.failed();
        asked.iter().rposition(page)
    };
    find(&|asked| asked.failed() && asked.result.is_ok())
        .or_else(|| find(&|asked| asked.failed() && reached(asked)))
        .or_else(elsewhere)
        .or_else(well)
        .or_else(|| find(&Asked::failed))
        .or(Some(last))
}

fn path(look: &Look) -> Vec<Hop> {
    let mut hops = Vec::new();
    if let Some(name) = &look.name {
        let found = name.addresses();
        let shown: Vec<String> = found.iter().take(4).map(ToString::to_string).collect();
        hops.push(Hop::new("dns", shown.join(", "), Some(!found.is_empty()), Some(name.system.took)));
    }
    if let Some(page) = look.page() {
        hops.extend(path::of(page));
    }
    hops
}

fn signals(look: &Look) -> Evidence {
    let mut evidence = Evidence::new();
    ground::signals(&look.ground, look.began, &mut evidence);
    if let Some(name) = &look.name {
        name::signals(name, look.began, &mut evidence);
    }
    let Some(page) = look.page() else {
        not_asked(look, &mut evidence);
        return evidence;
    };
    let site = page.url.origin();
    // Without a whole page to explain, the failures of the exchanges speak; beside one, they would drown it.
    if look.saved_page().is_none() {
        let of_page = |asked: &&Asked| matches!(asked.purpose, Purpose::Page | Purpose::Repeat);
        let failing = look.asked.iter().filter(of_page);
        for asked in failing.filter(|asked| asked.failed() && asked.url.origin() == site) {
            exchanges::failure(asked, &mut evidence);
        }
        if let Some(shown) = shows_invalid_certificate(look, page) {
            exchanges::certificate(shown, &mut evidence);
        }
    } else if let Some(shown) = shows_invalid_certificate(look, page) {
        evidence.add(signal(id("certificate-invalid-too"), shown));
    }
    cross_check::signals(&look.cross_check, page, &mut evidence);
    pattern::signals(&look.asked, page, &mut evidence);
    origin::signals(&look.asked, page, &mut evidence);
    walk::redirects(&look.asked, &look.left_out, &mut evidence);
    evidence
}

/// Without any exchange nothing is known of the site, which is not the same as nothing being wrong with it.
fn not_asked(look: &Look, evidence: &mut Evidence) {
    if look.left_out.iter().any(|left_out| matches!(left_out, LeftOut::NotPublic(_))) {
        let source = Source::new(SourceKind::Probe, format!("GET {}", shown(&look.url)), 0, None);
        evidence.add(Signal::new(id("site-not-asked"), source).at(look.began));
    }
}

fn shows_invalid_certificate<'a>(look: &'a Look, page: &'a Asked) -> Option<&'a Asked> {
    let invalid = |asked: &&Asked| asked.tls.as_ref().is_some_and(|tls| tls.problem.is_some());
    let pages = look.asked.iter().filter(|asked| asked.purpose == Purpose::Page);
    std::iter::once(page).chain(pages).find(invalid)
}

//! `goodgate diagnose URL`: looks at a site from outside, and says while it does so what it is doing.

mod elsewhere;
mod progress;
mod site;
pub(crate) mod watch;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use goodgate_case::Seen;
use goodgate_pages::providers::Provider;
use goodgate_probe::{Look, Plan, StatusWord};
use goodgate_wire::Roots;
use tokio::runtime::Builder;
use url::Url;

use crate::arguments::Outside;
use crate::words::{args, say, say_with};

pub(crate) use elsewhere::{Elsewhere, join as join_elsewhere, read as read_elsewhere};
pub(crate) use site::{split, without_user};

/// Environment variables that name a proxy, and the hosts that need none, as curl and most programs read them.
const PROXY_VARIABLES: &[&str] = &[
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "HTTP_PROXY",
    "no_proxy",
    "NO_PROXY",
];

/// Resolvers that are compared; more tell nothing more, and each is asked by others' leave.
const RESOLVERS_MAX: usize = 8;

/// A look, with the providers that it shows and what they say of themselves where they were asked.
pub(crate) struct Sight {
    pub(crate) look: Look,
    pub(crate) providers: Vec<(&'static Provider, Option<StatusWord>)>,
}

/// How much is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything that tells causes apart.
    Full,
    /// Only whether the page comes.
    Page,
}

/// Looks at the site; or sentences that say what in the arguments must be mended.
pub(crate) fn look(url: Url, options: &Outside, extent: Extent) -> Result<Sight, Vec<String>> {
    let mut plan = plan(url, options)?;
    if extent == Extent::Page {
        (plan.only_page, plan.zone) = (true, false);
        plan.resolvers.clear();
        plan.origins.clear();
    }
    let roots = Roots::with(true, &plan.authorities)
        .map_err(|e| vec![say_with("outside-authorities-unreadable", &args![reason = e.to_string()])])?;
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| vec![say_with("outside-no-sockets", &args![reason = e.to_string()])])?;
    let proxies: Vec<(String, String)> = PROXY_VARIABLES
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let progress = progress::Progress::begin(&plan, extent == Extent::Full);
    let sight = runtime.block_on(async {
        let look = goodgate_probe::look(&plan, roots.clone(), &proxies, &|step| progress.tell(step)).await;
        let mut providers = Vec::new();
        for provider in goodgate_probe::providers(&look) {
            let asked = options.status_pages && extent == Extent::Full;
            let says = if asked { goodgate_probe::status(provider, &plan, &roots).await } else { None };
            providers.push((provider, says));
        }
        Sight { look, providers }
    });
    progress.end();
    // Name look-ups that were given up may still hold a thread of their own.
    runtime.shutdown_timeout(Duration::from_millis(20));
    Ok(sight)
}

/// What is wrong with the arguments, in sentences; those of a look need a site.
pub(crate) fn problems(site: Option<&Url>, options: &Outside) -> Vec<String> {
    // Only the values matter here.
    let mut problems =
        Url::parse("http://localhost/").map_or_else(|_| Vec::new(), |url| fill(&mut Plan::new(url), options));
    if site.is_none() {
        let named =
            |id: &&str| say_with("outside-needs-site", &args![what = format!("--{}", id.replace('_', "-"))]);
        problems.extend(options.given.iter().map(named));
        problems.extend(options.watch.map(|_| say("outside-watch-needs-site")));
    }
    if options.watch.is_some_and(|pause| pause < watch::PAUSE_MIN_S) {
        problems.push(say_with("outside-watch-pause", &args![n = watch::PAUSE_MIN_S]));
    }
    problems
}

fn plan(url: Url, options: &Outside) -> Result<Plan, Vec<String>> {
    let mut plan = Plan::new(url);
    let problems = fill(&mut plan, options);
    if problems.is_empty() { Ok(plan) } else { Err(problems) }
}

/// Puts the arguments into a plan, and says what is wrong with them.
fn fill(plan: &mut Plan, options: &Outside) -> Vec<String> {
    let mut problems = Vec::new();
    for written in &options.origin {
        match address(written, 0) {
            Some(address) => plan.origins.push(address),
            None => problems.push(say_with("outside-origin-wrong", &args![given = written.as_str()])),
        }
    }
    for written in &options.resolver {
        match address(written, 53) {
            Some(address) => plan.resolvers.push(address),
            None => problems.push(say_with("outside-resolver-wrong", &args![given = written.as_str()])),
        }
    }
    if options.resolver.len() > RESOLVERS_MAX {
        problems.push(say_with("outside-resolver-many", &args![n = RESOLVERS_MAX]));
    }
    for file in &options.ca {
        match std::fs::read(file) {
            Ok(pem) => plan.authorities.push(pem),
            Err(e) => problems.push(say_with(
                "outside-ca-unreadable",
                &args![file = file.as_str(), reason = e.to_string()],
            )),
        }
    }
    if options.budget < 1 {
        problems.push(say("outside-budget-wrong"));
    }
    if !(1..=600).contains(&options.patience) {
        problems.push(say("outside-patience-wrong"));
    }
    plan.budget = options.budget;
    plan.private = options.private;
    plan.limits.wait = Duration::from_secs(options.patience);
    plan.limits.connect = plan.limits.connect.min(Duration::from_secs(5));
    problems
}

/// An address with or without port.
fn address(written: &str, port: u16) -> Option<SocketAddr> {
    let bare = || written.trim_matches(['[', ']']).parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, port));
    written.parse().ok().or_else(bare)
}

/// What the judge is handed of a look.
pub(crate) fn seen(look: &Look) -> Seen {
    Seen::of(look.saved_page(), look.began, &look.evidence)
}

//! A look from outside at a recipe's route while the recipe is played, as `goodgate diagnose URL` takes one, and what
//! goodgate makes of that alone.

use std::net::SocketAddr;
use std::time::Duration;

use goodgate_case::{Diagnosis, Seen, diagnose_seen};
use goodgate_facts::id;
use goodgate_lab::{Recipe, fresh_token};
use goodgate_probe::{Asked, Look, Plan, Purpose};
use goodgate_wire::Roots;

use crate::matrix::{Outside, Place, ProductNamed};
use crate::products::NAME;
use crate::reading::at;

/// How often the page is asked for: twice is enough to see whether it always fails, and the recipes fail always.
const REPEAT: u32 = 2;

/// Looks at the route of a recipe; `query` follows the path. `None` only where an address cannot be written as a URL.
pub(crate) async fn look(gateway: SocketAddr, recipe: &str, query: &str, patience: Duration) -> Option<Look> {
    // The name is the one that the certificates of origins are for, because some gateways compare what was asked for
    // with that; nobody looks it up.
    let url = format!("http://{NAME}:{}/r/{recipe}/{}{query}", gateway.port(), fresh_token());
    let mut plan = Plan::new(url.parse().ok()?);
    plan.at = vec![gateway.ip()];
    plan.repeat = REPEAT;
    plan.zone = false;
    plan.limits.wait = patience;
    plan.limits.body_gap = patience;
    plan.limits.head = patience;
    let roots = Roots::with(false, &[]).ok()?;
    // On the heap: forty recipes are played at the same time, on threads with small stacks.
    Some(Box::pin(goodgate_probe::look(&plan, roots, &[], &|_| {})).await)
}

/// Reads what was seen from outside of a recipe behind the gateway with this id.
pub(crate) fn read(recipe: &Recipe, gateway: &str, look: &Look) -> Outside {
    let seen = Seen::of(look.saved_page(), look.began, &look.evidence);
    let diagnosis = diagnose_seen(&[], Vec::new(), [seen], &|count, read| (0..count).for_each(read));
    let page = look.page();
    let status = page.and_then(Asked::status);
    let delivers = recipe.gateway.delivers.as_ref().map(|delivery| delivery.status);
    let passed_on = status.is_some() && status == delivers;
    let maker = named(&diagnosis);
    let mut signals: Vec<&'static str> = diagnosis.evidence.signals().iter().map(|s| s.id.as_str()).collect();
    signals.dedup();
    let answer = at(Place::Outside, recipe, &diagnosis);
    Outside {
        wrong: !answer.set.is_empty() && !answer.truth_first && !leads_with_mechanism(recipe, &diagnosis),
        answer,
        outcome: diagnosis.outcome.as_str(),
        failed: page.is_some_and(Asked::failed),
        status,
        passed_on,
        product: product(page, passed_on, claimed(&diagnosis), gateway),
        maker,
        signals,
        requests: look.requests,
        took: look.took,
        slowest: slowest(look),
    }
}

/// Whether a mechanism leads that the recipe names: how it came to pass is true beside what made it so.
fn leads_with_mechanism(recipe: &Recipe, diagnosis: &Diagnosis) -> bool {
    let leader = diagnosis.findings.first().and_then(|finding| finding.judgement.ranked.first());
    leader.is_some_and(|leader| {
        leader.cause.kind.as_str() == "mechanism"
            && recipe.truth.causes.iter().any(|cause| cause == leader.cause.id)
    })
}

/// Who made the answer, as goodgate says.
fn named(diagnosis: &Diagnosis) -> Option<String> {
    diagnosis.findings.first()?.generator.as_ref().map(|(product, _)| product.clone())
}

/// Who made the answer, and whether goodgate says that this is the gateway that was asked and no other behind it.
fn claimed(diagnosis: &Diagnosis) -> (Option<String>, bool) {
    (named(diagnosis), diagnosis.evidence.has(id("page-made-by-gateway")))
}

/// How right the name of the maker is, where a whole answer came that is an error.
fn product(
    page: Option<&Asked>,
    passed_on: bool,
    (maker, by_gateway): (Option<String>, bool),
    gateway: &str,
) -> Option<ProductNamed> {
    page.filter(|page| page.failed() && !page.broken() && page.result.is_ok())?;
    let is_gateway = maker.as_deref() == Some(gateway);
    Some(match passed_on {
        // What the upstream said is not the gateway's.
        true if is_gateway && by_gateway => ProductNamed::Wrong,
        true => ProductNamed::Right,
        false if is_gateway => ProductNamed::Right,
        false if maker.is_some() => ProductNamed::Wrong,
        false => ProductNamed::Unnamed,
    })
}

/// The longest exchange without which there is no answer: at each place where redirects led the page and its
/// repetitions, which go at once.
fn slowest(look: &Look) -> Duration {
    let needed = |asked: &&Asked| matches!(asked.purpose, Purpose::Page | Purpose::Repeat);
    let mut places: Vec<(&url::Url, Duration)> = Vec::new();
    for asked in look.asked.iter().filter(needed) {
        match places.iter_mut().find(|(url, _)| **url == asked.url) {
            Some((_, longest)) => *longest = (*longest).max(asked.took),
            None => places.push((&asked.url, asked.took)),
        }
    }
    places.into_iter().map(|(_, longest)| longest).sum()
}

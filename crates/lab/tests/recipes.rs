//! What every recipe has to fulfil, and that none is healthy by mistake: a strict reader looks at what it sends.
//!
//! The reader here is a third one, besides those of the gateway's side and of the lab's client. It knows one purpose:
//! to say whether the bytes of a recipe are one whole and valid answer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod strict;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use goodgate_lab::{Expected, Group, Listen, May, Recipe, Retry, Speaks, Step, recipes};

use strict::{Answer, Sent};

/// Every expectation of a recipe, with the name of its table.
fn expectations(recipe: &Recipe) -> Vec<(&'static str, &Expected)> {
    let special = [("post", &recipe.post), ("head", &recipe.head), ("http10", &recipe.http10)];
    let special = special.into_iter().filter_map(|(name, expected)| Some((name, expected.as_ref()?)));
    std::iter::once(("gateway", &recipe.gateway)).chain(special).collect()
}

fn is_raw(recipe: &Recipe) -> bool {
    recipe.speaks == Speaks::Http
        && recipe.listen == Listen::Accept
        && recipe.process.is_none()
        && recipe.dns.is_none()
}

#[test]
fn names_are_in_kebab_case_and_each_is_a_file_of_its_own() {
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
    for folder in fs::read_dir(root).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let file = file.unwrap().path();
            assert_eq!(file.extension().unwrap(), "toml", "{}", file.display());
            files.push(file.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    files.sort();
    let mut names: Vec<_> = recipes().iter().map(|recipe| recipe.name.clone()).collect();
    names.sort();
    assert_eq!(names, files, "list.rs and the folder say different things");
    for name in &names {
        let good = name.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        assert!(good, "{name} is not in kebab-case");
    }
    names.dedup();
    assert_eq!(names.len(), files.len(), "a name stands twice");
}

#[test]
fn the_list_goes_as_an_exchange_goes() {
    let groups: Vec<_> = recipes().iter().map(|recipe| recipe.group).collect();
    assert!(groups.is_sorted(), "{groups:?}");
    assert_eq!(recipes()[0].name, "healthy");
}

#[test]
fn every_recipe_says_what_it_is() {
    for recipe in recipes() {
        let name = &recipe.name;
        // Names such as php-fpm and uWSGI keep their small first letter.
        let first = recipe.title.split(' ').next().unwrap_or_default();
        let proud = first.contains('-') || first.contains(char::is_uppercase);
        assert!(proud, "{name}: the title begins with a small letter");
        assert!(!recipe.title.ends_with('.') && recipe.title.len() <= 90, "{name}: title");
        assert!(recipe.about.ends_with('.'), "{name}: about");
        assert!(!recipe.truth.channels.is_empty(), "{name}: nobody can see it");
        let wrong = !recipe.is_healthy();
        let of_origin = recipe.group == Group::OriginStatus;
        // A real application that says what is wrong with it is understood, and no gateway has a symptom to name.
        let open = recipe.process.is_some() && recipe.gateway.may.contains(&May::Pass);
        let told = !recipe.truth.symptom.is_empty();
        assert!(open || told == (wrong && !of_origin), "{name}: symptom");
        assert_eq!(!recipe.truth.causes.is_empty(), wrong, "{name}: causes");
        let plays = recipe.listen == Listen::Accept && recipe.process.is_none() && recipe.dns.is_none();
        assert!(!plays || !recipe.steps.is_empty(), "{name}: does nothing");
    }
}

#[test]
fn every_expectation_is_one_and_has_a_reason() {
    for recipe in recipes() {
        for (table, expected) in expectations(recipe) {
            let at = format!("{} [{table}]", recipe.name);
            assert!(!expected.may.is_empty(), "{at}: nothing is right");
            assert!(!expected.why.is_empty(), "{at}: no reason");
            for why in &expected.why {
                assert!(why.says.ends_with('.'), "{at}: {}", why.says);
                assert!(has_section(&why.see), "{at}: {} names no place", why.see);
            }
            let may = |way| expected.may.contains(&way);
            assert!(!may(May::Error) || !expected.status.is_empty(), "{at}: which status?");
            assert!(!may(May::Pass) || expected.delivers.is_some(), "{at}: what is delivered?");
            let bad = expected
                .status
                .iter()
                .chain(&expected.tolerable)
                .find(|status| !(500..600).contains(*status));
            assert_eq!(bad, None, "{at}: a gateway tells its own trouble with 5xx");
            let twice = expected.status.iter().find(|status| expected.tolerable.contains(status));
            assert_eq!(twice, None, "{at}: right and tolerable at once");
            assert!(!recipe.is_healthy() || table == "head" || expected.may == [May::Pass], "{at}: healthy");
            let reads = recipe.steps.iter().any(|step| matches!(step, Step::ReadRequest | Step::ReadHead));
            // A status can say that the origin has not acted upon what it read (RFC 9110 §15.5.20).
            let says_so = recipe.group == Group::OriginStatus;
            let may_have_acted = recipe.speaks == Speaks::Http && reads && !says_so;
            assert!(expected.retry != Retry::Safe || !may_have_acted, "{at}: retry");
        }
    }
}

/// `RFC 9112 §6.3`, or the name of a document with a place in it.
fn has_section(see: &str) -> bool {
    match see.strip_prefix("RFC ").and_then(|rest| rest.split_once(" §")) {
        Some((number, section)) => {
            (3..=5).contains(&number.len())
                && number.bytes().all(|byte| byte.is_ascii_digit())
                // An appendix has a letter first.
                && section.starts_with(|first: char| first.is_ascii_digit() || first.is_ascii_uppercase())
                && section.bytes().skip(1).all(|byte| byte.is_ascii_digit() || byte == b'.')
        }
        None => !see.starts_with("RFC") && see.len() >= 8,
    }
}

#[test]
fn no_two_recipes_do_the_same() {
    let mut known = BTreeMap::new();
    for recipe in recipes() {
        let does = format!(
            "{:?}",
            (recipe.speaks, recipe.listen, &recipe.steps, &recipe.process, &recipe.dns, &recipe.post)
        );
        if let Some(other) = known.insert(does, &recipe.name) {
            panic!("{} and {other} do the same", recipe.name);
        }
    }
}

/// What a recipe that speaks plain HTTP/1 by raw steps sends to a GET, as a strict reader sees it; `None` where it
/// does more than that (healthy service, correct answers by request).
fn sent(recipe: &Recipe) -> Option<Sent> {
    let whole = |step: &Step| matches!(step, Step::Answer(_) | Step::Serve | Step::Alert(_));
    let last = recipe.steps.len().saturating_sub(1);
    let early = recipe.steps.iter().take(last).any(whole);
    let only = recipe.steps.last().is_some_and(|step| matches!(step, Step::Answer(_)))
        || recipe.steps == [Step::Serve];
    (is_raw(recipe) && !early && !only).then(|| Sent::of(&recipe.steps))
}

fn promised(expected: &Expected) -> Option<u64> {
    let delivery = expected.delivers.as_ref()?;
    let written = delivery.body.as_ref().map(|body| body.len() as u64);
    written.or(delivery.body_bytes)
}

#[test]
fn raw_healthy_answers_are_whole_to_the_byte() {
    let mut seen = 0;
    for recipe in recipes().iter().filter(|recipe| recipe.is_healthy()) {
        let Some(sent) = sent(recipe) else { continue };
        let answer = strict::read(&sent).unwrap_or_else(|why| panic!("{}: {why}", recipe.name));
        let delivery = recipe.gateway.delivers.as_ref().unwrap();
        assert_eq!(answer.status, delivery.status, "{}", recipe.name);
        assert_eq!(Some(answer.body.len() as u64), promised(&recipe.gateway), "{}", recipe.name);
        if let Some(body) = &delivery.body {
            assert_eq!(answer.body, body.as_bytes(), "{}", recipe.name);
        }
        assert_eq!(answer.left, 0, "{}: sends more than its answer", recipe.name);
        seen += 1;
    }
    assert!(seen >= 10, "only {seen} were looked at");
}

#[test]
fn what_nobody_may_pass_on_is_no_whole_answer() {
    let mut seen = 0;
    for recipe in recipes().iter().filter(|recipe| is_raw(recipe) && !recipe.gateway.may.contains(&May::Pass))
    {
        let Some(sent) = sent(recipe) else { continue };
        if let Ok(Answer { status, .. }) = strict::read(&sent) {
            panic!("{}: nothing tells this from a healthy {status}", recipe.name);
        }
        seen += 1;
    }
    assert!(seen >= 50, "only {seen} were looked at");
}

#[test]
fn announced_lengths_are_kept_or_broken_as_the_recipe_says() {
    let mut seen = 0;
    for recipe in recipes() {
        let Some(sent) = sent(recipe) else { continue };
        let (Some(announced), Some(promised)) = (strict::announced(&sent), promised(&recipe.gateway)) else {
            continue;
        };
        assert_eq!(announced.bytes, promised, "{}: Content-Length and delivers", recipe.name);
        let cut = !recipe.gateway.may.contains(&May::Pass);
        assert_eq!(announced.came < announced.bytes, cut, "{}: {announced:?}", recipe.name);
        assert!(
            recipe.name.contains("body-") || announced.came <= announced.bytes,
            "{}: {announced:?}",
            recipe.name
        );
        seen += 1;
    }
    assert!(seen >= 20, "only {seen} were looked at");
}

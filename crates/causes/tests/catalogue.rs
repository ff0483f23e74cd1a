//! The registry test: files = list, every entry readable, every full one proved by a hit and a near miss.

use std::collections::BTreeSet;
use std::path::Path;

use goodgate_causes::{Kind, Observed, Risk, catalogue, judge};
use goodgate_facts::SignalId;

/// Unregistered names do not pass the reader, so none is lost here.
fn observed(names: &[String]) -> Observed {
    Observed::new(names.iter().filter_map(|name| SignalId::find(name)))
}

#[test]
fn files_and_list_agree() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the catalogue's folder")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".md").map(str::to_owned))
        .collect();
    let listed: BTreeSet<String> = catalogue().expect("readable").iter().map(|c| c.id.to_owned()).collect();
    assert_eq!(files, listed, "catalogue/*.md and crates/causes/src/list.rs must name the same causes");
}

#[test]
fn every_entry_says_what_it_must() {
    let causes = catalogue().expect("readable");
    let mut wrong = Vec::new();
    for cause in causes {
        let mut check = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{}: {what}", cause.id));
            }
        };
        check(!cause.title.is_empty() && cause.title.len() <= 120, "a title of at most 120 characters");
        check(cause.en.sentence.ends_with('.'), "a sentence in `## sentence`");
        check(!cause.en.going_on.is_empty(), "prose in `## what is going on`");
        check(cause.kind != Kind::Mechanism || !cause.roots.is_empty(), "a mechanism names its roots");
        for root in &cause.roots {
            check(causes.iter().any(|c| c.id == root), "every root is in the catalogue");
        }
        if !cause.is_full() {
            check(cause.clues.is_empty() && cause.cases.is_empty(), "a full entry has both clues and cases");
            continue;
        }
        check(!cause.en.recognise.is_empty(), "prose in `## how to recognise it`");
        check(!cause.en.mend_owner.is_empty(), "prose for the site owner");
        check(!cause.en.mend_operator.is_empty(), "prose for the operator");
        check(cause.remedies.iter().any(|r| r.risk == Risk::Look), "a remedy that only looks");
        check(
            cause.remedies.iter().all(|r| !r.confirm.is_empty() && !r.steps.is_empty()),
            "steps and confirm in remedies",
        );
        check(
            cause.remedies.iter().all(|r| r.risk == Risk::Look || !r.undo.is_empty()),
            "a remedy that changes something says how to undo it",
        );
        check(cause.cases.iter().any(|c| c.expect == "hit"), "a hit");
        check(cause.cases.iter().any(|c| c.expect == "near-miss"), "a near miss");
    }
    assert!(wrong.is_empty(), "{} entries lack something:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn hits_win_and_near_misses_do_not() {
    let causes = catalogue().expect("readable");
    let mut wrong = Vec::new();
    for cause in causes.iter().filter(|c| c.is_full()) {
        for case in &cause.cases {
            let judgement = judge(causes, &observed(&case.signals));
            let winner = judgement.ranked.first().map_or("nothing", |r| r.cause.id);
            let holds = match case.expect.as_str() {
                "hit" => winner == cause.id,
                "near-miss" => winner != cause.id,
                _ => false,
            };
            if !holds {
                wrong.push(format!("{}: {} ({}): {winner} won", cause.id, case.name, case.expect));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

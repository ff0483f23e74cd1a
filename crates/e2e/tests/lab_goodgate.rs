//! goodgate in the lab, like any other gateway: every fault dealt with rightly, and named rightly by itself, whatever its
//! clients speak.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::process::{Command, Stdio};

use goodgate_e2e::binary;
use serde_json::Value;

/// What a recipe that cannot be played may lack: a protocol that goodgate does not speak to servers, or something on
/// this machine.
const LACKS: [&str; 4] = ["does not speak", "not installed", "namespace", "root"];
/// Fewer requests would mean that recipes were left out; HTTP/2 has one way to ask less than the others.
const DRIVES_MIN: usize = 1000;

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

/// Plays these recipes to goodgate, whose clients speak so; all where none is named.
fn matrix(front: &str, recipes: &[String]) -> Value {
    let mut compare = Command::new(binary());
    compare.args(["lab", "compare", "goodgate", "--front", front, "--format", "json"]).stdin(Stdio::null());
    compare.args(recipes.iter().flat_map(|recipe| ["--recipe", recipe]));
    let output = compare.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{told}"))
}

/// What is wrong: the recipe, and a sentence.
fn wrong(matrix: &Value) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    for cell in list(matrix, "cells") {
        let recipe = text(cell, "recipe");
        let mut tell = |what: String| wrong.push((recipe.to_owned(), what));
        if !cell["died"].is_null() {
            tell(format!("goodgate ended: {}", cell["died"]));
        }
        for drive in list(cell, "drives") {
            let how = text(drive, "drive");
            if text(drive, "verdict") != "right" {
                tell(format!("{how}: {}: {}", text(drive, "verdict"), text(drive, "says")));
            }
            if drive["symptom"]["right"] != true {
                let mut recipes = list(matrix, "recipes").iter();
                let truth = recipes.find(|one| text(one, "name") == recipe).map(|one| &one["symptom"]);
                tell(format!("{how}: it states {}, true is {truth:?}", drive["symptom"]));
            }
        }
    }
    wrong
}

/// One front after the other: each keeps the machine busy by itself.
#[test]
fn goodgate_is_right_about_every_fault_and_says_which_it_was() {
    for front in ["http1", "tls", "http2"] {
        is_right(front);
    }
}

fn is_right(front: &str) {
    let all = matrix(front, &[]);
    assert_eq!(text(&all, "front"), front);
    let drives: usize = list(&all, "cells").iter().map(|cell| list(cell, "drives").len()).sum();
    assert!(drives > DRIVES_MIN, "{front}: only {drives} requests were made");
    for pair in list(&all, "not_played") {
        let why = text(pair, "why");
        assert!(LACKS.iter().any(|lack| why.contains(lack)), "{}: {why}", pair["recipe"]);
    }

    // Hundreds of servers at the same time can make an answer late; what is wrong alone is wrong.
    let mut doubtful: Vec<String> = wrong(&all).into_iter().map(|(recipe, _)| recipe).collect();
    doubtful.dedup();
    if !doubtful.is_empty() {
        let again = wrong(&matrix(front, &doubtful));
        let lines: Vec<_> = again.iter().map(|(recipe, what)| format!("{recipe}, {what}")).collect();
        assert!(again.is_empty(), "{front}: {}", lines.join("\n"));
    }
}

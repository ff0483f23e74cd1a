//! goodgate in the lab, like any other gateway: every fault dealt with rightly, and named rightly by itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use goodgate_e2e::binary;
use serde_json::Value;

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

#[test]
fn goodgate_is_right_about_every_fault_and_says_which_it_was() {
    let mut compare = Command::new(binary());
    compare.args(["lab", "compare", "--format", "json", "goodgate"]).stdin(Stdio::null());
    let output = compare.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let matrix: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{told}"));

    let mut wrong = Vec::new();
    let mut drives = 0;
    for cell in list(&matrix, "cells") {
        let recipe = text(cell, "recipe");
        if !cell["died"].is_null() {
            wrong.push(format!("{recipe}: goodgate ended: {}", cell["died"]));
        }
        for drive in list(cell, "drives") {
            drives += 1;
            let how = format!("{recipe}, {}", text(drive, "drive"));
            if text(drive, "verdict") != "right" {
                wrong.push(format!("{how}: {}: {}", text(drive, "verdict"), text(drive, "says")));
            }
            if drive["symptom"]["right"] != true {
                let recipes = list(&matrix, "recipes");
                let truth = recipes.iter().find(|one| text(one, "name") == recipe).map(|one| &one["symptom"]);
                wrong.push(format!("{how}: it states {}, true is {truth:?}", drive["symptom"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {drives}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(drives > 1000, "only {drives} requests were made");

    // What it cannot be asked, each with the reason; real application servers may not be installed.
    let mut why: BTreeMap<&str, u32> = BTreeMap::new();
    for pair in list(&matrix, "not_played") {
        *why.entry(text(pair, "why")).or_default() += 1;
    }
    let known = |why: &&&str| {
        ["does not speak", "not installed", "namespace", "root"].iter().any(|part| why.contains(part))
    };
    let strange: Vec<_> = why.keys().filter(|why| !known(why)).collect();
    assert!(strange.is_empty(), "{strange:?}");
}

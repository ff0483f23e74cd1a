//! The lab against the gateways that most of the world runs: what is known of them must show by itself.
//!
//! The comparison is made once, by the binary as a user would; each test reads it. Gateways that are not installed
//! are skipped with a sentence; with `GOODGATE_REQUIRE_PRODUCTS=1`, as in CI, that is a failure.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::process::{Command, Stdio};
use std::sync::OnceLock;

use goodgate_e2e::{binary, skip};
use serde_json::{Value, json};

const GATEWAYS: [&str; 4] = ["nginx", "apache", "haproxy", "caddy"];

/// The comparisons of all of them, made at the same time, as nearly all of it is waiting, and put together.
fn matrix() -> &'static Value {
    static MATRIX: OnceLock<Value> = OnceLock::new();
    MATRIX.get_or_init(|| {
        let compare = |gateway: &str| {
            let mut compare = Command::new(binary());
            compare.args(["lab", "compare", "--format", "json", gateway]).stdin(Stdio::null());
            compare.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let running = GATEWAYS.map(compare);
        let documents = running.map(|child| {
            let output = child.wait_with_output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| left_out(&told))
        });
        together(&documents)
    })
}

/// A document for a gateway that could not be measured; whether that is a failure is said where it is asked for.
fn left_out(told: &str) -> Value {
    let gateway =
        GATEWAYS.iter().find(|gateway| told.contains(**gateway)).unwrap_or_else(|| panic!("{told}"));
    json!({"left_out": [{"id": gateway, "why": told}]})
}

fn together(documents: &[Value]) -> Value {
    let all = |key| documents.iter().flat_map(|document| list(document, key).to_vec()).collect::<Vec<_>>();
    let recipes = documents.iter().map(|document| &document["recipes"]).find(|recipes| recipes.is_array());
    json!({
        "gateways": all("gateways"),
        "cells": all("cells"),
        "not_played": all("not_played"),
        "left_out": all("left_out"),
        "recipes": recipes,
    })
}

/// Whether the gateway was measured; `false` after saying that the test is skipped.
fn measured(gateway: &str) -> bool {
    let there = list(matrix(), "gateways").iter().any(|g| g["id"] == gateway);
    if !there {
        let left_out = list(matrix(), "left_out").iter().find(|left| left["id"] == gateway);
        let why = left_out.and_then(|left| left["why"].as_str()).unwrap_or("it is in no list");
        assert!(why.contains("not installed"), "{gateway} was left out: {why}");
        skip(gateway);
    }
    there
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn cell(gateway: &str, recipe: &str) -> &'static Value {
    let cells = list(matrix(), "cells");
    let found = cells.iter().find(|cell| cell["gateway"] == gateway && cell["recipe"] == recipe);
    found.unwrap_or_else(|| panic!("{recipe} was not played to {gateway}"))
}

fn drive(gateway: &str, recipe: &str, drive: &str) -> &'static Value {
    let drives = list(cell(gateway, recipe), "drives");
    drives.iter().find(|d| d["drive"] == drive).unwrap_or_else(|| panic!("{recipe}: no {drive}"))
}

fn verdict(drive: &Value) -> &str {
    drive["verdict"].as_str().unwrap_or("none")
}

/// Whether it is the version that a fact is known of, that of Debian 12; another version may well do better.
fn is_debian_12(gateway: &str, version: &str) -> bool {
    let gateway = list(matrix(), "gateways").iter().find(|g| g["id"] == gateway).unwrap();
    gateway["version"].as_str().unwrap().starts_with(version)
}

#[test]
fn nothing_healthy_fails_everywhere() {
    let gateways = list(matrix(), "gateways");
    if gateways.is_empty() {
        return GATEWAYS.iter().for_each(|gateway| skip(gateway));
    }
    for recipe in list(matrix(), "recipes").iter().filter(|recipe| recipe["group"] == "healthy") {
        let cells: Vec<_> =
            list(matrix(), "cells").iter().filter(|cell| cell["recipe"] == recipe["name"]).collect();
        let right = cells.iter().any(|cell| cell["verdict"] == "right" || cell["verdict"] == "tolerable");
        assert!(cells.is_empty() || right, "{}: {:?}", recipe["name"], cells[0]["says"]);
    }
}

#[test]
fn every_recipe_is_played_to_somebody() {
    if GATEWAYS.iter().filter(|gateway| measured(gateway)).count() < GATEWAYS.len() {
        return;
    }
    let cells = list(matrix(), "cells");
    let required = std::env::var_os("GOODGATE_REQUIRE_PRODUCTS").is_some_and(|v| v == "1");
    // A network namespace, and files of other users, need rights that not everybody has.
    let excused = |why: &str| {
        why.contains("namespace") || why.contains("root") || !required && why.contains("not installed")
    };
    for recipe in list(matrix(), "recipes") {
        let name = &recipe["name"];
        let not_played = list(matrix(), "not_played").iter().filter(|pair| pair["recipe"] == *name);
        let why: Vec<_> = not_played.filter_map(|pair| pair["why"].as_str()).collect();
        let played = cells.iter().any(|cell| cell["recipe"] == *name);
        assert!(played || why.iter().any(|why| excused(why)), "{name}: {why:?}");
    }
}

#[test]
fn nginx_says_nothing_after_an_interim_answer_and_a_close() {
    if !measured("nginx") || !is_debian_12("nginx", "1.22") {
        return;
    }
    for recipe in ["fin-after-continue", "fin-after-early-hints"] {
        let seen = drive("nginx", recipe, "get");
        assert!(["hangs", "misleading"].contains(&verdict(seen)), "{recipe}: {seen}");
        assert_eq!(seen["status"], Value::Null, "{recipe}: {seen}");
    }
}

#[test]
fn nginx_gives_no_answer_to_a_garbage_status_line() {
    if !measured("nginx") || !is_debian_12("nginx", "1.22") {
        return;
    }
    let seen = drive("nginx", "garbage-text", "get");
    assert!(["hangs", "misleading"].contains(&verdict(seen)), "{seen}");
}

#[test]
fn nginx_passes_on_differing_lengths() {
    if !measured("nginx") || !is_debian_12("nginx", "1.22") {
        return;
    }
    assert_eq!(drive("nginx", "length-twice-differing", "get")["status"], 200);
}

#[test]
fn nginx_hides_cut_chunks_from_old_clients() {
    if !measured("nginx") || !is_debian_12("nginx", "1.22") {
        return;
    }
    assert_eq!(verdict(drive("nginx", "chunked-cut-inside", "http10")), "hides truncation");
    assert_eq!(verdict(drive("nginx", "chunked-cut-inside", "get")), "right");
}

#[test]
fn apache_answers_503_where_nobody_listens_and_500_where_tls_fails() {
    if !measured("apache") || !is_debian_12("apache", "2.4") {
        return;
    }
    assert_eq!(drive("apache", "not-listening", "get")["status"], 503);
    assert_eq!(drive("apache", "certificate-expired", "get")["status"], 500);
}

#[test]
fn caddy_ends_cut_chunks_as_if_whole() {
    if !measured("caddy") || !is_debian_12("caddy", "2.6") {
        return;
    }
    assert_eq!(verdict(drive("caddy", "chunked-cut-inside", "get")), "hides truncation");
}

#[test]
fn haproxy_tries_a_refused_connection_again() {
    if !measured("haproxy") || !is_debian_12("haproxy", "2.6") {
        return;
    }
    // Its line ends with the numbers of connections and retries, actconn/feconn/beconn/srv_conn/retries.
    let stated = list(cell("haproxy", "not-listening"), "stated");
    let tried = stated.iter().filter_map(|line| line["line"].as_str()).any(|line| line.contains("/3 0/0"));
    assert!(tried, "{stated:?}");
}

#[test]
fn nobody_repeats_a_post_that_was_read() {
    for gateway in GATEWAYS.into_iter().filter(|gateway| measured(gateway)) {
        let seen = drive(gateway, "reset-after-request", "post");
        assert_eq!(seen["upstream_requests"], 1, "{gateway}: {seen}");
    }
}

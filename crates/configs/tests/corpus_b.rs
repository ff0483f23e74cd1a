//! The configurations of real failures: each must be known for what it is and show where it leads.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

use std::path::Path;

use goodgate_configs::{read, recognise};

/// The corpus file, the product, and whether a layout must be found where its name stands in the text.
const STACKS: &[(&str, &str, Option<&str>)] = &[
    ("haproxy", "haproxy", Some("log-format")),
    ("caddy", "caddy", None),
    ("varnish", "varnish", None),
    ("squid", "squid", Some("logformat ")),
    ("ats", "trafficserver", Some("formats:")),
    ("envoy", "envoy", Some("inline_string")),
];

#[test]
fn every_configuration_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !folder.is_dir() {
        eprintln!("skipped: the corpus is not here");
        return;
    }
    let mut failures = Vec::new();
    for (stack, product, layout) in STACKS {
        let text = std::fs::read_to_string(folder.join(format!("{stack}.jsonl"))).unwrap();
        for line in text.lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let id = case["id"].as_str().unwrap_or_default();
            let snippet = case["config_snippet"].as_str().unwrap_or_default();
            if !snippet.is_empty() {
                failures.extend(check(product, *layout, snippet).map(|what| format!("{id}: {what}")));
            }
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// What is wrong with the reading of one configuration.
fn check(product: &str, layout: Option<&str>, snippet: &str) -> Option<String> {
    let known = recognise("", snippet).map(|p| p.id);
    if known != Some(product) {
        return Some(format!("taken for {known:?}"));
    }
    let found = read("", snippet)?;
    if !found.problems.is_empty() && !snippet.contains("STATIC") {
        return Some(format!("{:?}", found.problems));
    }
    if found.listens.is_empty() && product != "varnish" {
        return Some("no listening address".to_owned());
    }
    if layout.is_some_and(|word| snippet.contains(word)) && found.layouts.is_empty() {
        return Some("no layout".to_owned());
    }
    // A site that only gives a fixed answer leads nowhere.
    if found.legs.is_empty() {
        let fixed = found.settings_of("respond").next().is_some();
        return (!fixed).then(|| "no leg".to_owned());
    }
    let untimed = found
        .legs
        .iter()
        .find(|leg| leg.connect_timeout_s.is_none() || leg.read_timeout_s.or(leg.total_timeout_s).is_none());
    let answered = found.settings_of("direct_response").next().is_some();
    untimed.filter(|_| !answered).map(|leg| format!("no timeouts for {}", leg.target))
}

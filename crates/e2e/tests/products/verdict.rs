//! Runs the binary on a folder and holds its answer against what was done.

use std::process::Command;

use goodgate_e2e::binary;
use serde_json::Value;

use crate::room::Room;

/// How sure an answer is, in its own words; later ones are surer.
const CERTAINTIES: &[&str] = &["cannot-tell", "possible", "likely", "proven"];

fn diagnose(room: &Room) -> Value {
    let output =
        Command::new(binary()).args(["diagnose", "--format", "json"]).arg(room.case()).output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("no JSON ({e}): {}", String::from_utf8_lossy(&output.stderr)))
}

/// The first cause is one of those, and the answer is no surer than the evidence allows.
pub(crate) fn expect_cause(room: &Room, first: &[&str], at_most: &str) {
    let answer = diagnose(room);
    let finding = &answer["findings"][0];
    let told = summary(&answer);
    assert_eq!(answer["outcome"], "fault", "{told}");
    let cause = finding["causes"][0]["id"].as_str().unwrap_or("none");
    assert!(first.contains(&cause), "wanted one of {first:?}\n{told}");
    let rank = |word: &str| CERTAINTIES.iter().position(|c| *c == word);
    let certainty = finding["certainty"].as_str().unwrap_or("none");
    assert!(rank(certainty).is_some(), "{certainty:?} is no certainty\n{told}");
    assert!(rank(certainty) <= rank(at_most), "{certainty} is surer than {at_most}\n{told}");
}

/// Nothing is wrong.
pub(crate) fn expect_healthy(room: &Room) {
    let answer = diagnose(room);
    assert_eq!(answer["outcome"], "no-fault", "{}", summary(&answer));
}

fn summary(answer: &Value) -> String {
    let finding = &answer["findings"][0];
    let causes: Vec<String> = finding["causes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|c| {
            format!("{} {:.2}", c["id"].as_str().unwrap_or("?"), c["probability"].as_f64().unwrap_or(0.0))
        })
        .collect();
    let signals: Vec<&str> =
        answer["evidence"].as_array().into_iter().flatten().filter_map(|e| e["signal"].as_str()).collect();
    format!(
        "{} {} {}\n{}\n{}",
        answer["outcome"],
        finding["certainty"],
        finding["symptom"],
        causes.join(", "),
        signals.join(" ")
    )
}

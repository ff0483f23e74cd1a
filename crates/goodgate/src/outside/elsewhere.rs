//! `--with FILE`: what the same command found elsewhere.

use std::collections::BTreeSet;
use std::net::IpAddr;

use goodgate_facts::{Evidence, Signal, Source, SourceKind, Untrusted, Value, id};
use goodgate_probe::Look;
use serde::Deserialize;

use crate::words::{args, say_with};

/// What is read of another diagnosis; the rest of the document does not matter here.
#[derive(Deserialize)]
struct Document {
    schema: String,
    outcome: String,
    findings: Vec<Finding>,
    #[serde(default)]
    look: Option<Seen>,
}

#[derive(Deserialize)]
struct Finding {
    symptom: Option<Symptom>,
}

#[derive(Deserialize)]
struct Symptom {
    error: Option<String>,
    status: Option<u16>,
}

#[derive(Deserialize)]
struct Seen {
    url: String,
    began: String,
    #[serde(default)]
    addresses: Vec<IpAddr>,
}

/// The schema that is read.
const SCHEMA: &str = "goodgate.diagnosis/1";

/// What looks from elsewhere say, beside this one; or a sentence that says what is wrong with a file.
pub(crate) fn join(files: &[String], look: &Look) -> Result<Evidence, String> {
    let mut evidence = Evidence::new();
    for file in files {
        let wrong = |reason: String| {
            say_with("outside-with-unreadable", &args![file = file.as_str(), reason = reason])
        };
        let text = std::fs::read_to_string(file).map_err(|e| wrong(e.to_string()))?;
        let there: Document = serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        let Some(seen) = there.look.as_ref().filter(|_| there.schema == SCHEMA) else {
            return Err(say_with("outside-with-no-look", &args![file = file.as_str()]));
        };
        if host_of(&seen.url) != look.url.host_str().map(str::to_owned) {
            return Err(say_with(
                "outside-with-other-site",
                &args![file = file.as_str(), there = crate::redact::redact(&seen.url),],
            ));
        }
        for signal in signals(file, &there, seen, look) {
            evidence.add(signal);
        }
    }
    Ok(evidence)
}

fn host_of(url: &str) -> Option<String> {
    url::Url::parse(url).ok()?.host_str().map(str::to_owned)
}

fn signals(file: &str, there: &Document, seen: &Seen, look: &Look) -> Vec<Signal> {
    let source = || Source::new(SourceKind::Probe, file, 0, None);
    let at = seen.began.parse().ok();
    let symptom = there.findings.iter().find_map(|finding| finding.symptom.as_ref());
    let what = match symptom {
        Some(Symptom { status: Some(status), .. }) => Value::Status(*status),
        Some(Symptom { error: Some(error), .. }) => Value::Text(Untrusted::new(error.as_bytes())),
        _ => Value::None,
    };
    let mut out = Vec::new();
    match there.outcome.as_str() {
        "no-fault" => out.push(Signal::new(id("elsewhere-works"), source()).at(at)),
        "fault" | "masked" => out.push(Signal::new(id("elsewhere-fails-too"), source()).at(at).value(what)),
        _ => {}
    }
    let here: BTreeSet<IpAddr> = look.addresses().into_iter().collect();
    let others: BTreeSet<IpAddr> = seen.addresses.iter().copied().collect();
    if !here.is_empty() && !others.is_empty() && here.is_disjoint(&others) {
        let listed: Vec<String> = others.iter().take(4).map(ToString::to_string).collect();
        let value = Value::Text(Untrusted::new(listed.join(", ").as_bytes()));
        out.push(Signal::new(id("resolvers-disagree"), source()).at(at).value(value));
    }
    out
}

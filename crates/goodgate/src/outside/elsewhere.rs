//! `--with FILE`: what the same command found elsewhere.

use std::net::IpAddr;
use std::time::Duration;

use goodgate_facts::{Evidence, Moment, Signal, Source, SourceKind, Untrusted, Value, id};
use goodgate_pages::providers::Kind;
use serde::Deserialize;
use url::Url;

use super::Sight;
use crate::redact;
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

/// Looks further apart than this say nothing of each other: sites fail and recover within minutes.
const APART_MAX: Duration = Duration::from_secs(15 * 60);

/// Looks from elsewhere that are to be counted, each with its file.
#[derive(Default)]
pub(crate) struct Elsewhere(Vec<(String, Document, Seen)>);

/// Reads the files, before anything is looked at: those that count, and a sentence about each that does not because it
/// is too old; or sentences that say what is wrong with them.
pub(crate) fn read(files: &[String], site: &Url) -> Result<(Elsewhere, Vec<String>), Vec<String>> {
    let (mut out, mut remarks, mut problems) = (Elsewhere::default(), Vec::new(), Vec::new());
    for file in files {
        match one(file, site) {
            Err(problem) => problems.push(problem),
            Ok((document, seen, began)) => {
                let apart = jiff::Timestamp::now().duration_since(began).unsigned_abs();
                if apart > APART_MAX {
                    let minutes = apart.as_secs() / 60;
                    remarks.push(say_with(
                        "outside-with-apart",
                        &args![file = file.as_str(), n = minutes, max = APART_MAX.as_secs() / 60],
                    ));
                } else {
                    out.0.push((file.clone(), document, seen));
                }
            }
        }
    }
    if problems.is_empty() { Ok((out, remarks)) } else { Err(problems) }
}

fn one(file: &str, site: &Url) -> Result<(Document, Seen, Moment), String> {
    let wrong = |reason: String| say_with("outside-with-unreadable", &args![file = file, reason = reason]);
    let text = std::fs::read_to_string(file).map_err(|e| wrong(e.to_string()))?;
    let mut there: Document = serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
    let Some(seen) = there.look.take().filter(|_| there.schema == SCHEMA) else {
        return Err(say_with("outside-with-no-look", &args![file = file]));
    };
    let url = Url::parse(&seen.url).map_err(|e| wrong(e.to_string()))?;
    let began: Moment = seen.began.parse().map_err(|e: jiff::Error| wrong(e.to_string()))?;
    let page = |url: &Url| (url.origin(), url.path().to_owned());
    if page(&url) != page(site) {
        return Err(say_with(
            "outside-with-other-site",
            &args![file = file, there = redact::url(&url), here = redact::url(site)],
        ));
    }
    Ok((there, seen, began))
}

/// What looks from elsewhere say, beside this one.
pub(crate) fn join(elsewhere: &Elsewhere, sight: &Sight) -> Evidence {
    let mut evidence = Evidence::new();
    for (file, there, seen) in &elsewhere.0 {
        for signal in signals(file, there, seen, sight) {
            evidence.add(signal);
        }
    }
    evidence
}

/// Whether a network of many addresses stands in front, which gives each place others.
fn edge_in_front(sight: &Sight) -> bool {
    let edge = id("edge-in-front");
    sight.look.evidence.signals().iter().any(|signal| signal.id == edge)
        || sight.providers.iter().any(|(provider, _)| provider.kind == Kind::Cdn)
}

fn signals(file: &str, there: &Document, seen: &Seen, sight: &Sight) -> Vec<Signal> {
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
    let here = sight.look.addresses();
    if !edge_in_front(sight) && goodgate_probe::are_apart(&here, &seen.addresses) {
        let listed: Vec<String> = seen.addresses.iter().take(4).map(ToString::to_string).collect();
        let value = Value::Text(Untrusted::new(listed.join(", ").as_bytes()));
        out.push(Signal::new(id("resolvers-disagree"), source()).at(at).value(value));
    }
    out
}

//! The JSON documents. These twins of the inner types are what programs may rely on; docs/schema describes them.

use std::borrow::Cow;
use std::collections::HashMap;

use goodgate_case::{Diagnosis, Finding};
use goodgate_facts::{Signal, SignalId, Via};
use goodgate_probe::Look;
use serde::Serialize;

use crate::redact::{self, redact};
use crate::words;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: &'static str,
    outcome: &'static str,
    findings: Vec<FindingDocument<'a>>,
    evidence: Vec<EvidenceDocument>,
    not_seen: Vec<NotSeenDocument>,
    files: Vec<FileDocument>,
    path: Vec<HopDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    look: Option<LookDocument>,
}

/// A look at a site from outside.
#[derive(Serialize)]
struct LookDocument {
    url: String,
    began: String,
    took_ms: f64,
    requests: u32,
    addresses: Vec<String>,
    asked: Vec<AskedDocument>,
}

#[derive(Serialize)]
struct AskedDocument {
    purpose: &'static str,
    url: String,
    address: String,
    protocol: Option<&'static str>,
    status: Option<u16>,
    generator: Option<&'static str>,
    error: Option<&'static str>,
    phase: Option<&'static str>,
    waited_ms: Option<f64>,
    took_ms: f64,
}

#[derive(Serialize)]
struct FindingDocument<'a> {
    symptom: Option<SymptomDocument>,
    generator: Option<GeneratorDocument>,
    window: Option<WindowDocument>,
    recovered: bool,
    certainty: &'static str,
    unknown: f64,
    causes: Vec<CauseDocument<'a>>,
    next: Vec<CheckDocument>,
}

#[derive(Serialize)]
struct SymptomDocument {
    error: Option<&'static str>,
    phase: Option<&'static str>,
    status: Option<u16>,
    target: Option<String>,
    errno: Option<i32>,
}

#[derive(Serialize)]
struct GeneratorDocument {
    product: String,
    version: Option<String>,
}

#[derive(Serialize)]
struct WindowDocument {
    first: Option<String>,
    last: Option<String>,
    count: u64,
}

#[derive(Serialize)]
struct CauseDocument<'a> {
    id: &'static str,
    kind: &'static str,
    probability: f64,
    title: &'a str,
    fixed_by: Vec<&'static str>,
    because_of: Option<&'static str>,
    #[serde(rename = "for")]
    in_favour: Vec<usize>,
    against: Vec<usize>,
    remedy: Vec<&'a str>,
}

#[derive(Serialize)]
struct CheckDocument {
    ask: String,
    command: String,
}

#[derive(Serialize)]
struct EvidenceDocument {
    signal: &'static str,
    what: String,
    source: SourceDocument,
    at: Option<String>,
    until: Option<String>,
    count: u64,
    via: &'static str,
    derived_from: Vec<usize>,
}

#[derive(Serialize)]
struct SourceDocument {
    kind: &'static str,
    file: Option<String>,
    line: Option<u32>,
}

#[derive(Serialize)]
struct NotSeenDocument {
    what: Cow<'static, str>,
    why: Cow<'static, str>,
    how: Cow<'static, str>,
}

#[derive(Serialize)]
struct FileDocument {
    name: String,
    kind: String,
    lines: u32,
    known: u32,
}

#[derive(Serialize)]
struct HopDocument {
    hop: String,
    ok: Option<bool>,
    ms: Option<f64>,
}

/// The diagnosis as a JSON document.
pub(crate) fn diagnosis(diagnosis: &Diagnosis, look: Option<&Look>) -> String {
    let used = used(diagnosis);
    let place: HashMap<usize, usize> =
        used.iter().enumerate().map(|(at, position)| (*position, at)).collect();
    let document = Document {
        schema: "goodgate.diagnosis/1",
        tool: env!("CARGO_PKG_VERSION"),
        outcome: diagnosis.outcome.as_str(),
        findings: diagnosis.findings.iter().map(|f| finding(f, diagnosis, &place)).collect(),
        evidence: used.iter().map(|i| evidence(&diagnosis.evidence.signals()[*i], &place)).collect(),
        not_seen: diagnosis
            .not_seen
            .iter()
            .map(|unseen| {
                let (what, why, how) = super::unseen::told(unseen);
                NotSeenDocument { what, why, how }
            })
            .collect(),
        files: diagnosis
            .files
            .iter()
            .map(|f| FileDocument {
                name: redact(&f.name),
                kind: crate::render::file_kind(&f.kind),
                lines: f.lines,
                known: f.known,
            })
            .collect(),
        path: look.map_or_else(|| path(diagnosis), seen_path),
        look: look.map(look_document),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// The way as a look has seen it.
fn seen_path(look: &Look) -> Vec<HopDocument> {
    look.path.iter().map(|hop| HopDocument { hop: redact(&hop.hop), ok: hop.ok, ms: hop.ms }).collect()
}

fn look_document(look: &Look) -> LookDocument {
    let ms = |time: std::time::Duration| (time.as_secs_f64() * 100_000.0).round() / 100.0;
    let asked = look.asked.iter().map(|asked| AskedDocument {
        purpose: asked.purpose.as_str(),
        url: redact::url(&asked.url),
        address: asked.peer.to_string(),
        protocol: asked.result.as_ref().ok().map(|answer| answer.response.version.as_str()),
        status: asked.status(),
        generator: asked.result.as_ref().ok().and_then(|answer| answer.maker.generator),
        error: asked.failure().map(|failure| failure.error_type().token()),
        phase: asked.failure().map(|failure| failure.phase.as_str()),
        waited_ms: asked.waited().map(ms),
        took_ms: ms(asked.took),
    });
    LookDocument {
        url: redact::url(&look.url),
        began: look.began.to_string(),
        took_ms: ms(look.took),
        requests: look.requests,
        addresses: look.addresses().iter().map(ToString::to_string).collect(),
        asked: asked.collect(),
    }
}

/// The way of a request, of the finding that does most harm. Files tell no times, and of the client's side nothing.
fn path(diagnosis: &Diagnosis) -> Vec<HopDocument> {
    let Some(finding) = diagnosis.findings.iter().find(|finding| !finding.recovered) else {
        return Vec::new();
    };
    let gateway = finding.generator.as_ref().map_or("gateway", |(product, _)| product.as_str());
    let target = finding.symptom.as_ref().and_then(|symptom| symptom.target.as_ref());
    let upstream = target.map_or_else(|| "upstream".to_owned(), ToString::to_string);
    let hop = |hop: &str, ok| HopDocument { hop: redact(hop), ok, ms: None };
    vec![hop("client", None), hop(gateway, Some(true)), hop(&upstream, Some(false))]
}

/// Positions of the evidence that some finding uses, in order.
fn used(diagnosis: &Diagnosis) -> Vec<usize> {
    let mut used: Vec<usize> = diagnosis.findings.iter().flat_map(|f| f.evidence.iter().copied()).collect();
    if used.is_empty() {
        used = (0..diagnosis.evidence.signals().len()).collect();
    }
    used.sort_unstable();
    used.dedup();
    used
}

fn finding<'a>(
    finding: &'a Finding,
    diagnosis: &Diagnosis,
    place: &HashMap<usize, usize>,
) -> FindingDocument<'a> {
    let evidence = &diagnosis.evidence;
    let positions = |ids: &[SignalId]| {
        let mut out: Vec<usize> = Vec::new();
        for id in ids {
            let of_id = finding.evidence.iter().filter(|i| evidence.signals()[**i].id == *id);
            out.extend(of_id.filter_map(|i| place.get(i)));
        }
        out
    };
    let slots = super::slots::Slots::of(diagnosis, finding);
    let symptom = finding.symptom.as_ref().map(|s| SymptomDocument {
        error: s.error.map(goodgate_facts::ErrorType::token),
        phase: s.phase.map(goodgate_facts::Phase::as_str),
        status: s.status,
        target: s.target.as_ref().map(|t| redact(&t.to_string())),
        errno: s.errno.map(|e| e.0),
    });
    let causes = finding.judgement.ranked.iter().map(|r| CauseDocument {
        id: r.cause.id,
        kind: r.cause.kind.as_str(),
        probability: (r.probability * 10_000.0).round() / 10_000.0,
        title: r.cause.title(words::language()),
        fixed_by: r.cause.fixed_by.iter().map(|a| a.as_str()).collect(),
        because_of: r.because_of,
        in_favour: positions(&r.in_favour),
        against: positions(&r.against),
        remedy: r.cause.remedies(words::language()).map(|remedy| remedy.title()).collect(),
    });
    FindingDocument {
        symptom,
        generator: super::report::gateway(diagnosis, finding).map(|(product, version)| GeneratorDocument {
            product: redact(&product),
            version: version.map(|version| redact(&version)),
        }),
        window: finding.window.map(|w| WindowDocument {
            first: Some(w.first.to_string()),
            last: Some(w.last.to_string()),
            count: finding.count,
        }),
        recovered: finding.recovered,
        certainty: finding.judgement.certainty.as_str(),
        unknown: (finding.judgement.unknown * 10_000.0).round() / 10_000.0,
        causes: causes.collect(),
        next: finding
            .judgement
            .next
            .iter()
            .filter(|check| super::report::suits(check, super::report::target(finding)))
            .map(|check| CheckDocument {
                ask: slots.fill(super::report::ask(finding, check), ""),
                command: slots.fill(&check.command, ""),
            })
            .collect(),
    }
}

fn evidence(signal: &Signal, place: &HashMap<usize, usize>) -> EvidenceDocument {
    let (via, from) = match &signal.via {
        Via::Seen => ("seen", Vec::new()),
        Via::Told => ("told", Vec::new()),
        Via::Derived(from) => ("derived", from.iter().filter_map(|i| place.get(i).copied()).collect()),
    };
    EvidenceDocument {
        signal: signal.id.as_str(),
        what: super::what(signal),
        source: SourceDocument {
            kind: signal.source.kind.as_str(),
            file: (!signal.source.file.is_empty()).then(|| redact(&signal.source.file)),
            line: (signal.source.line > 0).then_some(signal.source.line),
        },
        at: signal.when.map(|w| w.first.to_string()),
        until: signal.when.filter(|w| w.first != w.last).map(|w| w.last.to_string()),
        count: signal.count,
        via,
        derived_from: from,
    }
}

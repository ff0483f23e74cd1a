//! Incidents → findings: what was seen goes to the judge, and its answer is dressed with symptom, window and harm.

use std::collections::{BTreeSet, HashSet};

use goodgate_causes::{Judgement, Observed, catalogue, judge};
use goodgate_facts::{Address, Evidence, Looked, Role, Signal, SignalId, Span, id};

use crate::incident::Incident;
use crate::material::{FileReport, Material};
use crate::symptom::{self, Symptom};
use crate::unseen::{self, NotSeen};

/// One incident with its causes.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What the gateway saw; `None` if nothing speaks for any symptom.
    pub symptom: Option<Symptom>,
    /// Who made the page or answer: product and version.
    pub generator: Option<(String, Option<String>)>,
    /// When.
    pub window: Option<Span>,
    /// How many failures were counted.
    pub count: u64,
    /// Whether requests succeed again.
    pub recovered: bool,
    /// The judge's answer.
    pub judgement: Judgement,
    /// Positions of the evidence that belongs to this finding.
    pub evidence: Vec<usize>,
}

/// The whole in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Something fails, or failed.
    Fault,
    /// Nothing fails.
    NoFault,
    /// The evidence does not tell.
    CannotTell,
    /// Failures that a retry hid from clients.
    Masked,
}

impl Outcome {
    /// The word used in JSON documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::NoFault => "no-fault",
            Self::CannotTell => "cannot-tell",
            Self::Masked => "masked",
        }
    }
}

/// Everything that can be said.
#[derive(Debug)]
pub struct Diagnosis {
    /// The whole in a word.
    pub outcome: Outcome,
    /// Findings by falling harm.
    pub findings: Vec<Finding>,
    /// All signals.
    pub evidence: Evidence,
    /// What each file was.
    pub files: Vec<FileReport>,
    /// What was not given.
    pub not_seen: Vec<NotSeen>,
}

/// Judges each incident.
pub(crate) fn conclude(material: Material, incidents: &[Incident]) -> Diagnosis {
    let not_seen = unseen::list(&material);
    let mut findings: Vec<Finding> = incidents.iter().map(|incident| finding(&material, incident)).collect();
    if findings.is_empty()
        && let Some(silent) = silent_finding(&material)
    {
        findings.push(silent);
    }
    let outcome = outcome(&material, &findings);
    Diagnosis { outcome, findings, evidence: material.evidence, files: material.files, not_seen }
}

/// Seconds around an incident in which circumstances with a time of their own still belong to it.
const NEAR_S: i64 = 10 * 60;

fn near(signal: &Signal, window: Option<Span>) -> bool {
    match (signal.when, window) {
        (Some(when), Some(window)) => {
            when.last.as_second() >= window.first.as_second() - NEAR_S
                && when.first.as_second() <= window.last.as_second() + NEAR_S
        }
        _ => true,
    }
}

/// Groups of circumstances that hold for one address only.
const OF_ONE_ADDRESS: &[&str] =
    &["listen", "listen-near", "listen-who", "accept-queue", "socket-join", "firewall-join"];

/// Whether a circumstance of one address is about an address that failed, where that is known.
fn concerns(evidence: &Evidence, incident: &Incident, signal: &Signal) -> bool {
    let Some(about) =
        signal.about.target.as_ref().filter(|_| OF_ONE_ADDRESS.contains(&signal.id.kind().group))
    else {
        return true;
    };
    let mut failing = incident
        .failures
        .iter()
        .filter_map(|i| evidence.signals()[*i].about.target.as_ref())
        .map(|target| &target.address)
        .filter(|address| {
            matches!(address, Address::Tcp { port, .. } if *port != 0) || matches!(address, Address::Unix(_))
        })
        .peekable();
    if failing.peek().is_none() {
        return true;
    }
    failing.any(|address| match (address, &about.address) {
        // A name stands for addresses that are not known here, and the near ones have the port in common.
        (Address::Tcp { port, .. }, Address::Tcp { port: other, .. }) => port == other || *other == 0,
        (Address::Unix(_), Address::Unix(_)) => address == &about.address,
        _ => false,
    })
}

/// What the judge is to weigh for this incident: its failures, and the circumstances near it.
fn observed(evidence: &Evidence, incident: &Incident) -> (Observed, Vec<usize>) {
    let mut positions: Vec<usize> = incident.failures.clone();
    let own: HashSet<usize> = incident.failures.iter().copied().collect();
    for (position, signal) in evidence.signals().iter().enumerate() {
        let other_failure = crate::incident::is_failure(signal) && !own.contains(&position);
        if other_failure || own.contains(&position) {
            continue;
        }
        let fits = near(signal, incident.window) && concerns(evidence, incident, signal);
        // Everyday noise speaks only where no failure does.
        let noise = matches!(signal.id.kind().role, Role::Noise) && !incident.failures.is_empty();
        if fits && !noise {
            positions.push(position);
        }
    }
    let mut present: BTreeSet<SignalId> = positions.iter().map(|i| evidence.signals()[*i].id).collect();
    let typed = present.iter().any(|id| matches!(id.kind().role, Role::Failure(Some(_), _)));
    if typed {
        // The status that clients got tells nothing beyond a failure that is known by its type.
        present.retain(|id| !id.as_str().starts_with("gateway-answered-"));
    }
    let looked = |looked: &&Looked| looked.complete && !present.contains(&looked.id);
    let absent = evidence.looked().iter().filter(looked).map(|looked| looked.id).collect();
    (Observed { present, absent }, positions)
}

fn judged(observed: &Observed) -> Judgement {
    // The registry test holds that the catalogue reads; an empty one judges nothing rather than panicking.
    judge(catalogue().unwrap_or(&[]), observed)
}

fn finding(material: &Material, incident: &Incident) -> Finding {
    let (observed, mut evidence) = observed(&material.evidence, incident);
    let judgement = judged(&observed);
    let count = incident.failures.iter().map(|i| material.evidence.signals()[*i].count).max().unwrap_or(0);
    evidence.sort_unstable();
    Finding {
        symptom: symptom::of(material, incident)
            .map(|seen| symptom::inferred(seen, &judgement, material.seen_from_outside)),
        generator: generator(material),
        window: incident.window,
        count,
        recovered: observed.present.contains(&id("recovered")),
        judgement,
        evidence,
    }
}

fn generator(material: &Material) -> Option<(String, Option<String>)> {
    let page = material.pages.iter().find_map(|p| p.generator.as_ref());
    if let Some((generator, made)) = page {
        return Some((generator.id.to_owned(), made.version.clone()));
    }
    let product = material.gateway_traffic().map(|t| t.product).find(|p| !p.is_empty() && !p.contains(' '));
    let configured =
        || material.configs.iter().find(|c| c.role == goodgate_configs::Role::Gateway).map(|c| c.product);
    product.or_else(configured).map(|product| (product.to_owned(), None))
}

/// No failure was logged, but circumstances speak for a cause all the same: a killed worker, a page that says
/// maintenance, clients that gave up, slow answers. Told as an observation; a fault only where it means harm.
fn silent_finding(material: &Material) -> Option<Finding> {
    let (observed, evidence) = observed(&material.evidence, &Incident::default());
    let judgement = judged(&observed);
    let leader = judgement.ranked.first()?;
    // Whoever hands in an error page complains of it.
    let complaint = material.pages.iter().any(|page| page.status.is_some_and(|status| status >= 400));
    let harmful = complaint || observed.present.iter().any(|id| HARMFUL.contains(&id.as_str()));
    if leader.in_favour.is_empty() || leader.probability < if harmful { CLEAR } else { WORTH_TELLING } {
        return None;
    }
    let status = material.pages.iter().find_map(|p| p.status).filter(|s| *s >= 400);
    let symptom = Symptom { status, target: symptom::sole_target(material), ..Symptom::default() };
    let symptom = symptom::inferred((symptom, None), &judgement, material.seen_from_outside);
    Some(Finding {
        symptom: (symptom != Symptom::default()).then_some(symptom),
        generator: generator(material),
        window: None,
        count: 1,
        recovered: !harmful,
        judgement,
        evidence,
    })
}

/// Without a logged failure, a share of this size is clear enough to call it a fault where it means harm.
const CLEAR: f64 = 0.35;
/// And of this size to mention it though nothing is wrong.
const WORTH_TELLING: f64 = 0.3;

/// Circumstances that mean harm by themselves even if no gateway logged a failure.
const HARMFUL: &[&str] = &[
    "worker-crashed-signal",
    "oom-kill",
    "oom-kill-cgroup",
    "page-says-maintenance",
    "page-says-database-down",
    "page-says-critical-error",
    "page-shows-php-error",
    "page-plain-http-to-tls",
    "page-client-certificate-required",
    "page-request-too-large",
    "page-body-short",
    "answers-shorter-than-announced",
    "answer-looks-like-ssh",
    "answer-looks-like-mysql",
    "answer-looks-like-http2",
    "app-start-failed",
    "unit-failed",
    "disk-space-exhausted",
    "failure-masked",
    "proxy-to-self",
    "own-accept-queue-full",
    "app-answered-5xx",
    "worker-pool-exhausted",
    "worker-timeout-killed",
    "worker-killed-sigkill",
    "worker-boot-failed",
    "app-import-failed",
    "segfault",
    "syn-flooding",
    "security-module-denial",
    "conntrack-full",
    "unit-killed-by-signal",
    "unit-oom-killed",
    "unit-start-limit",
    "health-check-refused",
];

fn outcome(material: &Material, findings: &[Finding]) -> Outcome {
    let present = findings.iter().any(|f| !f.recovered);
    let clients_failed = material.gateway_traffic().any(|t| t.tally.last_bad.is_some());
    let masked = material.evidence.has(id("failure-masked")) && !clients_failed;
    if masked && !findings.is_empty() {
        return Outcome::Masked;
    }
    if present {
        return Outcome::Fault;
    }
    // A page that fails and says nothing that could be weighed is no healthy one, nor is one that nobody asked for.
    let fails = [
        "fails-every-time",
        "fails-sometimes",
        "site-page-says-error",
        "site-not-asked",
        "redirect-not-followed",
    ];
    if material.evidence.signals().iter().any(|signal| fails.contains(&signal.id.as_str())) {
        return Outcome::CannotTell;
    }
    let looked = !material.traffic.is_empty()
        || !material.evidence.signals().is_empty()
        || material.files.iter().any(|f| f.known > 0);
    if looked { Outcome::NoFault } else { Outcome::CannotTell }
}

//! What the gateway saw: which of the failures speaks for it, and what stays open.

use goodgate_causes::Judgement;
use goodgate_facts::{
    Errno, ErrorType, Evidence, Phase, Role, Signal, SignalId, SourceKind, Target, Value, id,
};

use crate::incident::Incident;
use crate::material::Material;

/// What the gateway saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Symptom {
    /// RFC 9209 error type; `None` where the upstream answered the error itself, or the evidence does not tell.
    pub error: Option<ErrorType>,
    /// The phase.
    pub phase: Option<Phase>,
    /// The status that clients got.
    pub status: Option<u16>,
    /// The upstream.
    pub target: Option<Target>,
    /// The operating system's error.
    pub errno: Option<Errno>,
    /// The failure itself where it is on the way to the site's first server: no gateway saw it, a look from outside did.
    pub outer: Option<SignalId>,
}

/// The symptom of an incident, with the failure that speaks for it; `None` if nothing does.
pub(crate) fn of(material: &Material, incident: &Incident) -> Option<(Symptom, Option<SignalId>)> {
    let signals = material.evidence.signals();
    let best = incident.failures.iter().map(|i| &signals[*i]).max_by_key(|s| rank(s))?;
    let (error, phase) = match best.id.kind().role {
        Role::Failure(error, phase) => {
            (error.filter(|error| !stays_open(best, *error, &material.evidence)), phase)
        }
        _ => (None, None),
    };
    let errno = match best.value {
        Value::Errno(errno) => Some(errno),
        _ => None,
    };
    let target = best
        .about
        .target
        .clone()
        .or_else(|| incident.failures.iter().find_map(|i| signals[*i].about.target.clone()))
        .or_else(|| sole_target(material));
    let outer = best.id.kind().outer.then_some(best.id);
    Some((Symptom { error, phase, status: status(material, incident), target, errno, outer }, Some(best.id)))
}

/// Which failure speaks best for the symptom: typed before untyped, the particular before the general, then count.
fn rank(signal: &Signal) -> (bool, bool, u64) {
    let typed = matches!(signal.id.kind().role, Role::Failure(Some(_), _));
    (typed, !GENERAL.contains(&signal.id.as_str()), signal.count)
}

/// Failures whose words stand for several error types.
const GENERAL: &[&str] = &[
    "connect-failed",
    "response-unreadable",
    "ended-before-response",
    "body-cut",
    "no-live-upstream",
    "tls-handshake-failed",
    "site-body-cut",
    "site-closed-before-response",
];

/// Whether what was seen from outside fits several error types, of which its signal names only the likeliest.
fn stays_open(best: &Signal, error: ErrorType, evidence: &Evidence) -> bool {
    // A server that hangs up without a word may be the one that broke, or a gateway that could not use what it was given
    // further in: it says as little of a malformed answer as of none.
    if best.id == id("site-closed-before-response") {
        return true;
    }
    // Who breaks off or cannot read on after a wait may have given up waiting. Logs say which; pages do not.
    let ended = matches!(error, ErrorType::ConnectionTerminated | ErrorType::HttpResponseIncomplete);
    let general = GENERAL.contains(&best.id.as_str()) && best.source.kind != SourceKind::Log;
    let waited = ["probe-failed-after-wait", "probe-failed-at-known-timeout"];
    ended && general && evidence.signals().iter().any(|signal| waited.contains(&signal.id.as_str()))
}

/// Where the gateway's words leave the error type open, the leading cause says which it must have been.
pub(crate) fn inferred(
    seen: (Symptom, Option<SignalId>),
    judgement: &Judgement,
    from_outside: bool,
) -> Symptom {
    /// From this share on the leader speaks for the symptom, too.
    const SPEAKS: f64 = 0.25;
    /// And from this one where no gateway's words are at hand, but only what came from it.
    const SPEAKS_OUTSIDE: f64 = 0.55;
    let (mut symptom, from) = seen;
    let open = symptom.error.is_none() || from.is_some_and(|id| GENERAL.contains(&id.as_str()));
    let speaks = if from_outside { SPEAKS_OUTSIDE } else { SPEAKS };
    let leader = judgement.ranked.first().filter(|leader| open && leader.probability >= speaks);
    if let Some(leader) = leader
        && !symptom.error.is_some_and(|error| leader.cause.symptoms.contains(&error))
        && let Some(error) = leader.cause.symptoms.first()
    {
        symptom.error = Some(*error);
        symptom.phase = phase_of(*error).or(symptom.phase);
    }
    symptom
}

/// The phase in which an error type arises, where it is always the same.
fn phase_of(error: ErrorType) -> Option<Phase> {
    use ErrorType as E;
    Some(match error {
        E::DnsError | E::DnsTimeout => Phase::Resolve,
        E::ConnectionRefused
        | E::ConnectionTimeout
        | E::DestinationIpUnroutable
        | E::DestinationUnavailable
        | E::ConnectionLimitReached => Phase::Connect,
        E::TlsProtocolError | E::TlsCertificateError | E::TlsAlertReceived => Phase::Tls,
        E::ConnectionReadTimeout | E::HttpResponseTimeout => Phase::Wait,
        E::HttpResponseIncomplete | E::HttpResponseTransferCoding | E::HttpResponseContentCoding => {
            Phase::Body
        }
        E::HttpProtocolError | E::HttpResponseHeaderSectionSize => Phase::Head,
        _ => return None,
    })
}

/// The configured upstream, where there is just one.
pub(crate) fn sole_target(material: &Material) -> Option<Target> {
    let mut legs = material.configs.iter().flat_map(|c| &c.legs);
    let first = legs.next()?.target.clone();
    legs.all(|leg| leg.target == first).then_some(first)
}

/// The error status that clients got most often in the incident, else what the page says.
fn status(material: &Material, incident: &Incident) -> Option<u16> {
    let signals = material.evidence.signals();
    let stated = incident.failures.iter().find_map(|i| match signals[*i].value {
        Value::Status(status) if status >= 400 => Some(status),
        _ => None,
    });
    let in_window = |when: Option<goodgate_facts::Moment>| match (when, incident.window) {
        (Some(at), Some(window)) => {
            at.as_second() >= window.first.as_second() - 1 && at.as_second() <= window.last.as_second() + 1
        }
        _ => true,
    };
    let mut counts = std::collections::BTreeMap::<u16, u64>::new();
    for exchange in material.gateway_traffic().flat_map(|t| &t.exchanges).filter(|e| in_window(e.when)) {
        if let Some(status) = exchange.status.filter(|s| *s >= 400 && *s != 499) {
            *counts.entry(status).or_default() += 1;
        }
    }
    let counted = counts.into_iter().max_by_key(|(status, n)| (*status >= 500, *n)).map(|(status, _)| status);
    counted.or(stated).or_else(|| material.pages.iter().find_map(|p| p.status).filter(|s| *s >= 400))
}

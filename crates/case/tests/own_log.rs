//! Whatever goodgate's own access log can state leads to a cause, or to a reason why none is named.

use goodgate_case::{Diagnosis, Input, Outcome, diagnose};
use goodgate_causes::Certainty;
use goodgate_facts::{ErrorType, Role, SignalId};

/// What goodgate states of clients, with the status that it answers them.
const OF_CLIENTS: &[(&str, u16)] = &[
    ("client-gone", 499),
    ("client-timed-out", 408),
    ("client-request-bad", 400),
    ("client-probe", 405),
    ("request-header-too-big", 431),
    ("request-body-too-big", 413),
];

/// Signals that name no cause, and why.
const UNNAMED: &[(&str, &str)] =
    &[("gateway-answered-other", "a status that neither log nor page explains stands for anything")];

/// Causes that must lead, where a wrong one led once or the way to it is not plain.
const LEADERS: &[(&str, &str)] = &[
    ("upstream-overloaded", "worker-pool-exhausted"),
    ("send-timed-out", "app-hung"),
    ("address-prohibited", "upstream-wrong-address"),
    ("gateway-out-of-memory", "memory-exhausted"),
    ("gateway-out-of-descriptors", "gateway-fd-limit"),
    ("gateway-internal-error", "gateway-bug"),
    ("gateway-temp-limit-reached", "gateway-connection-limit"),
    ("gateway-temp-denied", "gateway-temp-not-writable"),
    ("gateway-disk-full", "disk-full"),
    ("no-upstream-configured", "route-missing"),
    ("loop-detected", "proxy-loop"),
    ("queue-timed-out", "gateway-connection-limit"),
    ("header-invalid", "response-header-invalid"),
    ("status-line-invalid", "status-line-invalid"),
    ("content-length-invalid", "response-framing-invalid"),
    ("client-gone", "client-abort"),
    ("client-timed-out", "client-request-invalid"),
    ("client-request-bad", "client-request-invalid"),
    ("client-probe", "client-request-invalid"),
    ("request-header-too-big", "request-header-too-big"),
    ("request-body-too-big", "request-body-too-big"),
];

/// A line of the log from the status on.
fn read(rest: &str) -> Diagnosis {
    let line = format!(
        r#"{{"schema":"goodgate.access/1","time":"2026-11-22T00:34:07.123456Z","id":"0a","client":"192.0.2.7","method":"GET","host":"shop.example","path":"/cart","response_bytes":300,"duration_us":250000,"end":"complete","route":"/*","upstream":"shop",{rest}}}"#
    );
    diagnose(&[Input { name: "access.log".to_owned(), bytes: line.into_bytes() }], Vec::new())
}

fn stated(signal: SignalId) -> Option<Diagnosis> {
    let kind = signal.kind();
    let of_clients = OF_CLIENTS.iter().find(|(name, _)| *name == kind.id);
    let (error, phase) = match kind.role {
        Role::Failure(error, phase) if !kind.outer => (error, phase),
        _ if of_clients.is_some() => (Some(ErrorType::HttpRequestError), None),
        _ => return None,
    };
    let own = of_clients.map(|(_, status)| *status);
    let status = own.or(error.and_then(ErrorType::recommended_status)).unwrap_or(502);
    let error = error.map(|error| format!(r#""error":"{}","#, error.token())).unwrap_or_default();
    let phase = phase.map(|phase| format!(r#","phase":"{}""#, phase.as_str())).unwrap_or_default();
    let what = format!(r#"{error}"signal":"{signal}"{phase}"#);
    let attempts = match own {
        Some(_) => String::new(),
        None => format!(r#""attempts":[{{"server":"http://192.0.2.1:3000",{what}}}],"#),
    };
    Some(read(&format!(r#""status":{status},{attempts}{what}"#)))
}

/// The cause that leads, unless what is not known has the greater share.
fn leader(diagnosis: &Diagnosis) -> Option<&'static str> {
    let judgement = &diagnosis.findings.first()?.judgement;
    (judgement.certainty != Certainty::CannotTell).then_some(judgement.ranked.first()?.cause.id)
}

#[test]
fn whatever_is_stated_names_a_cause() {
    let mut wrong = Vec::new();
    for signal in SignalId::all() {
        let Some(diagnosis) = stated(signal) else { continue };
        let name = signal.as_str();
        let found = leader(&diagnosis);
        let unnamed = UNNAMED.iter().any(|(id, _)| *id == name);
        let expected = LEADERS.iter().find(|(id, _)| *id == name).map(|(_, cause)| *cause);
        if unnamed == found.is_some() || expected.is_some() && found != expected {
            wrong.push(format!("{name}: {found:?} instead of {expected:?}"));
        }
        let of_client = OF_CLIENTS.iter().any(|(id, _)| *id == name);
        let outcome = if of_client { Outcome::NoFault } else { Outcome::Fault };
        if diagnosis.outcome != outcome {
            wrong.push(format!("{name}: {:?}", diagnosis.outcome));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn answered(statuses: &[u16]) -> Diagnosis {
    let line = |status: &u16| {
        format!(
            r#"{{"schema":"goodgate.access/1","time":"2026-11-22T00:34:07.123456Z","method":"GET","path":"/cart","status":{status},"response_bytes":300,"duration_us":2500,"end":"complete","upstream":"shop","attempts":[{{"server":"http://192.0.2.1:3000","head_us":900,"status":{status}}}]}}"#
        )
    };
    let text = statuses.iter().map(line).collect::<Vec<_>>().join("\n");
    diagnose(&[Input { name: "access.log".to_owned(), bytes: text.into_bytes() }], Vec::new())
}

#[test]
fn a_refusal_by_the_application_is_told_where_nothing_else_is_answered() {
    for (status, cause) in [
        (400, "upstream-answered-error"),
        (401, "upstream-answered-error"),
        (403, "upstream-answered-error"),
        (404, "upstream-answered-error"),
        (405, "upstream-answered-error"),
        (408, "upstream-answered-error"),
        (413, "upstream-answers-before-body"),
        (429, "rate-limit-reached"),
        (431, "request-header-too-big"),
    ] {
        assert_eq!(leader(&answered(&[status, status])), Some(cause), "{status}");
    }
    // One page in two is an everyday answer.
    assert_eq!(leader(&answered(&[200, 404])), None);
    assert_eq!(leader(&answered(&[200, 401])), None);
}

//! What the gateway records is what `goodgate logs` reads, in both of its forms.

use goodgate_facts::{Errno, Phase};
use goodgate_gateway::record::{
    Attempt, End, Entrance, Name, Record, of_failure, write_combined, write_json,
};
use goodgate_gateway::request_id::{RequestId, RequestIds};
use goodgate_gateway::{Failed, Scheme};
use goodgate_logs::{Reading, describe, read};
use goodgate_wire::{CertificateFault, Failure, Fault, Version};

/// A name that lasts as long as the test.
fn name(text: &str) -> &'static Name {
    Box::leak(Box::new(Name::of(text)))
}

fn entrance(at: [u8; 4], port: u16, scheme: Scheme) -> &'static Entrance {
    Box::leak(Box::new(Entrance::of((at, port).into(), scheme)))
}

fn record<'a>(
    id: &'a RequestId,
    attempts: &'a [Attempt<'a>],
    failed: Option<&'a Failed>,
    status: u16,
) -> Record<'a> {
    Record {
        when_us: 1_795_307_647_123_456,
        duration_us: 400_000,
        client: [192, 0, 2, 7].into(),
        peer: [192, 0, 2, 7].into(),
        peer_text: b"192.0.2.7",
        listener: entrance([0, 0, 0, 0], 80, Scheme::Http),
        version: Version::Http11,
        method: b"GET",
        host: b"shop.example",
        path: b"/cart\" 200 1 \"",
        query_bytes: Some(12),
        status,
        end: End::Complete,
        request_bytes: 0,
        response_bytes: 1252,
        user_agent: Some(b"\"signal\":\"oom-kill\" \xff"),
        referer: Some(b"https://shop.example/?q=1"),
        id,
        route: name("/*"),
        upstream: Some(name("shop")),
        attempts,
        failed,
    }
}

fn attempt(server: &str, failure: Option<&Failure>) -> Attempt<'static> {
    Attempt {
        server: name(server),
        reached: failure.map_or(Phase::Body, |failure| failure.phase),
        reused: true,
        failed: failure.map(Into::into),
        status: failure.is_none().then_some(200),
        connect_us: None,
        head_us: failure.is_none().then_some(900),
        stderr: b"",
    }
}

fn read_back(record: &Record<'_>, write: fn(&Record<'_>, &mut Vec<u8>)) -> Reading {
    let mut out = Vec::new();
    write(record, &mut out);
    read("access.log", &out, &[])
}

#[test]
fn each_failure_is_read_as_the_signal_that_the_gateway_means() {
    use Fault as F;
    use Phase as P;
    let faults = [
        (F::NameNotFound, P::Resolve),
        (F::NameServerSilent, P::Resolve),
        (F::Refused, P::Connect),
        (F::SocketMissing, P::Connect),
        (F::ConnectTimedOut, P::Connect),
        (F::NoDescriptor, P::Connect),
        (F::TlsAlert(40), P::Tls),
        (F::Certificate(CertificateFault::NameMismatch), P::Tls),
        (F::SendBroken, P::Send),
        (F::ResetBeforeResponse, P::Wait),
        (F::WaitTimedOut, P::Wait),
        (F::StatusLineInvalid, P::Head),
        (F::HeadTooBig, P::Head),
        (F::BodyClosed, P::Body),
        (F::ChunkInvalid, P::Body),
    ];
    let id = RequestIds::new(1, 0).next_id();
    for (fault, phase) in faults {
        let mut failure = Failure::new(fault, phase);
        failure.errno = (phase == P::Connect).then_some(Errno(111));
        let failed = Failed::from(failure.clone());
        let attempts = [attempt("http://192.0.2.5:3000", Some(&failure))];
        let reading = read_back(&record(&id, &attempts, Some(&failed), 502), write_json);
        assert_eq!(reading.format.map(|format| format.id), Some("goodgate-access"));
        let first = describe(&reading.evidence).first().cloned().unwrap();
        let expected = format!("{} @192.0.2.5:3000", of_failure(&failure));
        assert!(first == expected || first.starts_with(&format!("{expected} =")), "{fault:?}: {first}");
        assert_eq!(reading.exchanges.first().and_then(|exchange| exchange.status), Some(502));
    }
}

#[test]
fn failures_of_the_gateways_own_are_read_as_well() {
    let id = RequestIds::new(1, 0).next_id();
    for (failed, status, signal) in [
        (Failed::NoServer, 503, "no-live-upstream"),
        (Failed::QueueFull, 503, "upstream-limit-reached"),
        (Failed::QueueTimedOut, 503, "queue-timed-out"),
        (Failed::Loop, 502, "loop-detected"),
        (Failed::Internal("x"), 500, "gateway-internal-error"),
    ] {
        let reading = read_back(&record(&id, &[], Some(&failed), status), write_json);
        assert_eq!(describe(&reading.evidence), [signal]);
    }
}

#[test]
fn hidden_failures_and_their_servers_are_told() {
    let id = RequestIds::new(1, 0).next_id();
    let refused = Failure::new(Fault::Refused, Phase::Connect);
    let attempts =
        [attempt("http+unix:/run/shop.sock", Some(&refused)), attempt("http://192.0.2.6:80", None)];
    let reading = read_back(&record(&id, &attempts, None, 200), write_json);
    let told = ["upstream-retried", "failure-masked @unix:/run/shop.sock =connection_refused"];
    assert_eq!(describe(&reading.evidence), told);
}

#[test]
fn the_combined_form_is_read_like_anybodys() {
    let id = RequestIds::new(1, 0).next_id();
    let failed = Failed::NoServer;
    let reading = read_back(&record(&id, &[], Some(&failed), 503), write_combined);
    assert_eq!(reading.format.map(|format| format.id), Some("clf-access"));
    assert_eq!(describe(&reading.evidence), ["gateway-answered-503 =503"]);
    assert_eq!(reading.tally.statuses.get(&503), Some(&1));
}

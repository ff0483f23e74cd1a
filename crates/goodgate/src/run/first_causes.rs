//! What may be behind a failure that the gateway has just met, for whoever gets the full account of it.
//!
//! The failure is read as the line of the access log that it becomes, so that the page says what `goodgate diagnose`
//! says of that log. Nothing is looked at: a page must not wait for that.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use goodgate_case::Input;
use goodgate_facts::Language;
use goodgate_gateway::answer::{Account, FirstCauses, status};
use goodgate_gateway::plan::Plan;
use goodgate_gateway::record::{Attempt, End, Entrance, Name, Record, write_json};
use goodgate_gateway::request_id::RequestIds;
use goodgate_gateway::{Failed, Scheme};
use goodgate_wire::{Failure, Fault, Version};

use crate::render::first_causes;
use crate::words;

/// Answers that are kept. One failure is met again and again, and judging it takes longer than all else of its page.
const KEPT_MAX: usize = 64;

/// Up to here an answer came at once, whatever it took: the judge makes no difference.
const AT_ONCE: Duration = Duration::from_millis(100);
/// Waits are told apart by this much.
const STEP_MS: u128 = 10;
/// Says neither that an answer came at once nor that a timer ended it.
const UNTOLD: Duration = Duration::from_millis(500);

/// What was said of a failure, by the language and the line that stands for it.
type Kept = HashMap<(Language, Vec<u8>), Vec<String>>;

/// What the gateway is handed.
pub(super) fn hook() -> Arc<FirstCauses> {
    let kept: Mutex<Kept> = Mutex::default();
    Arc::new(move |account, tag| {
        let languages = [Language::En, Language::Ru];
        let language = languages.into_iter().find(|known| known.as_str() == tag).unwrap_or_default();
        let Some(line) = line(account) else { return Vec::new() };
        let key = (language, line);
        let held = || kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = held().get(&key) {
            return known.clone();
        }
        let causes = words::speaking(language, || causes(&key.1));
        let mut held = held();
        if held.len() >= KEPT_MAX {
            held.clear();
        }
        held.insert(key, causes.clone());
        causes
    })
}

/// Reads what judging takes (the catalogue, the words of logs) before the first failure has to wait for it, if anybody
/// gets the full account by this plan.
pub(super) fn warm_up(plan: &Plan) {
    static ONCE: Once = Once::new();
    if plan.full_account_for.is_empty() {
        return;
    }
    ONCE.call_once(|| {
        // Where no thread is to be had, the first failure waits.
        let _ = std::thread::Builder::new().name("warm-up".to_owned()).spawn(|| {
            let failed = Failed::from(Failure::new(Fault::Refused, goodgate_facts::Phase::Connect));
            let account = Account { failed: &failed, route: "", upstream: None, server: None, attempts: &[] };
            line(&account).map(|line| causes(&line))
        });
    });
}

fn causes(line: &[u8]) -> Vec<String> {
    let input = Input { name: "access.log".to_owned(), bytes: line.to_vec() };
    first_causes(&goodgate_case::diagnose(&[input], Vec::new()))
}

/// The line of the access log, without what differs from one request to the next; `None` for what is nobody's fault.
fn line(account: &Account<'_>) -> Option<Vec<u8>> {
    account.signal()?;
    let (failed, took) = settled(account);
    let attempts: Vec<Attempt<'_>> = account
        .attempts
        .iter()
        .map(|attempt| Attempt { connect_us: None, head_us: None, ..*attempt })
        .collect();
    let upstream = account.upstream.map(Name::of);
    let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let record = Record {
        when_us: 0,
        duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        client: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        peer: nobody.ip(),
        peer_text: b"0.0.0.0",
        listener: &Entrance::of(nobody, Scheme::Http),
        version: Version::Http11,
        method: b"GET",
        host: b"",
        path: b"/",
        query_bytes: None,
        status: status(account.failed),
        end: End::Complete,
        request_bytes: 0,
        response_bytes: 0,
        user_agent: None,
        referer: None,
        id: &RequestIds::new(0, 0).next_id(),
        route: &Name::of(account.route),
        upstream: upstream.as_ref(),
        attempts: &attempts,
        failed: Some(&failed),
    };
    let mut line = Vec::new();
    write_json(&record, &mut line);
    Some(line)
}

/// The failure without its own times and counts, and how long the answer took as far as that tells anything.
fn settled(account: &Account<'_>) -> (Failed, Duration) {
    let mut failed = account.failed.clone();
    let Failed::Upstream(failure) = &mut failed else { return (failed, UNTOLD) };
    let after = std::mem::take(&mut failure.after);
    (failure.sent, failure.received) = (0, 0);
    let took = match account.attempts.len() {
        0 | 1 if after <= AT_ONCE => Duration::ZERO,
        0 | 1 => {
            let ms = after.as_millis() / STEP_MS * STEP_MS;
            Duration::from_millis(u64::try_from(ms).unwrap_or(u64::MAX))
        }
        // How long those before it took is not told.
        _ => UNTOLD,
    };
    (failed, took)
}

#[cfg(test)]
mod tests {
    use goodgate_facts::{Errno, Phase};
    use goodgate_wire::{CertificateFault, RequestFault};

    use super::*;

    fn told(failed: &Failed, tag: &str) -> Vec<String> {
        let failure = if let Failed::Upstream(failure) = failed { Some(failure.as_ref()) } else { None };
        let attempt = Attempt {
            server: &Name::of("http://192.0.2.1:3000"),
            reached: failure.map_or(Phase::Resolve, |failure| failure.phase),
            reused: false,
            failed: failure.map(Into::into),
            status: None,
            connect_us: Some(7),
            head_us: None,
            stderr: b"",
        };
        let attempts = [attempt];
        let account = Account {
            failed,
            route: "/*",
            upstream: Some("shop"),
            server: Some("http://192.0.2.1:3000"),
            attempts: if failure.is_some() { &attempts } else { &[] },
        };
        hook()(&account, tag)
    }

    #[test]
    fn each_failure_has_its_causes_in_both_languages() {
        let upstream = |fault, phase| Failed::from(Failure::new(fault, phase));
        for (failed, cause) in [
            (upstream(Fault::Refused, Phase::Connect), "upstream-not-running"),
            (upstream(Fault::Denied, Phase::Connect), "security-module-denied"),
            (upstream(Fault::NameNotFound, Phase::Resolve), "upstream-name-unresolvable"),
            (
                upstream(Fault::Certificate(CertificateFault::Expired), Phase::Tls),
                "upstream-certificate-expired",
            ),
            (upstream(Fault::PeerNotTls, Phase::Tls), "tls-to-plaintext-port"),
            (upstream(Fault::HeadTooBig, Phase::Head), "response-header-too-big"),
            (Failed::NoServer, "no-healthy-upstream"),
            (Failed::Loop, "proxy-loop"),
        ] {
            for tag in ["en", "ru", "of-nobody"] {
                let causes = told(&failed, tag);
                assert!(causes.iter().any(|line| line.contains(cause)), "{failed:?} {tag}: {causes:?}");
                let russian =
                    causes.iter().all(|line| line.contains(|c| ('\u{400}'..'\u{500}').contains(&c)));
                assert_eq!(russian, tag == "ru", "{causes:?}");
            }
        }
    }

    #[test]
    fn what_is_nobodys_fault_has_none() {
        for failed in [Failed::Misdirected, Failed::Denied, Failed::MethodNotAllowed("GET".into())] {
            assert_eq!(told(&failed, "en"), Vec::<String>::new(), "{failed:?}");
        }
        // Whatever a server or a client sends is read as data.
        for began in [&b"\x15\x03\x01"[..], b"\xff\xfe\"\\", b"SSH-2.0-x\r\n{\"schema\":"] {
            let mut failure = Failure::new(Fault::StatusLineInvalid, Phase::Head).began(began);
            failure.errno = Some(Errno(-1));
            told(&Failed::from(failure), "en");
        }
        told(&Failed::Request(RequestFault::HeadTooBig), "en");
        told(&Failed::Internal("a sentence"), "en");
    }

    #[test]
    fn requests_that_fail_alike_are_judged_once() {
        let line = |failure: Failure| {
            let failed = Failed::from(failure);
            line(&Account { failed: &failed, route: "", upstream: None, server: None, attempts: &[] })
                .unwrap()
        };
        let waited = |ms| {
            let mut failure = Failure::new(Fault::WaitTimedOut, Phase::Wait).bytes(ms, ms);
            failure.after = Duration::from_millis(ms);
            line(failure)
        };
        assert_eq!(waited(3), waited(99));
        assert_eq!(waited(60_001), waited(60_009));
        assert_ne!(waited(60_001), waited(59_999));
        assert_ne!(waited(3), line(Failure::new(Fault::Refused, Phase::Connect)));
    }
}

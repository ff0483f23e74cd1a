use goodgate_facts::{Errno, Phase, parse_proxy_status};
use goodgate_wire::http1::reason;
use goodgate_wire::{CertificateFault, Failure, Fault, Part, RequestFault, Retry};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::NotKept;
use crate::record::{Attempt, Name};
use crate::request_id::RequestIds;

const WHEN_US: u64 = 1_795_307_647_000_000;
const BROWSER: &[u8] = b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

struct Answer {
    status: u16,
    fields: String,
    body: String,
}

impl Answer {
    fn field(&self, name: &str) -> Option<String> {
        let found = field_lines(self.fields.as_bytes()).find(|(known, _)| *known == name.as_bytes());
        found.map(|(_, value)| String::from_utf8(value.to_vec()).unwrap())
    }
}

fn answer(failed: &Failed, to: &Audience<'_>, pages: &Pages) -> Answer {
    let (mut fields, mut body) = (Vec::new(), Vec::new());
    let status = own(failed, to, pages, &mut fields, &mut body);
    Answer { status, fields: String::from_utf8(fields).unwrap(), body: String::from_utf8(body).unwrap() }
}

fn public<'a>(accept: Option<&'a [u8]>, id: &'a RequestId) -> Audience<'a> {
    Audience {
        method: b"GET",
        accept,
        accept_language: None,
        request_id: id,
        when_us: WHEN_US,
        account: None,
    }
}

fn edge() -> Pages {
    Pages::new("edge", &[])
}

fn id() -> RequestId {
    RequestIds::new(1, 0).next_id()
}

fn upstream(fault: Fault, phase: Phase) -> Failed {
    Failed::from(Failure::new(fault, phase))
}

#[test]
fn statuses_are_those_of_the_table() {
    use Fault as F;
    use Phase as P;
    let request = Failed::Request;
    let cases = [
        (request(RequestFault::Malformed(Part::Chunk)), 400),
        (request(RequestFault::HeadTooBig), 431),
        (request(RequestFault::TargetTooLong), 414),
        (request(RequestFault::BodyTooBig), 413),
        (request(RequestFault::TooSlow), 408),
        (request(RequestFault::VersionUnknown), 505),
        (request(RequestFault::CodingUnknown), 501),
        (request(RequestFault::ConnectRefused), 405),
        (request(RequestFault::ExpectationUnknown), 417),
        (Failed::NoRoute, 404),
        (Failed::Misdirected, 421),
        (Failed::MethodNotAllowed("GET, HEAD".into()), 405),
        (Failed::Loop, 502),
        (Failed::NoServer, 503),
        (Failed::QueueFull, 503),
        (Failed::QueueTimedOut, 503),
        (Failed::ConnectionLimit, 503),
        (Failed::Internal("x"), 500),
        (Failed::NotKept(NotKept::DiskFull), 507),
        (Failed::NotKept(NotKept::TotalReached), 503),
        (Failed::NotKept(NotKept::NoDescriptor), 503),
        (Failed::NotKept(NotKept::Folder(Errno(2))), 500),
        (Failed::NotKept(NotKept::Broken(Errno(5))), 500),
        (upstream(F::NameNotFound, P::Resolve), 502),
        (upstream(F::NameServerSilent, P::Resolve), 504),
        (upstream(F::NameInvalid, P::Resolve), 502),
        (upstream(F::Unroutable, P::Resolve), 502),
        (upstream(F::Refused, P::Connect), 502),
        (upstream(F::QueueFull, P::Connect), 502),
        (upstream(F::ConnectTimedOut, P::Connect), 504),
        (upstream(F::Denied, P::Connect), 502),
        (upstream(F::NoDescriptor, P::Connect), 503),
        (upstream(F::NoLocalPort, P::Connect), 503),
        (upstream(F::NoMemory, P::Connect), 503),
        (upstream(F::TlsAlert(40), P::Tls), 502),
        (upstream(F::Certificate(CertificateFault::Expired), P::Tls), 502),
        (upstream(F::TlsTimedOut, P::Tls), 504),
        (upstream(F::SendTimedOut, P::Send), 504),
        (upstream(F::ClosedBeforeResponse, P::Wait), 502),
        (upstream(F::WaitTimedOut, P::Wait), 504),
        (upstream(F::HeadTooBig, P::Head), 502),
        (upstream(F::ContentLengthInvalid, P::Head), 502),
        (upstream(F::ResponseTimedOut, P::Body), 504),
    ];
    for (failed, expected) in cases {
        let id = id();
        let answer = answer(&failed, &public(None, &id), &edge());
        assert_eq!(answer.status, expected, "{failed:?}");
        assert_ne!(reason(expected), "", "{expected}");
        assert_eq!(answer.field("Retry-After").is_some(), expected == 503, "{failed:?}");
        assert_eq!(answer.field("Allow").is_some(), expected == 405, "{failed:?}");
        let token = failed.error_type().map(|error| error.token().to_owned());
        let said = answer.field("Proxy-Status").map(|field| parse_proxy_status(&field).unwrap().remove(0));
        assert_eq!(said.as_ref().and_then(|said| said.error.clone()), token, "{failed:?}");
        assert_eq!(answer.field("Cache-Control").as_deref(), Some("no-store"));
    }
}

#[test]
fn curl_reads_a_few_lines() {
    let (failed, id) = (upstream(Fault::WaitTimedOut, Phase::Wait), id());
    let answer = answer(&failed, &public(Some(b"*/*"), &id), &edge());
    assert_eq!(
        answer.body,
        "504 Gateway Timeout: The site's server did not answer\n\n\
         The part of this site that makes its pages was asked, but did not answer in time.\n\
         Your device and your internet connection are fine: what you asked for has arrived here.\n\
         It may pass by itself: try again in a few minutes.\n\n\
         Error: connection_read_timeout\n\
         Request number: 000000010000000000\n\
         Time: 2026-11-22 00:34:07 UTC\n"
    );
    assert_eq!(answer.field("Content-Type").as_deref(), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.field("Content-Language").as_deref(), Some("en"));
}

#[test]
fn programs_read_a_problem_document() {
    let id = id();
    let json = |failed: &Failed| -> Value {
        let answer = answer(failed, &public(Some(b"application/json"), &id), &edge());
        assert_eq!(answer.field("Content-Type").as_deref(), Some("application/problem+json"));
        serde_json::from_str(&answer.body).unwrap()
    };
    let document = json(&Failed::NoServer);
    assert_eq!(document["type"], "https://www.rfc-editor.org/rfc/rfc9209.html#section-2.3.4");
    assert_eq!(document["status"], 503);
    assert_eq!(document["error"], "destination_unavailable");
    assert_eq!(document["request_id"], id.as_str());
    assert_eq!(document["time"], "2026-11-22T00:34:07.000000Z");
    assert_eq!(document["retry_after"], 10);
    assert_eq!(document.get("account"), None);
    let document = json(&Failed::MethodNotAllowed("GET".into()));
    assert_eq!(
        (&document["type"], &document["title"]),
        (&"about:blank".into(), &"Method Not Allowed".into())
    );
    assert_eq!(document.get("error"), None);
}

#[test]
fn browsers_read_a_page_in_their_language() {
    let (failed, id) = (upstream(Fault::Refused, Phase::Connect), id());
    let mut to = public(Some(BROWSER), &id);
    let english = answer(&failed, &to, &edge());
    assert!(english.body.starts_with("<!doctype html>\n<html lang=\"en\">"));
    assert!(english.body.contains("<h1>The site&#39;s server cannot be reached</h1>"));
    assert!(english.body.contains(id.as_str()));
    assert!(english.body.contains("Error 502 · connection_refused · 2026-11-22 00:34:07 UTC"));
    assert!(english.field("Content-Security-Policy").is_some());
    assert!(english.body.len() < 6000, "{}", english.body.len());
    for outside in ["http://", "https://", "src=", "href=", "url(", "<script"] {
        assert!(!english.body.contains(outside), "the page needs nothing else: {outside}");
    }
    to.accept_language = Some(b"ru-RU,ru;q=0.9,en;q=0.8");
    let russian = answer(&failed, &to, &edge());
    assert!(russian.body.contains("<html lang=\"ru\">"));
    assert!(russian.body.contains("<h1>Сервер сайта недоступен</h1>"));
    assert_eq!(russian.field("Content-Language").as_deref(), Some("ru"));
}

#[test]
fn whoever_sent_something_is_told_what_became_of_it() {
    let id = id();
    let to = Audience { method: b"POST", ..public(None, &id) };
    let body = |failed: &Failed| answer(failed, &to, &edge()).body;
    assert!(body(&upstream(Fault::Refused, Phase::Connect)).contains("safely send it again"));
    assert!(body(&Failed::QueueFull).contains("safely send it again"));
    let lost = upstream(Fault::ClosedBeforeResponse, Phase::Wait);
    assert!(body(&lost).contains("may have been carried out"));
    let untouched = Failure::new(Fault::ClosedBeforeResponse, Phase::Wait).retry(Retry::Safe);
    assert!(body(&Failed::from(untouched)).contains("safely send it again"));
    let asked = answer(&lost, &public(None, &id), &edge());
    assert!(!asked.body.contains("carried out"), "who only asked need not worry");
}

#[test]
fn pages_of_the_owners_own_are_filled_in() {
    let html = "<body style=\"a{b}\">{status} <i>{title}</i> {request_id} {error} {other} {status";
    let page = |from, to| ErrorPage { statuses: (from, to), html: html.into() };
    let pages = Pages::new("edge", &[page(500, 503), page(404, 404)]);
    let id = RequestId::taken(b"a+b").unwrap();
    let failed = upstream(Fault::Refused, Phase::Connect);
    let filled = answer(&failed, &public(Some(BROWSER), &id), &pages);
    assert_eq!(
        filled.body,
        "<body style=\"a{b}\">502 <i>The site&#39;s server cannot be reached</i> a+b connection_refused {other} {status"
    );
    assert_eq!(filled.field("Content-Security-Policy"), None);
    // Other statuses and other forms stay ours.
    assert!(
        !answer(&upstream(Fault::WaitTimedOut, Phase::Wait), &public(Some(BROWSER), &id), &pages)
            .body
            .contains("{other}")
    );
    assert!(!answer(&failed, &public(None, &id), &pages).body.contains("{other}"));
}

const CANARIES: &[&str] = &[
    "canary-upstream",
    "canary-route",
    "canary-server.internal",
    "canary-socket",
    "CANARYBEGAN",
    "CANARYDETAIL",
    "canary-cause",
];

fn whole_account(to: impl FnOnce(&Failed, &Account<'_>, &Pages)) {
    let mut failure = Failure::new(Fault::StatusLineInvalid, Phase::Head)
        .began(b"<b>CANARYBEGAN</b>\x1b[31m\r\n")
        .bytes(100, 42);
    failure.errno = Some(Errno(104));
    let failed = Failed::from(failure.clone());
    let attempt = Attempt {
        server: &Name::of("http+unix:/run/canary-socket"),
        reached: Phase::Head,
        reused: true,
        failed: Some((&failure).into()),
        status: None,
        connect_us: None,
        head_us: None,
        stderr: b"",
    };
    let attempts = [attempt, attempt];
    let account = Account {
        failed: &failed,
        route: "/canary-route/*",
        upstream: Some("canary-upstream"),
        server: Some("http://canary-server.internal:3000"),
        attempts: &attempts,
    };
    let causes = |account: &Account<'_>, tag: &str| {
        let signal = account.signal().map_or("", |signal| signal.as_str());
        vec![format!("canary-cause <script> & {signal} {tag}")]
    };
    to(&failed, &account, &edge().first_causes(Box::new(causes)));
}

#[test]
fn whoever_may_know_is_told_everything_escaped() {
    whole_account(|failed, account, pages| {
        let id = id();
        let to = Audience { account: Some(account), ..public(Some(BROWSER), &id) };
        let html = answer(failed, &to, pages);
        for told in
            ["canary-upstream", "/canary-route/*", "canary-server.internal", "canary-socket", "ECONNRESET"]
        {
            assert!(html.body.contains(told), "{told}");
        }
        assert!(html.body.contains("&lt;b&gt;CANARYBEGAN&lt;/b&gt;\\u{1b}[31m"));
        assert!(html.body.contains("<li>canary-cause &lt;script&gt; &amp; status-line-invalid en</li>"));
        assert!(html.field("Proxy-Status").unwrap().contains("next-hop=\"canary-server.internal:3000\""));
        let text = answer(failed, &Audience { accept: None, ..to }, pages).body;
        assert!(text.contains("CANARYBEGAN") && !text.contains('\u{1b}'), "{text}");
        let json = answer(failed, &Audience { accept: Some(b"application/json"), ..to }, pages).body;
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["account"]["upstream"], "canary-upstream");
        assert_eq!(json["account"]["attempts"].as_array().unwrap().len(), 2);
        assert_eq!(json["account"]["signal"], "status-line-invalid");
        assert_eq!(json["account"]["causes"][0], "canary-cause <script> & status-line-invalid en");
        let russian = answer(failed, &Audience { accept_language: Some(b"ru"), ..to }, pages).body;
        assert!(russian.contains("status-line-invalid ru"), "{russian}");
    });
}

#[test]
fn the_public_is_told_no_word_of_it() {
    whole_account(|failed, _, pages| {
        let id = id();
        let internal = Failed::Internal("CANARYDETAIL in canary-upstream");
        for failed in [failed, &internal] {
            for accept in [None, Some(BROWSER), Some(&b"application/json"[..])] {
                let answer = answer(failed, &public(accept, &id), pages);
                for canary in CANARIES {
                    assert!(!answer.body.contains(canary) && !answer.fields.contains(canary), "{canary}");
                }
            }
        }
    });
}

proptest! {
    #[test]
    fn nothing_that_failed_leaks_or_breaks_out(
        began in "[a-zA-Z0-9<>&\"' ]{8,40}", method in proptest::collection::vec(any::<u8>(), 0..9),
        accept in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40)),
        language in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..20)),
        when_us: u64,
    ) {
        let id = id();
        let planted = format!("zq{began}");
        let failed = Failed::from(Failure::new(Fault::FieldInvalid, Phase::Head).began(planted.as_bytes()));
        let to = Audience {
            method: &method, accept: accept.as_deref(), accept_language: language.as_deref(),
            request_id: &id, when_us, account: None,
        };
        let answer = answer(&failed, &to, &edge());
        prop_assert!(!answer.body.contains(&planted) && !answer.fields.contains(&planted));
        prop_assert!(field_lines(answer.fields.as_bytes()).count() >= 4);
        prop_assert!(answer.fields.ends_with("\r\n") && !answer.fields.contains("\r\n\r\n"));
    }
}

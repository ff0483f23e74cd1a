//! What a look from outside leaves open, and whose failure it is where two gateways stand behind each other.

#![expect(clippy::expect_used, reason = "a test may panic")]

use goodgate_case::{Diagnosis, Input, Seen, Symptom, diagnose, diagnose_seen};
use goodgate_facts::{ErrorType, Evidence, Phase, Signal, SignalId, Source, SourceKind};

fn apache(status: &str, reason: &str) -> String {
    format!(
        "HTTP/1.1 {status} Proxy Error\nServer: Apache/2.4.62 (Debian)\n\n<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n\
         <html><head>\n<title>{status} Proxy Error</title>\n</head><body>\n<h1>Proxy Error</h1>\n<p>The proxy server \
         could not handle the request<p>Reason: <strong>{reason}</strong></p></p>\n</body></html>"
    )
}

fn file(name: &str, text: &str) -> Input {
    Input { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
}

/// A look that got this page, if any, and saw these things.
fn looked(page: Option<&str>, saw: &[&str]) -> Diagnosis {
    let mut evidence = Evidence::new();
    for id in saw {
        let source = Source::new(SourceKind::Probe, "http://shop.example/", 0, None);
        evidence.add(Signal::new(SignalId::find(id).expect("a registered signal"), source));
    }
    let pages = page.into_iter().map(|page| file("http://shop.example/", page)).collect();
    let seen = Seen { pages, at: None, evidence };
    diagnose_seen(&[], Vec::new(), [seen], &|count, read| (0..count).for_each(read))
}

fn symptom(diagnosis: &Diagnosis) -> &Symptom {
    diagnosis.findings.first().and_then(|finding| finding.symptom.as_ref()).expect("a symptom")
}

#[test]
fn a_page_that_says_the_same_of_all_tls_failures_leaves_their_type_open() {
    let page = apache("500", "Error during SSL Handshake with remote server");
    let diagnosis = looked(Some(&page), &["probe-failed-at-once", "fails-every-time"]);
    let symptom = symptom(&diagnosis);
    assert_eq!((symptom.error, symptom.phase, symptom.status), (None, Some(Phase::Tls), Some(500)));
    let causes = &diagnosis.findings[0].judgement.ranked;
    for cause in ["upstream-certificate-expired", "tls-version-or-cipher-mismatch", "tls-to-plaintext-port"] {
        assert!(causes.iter().any(|ranked| ranked.cause.id == cause), "{cause} is not weighed");
    }
}

#[test]
fn what_ends_after_a_wait_may_be_a_timeout() {
    let unread = apache("502", "Error reading from remote server");
    let ended = Some(ErrorType::ConnectionTerminated);
    let cut = Some(ErrorType::HttpResponseIncomplete);
    for (page, saw, error) in [
        (Some(&*unread), &["probe-failed-at-once"][..], ended),
        (Some(&*unread), &["probe-failed-after-wait"], None),
        (Some(&*unread), &["probe-failed-at-known-timeout"], None),
        (None, &["site-body-cut"], cut),
        (None, &["site-body-cut", "probe-failed-after-wait"], None),
        (None, &["site-cut-after-silence"], Some(ErrorType::ConnectionReadTimeout)),
        // Whoever says nothing at all tells nothing of what happened further in.
        (None, &["site-closed-before-response"], None),
    ] {
        let diagnosis = looked(page, &[saw, &["fails-every-time"]].concat());
        assert_eq!(symptom(&diagnosis).error, error, "{saw:?}");
    }
}

const BAD_GATEWAY: &str = "HTTP/1.1 502 Bad Gateway\nServer: nginx/1.22.1\n\n<html>\n<head><title>502 Bad Gateway</title></head>\n\
    <body>\n<center><h1>502 Bad Gateway</h1></center>\n<hr><center>nginx/1.22.1</center>\n</body>\n</html>";

fn nginx(listen: &str, asks: &str) -> String {
    format!(
        "events {{ }}\nhttp {{\n  server {{\n    listen {listen};\n    location / {{ proxy_pass http://{asks}; }}\n  }}\n}}\n"
    )
}

#[test]
fn two_of_one_product_behind_each_other_are_told() {
    let alike = SignalId::find("two-gateways-alike").expect("a registered signal");
    let page = file("answer.txt", BAD_GATEWAY);
    let front = file("front/nginx.conf", &nginx("192.0.2.1:80", "192.0.2.2:8080"));
    let inner = file("inner/nginx.conf", &nginx("192.0.2.2:8080", "127.0.0.1:9000"));
    let elsewhere = file("other/nginx.conf", &nginx("192.0.2.3:8080", "127.0.0.1:9000"));
    let log = file(
        "error.log",
        "2026/11/22 08:00:00 [error] 11#11: *1 connect() failed (111: Connection refused) while connecting to upstream, \
         client: 192.0.2.7, server: , request: \"GET / HTTP/1.1\", upstream: \"http://127.0.0.1:9000/\", host: \"shop.example\"\n",
    );
    let told = |inputs: &[Input]| diagnose(inputs, Vec::new()).evidence.has(alike);
    assert!(told(&[page.clone(), front.clone(), inner.clone()]));
    assert!(!told(&[page.clone(), front.clone(), elsewhere]), "the one in front does not ask it");
    assert!(!told(&[page.clone(), front.clone()]));
    assert!(!told(&[page, front, inner, log]), "the log says whose failure it is");
}

//! One gateway in front of nothing, of an upstream that never answers, and of a healthy one.

use crate::answer::diagnose;
use crate::gateways::start;
use crate::room::free_port;
use crate::site::{Habit, Site};

/// Nothing listens behind the gateway.
fn refused(product: &str, statuses: &[u64]) {
    let Some(gateway) = start(product, free_port()) else { return };
    let answer = diagnose(&gateway.url(), &[]);
    assert_eq!((answer.code, answer.outcome()), (Some(1), "fault"), "{}", answer.document);
    assert_eq!(answer.generator(), product, "{}", answer.document);
    assert!(statuses.contains(&answer.status()), "{}", answer.document);
    assert!(answer.has("fails-every-time") && answer.has("every-page-fails"), "{}", answer.document);
    assert!(answer.hops().ends_with(&[product, "upstream"]), "{:?}", answer.hops());
    // A page does not say so much that anybody could be sure.
    assert_ne!(answer.certainty(), "proven", "{}", answer.document);
}

/// The upstream takes the request and says nothing.
fn silent(product: &str, statuses: &[u64]) {
    let site = Site::new(Habit::Silent);
    let Some(gateway) = start(product, site.port) else { return };
    let answer = diagnose(&gateway.url(), &[]);
    assert_eq!((answer.code, answer.outcome()), (Some(1), "fault"), "{}", answer.document);
    assert_eq!(answer.generator(), product, "{}", answer.document);
    assert!(statuses.contains(&answer.status()), "{}", answer.document);
    assert!(!answer.has("probe-failed-at-once"), "{}", answer.document);
}

fn healthy(product: &str) {
    let site = Site::new(Habit::Healthy);
    let Some(gateway) = start(product, site.port) else { return };
    let answer = diagnose(&gateway.url(), &[]);
    assert_eq!((answer.code, answer.outcome()), (Some(0), "no-fault"), "{}", answer.document);
    assert!(answer.has("site-answers-well"), "{}", answer.document);
    assert_eq!(answer.document["findings"], serde_json::json!([]), "{}", answer.document);
}

#[test]
fn nginx() {
    refused("nginx", &[502]);
    silent("nginx", &[504]);
    healthy("nginx");
}

#[test]
fn apache() {
    refused("apache", &[503]);
    silent("apache", &[502, 504]);
    healthy("apache");
}

#[test]
fn haproxy() {
    refused("haproxy", &[503]);
    silent("haproxy", &[504]);
    healthy("haproxy");
}

#[test]
fn caddy() {
    refused("caddy", &[502]);
    silent("caddy", &[502, 504]);
    healthy("caddy");
}

#[test]
fn varnish() {
    refused("varnish", &[503]);
    silent("varnish", &[503]);
    healthy("varnish");
}

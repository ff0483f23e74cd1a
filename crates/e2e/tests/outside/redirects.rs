//! Redirects that lead nowhere.

use crate::answer::diagnose;
use crate::site::{Habit, Site};

#[test]
fn a_circle() {
    let site = Site::new(Habit::Circle);
    let answer = diagnose(&format!("http://127.0.0.1:{}/", site.port), &[]);
    assert_eq!((answer.code, answer.outcome()), (Some(1), "fault"), "{}", answer.document);
    assert!(answer.has("redirect-loop") && answer.has("redirected"), "{}", answer.document);
}

#[test]
fn without_any_gateway_a_healthy_site_is_healthy() {
    let site = Site::new(Habit::Healthy);
    let answer = diagnose(&format!("http://127.0.0.1:{}/", site.port), &[]);
    assert_eq!((answer.code, answer.outcome()), (Some(0), "no-fault"), "{}", answer.document);
    assert!(answer.has("made-up-path-not-found"), "{}", answer.document);
}

//! Two gateways behind each other: which of them gave up.

use crate::answer::diagnose;
use crate::gateways::start;
use crate::room::free_port;
use crate::site::{Habit, Site};

#[test]
fn varnish_before_nginx_before_nothing() {
    let Some(inner) = start("nginx", free_port()) else { return };
    let Some(front) = start("varnish", inner.port) else { return };
    for more in [&[][..], &["--origin", &format!("127.0.0.1:{}", inner.port)]] {
        let answer = diagnose(&front.url(), more);
        assert_eq!((answer.code, answer.outcome()), (Some(1), "fault"), "{}", answer.document);
        // The page is nginx's, and Varnish only passed it on.
        assert_eq!((answer.maker(), answer.status()), ("nginx", 502), "{}", answer.document);
        assert!(answer.hops().ends_with(&["varnish", "nginx", "upstream"]), "{:?}", answer.hops());
        assert_eq!(answer.has("made-further-in"), !more.is_empty(), "{}", answer.document);
        assert!(!answer.has("made-by-front"), "{}", answer.document);
    }
}

#[test]
fn nginx_before_nginx_before_nothing() {
    let Some(inner) = start("nginx", free_port()) else { return };
    let Some(front) = start("nginx", inner.port) else { return };
    let answer = diagnose(&front.url(), &[]);
    assert_eq!((answer.code, answer.maker(), answer.status()), (Some(1), "nginx", 502));
    // Both write the same page.
    assert!(!answer.has("made-further-in") && !answer.has("made-by-front"), "{}", answer.document);
    let origin = format!("127.0.0.1:{}", inner.port);
    let answer = diagnose(&front.url(), &["--origin", &origin]);
    assert_eq!((answer.code, answer.maker()), (Some(1), "nginx"), "{}", answer.document);
    assert!(answer.has("origin-answers-error") && answer.has("made-further-in"), "{}", answer.document);
}

#[test]
fn nginx_before_nothing_beside_a_healthy_origin() {
    let site = Site::new(Habit::Healthy);
    let Some(inner) = start("nginx", site.port) else { return };
    let Some(front) = start("nginx", free_port()) else { return };
    let origin = format!("127.0.0.1:{}", inner.port);
    let answer = diagnose(&front.url(), &["--origin", &origin]);
    assert_eq!((answer.code, answer.maker()), (Some(1), "nginx"), "{}", answer.document);
    assert!(answer.has("origin-answers-well") && answer.has("made-by-front"), "{}", answer.document);
}

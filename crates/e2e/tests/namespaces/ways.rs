//! The way to the site's address: refused, filtered, rejected, unrouted, one family dead.

use crate::internet::internet;
use crate::visitor::{Answer, Visitor};

fn ask(host: &str) -> Option<Answer> {
    internet().map(|land| Visitor::of(land).ask(&format!("http://{host}.shop.example.com/")))
}

#[test]
fn nobody_listens() {
    let Some(answer) = ask("refused") else { return };
    answer.fails("connection_refused", &["upstream-not-running"]).surely("possible");
    answer.shows(&["site-refused", "own-network-up", "zone-found"]).never_shows(&["other-port-answers"]);
}

#[test]
fn nobody_listens_but_on_the_other_web_port() {
    let Some(answer) = ask("other") else { return };
    answer.fails("connection_refused", &["upstream-not-running", "firewall-reject"]);
    answer.shows(&["site-refused", "other-port-answers"]);
}

#[test]
fn a_filter_drops() {
    let Some(answer) = ask("dropped") else { return };
    answer.fails("connection_timeout", &["firewall-drop", "hosting-outage"]).surely("possible");
    answer.shows(&["site-connect-timed-out"]).never_shows(&["other-port-answers"]);
}

#[test]
fn a_filter_prohibits() {
    let Some(answer) = ask("prohibited") else { return };
    answer.fails("destination_ip_unroutable", &["firewall-reject", "network-unreachable"]).surely("possible");
    answer.shows(&["site-unroutable", "own-network-up"]);
}

#[test]
fn a_router_finds_no_host() {
    let Some(answer) = ask("unreachable") else { return };
    answer.fails("destination_ip_unroutable", &["network-unreachable"]).shows(&["site-unroutable"]);
}

#[test]
fn no_route_leads_there() {
    let Some(answer) = ask("unrouted") else { return };
    answer.fails("destination_ip_unroutable", &["network-unreachable"]).shows(&["site-unroutable"]);
}

#[test]
fn the_ipv6_address_is_dead_and_the_other_answers() {
    let Some(answer) = ask("halfdead") else { return };
    answer.fails("connection_timeout", &["dns-record-wrong-address"]);
    answer.shows(&["ipv6-address-dead"]).never_shows(&["own-ipv6-absent"]);
}

#[test]
fn a_site_of_ipv6_alone() {
    let Some(answer) = ask("onlysix") else { return };
    answer.is_well().never_shows(&["own-ipv6-absent", "ipv4-address-dead"]);
}

#[test]
fn another_certificate_is_shown_to_a_hello_without_a_name() {
    let Some(land) = internet() else { return };
    let named = Visitor::of(land).ask("https://four.shop.example.com/");
    named.fails("tls_certificate_error", &["upstream-certificate-untrusted"]);
    named.shows(&["certificate-differs-without-sni"]);
    let unknown = Visitor::of(land).ask("https://other-name.shop.example.com/");
    unknown.never_shows(&["certificate-differs-without-sni"]);
}

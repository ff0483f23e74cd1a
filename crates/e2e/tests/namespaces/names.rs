//! The site's name: zones, their servers, their signatures, and resolvers that disagree.

use crate::internet::{OLD_RESOLVER, internet};
use crate::visitor::{Answer, Visitor};

fn ask(url: &str) -> Option<Answer> {
    internet().map(|land| Visitor::of(land).ask(url))
}

#[test]
fn a_healthy_site_of_a_signed_zone_over_both_families() {
    let Some(answer) = ask("http://www.shop.example.com/") else { return };
    answer.is_well().shows(&[
        "site-answers-well",
        "zone-found",
        "zone-signed",
        "own-network-up",
        "own-resolver-works",
    ]);
    answer.never_shows(&["zone-lame", "zone-server-silent", "address-not-public", "own-ipv6-absent"]);
    let text = answer.told.to_string();
    assert!(text.contains("192.52.193.80") && text.contains("2620:4f:8000::80"), "{text}");
}

#[test]
fn a_name_that_the_zone_does_not_have() {
    let Some(answer) = ask("http://nobody.shop.example.com/") else { return };
    answer.fails("dns_error", &["dns-zone-broken"]).surely("likely");
    answer.shows(&["site-name-not-found", "zone-name-missing", "own-resolver-works"]);
    answer.never_shows(&["zone-delegation-missing", "own-resolver-alone-fails"]);
}

#[test]
fn a_domain_that_the_registry_does_not_have() {
    let Some(answer) = ask("http://www.example.org/") else { return };
    answer.fails("dns_error", &["dns-zone-broken"]).surely("likely");
    answer.shows(&["site-name-not-found", "zone-delegation-missing"]).never_shows(&["zone-name-missing"]);
}

#[test]
fn a_name_without_an_address() {
    let Some(answer) = ask("http://mail.shop.example.com/") else { return };
    answer.fails("dns_error", &["dns-zone-broken"]).shows(&["site-name-empty"]);
    answer.never_shows(&["own-resolver-alone-fails", "zone-name-missing"]);
}

#[test]
fn a_zone_that_its_servers_cannot_load() {
    let Some(answer) = ask("http://www.torn.example.com/") else { return };
    answer.fails("dns_error", &["dns-zone-broken"]).surely("likely");
    answer
        .shows(&["site-name-server-failed", "zone-lame"])
        .never_shows(&["own-resolver-alone-fails", "zone-bogus"]);
}

#[test]
fn a_zone_that_its_servers_do_not_know() {
    let Some(answer) = ask("http://www.lame.example.com/") else { return };
    answer.fails("dns_error", &["dns-zone-broken"]).surely("likely");
    answer.shows(&["site-name-server-failed", "zone-lame"]).never_shows(&["zone-bogus"]);
}

#[test]
fn a_zone_that_one_of_its_servers_does_not_know() {
    let Some(answer) = ask("http://www.halflame.example.com/") else { return };
    answer.is_well().shows(&["zone-lame", "zone-found", "site-answers-well"]);
    answer.tells("zone-lame", "two.example.com");
}

#[test]
fn a_zone_whose_servers_are_silent() {
    let Some(answer) = ask("http://www.silent.example.com/") else { return };
    answer.fails("dns_timeout", &["dns-zone-broken"]).surely("likely");
    answer.shows(&["site-name-timed-out", "zone-servers-all-silent", "own-resolver-works", "own-network-up"]);
    answer.never_shows(&["own-resolver-silent", "own-resolver-alone-fails"]);
}

#[test]
fn a_zone_with_a_silent_server_beside_one_that_works() {
    let Some(answer) = ask("http://www.halfsilent.example.com/") else { return };
    // A page that came is not kept waiting for a silent server; where none comes, the server is heard out.
    answer.is_well();
    let Some(answer) = ask("http://www.halfsilent.example.com:81/") else { return };
    answer.shows(&["zone-server-silent", "zone-found"]);
}

#[test]
fn a_zone_whose_signatures_do_not_verify() {
    let Some(answer) = ask("http://www.bogus.example.com/") else { return };
    answer.fails("dns_error", &["dns-zone-broken"]).surely("likely");
    answer.shows(&["site-name-bogus", "zone-bogus"]).never_shows(&["zone-lame", "own-resolver-alone-fails"]);
}

#[test]
fn servers_of_one_zone_that_say_different_things() {
    let Some(answer) = ask("http://www.apart.example.com/") else { return };
    answer.is_well().shows(&["zone-servers-disagree"]);
}

#[test]
fn a_given_resolver_that_holds_another_answer() {
    let Some(land) = internet() else { return };
    let arguments = ["--resolver", OLD_RESOLVER];
    let answer = Visitor { arguments: &arguments, ..Visitor::of(land) }.ask("http://four.shop.example.com/");
    answer.is_well().shows(&["resolvers-disagree"]);
    // How long it still holds.
    answer.tells("resolvers-disagree", "7200");
}

#[test]
fn the_own_resolver_holds_another_answer_than_the_zone() {
    let Some(land) = internet() else { return };
    let answer = Visitor { resolver: OLD_RESOLVER, ..Visitor::of(land) }.ask("http://four.shop.example.com/");
    answer.shows(&["own-resolver-stale"]);
    answer.tells("own-resolver-stale", "7200");
}

#[test]
fn a_hosts_file_that_names_an_address_where_nobody_is() {
    let Some(land) = internet() else { return };
    let visitor = Visitor { hosts: "192.52.193.81 www.shop.example.com", ..Visitor::of(land) };
    let answer = visitor.ask("http://www.shop.example.com/");
    answer
        .fails("connection_refused", &["visitor-dns-cache-stale"])
        .shows(&["hosts-file-overrides", "site-refused"]);
}

#[test]
fn a_private_address_in_public_dns_is_told_and_asked_only_when_wanted() {
    let Some(land) = internet() else { return };
    let url = "http://inside.shop.example.com/";
    let told = Visitor::of(land).ask(url);
    told.leaves_open()
        .shows(&["address-not-public", "site-not-asked"])
        .never_shows(&["site-answers-well", "captive-portal"]);
    let asked = Visitor { arguments: &["--private"], ..Visitor::of(land) }.ask(url);
    asked.shows(&["address-not-public", "site-answers-well"]);
}

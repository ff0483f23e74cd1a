//! The visitor's own ground: no network, no resolver, a portal in between, one family missing, a proxy.

use crate::internet::{RESOLVER, internet, resolver};
use crate::land::{Land, are_installed};
use crate::visitor::Visitor;

const URL: &str = "http://www.shop.example.com/";

/// A world with nothing but this computer.
fn alone(name: &str) -> Option<Land> {
    are_installed(&["ip", "unshare", "nsenter"]).then(|| Land::new(name)).flatten()
}

/// The same with a way out over IPv4.
fn online(name: &str) -> Option<Land> {
    let land = alone(name)?;
    land.address("192.31.196.10/24");
    land.run("ip route add default dev wire");
    Some(land)
}

#[test]
fn no_network_at_all() {
    let Some(land) = alone("no-network") else { return };
    let answer = Visitor::of(&land).ask(URL);
    answer.fails("dns_timeout", &["visitor-offline"]).surely("likely");
    answer.shows(&["own-network-down"]).never_shows(&["own-network-up"]);
}

#[test]
fn a_resolver_that_is_silent() {
    let Some(land) = online("silent-resolver") else { return };
    let answer = Visitor::of(&land).ask(URL);
    answer.fails("dns_timeout", &["visitor-offline"]).shows(&["own-resolver-silent"]);
    answer.never_shows(&["zone-servers-all-silent", "own-network-down"]);
}

#[test]
fn a_resolver_that_is_not_there() {
    let Some(land) = online("refused-resolver") else { return };
    land.address(&format!("{RESOLVER}/32"));
    let answer = Visitor::of(&land).ask(URL);
    answer.fails("dns_timeout", &["visitor-offline"]).shows(&["own-resolver-silent"]);
    answer.never_shows(&["zone-servers-all-silent", "own-network-down"]);
}

#[test]
fn a_portal_that_answers_for_every_name() {
    if !are_installed(&["unbound"]) {
        return;
    }
    let Some(land) = online("portal") else { return };
    land.address(&format!("{RESOLVER}/32"));
    // A resolver of this product says by itself that nothing lies under `invalid`.
    let every = [".", "invalid."]
        .map(|zone| format!("local-zone: \"{zone}\" redirect\n local-data: \"{zone} 60 A 10.0.0.1\""));
    resolver(&land, "portal", RESOLVER, &every.join("\n "));
    land.wait_for(&format!("drill @{RESOLVER} example.com | grep -q 10.0.0.1"));
    let answer = Visitor::of(&land).ask(URL);
    answer.shows(&["captive-portal"]).never_shows(&["address-not-public"]);
    answer.leaves_open().leads_to(&["visitor-offline"]);
}

#[test]
fn no_ipv6_here_says_nothing_of_the_site() {
    let Some(land) = online("only-ipv4") else { return };
    let visitor = Visitor { hosts: "2620:4f:8000::80 www.shop.example.com", ..Visitor::of(&land) };
    let answer = visitor.ask(URL);
    answer.shows(&["own-ipv6-absent"]).never_shows(&["ipv6-address-dead"]);
}

#[test]
fn a_proxy_in_the_environment() {
    let Some(land) = internet() else { return };
    let environment = [("http_proxy", "http://user:secret@192.31.196.77:3128")];
    let visitor = Visitor { environment: &environment, ..Visitor::of(land) };
    let well = visitor.ask(URL);
    well.is_well().shows(&["proxy-in-environment"]);
    assert!(!well.told.to_string().contains("secret"), "{}", well.summary());
}

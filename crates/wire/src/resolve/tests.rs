//! Each answer that a name server can give, and what is made of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use goodgate_facts::{ErrorType, Phase};
use proptest::prelude::*;

use super::played::{
    Act, OverTcp, Played, Script, authority, but, ip, refusal, reply_to, resolver, with_extended_error,
};
use super::*;
use crate::Retry;

const SHOP: &str = "
shop.example.com 300 A 192.0.2.1
shop.example.com 200 A 192.0.2.2
shop.example.com 300 AAAA 2001:db8::1
four.example.com 300 A 192.0.2.4
www.example.com 60 CNAME edge.example.net
edge.example.net 30 CNAME node.example.net
node.example.net 900 A 198.51.100.7
gone.example.com 60 CNAME nowhere.example.net
ring.example.com 60 CNAME round.example.com
round.example.com 60 CNAME ring.example.com
text.example.com 300 NS ns.example.com
example.com 600 SOA 120
example.net 600 SOA 900";

fn limits(ms: u64) -> Limits {
    Limits { resolve: Duration::from_millis(ms), ..Limits::default() }
}

async fn look(script: Script, name: &str) -> Lookup {
    let server = Played::start(script).await;
    inquire(name, &Servers::Given(server.address), &limits(600)).await
}

fn addresses(lookup: &Lookup) -> Vec<String> {
    lookup.addresses.iter().map(|address| address.ip.to_string()).collect()
}

#[tokio::test]
async fn both_families_come_with_their_times() {
    let server = Played::start(resolver(SHOP)).await;
    let given = Servers::Given(server.address);
    let found = lookup("Shop.Example.com.", &given, &limits(600)).await.unwrap();
    assert_eq!(addresses(&found), ["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
    assert_eq!(
        found.addresses.iter().map(|a| a.ttl_s).collect::<Vec<_>>(),
        [Some(300), Some(200), Some(300)]
    );
    assert_eq!((found.server, found.from_hosts), (Some(server.address), false));
    assert_eq!((found.dnssec, found.failure()), (Dnssec::Unverified, None));
}

#[tokio::test]
async fn a_missing_family_hides_nothing() {
    let found = look(resolver(SHOP), "four.example.com").await;
    assert_eq!((addresses(&found), &found.ipv4), (vec!["192.0.2.4".to_owned()], &Ok(())));
    assert_eq!(found.ipv6.unwrap_err().fault, Fault::NameEmpty);

    let deaf = |query: &Message| match query.queries[0].query_type() {
        RecordType::AAAA => Act::Nothing,
        _ => resolver(SHOP)(query),
    };
    let found = look(Arc::new(deaf), "shop.example.com").await;
    assert_eq!(addresses(&found), ["192.0.2.1", "192.0.2.2"]);
    assert_eq!(found.ipv6.unwrap_err().fault, Fault::NameServerSilent);
}

#[tokio::test]
async fn aliases_are_followed_and_the_shortest_time_counts() {
    let found = look(resolver(SHOP), "www.example.com").await;
    assert_eq!(found.aliases, ["edge.example.net", "node.example.net"]);
    assert_eq!(found.addresses, [Address { ip: ip("198.51.100.7"), ttl_s: Some(30) }]);
}

#[tokio::test]
async fn every_refusal_has_its_fault() {
    let refuse = |code| -> Script { Arc::new(move |query| refusal(query, code)) };
    let cases: [(&str, Script, Fault, ErrorType); 8] = [
        ("none.example.com", resolver(SHOP), Fault::NameNotFound, ErrorType::DnsError),
        ("gone.example.com", resolver(SHOP), Fault::NameNotFound, ErrorType::DnsError),
        ("text.example.com", resolver(SHOP), Fault::NameEmpty, ErrorType::DnsError),
        ("ring.example.com", resolver(SHOP), Fault::NameAnswerUnreadable, ErrorType::DnsError),
        ("a.example", refuse(ResponseCode::ServFail), Fault::NameServerFailed(2), ErrorType::DnsError),
        ("a.example", refuse(ResponseCode::Refused), Fault::NameServerFailed(5), ErrorType::DnsError),
        ("a.example", Arc::new(|_| Act::Garbage), Fault::NameAnswerUnreadable, ErrorType::DnsError),
        ("a.example", Arc::new(|_| Act::Nothing), Fault::NameServerSilent, ErrorType::DnsTimeout),
    ];
    for (name, script, fault, error) in cases {
        let failure = look(script, name).await.failure().unwrap();
        assert_eq!((failure.fault, failure.phase), (fault, Phase::Resolve), "{name}");
        assert_eq!((failure.error_type(), failure.retry), (error, Retry::Safe), "{name}");
    }
    let found = look(resolver(SHOP), "none.example.com").await;
    assert_eq!(found.negative_ttl_s, Some(120));
}

#[tokio::test]
async fn garbage_is_shown_and_silence_ends_in_time() {
    let failure = look(Arc::new(|_| Act::Garbage), "a.example").await.failure().unwrap();
    assert!(failure.began.ends_with(b"what is this?"), "{failure:?}");
    assert!(failure.received > 0 && failure.sent > 0);

    let failure = look(Arc::new(|_| Act::Nothing), "a.example").await.failure().unwrap();
    assert!(failure.after >= Duration::from_millis(590));
}

#[tokio::test]
async fn nobody_listening_is_told_at_once_by_errno() {
    let free = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    // It must be told at once, since waiting has no end.
    let never = Limits { resolve: Duration::MAX, ..Limits::default() };
    let failure = lookup("a.example", &Servers::Given(free), &never).await.unwrap_err();
    assert_eq!(failure.fault, Fault::NameServerRefused);
    assert_eq!(failure.errno.and_then(goodgate_facts::Errno::name), Some("ECONNREFUSED"));
}

#[tokio::test]
async fn what_is_cut_is_fetched_over_tcp() {
    let full = resolver(SHOP);
    let cut: Script = Arc::new(move |query| match full(query) {
        Act::Say(message) => Act::Cut(message),
        other => other,
    });
    assert_eq!(look(cut, "shop.example.com").await.addresses.len(), 3);
}

/// A resolver whose answers are all cut over UDP and that serves TCP in this way.
fn cut_over_udp(over_tcp: OverTcp) -> impl Future<Output = Played> {
    let full = resolver(SHOP);
    let cut: Script = Arc::new(move |query| match full(query) {
        Act::Say(message) => Act::Cut(message),
        other => other,
    });
    Played::start_with(cut, over_tcp)
}

#[tokio::test]
async fn a_cut_answer_leaves_tcp_all_the_time_there_is() {
    // Longer than the third of the time in which a first answer over UDP is waited for.
    let server = cut_over_udp(OverTcp::After(Duration::from_millis(500))).await;
    let found = lookup("shop.example.com", &Servers::Given(server.address), &limits(1000)).await.unwrap();
    assert_eq!(found.addresses.len(), 3);
}

#[tokio::test]
async fn a_server_whose_answer_is_cut_is_neither_silent_nor_refusing() {
    for (over_tcp, errno) in [
        (OverTcp::Refused, Some("ECONNREFUSED")),
        (OverTcp::Closed, None),
        (OverTcp::After(Duration::from_secs(60)), None),
    ] {
        let server = cut_over_udp(over_tcp).await;
        let found = inquire("shop.example.com", &Servers::Given(server.address), &limits(600)).await;
        let failure = found.ipv4.unwrap_err();
        assert_eq!(failure.fault, Fault::NameAnswerUnreadable, "{over_tcp:?}");
        assert_eq!(failure.errno.and_then(goodgate_facts::Errno::name), errno);
        // Its own flags and question.
        assert_eq!(failure.began.get(2).map(|flags| flags & 0b1000_0010), Some(0b1000_0010));
        let question = "shop.example.com".len() + 2 + 4;
        assert!(failure.received >= 12 + question as u64 && failure.sent >= failure.received, "{failure:?}");
    }
}

#[tokio::test]
async fn a_server_is_not_silent_that_was_not_asked() {
    let server = Played::start(resolver(SHOP)).await;
    let name = host_name("shop.example.com").unwrap();
    let failure = ask(server.address, &Question::recursive(&name, RecordType::A), Instant::now()).await;
    let failure = failure.unwrap_err();
    assert_eq!((failure.fault, failure.side), (Fault::NameServerUnasked, goodgate_facts::Side::Gateway));
    assert_eq!((failure.error_type(), failure.sent), (ErrorType::DnsTimeout, 0));
    assert!(server.asked().is_empty());
}

#[test]
fn a_name_server_out_of_reach_says_nothing_of_the_site() {
    for fault in [Fault::Unroutable, Fault::ConnectFailed] {
        assert_eq!(Failure::new(fault, Phase::Resolve).error_type(), ErrorType::DnsError);
        assert_ne!(Failure::new(fault, Phase::Connect).error_type(), ErrorType::DnsError);
    }
}

#[tokio::test]
async fn limits_without_end_are_none() {
    let never = Limits { resolve: Duration::MAX, ..Limits::default() };
    let net = internet(resolver(KNOWN), authority(COM), authority(EXAMPLE), authority(EXAMPLE)).await;
    let given = Servers::Given(net.resolver.address);
    assert_eq!(lookup("shop.example.com", &given, &never).await.unwrap().addresses.len(), 1);
    assert!(resolver_works(net.resolver.address, &never).await.is_ok());
    let direct = Direct { port: net.port, permitted: |_| true };
    assert_eq!(zone("shop.example.com", &given, direct, &never).await.unwrap().apex, "example.com");
}

#[tokio::test]
async fn a_dead_family_does_not_hold_the_other_back() {
    for dead in [RecordType::A, RecordType::AAAA] {
        let deaf = move |query: &Message| match query.queries[0].query_type() == dead {
            true => Act::Nothing,
            false => resolver(SHOP)(query),
        };
        let server = Played::start(Arc::new(deaf)).await;
        let never = Limits { resolve: Duration::MAX, ..Limits::default() };
        let found = lookup("shop.example.com", &Servers::Given(server.address), &never).await.unwrap();
        let failed = [found.ipv4, found.ipv6].into_iter().find_map(Result::err).unwrap();
        assert_eq!(failed.fault, Fault::NameServerSilent);
        assert!(failed.after >= AFTER_OTHER && found.dnssec == Dnssec::Unverified);
    }
}

#[tokio::test]
async fn a_time_to_live_of_more_than_31_bits_is_none() {
    let odd = "odd.example.com 2147483648 A 192.0.2.1
most.example.com 2147483647 A 192.0.2.1
alias.example.com 4294967295 CNAME most.example.com
example.com 4294967295 SOA 120
example.net 600 SOA 4294967295";
    for (name, ttl_s) in
        [("odd.example.com", 0), ("most.example.com", i32::MAX.unsigned_abs()), ("alias.example.com", 0)]
    {
        let found = look(resolver(odd), name).await;
        assert_eq!(found.addresses, [Address { ip: ip("192.0.2.1"), ttl_s: Some(ttl_s) }], "{name}");
    }
    for name in ["none.example.com", "none.example.net"] {
        assert_eq!(look(resolver(odd), name).await.negative_ttl_s, Some(0));
    }
}

#[tokio::test]
async fn a_server_that_does_not_know_edns_is_asked_without() {
    let plain = resolver(SHOP);
    let old: Script = Arc::new(move |query| match &query.edns {
        Some(_) => refusal(query, ResponseCode::FormErr),
        None => plain(query),
    });
    let found = look(old, "four.example.com").await;
    assert_eq!(addresses(&found), ["192.0.2.4"]);
}

#[tokio::test]
async fn answers_to_other_questions_are_passed_over() {
    let other: Script = Arc::new(|query| {
        let mut message = reply_to(query);
        message.queries[0].set_name(Name::from_ascii("evil.example.").unwrap());
        Act::Say(message)
    });
    let failure = look(other, "shop.example.com").await.failure().unwrap();
    assert_eq!(failure.fault, Fault::NameAnswerUnreadable);
}

#[tokio::test]
async fn signatures_are_told_by_the_resolver() {
    let verified: Script = Arc::new(|query| match resolver(SHOP)(query) {
        Act::Say(mut message) => {
            message.metadata.authentic_data = query.metadata.authentic_data;
            Act::Say(message)
        }
        other => other,
    });
    assert_eq!(look(verified, "shop.example.com").await.dnssec, Dnssec::Verified);

    let bogus: Script = Arc::new(|query| match query.metadata.checking_disabled {
        true => resolver(SHOP)(query),
        false => refusal(query, ResponseCode::ServFail),
    });
    let found = look(bogus, "shop.example.com").await;
    assert_eq!((found.failure().unwrap().fault, found.dnssec), (Fault::DnssecBogus, Dnssec::Bogus));

    let told: Script = Arc::new(|query| with_extended_error(refusal(query, ResponseCode::ServFail), 7));
    let found = look(told, "shop.example.com").await;
    assert_eq!((found.failure().unwrap().fault, found.extended), (Fault::DnssecBogus, vec![7]));
}

#[tokio::test]
async fn a_failure_that_passes_is_not_called_bogus() {
    let asked = AtomicUsize::new(0);
    let passing: Script = Arc::new(move |query| match asked.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => refusal(query, ResponseCode::ServFail),
        _ => resolver(SHOP)(query),
    });
    let found = look(passing, "shop.example.com").await;
    assert_eq!(found.failure().unwrap().fault, Fault::NameServerFailed(2));
}

#[tokio::test]
async fn the_next_resolver_is_asked_when_one_fails_or_is_silent() {
    let silent = Played::start(Arc::new(|_| Act::Nothing)).await;
    let failing = Played::start(Arc::new(|query| refusal(query, ResponseCode::ServFail))).await;
    let good = Played::start(resolver(SHOP)).await;
    for first in [&silent, &failing] {
        let system = System::with(vec![first.address, good.address], "");
        let found = lookup("shop.example.com", &Servers::Configured(system), &limits(900)).await.unwrap();
        assert_eq!(found.server, Some(good.address));
    }
    let system = System::with(vec![silent.address, failing.address], "");
    let failure = lookup("a.example", &Servers::Configured(system), &limits(600)).await.unwrap_err();
    assert_eq!(failure.fault, Fault::NameServerFailed(2));
}

#[tokio::test]
async fn nobody_is_asked_for_what_is_known() {
    let server = Played::start(resolver(SHOP)).await;
    let system = System::with(vec![server.address], "192.0.2.99 shop.example.com");
    let configured = Servers::Configured(system);
    let found = lookup("shop.example.com", &configured, &limits(600)).await.unwrap();
    assert_eq!((addresses(&found), found.from_hosts), (vec!["192.0.2.99".to_owned()], true));
    assert_eq!(found.ipv6.unwrap_err().fault, Fault::NameEmpty);
    assert!(lookup("localhost", &configured, &limits(600)).await.unwrap().from_hosts);
    for literal in ["192.0.2.5", "2001:db8::5", "[2001:db8::5]"] {
        let found = lookup(literal, &configured, &limits(600)).await.unwrap();
        assert_eq!((found.addresses.len(), found.from_hosts), (1, false));
    }
    for invalid in ["", ".", "a..b", "-a.example", "a b", "ü.example", &"a.".repeat(130), &"a".repeat(64)] {
        let failure = lookup(invalid, &configured, &limits(600)).await.unwrap_err();
        assert_eq!((failure.fault, failure.side), (Fault::NameInvalid, goodgate_facts::Side::Gateway));
    }
    assert!(server.asked().is_empty());
}

/// A resolver, the servers of com, two of example.com.
struct Internet {
    resolver: Played,
    port: u16,
    servers: Vec<Played>,
}

const COM: &str = "
com 600 SOA 900
com 600 NS a.gtld.example
example.com 600 NS ns1.example.com
example.com 600 NS ns2.example.com
ns1.example.com 600 A 127.0.0.3
ns2.example.com 600 A 127.0.0.4";

const EXAMPLE: &str = "
example.com 600 SOA 120
example.com 600 NS ns1.example.com
example.com 600 NS ns2.example.com
shop.example.com 300 A 192.0.2.1
www.example.com 300 CNAME shop.example.com
cdn.example.com 300 CNAME far.example.net";

const KNOWN: &str = "
. 600 SOA 900
. 600 NS root.example
com 600 SOA 900
com 600 NS a.gtld.example
a.gtld.example 600 A 127.0.0.2
root.example 600 A 127.0.0.9
example.com 600 SOA 120
example.com 600 NS ns1.example.com
example.com 600 NS ns2.example.com
ns1.example.com 600 A 127.0.0.3
ns2.example.com 600 A 127.0.0.4
shop.example.com 300 A 192.0.2.1";

async fn internet(resolver: Script, com: Script, one: Script, two: Script) -> Internet {
    let all = [("127.0.0.2", com), ("127.0.0.3", one), ("127.0.0.4", two)];
    let servers = Played::several(all.to_vec()).await;
    Internet { resolver: Played::start(resolver).await, port: servers[0].address.port(), servers }
}

impl Internet {
    async fn zone(&self, name: &str) -> Result<Zone, Failure> {
        let direct = Direct { port: self.port, permitted: |_| true };
        zone(name, &Servers::Given(self.resolver.address), direct, &limits(1500)).await
    }
}

fn said(server: &ZoneServer) -> (bool, u16, usize) {
    let answer = server.answer.as_ref().unwrap();
    (answer.aa, answer.rcode, answer.addresses.len())
}

#[tokio::test]
async fn a_zone_is_found_and_its_servers_are_asked() {
    let net = internet(resolver(KNOWN), authority(COM), authority(EXAMPLE), authority(EXAMPLE)).await;
    let found = net.zone("shop.example.com").await.unwrap();
    assert_eq!(found.apex, "example.com");
    let names = vec!["ns1.example.com".to_owned(), "ns2.example.com".to_owned()];
    let parent = found.parent.clone().unwrap();
    assert_eq!((parent.apex.as_str(), parent.delegation), ("com", Ok(Delegation::Named(names))));
    assert_eq!(found.servers.iter().map(said).collect::<Vec<_>>(), [(true, 0, 1), (true, 0, 1)]);
    assert!(found.servers.iter().all(|server| server.delegated && !server.is_lame()));

    let found = net.zone("none.example.com").await.unwrap();
    assert_eq!(said(&found.servers[0]), (true, 3, 0));
    assert_eq!(found.servers[0].answer.as_ref().unwrap().soa_minimum_s, Some(120));
    let found = net.zone("cdn.example.com").await.unwrap();
    assert_eq!(found.servers[1].answer.as_ref().unwrap().aliases, ["far.example.net"]);
    let found = net.zone("www.example.com").await.unwrap();
    assert_eq!(said(&found.servers[1]), (true, 0, 1));
}

#[tokio::test]
async fn a_lame_and_a_silent_server_are_told_apart() {
    let refuse: Script = Arc::new(|query| refusal(query, ResponseCode::Refused));
    let net = internet(resolver(KNOWN), authority(COM), refuse, Arc::new(|_| Act::Nothing)).await;
    let found = net.zone("shop.example.com").await.unwrap();
    assert!(found.servers[0].is_lame() && !found.servers[1].is_lame());
    assert_eq!(found.servers[1].answer.as_ref().unwrap_err().fault, Fault::NameServerSilent);
}

#[tokio::test]
async fn a_zone_is_found_though_the_resolver_cannot_reach_it() {
    for slow in [false, true] {
        let fails = move |query: &Message| match slow {
            true => Act::Nothing,
            false => refusal(query, ResponseCode::ServFail),
        };
        let resolver = but(resolver(KNOWN), &["example.com"], fails);
        let silent: Script = Arc::new(|_| Act::Nothing);
        let net = internet(resolver, authority(COM), silent.clone(), silent).await;
        let found = net.zone("shop.example.com").await.unwrap();
        assert_eq!((found.apex.as_str(), found.servers.len()), ("example.com", 2));
        for server in &found.servers {
            assert_eq!(server.addresses.len(), 1, "the address comes along with the delegation");
            assert_eq!(server.answer.as_ref().unwrap_err().fault, Fault::NameServerSilent);
        }
    }
}

#[tokio::test]
async fn a_zone_that_the_zone_above_has_dropped_is_told() {
    let dropped = "com 600 SOA 900\ncom 600 NS a.gtld.example";
    let net = internet(resolver(KNOWN), authority(dropped), authority(EXAMPLE), authority(EXAMPLE)).await;
    let found = net.zone("shop.example.com").await.unwrap();
    assert_eq!(found.parent.unwrap().delegation, Ok(Delegation::Missing));
    assert!(found.servers.iter().all(|server| !server.delegated));

    let known =
        ". 600 SOA 9\n. 600 NS root.example\ncom 600 NS a.gtld.example\na.gtld.example 60 A 127.0.0.2";
    let net = internet(resolver(known), authority(dropped), authority(EXAMPLE), authority(EXAMPLE)).await;
    let found = net.zone("www.unregistered.com").await.unwrap();
    assert_eq!((found.apex.as_str(), said(&found.servers[0])), ("com", (true, 3, 0)));
    assert!(net.servers[1].asked().is_empty());
}

#[tokio::test]
async fn a_zone_below_is_found_by_referral() {
    let cut =
        format!("{EXAMPLE}\ndeep.example.com 60 NS ns.deep.example.com\nns.deep.example.com 60 A 127.0.0.4");
    let deep = "deep.example.com 60 SOA 60\na.deep.example.com 60 A 192.0.2.3";
    let net = internet(resolver(KNOWN), authority(COM), authority(&cut), authority(deep)).await;
    let found = net.zone("a.deep.example.com").await.unwrap();
    assert_eq!((found.apex.as_str(), said(&found.servers[0])), ("deep.example.com", (true, 0, 1)));
    assert_eq!(found.parent.unwrap().apex, "example.com");
}

#[tokio::test]
async fn a_dead_server_above_takes_no_time_from_those_below() {
    let cut = format!(
        "{EXAMPLE}\ndeep.example.com 60 NS ns.deep.example.com\nns.deep.example.com 60 A 127.0.0.5
a.deep.example.com 60 A 192.0.2.99"
    );
    let deep = "deep.example.com 60 SOA 60\na.deep.example.com 60 A 192.0.2.3";
    let silent: Script = Arc::new(|_| Act::Nothing);
    let servers = vec![
        ("127.0.0.2", authority(COM)),
        ("127.0.0.3", authority(&cut)),
        ("127.0.0.4", silent),
        ("127.0.0.5", authority(deep)),
    ];
    let servers = Played::several(servers).await;
    let net =
        Internet { resolver: Played::start(resolver(KNOWN)).await, port: servers[0].address.port(), servers };
    let found = net.zone("a.deep.example.com").await.unwrap();
    assert_eq!((found.apex.as_str(), found.servers.len()), ("deep.example.com", 1));
    assert_eq!(said(&found.servers[0]), (true, 0, 1));
}

#[tokio::test]
async fn servers_that_disagree_are_asked_again() {
    let other = EXAMPLE.replace("192.0.2.1", "198.51.100.9");
    let net = internet(resolver(KNOWN), authority(COM), authority(EXAMPLE), authority(&other)).await;
    let found = net.zone("shop.example.com").await.unwrap();
    assert!(found.servers.iter().all(|server| !server.answer.as_ref().unwrap().varies));
    assert_eq!(net.servers[1].asked().len(), 4);

    let turn = AtomicUsize::new(0);
    let spreads: Script = Arc::new(move |query| {
        let turn = turn.fetch_add(1, Ordering::Relaxed);
        authority(&EXAMPLE.replace("192.0.2.1", &format!("192.0.2.{}", turn / 2 + 10)))(query)
    });
    let net = internet(resolver(KNOWN), authority(COM), authority(EXAMPLE), spreads).await;
    let found = net.zone("shop.example.com").await.unwrap();
    let varies: Vec<bool> = found.servers.iter().map(|s| s.answer.as_ref().unwrap().varies).collect();
    assert_eq!(varies, [false, true]);
}

#[tokio::test]
async fn addresses_that_may_not_be_asked_are_left_alone() {
    let net = internet(resolver(KNOWN), authority(COM), authority(EXAMPLE), authority(EXAMPLE)).await;
    let direct = Direct { port: net.port, permitted: |ip| ip != IpAddr::from([127, 0, 0, 4]) };
    let found = zone("shop.example.com", &Servers::Given(net.resolver.address), direct, &limits(1500)).await;
    let servers = found.unwrap().servers;
    assert_eq!((said(&servers[0]), servers[1].addresses.len()), ((true, 0, 1), 0));
    let failure = servers[1].answer.as_ref().unwrap_err();
    assert_eq!(failure.fault, Fault::NameServerForbidden);
    assert_eq!(failure.error_type(), ErrorType::DestinationIpProhibited);
    assert_eq!(failure.side, goodgate_facts::Side::Gateway);
    assert!(!servers[1].is_lame() && net.servers[2].asked().is_empty());
}

#[tokio::test]
async fn a_resolver_that_works_knows_the_root() {
    let good = Played::start(resolver(KNOWN)).await;
    assert!(resolver_works(good.address, &limits(600)).await.is_ok());
    let cut_off = Played::start(Arc::new(|query| refusal(query, ResponseCode::ServFail))).await;
    let failure = resolver_works(cut_off.address, &limits(600)).await.unwrap_err();
    assert_eq!(failure.fault, Fault::NameServerFailed(2));
}

#[tokio::test]
async fn without_a_resolver_there_is_no_zone() {
    let silent: Script = Arc::new(|_| Act::Nothing);
    let net = internet(silent.clone(), silent.clone(), silent.clone(), silent).await;
    let failure = net.zone("shop.example.com").await.unwrap_err();
    assert_eq!(failure.fault, Fault::NameServerSilent);
}

proptest! {
    #[test]
    fn whatever_comes_is_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0..40usize) {
        let name = host_name("shop.example.com").unwrap();
        let good = match resolver(SHOP)(&{
            let mut query = Message::query();
            query.add_query(hickory_proto::op::Query::query(name.clone(), RecordType::A));
            query
        }) {
            Act::Say(message) => message.to_vec().unwrap(),
            _ => Vec::new(),
        };
        let mut changed = good.clone();
        for (place, byte) in bytes.iter().enumerate().take(8) {
            if let Some(old) = changed.get_mut((at + place * 7) % good.len().max(1)) {
                *old = *byte;
            }
        }
        for bytes in [bytes, changed] {
            let Ok(message) = Message::from_vec(&bytes) else { continue };
            let said = reply::said(&message, &name, RecordType::A);
            let _ = reply::why_none(&message, &said);
            let _ = reply::referral(&message, &Name::root(), &name);
            let _ = reply::servers_at(&message, &name);
            let _ = (reply::extended_errors(&message), reply::negative_ttl_s(&message));
        }
    }

    #[test]
    fn a_host_name_is_read_or_refused(text in ".{0,80}") {
        let _ = host_name(&text);
        let _ = System::with(Vec::new(), &text).without_asking(&text);
    }
}

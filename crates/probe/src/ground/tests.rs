//! Own ground against resolvers that answer, are silent, cut off, or invent.

use std::sync::Arc;

use goodgate_wire::Limits;
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

use super::*;
use crate::played::{Act, Played, Script, but, refusal, resolver};

const ROOT: &str = ". 600 SOA 900\n. 600 NS root.example\nsite.example.com 60 A 9.9.9.9";

fn plan(url: &str) -> Plan {
    let mut plan = Plan::new(Url::parse(url).unwrap());
    plan.limits = Limits { resolve: Duration::from_millis(400), ..Limits::default() };
    plan
}

async fn ground(scripts: Vec<Script>) -> (GroundLook, Vec<Played>) {
    let mut servers = Vec::new();
    for script in scripts {
        servers.push(Played::start(script).await);
    }
    let system = System::with(servers.iter().map(|server| server.address).collect(), "");
    let mut look = look_at(&plan("https://site.example.com/"), &system, &[]).await;
    // Not this computer's routes but those of a computer that is well.
    look.ipv4 = Route::Out([9, 9, 9, 9].into());
    look.ipv6 = look.ipv4;
    (look, servers)
}

fn told(look: &GroundLook) -> Vec<&'static str> {
    let mut evidence = Evidence::new();
    signals(look, Moment::UNIX_EPOCH, &mut evidence);
    evidence.signals().iter().map(|signal| signal.id.as_str()).collect()
}

fn silent() -> Script {
    Arc::new(|_| Act::Nothing)
}

#[tokio::test]
async fn a_resolver_that_works_and_one_that_is_silent() {
    let (look, servers) = ground(vec![resolver(ROOT)]).await;
    assert_eq!(told(&look), ["own-network-up", "own-resolver-works"]);
    let mut asked = servers[0].asked();
    asked.sort();
    let expected = [".", "nobody-here.goodgate.invalid", "nobody-here.goodgate.invalid"];
    assert_eq!(asked.len(), expected.len(), "nobody is asked for anything else: {asked:?}");

    let began = Instant::now();
    let (look, _servers) = ground(vec![silent(), silent()]).await;
    assert_eq!(told(&look), ["own-resolver-silent"]);
    assert!(began.elapsed() < Duration::from_millis(800));
    let (look, _servers) = ground(vec![silent(), resolver(ROOT)]).await;
    assert_eq!(told(&look), ["own-network-up", "own-resolver-works"]);
}

#[tokio::test]
async fn a_resolver_that_answers_but_knows_nothing_proves_nothing() {
    let (look, _servers) = ground(vec![Arc::new(|query| refusal(query, ResponseCode::ServFail))]).await;
    assert!(look.resolvers[0].answers && look.resolvers[0].works.is_err());
    assert!(told(&look).is_empty());
}

#[tokio::test]
async fn a_portal_invents_an_address_of_its_own_network() {
    for (ip, portal) in [("10.1.1.1", true), ("9.9.9.9", false), ("198.18.0.7", false), ("0.0.0.0", false)] {
        let invents = move |query: &hickory_proto::op::Message| {
            let name = "nobody-here.goodgate.invalid";
            match query.queries[0].query_type() {
                RecordType::A => resolver(&format!("{name} 60 A {ip}"))(query),
                _ => resolver(&format!("{name} 60 NS {name}"))(query),
            }
        };
        let (look, _servers) = ground(vec![but(resolver(ROOT), &["invalid"], invents)]).await;
        assert_eq!(told(&look).contains(&"captive-portal"), portal, "{ip}");
        assert!(look.invents(&[ip.parse().unwrap()]) && !look.invents(&[]));
    }
}

#[test]
fn routes_are_told_by_the_address_that_would_be_sent_from() {
    let from = |ip: &str| leaves(ip.parse().unwrap());
    assert!(matches!(from("192.168.1.7"), Route::Out(_)));
    assert!(matches!(from("2a00::7"), Route::Out(_)));
    assert!(matches!(from("169.254.3.4"), Route::Confined(_)));
    assert!(matches!(from("fd00::2"), Route::Confined(_)));
    for ip in ["127.0.0.1", "0.0.0.0", "::", "::1", "fe80::1"] {
        assert_eq!(from(ip), Route::Absent, "{ip}");
    }
    // Whatever this computer's routes are, looking them up does not fail.
    let _ = (route(SOMEWHERE_V4.into()), route(SOMEWHERE_V6.into()));
}

#[test]
fn missing_routes_are_put_down() {
    let out = Route::Out([9, 9, 9, 9].into());
    let confined = Route::Confined([169, 254, 1, 1].into());
    let ula = Route::Confined("fd00::2".parse().unwrap());
    let cases = [
        (Route::Absent, Route::Absent, vec!["own-network-down"]),
        (confined, Route::Absent, vec!["own-network-down"]),
        (out, Route::Absent, vec!["own-ipv6-absent"]),
        (Route::Absent, out, vec!["own-ipv4-absent"]),
        (out, ula, vec![]),
    ];
    for (ipv4, ipv6, expected) in cases {
        let look = GroundLook { ipv4, ipv6, resolvers: Vec::new(), proxy: None, took: Duration::ZERO };
        assert_eq!(told(&look), expected);
        assert!(look.lacks_ipv6() || ipv6 == out);
    }
}

#[test]
fn the_proxy_of_the_environment_is_the_scheme_s_own() {
    let variables = |list: &[(&str, &str)]| {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
    };
    let found = |url: &str, list: &[(&str, &str)]| {
        proxy(&Url::parse(url).unwrap(), &variables(list)).map(|proxy| (proxy.variable, proxy.address))
    };
    let secret = [("https_proxy", "http://me:secret@proxy.example:3128"), ("http_proxy", "plain:80")];
    let expected = Some(("https_proxy".to_owned(), "proxy.example:3128".to_owned()));
    assert_eq!(found("https://a.example/", &secret), expected);
    assert_eq!(found("http://a.example/", &secret).unwrap().1, "plain:80");
    assert_eq!(found("http://a.example/", &[("HTTP_PROXY", "x:1")]), None, "may come from a request");
    assert_eq!(found("http://a.example/", &[("ALL_PROXY", "x:1")]).unwrap().1, "x:1");
    for list in ["*", "a.example", ".example", "b.test, example"] {
        assert_eq!(found("https://a.example/", &[secret[0], ("no_proxy", list)]), None, "{list}");
    }
    assert!(found("https://a.example/", &[secret[0], ("NO_PROXY", "xample,other.example")]).is_some());
    assert_eq!(found("https://a.example/", &[("https_proxy", " ")]), None);
}

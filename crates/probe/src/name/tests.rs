//! What is said of a name, against resolvers and zone servers that disagree, fail, are silent or lie.

use std::sync::Arc;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::RecordType;

use super::*;
use crate::played::{Act, Played, Script, authority, but, refusal, resolver};
use goodgate_facts::{Evidence, Moment, Signal, Value};
use goodgate_wire::Fault;
use url::Url;

const NAME: &str = "shop.example.com";

const COM: &str = "
com 600 SOA 900
com 600 NS a.gtld.example
example.com 600 NS ns1.example.com
example.com 600 NS ns2.example.com
ns1.example.com 600 A 127.0.0.3
ns2.example.com 600 A 127.0.0.4";

const ZONE: &str = "
example.com 600 SOA 120
example.com 600 NS ns1.example.com
example.com 600 NS ns2.example.com";

const DELEGATION: &str = "
. 600 SOA 900
. 600 NS root.example
com 600 SOA 900
com 600 NS a.gtld.example
a.gtld.example 600 A 127.0.0.2
root.example 600 A 127.0.0.2";

fn zone_with(records: &str) -> Script {
    authority(&format!("{ZONE}\n{records}"))
}

fn resolver_with(records: &str) -> Script {
    let zone =
        format!("{DELEGATION}\n{ZONE}\nns1.example.com 600 A 127.0.0.3\nns2.example.com 600 A 127.0.0.4");
    resolver(&format!("{zone}\n{records}"))
}

fn silent() -> Script {
    Arc::new(|_| Act::Nothing)
}

fn refusing(code: ResponseCode) -> Script {
    Arc::new(move |query| refusal(query, code))
}

/// The zone com and the two servers of example.com, this computer's resolver, given ones, its hosts file.
struct World {
    com: Script,
    one: Script,
    two: Script,
    system: Script,
    given: Vec<Script>,
    hosts: &'static str,
}

impl Default for World {
    fn default() -> Self {
        let records = "shop.example.com 300 A 9.9.9.9";
        Self {
            com: authority(COM),
            one: zone_with(records),
            two: zone_with(records),
            system: resolver_with(records),
            given: Vec::new(),
            hosts: "",
        }
    }
}

struct Seen {
    look: NameLook,
    signals: Vec<Signal>,
    /// Questions that came to the zone's servers and the one above.
    direct: usize,
}

impl Seen {
    fn ids(&self) -> Vec<&'static str> {
        self.signals.iter().map(|signal| signal.id.as_str()).collect()
    }

    fn value(&self, id: &str) -> &Value {
        &self.signals.iter().find(|signal| signal.id.as_str() == id).unwrap().value
    }
}

impl World {
    async fn look(self, host: &str) -> Seen {
        self.look_with(host, |_| {}).await
    }

    async fn look_with(self, host: &str, change: impl FnOnce(&mut Plan)) -> Seen {
        let scripts = vec![("127.0.0.2", self.com), ("127.0.0.3", self.one), ("127.0.0.4", self.two)];
        let zone = Played::several(scripts).await;
        let own = Played::start(self.system).await;
        let mut plan = Plan::new(Url::parse(&format!("https://{host}/")).unwrap());
        plan.limits = Limits { resolve: Duration::from_millis(1500), ..Limits::default() };
        let mut given = Vec::new();
        for script in self.given {
            given.push(Played::start(script).await);
        }
        plan.resolvers = given.iter().map(|server| server.address).collect();
        change(&mut plan);
        let system = System::with(vec![own.address], self.hosts);
        let direct = Direct { port: zone[0].address.port(), permitted: |_| true };
        let look = look_at(&plan, host, &system, direct, tokio::sync::oneshot::channel().0).await;
        assert!(look.took < plan.limits.resolve + Duration::from_millis(300), "{:?}", look.took);
        let mut evidence = Evidence::new();
        signals(&look, Moment::UNIX_EPOCH, &mut evidence);
        let direct = zone.iter().map(|server| server.asked().len()).sum();
        Seen { look, signals: evidence.signals().to_vec(), direct }
    }
}

#[tokio::test]
async fn all_is_well() {
    let world = World { given: vec![resolver_with("shop.example.com 300 A 9.9.9.9")], ..World::default() };
    let seen = world.look(NAME).await;
    assert_eq!(seen.ids(), ["zone-found"]);
    assert_eq!(seen.look.addresses(), [IpAddr::from([9, 9, 9, 9])]);
    assert!(seen.direct > 0 && !seen.look.from_hosts());
    assert_eq!(&*seen.signals[0].source.file, "dns shop.example.com @ns1.example.com");
}

#[tokio::test]
async fn nobody_asks_the_zone_without_leave_or_need() {
    for host in ["localhost", "printer", "nas.local", "db.internal"] {
        let seen = World::default().look(host).await;
        assert_eq!((seen.look.zone.is_none(), seen.direct), (true, 0), "{host}");
    }
    let seen = World::default().look_with(NAME, |plan| plan.zone = false).await;
    assert_eq!((seen.look.zone.is_none(), seen.direct, seen.ids().len()), (true, 0, 0));
    let seen = World { hosts: "9.9.9.9 shop.example.com", ..World::default() }.look(NAME).await;
    assert_eq!((seen.direct, seen.ids()), (0, vec![]), "the hosts file says what DNS says");
}

#[tokio::test]
async fn a_hosts_file_overrides() {
    let seen = World { hosts: "10.0.0.1 shop.example.com", ..World::default() }.look(NAME).await;
    assert_eq!((seen.ids(), seen.look.from_hosts()), (vec!["hosts-file-overrides"], true));
    assert_eq!(seen.value("hosts-file-overrides"), &Value::Word("10.0.0.1".to_owned()));
    let seen = World { hosts: "10.0.0.1 db.internal", ..World::default() }.look("db.internal").await;
    assert!(seen.ids().is_empty(), "that is what a hosts file is for");
}

#[tokio::test]
async fn every_failure_of_the_name_has_its_signal() {
    let cases: [(Script, &str); 6] = [
        (refusing(ResponseCode::ServFail), "site-name-server-failed"),
        (refusing(ResponseCode::Refused), "site-name-server-failed"),
        (Arc::new(|_| Act::Garbage), "site-name-server-failed"),
        (silent(), "site-name-timed-out"),
        (resolver("com 60 SOA 60"), "site-name-not-found"),
        (resolver("shop.example.com 60 NS ns1.example.com"), "site-name-empty"),
    ];
    for (system, expected) in cases {
        let seen = World { system, ..World::default() }.look_with(NAME, |plan| plan.zone = false).await;
        assert_eq!(seen.ids(), [expected]);
        assert!(seen.look.addresses().is_empty());
    }
    let seen = World::default().look("a..example.com").await;
    assert_eq!(seen.ids(), ["site-name-invalid"]);
    let gone =
        World { one: zone_with(""), two: zone_with(""), system: resolver_with(""), ..World::default() };
    let seen = gone.look(NAME).await;
    assert_eq!(seen.ids(), ["site-name-not-found", "zone-name-missing"]);
    assert_eq!(seen.value("zone-name-missing"), &Value::Seconds(120.0));
}

#[tokio::test]
async fn the_own_resolver_alone_fails() {
    let world = World { system: resolver_with(""), ..World::default() };
    let seen = world.look(NAME).await;
    assert_eq!(seen.ids(), ["site-name-not-found", "own-resolver-alone-fails", "zone-found"]);
    assert_eq!(seen.value("own-resolver-alone-fails"), &Value::Seconds(120.0), "until then it is remembered");
    assert_eq!(seen.look.addresses(), [IpAddr::from([9, 9, 9, 9])]);

    let given = vec![resolver_with("shop.example.com 300 A 9.9.9.9")];
    let world = World { system: silent(), given, ..World::default() };
    let seen = world.look(NAME).await;
    assert_eq!(seen.ids(), ["site-name-timed-out", "own-resolver-alone-fails", "zone-found"]);
    let world = World {
        system: resolver_with(""),
        given: vec![resolver_with("")],
        two: silent(),
        ..World::default()
    };
    let seen = world.look(NAME).await;
    assert!(!seen.ids().contains(&"own-resolver-alone-fails"), "the zone is ill: {:?}", seen.ids());
}

#[tokio::test]
async fn the_own_resolver_is_stale() {
    let old = "shop.example.com 1800 A 8.8.8.8";
    let seen = World { system: resolver_with(old), ..World::default() }.look(NAME).await;
    assert_eq!(seen.ids(), ["own-resolver-stale", "zone-found"]);
    assert_eq!(seen.value("own-resolver-stale"), &Value::Seconds(1800.0));

    let given = vec![resolver_with("shop.example.com 300 A 9.9.9.9")];
    let seen = World { system: resolver_with(old), given, ..World::default() }.look(NAME).await;
    assert_eq!(seen.ids(), ["own-resolver-stale", "zone-found"], "others agree with the zone");
    let given = vec![resolver_with(old), resolver_with("shop.example.com 300 A 9.9.9.9")];
    let seen = World { system: resolver_with(old), given, ..World::default() }.look(NAME).await;
    assert_eq!(seen.ids(), ["resolvers-disagree", "zone-found"], "not this computer's alone");
    let seen =
        World { system: resolver_with("shop.example.com 60 A 9.9.1.1"), ..World::default() }.look(NAME).await;
    assert_eq!(seen.ids(), ["zone-found"], "another part of the same network");
}

#[tokio::test]
async fn resolvers_and_zone_servers_disagree() {
    let given = vec![resolver_with("shop.example.com 300 A 8.8.8.8")];
    let seen = World { given, ..World::default() }.look_with(NAME, |plan| plan.zone = false).await;
    assert_eq!(
        (seen.ids(), seen.value("resolvers-disagree")),
        (vec!["resolvers-disagree"], &Value::Seconds(300.0))
    );

    let seen =
        World { two: zone_with("shop.example.com 900 A 8.8.8.8"), ..World::default() }.look(NAME).await;
    assert_eq!(seen.ids(), ["zone-found", "zone-servers-disagree"]);
    let seen = World { two: zone_with(""), ..World::default() }.look(NAME).await;
    assert_eq!(seen.ids(), ["zone-found", "zone-servers-disagree"], "one knows the name, one does not");

    let turn = std::sync::atomic::AtomicUsize::new(0);
    let spreads = move |query: &Message| {
        let turn = turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed) / 2;
        zone_with(&format!("shop.example.com 60 A 8.{turn}.8.8"))(query)
    };
    let seen = World { two: Arc::new(spreads), ..World::default() }.look(NAME).await;
    assert_eq!(seen.ids(), ["zone-found"], "it gives everybody another address");
}

#[tokio::test]
async fn servers_of_the_zone_are_lame_silent_or_cut_off() {
    let seen = World { two: refusing(ResponseCode::Refused), ..World::default() }.look(NAME).await;
    assert_eq!(seen.ids(), ["zone-found", "zone-lame"]);
    assert_eq!(seen.value("zone-lame"), &Value::Word("ns2.example.com".to_owned()));
    let seen = World { two: silent(), ..World::default() }.look(NAME).await;
    assert_eq!(seen.ids(), ["zone-found", "zone-server-silent"]);

    let fails = |query: &Message| refusal(query, ResponseCode::ServFail);
    let cut_off = || but(resolver(DELEGATION), &["example.com"], fails);
    let world = World { one: silent(), two: silent(), system: cut_off(), ..World::default() };
    let seen = world.look(NAME).await;
    assert_eq!(seen.ids(), ["site-name-server-failed", "zone-servers-all-silent"]);

    // Nobody outside can be asked directly: that says nothing of the zone.
    let world = World { com: silent(), one: silent(), two: silent(), ..World::default() };
    let seen = world.look(NAME).await;
    assert!(seen.ids().is_empty(), "{:?}", seen.ids());
    assert!(matches!(&seen.look.zone, Some(Ok(zone)) if zone.servers.len() == 2));

    // Something in between answers in the servers' place.
    let in_between = || resolver_with("shop.example.com 300 A 9.9.9.9");
    let world = World { com: in_between(), one: in_between(), two: in_between(), ..World::default() };
    let seen = world.look(NAME).await;
    assert!(seen.ids().is_empty(), "{:?}", seen.ids());
}

#[tokio::test]
async fn a_domain_that_is_not_delegated() {
    let dropped = authority("com 600 SOA 900\ncom 600 NS a.gtld.example");
    let seen = World { com: dropped.clone(), ..World::default() }.look(NAME).await;
    assert!(seen.ids().contains(&"zone-delegation-missing"), "{:?}", seen.ids());
    assert_eq!(seen.value("zone-delegation-missing"), &Value::Word("com".to_owned()));

    let seen =
        World { com: dropped, system: resolver(DELEGATION), ..World::default() }.look("nosuch.com").await;
    assert_eq!(seen.ids(), ["site-name-not-found", "zone-delegation-missing"]);
}

#[tokio::test]
async fn signatures_that_do_not_verify() {
    let bogus = || -> Script {
        let good = resolver_with("shop.example.com 300 A 9.9.9.9");
        Arc::new(move |query| {
            match query.metadata.checking_disabled || query.queries[0].query_type() == RecordType::NS {
                true => good(query),
                false => refusal(query, ResponseCode::ServFail),
            }
        })
    };
    let verified = || -> Script {
        let good = resolver_with("shop.example.com 300 A 9.9.9.9");
        Arc::new(move |query| match good(query) {
            Act::Say(mut message) => {
                message.metadata.authentic_data = true;
                Act::Say(message)
            }
            other => other,
        })
    };
    let plain = || resolver_with("shop.example.com 300 A 9.9.9.9");
    let look = async |system, given| World { system, given, ..World::default() }.look(NAME).await;
    let seen = look(bogus(), vec![plain()]).await;
    assert_eq!(seen.ids(), ["site-name-bogus", "zone-bogus", "zone-found"]);
    assert_eq!(seen.look.system.failure().unwrap().fault, Fault::DnssecBogus);
    assert_eq!(look(plain(), vec![bogus()]).await.ids(), ["zone-bogus", "zone-found"]);
    assert_eq!(look(verified(), vec![plain()]).await.ids(), ["zone-signed", "zone-found"]);
    let seen = look(bogus(), vec![verified()]).await;
    assert_eq!(seen.ids(), ["site-name-bogus", "own-resolver-alone-fails", "zone-found"]);
}

#[tokio::test]
async fn addresses_that_the_internet_cannot_reach() {
    let private = "shop.example.com 300 A 10.0.0.7";
    let all = |system: Script| World {
        one: zone_with(private),
        two: zone_with(private),
        system,
        ..World::default()
    };
    let seen = all(resolver_with(private)).look(NAME).await;
    assert_eq!(seen.ids(), ["zone-found", "address-not-public"]);
    assert_eq!(seen.signals[1].about.target.as_ref().unwrap().to_string(), "10.0.0.7");

    // A network's own resolver may well answer with an inner address; the zone's word counts.
    let seen = World { system: resolver_with(private), ..World::default() }.look(NAME).await;
    assert_eq!(seen.ids(), ["own-resolver-stale", "zone-found"]);

    let only_own = |records: &'static str| World { system: resolver_with(records), ..World::default() };
    let seen = only_own(private).look_with(NAME, |plan| plan.zone = false).await;
    assert_eq!(seen.ids(), ["address-not-public"]);
    let portal = "shop.example.com 60 A 10.0.0.7\nnobody-here.goodgate.invalid 60 A 10.0.0.7";
    for made_up in ["shop.example.com 60 A 0.0.0.0", "shop.example.com 60 A 198.18.0.3", portal] {
        let seen = only_own(made_up).look_with(NAME, |plan| plan.zone = false).await;
        assert!(seen.ids().is_empty(), "{made_up}: {:?}", seen.ids());
    }
}

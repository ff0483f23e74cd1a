//! What the answers for a name say when they are held against each other.

use std::net::IpAddr;

use goodgate_facts::{Errno, Evidence, Moment, Signal, SignalId, Source, SourceKind, Target, Value, id};
use goodgate_wire::{Authoritative, Delegation, Dnssec, Failure, Fault, Lookup, Zone, ZoneServer};

use super::NameLook;
use super::compare::{addresses, are_apart, of_zone};
use crate::address::{is_private_name, is_public};

/// Addresses that are put down as not public.
const NOT_PUBLIC_MAX: usize = 4;
/// "No such name" (RFC 1035 section 4.1.1).
const NXDOMAIN: u16 = 3;
/// Labels under which countries let others register: with one of these in front, a country's name is no site's.
const SECOND_LEVEL: &[&str] =
    &["ac", "co", "com", "edu", "go", "gob", "gov", "mil", "ne", "net", "or", "org"];

/// Puts down what was found.
pub(crate) fn signals(look: &NameLook, at: Moment, evidence: &mut Evidence) {
    let mut report = Report { look, at, evidence };
    failing(&mut report);
    hosts(&mut report);
    let stale = stale(&mut report);
    disagreeing(&mut report, stale);
    signatures(&mut report);
    if let Some(Ok(zone)) = &look.zone {
        zone_found(zone, &mut report);
        zone_servers(zone, &mut report);
    }
    not_public(&mut report);
}

struct Report<'a> {
    look: &'a NameLook,
    at: Moment,
    evidence: &'a mut Evidence,
}

impl Report<'_> {
    /// A signal on the name, seen in the answer of this server.
    fn signal(&self, meaning: SignalId, server: Option<&str>) -> Signal {
        let asked = match server {
            Some(server) => format!("dns {} @{server}", self.look.host),
            None => format!("dns {}", self.look.host),
        };
        Signal::new(meaning, Source::new(SourceKind::Probe, asked, 0, None)).name(&self.look.host).at(self.at)
    }

    fn add(&mut self, signal: Signal) {
        self.evidence.add(signal);
    }
}

/// The answers of the zone's servers that serve it.
pub(super) fn zone_answers(look: &NameLook) -> Vec<(&ZoneServer, &Authoritative)> {
    let Some(Ok(zone)) = &look.zone else { return Vec::new() };
    let answers = zone.servers.iter().filter_map(|server| Some((server, server.answer.as_ref().ok()?)));
    answers.filter(|(_, said)| said.aa).collect()
}

fn failing(report: &mut Report<'_>) {
    let system = &report.look.system;
    let Some(failure) = system.failure() else { return };
    let server = system.server.map(|server| server.to_string());
    let meaning = match failure.fault {
        Fault::NameNotFound => id("site-name-not-found"),
        Fault::NameEmpty => id("site-name-empty"),
        Fault::NameInvalid => id("site-name-invalid"),
        Fault::DnssecBogus => id("site-name-bogus"),
        Fault::NameServerFailed(_) | Fault::NameAnswerUnreadable => id("site-name-server-failed"),
        _ => id("site-name-timed-out"),
    };
    let signal = report.signal(meaning, server.as_deref()).value(detail(&failure));
    report.add(signal);
    if fails_alone(report.look, &failure) {
        let mut signal = report.signal(id("own-resolver-alone-fails"), server.as_deref());
        let holds = matches!(failure.fault, Fault::NameNotFound | Fault::NameEmpty);
        if let Some(ttl_s) = system.negative_ttl_s.filter(|_| holds) {
            signal = signal.value(Value::Seconds(f64::from(ttl_s)));
        }
        report.add(signal);
    }
}

/// Whether others find what this computer's resolver does not. The zone's servers count only if all of them are well:
/// else what fails here may fail for others, too.
fn fails_alone(look: &NameLook, failure: &Failure) -> bool {
    let mut given = others(look);
    match failure.fault {
        Fault::NameInvalid => false,
        Fault::DnssecBogus => given.any(|(_, lookup)| lookup.dnssec == Dnssec::Verified),
        _ => given.any(|(_, lookup)| lookup.failure().is_none()) || zone_is_well(look),
    }
}

fn zone_is_well(look: &NameLook) -> bool {
    let Some(Ok(zone)) = &look.zone else { return false };
    let finds = |server: &ZoneServer| server.answer.as_ref().is_ok_and(finds);
    let dropped = zone.parent.as_ref().is_some_and(|parent| parent.delegation == Ok(Delegation::Missing));
    !dropped && !zone.servers.is_empty() && zone.servers.iter().all(finds)
}

fn finds(said: &Authoritative) -> bool {
    said.aa && (!said.addresses.is_empty() || (!said.aliases.is_empty() && said.rcode == 0))
}

fn detail(failure: &Failure) -> Value {
    match (failure.fault, failure.errno) {
        (Fault::NameServerFailed(rcode), _) => Value::Number(i64::from(rcode)),
        (_, Some(Errno(number))) => Value::Errno(Errno(number)),
        (Fault::NameServerSilent, None) => Value::Seconds(crate::exchanges::rounded(failure.after)),
        _ => Value::None,
    }
}

/// The given resolvers that are not this computer's own.
fn others(look: &NameLook) -> impl Iterator<Item = (String, &Lookup)> {
    let given = look.given.iter().filter(|(server, _)| Some(*server) != look.system.server);
    given.map(|(server, lookup)| (server.to_string(), lookup))
}

/// Seconds after which the last of these answers is forgotten.
fn holds_s<'a>(lookups: impl Iterator<Item = &'a Lookup>) -> Value {
    let ttls = lookups.flat_map(|lookup| lookup.addresses.iter().filter_map(|address| address.ttl_s));
    ttls.max().map_or(Value::None, |ttl_s| Value::Seconds(f64::from(ttl_s)))
}

fn hosts(report: &mut Report<'_>) {
    let look = report.look;
    if !look.from_hosts() || is_private_name(&look.host) {
        return;
    }
    let own = addresses(&look.system);
    let same = |lookup: &Lookup| addresses(lookup).iter().any(|ip| own.contains(ip));
    if look.past_hosts.iter().chain(look.given.iter().map(|(_, lookup)| lookup)).any(same) {
        return;
    }
    let shown: Vec<String> = own.iter().map(ToString::to_string).collect();
    let signal = report.signal(id("hosts-file-overrides"), None).value(Value::Word(shown.join(", ")));
    report.add(signal);
}

/// This computer's resolver says something else than all of the zone's servers, which agree and keep to it, and than
/// every given resolver. Says whether it is so.
fn stale(report: &mut Report<'_>) -> bool {
    let look = report.look;
    let own = addresses(&look.system);
    let answers = zone_answers(look);
    let of_zone: Vec<Vec<IpAddr>> = answers.iter().map(|(_, said)| of_zone(said)).collect();
    let comparable = !look.from_hosts()
        && !of_zone.is_empty()
        && answers.iter().all(|(_, said)| !said.varies)
        && of_zone.iter().all(|one| of_zone.iter().all(|other| !are_apart(one, other)));
    let given_agree = others(look).all(|(_, lookup)| {
        lookup.failure().is_some() || of_zone.iter().all(|zone| !are_apart(&addresses(lookup), zone))
    });
    let stale = comparable && given_agree && of_zone.iter().all(|zone| are_apart(&own, zone));
    if stale {
        let server = look.system.server.map(|server| server.to_string());
        let signal = report.signal(id("own-resolver-stale"), server.as_deref());
        report.add(signal.value(holds_s(std::iter::once(&look.system))));
    }
    stale
}

/// Resolvers that disagree. Where this computer's alone is behind, that is said instead.
fn disagreeing(report: &mut Report<'_>, stale: bool) {
    let look = report.look;
    let own = look.past_hosts.as_ref().or((!look.from_hosts()).then_some(&look.system));
    let mut lookups: Vec<(Option<String>, &Lookup)> = Vec::new();
    lookups.extend(own.filter(|_| !stale).map(|own| (None, own)));
    lookups.extend(others(look).map(|(server, lookup)| (Some(server), lookup)));
    let apart = |one: &Lookup, other: &Lookup| are_apart(&addresses(one), &addresses(other));
    let odd = lookups
        .iter()
        .enumerate()
        .find_map(|(place, one)| lookups.iter().skip(place + 1).find(|other| apart(one.1, other.1)));
    if let Some((server, _)) = odd {
        let holds = holds_s(lookups.iter().map(|(_, lookup)| *lookup));
        let signal = report.signal(id("resolvers-disagree"), server.as_deref()).value(holds);
        report.add(signal);
    }
}

/// What resolvers say of the zone's signatures; one that verifies outweighs one that cannot.
fn signatures(report: &mut Report<'_>) {
    let look = report.look;
    let own = look.system.server.map(|server| server.to_string());
    let mut lookups = vec![(own.unwrap_or_default(), &look.system)];
    lookups.extend(others(look));
    let saying = |dnssec| lookups.iter().find(|(_, lookup)| lookup.dnssec == dnssec);
    let (meaning, server) = match (saying(Dnssec::Bogus), saying(Dnssec::Verified)) {
        (Some((server, _)), None) => (id("zone-bogus"), server),
        (None, Some((server, _))) => (id("zone-signed"), server),
        _ => return,
    };
    let signal = report.signal(meaning, Some(server));
    report.add(signal);
}

/// Whether the zone exists and what it says of the name.
fn zone_found(zone: &Zone, report: &mut Report<'_>) {
    let look = report.look;
    let answers = zone_answers(look);
    if let Some((server, _)) = answers.iter().find(|(_, said)| finds(said)) {
        let signal = report.signal(id("zone-found"), Some(&server.name));
        report.add(signal);
    }
    let missing = !answers.is_empty() && answers.iter().all(|(_, said)| said.rcode == NXDOMAIN);
    let dropped = zone.parent.as_ref().filter(|parent| parent.delegation == Ok(Delegation::Missing));
    let registry = is_registry(&zone.apex).then_some(&zone.apex).filter(|_| missing);
    if let Some(above) = dropped.map(|parent| &parent.apex).or(registry) {
        let signal = report.signal(id("zone-delegation-missing"), None).value(Value::Word(above.clone()));
        report.add(signal);
    } else if let (true, Some((server, said))) = (missing, answers.first()) {
        let holds = said.soa_minimum_s.map_or(Value::None, |ttl_s| Value::Seconds(f64::from(ttl_s)));
        let signal = report.signal(id("zone-name-missing"), Some(&server.name)).value(holds);
        report.add(signal);
    }
}

/// Whether a zone is one under which domains are registered, so that a name missing there is a domain missing.
fn is_registry(apex: &str) -> bool {
    let mut labels = apex.split('.');
    match (labels.next(), labels.next(), labels.next()) {
        (_, None, _) => true,
        (Some(second), Some(country), None) => country.len() == 2 && SECOND_LEVEL.contains(&second),
        _ => false,
    }
}

/// What is wrong with the zone's servers one by one.
fn zone_servers(zone: &Zone, report: &mut Report<'_>) {
    for server in zone.servers.iter().filter(|server| server.delegated && server.is_lame()) {
        let signal =
            report.signal(id("zone-lame"), Some(&server.name)).value(Value::Word(server.name.clone()));
        report.add(signal);
    }
    let silent = |server: &&ZoneServer| {
        let faults = [Fault::NameServerSilent, Fault::NameServerRefused];
        let fault = server.answer.as_ref().err().map(|failure| failure.fault);
        !server.addresses.is_empty() && fault.is_some_and(|fault| faults.contains(&fault))
    };
    // Many networks let nobody ask name servers but their own; then silence says nothing of the zone.
    let above = zone.parent.as_ref().is_some_and(|parent| parent.delegation.is_ok());
    let way_is_open = above || zone.servers.iter().any(|server| server.answer.is_ok());
    let mut quiet = zone.servers.iter().filter(silent).filter(|_| way_is_open).peekable();
    if quiet.peek().is_some() && zone.servers.iter().all(|server| silent(&server)) {
        let count = i64::try_from(zone.servers.len()).unwrap_or(i64::MAX);
        let signal = report.signal(id("zone-servers-all-silent"), None).value(Value::Number(count));
        report.add(signal);
    } else {
        for server in quiet {
            let signal = report.signal(id("zone-server-silent"), Some(&server.name));
            report.add(signal.value(Value::Word(server.name.clone())));
        }
    }
    let answers = zone_answers(report.look);
    let apart = |one: &Authoritative, other: &Authoritative| {
        let varies = one.varies || other.varies;
        let split = finds(one) && !finds(other) && (other.rcode == NXDOMAIN || other.rcode == 0);
        (!varies && are_apart(&of_zone(one), &of_zone(other))) || split
    };
    let odd = |other: &&(&ZoneServer, &Authoritative)| answers.iter().any(|(_, one)| apart(one, other.1));
    if let Some((server, said)) = answers.iter().find(odd) {
        let ttl_s = said.addresses.iter().map(|(_, ttl_s)| *ttl_s).max().or(said.soa_minimum_s);
        let holds = ttl_s.map_or(Value::None, |ttl_s| Value::Seconds(f64::from(ttl_s)));
        let signal = report.signal(id("zone-servers-disagree"), Some(&server.name)).value(holds);
        report.add(signal);
    }
}

/// Addresses of public DNS that the internet cannot reach: by the zone's own word, else by given resolvers', else by
/// this computer's, unless that one makes up addresses of its own.
fn not_public(report: &mut Report<'_>) {
    let look = report.look;
    if look.from_hosts() || is_private_name(&look.host) {
        return;
    }
    let zone: Vec<IpAddr> = zone_answers(look).iter().flat_map(|(_, said)| of_zone(said)).collect();
    let given: Vec<IpAddr> = others(look).flat_map(|(_, lookup)| addresses(lookup)).collect();
    let made_up = |ip: &IpAddr| is_made_up(*ip) || look.invented.contains(ip);
    let own = || addresses(&look.system).into_iter().filter(|ip| !made_up(ip)).collect();
    let all = [zone, given].into_iter().find(|found| !found.is_empty()).unwrap_or_else(own);
    let mut shown: Vec<IpAddr> = Vec::new();
    for ip in all {
        if !is_public(ip) && !shown.contains(&ip) && shown.len() < NOT_PUBLIC_MAX {
            shown.push(ip);
            let signal = report.signal(id("address-not-public"), None).target(Target::parse(&ip.to_string()));
            report.add(signal);
        }
    }
}

/// Addresses that resolvers give in place of the true ones: blocklists the unspecified and loopback ones, proxies on
/// this computer those for benchmarks (RFC 2544), of which they keep one for each name.
pub(crate) fn is_made_up(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            a == 0 || v4.is_loopback() || (a == 198 && (b == 18 || b == 19))
        }
        IpAddr::V6(v6) => v6.is_unspecified() || v6.is_loopback(),
    }
}

//! Which zone holds a name, who serves it, and what each of its servers says.
//!
//! The way down is asked for, not the way up: a resolver tells the lowest zone that it can reach, the servers of the
//! zone above tell whom they delegate to. So a zone can be looked at whose own servers are all dead.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::ask::{Question, ask, failure};
use super::{Asked, Servers, ask_any, ask_both, host_name, reply};
use crate::{Failure, Fault, Limits};

/// Ancestors of the name whose name servers are asked for, the uppermost; what lies deeper is found by referral.
const ANCESTORS: usize = 10;
/// Servers of the zone that are asked.
const SERVERS: usize = 8;
/// Servers of a top-level zone or of the zone above that are asked: they are many people's.
const SERVERS_ABOVE: usize = 2;
/// Addresses of one server that are tried.
const ADDRESSES: usize = 3;
/// Referrals that are followed below the zone that a resolver knows.
const REFERRALS: usize = 3;

/// The zone that holds a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The zone's own name, such as `example.com`; `.` for the root.
    pub apex: String,
    /// Its name servers, as the zone above names them and as the zone itself does (as far as a resolver knows).
    pub servers: Vec<ZoneServer>,
    /// The zone above; `None` where nobody knows it or the zone is the root.
    pub parent: Option<Parent>,
}

/// The zone above a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// Its name.
    pub apex: String,
    /// What its servers say of the zone below; a failure if none of those that were asked answered.
    pub delegation: Result<Delegation, Failure>,
}

/// What the servers of the zone above say of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delegation {
    /// These name servers serve it.
    Named(Vec<String>),
    /// There is no such zone.
    Missing,
    /// Nothing, because they answer for the zone below themselves.
    Shared,
}

/// One name server of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneServer {
    /// Its name.
    pub name: String,
    /// Its addresses, as far as they were found.
    pub addresses: Vec<IpAddr>,
    /// Whether the zone above names it; where that is not known, whether a resolver does.
    pub delegated: bool,
    /// What it says of the name: of its addresses the first that answered, or the failure of the first that was asked.
    pub answer: Result<Authoritative, Failure>,
}

impl ZoneServer {
    /// Whether the server answers but does not serve the zone (lame delegation, RFC 9499 section 7), or its name leads
    /// nowhere.
    pub fn is_lame(&self) -> bool {
        const SERVFAIL: u16 = 2;
        const REFUSED: u16 = 5;
        const NOTAUTH: u16 = 9;
        match &self.answer {
            Ok(said) if matches!(said.rcode, SERVFAIL | REFUSED | NOTAUTH) => true,
            // A recursive resolver in between may have answered in its place (it offers recursion).
            Ok(said) => !said.aa && !said.recursive && said.addresses.is_empty() && said.aliases.is_empty(),
            Err(failure) => {
                self.addresses.is_empty() && matches!(failure.fault, Fault::NameNotFound | Fault::NameEmpty)
            }
        }
    }
}

/// What a zone's own server says of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authoritative {
    /// The address that answered.
    pub from: IpAddr,
    /// Whether it says that it serves the zone (AA, RFC 1035 section 4.1.1).
    pub aa: bool,
    /// Whether it offers recursion (RA): a resolver, perhaps one that answers in the server's place.
    pub recursive: bool,
    /// The response code (RFC 6895 section 2.3): 0 for no error, 3 for "no such name".
    pub rcode: u16,
    /// The name's addresses and how long they may be kept, in seconds.
    pub addresses: Vec<(IpAddr, u32)>,
    /// Where aliases lead, in order; what lies in other zones is not followed.
    pub aliases: Vec<String>,
    /// Whether it gave quite other addresses when it was asked again, as servers do that spread visitors. Asked again
    /// only where servers disagree.
    pub varies: bool,
    /// How long "there is none" may be kept, in seconds (RFC 2308 section 5), where it says so.
    pub soa_minimum_s: Option<u32>,
    /// From the question to the answer.
    pub took: Duration,
}

/// The zone that holds the name, as found through these resolvers; each of its name servers is asked directly, at this
/// port (53 but in tests). Ends within `limits.resolve`, of which finding the zone may take about half.
pub async fn zone(name: &str, through: &Servers, port: u16, limits: &Limits) -> Result<Zone, Failure> {
    let name = host_name(name).ok_or_else(|| failure(Fault::NameInvalid))?;
    let began = Instant::now();
    let part = |percent| began + limits.resolve * percent / 100;
    let resolvers = through.system().servers().to_vec();
    let found =
        Found::through(&name, &resolvers, part(30)).await.map_err(|why| why.after(began.elapsed()))?;
    let (mut servers, mut parent) =
        found.ask_above(&name, &resolvers, port, part(50)).await.map_err(|why| why.after(began.elapsed()))?;
    for step in 0..=REFERRALS {
        let known = find_addresses(servers.names.clone(), &resolvers, limit_of(&servers), part(65)).await;
        let (answers, below) = ask_all(&name, &servers, known, port, part(85)).await;
        let Some(below) = below.filter(|_| step < REFERRALS) else {
            let mut zone = Zone { apex: reply::text(&servers.apex), servers: answers, parent };
            if disagree(&zone.servers) {
                ask_again(&name, &servers.apex, &mut zone.servers, port, part(100)).await;
            }
            return Ok(zone);
        };
        let names = below.names.iter().map(|(name, _)| reply::text(name)).collect();
        parent = Some(Parent { apex: reply::text(&servers.apex), delegation: Ok(Delegation::Named(names)) });
        servers = Candidates::delegated(below);
    }
    Err(failure(Fault::NameServerSilent).after(began.elapsed()))
}

/// Name servers to be asked, and whether the zone above names them.
struct Candidates {
    apex: Name,
    names: Vec<(Name, Vec<IpAddr>)>,
    /// How many of the names, from the beginning, the zone above names.
    delegated: usize,
}

impl Candidates {
    fn delegated(servers: reply::Servers) -> Self {
        Self { apex: servers.apex, delegated: servers.names.len(), names: servers.names }
    }
}

/// How many of the zone's servers are asked.
fn limit_of(servers: &Candidates) -> usize {
    if servers.apex.num_labels() < 2 { SERVERS_ABOVE } else { SERVERS }
}

/// What a resolver knows of the zones on the way down to a name.
struct Found {
    /// The lowest zone on the way with name servers that the resolver can tell.
    lowest: reply::Servers,
    /// The zone above that.
    above: Option<reply::Servers>,
    /// Whether the resolver failed below the lowest: there may be a zone that it cannot reach.
    failed_below: bool,
}

impl Found {
    async fn through(name: &Name, resolvers: &[SocketAddr], until: Instant) -> Result<Self, Failure> {
        let labels = usize::from(name.num_labels());
        let ancestors: Vec<Name> = (0..=labels.min(ANCESTORS)).map(|count| name.trim_to(count)).collect();
        let mut asked = JoinSet::new();
        for (place, ancestor) in ancestors.iter().enumerate() {
            let (question, resolvers) = (Question::recursive(ancestor, RecordType::NS), resolvers.to_vec());
            asked.spawn(async move { (place, ask_any(&resolvers, &question, until).await) });
        }
        let mut answers: Vec<Option<Asked>> = ancestors.iter().map(|_| None).collect();
        while let Some(done) = asked.join_next().await {
            if let Ok((place, done)) = done
                && let Some(answer) = answers.get_mut(place)
            {
                *answer = Some(done);
            }
        }
        let (mut zones, mut failed_below, mut why) = (Vec::new(), false, None);
        for (ancestor, answer) in ancestors.iter().zip(answers.into_iter().flatten()) {
            match answer.answer {
                Ok(message) if reply::is_settled(&message) => {
                    if let Some(servers) = reply::servers_at(&message, &reply::lower(ancestor)) {
                        zones.push(servers);
                        failed_below = false;
                    }
                }
                Ok(message) => {
                    failed_below = true;
                    why = Some(failure(Fault::NameServerFailed(message.metadata.response_code.into())));
                }
                Err(failure) => {
                    failed_below = true;
                    why = why.or(Some(failure));
                }
            }
        }
        let lowest = zones.pop();
        let lowest = lowest.ok_or_else(|| why.unwrap_or_else(|| failure(Fault::NameNotFound)))?;
        Ok(Self { lowest, above: zones.pop(), failed_below })
    }

    /// Has the zone above say whom it delegates to: the servers to be asked, and the zone above.
    async fn ask_above(
        self,
        name: &Name,
        resolvers: &[SocketAddr],
        port: u16,
        until: Instant,
    ) -> Result<(Candidates, Option<Parent>), Failure> {
        let (above, own) = match (self.failed_below, self.above) {
            (true, _) => (self.lowest, None),
            (false, Some(above)) => (above, Some(self.lowest)),
            (false, None) => return Ok((Candidates::delegated(self.lowest), None)),
        };
        let known = find_addresses(above.names.clone(), resolvers, SERVERS_ABOVE, until).await;
        let addresses: Vec<SocketAddr> = known
            .iter()
            .filter_map(|(_, found)| found.as_ref().ok()?.first())
            .map(|ip| SocketAddr::new(*ip, port))
            .collect();
        let asked = ask_any(&addresses, &Question::direct(name, RecordType::A), until).await;
        let parent = |delegation| Some(Parent { apex: reply::text(&above.apex), delegation });
        let message = match asked.answer {
            Ok(message) if reply::is_settled(&message) => message,
            Ok(message) => {
                let rcode = message.metadata.response_code.into();
                let parent = parent(Err(failure(Fault::NameServerFailed(rcode))));
                return Ok((Candidates::delegated(own.unwrap_or(above)), parent));
            }
            Err(why) => return Ok((Candidates::delegated(own.unwrap_or(above.clone())), parent(Err(why)))),
        };
        if let Some(named) = reply::referral(&message, &above.apex, name) {
            let names = named.names.iter().map(|(name, _)| reply::text(name)).collect();
            let parent = parent(Ok(Delegation::Named(names)));
            return Ok((joined(named, own), parent));
        }
        Ok(match own {
            // The zone above holds the name itself, or nobody does.
            None => (Candidates::delegated(above), None),
            Some(own) => {
                let gone = message.metadata.response_code == ResponseCode::NXDomain
                    && message.metadata.authoritative
                    && reply::negative_owner(&message).is_some_and(|owner| owner.eq_ignore_root(&above.apex));
                let delegation = if gone { Delegation::Missing } else { Delegation::Shared };
                let mut own = Candidates::delegated(own);
                own.delegated = if gone { 0 } else { own.delegated };
                (own, parent(Ok(delegation)))
            }
        })
    }
}

/// The servers that the zone above names, then those that only the zone itself does.
fn joined(named: reply::Servers, own: Option<reply::Servers>) -> Candidates {
    let mut servers = Candidates::delegated(named);
    let own = own.filter(|own| own.apex.eq_ignore_root(&servers.apex));
    for (name, addresses) in own.into_iter().flat_map(|own| own.names) {
        if !servers.names.iter().any(|(known, _)| *known == name) {
            servers.names.push((name, addresses));
        }
    }
    servers
}

/// The addresses of the first so many servers, in their order; those that did not come along are looked up.
async fn find_addresses(
    names: Vec<(Name, Vec<IpAddr>)>,
    resolvers: &[SocketAddr],
    most: usize,
    until: Instant,
) -> Vec<(Name, Result<Vec<IpAddr>, Failure>)> {
    let names = names.into_iter().take(most);
    let mut looking = JoinSet::new();
    let mut found: Vec<_> = Vec::new();
    for (place, (name, along)) in names.enumerate() {
        if along.is_empty() {
            let (name, resolvers) = (name.clone(), resolvers.to_vec());
            looking.spawn(async move { (place, ask_both(&name, &resolvers, until).await) });
        }
        found.push((name, Ok(along)));
    }
    while let Some(done) = looking.join_next().await {
        let Ok((place, lookup)) = done else { continue };
        if let Some((_, addresses)) = found.get_mut(place) {
            *addresses = match lookup.failure() {
                Some(failure) => Err(failure),
                None => Ok(lookup.addresses.iter().map(|address| address.ip).collect()),
            };
        }
    }
    found
}

/// Asks each server directly. Also says if they refer to a zone further below instead of answering.
async fn ask_all(
    name: &Name,
    zone: &Candidates,
    known: Vec<(Name, Result<Vec<IpAddr>, Failure>)>,
    port: u16,
    until: Instant,
) -> (Vec<ZoneServer>, Option<reply::Servers>) {
    let mut asked = JoinSet::new();
    let mut servers = Vec::new();
    for (place, (server, addresses)) in known.into_iter().enumerate() {
        let delegated = place < zone.delegated;
        let (addresses, answer) = match addresses {
            Ok(mut addresses) => {
                // IPv4 first: a computer without IPv6 should not take its own lack for the server's.
                addresses.sort_by_key(IpAddr::is_ipv6);
                addresses.truncate(ADDRESSES);
                (addresses, failure(Fault::NameServerSilent))
            }
            Err(failure) => (Vec::new(), failure),
        };
        let (name, apex, ask) = (name.clone(), zone.apex.clone(), addresses.clone());
        if !ask.is_empty() {
            asked.spawn(async move { (place, ask_server(&name, &apex, &ask, port, until).await) });
        }
        servers.push(ZoneServer { name: reply::text(&server), addresses, delegated, answer: Err(answer) });
    }
    let mut below = None;
    while let Some(done) = asked.join_next().await {
        let Ok((place, done)) = done else { continue };
        let answer = match done {
            Ok((answer, further)) => {
                below = below.or(further);
                Ok(answer)
            }
            Err(failure) => Err(failure),
        };
        if let Some(server) = servers.get_mut(place) {
            server.answer = answer;
        }
    }
    (servers, below)
}

/// Whether two servers give quite different addresses.
fn disagree(servers: &[ZoneServer]) -> bool {
    let given = |server: &'_ ZoneServer| {
        let addresses = server.answer.as_ref().map(|said| said.addresses.as_slice()).unwrap_or_default();
        addresses.iter().map(|(ip, _)| *ip).collect::<Vec<_>>()
    };
    let all: Vec<Vec<IpAddr>> = servers.iter().map(given).filter(|given| !given.is_empty()).collect();
    all.iter().any(|one| all.iter().any(|other| are_apart(one, other)))
}

fn are_apart(one: &[IpAddr], other: &[IpAddr]) -> bool {
    !one.iter().any(|ip| other.contains(ip))
}

/// Asks the servers that gave addresses once more, to see whether each keeps to them.
async fn ask_again(name: &Name, apex: &Name, servers: &mut [ZoneServer], port: u16, until: Instant) {
    let mut asked = JoinSet::new();
    for (place, server) in servers.iter().enumerate() {
        if let Some(said) = server.answer.as_ref().ok().filter(|said| !said.addresses.is_empty()) {
            let (name, apex, from) = (name.clone(), apex.clone(), [said.from]);
            asked.spawn(async move { (place, ask_server(&name, &apex, &from, port, until).await) });
        }
    }
    while let Some(done) = asked.join_next().await {
        let Ok((place, Ok((again, _)))) = done else { continue };
        if let Some(Ok(said)) = servers.get_mut(place).map(|server| server.answer.as_mut()) {
            let ips = |said: &Authoritative| said.addresses.iter().map(|(ip, _)| *ip).collect::<Vec<_>>();
            said.varies = !again.addresses.is_empty() && are_apart(&ips(said), &ips(&again));
        }
    }
}

/// Asks one server at its addresses, one after the other, each for its share of the time.
async fn ask_server(
    name: &Name,
    apex: &Name,
    addresses: &[IpAddr],
    port: u16,
    until: Instant,
) -> Result<(Authoritative, Option<reply::Servers>), Failure> {
    let mut first = None;
    for (place, ip) in addresses.iter().enumerate() {
        let began = Instant::now();
        let left = u32::try_from(addresses.len() - place).unwrap_or(1);
        let until = began + until.saturating_duration_since(began) / left;
        let (server, four) = (SocketAddr::new(*ip, port), Question::direct(name, RecordType::A));
        let six = Question::direct(name, RecordType::AAAA);
        let (four, six) = tokio::join!(ask(server, &four, until), ask(server, &six, until));
        // A server that leaves one of the two unanswered is judged by the other.
        let message = match (four, six) {
            (Ok(four), six) => Ok((four, six.ok())),
            (Err(_), Ok(six)) => Ok((six, None)),
            (Err(failure), Err(_)) => Err(failure),
        };
        match message {
            Ok((message, other)) => {
                let answer = read(name, *ip, &message, other.as_ref(), began.elapsed());
                return Ok((answer, reply::referral(&message, apex, name)));
            }
            Err(failure) => first = first.or(Some(failure)),
        }
    }
    Err(first.unwrap_or_else(|| failure(Fault::NameServerSilent)))
}

fn read(
    name: &Name,
    from: IpAddr,
    message: &Message,
    other: Option<&Message>,
    took: Duration,
) -> Authoritative {
    let (mut addresses, mut aliases) = (Vec::new(), Vec::new());
    for message in [Some(message), other].into_iter().flatten() {
        for kind in [RecordType::A, RecordType::AAAA] {
            let said = reply::said(message, name, kind);
            addresses.extend(said.addresses.iter().map(|found| (found.ip, found.ttl_s.unwrap_or_default())));
            if said.aliases.len() > aliases.len() {
                aliases = said.aliases;
            }
        }
    }
    let negative = reply::negative_ttl_s(message).or_else(|| other.and_then(reply::negative_ttl_s));
    Authoritative {
        from,
        aa: message.metadata.authoritative,
        recursive: message.metadata.recursion_available,
        rcode: message.metadata.response_code.into(),
        addresses,
        aliases,
        varies: false,
        soa_minimum_s: negative,
        took,
    }
}

//! Which zone holds a name, who serves it, and what each of its servers says.
//!
//! The way down is asked for, not the way up: a resolver tells the lowest zone that it can reach, the servers of the
//! zone above tell whom they delegate to. So a zone can be looked at whose own servers are all dead.

use std::net::{IpAddr, SocketAddr};

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::ask::{Question, failure};
use super::authority::{ZoneServer, ask_again, ask_all, disagree};
use super::{Asked, Servers, ask_any, ask_both, host_name, reply};
use crate::connection::deadline;
use crate::{Failure, Fault, Limits};

/// Ancestors of the name whose name servers are asked for, the uppermost; what lies deeper is found by referral.
const ANCESTORS: usize = 10;
/// Servers of the zone that are asked.
const SERVERS: usize = 8;
/// Servers of a top-level zone or of the zone above that are asked: they are many people's.
const SERVERS_ABOVE: usize = 2;
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

/// How the name servers of zones are asked, past all resolvers.
#[derive(Clone, Copy, Debug)]
pub struct Direct {
    /// Their port: 53 (RFC 1035 section 4.2) but in tests.
    pub port: u16,
    /// Which addresses may be asked. A zone can name any as its servers', those of somebody's inner network as well.
    pub permitted: fn(IpAddr) -> bool,
}

/// The zone that holds the name, as found through these resolvers; each of its name servers is asked directly. Ends
/// within `limits.resolve`, of which finding the zone may take about half.
pub async fn zone(name: &str, through: &Servers, direct: Direct, limits: &Limits) -> Result<Zone, Failure> {
    let name = host_name(name).ok_or_else(|| failure(Fault::NameInvalid))?;
    let began = Instant::now();
    let all = deadline(began, limits.resolve) - began;
    let part = |percent| began + all * percent / 100;
    let resolvers = through.system().servers().to_vec();
    let found =
        Found::through(&name, &resolvers, part(30)).await.map_err(|why| why.after(began.elapsed()))?;
    let (mut servers, mut parent) = found
        .ask_above(&name, &resolvers, direct, part(50))
        .await
        .map_err(|why| why.after(began.elapsed()))?;
    for step in 0..=REFERRALS {
        let last = step == REFERRALS;
        // Each step takes its share of what the steps before it have left.
        let share = part(85).saturating_duration_since(Instant::now()) * 2 / 5;
        let known_until = Instant::now() + share;
        let mut known =
            find_addresses(servers.names.clone(), &resolvers, limit_of(&servers), known_until).await;
        keep_permitted(&mut known, direct);
        let (answers, below) = ask_all(&name, &servers, known, direct.port, part(85), last).await;
        let Some(below) = below else {
            let mut zone = Zone { apex: reply::text(&servers.apex), servers: answers, parent };
            if disagree(&zone.servers) {
                ask_again(&name, &servers.apex, &mut zone.servers, direct.port, part(100)).await;
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
pub(super) struct Candidates {
    pub(super) apex: Name,
    names: Vec<(Name, Vec<IpAddr>)>,
    /// How many of the names, from the beginning, the zone above names.
    pub(super) delegated: usize,
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
        direct: Direct,
        until: Instant,
    ) -> Result<(Candidates, Option<Parent>), Failure> {
        let (above, own) = match (self.failed_below, self.above) {
            (true, _) => (self.lowest, None),
            (false, Some(above)) => (above, Some(self.lowest)),
            (false, None) => return Ok((Candidates::delegated(self.lowest), None)),
        };
        let mut known = find_addresses(above.names.clone(), resolvers, SERVERS_ABOVE, until).await;
        keep_permitted(&mut known, direct);
        let addresses: Vec<SocketAddr> = known
            .iter()
            .filter_map(|(_, found)| found.as_ref().ok()?.first())
            .map(|ip| SocketAddr::new(*ip, direct.port))
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

/// Leaves out addresses that may not be asked; what has no other is out of reach.
fn keep_permitted(known: &mut [(Name, Result<Vec<IpAddr>, Failure>)], direct: Direct) {
    for (_, found) in known {
        if let Ok(addresses) = found {
            addresses.retain(|ip| (direct.permitted)(*ip));
            if addresses.is_empty() {
                *found = Err(failure(Fault::NameServerForbidden));
            }
        }
    }
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

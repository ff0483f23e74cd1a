//! A zone's own name servers, asked one by one and directly.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::Message;
use hickory_proto::rr::{Name, RecordType};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::ask::{Question, ask, failure};
use super::reply;
use super::zone::Candidates;
use crate::{Failure, Fault};

/// Addresses of one server that are tried.
const ADDRESSES: usize = 3;

/// One name server of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneServer {
    /// Its name.
    pub name: String,
    /// Its addresses, as far as they were found and may be asked.
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

/// Asks each server directly. Unless this is the `last` step, a referral to a zone further below ends it at once,
/// whatever the others say: they would only take the time of those that serve that zone.
pub(super) async fn ask_all(
    name: &Name,
    zone: &Candidates,
    known: Vec<(Name, Result<Vec<IpAddr>, Failure>)>,
    port: u16,
    until: Instant,
    last: bool,
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
    while let Some(done) = asked.join_next().await {
        let Ok((place, done)) = done else { continue };
        let answer = match done {
            Ok((_, Some(below))) if !last => return (servers, Some(below)),
            other => other.map(|(answer, _)| answer),
        };
        if let Some(server) = servers.get_mut(place) {
            server.answer = answer;
        }
    }
    (servers, None)
}

/// Whether two servers give quite different addresses.
pub(super) fn disagree(servers: &[ZoneServer]) -> bool {
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
pub(super) async fn ask_again(
    name: &Name,
    apex: &Name,
    servers: &mut [ZoneServer],
    port: u16,
    until: Instant,
) {
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

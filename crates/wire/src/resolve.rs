//! Names to addresses: through the system's resolvers or given ones, and from a zone's own name servers.
//!
//! Asks with messages of its own instead of through a resolver library, because what a server said (response code,
//! extended error, whether it verified, how long the answer holds) is what a diagnosis is made from. Keeps no cache.

mod ask;
mod authority;
#[cfg(test)]
mod played;
mod reply;
mod system;
#[cfg(test)]
mod tests;
mod zone;

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

pub use authority::{Authoritative, ZoneServer};
pub use system::System;
pub use zone::{Delegation, Direct, Parent, Zone, zone};

use crate::connection::deadline;
use crate::{Failure, Fault, Limits};
use ask::{Question, ask, failure};
use reply::Said;

/// Time after which the next server is asked as well, at most.
const NEXT_AFTER: Duration = Duration::from_secs(1);
/// Time that one family is waited for once the other has brought addresses.
const AFTER_OTHER: Duration = Duration::from_secs(1);

/// Whom to ask.
#[derive(Clone, Debug)]
pub enum Servers {
    /// Hosts file, resolvers and search list of this computer, as they are now.
    System,
    /// Those of this configuration.
    Configured(System),
    /// This resolver alone: no hosts file, no search list.
    Given(SocketAddr),
}

impl Servers {
    fn system(&self) -> System {
        match self {
            Self::System => System::read(),
            Self::Configured(system) => system.clone(),
            Self::Given(server) => System::with(vec![*server], ""),
        }
    }
}

/// The resolvers of this computer's configuration, in the order in which they are asked; never empty.
pub fn system_servers() -> Vec<SocketAddr> {
    System::read().servers().to_vec()
}

/// An address of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// How long it may be kept, in seconds: of the aliases that lead to it and itself, the shortest. `None` for what
    /// did not come from a name server.
    pub ttl_s: Option<u32>,
}

/// What a resolver says of a zone's signatures (DNSSEC). It is the resolver's word: nothing is verified here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dnssec {
    /// The resolver says that it verified the answer (AD, RFC 4035 section 3.2.3).
    Verified,
    /// The resolver does not say so: the zone is not signed, or the resolver does not verify.
    Unverified,
    /// The resolver rejects the answer because it does not verify.
    Bogus,
    /// No resolver gave an answer.
    Unknown,
}

/// What a lookup found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// All addresses, IPv4 first, in the order in which they came.
    pub addresses: Vec<Address>,
    /// Where aliases (CNAME) lead, in order; the last one bears the addresses.
    pub aliases: Vec<String>,
    /// What the resolver says of the signatures.
    pub dnssec: Dnssec,
    /// The server whose answer this is.
    pub server: Option<SocketAddr>,
    /// Whether nobody was asked because the hosts file or the name itself (`localhost`, RFC 6761 section 6.3) tells.
    pub from_hosts: bool,
    /// From the beginning to the end of all questions.
    pub took: Duration,
    /// Whether there are IPv4 addresses, and why not.
    pub ipv4: Result<(), Failure>,
    /// Whether there are IPv6 addresses, and why not.
    pub ipv6: Result<(), Failure>,
    /// How long resolvers may keep "there is none", in seconds (RFC 2308 section 5).
    pub negative_ttl_s: Option<u32>,
    /// What else the resolver told, by number (Extended DNS Errors, RFC 8914), such as 22 for "no reachable authority".
    pub extended: Vec<u16>,
}

impl Lookup {
    /// Why there is no address at all; `None` if there is one.
    pub fn failure(&self) -> Option<Failure> {
        let (Err(four), Err(six)) = (&self.ipv4, &self.ipv6) else { return None };
        let worse = if weight(six.fault) > weight(four.fault) { six } else { four };
        Some(worse.clone())
    }

    fn known(addresses: impl IntoIterator<Item = IpAddr>, from_hosts: bool) -> Self {
        let addresses: Vec<_> = addresses.into_iter().map(|ip| Address { ip, ttl_s: None }).collect();
        let has = |four: bool| match addresses.iter().any(|address| address.ip.is_ipv4() == four) {
            true => Ok(()),
            false => Err(failure(Fault::NameEmpty)),
        };
        let (ipv4, ipv6) = (has(true), has(false));
        Self { addresses, from_hosts, ipv4, ipv6, ..Self::nothing(&failure(Fault::NameEmpty)) }
    }

    fn nothing(why: &Failure) -> Self {
        Self {
            addresses: Vec::new(),
            aliases: Vec::new(),
            dnssec: Dnssec::Unknown,
            server: None,
            from_hosts: false,
            took: Duration::ZERO,
            ipv4: Err(why.clone()),
            ipv6: Err(why.clone()),
            negative_ttl_s: None,
            extended: Vec::new(),
        }
    }
}

/// Which of two families' failures tells more of the name: that one family is empty says least.
fn weight(fault: Fault) -> u8 {
    match fault {
        Fault::NameNotFound => 5,
        Fault::DnssecBogus => 4,
        Fault::NameServerFailed(_) => 3,
        Fault::NameEmpty => 0,
        Fault::NameServerSilent => 1,
        _ => 2,
    }
}

/// The addresses of a name, of both families at once. Fails if there is none of either.
pub async fn lookup(name: &str, servers: &Servers, limits: &Limits) -> Result<Lookup, Failure> {
    let found = inquire(name, servers, limits).await;
    match found.failure() {
        Some(failure) => Err(failure.after(found.took)),
        None => Ok(found),
    }
}

/// Like [`lookup`], but tells what was learnt also where there is no address.
pub async fn inquire(name: &str, servers: &Servers, limits: &Limits) -> Lookup {
    let began = Instant::now();
    let mut found = inquire_until(name, &servers.system(), deadline(began, limits.resolve)).await;
    found.took = began.elapsed();
    found
}

/// Whether a resolver works: asks it for the name servers of the root, which each resolver that reaches the internet
/// knows. Tells how long the answer took; fails with [`Fault::NameEmpty`] if it answers without knowing.
pub async fn resolver_works(server: SocketAddr, limits: &Limits) -> Result<Duration, Failure> {
    let began = Instant::now();
    let (root, until) = (Name::root(), deadline(began, limits.resolve));
    let message = ask(server, &Question::recursive(&root, RecordType::NS), until).await?;
    let knows = message.answers.iter().any(|record| record.record_type() == RecordType::NS);
    match message.metadata.response_code {
        ResponseCode::NoError if knows => Ok(began.elapsed()),
        _ => Err(reply::why_none(&message, &Said::default()).after(began.elapsed())),
    }
}

async fn inquire_until(text: &str, system: &System, until: Instant) -> Lookup {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Lookup::known([ip], false);
    }
    let known = system.without_asking(text);
    if !known.is_empty() {
        return Lookup::known(known, true);
    }
    let Some(name) = host_name(text) else { return Lookup::nothing(&failure(Fault::NameInvalid)) };
    let mut own = None;
    for candidate in system.candidates(&name, text.ends_with('.')) {
        let found = ask_both(&candidate, system.servers(), until).await;
        if found.failure().is_none() {
            return found;
        }
        if candidate == name {
            own = Some(found);
        }
    }
    own.unwrap_or_else(|| Lookup::nothing(&failure(Fault::NameServerSilent)))
}

/// The name, if it can be a host's: what the C library's resolver lets pass, which is RFC 1123 section 2.1 and the
/// underscore; other scripts as A-labels (RFC 5891).
pub(super) fn host_name(text: &str) -> Option<Name> {
    const NAME_MAX: usize = 253;
    let text = text.strip_suffix('.').unwrap_or(text);
    let fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if text.len() > NAME_MAX || text.starts_with('-') || !text.split('.').all(fits) {
        return None;
    }
    let mut name = Name::from_ascii(text.to_ascii_lowercase()).ok()?;
    name.set_fqdn(true);
    Some(name)
}

/// What was found for one family.
struct Family {
    said: Said,
    why_none: Option<Failure>,
    /// Whether the server says that it verified; `None` if it settled nothing.
    verified: Option<bool>,
    server: Option<SocketAddr>,
    negative_ttl_s: Option<u32>,
    extended: Vec<u16>,
}

impl Family {
    fn read(asked: &Asked, name: &Name, kind: RecordType) -> Self {
        let mut family = Self {
            said: Said::default(),
            why_none: None,
            verified: None,
            server: asked.server,
            negative_ttl_s: None,
            extended: Vec::new(),
        };
        match &asked.answer {
            Ok(message) => {
                family.said = reply::said(message, name, kind);
                family.why_none =
                    family.said.addresses.is_empty().then(|| reply::why_none(message, &family.said));
                family.verified = reply::is_settled(message).then_some(message.metadata.authentic_data);
                family.negative_ttl_s = reply::negative_ttl_s(message);
                family.extended = reply::extended_errors(message);
            }
            Err(failure) => family.why_none = Some(failure.clone()),
        }
        family
    }

    fn failed_at_server(&self) -> Option<SocketAddr> {
        const SERVFAIL: Fault = Fault::NameServerFailed(2);
        let servfail = self.why_none.as_ref().is_some_and(|failure| failure.fault == SERVFAIL);
        self.server.filter(|_| servfail)
    }
}

async fn ask_both(name: &Name, servers: &[SocketAddr], until: Instant) -> Lookup {
    let began = Instant::now();
    let (four, six) = (Question::recursive(name, RecordType::A), Question::recursive(name, RecordType::AAAA));
    let (four, six) = both(servers, &four, &six, until).await;
    let mut four = Family::read(&four, name, RecordType::A);
    let mut six = Family::read(&six, name, RecordType::AAAA);
    let failed = four.failed_at_server().map(|server| (server, RecordType::A));
    let failed = failed.or_else(|| six.failed_at_server().map(|server| (server, RecordType::AAAA)));
    let mut dnssec = match (four.verified, six.verified) {
        (None, None) => Dnssec::Unknown,
        (Some(false), _) | (_, Some(false)) => Dnssec::Unverified,
        _ => Dnssec::Verified,
    };
    if let Some((server, kind)) = failed {
        let told = reply::say_bogus(&four.extended) || reply::say_bogus(&six.extended);
        if told || is_bogus(server, name, kind, until).await {
            dnssec = Dnssec::Bogus;
            for family in [&mut four, &mut six] {
                if family.failed_at_server().is_some() {
                    family.why_none = Some(failure(Fault::DnssecBogus).after(began.elapsed()));
                }
            }
        }
    }
    let aliases = if six.said.aliases.len() > four.said.aliases.len() { &six } else { &four };
    let mut extended = four.extended.clone();
    extended.extend(six.extended.iter().filter(|number| !four.extended.contains(number)));
    Lookup {
        aliases: aliases.said.aliases.clone(),
        addresses: four.said.addresses.iter().chain(&six.said.addresses).copied().collect(),
        dnssec,
        server: if four.why_none.is_some() { six.server.or(four.server) } else { four.server },
        from_hosts: false,
        took: began.elapsed(),
        ipv4: four.why_none.map_or(Ok(()), Err),
        ipv6: six.why_none.map_or(Ok(()), Err),
        negative_ttl_s: four.negative_ttl_s.or(six.negative_ttl_s),
        extended,
    }
}

/// Puts both questions at once. As soon as one has brought addresses, the other gets [`AFTER_OTHER`] and no more: a
/// server that is deaf for one family should not keep everybody from using the other.
async fn both(servers: &[SocketAddr], four: &Question, six: &Question, until: Instant) -> (Asked, Asked) {
    let began = Instant::now();
    let mut four_asked = pin!(ask_any(servers, four, until));
    let mut six_asked = pin!(ask_any(servers, six, until));
    tokio::select! {
        first = &mut four_asked => {
            let second = other(six_asked, &first, four, began).await;
            (first, second)
        }
        first = &mut six_asked => {
            let second = other(four_asked, &first, six, began).await;
            (second, first)
        }
    }
}

async fn other(
    asked: impl Future<Output = Asked>,
    first: &Asked,
    question: &Question,
    began: Instant,
) -> Asked {
    let addresses = |message| reply::said(message, &question.name, question.kind).addresses;
    if first.answer.as_ref().map(addresses).unwrap_or_default().is_empty() {
        return asked.await;
    }
    let silent = || failure(Fault::NameServerSilent).after(began.elapsed());
    let asked = timeout(AFTER_OTHER, asked).await;
    asked.unwrap_or_else(|_| Asked { server: None, answer: Err(silent()) })
}

/// Whether a server that failed does so because of signatures: with checking disabled (CD) it answers, and asked
/// again with checking it still fails (RFC 4035 section 5.5). The second question tells it from a passing failure.
async fn is_bogus(server: SocketAddr, name: &Name, kind: RecordType, until: Instant) -> bool {
    let checked = Question::recursive(name, kind);
    let unchecked = Question { checking_disabled: true, ..checked.clone() };
    let settles = async |question| ask(server, question, until).await.map(|m| reply::is_settled(&m));
    settles(&unchecked).await == Ok(true) && settles(&checked).await == Ok(false)
}

/// The outcome of a question that was put to several servers.
struct Asked {
    server: Option<SocketAddr>,
    answer: Result<Message, Failure>,
}

/// Asks one server after the other until one settles the question: the next one as soon as one fails, and when one is
/// silent for a while, beside it. Where none settles it, what tells most.
async fn ask_any(servers: &[SocketAddr], question: &Question, until: Instant) -> Asked {
    let share = u32::try_from(servers.len()).unwrap_or(u32::MAX).saturating_add(1);
    let pause = (until.saturating_duration_since(Instant::now()) / share).min(NEXT_AFTER);
    let mut waiting = servers.iter().copied();
    let mut asked: JoinSet<Asked> = JoinSet::new();
    let mut next_at = Instant::now();
    let mut best = Asked { server: None, answer: Err(failure(Fault::NameServerSilent)) };
    loop {
        if Instant::now() >= next_at || asked.is_empty() {
            if let Some(server) = waiting.next() {
                let question = question.clone();
                asked.spawn(async move {
                    Asked { server: Some(server), answer: ask(server, &question, until).await }
                });
            }
            next_at = Instant::now() + pause;
        }
        let more = waiting.len() > 0;
        tokio::select! {
            done = asked.join_next() => match done {
                Some(Ok(done)) if done.answer.as_ref().is_ok_and(reply::is_settled) => return done,
                Some(Ok(done)) => {
                    if best.server.is_none() || telling(&done) > telling(&best) {
                        best = done;
                    }
                    next_at = Instant::now();
                }
                Some(Err(_)) => {}
                None if more => {}
                None => return best,
            },
            () = sleep_until(next_at), if more => {}
        }
    }
}

fn telling(asked: &Asked) -> u8 {
    match &asked.answer {
        Ok(message) if message.metadata.response_code == ResponseCode::ServFail => 5,
        Ok(_) => 4,
        Err(failure) => match failure.fault {
            Fault::NameAnswerUnreadable => 3,
            Fault::NameServerRefused => 2,
            Fault::NameServerSilent => 1,
            _ => 0,
        },
    }
}

//! What a name server's answer means: addresses, aliases, referrals, refusals.

use std::net::IpAddr;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::Address;
use super::ask::failure;
use crate::{Failure, Fault};

/// Aliases that are followed within one answer; resolvers themselves give up sooner.
const ALIASES: usize = 16;
/// Addresses of one answer that are kept.
const ADDRESSES: usize = 64;
/// Name servers of one zone that are kept.
const SERVERS: usize = 16;
/// Number of the option "Extended DNS Error" (RFC 8914 section 2).
const EXTENDED_ERROR: u16 = 15;

/// What an answer says of a name's addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) addresses: Vec<Address>,
    pub(super) aliases: Vec<String>,
    /// Whether the aliases lead nowhere: too many or in a circle.
    pub(super) endless: bool,
}

/// Follows the aliases of the answer section from the name and collects the addresses at their end.
pub(super) fn said(message: &Message, name: &Name, kind: RecordType) -> Said {
    let mut said = Said::default();
    let (mut at, mut ttl_s) = (name.clone(), u32::MAX);
    loop {
        let here = message.answers.iter().filter(|record| record.name.eq_ignore_root(&at));
        let alias = here.clone().find_map(|record| match &record.data {
            RData::CNAME(alias) => Some((alias.0.clone(), ttl_s_of(record))),
            _ => None,
        });
        let addresses = here.filter(|record| record.record_type() == kind);
        for record in addresses.take(ADDRESSES) {
            if let Some(ip) = record.data.ip_addr() {
                said.addresses.push(Address { ip, ttl_s: Some(ttl_s_of(record).min(ttl_s)) });
            }
        }
        let Some((next, ttl)) = alias.filter(|_| said.addresses.is_empty()) else { return said };
        if said.aliases.len() == ALIASES {
            said.endless = true;
            return said;
        }
        said.aliases.push(text(&next));
        (at, ttl_s) = (next, ttl_s.min(ttl));
    }
}

/// How long a record may be kept, in seconds.
fn ttl_s_of(record: &Record) -> u32 {
    bounded(record.ttl)
}

/// A time to live has 31 bits; one with the highest bit set is to be taken for zero (RFC 2181 section 8).
fn bounded(ttl_s: u32) -> u32 {
    if i32::try_from(ttl_s).is_ok() { ttl_s } else { 0 }
}

/// Why an answer holds no address of that kind.
pub(super) fn why_none(message: &Message, said: &Said) -> Failure {
    failure(match message.metadata.response_code {
        ResponseCode::NoError if said.endless => Fault::NameAnswerUnreadable,
        ResponseCode::NoError => Fault::NameEmpty,
        ResponseCode::NXDomain => Fault::NameNotFound,
        other => Fault::NameServerFailed(other.into()),
    })
}

/// Whether the answer settles the question: the name's records, or that there are none.
pub(super) fn is_settled(message: &Message) -> bool {
    matches!(message.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain)
}

/// How long "there is none" may be kept (RFC 2308 section 5), in seconds.
pub(super) fn negative_ttl_s(message: &Message) -> Option<u32> {
    message.authorities.iter().find_map(|record| match &record.data {
        RData::SOA(soa) => Some(bounded(soa.minimum).min(ttl_s_of(record))),
        _ => None,
    })
}

/// The zone that says "there is none": the owner of the SOA record beside it (RFC 2308 section 3).
pub(super) fn negative_owner(message: &Message) -> Option<&Name> {
    let start = message.authorities.iter().find(|record| matches!(record.data, RData::SOA(_)));
    start.map(|record| &record.name)
}

/// The extended errors of the answer (RFC 8914), by number.
pub(super) fn extended_errors(message: &Message) -> Vec<u16> {
    let Some(edns) = &message.edns else { return Vec::new() };
    let told = edns.options().get_all(EdnsCode::Unknown(EXTENDED_ERROR));
    let numbers = told.into_iter().filter_map(|option| match option {
        EdnsOption::Unknown(_, data) => data.first_chunk::<2>().map(|bytes| u16::from_be_bytes(*bytes)),
        _ => None,
    });
    numbers.take(8).collect()
}

/// Whether one of these extended errors says that signatures do not verify (RFC 8914 sections 4.7 to 4.13).
pub(super) fn say_bogus(extended: &[u16]) -> bool {
    extended.iter().any(|number| (6..=12).contains(number))
}

/// Name servers of a zone, with the addresses that came along with their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Servers {
    pub(super) apex: Name,
    pub(super) names: Vec<(Name, Vec<IpAddr>)>,
}

/// The name servers that the answer section names for exactly this name.
pub(super) fn servers_at(message: &Message, apex: &Name) -> Option<Servers> {
    servers_in(message, &message.answers, |owner| owner.eq_ignore_root(apex))
}

/// The zone below `above` that the server refers to for this name, instead of an answer (RFC 1034 section 4.3.2).
pub(super) fn referral(message: &Message, above: &Name, name: &Name) -> Option<Servers> {
    if message.metadata.response_code != ResponseCode::NoError || !message.answers.is_empty() {
        return None;
    }
    let below =
        |owner: &Name| above.zone_of(owner) && owner.num_labels() > above.num_labels() && owner.zone_of(name);
    servers_in(message, &message.authorities, below)
}

fn servers_in(message: &Message, section: &[Record], wanted: impl Fn(&Name) -> bool) -> Option<Servers> {
    let mut found: Option<Servers> = None;
    for record in section {
        let RData::NS(server) = &record.data else { continue };
        if !wanted(&record.name) {
            continue;
        }
        let servers = found.get_or_insert_with(|| Servers { apex: lower(&record.name), names: Vec::new() });
        let server = lower(&server.0);
        let known = servers.names.iter().any(|(name, _)| *name == server);
        if servers.apex.eq_ignore_root(&record.name) && !known && servers.names.len() < SERVERS {
            let along = message.additionals.iter().filter(|record| record.name.eq_ignore_root(&server));
            let addresses = along.filter_map(|record| record.data.ip_addr()).take(ADDRESSES).collect();
            servers.names.push((server, addresses));
        }
    }
    found
}

pub(super) fn lower(name: &Name) -> Name {
    let mut name = name.to_lowercase();
    name.set_fqdn(true);
    name
}

/// The name as people write it: lower case, without the last dot; `.` for the root.
pub(super) fn text(name: &Name) -> String {
    let mut name = name.to_lowercase();
    if !name.is_root() {
        name.set_fqdn(false);
    }
    name.to_ascii()
}

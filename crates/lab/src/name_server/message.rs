//! DNS messages (RFC 1035 §4): reading a question, writing the answers of an authoritative server. Pure.

use std::net::IpAddr;

/// Types and class that are answered (RFC 1035 §3.2, RFC 3596 §2.1).
const TYPE_A: u16 = 1;
const TYPE_SOA: u16 = 6;
const TYPE_AAAA: u16 = 28;
const TYPE_ANY: u16 = 255;
const CLASS_IN: u16 = 1;

/// Answer codes (RFC 1035 §4.1.1).
const SERVFAIL: u8 = 2;
const NXDOMAIN: u8 = 3;
const REFUSED: u8 = 5;

const HEADER: usize = 12;
/// A name is no longer than this, and a label of it no longer than that (RFC 1035 §2.3.4).
const NAME_MAX: usize = 255;
const LABEL_MAX: u8 = 63;

/// Seconds for which an answer may be kept: short, so that a change is seen at once.
const TIME_TO_LIVE: u32 = 1;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question<'a> {
    id: [u8; 2],
    /// The client wants a resolver's work done (RD), which is told back to it.
    recursion: bool,
    /// The name in lower case, without the last dot.
    pub(super) name: String,
    kind: u16,
    /// The question as it came: name, type and class.
    bytes: &'a [u8],
}

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// The name's address, where it is of the family that was asked for.
    Address(IpAddr),
    /// The name exists and has nothing of the kind.
    Empty,
    Nxdomain,
    Servfail,
    Refused,
    /// What bears the question's number and cannot be read any further.
    Garbage,
}

/// Reads a message with one question; nothing where it is none.
pub(super) fn question(message: &[u8]) -> Option<Question<'_>> {
    let (header, rest) = message.split_first_chunk::<HEADER>()?;
    let [id_high, id_low, flags, _, count_high, count_low, ..] = *header;
    // A query (QR 0) of the standard kind (opcode 0) with one question.
    if flags & 0xf8 != 0 || [count_high, count_low] != [0, 1] {
        return None;
    }
    let (name, after) = name(rest)?;
    let (kind, after) = after.split_first_chunk::<2>()?;
    let (class, after) = after.split_first_chunk::<2>()?;
    let bytes = rest.get(..rest.len() - after.len())?;
    let known = u16::from_be_bytes(*class) == CLASS_IN;
    known.then(|| Question {
        id: [id_high, id_low],
        recursion: flags & 1 != 0,
        name,
        kind: u16::from_be_bytes(*kind),
        bytes,
    })
}

/// A name in labels, in lower case; there is nothing before it that it could point back to (RFC 1035 §4.1.4).
fn name(bytes: &[u8]) -> Option<(String, &[u8])> {
    let mut name = String::new();
    let mut rest = bytes;
    loop {
        let (&length, after) = rest.split_first()?;
        rest = after;
        if length == 0 {
            return Some((name, rest));
        }
        if length > LABEL_MAX || name.len() + usize::from(length) >= NAME_MAX {
            return None;
        }
        let label;
        (label, rest) = rest.split_at_checked(usize::from(length))?;
        if !name.is_empty() {
            name.push('.');
        }
        name.extend(label.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
    }
}

/// The answer to a question about a name in this zone.
pub(super) fn answer(question: &Question<'_>, reply: Reply, zone: &str) -> Vec<u8> {
    let address = match reply {
        Reply::Address(IpAddr::V4(v4)) if matches!(question.kind, TYPE_A | TYPE_ANY) => {
            Some((TYPE_A, v4.octets().to_vec()))
        }
        Reply::Address(IpAddr::V6(v6)) if matches!(question.kind, TYPE_AAAA | TYPE_ANY) => {
            Some((TYPE_AAAA, v6.octets().to_vec()))
        }
        _ => None,
    };
    let code = match reply {
        Reply::Address(_) | Reply::Empty | Reply::Garbage => 0,
        Reply::Nxdomain => NXDOMAIN,
        Reply::Servfail => SERVFAIL,
        Reply::Refused => REFUSED,
    };
    let owns = matches!(reply, Reply::Address(_) | Reply::Empty | Reply::Nxdomain);
    // How long nothing may be kept as nothing stands in the zone's SOA (RFC 2308 §3).
    let nothing = owns && address.is_none();
    let mut message = header(question, code, owns, u8::from(address.is_some()), u8::from(nothing));
    if reply == Reply::Garbage {
        // A question that claims a label of 63 bytes and is cut after three.
        message.extend_from_slice(&[LABEL_MAX, b'?', b'?', b'?']);
        return message;
    }
    message.extend_from_slice(question.bytes);
    if let Some((kind, data)) = address {
        // The name is the one in the question, which begins behind the header.
        message.extend_from_slice(&[0xc0, HEADER as u8]);
        record(&mut message, kind, &data);
    }
    if nothing {
        write_name(&mut message, zone);
        record(&mut message, TYPE_SOA, &start_of_authority(zone));
    }
    message
}

fn header(question: &Question<'_>, code: u8, owns: bool, answers: u8, authorities: u8) -> Vec<u8> {
    let [id_high, id_low] = question.id;
    let recursion = u8::from(question.recursion);
    // An answer (QR), by whom the zone belongs to (AA); RA as asked, since to a gateway this is its resolver.
    let first = 0x80 | u8::from(owns) << 2 | recursion;
    vec![id_high, id_low, first, recursion << 7 | code, 0, 1, 0, answers, 0, authorities, 0, 0]
}

/// What stands behind a record's name (RFC 1035 §4.1.3).
fn record(message: &mut Vec<u8>, kind: u16, data: &[u8]) {
    message.extend_from_slice(&kind.to_be_bytes());
    message.extend_from_slice(&CLASS_IN.to_be_bytes());
    message.extend_from_slice(&TIME_TO_LIVE.to_be_bytes());
    // Addresses and the SOA of a short zone: never near 65535 bytes.
    message.extend_from_slice(&(data.len() as u16).to_be_bytes());
    message.extend_from_slice(data);
}

/// Primary server, mailbox, and five numbers of which only the last is ever used here (RFC 1035 §3.3.13).
fn start_of_authority(zone: &str) -> Vec<u8> {
    let mut data = Vec::new();
    write_name(&mut data, zone);
    write_name(&mut data, zone);
    for number in [1, 60, 60, 60, TIME_TO_LIVE] {
        data.extend_from_slice(&number.to_be_bytes());
    }
    data
}

fn write_name(message: &mut Vec<u8>, name: &str) {
    for label in name.split('.').filter(|label| !label.is_empty()) {
        let label = label.as_bytes().get(..usize::from(LABEL_MAX)).unwrap_or(label.as_bytes());
        message.push(label.len() as u8);
        message.extend_from_slice(label);
    }
    message.push(0);
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    const ZONE: &str = "lab.example";

    fn ask(name: &str, kind: u16) -> Vec<u8> {
        let mut message = vec![0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        write_name(&mut message, name);
        message.extend_from_slice(&kind.to_be_bytes());
        message.extend_from_slice(&[0, 1]);
        message
    }

    #[test]
    fn an_address_is_answered_as_the_rfc_draws_it() {
        let asked = ask("LAB.example", TYPE_A);
        let question = question(&asked).unwrap();
        assert_eq!((question.name.as_str(), question.kind), (ZONE, TYPE_A));
        let answered = answer(&question, Reply::Address(Ipv4Addr::new(127, 0, 0, 1).into()), ZONE);
        assert_eq!(answered[..12], [0xab, 0xcd, 0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
        assert_eq!(answered[12..asked.len()], asked[12..], "the question comes back as it was written");
        assert_eq!(answered[asked.len()..], [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1]);
    }

    #[test]
    fn the_other_family_is_empty_and_says_for_how_long() {
        let asked = ask(ZONE, TYPE_AAAA);
        let question = question(&asked).unwrap();
        let empty = answer(&question, Reply::Address(Ipv4Addr::LOCALHOST.into()), ZONE);
        assert_eq!((empty[3] & 15, empty[7], empty[9]), (0, 0, 1));
        assert_eq!(empty[empty.len() - 4..], [0, 0, 0, 1]);
        let found = answer(&question, Reply::Address(Ipv6Addr::LOCALHOST.into()), ZONE);
        assert_eq!((found[7], found[9], found[found.len() - 1]), (1, 0, 1));
    }

    #[test]
    fn failures_bear_their_code() {
        let asked = ask(ZONE, TYPE_A);
        let question = question(&asked).unwrap();
        let code = |reply| answer(&question, reply, ZONE)[3] & 15;
        assert_eq!((code(Reply::Nxdomain), code(Reply::Servfail), code(Reply::Refused)), (3, 2, 5));
        let garbage = answer(&question, Reply::Garbage, ZONE);
        assert_eq!(garbage[..2], asked[..2]);
        assert_eq!(name(&garbage[12..]), None);
    }

    #[test]
    fn what_is_no_question_is_none() {
        let mut answer = ask(ZONE, TYPE_A);
        answer[2] |= 0x80;
        assert_eq!(question(&answer), None);
        assert_eq!(question(&ask(ZONE, TYPE_A)[..20]), None);
        assert_eq!(question(b""), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_question_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let mut likely = vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
            likely.extend_from_slice(&bytes);
            for message in [&bytes, &likely] {
                if let Some(question) = question(message) {
                    for reply in [Reply::Empty, Reply::Garbage, Reply::Address(Ipv4Addr::LOCALHOST.into())] {
                        prop_assert!(answer(&question, reply, ZONE).len() < 512);
                    }
                }
            }
        }
    }
}

//! Whether two answers differ, compared fairly: pools hand out parts of themselves, and each visitor another part.

use std::net::IpAddr;

use goodgate_wire::{Authoritative, Lookup};

/// The addresses of a lookup.
pub(super) fn addresses(lookup: &Lookup) -> Vec<IpAddr> {
    lookup.addresses.iter().map(|address| address.ip).collect()
}

/// The addresses that a zone's server gave.
pub(super) fn of_zone(said: &Authoritative) -> Vec<IpAddr> {
    said.addresses.iter().map(|(ip, _)| *ip).collect()
}

/// Whether two answers have nothing in common: in each family in which both have addresses, no address of one is an
/// address, or stands in the network, of one of the other's. Without a family in common nothing can be said.
pub fn are_apart(one: &[IpAddr], other: &[IpAddr]) -> bool {
    let mut compared = false;
    for four in [true, false] {
        let of = |all: &[IpAddr]| {
            all.iter().filter(|ip| ip.is_ipv4() == four).map(|ip| network(*ip)).collect::<Vec<_>>()
        };
        let (one, other) = (of(one), of(other));
        if one.is_empty() || other.is_empty() {
            continue;
        }
        if one.iter().any(|network| other.contains(network)) {
            return false;
        }
        compared = true;
    }
    compared
}

/// The network within which one operator spreads a site: /16 of IPv4, /32 of IPv6, which is what registries give out.
/// An address that is not public stands for itself.
fn network(ip: IpAddr) -> Vec<u8> {
    match ip {
        _ if !crate::address::is_public(ip) => match ip {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        },
        IpAddr::V4(v4) => v4.octets().iter().take(2).copied().collect(),
        IpAddr::V6(v6) => v6.octets().iter().take(4).copied().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(one: &[&str], other: &[&str]) -> bool {
        let read = |all: &[&str]| all.iter().map(|ip| ip.parse().unwrap()).collect::<Vec<_>>();
        are_apart(&read(one), &read(other))
    }

    #[test]
    fn only_what_has_nothing_in_common_differs() {
        assert!(apart(&["9.9.9.9"], &["8.8.8.8"]));
        assert!(!apart(&["9.9.9.9", "1.1.1.1"], &["1.1.1.1", "8.8.8.8"]), "part of a pool");
        assert!(!apart(&["104.16.1.1"], &["104.16.200.9"]), "another part of a network");
        assert!(!apart(&["9.9.9.9", "2606:4700::1"], &["8.8.8.8", "2606:4700:1::1"]), "one family agrees");
        assert!(!apart(&["9.9.9.9"], &["2606:4700::1"]), "not to be compared");
        assert!(!apart(&[], &["9.9.9.9"]));
        assert!(
            apart(&["192.168.1.1"], &["192.168.1.2"]),
            "addresses of a private network stand for themselves"
        );
    }
}

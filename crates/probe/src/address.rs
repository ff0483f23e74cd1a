//! Which addresses the public internet can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address can be reached from the internet: it stands in none of IANA's special-purpose ranges
/// (RFC 6890 and its registries) that are private, local, reserved or for documentation.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped().or_else(|| embedded(v6)) {
            Some(v4) => is_public_v4(v4),
            None => is_public_v6(v6),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        // Shared address space of carriers (RFC 6598).
        || (a == 100 && (64..128).contains(&b))
        // IETF protocol assignments (RFC 6890) and benchmarking (RFC 2544).
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
        // Reserved for future use, and limited broadcast.
        || a >= 240;
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let documentation = (a == 0x2001 && b == 0x0db8) || (a == 0x3fff && b < 0x1000);
    // Global unicast is 2000::/3 (RFC 4291); 2001::/23 is for protocols, benchmarking among them.
    (0x2000..0x4000).contains(&a) && !documentation && !(a == 0x2001 && b < 0x0200)
}

/// The IPv4 address within the well-known prefix of NAT64 (RFC 6052) or 6to4 (RFC 3056).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b) {
        (0x0064, 0xff9b) if [c, d, e, f] == [0; 4] => Some(v4(g, h)),
        (0x2002, _) => Some(v4(b, c)),
        _ => None,
    }
}

/// Whether names of this form are not of public DNS, so that private addresses are what they should have
/// (RFC 6761, RFC 6762, RFC 8375, and `internal`, which ICANN keeps free for private use).
pub fn is_private_name(host: &str) -> bool {
    const SUFFIXES: &[&str] =
        &["localhost", "test", "local", "internal", "lan", "home.arpa", "invalid", "example"];
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    !host.contains('.')
        || SUFFIXES.iter().any(|suffix| {
            host.strip_suffix(suffix).is_some_and(|head| head.is_empty() || head.ends_with('.'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(address: &str) -> bool {
        is_public(address.parse().unwrap())
    }

    #[test]
    fn special_purpose_addresses_are_not_public() {
        let special = [
            "10.0.0.1",
            "127.0.0.1",
            "169.254.1.1",
            "172.31.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "192.0.2.7",
            "198.18.0.1",
            "203.0.113.9",
            "0.0.0.0",
            "240.0.0.1",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "2001:db8::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::1",
            "2001:2::1",
        ];
        for address in special {
            assert!(!public(address), "{address}");
        }
        for address in ["9.9.9.9", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::909:909"] {
            assert!(public(address), "{address}");
        }
    }

    #[test]
    fn names_of_private_networks() {
        for name in
            ["localhost", "a.localhost", "printer", "nas.local", "x.test", "db.internal", "r.home.arpa."]
        {
            assert!(is_private_name(name), "{name}");
        }
        for name in ["example.com", "local.example.com", "latest.org", "mytest"] {
            assert_eq!(is_private_name(name), !name.contains('.'), "{name}");
        }
    }
}

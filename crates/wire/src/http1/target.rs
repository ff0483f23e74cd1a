//! Request targets and the hosts they name (RFC 9112 section 3.2, RFC 3986 section 3.2).

use memchr::memchr;

use crate::Span;

use super::field_lines::span;
use super::scan::host_end;

/// The scheme of a target in absolute form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetScheme {
    /// `http`.
    Http,
    /// `https`.
    Https,
}

/// The parts of a target, as places in the text of the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) path: Span,
    pub(super) query: Option<Span>,
    pub(super) scheme: Option<TargetScheme>,
    pub(super) authority: Option<Span>,
}

/// Takes a target apart that holds no byte which cannot stand in one; `None` where it has no form that a server is
/// asked in with this method.
pub(super) fn read(text: &[u8], target: Span, method: &[u8]) -> Option<Target> {
    let (begin, end) = (target.begin as usize, target.end as usize);
    match target.of(text) {
        [b'/', ..] => Some(with_path(text, begin, end)),
        b"*" if method == b"OPTIONS" => Some(with_path(text, begin, end)),
        bytes => absolute(text, begin, end, bytes),
    }
}

/// Path and query.
fn with_path(text: &[u8], begin: usize, end: usize) -> Target {
    let mark = memchr(b'?', text.get(begin..end).unwrap_or_default()).map(|at| begin + at);
    Target {
        path: span(begin, mark.unwrap_or(end)),
        query: mark.map(|mark| span(mark + 1, end)),
        scheme: None,
        authority: None,
    }
}

/// The absolute form (section 3.2.2).
fn absolute(text: &[u8], begin: usize, end: usize, bytes: &[u8]) -> Option<Target> {
    let colon = memchr(b':', bytes)?;
    let scheme = match bytes.get(..colon)? {
        name if name.eq_ignore_ascii_case(b"http") => TargetScheme::Http,
        name if name.eq_ignore_ascii_case(b"https") => TargetScheme::Https,
        _ => return None,
    };
    let rest = bytes.get(colon + 1..)?.strip_prefix(b"//")?;
    let authority_begin = begin + colon + 3;
    let length = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
    let path_begin = authority_begin + length;
    let authority = span(authority_begin, path_begin);
    if !is_authority(authority.of(text)) {
        return None;
    }
    let mut parts = with_path(text, path_begin, end);
    if parts.path.is_empty() {
        // An empty path is `/` (RFC 9110 section 4.2.3), and there is one before the authority to point at.
        parts.path = span(authority_begin - 1, authority_begin);
    }
    Some(Target { scheme: Some(scheme), authority: Some(authority), ..parts })
}

/// Bytes of the longest name that DNS knows (RFC 1035 section 2.3.4), with room for its root's dot and for escapes.
const HOST_BYTES: usize = 1 << 10;

/// Whether these bytes are a host that somebody can have meant, with or without a port, and without user information:
/// what `Host`, a target's authority and `:authority` hold. Of what the grammar allows (RFC 3986 section 3.2.2), the
/// sub-delimiters are left out: no name that is resolved has them, and a comma is how two hosts are joined into one.
pub fn is_authority(bytes: &[u8]) -> bool {
    let (host_fits, port) = if let Some(rest) = bytes.strip_prefix(b"[") {
        let Some(close) = memchr(b']', rest) else { return false };
        let (address, behind) = rest.split_at(close);
        (is_ipv6(address), behind.get(1..).unwrap_or_default())
    } else {
        let end = host_end(bytes);
        if bytes.get(end) == Some(&b'%') {
            return escaped_host_fits(bytes);
        }
        ((1..=HOST_BYTES).contains(&end), bytes.get(end..).unwrap_or_default())
    };
    host_fits && is_behind_host(port)
}

/// Whether nothing or a port stands here.
fn is_behind_host(bytes: &[u8]) -> bool {
    match bytes {
        [] => true,
        [b':', digits @ ..] => is_port(digits),
        _ => false,
    }
}

/// Whether it is a host with escapes, with or without a port.
fn escaped_host_fits(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    loop {
        rest = rest.get(host_end(rest)..).unwrap_or_default();
        match rest {
            [b'%', high, low, behind @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                rest = behind;
            }
            _ => return bytes.len() - rest.len() <= HOST_BYTES && is_behind_host(rest),
        }
    }
}

fn is_ipv6(address: &[u8]) -> bool {
    let text = std::str::from_utf8(address).unwrap_or_default();
    text.parse::<std::net::Ipv6Addr>().is_ok()
}

/// A port is digits, and may be empty (RFC 3986 section 3.2.3).
fn is_port(digits: &[u8]) -> bool {
    let number = digits.iter().try_fold(0_u32, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        Some(number * 10 + digit).filter(|number| *number <= u32::from(u16::MAX))
    });
    number.is_some()
}

/// Whether two authorities name the same host and port, whatever the case of their letters and whether or not they spell
/// out the scheme's own port (RFC 3986 section 6.2).
pub fn is_same_authority(one: &[u8], other: &[u8], scheme: TargetScheme) -> bool {
    let port: &[u8] = match scheme {
        TargetScheme::Http => b":80",
        TargetScheme::Https => b":443",
    };
    let bare = |authority: &'_ [u8]| {
        let end = authority.strip_suffix(port).or_else(|| authority.strip_suffix(b":"));
        end.map_or(authority.len(), <[u8]>::len)
    };
    one.get(..bare(one))
        .unwrap_or_default()
        .eq_ignore_ascii_case(other.get(..bare(other)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities() {
        for fits in [
            "shop.example",
            "SHOP.example.",
            "a_b.example:8080",
            "192.0.2.1:80",
            "[2001:db8::1]",
            "[2001:db8::1]:65535",
            "shop.example:",
            "caf%C3%A9.example",
            "%c3%A9:80",
            "a%2d",
            "x",
        ] {
            assert!(is_authority(fits.as_bytes()), "{fits}");
        }
        for not in [
            "",
            ":80",
            "a b",
            "a,b",
            "user@shop.example",
            "a/b",
            "a:b",
            "a:80:80",
            "a:65536",
            "a:+1",
            "[::1",
            "::1",
            "[]",
            "[::1]x",
            "[::1%25eth0]",
            "[v1.x]",
            "a%2",
            "a%zz",
            "a%2db%",
            "a%2d,b",
            "a%2d:b",
            "a\0",
            "caf\u{e9}",
            "a'",
            "a\\b",
            "a?b",
        ] {
            assert!(!is_authority(not.as_bytes()), "{not}");
        }
        assert!(!is_authority(&[b'a'; HOST_BYTES + 1]));
        let escaped = |letters: usize| ["%41", &"a".repeat(letters), ":80"].concat();
        assert!(is_authority(escaped(HOST_BYTES - 3).as_bytes()));
        assert!(!is_authority(escaped(HOST_BYTES - 2).as_bytes()));
    }

    #[test]
    fn the_same_host_in_other_words() {
        let same =
            |one: &str, other: &str| is_same_authority(one.as_bytes(), other.as_bytes(), TargetScheme::Http);
        assert!(same("a.example", "A.example:80") && same("a.example:", "a.example"));
        assert!(!same("a.example", "a.example:443") && !same("a.example", "b.example"));
        assert!(is_same_authority(b"a:443", b"a", TargetScheme::Https));
    }
}

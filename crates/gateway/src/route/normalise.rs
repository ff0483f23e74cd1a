//! The normal form of a path: what routes are matched against, what files are looked up by, and what servers are sent.
//!
//! A gateway that decides by one reading of a path while the server behind it acts by another can be led around its own
//! rules. So there is one form, and it goes on whenever it differs from what the client wrote:
//!
//! - Escapes of unreserved characters are decoded (`/%61dmin` is `/admin`, RFC 3986 section 6.2.2.2), and bytes beyond
//!   ASCII and the few others that browsers escape are escaped; dot segments are removed after that (section 5.2.4), so that `/x/%2e%2e/admin` is `/admin`. What
//!   climbs above the root stays at the root, as browsers have it.
//! - All other escapes stay as they are, case of their digits included: `%2F` goes on as it came (npm's `@scope%2Fname`),
//!   though [routes](super) are found by both readings of it, and an escape that is decoded once here must not become
//!   another one there.
//! - What servers read differently and nobody has an honest use for is refused: a raw backslash (a slash to some; browsers
//!   never send it), `#`, control characters, `%00`, incomplete escapes, and segments that become dot segments where `%2F`
//!   or `%5C` is taken for a slash (`/static/..%2Fadmin`) or where `;` begins parameters (`/static/..;/admin`).
//! - `//` stays; see [`route`](super) for how it is matched.
//!
//! A server that decodes twice (`%252e`) is beyond help from here.

use goodgate_wire::{Part, RequestFault};

/// What became of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normal {
    /// It was in normal form; nothing was written that matters.
    Unchanged,
    /// The normal form was written and is to be used in the path's place, towards servers too.
    Written,
}

const REFUSED: RequestFault = RequestFault::Malformed(Part::Target);

/// What a byte of a path asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    /// Only of interest at the beginning of a segment.
    Dot,
    /// An escape, or what must become one.
    Escape,
    Refused,
}

const CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut table = [Class::Plain; 256];
    let mut byte = 0;
    while byte < 256 {
        if byte <= 0x20 || byte == 0x7f {
            table[byte] = Class::Refused;
        } else if byte >= 0x80 {
            table[byte] = Class::Escape;
        }
        byte += 1;
    }
    table[b'.' as usize] = Class::Dot;
    let escaped = b"%\"<>^`{}";
    let mut at = 0;
    while at < escaped.len() {
        table[escaped[at] as usize] = Class::Escape;
        at += 1;
    }
    table[b'\\' as usize] = Class::Refused;
    table[b'#' as usize] = Class::Refused;
    table[b'?' as usize] = Class::Refused;
    table
}

/// Brings a path (still escaped, without its query) into normal form. `out` is cleared first and holds it only where
/// [`Normal::Written`] is answered. `*` is its own normal form.
///
/// # Errors
/// The target is malformed: it does not begin with `/`, or has what this file's head lists as refused.
pub fn normalise(path: &[u8], out: &mut Vec<u8>) -> Result<Normal, RequestFault> {
    out.clear();
    if path == b"*" {
        return Ok(Normal::Unchanged);
    }
    let Some((b'/', rest)) = path.split_first() else { return Err(REFUSED) };
    if is_plain(path)? {
        return Ok(Normal::Unchanged);
    }
    out.reserve(path.len());
    let mut segments = rest.split(|byte| *byte == b'/').peekable();
    while let Some(segment) = segments.next() {
        let begin = out.len();
        out.push(b'/');
        write_segment(segment, out)?;
        let last = segments.peek().is_none();
        match out.get(begin + 1..).unwrap_or_default() {
            b"." => out.truncate(begin),
            b".." => {
                out.truncate(begin);
                out.truncate(out.iter().rposition(|byte| *byte == b'/').unwrap_or(0));
            }
            segment if hides_dots(segment) => return Err(REFUSED),
            _ => continue,
        }
        if last {
            out.push(b'/');
        }
    }
    Ok(if out.as_slice() == path { Normal::Unchanged } else { Normal::Written })
}

/// Whether nothing in the path asks for a closer look.
fn is_plain(path: &[u8]) -> Result<bool, RequestFault> {
    let mut plain = true;
    let mut previous = 0;
    for byte in path {
        match CLASSES[usize::from(*byte)] {
            Class::Plain => {}
            Class::Dot => plain &= previous != b'/',
            Class::Escape => plain = false,
            Class::Refused => return Err(REFUSED),
        }
        previous = *byte;
    }
    Ok(plain)
}

/// Writes a segment with its escapes in normal form.
fn write_segment(segment: &[u8], out: &mut Vec<u8>) -> Result<(), RequestFault> {
    let mut at = 0;
    while let Some(&byte) = segment.get(at) {
        at += 1;
        match byte {
            b'%' => {
                let (value, _) = segment.get(at..).and_then(escape).ok_or(REFUSED)?;
                match value {
                    0 => return Err(REFUSED),
                    _ if is_unreserved(value) => out.push(value),
                    _ => out.extend_from_slice(segment.get(at - 1..at + 2).unwrap_or_default()),
                }
                at += 2;
            }
            _ if CLASSES[usize::from(byte)] == Class::Escape => write_escape(byte, out),
            _ => out.push(byte),
        }
    }
    Ok(())
}

/// Whether a segment that is no dot segment becomes one where escaped slashes and backslashes are taken for slashes, or
/// where `;` ends it.
fn hides_dots(segment: &[u8]) -> bool {
    let mut rest = Some(segment);
    while let Some(text) = rest {
        let cut = text.windows(3).position(|three| is_escape_of(three, b"2f") || is_escape_of(three, b"5c"));
        let piece = cut.and_then(|cut| text.get(..cut)).unwrap_or(text);
        rest = cut.and_then(|cut| text.get(cut + 3..));
        let end = piece.iter().position(|byte| *byte == b';');
        let end = end.into_iter().chain(piece.windows(3).position(|three| is_escape_of(three, b"3b"))).min();
        if matches!(end.and_then(|end| piece.get(..end)).unwrap_or(piece), b"." | b"..") {
            return true;
        }
    }
    false
}

fn is_escape_of(three: &[u8], digits: &[u8]) -> bool {
    three.split_first().is_some_and(|(first, two)| *first == b'%' && two.eq_ignore_ascii_case(digits))
}

/// The byte that two hexadecimal digits stand for, and what follows them.
pub(crate) fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let ([high, low], after) = text.split_first_chunk::<2>()?;
    Some((digit(*high)? << 4 | digit(*low)?, after))
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Writes a byte as `%XX`.
pub(crate) fn write_escape(byte: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend_from_slice(&[b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

/// What follows the slashes at the beginning of a path.
pub(crate) fn after_slashes(path: &[u8]) -> &[u8] {
    let begin = path.iter().position(|byte| *byte != b'/').unwrap_or(path.len());
    path.get(begin..).unwrap_or_default()
}

/// Whether a character means the same escaped or not (RFC 3986 section 2.3).
pub(super) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normal(path: &[u8]) -> Option<Vec<u8>> {
        let mut out = b"left over".to_vec();
        match normalise(path, &mut out) {
            Ok(Normal::Unchanged) => Some(path.to_vec()),
            Ok(Normal::Written) => {
                assert_ne!(out, path, "written though nothing changed");
                Some(out)
            }
            Err(fault) => {
                assert_eq!(fault, RequestFault::Malformed(Part::Target));
                None
            }
        }
    }

    #[test]
    fn paths_have_one_form() {
        for (path, form) in [
            ("/", "/"),
            ("*", "*"),
            ("/a/b.c", "/a/b.c"),
            ("/a//b", "/a//b"),
            ("//", "//"),
            ("/.well-known/x", "/.well-known/x"),
            ("/...", "/..."),
            ("/..a/.b", "/..a/.b"),
            ("/%61dmin", "/admin"),
            ("/%7Euser/%2D%5f", "/~user/-_"),
            ("/a/./b", "/a/b"),
            ("/a/../b", "/b"),
            ("/a/b/..", "/a/"),
            ("/a/b/.", "/a/b/"),
            ("/..", "/"),
            ("/../../etc/passwd", "/etc/passwd"),
            ("/a/%2e%2E/b", "/b"),
            ("/a/.%2e/b", "/b"),
            ("/a//../b", "/a/b"),
            (".//evil", ""),
            ("/.//evil", "//evil"),
            ("/a%2Fb%2fc", "/a%2Fb%2fc"),
            ("/@scope%2Fname", "/@scope%2Fname"),
            ("/a%5Cb", "/a%5Cb"),
            ("/a%20b%0A", "/a%20b%0A"),
            ("/%25%34%31", "/%2541"),
            ("/%252e%252e/x", "/%252e%252e/x"),
            ("/caf\u{e9}", "/caf%C3%A9"),
            ("/caf%c3%a9", "/caf%c3%a9"),
            ("/a;b=c/d", "/a;b=c/d"),
            ("/a..;/b", "/a..;/b"),
            ("/x/...;/b", "/x/...;/b"),
            ("/a|b[c]", "/a|b[c]"),
            ("/{a}\"<b>^`", "/%7Ba%7D%22%3Cb%3E%5E%60"),
            ("/a:b@c!$&'()*+,=", "/a:b@c!$&'()*+,="),
        ] {
            let expected = (!form.is_empty()).then(|| form.as_bytes().to_vec());
            assert_eq!(normal(path.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn what_servers_read_differently_is_refused() {
        for path in [
            "",
            "admin",
            "**",
            "http://x/",
            "/%",
            "/%4",
            "/%4g",
            "/%zz",
            "/%00",
            "/a%00.php",
            "/a b",
            "/a\tb",
            "/a\r\nb",
            "/a\u{7f}",
            "/a\\b",
            "/..\\admin",
            "/a#b",
            "/a?b",
            "/static/..%2fadmin",
            "/static/..%2Fadmin",
            "/static/..%5cadmin",
            "/static/%2e%2e%2fadmin",
            "/static/x%2f..%2f..%2fadmin",
            "/static/x%2f..",
            "/static/..;/admin",
            "/static/..;v=1/admin",
            "/static/.;/x",
            "/static/%2e%2e;/admin",
            "/static/..%3b/admin",
            "/a%2f.",
        ] {
            assert_eq!(normal(path.as_bytes()), None, "{path}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_normal_form_is_its_own(path in "/(([a-c.;~]|%2[eEfF5]|%5[cC]|%61|%c3|\u{e9}|/){0,24})") {
            if let Some(form) = normal(path.as_bytes()) {
                prop_assert_eq!(normal(&form), Some(form.clone()));
                prop_assert!(form.starts_with(b"/"));
                prop_assert!(!form.split(|byte| *byte == b'/').any(|one| one == b"." || one == b".."));
                prop_assert!(form.is_ascii());
            }
        }

        #[test]
        fn any_bytes_are_read(path in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(form) = normal(&path) {
                prop_assert_eq!(normal(&form), Some(form.clone()));
            }
        }
    }
}

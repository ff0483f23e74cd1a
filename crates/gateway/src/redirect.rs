//! Where redirects lead: templates filled in with what the client asked for, so that nothing a client writes can end a
//! field line or lead to another host.

use goodgate_wire::{Part, RequestFault};

use crate::request::Request;
use crate::route::{after_slashes, write_escape};

const HOST: &str = "{host}";
/// The host with the port that the client named.
const HOST_AND_PORT: &str = "{hostport}";
const PATH: &str = "{path}";
const QUERY: &str = "{query}";

/// What keeps a template from being used, in a sentence, and what to write instead; `None` where nothing does. For
/// whoever reads the configuration.
///
/// A path may follow a host or begin the template, but never stand where a host is read: `https://{path}` would lead
/// wherever the client wants.
pub fn problem(to: &str) -> Option<(&'static str, &'static str)> {
    const EXAMPLE: &str = "for example: \"https://{host}{path}{query}\"";
    let mut rest = to;
    while let Some(at) = rest.find('{') {
        let from = rest.get(at..).unwrap_or_default();
        let known = [HOST, HOST_AND_PORT, PATH, QUERY].into_iter().find(|name| from.starts_with(name));
        let Some(known) = known else {
            return Some(("only {host}, {hostport}, {path} and {query} are filled in here", EXAMPLE));
        };
        rest = from.get(known.len()..).unwrap_or_default();
    }
    let local = to.starts_with(PATH) || (to.starts_with('/') && !to.starts_with("//"));
    if local {
        return None;
    }
    let scheme = |name: &str| {
        let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
        first && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    let after = match to.split_once("://") {
        Some((name, after)) if scheme(name) => after,
        _ => match to.strip_prefix("//") {
            Some(after) => after,
            None => {
                let hint = "begin with https:// and a host, or with a slash for a path of the same site";
                return Some(("this does not say where to", hint));
            }
        },
    };
    let end = [after.find(['/', '?', '#', '\\']), after.find(PATH), after.find(QUERY)];
    let host = end.into_iter().flatten().min().and_then(|end| after.get(..end)).unwrap_or(after);
    if after.split_once(HOST_AND_PORT).is_some_and(|(_, rest)| rest.starts_with(':')) {
        return Some(("{hostport} has a port already", "for example: \"https://{host}:8443{path}{query}\""));
    }
    // `user@{path}` and `host:{path}` would be no host yet.
    if host.is_empty() || host.ends_with(['@', '.', '-']) {
        return Some(("clients could choose the host that this leads to", EXAMPLE));
    }
    None
}

/// Appends the value of `Location` for a template: `{host}` is the request's host without its port (as nginx's `$host`
/// and Caddy's `{host}`), `{hostport}` the host with the port that the client named, if it named one (as `$http_host`
/// and `{hostport}` there), `{path}` its path in normal form, `{query}` its query with the `?`, if it has one.
///
/// A path goes in with one slash in front, whatever the client sent: `//evil.example/` would be read as another host
/// (RFC 3986 section 4.2). What may not stand in a field value or URL is escaped.
///
/// # Errors
/// The template wants the host, and the request (of HTTP/1.0) names none.
pub fn redirect_location(
    to: &str,
    request: &Request<'_>,
    path: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), RequestFault> {
    let begin = out.len();
    let mut rest = to;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        write_safe(before.as_bytes(), out);
        let host = [(HOST, request.host()), (HOST_AND_PORT, request.authority)];
        let host = host.into_iter().find_map(|(name, host)| Some((host, from.strip_prefix(name)?)));
        if let Some((host, after)) = host {
            if host.is_empty() {
                return Err(RequestFault::Malformed(Part::Host));
            }
            write_host(host, out);
            rest = after;
        } else if let Some(after) = from.strip_prefix(PATH) {
            let written = out.get(begin..).unwrap_or_default();
            if !written.ends_with(b"/") {
                out.push(b'/');
            }
            // `OPTIONS *` asks for no path.
            write_safe(if path == b"*" { b"" } else { after_slashes(path) }, out);
            rest = after;
        } else if let Some(after) = from.strip_prefix(QUERY) {
            write_query(request.query, out);
            rest = after;
        } else {
            write_safe(b"{", out);
            rest = from.get(1..).unwrap_or_default();
        }
    }
    write_safe(rest.as_bytes(), out);
    Ok(())
}

/// Appends the value of `Location` for a folder that was asked for without its slash: the path, as the client knows it
/// and in normal form, with the slash, and the query.
pub fn folder_location(path: &[u8], query: Option<&[u8]>, out: &mut Vec<u8>) {
    out.push(b'/');
    write_safe(after_slashes(path), out);
    out.push(b'/');
    write_query(query, out);
}

fn write_query(query: Option<&[u8]>, out: &mut Vec<u8>) {
    if let Some(query) = query {
        out.push(b'?');
        write_safe(query, out);
    }
}

/// Appends what may stand in a URL, the rest escaped; `%` stays, because what comes here is escaped already.
fn write_safe(text: &[u8], out: &mut Vec<u8>) {
    for byte in text {
        match byte {
            0..=b' ' | 0x7f.. | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'}' => {
                write_escape(*byte, out);
            }
            _ => out.push(*byte),
        }
    }
}

/// Appends a host; what can stand in none is escaped, so that it ends no host either.
fn write_host(host: &[u8], out: &mut Vec<u8>) {
    for byte in host {
        if byte.is_ascii_alphanumeric() || b"-._:[]".contains(byte) {
            out.push(*byte);
        } else {
            write_escape(*byte, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use goodgate_wire::{FieldLines, Version};
    use proptest::prelude::*;

    use super::*;
    use crate::request::Scheme;

    fn location(to: &str, authority: &[u8], path: &[u8], query: Option<&[u8]>) -> Option<Vec<u8>> {
        let request = Request {
            method: b"GET",
            path,
            query,
            authority,
            scheme: Scheme::Http,
            version: Version::Http11,
            fields: FieldLines::new(b"", &[]),
            peer: SocketAddr::from(([192, 0, 2, 1], 4000)),
        };
        let mut out = Vec::new();
        redirect_location(to, &request, path, &mut out).ok().map(|()| out)
    }

    #[test]
    fn templates_are_filled_in() {
        let secure = "https://{host}{path}{query}";
        for (to, authority, path, query, expected) in [
            (secure, "shop.example:8080", "/a%20b", Some("q=1&r"), "https://shop.example/a%20b?q=1&r"),
            (secure, "[2001:db8::1]:80", "/", None, "https://[2001:db8::1]/"),
            (secure, "shop.example", "//evil.example/x", Some(""), "https://shop.example/evil.example/x?"),
            (secure, "shop.example", "*", None, "https://shop.example/"),
            (secure, "a/b@c?\r\nd", "/", None, "https://a%2Fb%40c%3F%0D%0Ad/"),
            ("http://{hostport}{path}", "shop.example:8080", "/a", None, "http://shop.example:8080/a"),
            ("http://{hostport}/a", "shop.example", "/", None, "http://shop.example/a"),
            ("http://{hostport}/a", "[2001:db8::1]:81", "/", None, "http://[2001:db8::1]:81/a"),
            ("{path}{query}", "", "//evil.example", None, "/evil.example"),
            ("{path}", "", "/\\evil.example", None, "/%5Cevil.example"),
            ("/{path}", "", "/evil.example", None, "/evil.example"),
            ("/new{path}", "", "/x", Some("hidden"), "/new/x"),
            (
                "https://new.example/{path}",
                "",
                "/x\r\nSet-Cookie: a",
                None,
                "https://new.example/x%0D%0ASet-Cookie:%20a",
            ),
            ("/ÿ {other}", "", "/", None, "/%C3%BF%20%7Bother%7D"),
        ] {
            let got = location(to, authority.as_bytes(), path.as_bytes(), query.map(str::as_bytes)).unwrap();
            assert_eq!(String::from_utf8_lossy(&got), expected, "{to} {path}");
        }
        assert_eq!(location(secure, b"", b"/", None), None, "no host to fill in");
    }

    #[test]
    fn folders_get_their_slash() {
        for (path, query, expected) in
            [("/a", None, "/a/"), ("//evil.example", None, "/evil.example/"), ("/a", Some("b"), "/a/?b")]
        {
            let mut out = Vec::new();
            folder_location(path.as_bytes(), query.map(str::as_bytes), &mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }

    #[test]
    fn templates_that_let_clients_choose_the_host_are_a_problem() {
        for fine in [
            "/",
            "/new{path}",
            "{path}{query}",
            "/{path}",
            "https://{host}{path}{query}",
            "https://{host}:8443{path}",
            "//www.{host}{path}",
            "//{hostport}{path}",
            "https://shop.example{query}",
            "https://shop.example",
        ] {
            assert_eq!(problem(fine), None, "{fine}");
        }
        for bad in [
            "",
            "shop.example",
            "https://{path}",
            "https:///{path}",
            "//{path}",
            "https:/{path}",
            "https://www.{path}",
            "https://me@{path}",
            "{query}",
            "{host}{path}",
            "https://{hostport}:8443{path}",
            "/{uri}",
            "/{path",
        ] {
            assert!(problem(bad).is_some(), "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_a_client_sends_leads_elsewhere(
            path in prop::collection::vec(prop_oneof![Just(b'/'), Just(b'\\'), Just(b'\n'), any::<u8>()], 0..12),
            query in prop::option::of(prop::collection::vec(any::<u8>(), 0..8)),
            to in prop::sample::select(vec!["{path}{query}", "/{path}", "/a{path}", "https://shop.example{path}{query}"]),
        ) {
            let got = location(to, b"h", &path, query.as_deref()).unwrap();
            prop_assert!(got.iter().all(|byte| (0x21..0x7f).contains(byte)));
            if let Some(rest) = got.strip_prefix(b"https://shop.example") {
                prop_assert!(rest.starts_with(b"/"));
            } else {
                prop_assert!(got.starts_with(b"/") && !got.starts_with(b"//") && !got.contains(&b'\\'));
            }
        }
    }
}

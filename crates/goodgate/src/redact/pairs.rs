//! Names that stand before a secret: `password=…`, `Cookie: …`, `define('DB_PASSWORD', '…')`.

use std::ops::Range;

/// Fields whose whole value is secret, to the end of the line if nothing quotes it.
const FIELDS: &[&str] = &[
    "authorization",
    "proxy_authorization",
    "cookie",
    "cookie2",
    "set_cookie",
    "x_api_key",
    "x_auth_token",
    "x_csrf_token",
    "x_amz_security_token",
];

/// Names whose value is secret behind `=`, `:`, `=>` or a comma.
const NAMES: &[&str] = &[
    "api_key",
    "apikey",
    "access_key",
    "secret_key",
    "private_key",
    "encryption_key",
    "app_key",
    "auth_key",
    "secure_auth_key",
    "logged_in_key",
    "nonce_key",
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "credentials",
    "phpsessid",
    "jsessionid",
    "sessionid",
    "session_id",
    "requirepass",
    "masterauth",
];

/// Everyday words whose value is secret only behind `=`, or in quotes behind `:`.
const BEHIND_EQUALS: &[&str] =
    &["key", "pass", "pwd", "auth", "sig", "signature", "session", "sid", "login", "code_verifier"];

const ENDINGS: &[&str] = &[
    "password",
    "secret",
    "token",
    "apikey",
    "sessid",
    "_passwd",
    "_pass",
    "_pwd",
    "_pw",
    "_salt",
    "_session",
    "_api_key",
    "_access_key",
    "_secret_key",
    "_private_key",
    "_encryption_key",
    "_auth_key",
    "_app_key",
    "_signing_key",
    "_license_key",
    "_master_key",
];

/// Directives that pass requests on, and no passwords.
const PASSING_ON: &[&str] =
    &["proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass"];

/// Words behind which a name and its value stand with a blank between them.
const SETTERS: &[&str] = &[
    "setenv",
    "fastcgi_param",
    "uwsgi_param",
    "scgi_param",
    "export",
    "env",
    "set",
    "set-header",
    "add-header",
    "proxy_set_header",
    "add_header",
    "header_up",
    "header_down",
    "header",
    "always",
];

#[derive(Clone, Copy, PartialEq)]
enum Name {
    Field,
    Secret,
    BehindEquals,
}

/// Finds the values of such names.
pub(super) fn find(text: &str, secrets: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !in_name(bytes[at]) {
            at += 1;
            continue;
        }
        let end = (at..bytes.len()).find(|i| !in_name(bytes[*i])).unwrap_or(bytes.len());
        if let Some(name) = text.get(at..end)
            && let Some(kind) = kind(name)
            && let Some(value) = value(bytes, at, end, name, kind)
        {
            at = value.end.max(end);
            secrets.push(value);
        } else {
            at = end;
        }
    }
}

fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn kind(name: &str) -> Option<Name> {
    /// Longer words are no names.
    const NAME_MAX: usize = 64;
    if name.len() > NAME_MAX {
        return None;
    }
    let plain = name.to_ascii_lowercase().replace('-', "_");
    let plain = plain.trim_start_matches('_');
    let bare = plain.strip_prefix("http_").unwrap_or(plain);
    if PASSING_ON.contains(&bare) {
        return None;
    }
    if FIELDS.contains(&bare) {
        return Some(Name::Field);
    }
    if NAMES.contains(&bare) || ENDINGS.iter().any(|ending| bare.ends_with(ending)) {
        return Some(Name::Secret);
    }
    BEHIND_EQUALS.contains(&bare).then_some(Name::BehindEquals)
}

/// Where the value stands; `None` where the name names nothing.
fn value(bytes: &[u8], start: usize, end: usize, name: &str, kind: Name) -> Option<Range<usize>> {
    let mut at = end;
    let mut separator = None;
    // Quotes, brackets and blanks may stand around the separator: `"Cookie":["`, `'password' => '`, `env[X] = `.
    while let Some(byte) = bytes.get(at) {
        match byte {
            b':' | b'=' | b',' if separator.is_none() => separator = Some(*byte),
            b'>' if separator == Some(b'=') => {}
            b' ' | b'\t' | b'[' | b']' => {}
            b'\\' if matches!(bytes.get(at + 1), Some(b'"' | b'\'')) => {}
            b'"' | b'\'' if separator.is_none() && bytes.get(at + 1) == Some(&b' ') => {}
            b'"' | b'\'' if separator.is_none() && closes(bytes, start, at) => {}
            _ => break,
        }
        at += 1;
    }
    if !names_it(bytes, start, end, name, kind, separator) {
        return None;
    }
    // A bracketed placeholder that stands already was stepped over as far as its bracket.
    if bytes.get(at..).is_some_and(|rest| rest.starts_with(b"redacted]")) {
        return None;
    }
    let range = extent(bytes, start, at, kind)?;
    (!harmless(&bytes[range.clone()], name)).then_some(range)
}

/// Whether the quote at `at` is the one that opened right before the name.
fn closes(bytes: &[u8], start: usize, at: usize) -> bool {
    start > 0 && bytes.get(start - 1) == bytes.get(at)
}

/// Whether the name with this separator names a value. A blank alone does only where something sets a variable or a
/// header field, as in `fastcgi_param DB_PASSWORD x`; in sentences words follow each other.
fn names_it(bytes: &[u8], start: usize, end: usize, name: &str, kind: Name, separator: Option<u8>) -> bool {
    let quoted = matches!(bytes.get(end), Some(b'"' | b'\''));
    match separator {
        Some(b'=') => true,
        Some(b':') => {
            kind != Name::BehindEquals || quoted && !matches!(name, "key" | "sid" | "login" | "session")
        }
        Some(_) => kind != Name::BehindEquals && quoted,
        None if kind == Name::BehindEquals || !matches!(bytes.get(end), Some(b' ' | b'\t')) => false,
        None => {
            let before = String::from_utf8_lossy(&bytes[..start]).to_ascii_lowercase();
            let words = before.trim_end_matches(['$', '"', '\'']);
            let set = words.split_whitespace().next_back().is_some_and(|word| SETTERS.contains(&word));
            let variable = name.contains('_') && !name.bytes().any(|b| b.is_ascii_lowercase());
            let header = kind == Name::Field && name.starts_with(|c: char| c.is_ascii_uppercase());
            let directive = words.trim().is_empty() && name.contains('_');
            let option = name.starts_with("--");
            set || variable
                || header
                || directive
                || option
                || matches!(name, "insecure-password" | "requirepass")
        }
    }
}

/// From the value's first byte to its end.
fn extent(bytes: &[u8], start: usize, at: usize, kind: Name) -> Option<Range<usize>> {
    let first = *bytes.get(at)?;
    let until = |from: usize, stop: &dyn Fn(usize) -> bool| {
        (from..bytes.len()).find(|i| stop(*i)).unwrap_or(bytes.len())
    };
    if matches!(first, b'"' | b'\'') {
        let close = until(at + 1, &|i| bytes[i] == first && bytes[i - 1] != b'\\');
        return Some(at + 1..close);
    }
    if kind == Name::Field {
        // `-H 'Cookie: …'`: the quote before the name ends the value; else the line does.
        let opened = start.checked_sub(1).map(|before| bytes[before]).filter(|b| matches!(b, b'"' | b'\''));
        return Some(at..until(at, &|i| Some(bytes[i]) == opened || bytes[i] == b'\r'));
    }
    // A line of an .env file: all of it is the value, blanks too.
    if bytes[..start].iter().all(u8::is_ascii_whitespace) && bytes.get(at - 1) == Some(&b'=') {
        return Some(at..until(at, &|i| matches!(bytes[i], b'\r' | b'&' | b';')));
    }
    let stop = |i: usize| {
        bytes[i].is_ascii_whitespace()
            || matches!(bytes[i], b';' | b'&' | b'"' | b'\'' | b'<' | b')' | b'}' | b',')
    };
    Some(at..until(at, &stop))
}

/// Variables, switches and file names are no secrets, and what they say matters.
fn harmless(value: &[u8], name: &str) -> bool {
    let switch = ["yes", "no", "true", "false", "on", "off", "null", "none", "required", "optional"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word.as_bytes()));
    let variable = value.first() == Some(&b'$') || value.starts_with(b"%[") || value.starts_with(b"%{");
    let file = value.first() == Some(&b'/')
        && name.to_ascii_lowercase().ends_with("key")
        && [&b".pem"[..], b".key", b".crt", b".p12"].iter().any(|ending| value.ends_with(ending));
    value.is_empty() || switch || variable || file
}

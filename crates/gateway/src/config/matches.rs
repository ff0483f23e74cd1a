//! Hosts, paths, methods, fields and targets as people write them.

use super::kind::Form;
use super::typed::{Formed, Names};
use crate::plan::{Charset, HostPattern, PathPattern};

type Wrong = (String, String);

/// A character of a token (RFC 9110 section 5.6.2).
fn token(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !text.is_empty() && text.chars().all(inside)
}

/// Whether a field's value can be sent (RFC 9110 section 5.5).
pub(super) fn sendable(value: &str) -> bool {
    value.trim_matches([' ', '\t']) == value && !value.chars().any(|c| c.is_control() && c != '\t')
}

impl Formed for HostPattern {
    const FORM: Form = Form {
        is: "a host",
        examples: &["shop.example", "*.shop.example", "*"],
        pattern: "^(\\*|(\\*\\.)?[A-Za-z0-9_.-]+|\\[[0-9A-Fa-f:.]+\\])$",
        number: false,
    };

    fn formed(text: &str) -> Result<Self, Wrong> {
        let wrong = |hint: &str| Err((format!("{text:?} is no host"), hint.to_owned()));
        if text == "*" {
            return Ok(Self::Any);
        }
        if text.contains('/') {
            return wrong("the name alone: no scheme and no path; paths stand in routes");
        }
        if text.starts_with('[')
            && text.ends_with(']')
            && text[1..text.len() - 1].parse::<std::net::Ipv6Addr>().is_ok()
        {
            return Ok(Self::Exact(text.to_ascii_lowercase()));
        }
        if text.contains(':') {
            return wrong("without a port: a site answers on all that listen names");
        }
        if !text.is_ascii() {
            return wrong(
                "names in other scripts are written in their ASCII form (xn--…), as browsers send them",
            );
        }
        let below = text.strip_prefix("*.");
        let name = below.unwrap_or(text).trim_end_matches('.');
        let sound = |label: &str| {
            let inside = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            (1..=63).contains(&label.len()) && label.chars().all(inside)
        };
        if name.is_empty() || !name.split('.').all(sound) {
            return wrong(if text.contains('*') {
                "a star stands in front only: \"*.shop.example\""
            } else {
                ""
            });
        }
        let name = name.to_ascii_lowercase();
        Ok(if below.is_some() { Self::Below(name) } else { Self::Exact(name) })
    }
}

impl Formed for PathPattern {
    const FORM: Form = Form {
        is: "a path",
        examples: &["/status", "/api/*", "*.php"],
        pattern: "^(/[^*?#]*(/\\*)?|/\\*|\\*\\.[^*?#/]+)$",
        number: false,
    };

    fn formed(text: &str) -> Result<Self, Wrong> {
        let wrong = |what: &str, hint: String| Err((format!("{text:?} {what}"), hint));
        if let Some(bad) = text.chars().find(|c| c.is_control() || *c == ' ' || !c.is_ascii()) {
            let mut bytes = [0; 4];
            let written: String =
                bad.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")).collect();
            return wrong("fits no path", format!("a path comes with {bad:?} written as {written}"));
        }
        if text.contains(['?', '#']) {
            return wrong(
                "holds more than a path",
                "queries do not take part: leave out what begins with ? or #".to_owned(),
            );
        }
        if let Some(suffix) = text.strip_prefix('*') {
            return match suffix {
                "" => wrong("is no path", "\"/*\" fits all".to_owned()),
                _ if suffix.contains(['*', '/']) => {
                    wrong("is no path", "one star, in front or at the end".to_owned())
                }
                _ => Ok(Self::Suffix(suffix.to_owned())),
            };
        }
        if text.starts_with(['^', '~']) {
            return wrong(
                "is no path",
                "there are no regular expressions: /path, /path/* and *.ending".to_owned(),
            );
        }
        if !text.starts_with('/') {
            return wrong("is no path", format!("with a slash in front: \"/{text}\""));
        }
        let (path, below) = match text.strip_suffix("/*") {
            Some(path) => (path, true),
            None => (text, false),
        };
        if let Some(before) = path.strip_suffix('*') {
            return wrong(
                "is no path",
                format!("\"{}/*\" fits this path and all below it", before.trim_end_matches('/')),
            );
        }
        if path.contains('*') {
            return wrong(
                "is no path",
                "a star stands at the end, behind a slash, or in front: \"/api/*\"".to_owned(),
            );
        }
        if path.split('/').any(|part| part == "." || part == "..") {
            return wrong("fits no path", "dots are resolved before paths are compared".to_owned());
        }
        if let Some(plain) = written_out(path) {
            return wrong("fits no path", format!("these characters are compared as they are: \"{plain}\""));
        }
        Ok(if below { Self::Below(path.to_owned()) } else { Self::Exact(path.to_owned()) })
    }
}

/// The path with unreserved characters decoded (RFC 3986 section 2.3), if there are any to decode.
fn written_out(path: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, behind)) = rest.split_once('%') {
        out.push_str(before);
        let decoded = behind.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).map(char::from);
        match decoded.filter(|c| c.is_ascii_alphanumeric() || "-._~".contains(*c)) {
            Some(plain) => {
                out.push(plain);
                rest = &behind[2..];
            }
            None => {
                out.push('%');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    (out != path).then_some(out)
}

/// A method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Method(pub(super) String);

impl Formed for Method {
    const FORM: Form =
        Form { is: "a method", examples: &["GET", "POST"], pattern: "^[A-Z][A-Z0-9_-]*$", number: false };

    fn formed(text: &str) -> Result<Self, Wrong> {
        let wrong = |hint: String| Err((format!("{text:?} is no method that can come"), hint));
        match text {
            "CONNECT" => wrong("CONNECT is always refused".to_owned()),
            _ if !token(text) => wrong(String::new()),
            _ if text.chars().any(|c| c.is_ascii_lowercase()) => {
                wrong(format!("methods are compared letter by letter: \"{}\"", text.to_ascii_uppercase()))
            }
            _ => Ok(Self(text.to_owned())),
        }
    }
}

/// A token, such as a pseudonym in Via.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token(pub(super) String);

impl Formed for Token {
    const FORM: Form = Form {
        is: "a word of letters, digits and - . _",
        examples: &["goodgate", "edge-1"],
        pattern: "^[A-Za-z0-9._-]{1,64}$",
        number: false,
    };

    fn formed(text: &str) -> Result<Self, Wrong> {
        let inside = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if text.is_empty() || text.len() > 64 || !text.chars().all(inside) {
            return Err((format!("{text:?} cannot be sent as a name"), String::new()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl Formed for Charset {
    const FORM: Form = Form {
        is: "the name of an encoding, or off",
        examples: &["utf-8", "windows-1251", "off"],
        pattern: "^[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}$",
        number: false,
    };

    fn formed(text: &str) -> Result<Self, Wrong> {
        let inside = |c: char| c.is_ascii_alphanumeric() || "-._:+".contains(c);
        let first = text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
        if !first || text.len() > 64 || !text.chars().all(inside) {
            return Err((format!("{text:?} is no name of an encoding"), String::new()));
        }
        Ok(if text == "off" { Self::Unsaid } else { Self::Named(text.to_owned()) })
    }
}

/// A host to send: a name or an address, with a port if need be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostField(pub(super) String);

impl Formed for HostField {
    const FORM: Form = Form {
        is: "a host to send, with a port if need be",
        examples: &["app.example", "app.example:8443"],
        pattern: "^[A-Za-z0-9._:\\[\\]-]+$",
        number: false,
    };

    fn formed(text: &str) -> Result<Self, Wrong> {
        let inside = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        if text.is_empty() || !text.chars().all(inside) {
            return Err((format!("{text:?} cannot be sent as a host"), String::new()));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A path that is asked for or put in place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UrlPath(pub(super) String);

impl Formed for UrlPath {
    const FORM: Form = Form { is: "a path", examples: &["/healthz"], pattern: "^/[!-~]*$", number: false };

    fn formed(text: &str) -> Result<Self, Wrong> {
        if text.starts_with('/') && text.chars().all(|c| c.is_ascii_graphic() && c != '#') {
            return Ok(Self(text.to_owned()));
        }
        let hint = if text.starts_with('/') {
            "spaces and letters of other scripts are written as %20 and the like".to_owned()
        } else {
            format!("with a slash in front: \"/{text}\"")
        };
        Err((format!("{text:?} is no path"), hint))
    }
}

/// Names of fields that go into or out of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SentFields;

impl Names for SentFields {
    const ARE: &'static str = "a field's name";

    fn wrong(name: &str) -> Option<Wrong> {
        /// What belongs to the connection and the framing of messages, which are not a route's to change.
        const OWN: &[&str] = &[
            "connection",
            "content-length",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
        ];
        let lower = name.to_ascii_lowercase();
        if lower == "host" {
            return Some(("Host is not set here".to_owned(), "send_host in the route sets it".to_owned()));
        }
        if OWN.contains(&lower.as_str()) {
            let hint = "it belongs to the connection or to the message's framing, which goodgate answers for";
            return Some((format!("{name} cannot be changed"), hint.to_owned()));
        }
        wrong_field(name)
    }
}

/// Names of fields that requests are looked at for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SeenFields;

impl Names for SeenFields {
    const ARE: &'static str = "a field's name";

    fn wrong(name: &str) -> Option<Wrong> {
        wrong_field(name)
    }
}

fn wrong_field(name: &str) -> Option<Wrong> {
    let hint = "letters, digits and hyphens, such as X-Tenant";
    (!token(name)).then(|| (format!("{name:?} cannot be the name of a field"), hint.to_owned()))
}

/// Names of upstreams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UpstreamNames;

impl Names for UpstreamNames {
    const ARE: &'static str = "a name for routes to use";

    fn wrong(name: &str) -> Option<Wrong> {
        let inside = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let sound = (1..=64).contains(&name.len()) && name.chars().all(inside);
        let hint = "up to 64 letters, digits and - . _, since it stands in logs and metrics";
        (!sound).then(|| (format!("{name:?} cannot be the name of an upstream"), hint.to_owned()))
    }
}

/// Names of parameters for FastCGI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ParamNames;

impl Names for ParamNames {
    const ARE: &'static str = "a parameter's name";

    fn wrong(name: &str) -> Option<Wrong> {
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let sound = !name.is_empty() && name.chars().all(inside);
        let hint = "letters, digits and underscores, such as APP_ENV";
        (!sound).then(|| (format!("{name:?} cannot be the name of a parameter"), hint.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let exact = |name: &str| HostPattern::Exact(name.to_owned());
        for (text, host) in [
            ("Shop.Example.", exact("shop.example")),
            ("*.shop.example", HostPattern::Below("shop.example".to_owned())),
            ("*", HostPattern::Any),
            ("127.0.0.1", exact("127.0.0.1")),
            ("[::1]", exact("[::1]")),
        ] {
            assert_eq!(HostPattern::formed(text).unwrap(), host, "{text}");
        }
        for text in [
            "",
            "shop.example:80",
            "https://shop.example",
            "a b",
            "sh*p.example",
            "пример.example",
            "*.",
            "a..b",
        ] {
            assert!(HostPattern::formed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn paths() {
        for (text, path) in [
            ("/", PathPattern::Exact("/".to_owned())),
            ("/*", PathPattern::Below(String::new())),
            ("/api/*", PathPattern::Below("/api".to_owned())),
            ("*.php", PathPattern::Suffix(".php".to_owned())),
            ("/a%20b", PathPattern::Exact("/a%20b".to_owned())),
        ] {
            assert_eq!(PathPattern::formed(text).unwrap(), path, "{text}");
        }
        for (text, hint) in [
            ("*", "\"/*\""),
            ("/api*", "\"/api/*\""),
            ("api", "\"/api\""),
            ("^/a", "regular"),
            ("/a/../b", "dots"),
            ("/%61b", "\"/ab\""),
            ("/a?b", "queries"),
            ("/ж", "%D0%B6"),
            ("/a/*/b", "star"),
            ("", "slash"),
        ] {
            let (_, told) = PathPattern::formed(text).unwrap_err();
            assert!(told.contains(hint), "{text}: {told}");
        }
    }

    #[test]
    fn names_of_fields() {
        for name in ["X-Tenant", "cookie"] {
            assert_eq!(SentFields::wrong(name), None, "{name}");
        }
        for name in ["", "X Tenant", "Host", "Content-Length", "transfer-encoding", "a:b", "ж"] {
            assert!(SentFields::wrong(name).is_some(), "{name}");
        }
        assert_eq!(SeenFields::wrong("Upgrade"), None);
        assert!(sendable("a b\tc") && !sendable("a\r\nb") && !sendable(" a") && !sendable("\0"));
    }
}

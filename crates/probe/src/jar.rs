//! The cookies of a look: what the site set is sent back to the same host, as a browser would (RFC 6265 section 5).

use url::Url;

use crate::ask::Asked;

/// Bytes of cookies that are sent back.
const COOKIES_MAX: usize = 4096;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    host: String,
    path: String,
    secure: bool,
    name: String,
    pair: String,
}

/// The cookies that were set, each for the host that set it only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Jar(Vec<Cookie>);

impl Jar {
    /// Takes what an answer set.
    pub(crate) fn take(&mut self, asked: &Asked) {
        let Ok(answer) = &asked.result else { return };
        for (name, value) in &answer.response.fields {
            if name.eq_ignore_ascii_case("set-cookie")
                && let Ok(value) = std::str::from_utf8(value)
            {
                self.set(&asked.url, value, asked.began);
            }
        }
    }

    /// Takes one cookie, or drops it where that is what the site wants.
    pub(crate) fn set(&mut self, url: &Url, field: &str, now: jiff::Timestamp) {
        let mut parts = field.split(';').map(str::trim);
        let Some(pair) = parts.next() else { return };
        let Some((name, value)) = pair.split_once('=') else { return };
        let mut cookie = Cookie {
            host: url.host_str().unwrap_or_default().to_owned(),
            path: folder(url.path()).to_owned(),
            secure: false,
            name: name.trim().to_owned(),
            pair: pair.to_owned(),
        };
        let (mut age, mut expired) = (None, false);
        for attribute in parts {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "secure" => cookie.secure = true,
                "path" if value.trim().starts_with('/') => cookie.path = value.trim().to_owned(),
                "max-age" => age = value.trim().parse::<i64>().ok().or(age),
                "expires" => expired = past(value.trim(), now),
                _ => {}
            }
        }
        let dropped = value.trim().is_empty() || age.map_or(expired, |age| age <= 0);
        let sendable = pair.bytes().all(|b| (0x20..0x7f).contains(&b)) && pair.len() <= COOKIES_MAX;
        let allowed = sendable && !cookie.name.is_empty() && (!cookie.secure || url.scheme() == "https");
        if dropped || allowed {
            let same = |other: &Cookie| {
                other.host == cookie.host && other.path == cookie.path && other.name == cookie.name
            };
            match self.0.iter().position(same) {
                Some(at) if dropped => drop(self.0.remove(at)),
                Some(at) => self.0[at] = cookie,
                None if dropped => {}
                None => self.0.push(cookie),
            }
        }
    }

    /// What is sent with a request for this address.
    pub(crate) fn field(&self, url: &Url) -> Option<String> {
        let mut field = String::new();
        let fits = |cookie: &&Cookie| {
            Some(cookie.host.as_str()) == url.host_str()
                && (!cookie.secure || url.scheme() == "https")
                && within(url.path(), &cookie.path)
        };
        for cookie in self.0.iter().filter(fits) {
            if field.len() + 2 + cookie.pair.len() > COOKIES_MAX {
                continue;
            }
            if !field.is_empty() {
                field.push_str("; ");
            }
            field.push_str(&cookie.pair);
        }
        (!field.is_empty()).then_some(field)
    }
}

/// The path that a cookie is for where it names none (section 5.1.4).
fn folder(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((folder, _)) if !folder.is_empty() => folder,
        _ => "/",
    }
}

fn within(path: &str, of: &str) -> bool {
    path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || of.ends_with('/') || rest.starts_with('/'))
}

/// Whether a date, also one of the old form with hyphens, lies in the past.
fn past(date: &str, now: jiff::Timestamp) -> bool {
    let date = date.replace('-', " ");
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(&date).is_ok_and(|at| at <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn jar(set_by: &str, fields: &[&str]) -> Jar {
        let mut jar = Jar::default();
        for field in fields {
            jar.set(&url(set_by), field, "2026-01-01T00:00:00Z".parse().unwrap());
        }
        jar
    }

    #[test]
    fn cookies_go_back_to_their_host_and_path_only() {
        let jar = jar(
            "https://shop.example/a/b",
            &["sid=1; Path=/; HttpOnly", "deep=2", "noname", "=x", "sid=3; Path=/"],
        );
        let sent = |to| jar.field(&url(to));
        assert_eq!(sent("https://shop.example/a/b").as_deref(), Some("sid=3; deep=2"));
        assert_eq!(sent("https://shop.example/ab").as_deref(), Some("sid=3"));
        assert_eq!(sent("https://shop.example:8443/a").as_deref(), Some("sid=3; deep=2"));
        assert_eq!(sent("https://www.shop.example/a/b"), None);
        assert_eq!(sent("https://other.example/a/b"), None);
    }

    #[test]
    fn secure_cookies_are_neither_taken_nor_sent_without_tls() {
        let over_tls = jar("https://shop.example/", &["sid=1; Secure"]);
        assert_eq!(over_tls.field(&url("http://shop.example/")), None);
        assert_eq!(over_tls.field(&url("https://shop.example/")).as_deref(), Some("sid=1"));
        assert_eq!(jar("http://shop.example/", &["sid=1; secure"]), Jar::default());
    }

    #[test]
    fn cookies_that_have_ended_are_dropped() {
        for end in [
            "sid=x; Max-Age=0",
            "sid=x; Max-Age=-1; Expires=Fri, 01 Jan 2100 00:00:00 GMT",
            "sid=",
            "sid=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "sid=x; expires=Thu, 01-Jan-1970 00:00:00 GMT",
        ] {
            assert_eq!(jar("http://shop.example/", &["sid=1", end]), Jar::default(), "{end}");
            assert_eq!(jar("http://shop.example/", &[end]), Jar::default(), "{end}");
        }
        for kept in ["sid=x; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "sid=x; Expires=nonsense"] {
            assert_ne!(jar("http://shop.example/", &[kept]), Jar::default(), "{kept}");
        }
    }

    #[test]
    fn a_field_stays_small() {
        let many: Vec<String> = (0..100).map(|n| format!("c{n}={}", "x".repeat(200))).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let field = jar("http://shop.example/", &many).field(&url("http://shop.example/")).unwrap();
        assert!(field.len() <= COOKIES_MAX && field.len() > COOKIES_MAX / 2, "{}", field.len());
        let huge = format!("c={}", "x".repeat(COOKIES_MAX));
        assert_eq!(jar("http://shop.example/", &[&huge]).field(&url("http://shop.example/")), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(field in "(\\PC|;|=|Path|Expires|Max-Age){0,40}") {
            let _ = jar("http://shop.example/", &[&field]).field(&url("http://shop.example/"));
        }
    }
}

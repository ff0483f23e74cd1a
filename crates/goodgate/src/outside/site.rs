//! Tells the site from files among what was named.

use std::path::Path;

use url::{Host, Url};

use crate::words::{args, say, say_with};

/// Ends of names that are files even if they look like host names.
const FILE_ENDS: &[&str] = &[
    ".log", ".txt", ".conf", ".cfg", ".html", ".htm", ".json", ".gz", ".yaml", ".yml", ".toml", ".ini",
    ".vcl", ".csv", ".out", ".err", ".xml", ".har", ".bz2", ".xz", ".zst", ".tgz", ".pcap", ".dump",
];
/// What stands behind them where a file was rotated or kept.
const KEPT_ENDS: &[&str] = &[".gz", ".bz2", ".xz", ".zst", ".old", ".bak", ".orig", ".save"];

/// The site, if one was named, and the paths; or a sentence that says what is wrong.
pub(crate) fn split(words: &[String]) -> Result<(Option<Url>, Vec<String>), String> {
    let (mut site, mut paths) = (None, Vec::new());
    for word in words {
        let url = match url(word) {
            None => {
                paths.push(word.clone());
                continue;
            }
            Some(url) => url?,
        };
        if site.replace(url).is_some() {
            return Err(say("outside-one-site"));
        }
    }
    Ok((site, paths))
}

/// The URL without name and password, and whether there were any: they are not sent, and do not belong into answers.
pub(crate) fn without_user(mut url: Url) -> (Url, bool) {
    let had = !url.username().is_empty() || url.password().is_some();
    // Neither can fail for http and https.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    (url, had)
}

/// The URL that a word stands for, if it stands for one.
fn url(word: &str) -> Option<Result<Url, String>> {
    let scheme = word.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let text = match scheme.as_deref() {
        Some("http" | "https") => word.to_owned(),
        Some(scheme) if scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+') => {
            return Some(Err(say_with("outside-scheme", &args![scheme = scheme.to_owned()])));
        }
        // As browsers do: the site itself sends on to https.
        _ if !Path::new(word).exists() && looks_like_a_host(word) => format!("http://{word}"),
        _ => return None,
    };
    let wrong =
        |reason: String| say_with("outside-url", &args![given = crate::redact::word(word), reason = reason]);
    Some(match Url::parse(&text) {
        Err(e) => Err(wrong(e.to_string())),
        Ok(url) if url.host().is_none() => Err(wrong("no host".to_owned())),
        Ok(mut url) => {
            url.set_fragment(None);
            Ok(url)
        }
    })
}

fn looks_like_a_host(word: &str) -> bool {
    let authority = word.split(['/', '?', '#']).next().unwrap_or_default();
    // A name and a password may stand before the host; what is left out of the request is said where it is made.
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if named_like_a_file(word)
        || authority.is_empty()
        || word.starts_with(['.', '-'])
        || word.contains(char::is_whitespace)
    {
        return false;
    }
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        _ => authority,
    };
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name == "localhost" || name.trim_end_matches('.').contains('.'),
        Ok(Host::Ipv4(_)) => host.bytes().filter(|b| *b == b'.').count() == 3,
        Ok(Host::Ipv6(_)) => true,
        Err(_) => false,
    }
}

/// Whether somebody who typed this meant a file: `error.log`, `catalina.out`, `error.log-20260101.gz`.
fn named_like_a_file(word: &str) -> bool {
    if word.contains('/') {
        return false;
    }
    let lower = word.to_lowercase();
    let mut rest = lower.as_str();
    loop {
        if FILE_ENDS.iter().any(|end| rest.ends_with(end)) {
            return true;
        }
        let kept = KEPT_ENDS.iter().find_map(|end| rest.strip_suffix(end));
        let undated = rest.trim_end_matches(|c: char| c.is_ascii_digit());
        let undated = undated.strip_suffix(['-', '.', '_']).filter(|shorter| shorter.len() + 1 < rest.len());
        match kept.or(undated) {
            Some(shorter) => rest = shorter,
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &[&str]) -> Result<(Option<String>, Vec<String>), String> {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        split(&words).map(|(url, paths)| (url.map(|url| url.to_string()), paths))
    }

    #[test]
    fn sites_are_told_from_files() {
        let site = |text: &str| told(&[text]).unwrap().0;
        assert_eq!(site("https://shop.example/a?b#c").unwrap(), "https://shop.example/a?b");
        assert_eq!(site("shop.example").unwrap(), "http://shop.example/");
        assert_eq!(site("shop.example:8443/a").unwrap(), "http://shop.example:8443/a");
        assert_eq!(site("127.0.0.1:80").unwrap(), "http://127.0.0.1/");
        assert_eq!(site("[2001:db8::1]:81").unwrap(), "http://[2001:db8::1]:81/");
        assert_eq!(site("localhost:8080").unwrap(), "http://localhost:8080/");
        assert_eq!(site("me:word@shop.example:81/a").unwrap(), "http://me:word@shop.example:81/a");
        let rotated =
            "catalina.out error.log-20260101 error.log-2026-01-01.gz access.log.2 nginx.conf.bak app.err";
        let files =
            ["error.log", "/var/log/nginx", "./shop.example", "-", "nginx.conf", "case", "src/main.rs"];
        for file in files.into_iter().chain(rotated.split(' ')) {
            assert_eq!(site(file), None, "{file}");
        }
        for name in ["shop-1.example", "log.example", "out.example-2", "192.0.2.1:8080"] {
            assert!(site(name).is_some(), "{name}");
        }
        assert_eq!(told(&["http://a.example/", "error.log"]).unwrap().1, ["error.log"]);
    }

    #[test]
    fn what_cannot_be_looked_at_is_said() {
        assert!(told(&["ftp://a.example/"]).unwrap_err().contains("ftp"));
        assert!(told(&["http://"]).is_err());
        assert!(told(&["a.example", "b.example"]).is_err());
    }
}

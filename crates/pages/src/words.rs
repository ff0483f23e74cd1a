//! What a page says whoever made it: maintenance, a missing database, a PHP error, a limit.
//!
//! Words are looked for in error answers only, so that an article about errors does not count as one.

use goodgate_facts::{SignalId, Value, id};

use crate::Message;
use crate::reading::Told;

/// What the page's words say.
pub(crate) fn said(message: &Message<'_>) -> Vec<Told> {
    let mut found = Vec::new();
    let failing = message.status.is_none_or(|status| status >= 400);
    let short = message.body.len() <= SHORT_BYTES;
    if failing || short {
        let lower = message.text().to_ascii_lowercase();
        for (meaning, words) in WORDS {
            if words.iter().any(|words| lower.contains(words)) {
                found.push(plain(*meaning));
            }
        }
    }
    if shows_php_error(message) {
        found.push(plain(id("page-shows-php-error")));
    }
    if message.has("Traceback (most recent call last)") || message.has("\tat ") && message.has(".java:") {
        found.push(plain(id("page-shows-traceback")));
    }
    if let Some(name) = extension(message.text()) {
        found.push(Told { id: id("page-shows-plugin-path"), value: Value::Word(name), target: None });
    }
    found
}

fn plain(meaning: SignalId) -> Told {
    Told { id: meaning, value: Value::None, target: None }
}

/// A page up to this size that speaks of maintenance is about maintenance, even under status 200.
const SHORT_BYTES: usize = 4096;

/// Words in lower case.
const WORDS: &[(SignalId, &[&str])] = &[
    (
        id("page-says-maintenance"),
        &[
            "scheduled maintenance",
            "down for maintenance",
            "under maintenance",
            "in maintenance",
            "maintenance mode",
            "maintenance-mode.html",
            "undergoing maintenance",
            "wartungsarbeiten",
            "wartungsmodus",
            "en maintenance",
            "en mantenimiento",
            "технические работы",
            "техническое обслуживание",
        ],
    ),
    (
        id("page-says-database-down"),
        &[
            "error establishing a database connection",
            "unable to connect to the database",
            "could not connect to the database",
            "database connection error",
            "can't connect to mysql server",
            "sqlstate[hy000] [2002]",
            "too many connections",
            "ошибка установки соединения с базой данных",
        ],
    ),
    (
        id("page-says-critical-error"),
        &["there has been a critical error on this website", "на сайте возникла критическая ошибка"],
    ),
    (
        id("page-says-too-many-requests"),
        &["too many requests", "rate limit exceeded", "you are being rate limited", "local_rate_limited"],
    ),
    (
        id("page-plain-http-to-tls"),
        &[
            "the plain http request was sent to https port",
            "you're speaking plain http to an ssl-enabled server port",
            "client sent an http request to an https server",
            "http request was sent to https port",
        ],
    ),
    (
        id("page-client-certificate-required"),
        &["no required ssl certificate was sent", "the ssl certificate error"],
    ),
    (
        id("page-request-too-large"),
        &[
            "request header or cookie too large",
            "request entity too large",
            "request-uri too large",
            "request header fields too large",
            "payload too large",
            "limit request headers",
            "size of a request header field exceeds server limit",
        ],
    ),
    (
        id("page-says-suspended"),
        &[
            "account suspended",
            "account has been suspended",
            "suspendedpage.cgi",
            "bandwidth limit exceeded",
            "resource limit is reached",
        ],
    ),
    (
        id("page-says-blocked"),
        &[
            "you have been blocked",
            "has banned your ip address",
            "your ip address has been blocked",
            "your access to this site has been limited",
            "access denied - sucuri website firewall",
        ],
    ),
    (
        id("page-says-starting"),
        &["application is starting", "app is starting", "service waking up", "server is starting up"],
    ),
];

fn shows_php_error(message: &Message<'_>) -> bool {
    const KINDS: &[&str] = &["Fatal error", "Parse error", "Warning", "Notice", "Deprecated"];
    let html =
        KINDS.iter().any(|kind| message.has(&format!("<b>{kind}</b>:"))) && message.has(" on line <b>");
    let text = message.text().lines().take(200).any(|line| {
        let line = line.strip_prefix("PHP ").unwrap_or(line);
        (line.starts_with("Fatal error: ") || line.starts_with("Parse error: ")) && line.contains(".php")
    });
    html || text
}

/// The kind and folder of an extension whose path stands in an error message (`in /…/plugins/name/…`); links to
/// its style sheets do not count.
fn extension(text: &str) -> Option<String> {
    const PLACES: &[(&str, &str)] = &[
        ("/wp-content/plugins/", "plugin"),
        ("/wp-content/mu-plugins/", "plugin"),
        ("/wp-content/themes/", "theme"),
        ("/modules/contrib/", "module"),
        ("/sites/all/modules/", "module"),
        ("/components/com_", "component"),
    ];
    PLACES.iter().find_map(|(place, kind)| {
        text.match_indices(place).take(100).find_map(|(at, _)| {
            let before = text.get(..at)?;
            let word = before.rsplit([' ', '>', '"', '\'', '(', '\n']).next().unwrap_or(before);
            // A path on disk, not an address or a link.
            let on_disk = word.starts_with('/') && !before.ends_with(['"', '\'']) && !quoted(before, word);
            let rest = text.get(at + place.len()..)?;
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')))
                .unwrap_or(rest.len());
            let php =
                rest.get(..rest.len().min(300)).or(Some(rest)).is_some_and(|near| near.contains(".php"));
            (on_disk && end > 0 && php).then(|| format!("{kind} {}", &rest[..end]))
        })
    })
}

/// Whether the word stands behind a quotation mark, as in `href="/wp-content/…"`.
fn quoted(before: &str, word: &str) -> bool {
    before.strip_suffix(word).is_some_and(|head| head.ends_with(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<&'static str> {
        said(&Message::parse(text)).iter().map(|told| told.id.as_str()).collect()
    }

    #[test]
    fn paths_in_messages_count_and_links_do_not() {
        let error = "HTTP/1.1 500 X\n\n<b>Fatal error</b>: Uncaught Error in /srv/app/wp-content/plugins/acme/a.php:3 on line <b>3</b>";
        assert_eq!(ids(error), ["page-shows-php-error", "page-shows-plugin-path"]);
        assert_eq!(
            ids("HTTP/1.1 500 X\n\n<link href=\"/wp-content/themes/acme/style.css\"><a href=\"/a.php\">"),
            [""; 0]
        );
    }

    #[test]
    fn words_count_in_error_answers() {
        assert_eq!(ids("HTTP/1.1 503 X\n\nDown for maintenance"), ["page-says-maintenance"]);
        assert_eq!(ids("HTTP/1.1 508 X\n\nResource Limit Is Reached"), ["page-says-suspended"]);
        assert_eq!(ids("HTTP/1.1 403 X\n\nSorry, you have been blocked"), ["page-says-blocked"]);
        assert_eq!(ids("HTTP/1.1 503 X\n\nSERVICE WAKING UP"), ["page-says-starting"]);
        let article = format!("HTTP/1.1 200 OK\n\n{} too many requests", "x".repeat(SHORT_BYTES));
        assert_eq!(ids(&article), [""; 0]);
    }
}

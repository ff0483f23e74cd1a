//! What generators look for in a message. Knows no generator.

use goodgate_facts::{Address, SignalId, Target, Value, id};

use crate::Message;
use crate::reading::{Made, Told};

/// Bytes of a body that are searched: error pages are short, and marks stand at their begin or end.
const BODY_BYTES_MAX: usize = 256 * 1024;

impl<'a> Message<'a> {
    /// The body as far as it is searched.
    pub(crate) fn text(&self) -> &'a str {
        let mut end = self.body.len().min(BODY_BYTES_MAX);
        while !self.body.is_char_boundary(end) {
            end -= 1;
        }
        &self.body[..end]
    }

    /// Whether the body holds these words.
    pub(crate) fn has(&self, words: &str) -> bool {
        memchr::memmem::find(self.text().as_bytes(), words.as_bytes()).is_some()
    }

    /// What stands between two marks in the body.
    pub(crate) fn between(&self, from: &str, to: &str) -> Option<&'a str> {
        let (_, rest) = self.text().split_once(from)?;
        rest.split_once(to).map(|(inside, _)| inside.trim())
    }

    /// The page's title, in whatever case the tag is written.
    pub(crate) fn title(&self) -> Option<&'a str> {
        self.between("<title>", "</title>").or_else(|| self.between("<TITLE>", "</TITLE>"))
    }

    /// The first heading's inside.
    pub(crate) fn first_heading(&self) -> Option<&'a str> {
        let behind = self.between("<h1", "</h1>").or_else(|| self.between("<H1", "</H1>"))?;
        behind.split_once('>').map(|(_, inside)| inside.trim())
    }

    /// The body without blanks around it, if it is no markup.
    pub(crate) fn plain(&self) -> Option<&'a str> {
        let text = self.text().trim();
        (!text.is_empty() && !text.contains('<')).then_some(text)
    }

    /// The plain body's lines that are not empty: a page copied from a browser's window.
    pub(crate) fn plain_lines(&self) -> impl Iterator<Item = &'a str> {
        self.plain().unwrap_or("").lines().map(str::trim).filter(|line| !line.is_empty()).take(LINES_MAX)
    }

    /// A member's text in a body that is one JSON object. Escapes are left as they are.
    pub(crate) fn json(&self, member: &str) -> Option<&'a str> {
        let text = self.text().trim();
        let inside = text.strip_prefix('{')?.strip_suffix('}')?;
        let quoted = format!("\"{member}\"");
        let at = memchr::memmem::find(inside.as_bytes(), quoted.as_bytes())?;
        let behind = inside.get(at + quoted.len()..)?.trim_start().strip_prefix(':')?.trim_start();
        match behind.strip_prefix('"') {
            Some(string) => string.split('"').next(),
            None => behind.split([',', '}']).next().map(str::trim),
        }
    }

    /// How many members a body that is one flat JSON object seems to have.
    pub(crate) fn json_members(&self) -> usize {
        self.text().matches("\":").count() + self.text().matches("\" :").count()
    }

    /// Whether the status is an error's, as far as one is told.
    pub(crate) fn failed(&self) -> bool {
        self.status.is_none_or(|status| status >= 400)
    }

    /// Whether there is a head with an error status and nothing behind it.
    pub(crate) fn failed_and_empty(&self) -> bool {
        self.status.is_some_and(|status| status >= 400) && self.body.trim().is_empty()
    }

    /// The status at the begin of the title, or else of the status line.
    pub(crate) fn title_status(&self) -> Option<u16> {
        let first = self.title()?.split(' ').next()?;
        first.parse().ok().filter(|status| (100..600).contains(status))
    }

    /// All values of a header field.
    pub(crate) fn all<'m>(&'m self, name: &'m str) -> impl Iterator<Item = &'a str> + 'm {
        self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| *v)
    }

    /// Whether a header field holds these words, whatever the case.
    pub(crate) fn header_has(&self, name: &str, words: &str) -> bool {
        self.all(name).any(|value| value.to_ascii_lowercase().contains(words))
    }
}

/// Lines of a copied page that are looked at.
const LINES_MAX: usize = 60;

/// Marks of this strength: markup that nobody else writes 90 and more, a phrase that others may share 50 to 70, a
/// header field 30 to 50.
pub(crate) fn sure(sure: u8, status: Option<u16>) -> Option<Made> {
    Some(Made { version: None, sure, status })
}

/// The status as a body's own number.
pub(crate) fn status_in(text: Option<&str>) -> Option<u16> {
    text?.trim().parse().ok().filter(|status| (400..600).contains(status))
}

/// Marks found in the body's own markup.
pub(crate) fn by_body(message: &Message<'_>, version: Option<&str>) -> Option<Made> {
    Some(Made { version: version.map(str::to_owned), sure: 90, status: message.title_status() })
}

/// Marks found in the head only.
pub(crate) fn by_head(version: Option<&str>) -> Option<Made> {
    Some(Made { version: version.map(str::to_owned), sure: 40, status: None })
}

/// The version behind `name/` in a text, up to a blank, bracket or tag.
pub(crate) fn version_after<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(name)?;
    let version = rest.split([' ', ')', '<', ',', ';', '\r', '\n']).next()?;
    (!version.is_empty() && version.len() <= 40).then_some(version)
}

/// A signal without detail.
pub(crate) fn told(meaning: SignalId) -> Vec<Told> {
    vec![Told { id: meaning, value: Value::None, target: None }]
}

/// The signal that says only which status was answered, for generators whose words say no more.
pub(crate) fn by_status(status: Option<u16>) -> Vec<Told> {
    match status {
        Some(500) => told(id("gateway-answered-500")),
        Some(502) => told(id("gateway-answered-502")),
        Some(503) => told(id("gateway-answered-503")),
        Some(504) => told(id("gateway-answered-504")),
        _ => Vec::new(),
    }
}

/// The first pattern that the text holds.
pub(crate) fn first(text: &str, table: &[(&str, SignalId)]) -> Vec<Told> {
    table
        .iter()
        .find(|(words, _)| text.contains(words))
        .map(|(_, meaning)| told(*meaning))
        .unwrap_or_default()
}

/// A host as target.
pub(crate) fn host(text: &str) -> Option<Target> {
    Address::parse(text.trim(), 0).map(|address| Target { protocol: None, address })
}

/// What an error number of connecting means.
pub(crate) fn connect_error(errno: i32) -> SignalId {
    match errno {
        2 => id("connect-socket-missing"),
        1 | 13 => id("connect-denied"),
        23 | 24 => id("gateway-out-of-descriptors"),
        99 => id("connect-no-local-port"),
        100 | 101 | 112 | 113 => id("connect-unreachable"),
        104 => id("connect-reset"),
        110 => id("connect-timed-out"),
        111 => id("connect-refused"),
        _ => id("connect-failed"),
    }
}

/// What the words of a TLS library mean.
pub(crate) fn tls_error(text: &str) -> SignalId {
    const WORDS: &[(&str, SignalId)] = &[
        ("cert_has_expired", id("certificate-expired")),
        ("certificate has expired", id("certificate-expired")),
        ("not_yet_valid", id("certificate-expired")),
        ("domain_mismatch", id("certificate-name-mismatch")),
        ("hostname_mismatch", id("certificate-name-mismatch")),
        ("san matcher", id("certificate-name-mismatch")),
        ("self_signed", id("certificate-untrusted")),
        ("self-signed", id("certificate-untrusted")),
        ("self signed", id("certificate-untrusted")),
        ("unable_to_get_issuer", id("certificate-untrusted")),
        ("local issuer certificate", id("certificate-untrusted")),
        ("certificate_verify_failed", id("certificate-rejected")),
        ("certificate verify failed", id("certificate-rejected")),
        ("wrong_version_number", id("tls-peer-not-tls")),
        ("wrong version number", id("tls-peer-not-tls")),
        ("protocol_version", id("tls-version-unsupported")),
        ("unsupported_protocol", id("tls-version-unsupported")),
        ("alert_handshake_failure", id("tls-no-shared-cipher")),
        ("unrecognized_name", id("tls-unrecognized-name")),
        ("certificate_required", id("tls-client-certificate-required")),
    ];
    let lower = text.to_ascii_lowercase();
    WORDS.iter().find(|(words, _)| lower.contains(words)).map_or(id("tls-handshake-failed"), |(_, id)| *id)
}

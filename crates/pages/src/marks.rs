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

//! `goodgate explain`: words (codes, flags, ids) from tables, everything else as lines or a page.

mod apache_codes;
mod catalogue_ids;
mod cloudflare_codes;
mod envoy_flags;
mod errnos;
pub(crate) mod error_types;
pub(crate) mod fragments;
mod haproxy_states;
mod heroku_codes;
mod on_purpose;
mod platform_codes;
mod process_ends;
mod proxy_results;
mod status_table;
mod statuses;

use std::borrow::Cow;

use goodgate_causes::Cause;
use goodgate_facts::ErrorType;

use crate::words;

/// What sort of word was explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Status,
    ErrorType,
    Cause,
    Signal,
    HaproxyState,
    EnvoyFlag,
    ApacheCode,
    ProxyResult,
    Errno,
    CloudflareCode,
    HerokuCode,
    PlatformCode,
    ProcessEnd,
}

impl Kind {
    /// The word used in JSON documents.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::ErrorType => "error-type",
            Self::Cause => "cause",
            Self::Signal => "signal",
            Self::HaproxyState => "haproxy-termination-state",
            Self::EnvoyFlag => "envoy-response-flag",
            Self::ApacheCode => "apache-message",
            Self::ProxyResult => "proxy-result-code",
            Self::Errno => "errno",
            Self::CloudflareCode => "cloudflare-code",
            Self::HerokuCode => "heroku-code",
            Self::PlatformCode => "platform-code",
            Self::ProcessEnd => "process-end",
        }
    }

    /// The words used for people.
    pub(crate) fn title(self) -> Cow<'static, str> {
        words::or(&format!("kind-{}", self.as_str()), self.english())
    }

    fn english(self) -> &'static str {
        match self {
            Self::Status => "a status code",
            Self::ErrorType => "an error type of RFC 9209",
            Self::Cause => "a cause in goodgate's catalogue",
            Self::Signal => "a signal that goodgate reads from evidence",
            Self::HaproxyState => "a termination state in HAProxy's log",
            Self::EnvoyFlag => "a response flag in Envoy's access log",
            Self::ApacheCode => "a message number in Apache's error log",
            Self::ProxyResult => "a result code of Squid or Traffic Server",
            Self::Errno => "an error of the operating system",
            Self::CloudflareCode => "an error number on Cloudflare's pages",
            Self::HerokuCode => "an error code of Heroku",
            Self::PlatformCode => "an error name of a platform",
            Self::ProcessEnd => "a way in which a process ends",
        }
    }
}

/// A heading with points below it.
#[derive(Clone, Debug)]
pub(crate) struct Points {
    pub(crate) heading: Cow<'static, str>,
    pub(crate) items: Vec<String>,
}

/// A piece of code with a title.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub(crate) title: String,
    pub(crate) code: String,
}

/// What a word means.
#[derive(Clone, Debug)]
pub(crate) struct Explanation {
    /// The word as it was asked.
    pub(crate) asked: String,
    pub(crate) kind: Kind,
    pub(crate) title: String,
    /// Paragraphs.
    pub(crate) text: Vec<String>,
    /// Common errors about it, put right.
    pub(crate) corrections: Vec<String>,
    pub(crate) points: Vec<Points>,
    pub(crate) examples: Vec<Example>,
    /// Error types it stands for.
    pub(crate) errors: Vec<ErrorType>,
    /// The status it is, or that clients usually get with it.
    pub(crate) status: Option<u16>,
    /// Causes that can stand behind it, the most common first.
    pub(crate) causes: Vec<&'static Cause>,
    /// The cause that it is, whose remedies are shown.
    pub(crate) cause: Option<&'static Cause>,
}

impl Explanation {
    fn new(asked: &str, kind: Kind, title: String) -> Self {
        Self {
            asked: asked.to_owned(),
            kind,
            title,
            text: Vec::new(),
            corrections: Vec::new(),
            points: Vec::new(),
            examples: Vec::new(),
            errors: Vec::new(),
            status: None,
            causes: Vec::new(),
            cause: None,
        }
    }

    fn points(&mut self, heading: impl Into<Cow<'static, str>>, items: Vec<String>) {
        if !items.is_empty() {
            self.points.push(Points { heading: heading.into(), items });
        }
    }

    /// Notes the error types it stands for, and the causes behind them.
    fn stands_for(&mut self, tokens: &[&str]) {
        self.errors = tokens.iter().filter_map(|token| ErrorType::from_token(token)).collect();
        self.causes = causes_behind(&self.errors);
    }
}

/// A row of a table of codes: the code, what it means, the error types it stands for.
struct Code {
    code: &'static str,
    means: &'static str,
    errors: &'static [&'static str],
}

const fn code(code: &'static str, means: &'static str, errors: &'static [&'static str]) -> Code {
    Code { code, means, errors }
}

/// The key of what a table says of a code. Identifiers of Fluent hold no full stops.
fn key(kind: Kind, code: &str) -> String {
    format!("{}-{}", kind.as_str(), code.replace('.', "-"))
}

/// What a table says, in the language that is spoken.
fn told(key: &str, english: &str) -> String {
    words::or(key, english).into_owned()
}

/// A clause as a sentence of its own.
fn sentence(clause: &str) -> String {
    let mut chars = clause.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// Explains one row of a table.
fn row(asked: &str, kind: Kind, row: &Code) -> Explanation {
    let mut out = Explanation::new(asked, kind, row.code.to_owned());
    out.text.push(told(&key(kind, row.code), row.means));
    out.stands_for(row.errors);
    out
}

/// Words are short; anything longer is a line.
const WORD_MAX: usize = 120;

/// Everything that this word can mean; empty if it is no known word.
pub(crate) fn word(asked: &str) -> Vec<Explanation> {
    let asked = asked.trim();
    if asked.is_empty() || asked.len() > WORD_MAX || asked.contains('\n') {
        return Vec::new();
    }
    if let Some((_, meant)) = EVERYDAY.iter().find(|(everyday, _)| everyday.eq_ignore_ascii_case(asked)) {
        return meant.iter().flat_map(|word| in_tables(word)).collect();
    }
    in_tables(asked)
}

/// Everyday words that stand for several of the tables' words.
const EVERYDAY: &[(&str, &[&str])] = &[
    ("timeout", &["connection_timeout", "connection_read_timeout", "http_response_timeout"]),
    ("timed out", &["connection_timeout", "connection_read_timeout", "http_response_timeout"]),
    ("refused", &["connection_refused"]),
    ("reset", &["ECONNRESET"]),
    ("upstream error", &["502", "503", "504"]),
    ("5xx", &["500", "502", "503", "504"]),
];

fn in_tables(asked: &str) -> Vec<Explanation> {
    let tables: &[fn(&str) -> Option<Explanation>] = &[
        statuses::explain,
        errnos::explain,
        process_ends::explain,
        error_types::explain,
        catalogue_ids::cause,
        catalogue_ids::signal,
        envoy_flags::explain,
        haproxy_states::explain,
        apache_codes::explain,
        proxy_results::explain,
        heroku_codes::explain,
        cloudflare_codes::explain,
        platform_codes::explain,
    ];
    tables.iter().filter_map(|table| table(asked)).collect()
}

/// Everything that the tables say, each with its key: what another language has to say as well.
#[cfg(test)]
pub(crate) fn in_english() -> Vec<(String, &'static str)> {
    let codes = [
        (Kind::ApacheCode, apache_codes::CODES),
        (Kind::ProxyResult, proxy_results::CODES),
        (Kind::HerokuCode, heroku_codes::CODES),
        (Kind::CloudflareCode, cloudflare_codes::CODES),
        (Kind::PlatformCode, platform_codes::CODES),
    ];
    let codes =
        codes.iter().flat_map(|(kind, rows)| rows.iter().map(|row| (key(*kind, row.code), row.means)));
    codes
        .chain(statuses::in_english())
        .chain(errnos::in_english())
        .chain(process_ends::in_english())
        .chain(error_types::in_english())
        .chain(envoy_flags::in_english())
        .chain(haproxy_states::in_english())
        .collect()
}

/// Causes that admit one of these error types, the most common first.
fn causes_behind(errors: &[ErrorType]) -> Vec<&'static Cause> {
    let all = goodgate_causes::catalogue().unwrap_or(&[]);
    let mut out: Vec<&Cause> =
        all.iter().filter(|cause| cause.symptoms.iter().any(|s| errors.contains(s))).collect();
    out.sort_by(|a, b| b.prior.total_cmp(&a.prior).then(a.id.cmp(b.id)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(asked: &str) -> Vec<Kind> {
        word(asked).iter().map(|explanation| explanation.kind).collect()
    }

    #[test]
    fn words_are_known_for_what_they_are() {
        for (asked, kind) in [
            ("502", Kind::Status),
            ("Bad Gateway", Kind::Status),
            ("connection_refused", Kind::ErrorType),
            ("socket-missing", Kind::Cause),
            ("connect-refused", Kind::Signal),
            ("SC--", Kind::HaproxyState),
            ("sH--", Kind::HaproxyState),
            ("UF,URX", Kind::EnvoyFlag),
            ("AH01102", Kind::ApacheCode),
            ("ERR_CONNECT_FAIL", Kind::ProxyResult),
            ("TCP_MISS/502", Kind::ProxyResult),
            ("ERR_CONNECT_FAIL 111", Kind::ProxyResult),
            ("timeout", Kind::ErrorType),
            ("H12", Kind::HerokuCode),
            ("ECONNREFUSED", Kind::Errno),
            ("111: Connection refused", Kind::Errno),
            ("1016", Kind::CloudflareCode),
            ("Error 1033", Kind::CloudflareCode),
            ("OriginConnectError", Kind::PlatformCode),
        ] {
            assert!(kinds(asked).contains(&kind), "{asked}: {:?}", kinds(asked));
        }
    }

    #[test]
    fn lines_are_no_words() {
        for asked in [
            "",
            "hello",
            "upstream timed out (110: Connection timed out) while connecting to upstream",
            "GET / HTTP/1.1 502",
            "the site is down",
        ] {
            assert!(kinds(asked).is_empty(), "{asked}: {:?}", kinds(asked));
        }
    }
}

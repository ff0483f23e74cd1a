//! Status codes: what they mean, who sends them, and how their neighbours differ.

use goodgate_facts::ErrorType;

use super::status_table::{OWN, STATUSES};
use super::{Explanation, Kind, causes_behind, error_types, key, on_purpose, told};
use crate::words::{args, say, say_with};

/// One status code.
pub(super) struct Status {
    pub(super) code: u16,
    pub(super) phrase: &'static str,
    /// Where it is defined, or whose own it is.
    pub(super) defined: &'static str,
    pub(super) means: &'static str,
    pub(super) sent_by: &'static str,
    /// Codes that are mistaken for it, and how they differ.
    pub(super) neighbours: &'static [(u16, &'static str)],
    /// Errors that are often read about it, put right.
    pub(super) corrections: &'static [&'static str],
}

/// Words that may stand around a status code without making it a log line.
const AROUND: &[&str] = &[
    "error", "http", "https", "status", "code", "the", "an", "that's", "err", "what", "is", "rfc", "page",
    "http/1.1", "http/2", "http/1.0", "2616", "7231", "9110", "server",
];

/// Phrases that are asked for without a number.
const PHRASES: &[(&str, u16)] = &[
    ("bad gateway", 502),
    ("proxy error", 502),
    ("gateway timeout", 504),
    ("gateway time-out", 504),
    ("gateway timed out", 504),
    ("service unavailable", 503),
    ("service temporarily unavailable", 503),
    ("service temporarily overloaded", 502),
    ("internal server error", 500),
    ("client closed request", 499),
    ("temporary error", 502),
    ("err_bad_gateway", 502),
    ("web server is down", 521),
    ("web server is returning an unknown error", 520),
    ("a timeout occurred", 524),
    ("origin is unreachable", 523),
    ("ssl handshake failed", 525),
    ("invalid ssl certificate", 526),
    ("upstream request timeout", 504),
];

/// Other wordings of a code, with where they come from.
const WORDINGS: &[(u16, &str, &str)] = &[
    (
        502,
        "service temporarily overloaded",
        "That phrase stood for 502 in drafts of HTTP from 1992 to 1994. Today's is \"Bad Gateway\"; for overload the code is 503.",
    ),
    (
        503,
        "gateway timeout",
        "That pairing is from drafts of HTTP of 1992. Today 503 is \"Service Unavailable\" and a timeout of the gateway is 504.",
    ),
    (
        502,
        "proxy error",
        "\"Proxy Error\" is how Apache's mod_proxy words its 502 (and other codes that it makes itself).",
    ),
    (502, "temporary error", "\"Temporary Error (502)\" is Google's wording on its own pages."),
    (
        504,
        "gateway time-out",
        "\"Gateway Time-out\" is the wording of HAProxy and nginx; the standard's is \"Gateway Timeout\". Both mean the same.",
    ),
    (
        503,
        "service temporarily unavailable",
        "\"Service Temporarily Unavailable\" is the wording of nginx; the standard's is \"Service Unavailable\". Both mean the same.",
    ),
];

/// Explains "502", "Error 502", "HTTP 502 Bad Gateway", "Bad Gateway".
pub(super) fn explain(asked: &str) -> Option<Explanation> {
    let (code, phrase) = parse(asked)?;
    let status = STATUSES.iter().find(|status| status.code == code)?;
    let mut out = Explanation::new(asked, Kind::Status, format!("{} {}", status.code, status.phrase));
    out.status = Some(code);
    out.corrections.extend(phrase_correction(status, &phrase));
    let lower = asked.to_ascii_lowercase();
    if lower.contains("2616") || lower.contains("7231") {
        out.corrections.push(say_with("obsolete-documents", &args![defined = defined(status)]));
    }
    let own = key_of(code);
    out.text.push(told(&own, status.means));
    out.text.push(say_with("who-sends-it", &args![who = told(&format!("{own}-sent-by"), status.sent_by)]));
    out.text.push(say_with("defined-where", &args![defined = defined(status)]));
    let corrections = status.corrections.iter().enumerate();
    out.corrections.extend(corrections.map(|(at, text)| told(&key_of_correction(code, at), text)));
    let neighbours = status.neighbours.iter().map(|(other, how)| {
        format!("{other}{}: {}", phrase_of(*other), told(&key_of_neighbour(code, *other), how))
    });
    out.points(say("its-neighbours"), neighbours.collect());
    let errors: Vec<ErrorType> = ErrorType::all().filter(|e| e.recommended_status() == Some(code)).collect();
    if matches!(code, 502..=504) {
        let kinds =
            errors.iter().map(|error| format!("{}: {}", error.token(), error_types::in_short(*error)));
        out.points(say("what-a-gateway-means"), kinds.collect());
        out.causes = causes_behind(&errors);
    }
    out.errors = errors;
    if on_purpose::sensible(code) {
        out.examples = on_purpose::examples(code, status.phrase);
    }
    Some(out)
}

fn key_of(code: u16) -> String {
    key(Kind::Status, &code.to_string())
}

fn key_of_neighbour(code: u16, other: u16) -> String {
    format!("{}-not-{other}", key_of(code))
}

fn key_of_correction(code: u16, at: usize) -> String {
    format!("{}-correction-{}", key_of(code), at + 1)
}

fn key_of_owner(owner: &str) -> String {
    key(Kind::Status, &format!("own-{owner}"))
}

fn key_of_wording(code: u16, wording: &str) -> String {
    format!("{}-worded-{}", key_of(code), wording.replace(' ', "-"))
}

/// Where a code is defined, or whose own it is.
fn defined(status: &Status) -> String {
    if let Some((document, section)) = status.defined.split_once(" section ") {
        return say_with("section-of", &args![document = document, section = section]);
    }
    let owner = OWN.iter().find(|(_, words)| *words == status.defined);
    owner.map_or_else(|| status.defined.to_owned(), |(owner, words)| told(&key_of_owner(owner), words))
}

fn phrase_of(code: u16) -> String {
    STATUSES
        .iter()
        .find(|status| status.code == code)
        .map_or(String::new(), |status| format!(" {}", status.phrase))
}

/// The code and what was written around it, in lower case.
fn parse(asked: &str) -> Option<(u16, String)> {
    let clean: String = asked
        .to_lowercase()
        .chars()
        .map(|c| if matches!(c, ',' | ':' | ';' | '!' | '(' | ')' | '"' | '?' | '<' | '>') { ' ' } else { c })
        .collect();
    let words: Vec<&str> =
        clean.split_whitespace().map(|word| word.trim_end_matches('.')).filter(|w| *w != "-").collect();
    let code_of = |word: &&str| {
        (word.len() == 3).then(|| word.parse::<u16>().ok()).flatten().filter(|n| (100..=599).contains(n))
    };
    let code = words.iter().find_map(code_of);
    let rest: Vec<&str> =
        words.iter().copied().filter(|w| code_of(w).is_none() && !AROUND.contains(w)).collect();
    let phrase = rest.join(" ");
    // "internal server error" is made of words that may stand around any code.
    let whole = words.iter().copied().filter(|w| code_of(w).is_none()).collect::<Vec<_>>().join(" ");
    let by_phrase =
        PHRASES.iter().find(|(known, _)| *known == phrase || *known == whole).map(|(_, code)| *code);
    match code {
        Some(code) if phrase.is_empty() || by_phrase.is_some() || known_phrase(&phrase) => {
            Some((code, phrase))
        }
        Some(_) => None,
        None => by_phrase.map(|code| (code, phrase)),
    }
}

fn known_phrase(phrase: &str) -> bool {
    STATUSES.iter().any(|status| same(status.phrase, phrase))
        || WORDINGS.iter().any(|(_, known, _)| *known == phrase)
}

/// Whether a phrase is this one, the words left out that may stand around any code.
fn same(known: &str, phrase: &str) -> bool {
    let known = known.to_lowercase();
    let core: Vec<&str> = known.split_whitespace().filter(|word| !AROUND.contains(word)).collect();
    known == phrase || core.join(" ") == phrase
}

/// Puts right a phrase that belongs to another code, and says where odd wordings come from.
fn phrase_correction(status: &Status, phrase: &str) -> Option<String> {
    if phrase.is_empty() || same(status.phrase, phrase) {
        return None;
    }
    if let Some((code, known, words)) =
        WORDINGS.iter().find(|(code, known, _)| *code == status.code && *known == phrase)
    {
        return Some(told(&key_of_wording(*code, known), words));
    }
    let owner = STATUSES.iter().find(|other| same(other.phrase, phrase));
    let owner =
        owner.map(|other| other.code).or_else(|| PHRASES.iter().find(|p| p.0 == phrase).map(|p| p.1))?;
    let codes = (status.code.to_string(), owner.to_string());
    (owner != status.code).then(|| {
        say_with(
            "phrase-of-another",
            &args![code = codes.0, phrase = status.phrase, asked = phrase, owner = codes.1],
        )
    })
}

/// What the tables say in English, each with its key.
#[cfg(test)]
pub(super) fn in_english() -> impl Iterator<Item = (String, &'static str)> {
    let rows = STATUSES.iter().flat_map(|status| {
        let code = status.code;
        let own = [(key_of(code), status.means), (format!("{}-sent-by", key_of(code)), status.sent_by)];
        let neighbours = status.neighbours.iter();
        let corrections = status.corrections.iter().enumerate();
        own.into_iter()
            .chain(neighbours.map(move |(other, how)| (key_of_neighbour(code, *other), *how)))
            .chain(corrections.map(move |(at, text)| (key_of_correction(code, at), *text)))
    });
    let wordings = WORDINGS.iter().map(|(code, known, words)| (key_of_wording(*code, known), *words));
    rows.chain(wordings).chain(OWN.iter().map(|(owner, words)| (key_of_owner(owner), *words)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_in_the_words_that_people_type() {
        for asked in [
            "502",
            "Error 502",
            "HTTP 502",
            "502 Bad Gateway",
            "http error 502 - bad gateway",
            "Bad Gateway",
            "502. That's an error.",
            "Temporary Error (502)",
            "502 Proxy Error",
            "502 Service Temporarily Overloaded",
            "HTTP/1.1 502 Bad Gateway",
            "RFC 2616 502",
        ] {
            assert_eq!(explain(asked).and_then(|e| e.status), Some(502), "{asked}");
        }
        assert_eq!(explain("Internal Server Error").and_then(|e| e.status), Some(500));
        for asked in ["502 upstreams are down", "GET /x 502", "1502", "gateway", ""] {
            assert!(explain(asked).is_none(), "{asked}");
        }
    }

    #[test]
    fn wrong_phrases_are_put_right() {
        let told = |asked| explain(asked).map(|e| e.corrections.join(" ")).unwrap_or_default();
        let gateway_timeout = told("502 Gateway Timeout");
        assert!(gateway_timeout.contains("belongs to 504"), "{gateway_timeout}");
        assert!(told("502 Service Temporarily Overloaded").contains("1992"));
        assert!(told("502").contains("RFC 9110"));
        assert!(!told("502 Bad Gateway").contains("belongs to"));
    }

    #[test]
    fn codes_are_listed_once_and_neighbours_speak_of_others() {
        for (at, status) in STATUSES.iter().enumerate() {
            assert!(STATUSES[..at].iter().all(|other| other.code < status.code), "{}", status.code);
            assert!(status.neighbours.iter().all(|(code, _)| *code != status.code), "{}", status.code);
        }
        for code in (520..=530).filter(|c| !matches!(c, 528 | 529)).chain([404, 499, 500, 502, 503, 504]) {
            assert!(STATUSES.iter().any(|status| status.code == code), "{code}");
        }
    }
}

//! What the client would rather have: the form of an answer by `Accept`, its language by `Accept-Language`
//! (RFC 9110 sections 12.5.1 and 12.5.4).

use goodgate_wire::elements;

/// More elements than this nobody sends who means it.
const ELEMENTS_MAX: usize = 64;

/// The form of an answer of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// A page, for browsers.
    Html,
    /// A problem document of RFC 9457, for programs.
    Problem,
    /// A few lines of text, for whoever says nothing or takes anything (curl).
    Text,
}

impl Form {
    /// The value of `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Problem => "application/problem+json",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    /// The form that is liked best. Only what is named counts for pages and documents: `*/*` says that the client does
    /// not care, and text can be read by anybody. Where nothing that we have is acceptable (a picture was asked for),
    /// text is the least of evils.
    pub fn choose(accept: Option<&[u8]>) -> Self {
        let mut best = (Self::Text, 0);
        for element in elements(accept.unwrap_or_default()).take(ELEMENTS_MAX) {
            let (range, weight) = weighed(element);
            let form = Self::named(range);
            // The first of several that are liked as well wins.
            if let Some(form) = form.filter(|_| weight > best.1) {
                best = (form, weight);
            }
        }
        best.0
    }

    fn named(range: &[u8]) -> Option<Self> {
        let is = |names: &[&[u8]]| names.iter().any(|name| range.eq_ignore_ascii_case(name));
        if is(&[b"text/html", b"application/xhtml+xml"]) {
            Some(Self::Html)
        } else if is(&[b"application/problem+json", b"application/json", b"application/*"]) {
            Some(Self::Problem)
        } else if is(&[b"text/plain", b"text/*", b"*/*"]) {
            Some(Self::Text)
        } else {
            None
        }
    }
}

/// The language, of those that there are, that is liked best: by its first subtag, so `ru-RU` is `ru`. `None` where none
/// of them is named.
pub(super) fn language<'t>(
    accept: Option<&[u8]>,
    tags: &(impl Iterator<Item = &'t str> + Clone),
) -> Option<&'t str> {
    let mut best = (None, 0);
    for element in elements(accept.unwrap_or_default()).take(ELEMENTS_MAX) {
        let (range, weight) = weighed(element);
        let first = range.split(|byte| *byte == b'-').next().unwrap_or_default();
        let tag = tags.clone().find(|tag| first.eq_ignore_ascii_case(tag.as_bytes()));
        if tag.is_some() && weight > best.1 {
            best = (tag, weight);
        }
    }
    best.0
}

/// An element without its parameters, and its weight in thousandths.
fn weighed(element: &[u8]) -> (&[u8], u16) {
    let mut parts = element.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let range = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix(b"q=").or_else(|| part.strip_prefix(b"Q=")));
    (range, weight.map_or(1000, thousandths))
}

/// `0.8` is 800 (RFC 9110 section 12.4.2); what is no weight counts as none.
fn thousandths(weight: &[u8]) -> u16 {
    let (whole, fraction) = match weight.iter().position(|byte| *byte == b'.') {
        Some(dot) => (weight.get(..dot).unwrap_or_default(), weight.get(dot + 1..).unwrap_or_default()),
        None => (weight, &b""[..]),
    };
    if whole == b"1" {
        return 1000;
    }
    let mut value = 0;
    for place in [100, 10, 1].into_iter().zip(fraction) {
        match place.1 {
            digit @ b'0'..=b'9' => value += place.0 * u16::from(digit - b'0'),
            _ => return 0,
        }
    }
    if whole == b"0" { value } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn browsers_get_pages_programs_documents_and_others_text() {
        const CASES: &[(Option<&str>, Form)] = &[
            (None, Form::Text),
            (Some(""), Form::Text),
            (Some("*/*"), Form::Text),
            (Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), Form::Html),
            (Some("text/html, application/json;q=0.9"), Form::Html),
            (Some("application/json"), Form::Problem),
            (Some("application/problem+json"), Form::Problem),
            (Some("application/json, text/plain, */*"), Form::Problem),
            (Some("text/plain, application/json"), Form::Text),
            (Some("Application/JSON;q=0.5, TEXT/HTML;q=0.4"), Form::Problem),
            (Some("text/html;q=0.4, application/json;q=0.5"), Form::Problem),
            (Some("text/html;q=0, */*"), Form::Text),
            (Some("text/html;level=1;q=0.9, text/plain;q=0.8"), Form::Html),
            (Some("image/avif,image/webp,*/*;q=0.8"), Form::Text),
            (Some("image/png"), Form::Text),
            (Some("text/html;q=banana"), Form::Text),
            (Some("text/*"), Form::Text),
        ];
        for (accept, form) in CASES {
            assert_eq!(Form::choose(accept.map(str::as_bytes)), *form, "{accept:?}");
        }
    }

    #[test]
    fn languages_are_chosen_by_weight() {
        const CASES: &[(&str, Option<&str>)] = &[
            ("", None),
            ("*", None),
            ("de-DE,de;q=0.9", None),
            ("ru", Some("ru")),
            ("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", Some("ru")),
            ("de, en;q=0.5, RU;q=0.6", Some("ru")),
            ("en;q=0, ru;q=0.001", Some("ru")),
            ("run, engine", None),
        ];
        for (accept, tag) in CASES {
            assert_eq!(language(Some(accept.as_bytes()), &["en", "ru"].into_iter()), *tag, "{accept}");
        }
        assert_eq!(language(None, &["en"].into_iter()), None);
    }

    proptest! {
        #[test]
        fn never_panics(accept in proptest::collection::vec(any::<u8>(), 0..80), weight in "[0-9.q=]{0,8}") {
            let _ = Form::choose(Some(&accept));
            let _ = language(Some(&accept), &["en"].into_iter());
            prop_assert!(thousandths(weight.as_bytes()) <= 1000);
        }
    }
}

//! In which form an answer is wanted (RFC 9110 §12.5.1). Pure.

use crate::http1::Head;

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Html,
    Json,
}

/// More elements of `Accept` than this are not looked at; browsers send ten.
const ELEMENTS_MAX: usize = 100;

/// The forms by the media types that ask for them. Text is what people with a terminal get, who accept everything.
const OFFERED: [(Form, &str, &str); 4] = [
    (Form::Text, "text", "plain"),
    (Form::Html, "text", "html"),
    (Form::Json, "application", "problem+json"),
    (Form::Json, "application", "json"),
];

/// The form that is wanted most; the first offered of equals, and text where nothing fits.
pub(super) fn form(head: &Head) -> Form {
    let mut wanted = Vec::new();
    let elements = head.values("accept").flat_map(|value| value.split(|byte| *byte == b','));
    wanted.extend(elements.take(ELEMENTS_MAX).filter_map(element));
    let mut best = (Form::Text, 0);
    for (form, group, kind) in OFFERED {
        let weight = weight(&wanted, group, kind);
        if weight > best.1 {
            best = (form, weight);
        }
    }
    best.0
}

/// An element of `Accept`: group, kind and weight in thousandths.
struct Wanted {
    group: String,
    kind: String,
    weight: u16,
}

fn element(bytes: &[u8]) -> Option<Wanted> {
    let text = std::str::from_utf8(bytes).ok()?.to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    let (group, kind) = parts.next()?.split_once('/')?;
    let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1000), thousandths)?;
    Some(Wanted { group: group.to_owned(), kind: kind.to_owned(), weight })
}

/// A weight such as `0.8` (RFC 9110 §12.4.2).
fn thousandths(text: &str) -> Option<u16> {
    let weight: f32 = text.trim().parse().ok()?;
    // Between 0 and 1000, so that nothing is lost; what is no number becomes 0.
    (0.0..=1.0).contains(&weight).then_some((weight * 1000.0) as u16)
}

/// The weight of the most particular element that fits.
fn weight(wanted: &[Wanted], group: &str, kind: &str) -> u16 {
    let particular = |one: &&Wanted| (one.group != "*", one.kind != "*");
    wanted
        .iter()
        .filter(|one| one.group == group || one.group == "*")
        .filter(|one| one.kind == kind || one.kind == "*")
        .max_by_key(particular)
        .map_or(0, |one| one.weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http1::{Parsed, parse};

    fn of(accept: &str) -> Form {
        match parse(format!("GET / HTTP/1.1\r\n{accept}\r\n\r\n").as_bytes(), 0) {
            Parsed::Complete(head, _) => form(&head),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn everybody_gets_what_is_wanted_most() {
        let browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        assert_eq!(of(browser), Form::Html);
        assert_eq!(of("Accept: */*"), Form::Text);
        assert_eq!(of("Host: a"), Form::Text);
        assert_eq!(of("Accept: application/json"), Form::Json);
        assert_eq!(of("Accept: APPLICATION/problem+JSON, text/html;q=0.5"), Form::Json);
        assert_eq!(of("Accept: application/*;q=0.3, text/html;q=0.2"), Form::Json);
        assert_eq!(of("Accept: */*, text/plain;q=0"), Form::Html);
        assert_eq!(of("Accept: image/png"), Form::Text);
        assert_eq!(of("Accept: ,;,/;q=,text/html;q=NaN,*"), Form::Text);
    }
}

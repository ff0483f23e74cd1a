//! What a request asks for, by its path and its header. Pure.

use crate::http1::Head;

/// The header that names a recipe where the path cannot, in lower case.
const RECIPE_HEADER: &str = "lab-recipe";

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The recipe of this name, whether or not there is one.
    Recipe(String),
    /// A status, as it stands in the path, and the query.
    Status(String, Vec<(String, String)>),
    /// An answer as it should be.
    Healthy,
    /// The list of everything.
    List,
    /// Nothing that there is.
    Unknown(String),
}

/// What a request asks for. The header comes before the path, so that any path can be asked for a recipe.
pub(super) fn route(head: &Head) -> Route {
    if let Some(name) = head.values(RECIPE_HEADER).next() {
        return Route::Recipe(String::from_utf8_lossy(name).into_owned());
    }
    let target = String::from_utf8_lossy(&head.target);
    let target = without_origin(&target);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut segments = path.split('/').skip(1);
    match (segments.next().unwrap_or_default(), segments.next()) {
        ("r", Some(name)) if !name.is_empty() => Route::Recipe(decoded(name)),
        ("status", Some(status)) => Route::Status(decoded(status), pairs(query)),
        ("ok", _) => Route::Healthy,
        ("" | "r", None | Some("")) | ("*", None) => Route::List,
        _ => Route::Unknown(decoded(path)),
    }
}

/// The absolute form of a target without scheme and authority (RFC 9112 §3.2.2).
fn without_origin(target: &str) -> &str {
    match target.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
        }
        _ => target,
    }
}

/// The names and values of a query, decoded.
fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
        })
        .collect()
}

/// Percent-encoding taken away; what is none stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digit = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        rest = after;
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high << 4 | low).unwrap_or(b'?'));
                rest = after.get(2..).unwrap_or_default();
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::http1::{Parsed, parse};

    fn of(target: &str, line: &str) -> Route {
        match parse(format!("GET {target} HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n").as_bytes(), 0) {
            Parsed::Complete(head, _) => route(&head),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn paths_lead_where_they_say() {
        let recipe = |name: &str| Route::Recipe(name.to_owned());
        assert_eq!(of("/r/fin-in-head", "A: b"), recipe("fin-in-head"));
        assert_eq!(of("/r/fin-in-head/any/thing?x", "A: b"), recipe("fin-in-head"));
        assert_eq!(of("http://example.com/r/x", "A: b"), recipe("x"));
        assert_eq!(of("/anything", "Lab-Recipe: x"), recipe("x"));
        assert_eq!(of("/", "A: b"), Route::List);
        assert_eq!(of("/?a=b", "A: b"), Route::List);
        assert_eq!(of("/r/", "A: b"), Route::List);
        assert_eq!(of("http://example.com", "A: b"), Route::List);
        assert_eq!(of("/ok/77", "A: b"), Route::Healthy);
        assert_eq!(of("/no%20thing", "A: b"), Route::Unknown("/no thing".to_owned()));
        assert_eq!(of("nothing", "A: b"), Route::List);
    }

    #[test]
    fn a_query_is_taken_apart() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let wanted = vec![pair("body", "a b<c>&"), pair("x", ""), pair("y", "%zz%4")];
        assert_eq!(
            of("/status/502?body=a+b%3Cc%3e%26&&x&y=%zz%4", "A: b"),
            Route::Status("502".to_owned(), wanted)
        );
    }

    proptest! {
        #[test]
        fn no_target_makes_it_panic(target in "[!-~\u{80}-\u{7ff}]{1,40}") {
            let _ = of(&target, "A: b");
        }
    }
}

//! Holds the languages against each other and against the program's sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_syntax::ast;

use super::*;

/// Keys of words that stand in tables of the program in English, and only in the other languages here.
const TABLES: &[&str] = &["help-", "unseen-", "kind-", "format-", "value-"];
/// Those of the tables of `explain`, which a test walks row by row.
const EXPLAINED: &[&str] = &[
    "apache-message-",
    "cloudflare-code-",
    "envoy-response-flag-",
    "errno-",
    "error-type-",
    "haproxy-termination-state-",
    "heroku-code-",
    "platform-code-",
    "process-end-",
    "proxy-result-code-",
    "status-",
];

/// The keys of a language's files, each with the names of its placeables.
fn messages(files: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let mut out = BTreeMap::new();
    for file in files {
        let parsed =
            fluent_syntax::parser::parse(*file).unwrap_or_else(|(_, wrong)| panic!("{wrong:?}\n{file}"));
        for entry in parsed.body {
            let ast::Entry::Message(message) = entry else { continue };
            let mut names = BTreeSet::new();
            let pattern = message.value.unwrap_or_else(|| panic!("{} is empty", message.id.name));
            placeables(&pattern, &mut names);
            let before = out.insert(message.id.name.to_owned(), names);
            assert!(before.is_none(), "{} stands twice", message.id.name);
        }
    }
    out
}

fn placeables(pattern: &ast::Pattern<&str>, names: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let ast::PatternElement::Placeable { expression } = element {
            expressions(expression, names);
        }
    }
}

fn expressions(expression: &ast::Expression<&str>, names: &mut BTreeSet<String>) {
    match expression {
        ast::Expression::Inline(inline) => named(inline, names),
        ast::Expression::Select { selector, variants } => {
            named(selector, names);
            for variant in variants {
                placeables(&variant.value, names);
            }
        }
    }
}

fn named(inline: &ast::InlineExpression<&str>, names: &mut BTreeSet<String>) {
    match inline {
        ast::InlineExpression::VariableReference { id } => {
            names.insert(id.name.to_owned());
        }
        ast::InlineExpression::StringLiteral { .. } | ast::InlineExpression::NumberLiteral { .. } => {}
        ast::InlineExpression::Placeable { expression } => expressions(expression, names),
        other => panic!("messages are kept simple: {other:?}"),
    }
}

/// The program's sources but these tests.
fn sources() -> Vec<String> {
    fn walk(folder: &Path, out: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("words/tests.rs") {
                out.push(std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut out = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut out);
    out
}

/// The keys that are spoken in a source: what stands in quotes behind `say(` and `say_with(`.
fn spoken(source: &str) -> BTreeSet<&str> {
    let mut out = BTreeSet::new();
    for mark in ["say(", "say_with("] {
        for (_, behind) in source.match_indices(mark).map(|(at, _)| source.split_at(at + mark.len())) {
            let literal = behind.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'));
            out.extend(literal.map(|(key, _)| key));
        }
    }
    out
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_arguments() {
    let (en, ru) = (messages(EN), messages(RU));
    for (key, names) in &en {
        let other = ru.get(key).unwrap_or_else(|| panic!("{key} has no Russian"));
        assert_eq!(names, other, "{key} has other arguments in Russian");
    }
    for key in ru.keys().filter(|key| !en.contains_key(*key)) {
        let mut tables = TABLES.iter().chain(EXPLAINED);
        assert!(tables.any(|table| key.starts_with(table)), "{key} has no English");
    }
}

#[test]
fn every_message_is_used_and_every_key_that_is_used_is_a_message() {
    let (en, sources) = (messages(EN), sources());
    for key in sources.iter().flat_map(|source| spoken(source)) {
        assert!(en.contains_key(key), "{key} is said, but no message");
    }
    for key in en.keys() {
        let literal = format!("\"{key}\"");
        assert!(sources.iter().any(|source| source.contains(&literal)), "{key} is never said");
    }
}

#[test]
fn every_row_that_is_explained_has_its_russian() {
    let (en, ru) = (messages(EN), messages(RU));
    let rows = crate::explain::in_english();
    assert!(rows.len() > 500, "{}", rows.len());
    let (mut known, mut lost) = (BTreeSet::new(), Vec::new());
    for (key, english) in &rows {
        assert!(known.insert(key.as_str()), "{key} stands for two rows");
        assert!(ru.get(key).is_some_and(BTreeSet::is_empty), "{key} has no Russian: {english}");
        let said = or_in(Language::Ru, key, english);
        lost.extend(codes(english).filter(|code| !said.contains(code)).map(|code| format!("{key}: {code}")));
    }
    assert!(lost.is_empty(), "{lost:#?}");
    let of_tables = |key: &&String| EXPLAINED.iter().any(|table| key.starts_with(table));
    for key in ru.keys().filter(of_tables).filter(|key| !en.contains_key(*key)) {
        assert!(known.contains(key.as_str()), "{key} is said of no row");
    }
}

/// What stays as it is in every language: numbers, and names with signs or with capitals behind the first letter.
fn codes(english: &str) -> impl Iterator<Item = &str> {
    const TRANSLATED: &[&str] = &["KB", "MB", "CDNs"];
    let inside = |c: char| c.is_ascii_alphanumeric() || "_-/.$=%".contains(c);
    let words = english.split(move |c| !inside(c)).map(|word| word.trim_end_matches(['.', '-', '/']));
    words.filter(|word| !TRANSLATED.contains(word)).filter(|word| {
        let odd = |c: char| c.is_ascii_digit() || "_$=%".contains(c);
        word.len() > 1 && (word.contains(odd) || word.chars().skip(1).any(|c| c.is_ascii_uppercase()))
    })
}

#[test]
fn words_of_signals_belong_to_signals() {
    for key in messages(RU).keys().filter_map(|key| key.strip_prefix("value-").map(str::to_owned)) {
        let mut ends = key.match_indices('-').map(|(at, _)| &key[..at]);
        assert!(ends.any(|id| goodgate_facts::SignalId::find(id).is_some()), "{key}");
    }
}

#[test]
fn numbers_take_the_form_that_the_language_asks_for() {
    let counted = |language, n: u64| say_in(language, "count-lines", &args![n = n]);
    assert_eq!([1, 2].map(|n| counted(Language::En, n)), ["1 line", "2 lines"]);
    let wanted = ["1 строка", "3 строки", "11 строк", "21 строка", "1000000 строк"];
    assert_eq!([1, 3, 11, 21, 1_000_000].map(|n| counted(Language::Ru, n)), wanted);
}

#[test]
fn what_comes_from_outside_stays_as_it_is() {
    let hostile = "{ $n } \u{202e}{\"x\"}\n-term = x";
    let said = say_in(Language::Ru, "could-not-be-read", &args![name = hostile, reason = "x"]);
    assert!(said.starts_with(hostile), "{said}");
}

#[test]
fn tables_fall_back_to_english() {
    assert_eq!(or_in(Language::Ru, "no-such-key", "English"), "English");
    assert_eq!(or_in(Language::En, "error-type-connection-refused", "English"), "English");
}

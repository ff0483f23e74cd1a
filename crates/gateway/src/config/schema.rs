//! The JSON Schema of configurations (draft 2020-12), for editors: written from the table of keys.

use super::json::{Json, from_toml, object, text};
use super::keys::File;
use super::kind::{Absent, Form, Key, Kind, Table, UNBOUNDED};
use super::typed::Typed;

/// The JSON Schema of configurations.
pub fn schema() -> String {
    let mut known = Vec::new();
    let Kind::Table(root) = File::KIND else { return String::new() };
    let Json::Object(body) = table(root, &mut known) else { return String::new() };
    let mut members = vec![
        ("$schema".to_owned(), text("https://json-schema.org/draft/2020-12/schema")),
        ("$id".to_owned(), text("goodgate.config/1")),
        ("title".to_owned(), text("goodgate.toml")),
    ];
    members.extend(body);
    members.push(("$defs".to_owned(), Json::Object(known)));
    Json::Object(members).document()
}

/// A documentation's lines as one text.
pub(super) fn prose(doc: &[&str]) -> String {
    doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// What a table is called in the schema.
fn name(table: &Table) -> String {
    table.name.strip_suffix("Keys").unwrap_or(table.name).to_owned()
}

fn table(table: &Table, known: &mut Vec<(String, Json)>) -> Json {
    let properties = table.keys.iter().map(|one| (one.name.to_owned(), key(one, known))).collect();
    let mut members = vec![
        ("type".to_owned(), text("object")),
        ("description".to_owned(), Json::Text(prose(table.doc))),
        ("additionalProperties".to_owned(), Json::Bare("false".to_owned())),
        ("properties".to_owned(), Json::Object(properties)),
    ];
    let needed: Vec<Json> =
        table.keys.iter().filter(|key| key.absent == Absent::Needed).map(|key| text(key.name)).collect();
    if !needed.is_empty() {
        members.push(("required".to_owned(), Json::List(needed)));
    }
    Json::Object(members)
}

fn key(key: &Key, known: &mut Vec<(String, Json)>) -> Json {
    let mut description = prose(key.doc);
    if let Absent::Means(means) = key.absent {
        description.push_str(&format!(" Without it: {means}."));
    }
    let mut members = vec![("description".to_owned(), Json::Text(description))];
    if let Json::Object(of_kind) = kind(key.kind, known) {
        members.extend(of_kind);
    }
    if let Absent::Is(default) = key.absent {
        members.extend(from_toml(default).map(|value| ("default".to_owned(), value)));
    }
    members.extend(from_toml(key.example).map(|value| ("examples".to_owned(), Json::List(vec![value]))));
    Json::Object(members)
}

fn kind(kind: &'static Kind, known: &mut Vec<(String, Json)>) -> Json {
    let typed = |name: &str| object([("type", text(name))]);
    let any = |kinds: Vec<Json>| object([("anyOf", Json::List(kinds))]);
    match kind {
        Kind::Text => typed("string"),
        Kind::Flag => typed("boolean"),
        Kind::Number { min, max } => number(*min, *max),
        Kind::Form(form) if form.number => any(vec![formed(form), number(0, UNBOUNDED)]),
        Kind::Form(form) => formed(form),
        Kind::Word(words) => {
            let one =
                |(word, means): &(&str, &str)| object([("const", text(word)), ("description", text(means))]);
            object([("oneOf", Json::List(words.iter().map(one).collect()))])
        }
        Kind::TextOrFlag(flag, means) => {
            let flag = object([("const", Json::Bare(flag.to_string())), ("description", text(means))]);
            any(vec![typed("string"), flag])
        }
        Kind::Many(one) => {
            let one = self::kind(one, known);
            any(vec![one.clone(), object([("type", text("array")), ("items", one)])])
        }
        Kind::ByName(names, of) => object([
            ("type", text("object")),
            ("propertyNames", object([("description", text(names))])),
            ("additionalProperties", self::kind(of, known)),
        ]),
        Kind::Table(of) => {
            define(of, known);
            let reference = object([("$ref", Json::Text(format!("#/$defs/{}", name(of))))]);
            match of.short.and_then(|short| of.key(short)) {
                Some(short) => any(vec![self::kind(short.kind, known), reference]),
                None => reference,
            }
        }
    }
}

fn define(of: &'static Table, known: &mut Vec<(String, Json)>) {
    let name = name(of);
    if known.iter().any(|(other, _)| *other == name) {
        return;
    }
    let place = known.len();
    // Its place first: tables below come after it.
    known.push((name, Json::List(Vec::new())));
    let body = table(of, known);
    known[place].1 = body;
}

fn formed(form: &Form) -> Json {
    object([("type", text("string")), ("pattern", text(form.pattern))])
}

fn number(min: u64, max: u64) -> Json {
    let mut members =
        vec![("type".to_owned(), text("integer")), ("minimum".to_owned(), Json::Bare(min.to_string()))];
    if max < UNBOUNDED {
        members.push(("maximum".to_owned(), Json::Bare(max.to_string())));
    }
    Json::Object(members)
}

//! A validator that knows as much of JSON Schema as the schemas in docs/schema use, and refuses a schema that uses
//! more.

use serde_json::{Map, Value};

fn schema(name: &str) -> Value {
    let path = format!("{}/../../docs/schema/{name}-1.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Panics where the document is not what the schema promises.
#[track_caller]
pub(crate) fn fits(name: &str, text: &str) {
    let (schema, document): (Value, Value) = (schema(name), serde_json::from_str(text).unwrap());
    let mut problems = Vec::new();
    check(&schema, &schema, &document, "$", &mut problems);
    assert!(problems.is_empty(), "{name}: {problems:#?}\n{text}");
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
    for (key, rule) in schema.as_object().unwrap() {
        let ok = match key.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => true,
            "$ref" => {
                let pointer = rule.as_str().and_then(|r| r.strip_prefix('#')).unwrap();
                check(root, root.pointer(pointer).unwrap(), value, at, problems);
                true
            }
            "type" => match rule {
                Value::String(name) => is(name, value),
                names => names.as_array().unwrap().iter().any(|name| is(name.as_str().unwrap(), value)),
            },
            "const" => rule == value,
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value.as_f64().is_none_or(|n| n >= rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|n| n <= rule.as_f64().unwrap()),
            "items" => {
                for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{at}[{n}]"), problems);
                }
                true
            }
            "required" => value.as_object().is_none_or(|object| {
                rule.as_array().unwrap().iter().all(|key| object.contains_key(key.as_str().unwrap()))
            }),
            "additionalProperties" => value.as_object().is_none_or(|object| known(schema, object)),
            "properties" => {
                for (key, inner) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(key) {
                        check(root, inner, value, &format!("{at}.{key}"), problems);
                    }
                }
                true
            }
            other => panic!("the validator does not know {other}"),
        };
        if !ok {
            problems.push(format!("{at}: {key} {rule} does not hold for {value}"));
        }
    }
}

fn known(schema: &Value, object: &Map<String, Value>) -> bool {
    object.keys().all(|key| schema["properties"].get(key).is_some())
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the validator does not know the type {other}"),
    }
}

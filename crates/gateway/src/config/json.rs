//! JSON as it is written: the schema, and examples of TOML in JSON.

use toml::de::DeValue;

/// A JSON value; objects keep the order in which they are written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    /// A number, `true` or `false`, as it is written.
    Bare(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

/// An object of these members.
pub(super) fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

pub(super) fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

/// A TOML value in JSON; `None` if it is none.
pub(super) fn from_toml(written: &str) -> Option<Json> {
    DeValue::parse(written).ok().map(|value| converted(value.get_ref()))
}

fn converted(value: &DeValue<'_>) -> Json {
    match value {
        DeValue::String(value) => text(value),
        DeValue::Integer(number) => Json::Bare(number.as_str().replace('_', "")),
        DeValue::Float(number) => Json::Bare(number.as_str().replace('_', "")),
        DeValue::Boolean(flag) => Json::Bare(flag.to_string()),
        DeValue::Datetime(time) => Json::Text(time.to_string()),
        DeValue::Array(list) => Json::List(list.iter().map(|one| converted(one.get_ref())).collect()),
        DeValue::Table(table) => {
            let mut entries: Vec<_> = table.iter().collect();
            entries.sort_by_key(|(name, _)| name.span().start);
            let one = |(name, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
                let name: &std::borrow::Cow<'_, str> = name.get_ref();
                (name.clone().into_owned(), converted(value.get_ref()))
            };
            Json::Object(entries.into_iter().map(one).collect())
        }
    }
}

impl Json {
    /// The document, indented by two spaces, with a line end.
    pub(super) fn document(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out.push('\n');
        out
    }

    fn write(&self, out: &mut String, depth: usize) {
        match self {
            Self::Bare(written) => out.push_str(written),
            Self::Text(text) => quoted(text, out),
            Self::List(values) => {
                out.push('[');
                for (place, value) in values.iter().enumerate() {
                    separate(out, place, depth + 1);
                    value.write(out, depth + 1);
                }
                close(out, ']', values.is_empty(), depth);
            }
            Self::Object(members) => {
                out.push('{');
                for (place, (name, value)) in members.iter().enumerate() {
                    separate(out, place, depth + 1);
                    quoted(name, out);
                    out.push_str(": ");
                    value.write(out, depth + 1);
                }
                close(out, '}', members.is_empty(), depth);
            }
        }
    }
}

fn separate(out: &mut String, place: usize, depth: usize) {
    out.push_str(if place == 0 { "\n" } else { ",\n" });
    out.extend(std::iter::repeat_n("  ", depth));
}

fn close(out: &mut String, end: char, empty: bool, depth: usize) {
    if !empty {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    }
    out.push(end);
}

/// RFC 8259 section 7.
fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

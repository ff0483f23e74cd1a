//! From what stands in the text to values of the right kind, with every problem told. Knows no single key: those are
//! declared with [`table!`](super::typed::table) in `keys`.

use toml::Spanned;
use toml::de::DeValue;

use super::kind::{Absent, Form, Key, Kind, Table};
use super::nearest::nearest;
use super::problem::{Lines, Problem, Severity};

/// A value in the text.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// Where something stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spot {
    /// Its first byte.
    pub(super) start: usize,
    /// Its key, dotted.
    pub(super) key: String,
}

impl Spot {
    /// The same place, for a key below.
    pub(super) fn below(&self, name: &str) -> Self {
        Self { start: self.start, key: joined(&self.key, name) }
    }
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct At<T> {
    /// The value.
    pub(super) value: T,
    /// Where it stands.
    pub(super) spot: Spot,
}

/// What turns up while a text is read.
pub(super) struct Reading<'a> {
    lines: Lines<'a>,
    key: Option<&'static Key>,
    problems: Vec<Problem>,
}

impl<'a> Reading<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { lines: Lines::of(text), key: None, problems: Vec::new() }
    }

    pub(super) fn lines(&self) -> &Lines<'a> {
        &self.lines
    }

    pub(super) fn error(&mut self, spot: &Spot, what: impl Into<String>, hint: impl Into<String>) {
        self.push(spot, Severity::Error, what.into(), hint.into());
    }

    pub(super) fn warn(&mut self, spot: &Spot, what: impl Into<String>, hint: impl Into<String>) {
        self.push(spot, Severity::Warning, what.into(), hint.into());
    }

    fn push(&mut self, spot: &Spot, severity: Severity, what: String, hint: String) {
        let (line, column) = self.lines.place(spot.start);
        let hint = Some(hint).filter(|hint| !hint.is_empty());
        self.problems.push(Problem { line, column, key: spot.key.clone(), what, hint, severity });
    }

    pub(super) fn failed(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Whether something is known to be wrong at this key or below it.
    pub(super) fn told_below(&self, key: &str) -> bool {
        let below = |problem: &Problem| {
            let rest = problem.key.strip_prefix(key);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.problems.iter().any(|problem| problem.severity == Severity::Error && below(problem))
    }

    /// The problems in the order of the text, each once.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by(Problem::order);
        self.problems.dedup();
        self.problems
    }

    /// Says that something else stands there than is expected.
    pub(super) fn misfit(&mut self, value: &Value<'_>, spot: &Spot, kind: &Kind) {
        let what = format!("{} is expected here, not {}", kind.expected(), named(value.get_ref()));
        let hint = self.example().unwrap_or_default();
        self.error(spot, what, hint);
    }

    /// Says that another word stands there than those that are known.
    pub(super) fn no_word(&mut self, value: &Value<'_>, spot: &Spot, kind: &Kind) {
        let (Kind::Word(words), Some(text)) = (kind, value.get_ref().as_str()) else {
            return self.misfit(value, spot, kind);
        };
        let near = nearest(text, words.iter().map(|(word, _)| *word));
        let hint = match near {
            Some(meant) => format!("perhaps \"{meant}\" is meant; it is {}", kind.expected()),
            None => format!("it is {}", kind.expected()),
        };
        self.error(spot, format!("{text:?} is not known here"), hint);
    }

    /// An example of the key that is read.
    fn example(&self) -> Option<String> {
        let shown = |key: &Key| if let Absent::Is(default) = key.absent { default } else { key.example };
        self.key.map(|key| format!("for example: {} = {}", key.name, shown(key)))
    }
}

fn joined(key: &str, name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name = if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { format!("{name:?}") };
    if key.is_empty() { name } else { format!("{key}.{name}") }
}

/// What a value is, for people.
fn named(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time of day",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// What values can be read as.
pub(super) trait Typed: Sized {
    /// What is expected.
    const KIND: &'static Kind;

    /// The value, or a problem and `None`.
    fn typed(value: &Value<'_>, spot: &Spot, reading: &mut Reading<'_>) -> Option<Self>;
}

/// What is written as a text of a certain form.
pub(super) trait Formed: Sized {
    /// The form.
    const FORM: Form;

    /// What the text stands for, or what is wrong with it and a hint (empty for the form's examples).
    fn formed(text: &str) -> Result<Self, (String, String)>;
}

impl<T: Formed> Typed for T {
    const KIND: &'static Kind = &Kind::Form(&T::FORM);

    fn typed(value: &Value<'_>, spot: &Spot, reading: &mut Reading<'_>) -> Option<Self> {
        let number;
        let text = match value.get_ref() {
            DeValue::String(text) => text.as_ref(),
            DeValue::Integer(written) if T::FORM.number && written.radix() == 10 => {
                number = written.as_str().replace('_', "");
                &number
            }
            _ => {
                reading.misfit(value, spot, Self::KIND);
                return None;
            }
        };
        T::formed(text)
            .map_err(|(what, hint)| {
                let examples = || {
                    let examples: Vec<String> =
                        T::FORM.examples.iter().map(|one| format!("\"{one}\"")).collect();
                    format!("write {}, such as {}", T::FORM.is, examples.join(" or "))
                };
                let hint = if hint.is_empty() { examples() } else { hint };
                reading.error(spot, what, hint);
            })
            .ok()
    }
}

/// Several, or one alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Many<T>(pub(super) Vec<At<T>>);

impl<T: Typed> Typed for Many<T> {
    const KIND: &'static Kind = &Kind::Many(T::KIND);

    fn typed(value: &Value<'_>, spot: &Spot, reading: &mut Reading<'_>) -> Option<Self> {
        let DeValue::Array(list) = value.get_ref() else {
            let value = T::typed(value, spot, reading)?;
            return Some(Self(vec![At { value, spot: spot.clone() }]));
        };
        let mut out = Vec::new();
        for (place, value) in list.iter().enumerate() {
            let spot = Spot { start: value.span().start, key: format!("{}[{place}]", spot.key) };
            out.extend(T::typed(value, &spot, reading).map(|value| At { value, spot }));
        }
        Some(Self(out))
    }
}

/// Values by names, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ByName<N, T>(pub(super) Vec<(At<String>, At<T>)>, std::marker::PhantomData<N>);

/// What the names of a table that are free to choose must be.
pub(super) trait Names {
    /// What they are, with an article.
    const ARE: &'static str;

    /// What is wrong with a name, and a hint.
    fn wrong(name: &str) -> Option<(String, String)>;
}

impl<N: Names, T: Typed> Typed for ByName<N, T> {
    const KIND: &'static Kind = &Kind::ByName(N::ARE, T::KIND);

    fn typed(value: &Value<'_>, spot: &Spot, reading: &mut Reading<'_>) -> Option<Self> {
        let DeValue::Table(table) = value.get_ref() else {
            reading.misfit(value, spot, Self::KIND);
            return None;
        };
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let mut out = Vec::new();
        for (name, value) in entries {
            let key = joined(&spot.key, name.get_ref());
            let at = Spot { start: name.span().start, key: key.clone() };
            if let Some((what, hint)) = N::wrong(name.get_ref()) {
                reading.error(&at, what, hint);
            }
            let spot = Spot { start: start_of(name, value), key };
            let name = At { value: name.get_ref().clone().into_owned(), spot: at };
            out.extend(T::typed(value, &spot, reading).map(|value| (name, At { value, spot })));
        }
        Some(Self(out, std::marker::PhantomData))
    }
}

/// Where a value is shown: a table at its name, since what a table's own beginning is depends on how it is written.
fn start_of(name: &Spanned<toml::de::DeString<'_>>, value: &Value<'_>) -> usize {
    if value.get_ref().is_table() { name.span().start } else { value.span().start }
}

/// The key's value in a table, read.
pub(super) fn field<T: Typed>(
    entries: &[Entry<'_, '_>],
    key: &'static Key,
    spot: &Spot,
    reading: &mut Reading<'_>,
) -> Option<At<T>> {
    let Some(entry) = entries.iter().find(|entry| entry.name == key.name) else {
        if key.absent == Absent::Needed {
            let at = spot.below(key.name);
            reading.error(
                &at,
                format!("{} is missing", key.name),
                format!("for example: {} = {}", key.name, key.example),
            );
        }
        return None;
    };
    let spot = Spot {
        start: entry.start,
        key: if entry.short { spot.key.clone() } else { joined(&spot.key, key.name) },
    };
    let before = reading.key;
    // A bare value stands for a key that its example would name wrongly.
    if !entry.short {
        reading.key = Some(key);
    }
    let value = T::typed(entry.value, &spot, reading);
    reading.key = before;
    value.map(|value| At { value, spot })
}

/// A key and a value in the text.
pub(super) struct Entry<'a, 'i> {
    name: &'a str,
    start: usize,
    short: bool,
    value: &'a Value<'i>,
}

/// What stands in a table, or what a bare value stands for; unknown keys are told, and keys that exclude each other.
pub(super) fn entries<'a, 'i>(
    value: &'a Value<'i>,
    spot: &Spot,
    kind: &'static Kind,
    reading: &mut Reading<'_>,
) -> Option<Vec<Entry<'a, 'i>>> {
    let Kind::Table(described) = kind else { return None };
    let DeValue::Table(table) = value.get_ref() else {
        if let Some(name) = described.short.filter(|_| !matches!(value.get_ref(), DeValue::Array(_))) {
            return Some(vec![Entry { name, start: value.span().start, short: true, value }]);
        }
        reading.misfit(value, spot, kind);
        return None;
    };
    let mut out: Vec<Entry<'a, 'i>> = Vec::new();
    for (name, value) in table {
        if described.key(name.get_ref()).is_some() {
            out.push(Entry { name: name.get_ref(), start: start_of(name, value), short: false, value });
        } else {
            let at = Spot { start: name.span().start, key: joined(&spot.key, name.get_ref()) };
            let (what, hint) = unknown(described, name.get_ref());
            reading.error(&at, what, hint);
        }
    }
    out.sort_by_key(|entry| entry.start);
    let mut excluding = out.iter().filter(|entry| described.either.contains(&entry.name));
    if let (Some(first), Some(second)) = (excluding.next(), excluding.next()) {
        let at = Spot { start: second.start, key: joined(&spot.key, second.name) };
        let what = format!("{} and {} exclude each other", first.name, second.name);
        reading.error(&at, what, format!("keep one of {}", described.either.join(", ")));
    }
    Some(out)
}

/// What is to be said of a key that is not known.
fn unknown(table: &Table, name: &str) -> (String, String) {
    let what = format!("there is no key {name:?} here");
    if ["include", "includes", "import", "imports"].contains(&name) {
        let hint = "one file says everything: other files are not included, and environment variables are not filled in";
        return (what, hint.to_owned());
    }
    let known: Vec<&str> = table.keys.iter().map(|key| key.name).collect();
    match nearest(name, known.iter().copied()) {
        Some(meant) => (what, format!("perhaps {meant} is meant")),
        None => (what, format!("the keys are {}", known.join(", "))),
    }
}

/// Declares tables: each key once, with its documentation, its type, what holds without it, and an example. From this
/// come the struct of what was typed, reading it, the reference, the schema and the texts of complaints.
macro_rules! table {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident $(short $short:ident)? $(either [$($either:ident),*])? {
            $($(#[doc = $key_doc:literal])+ $key:ident: $type:ty, $absent:expr, $example:expr;)*
        }
    )*) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(in crate::config) struct $name {
            /// Where it stands.
            pub(in crate::config) spot: $crate::config::typed::Spot,
            $($(#[doc = $key_doc])+ pub(in crate::config) $key: Option<$crate::config::typed::At<$type>>,)*
        }

        impl $crate::config::typed::Typed for $name {
            const KIND: &'static $crate::config::kind::Kind =
                &$crate::config::kind::Kind::Table(&$crate::config::kind::Table {
                    name: stringify!($name),
                    doc: &[$($doc),+],
                    short: [$(Some(stringify!($short)),)? None][0],
                    either: &[$($(stringify!($either)),*)?],
                    keys: &[$($crate::config::kind::Key {
                        name: stringify!($key),
                        doc: &[$($key_doc),+],
                        kind: <$type as $crate::config::typed::Typed>::KIND,
                        absent: $absent,
                        example: $example,
                    }),*],
                });

            fn typed(
                value: &$crate::config::typed::Value<'_>,
                spot: &$crate::config::typed::Spot,
                reading: &mut $crate::config::typed::Reading<'_>,
            ) -> Option<Self> {
                let entries = $crate::config::typed::entries(value, spot, Self::KIND, reading)?;
                let $crate::config::kind::Kind::Table(table) = Self::KIND else { return None };
                let mut keys = table.keys.iter();
                // The keys of the table and the fields of the struct stand in the same order: one list made both.
                $(let $key = keys.next().and_then(|key| {
                    $crate::config::typed::field::<$type>(&entries, key, spot, reading)
                });)*
                Some(Self { spot: spot.clone(), $($key,)* })
            }
        }
    )*};
}
pub(super) use table;

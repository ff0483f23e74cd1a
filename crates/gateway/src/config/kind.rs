//! Of what kinds values are, and what stands in the tables: what reading, the reference, the schema and the
//! complaints have in common. Knows no single key.

/// What a value may be.
#[derive(Debug)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number within bounds, both included.
    Number {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// Text of a certain form.
    Form(&'static Form),
    /// One of these words, each with what it means.
    Word(&'static [(&'static str, &'static str)]),
    /// A text, or this one flag with what it means.
    TextOrFlag(bool, &'static str),
    /// Several of a kind, or one alone.
    Many(&'static Kind),
    /// Values by names that are free to choose; the text says what the names are.
    ByName(&'static str, &'static Kind),
    /// A table with keys of its own.
    Table(&'static Table),
}

/// A form that a text has.
#[derive(Debug)]
pub(super) struct Form {
    /// What it is, with its article: "a length of time".
    pub(super) is: &'static str,
    /// Examples, the most usual first.
    pub(super) examples: &'static [&'static str],
    /// A regular expression (ECMA-262, as JSON Schema wants it) that all such texts satisfy.
    pub(super) pattern: &'static str,
    /// Whether a whole number may stand there without quotes.
    pub(super) number: bool,
}

/// A table's keys.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name in the schema.
    pub(super) name: &'static str,
    /// What it is for, a line each.
    pub(super) doc: &'static [&'static str],
    /// The key that a bare value stands for.
    pub(super) short: Option<&'static str>,
    /// Keys that exclude each other.
    pub(super) either: &'static [&'static str],
    /// Its keys.
    pub(super) keys: &'static [Key],
}

/// A key.
#[derive(Debug)]
pub(super) struct Key {
    /// Its name.
    pub(super) name: &'static str,
    /// What it is for, a line each.
    pub(super) doc: &'static [&'static str],
    /// What its value may be.
    pub(super) kind: &'static Kind,
    /// What holds where it is absent.
    pub(super) absent: Absent,
    /// An example, in TOML.
    pub(super) example: &'static str,
}

/// What holds where a key is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// It must be there.
    Needed,
    /// This value, in TOML.
    Is(&'static str),
    /// This, in words.
    Means(&'static str),
}

impl Kind {
    /// What is expected, with its article and examples.
    pub(super) fn expected(&self) -> String {
        match self {
            Self::Text => "a text in quotes".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Number { min, max } if *max >= UNBOUNDED => format!("a whole number of at least {min}"),
            Self::Number { min, max } => format!("a whole number from {min} to {max}"),
            Self::Form(form) => form.is.to_owned(),
            Self::Word(words) => {
                let words: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
                format!("one of {}", words.join(", "))
            }
            Self::TextOrFlag(flag, means) => format!("a text in quotes, or {flag} for {means}"),
            Self::Many(one) => format!("{}, or several of them in square brackets", one.expected()),
            Self::ByName(..) => "a table of names and values".to_owned(),
            Self::Table(table) => match table.short.and_then(|short| table.key(short)) {
                Some(key) => format!("{}, or a table", key.kind.expected()),
                None => "a table".to_owned(),
            },
        }
    }
}

/// Numbers beyond are not told: nobody wants to read them.
pub(super) const UNBOUNDED: u64 = 1 << 40;

impl Table {
    /// The key of this name.
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

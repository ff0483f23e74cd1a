//! Logs in the W3C extended format: a `#Fields:` line names the columns of the lines that follow. Knows no product.

/// More columns than this nobody declares.
const COLUMNS_MAX: usize = 64;

/// The names of the columns, as the last `#Fields:` line has them or as the product writes them by default.
pub(super) struct Fields {
    names: Vec<String>,
    separator: char,
}

/// One line by its columns' names.
pub(super) struct W3cRow<'a> {
    fields: &'a Fields,
    values: Vec<&'a str>,
}

/// Whether a line begins as one of this format may: with a `#`, or with a year.
pub(super) fn may_begin(line: &[u8]) -> bool {
    line.first().is_some_and(|first| *first == b'#' || first.is_ascii_digit() && line.get(4) == Some(&b'-'))
}

impl Fields {
    /// Columns that a product writes by default, with what stands between them.
    pub(super) fn new(names: &str, separator: char) -> Self {
        Self { names: names.split(' ').map(str::to_owned).collect(), separator }
    }

    /// Takes a `#Fields:` line that has all of these columns; `false` for any other line.
    pub(super) fn declare(&mut self, line: &str, required: &[&str]) -> bool {
        let Some(names) = line.strip_prefix("#Fields:") else { return false };
        let names: Vec<String> = names.split_whitespace().take(COLUMNS_MAX).map(str::to_owned).collect();
        let has = |name: &&str| names.iter().any(|known| known == *name);
        if !required.iter().all(has) {
            return false;
        }
        self.names = names;
        true
    }

    /// The line's columns, if there are as many as were declared and it begins with a date.
    pub(super) fn cut<'a>(&'a self, line: &'a str) -> Option<W3cRow<'a>> {
        let date = line.as_bytes().get(..10)?;
        let dated = date.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        if !dated {
            return None;
        }
        let values: Vec<&str> = line.split(self.separator).take(COLUMNS_MAX).collect();
        (values.len() == self.names.len()).then_some(W3cRow { fields: self, values })
    }
}

impl W3cRow<'_> {
    /// A column's value; empty for `-` and where there is no such column.
    pub(super) fn get(&self, name: &str) -> &str {
        let at = self.fields.names.iter().position(|known| known == name);
        at.and_then(|at| self.values.get(at)).filter(|value| **value != "-").copied().unwrap_or("")
    }

    /// Date and time, which are written in UTC.
    pub(super) fn when(&self) -> Option<goodgate_facts::Moment> {
        let text = format!("{}T{}Z", self.get("date"), self.get("time"));
        crate::clock::iso(text.as_bytes()).map(|(when, _)| when)
    }
}

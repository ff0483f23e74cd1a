//! Tables of the codes and words by which products name what happened. Knows no product.

use goodgate_facts::SignalId;

/// Codes or words, and what each means; the special stand before the general.
pub(super) type CodeTable = [(&'static str, SignalId)];

/// What this code means.
pub(super) fn of_code(table: &CodeTable, code: &str) -> Option<SignalId> {
    first(table, |known| known == code)
}

/// What a text means that holds one of the table's words.
pub(super) fn holding(table: &CodeTable, text: &str) -> Option<SignalId> {
    first(table, |words| text.contains(words))
}

/// What a text means that begins with one of the table's words.
pub(super) fn beginning(table: &CodeTable, text: &str) -> Option<SignalId> {
    first(table, |words| text.starts_with(words))
}

fn first(table: &CodeTable, fits: impl Fn(&str) -> bool) -> Option<SignalId> {
    table.iter().find(|(words, _)| fits(words)).map(|(_, signal)| *signal)
}

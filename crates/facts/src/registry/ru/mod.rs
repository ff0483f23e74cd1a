//! The signals' sentences in Russian, by id. One file for each of the English lists.

mod app;
mod client;
mod config;
mod gateway;
mod host;
mod outside;
mod page;
mod told;

use std::collections::HashMap;
use std::sync::OnceLock;

/// Each list holds ids with their sentences.
const LISTS: &[&[(&str, &str)]] =
    &[gateway::RU, app::RU, host::RU, config::RU, client::RU, page::RU, told::RU, outside::RU];

static SENTENCES: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();

/// The sentence of this signal, where it has been written.
pub(super) fn says(id: &str) -> Option<&'static str> {
    SENTENCES.get_or_init(|| LISTS.iter().flat_map(|list| list.iter().copied()).collect()).get(id).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Language, SignalId};
    use std::collections::HashSet;

    #[test]
    fn each_signal_has_one_russian_sentence() {
        let mut wrong = Vec::new();
        let mut seen = HashSet::new();
        for (id, sentence) in LISTS.iter().flat_map(|list| list.iter()) {
            if SignalId::find(id).is_none() {
                wrong.push(format!("{id} is not registered"));
            }
            if !seen.insert(*id) {
                wrong.push(format!("{id} stands twice"));
            }
            if !sentence.ends_with('.') {
                wrong.push(format!("{id}: a sentence ends with a full stop"));
            }
            if !sentence.chars().any(|c| matches!(c, 'а'..='я' | 'ё')) {
                wrong.push(format!("{id}: the sentence is not Russian"));
            }
        }
        let missing = SignalId::all().filter(|id| !seen.contains(id.as_str()));
        wrong.extend(missing.map(|id| format!("{id} has no sentence in registry/ru: {}", id.kind().says)));
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_signal_speaks_the_language_that_is_asked_for() {
        for id in SignalId::all() {
            assert_eq!(id.says(Language::Ru), says(id.as_str()).unwrap_or(id.kind().says));
            assert_eq!(id.says(Language::En), id.kind().says);
        }
    }
}

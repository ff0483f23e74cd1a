//! What PHP wrote to FastCGI's error stream, as nginx and Apache httpd pass it on. The text is the application's own.

use goodgate_facts::id;

use super::app_words::{AppMeaning, meaning_of_app_message, meaning_of_php_message};

/// A relayed text this long without a known error is a flood of the application's own notes.
const FLOOD_BYTES_MIN: usize = 1500;

/// What a relayed text means; never empty.
pub(super) fn meanings(text: &str) -> Vec<AppMeaning> {
    // php-fpm's own words; a warning of PHP stands before them.
    if let Some((_, rest)) = text.split_once("Unable to open primary script: ") {
        let denied = rest.contains("(Permission denied)");
        let meaning = if denied { id("script-access-denied") } else { id("script-not-found") };
        let path = rest.split(" (").next().unwrap_or(rest).to_owned();
        return vec![AppMeaning { path: Some(path), ..AppMeaning::of(meaning) }];
    }
    let mut meanings = meaning_of_php_message(text.as_bytes());
    if meanings.is_empty() {
        meanings.extend(meaning_of_app_message(text.as_bytes()));
    }
    let notes_only = meanings.iter().all(|meaning| meaning.id == id("app-warning"));
    if notes_only && text.len() >= FLOOD_BYTES_MIN {
        return vec![AppMeaning::of(id("app-stderr-flood"))];
    }
    if meanings.is_empty() {
        meanings.push(AppMeaning::of(id("app-warning")));
    }
    meanings
}

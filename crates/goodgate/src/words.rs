//! The binary's own words in each language, as messages of Project Fluent. Knows nothing of what they are about.
//!
//! English is the source: a message that is missing elsewhere is said in English. What comes from outside is an
//! argument of a message and never a part of one.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use goodgate_facts::Language;

type Bundle = FluentBundle<FluentResource>;

/// The messages in English, and those in Russian. One file for each part of the program, with a line in both lists.
const EN: &[&str] = &[
    include_str!("../words/en/advice.ftl"),
    include_str!("../words/en/ask.ftl"),
    include_str!("../words/en/complaints.ftl"),
    include_str!("../words/en/explain.ftl"),
    include_str!("../words/en/gateway.ftl"),
    include_str!("../words/en/help.ftl"),
    include_str!("../words/en/outside.ftl"),
    include_str!("../words/en/owner.ftl"),
    include_str!("../words/en/report.ftl"),
    include_str!("../words/en/support.ftl"),
    include_str!("../words/en/systems.ftl"),
    include_str!("../words/en/visitor.ftl"),
    include_str!("../words/en/way.ftl"),
];
const RU: &[&str] = &[
    include_str!("../words/ru/advice.ftl"),
    include_str!("../words/ru/ask.ftl"),
    include_str!("../words/ru/complaints.ftl"),
    include_str!("../words/ru/explain.ftl"),
    include_str!("../words/ru/gateway.ftl"),
    include_str!("../words/ru/help.ftl"),
    include_str!("../words/ru/outside.ftl"),
    include_str!("../words/ru/owner.ftl"),
    include_str!("../words/ru/report.ftl"),
    include_str!("../words/ru/support.ftl"),
    include_str!("../words/ru/systems.ftl"),
    include_str!("../words/ru/visitor.ftl"),
    include_str!("../words/ru/way.ftl"),
    include_str!("../words/ru/codes.ftl"),
    include_str!("../words/ru/flags.ftl"),
    include_str!("../words/ru/statuses.ftl"),
    include_str!("../words/ru/tables.ftl"),
];

static IN_ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::En, EN));
static IN_RUSSIAN: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Ru, RU));

/// Whether Russian is spoken. One choice for the whole run, as with secrets: whatever speaks would have to be handed
/// it.
static RUSSIAN: AtomicBool = AtomicBool::new(false);

/// Speaks this language from now on.
pub(crate) fn speak(language: Language) {
    RUSSIAN.store(language == Language::Ru, Ordering::Relaxed);
}

thread_local! {
    /// What this thread speaks where that is something else: to somebody who asks over the network, and in tests.
    static SPOKEN_HERE: Cell<Option<Language>> = const { Cell::new(None) };
}

/// Speaks this language while it does that.
pub(crate) fn speaking<T>(language: Language, what: impl FnOnce() -> T) -> T {
    let before = SPOKEN_HERE.replace(Some(language));
    let done = what();
    SPOKEN_HERE.set(before);
    done
}

/// Speaks this language from now on in the test that calls it.
#[cfg(test)]
pub(crate) fn speak_here(language: Language) {
    SPOKEN_HERE.set(Some(language));
}

/// The language that is spoken.
pub(crate) fn language() -> Language {
    let of_all = if RUSSIAN.load(Ordering::Relaxed) { Language::Ru } else { Language::En };
    SPOKEN_HERE.get().unwrap_or(of_all)
}

/// The arguments of a message: `args![n = 3, name = "…"]`.
macro_rules! args {
    ($($name:ident = $value:expr),* $(,)?) => {{
        let mut args = fluent_bundle::FluentArgs::new();
        $(args.set(stringify!($name), $value);)*
        args
    }};
}
pub(crate) use args;

/// The message of this key.
pub(crate) fn say(key: &str) -> String {
    say_in(language(), key, &FluentArgs::new())
}

/// The message of this key with its arguments, which [`args!`] makes.
pub(crate) fn say_with(key: &str, args: &FluentArgs<'_>) -> String {
    say_in(language(), key, args)
}

/// The words of a table that stands in the program in English, in the language that is spoken.
pub(crate) fn or<'a>(key: &str, english: &'a str) -> Cow<'a, str> {
    or_in(language(), key, english)
}

pub(crate) fn or_in<'a>(language: Language, key: &str, english: &'a str) -> Cow<'a, str> {
    let said = match language {
        Language::En => None,
        Language::Ru => message(&IN_RUSSIAN, key, &FluentArgs::new()),
    };
    said.map_or(Cow::Borrowed(english), Cow::Owned)
}

fn say_in(language: Language, key: &str, args: &FluentArgs<'_>) -> String {
    let said = match language {
        Language::En => None,
        Language::Ru => message(&IN_RUSSIAN, key, args),
    };
    // A test holds that every key that is used exists; one that did not would be better than no report at all.
    said.or_else(|| message(&IN_ENGLISH, key, args)).unwrap_or_else(|| key.to_owned())
}

fn message(bundle: &Bundle, key: &str, args: &FluentArgs<'_>) -> Option<String> {
    let pattern = bundle.get_message(key)?.value()?;
    // An argument that is missing shows as its name; a test holds that none is named that the English does not have.
    Some(bundle.format_pattern(pattern, Some(args), &mut Vec::new()).into_owned())
}

fn bundle(language: Language, files: &[&str]) -> Bundle {
    let mut bundle = Bundle::new_concurrent(language.as_str().parse().into_iter().collect());
    // The marks would stand around every argument, also in commands that somebody copies.
    bundle.set_use_isolating(false);
    for file in files {
        // What is wrong in a file is left out of it; a test holds that nothing is.
        let resource = FluentResource::try_new((*file).to_owned()).unwrap_or_else(|(rest, _)| rest);
        let _ = bundle.add_resource(resource);
    }
    bundle
}

#[cfg(test)]
mod tests;

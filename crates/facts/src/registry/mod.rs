//! The registered list of signals, each with a sentence. A new signal is one line in one of the lists below.

mod app;
mod client;
mod config;
mod gateway;
mod host;
mod outside;
mod page;
mod ru;
mod told;

use std::fmt;

use crate::{ErrorType, Language, Phase};

/// What part a signal plays in an account of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A request failed (or would have), in this phase; the type is `None` for an error that the upstream
    /// answered itself, or where the evidence does not tell which type.
    Failure(Option<ErrorType>, Option<Phase>),
    /// Something that helps to tell causes apart.
    Circumstance,
    /// The everyday noise of a healthy service.
    Noise,
}

/// One entry of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalKind {
    /// Permanent kebab-case name.
    pub id: &'static str,
    /// Signals of one group stem from one event as a rule: only the strongest speaks for a cause.
    pub group: &'static str,
    /// Its part.
    pub role: Role,
    /// One plain sentence.
    pub says: &'static str,
    /// Whether a failure is of the outer leg, between a visitor and the site's first server: there only causes that
    /// weigh it themselves can stand behind it, whatever their error types.
    pub outer: bool,
}

const fn failure(
    id: &'static str,
    group: &'static str,
    error: ErrorType,
    phase: Phase,
    says: &'static str,
) -> SignalKind {
    SignalKind { id, group, role: Role::Failure(Some(error), Some(phase)), says, outer: false }
}

const fn outer(id: &'static str, error: ErrorType, phase: Phase, says: &'static str) -> SignalKind {
    SignalKind { id, group: "site", role: Role::Failure(Some(error), Some(phase)), says, outer: true }
}

/// A failure whose phase is told, but not which of several error types it has.
const fn open(id: &'static str, group: &'static str, phase: Phase, says: &'static str) -> SignalKind {
    SignalKind { id, group, role: Role::Failure(None, Some(phase)), says, outer: false }
}

const fn untyped(id: &'static str, group: &'static str, says: &'static str) -> SignalKind {
    SignalKind { id, group, role: Role::Failure(None, None), says, outer: false }
}

const fn fact(id: &'static str, group: &'static str, says: &'static str) -> SignalKind {
    SignalKind { id, group, role: Role::Circumstance, says, outer: false }
}

const fn noise(id: &'static str, group: &'static str, says: &'static str) -> SignalKind {
    SignalKind { id, group, role: Role::Noise, says, outer: false }
}

const LISTS: &[&[SignalKind]] = &[
    gateway::LIST,
    app::LIST,
    host::LIST,
    config::LIST,
    client::LIST,
    page::LIST,
    told::LIST,
    outside::LIST,
];

/// The name of a registered signal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SignalId(u8, u8);

impl SignalId {
    /// The id with this name, if it is registered.
    pub const fn find(name: &str) -> Option<Self> {
        let mut list = 0;
        while list < LISTS.len() {
            let mut row = 0;
            while row < LISTS[list].len() {
                if same(LISTS[list][row].id, name) {
                    return Some(Self(list as u8, row as u8));
                }
                row += 1;
            }
            list += 1;
        }
        None
    }

    /// The registry's entry.
    pub fn kind(self) -> &'static SignalKind {
        &LISTS[self.0 as usize][self.1 as usize]
    }

    /// The kebab-case name.
    pub fn as_str(self) -> &'static str {
        self.kind().id
    }

    /// Its sentence; in English where it has not been written in that language.
    pub fn says(self, language: Language) -> &'static str {
        let translated = match language {
            Language::En => None,
            Language::Ru => ru::says(self.as_str()),
        };
        translated.unwrap_or(self.kind().says)
    }

    /// All registered signals.
    pub fn all() -> impl Iterator<Item = Self> {
        LISTS
            .iter()
            .enumerate()
            .flat_map(|(list, rows)| (0..rows.len()).map(move |row| Self(list as u8, row as u8)))
    }
}

impl fmt::Debug for SignalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for SignalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// A registered signal by name, for constants: an unknown name does not compile in a `const`.
///
/// # Panics
/// If the name is not registered; use [`SignalId::find`] for names from outside.
#[expect(clippy::panic, reason = "meant for const evaluation, where a panic is a compile error")]
pub const fn id(name: &str) -> SignalId {
    match SignalId::find(name) {
        Some(id) => id,
        None => panic!("this signal is not registered"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_unique_and_speak_in_sentences() {
        let mut seen = HashSet::new();
        for id in SignalId::all() {
            let kind = id.kind();
            assert!(seen.insert(kind.id), "{} is registered twice", kind.id);
            assert!(kind.says.ends_with('.'), "{}: a sentence ends with a full stop", kind.id);
            assert!(
                kind.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{}",
                kind.id
            );
        }
        assert!(LISTS.iter().all(|list| list.len() < 256));
    }
}

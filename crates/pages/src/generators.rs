//! The list of generators. Adding one is a file and a line here.

use crate::Message;
use crate::reading::Made;

/// Software that makes error pages.
pub struct Generator {
    /// Permanent name: "nginx", "varnish".
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
    /// Looks at a message; says what marks it found.
    pub recognise: fn(&Message<'_>) -> Option<Made>,
    /// A message and the version expected from it; a generator without samples fails the tests.
    pub samples: &'static [(&'static str, Option<&'static str>)],
}

/// All generators; special ones before general ones.
pub fn all() -> &'static [Generator] {
    ALL
}

const ALL: &[Generator] = &[
    // (keep one per line)
];

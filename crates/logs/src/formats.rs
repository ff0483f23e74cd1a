//! The list of formats. Adding one is a file and a line here.

use crate::Format;

/// All formats; the more particular stand before the more general.
pub fn all() -> &'static [Format] {
    ALL
}

const ALL: &[Format] = &[
    // (keep one per line)
];

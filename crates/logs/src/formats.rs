//! The list of formats. Adding one is a file and a line here.

mod columns;
mod kernel;
mod ss;
mod ps;
mod ls_socket;

use crate::Format;

/// All formats; the more particular stand before the more general.
pub fn all() -> &'static [Format] {
    ALL
}

const ALL: &[Format] = &[
    // (keep one per line)
    kernel::FORMAT,
    ss::FORMAT,
    ps::FORMAT,
    ls_socket::FORMAT,
];

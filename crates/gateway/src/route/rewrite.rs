//! What a route does to the path before it goes on.

use super::normalise::after_slashes;
use super::pattern::as_requested;
use crate::plan::Rewrite;

/// A rewrite with its text as it goes on the wire.
#[derive(Clone, Debug)]
pub(super) enum PathRewrite {
    StripPrefix,
    ReplacePrefix(Box<[u8]>),
    ReplacePath(Box<[u8]>),
}

impl PathRewrite {
    pub(super) fn new(rewrite: &Rewrite) -> Self {
        match rewrite {
            Rewrite::StripPrefix => Self::StripPrefix,
            Rewrite::ReplacePrefix(text) => Self::ReplacePrefix(as_requested(text).into()),
            Rewrite::ReplacePath(text) => Self::ReplacePath(as_requested(text).into()),
        }
    }

    /// Appends the new path; `matched` bytes of the old one are the pattern's.
    pub(super) fn write(&self, path: &[u8], matched: usize, out: &mut Vec<u8>) {
        let rest = path.get(matched..).unwrap_or_default();
        match self {
            Self::StripPrefix => write_rooted(rest, out),
            Self::ReplacePrefix(text) => {
                let begin = out.len();
                write_rooted(text, out);
                if out.len() - begin == 1 || out.ends_with(b"/") {
                    out.extend_from_slice(after_slashes(rest));
                } else if rest.is_empty() || rest.starts_with(b"/") {
                    out.extend_from_slice(rest);
                } else {
                    out.push(b'/');
                    out.extend_from_slice(rest);
                }
            }
            Self::ReplacePath(text) => write_rooted(text, out),
        }
    }
}

/// Appends a path with exactly one slash in front: two would be read as the beginning of a host by whoever resolves
/// the target as a reference (RFC 3986 section 4.2).
fn write_rooted(path: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    out.extend_from_slice(after_slashes(path));
}

//! How a path may be read by whoever acts on it.
//!
//! `/admin%2Fx` is one name to some servers and a folder with something in it to others: whoever decodes a path before
//! looking at it (WSGI and CGI do, and so nginx compares) sees `/admin/x`. A rule for `/admin/*` holds for both readings,
//! or it would be no rule. A route fits if either reading does; what goes on is what was asked for, untouched.

use super::pattern::PathTable;

/// A path in normal form, as patterns are compared with it.
#[derive(Debug)]
pub(super) struct Readings<'a> {
    path: &'a [u8],
    /// Whether it has `//`.
    doubled: bool,
    /// With its escaped slashes and backslashes as slashes, if it has any; and whether that has `//`.
    opened: Option<(Vec<u8>, bool)>,
}

impl<'a> Readings<'a> {
    pub(super) fn of(path: &'a [u8]) -> Self {
        let opened = if path.contains(&b'%') { opened(path) } else { None };
        let opened = opened.map(|opened| {
            let doubled = has_doubled_slash(&opened);
            (opened, doubled)
        });
        Self { path, doubled: has_doubled_slash(path), opened }
    }

    /// How many bytes at the beginning of the path as it was written the pattern takes, if it fits.
    pub(super) fn matched(&self, pattern: &PathTable) -> Option<usize> {
        if let Some(matched) = pattern.matched(self.path, self.doubled) {
            return Some(matched);
        }
        let (opened, doubled) = self.opened.as_ref()?;
        Some(self.written(pattern.matched(opened, *doubled)?))
    }

    /// How many bytes of the path so many of the opened one were made of.
    fn written(&self, opened: usize) -> usize {
        let mut at = 0;
        for _ in 0..opened {
            at += if self.path.get(at..).is_some_and(begins_with_slash) { ESCAPE } else { 1 };
        }
        at.min(self.path.len())
    }
}

/// Bytes of an escape.
const ESCAPE: usize = 3;

/// The path with escaped slashes and backslashes as slashes; `None` where it has none.
fn opened(path: &[u8]) -> Option<Vec<u8>> {
    path.windows(ESCAPE).position(begins_with_slash)?;
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((byte, after)) = rest.split_first() {
        if begins_with_slash(rest) {
            out.push(b'/');
            rest = rest.get(ESCAPE..).unwrap_or_default();
        } else {
            out.push(*byte);
            rest = after;
        }
    }
    Some(out)
}

/// Whether a text begins with the escape of a slash or of a backslash.
fn begins_with_slash(text: &[u8]) -> bool {
    match text {
        [b'%', b'2', low, ..] => low.eq_ignore_ascii_case(&b'f'),
        [b'%', b'5', low, ..] => low.eq_ignore_ascii_case(&b'c'),
        _ => false,
    }
}

fn has_doubled_slash(path: &[u8]) -> bool {
    path.windows(2).any(|pair| pair == b"//")
}

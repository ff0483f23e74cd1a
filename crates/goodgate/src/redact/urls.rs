//! Query strings, and user information before the host of a URL.

use std::ops::Range;

/// Ends a URL in running text, in quotes and in markup.
fn ends_url(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        None => true,
        Some(b'"' | b'\'' | b'<' | b'>' | b'`') => true,
        // An escaped quote in JSON ends it as well; other escapes (`\u0026`) belong to the URL.
        Some(b'\\') => matches!(bytes.get(at + 1), Some(b'"' | b'\'')),
        Some(b'}') => matches!(bytes.get(at + 1), None | Some(b' ' | b',')),
        Some(byte) => byte.is_ascii_whitespace(),
    }
}

/// Finds query strings and user information.
pub(super) fn find(text: &str, secrets: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'?' => secrets.extend(query(bytes, at)),
            b'@' => secrets.extend(user(bytes, at)),
            _ => {}
        }
    }
}

/// The query that follows the question mark. Regular expressions in configurations use the mark too: a query starts
/// with a word, and what stands before it is a path.
fn query(bytes: &[u8], mark: usize) -> Option<Range<usize>> {
    let first = bytes.get(mark + 1)?;
    if !(first.is_ascii_alphanumeric() || matches!(first, b'_' | b'%' | b'&' | b'-' | b'.')) {
        return None;
    }
    let begin = (0..mark).rev().take_while(|at| !ends_url(bytes, *at)).last()?;
    let before = &bytes[begin..mark];
    let end = (mark + 1..=bytes.len()).find(|at| ends_url(bytes, *at))?;
    // H2O writes its message right behind the URL: `in request:/a?b=c:I/O timeout`.
    let joined = before.starts_with(b"request:/");
    let colon = bytes[mark + 1..end].iter().rposition(|b| *b == b':').filter(|_| joined);
    let end = colon.map_or(end, |colon| mark + 1 + colon);
    let named = bytes[mark + 1..end].contains(&b'=');
    let pattern = before.iter().any(|b| matches!(b, b'^' | b'(' | b'\\' | b'*' | b'|'));
    let path = before.contains(&b'/') && !pattern;
    (path || named).then_some(mark + 1..end)
}

/// `user:password` between `://` and `@`, or before `@tcp(` as Go writes it.
fn user(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let begin = (0..at).rev().take_while(|i| !ends_url(bytes, *i) && bytes[*i] != b'/').last()?;
    let in_url = begin >= 3 && bytes.get(begin - 3..begin) == Some(b"://");
    let in_dsn =
        bytes.get(at + 1..).is_some_and(|rest| rest.starts_with(b"tcp(") || rest.starts_with(b"unix("));
    (in_url || in_dsn).then_some(begin..at)
}

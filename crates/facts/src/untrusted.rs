//! Text that a client, a visitor or an application controls.

use std::borrow::Cow;

/// Text from outside whose content is never evidence: a URL, a user agent, an application's message.
/// It may be shown (escaped and redacted), never matched for causes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Untrusted(String);

impl Untrusted {
    /// Bytes as they came, invalid UTF-8 replaced, cut at 2 KiB (more is no help to a reader).
    pub fn new(bytes: &[u8]) -> Self {
        const BYTES_MAX: usize = 2048;
        Self(String::from_utf8_lossy(&bytes[..bytes.len().min(BYTES_MAX)]).into_owned())
    }

    /// The text, for rendering only.
    pub fn for_display(&self) -> &str {
        &self.0
    }
}

/// The text with control characters (terminal escapes, bidirectional overrides) made visible as `\u{..}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    fn hidden(c: char) -> bool {
        c.is_control() && c != '\t'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    }
    if !text.chars().any(hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hidden(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_made_visible() {
        assert_eq!(visible("a\x1b[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
        assert_eq!(visible("plain\ttext"), "plain\ttext");
    }
}

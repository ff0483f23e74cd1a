//! Secrets never reach output: query strings, cookies, tokens, passwords and user information in URLs.

/// The text with secrets replaced by `[redacted]`, and control characters made visible.
pub(crate) fn redact(text: &str) -> String {
    goodgate_facts::visible(text).into_owned()
}

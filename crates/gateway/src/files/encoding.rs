//! What is said of the encoding of files of text.

use std::sync::Arc;

use crate::plan::Charset;

/// Text that says its encoding itself, or has that of the page that uses it. Whatever is said beside it is believed
/// instead (HTML's and CSS's own rules), so that a page in another encoding would become unreadable.
const SAY_IT_THEMSELVES: [&str; 4] = ["text/html", "text/xml", "text/css", "text/javascript"];

/// What is said of files of text.
#[derive(Clone, Debug)]
pub(super) struct Encoding {
    said: Option<Arc<str>>,
    /// Whether that is for all text, and not only for what cannot say it itself.
    all: bool,
}

impl Encoding {
    pub(super) fn new(charset: &Charset) -> Self {
        match charset {
            Charset::Usual => Self { said: Some("utf-8".into()), all: false },
            Charset::Unsaid => Self { said: None, all: false },
            Charset::Named(name) => Self { said: Some(name.as_str().into()), all: true },
        }
    }

    /// What is said of a file of this type.
    pub(super) fn of(&self, media_type: &str) -> Option<Arc<str>> {
        let text = media_type.starts_with("text/") && (self.all || !SAY_IT_THEMSELVES.contains(&media_type));
        self.said.as_ref().filter(|_| text).cloned()
    }
}

//! The recipe: message → generator → signals.

use goodgate_facts::Evidence;

use crate::generators::{Generator, all};
use crate::message::Message;

/// What a generator's marks say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Made {
    /// Version, where the page tells it.
    pub version: Option<String>,
    /// How sure, 1 to 100: a page's own markup says more than a header, which another hop may have set.
    pub sure: u8,
    /// The status that the page speaks of.
    pub status: Option<u16>,
}

/// What a page says.
pub struct PageReading {
    /// Who made it, and how that shows.
    pub generator: Option<(&'static Generator, Made)>,
    /// The gateway in front, if headers name one that did not make the page.
    pub front: Option<&'static Generator>,
    /// The status that it came with, or that it speaks of.
    pub status: Option<u16>,
    /// What it means.
    pub evidence: Evidence,
}

/// Whether text is an error page or a response head rather than a log.
pub fn looks_like_page(text: &str) -> bool {
    let start = text.trim_start().get(..15).unwrap_or_else(|| text.trim_start()).to_ascii_lowercase();
    start.starts_with("http/") || start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<?xml")
}

/// Reads an error page or response head. `name` is the file's name as the user gave it.
pub fn read(name: &str, text: &str) -> PageReading {
    let message = Message::parse(text);
    let _ = name;
    let generator =
        all().iter().filter_map(|g| (g.recognise)(&message).map(|made| (g, made))).max_by_key(|(_, made)| made.sure);
    let status = message.status.or_else(|| generator.as_ref().and_then(|(_, made)| made.status));
    PageReading { generator, front: None, status, evidence: Evidence::new() }
}

//! Whether a body is an error page and nothing else, however good the status that it came with.

use crate::Message;
use crate::pasted;

/// Words that a bare error page shows at most.
const WORDS_BARE: usize = 60;

/// Words that a network's or host's own error page shows at most: explanations for visitor and owner, no article.
pub(crate) const WORDS_BRANDED: usize = 170;

/// Bytes of markup that an error page has at most.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// The error status that the page's title or heading is, where little else stands on it.
pub(crate) fn heading_status(message: &Message<'_>) -> Option<u16> {
    if message.body.len() > BODY_BYTES_MAX || visible_words(message.text()) > WORDS_BARE {
        return None;
    }
    let headed = [message.title(), message.first_heading()].into_iter().flatten().find_map(|words| {
        let plain = without_markup(words);
        pasted::status(&plain)
    });
    headed.or_else(|| pasted::status_of_text(message.body))
}

/// Whether the body is short enough to be an error page as a whole.
pub(crate) fn is_short(message: &Message<'_>) -> bool {
    message.body.len() <= BODY_BYTES_MAX && visible_words(message.text()) <= WORDS_BRANDED
}

/// Whether the body is markup with so many words that it must be an article or an application's page: gateways' own
/// pages, even IIS's detailed ones, have fewer.
pub(crate) fn is_article(message: &Message<'_>) -> bool {
    message.text().contains('<') && visible_words(message.text()) > WORDS_DETAILED
}

const WORDS_DETAILED: usize = 600;

/// Words that a visitor sees.
fn visible_words(markup: &str) -> usize {
    without_markup(markup).split_whitespace().count()
}

/// The text without tags, comments, scripts and style sheets.
fn without_markup(markup: &str) -> String {
    let mut text = String::new();
    let mut rest = markup;
    while let Some((before, behind)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let end = HIDDEN.iter().find(|(open, _)| starts_with(behind, open)).map_or(">", |(_, close)| close);
        rest = match find(behind, end) {
            Some(at) => behind.get(at + end.len()..).unwrap_or(""),
            None => "",
        };
        // What closes a hidden part is a tag of its own.
        if end.starts_with("</") {
            rest = rest.split_once('>').map_or("", |(_, behind)| behind);
        }
    }
    text.push_str(rest);
    text
}

fn starts_with(text: &str, mark: &str) -> bool {
    text.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark))
}

/// Where an ASCII mark stands, whatever its case.
fn find(text: &str, mark: &str) -> Option<usize> {
    text.as_bytes().windows(mark.len()).position(|window| window.eq_ignore_ascii_case(mark.as_bytes()))
}

const HIDDEN: &[(&str, &str)] = &[
    ("script", "</script"),
    ("style", "</style"),
    ("svg", "</svg"),
    ("template", "</template"),
    ("!--", "-->"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_page_is_one_and_an_article_is_not() {
        let bare = Message::parse(
            "<html><head><title>503 Service Unavailable</title><style>a { b }</style></head><body><h1>Service Unavailable</h1><p>Try later.</p></body></html>",
        );
        assert_eq!(heading_status(&bare), Some(503));
        let text =
            format!("<title>502 Bad Gateway</title><h1>502 Bad Gateway</h1><p>{}</p>", "word ".repeat(400));
        let article = Message::parse(&text);
        assert_eq!(heading_status(&article), None);
        assert!(!is_short(&article));
        let shop = Message::parse("<title>Shop</title><h1>Welcome</h1><p>Bad Gateway tickets</p>");
        assert_eq!(heading_status(&shop), None);
    }

    #[test]
    fn hidden_parts_do_not_count() {
        assert_eq!(without_markup("a<script>b c</SCRIPT >d<!-- e -->f").split_whitespace().count(), 3);
        assert_eq!(without_markup("x<style>never closed").trim(), "x");
    }
}

//! Reports as one HTML file: nothing is loaded from elsewhere, no script, readable on a phone and in the dark.

use std::fmt::Write;

use goodgate_facts::Language;

use super::blocks::{Block, Hop, Quote, Tone};
use super::prose::{Piece, Stretch, pieces, stretches};
use crate::words::{self, args, say, say_with};

const STYLE: &str = include_str!("report.css");

/// The report as an HTML page.
pub(crate) fn render(blocks: &[Block]) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = page(blocks, &mut out);
    out
}

fn page(blocks: &[Block], out: &mut String) -> std::fmt::Result {
    head(out, words::language(), &title(blocks), STYLE)?;
    for block in blocks {
        one(block, out)?;
    }
    writeln!(out, "</main>\n<footer>goodgate {}</footer>\n</body>\n</html>", env!("CARGO_PKG_VERSION"))
}

/// The beginning of a page that needs nothing but itself, up to where its content goes.
pub(super) fn head(out: &mut String, language: Language, title: &str, style: &str) -> std::fmt::Result {
    let language = language.as_str();
    writeln!(out, "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    // The page needs nothing but its own style; a browser is told so in case something slipped through.
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    )?;
    writeln!(out, "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>", escape(title))?;
    writeln!(out, "<style>\n{style}</style>\n</head>\n<body>\n<main>")
}

fn title(blocks: &[Block]) -> String {
    let first = blocks.iter().find_map(|block| match block {
        Block::Title(text) | Block::Verdict { text, .. } => Some(text.as_str()),
        _ => None,
    });
    /// What a browser's tab can show.
    const TITLE_CHARS: usize = 80;
    first.map_or_else(|| say("report-title"), str::to_owned).chars().take(TITLE_CHARS).collect()
}

fn one(block: &Block, out: &mut String) -> std::fmt::Result {
    match block {
        Block::Path(hops) => path(hops, out),
        Block::Title(text) => writeln!(out, "<h1>{}</h1>", inline(text)),
        Block::Verdict { tone, text } => {
            let class = match tone {
                Tone::Bad => "bad",
                Tone::Unsure => "unsure",
                Tone::Good => "good",
                Tone::Plain => "plain",
            };
            writeln!(out, "<p class=\"verdict {class}\">{}</p>", inline(text))
        }
        Block::Heading(text) => writeln!(out, "<h2>{}</h2>", inline(text)),
        Block::Subheading(text) => writeln!(out, "<h3>{}</h3>", inline(text)),
        Block::Text(text) => prose(text, out),
        Block::Points(points) => list("ul", points, out),
        Block::Steps(steps) => list("ol", steps, out),
        Block::Evidence(quotes) => evidence(quotes, out),
        Block::Code(text) => writeln!(out, "<pre><code>{}</code></pre>", escape(text.trim_end())),
    }
}

/// The way as boxes with lines between them. A box that was not reached says so in words and by a cross in the line
/// before it, not by colour alone; the sentence below says the same to whoever sees no drawing.
fn path(hops: &[Hop], out: &mut String) -> std::fmt::Result {
    writeln!(out, "<figure class=\"way\">\n<ol class=\"path\">")?;
    for hop in hops {
        let (name, detail) = match hop.name.split_once(" (") {
            Some((name, detail)) => (name, detail.trim_end_matches(')')),
            None => (hop.name.as_str(), ""),
        };
        let class = if hop.broken { " class=\"broken\"" } else { "" };
        write!(out, "<li{class}><span class=\"box\"><b>{}</b>", escape(name))?;
        if !detail.is_empty() {
            write!(out, " <small>{}</small>", escape(detail))?;
        }
        if hop.broken {
            write!(out, " <em>{}</em>", escape(&say("way-broken-here")))?;
        }
        writeln!(out, "</span></li>")?;
    }
    let caption = match hops.iter().find(|hop| hop.broken) {
        Some(hop) => say_with("way-breaks-at", &args![hop = hop.name.as_str()]),
        None => say("way-works"),
    };
    writeln!(out, "</ol>\n<figcaption>{}</figcaption>\n</figure>", escape(&caption))
}

fn list(tag: &str, items: &[String], out: &mut String) -> std::fmt::Result {
    writeln!(out, "<{tag}>")?;
    for item in items {
        writeln!(out, "<li>{}</li>", inline(item))?;
    }
    writeln!(out, "</{tag}>")
}

fn prose(text: &str, out: &mut String) -> std::fmt::Result {
    let mut in_list = false;
    for piece in pieces(text) {
        let item = matches!(piece, Piece::Item(_));
        if item != in_list {
            writeln!(out, "{}", if item { "<ul>" } else { "</ul>" })?;
            in_list = item;
        }
        match piece {
            Piece::Paragraph(words) => writeln!(out, "<p>{}</p>", inline(&words))?,
            Piece::Item(words) => writeln!(out, "<li>{}</li>", inline(&words))?,
        }
    }
    if in_list { writeln!(out, "</ul>") } else { Ok(()) }
}

/// What each piece of evidence says stands open; the words it was read from fold out.
fn evidence(quotes: &[Quote], out: &mut String) -> std::fmt::Result {
    writeln!(out, "<ul class=\"evidence\">")?;
    for quote in quotes {
        let place = escape(&quote.place);
        match &quote.words {
            Some(words) => writeln!(
                out,
                "<li><details><summary>{} <span>{place}</span></summary><pre><code>{}</code></pre></details></li>",
                inline(&quote.what),
                escape(words)
            )?,
            None => writeln!(out, "<li>{} <span>{place}</span></li>", inline(&quote.what))?,
        }
    }
    writeln!(out, "</ul>")
}

pub(super) fn inline(text: &str) -> String {
    stretches(text)
        .iter()
        .map(|stretch| match stretch {
            Stretch::Plain(words) => escape(words),
            Stretch::Code(words) => format!("<code>{}</code>", escape(words)),
        })
        .collect()
}

pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let quote = Quote {
            what: "<script>".into(),
            place: "a\"b".into(),
            words: Some("</code><img src=x onerror='y'>".into()),
        };
        let text = render(&[Block::Evidence(vec![quote]), Block::Text("`<b>` & co".into())]);
        assert!(!text.contains("<script>") && !text.contains("<img") && !text.contains("<b>"), "{text}");
        assert!(text.contains("<code>&lt;b&gt;</code> &amp; co"));
    }
}

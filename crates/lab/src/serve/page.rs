//! A short answer of the lab about itself, in the form that is wanted. Pure.

use std::fmt::Write as _;

use super::accept::Form;
use crate::http1::reason;
use crate::step::{Answer, Framing};

/// What a browser may do with our answers, whatever text of a client's is in them: neither guess what they are nor run
/// or load anything. Somebody else's site can stand behind the same gateway.
const GUARDS: [&str; 2] = [
    "X-Content-Type-Options: nosniff",
    "Content-Security-Policy: sandbox; default-src 'none'; style-src 'unsafe-inline'",
];

/// A status with a few plain sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) status: u16,
    /// One paragraph each; text from outside may be in them.
    pub(super) says: Vec<String>,
    /// Header lines besides; nothing from outside that was not looked at.
    pub(super) headers: Vec<String>,
}

impl Page {
    pub(super) fn new(status: u16, says: impl IntoIterator<Item = String>) -> Self {
        Self { status, says: says.into_iter().collect(), headers: Vec::new() }
    }

    /// As an answer. The lab's answers are not for caches.
    pub(super) fn answer(&self, form: Form) -> Answer {
        let title = title(self.status);
        let (kind, body) = match form {
            Form::Text => ("text/plain; charset=utf-8", text(&title, &self.says)),
            Form::Html => ("text/html; charset=utf-8", html(&title, &paragraphs(&self.says))),
            Form::Json if self.status >= 400 => ("application/problem+json", json(self)),
            Form::Json => ("application/json", json(self)),
        };
        answer(self.status, kind, body, &self.headers)
    }
}

/// An answer with a body of this kind.
pub(super) fn answer(status: u16, kind: &str, body: String, headers: &[String]) -> Answer {
    let named = |name: &str| {
        headers.iter().any(|line| line.split(':').next().is_some_and(|one| one.eq_ignore_ascii_case(name)))
    };
    let mut lines = Vec::new();
    if !named("content-type") {
        lines.push(format!("Content-Type: {kind}"));
    }
    if !named("cache-control") {
        lines.push("Cache-Control: no-store".to_owned());
    }
    lines.push("Vary: Accept".to_owned());
    lines.extend(GUARDS.map(str::to_owned));
    lines.extend_from_slice(headers);
    // The content of 205 is always empty (RFC 9110 §15.3.6).
    let body = if status == 205 { String::new() } else { body };
    Answer { status, reason: None, headers: lines, body, framing: Framing::Length }
}

fn title(status: u16) -> String {
    format!("{status} {}", reason(status)).trim_end().to_owned()
}

fn text(title: &str, says: &[String]) -> String {
    let mut out = format!("{title}\n");
    for paragraph in says {
        let _ = writeln!(out, "{}", visible(paragraph));
    }
    out
}

/// Text that a terminal shows as it is: what would command it, or turn the direction of the text, is spelled out.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if !matches!(character, '\n' | '\t') && is_hidden(character) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

/// Control characters, those of ECMA-48 above ASCII included, and the marks of the Unicode bidirectional algorithm
/// (UAX #9), with those of no width beside them.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
        )
}

fn paragraphs(says: &[String]) -> String {
    says.iter().map(|one| format!("<p>{}</p>\n", escaped(one))).collect()
}

/// A page with this title and content; the content is HTML already.
pub(super) fn html(title: &str, content: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}}\
         pre{{overflow-x:auto;background:#8882;padding:.5rem}}dt{{font-family:monospace;margin-top:.5rem}}\
         :root{{color-scheme:light dark}}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{content}</body>\n</html>\n"
    )
}

/// Problem details (RFC 9457); the same members where nothing is wrong.
fn json(page: &Page) -> String {
    format!(
        "{{\"type\": \"about:blank\", \"title\": \"{}\", \"status\": {}, \"detail\": \"{}\"}}\n",
        json_text(reason(page.status)),
        page.status,
        json_text(&page.says.join(" ")),
    )
}

/// For the inside of a JSON string (RFC 8259 §7), which terminals show too.
pub(super) fn json_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            hidden if is_hidden(hidden) => {
                let _ = write!(out, "\\u{:04x}", u32::from(hidden));
            }
            other => out.push(other),
        }
    }
    out
}

/// For text and attributes in HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_cannot_speak_for_us() {
        let page = Page::new(404, ["No <b>\"x\"</b> \u{1}".to_owned()]);
        let html = page.answer(Form::Html).body;
        assert!(html.contains("No &lt;b&gt;&quot;x&quot;&lt;/b&gt;") && !html.contains("<b>"), "{html}");
        let json = page.answer(Form::Json).body;
        assert!(json.contains(r#""No <b>\"x\"</b> \u0001""#), "{json}");
    }

    #[test]
    fn what_comes_from_outside_cannot_command_a_terminal() {
        let page = Page::new(404, ["a\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\r\u{7f}\tb\nc".to_owned()]);
        let text = page.answer(Form::Text).body;
        let told = "a\\u{1b}]0;owned\\u{7}\\u{9b}2J\\u{202e}\\u{d}\\u{7f}\tb\nc\n";
        assert_eq!(text, format!("404 Not Found\n{told}"));
        let json = page.answer(Form::Json).body;
        assert!(json.contains(r"a\u001b]0;owned\u0007\u009b2J\u202e\u000d\u007f\u0009b\u000ac"), "{json}");
    }

    #[test]
    fn browsers_are_told_to_run_nothing() {
        for form in [Form::Text, Form::Html, Form::Json] {
            let lines = Page::new(404, ["a".to_owned()]).answer(form).headers;
            assert!(GUARDS.iter().all(|guard| lines.iter().any(|line| line == guard)), "{lines:?}");
        }
    }

    #[test]
    fn a_reset_content_has_none() {
        assert_eq!(Page::new(205, ["Asked for.".to_owned()]).answer(Form::Text).body, "");
    }
}

//! Apache's language: one directive a line, sections in angle brackets, quotes, continued lines, `Define`.

use crate::text::{joined_lines, words};

/// Sections deeper than this are read as if they stood at this depth.
const DEPTH_MAX: usize = 16;

/// One directive with the sections around it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Name in lower case; Apache does not tell case apart. Empty for the opening of a section.
    pub(super) name: String,
    /// Name as written.
    pub(super) written: String,
    /// Arguments, unquoted.
    pub(super) args: Vec<String>,
    /// Line, counted from 1.
    pub(super) line: u32,
    /// The sections around it, outer first, as indices into [`Text::sections`].
    pub(super) within: Vec<usize>,
}

impl Line {
    /// The argument at a position, or nothing.
    pub(super) fn arg(&self, at: usize) -> &str {
        self.args.get(at).map_or("", String::as_str)
    }

    /// The value of an argument `key=value`, whatever the key's case.
    pub(super) fn option(&self, key: &str) -> Option<&str> {
        self.args.iter().rev().find_map(|arg| {
            let (name, value) = arg.split_once('=')?;
            name.eq_ignore_ascii_case(key).then_some(value)
        })
    }
}

/// One section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    /// Name in lower case: `virtualhost`, `proxy`, `location`.
    pub(super) name: String,
    /// Arguments, unquoted.
    pub(super) args: Vec<String>,
    /// Line that opens it.
    pub(super) line: u32,
}

/// A file taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// Its directives in order.
    pub(super) lines: Vec<Line>,
    /// Its sections in order.
    pub(super) sections: Vec<Section>,
    /// What is broken, with its line.
    pub(super) problems: Vec<(u32, String)>,
}

/// Takes a file apart.
pub(super) fn parse(text: &str) -> Text {
    let mut parsed = Text::default();
    let mut open: Vec<usize> = Vec::new();
    let mut defined: Vec<(String, String)> = Vec::new();
    for (line, text) in joined_lines(text) {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(name) = text.strip_prefix("</") {
            let name = name.trim_end_matches('>').trim().to_ascii_lowercase();
            parsed.close(&mut open, &name, line);
        } else if let Some(inner) = text.strip_prefix('<') {
            let mut args = words(inner.strip_suffix('>').unwrap_or(inner));
            substitute(&mut args, &defined);
            if args.is_empty() {
                continue;
            }
            let name = args.remove(0).to_ascii_lowercase();
            if open.len() < DEPTH_MAX {
                open.push(parsed.sections.len());
            }
            parsed.sections.push(Section { name, args, line });
        } else {
            let mut args = words(text);
            if args.is_empty() {
                continue;
            }
            let written = args.remove(0);
            substitute(&mut args, &defined);
            let name = written.to_ascii_lowercase();
            if let ("define", [key, value, ..]) = (name.as_str(), args.as_slice()) {
                defined.push((format!("${{{key}}}"), value.clone()));
            }
            parsed.lines.push(Line { name, written, args, line, within: open.clone() });
        }
    }
    for at in open {
        if let Some(section) = parsed.sections.get(at) {
            let what = format!("the section `{}` is not closed", section.name);
            parsed.problems.push((section.line, what));
        }
    }
    parsed
}

impl Text {
    fn close(&mut self, open: &mut Vec<usize>, name: &str, line: u32) {
        let at = open.iter().rposition(|at| self.sections.get(*at).is_some_and(|s| s.name == name));
        match at {
            Some(at) => open.truncate(at),
            None => self.problems.push((line, format!("`</{name}>` closes nothing"))),
        }
    }
}

fn substitute(args: &mut [String], defined: &[(String, String)]) {
    for arg in args.iter_mut().filter(|arg| arg.contains("${")) {
        for (name, value) in defined {
            // A value is bounded so that nested definitions cannot grow without end.
            if arg.contains(name.as_str()) && arg.len() + value.len() < 4096 {
                *arg = arg.replacen(name.as_str(), value, 8);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_quotes_and_definitions() {
        let text = "Define P 8080\n<VirtualHost *:80>\n  # note\n  ProxyPass \"/\" \\\n  http://192.0.2.1:${P}/ timeout=3\n</VirtualHost>\nUser www";
        let parsed = parse(text);
        assert_eq!(parsed.problems, []);
        assert_eq!(parsed.sections[0].args, ["*:80"]);
        assert_eq!(parsed.lines[1].args, ["/", "http://192.0.2.1:8080/", "timeout=3"]);
        assert_eq!(parsed.lines[1].within, [0]);
        assert_eq!(parsed.lines[1].option("Timeout"), Some("3"));
        assert!(parsed.lines[2].within.is_empty());
    }

    #[test]
    fn broken_sections_are_told() {
        assert_eq!(parse("<Location /x>\nProxyPass !\n</Proxy>\n<>").problems.len(), 2);
    }
}

//! Mistakes of TOML itself in plain words.

use toml::de::Error;

use super::typed::{Reading, Spot};

/// Mistakes that are told; what comes after so many is their consequence.
const TOLD_MAX: usize = 5;

/// Tells what is wrong, once a line: what follows on a line that is broken means little.
pub(super) fn tell(wrong: &[Error], reading: &mut Reading<'_>) {
    let mut told: Vec<usize> = Vec::new();
    for error in wrong {
        let at = error.span().map_or(0, |span| span.start);
        let (line, _) = reading.lines().place(at);
        if told.contains(&line) || told.len() == TOLD_MAX {
            continue;
        }
        told.push(line);
        let (what, hint) = plain(error.message(), reading.lines().line(line));
        reading.error(&Spot { start: at, key: String::new() }, what, hint);
    }
}

/// What happened and what to do, from the parser's words and the line.
fn plain(message: &str, line: &str) -> (String, String) {
    let said = |what: &str, hint: &str| (what.to_owned(), hint.to_owned());
    let typed = line.trim();
    let has = |part: &str| message.contains(part);
    if open_quote(typed) {
        return said("a text has no end", "a text stands between two quotes on one line");
    }
    if has("duplicate key") {
        let hint = "a key stands once in its table, and a table has one heading; several sites or routes have headings \
                    in double brackets, [[site]] and [[site.route]]";
        return said("this key or table stands here for the second time", hint);
    }
    if typed.starts_with("include ") || typed.starts_with("include\t") {
        return said("there is no include", "one file says everything");
    }
    if typed.ends_with('{') && !typed.contains('=') || typed == "}" || typed.ends_with(';') {
        let hint = "tables begin with a heading such as [[site]] and end where the next begins; lines have no semicolon";
        return said("this line is no TOML", hint);
    }
    if has("extend value of type array") || has("extend") && has("array") {
        return said(
            "this heading adds to a list that was already written",
            "write all of it in one way: in [[…]] tables, or in square brackets",
        );
    }
    if typed.starts_with('[') && !typed.contains('=') {
        return said("this heading is broken", "[table] or [[list of tables]], each bracket closed");
    }
    if has("array") {
        return said(
            "a list is broken off",
            "a list stands in square brackets, its values separated by commas",
        );
    }
    if has("inline table") {
        return said("a table in braces is broken off", "{ key = value, other = value }");
    }
    if has("escape") {
        return said(
            "a backslash is followed by what it cannot stand before",
            "write \\\\ for a backslash, or single quotes around the text",
        );
    }
    if let Some(told) = setting(message, typed) {
        return told;
    }
    if let Some((key, value)) = typed.split_once(':').or_else(|| typed.split_once(' ')) {
        let value = value.trim().trim_matches(['"', '\'', ';']);
        return (format!("{key} is followed by no ="), format!("write {} = \"{value}\"", key.trim()));
    }
    (
        format!("this line is no TOML ({message})"),
        "each line is key = value, a [heading], or a # comment".to_owned(),
    )
}

/// A key whose value is wrong; `None` if the line is none.
fn setting(message: &str, typed: &str) -> Option<(String, String)> {
    if let Some((key, value)) =
        typed.split_once('=').filter(|(key, _)| !key.trim().is_empty() && !key.starts_with('['))
    {
        let (key, value) = (key.trim(), value.split('#').next().unwrap_or("").trim());
        if value.is_empty() {
            return Some((
                format!("{key} has no value"),
                format!("write one behind the =, or take the line away: {key} = …"),
            ));
        }
        if !value.starts_with(['"', '\'', '[', '{']) {
            let value = value.trim_matches(['"', '\'']);
            return Some((
                format!("{value} is no value in TOML"),
                format!("texts stand in quotes: {key} = \"{value}\""),
            ));
        }
        return Some((
            format!("the value of {key} is followed by something that does not belong there ({message})"),
            "one key and one value a line".to_owned(),
        ));
    }
    None
}

/// Whether a text is begun on the line and not ended.
fn open_quote(line: &str) -> bool {
    let mut open = None;
    let mut escaped = false;
    for c in line.chars() {
        match open {
            None if c == '#' => return false,
            None if c == '"' || c == '\'' => open = Some(c),
            Some('"') if escaped => escaped = false,
            Some('"') if c == '\\' => escaped = true,
            Some(quote) if c == quote => open = None,
            _ => {}
        }
    }
    open.is_some()
}

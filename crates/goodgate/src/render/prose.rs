//! Prose with the little markup that the catalogue uses (paragraphs, lists, `code`), taken apart for each form.

/// A piece of prose.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    /// A paragraph.
    Paragraph(String),
    /// A point of a list.
    Item(String),
}

/// Paragraphs and points, their lines joined.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            open = false;
            continue;
        }
        if let Some(item) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
            out.push(Piece::Item(item.to_owned()));
        } else if numbered(line) || !open {
            out.push(Piece::Paragraph(line.to_owned()));
        } else if let Some(Piece::Paragraph(last) | Piece::Item(last)) = out.last_mut() {
            last.push(' ');
            last.push_str(line);
        }
        open = true;
    }
    out
}

fn numbered(line: &str) -> bool {
    line.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok())
}

/// A stretch of a line.
#[derive(Debug, PartialEq)]
pub(super) enum Stretch<'a> {
    /// Words.
    Plain(&'a str),
    /// What stands between backquotes.
    Code(&'a str),
}

/// Words and code; a backquote without a partner is a word.
pub(super) fn stretches(text: &str) -> Vec<Stretch<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((code, behind)) = after.split_once('`') else { break };
        out.push(Stretch::Plain(before));
        out.push(Stretch::Code(code));
        rest = behind;
    }
    out.push(Stretch::Plain(rest));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_taken_apart() {
        let found = pieces("One\ntwo.\n- a\n  b\n- c\n\nThree.");
        let wanted = [
            Piece::Paragraph("One two.".into()),
            Piece::Item("a b".into()),
            Piece::Item("c".into()),
            Piece::Paragraph("Three.".into()),
        ];
        assert_eq!(found, wanted);
        assert_eq!(
            stretches("a `b` c`d"),
            [Stretch::Plain("a "), Stretch::Code("b"), Stretch::Plain(" c`d")]
        );
    }
}

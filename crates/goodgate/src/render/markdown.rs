//! Reports as Markdown. Whatever comes from outside is escaped: it can neither link nor embed.

use std::fmt::Write;

use super::blocks::{Block, Tone};
use super::prose::{Piece, Stretch, pieces, stretches};

/// The report as Markdown.
pub(crate) fn render(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        // Writing to a string cannot fail.
        let _ = one(block, &mut out);
    }
    out
}

fn one(block: &Block, out: &mut String) -> std::fmt::Result {
    match block {
        Block::Path(hops) => {
            let names: Vec<String> =
                hops.iter()
                    .map(|hop| {
                        if hop.broken { format!("**✗ {}**", escape(&hop.name)) } else { escape(&hop.name) }
                    })
                    .collect();
            writeln!(out, "{}\n", names.join(" → "))
        }
        Block::Title(text) => writeln!(out, "# {}\n", inline(text)),
        Block::Verdict { tone, text } => {
            let mark = match tone {
                Tone::Bad => "✗ ",
                Tone::Unsure => "? ",
                Tone::Good => "✓ ",
                Tone::Plain => "",
            };
            writeln!(out, "**{mark}{}**\n", inline(text))
        }
        Block::Heading(text) => writeln!(out, "## {}\n", inline(text)),
        Block::Subheading(text) => writeln!(out, "### {}\n", inline(text)),
        Block::Text(text) => {
            let mut in_list = false;
            for piece in pieces(text) {
                match piece {
                    Piece::Paragraph(words) => {
                        let apart = if in_list { "\n" } else { "" };
                        writeln!(out, "{apart}{}\n", inline(&words))?;
                        in_list = false;
                    }
                    Piece::Item(words) => {
                        writeln!(out, "- {}", inline(&words))?;
                        in_list = true;
                    }
                }
            }
            if in_list { writeln!(out) } else { Ok(()) }
        }
        Block::Points(points) => {
            for point in points {
                writeln!(out, "- {}", inline(point))?;
            }
            writeln!(out)
        }
        Block::Evidence(quotes) => {
            for quote in quotes {
                writeln!(out, "- {} ({})", inline(&quote.what), code(&quote.place))?;
                if let Some(words) = &quote.words {
                    writeln!(out, "  {}", code(words))?;
                }
            }
            writeln!(out)
        }
        Block::Steps(steps) => {
            for (number, step) in steps.iter().enumerate() {
                writeln!(out, "{}. {}", number + 1, inline(step))?;
            }
            writeln!(out)
        }
        Block::Code(text) => {
            let fence = "`".repeat(longest_run(text).max(2) + 1);
            writeln!(out, "{fence}\n{}\n{fence}\n", text.trim_end())
        }
    }
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A code span that no backquote in the text can end.
fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn inline(text: &str) -> String {
    stretches(text)
        .iter()
        .map(|stretch| match stretch {
            Stretch::Plain(words) => escape(words),
            Stretch::Code(words) => format!("`{words}`"),
        })
        .collect()
}

/// Escapes what Markdown could take for markup where it stands; shell commands stay readable in the source.
fn escape(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 8);
    for (at, c) in chars.iter().enumerate() {
        let beside = |place: Option<usize>| place.and_then(|place| chars.get(place)).copied().unwrap_or(' ');
        let (before, after) = (beside(at.checked_sub(1)), beside(Some(at + 1)));
        let markup = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' => true,
            '_' => !(before.is_alphanumeric() && after.is_alphanumeric()),
            '~' => before == '~' || after == '~',
            '&' => after == '#' || after.is_alphanumeric(),
            '#' | '+' | '-' | '=' => out.trim().is_empty(),
            _ => false,
        };
        if markup {
            out.push('\\');
        }
        out.push(*c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        assert_eq!(inline("a [b](c) <i> `x*`"), r"a \[b\](c) \<i\> `x*`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(render(&[Block::Code("a\n```\nb".into())]), "````\na\n```\nb\n````\n\n");
    }
}

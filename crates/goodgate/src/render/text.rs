//! Reports for a terminal: plain words, wrapped, colour only where it is shown.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::report::{Block, Tone};

/// Columns that text is wrapped to.
const WIDTH: usize = 100;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

fn tone(tone: Tone) -> Style {
    let colour = match tone {
        Tone::Bad => AnsiColor::Red,
        Tone::Unsure => AnsiColor::Yellow,
        Tone::Good => AnsiColor::Green,
    };
    Style::new().bold().fg_color(Some(colour.into()))
}

/// The report as text with ANSI styles; whoever writes it strips them where they are not wanted.
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
            let names = hops.iter().enumerate().map(|(i, hop)| match (i, hop.broken) {
                (0, _) => hop.name.clone(),
                (_, true) => {
                    let red = tone(Tone::Bad);
                    format!(" {red}--x--{red:#} {red}{}{red:#}", hop.name)
                }
                (_, false) => format!(" ----- {}", hop.name),
            });
            writeln!(out, "\n{}\n", names.collect::<String>())
        }
        Block::Verdict { tone: how, text } => {
            let style = tone(*how);
            writeln!(out, "{style}{}{style:#}\n", wrap(text, 0, 0))
        }
        Block::Heading(text) => writeln!(out, "{BOLD}{text}{BOLD:#}"),
        Block::Text(text) => {
            for paragraph in text.split("\n\n") {
                writeln!(out, "{}\n", wrap_lines(paragraph, 2))?;
            }
            Ok(())
        }
        Block::Points(points) => {
            for point in points {
                writeln!(out, "  - {}", wrap(point, 4, 4))?;
            }
            writeln!(out)
        }
        Block::Evidence(quotes) => {
            for quote in quotes {
                writeln!(out, "  - {} {DIM}[{}]{DIM:#}", wrap(&quote.what, 4, 4), quote.place)?;
                if let Some(words) = &quote.words {
                    writeln!(out, "    {DIM}{words}{DIM:#}")?;
                }
            }
            writeln!(out)
        }
        Block::Steps(steps) => {
            for (number, step) in steps.iter().enumerate() {
                writeln!(out, "  {:>2}. {}", number + 1, wrap(step, 6, 6))?;
            }
            writeln!(out)
        }
        Block::Command(command) => writeln!(out, "    {BOLD}{command}{BOLD:#}\n"),
    }
}

/// Wraps words; the first line already stands at `start`, the following ones are indented.
fn wrap(text: &str, start: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut column = start;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > indent && column + 1 + width > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > start || !out.is_empty() {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    out
}

/// Wraps prose but keeps its list items apart.
fn wrap_lines(text: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut pieces: Vec<String> = Vec::new();
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        let trimmed = line.trim();
        let item = trimmed.starts_with("- ") || trimmed.split_once(". ").is_some_and(|(n, _)| n.parse::<u8>().is_ok());
        match pieces.last_mut() {
            Some(last) if !item => {
                last.push(' ');
                last.push_str(trimmed);
            }
            _ => pieces.push(trimmed.to_owned()),
        }
    }
    let lines: Vec<String> = pieces
        .iter()
        .map(|piece| {
            let hang = if piece.starts_with("- ") { indent + 2 } else { indent };
            format!("{pad}{}", wrap(piece, indent, hang))
        })
        .collect();
    lines.join("\n")
}

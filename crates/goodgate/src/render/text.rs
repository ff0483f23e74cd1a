//! Reports for a terminal: plain words, wrapped, colour only where it is shown.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::blocks::{Block, Tone};
use super::prose::{Piece, Stretch, pieces, stretches};

/// Columns that text is wrapped to.
pub(super) const WIDTH: usize = 100;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();

pub(super) fn tone(tone: Tone) -> Style {
    let colour = match tone {
        Tone::Bad => AnsiColor::Red,
        Tone::Unsure => AnsiColor::Yellow,
        Tone::Good => AnsiColor::Green,
        Tone::Plain => return BOLD,
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
        Block::Subheading(text) => writeln!(out, "  {BOLD}{}{BOLD:#}\n", wrap(text, 2, 2)),
        Block::Title(text) => writeln!(out, "\n{BOLD}{}{BOLD:#}\n", wrap(text, 0, 0)),
        Block::Text(text) => {
            writeln!(out, "{}\n", prose(text, 2))
        }
        Block::Points(points) => {
            for point in points {
                writeln!(out, "  - {}", wrap(point, 4, 4))?;
            }
            writeln!(out)
        }
        Block::Evidence(quotes) => {
            for quote in quotes {
                let what = wrap(&quote.what, 4, 4);
                let last = what.lines().last().map_or(0, |line| line.chars().count());
                let last = if what.contains('\n') { last } else { last + 4 };
                let apart = if last + quote.place.chars().count() + 3 > WIDTH { "\n    " } else { " " };
                writeln!(out, "  - {what}{apart}{DIM}[{}]{DIM:#}", quote.place)?;
                if let Some(words) = &quote.words {
                    writeln!(out, "    {DIM}{words}{DIM:#}")?;
                }
            }
            writeln!(out)
        }
        Block::Steps(steps) => {
            for (number, step) in steps.iter().enumerate() {
                // A command that was broken into lines cannot be copied; short ones stay whole when words are wrapped.
                let step = match has_command(step) {
                    true if step.contains('`') && !has_long_code(step) => typed(&wrap(step, 6, 6)),
                    true => typed(step),
                    false => wrap(step, 6, 6),
                };
                writeln!(out, "  {:>2}. {step}", number + 1)?;
            }
            writeln!(out)
        }
        Block::Code(text) => {
            for line in text.trim_end().lines() {
                match line {
                    "" => writeln!(out)?,
                    line => writeln!(out, "    {BOLD}{line}{BOLD:#}")?,
                }
            }
            writeln!(out)
        }
    }
}

/// Longer commands are broken when words are wrapped.
const COMMAND_CHARS: usize = 64;

/// Whether a command is too long to stay whole when words are wrapped.
fn has_long_code(step: &str) -> bool {
    let long = |stretch: &Stretch<'_>| matches!(stretch, Stretch::Code(code) if code.chars().count() + 8 > COMMAND_CHARS);
    stretches(step).iter().any(long)
}

/// Words, with `a short command` in backquotes as one of them.
fn unbroken(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for word in text.split_whitespace() {
        let quotes = word.matches('`').count();
        match words.last_mut() {
            Some(last) if open && last.chars().count() + word.chars().count() < COMMAND_CHARS => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
        open ^= quotes % 2 == 1;
    }
    words
}

/// What is to be typed stands out instead of standing in backquotes.
fn typed(step: &str) -> String {
    let one = |stretch: &Stretch<'_>| match stretch {
        Stretch::Plain(words) => (*words).to_owned(),
        Stretch::Code(words) => format!("{BOLD}{words}{BOLD:#}"),
    };
    stretches(step).iter().map(one).collect()
}

/// Whether a step holds something to be typed.
fn has_command(step: &str) -> bool {
    ["`", " -", "|", "$", "/", "&&", " > ", "=", "systemctl "].iter().any(|mark| step.contains(mark))
}

/// Wraps words; the first line already stands at `start`, the following ones are indented.
pub(super) fn wrap(text: &str, start: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut column = start;
    for word in unbroken(text) {
        let width = word.chars().count();
        if column > indent && column + 1 + width > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > start || !out.is_empty() {
            out.push(' ');
            column += 1;
        }
        out.push_str(&word);
        column += width;
    }
    out
}

/// Wraps prose; paragraphs stand apart, points of a list below each other.
fn prose(text: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut out = String::new();
    let mut last_was_item = true;
    for piece in pieces(text) {
        let item = matches!(piece, Piece::Item(_));
        if !out.is_empty() {
            out.push_str(if item && last_was_item { "\n" } else { "\n\n" });
        }
        match piece {
            Piece::Paragraph(words) => out.push_str(&format!("{pad}{}", wrap(&words, indent, indent))),
            Piece::Item(words) => out.push_str(&format!("{pad}- {}", wrap(&words, indent + 2, indent + 2))),
        }
        last_was_item = item;
    }
    out
}

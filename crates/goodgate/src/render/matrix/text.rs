//! The matrix on a terminal: a row per recipe, a column per gateway, and then the worst of each in words.

use std::fmt::{self, Write};

use anstyle::Style;
use goodgate_lab::{Kind, Recipe};
use goodgate_witness::{Cell, Gateway, Matrix};

use super::super::blocks::Tone;
use super::super::text::{BOLD, DIM, tone, wrap};
use super::{cell, counts, faults, outside, with_groups, words};
use crate::lab::names;
use crate::redact::redact;
use crate::render::counted;

/// Columns that a row may take.
const WIDTH: usize = 110;
/// Where names of recipes end at the least and at the most, if the gateways leave room.
const NAME_MIN: usize = 20;
const NAME_MAX: usize = 44;
/// Told for each gateway; the other forms have all.
const FAULTS_MAX: usize = 12;

fn style(kind: Kind) -> Style {
    match kind {
        Kind::Right => tone(Tone::Good),
        Kind::Tolerable => tone(Tone::Unsure),
        _ => tone(Tone::Bad),
    }
}

/// The whole matrix.
pub(super) fn render(matrix: &Matrix) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = all(matrix, &mut out);
    out
}

fn all(matrix: &Matrix, out: &mut String) -> fmt::Result {
    let mut rows = String::new();
    for gateways in bands(matrix) {
        table(matrix, &gateways, &mut rows)?;
    }
    for line in rows.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    legend(matrix, out)?;
    for (place, gateway) in matrix.gateways.iter().enumerate() {
        the_worst(matrix, place, gateway, out)?;
        outside::sums(matrix, place, gateway, out)?;
    }
    out.push_str(&not_measured(matrix));
    Ok(())
}

/// What was not measured, each reason once.
fn not_measured(matrix: &Matrix) -> String {
    let mut out = String::new();
    let mut reasons: Vec<(usize, &str, Vec<&str>)> = Vec::new();
    for pair in &matrix.not_played {
        let Some(recipe) = matrix.recipes.get(pair.recipe) else { continue };
        match reasons.iter_mut().find(|(gateway, why, _)| *gateway == pair.gateway && *why == pair.why) {
            Some((.., recipes)) => recipes.push(&recipe.name),
            None => reasons.push((pair.gateway, &pair.why, vec![&recipe.name])),
        }
    }
    reasons.sort_by_key(|(gateway, ..)| *gateway);
    for (gateway, why, recipes) in reasons {
        let title = matrix.gateways.get(gateway).map(|gateway| gateway.title).unwrap_or_default();
        let which = match recipes.as_slice() {
            [only] => (*only).to_owned(),
            all => counted(all.len() as u64, "recipe"),
        };
        let text = words::in_one_line(&format!("{title}: {which} not played: {why}"));
        out.push_str(&format!("{}\n", wrap(&text, 0, 2)));
    }
    for left in &matrix.left_out {
        let text = words::in_one_line(&format!("{} was left out: {}", left.id, left.why));
        out.push_str(&format!("{}\n", wrap(&text, 0, 2)));
    }
    out
}

/// Gateways whose columns fit beside each other, with their widths.
fn bands(matrix: &Matrix) -> Vec<Vec<(usize, usize)>> {
    let mut bands: Vec<Vec<(usize, usize)>> = Vec::new();
    let mut used = WIDTH;
    for (place, gateway) in matrix.gateways.iter().enumerate() {
        let cells = super::of_gateway(matrix, place).map(|cell| words::cell(cell).chars().count());
        let title = gateway.title.chars().count().max(redact(&gateway.version).chars().count());
        let width = cells.chain([title]).max().unwrap_or(0).min(WIDTH / 2) + 2;
        if used + width > WIDTH {
            bands.push(Vec::new());
            used = NAME_MIN;
        }
        used += width;
        if let Some(band) = bands.last_mut() {
            band.push((place, width));
        }
    }
    bands
}

fn table(matrix: &Matrix, gateways: &[(usize, usize)], out: &mut String) -> fmt::Result {
    let columns: usize = gateways.iter().map(|(_, width)| width).sum();
    let longest = matrix.recipes.iter().map(|recipe| recipe.name.len() + 2).max().unwrap_or(0);
    let named = longest.min(NAME_MAX).min(WIDTH.saturating_sub(columns)).max(NAME_MIN);
    for head in [|gateway: &Gateway| gateway.title.to_owned(), |gateway: &Gateway| redact(&gateway.version)] {
        let mut line = format!("{:named$}", "");
        for (place, width) in gateways {
            let text = matrix.gateways.get(*place).map(head).unwrap_or_default();
            write!(line, "  {:room$}", cut(&text, *width - 2), room = width - 2)?;
        }
        writeln!(out, "{BOLD}{}{BOLD:#}", line.trim_end())?;
    }
    for (group, recipe, what) in with_groups(matrix) {
        if let Some(group) = group {
            writeln!(out, "{DIM}{}{DIM:#}", names::heading(group))?;
        }
        row(matrix, gateways, recipe, what, named, out)?;
    }
    writeln!(out)?;
    for (at, kind) in Kind::ALL.into_iter().enumerate() {
        let of = |place: usize| counts(matrix, place).get(at).copied().unwrap_or(0);
        if matrix.gateways.iter().enumerate().all(|(place, _)| of(place) == 0) {
            continue;
        }
        write!(out, "{BOLD}{:named$}{BOLD:#}", kind.name())?;
        for (place, width) in gateways {
            write!(out, "  {:<room$}", of(*place), room = width - 2)?;
        }
        writeln!(out)?;
    }
    writeln!(out)
}

fn row(
    matrix: &Matrix,
    gateways: &[(usize, usize)],
    recipe: usize,
    what: &Recipe,
    named: usize,
    out: &mut String,
) -> fmt::Result {
    // A name that was cut could not be copied: one that is too long gets a line of its own.
    if what.name.len() + 2 > named {
        write!(out, "  {}\n{:named$}", what.name, "")?;
    } else {
        write!(out, "  {:room$}", what.name, room = named - 2)?;
    }
    let last = gateways.last().map(|(place, _)| *place);
    for (place, width) in gateways {
        let cell = cell(matrix, recipe, *place);
        let text = cell.map_or_else(|| "-".to_owned(), words::cell);
        let style = cell.and_then(Cell::worst).map_or(DIM, |(_, verdict)| style(verdict.kind));
        let room = if last == Some(*place) { 0 } else { width - 2 };
        write!(out, "  {style}{:room$}{style:#}", cut(&text, *width - 2))?;
    }
    writeln!(out)
}

fn cut(text: &str, room: usize) -> String {
    text.chars().take(room).collect()
}

fn legend(matrix: &Matrix, out: &mut String) -> fmt::Result {
    let seen =
        |kind: Kind| matrix.cells.iter().filter_map(Cell::worst).any(|(_, verdict)| verdict.kind == kind);
    for kind in Kind::ALL.into_iter().filter(|kind| seen(*kind)) {
        let style = style(kind);
        writeln!(out, "{style}{:10}{style:#}{}: {}", words::mark(kind), kind.name(), words::means(kind))?;
    }
    if matrix.cells.iter().any(|cell| cell.worst().is_some_and(|(_, v)| words::only_some(cell, v.kind))) {
        writeln!(out, "{:10}only when asked in some ways (HTTP/1.0, POST, HEAD, a used connection)", "*")?;
    }
    if matrix.cells.iter().any(|cell| cell.died.is_some()) {
        writeln!(out, "{:10}the gateway's process died of it", "DIES")?;
    }
    if matrix.cells.len() < matrix.recipes.len() * matrix.gateways.len() {
        writeln!(out, "{:10}not played", "-")?;
    }
    writeln!(out, "Clients spoke {} to the gateways.", matrix.front.title())?;
    writeln!(
        out,
        "Numbers are the status that the client got; `cut` says that it can tell that the rest is missing.\n"
    )
}

fn the_worst(matrix: &Matrix, place: usize, gateway: &Gateway, out: &mut String) -> fmt::Result {
    let faults = faults(matrix, place);
    let title = format!("{} {}", redact(gateway.title), redact(&gateway.version));
    writeln!(out, "{BOLD}{}{BOLD:#}", title.trim_end())?;
    if faults.is_empty() {
        let played = counted(super::of_gateway(matrix, place).count() as u64, "recipe");
        return writeln!(out, "  Nothing is worse than tolerable in {played}.\n");
    }
    for fault in faults.iter().take(FAULTS_MAX) {
        let style = style(fault.kind);
        let mark = words::mark(fault.kind);
        let start = 4 + mark.len();
        writeln!(out, "  {style}{mark}{style:#}  {}", wrap(&fault.recipes.join(", "), start, 6))?;
        writeln!(out, "      {}", wrap(&fault.says, 6, 6))?;
    }
    let more: usize = faults.iter().skip(FAULTS_MAX).map(|fault| fault.recipes.len()).sum();
    if more > 0 {
        let more = counted(more as u64, "more recipe");
        writeln!(out, "  and {more}; --format html -o FILE shows all, with what was seen.")?;
    }
    writeln!(out)
}

/// A recipe in a line, and its reason below where it is not right.
pub(crate) fn line(recipe: &Recipe, cell: &Cell, named: usize) -> String {
    let Some((_, verdict)) = cell.worst() else {
        return format!("{:named$}  -\n", recipe.name);
    };
    let style = style(verdict.kind);
    let mut out = format!("{:named$}  {style}{}{style:#}\n", recipe.name, words::cell(cell));
    if verdict.kind > Kind::Right {
        out.push_str(&format!("    {}\n", wrap(&words::sentence(cell, verdict), 4, 4)));
    }
    out
}

/// How many recipes ended in each verdict, in a sentence for each gateway.
pub(crate) fn sums(matrix: &Matrix) -> String {
    let mut out = String::new();
    for (place, gateway) in matrix.gateways.iter().enumerate() {
        let counts = counts(matrix, place);
        let all: usize = counts.iter().sum();
        let told: Vec<String> = Kind::ALL
            .into_iter()
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| format!("{count} {}", kind.name()))
            .collect();
        let text = format!("{}: {}: {}.", gateway.title, counted(all as u64, "recipe"), told.join(", "));
        out.push_str(&format!("\n{BOLD}{}{BOLD:#}\n", wrap(&redact(&text), 0, 2)));
    }
    out.push_str(&not_measured(matrix));
    out
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_cell_says_verdict_and_status_without_colour() {
        let text = plain(&render(&sample::matrix()));
        for wanted in [
            "HIDES CUT 200*",
            "HANGS",
            "RETRIES POST*",
            "SMUGGLES garbage DIES",
            "MISLEADS closed",
            "RFC 9112 §8",
        ] {
            assert!(text.contains(wanted), "{wanted}\n{text}");
        }
        assert!(text.contains("  fin-in-the-middle-of-a-chunk-with-a-very-long-name\n"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }

    #[test]
    fn sums_count_each_recipe_once() {
        let text = plain(&sums(&sample::matrix()));
        assert!(
            text.contains("nginx: 3 recipes: 1 misleading, 1 hides truncation, 1 unsafe retry."),
            "{text}"
        );
        assert!(text.contains("HAProxy: 2 recipes: 1 hangs, 1 smuggling risk."), "{text}");
    }

    #[test]
    fn many_gateways_go_below_each_other() {
        let mut matrix = sample::matrix();
        let first = matrix.gateways[0].clone();
        matrix.gateways.extend(std::iter::repeat_n(first, 12));
        assert!(bands(&matrix).len() > 1);
        let text = plain(&render(&matrix));
        let table = text.lines().take_while(|line| !line.starts_with("ok "));
        assert!(table.map(|line| line.chars().count()).max() <= Some(WIDTH), "{text}");
    }

    #[test]
    fn nothing_from_outside_reaches_the_terminal() {
        let text = render(&sample::matrix());
        assert!(!text.contains("\x1b[31mred") && !text.contains('\u{202e}'), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
        let recipe = &sample::matrix().recipes[2];
        let line = line(recipe, &sample::matrix().cells[4], 20);
        assert!(line.contains("MISLEADS") && !line.contains("\x1b[31mred"), "{line}");
    }
}

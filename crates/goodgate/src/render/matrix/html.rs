//! The matrix as one HTML file: nothing is loaded from elsewhere, no script, readable on a phone and in the dark.
//!
//! A row is a grid of folded boxes; one that is opened takes the whole width below its row, so that what was seen can
//! be read without the columns moving. On a narrow screen each row is a card.

mod evidence;

use std::fmt::{self, Write};

use goodgate_facts::Language;
use goodgate_lab::{Kind, Recipe};
use goodgate_witness::{Cell, Gateway, Matrix};

use super::super::html::{escape, head};
use super::{cell, counts, faults, is_wrong, of_gateway, why_not, with_groups, words};
use crate::lab::{names, show, steps};
use crate::redact::redact;
use crate::render::counted;

const STYLE: &str = include_str!("matrix.css");
/// Of a gateway's configuration so much is shown.
const CONFIGURATION_CHARS_MAX: usize = 20_000;

/// The page.
pub(super) fn render(matrix: &Matrix) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = page(matrix, &mut out);
    out
}

fn page(matrix: &Matrix, out: &mut String) -> fmt::Result {
    let title = title(matrix);
    head(out, Language::En, &title, STYLE)?;
    writeln!(out, "<h1>{}</h1>", escape(&title))?;
    writeln!(
        out,
        "<p>Every line is a way in which an origin can fail, played by the lab's origin behind each gateway. A cell \
         says what the gateway's client got and what to think of it; open it for what was seen, what the gateway \
         wrote into its log, and the rule. Open a name for what the origin does and what a correct gateway makes of \
         it. Clients spoke {} to the gateways.</p>",
        escape(matrix.front.title())
    )?;
    legend(out)?;
    overview(matrix, out)?;
    table(matrix, out)?;
    for (place, gateway) in matrix.gateways.iter().enumerate() {
        about(matrix, place, gateway, out)?;
    }
    if !matrix.left_out.is_empty() {
        writeln!(out, "<h2>Left out</h2>\n<ul>")?;
        for left in &matrix.left_out {
            writeln!(out, "<li>{}: {}</li>", shown(&left.id), escape(&words::in_one_line(&left.why)))?;
        }
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "</main>\n<footer>goodgate {}</footer>\n</body>\n</html>", env!("CARGO_PKG_VERSION"))
}

fn title(matrix: &Matrix) -> String {
    let names: Vec<String> = matrix.gateways.iter().map(|gateway| redact(gateway.title)).collect();
    let played = counted(matrix.recipes.len() as u64, "way");
    match names.split_last() {
        None => "Nothing was measured".to_owned(),
        Some((only, [])) => format!("What {only} makes of {played} to fail"),
        Some((last, others)) => format!("What {} and {last} make of {played} to fail", others.join(", ")),
    }
}

/// Text from outside, fit to be shown.
fn shown(text: &str) -> String {
    escape(&redact(text))
}

const fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Right => "right",
        Kind::Tolerable => "tolerable",
        Kind::Misleading | Kind::HidesTruncation | Kind::Hangs => "bad",
        Kind::UnsafeRetry | Kind::SmugglingRisk => "worst",
    }
}

fn legend(out: &mut String) -> fmt::Result {
    writeln!(out, "<details class=\"legend\"><summary>What the marks mean</summary><dl>")?;
    for kind in Kind::ALL {
        writeln!(
            out,
            "<dt class=\"{}\">{}</dt><dd>{}: {}</dd>",
            class(kind),
            words::mark(kind),
            kind.name(),
            words::means(kind)
        )?;
    }
    writeln!(
        out,
        "<dt>*</dt><dd>only when asked in some ways (HTTP/1.0, POST, HEAD, a used connection)</dd>\n\
         <dt>cut</dt><dd>the client can tell that the rest is missing</dd>\n</dl></details>"
    )
}

/// How many recipes ended in each verdict, as a table of numbers.
fn overview(matrix: &Matrix, out: &mut String) -> fmt::Result {
    let all: Vec<_> = (0..matrix.gateways.len()).map(|place| counts(matrix, place)).collect();
    writeln!(out, "<div class=\"scroll\"><table>\n<tr><th></th>")?;
    for (place, gateway) in matrix.gateways.iter().enumerate() {
        write!(
            out,
            "<th><a href=\"#g{place}\">{}</a> {}</th>",
            shown(gateway.title),
            shown(&gateway.version)
        )?;
    }
    writeln!(out, "</tr>")?;
    for (at, kind) in Kind::ALL.into_iter().enumerate() {
        write!(out, "<tr><th class=\"{}\">{}</th>", class(kind), kind.name())?;
        for counts in &all {
            write!(out, "<td>{}</td>", counts.get(at).copied().unwrap_or(0))?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</table></div>")
}

fn table(matrix: &Matrix, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "<label class=\"only\"><input type=\"checkbox\" id=\"only\"> Only where somebody is worse than tolerable</label>"
    )?;
    writeln!(
        out,
        "<div class=\"matrix\" style=\"--n:{}\">\n<div class=\"row head\"><b>Recipe</b>",
        matrix.gateways.len()
    )?;
    for gateway in &matrix.gateways {
        write!(out, "<b>{} <small>{}</small></b>", shown(gateway.title), shown(&gateway.version))?;
    }
    writeln!(out, "</div>")?;
    for (group, recipe, what) in with_groups(matrix) {
        if let Some(group) = group {
            writeln!(out, "<h2>{}</h2>", escape(names::heading(group)))?;
        }
        row(matrix, recipe, what, out)?;
    }
    writeln!(out, "</div>")
}

fn row(matrix: &Matrix, recipe: usize, what: &Recipe, out: &mut String) -> fmt::Result {
    let cells: Vec<Option<&Cell>> =
        (0..matrix.gateways.len()).map(|gateway| cell(matrix, recipe, gateway)).collect();
    let fine = if cells.iter().flatten().any(|cell| is_wrong(cell)) { "" } else { " fine" };
    writeln!(out, "<section class=\"row{fine}\" id=\"r-{}\">", escape(&what.name))?;
    writeln!(
        out,
        "<details class=\"name\"><summary><b>{}</b> <span>{}</span></summary><div>",
        escape(&what.name),
        escape(&what.title)
    )?;
    origin(what, out)?;
    writeln!(out, "</div></details>")?;
    for (place, (cell, gateway)) in cells.into_iter().zip(&matrix.gateways).enumerate() {
        let column = place + 2;
        match cell {
            Some(cell) => evidence::one(cell, gateway, column, evidence::Beside::of(matrix), out)?,
            None => {
                let why = why_not(matrix, recipe, place).unwrap_or("it was not reached");
                writeln!(
                    out,
                    "<details class=\"none\" style=\"--c:{column}\"><summary><span class=\"who\">{}</span> not played\
                     </summary><div>{}</div></details>",
                    shown(gateway.title),
                    escape(&words::in_one_line(why))
                )?;
            }
        }
    }
    writeln!(out, "</section>")
}

/// What the origin does, and what a correct gateway makes of it.
fn origin(what: &Recipe, out: &mut String) -> fmt::Result {
    writeln!(out, "<p>{}</p>\n<h4>What the origin does</h4>\n<ol>", escape(&what.about))?;
    for sentence in steps::sentences(what) {
        writeln!(out, "<li>{}</li>", super::super::html::inline(&sentence))?;
    }
    writeln!(out, "</ol>\n<h4>What a correct gateway does</h4>\n<ul>")?;
    for point in show::correct(&what.gateway).iter().chain(&show::reasons(&what.gateway)) {
        writeln!(out, "<li>{}</li>", escape(point))?;
    }
    for (drive, special) in show::special(what) {
        let points = [show::correct(special), show::reasons(special)].concat();
        writeln!(out, "<li>For {}: {}</li>", words::drive(drive), escape(&points.join(" ")))?;
    }
    writeln!(out, "</ul>")?;
    if !what.truth.causes.is_empty() {
        writeln!(out, "<p>Fits: {}.</p>", escape(&what.truth.causes.join(", ")))?;
    }
    Ok(())
}

/// Lines as they are, each made harmless.
fn pre(text: &str, chars_max: usize, out: &mut String) -> fmt::Result {
    let mut short: String = text.chars().take(chars_max).collect();
    if text.chars().nth(chars_max).is_some() {
        short.push('…');
    }
    let lines: Vec<String> = short.lines().map(shown).collect();
    writeln!(out, "<pre><code>{}</code></pre>", lines.join("\n"))
}

/// The worst of a gateway, and how it was set up.
fn about(matrix: &Matrix, place: usize, gateway: &Gateway, out: &mut String) -> fmt::Result {
    writeln!(out, "<h2 id=\"g{place}\">{} {}</h2>", shown(gateway.title), shown(&gateway.version))?;
    let faults = faults(matrix, place);
    if faults.is_empty() {
        let played = counted(of_gateway(matrix, place).count() as u64, "recipe");
        writeln!(out, "<p>Nothing is worse than tolerable in {played}.</p>")?;
    } else {
        writeln!(out, "<ul class=\"reasons\">")?;
        for fault in faults {
            let link = |name: &&str| format!("<a href=\"#r-{0}\">{0}</a>", escape(name));
            let links: Vec<String> = fault.recipes.iter().map(link).collect();
            let (class, mark) = (class(fault.kind), words::mark(fault.kind));
            let says = escape(&fault.says);
            writeln!(out, "<li><b class=\"{class}\">{mark}</b> {}<br>{says}</li>", links.join(", "))?;
        }
        writeln!(out, "</ul>")?;
    }
    if gateway.configuration.trim().is_empty() {
        return Ok(());
    }
    writeln!(out, "<details><summary>How it was set up</summary>")?;
    pre(&gateway.configuration, CONFIGURATION_CHARS_MAX, out)?;
    writeln!(out, "</details>")
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let text = render(&sample::matrix());
        for harm in ["<script", "Does <b>", "<i>{", "\x1b", "\u{202e}", "hunter2"] {
            assert!(!text.contains(harm), "{harm}");
        }
        assert!(text.contains("&lt;script&gt;"));
    }

    #[test]
    fn every_cell_has_its_box_and_what_is_folded_in() {
        let text = render(&sample::matrix());
        assert_eq!(text.matches("<span class=\"mark\">").count(), 5);
        assert!(text.contains("not played"));
        for wanted in
            ["HIDES CUT 200*", "first line", "right again after 5 ms", "GET in HTTP/1.0", "2 connections"]
        {
            assert!(text.contains(wanted), "{wanted}");
        }
        assert_eq!(text.matches("<details").count(), text.matches("</details>").count());
        assert_eq!(text.matches("<section class=\"row").count(), 3);
    }

    #[test]
    fn page_is_complete() {
        let text = render(&sample::matrix());
        assert!(text.starts_with("<!doctype html>") && text.ends_with("</html>\n"));
    }
}

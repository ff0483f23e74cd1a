//! The matrix as one HTML file: nothing is loaded from elsewhere, no script, readable on a phone and in the dark.
//!
//! A row is a grid of folded boxes; one that is opened takes the whole width below its row, so that what was seen can
//! be read without the columns moving. On a narrow screen each row is a card.

use std::fmt::{self, Write};

use goodgate_lab::{Kind, Observation, Recipe, Verdict};
use goodgate_witness::{Cell, Gateway, Matrix, Reading};

use super::super::html::escape;
use super::{cell, counts, json, of_gateway, why_not, with_groups, words, worst};
use crate::lab::{names, show, steps};
use crate::redact::redact;
use crate::render::counted;

const STYLE: &str = include_str!("matrix.css");
/// Of an answer's head and body so much is shown.
const ANSWER_CHARS_MAX: usize = 700;
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
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    // The page needs nothing but its own style; a browser is told so in case something slipped through.
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    )?;
    writeln!(out, "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>", escape(&title))?;
    writeln!(out, "<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>", escape(&title))?;
    writeln!(
        out,
        "<p>Every line is a way in which an origin can fail, played by the lab's origin behind each gateway. A cell \
         says what the gateway's client got and what to think of it; open it for what was seen, what the gateway \
         wrote into its log, and the rule. Open a name for what the origin does and what a correct gateway makes of \
         it.</p>"
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
            writeln!(out, "<li>{}: {}</li>", shown(&left.id), shown(&left.why))?;
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
        write!(out, "<th><a href=\"#g{place}\">{}</a> {}</th>", shown(gateway.title), shown(&gateway.version))?;
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
    writeln!(out, "<div class=\"matrix\" style=\"--n:{}\">\n<div class=\"row head\"><b>Recipe</b>", matrix.gateways.len())?;
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
    let worse = |cell: &&Cell| cell.worst().is_some_and(|(_, verdict)| verdict.kind > Kind::Tolerable);
    let fine = if cells.iter().flatten().any(worse) { "" } else { " fine" };
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
            Some(cell) => one(cell, gateway, column, out)?,
            None => {
                let why = why_not(matrix, recipe, place).unwrap_or("it was not reached");
                writeln!(
                    out,
                    "<details class=\"none\" style=\"--c:{column}\"><summary><span class=\"who\">{}</span> not played\
                     </summary><div>{}</div></details>",
                    shown(gateway.title),
                    shown(why)
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

fn one(cell: &Cell, gateway: &Gateway, column: usize, out: &mut String) -> fmt::Result {
    let Some((seen, verdict)) = cell.worst() else {
        return writeln!(out, "<p class=\"none\" style=\"--c:{column}\">nothing was seen</p>");
    };
    writeln!(
        out,
        "<details class=\"{}\" style=\"--c:{column}\"><summary><span class=\"who\">{}</span> \
         <span class=\"mark\">{}</span></summary><div>",
        class(verdict.kind),
        shown(gateway.title),
        escape(&words::cell(cell))
    )?;
    verdicts(cell, out)?;
    drives(cell, out)?;
    answer(seen, out)?;
    stated(cell, out)?;
    if let Some(reading) = &cell.reading {
        self::reading(reading, out)?;
    }
    writeln!(out, "</div></details>")
}

/// Each reason once, with the ways to ask that it holds for.
fn verdicts(cell: &Cell, out: &mut String) -> fmt::Result {
    let mut told: Vec<(&Verdict, Vec<&str>)> = Vec::new();
    for (seen, verdict) in &cell.drives {
        let drive = words::drive(seen.drive);
        match told.iter_mut().find(|(known, _)| *known == verdict) {
            Some((_, drives)) => drives.push(drive),
            None => told.push((verdict, vec![drive])),
        }
    }
    told.sort_by_key(|(verdict, _)| std::cmp::Reverse(verdict.kind));
    writeln!(out, "<ul class=\"reasons\">")?;
    let alone = told.len() == 1;
    for (verdict, drives) in &told {
        let for_whom = if alone { String::new() } else { format!(" <small>{}</small>", drives.join(", ")) };
        writeln!(
            out,
            "<li><b class=\"{}\">{}</b>: {}{for_whom}</li>",
            class(verdict.kind),
            verdict.kind.name(),
            shown(&words::reason(verdict))
        )?;
    }
    writeln!(out, "</ul>")
}

/// What each way to ask showed.
fn drives(cell: &Cell, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "<div class=\"scroll\"><table>\n<tr><th>Asked by</th><th>Status</th><th>End</th><th>Body</th><th>First byte</th>\
         <th>Took</th><th>At the origin</th><th>Afterwards</th></tr>"
    )?;
    for (seen, verdict) in &cell.drives {
        let reply = &seen.reply;
        let interim: String = reply.interim.iter().take(5).map(|status| format!("{status}, ")).collect();
        writeln!(
            out,
            "<tr><th class=\"{}\">{}</th><td>{interim}{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>\
             <td>{}</td></tr>",
            class(verdict.kind),
            words::drive(seen.drive),
            reply.status.map_or_else(|| "none".to_owned(), |status| status.to_string()),
            words::end(reply.end),
            counted(reply.body_bytes, "byte"),
            reply.first_byte.map_or_else(|| "none".to_owned(), |time| escape(&words::time(time))),
            escape(&words::time(reply.total)),
            words::upstream(seen),
            escape(&words::afterwards(seen))
        )?;
    }
    writeln!(out, "</table></div>")
}

/// The head and the beginning of the body that the client got.
fn answer(seen: &Observation, out: &mut String) -> fmt::Result {
    let reply = &seen.reply;
    let mut text = Vec::new();
    for line in &reply.headers {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    if !reply.body.is_empty() {
        text.push(b'\n');
        text.extend(reply.body.iter().take(ANSWER_CHARS_MAX));
    }
    if text.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h4>What the client got ({})</h4>", words::drive(seen.drive))?;
    pre(&String::from_utf8_lossy(&text), ANSWER_CHARS_MAX, out)
}

fn stated(cell: &Cell, out: &mut String) -> fmt::Result {
    let lines: Vec<(String, String)> = json::stated(cell).collect();
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h4>What was logged</h4>\n<ul class=\"log\">")?;
    for (file, line) in &lines {
        writeln!(out, "<li><small>{}</small> <code>{}</code></li>", escape(file), escape(line))?;
    }
    writeln!(out, "</ul>")
}

/// What goodgate itself makes of it.
fn reading(reading: &Reading, out: &mut String) -> fmt::Result {
    writeln!(out, "<h4>What goodgate makes of it</h4>\n<ul>")?;
    for at in &reading.places {
        let causes: Vec<String> =
            at.set.iter().take(4).map(|(id, share)| format!("{id} {:.0} %", share * 100.0)).collect();
        writeln!(
            out,
            "<li>with the {}: {}; {}</li>",
            at.place.name(),
            shown(at.error.as_deref().unwrap_or("no error type")),
            shown(&if causes.is_empty() { "no cause".to_owned() } else { causes.join(", ") })
        )?;
    }
    writeln!(out, "</ul>")
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
    let worst = worst(matrix, place);
    if worst.is_empty() {
        let played = counted(of_gateway(matrix, place).count() as u64, "recipe");
        writeln!(out, "<p>Nothing is worse than tolerable in {played}.</p>")?;
    } else {
        writeln!(out, "<ul class=\"reasons\">")?;
        for (cell, recipe, (_, verdict)) in worst {
            writeln!(
                out,
                "<li><b class=\"{}\">{}</b> <a href=\"#r-{}\">{}</a>: {}</li>",
                class(verdict.kind),
                escape(&words::cell(cell)),
                escape(&recipe.name),
                escape(&recipe.name),
                shown(&words::reason(verdict))
            )?;
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
        for wanted in ["HIDES CUT 200*", "first line", "right again after 5 ms", "GET in HTTP/1.0", "2 connections"] {
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
